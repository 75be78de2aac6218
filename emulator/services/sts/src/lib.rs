//! Security Token Service: who a caller is, and temporary credentials of a role.
//!
//! There is no IAM here: every role can be assumed by everybody, in every account, without having been
//! created. What its credentials may do is for the policies of queues and buckets to say, as for any
//! caller of the role's account.

pub mod access;
mod assume_role;
mod caller_identity;
mod descriptor;
pub mod error;
pub mod limits;
pub mod record;
mod session;

use std::collections::BTreeMap;
use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;

pub use assume_role::{AssumeRoleInput, AssumeRoleOutput, AssumedRoleUser, Credentials};
pub use caller_identity::{GetCallerIdentityInput, GetCallerIdentityOutput};
pub use session::{Session, SessionFault};

kernel::operations! { "sts";
    AssumeRole(AssumeRoleInput, randomness) -> AssumeRoleOutput;
    GetCallerIdentity(GetCallerIdentityInput) -> GetCallerIdentityOutput;
}

impl Request {
    /// What it is about, for the trace: the role.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::AssumeRole(input) => input.role_arn.chars().take(80).collect(),
            Self::GetCallerIdentity(_) => String::new(),
        }
    }
}

/// All sessions of roles.
#[derive(Debug, Clone, Default)]
pub struct Sts {
    /// By their access keys.
    sessions: BTreeMap<String, Session>,
}

kernel::records! {
    /// Temporary credentials of a role.
    Session(record::Session) = 12;
}

impl Record {
    fn session(session: &Session) -> Self {
        Self::Session(Box::new(session.into()))
    }
}

/// The context in which STS handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Sts>;

impl Service for Sts {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Infallible;
    type Announcement = Infallible;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        self.ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        Ok(Some(match request {
            Request::AssumeRole(input) => {
                Response::AssumeRole(Box::new(self.assume_role(cx, *input)?))
            }
            Request::GetCallerIdentity(_) => {
                Response::GetCallerIdentity(Box::new(caller_identity::of(&origin.caller)))
            }
        }))
    }

    fn due_because(&self, due: &Infallible) -> Option<CauseId> {
        match *due {}
    }

    fn due(&mut self, _cx: &mut Cx<'_>, due: Infallible) {
        match due {}
    }

    fn restore(&mut self, _cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Session(session) => {
                let session = Session::from(*session);
                self.sessions.insert(session.access_key_id.clone(), session);
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.sessions.values().map(Record::session)
    }
}
