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

use crate::call::{Caller, Origin};
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
    /// The account whose it is; nothing where it is nobody's.
    pub owner: Option<&'a AccountId>,
    /// Its own policy.
    pub policy: ResourcePolicy<'a>,
    /// Whether the policy is that of somebody else's thing that this one is in (a bucket's, for another
    /// account's object): it can deny, and allows nothing.
    pub policy_only_denies: bool,
    /// How closely its access control list names who asks, where that allows the action. It can only
    /// allow.
    pub acl: Option<Reach>,
    /// `RestrictPublicBuckets`: a policy that lets the public in lets in the owner's account and services
    /// alone.
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
            owner: Some(owner),
            policy: ResourcePolicy::None,
            policy_only_denies: false,
            acl: None,
            restricts_public: false,
            owner_only: false,
            keeps_owner: false,
            canonical_user: None,
        }
    }
}

impl Resource<'_> {
    /// Whether it belongs to the identity's account.
    fn is_of(&self, identity: &Identity<'_>) -> bool {
        self.owner.is_some_and(|owner| identity.account() == Some(owner))
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
    // Names and circumstances are put into words for documents alone.
    let findings = if has_documents { Findings::of(question) } else { Findings::default() };
    if let Some(verdict) = findings.denial(question) {
        return verdict;
    }
    let session_allows = identity.session.is_none() || findings.session.is_some();
    match findings.sides(question, session_allows).decide(question) {
        Verdict::Denied(Denied::Implicit(_)) if !session_allows => {
            Verdict::Denied(Denied::Implicit(PolicyKind::Session))
        }
        verdict => verdict,
    }
}

/// The statements that decide, of each kind of policy.
#[derive(Default)]
struct Findings<'a> {
    resource: Option<Found<'a>>,
    session: Option<Found<'a>>,
    identity: Option<Found<'a>>,
}

impl<'a> Findings<'a> {
    fn of(question: &Question<'a>) -> Self {
        let Question { identity, action, resource, conditions } = question;
        let mut principal = identity.principal();
        if let (Some(named), Principal::Aws { account, canonical_user, .. }) =
            (resource.canonical_user, &mut principal)
        {
            *canonical_user = Some(named(account));
        }
        let (arn, conditions) = (resource.arn.to_string(), conditions());
        let access =
            Access { principal: &principal, action, resource: &arn, conditions: &conditions };
        let own = match identity.own {
            OwnPolicies::Documents(policies) => policies,
            OwnPolicies::Everything | OwnPolicies::Nothing => &[],
        };
        Self {
            resource: match resource.policy {
                ResourcePolicy::Document(policy) => policy.find(&access),
                ResourcePolicy::None | ResourcePolicy::AnyAccount => None,
            },
            session: identity.session.and_then(|policy| policy.find(&access)),
            identity: own
                .iter()
                .filter_map(|policy| policy.find(&access))
                .reduce(|kept, next| if kept.allows && !next.allows { next } else { kept }),
        }
    }

    /// The verdict, where a statement of any policy denies.
    fn denial(&self, question: &Question<'_>) -> Option<Verdict> {
        let Question { identity, resource, .. } = question;
        let (kind, found) = [
            (PolicyKind::Resource, self.resource),
            (PolicyKind::Session, self.session),
            (PolicyKind::Identity, self.identity),
        ]
        .into_iter()
        .find_map(|(kind, found)| Some((kind, found.filter(|found| !found.allows)?)))?;
        let is_owner = identity.is_root() && resource.is_of(identity);
        Some(match kind == PolicyKind::Resource && resource.keeps_owner && is_owner {
            true => Verdict::Allowed(Allowed::OwnersPolicy),
            false => Verdict::Denied(Denied::Explicit(Statement::of(kind, found))),
        })
    }

    /// What both sides allow. A session's policy holds back all but what is given to the session itself.
    fn sides(self, question: &Question<'_>, session_allows: bool) -> Sides {
        let Question { identity, resource, .. } = question;
        let policy = match (resource.policy, self.resource) {
            _ if resource.policy_only_denies => None,
            (ResourcePolicy::AnyAccount, _) if identity.account().is_some() => {
                Some((Allowed::ResourceOfEverybody, Reach::Principal))
            }
            (_, found) => found.map(|found| {
                (Allowed::Statement(Statement::of(PolicyKind::Resource, found)), found.reach)
            }),
        };
        let own = match identity.own {
            OwnPolicies::Everything => Some(Allowed::OwnAccount),
            OwnPolicies::Nothing => None,
            OwnPolicies::Documents(_) => self
                .identity
                .map(|found| Allowed::Statement(Statement::of(PolicyKind::Identity, found))),
        };
        let acl = resource.acl.map(|reach| (Allowed::Acl, reach));
        let resource = [policy, acl].into_iter().flatten().max_by_key(|(_, reach)| *reach);
        Sides {
            resource: resource.filter(|(_, reach)| session_allows || *reach == Reach::Session),
            own: own.filter(|_| session_allows),
        }
    }
}

/// What the resource allows, and what the identity's own policies do, where nothing denies.
struct Sides {
    resource: Option<(Allowed, Reach)>,
    own: Option<Allowed>,
}

impl Sides {
    fn decide(self, question: &Question<'_>) -> Verdict {
        let Question { identity, resource, .. } = question;
        let is_own = resource.is_of(identity);
        let Some((allowed, reach)) = self.resource else {
            return match self.own {
                Some(allowed) if is_own => Verdict::Allowed(allowed),
                None if is_own => Verdict::Denied(Denied::Implicit(PolicyKind::Identity)),
                _ => Verdict::Denied(Denied::Implicit(PolicyKind::Resource)),
            };
        };
        if is_own {
            // What its account is given, an identity's policies pass on.
            return match self.own {
                _ if reach > Reach::Account => Verdict::Allowed(allowed),
                Some(allowed) => Verdict::Allowed(allowed),
                None => Verdict::Denied(Denied::Implicit(PolicyKind::Identity)),
            };
        }
        let is_public = matches!(resource.policy,
            ResourcePolicy::Document(policy) if resource.restricts_public && policy.is_public());
        match identity.account() {
            _ if is_public && !identity.is_service() => Verdict::Denied(Denied::PublicAccessBlock),
            _ if resource.owner_only => Verdict::Denied(Denied::OwnerOnly),
            // Neither services nor strangers have policies of their own.
            None => Verdict::Allowed(allowed),
            Some(_) if self.own.is_some() => Verdict::Allowed(allowed),
            Some(_) => Verdict::Denied(Denied::Implicit(PolicyKind::Identity)),
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
    /// Whether nothing but an access control list has let something pass.
    pub needed_acl: bool,
    would_refuse: Option<String>,
}

impl<'a> Asking<'a> {
    /// About a call that is made now.
    #[must_use]
    pub const fn new(origin: &'a Origin, now: Timestamp) -> Self {
        Self { origin, now, needed_acl: false, would_refuse: None }
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

    /// Asks whether the caller may do something with what has no policy of its own: its owner's account alone lets
    /// anybody do it. What passes although AWS would refuse it is said. `more` is what conditions of policies can
    /// ask beside what is known of every call.
    ///
    /// # Errors
    /// Who may not do what, in AWS's sentence.
    pub fn of_owner<V: Vocabulary>(
        &mut self,
        permission: &Permission<V>,
        (owner, arn): (&AccountId, &str),
        more: impl Fn(&mut Conditions),
    ) -> Result<(), String> {
        let origin = self.origin;
        let verdict = evaluate(&Question {
            identity: &self.identity(),
            action: permission.action,
            resource: Resource { owner_only: true, ..Resource::of(owner, &arn) },
            conditions: &|| {
                let mut conditions = self.conditions(owner);
                more(&mut conditions);
                conditions
            },
        });
        let Verdict::Denied(denied) = verdict else { return Ok(()) };
        // Who does not sign is taken for the default account. HTTP lets nobody through who does not.
        let is_taken_for_owner = origin.caller == Caller::Anonymous && origin.account == *owner;
        if is_taken_for_owner || !permission.is_enforced {
            self.lets_pass(permission.action, &arn, &denied);
            return Ok(());
        }
        let who = self.identity().principal().who();
        Err(denied.sentence(&who, permission.action, &arn))
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
