//! Of which objects it is analysed in which class they would be cheaper:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/analytics-storage-class.html>. Kept; nothing is
//! analysed.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::inventory::check_destination;
use super::named::{Named, operations};
use super::{Configuration, malformed};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AnalyticsConfiguration {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    storage_class_analysis: StorageClassAnalysis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StorageClassAnalysis {
    #[serde(skip_serializing_if = "Option::is_none")]
    data_export: Option<DataExport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DataExport {
    output_schema_version: SchemaVersion,
    destination: Destination,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SchemaVersion {
    #[serde(rename = "V_1")]
    V1,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Destination {
    #[serde(rename = "S3BucketDestination")]
    bucket: BucketDestination,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BucketDestination {
    format: Format,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_account_id: Option<String>,
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "CSV")]
    Csv,
}

impl Configuration for AnalyticsConfiguration {
    const NAME: &'static str = "Analytics";
}

impl Named for AnalyticsConfiguration {
    const MEMBER: &'static str = "AnalyticsConfiguration";

    fn id(&self) -> &str {
        &self.id
    }

    fn other_id() -> ApiError {
        malformed()
    }

    fn check(&self) -> Result<(), ApiError> {
        self.filter.as_ref().map_or(Ok(()), Filter::check)?;
        match &self.storage_class_analysis.data_export {
            Some(export) => check_destination(&export.destination.bucket.bucket),
            None => Ok(()),
        }
    }
}

operations!(
    AnalyticsConfiguration,
    PutBucketAnalyticsConfigurationInput,
    put_bucket_analytics_configuration,
    get_bucket_analytics_configuration,
    delete_bucket_analytics_configuration,
    list_bucket_analytics_configurations
);
