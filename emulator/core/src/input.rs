//! Everything that can happen to a World.

use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};

use crate::error::{self, ApiError};
use crate::names::{AccountId, Region};
use crate::{lambda, s3, sqs, sts};

pub use crate::content::{Blob, BlobId, BlobRange, Content};

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
    /// Nothing but time passed: the deadline that [`World::next_deadline`](crate::World::next_deadline) named has come.
    Deadline,
}

/// Names a call while it is under way. Chosen by whoever drives the World, never used twice in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

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
    /// `X-Amzn-Trace-Id`: messages that the call sends carry it as `AWSTraceHeader`.
    pub trace_header: Option<String>,
    /// What led to this call, where it is known: the invocation in which a function made it.
    pub cause: Option<crate::trace::CauseId>,
    /// What is asked.
    pub request: Request,
}

/// Whether calls must be signed, where AWS demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// Who does not sign is taken for the owner of a queue; the trace says what AWS would refuse. S3
    /// and Lambda make no such difference: there is what the public may do, and no more.
    Optional,
    /// Who does not sign may do what a policy lets everybody do.
    Required,
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular: the request is not signed.
    Anonymous,
    /// The holder of an access key, acting for an account.
    Account {
        /// The account: the access key itself where that is twelve digits, otherwise the default.
        account: AccountId,
        /// The access key.
        access_key_id: String,
    },
    /// Who has assumed a role: a function by the credentials of its execution environment, a client by
    /// those that STS gave it.
    Role {
        /// The account of the role.
        account: AccountId,
        /// `arn:aws:sts::account:assumed-role/role/session`; a function's session has its name.
        principal_arn: String,
        /// The access key.
        access_key_id: String,
    },
}

impl Caller {
    /// The account acted for; the default account where nobody is known.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match self {
            Self::Anonymous => AccountId::default(),
            Self::Account { account, .. } | Self::Role { account, .. } => account.clone(),
        }
    }

    /// The unique id by which AWS names a caller: the account for its root, role and session for an
    /// assumed role.
    #[must_use]
    pub fn user_id(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Account { account, .. } => account.to_string(),
            Self::Role { principal_arn, .. } => {
                let mut parts = principal_arn.rsplit('/');
                let (session, role) =
                    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let id = hex::encode_upper(Md5::digest(role.as_bytes()));
                format!("AROA{}:{session}", &id[..17])
            }
        }
    }
}

/// An operation of one of the services, decoded.
#[derive(Debug, Clone)]
pub enum Request {
    /// Simple Storage Service.
    S3(s3::Request),
    /// Simple Queue Service.
    Sqs(sqs::Request),
    /// Lambda.
    Lambda(lambda::Request),
    /// Security Token Service.
    Sts(sts::Request),
}

impl Request {
    /// The typed request for `service` ("s3", "sqs", "lambda" or "sts") and `operation`.
    ///
    /// # Errors
    /// `NotImplemented` names a service, operation or parameter that we do not have.
    pub fn decode(
        service: &str,
        operation: &str,
        input: serde_json::Value,
        payload: Payload,
    ) -> Result<Self, ApiError> {
        match service {
            "s3" => s3::Request::decode(operation, input, payload).map(Self::S3),
            "sqs" => sqs::Request::decode(operation, input, payload).map(Self::Sqs),
            "lambda" => lambda::Request::decode(operation, input, payload).map(Self::Lambda),
            "sts" => sts::Request::decode(operation, input, payload).map(Self::Sts),
            _ => Err(error::operation_not_implemented(service, operation)),
        }
    }

    /// The same with its raw payload, for a request that was decoded before that was there.
    #[must_use]
    pub fn with_payload(self, payload: Payload) -> Self {
        match self {
            Self::S3(request) => Self::S3(request.with_payload(payload)),
            Self::Sqs(request) => Self::Sqs(request.with_payload(payload)),
            Self::Lambda(request) => Self::Lambda(request.with_payload(payload)),
            Self::Sts(request) => Self::Sts(request.with_payload(payload)),
        }
    }

    /// Whether the service has the operation.
    #[must_use]
    pub fn has(service: &str, operation: &str) -> bool {
        let operations = match service {
            "s3" => s3::Request::OPERATIONS,
            "sqs" => sqs::Request::OPERATIONS,
            "lambda" => lambda::Request::OPERATIONS,
            "sts" => sts::Request::OPERATIONS,
            _ => &[],
        };
        operations.contains(&operation)
    }

    /// What it is about, for the trace: `photos/a.jpg`, `orders`, `resize-image`. Empty where it is
    /// about no one thing.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::S3(request) => request.subject(),
            Self::Sqs(request) => request.subject(),
            Self::Lambda(request) => request.subject(),
            Self::Sts(request) => request.subject(),
        }
    }

    /// Whether it only reads. What else it changes follows from the time alone.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        let operation = self.name().split_once(':').map_or("", |(_, operation)| operation);
        ["Get", "Head", "List"].iter().any(|verb| operation.starts_with(verb))
    }

    /// What its service answers where it cannot do it and nobody knows whether it did: 500.
    #[must_use]
    pub fn failure(&self) -> fn() -> ApiError {
        match self {
            Self::S3(_) => || (&error::INTERNAL_ERROR).into(),
            Self::Sqs(_) | Self::Sts(_) => || (&error::INTERNAL_FAILURE).into(),
            Self::Lambda(_) => || error::lambda::SERVICE.with("Type", "Service"),
        }
    }

    /// `s3:PutObject`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::S3(request) => request.name(),
            Self::Sqs(request) => request.name(),
            Self::Lambda(request) => request.name(),
            Self::Sts(request) => request.name(),
        }
    }
}

/// The raw part of a request or of an answer, beside its JSON shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Payload {
    /// There is none.
    #[default]
    None,
    /// Bytes in memory: what a function is invoked with and what it returns.
    Bytes(Bytes),
    /// An upload that already lies in the blob store, written but not yet referenced. Where the call
    /// is refused, whoever drives the World drops it.
    Blob(Blob),
    /// A body that something refers to already and that is referred to once more: code that lies in S3.
    Shared(Content),
    /// Stretches of stored blobs, to be streamed to the client one after the other.
    Stored(Vec<BlobRange>),
}
