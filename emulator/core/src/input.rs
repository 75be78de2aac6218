//! Everything that can happen to a World.

use std::sync::Arc;

use kernel::call::{Agent, CallId, Caller, Signing};
use kernel::names::Region;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::services::Request;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A client or a function called an operation.
    Call(Call),
    /// The client of a call that still waits has gone: nobody will hear its answer.
    Disconnected(CallId),
    /// An invocation that the World asked for is in the hands of its function, or of an environment
    /// whose initialisation failed and begins again: the function's timeout counts from now on.
    InvocationBegan {
        /// Which.
        invocation: lambda::InvocationId,
    },
    /// An invocation that the World asked for has ended.
    InvocationEnded {
        /// Which.
        invocation: lambda::InvocationId,
        /// How.
        outcome: lambda::Outcome,
    },
    /// A function has written something, or Lambda for it.
    Logged(Box<logs::Logged>),
    /// A request for a bucket was answered, and its answer has left: the bucket's log may have it.
    Served(Box<s3::Served>),
    /// Something is told of instances.
    Fleet(Box<ec2::fleet::Report>),
    /// Something is told by who carries requests to targets.
    Plane(Box<elb::plane::Report>),
    /// Something was measured outside: of what no service here is, as a database that instances share.
    Measured {
        /// What was measured, for people: `rds:Measure`.
        what: &'static str,
        /// The measurements.
        facts: Vec<kernel::fact::Fact>,
    },
    /// The clock is about to be moved at once, through all moments up to `to`. Nothing happens by that
    /// itself; of what becomes due on the way, it is a cause.
    ClockMoves {
        /// The moment that it will show.
        to: Timestamp,
    },
    /// Nothing but time passed: the deadline that [`World::next_deadline`](crate::World::next_deadline) named has come.
    Deadline,
}

/// One call of an operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its name while it is under way.
    pub id: CallId,
    /// Who calls.
    pub caller: Caller,
    /// What becomes of calls that nobody signed.
    pub signing: Signing,
    /// The region that the call was signed for.
    pub region: Region,
    /// Scheme and authority under which the caller reached us, `http://127.0.0.1:4566`: queue URLs
    /// and locations in the answer begin with it, so that no client is ever sent elsewhere.
    pub endpoint: String,
    /// The caller's address, for policies and event records.
    pub source_ip: Arc<str>,
    /// The caller's program, for policies.
    pub agent: Agent,
    /// `X-Amzn-Trace-Id`: messages that the call sends carry it as `AWSTraceHeader`.
    pub trace_header: Option<String>,
    /// What led to this call, where it is known: the invocation in which a function made it.
    pub cause: Option<CauseId>,
    /// What is asked.
    pub request: Request,
}
