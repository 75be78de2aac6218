//! Why an alarm is as it is, in AWS's words.

use kernel::time::Timestamp;
use serde::Serialize;

use super::StateValue;
use super::put::PutMetricAlarmInput;
use super::verdict::{Required, Treatment, Verdict};

/// A point that an alarm looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Looked {
    pub(super) at_s: u64,
    /// Nothing where it was missing.
    pub(super) value: Option<f64>,
    pub(super) sample_count: Option<f64>,
}

/// `Threshold Crossed: 2 out of the last 3 datapoints […] were greater than the threshold (1.0) (minimum 2
/// datapoints for OK -> ALARM transition).`
pub(super) fn text(
    value: StateValue,
    verdict: &Verdict,
    range: &[Looked],
    (required, treatment): (Required, Treatment),
    (threshold, comparison, breaches): (f64, &str, &dyn Fn(f64) -> bool),
) -> String {
    if value == StateValue::InsufficientData {
        return format!("Insufficient Data: {} unknown.", counted(required.of, "datapoint", true));
    }
    let treated = match treatment {
        Treatment::Breaching => "Breaching",
        _ => "NonBreaching",
    };
    let filled = verdict.filled;
    let missing = format!("{} treated as [{treated}]", counted(filled, "missing datapoint", true));
    let is_alarm = value == StateValue::Alarm;
    let points = verdict.used.iter().rev().map(|at| range[*at]);
    let told: Vec<String> = points
        .filter(|point| point.value.is_some_and(|value| breaches(value) == is_alarm))
        .map(Looked::told)
        .collect();
    // It is so for those that were missing alone.
    if told.is_empty() {
        let periods = counted(filled, "period", false);
        return format!(
            "Threshold Crossed: no datapoints were received for {periods} and {missing}."
        );
    }
    let were = if told.len() == 1 { "was" } else { "were" };
    let not = if is_alarm { "" } else { "not " };
    let (minimum, transition) = match is_alarm {
        true => (required.breaching, "OK -> ALARM"),
        false => (required.of - required.breaching + 1, "ALARM -> OK"),
    };
    let and = if filled > 0 { format!(" and {missing}") } else { String::new() };
    format!(
        "Threshold Crossed: {} out of the last {} datapoints [{}] {were} {not}{} ({threshold:?}){and} (minimum {} for {transition} transition).",
        told.len(),
        verdict.used.len(),
        told.join(", "),
        words(comparison),
        counted(minimum, "datapoint", false),
    )
}

/// `1 datapoint was`, `3 datapoints were`
fn counted(count: usize, thing: &str, is_told: bool) -> String {
    let (ending, were) = if count == 1 { ("", " was") } else { ("s", " were") };
    format!("{count} {thing}{ending}{}", if is_told { were } else { "" })
}

fn words(comparison: &str) -> &'static str {
    match comparison {
        "GreaterThanOrEqualToThreshold" => "greater than or equal to the threshold",
        "GreaterThanThreshold" => "greater than the threshold",
        "LessThanThreshold" => "less than the threshold",
        _ => "less than or equal to the threshold",
    }
}

impl Looked {
    /// `5.0 (23/11/26 12:00:00)`
    fn told(self) -> String {
        let iso = Timestamp::from_ms(self.at_s * 1000).iso8601_ms();
        let part = |from: usize, to: usize| iso.get(from..to).unwrap_or_default();
        let value = self.value.unwrap_or_default();
        let (day, month, year) = (part(8, 10), part(5, 7), part(2, 4));
        format!("{value:?} ({day}/{month}/{year} {})", part(11, 19))
    }
}

/// What is said beside the reason, for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    version: &'static str,
    query_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<&'a str>,
    period: u64,
    recent_datapoints: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    evaluated_datapoints: Vec<Evaluated>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

/// The reason as JSON.
pub(super) fn data(
    alarm: &PutMetricAlarmInput,
    period_s: u64,
    verdict: &Verdict,
    range: &[Looked],
    now: Timestamp,
) -> String {
    let date = |at_s: u64| Timestamp::from_ms(at_s * 1000).iso8601_offset();
    let used: Vec<Looked> = verdict.used.iter().map(|at| range[*at]).collect();
    let evaluated = match used.is_empty() {
        true => range,
        false => &*used,
    };
    let data = Data {
        version: "1.0",
        query_date: now.iso8601_offset(),
        start_date: used.first().map(|point| date(point.at_s)),
        unit: alarm.unit.as_deref(),
        statistic: alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref()),
        period: period_s,
        recent_datapoints: used.iter().filter_map(|point| point.value).collect(),
        threshold: alarm.threshold,
        evaluated_datapoints: evaluated
            .iter()
            .rev()
            .map(|point| Evaluated {
                timestamp: date(point.at_s),
                sample_count: point.sample_count,
                value: point.value,
            })
            .collect(),
    };
    serde_json::to_string(&data).unwrap_or_default()
}
