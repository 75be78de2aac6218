//! Lines of time, beside each other or piled up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::axis::Axis;
use crate::paint::{self, Canvas, LINE_PX, MARGIN_PX, escaped, px};
use crate::{Across, Chart, POINTS_MAX, Series, Side, View, time};

/// No cursor is narrower, so that a finger finds it.
const CURSOR_PX: f64 = 4.0;

/// The field that is drawn on, and its scales.
struct Field<'a> {
    chart: &'a Chart,
    left: Axis,
    right: Option<Axis>,
    x: (f64, f64),
    y: (f64, f64),
}

impl Field<'_> {
    fn x_of(&self, at_s: u64) -> f64 {
        let span_s = (self.chart.until_s - self.chart.from_s).max(1) as f64;
        let share = at_s.saturating_sub(self.chart.from_s) as f64 / span_s;
        self.x.0 + share.min(1.0) * (self.x.1 - self.x.0)
    }

    fn y_of(&self, side: Side, value: f64) -> f64 {
        let axis = self.axis(side);
        self.y.1 - axis.share(value) * (self.y.1 - self.y.0)
    }

    fn axis(&self, side: Side) -> &Axis {
        match (side, &self.right) {
            (Side::Right, Some(right)) => right,
            _ => &self.left,
        }
    }

    fn holds(&self, at_s: u64) -> bool {
        (self.chart.from_s..=self.chart.until_s).contains(&at_s)
    }
}

/// The chart with its axes, legend and cursors.
pub(crate) fn draw(chart: &Chart) -> String {
    let (series, left_out) = paint::drawn(chart);
    let names: Vec<_> =
        series.iter().map(|(it, color)| (it.label.clone(), (*color).to_owned())).collect();
    let told = match series.len() {
        0 => "no data".to_owned(),
        _ => series.iter().map(|(it, _)| it.label.as_str()).take(10).collect::<Vec<_>>().join(", "),
    };
    let mut canvas = Canvas::new(chart, &told);
    let (width, height) = (canvas.width_px, canvas.height_px);
    let legend_px = paint::legend(None, &names, width, 0.0);
    let left = Axis::of(chart, Side::Left)
        .unwrap_or_else(|| unreachable!("there is always one on the left"));
    let right = Axis::of(chart, Side::Right);
    let room = |axis: &Axis| {
        let widest = axis.ticks.iter().map(|tick| paint::width_of(&axis.unit.write(*tick)));
        MARGIN_PX + widest.fold(12.0, f64::max) + 6.0
    };
    let has_label = left.label.is_some() || right.as_ref().is_some_and(|it| it.label.is_some());
    let top = canvas.top_px(chart) + if has_label { LINE_PX } else { 0.0 };
    // However much is to be said, something is to be seen.
    let bottom = (height - legend_px - LINE_PX - 6.0).max(top + 40.0);
    let x = (room(&left), width - right.as_ref().map_or(2.0 * MARGIN_PX, room));
    let field = Field { chart, left, right, x, y: (top, bottom) };
    axes(&mut canvas, &field);
    let is_empty =
        series.iter().all(|(it, _)| it.points.iter().all(|(at_s, _)| !field.holds(*at_s)));
    if is_empty {
        canvas.text(
            ((x.0 + x.1) / 2.0, (top + bottom) / 2.0),
            "middle",
            "no data in this span of time",
        );
    }
    match chart.view {
        View::Stacked => areas(&mut canvas, &field, &series),
        _ => series.iter().for_each(|(it, color)| line(&mut canvas, &field, it, color)),
    }
    marks(&mut canvas, &field);
    cursors(&mut canvas, &field, &series);
    paint::legend(Some(&mut canvas), &names, width, bottom + LINE_PX + 2.0);
    if left_out > 0 {
        canvas.text((width - MARGIN_PX, 20.0), "end", &format!("and {left_out} more"));
    }
    canvas.finish()
}

fn axes(canvas: &mut Canvas, field: &Field<'_>) {
    let ((left, right), (top, bottom)) = (field.x, field.y);
    for tick in &field.left.ticks {
        let y = field.y_of(Side::Left, *tick);
        canvas.line("grid", (left, y), (right, y));
        canvas.text((left - 6.0, y + 4.0), "end", &field.left.unit.write(*tick));
    }
    if let Some(axis) = &field.right {
        for tick in &axis.ticks {
            let y = field.y_of(Side::Right, *tick);
            canvas.text((right + 6.0, y + 4.0), "start", &axis.unit.write(*tick));
        }
        if let Some(label) = &axis.label {
            canvas.text((canvas.width_px - MARGIN_PX, top - 10.0), "end", label);
        }
    }
    if let Some(label) = &field.left.label {
        canvas.text((MARGIN_PX, top - 10.0), "start", label);
    }
    let count_max = ((right - left) / 70.0).max(1.0) as u64;
    for (at_s, label) in time::ticks(field.chart, count_max) {
        let x = field.x_of(at_s);
        canvas.line("grid", (x, bottom), (x, bottom + 4.0));
        canvas.text((x, bottom + 16.0), "middle", &label);
    }
    if let Across::Count(count) = &field.chart.across {
        canvas.text((right, bottom - 6.0), "end", count);
    }
}

/// The points of a series that are drawn: those of the span, as many as there may be.
fn shown<'a>(field: &'a Field<'_>, series: &'a Series) -> impl Iterator<Item = (u64, f64)> + 'a {
    let inside = move |(at_s, value): &(u64, f64)| field.holds(*at_s) && value.is_finite();
    let skipped = series.points.len().div_ceil(POINTS_MAX).max(1);
    series.points.iter().copied().filter(inside).step_by(skipped)
}

/// A line through the points that follow each other; a dot where one is alone.
fn line(canvas: &mut Canvas, field: &Field<'_>, series: &Series, color: &str) {
    let skipped = series.points.len().div_ceil(POINTS_MAX).max(1) as u64;
    let is_over_time = field.chart.across == Across::Time;
    let apart_s = match is_over_time {
        true => series.period_s.max(1).saturating_mul(skipped).saturating_mul(3) / 2,
        false => u64::MAX,
    };
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before = None;
    for (at_s, value) in shown(field, series) {
        let point = (field.x_of(at_s), field.y_of(series.side, value));
        match runs
            .last_mut()
            .filter(|_| before.is_some_and(|it: u64| at_s.saturating_sub(it) <= apart_s))
        {
            Some(run) => run.push(point),
            None => runs.push(vec![point]),
        }
        before = Some(at_s);
    }
    for run in &runs {
        if run.len() > 1 {
            canvas.draw(&format!("<path class=\"line\" stroke=\"{color}\" d=\"{}\"/>", path(run)));
        }
        // Few numbers of a count were measured: each is seen.
        let dots = if run.len() == 1 || !is_over_time { run.as_slice() } else { &[] };
        for (x, y) in dots {
            let (x, y) = (px(*x), px(*y));
            canvas.draw(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"2\" fill=\"{color}\"/>"));
        }
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{},{}", if at == 0 { 'M' } else { 'L' }, px(*x), px(*y));
    }
    path
}

/// Areas, each on top of those before it.
fn areas(canvas: &mut Canvas, field: &Field<'_>, series: &[(&Series, &str)]) {
    let moments: std::collections::BTreeSet<u64> =
        series.iter().flat_map(|(it, _)| shown(field, it).map(|(at_s, _)| at_s)).collect();
    let mut pile: BTreeMap<u64, f64> = moments.iter().map(|at_s| (*at_s, 0.0)).collect();
    for (series, color) in series {
        let values: BTreeMap<u64, f64> = shown(field, series).collect();
        let below: Vec<_> = pile.iter().map(|(at_s, value)| (*at_s, *value)).collect();
        for (at_s, value) in &mut pile {
            *value += values.get(at_s).copied().unwrap_or_default().max(0.0);
        }
        let place = |(at_s, value): (u64, f64)| (field.x_of(at_s), field.y_of(series.side, value));
        let above = pile.iter().map(|(at_s, value)| place((*at_s, *value)));
        let outline: Vec<_> = above.chain(below.into_iter().rev().map(place)).collect();
        canvas.draw(&format!(
            "<path fill=\"{color}\" fill-opacity=\"0.75\" d=\"{}Z\"/>",
            path(&outline)
        ));
    }
}

/// Levels and events, with their names.
fn marks(canvas: &mut Canvas, field: &Field<'_>) {
    let ((left, right), (top, bottom)) = (field.x, field.y);
    for level in &field.chart.levels {
        let (y, color) =
            (field.y_of(level.side, level.value), paint::color(level.color.as_ref(), 3));
        let (x1, x2, at) = (px(left), px(right), px(y));
        canvas.draw(&format!(
            "<line class=\"level\" stroke=\"{color}\" x1=\"{x1}\" y1=\"{at}\" x2=\"{x2}\" y2=\"{at}\"/>"
        ));
        let text = match level.label.as_str() {
            "" => field.axis(level.side).unit.write(level.value),
            label => label.to_owned(),
        };
        canvas.text((right - 4.0, y - 4.0), "end", &text);
    }
    for event in field.chart.events.iter().filter(|it| field.holds(it.at_s)) {
        let (x, color) = (field.x_of(event.at_s), paint::color(event.color.as_ref(), 7));
        let (at, y1, y2) = (px(x), px(top), px(bottom));
        canvas.draw(&format!(
            "<line class=\"event\" stroke=\"{color}\" x1=\"{at}\" y1=\"{y1}\" x2=\"{at}\" y2=\"{y2}\">\
             <title>{}\n{}</title></line>",
            time::place(field.chart, event.at_s),
            escaped(&event.label)
        ));
        let label = paint::cut(&event.label, 160.0);
        canvas.text((x + 3.0, top + 10.0), "start", &label);
    }
}

/// Strips from the left to the right, each with the numbers of its moments: what a browser shows of what is under the
/// pointer.
fn cursors(canvas: &mut Canvas, field: &Field<'_>, series: &[(&Series, &str)]) {
    /// Beyond these a list is no longer read.
    const LINES_MAX: usize = 20;
    let mut strips = BTreeMap::<u64, BTreeMap<usize, (u64, f64)>>::new();
    for (at, (series, _)) in series.iter().enumerate() {
        for point in shown(field, series) {
            let strip = ((field.x_of(point.0) - field.x.0) / CURSOR_PX) as u64;
            strips.entry(strip).or_default().insert(at, point);
        }
    }
    let (top, tall) = (px(field.y.0), px(field.y.1 - field.y.0));
    let mut drawn = String::new();
    for (strip, points) in strips {
        let Some((at_s, _)) = points.values().max_by_key(|(at_s, _)| *at_s) else { continue };
        let x = field.x_of(*at_s);
        let mut title = time::place(field.chart, *at_s);
        for (at, (_, value)) in points.iter().take(LINES_MAX) {
            let (series, _) = series[*at];
            let _ = write!(title, "\n{}: {}", escaped(&series.label), series.unit.write(*value));
        }
        let from = px(field.x.0 + strip as f64 * CURSOR_PX);
        let _ = write!(
            drawn,
            "<g class=\"at\"><rect x=\"{from}\" y=\"{top}\" width=\"{CURSOR_PX}\" height=\"{tall}\" \
             fill-opacity=\"0\"/><line class=\"cursor\" x1=\"{0}\" x2=\"{0}\" y1=\"{top}\" y2=\"{1}\"/>\
             <title>{title}</title></g>",
            px(x),
            px(field.y.1),
        );
    }
    canvas.draw(&drawn);
}
