//! Who wants something, and whom a statement means.

use super::document::PolicyError;
use crate::arn::{Parts, RoleArn};
use crate::call::Caller;
use crate::names::AccountId;

/// Who wants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular: the request is not signed.
    Anonymous,
    /// Somebody of an account.
    Aws {
        /// The account.
        account: AccountId,
        /// `arn:aws:iam::account:root`, `arn:aws:iam::account:user/name`, `arn:aws:sts::account:assumed-role/role/session`, …
        arn: String,
        /// The account's canonical user id, where S3 knows it.
        canonical_user: Option<String>,
    },
    /// Another service: `s3.amazonaws.com`.
    Service(String),
}

impl Principal {
    /// The principal that a caller is.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        match caller.arn() {
            None => Self::Anonymous,
            Some(arn) => Self::Aws { account: caller.account(), arn, canonical_user: None },
        }
    }

    /// A session of a role, by the role's ARN: its path is no part of the session's.
    #[must_use]
    pub fn of_role(account: &AccountId, role: &str, session: &str) -> Self {
        let role = role.rsplit('/').next().unwrap_or_default();
        Self::Aws {
            account: account.clone(),
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            canonical_user: None,
        }
    }

    /// As AWS speaks of it in a refusal.
    #[must_use]
    pub fn who(&self) -> String {
        match self {
            Self::Aws { arn, .. } => format!("User: {arn}"),
            Self::Service(service) => service.clone(),
            Self::Anonymous => "User: anonymous".to_owned(),
        }
    }

    /// The account of the principal, where it has one.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Aws { account, .. } => Some(account),
            Self::Anonymous | Self::Service(_) => None,
        }
    }
}

/// How closely a statement names somebody. What an account is given its own policies pass on; what a
/// session is given no other policy holds back.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// By its account.
    Account,
    /// As itself, as the role that it plays, or as everybody.
    Principal,
    /// As this session of a role.
    Session,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Principals {
    pub(super) inverted: bool,
    pub(super) named: Vec<Named>,
}

/// One principal that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// `*` or `{"AWS": "*"}`
    Everyone,
    /// `arn:aws:iam::account:root` or its twelve digits: everybody of the account.
    Account(String),
    /// A user, a role or a session.
    Arn(String),
    /// `{"Service": "s3.amazonaws.com"}`; `*` is any service.
    Service(String),
    /// `{"CanonicalUser": "79a5…"}`
    CanonicalUser(String),
    /// `{"Federated": "…"}`: nobody here signs in through an identity provider.
    Federated(String),
}

impl Principals {
    pub(super) fn matches(&self, principal: &Principal) -> bool {
        self.named.iter().any(|named| named.matches(principal)) != self.inverted
    }

    /// How closely the principal is named; nothing where it is not meant.
    pub(super) fn reach(&self, principal: &Principal) -> Option<Reach> {
        if self.inverted {
            return self.matches(principal).then_some(Reach::Principal);
        }
        let named = self.named.iter().filter(|named| named.matches(principal));
        named.map(|named| named.reach(principal)).max()
    }

    pub(super) fn is_everyone(&self) -> bool {
        self.inverted || self.named.contains(&Named::Everyone)
    }
}

impl Named {
    /// Reads one value of `{"AWS": …}`, `{"Service": …}` and so on.
    pub(super) fn parse(kind: &str, value: &str) -> Result<Self, PolicyError> {
        let invalid = || PolicyError::InvalidPrincipal(format!("\"{kind}\" : \"{value}\""));
        match kind {
            "AWS" if value == "*" => Ok(Self::Everyone),
            "AWS" if AccountId::parse(value).is_some() => Ok(Self::Account(value.into())),
            "AWS" => {
                let parts = Parts::parse_ours(value).filter(|parts| parts.region.is_empty());
                match parts {
                    Some(Parts { service: "iam", account, resource: "root", .. })
                        if AccountId::parse(account).is_some() =>
                    {
                        Ok(Self::Account(account.into()))
                    }
                    // A `*` may stand for everyone, never for a part of a name.
                    Some(Parts { service: "iam" | "sts", account, resource, .. })
                        if !account.is_empty()
                            && !resource.is_empty()
                            && !value.contains(['*', '?']) =>
                    {
                        Ok(Self::Arn(value.into()))
                    }
                    _ => Err(invalid()),
                }
            }
            "Service" if value == "*" || value.contains('.') => Ok(Self::Service(value.into())),
            "CanonicalUser"
                if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                Ok(Self::CanonicalUser(value.to_ascii_lowercase()))
            }
            "Federated" if !value.is_empty() => Ok(Self::Federated(value.into())),
            _ => Err(invalid()),
        }
    }

    fn matches(&self, principal: &Principal) -> bool {
        match (self, principal) {
            (Self::Everyone, _) => true,
            (Self::Account(named), Principal::Aws { account, .. }) => account.as_str() == named,
            (Self::Arn(named), Principal::Aws { arn, .. }) => {
                arn == named || role_of_session(arn).is_some_and(|session| session.is_of(named))
            }
            (Self::Service(named), Principal::Service(service)) => {
                named == "*" || named.eq_ignore_ascii_case(service)
            }
            (Self::CanonicalUser(named), Principal::Aws { canonical_user: Some(user), .. }) => {
                named == user
            }
            _ => false,
        }
    }
}

impl Named {
    /// How closely this names a principal that it matches.
    fn reach(&self, principal: &Principal) -> Reach {
        match (self, principal) {
            // An account's root is the account.
            (Self::Account(_) | Self::CanonicalUser(_), Principal::Aws { arn, .. })
                if !arn.ends_with(":root") =>
            {
                Reach::Account
            }
            (Self::Arn(named), Principal::Aws { arn, .. })
                if named == arn && role_of_session(arn).is_some() =>
            {
                Reach::Session
            }
            _ => Reach::Principal,
        }
    }
}

/// The role that a session plays: its ARN names the role without the role's path.
struct SessionRole<'a> {
    account: &'a str,
    role: &'a str,
}

fn role_of_session(arn: &str) -> Option<SessionRole<'_>> {
    let parts = Parts::parse(arn)?;
    if parts.service != "sts" || !parts.region.is_empty() {
        return None;
    }
    let (role, _session) = parts.resource.strip_prefix("assumed-role/")?.split_once('/')?;
    Some(SessionRole { account: parts.account, role })
}

impl SessionRole<'_> {
    fn is_of(&self, role_arn: &str) -> bool {
        RoleArn::parse(role_arn)
            .is_some_and(|role| role.account.as_str() == self.account && role.name == self.role)
    }
}
