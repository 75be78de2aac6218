//! The thread that makes steps durable, many at once, and performs their effects afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak, mpsc};

use bytes::Bytes;
use cloudless_core::arn::FunctionArn;
use cloudless_core::content::BlobId;
use cloudless_core::ec2::fleet;
use cloudless_core::elb::plane;
use cloudless_core::error::ApiError;
use cloudless_core::lambda::{Invocation, InvocationId, StreamEnd};
use cloudless_core::{Change, Timestamp};
use tokio::sync::oneshot;

use super::shared::Shared;
use super::signals::Signals;
use super::trial::{Attempt, Trial};
use super::{Answer, Perform};
use crate::clock::Clock;
use crate::store::{Blobs, Body, Commit, Store, StoreError};

/// No more steps than this share a commit: the first of them should not wait for ever.
const STEPS_PER_COMMIT_MAX: usize = 1024;

/// What disks and databases give out at once.
pub(super) const PAGE_SIZE_BYTES: usize = 4096;

/// One step on its way to the store.
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// The body of an upload that the changes refer to and that is kept beside the records.
    pub(super) body: Option<(BlobId, Bytes)>,
    /// The upload that the step has adopted, wherever its bytes are.
    pub(super) upload: Option<BlobId>,
    /// Bodies that the World has written.
    pub(super) written: Vec<(BlobId, Bytes)>,
    pub(super) acts: Vec<Act>,
    pub(super) now: Timestamp,
}

/// An effect with everything that performing it needs.
pub(super) enum Act {
    Reply(oneshot::Sender<Result<Answer, ApiError>>, Box<Result<Answer, ApiError>>),
    Invoke(Box<Invocation>, Body, Vec<Body>),
    Abort(InvocationId),
    EndStream(InvocationId, StreamEnd),
    Retire(FunctionArn),
    Fleet(fleet::Effect),
    Plane(plane::Effect),
    DeleteBlob(BlobId),
}

impl Act {
    pub(super) fn perform(self, perform: &dyn Perform, blobs: &Blobs) {
        match self {
            // Where the client has gone, nobody hears it.
            Self::Reply(to, answer) => drop(to.send(*answer)),
            Self::Invoke(invocation, code, layers) => perform.invoke(*invocation, code, layers),
            Self::Abort(invocation) => perform.abort(&invocation),
            Self::EndStream(invocation, end) => perform.end_stream(&invocation, end),
            Self::Retire(function) => perform.retire(&function),
            Self::Fleet(effect) => perform.fleet(effect),
            Self::Plane(effect) => perform.plane(effect),
            Self::DeleteBlob(blob) => blobs.delete(&blob),
        }
    }
}

/// What the thread is given to do.
pub(super) enum Job {
    /// A step that the World has taken.
    Commit(Batch),
    /// An input that the World is to take when what follows from it is durable.
    Try(Box<Attempt>),
}

pub(super) struct Committer {
    pub(super) store: Box<dyn Store>,
    pub(super) blobs: Blobs,
    pub(super) clock: Clock,
    pub(super) perform: Arc<dyn Perform>,
    pub(super) signals: Arc<Signals>,
    /// Without it nobody is left who could be answered.
    pub(super) shared: Weak<Shared>,
    pub(super) seed: u64,
    pub(super) trial: Trial,
}

impl Committer {
    /// Runs until the last sender of the queue is dropped and everything in it is performed.
    pub(super) fn spawn(self) -> Result<mpsc::Sender<Job>, StoreError> {
        let (sender, queue) = mpsc::channel();
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("cloudless-commit".to_owned())
            .spawn(move || {
                let _runtime = runtime.enter();
                self.run(&queue);
            })
            .map_err(|error| StoreError::Other(format!("no thread for commits: {error}")))?;
        Ok(sender)
    }

    fn run(mut self, queue: &mpsc::Receiver<Job>) {
        let signals = Arc::clone(&self.signals);
        // What a panic leaves half done, nobody looks at.
        let ended = catch_unwind(AssertUnwindSafe(|| self.work(queue)));
        // The directory is free when the engine says that it has ended.
        drop(self);
        match ended {
            Ok(Ok(())) => signals.finish(),
            Ok(Err(error)) => {
                signals.fail(&format!("what is stored can neither be written nor read: {error}"));
            }
            Err(_panic) => {
                signals.fail("a mistake in the emulator stopped it (see the panic above)");
            }
        }
    }

    /// # Errors
    /// A store that cannot be read any more.
    fn work(&mut self, queue: &mpsc::Receiver<Job>) -> Result<(), StoreError> {
        while let Ok(first) = queue.recv() {
            let mut next = Some(first);
            while let Some(job) = next.take() {
                match job {
                    Job::Commit(first) => next = self.commit(first, queue)?,
                    Job::Try(attempt) => self.attempt(*attempt, queue),
                }
            }
        }
        // The last moment, and bodies that were dropped since the last commit.
        let last = Group { now: self.clock.now(), ..Group::default() };
        if let Err(error) = last.commit_all(self.store.as_mut(), &self.blobs) {
            tracing::warn!(%error, "the moment of the end could not be stored; all else is");
        }
        Ok(())
    }

    /// Commits a step and those that wait behind it; gives what it took out of the queue besides.
    fn commit(
        &mut self,
        first: Batch,
        queue: &mpsc::Receiver<Job>,
    ) -> Result<Option<Job>, StoreError> {
        let mut group = Group::default();
        group.add(first);
        let mut next = None;
        while group.steps < STEPS_PER_COMMIT_MAX && next.is_none() {
            match queue.try_recv() {
                Ok(Job::Commit(batch)) => group.add(batch),
                Ok(other) => next = Some(other),
                Err(_empty) => break,
            }
        }
        if let Err(error) = group.commit(self.store.as_mut(), &self.blobs) {
            self.go_back(&error, group, queue)?;
            return Ok(next);
        }
        for act in group.acts {
            act.perform(self.perform.as_ref(), &self.blobs);
        }
        self.signals.performed(group.steps);
        Ok(next)
    }
}

/// The steps that share a commit.
#[derive(Default)]
pub(super) struct Group {
    pub(super) steps: usize,
    pub(super) changes: Vec<Change>,
    pub(super) bodies: Vec<(BlobId, Bytes)>,
    pub(super) uploads: Vec<BlobId>,
    pub(super) acts: Vec<Act>,
    pub(super) now: Timestamp,
}

impl Group {
    pub(super) fn add(&mut self, batch: Batch) {
        let Batch { changes, body, upload, written, acts, now } = batch;
        self.steps += 1;
        self.changes.extend(changes);
        self.uploads.extend(upload.into_iter().chain(written.iter().map(|(blob, _)| blob.clone())));
        self.bodies.extend(body.into_iter().chain(written));
        self.acts.extend(acts);
        self.now = now;
    }

    /// About how many pages of a disk it takes, at least one.
    pub(super) fn size_pages(&self) -> usize {
        let bodies: usize = self.bodies.iter().map(|(_, bytes)| bytes.len()).sum();
        let records = self.changes.iter().map(|change| match change {
            Change::Put(record) => serde_json::to_vec(record).map_or(0, |json| json.len()),
            Change::Delete(_) => 0,
        });
        (bodies + records.sum::<usize>()).div_ceil(PAGE_SIZE_BYTES).max(1)
    }

    /// Makes the group durable, where it has anything that is.
    fn commit(&self, store: &mut dyn Store, blobs: &Blobs) -> Result<(), StoreError> {
        if self.changes.is_empty() && self.bodies.is_empty() {
            return Ok(());
        }
        self.commit_all(store, blobs)
    }

    /// Makes the group durable, and the moment with it.
    pub(super) fn commit_all(
        &self,
        store: &mut dyn Store,
        blobs: &Blobs,
    ) -> Result<(), StoreError> {
        let dropped_bodies = blobs.take_dropped_rows();
        let committed = store.commit(&Commit {
            changes: &self.changes,
            bodies: &self.bodies,
            dropped_bodies: &dropped_bodies,
            now: self.now,
        });
        match &committed {
            Ok(()) => blobs.committed(&self.bodies),
            Err(_) => blobs.drop_rows(dropped_bodies),
        }
        committed
    }
}
