//! Metric filters: what events count for, as they come (`metrics.rs`).
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::filters::{MetricFilter, MetricTransformation};
use crate::limits::{DESCRIBED_DEFAULT, METRIC_FILTERS_MAX};
use crate::pattern::Pattern;
use crate::{Cx, Empty, Logs, Record, error as errors, page};

impl Logs {
    pub(crate) fn put_metric_filter(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutMetricFilterInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        let pattern = Pattern::parse(&input.filter_pattern)?;
        for transformation in &input.metric_transformations {
            let has_dimensions =
                transformation.dimensions.as_ref().is_some_and(|it| !it.is_empty());
            if has_dimensions && !pattern.names_fields() {
                return Err(errors::INVALID_PARAMETER
                    .says("The specified filter pattern does not support dimensions"));
            }
            if has_dimensions && transformation.default_value.is_some() {
                return Err(errors::INVALID_PARAMETER.says(
                    "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
                ));
            }
        }
        let group = self.group_mut(&key)?;
        let before = group.metric_filters.get(&input.filter_name);
        if before.is_none() && group.metric_filters.len() >= METRIC_FILTERS_MAX {
            return Err((&errors::LIMIT_EXCEEDED).into());
        }
        let filter = MetricFilter {
            pattern: input.filter_pattern,
            transformations: input.metric_transformations,
            created: before.map_or(cx.now, |before| before.created),
        };
        group.metric_filters.insert(input.filter_name, filter);
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn delete_metric_filter(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &LogGroupFilterInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        let group = self.group_mut(&key)?;
        if group.metric_filters.remove(&input.filter_name).is_none() {
            return Err(
                errors::RESOURCE_NOT_FOUND.says("The specified metric filter does not exist.")
            );
        }
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn describe_metric_filters(
        &self,
        origin: &Origin,
        input: &DescribeMetricFiltersInput,
    ) -> Result<DescribeMetricFiltersOutput, ApiError> {
        if input.metric_name.is_some() != input.metric_namespace.is_some() {
            return Err(errors::INVALID_PARAMETER
                .says("metricName and metricNamespace must be specified together."));
        }
        if let Some(name) = &input.log_group_name {
            self.own(origin, name)?;
        }
        let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
        let counts_for = |filter: &MetricFilter| {
            filter.transformations.iter().any(|it| {
                input.metric_name.as_ref().is_none_or(|name| *name == it.metric_name)
                    && input.metric_namespace.as_ref().is_none_or(|of| *of == it.metric_namespace)
            })
        };
        let groups = self.of_caller(origin).filter(|group| {
            input.log_group_name.as_ref().is_none_or(|name| **name == *group.key.name)
        });
        let found = groups.flat_map(|group| {
            let filters = group.metric_filters.iter();
            let fitting =
                filters.filter(|(name, filter)| name.starts_with(prefix) && counts_for(filter));
            fitting.map(|(name, filter)| described(name, filter, &group.key.name))
        });
        let place =
            |it: &DescribedMetricFilter| format!("{}:{}", it.log_group_name, it.filter_name);
        let limit = input.limit.unwrap_or(DESCRIBED_DEFAULT);
        let token = input.next_token.as_deref();
        let page = page::of(found.collect(), token, limit, place, "metric-filters")?;
        Ok(DescribeMetricFiltersOutput { metric_filters: page.items, next_token: page.next_token })
    }
}

/// Which of these messages fit, and what the pattern names in them.
pub(crate) fn test(input: &TestMetricFilterInput) -> Result<TestMetricFilterOutput, ApiError> {
    let pattern = Pattern::parse(&input.filter_pattern)?;
    let messages = input.log_event_messages.iter();
    let matches = messages.enumerate().filter(|(_, message)| pattern.fits(message));
    let matches = matches.map(|(at, message)| MetricFilterMatchRecord {
        event_number: at + 1,
        event_message: message.clone(),
        extracted_values: pattern.extract(message),
    });
    Ok(TestMetricFilterOutput { matches: matches.collect() })
}

fn described(name: &str, filter: &MetricFilter, group: &str) -> DescribedMetricFilter {
    DescribedMetricFilter {
        filter_name: name.to_owned(),
        filter_pattern: filter.pattern.clone(),
        metric_transformations: filter.transformations.clone(),
        creation_time: filter.created.as_ms(),
        log_group_name: group.to_owned(),
        apply_on_transformed_logs: false,
    }
}

/// Input of `PutMetricFilter`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutMetricFilterInput {
    /// The group.
    pub log_group_name: String,
    /// Its name among the group's.
    pub filter_name: String,
    /// What counts.
    pub filter_pattern: String,
    /// What for.
    pub metric_transformations: Vec<MetricTransformation>,
}

/// Input of `DeleteMetricFilter` and `DeleteSubscriptionFilter`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroupFilterInput {
    /// The group.
    pub log_group_name: String,
    /// The filter.
    pub filter_name: String,
}

/// Input of `DescribeMetricFilters`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeMetricFiltersInput {
    /// Of this group.
    pub log_group_name: Option<String>,
    /// What names of filters begin with.
    pub filter_name_prefix: Option<String>,
    /// Of this metric.
    pub metric_name: Option<String>,
    /// Where that is.
    pub metric_namespace: Option<String>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Output of `DescribeMetricFilters`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeMetricFiltersOutput {
    /// The filters of this page.
    pub metric_filters: Vec<DescribedMetricFilter>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A metric filter, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedMetricFilter {
    /// Its name.
    pub filter_name: String,
    /// What counts.
    pub filter_pattern: String,
    /// What for.
    pub metric_transformations: Vec<MetricTransformation>,
    /// When it was made, in milliseconds since the epoch.
    pub creation_time: u64,
    /// Its group.
    pub log_group_name: String,
    /// Whether events are transformed before: there are no transformers.
    pub apply_on_transformed_logs: bool,
}

/// Input of `TestMetricFilter`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestMetricFilterInput {
    /// What is looked for.
    pub filter_pattern: String,
    /// In what.
    pub log_event_messages: Vec<String>,
}

/// Output of `TestMetricFilter`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestMetricFilterOutput {
    /// Those that fit.
    pub matches: Vec<MetricFilterMatchRecord>,
}

/// A message that fits.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricFilterMatchRecord {
    /// Its place, from 1 on.
    pub event_number: usize,
    /// What it says.
    pub event_message: String,
    /// What the pattern names in it.
    pub extracted_values: BTreeMap<String, String>,
}
