//! Event source mappings: queues that feed functions.

use serde::{Deserialize, Serialize};

use crate::arn::{FunctionArn, QueueArn};
use crate::record::{Key, Kind};
use crate::time::Timestamp;

/// Names a mapping: a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MappingId(pub Box<str>);

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// Its name.
    pub id: MappingId,
    /// The queue it reads.
    pub queue: QueueArn,
    /// The function it invokes.
    pub function: FunctionArn,
    /// `BatchSize`
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`
    pub window_s: u64,
    /// `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_failures: bool,
    /// `Enabled`
    pub enabled: bool,
    /// `ScalingConfig.MaximumConcurrency`
    pub maximum_concurrency: Option<u32>,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

impl Mapping {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Mapping, name: self.id.0.to_string() }
    }
}
