//! `GetMetricStatistics`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{self as errors, missing};
use crate::key::{Dimension, MetricKey, pairs};
use crate::limits::STATISTICS_POINTS_MAX;
use crate::put::check_dimensions;
use crate::shelf::Span;
use crate::statistic::{Gathered, Statistic};
use crate::unit::Unit;
use crate::window::{first_s, is_period, whole_s};
use crate::{CloudWatch, Cx};

impl CloudWatch {
    pub(crate) fn get_metric_statistics(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetMetricStatisticsInput,
    ) -> Result<GetMetricStatisticsOutput, ApiError> {
        let asked = input.read(cx)?;
        let key = MetricKey::new(
            &origin.account,
            &origin.region,
            asked.namespace,
            asked.name,
            pairs(&input.dimensions),
        );
        let needs_values = !asked.extended.is_empty();
        let mut datapoints = Vec::new();
        if let Some(metric) = self.shelf.metric(&key) {
            for unit in metric.units().filter(|own| asked.unit.is_none_or(|unit| unit == *own)) {
                let periods = metric.gather(Some(unit), asked.span, needs_values);
                let points = periods.iter().filter_map(|(at_s, of)| asked.point(*at_s, unit, of));
                datapoints.extend(points);
            }
        }
        datapoints.sort_by(|one: &Datapoint, other| one.timestamp.total_cmp(&other.timestamp));
        Ok(GetMetricStatisticsOutput { label: asked.name.to_owned(), datapoints })
    }
}

/// A request, read.
struct Asked<'a> {
    namespace: &'a str,
    name: &'a str,
    unit: Option<Unit>,
    span: Span,
    plain: Vec<Statistic>,
    extended: Vec<(&'a str, Statistic)>,
}

impl Asked<'_> {
    fn point(&self, at_s: u64, unit: Unit, of: &Gathered) -> Option<Datapoint> {
        let plain = |statistic| self.plain.contains(&statistic).then(|| statistic.of(of))?;
        let extended: BTreeMap<String, f64> = self
            .extended
            .iter()
            .filter_map(|(name, statistic)| Some(((*name).to_owned(), statistic.of(of)?)))
            .collect();
        if self.plain.is_empty() && extended.is_empty() {
            return None;
        }
        Some(Datapoint {
            timestamp: at_s as f64,
            sample_count: plain(Statistic::SampleCount),
            average: plain(Statistic::Average),
            sum: plain(Statistic::Sum),
            minimum: plain(Statistic::Minimum),
            maximum: plain(Statistic::Maximum),
            unit: unit.as_str(),
            extended_statistics: (!extended.is_empty()).then_some(extended),
        })
    }
}

impl GetMetricStatisticsInput {
    fn read(&self, cx: &Cx<'_>) -> Result<Asked<'_>, ApiError> {
        let needed = |text: &Option<String>, name| text.is_none().then(|| missing(name));
        let absent = needed(&self.namespace, "Namespace")
            .or_else(|| needed(&self.metric_name, "MetricName"))
            .or_else(|| self.start_time.is_none().then(|| missing("StartTime")))
            .or_else(|| self.end_time.is_none().then(|| missing("EndTime")))
            .or_else(|| self.period.is_none().then(|| missing("Period")));
        if let Some(absent) = absent {
            return Err(absent);
        }
        check_dimensions(&self.dimensions, "Dimensions")?;
        let unit = match self.unit.as_deref() {
            None => None,
            Some(unit) => Some(Unit::parse(unit).ok_or_else(|| {
                let listed = Unit::listed();
                in_set("Unit", &listed)
            })?),
        };
        let (plain, extended) = self.read_statistics()?;
        let (namespace, name) = (self.namespace.as_deref(), self.metric_name.as_deref());
        Ok(Asked {
            namespace: namespace.unwrap_or_default(),
            name: name.unwrap_or_default(),
            unit,
            span: self.read_span(cx)?,
            plain,
            extended,
        })
    }

    fn read_statistics(&self) -> Result<Statistics<'_>, ApiError> {
        let given = (self.statistics.as_deref(), self.extended_statistics.as_deref());
        let (plain, extended) = (given.0.unwrap_or_default(), given.1.unwrap_or_default());
        if plain.is_empty() && extended.is_empty() {
            return Err(errors::INVALID_PARAMETER_COMBINATION
                .says("Must specify either Statistics or ExtendedStatistics"));
        }
        let plain = plain.iter().enumerate().map(|(at, text)| {
            let names = Statistic::PLAIN.map(|(name, _)| name).join(", ");
            let parameter = format!("Statistics.member.{}", at + 1);
            Statistic::plain(text).ok_or_else(|| in_set(&parameter, &names))
        });
        let extended = extended.iter().enumerate().map(|(at, text)| {
            let statistic = Statistic::extended(text).ok_or_else(|| {
                errors::INVALID_PARAMETER_VALUE.says(format!(
                    "The value {text} for parameter ExtendedStatistics.member.{} is not supported.",
                    at + 1
                ))
            });
            statistic.map(|statistic| (text.as_str(), statistic))
        });
        Ok((plain.collect::<Result<_, _>>()?, extended.collect::<Result<_, _>>()?))
    }

    fn read_span(&self, cx: &Cx<'_>) -> Result<Span, ApiError> {
        let start_s = whole_s(self.start_time.unwrap_or_default());
        let end_s = whole_s(self.end_time.unwrap_or_default());
        if start_s >= end_s {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("The parameter StartTime must be less than the parameter EndTime."));
        }
        let period_s = u64::try_from(self.period.unwrap_or_default()).unwrap_or_default();
        if !is_period(period_s) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."));
        }
        let count = (end_s - start_s).div_ceil(period_s);
        if count > STATISTICS_POINTS_MAX {
            return Err(errors::INVALID_PARAMETER_COMBINATION.says(format!(
                "You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
                thousands(count),
                thousands(STATISTICS_POINTS_MAX)
            )));
        }
        Ok(Span { start_s: first_s(start_s, cx.now, period_s), end_s, period_s })
    }
}

type Statistics<'a> = (Vec<Statistic>, Vec<(&'a str, Statistic)>);

fn in_set(parameter: &str, set: &str) -> ApiError {
    errors::INVALID_PARAMETER_VALUE
        .says(format!("The parameter {parameter} must be a value in the set [ {set} ]."))
}

/// `1,440`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Input of `GetMetricStatistics`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetMetricStatisticsInput {
    /// Of which namespace.
    pub namespace: Option<String>,
    /// Which metric.
    pub metric_name: Option<String>,
    /// With exactly these dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// From when, in seconds since the epoch.
    pub start_time: Option<f64>,
    /// To when; that moment is not asked for any more.
    pub end_time: Option<f64>,
    /// The length of a period, in seconds.
    pub period: Option<i64>,
    /// `Sum`, …
    pub statistics: Option<Vec<String>>,
    /// `p99`, `TM(10%:90%)`, …
    pub extended_statistics: Option<Vec<String>>,
    /// Points in this unit alone.
    pub unit: Option<String>,
}

/// Output of `GetMetricStatistics`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetMetricStatisticsOutput {
    /// The metric.
    pub label: String,
    /// A point a period and unit in which there was something.
    pub datapoints: Vec<Datapoint>,
}

/// What was measured in a period.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Datapoint {
    /// When it begins, in seconds since the epoch.
    pub timestamp: f64,
    /// How many values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_count: Option<f64>,
    /// Their mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<f64>,
    /// The least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// In what.
    pub unit: &'static str,
    /// The others that were asked for and can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_statistics: Option<BTreeMap<String, f64>>,
}
