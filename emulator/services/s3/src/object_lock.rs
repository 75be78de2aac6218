//! Object Lock of objects: their retentions and legal holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::lock::{
    AskedLock, DefaultRetention, LegalHold, LockMode, ObjectLock, Retention, future, protected,
};
use super::method::By;
use super::{Empty, Object, S3, Stored};
use crate::Cx;

/// Input of `PutObjectRetention`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectRetentionInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    retention: Option<GivenUntil>,
    pub(super) version_id: Option<String>,
    pub(super) bypass_governance_retention: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenUntil {
    mode: Option<String>,
    retain_until_date: Option<f64>,
}

/// Input of `GetObjectRetention` and `GetObjectLegalHold`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ObjectLockInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `GetObjectRetention`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetObjectRetentionOutput {
    retention: SaidUntil,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaidUntil {
    mode: LockMode,
    retain_until_date: f64,
}

/// Input of `PutObjectLegalHold`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectLegalHoldInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    legal_hold: Option<GivenHold>,
    pub(super) version_id: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GivenHold {
    status: Option<String>,
}

/// Output of `GetObjectLegalHold`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetObjectLegalHoldOutput {
    legal_hold: SaidHold,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SaidHold {
    status: LegalHold,
}

impl PutObjectRetentionInput {
    pub(super) fn lock(&self) -> AskedLock<'_> {
        let given = self.retention.as_ref();
        AskedLock {
            mode: given.and_then(|given| given.mode.as_deref()),
            until_s: given.and_then(|given| given.retain_until_date),
            legal_hold: None,
        }
    }
}

impl PutObjectLegalHoldInput {
    pub(super) fn lock(&self) -> AskedLock<'_> {
        let given = self.legal_hold.as_ref();
        let legal_hold = given.and_then(|given| given.status.as_deref());
        AskedLock { legal_hold, ..AskedLock::default() }
    }
}

fn no_configuration() -> ApiError {
    (&crate::error::NO_SUCH_OBJECT_LOCK_CONFIGURATION).into()
}

impl S3 {
    pub(super) fn put_object_retention(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutObjectRetentionInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = input.version_id.as_deref();
        let object = stored.lockable(By::Put, &input.key, version_id)?;
        if input.retention.is_none() {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        let asked = input.lock();
        let retention = match (asked.mode, asked.until()) {
            // No retention at all: it is over.
            (None, None) => None,
            (Some(mode), Some(until)) => {
                let mode = LockMode::parse(mode).ok_or(&crate::error::MALFORMED_XML)?;
                Some(Retention { mode, until: future(until, cx.now, "RetainUntilDate")? })
            }
            _ => return Err((&crate::error::MALFORMED_XML).into()),
        };
        if let Some(held) = object.lock().retention {
            let extends =
                retention.is_some_and(|it| it.mode == held.mode && it.until >= held.until);
            let bypass = input.bypass_governance_retention == Some(true);
            if !extends && held.holds(cx.now, bypass) {
                return Err(protected());
            }
        }
        let lock = ObjectLock { retention, ..object.lock() };
        stored.change(cx, &input.key, version_id, |object| object.set_lock(lock));
        Ok(Empty {})
    }

    pub(super) fn get_object_retention(
        &self,
        input: ObjectLockInput,
    ) -> Result<GetObjectRetentionOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.lockable(By::Get, &input.key, input.version_id.as_deref())?;
        let Retention { mode, until } = object.lock().retention.ok_or_else(no_configuration)?;
        let retention = SaidUntil { mode, retain_until_date: until.as_epoch_s() };
        Ok(GetObjectRetentionOutput { retention })
    }

    pub(super) fn put_object_legal_hold(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutObjectLegalHoldInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = input.version_id.as_deref();
        let object = stored.lockable(By::Put, &input.key, version_id)?;
        let legal_hold = input.lock().legal_hold.and_then(LegalHold::parse);
        let legal_hold = Some(legal_hold.ok_or(&crate::error::MALFORMED_XML)?);
        let lock = ObjectLock { legal_hold, ..object.lock() };
        stored.change(cx, &input.key, version_id, |object| object.set_lock(lock));
        Ok(Empty {})
    }

    pub(super) fn get_object_legal_hold(
        &self,
        input: ObjectLockInput,
    ) -> Result<GetObjectLegalHoldOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.lockable(By::Get, &input.key, input.version_id.as_deref())?;
        let status = object.lock().legal_hold.ok_or_else(no_configuration)?;
        Ok(GetObjectLegalHoldOutput { legal_hold: SaidHold { status } })
    }
}

impl Stored {
    /// The object, in a bucket whose objects can be locked.
    fn lockable(&self, by: By, key: &str, version_id: Option<&str>) -> Result<&Object, ApiError> {
        match self.bucket.object_lock {
            Some(_) => self.readable(by, key, version_id),
            None => Err(missing_configuration()),
        }
    }

    /// The lock of an object that is put now.
    ///
    /// # Errors
    /// `InvalidArgument` and `InvalidRequest` where what is asked for cannot be had.
    pub(super) fn lock_of_new(
        &self,
        asked: AskedLock<'_>,
        now: Timestamp,
    ) -> Result<ObjectLock, ApiError> {
        let lock = asked.parse(now)?;
        match &self.bucket.object_lock {
            None if asked.is_some() => {
                Err(crate::error::INVALID_REQUEST.says("Bucket is missing ObjectLockConfiguration"))
            }
            None => Ok(lock),
            Some(bucket) => {
                let default = bucket.default.map(|DefaultRetention { mode, period }| Retention {
                    mode,
                    until: period.after(now),
                });
                Ok(ObjectLock { retention: lock.retention.or(default), ..lock })
            }
        }
    }

    /// Refuses a put of a locked object that does not say what its body must be.
    pub(super) fn check_lock_digest(
        &self,
        asked: AskedLock<'_>,
        has_digest: bool,
    ) -> Result<(), ApiError> {
        let default = self.bucket.object_lock.and_then(|lock| lock.default);
        match !has_digest && (asked.is_some() || default.is_some()) {
            true => Err(crate::error::INVALID_REQUEST.says(
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests \
                 with Object Lock parameters",
            )),
            false => Ok(()),
        }
    }

    /// Refuses to bypass what is not there.
    pub(super) fn check_bypass(&self, bypass: Option<bool>) -> Result<(), ApiError> {
        match bypass {
            Some(_) if self.bucket.object_lock.is_none() => Err(crate::error::INVALID_ARGUMENT
                .says(
                    "x-amz-bypass-governance-retention is only applicable to Object Lock enabled \
                     buckets.",
                )
                .with("ArgumentName", "x-amz-bypass-governance-retention")),
            _ => Ok(()),
        }
    }
}

fn missing_configuration() -> ApiError {
    crate::error::INVALID_REQUEST.says("Bucket is missing Object Lock Configuration")
}
