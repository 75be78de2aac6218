//! Replication: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html>. Rules are kept;
//! nothing is replicated.

use std::collections::BTreeSet;

use kernel::arn::RoleArn;
use kernel::error::ApiError;
use kernel::names::BucketName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::filter::Filter;
use super::{Configuration, Document, Status, malformed, new_id, read};
use crate::access::invalid_argument;
use crate::error::{INVALID_ARGUMENT, INVALID_REQUEST};
use crate::noted::Noted;
use crate::version::Versioning;
use crate::{Bucket, BucketInput, Cx, Empty, S3, StorageClass, limits};

/// Input of `PutBucketReplication`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketReplicationInput {
    pub(crate) bucket: String,
    replication_configuration: Value,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
    /// Was once asked of buckets with Object Lock.
    #[serde(rename = "Token")]
    _token: Option<IgnoredAny>,
}

/// What of a bucket is to be where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReplicationConfiguration {
    role: String,
    rules: Vec<ReplicationRule>,
}

/// A rule of the first schema has a `Prefix`, one of the second a `Filter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReplicationRule {
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_selection_criteria: Option<SourceSelectionCriteria>,
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_object_replication: Option<Switch>,
    destination: Destination,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_marker_replication: Option<Switch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Switch {
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SourceSelectionCriteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    sse_kms_encrypted_objects: Option<Switch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_modifications: Option<Switch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Destination {
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<StorageClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_control_translation: Option<AccessControlTranslation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_configuration: Option<EncryptionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_time: Option<ReplicationTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<Metrics>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AccessControlTranslation {
    owner: NewOwner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum NewOwner {
    Destination,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EncryptionConfiguration {
    #[serde(rename = "ReplicaKmsKeyID", skip_serializing_if = "Option::is_none")]
    replica_kms_key_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReplicationTime {
    status: Status,
    time: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Metrics {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_threshold: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Time {
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<i64>,
}

impl Configuration for ReplicationConfiguration {
    const NAME: &'static str = "Replication";
}

impl S3 {
    pub(crate) fn put_bucket_replication(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketReplicationInput,
    ) -> Result<Noted, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        if !is_versioned(&self.open(&input.bucket, owner)?.bucket) {
            return Err(INVALID_REQUEST.says(
                "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            ));
        }
        let mut replication: ReplicationConfiguration =
            read("PutBucketReplication", input.replication_configuration)?;
        replication.rules.iter_mut().for_each(ReplicationRule::complete);
        replication.check()?;
        for rule in &replication.rules {
            self.check_destination_of(rule)?;
        }
        for rule in &mut replication.rules {
            if rule.id.as_deref().is_none_or(str::is_empty) {
                rule.id = Some(new_id(cx));
            }
        }
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.keep(cx, ReplicationConfiguration::NAME, &replication);
        let destinations = replication.rules.iter().map(|rule| &*rule.destination.bucket);
        Ok(Noted::undelivered(destinations))
    }

    pub(crate) fn get_bucket_replication(&self, input: BucketInput) -> Result<Document, ApiError> {
        let none = &crate::error::NO_SUCH_REPLICATION_CONFIGURATION;
        let Document(replication) =
            self.document_of(&input, ReplicationConfiguration::NAME, none)?;
        Ok(Document(json!({ "ReplicationConfiguration": replication })))
    }

    pub(crate) fn delete_bucket_replication(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        self.drop_document_of(cx, &input, ReplicationConfiguration::NAME)
    }

    /// The replicas are to be versions, too.
    fn check_destination_of(&self, rule: &ReplicationRule) -> Result<(), ApiError> {
        let arn = &rule.destination.bucket;
        let name = arn.strip_prefix("arn:aws:s3:::").and_then(BucketName::parse);
        let name = name.ok_or_else(|| INVALID_ARGUMENT.says("Invalid bucket ARN"))?;
        match self.buckets.get(name.as_str()) {
            Some(destination) if is_versioned(&destination.bucket) => Ok(()),
            _ => Err(INVALID_REQUEST.says("Destination bucket must have versioning enabled.")),
        }
    }
}

/// Whether versioning is on.
fn is_versioned(bucket: &Bucket) -> bool {
    bucket.versioning == Versioning::Enabled
}

impl ReplicationConfiguration {
    fn check(&self) -> Result<(), ApiError> {
        if RoleArn::parse(&self.role).is_none() {
            let message =
                format!("Invalid Role specified in replication configuration: '{}'", self.role);
            return Err(invalid_argument(message, "Role", self.role.as_str()));
        }
        match self.rules.len() {
            0 => return Err(malformed()),
            1..=limits::REPLICATION_RULES_MAX => {}
            _ => {
                return Err(
                    INVALID_REQUEST.says("Number of defined replication rules cannot exceed 1000")
                );
            }
        }
        let (mut ids, mut priorities) = (BTreeSet::new(), BTreeSet::new());
        for rule in &self.rules {
            rule.check()?;
            if let Some(id) = rule.id.as_deref().filter(|id| !id.is_empty()) {
                if id.chars().count() > limits::REPLICATION_RULE_ID_CHARS_MAX {
                    return Err(INVALID_ARGUMENT.says("Rule Id cannot be greater than 255"));
                }
                if !ids.insert(id) {
                    return Err(INVALID_REQUEST.says("Rule Id must be unique"));
                }
            }
            if let Some(priority) = rule.priority
                && !priorities.insert(priority)
            {
                return Err(INVALID_REQUEST
                    .says(format!("Found duplicate priority {priority} in replication rules")));
            }
        }
        let news = self.rules.iter().filter(|rule| rule.filter.is_some()).count();
        if news > 0 && news < self.rules.len() {
            return Err(malformed());
        }
        Ok(())
    }
}

impl ReplicationRule {
    /// A rule that says of no schema is one of the second, about all objects.
    fn complete(&mut self) {
        if self.prefix.is_none() && self.filter.is_none() {
            self.filter = Some(Filter::default());
            self.priority.get_or_insert(0);
            self.delete_marker_replication.get_or_insert(Switch { status: Status::Disabled });
        }
    }

    fn check(&self) -> Result<(), ApiError> {
        const SCHEMA: &str = "this version of Cross Region Replication configuration schema";
        const GUIDE: &str = "Please refer to S3 Developer Guide for more information.";
        let Some(filter) = &self.filter else {
            if self.delete_marker_replication.is_some() {
                return Err(INVALID_REQUEST.says(format!(
                    "DeleteMarkerReplication cannot be used for {SCHEMA}. {GUIDE}"
                )));
            }
            if self.priority.is_some() {
                return Err(
                    INVALID_REQUEST.says(format!("Priority cannot be used for {SCHEMA}. {GUIDE}"))
                );
            }
            return Ok(());
        };
        if self.prefix.is_some() {
            return Err(malformed());
        }
        filter.check()?;
        if self.priority.is_none() {
            return Err(
                INVALID_REQUEST.says(format!("Priority must be specified for {SCHEMA}. {GUIDE}"))
            );
        }
        match self.delete_marker_replication {
            None => Err(INVALID_REQUEST
                .says(format!("DeleteMarkerReplication must be specified for {SCHEMA}. {GUIDE}"))),
            Some(Switch { status: Status::Enabled }) if filter.tags().next().is_some() => {
                Err(INVALID_REQUEST.says(format!(
                    "Delete marker replication is not supported if any Tag filter is specified. \
                     {GUIDE}"
                )))
            }
            Some(_) => Ok(()),
        }
    }
}
