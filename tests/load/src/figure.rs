//! The charts of a report: the original's figures 3 to 11, in the order in which it names them, and what only we see.
//! All of them have the same axis of time, and marks where instances came and went.

use charts::{Chart, Event, Level, Scale, Series, Side, Unit};

use crate::asked::asked;
use crate::cloud::Points;
use crate::outcome::Outcome;

const MINUTE_S: u64 = 60;
const WIDTH_PX: u32 = 960;
const HEIGHT_PX: u32 = 250;

/// What stands below a chart without a line.
const UNKNOWN: &str = "Not measured: the cloud tells none of it.";

/// A chart, and what it shows in words.
pub struct Figure {
    /// `Figure 3`; empty for those that the original has not.
    pub number: &'static str,
    pub says: &'static str,
    pub svg: String,
}

/// What a figure is made of.
struct Row {
    number: &'static str,
    title: &'static str,
    says: &'static str,
    left: &'static [&'static str],
    right: &'static [&'static str],
    level: Option<(&'static str, f64)>,
    max: Option<f64>,
}

const fn row(
    number: &'static str,
    title: &'static str,
    says: &'static str,
    left: &'static [&'static str],
) -> Row {
    Row { number, title, says, left, right: &[], level: None, max: None }
}

const ROWS: [Row; 10] = [
    Row {
        level: Some(("target", 50.0)),
        max: Some(100.0),
        ..row(
            "Figure 3",
            "CPU of the instances",
            "How much of their type's processors the instances use, by the minute.",
            &["cpu", "cpu_max"],
        )
    },
    Row {
        max: Some(100.0),
        ..row("Figure 4", "Memory of the instances", "Of what their type has.", &["memory"])
    },
    row(
        "Figure 5",
        "Network in and out",
        "What the balancer carried to the instances and from them, a minute.",
        &["network_in", "network_out"],
    ),
    row(
        "Figure 6",
        "Scaling activity",
        "How many instances the group wants, and those that come and go.",
        &["desired", "in_service", "pending", "terminating"],
    ),
    row(
        "Figure 7",
        "Requests, all and per target",
        "What the balancer counted, a minute.",
        &["requests", "per_target"],
    ),
    row(
        "Figure 8",
        "Instances in service",
        "Those of the group, and those that the balancer sends requests to.",
        &["in_service", "healthy", "unhealthy"],
    ),
    Row {
        right: &["connections"],
        ..row("Figure 9", "CPU and connections of the database", "", &["database_cpu"])
    },
    row("Figure 10", "Reads and writes of the database", "A second.", &["reads", "writes"]),
    row(
        "Figure 11",
        "Latency of reads and writes",
        "How long the database takes for one.",
        &["read_latency", "write_latency"],
    ),
    Row {
        right: &["queue_age"],
        ..row(
            "",
            "The queue between the functions",
            "Messages of pictures that are resized and wait for their product's row.",
            &["queue_sent", "queue_visible", "queue_in_flight"],
        )
    },
];

/// Every chart of a run.
#[must_use]
pub fn figures(outcome: &Outcome) -> Vec<Figure> {
    let mut all: Vec<Figure> = ROWS.iter().map(|row| of_cloud(outcome, row)).collect();
    all.push(answers(outcome));
    all.push(errors(outcome));
    if !outcome.processes.is_empty() {
        all.push(memory(outcome));
    }
    all
}

fn of_cloud(outcome: &Outcome, row: &Row) -> Figure {
    let mut chart = blank(outcome, row.title);
    let of = |keys: &[&str], side: Side| -> Vec<Series> {
        keys.iter().filter_map(|key| series(outcome, key, side)).collect()
    };
    chart.series = of(row.left, Side::Left);
    chart.series.extend(of(row.right, Side::Right));
    chart.left = Scale { min: Some(0.0), max: row.max, label: None };
    chart.right = Scale { min: Some(0.0), max: None, label: None };
    let level = row.level.map(|(label, value)| Level {
        label: label.to_owned(),
        value,
        side: Side::Left,
        color: None,
    });
    chart.levels.extend(level);
    let is_empty = chart.series.iter().all(|series| series.points.is_empty());
    let says = if is_empty { UNKNOWN } else { row.says };
    Figure { number: row.number, says, svg: chart.svg() }
}

fn series(outcome: &Outcome, key: &str, side: Side) -> Option<Series> {
    let (asked, points) = (asked(key)?, outcome.cloud.as_ref()?.series.get(key)?);
    let mut series = Series::new(asked.label, Unit::named(asked.unit), MINUTE_S, points.clone());
    series.side = side;
    Some(series)
}

/// What users saw: how long answers took, and how many users there were.
fn answers(outcome: &Outcome) -> Figure {
    let mut chart = blank(outcome, "Answers as users saw them");
    chart.series = vec![
        ours(outcome, "half of them", "Milliseconds", |slice| slice.p50_ms),
        ours(outcome, "95 %", "Milliseconds", |slice| slice.p95_ms),
    ];
    let mut users = ours(outcome, "users", "Count", |slice| slice.users as f64);
    users.side = Side::Right;
    chart.series.push(users);
    chart.left.min = Some(0.0);
    chart.right.min = Some(0.0);
    let says = "From the request to the last byte of its answer, and who was there.";
    Figure { number: "", says, svg: chart.svg() }
}

fn errors(outcome: &Outcome) -> Figure {
    let mut chart = blank(outcome, "Answers that were none");
    chart.series = vec![ours(outcome, "as users saw them", "Count", |slice| slice.errors as f64)];
    chart.series.extend(series(outcome, "target_5xx", Side::Left));
    chart.series.extend(series(outcome, "elb_5xx", Side::Left));
    chart.left.min = Some(0.0);
    Figure { number: "", says: "A minute.", svg: chart.svg() }
}

fn memory(outcome: &Outcome) -> Figure {
    let mut chart = blank(outcome, "Memory that each process holds");
    chart.series = outcome
        .processes
        .iter()
        .filter(|process| process.bytes.len() > 1)
        .map(|process| {
            let points = process.bytes.iter().map(|(at, bytes)| (outcome.from_s + at, *bytes));
            let period_s = MINUTE_S * 2 + u64::from(outcome.speed);
            Series::new(&process.name, Unit::named("Bytes"), period_s, points.collect())
        })
        .collect();
    chart.left.min = Some(0.0);
    Figure {
        number: "",
        says: "Resident, of the lab's processes on this machine.",
        svg: chart.svg(),
    }
}

fn ours(
    outcome: &Outcome,
    label: &str,
    unit: &str,
    value: impl Fn(&crate::record::Slice) -> f64,
) -> Series {
    let points: Points =
        outcome.slices.iter().map(|slice| (outcome.from_s + slice.from_s, value(slice))).collect();
    Series::new(label, Unit::named(unit), MINUTE_S, points)
}

/// Paper with the axis of time and the marks that all charts share.
fn blank(outcome: &Outcome, title: &str) -> Chart {
    let mut chart = Chart::new(title, outcome.from_s, outcome.over_s);
    (chart.width_px, chart.height_px) = (WIDTH_PX, HEIGHT_PX);
    let activities = outcome.cloud.iter().flat_map(|told| &told.activities);
    chart.events =
        activities.filter_map(|activity| event(&activity.description, activity.at_s)).collect();
    chart.events.extend(outcome.marks.iter().map(|mark| Event {
        label: mark.label.clone(),
        at_s: mark.at_s,
        color: None,
    }));
    let over = Event { label: "load ends".to_owned(), at_s: outcome.until_s, color: None };
    if outcome.over_s > outcome.until_s + MINUTE_S {
        chart.events.push(over);
    }
    chart
}

/// `Launching a new EC2 instance: i-…` and `Terminating EC2 instance: i-…`, as marks.
fn event(description: &str, at_s: u64) -> Option<Event> {
    let (label, color) = match description.split_whitespace().next()? {
        "Launching" => ("launch", "#2ca02c"),
        "Terminating" => ("end", "#d62728"),
        _ => return None,
    };
    Some(Event { label: label.to_owned(), at_s, color: Some(color.to_owned()) })
}
