//! The `metrics` of a widget: rows of names with `.` and `...` for what the row before says.

use charts::Side;
use serde_json::{Map, Value};

use super::PERIOD_S;
use crate::list::Metric;
use crate::query::{MetricDataQuery, MetricStat};
use crate::{Dimension, window};

/// A metric or an expression, and how it is drawn.
pub(super) struct Row {
    pub id: String,
    pub side: Side,
    pub color: Option<String>,
    what: What,
    label: Option<String>,
    is_visible: bool,
    period_s: Option<u64>,
}

enum What {
    Metric { names: Vec<String>, stat: String, unit: Option<String> },
    Expression(String),
}

impl Row {
    /// # Errors
    /// What is wrong with a row.
    pub fn read_all(properties: &Value) -> Result<Vec<Self>, String> {
        let rows = match properties.get("metrics") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(rows)) => rows,
            Some(_) => return Err("its metrics are no list".to_owned()),
        };
        let mut before = Vec::new();
        let mut read = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            let Value::Array(row) = row else { return Err(format!("metric {at} is no list")) };
            read.push(Self::read(at, row, &mut before, properties)?);
        }
        Ok(read)
    }

    fn read(
        at: usize,
        row: &[Value],
        before: &mut Vec<String>,
        properties: &Value,
    ) -> Result<Self, String> {
        let nothing = Map::new();
        let (names, options) = match row.split_last() {
            Some((Value::Object(options), names)) => (names, options),
            _ => (row, &nothing),
        };
        let text = |name: &str| options.get(name).and_then(Value::as_str).map(str::to_owned);
        let usual = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_owned);
        let period =
            |from: Option<&Value>| from.and_then(Value::as_u64).filter(|it| window::is_period(*it));
        let what = match text("expression") {
            Some(expression) => What::Expression(expression),
            None => {
                let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
                let names =
                    names.ok_or_else(|| format!("metric {at} has a name that is no text"))?;
                let names =
                    whole(&names, before).ok_or_else(|| format!("metric {at} is not whole"))?;
                before.clone_from(&names);
                let stat =
                    text("stat").or_else(|| usual("stat")).unwrap_or_else(|| "Average".to_owned());
                What::Metric { names, stat, unit: text("unit") }
            }
        };
        Ok(Self {
            id: text("id").unwrap_or_else(|| format!("row{at}")),
            side: if text("yAxis").as_deref() == Some("right") { Side::Right } else { Side::Left },
            color: text("color"),
            what,
            label: text("label"),
            is_visible: options.get("visible").and_then(Value::as_bool) != Some(false),
            period_s: period(options.get("period")).or_else(|| period(properties.get("period"))),
        })
    }

    /// What is asked of metrics for it, in periods of at least `least_s`.
    pub fn query(&self, least_s: u64) -> MetricDataQuery {
        let asked_s = self.period_s.unwrap_or(PERIOD_S);
        // Only multiples of a minute may be any.
        let period_s = if asked_s < least_s { least_s.div_ceil(60) * 60 } else { asked_s };
        let period = i64::try_from(period_s).unwrap_or(i64::MAX);
        let mut query = MetricDataQuery {
            id: self.id.clone(),
            label: self.label.clone(),
            return_data: Some(self.is_visible),
            ..MetricDataQuery::default()
        };
        match &self.what {
            What::Expression(expression) => {
                query.expression = Some(expression.clone());
                query.period = Some(period);
            }
            What::Metric { names, stat, unit } => {
                let dimensions = names[2..].chunks_exact(2);
                let dimensions = dimensions
                    .map(|pair| Dimension { name: pair[0].clone(), value: pair[1].clone() });
                let metric = Metric {
                    namespace: Some(names[0].clone()),
                    metric_name: Some(names[1].clone()),
                    dimensions: dimensions.collect(),
                };
                let (stat, unit) = (stat.clone(), unit.clone());
                query.metric_stat = Some(MetricStat { metric, period, stat, unit });
            }
        }
        query
    }
}

/// Namespace, name and dimensions, with what is taken from the row before: `.` for what stands at the same place there,
/// `...` for as much of its beginning as the rest leaves.
fn whole(names: &[&str], before: &[String]) -> Option<Vec<String>> {
    let names: Vec<String> = match names.iter().position(|name| *name == "...") {
        Some(at) => {
            let (first, rest) = (&names[..at], &names[at + 1..]);
            let taken = before.get(first.len()..before.len().checked_sub(rest.len())?)?;
            let own =
                |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            [own(first), taken.to_vec(), own(rest)].concat()
        }
        None => names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let taken = |(at, name): (usize, String)| match name.as_str() {
        "." => before.get(at).cloned(),
        _ => Some(name),
    };
    let names: Vec<String> = names.into_iter().enumerate().map(taken).collect::<Option<_>>()?;
    (names.len() >= 2 && names.len().is_multiple_of(2)).then_some(names)
}
