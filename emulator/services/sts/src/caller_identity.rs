//! Who calls.

use kernel::call::Caller;
use kernel::policy::Principal;
use serde::{Deserialize, Serialize};

/// The caller, as AWS names it.
pub(super) fn of(caller: &Caller) -> GetCallerIdentityOutput {
    let arn = match Principal::of(caller) {
        Principal::Aws { arn, .. } => arn,
        Principal::Anonymous | Principal::Service(_) => String::new(),
    };
    GetCallerIdentityOutput {
        user_id: caller.user_id(),
        account: caller.account().to_string(),
        arn,
    }
}

/// Input of `GetCallerIdentity`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetCallerIdentityInput {}

/// Output of `GetCallerIdentity`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCallerIdentityOutput {
    /// The account for its root, `AROA…:session` for a role.
    pub user_id: String,
    /// The account.
    pub account: String,
    /// The caller.
    pub arn: String,
}
