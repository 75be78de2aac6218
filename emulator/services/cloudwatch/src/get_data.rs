//! `GetMetricData`, and what a widget shows.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::call::Origin;
use kernel::error::{ApiError, NOT_IMPLEMENTED, parameter_not_implemented};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compute::Computing;
use crate::error::{INVALID_NEXT_TOKEN, VALIDATION};
use crate::label::filled;
use crate::limits::{DATA_POINTS_MAX, QUERIES_MAX};
use crate::math::{Failure, Series, Value};
use crate::query::{MetricDataQuery, complaints};
use crate::window::whole_s;
use crate::{CloudWatch, Cx, Unit};

/// A series with its label: what one line of a graph shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The id of the query that it answers.
    pub id: String,
    /// What people are shown.
    pub label: String,
    /// In what it is measured, where it is a metric that is measured in one unit.
    pub unit: Option<Unit>,
    /// The length of a period, in seconds.
    pub period_s: u64,
    /// Moments in seconds since the epoch with their numbers, the earliest first.
    pub points: Vec<(u64, f64)>,
}

impl CloudWatch {
    /// What `queries` that return data are of an account and a region, from `start_s` on and before `end_s`,
    /// in seconds since the epoch: a line for each series, in the order of the queries.
    ///
    /// # Errors
    /// `ValidationError` names an expression that cannot be computed.
    pub fn lines(
        &self,
        (account, region): (&AccountId, &Region),
        queries: &[MetricDataQuery],
        (start_s, end_s): (u64, u64),
        now: Timestamp,
    ) -> Result<Vec<Line>, ApiError> {
        let place = (account, region);
        let mut computing = Computing::new(&self.shelf, place, queries, (start_s, end_s), now);
        let mut lines = Vec::new();
        for query in queries.iter().filter(|query| query.is_returned()) {
            let value = computing.value_of(&query.id).map_err(|it| refusal(&query.id, it))?;
            match value {
                Value::Series(series) => lines.push(self.line(query, series, false)),
                Value::Array(all) => {
                    lines.extend(all.into_iter().map(|series| self.line(query, series, true)));
                }
                Value::Scalar(_) | Value::Text(_) => {
                    let text = "The expression must return a time series".to_owned();
                    return Err(refusal(&query.id, Failure::Wrong(text)));
                }
            }
        }
        Ok(lines)
    }

    pub(crate) fn get_metric_data(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetMetricDataInput,
    ) -> Result<GetMetricDataOutput, ApiError> {
        let (start_s, end_s) = (whole_s(input.start_time), whole_s(input.end_time));
        if start_s == end_s {
            return Err(
                VALIDATION.says("The parameter StartTime must not equal parameter EndTime.")
            );
        }
        if start_s > end_s {
            return Err(VALIDATION.says("The parameter EndTime must be greater than StartTime."));
        }
        let queries = &input.metric_data_queries;
        if queries.len() > QUERIES_MAX {
            return Err(VALIDATION.says(format!(
                "The collection MetricDataQueries must not have a size greater than {QUERIES_MAX}."
            )));
        }
        let wrong = complaints(queries, "MetricDataQueries");
        if !wrong.is_empty() {
            return Err(VALIDATION.says(wrong));
        }
        let limit = match input.max_datapoints {
            None => DATA_POINTS_MAX,
            Some(count) => usize::try_from(count)
                .ok()
                .filter(|count| (1..=DATA_POINTS_MAX).contains(count))
                .ok_or_else(|| {
                    VALIDATION.says(format!(
                        "The parameter MaxDatapoints must be between 1 and {DATA_POINTS_MAX}."
                    ))
                })?,
        };
        let timezone = input.label_options.as_ref().and_then(|it| it.timezone.as_deref());
        if timezone.is_some_and(|it| !matches!(it, "+0000" | "-0000" | "+00:00")) {
            return Err(parameter_not_implemented("GetMetricData", "LabelOptions.Timezone"));
        }
        let place = (&origin.account, &origin.region);
        let lines = self.lines(place, queries, (start_s, end_s), cx.now)?;
        let is_ascending = input.scan_by.as_deref() == Some("TimestampAscending");
        let skipped = input.next_token.as_deref().map_or(Some(0), read_token);
        let skipped = skipped.ok_or_else(|| ApiError::from(&INVALID_NEXT_TOKEN))?;
        Ok(page(lines, is_ascending, skipped, limit))
    }
}

impl CloudWatch {
    fn line(&self, query: &MetricDataQuery, series: Series, is_one_of_many: bool) -> Line {
        let is_of_metric = query.metric_stat.is_some() || is_one_of_many;
        let usual = if is_of_metric { series.label.clone() } else { query.id.clone() };
        let label = match query.label.as_deref() {
            None => usual,
            Some(label) if label.contains("${") => filled(label, &series, &usual),
            Some(label) if is_one_of_many => format!("{label} {usual}"),
            Some(label) => label.to_owned(),
        };
        let unit = self.unit_of(&series);
        Line { id: query.id.clone(), label, unit, period_s: series.period_s, points: series.points }
    }

    fn unit_of(&self, series: &Series) -> Option<Unit> {
        let (key, stat) = series.of.as_ref()?;
        if **stat == *"SampleCount" {
            return Some(Unit::COUNT);
        }
        let mut units = self.shelf.metric(key)?.units();
        let unit = units.next()?;
        units.next().is_none().then_some(unit)
    }
}

pub(crate) fn refusal(id: &str, failure: Failure) -> ApiError {
    match failure {
        Failure::Wrong(text) => VALIDATION.says(format!("Error in expression '{id}': {text}")),
        Failure::NotImplemented(function) => NOT_IMPLEMENTED.says(format!(
            "Error in expression '{id}': {function} is not implemented by Cloudless."
        )),
    }
}

/// At most so many points behind those that pages before had, line by line.
fn page(lines: Vec<Line>, is_ascending: bool, skipped: usize, limit: usize) -> GetMetricDataOutput {
    let all: usize = lines.iter().map(|line| line.points.len()).sum();
    let (mut to_skip, mut room) = (skipped, limit);
    let mut results = Vec::new();
    for Line { id, label, mut points, .. } in lines {
        if !is_ascending {
            points.reverse();
        }
        let passed = to_skip.min(points.len());
        to_skip -= passed;
        // What pages before had whole is not said again.
        if passed > 0 && passed == points.len() || room == 0 && !points.is_empty() {
            continue;
        }
        let taken: Vec<_> = points.iter().skip(passed).take(room).copied().collect();
        room -= taken.len();
        let is_whole = passed + taken.len() == points.len();
        results.push(MetricDataResult {
            id,
            label,
            timestamps: taken.iter().map(|(at, _)| *at as f64).collect(),
            values: taken.iter().map(|(_, value)| *value).collect(),
            status_code: if is_whole { "Complete" } else { "PartialData" },
        });
    }
    let given = skipped + (limit - room);
    let next_token = (given < all).then(|| BASE64.encode(format!("data {given}")));
    GetMetricDataOutput { metric_data_results: results, next_token, messages: Vec::new() }
}

fn read_token(token: &str) -> Option<usize> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    text.strip_prefix("data ")?.parse().ok()
}

/// Input of `GetMetricData`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetMetricDataInput {
    /// What is asked for.
    pub metric_data_queries: Vec<MetricDataQuery>,
    /// From when, in seconds since the epoch.
    pub start_time: f64,
    /// To when; that moment is not asked for any more.
    pub end_time: f64,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// `TimestampDescending`, unless told.
    pub scan_by: Option<String>,
    /// Points of a page.
    pub max_datapoints: Option<i64>,
    /// In which time zone labels tell moments: here in UTC.
    pub label_options: Option<LabelOptions>,
}

/// How labels are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LabelOptions {
    /// `+0130`
    pub timezone: Option<String>,
}

/// Output of `GetMetricData`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetMetricDataOutput {
    /// What was asked for.
    pub metric_data_results: Vec<MetricDataResult>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// What is to be known of all.
    pub messages: Vec<MessageData>,
}

/// What one series is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDataResult {
    /// The query that it answers.
    pub id: String,
    /// What people are shown.
    pub label: String,
    /// Moments, in seconds since the epoch.
    pub timestamps: Vec<f64>,
    /// Their numbers.
    pub values: Vec<f64>,
    /// `Complete`, or `PartialData`.
    pub status_code: &'static str,
}

/// A message.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageData {
    /// Its code.
    pub code: String,
    /// What it says.
    pub value: String,
}
