//! Charts of the newest numbers: bars, a ring of shares, a gauge, numbers to read.

use std::f64::consts::{PI, TAU};

use crate::axis::{Axis, VALUE_MAX};
use crate::paint::{self, Canvas, LINE_PX, MARGIN_PX, escaped, px};
use crate::{Chart, Side};

/// A bar for each series, with its number.
pub(crate) fn bars(chart: &Chart) -> String {
    let (series, left_out) = paint::drawn(chart);
    let mut canvas = Canvas::new(chart, "");
    let top = canvas.top_px(chart);
    let most = series.iter().filter_map(|(it, _)| it.newest()).fold(0.0, f64::max);
    let most = chart.left.max.unwrap_or(most).max(f64::MIN_POSITIVE);
    let room = canvas.width_px - 2.0 * MARGIN_PX;
    let fits = (((canvas.height_px - top) / (2.0 * LINE_PX)) as usize).max(1);
    for (at, (one, color)) in series.iter().take(fits).enumerate() {
        let y = top + at as f64 * 2.0 * LINE_PX;
        let written = one.newest().map_or_else(|| "–".to_owned(), |value| one.unit.write(value));
        let label = paint::cut(&one.label, room - paint::width_of(&written) - MARGIN_PX);
        canvas.text((MARGIN_PX, y + 11.0), "start", &label);
        canvas.text((MARGIN_PX + room, y + 11.0), "end", &written);
        let wide = px((one.newest().unwrap_or_default() / most).clamp(0.0, 1.0) * room);
        let below = px(y + 15.0);
        canvas.draw(&format!(
            "<rect x=\"{MARGIN_PX}\" y=\"{below}\" width=\"{wide}\" height=\"10\" rx=\"2\" fill=\"{color}\">\
             <title>{}: {written}</title></rect>",
            escaped(&one.label)
        ));
    }
    let left_out = left_out + series.len().saturating_sub(fits);
    if left_out > 0 {
        canvas.text((canvas.width_px - MARGIN_PX, 20.0), "end", &format!("and {left_out} more"));
    }
    canvas.finish()
}

/// A ring of which each series has its part.
pub(crate) fn shares(chart: &Chart) -> String {
    let (series, _) = paint::drawn(chart);
    let part = |value: Option<f64>| {
        value.filter(|it| !it.is_nan()).unwrap_or_default().clamp(0.0, VALUE_MAX)
    };
    let all: f64 = series.iter().map(|(it, _)| part(it.newest())).sum();
    let mut canvas = Canvas::new(chart, "");
    let names: Vec<_> = series
        .iter()
        .map(|(it, color)| {
            let value = part(it.newest());
            let share = if all > 0.0 { value / all * 100.0 } else { 0.0 };
            (format!("{}: {} ({share:.0} %)", it.label, it.unit.write(value)), (*color).to_owned())
        })
        .collect();
    let (width, height, top) = (canvas.width_px, canvas.height_px, canvas.top_px(chart));
    let legend_px = paint::legend(None, &names, width, 0.0);
    let room = (height - top - legend_px - MARGIN_PX).max(40.0);
    let (radius, center) =
        (room.min(width - 2.0 * MARGIN_PX) / 2.0, (width / 2.0, top + room / 2.0));
    let mut from = 0.0;
    for ((one, color), (told, _)) in series.iter().zip(&names) {
        let until = from + if all > 0.0 { part(one.newest()) / all } else { 0.0 };
        canvas.draw(&sector(center, (radius * 0.6, radius), (from, until), color, told));
        from = until;
    }
    if all <= 0.0 {
        canvas.text(center, "middle", "no data in this span of time");
    }
    paint::legend(Some(&mut canvas), &names, width, top + room);
    canvas.finish()
}

/// A piece of a ring, between two parts of a turn that begins at the top.
fn sector(
    center: (f64, f64),
    radii: (f64, f64),
    (from, until): (f64, f64),
    color: &str,
    told: &str,
) -> String {
    if until - from < 1e-4 {
        return String::new();
    }
    // A whole turn ends where it begins, which no arc does.
    let until = until.min(from + 0.9999);
    let at = |radius: f64, part: f64| {
        let angle = part * TAU - PI / 2.0;
        format!("{},{}", px(center.0 + radius * angle.cos()), px(center.1 + radius * angle.sin()))
    };
    let large = u8::from(until - from > 0.5);
    let ((inner, outer), (inside, outside)) = (radii, (px(radii.0), px(radii.1)));
    format!(
        "<path fill=\"{color}\" d=\"M{}A{outside},{outside} 0 {large} 1 {}L{}A{inside},{inside} 0 {large} 0 {}Z\">\
         <title>{}</title></path>",
        at(outer, from),
        at(outer, until),
        at(inner, until),
        at(inner, from),
        escaped(told)
    )
}

/// Half a ring between the ends of the scale, with the number of the first series.
pub(crate) fn gauge(chart: &Chart) -> String {
    let (series, _) = paint::drawn(chart);
    let mut canvas = Canvas::new(chart, "");
    let Some(axis) = Axis::of(chart, Side::Left) else { return canvas.finish() };
    let (width, height, top) = (canvas.width_px, canvas.height_px, canvas.top_px(chart));
    let radius = (height - top - 2.0 * LINE_PX).min(width / 2.0 - 2.0 * MARGIN_PX).max(20.0);
    let center = (width / 2.0, top + radius);
    let radii = (radius * 0.72, radius);
    canvas.draw(&sector(center, radii, (-0.25, 0.25), "var(--grid)", ""));
    let (ends, below) = (radius * 0.86, center.1 + 16.0);
    canvas.text((center.0 - ends, below), "middle", &axis.unit.write(axis.min));
    canvas.text((center.0 + ends, below), "middle", &axis.unit.write(axis.max));
    if let Some((one, color)) = series.first() {
        let written = one.newest().map_or_else(|| "–".to_owned(), |value| one.unit.write(value));
        if let Some(value) = one.newest() {
            let until = axis.share(value) / 2.0 - 0.25;
            canvas.draw(&sector(
                center,
                radii,
                (-0.25, until),
                color,
                &format!("{}: {written}", one.label),
            ));
        }
        big(&mut canvas, (center.0, center.1 - 4.0), radius * 0.35, &written);
        canvas.text((center.0, below), "middle", &paint::cut(&one.label, radius));
    }
    canvas.finish()
}

/// The numbers themselves, as large as they may be.
pub(crate) fn numbers(chart: &Chart) -> String {
    let (series, _) = paint::drawn(chart);
    let mut canvas = Canvas::new(chart, "");
    let top = canvas.top_px(chart);
    let (wide, tall) = (canvas.width_px - 2.0 * MARGIN_PX, canvas.height_px - top - MARGIN_PX);
    let columns = ((wide / 150.0) as usize).clamp(1, series.len().max(1));
    let rows = series.len().div_ceil(columns).max(1);
    let (wide, tall) = (wide / columns as f64, tall / rows as f64);
    for (at, (one, color)) in series.iter().enumerate() {
        let (x, y) = (MARGIN_PX + (at % columns) as f64 * wide, top + (at / columns) as f64 * tall);
        let written = one.newest().map_or_else(|| "–".to_owned(), |value| one.unit.write(value));
        let size = (tall - LINE_PX)
            .min(wide / (written.chars().count().max(1) as f64 * 0.62))
            .clamp(12.0, 44.0);
        let middle = x + wide / 2.0;
        let base = y + (tall - LINE_PX + size) / 2.0;
        big(&mut canvas, (middle, base - 4.0), size, &written);
        let label = paint::cut(&one.label, wide - 2.0 * MARGIN_PX);
        canvas.text((middle, base + 14.0), "middle", &label);
        let key = px(middle - paint::width_of(&label) / 2.0 - 14.0);
        let beside = px(base + 5.0);
        canvas.draw(&format!(
            "<rect x=\"{key}\" y=\"{beside}\" width=\"10\" height=\"10\" fill=\"{color}\"/>"
        ));
    }
    if series.is_empty() {
        canvas.text(
            (canvas.width_px / 2.0, canvas.height_px / 2.0),
            "middle",
            "no data in this span of time",
        );
    }
    canvas.finish()
}

fn big(canvas: &mut Canvas, (x, y): (f64, f64), size_px: f64, text: &str) {
    let (x, y, size) = (px(x), px(y), px(size_px));
    canvas.draw(&format!(
        "<text class=\"big\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{size}\">{}</text>",
        escaped(text)
    ));
}
