//! Running a query: rows go through its commands one by one; only `sort` and `stats` wait for all.

use std::collections::BTreeSet;

use super::expression::Expression;
use super::parse::Command;
use super::row::Row;
use super::stats::{Aggregate, Groups};

/// A command at work.
enum Stage<'q, 'e> {
    Fields(&'q [(String, Expression)]),
    Filter(&'q Expression),
    Parse(&'q Command),
    Dedup(&'q [(String, Expression)], BTreeSet<Vec<String>>),
    Limit(usize),
    Sort(&'q [(Expression, bool)], Vec<Row<'e>>, Option<usize>),
    Stats(&'q [Aggregate], &'q [(String, Expression)], Groups),
}

/// What came out.
pub(super) struct Results {
    /// Each with its columns, in their order.
    pub(super) rows: Vec<Vec<(String, String)>>,
    /// How many rows came through the filters.
    pub(super) matched: u64,
}

/// Which columns are shown.
struct Columns {
    names: Vec<String>,
    has_ptr: bool,
}

/// Lets all rows go through the commands. At most `limit` come out.
pub(super) fn run<'e>(
    commands: &[Command],
    rows: impl Iterator<Item = Row<'e>>,
    limit: usize,
    now_ms: u64,
) -> Results {
    let mut stages: Vec<Stage<'_, 'e>> = commands.iter().filter_map(stage).collect();
    // Of what is sorted and then cut off, no more is kept than is needed.
    let mut cut = Some(limit);
    for stage in stages.iter_mut().rev() {
        match stage {
            Stage::Limit(count) => cut = Some(cut.map_or(*count, |cut| cut.min(*count))),
            Stage::Sort(_, _, keeps) => *keeps = cut,
            Stage::Fields(_) | Stage::Parse(_) => {}
            _ => cut = None,
        }
    }
    let columns = Columns::of(commands);
    let mut results = Results { rows: Vec::new(), matched: 0 };
    let is_filter = |stage: &Stage<'_, '_>| matches!(stage, Stage::Filter(_) | Stage::Dedup(..));
    let waits = |stage: &Stage<'_, '_>| matches!(stage, Stage::Sort(..) | Stage::Stats(..));
    // What comes behind a command that waits for all rows has other rows.
    let of_events = &stages[..stages.iter().position(waits).unwrap_or(stages.len())];
    let filters = Some(of_events.iter().rposition(is_filter).map_or(0, |at| at + 1));
    for row in rows {
        if !through(&mut stages, filters, row, &columns, limit, &mut results) {
            break;
        }
    }
    for at in 0..stages.len() {
        let (done, behind) = stages.split_at_mut(at + 1);
        let waiting: Vec<Row<'_>> = match &mut done[at] {
            Stage::Sort(by, rows, keeps) => {
                sort(rows, by);
                rows.truncate(keeps.unwrap_or(usize::MAX));
                std::mem::take(rows)
            }
            Stage::Stats(aggregates, by, groups) => {
                std::mem::take(groups).rows(aggregates, by, now_ms)
            }
            _ => continue,
        };
        for row in waiting {
            if !through(behind, None, row, &columns, limit, &mut results) {
                break;
            }
        }
    }
    results
}

fn stage<'q, 'e>(command: &'q Command) -> Option<Stage<'q, 'e>> {
    Some(match command {
        Command::Fields(columns) | Command::Display(columns) => Stage::Fields(columns),
        Command::Filter(condition) => Stage::Filter(condition),
        Command::Sort(by) => Stage::Sort(by, Vec::new(), None),
        Command::Limit(count) => Stage::Limit(*count),
        Command::Stats { columns, by } => Stage::Stats(columns, by, Groups::default()),
        Command::Parse { .. } => Stage::Parse(command),
        Command::Dedup(by) => Stage::Dedup(by, BTreeSet::new()),
    })
}

/// Takes a row as far as it goes, an event that comes to the stage after its `filters` as matched. Whether
/// more are wanted.
fn through<'e>(
    stages: &mut [Stage<'_, 'e>],
    filters: Option<usize>,
    mut row: Row<'e>,
    columns: &Columns,
    limit: usize,
    results: &mut Results,
) -> bool {
    let mut goes_on = true;
    for (at, stage) in stages.iter_mut().enumerate() {
        results.matched += u64::from(filters == Some(at));
        match stage {
            Stage::Fields(fields) => compute(&mut row, fields),
            Stage::Filter(condition) => {
                if !condition.evaluate(&row).is_true() {
                    return goes_on;
                }
            }
            Stage::Parse(command) => parse(&mut row, command),
            Stage::Dedup(by, seen) => {
                let key = by.iter().map(|(_, it)| it.evaluate(&row).text()).collect();
                if !seen.insert(key) {
                    return goes_on;
                }
            }
            Stage::Limit(left) => match left.checked_sub(1) {
                Some(fewer) => {
                    *left = fewer;
                    goes_on = goes_on && fewer > 0;
                }
                None => return false,
            },
            Stage::Sort(by, rows, keeps) => {
                rows.push(row);
                if let Some(keeps) = keeps
                    && rows.len() > *keeps * 2 + 1000
                {
                    sort(rows, by);
                    rows.truncate(*keeps);
                }
                return goes_on;
            }
            Stage::Stats(aggregates, by, groups) => {
                groups.add(&row, aggregates, by);
                return goes_on;
            }
        }
    }
    results.matched += u64::from(filters == Some(stages.len()));
    results.rows.push(columns.shown(&row));
    goes_on && results.rows.len() < limit
}

fn compute(row: &mut Row<'_>, fields: &[(String, Expression)]) {
    for (name, expression) in fields {
        // What is called as it is needs no copy.
        if !matches!(expression, Expression::Field(field) if field == name) {
            let value = expression.evaluate(row);
            row.set(name, value);
        }
    }
}

fn parse(row: &mut Row<'_>, command: &Command) {
    let Command::Parse { of, by, names } = command else { return };
    let text = of.evaluate(row).text();
    let Some(found) = by.captures(&text) else { return };
    for (at, name) in names.iter().enumerate() {
        let value = found.name(name).or_else(|| found.get(at + 1));
        if let Some(value) = value {
            row.set(name, super::value::Value::Text(value.as_str().to_owned()));
        }
    }
}

fn sort(rows: &mut [Row<'_>], by: &[(Expression, bool)]) {
    rows.sort_by(|one, other| {
        let compared = by.iter().map(|(expression, descending)| {
            let compared = expression.evaluate(one).compare(&expression.evaluate(other));
            if *descending { compared.reverse() } else { compared }
        });
        compared.into_iter().find(|it| it.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
}

impl Columns {
    fn of(commands: &[Command]) -> Self {
        let names = |columns: &[(String, Expression)]| {
            columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let (mut shown, mut has_ptr) = (Vec::new(), true);
        for command in commands {
            match command {
                Command::Fields(columns) => shown.extend(names(columns)),
                Command::Display(columns) => shown = names(columns),
                Command::Stats { columns, by } => {
                    shown = names(by);
                    shown.extend(columns.iter().map(|column| column.name.clone()));
                    has_ptr = false;
                }
                _ => {}
            }
        }
        if shown.is_empty() {
            shown = ["@timestamp", "@message"].map(str::to_owned).into();
        }
        Self { names: shown, has_ptr }
    }

    /// What there is of these columns.
    fn shown(&self, row: &Row<'_>) -> Vec<(String, String)> {
        let mut told: Vec<(String, String)> = Vec::with_capacity(self.names.len() + 1);
        for name in &self.names {
            if let Some(value) = row.field(name).shown()
                && !told.iter().any(|(known, _)| known == name)
            {
                told.push((name.clone(), value));
            }
        }
        if self.has_ptr
            && let Some(ptr) = row.ptr()
        {
            told.push(("@ptr".to_owned(), ptr.to_owned()));
        }
        told
    }
}
