//! Lifecycles: what becomes of objects with time.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>

mod check;
mod due;

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::Filter;
use super::{Configuration, Document, Status, malformed, new_id, read};
use crate::{BucketInput, Cx, Empty, Object, S3, StorageClass};

pub(crate) use due::{Action, day_after};

/// The rules of a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LifecycleConfiguration {
    pub(crate) rules: Vec<LifecycleRule>,
    #[serde(default)]
    pub(crate) transition_default_minimum_object_size: MinimumSize,
}

/// Which objects are too small to be moved to another class, where their rule says nothing of size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MinimumSize {
    /// Those under 128 KiB are not moved to any class.
    #[default]
    #[serde(rename = "all_storage_classes_128K")]
    AllStorageClasses128K,
    /// Those under 128 KiB are moved to the archives alone.
    VariesByStorageClass,
}

/// What becomes of some objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LifecycleRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<Expiration>,
    #[serde(rename = "ID", default)]
    pub(crate) id: String,
    /// The old way to say which objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    pub(crate) status: Status,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transitions: Vec<Transition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) noncurrent_version_transitions: Vec<NoncurrentVersionTransition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) abort_incomplete_multipart_upload: Option<AbortIncompleteMultipartUpload>,
}

/// When objects are deleted. It says one of these.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Expiration {
    /// Seconds since 1970: a midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<i64>,
    /// Whether a delete marker is deleted when it alone is left of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expired_object_delete_marker: Option<bool>,
}

/// When objects are moved to another class. It says a date or days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Transition {
    /// Seconds since 1970: a midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<i64>,
    pub(crate) storage_class: StorageClass,
}

/// When versions that are no longer the newest are moved to another class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct NoncurrentVersionTransition {
    pub(crate) noncurrent_days: i64,
    pub(crate) storage_class: StorageClass,
    /// So many of them stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) newer_noncurrent_versions: Option<i64>,
}

/// When versions that are no longer the newest are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct NoncurrentVersionExpiration {
    pub(crate) noncurrent_days: i64,
    /// So many of them stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) newer_noncurrent_versions: Option<i64>,
}

/// When uploads that nobody completes are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AbortIncompleteMultipartUpload {
    pub(crate) days_after_initiation: i64,
}

/// Input of `PutBucketLifecycleConfiguration`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketLifecycleConfigurationInput {
    pub(crate) bucket: String,
    lifecycle_configuration: Option<Value>,
    transition_default_minimum_object_size: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// Output of `PutBucketLifecycleConfiguration`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutBucketLifecycleConfigurationOutput {
    transition_default_minimum_object_size: MinimumSize,
}

impl Configuration for LifecycleConfiguration {
    const NAME: &'static str = "Lifecycle";
}

impl S3 {
    pub(crate) fn put_bucket_lifecycle_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketLifecycleConfigurationInput,
    ) -> Result<PutBucketLifecycleConfigurationOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let minimum_size = match input.transition_default_minimum_object_size.as_deref() {
            None | Some("all_storage_classes_128K") => MinimumSize::AllStorageClasses128K,
            Some("varies_by_storage_class") => MinimumSize::VariesByStorageClass,
            Some(other) => {
                return Err(crate::error::INVALID_REQUEST
                    .says(format!("Invalid TransitionDefaultMinimumObjectSize found: {other}")));
            }
        };
        let document = input.lifecycle_configuration.ok_or_else(malformed)?;
        let mut lifecycle: LifecycleConfiguration =
            read("PutBucketLifecycleConfiguration", document)?;
        lifecycle.transition_default_minimum_object_size = minimum_size;
        lifecycle.check()?;
        for rule in lifecycle.rules.iter_mut().filter(|rule| rule.id.is_empty()) {
            rule.id = new_id(cx);
        }
        stored.keep(cx, LifecycleConfiguration::NAME, &lifecycle);
        stored.set_lifecycle(cx, Some(lifecycle));
        Ok(PutBucketLifecycleConfigurationOutput {
            transition_default_minimum_object_size: minimum_size,
        })
    }

    pub(crate) fn get_bucket_lifecycle_configuration(
        &self,
        input: BucketInput,
    ) -> Result<Document, ApiError> {
        let none = &crate::error::NO_SUCH_LIFECYCLE_CONFIGURATION;
        self.document_of(&input, LifecycleConfiguration::NAME, none)
    }

    pub(crate) fn delete_bucket_lifecycle(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        self.open_mut(&input.bucket, owner)?.set_lifecycle(cx, None);
        self.drop_document_of(cx, &input, LifecycleConfiguration::NAME)
    }
}

impl LifecycleConfiguration {
    /// `x-amz-expiration` of an object that is the newest version of its key: when the first of the
    /// rules deletes it, and which.
    pub(crate) fn expiration_of(&self, key: &str, object: &Object) -> Option<String> {
        let due = self.rules.iter().filter(|rule| rule.is_about(key, object)).filter_map(|rule| {
            let at = rule.expiration.as_ref()?.due(object.last_modified)?;
            Some((at, rule))
        });
        let (at, rule) = due.min_by_key(|(at, _)| *at)?;
        let date = crate::date::http_date(at.as_s());
        let id = crate::encoding::form_encode(&rule.id);
        Some(format!("expiry-date=\"{date}\", rule-id=\"{id}\""))
    }
}

impl LifecycleRule {
    /// Whether the rule is in force and about this object.
    pub(crate) fn is_about(&self, key: &str, object: &Object) -> bool {
        let size = i64::try_from(object.content.size_bytes()).unwrap_or(i64::MAX);
        let filter = self.filter.as_ref();
        let (greater, less) = filter.map(Filter::sizes_bytes).unwrap_or_default();
        self.status == Status::Enabled
            && key.starts_with(self.prefix())
            && filter.is_none_or(|filter| filter.tags().all(|tag| object.tags().contains(tag)))
            && greater.is_none_or(|greater| size > greater)
            && less.is_none_or(|less| size < less)
    }

    /// What keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        let of_filter = self.filter.as_ref().map_or("", Filter::prefix);
        self.prefix.as_deref().unwrap_or(of_filter)
    }
}
