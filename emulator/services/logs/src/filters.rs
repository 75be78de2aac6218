//! The filters of a group: what of its events is sent on, and what counts.

use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A subscription filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubscriptionFilter {
    pub(crate) pattern: String,
    pub(crate) destination: FunctionArn,
    pub(crate) distribution: String,
    pub(crate) created: Timestamp,
}

/// A metric filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricFilter {
    pub(crate) pattern: String,
    pub(crate) transformations: Vec<MetricTransformation>,
    pub(crate) created: Timestamp,
}

/// What an event counts for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricTransformation {
    /// The metric.
    pub metric_name: String,
    /// Where that is.
    pub metric_namespace: String,
    /// How much: a number, or what the pattern names.
    pub metric_value: String,
    /// How much where nothing fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// What the metric is told apart by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<BTreeMap<String, String>>,
    /// In which unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}
