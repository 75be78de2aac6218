//! The thread that makes steps durable, many at once, and performs their effects afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use bytes::Bytes;
use cloudless_core::arn::FunctionArn;
use cloudless_core::error::ApiError;
use cloudless_core::input::BlobId;
use cloudless_core::lambda::{Invocation, InvocationId};
use cloudless_core::{Change, Timestamp};
use tokio::sync::oneshot;

use super::shared::Signals;
use super::{Answer, Perform};
use crate::clock::Clock;
use crate::store::{Blobs, Body, Commit, Store, StoreError};

/// No more steps than this share a commit: the first of them should not wait for ever.
const STEPS_PER_COMMIT_MAX: usize = 1024;

/// One step on its way to the store.
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// The body of an upload that the changes refer to and that is kept beside the records.
    pub(super) body: Option<(BlobId, Bytes)>,
    pub(super) acts: Vec<Act>,
    pub(super) now: Timestamp,
}

/// An effect with everything that performing it needs.
pub(super) enum Act {
    Reply(oneshot::Sender<Result<Answer, ApiError>>, Box<Result<Answer, ApiError>>),
    Invoke(Box<Invocation>, Body),
    Abort(InvocationId),
    Retire(FunctionArn),
    DeleteBlob(BlobId),
}

impl Act {
    pub(super) fn perform(self, perform: &dyn Perform, blobs: &Blobs) {
        match self {
            // Where the client has gone, nobody hears it.
            Self::Reply(to, answer) => drop(to.send(*answer)),
            Self::Invoke(invocation, code) => perform.invoke(*invocation, code),
            Self::Abort(invocation) => perform.abort(&invocation),
            Self::Retire(function) => perform.retire(&function),
            Self::DeleteBlob(blob) => blobs.delete(&blob),
        }
    }
}

pub(super) struct Committer {
    pub(super) store: Box<dyn Store>,
    pub(super) blobs: Blobs,
    pub(super) clock: Clock,
    pub(super) perform: Arc<dyn Perform>,
    pub(super) signals: Arc<Signals>,
}

impl Committer {
    /// Runs until the last sender of the queue is dropped and everything in it is performed.
    pub(super) fn spawn(self) -> Result<mpsc::Sender<Batch>, StoreError> {
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

    fn run(self, queue: &mpsc::Receiver<Batch>) {
        let Self { mut store, blobs, clock, perform, signals } = self;
        let work = || -> Result<(), Box<(StoreError, Group)>> {
            while let Ok(first) = queue.recv() {
                let batches = std::iter::once(first).chain(queue.try_iter());
                let group = Group::of(batches.take(STEPS_PER_COMMIT_MAX));
                if let Err(error) = group.commit(store.as_mut(), &blobs) {
                    return Err(Box::new((error, group)));
                }
                for act in group.acts {
                    act.perform(perform.as_ref(), &blobs);
                }
                signals.performed(group.steps);
            }
            // The last moment, and bodies that were dropped since the last commit.
            let last = Group { now: clock.now(), ..Group::default() };
            let ended = last.commit_all(store.as_mut(), &blobs);
            ended.map_err(|error| Box::new((error, last)))
        };
        // `work` gives up the store's state only where it failed, and nobody looks at it then.
        let (failure, unanswered) = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => (None, None),
            Ok(Err(failed)) => {
                let (error, group) = *failed;
                (Some(format!("what happened could not be stored: {error}")), Some(group))
            }
            Err(_panic) => {
                (Some("a mistake in the emulator stopped it (see the panic above)".into()), None)
            }
        };
        // The directory is free when the engine says that it has ended.
        drop((store, perform));
        match failure {
            Some(reason) => signals.fail(&reason),
            None => signals.finish(),
        }
        // Whoever waits for one of these answers finds the reason when the wait ends.
        drop(unanswered);
    }
}

/// The steps that share a commit.
#[derive(Default)]
struct Group {
    steps: usize,
    changes: Vec<Change>,
    bodies: Vec<(BlobId, Bytes)>,
    acts: Vec<Act>,
    now: Timestamp,
}

impl Group {
    fn of(batches: impl Iterator<Item = Batch>) -> Self {
        let mut group = Self::default();
        for Batch { changes, body, acts, now } in batches {
            group.steps += 1;
            group.changes.extend(changes);
            group.bodies.extend(body);
            group.acts.extend(acts);
            group.now = now;
        }
        group
    }

    /// Makes the group durable, where it has anything that is.
    fn commit(&self, store: &mut dyn Store, blobs: &Blobs) -> Result<(), StoreError> {
        if self.changes.is_empty() && self.bodies.is_empty() {
            return Ok(());
        }
        self.commit_all(store, blobs)
    }

    fn commit_all(&self, store: &mut dyn Store, blobs: &Blobs) -> Result<(), StoreError> {
        let dropped_bodies = blobs.take_dropped_rows();
        store.commit(&Commit {
            changes: &self.changes,
            bodies: &self.bodies,
            dropped_bodies: &dropped_bodies,
            now: self.now,
        })?;
        blobs.committed(&self.bodies);
        Ok(())
    }
}
