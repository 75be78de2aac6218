//! Invocations: asked for, running, ended, tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::input::Blob;
use crate::record::{Key, Kind};
use crate::time::Timestamp;
use crate::trace::CauseId;

/// Names an invocation: the request id that the function sees, a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvocationId(pub Box<str>);

/// An invocation to perform.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its name: `Lambda-Runtime-Aws-Request-Id`.
    pub id: InvocationId,
    /// What to run.
    pub function: Arc<Deployment>,
    /// The ARN that it was invoked by, with the qualifier used.
    pub invoked_arn: FunctionArn,
    /// The event.
    pub payload: Bytes,
    /// `X-Amz-Client-Context`, decoded, of a synchronous invocation.
    pub client_context: Option<String>,
    /// When its time is over, on the World's clock.
    pub deadline: Timestamp,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_header: String,
    /// What the invocation is called in the trace: calls that the function makes during it have
    /// this as their cause.
    pub cause: CauseId,
}

/// One state of a function's code and configuration: what an execution environment is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The function, unqualified.
    pub arn: FunctionArn,
    /// Changes with each change of code or configuration: an environment of another revision is
    /// stale.
    pub revision_id: String,
    /// `$LATEST`, or a number.
    pub version: String,
    /// `provided.al2023`, `python3.13`, `nodejs22.x`, …
    pub runtime: String,
    /// `bootstrap`, `app.handler`, …
    pub handler: String,
    /// The zip.
    pub code: Blob,
    /// Environment variables of the configuration.
    pub environment: BTreeMap<String, String>,
    /// `MemorySize`
    pub memory_size_mib: u32,
    /// `Timeout`
    pub timeout_s: u32,
    /// The execution role's ARN.
    pub role: String,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The handler returned this.
    Succeeded {
        /// Its answer.
        payload: Bytes,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
    /// The handler, or the runtime for it, reported an error.
    Failed {
        /// `{"errorMessage", "errorType", "stackTrace"}` as reported.
        payload: Bytes,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
    /// The execution environment ended or could not be made.
    Crashed {
        /// `Runtime.ExitError`, `Runtime.InvalidEntrypoint`, `Runtime.Init`, …
        error_type: String,
        /// Why, for people. AWS prefixes it with `RequestId: … Error: `; the World does that.
        reason: String,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
}

/// An invocation that must not be lost. Restored, it is performed anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Its name.
    pub id: InvocationId,
    /// The ARN that it was invoked by.
    pub invoked_arn: FunctionArn,
    /// What it is for.
    pub source: PendingSource,
    /// How many attempts have ended.
    pub attempts: u32,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it is to be tried again, where it waits for that.
    pub retry_at: Option<Timestamp>,
    /// What led to it.
    pub cause: CauseId,
}

/// What a pending invocation is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PendingSource {
    /// An asynchronous invocation, of a client or of another service.
    Event {
        /// The event, as text where it is UTF-8 (JSON always is).
        payload: String,
    },
    /// A batch of a mapping. The event is made anew from the messages, by their receipt handles.
    Batch {
        /// The mapping.
        mapping: super::MappingId,
        /// The messages: id and receipt handle.
        messages: Vec<(String, String)>,
    },
}

impl Pending {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Invocation, name: self.id.0.to_string() }
    }
}
