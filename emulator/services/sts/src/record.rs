//! What is stored of STS, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted.

use std::fmt;

use kernel::names::AccountId;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Temporary credentials of a role.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    account: AccountId,
    principal_arn: String,
    expires: Timestamp,
}

// Secrets are kept out of logs by not being printable.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.access_key_id).finish()
    }
}

impl Session {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        crate::Session::key_of(&self.access_key_id)
    }
}

impl From<&crate::Session> for Session {
    fn from(live: &crate::Session) -> Self {
        Self {
            access_key_id: live.access_key_id.clone(),
            secret_access_key: live.secret_access_key.clone(),
            session_token: live.session_token.clone(),
            account: live.account.clone(),
            principal_arn: live.principal_arn.clone(),
            expires: live.expires,
        }
    }
}

impl From<Session> for crate::Session {
    fn from(stored: Session) -> Self {
        Self {
            access_key_id: stored.access_key_id,
            secret_access_key: stored.secret_access_key,
            session_token: stored.session_token,
            account: stored.account,
            principal_arn: stored.principal_arn,
            expires: stored.expires,
        }
    }
}
