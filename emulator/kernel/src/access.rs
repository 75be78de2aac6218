//! Who may do what. A service declares what each of its operations needs, one row an operation
//! ([`permissions!`](crate::permissions)); [`evaluate`] decides about all of it, in AWS's order:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>.
//! Where an identity is of another account than the resource, both sides must allow; of the same
//! account, either does.
//!
//! A service asks before it acts, in one function of its own, and says in its own words what is
//! refused. Whatever passes here although AWS would refuse it is said in [`Asking::would_refuse`].

mod identity;
mod permission;
#[cfg(test)]
mod tests;
mod verdict;

use std::fmt;

use crate::call::Origin;
use crate::names::AccountId;
use crate::policy::{Access, Conditions, Found, Policy, Principal, Reach};
use crate::time::Timestamp;

pub use identity::{Identity, OwnPolicies};
pub use permission::{Permission, Row, Vocabulary, Who, table};
pub use verdict::{Allowed, Denied, PolicyKind, Statement, Verdict};

/// How long the text may be that says what AWS would refuse, in bytes: it is kept with the trace.
pub const WOULD_REFUSE_BYTES_MAX: usize = 512;

/// What is asked before something is done.
pub struct Question<'a> {
    /// Who wants to.
    pub identity: &'a Identity<'a>,
    /// Do what: `s3:GetObject`.
    pub action: &'a str,
    /// With what.
    pub resource: Resource<'a>,
    /// Under which circumstances. Asked where a policy is.
    pub conditions: &'a dyn Fn() -> Conditions,
}

/// What a resource says about who may use it.
pub struct Resource<'a> {
    /// Its ARN. Asked where a policy is.
    pub arn: &'a dyn fmt::Display,
    /// The account whose it is.
    pub owner: &'a AccountId,
    /// Its own policy.
    pub policy: ResourcePolicy<'a>,
    /// `RestrictPublicBuckets`: a policy that lets the public in lets in the owner's account alone.
    pub restricts_public: bool,
    /// Whether this action is the owner's account's alone, whatever the policy allows.
    pub owner_only: bool,
    /// Whether no policy takes this action from the owner's account itself: its root can always
    /// change a bucket's policy that locks everybody out.
    pub keeps_owner: bool,
    /// How the service names accounts besides by their numbers (S3's canonical user ids).
    pub canonical_user: Option<fn(&AccountId) -> String>,
}

impl<'a> Resource<'a> {
    /// One that has no policy of its own: its owner's account decides.
    #[must_use]
    pub fn of(owner: &'a AccountId, arn: &'a dyn fmt::Display) -> Self {
        Self {
            arn,
            owner,
            policy: ResourcePolicy::None,
            restricts_public: false,
            owner_only: false,
            keeps_owner: false,
            canonical_user: None,
        }
    }
}

/// The policy that belongs to a resource.
#[derive(Debug, Clone, Copy)]
pub enum ResourcePolicy<'a> {
    /// There is none: it says nothing.
    None,
    /// A document.
    Document(&'a Policy),
    /// Everybody who signs is let in: a role, as long as nobody can say whom it trusts.
    AnyAccount,
}

/// Decides whether somebody may do something, and why.
#[must_use]
pub fn evaluate(question: &Question<'_>) -> Verdict {
    let Question { identity, resource, .. } = question;
    let has_documents = matches!(resource.policy, ResourcePolicy::Document(_))
        || matches!(identity.own, OwnPolicies::Documents(_))
        || identity.session.is_some();
    if has_documents {
        return by_documents(question);
    }
    let resource_allows = match resource.policy {
        ResourcePolicy::AnyAccount if identity.account().is_some() => {
            Some(Allowed::ResourceOfEverybody)
        }
        _ => None,
    };
    let own_allows = (identity.own == OwnPolicies::Everything).then_some(Allowed::OwnAccount);
    let sides =
        Sides { resource: resource_allows.map(|it| (it, Reach::Principal)), own: own_allows };
    sides.decide(question)
}

/// What both sides say, a denial being none of them.
struct Sides {
    resource: Option<(Allowed, Reach)>,
    /// The identity's own policies and its session's.
    own: Option<Allowed>,
}

fn by_documents(question: &Question<'_>) -> Verdict {
    let Question { identity, action, resource, conditions } = question;
    let mut principal = identity.principal();
    if let (Some(named), Principal::Aws { account, canonical_user, .. }) =
        (resource.canonical_user, &mut principal)
    {
        *canonical_user = Some(named(account));
    }
    let (arn, conditions) = (resource.arn.to_string(), conditions());
    let access = Access { principal: &principal, action, resource: &arn, conditions: &conditions };
    let statement = |policy: PolicyKind, found: Found<'_>| Statement {
        policy,
        sid: found.sid.map(Into::into),
        number: found.number,
    };

    let of_resource = match resource.policy {
        ResourcePolicy::Document(policy) => policy.find(&access),
        ResourcePolicy::None | ResourcePolicy::AnyAccount => None,
    };
    let of_session = identity.session.and_then(|policy| policy.find(&access));
    let of_identity = match identity.own {
        OwnPolicies::Documents(policies) => {
            let mut found = policies.iter().filter_map(|policy| policy.find(&access));
            let first = found.next();
            first.map(|first| found.fold(first, |kept, next| if next.allows { kept } else { next }))
        }
        OwnPolicies::Everything | OwnPolicies::Nothing => None,
    };

    let all = [
        (PolicyKind::Resource, of_resource),
        (PolicyKind::Session, of_session),
        (PolicyKind::Identity, of_identity),
    ];
    for (kind, found) in all {
        if let Some(found) = found.filter(|found| !found.allows) {
            let is_owner = identity.is_root() && identity.account() == Some(resource.owner);
            return match kind == PolicyKind::Resource && resource.keeps_owner && is_owner {
                true => Verdict::Allowed(Allowed::OwnersPolicy),
                false => Verdict::Denied(Denied::Explicit(statement(kind, found))),
            };
        }
    }

    let own = match identity.own {
        OwnPolicies::Everything => Some(Allowed::OwnAccount),
        OwnPolicies::Nothing => None,
        OwnPolicies::Documents(_) => {
            of_identity.map(|found| Allowed::Statement(statement(PolicyKind::Identity, found)))
        }
    };
    let session_allows = identity.session.is_none() || of_session.is_some();
    let resource_allows = match resource.policy {
        ResourcePolicy::AnyAccount if identity.account().is_some() => {
            Some((Allowed::ResourceOfEverybody, Reach::Principal))
        }
        _ => of_resource
            .map(|found| (Allowed::Statement(statement(PolicyKind::Resource, found)), found.reach)),
    };
    // A session's policy holds back all but what is given to the session itself.
    let sides = Sides {
        resource: resource_allows.filter(|(_, reach)| session_allows || *reach == Reach::Session),
        own: own.filter(|_| session_allows),
    };
    match sides.decide(question) {
        Verdict::Denied(Denied::Implicit(_)) if !session_allows => {
            Verdict::Denied(Denied::Implicit(PolicyKind::Session))
        }
        verdict => verdict,
    }
}

impl Sides {
    /// The rest of AWS's order, where nothing denies.
    fn decide(self, question: &Question<'_>) -> Verdict {
        let Question { identity, resource, .. } = question;
        let is_own = identity.account() == Some(resource.owner);
        if let Some((allowed, reach)) = self.resource {
            let is_public = matches!(resource.policy,
                ResourcePolicy::Document(policy) if resource.restricts_public && policy.is_public());
            match (is_own, identity.account()) {
                (false, _) if is_public => return Verdict::Denied(Denied::PublicAccessBlock),
                (false, _) if resource.owner_only => return Verdict::Denied(Denied::OwnerOnly),
                // Neither services nor strangers have policies of their own.
                (false, None) => return Verdict::Allowed(allowed),
                (false, Some(_)) if self.own.is_some() => return Verdict::Allowed(allowed),
                (false, Some(_)) => {
                    return Verdict::Denied(Denied::Implicit(PolicyKind::Identity));
                }
                // What its own account is given, an identity's policies pass on.
                (true, _) if reach > Reach::Account => return Verdict::Allowed(allowed),
                (true, _) => {}
            }
        }
        match self.own {
            Some(allowed) if is_own => Verdict::Allowed(allowed),
            None if is_own => Verdict::Denied(Denied::Implicit(PolicyKind::Identity)),
            _ => Verdict::Denied(Denied::Implicit(PolicyKind::Resource)),
        }
    }
}

/// One call while it is asked about: who makes it and when, and what AWS would say.
#[derive(Debug)]
pub struct Asking<'a> {
    /// Who calls, from where.
    pub origin: &'a Origin,
    /// The moment.
    pub now: Timestamp,
    would_refuse: Option<String>,
}

impl<'a> Asking<'a> {
    /// About a call that is made now.
    #[must_use]
    pub const fn new(origin: &'a Origin, now: Timestamp) -> Self {
        Self { origin, now, would_refuse: None }
    }

    /// Who calls.
    #[must_use]
    pub fn identity(&self) -> Identity<'a> {
        Identity::of(&self.origin.caller)
    }

    /// What is known of the call itself, whatever it asks, and of the resource's owner.
    #[must_use]
    pub fn conditions(&self, owner: &AccountId) -> Conditions {
        Conditions::of(self.origin)
            .with("aws:CurrentTime", self.now.iso8601_ms())
            .with("aws:EpochTime", self.now.as_s().to_string())
            .with("aws:ResourceAccount", owner.as_str())
    }

    /// What AWS would not let pass, that passes here. The first is kept: AWS stops there.
    pub fn lets_pass(&mut self, action: &str, arn: &dyn fmt::Display, denied: &Denied) {
        if self.would_refuse.is_none() {
            let mut text = denied.sentence(&self.identity().principal().who(), action, arn);
            let end = text.floor_char_boundary(WOULD_REFUSE_BYTES_MAX);
            text.truncate(end);
            self.would_refuse = Some(text);
        }
    }

    /// What AWS would have refused, and why, where something passed.
    #[must_use]
    pub fn would_refuse(self) -> Option<String> {
        self.would_refuse
    }
}
