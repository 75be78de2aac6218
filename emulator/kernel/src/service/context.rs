//! What a service is given besides the request: the moment, what led to it, and where to put what follows.

use std::borrow::Cow;

use bytes::Bytes;

use super::Service;
use crate::call::CallId;
use crate::content::{BlobId, BlobReferences, Content};
use crate::deadlines::Deadlines;
use crate::directory::Directory;
use crate::error::ApiError;
use crate::fact::Minute;
use crate::ids::{Ids, Numbers};
use crate::record::Key;
use crate::time::Timestamp;
use crate::trace::{Cause, CauseId, Trace};

/// The context in which a service handles one input. Everything it wants to happen goes through it.
///
/// A context is made for one cause and keeps it: what follows from something else is handled in the
/// context that [`Cx::because`] gives, which ends with it. No cause is left over from before.
pub struct Cx<'a, S: Service> {
    /// The moment of the input.
    pub now: Timestamp,
    /// Seeded names.
    pub ids: &'a mut Ids,
    /// Numbers in the order of time.
    pub numbers: &'a mut Numbers,
    /// What happens by itself later on.
    pub deadlines: &'a mut Deadlines<S::Due>,
    /// How often each blob is referred to.
    pub blobs: &'a mut BlobReferences,
    /// Causes.
    pub trace: &'a mut Trace,
    /// When what is measured is told.
    pub minute: &'a mut Minute,
    /// What services know of each other's resources.
    pub directory: &'a mut Directory,
    /// What the service wants stored, done and known.
    pub outbox: &'a mut Outbox<S>,
    /// Whether anything is stored: a World in memory makes no records.
    pub recording: bool,
    cause: CauseId,
}

/// What a context is made of besides its cause.
pub struct Parts<'a, S: Service> {
    /// The moment of the input.
    pub now: Timestamp,
    /// Seeded names.
    pub ids: &'a mut Ids,
    /// Numbers in the order of time.
    pub numbers: &'a mut Numbers,
    /// What happens by itself later on.
    pub deadlines: &'a mut Deadlines<S::Due>,
    /// How often each blob is referred to.
    pub blobs: &'a mut BlobReferences,
    /// Causes.
    pub trace: &'a mut Trace,
    /// When what is measured is told.
    pub minute: &'a mut Minute,
    /// What services know of each other's resources.
    pub directory: &'a mut Directory,
    /// What the service wants stored, done and known.
    pub outbox: &'a mut Outbox<S>,
    /// Whether anything is stored.
    pub recording: bool,
}

impl<'a, S: Service> Parts<'a, S> {
    /// The context in which something is handled because of `cause`.
    #[must_use]
    pub fn because(self, cause: CauseId) -> Cx<'a, S> {
        let Self {
            now,
            ids,
            numbers,
            deadlines,
            blobs,
            trace,
            minute,
            directory,
            outbox,
            recording,
        } = self;
        Cx {
            now,
            ids,
            numbers,
            deadlines,
            blobs,
            trace,
            minute,
            directory,
            outbox,
            recording,
            cause,
        }
    }
}

/// What a service wants stored, done and known after it has handled something.
#[derive(Debug)]
pub struct Outbox<S: Service> {
    /// To be stored.
    pub changes: Vec<Change<S::Record>>,
    /// To be done, in this order, once the changes are durable.
    pub effects: Vec<Effect<S>>,
    /// Bodies that the service has written, to be stored with the changes.
    pub bodies: Vec<(BlobId, Bytes)>,
    /// To be heard by other services, as the World decides; each with what led to it.
    pub announcements: Vec<(CauseId, S::Announcement)>,
    /// More is due by now than is done in one step.
    pub goes_on: bool,
}

impl<S: Service> Default for Outbox<S> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            effects: Vec::new(),
            bodies: Vec::new(),
            announcements: Vec::new(),
            goes_on: false,
        }
    }
}

/// One change of the durable state.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<R> {
    /// This record is now as given: it is new or replaces the one with the same key.
    Put(R),
    /// The record with this key is gone.
    Delete(Key),
}

/// One thing that a service wants done.
#[derive(Debug)]
pub enum Effect<S: Service> {
    /// Answer a call.
    Reply {
        /// Which.
        call: CallId,
        /// With what.
        result: Result<S::Response, ApiError>,
        /// What the call is called in the trace.
        cause: CauseId,
    },
    /// Nothing refers to this blob any more.
    DeleteBlob(BlobId),
    /// What this service alone asks for.
    Own(S::Effect),
}

impl<S: Service> Cx<'_, S> {
    /// The event in the trace that is being handled: the parent of whatever follows.
    #[must_use]
    pub const fn cause(&self) -> CauseId {
        self.cause
    }

    /// The same context for what happens because of something else.
    #[must_use]
    pub fn because(&mut self, cause: CauseId) -> Cx<'_, S> {
        Cx {
            now: self.now,
            ids: self.ids,
            numbers: self.numbers,
            deadlines: self.deadlines,
            blobs: self.blobs,
            trace: self.trace,
            minute: self.minute,
            directory: self.directory,
            outbox: self.outbox,
            recording: self.recording,
            cause,
        }
    }

    /// The service has counted something: it is asked for it when this minute is over.
    pub fn measured(&mut self) {
        self.minute.measured(self.now, self.cause);
    }

    /// This record is now as given. The closure runs only in a World that records.
    pub fn put(&mut self, record: impl FnOnce() -> S::Record) {
        if self.recording {
            self.outbox.changes.push(Change::Put(record()));
        }
    }

    /// The record with this key is gone. The closure runs only in a World that records.
    pub fn delete(&mut self, key: impl FnOnce() -> Key) {
        if self.recording {
            self.outbox.changes.push(Change::Delete(key()));
        }
    }

    /// Asks for something to be done once this step is durable.
    pub fn effect(&mut self, effect: S::Effect) {
        self.outbox.effects.push(Effect::Own(effect));
    }

    /// Answers a call that waited. `cause` is what the call is called in the trace.
    pub fn reply(&mut self, call: CallId, cause: CauseId, result: Result<S::Response, ApiError>) {
        let outcome = result.as_ref().map_or_else(ApiError::code, |_| "ok");
        self.trace.end(cause, outcome);
        self.outbox.effects.push(Effect::Reply { call, result, cause });
    }

    /// What is due goes on in the next step, which a deadline that is over calls for: however much is due,
    /// a step is as small as the others, and others are answered in between.
    pub fn goes_on(&mut self) {
        self.outbox.goes_on = true;
    }

    /// Says something that another service may want to hear.
    pub fn announce(&mut self, announcement: S::Announcement) {
        self.outbox.announcements.push((self.cause, announcement));
    }

    /// Notes in the trace that something follows from what is being handled.
    pub fn follows<'a>(&mut self, what: &'static str, subject: impl Into<Cow<'a, str>>) -> CauseId {
        self.follows_from(self.cause, what, subject)
    }

    /// Notes in the trace that something follows from all of this.
    pub fn follows_from<'a>(
        &mut self,
        cause: impl Into<Cause>,
        what: &'static str,
        subject: impl Into<Cow<'a, str>>,
    ) -> CauseId {
        self.trace.follow(self.now, cause, what, subject)
    }

    /// A body of the service's own, to which an entity that is put in the same step refers. It is stored in
    /// the same transaction: it should be small, some 64 KiB.
    pub fn write(&mut self, bytes: Bytes) -> Content {
        let (one, other) = (self.ids.next_u64(), self.ids.next_u64());
        let id = BlobId(format!("{}{one:016x}{other:016x}", BlobId::BESIDE_RECORDS).into());
        let content = Content::written(id.clone(), &bytes);
        self.outbox.bodies.push((id, bytes));
        content
    }

    /// An entity refers to an upload that nothing referred to before.
    pub fn adopt(&mut self, upload: &Content) {
        self.blobs.adopt(upload);
    }

    /// One more entity refers to a content that something refers to already.
    pub fn share(&mut self, content: &Content) {
        self.blobs.share(content);
    }

    /// One entity less refers to the blobs of this content; of which it was the last, it is deleted.
    pub fn release(&mut self, content: &Content) {
        for blob in content.blobs() {
            if self.blobs.release(&blob.id) {
                self.outbox.effects.push(Effect::DeleteBlob(blob.id.clone()));
            }
        }
    }
}

/// The context in which a service takes its records back.
pub struct Restoring<'a, S: Service> {
    /// What happens by itself later on.
    pub deadlines: &'a mut Deadlines<S::Due>,
    /// Numbers that records still have are not given again.
    pub numbers: &'a mut Numbers,
    /// Causes that records still have are not given again.
    pub trace: &'a mut Trace,
    /// What others know of what is there is entered again.
    pub directory: &'a mut Directory,
}
