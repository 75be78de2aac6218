//! What is stored of Lambda, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

mod deployment;
mod function;
mod layer;
mod settings;

use std::collections::BTreeMap;

use kernel::arn::{FunctionArn, QueueArn};
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

pub use function::*;
pub use layer::*;
pub use settings::*;

use crate::filter::Filters;
use crate::{InvocationId, Kind, MappingId};

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    id: Box<str>,
    queue: QueueArn,
    function: FunctionArn,
    batch_size: usize,
    window_s: u64,
    reports_failures: bool,
    enabled: bool,
    maximum_concurrency: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pollers: Option<Pollers>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filters: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kms_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metrics: Option<Vec<String>>,
    tags: BTreeMap<String, String>,
    last_modified: Timestamp,
}

/// Pollers that a mapping always has, and at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pollers {
    minimum: u32,
    maximum: u32,
    group: Option<String>,
}

/// An invocation that must not be lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    id: Box<str>,
    invoked_arn: FunctionArn,
    source: PendingSource,
    attempts: u32,
    created: Timestamp,
    retry_at: Option<Timestamp>,
    cause: CauseId,
}

/// What a pending invocation is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum PendingSource {
    Event {
        payload: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace_header: Option<String>,
    },
    Batch {
        mapping: Box<str>,
        queue: QueueArn,
        reports_failures: bool,
        messages: Vec<(String, String)>,
    },
}

impl Mapping {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Mapping::key_of(&self.id)
    }
}

impl Pending {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Self::key_of(&self.id)
    }

    /// Where the record of this invocation is kept.
    pub(crate) fn key_of(id: &str) -> Key {
        Key::named(Kind::Invocation, id)
    }
}

impl From<&crate::Mapping> for Mapping {
    fn from(live: &crate::Mapping) -> Self {
        Self {
            id: live.id.0.clone(),
            queue: live.queue.clone(),
            function: live.function.clone(),
            batch_size: live.batch_size,
            window_s: live.window_s,
            reports_failures: live.reports_failures,
            enabled: live.enabled,
            maximum_concurrency: live.maximum_concurrency,
            pollers: live.pollers.as_ref().map(|it| Pollers {
                minimum: it.minimum,
                maximum: it.maximum,
                group: it.group.clone(),
            }),
            filters: live.filters.patterns().map(str::to_owned).collect(),
            kms_key: live.kms_key.clone(),
            metrics: live.metrics.clone(),
            tags: live.tags.clone(),
            last_modified: live.last_modified,
        }
    }
}

impl From<Mapping> for crate::Mapping {
    fn from(stored: Mapping) -> Self {
        Self {
            id: MappingId(stored.id),
            queue: stored.queue,
            function: stored.function,
            batch_size: stored.batch_size,
            window_s: stored.window_s,
            reports_failures: stored.reports_failures,
            enabled: stored.enabled,
            maximum_concurrency: stored.maximum_concurrency,
            pollers: stored.pollers.map(|Pollers { minimum, maximum, group }| crate::Pollers {
                minimum,
                maximum,
                group,
            }),
            // They were read before they were stored.
            filters: Filters::of(stored.filters).unwrap_or_default(),
            kms_key: stored.kms_key,
            metrics: stored.metrics,
            tags: stored.tags,
            last_modified: stored.last_modified,
        }
    }
}

impl From<&crate::Pending> for Pending {
    fn from(live: &crate::Pending) -> Self {
        Self {
            id: live.id.0.clone(),
            invoked_arn: live.invoked_arn.clone(),
            source: PendingSource::from(&live.source),
            attempts: live.attempts,
            created: live.created,
            retry_at: live.retry_at,
            cause: live.cause,
        }
    }
}

impl From<Pending> for crate::Pending {
    fn from(stored: Pending) -> Self {
        Self {
            id: InvocationId(stored.id),
            invoked_arn: stored.invoked_arn,
            source: stored.source.into(),
            attempts: stored.attempts,
            created: stored.created,
            retry_at: stored.retry_at,
            cause: stored.cause,
        }
    }
}

impl From<&crate::PendingSource> for PendingSource {
    fn from(live: &crate::PendingSource) -> Self {
        match live {
            crate::PendingSource::Event { payload, trace_header } => {
                Self::Event { payload: payload.clone(), trace_header: trace_header.clone() }
            }
            crate::PendingSource::Batch { mapping, queue, reports_failures, messages } => {
                Self::Batch {
                    mapping: mapping.0.clone(),
                    queue: queue.clone(),
                    reports_failures: *reports_failures,
                    messages: messages.clone(),
                }
            }
        }
    }
}

impl From<PendingSource> for crate::PendingSource {
    fn from(stored: PendingSource) -> Self {
        match stored {
            PendingSource::Event { payload, trace_header } => Self::Event { payload, trace_header },
            PendingSource::Batch { mapping, queue, reports_failures, messages } => {
                let mapping = MappingId(mapping);
                Self::Batch { mapping, queue, reports_failures, messages }
            }
        }
    }
}
