//! What runs differ in, drawn: over the number that they differ by, as bars, or minute by minute.

use charts::{Across, Chart, Event, Level, Scale, Series, Side, Unit, View};

use super::table::{self, Column};
use super::{Made, Question};
use crate::asked::asked;

const WIDTH_PX: u32 = 960;
const HEIGHT_PX: u32 = 280;
/// Beside bars there is little to be seen.
const BARS_PX: u32 = 180;

/// All charts of a question.
pub(super) fn all(question: Question, made: &[Made]) -> Vec<Chart> {
    match question {
        Question::ScalingPoint => {
            let mut chart =
                over("CPU of one instance", "users", made, &[table::CPU, table::BUSIEST], &[]);
            chart.levels = vec![level("the original's 46 %", 46.0), level("target", 50.0)];
            vec![chart]
        }
        Question::InstanceCount => {
            let cpu = [table::CPU, table::BUSIEST];
            let mut chart =
                over("CPU, and how long an order takes", "instances", made, &cpu, &[table::ORDER]);
            chart.levels = vec![level("target", 50.0)];
            vec![chart]
        }
        Question::Cost => {
            let limits = [table::CPU, table::BUSIEST, table::DATABASE];
            vec![
                over("What a core carries", "users", made, &[table::A_CORE], &[]),
                over("What a user takes of memory", "users", made, &[table::A_USER], &[]),
                over("Which limit comes first", "users", made, &limits, &[table::P95]),
            ]
        }
        Question::WriteLatency => vec![
            bars("An order, 95 %", made, &table::ORDER),
            bars("The database's own time for a write", made, &table::WRITE),
        ],
        Question::Databases => vec![
            bars("An order, 95 %", made, &table::ORDER),
            bars("All requests, 95 %", made, &table::P95),
            bars("Requests a second and core", made, &table::A_CORE),
        ],
        Question::SlowFunctions | Question::Queue => made.iter().map(queue).collect(),
    }
}

/// Columns over the number that runs differ by.
fn over(title: &str, count: &str, made: &[Made], left: &[Column], right: &[Column]) -> Chart {
    let until = made.iter().filter_map(|it| it.run.number).max().unwrap_or(1);
    let mut chart = Chart::over(title, count, until);
    (chart.width_px, chart.height_px) = (WIDTH_PX, HEIGHT_PX);
    let series = |column: &Column, side: Side| {
        let points = made.iter().filter_map(|it| Some((it.run.number?, (column.of)(&it.outcome)?)));
        let series = Series::new(column.title, Unit::named(column.unit), 1, points.collect());
        Series { side, ..series }
    };
    chart.series = left.iter().map(|it| series(it, Side::Left)).collect();
    chart.series.extend(right.iter().map(|it| series(it, Side::Right)));
    chart.left.min = Some(0.0);
    chart.right.min = Some(0.0);
    chart
}

/// A bar of one column for each run.
fn bars(title: &str, made: &[Made], column: &Column) -> Chart {
    let mut chart = Chart { view: View::Bars, ..Chart::new(title, 0, 1) };
    (chart.width_px, chart.height_px) = (WIDTH_PX, BARS_PX);
    let bar = |made: &Made| {
        let value = (column.of)(&made.outcome)?;
        Some(Series::new(&made.run.title, Unit::named(column.unit), 1, vec![(0, value)]))
    };
    chart.series = made.iter().filter_map(bar).collect();
    chart.left.min = Some(0.0);
    chart
}

/// The queue of a run, minute by minute since its load began.
fn queue(made: &Made) -> Chart {
    const MINUTE_S: u64 = 60;
    let outcome = &made.outcome;
    let minute = |at_s: u64| at_s.saturating_sub(outcome.from_s) / MINUTE_S;
    let mut chart = Chart::new(&made.run.title, 0, minute(outcome.over_s));
    chart.across = Across::Count("minutes".to_owned());
    (chart.width_px, chart.height_px) = (WIDTH_PX, HEIGHT_PX);
    let series = |key: &str, side: Side| {
        let (asked, points) = (asked(key)?, outcome.cloud.as_ref()?.series.get(key)?);
        // What a minute tells is known at its end.
        let points = points.iter().map(|(at_s, value)| (minute(at_s + MINUTE_S), *value));
        let series = Series::new(asked.label, Unit::named(asked.unit), 1, points.collect());
        Some(Series { side, ..series })
    };
    let depth = ["queue_visible", "queue_in_flight"].into_iter();
    chart.series = depth.filter_map(|key| series(key, Side::Left)).collect();
    chart.series.extend(series("queue_age", Side::Right));
    chart.left.min = Some(0.0);
    chart.right = Scale { min: Some(0.0), ..Scale::default() };
    let marks = outcome.marks.iter();
    chart.events = marks
        .map(|mark| Event { label: mark.label.clone(), at_s: minute(mark.at_s), color: None })
        .collect();
    chart
}

fn level(label: &str, value: f64) -> Level {
    Level { label: label.to_owned(), value, side: Side::Left, color: None }
}
