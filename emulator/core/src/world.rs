//! The only file that names more than one service: it routes calls, carries what one service says
//! to those who hear it, and keeps the order of time.

use crate::context::{Announcement, BlobReferences, Cx, Deadlines, Due, Ids, Origin};
use crate::input::{BlobId, Call, Caller, Input, Request};
use crate::lambda::Lambda;
use crate::record::Record;
use crate::s3::S3;
use crate::sqs::Sqs;
use crate::step::{Response, Step};
use crate::time::Timestamp;
use crate::trace::{CauseId, Trace};

/// S3, SQS and Lambda of all accounts and regions, as one value.
///
/// Cloning it forks the cloud. Two worlds are equal when their durable states are: what waits for
/// an answer and what is remembered of the past do not count.
#[derive(Debug, Clone)]
pub struct World {
    recording: bool,
    ids: Ids,
    deadlines: Deadlines,
    blobs: BlobReferences,
    trace: Trace,
    s3: S3,
    sqs: Sqs,
    lambda: Lambda,
}

impl World {
    /// An empty World whose steps carry no changes: for a store that keeps nothing.
    #[must_use]
    pub fn in_memory(seed: u64) -> Self {
        Self { recording: false, ..Self::restore([], seed) }
    }

    /// The World that these records describe; an empty one without any. `seed` must be the seed
    /// that the records were written under. Records come in the order of their keys' kinds.
    #[must_use]
    pub fn restore(_records: impl IntoIterator<Item = Record>, seed: u64) -> Self {
        Self {
            recording: true,
            ids: Ids::new(seed, 0),
            deadlines: Deadlines::default(),
            blobs: BlobReferences::default(),
            trace: Trace::default(),
            s3: S3::default(),
            sqs: Sqs::default(),
            lambda: Lambda::default(),
        }
    }

    /// Tells the World what happened and when, and says what to store and what to do. The only
    /// mutation. Time never goes back: an earlier `now` than the last counts as the last.
    pub fn handle(&mut self, _now: Timestamp, _input: Input) -> Step {
        Step::default()
    }

    /// When the World changes by itself: the moment at which it wants to hear [`Input::Deadline`].
    /// Nothing where it waits for input alone.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Every durable entity, in the order in which [`World::restore`] reads them.
    pub fn records(&self) -> Vec<Record> {
        Vec::new()
    }

    /// Every blob that something refers to; any other may be deleted when the World is restored.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobId> {
        self.blobs.iter()
    }

    /// What keeps the pipeline from being idle, by name: running invocations, retries that are due,
    /// messages that an enabled mapping will take. Nothing where all is quiet. What only waits for
    /// time to pass (a retry in one minute, a message in flight) is in [`World::waiting`].
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        Vec::new()
    }

    /// What waits for time to pass before the pipeline is truly done, by name: scheduled retries,
    /// batching windows, messages of mapped queues that are delayed or in flight after a failure.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        Vec::new()
    }

    /// What led to what.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.records() == other.records()
    }
}
