//! What is decided, and why, as a value.

use std::fmt;

use crate::policy::Found;

/// Whether somebody may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed(Allowed),
    /// No.
    Denied(Denied),
}

impl Verdict {
    /// # Errors
    /// Why not.
    pub fn as_result(self) -> Result<(), Denied> {
        match self {
            Self::Allowed(_) => Ok(()),
            Self::Denied(denied) => Err(denied),
        }
    }
}

/// Why something is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A statement says so.
    Statement(Statement),
    /// The resource's access control list says so.
    Acl,
    /// The identity may do whatever its account may.
    OwnAccount,
    /// The resource lets in everybody who signs.
    ResourceOfEverybody,
    /// No policy takes this from the owner.
    OwnersPolicy,
}

/// Why something is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// A statement forbids it.
    Explicit(Statement),
    /// No policy of this kind allows it.
    Implicit(PolicyKind),
    /// A policy lets everybody in, and Block Public Access keeps all but the owner's account out.
    PublicAccessBlock,
    /// A policy allows it, but it is the owner's account's alone.
    OwnerOnly,
}

impl Denied {
    /// Whether a statement forbids it, and not merely none allows it.
    #[must_use]
    pub const fn is_explicit(&self) -> bool {
        matches!(self, Self::Explicit(_))
    }

    /// What AWS says to `who` ("User: arn:…", or a service's name).
    #[must_use]
    pub fn sentence(&self, who: &str, action: &str, arn: &dyn fmt::Display) -> String {
        let because = self.because(action);
        format!("{who} is not authorized to perform: {action} on resource: {arn} {because}")
    }

    /// In AWS's words, as they stand behind "is not authorized to perform …":
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    #[must_use]
    pub fn because(&self, action: &str) -> String {
        match self {
            Self::Explicit(statement) => {
                let article = if statement.policy == PolicyKind::Identity { "an" } else { "a" };
                format!("with an explicit deny in {article} {} policy", statement.policy)
            }
            Self::Implicit(kind) => format!("because no {kind} policy allows the {action} action"),
            Self::OwnerOnly => Self::Implicit(PolicyKind::Resource).because(action),
            Self::PublicAccessBlock => {
                "because of the RestrictPublicBuckets block public access setting".to_owned()
            }
        }
    }
}

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// The resource's.
    Resource,
    /// The identity's own.
    Identity,
    /// The session's.
    Session,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resource => "resource-based",
            Self::Identity => "identity-based",
            Self::Session => "session",
        })
    }
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whose policy.
    pub policy: PolicyKind,
    /// Its `Sid`, where it has one.
    pub sid: Option<Box<str>>,
    /// Its place in the policy, from 1.
    pub number: usize,
}

impl Statement {
    /// The statement that was found in a policy of this kind.
    pub(super) fn of(policy: PolicyKind, found: Found<'_>) -> Self {
        Self { policy, sid: found.sid.map(Into::into), number: found.number }
    }
}
