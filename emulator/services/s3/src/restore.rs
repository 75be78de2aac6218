//! `RestoreObject`: an archived object can be read again, for some days.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html>
//!
//! AWS says how long that takes at most, as a rule; here it takes exactly that long, by the World's clock.
//! Nothing is copied: that there is a copy for the time being is said of the object. Objects of
//! `INTELLIGENT_TIERING` are never archived here: there is nothing to restore of them.

use std::time::Duration;

use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::deadlines::Deadlines;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::invalid_argument;
use super::configuration::lifecycle::day_after;
use super::event::{Actor, EventName};
use super::lifecycle::Due;
use super::method::By;
use super::restoration::{Restoration, Stage, Tier};
use super::version::Version;
use super::{Object, S3, StorageClass, Stored};
use crate::{Cx, limits};

/// Input of `RestoreObject`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RestoreObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    restore_request: Option<RestoreRequest>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// What is asked for. Of S3 Select (`Type` and what belongs to it) there is nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RestoreRequest {
    days: Option<i64>,
    glacier_job_parameters: Option<GlacierJobParameters>,
    tier: Option<String>,
    /// AWS gives it back nowhere.
    #[serde(rename = "Description")]
    _description: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GlacierJobParameters {
    tier: Option<String>,
}

/// Output of `RestoreObject`.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreObjectOutput {
    /// 202 where a restore has begun, 200 where a copy that is there stays longer.
    #[serde(rename = "$status")]
    status: u16,
}

impl Object {
    /// Whether its body can be read: it is not archived, or was restored.
    fn is_at_hand(&self) -> bool {
        let restored = self.restoration().is_some_and(|it| it.stage == Stage::Available);
        restored || !self.storage_class().is_archived()
    }

    /// Refuses to read an object whose body is archived.
    pub(super) fn check_body_is_at_hand(&self) -> Result<(), ApiError> {
        match self.is_at_hand() {
            true => Ok(()),
            false => Err(crate::error::INVALID_OBJECT_STATE
                .with("StorageClass", self.storage_class().name())),
        }
    }

    /// Refuses to copy an object whose body is archived.
    pub(super) fn check_copyable(&self) -> Result<(), ApiError> {
        let message = "Operation is not valid for the source object's storage class";
        self.check_body_is_at_hand().map_err(|_archived| {
            let refused = crate::error::INVALID_OBJECT_STATE.says(message);
            refused.with("StorageClass", self.storage_class().name())
        })
    }

    /// What an event says of the copy that is there now.
    pub(super) fn restore_event_data(&self) -> Option<Value> {
        let expiry = self.restoration()?.expiry()?;
        Some(json!({
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": expiry.iso8601_ms(),
                "lifecycleRestoreStorageClass": self.storage_class().name(),
            },
        }))
    }
}

/// How long a restore takes; nothing where that cannot be had.
fn duration(tier: Tier, class: StorageClass) -> Option<Duration> {
    let is_deep = class == StorageClass::DeepArchive;
    Some(match tier {
        Tier::Expedited if is_deep => return None,
        Tier::Expedited => limits::RESTORE_EXPEDITED,
        Tier::Standard if is_deep => limits::RESTORE_STANDARD_DEEP,
        Tier::Standard => limits::RESTORE_STANDARD,
        Tier::Bulk if is_deep => limits::RESTORE_BULK_DEEP,
        Tier::Bulk => limits::RESTORE_BULK,
    })
}

impl RestoreRequest {
    fn tier(&self) -> Result<Tier, ApiError> {
        let parameters = self.glacier_job_parameters.as_ref();
        let name = match parameters {
            Some(parameters) => Some(parameters.tier.as_deref().ok_or(malformed())?),
            None => self.tier.as_deref(),
        };
        name.map_or(Ok(Tier::Standard), |name| Tier::parse(name).ok_or_else(malformed))
    }

    fn days(&self) -> Result<u32, ApiError> {
        let days = self.days.ok_or_else(malformed)?;
        u32::try_from(days).ok().filter(|days| *days > 0).ok_or_else(|| {
            invalid_argument("Days must be a positive integer", "Days", days.to_string())
        })
    }
}

fn malformed() -> ApiError {
    (&crate::error::MALFORMED_XML).into()
}

/// Refuses what is not archived.
fn check_archived(object: &Object, asked: &RestoreRequest) -> Result<(), ApiError> {
    match object.storage_class() {
        class if class.is_archived() => Ok(()),
        StorageClass::IntelligentTiering if asked.days.is_some() => Err(invalid_argument(
            "INTELLIGENT_TIERING objects are not subject to restore expiry. Do not specify Days \
             when restoring this object",
            "Days",
            asked.days.unwrap_or_default().to_string(),
        )),
        StorageClass::IntelligentTiering => Err((&crate::error::ALREADY_IN_ACTIVE_TIER).into()),
        class => Err(crate::error::INVALID_OBJECT_STATE
            .says("Restore is not allowed for the object's current storage class")
            .with("StorageClass", class.name())),
    }
}

impl S3 {
    pub(super) fn restore_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: RestoreObjectInput,
    ) -> Result<RestoreObjectOutput, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.readable(By::Post, &input.key, input.version_id.as_deref())?;
        let asked = input.restore_request.unwrap_or_default();
        check_archived(object, &asked)?;
        let (days, tier) = (asked.days()?, asked.tier()?);
        let takes = duration(tier, object.storage_class()).ok_or_else(|| {
            invalid_argument(
                "Retrieval option is not supported by this storage class",
                "Tier",
                "Expedited",
            )
        })?;
        let ready = cx.now.after(takes);
        let (stage, until) = match object.restoration() {
            None => (Stage::Ongoing { days, tier }, ready),
            Some(Restoration { stage: Stage::Available, .. }) => {
                (Stage::Available, expiry(cx.now, days))
            }
            // The same may be asked for faster.
            Some(Restoration {
                stage: Stage::Ongoing { days: same, tier: slower }, until, ..
            }) if *same == days && *slower < tier => {
                (Stage::Ongoing { days, tier }, ready.min(*until))
            }
            Some(Restoration { stage: Stage::Ongoing { .. }, .. }) => {
                return Err((&crate::error::RESTORE_ALREADY_IN_PROGRESS).into());
            }
        };
        let version = object.version.name().to_owned();
        let restoration = Restoration::new(stage, until, cx.cause());
        stored.set_restoration(cx, &input.key, &version, Some(restoration));
        let status = match stage {
            Stage::Available => 200,
            Stage::Ongoing { .. } => {
                let object = stored.object_of(&input.key, Some(&version));
                stored.announce(cx, origin, EventName::RestorePost, &input.key, object);
                202
            }
        };
        Ok(RestoreObjectOutput { status })
    }
}

/// When a copy goes that is made now: at the midnight after so many days.
fn expiry(now: Timestamp, days: u32) -> Timestamp {
    const DAY_S: u64 = 24 * 60 * 60;
    day_after(now.after_s(u64::from(days) * DAY_S))
}

impl Stored {
    /// A stage of a restore is over: the copy is there, or gone.
    pub(super) fn end_stage(&mut self, cx: &mut Cx<'_>, key: &str, version: &str) {
        let restoration = self.object_of(key, Some(version)).and_then(Object::restoration);
        let Some(restoration) = restoration.cloned() else { return };
        let Restoration { stage, until, .. } = restoration;
        if until > cx.now {
            return;
        }
        let what = match stage {
            Stage::Ongoing { .. } => "s3:RestoreCompleted",
            Stage::Available => "s3:RestoreExpired",
        };
        let followed = cx.follows(what, format!("{}/{key}", self.bucket.name));
        let cx = &mut cx.because(followed);
        let (event, next) = match stage {
            Stage::Ongoing { days, .. } => {
                let next = restoration.next(Stage::Available, expiry(until, days));
                (EventName::RestoreCompleted, Some(next))
            }
            Stage::Available => (EventName::RestoreDelete, None),
        };
        self.set_restoration(cx, key, version, next);
        self.announce(cx, Actor::S3, event, key, self.object_of(key, Some(version)));
        cx.trace.end(followed, "ok");
    }

    fn set_restoration(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        version: &str,
        restoration: Option<Restoration>,
    ) {
        let before = self.object_of(key, Some(version)).and_then(Object::restoration);
        if let Some(before) = before {
            cx.deadlines.cancel(before.until, self.due(key, version));
        }
        if let Some(restoration) = &restoration {
            cx.deadlines.schedule(restoration.until, self.due(key, version));
        }
        self.change(cx, key, Some(version), |object| object.set_restoration(restoration));
    }

    /// A version is gone, and what was to become of its copy with it.
    pub(super) fn forget_restoration(&self, cx: &mut Cx<'_>, key: &str, gone: &Version) {
        if let Some(restoration) = gone.object().and_then(Object::restoration) {
            cx.deadlines.cancel(restoration.until, self.due(key, gone.id().name()));
        }
    }

    /// A version comes back after a restart.
    pub(super) fn await_restoration(
        &self,
        cx: &mut Restoring<'_, S3>,
        key: &str,
        version: &Version,
    ) {
        let deadlines: &mut Deadlines<Due> = cx.deadlines;
        if let Some(restoration) = version.object().and_then(Object::restoration) {
            deadlines.schedule(restoration.until, self.due(key, version.id().name()));
        }
    }

    /// What asked for the restore of a version.
    pub(super) fn restoration_cause(&self, key: &str, version: &str) -> Option<CauseId> {
        self.object_of(key, Some(version))?.restoration()?.cause()
    }

    fn due(&self, key: &str, version: &str) -> Due {
        let bucket = self.bucket.name.as_str().into();
        Due::Restoration { bucket, key: key.into(), version: version.into() }
    }
}
