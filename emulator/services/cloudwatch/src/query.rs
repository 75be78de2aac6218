//! What is asked of metrics: a statistic of one, or an expression.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::limits::{EXPRESSION_CHARS_MAX, NAME_CHARS_MAX};
use crate::list::Metric;
use crate::statistic::Statistic;
use crate::unit::Unit;
use crate::window::is_period;

/// A statistic of a metric, or an expression.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricDataQuery {
    /// By what expressions and answers name it.
    pub id: String,
    /// A statistic of a metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_stat: Option<MetricStat>,
    /// An expression over others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// What people are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it is part of the answer: yes, unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_data: Option<bool>,
    /// The period of an expression that is of no metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<i64>,
    /// Whose metric it is: there are no linked accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// A statistic of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricStat {
    /// The metric.
    pub metric: Metric,
    /// The length of a period, in seconds.
    pub period: i64,
    /// The statistic: `Sum`, `p99`.
    pub stat: String,
    /// Points in this unit alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl MetricDataQuery {
    pub(crate) fn is_returned(&self) -> bool {
        self.return_data.unwrap_or(true)
    }
}

impl MetricStat {
    pub(crate) fn period_s(&self) -> u64 {
        u64::try_from(self.period).unwrap_or_default().max(1)
    }
}

fn is_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && id.len() <= NAME_CHARS_MAX
}

/// What is wrong with queries, a line each; nothing where nothing is. `list` is the parameter's name.
pub(crate) fn complaints(queries: &[MetricDataQuery], list: &str) -> String {
    let mut found = String::new();
    let mut ids = BTreeSet::new();
    let mut complain = |text: String| found.push_str(&format!("{text}\n"));
    for (at, query) in queries.iter().enumerate() {
        let parameter = format!("{list}.member.{}", at + 1);
        if !is_id(&query.id) {
            complain(format!(
                "The value {} for parameter {parameter}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                query.id
            ));
        }
        if !ids.insert(&query.id) {
            complain(format!("The values for parameter id in {list} are not unique."));
        }
        match (&query.metric_stat, &query.expression) {
            (None, None) => complain(format!("The parameter {parameter}.MetricStat is required.")),
            (Some(_), Some(_)) => complain(format!(
                "The parameters {parameter}.Expression and {parameter}.MetricStat are mutually exclusive and you have specified both."
            )),
            (Some(stat), None) => stat.complaints(&parameter, &mut complain),
            (None, Some(text)) if text.chars().count() > EXPRESSION_CHARS_MAX => complain(format!(
                "The parameter {parameter}.Expression must be shorter than {} characters.",
                EXPRESSION_CHARS_MAX + 1
            )),
            (None, Some(_)) => {}
        }
        let is_wrong = |period: i64| !u64::try_from(period).is_ok_and(is_period);
        if query.period.is_some_and(is_wrong) {
            complain(format!(
                "The parameter {parameter}.Period must be 1, 5, 10, 20, 30 or a multiple of 60."
            ));
        }
    }
    found
}

impl MetricStat {
    fn complaints(&self, parameter: &str, complain: &mut impl FnMut(String)) {
        for (is_missing, name) in [
            (self.metric.namespace.is_none(), "Metric.Namespace"),
            (self.metric.metric_name.is_none(), "Metric.MetricName"),
        ] {
            if is_missing {
                complain(format!("The parameter {parameter}.MetricStat.{name} is required."));
            }
        }
        if Statistic::parse(&self.stat).is_none() {
            complain(format!(
                "The value for parameter {parameter}.MetricStat.Stat is not a valid statistic."
            ));
        }
        if !u64::try_from(self.period).is_ok_and(is_period) {
            complain(format!(
                "The parameter {parameter}.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60."
            ));
        }
        if self.unit.as_deref().is_some_and(|unit| Unit::parse(unit).is_none()) {
            complain(format!(
                "The parameter {parameter}.MetricStat.Unit must be a value in the set [ {} ].",
                Unit::listed()
            ));
        }
    }
}
