//! Of which objects requests are counted for CloudWatch:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html>. Requests are
//! counted in `metrics/requests.rs`.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Configuration;
use super::filter::Filter;
use super::named::{Named, operations};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct MetricsConfiguration {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
}

impl MetricsConfiguration {
    /// What the metrics are told apart by.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Which objects; nothing where all that is asked of the bucket counts.
    pub(crate) const fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

impl Configuration for MetricsConfiguration {
    const NAME: &'static str = "Metrics";
}

impl Named for MetricsConfiguration {
    const MEMBER: &'static str = "MetricsConfiguration";

    fn id(&self) -> &str {
        &self.id
    }

    fn check(&self) -> Result<(), ApiError> {
        self.filter.as_ref().map_or(Ok(()), Filter::check)
    }
}

operations!(
    MetricsConfiguration,
    PutBucketMetricsConfigurationInput,
    put_bucket_metrics_configuration,
    get_bucket_metrics_configuration,
    delete_bucket_metrics_configuration,
    list_bucket_metrics_configurations
);
