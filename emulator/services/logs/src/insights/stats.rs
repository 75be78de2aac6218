//! Aggregates of `stats`.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Expression;
use super::row::Row;
use super::value::Value;
use crate::limits::QUERY_VALUES_MAX;

/// A column that `stats` computes.
#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) name: String,
    pub(super) function: Function,
    pub(super) of: Option<Expression>,
    /// Of `pct`.
    pub(super) percentile: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    Pct,
    Stddev,
    Earliest,
    Latest,
    SortsFirst,
    SortsLast,
}

impl Function {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "count_distinct" => Self::CountDistinct,
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "pct" | "percentile" => Self::Pct,
            "median" => Self::Pct,
            "stddev" => Self::Stddev,
            "earliest" => Self::Earliest,
            "latest" => Self::Latest,
            "sortsfirst" => Self::SortsFirst,
            "sortslast" => Self::SortsLast,
            _ => return None,
        })
    }
}

/// What is known of a column so far.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    sum: f64,
    squares: f64,
    best: Option<(u64, Value)>,
    numbers: Vec<f64>,
    distinct: BTreeSet<String>,
}

/// The groups of a `stats`.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<Vec<String>, (Vec<Value>, Vec<Tally>)>,
    values: usize,
}

impl Groups {
    pub(super) fn add(
        &mut self,
        row: &Row<'_>,
        columns: &[Aggregate],
        by: &[(String, Expression)],
    ) {
        let keys: Vec<Value> = by.iter().map(|(_, expression)| expression.evaluate(row)).collect();
        let key = keys.iter().map(Value::text).collect();
        let tallies = || columns.iter().map(|_| Tally::default()).collect();
        let (_, group) = self.groups.entry(key).or_insert_with(|| (keys, tallies()));
        for (tally, column) in group.iter_mut().zip(columns) {
            self.values += tally.add(column, row, self.values < QUERY_VALUES_MAX);
        }
    }

    /// A row a group, the groups with most first where something is counted.
    pub(super) fn rows(
        self,
        columns: &[Aggregate],
        by: &[(String, Expression)],
        now_ms: u64,
    ) -> Vec<Row<'static>> {
        let rows = self.groups.into_values().map(|(keys, tallies)| {
            let named = by.iter().map(|(name, _)| name.clone()).zip(keys);
            let computed = columns.iter().zip(tallies);
            let computed =
                computed.map(|(column, tally)| (column.name.clone(), tally.value(column)));
            Row::made(named.chain(computed).collect(), now_ms)
        });
        let mut rows: Vec<_> = rows.collect();
        if let Some(first) = columns.first() {
            rows.sort_by(|one, other| other.field(&first.name).compare(&one.field(&first.name)));
        }
        rows
    }
}

impl Tally {
    /// Returns how many values more it remembers.
    fn add(&mut self, column: &Aggregate, row: &Row<'_>, has_room: bool) -> usize {
        let value = match &column.of {
            None | Some(Expression::All) => Value::Truth(true),
            Some(of) => of.evaluate(row),
        };
        if value.is_nothing() {
            return 0;
        }
        self.count += 1;
        let at_ms = row.field("@timestamp").number().unwrap_or_default() as u64;
        let is_better = |best: &(u64, Value)| match column.function {
            Function::Min | Function::SortsFirst => value.compare(&best.1).is_lt(),
            Function::Max | Function::SortsLast => value.compare(&best.1).is_gt(),
            Function::Earliest => at_ms < best.0,
            Function::Latest => at_ms > best.0,
            _ => false,
        };
        match column.function {
            Function::Count => {}
            Function::CountDistinct => {
                return usize::from(has_room && self.distinct.insert(value.text()));
            }
            Function::Sum | Function::Avg | Function::Stddev => {
                let Some(number) = value.number() else {
                    self.count -= 1;
                    return 0;
                };
                self.sum += number;
                self.squares += number * number;
            }
            Function::Pct => {
                if let Some(number) = value.number().filter(|_| has_room) {
                    self.numbers.push(number);
                    return 1;
                }
            }
            _ => {
                if self.best.as_ref().is_none_or(is_better) {
                    self.best = Some((at_ms, value));
                }
            }
        }
        0
    }

    fn value(mut self, column: &Aggregate) -> Value {
        let count = self.count as f64;
        let number = |number: f64| match self.count {
            0 => Value::Nothing,
            _ => Value::Number(number),
        };
        match column.function {
            Function::Count => Value::Number(count),
            Function::CountDistinct => Value::Number(self.distinct.len() as f64),
            Function::Sum => number(self.sum),
            Function::Avg => number(self.sum / count),
            Function::Stddev => {
                number((self.squares / count - (self.sum / count).powi(2)).max(0.0).sqrt())
            }
            Function::Pct => {
                self.numbers.sort_by(f64::total_cmp);
                let rank = (column.percentile / 100.0 * self.numbers.len() as f64).ceil();
                let at = (rank.max(1.0) as usize).min(self.numbers.len());
                self.numbers.get(at.wrapping_sub(1)).map_or(Value::Nothing, |it| Value::Number(*it))
            }
            _ => self.best.map_or(Value::Nothing, |(_, value)| value),
        }
    }
}
