//! Grants of access control lists, and whose an object is.

mod effect;

use kernel::call::Caller;
use kernel::names::AccountId;
use kernel::policy::{Principal, Reach};
use serde::{Deserialize, Serialize};

use super::canonical_user::canonical_user_id;

pub(crate) use effect::{is_of_object, lets};

/// Who somebody is who did not sign, as an owner.
pub(crate) const ANONYMOUS: &str = "65a011a29cdf8ec533ec3d1ccaae921c";

/// As whom S3 delivers logs.
pub(crate) const LOGGING: &str = "logging.s3.amazonaws.com";

/// The canonical user id of the account that delivers logs.
pub(crate) const LOG_SERVICE: &str =
    "3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61";

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// What.
    pub permission: AclPermission,
}

/// To whom something is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// An account, by its canonical user id.
    CanonicalUser(Box<str>),
    /// Many at once.
    Group(Group),
}

/// Many grantees at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// Everybody, also who does not sign.
    AllUsers,
    /// Everybody who signs.
    AuthenticatedUsers,
    /// S3, when it delivers logs.
    LogDelivery,
}

/// What is granted. On an object `WRITE` has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AclPermission {
    /// Everything.
    FullControl,
    /// To put and to delete objects.
    Write,
    /// To change the list.
    WriteAcp,
    /// To list a bucket, to read an object.
    Read,
    /// To read the list.
    ReadAcp,
}

/// Whose an object is, where it is not the bucket owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Writer {
    Account(AccountId),
    Anonymous,
    /// What delivers logs.
    LogService,
}

/// Whose an object is, and who may do what with it. Most are the bucket owner's alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ObjectAcl {
    /// Its owner; nothing where that is the bucket's.
    pub(crate) owner: Option<Writer>,
    /// Nothing where its owner has full control and nobody else anything.
    pub(crate) grants: Option<Vec<Grant>>,
}

impl Group {
    const ALL: [Self; 3] = [Self::AllUsers, Self::AuthenticatedUsers, Self::LogDelivery];

    pub(crate) const fn uri(self) -> &'static str {
        match self {
            Self::AllUsers => "http://acs.amazonaws.com/groups/global/AllUsers",
            Self::AuthenticatedUsers => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            Self::LogDelivery => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        }
    }

    pub(crate) fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.uri() == uri)
    }

    /// Whether Block Public Access takes it for the public.
    const fn is_public(self) -> bool {
        matches!(self, Self::AllUsers | Self::AuthenticatedUsers)
    }
}

impl AclPermission {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "FULL_CONTROL" => Self::FullControl,
            "WRITE" => Self::Write,
            "WRITE_ACP" => Self::WriteAcp,
            "READ" => Self::Read,
            "READ_ACP" => Self::ReadAcp,
            _ => return None,
        })
    }
}

impl Grant {
    pub(crate) fn full_control(canonical_user_id: impl Into<Box<str>>) -> Self {
        Self {
            grantee: Grantee::CanonicalUser(canonical_user_id.into()),
            permission: AclPermission::FullControl,
        }
    }

    /// Whether it lets the public in.
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.grantee, Grantee::Group(group) if group.is_public())
    }

    /// How closely it names somebody; nothing where somebody else is meant.
    fn reach(&self, principal: &Principal) -> Option<Reach> {
        match (&self.grantee, principal) {
            (Grantee::Group(Group::AllUsers), Principal::Anonymous | Principal::Aws { .. })
            | (Grantee::Group(Group::AuthenticatedUsers), Principal::Aws { .. }) => {
                Some(Reach::Principal)
            }
            (Grantee::Group(Group::LogDelivery), Principal::Service(service)) => {
                (service == LOGGING).then_some(Reach::Principal)
            }
            (Grantee::CanonicalUser(id), Principal::Aws { account, .. }) => {
                (**id == *canonical_user_id(account)).then_some(Reach::Account)
            }
            (Grantee::CanonicalUser(id), Principal::Anonymous) => {
                (&**id == ANONYMOUS).then_some(Reach::Principal)
            }
            _ => None,
        }
    }
}

impl Writer {
    /// Who puts an object into a bucket of `owner`'s; nothing where that is the owner.
    pub(crate) fn of(caller: &Caller, owner: &AccountId) -> Option<Self> {
        match caller {
            Caller::Anonymous => Some(Self::Anonymous),
            Caller::Account { account, .. }
            | Caller::User { account, .. }
            | Caller::Role { account, .. } => {
                (account != owner).then(|| Self::Account(account.clone()))
            }
        }
    }

    pub(crate) fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Anonymous | Self::LogService => None,
        }
    }

    pub(crate) fn canonical_user_id(&self) -> String {
        match self {
            Self::Account(account) => canonical_user_id(account),
            Self::Anonymous => ANONYMOUS.to_owned(),
            Self::LogService => LOG_SERVICE.to_owned(),
        }
    }
}

/// What a request's head says of a list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AskedAcl<'a> {
    /// `x-amz-acl`
    pub(crate) canned: Option<&'a str>,
    /// `x-amz-grant-read`
    pub(crate) read: Option<&'a str>,
    /// `x-amz-grant-write`
    pub(crate) write: Option<&'a str>,
    /// `x-amz-grant-read-acp`
    pub(crate) read_acp: Option<&'a str>,
    /// `x-amz-grant-write-acp`
    pub(crate) write_acp: Option<&'a str>,
    /// `x-amz-grant-full-control`
    pub(crate) full_control: Option<&'a str>,
}

impl AskedAcl<'_> {
    /// In the order in which S3 lists them.
    pub(crate) const fn headers(&self) -> [(&'static str, AclPermission, Option<&str>); 5] {
        [
            ("x-amz-grant-read", AclPermission::Read, self.read),
            ("x-amz-grant-write", AclPermission::Write, self.write),
            ("x-amz-grant-read-acp", AclPermission::ReadAcp, self.read_acp),
            ("x-amz-grant-write-acp", AclPermission::WriteAcp, self.write_acp),
            ("x-amz-grant-full-control", AclPermission::FullControl, self.full_control),
        ]
    }

    pub(crate) fn has_grants(&self) -> bool {
        self.headers().iter().any(|(_, _, value)| value.is_some())
    }

    /// Whether anything is said.
    pub(crate) fn is_given(&self) -> bool {
        self.canned.is_some() || self.has_grants()
    }
}
