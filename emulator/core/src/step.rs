//! Everything that a World can ask for.

use crate::arn::FunctionArn;
use crate::error::ApiError;
use crate::input::{BlobId, CallId, Payload};
use crate::record::{Key, Record};
use crate::trace::CauseId;
use crate::{lambda, s3, sqs, sts};

/// What one input led to: first what to store, then what to do.
#[derive(Debug, Default)]
pub struct Step {
    /// To be made durable, all or nothing, before any of the effects leaves. Empty where the World
    /// does not record.
    pub changes: Vec<Change>,
    /// To be performed in this order once the changes are durable.
    pub effects: Vec<Effect>,
}

/// One change of the durable state.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// This record is now as given: it is new or replaces the one with the same key.
    Put(Record),
    /// The record with this key is gone.
    Delete(Key),
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
    /// The function's code or configuration has changed or it is gone: environments that idle are
    /// to be stopped, busy ones after the invocation in hand.
    RetireEnvironments(FunctionArn),
    /// Nothing refers to this blob any more.
    DeleteBlob(BlobId),
}

/// What a call is answered with when it is not refused.
#[derive(Debug, Clone)]
pub enum Response {
    /// Simple Storage Service.
    S3(s3::Response),
    /// Simple Queue Service.
    Sqs(sqs::Response),
    /// Lambda.
    Lambda(lambda::Response),
    /// Security Token Service.
    Sts(sts::Response),
}

impl Response {
    /// The raw payload, for an operation that gives one.
    #[must_use]
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::S3(response) => response.payload(),
            Self::Sqs(response) => response.payload(),
            Self::Lambda(response) => response.payload(),
            Self::Sts(response) => response.payload(),
        }
    }

    /// By which id the answer goes, where it is not one of its own.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Lambda(response) => response.request_id(),
            Self::S3(_) | Self::Sqs(_) | Self::Sts(_) => None,
        }
    }

    /// The operation's JSON shape as text: what a JSON protocol sends.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::S3(response) => response.to_json(),
            Self::Sqs(response) => response.to_json(),
            Self::Lambda(response) => response.to_json(),
            Self::Sts(response) => response.to_json(),
        }
    }

    /// The operation's JSON shape and its raw payload.
    #[must_use]
    pub fn encode(self) -> (serde_json::Value, Payload) {
        match self {
            Self::S3(response) => response.encode(),
            Self::Sqs(response) => response.encode(),
            Self::Lambda(response) => response.encode(),
            Self::Sts(response) => response.encode(),
        }
    }
}
