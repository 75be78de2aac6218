//! What keeps versions from being deleted: retentions and legal holds, and what a bucket has of them for
//! what is put. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

use kernel::call::{Caller, Origin};
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::date::java_date;
use crate::error::invalid_argument;

/// The lock of a bucket: what is put into it may be locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BucketLock {
    /// How long what is put is retained where the put does not say.
    pub default: Option<DefaultRetention>,
}

/// How long what is put is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRetention {
    /// Whether somebody may end it.
    pub mode: LockMode,
    /// How long.
    pub period: Period,
}

/// A time in the unit in which it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    /// So many days.
    Days(u32),
    /// So many times 365 days.
    Years(u32),
}

/// Whether somebody may end a retention before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LockMode {
    /// Whoever may `s3:BypassGovernanceRetention`.
    Governance,
    /// Nobody.
    Compliance,
}

/// `ON` or `OFF`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LegalHold {
    /// The version cannot be deleted.
    On,
    /// It was on, or could be.
    Off,
}

/// The lock of a version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectLock {
    /// Until when it is kept.
    pub retention: Option<Retention>,
    /// Whether it is held apart from that.
    pub legal_hold: Option<LegalHold>,
}

/// Until when a version is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Whether somebody may end it.
    pub mode: LockMode,
    /// The moment from which it can be deleted.
    pub until: Timestamp,
}

/// What a put says of the lock of the object to be: three headers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AskedLock<'a> {
    pub(super) mode: Option<&'a str>,
    /// Seconds since the epoch.
    pub(super) until_s: Option<f64>,
    pub(super) legal_hold: Option<&'a str>,
}

/// What `GetObject` and `HeadObject` say of a lock.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LockOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    object_lock_mode: Option<LockMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_lock_retain_until_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_lock_legal_hold_status: Option<LegalHold>,
}

impl Period {
    pub(super) fn after(self, now: Timestamp) -> Timestamp {
        let days = match self {
            Self::Days(days) => u64::from(days),
            Self::Years(years) => u64::from(years) * 365,
        };
        now.after_s(days * 24 * 60 * 60)
    }
}

impl LockMode {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "GOVERNANCE" => Some(Self::Governance),
            "COMPLIANCE" => Some(Self::Compliance),
            _ => None,
        }
    }
}

impl LegalHold {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "ON" => Some(Self::On),
            "OFF" => Some(Self::Off),
            _ => None,
        }
    }
}

impl Retention {
    /// Whether nobody may, or only who bypasses governance, before its time is over.
    pub(super) fn holds(self, now: Timestamp, bypass: bool) -> bool {
        now < self.until && !(bypass && self.mode == LockMode::Governance)
    }
}

impl ObjectLock {
    /// Refuses to delete the version.
    pub(super) fn check_deletion(&self, now: Timestamp, bypass: bool) -> Result<(), ApiError> {
        let is_retained = self.retention.is_some_and(|it| it.holds(now, bypass));
        match is_retained || self.legal_hold == Some(LegalHold::On) {
            true => Err(protected()),
            false => Ok(()),
        }
    }

    /// Whether only who bypasses governance may end the retention.
    pub(super) fn is_governed(&self, now: Timestamp) -> bool {
        self.retention.is_some_and(|it| it.mode == LockMode::Governance && it.holds(now, false))
    }

    pub(super) fn output(&self) -> LockOutput {
        LockOutput {
            object_lock_mode: self.retention.map(|it| it.mode),
            object_lock_retain_until_date: self.retention.map(|it| it.until.as_epoch_s()),
            object_lock_legal_hold_status: self.legal_hold,
        }
    }
}

impl AskedLock<'_> {
    /// Whether a put says anything of it.
    pub(super) fn is_some(&self) -> bool {
        self.mode.is_some() || self.until_s.is_some() || self.legal_hold.is_some()
    }

    /// Until when the object is to be retained.
    pub(super) fn until(&self) -> Option<Timestamp> {
        // What is before the epoch becomes the epoch, what is too far the end of time.
        self.until_s.map(|seconds| Timestamp::from_ms((seconds * 1000.0).round() as u64))
    }

    /// The lock, where it can be meant.
    pub(super) fn parse(self, now: Timestamp) -> Result<ObjectLock, ApiError> {
        const MODE: &str = "x-amz-object-lock-mode";
        const UNTIL: &str = "x-amz-object-lock-retain-until-date";
        let missing = |header: &'static str| {
            crate::error::INVALID_ARGUMENT
                .says(format!("{UNTIL} and {MODE} must both be supplied"))
                .with("ArgumentName", header)
        };
        let retention = match (self.mode, self.until()) {
            (None, None) => None,
            (Some(_), None) => return Err(missing(UNTIL)),
            (None, Some(_)) => return Err(missing(MODE)),
            (Some(mode), Some(until)) => {
                let until = future(until, now, UNTIL)?;
                let unknown = || invalid_argument("Unknown wormMode directive.", MODE, mode);
                Some(Retention { mode: LockMode::parse(mode).ok_or_else(unknown)?, until })
            }
        };
        let legal_hold = self.legal_hold.map(|status| {
            let message = "Legal Hold must be either of 'ON' or 'OFF'";
            LegalHold::parse(status)
                .ok_or_else(|| invalid_argument(message, "x-amz-object-lock-legal-hold", status))
        });
        Ok(ObjectLock { retention, legal_hold: legal_hold.transpose()? })
    }
}

impl AskedLock<'_> {
    /// Who does not sign locks nothing, wherever it may put.
    pub(super) fn check_caller(&self, origin: &Origin) -> Result<(), ApiError> {
        if !self.is_some() || origin.caller != Caller::Anonymous {
            return Ok(());
        }
        let message =
            "Put Object requests with Object Lock parameters require AWS Signature Version 4";
        Err(crate::error::INVALID_ARGUMENT.says(message).with("ArgumentName", "Authorization"))
    }
}

/// A moment that is still to come.
pub(super) fn future(
    until: Timestamp,
    now: Timestamp,
    name: &'static str,
) -> Result<Timestamp, ApiError> {
    match until > now {
        true => Ok(until),
        false => Err(invalid_argument(
            "The retain until date must be in the future!",
            name,
            java_date(until.as_s()),
        )),
    }
}

pub(super) fn protected() -> ApiError {
    error::ACCESS_DENIED.says("Access Denied because object protected by object lock.")
}
