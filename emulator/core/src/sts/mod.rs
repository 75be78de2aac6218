//! Security Token Service: who a caller is, and temporary credentials of a role.
//!
//! There is no IAM here: every role can be assumed by everybody, in every account, without having been
//! created. What its credentials may do is for the policies of queues and buckets to say, as for any
//! caller of the role's account.

mod assume_role;
mod caller_identity;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use assume_role::{AssumeRoleInput, AssumeRoleOutput, AssumedRoleUser, Credentials};
pub use caller_identity::{GetCallerIdentityInput, GetCallerIdentityOutput};
pub use session::Session;

use crate::context::{Cx, Origin};
use crate::error::ApiError;

operations! { "sts";
    AssumeRole(AssumeRoleInput) -> AssumeRoleOutput;
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

impl Sts {
    /// Handles one call.
    ///
    /// # Errors
    /// What AWS refuses, as AWS refuses it.
    pub fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(match request {
            Request::AssumeRole(input) => {
                Response::AssumeRole(Box::new(self.assume_role(cx, *input)?))
            }
            Request::GetCallerIdentity(_) => {
                Response::GetCallerIdentity(Box::new(caller_identity::of(&origin.caller)))
            }
        })
    }
}
