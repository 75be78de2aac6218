//! `PutMetricAlarm`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>

use kernel::arn::Parts;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::verdict::{Required, Treatment};
use super::{AlarmKey, Configuration};
use crate::error::{INVALID_PARAMETER_VALUE, VALIDATION, exclusive};
use crate::key::{Dimension, MetricKey, pairs};
use crate::limits::{
    ACTIONS_MAX, ALARM_LONG_WINDOW_S_MAX, ALARM_QUERIES_MAX, ALARM_WINDOW_S_MAX, DIMENSIONS_MAX,
};
use crate::math;
use crate::query::{MetricDataQuery, MetricStat, complaints};
use crate::select::Select;
use crate::statistic::Statistic;
use crate::tags::Tag;
use crate::unit::Unit;
use crate::{CloudWatch, Cx, Empty};

/// Functions that no alarm may use, as on AWS.
const NOT_IN_ALARMS: [&str; 2] = ["SEARCH", "METRICS"];

impl CloudWatch {
    pub(crate) fn put_metric_alarm(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: PutMetricAlarmInput,
    ) -> Result<Empty, ApiError> {
        input.check()?;
        let key = AlarmKey::own(origin, &input.alarm_name);
        let tags = input.tags.take().unwrap_or_default();
        self.put_alarm(cx, key, Configuration::Metric(Box::new(input)), tags)?;
        Ok(Empty {})
    }
}

/// Refuses what is no ARN, and more actions than a state may have.
pub(super) fn check_actions(lists: [(&str, &[String]); 3]) -> Result<(), ApiError> {
    for (member, actions) in lists {
        if actions.len() > ACTIONS_MAX {
            return wrong(format!(
                "1 validation error detected: Value '[{}]' at '{member}' failed to satisfy constraint: Member must have length less than or equal to {ACTIONS_MAX}",
                actions.join(", ")
            ));
        }
        if let Some(arn) = actions.iter().find(|arn| Parts::parse(arn).is_none()) {
            return wrong(format!("Invalid arn syntax: {arn}"));
        }
    }
    Ok(())
}

/// Whether it does something with the instance that an alarm watches: `arn:aws:automate:us-east-1:ec2:stop`.
fn is_of_ec2(arn: &str) -> bool {
    Parts::parse(arn).is_some_and(|parts| parts.service == "automate" && parts.account == "ec2")
}

fn wrong<T>(text: impl Into<String>) -> Result<T, ApiError> {
    Err(VALIDATION.says(text.into()))
}

fn must_not_be_null<T>(member: &str) -> Result<T, ApiError> {
    wrong(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}

impl PutMetricAlarmInput {
    fn check(&self) -> Result<(), ApiError> {
        self.check_actions()?;
        let Some(periods) = self.evaluation_periods else {
            return must_not_be_null("evaluationPeriods");
        };
        let Some(comparison) = &self.comparison_operator else {
            return must_not_be_null("comparisonOperator");
        };
        if self.datapoints_to_alarm.is_some_and(|count| count > periods) {
            return wrong("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
        }
        if comparison.contains("Lower") || comparison.contains("Upper") {
            return Err(kernel::error::NOT_IMPLEMENTED.says(format!(
                "The comparison {comparison} needs anomaly detection, which is not implemented by Cloudless."
            )));
        }
        if self.threshold_metric_id.is_some() {
            return Err(kernel::error::parameter_not_implemented(
                "PutMetricAlarm",
                "ThresholdMetricId",
            ));
        }
        if self.threshold.is_none() {
            return wrong("The parameter Threshold is required.");
        }
        self.check_options()?;
        match self.metrics.is_empty() {
            true => self.check_metric()?,
            false => self.check_queries()?,
        }
        self.check_window(periods)
    }

    fn check_actions(&self) -> Result<(), ApiError> {
        let lists: [(&str, &[String]); 3] = [
            ("oKActions", &self.ok_actions),
            ("alarmActions", &self.alarm_actions),
            ("insufficientDataActions", &self.insufficient_data_actions),
        ];
        check_actions(lists)?;
        let watches_instance = self.dimensions.iter().any(|it| it.name == "InstanceId");
        let mut actions = lists.into_iter().flat_map(|(_, actions)| actions);
        if actions.any(|arn| is_of_ec2(arn)) && !watches_instance {
            return wrong(
                "Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 instance.",
            );
        }
        Ok(())
    }

    fn check_options(&self) -> Result<(), ApiError> {
        if let Some(option) = &self.treat_missing_data
            && Treatment::parse(option).is_none()
        {
            return wrong(format!(
                "Option {option} is not supported. Supported options for parameter TreatMissingData are breaching, notBreaching, ignore and missing."
            ));
        }
        if let Some(option) = &self.evaluate_low_sample_count_percentile
            && !["evaluate", "ignore"].contains(&&**option)
        {
            return wrong(format!(
                "Option {option} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore."
            ));
        }
        Ok(())
    }

    fn check_metric(&self) -> Result<(), ApiError> {
        for (value, name) in [(&self.metric_name, "MetricName"), (&self.namespace, "Namespace")] {
            if value.is_none() {
                return wrong(format!("The parameter {name} is required."));
            }
        }
        match (&self.statistic, &self.extended_statistic) {
            (Some(_), Some(_)) => {
                return Err(exclusive(&VALIDATION, "Statistic", "ExtendedStatistic"));
            }
            (None, None) => {
                return wrong("One of the parameters Statistic and ExtendedStatistic is required.");
            }
            (None, Some(statistic)) if Statistic::extended(statistic).is_none() => {
                return Err(INVALID_PARAMETER_VALUE.says(format!(
                    "The value {statistic} for parameter ExtendedStatistic is not supported."
                )));
            }
            _ => {}
        }
        if self.dimensions.len() > DIMENSIONS_MAX {
            return wrong(format!(
                "The collection Dimensions must not have a size greater than {DIMENSIONS_MAX}."
            ));
        }
        let Some(period) = self.period else {
            return wrong("The parameter Period is required.");
        };
        if !matches!(period, 10 | 20 | 30) && (period < 60 || period % 60 != 0) {
            return wrong("The parameter Period must be 10, 20, 30 or a multiple of 60.");
        }
        Ok(())
    }

    fn check_queries(&self) -> Result<(), ApiError> {
        let of_metric = [
            (self.metric_name.is_some(), "MetricName"),
            (self.namespace.is_some(), "Namespace"),
            (self.statistic.is_some(), "Statistic"),
            (self.extended_statistic.is_some(), "ExtendedStatistic"),
            (self.period.is_some(), "Period"),
            (self.unit.is_some(), "Unit"),
            (!self.dimensions.is_empty(), "Dimensions"),
        ];
        if let Some((_, name)) = of_metric.into_iter().find(|(is_there, _)| *is_there) {
            return Err(exclusive(&VALIDATION, "Metrics", name));
        }
        if self.metrics.len() > ALARM_QUERIES_MAX {
            return wrong(format!(
                "The collection Metrics must not have a size greater than {ALARM_QUERIES_MAX}."
            ));
        }
        let complaints = complaints(&self.metrics, "Metrics");
        if !complaints.is_empty() {
            return wrong(complaints);
        }
        if self.metrics.iter().filter(|query| query.is_returned()).count() != 1 {
            return wrong("Exactly one element of the metrics list should return data.");
        }
        for query in &self.metrics {
            let Some(text) = &query.expression else { continue };
            query.check_expression(text, &self.metrics)?;
        }
        Ok(())
    }

    fn check_window(&self, periods: i64) -> Result<(), ApiError> {
        let period_s = self.period_s();
        let most_s = if period_s >= 3600 { ALARM_LONG_WINDOW_S_MAX } else { ALARM_WINDOW_S_MAX };
        let periods = u64::try_from(periods).unwrap_or_default();
        match periods.saturating_mul(period_s) > most_s {
            true if period_s >= 3600 => wrong(format!(
                "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= {most_s})."
            )),
            true => wrong(format!(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {most_s})."
            )),
            false => Ok(()),
        }
    }

    /// The length of a period, in seconds.
    pub(super) fn period_s(&self) -> u64 {
        let own = self.period.and_then(|period| u64::try_from(period).ok());
        let returned = self.metrics.iter().find(|query| query.is_returned());
        let told = returned.and_then(|query| query.period).and_then(|it| u64::try_from(it).ok());
        let stats = self.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        own.or(told).or_else(|| stats.map(MetricStat::period_s).max()).unwrap_or(60).max(1)
    }

    pub(super) fn required(&self) -> Required {
        let of = usize::try_from(self.evaluation_periods.unwrap_or(1)).unwrap_or(1).max(1);
        let breaching = self.datapoints_to_alarm.and_then(|count| usize::try_from(count).ok());
        Required { breaching: breaching.unwrap_or(of).clamp(1, of), of }
    }

    /// DynamoDB's points are only there while something happens: AWS ignores those that are missing.
    pub(super) fn treatment(&self) -> Treatment {
        if self.namespace.as_deref() == Some("AWS/DynamoDB") {
            return Treatment::Ignore;
        }
        let told = self.treat_missing_data.as_deref().and_then(Treatment::parse);
        told.unwrap_or(Treatment::Missing)
    }

    pub(super) fn breaches(&self, value: f64) -> bool {
        let threshold = self.threshold.unwrap_or_default();
        match self.comparison_operator.as_deref() {
            Some("GreaterThanOrEqualToThreshold") => value >= threshold,
            Some("GreaterThanThreshold") => value > threshold,
            Some("LessThanThreshold") => value < threshold,
            _ => value <= threshold,
        }
    }

    /// Its statistic as a query, or its queries.
    pub(super) fn queries(&self) -> Vec<MetricDataQuery> {
        if !self.metrics.is_empty() {
            return self.metrics.clone();
        }
        let stat = self.statistic.as_ref().or(self.extended_statistic.as_ref());
        let metric = crate::list::Metric {
            namespace: self.namespace.clone(),
            metric_name: self.metric_name.clone(),
            dimensions: self.dimensions.clone(),
        };
        let metric_stat = MetricStat {
            metric,
            period: self.period.unwrap_or(60),
            stat: stat.cloned().unwrap_or_default(),
            unit: self.unit.clone(),
        };
        let metric_stat = Some(metric_stat);
        vec![MetricDataQuery { id: "m".to_owned(), metric_stat, ..Default::default() }]
    }

    /// The metrics that it watches.
    pub(super) fn watched(&self, of: &AlarmKey) -> Vec<MetricKey> {
        let queries = self.queries();
        let stats = queries.iter().filter_map(|query| query.metric_stat.as_ref());
        stats
            .map(|stat| {
                let namespace = stat.metric.namespace.as_deref().unwrap_or_default();
                let name = stat.metric.metric_name.as_deref().unwrap_or_default();
                let dimensions = pairs(&stat.metric.dimensions);
                MetricKey::new(&of.account, &of.region, namespace, name, dimensions)
            })
            .collect()
    }

    /// Whether it is about this metric, and about what else is told.
    pub(super) fn is_about(
        &self,
        (namespace, name): (&str, &str),
        dimensions: &[Dimension],
        unit: Option<Unit>,
    ) -> bool {
        let sorted = |all: &[Dimension]| {
            let mut all: Vec<(String, String)> =
                pairs(all).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            all.sort_unstable();
            all
        };
        self.namespace.as_deref() == Some(namespace)
            && self.metric_name.as_deref() == Some(name)
            && sorted(&self.dimensions) == sorted(dimensions)
            && unit.is_none_or(|unit| self.unit.as_deref() == Some(unit.as_str()))
    }
}

impl MetricDataQuery {
    fn check_expression(&self, text: &str, all: &[Self]) -> Result<(), ApiError> {
        let id = &self.id;
        let wrong =
            |reason: String| VALIDATION.says(format!("Error in expression '{id}': {reason}"));
        if Select::is_one(text) {
            return Err(kernel::error::NOT_IMPLEMENTED.says(format!(
                "Error in expression '{id}': alarms on SELECT are not implemented by Cloudless."
            )));
        }
        let expression = math::parse(text).map_err(wrong)?;
        if let Some(function) = NOT_IN_ALARMS.iter().find(|it| expression.calls(it)) {
            return Err(wrong(format!("{function} is not supported in alarms")));
        }
        if expression.calls("ANOMALY_DETECTION_BAND") {
            return Err(kernel::error::NOT_IMPLEMENTED.says(format!(
                "Error in expression '{id}': ANOMALY_DETECTION_BAND is not implemented by Cloudless."
            )));
        }
        let mut names = Vec::new();
        expression.names(&mut names);
        let is_known = |name: &String| {
            ["REPEAT", "LINEAR"].contains(&&**name) || all.iter().any(|query| query.id == *name)
        };
        match names.iter().find(|name| !is_known(name)) {
            Some(unknown) => Err(wrong(format!("Unknown identifier '{unknown}'"))),
            None => Ok(()),
        }
    }
}

/// Input of `PutMetricAlarm`, and what is kept of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutMetricAlarmInput {
    /// Its name.
    pub alarm_name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_description: Option<String>,
    /// Whether actions follow: yes, unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_enabled: Option<bool>,
    /// What follows when it becomes `OK`.
    #[serde(default, rename = "OKActions")]
    pub ok_actions: Vec<String>,
    /// What follows when it becomes `ALARM`.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// What follows when it becomes `INSUFFICIENT_DATA`.
    #[serde(default)]
    pub insufficient_data_actions: Vec<String>,
    /// The metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_name: Option<String>,
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Of its points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistic: Option<String>,
    /// A statistic of the values themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_statistic: Option<String>,
    /// The metric's dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// The length of a period, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<i64>,
    /// Points in this unit alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// N: how many periods count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation_periods: Option<i64>,
    /// M: how many of them must breach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<i64>,
    /// What is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// How it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison_operator: Option<String>,
    /// What a missing point counts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treat_missing_data: Option<String>,
    /// What a percentile of few values counts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_low_sample_count_percentile: Option<String>,
    /// Metrics and expressions, of which one returns data.
    #[serde(default)]
    pub metrics: Vec<MetricDataQuery>,
    /// What a new alarm is tagged with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// The query of a band: refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_metric_id: Option<String>,
}
