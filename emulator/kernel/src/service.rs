//! What a service is to the World.

pub mod context;

use std::fmt;

use serde::Serializer;

use crate::access::Asking;
use crate::call::{CallId, Copying, Origin};
use crate::checksum::ChecksumAlgorithm;
use crate::content::Content;
use crate::deadlines::Deadlines;
use crate::descriptor::Descriptor;
use crate::directory::Directory;
use crate::error::ApiError;
use crate::fact::Fact;
use crate::record::Stored;
use crate::time::Timestamp;
use crate::trace::CauseId;
use context::{Cx, Restoring};

/// A service: a value that handles calls and what becomes due, in its own words. It knows no other
/// service; what others may want to hear it announces, and the World decides who hears it.
pub trait Service: fmt::Debug + Clone + Default {
    /// Its operations, decoded.
    type Request: fmt::Debug + Clone;
    /// What its operations are answered with.
    type Response: fmt::Debug + Clone;
    /// What is stored of it.
    type Record: Stored;
    /// What becomes due in it.
    type Due: fmt::Debug + Clone + Ord;
    /// What it says has happened.
    type Announcement: fmt::Debug + Clone;
    /// What it asks to be done outside the World, beside answers.
    type Effect: fmt::Debug;

    /// What it is on the wire.
    const DESCRIPTOR: Descriptor;

    /// Operations (`PutBucketReplication`) and parameters (`CreateFunction.TracingConfig`) that are checked,
    /// kept and given back, and of which nothing else comes. That cannot be read from the code; the rest of
    /// what a service has is.
    const STORED_ONLY: &'static [&'static str] = &[];

    /// Refuses a call that its caller may not make, before anything is done. What passes although AWS
    /// would refuse it is said in `asking`.
    ///
    /// # Errors
    /// What AWS says to whom it does not let do something, or where that is not there.
    fn access(&self, asking: &mut Asking<'_>, request: &Self::Request) -> Result<(), ApiError>;

    /// Handles one call that was let pass; `None` where the answer comes later.
    ///
    /// # Errors
    /// What AWS refuses, as AWS refuses it.
    fn call(
        &mut self,
        cx: &mut Cx<'_, Self>,
        origin: &Origin,
        request: Self::Request,
    ) -> Result<Option<Self::Response>, ApiError>;

    /// The client of a call that still waits has gone. Nothing follows from that but that nobody is
    /// answered: there is no cause to name.
    fn disconnected(&mut self, deadlines: &mut Deadlines<Self::Due>, call: CallId) {
        let _ = (deadlines, call);
    }

    /// What scheduled it, as the trace calls that; nothing where it was before a restart and is not
    /// known any more.
    fn due_because(&self, due: &Self::Due) -> Option<CauseId>;

    /// Something is due: the context's cause is what scheduled it.
    fn due(&mut self, cx: &mut Cx<'_, Self>, due: Self::Due);

    /// Takes a record back. Records come in the order of their kinds' numbers.
    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Self::Record);

    /// Everything durable.
    fn records(&self) -> impl Iterator<Item = Self::Record> + '_;

    /// Every body that it refers to, as often as it does, always in the same order.
    fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        std::iter::empty()
    }

    /// States what was measured since the last minute was over, and what there is now. `at` is the end of the
    /// minute, or a moment in it.
    fn facts(&self, directory: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        let _ = (directory, at, facts);
    }

    /// A minute is over at `at` and what was measured in it was told: counting begins anew. Says when there
    /// is something to be told next, though nothing may happen until then.
    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        let _ = at;
        None
    }

    /// What keeps it from being idle, by name.
    fn outstanding(&self) -> Vec<String> {
        Vec::new()
    }

    /// What waits for time to pass, by name.
    fn waiting(&self) -> Vec<String> {
        Vec::new()
    }

    /// Which invocation's bytes are an answer's body, as they come; nothing where the answer is all there.
    fn streamed(response: &Self::Response) -> Option<&str> {
        let _ = response;
        None
    }

    /// By which id an answer goes, where it is not one of its own.
    fn request_id(response: &Self::Response) -> Option<&str> {
        let _ = response;
        None
    }

    /// Writes the output of one of the operations that are called most and that say all but what is streamed
    /// beside the body; nothing for any other.
    fn beside_body<S: Serializer>(
        response: &Self::Response,
        serializer: S,
    ) -> Option<Result<S::Ok, S::Error>> {
        let _ = (response, serializer);
        None
    }

    /// The request that a plain body in JSON is, of one of its quick operations; nothing where it may be
    /// a mistake: then the tables of the wire are asked, which know what to say.
    fn quick(operation: &str, body: &[u8]) -> Option<Self::Request> {
        let _ = (operation, body);
        None
    }

    /// Refuses a request whose body is still to come, where its head is reason enough. What it asks is
    /// asked once more when the body is there. Says which checksum of the body is kept, whichever comes
    /// along; nothing where that one is.
    ///
    /// # Errors
    /// Those of the operation, in its words.
    fn admit(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Self::Request,
    ) -> Result<Option<ChecksumAlgorithm>, ApiError> {
        let _ = (now, origin, request);
        Ok(None)
    }

    /// Refuses a request of one of the operations that copy, or says which stored bytes it needs as a body
    /// of its own; nothing where it needs none. A service cannot read bytes: whoever drives the World
    /// writes them anew, with their digests, and gives the body with the request. What was asked is asked
    /// once more then.
    ///
    /// # Errors
    /// Those of the operation, in its words.
    fn copying(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Self::Request,
    ) -> Result<Option<Copying>, ApiError> {
        let _ = (now, origin, request);
        Ok(None)
    }
}
