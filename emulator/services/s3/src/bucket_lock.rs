//! Object Lock of a bucket: whether its objects can be locked, and how long they are retained where a put
//! does not say. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html>

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::lock::{BucketLock, DefaultRetention, LockMode, Period};
use super::{BucketInput, Empty, S3};
use crate::version::Versioning;
use crate::{Cx, limits};

/// Input of `PutObjectLockConfiguration`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectLockConfigurationInput {
    pub(crate) bucket: String,
    object_lock_configuration: Option<GivenConfiguration>,
    pub(super) expected_bucket_owner: Option<String>,
    /// AWS's support gave one, when locks could not be had for buckets that were there.
    #[serde(rename = "Token")]
    _token: Option<IgnoredAny>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenConfiguration {
    object_lock_enabled: Option<String>,
    rule: Option<GivenRule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenRule {
    default_retention: Option<GivenRetention>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenRetention {
    mode: Option<String>,
    days: Option<i64>,
    years: Option<i64>,
}

/// Output of `GetObjectLockConfiguration`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetObjectLockConfigurationOutput {
    object_lock_configuration: SaidConfiguration,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaidConfiguration {
    object_lock_enabled: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<SaidRule>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaidRule {
    default_retention: SaidRetention,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaidRetention {
    mode: LockMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    years: Option<u32>,
}

impl GivenConfiguration {
    fn parse(self) -> Result<BucketLock, ApiError> {
        let malformed = || ApiError::from(&crate::error::MALFORMED_XML);
        if self.object_lock_enabled.as_deref() != Some("Enabled") {
            return Err(malformed());
        }
        let Some(rule) = self.rule else { return Ok(BucketLock { default: None }) };
        let given = rule.default_retention.ok_or_else(malformed)?;
        let mode = given.mode.as_deref().and_then(LockMode::parse).ok_or_else(malformed)?;
        let period = match (given.days, given.years) {
            (Some(days), None) => {
                Period::Days(count(days, "Days", limits::DEFAULT_RETENTION_DAYS_MAX)?)
            }
            (None, Some(years)) => {
                Period::Years(count(years, "Years", limits::DEFAULT_RETENTION_YEARS_MAX)?)
            }
            (Some(_), Some(_)) | (None, None) => return Err(malformed()),
        };
        Ok(BucketLock { default: Some(DefaultRetention { mode, period }) })
    }
}

fn count(given: i64, unit: &'static str, most: u32) -> Result<u32, ApiError> {
    let refused = |message: &'static str| {
        crate::error::INVALID_ARGUMENT.says(message).with("ArgumentName", unit)
    };
    match u32::try_from(given) {
        Ok(0) | Err(_) if given <= 0 => {
            Err(refused("Default retention period must be a positive integer value."))
        }
        Ok(count) if count <= most => Ok(count),
        _ => Err(refused("Default retention period too large.")),
    }
}

impl S3 {
    pub(super) fn put_object_lock_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutObjectLockConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let given = input.object_lock_configuration.ok_or(&crate::error::MALFORMED_XML)?;
        if stored.bucket.versioning != Versioning::Enabled {
            return Err(crate::error::INVALID_BUCKET_STATE.says(
                "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            ));
        }
        stored.bucket.object_lock = Some(given.parse()?);
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_object_lock_configuration(
        &self,
        input: BucketInput,
    ) -> Result<GetObjectLockConfigurationOutput, ApiError> {
        let bucket = &self.open(&input.bucket, input.expected_bucket_owner.as_deref())?.bucket;
        let lock = bucket.object_lock.ok_or_else(|| {
            crate::error::NO_SUCH_BUCKET_LOCK.with("BucketName", bucket.name.as_str())
        })?;
        let rule = lock.default.map(|DefaultRetention { mode, period }| {
            let (days, years) = match period {
                Period::Days(days) => (Some(days), None),
                Period::Years(years) => (None, Some(years)),
            };
            SaidRule { default_retention: SaidRetention { mode, days, years } }
        });
        let said = SaidConfiguration { object_lock_enabled: "Enabled", rule };
        Ok(GetObjectLockConfigurationOutput { object_lock_configuration: said })
    }
}
