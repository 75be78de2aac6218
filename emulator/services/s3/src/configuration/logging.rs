//! Server access logging: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html>.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Configuration, Document, PutBucketLoggingInput, malformed, read};
use crate::grant::{self, AclPermission, Grant, Group};
use crate::{BucketInput, Cx, Empty, S3, Settings};

/// Where the log of a bucket goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LoggingEnabled {
    pub(crate) target_bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_grants: Option<Vec<TargetGrant>>,
    pub(crate) target_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_object_key_format: Option<KeyFormat>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BucketLoggingStatus {
    logging_enabled: Option<LoggingEnabled>,
}

/// Who may do what with the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TargetGrant {
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee: Option<Grantee>,
    /// AWS takes permissions here that a log's objects do not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<Permission>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Grantee {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "Type")]
    of_type: GranteeType,
    #[serde(rename = "URI", skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum GranteeType {
    CanonicalUser,
    AmazonCustomerByEmail,
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Permission {
    FullControl,
    Read,
    Write,
    ReadAcp,
    WriteAcp,
}

/// How the objects of the log are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) enum KeyFormat {
    SimplePrefix {},
    #[serde(rename_all = "PascalCase")]
    PartitionedPrefix {
        #[serde(skip_serializing_if = "Option::is_none")]
        partition_date_source: Option<PartitionDateSource>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PartitionDateSource {
    EventTime,
    DeliveryTime,
}

impl LoggingEnabled {
    fn has_grants(&self) -> bool {
        self.target_grants.as_ref().is_some_and(|grants| !grants.is_empty())
    }

    /// Who may do what with the objects of the log, beside the bucket's owner. Of an address that nobody has,
    /// and of a group that there is not, nothing comes.
    pub(crate) fn grants(&self, settings: &Settings) -> impl Iterator<Item = Grant> {
        self.target_grants.iter().flatten().filter_map(|grant| {
            let grantee = grant.grantee.as_ref()?.named(settings)?;
            Some(Grant { grantee, permission: grant.permission?.into() })
        })
    }
}

impl Configuration for LoggingEnabled {
    const NAME: &'static str = "Logging";
}

impl S3 {
    pub(crate) fn put_bucket_logging(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketLoggingInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        self.open(&input.bucket, owner)?;
        let status: BucketLoggingStatus = read("PutBucketLogging", input.bucket_logging_status)?;
        let Some(logging) = status.logging_enabled else {
            self.open_mut(&input.bucket, owner)?.drop_document(cx, LoggingEnabled::NAME);
            self.set_log(cx, &input.bucket, None);
            return Ok(Empty {});
        };
        self.check_target(&input.bucket, &logging)?;
        let mut grants = logging.target_grants.iter().flatten();
        if !grants.all(|grant| grant.grantee.as_ref().is_some_and(Grantee::is_named)) {
            return Err(malformed());
        }
        if logging.has_grants() && !self.open(&logging.target_bucket, None)?.has_acls() {
            return Err(crate::error::ACL_NOT_SUPPORTED
                .says("Target grants not allowed for bucket owner enforced buckets"));
        }
        self.open_mut(&input.bucket, owner)?.keep(cx, LoggingEnabled::NAME, &logging);
        self.set_log(cx, &input.bucket, Some(logging));
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_logging(&self, input: BucketInput) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let logging = self.open(&input.bucket, owner)?.bucket.configuration::<LoggingEnabled>();
        Ok(Document(match logging {
            Some(logging) => json!({ "LoggingEnabled": logging }),
            None => json!({}),
        }))
    }

    /// The log goes to a bucket of the same owner in the same region.
    pub(crate) fn check_target(
        &self,
        source: &str,
        logging: &LoggingEnabled,
    ) -> Result<(), ApiError> {
        let invalid = |message: &'static str| {
            crate::error::INVALID_TARGET_BUCKET_FOR_LOGGING
                .says(message)
                .with("TargetBucket", logging.target_bucket.as_str())
        };
        let source = &self.open(source, None)?.bucket;
        let target = self.buckets.get(logging.target_bucket.as_str());
        let Some(target) = target.map(|target| &target.bucket) else {
            return Err(invalid("The target bucket for logging does not exist"));
        };
        if target.owner != source.owner {
            return Err(invalid(
                "The owner for the bucket to be logged and the target bucket must be the same.",
            ));
        }
        if target.region != source.region {
            let mut refused = ApiError::from(&crate::error::CROSS_LOCATION_LOGGING);
            if source.region.as_str() != "us-east-1" {
                refused = refused.with("SourceBucketLocation", source.region.as_str());
            }
            return Err(refused.with("TargetBucketLocation", target.region.as_str()));
        }
        Ok(())
    }
}

impl From<Permission> for AclPermission {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::FullControl => Self::FullControl,
            Permission::Read => Self::Read,
            Permission::Write => Self::Write,
            Permission::ReadAcp => Self::ReadAcp,
            Permission::WriteAcp => Self::WriteAcp,
        }
    }
}

impl Grantee {
    /// Whom it means.
    fn named(&self, settings: &Settings) -> Option<grant::Grantee> {
        Some(match self.of_type {
            GranteeType::CanonicalUser => grant::Grantee::CanonicalUser(self.id.as_deref()?.into()),
            GranteeType::AmazonCustomerByEmail => {
                let id = settings.by_email(self.email_address.as_deref()?)?;
                grant::Grantee::CanonicalUser(id.into())
            }
            GranteeType::Group => grant::Grantee::Group(Group::parse(self.uri.as_deref()?)?),
        })
    }

    /// Whether it says whom it means, in the way of its type.
    fn is_named(&self) -> bool {
        let name = match self.of_type {
            GranteeType::CanonicalUser => &self.id,
            GranteeType::AmazonCustomerByEmail => &self.email_address,
            GranteeType::Group => &self.uri,
        };
        name.as_ref().is_some_and(|name| !name.is_empty())
    }
}
