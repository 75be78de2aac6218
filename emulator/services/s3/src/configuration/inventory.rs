//! Lists of a bucket's objects, made every day or week:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html>. Kept; nothing is listed.

use kernel::error::ApiError;
use kernel::names::BucketName;
use serde::{Deserialize, Serialize};

use super::Configuration;
use super::named::{Named, operations};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct InventoryConfiguration {
    destination: Destination,
    is_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Prefix>,
    id: String,
    included_object_versions: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    optional_fields: Option<Vec<Field>>,
    schedule: Schedule,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    bucket: String,
    format: Format,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<Encryption>,
}

/// With what the lists are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Encryption {
    #[serde(rename = "SSES3")]
    S3 {},
    #[serde(rename = "SSEKMS", rename_all = "PascalCase")]
    Kms { key_id: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Prefix {
    prefix: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Schedule {
    frequency: Frequency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "CSV")]
    Csv,
    #[serde(rename = "ORC")]
    Orc,
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Included {
    All,
    Current,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Frequency {
    Daily,
    Weekly,
}

/// What is said of each object besides its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Field {
    Size,
    LastModifiedDate,
    StorageClass,
    ETag,
    IsMultipartUploaded,
    ReplicationStatus,
    EncryptionStatus,
    ObjectLockRetainUntilDate,
    ObjectLockMode,
    ObjectLockLegalHoldStatus,
    IntelligentTieringAccessTier,
    BucketKeyStatus,
    ChecksumAlgorithm,
    ObjectAccessControlList,
    ObjectOwner,
    LifecycleExpirationDate,
}

impl Configuration for InventoryConfiguration {
    const NAME: &'static str = "Inventory";
}

impl Named for InventoryConfiguration {
    const MEMBER: &'static str = "InventoryConfiguration";

    fn id(&self) -> &str {
        &self.id
    }

    fn check(&self) -> Result<(), ApiError> {
        check_destination(&self.destination.bucket.bucket)
    }
}

/// Reports go to a bucket, named by its ARN.
pub(super) fn check_destination(arn: &str) -> Result<(), ApiError> {
    let bucket = arn.strip_prefix("arn:aws:s3:::").and_then(BucketName::parse);
    match bucket {
        Some(_) => Ok(()),
        None => Err((&crate::error::INVALID_S3_DESTINATION_BUCKET).into()),
    }
}

operations!(
    InventoryConfiguration,
    PutBucketInventoryConfigurationInput,
    put_bucket_inventory_configuration,
    get_bucket_inventory_configuration,
    delete_bucket_inventory_configuration,
    list_bucket_inventory_configurations
);
