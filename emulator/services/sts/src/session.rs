//! Roles that were assumed, for as long as their credentials are valid.

use std::fmt;

use super::Sts;
use crate::limits::SESSIONS_MAX;
use crate::{Cx, Kind, Record};
use kernel::call::Caller;
use kernel::names::AccountId;
use kernel::record::Key;
use kernel::time::Timestamp;

/// Temporary credentials of a role.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// `AccessKeyId`
    pub access_key_id: String,
    /// `SecretAccessKey`
    pub secret_access_key: String,
    /// `SessionToken`
    pub session_token: String,
    /// The account of the role.
    pub account: AccountId,
    /// `arn:aws:sts::account:assumed-role/role/session`
    pub principal_arn: String,
    /// `Expiration`
    pub expires: Timestamp,
}

// Secrets are kept out of logs by not being printable.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("access_key_id", &self.access_key_id)
            .field("principal_arn", &self.principal_arn)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Where the record of this access key is kept.
    pub(crate) fn key_of(access_key_id: &str) -> Key {
        Key::named(Kind::Session, access_key_id)
    }

    pub(super) fn caller(&self) -> Caller {
        Caller::Role {
            account: self.account.clone(),
            principal_arn: self.principal_arn.clone(),
            access_key_id: self.access_key_id.clone(),
        }
    }
}

/// Why temporary credentials are good for nothing. Whose words say it depends on what they are used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFault {
    /// Their time is over.
    Expired,
    /// The token is not the one that was given with them.
    WrongToken,
}

impl Sts {
    /// Who calls with this access key, where it is of a session.
    ///
    /// # Errors
    /// The session is over, or the token is not its own.
    pub fn caller(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Caller>, SessionFault> {
        let Some(session) = self.sessions.get(access_key_id) else { return Ok(None) };
        if session_token != Some(&session.session_token) {
            return Err(SessionFault::WrongToken);
        }
        if session.expires <= now {
            return Err(SessionFault::Expired);
        }
        Ok(Some(session.caller()))
    }

    /// The secret that a session signs with.
    #[must_use]
    pub fn secret_of(&self, access_key_id: &str) -> Option<String> {
        Some(self.sessions.get(access_key_id)?.secret_access_key.clone())
    }

    pub(super) fn begin(&mut self, cx: &mut Cx<'_>, session: Session) {
        if self.sessions.len() >= SESSIONS_MAX
            && let Some(first) = self.sessions.values().min_by_key(|session| session.expires)
        {
            let key = first.access_key_id.clone();
            cx.delete(|| Session::key_of(&key));
            self.sessions.remove(&key);
        }
        cx.put(|| Record::session(&session));
        self.sessions.insert(session.access_key_id.clone(), session);
    }
}
