//! What each operation of STS needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;

use crate::{Request, Sts};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The role of `RoleArn`.
    Role,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role => f.write_str("the role"),
        }
    }
}

/// Of which calls something is asked: of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {}

impl fmt::Display for When {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// A condition key of STS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// How the session is to be called.
    RoleSessionName,
    /// What the role's owner and its user have agreed on.
    ExternalId,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleSessionName => "sts:RoleSessionName",
            Self::ExternalId => "sts:ExternalId",
        })
    }
}

impl Vocabulary for Sts {
    type On = On;
    type When = When;
    type Key = Key;
}

const SESSION: &[Key] = &[Key::RoleSessionName, Key::ExternalId];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
kernel::permissions! { Sts;
    AssumeRole: {
        "sts:AssumeRole" on Role with SESSION;
    }
    // <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>: not even an
    // explicit deny forbids it.
    GetCallerIdentity: {
    }
}
