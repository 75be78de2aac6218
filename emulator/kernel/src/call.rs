//! Who calls, from where, and the raw parts of calls and answers.

use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};

use crate::checksum::{Checksum, ChecksumAlgorithm};
use crate::content::{Blob, BlobRange, Content};
use crate::names::{AccountId, Region};

/// Names a call while it is under way. Chosen by whoever drives the World, never used twice in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

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
    /// A user of an account, by a key of its own.
    User {
        /// The account.
        account: AccountId,
        /// Its name in the account.
        name: Box<str>,
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
            Self::Account { account, .. }
            | Self::User { account, .. }
            | Self::Role { account, .. } => account.clone(),
        }
    }

    /// The ARN by which AWS names a caller; nothing where nobody is known.
    #[must_use]
    pub fn arn(&self) -> Option<String> {
        match self {
            Self::Anonymous => None,
            Self::Account { account, .. } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { account, name, .. } => Some(format!("arn:aws:iam::{account}:user/{name}")),
            Self::Role { principal_arn, .. } => Some(principal_arn.clone()),
        }
    }

    /// The unique id by which AWS names a caller: the account for its root, `AIDA…` for a user, role and
    /// session for an assumed role.
    #[must_use]
    pub fn user_id(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Account { account, .. } => account.to_string(),
            Self::User { account, name, .. } => {
                let id = hex::encode_upper(Md5::digest(format!("{account}/{name}")));
                format!("AIDA{}", &id[..17])
            }
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

/// The program that calls, as the call's head names it. It may say anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// `User-Agent`
    pub name: Option<Box<str>>,
    /// `Referer`: the page from which the call is made.
    pub referer: Option<Box<str>>,
}

/// Where a call comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The call's name, for an answer that comes later.
    pub call: CallId,
    /// Who calls.
    pub caller: Caller,
    /// What becomes of calls that nobody signed.
    pub signing: Signing,
    /// The account acted for.
    pub account: AccountId,
    /// The region that the call was signed for.
    pub region: Region,
    /// Scheme and authority under which the caller reached us, without a slash at the end.
    pub endpoint: String,
    /// The caller's address.
    pub source_ip: Arc<str>,
    /// The caller's program.
    pub agent: Agent,
    /// `X-Amzn-Trace-Id`, which messages carry on.
    pub trace_header: Option<String>,
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
    /// The same, of a body of which the service has said which checksum it keeps.
    Part {
        /// The body, with that checksum.
        blob: Blob,
        /// The checksum that the client sent along, verified; nothing where it sent none.
        sent: Option<Checksum>,
    },
    /// A body that was made of stored ones, as the service has asked for it, and to which nothing refers
    /// yet.
    Copied {
        /// The body.
        blob: Blob,
        /// The bytes that were copied.
        of: Vec<BlobRange>,
    },
    /// A body that something refers to already and that is referred to once more: code that lies in S3.
    Shared(Content),
    /// Stretches of stored blobs, to be streamed to the client one after the other.
    Stored(Vec<BlobRange>),
    /// Randomness, for an operation that makes secrets: whoever drives the World draws it.
    Random(Randomness),
}

/// Stored bytes that are to be a body of their own before a request is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    /// Which bytes, one stretch behind the other.
    pub of: Vec<BlobRange>,
    /// The checksum that is kept of them.
    pub checksum: ChecksumAlgorithm,
}

/// What secrets are made of. It is kept out of logs by not being printable.
#[derive(Clone, PartialEq, Eq)]
pub struct Randomness(pub [u8; 32]);

impl std::fmt::Debug for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Randomness")
    }
}
