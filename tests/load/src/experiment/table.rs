//! What runs differ in, side by side.

use std::fmt::Write as _;

use super::Made;
use crate::cloud::Points;
use crate::original::mean;
use crate::outcome::Outcome;

/// What is told of a run, and how.
pub(super) struct Column {
    pub title: &'static str,
    pub unit: &'static str,
    digits: usize,
    pub of: fn(&Outcome) -> Option<f64>,
}

const fn column(
    title: &'static str,
    unit: &'static str,
    digits: usize,
    of: fn(&Outcome) -> Option<f64>,
) -> Column {
    Column { title, unit, digits, of }
}

pub(super) const REQUESTS: Column = column("requests/s", "Count/Second", 1, requests_per_s);
pub(super) const P95: Column =
    column("p95, ms", "Milliseconds", 1, |outcome| outcome.all().map(|all| all.p95_ms));
pub(super) const ORDER: Column =
    column("an order, p95 ms", "Milliseconds", 1, |outcome| of_kind(outcome, "order"));
pub(super) const UPLOAD: Column =
    column("an upload, p95 ms", "Milliseconds", 1, |outcome| of_kind(outcome, "upload"));
pub(super) const CPU: Column =
    column("CPU of instances", "Percent", 1, |outcome| mean(outcome, "cpu"));
pub(super) const BUSIEST: Column =
    column("of the busiest", "Percent", 1, |outcome| mean(outcome, "cpu_max"));
pub(super) const DATABASE: Column =
    column("of the database", "Percent", 1, |outcome| mean(outcome, "database_cpu"));
pub(super) const WRITE: Column =
    column("the database's time for a write, ms", "Milliseconds", 2, |outcome| {
        mean(outcome, "write_latency").map(|it| it * 1e3)
    });
pub(super) const A_CORE: Column =
    column("requests/s a core", "Count/Second", 1, requests_per_core_s);
pub(super) const A_USER: Column = column("MB a user", "Megabytes", 2, megabytes_per_user);

const COLUMNS: &[Column] = &[
    REQUESTS,
    P95,
    ORDER,
    UPLOAD,
    column("failed", "Count", 0, |outcome| outcome.all().map(|all| all.errors as f64)),
    CPU,
    BUSIEST,
    DATABASE,
    column("instances", "Count", 1, |outcome| mean(outcome, "in_service")),
    column("writes/s", "Count/Second", 1, |outcome| mean(outcome, "writes")),
    WRITE,
    column("waiting in the queue, most", "Count", 0, |outcome| most(outcome, "queue_visible")),
    column("oldest, most s", "Seconds", 0, |outcome| most(outcome, "queue_age")),
    A_CORE,
    A_USER,
];

/// The titles of all columns, and the cells of each run, as text.
pub(super) fn cells(made: &[Made]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let titles = ["run", "database"].into_iter().chain(COLUMNS.iter().map(|it| it.title));
    let row = |made: &Made| {
        let database = made.outcome.database.clone();
        let first = [made.run.title.clone(), database.unwrap_or_else(|| "–".to_owned())];
        let others = COLUMNS.iter().map(|column| match (column.of)(&made.outcome) {
            Some(value) => format!("{value:.*}", column.digits),
            None => "–".to_owned(),
        });
        first.into_iter().chain(others).collect()
    };
    (titles.collect(), made.iter().map(row).collect())
}

/// The table as Markdown.
pub(super) fn markdown(made: &[Made]) -> String {
    let (titles, rows) = cells(made);
    let mut table =
        format!("| {} |\n|---|---|{}\n", titles.join(" | "), "--:|".repeat(COLUMNS.len()));
    for row in rows {
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

/// How long the load really took, in seconds.
fn took_s(outcome: &Outcome) -> f64 {
    let cloud_s = outcome.until_s.saturating_sub(outcome.from_s) as f64;
    (cloud_s / f64::from(outcome.speed)).max(1.0)
}

fn requests_per_s(outcome: &Outcome) -> Option<f64> {
    outcome.all().map(|all| all.count as f64 / took_s(outcome))
}

fn of_kind(outcome: &Outcome, label: &str) -> Option<f64> {
    outcome.requests.iter().find(|it| it.label == label).map(|it| it.p95_ms)
}

/// Over the processor time of instances, cloud and database: the lab's processes, and a container where the database is
/// one.
fn requests_per_core_s(outcome: &Outcome) -> Option<f64> {
    let mut processor_s: f64 = outcome.processes.iter().map(|it| it.processor_s).sum();
    if outcome.database.as_ref().is_some_and(|it| it.contains("container")) {
        let of_all_cores = mean(outcome, "database_cpu")? / 100.0;
        processor_s += of_all_cores * outcome.machine.cores as f64 * took_s(outcome);
    }
    let count = outcome.all()?.count as f64;
    (processor_s > 0.0).then(|| count / processor_s)
}

fn megabytes_per_user(outcome: &Outcome) -> Option<f64> {
    let last = outcome.processes.iter().filter_map(|it| it.bytes.last().map(|(_, bytes)| *bytes));
    let bytes: f64 = last.sum();
    (bytes > 0.0).then(|| bytes / 1e6 / outcome.profile.users as f64)
}

fn most(outcome: &Outcome, key: &str) -> Option<f64> {
    let points: &Points = outcome.cloud.as_ref()?.series.get(key)?;
    points.iter().map(|(_, value)| *value).reduce(f64::max)
}
