//! That an archived object is being restored, or can be read for some days.

use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

use crate::date::http_date;

/// How fast an object is wanted. A later one is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Tier {
    Bulk,
    Standard,
    Expedited,
}

/// That an archived object is being restored, or can be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Restoration {
    pub(crate) stage: Stage,
    /// When the stage ends.
    pub(crate) until: Timestamp,
    /// What asked for it; nothing after a restart.
    cause: Option<CauseId>,
}

/// How far a restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The copy will be there for so many days.
    Ongoing { days: u32, tier: Tier },
    /// The copy is there.
    Available,
}

/// What listings say of a restore.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RestoreStatus {
    is_restore_in_progress: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_expiry_date: Option<u64>,
}

impl Tier {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Bulk" => Self::Bulk,
            "Standard" => Self::Standard,
            "Expedited" => Self::Expedited,
            _ => return None,
        })
    }
}

impl Restoration {
    /// One that is asked for now.
    pub(crate) fn new(stage: Stage, until: Timestamp, cause: CauseId) -> Self {
        Self { stage, until, cause: Some(cause) }
    }

    /// The same, at its next stage.
    pub(crate) fn next(&self, stage: Stage, until: Timestamp) -> Self {
        Self { stage, until, cause: self.cause }
    }

    /// What asked for it.
    pub(crate) fn cause(&self) -> Option<CauseId> {
        self.cause
    }

    /// One that comes back after a restart.
    pub(crate) fn restored(stage: Stage, until: Timestamp) -> Self {
        Self { stage, until, cause: None }
    }

    /// When the copy goes, where it is there.
    pub(crate) fn expiry(&self) -> Option<Timestamp> {
        (self.stage == Stage::Available).then_some(self.until)
    }

    /// `x-amz-restore`
    pub(crate) fn header(&self) -> String {
        match self.expiry() {
            None => "ongoing-request=\"true\"".into(),
            Some(at) => {
                let date = http_date(at.as_s());
                format!("ongoing-request=\"false\", expiry-date=\"{date}\"")
            }
        }
    }

    pub(crate) fn status(&self) -> RestoreStatus {
        let expiry = self.expiry();
        RestoreStatus {
            is_restore_in_progress: expiry.is_none(),
            restore_expiry_date: expiry.map(Timestamp::as_s),
        }
    }
}
