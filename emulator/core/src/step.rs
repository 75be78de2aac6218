//! Everything that a World can ask for.

use std::convert::Infallible;

use bytes::Bytes;
use kernel::arn::FunctionArn;
use kernel::call::CallId;
use kernel::content::BlobId;
use kernel::error::ApiError;
use kernel::trace::CauseId;

use crate::services::{Record, Response};

/// One change of the durable state.
pub type Change = kernel::context::Change<Record>;

/// What one input led to: first what to store, then what to do.
#[derive(Debug, Default)]
pub struct Step {
    /// To be made durable, all or nothing, before any of the effects leaves. Empty where the World
    /// does not record.
    pub changes: Vec<Change>,
    /// Uploads that something refers to from now on. An upload of a call that is not among them is
    /// dropped by whoever drives the World.
    pub adopted: Vec<BlobId>,
    /// Bodies that services have written themselves, to be made durable with the changes that refer to
    /// them.
    pub bodies: Vec<(BlobId, Bytes)>,
    /// To be performed in this order once the changes are durable.
    pub effects: Vec<Effect>,
}

/// One thing to do.
#[derive(Debug)]
pub enum Effect {
    /// Answer a call.
    Reply {
        /// Which.
        call: CallId,
        /// With what.
        result: Result<Response, ApiError>,
        /// What the call is called in the trace.
        cause: CauseId,
    },
    /// Invoke a function. That it began is reported with
    /// [`Input::InvocationBegan`](crate::Input::InvocationBegan), its end with
    /// [`Input::InvocationEnded`](crate::Input::InvocationEnded).
    Invoke(Box<lambda::Invocation>),
    /// The invocation's time is over: stop its execution environment. Its end is reported as that of
    /// any other; the World waits for it, because the end of the log comes with it.
    Abort(lambda::InvocationId),
    /// An invocation whose answer leaves as it comes has ended: the stream of its bytes ends so.
    EndStream(lambda::InvocationId, lambda::StreamEnd),
    /// The code or configuration of a function, or of the version of it that the ARN names, has changed or
    /// it is gone: environments that idle are to be stopped, busy ones after the invocation in hand.
    RetireEnvironments(FunctionArn),
    /// To be done with an instance; what becomes of it is reported with [`Input::Fleet`](crate::Input::Fleet).
    Fleet(ec2::fleet::Effect),
    /// To be done by whoever carries requests to targets; what comes of it is reported with
    /// [`Input::Plane`](crate::Input::Plane).
    Plane(elb::plane::Effect),
    /// Nothing refers to this blob any more.
    DeleteBlob(BlobId),
}

impl From<ec2::fleet::Effect> for Effect {
    fn from(effect: ec2::fleet::Effect) -> Self {
        Self::Fleet(effect)
    }
}

impl From<elb::plane::Effect> for Effect {
    fn from(effect: elb::plane::Effect) -> Self {
        Self::Plane(effect)
    }
}

impl From<lambda::Effect> for Effect {
    fn from(effect: lambda::Effect) -> Self {
        match effect {
            lambda::Effect::Invoke(invocation) => Self::Invoke(invocation),
            lambda::Effect::Abort(invocation) => Self::Abort(invocation),
            lambda::Effect::EndStream(invocation, end) => Self::EndStream(invocation, end),
            lambda::Effect::RetireEnvironments(function) => Self::RetireEnvironments(function),
        }
    }
}

/// Most services ask for answers alone.
impl From<Infallible> for Effect {
    fn from(nothing: Infallible) -> Self {
        match nothing {}
    }
}
