//! Policy documents: parsed once, evaluated for a principal, an action, a resource and conditions.
//!
//! The language is that of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>. A document
//! says only what it says: that an owner may do anything to what he owns where nothing denies it, and
//! what other documents say, is for [`access`](crate::access) to add.
//!
//! ```
//! use cloudless_kernel::policy::{Access, Conditions, Policy, Principal};
//! let policy = Policy::parse(r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
//!     "Resource": "arn:aws:s3:::photos/*"}}"#)?;
//! let access = Access {
//!     principal: &Principal::Anonymous,
//!     action: "s3:GetObject",
//!     resource: "arn:aws:s3:::photos/cat.jpg",
//!     conditions: &Conditions::default(),
//! };
//! assert!(policy.find(&access).is_some_and(|statement| statement.allows));
//! assert!(policy.is_public());
//! # Ok::<(), cloudless_kernel::policy::PolicyError>(())
//! ```

mod condition;
mod document;
mod pattern;
mod principal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use condition::Condition;
use pattern::Pattern;
use principal::Principals;

use crate::call::{Agent, Origin};

pub use document::PolicyError;
pub use principal::{Principal, Reach};

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    statements: Vec<Statement>,
}

impl Policy {
    /// The longest document that any of our services takes, in bytes: a bucket's,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>.
    pub const SIZE_BYTES_MAX: usize = 20 * 1024;

    /// Reads a document.
    ///
    /// # Errors
    /// [`PolicyError`] says in S3's words what is wrong with it; a condition operator that AWS does
    /// not have is named.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        document::parse(text, document::Kind::Resources)
    }

    /// Reads a document that belongs to one resource: its statements need not say what they are
    /// about, and what is no ARN is about nothing.
    ///
    /// # Errors
    /// [`PolicyError`]
    pub fn parse_of_one_resource(text: &str) -> Result<Self, PolicyError> {
        document::parse(text, document::Kind::OneResource)
    }

    /// Reads a document that belongs to an identity: its statements speak of nobody but it.
    ///
    /// # Errors
    /// [`PolicyError`]
    pub fn parse_of_identity(text: &str) -> Result<Self, PolicyError> {
        document::parse(text, document::Kind::Identity)
    }

    /// The statement that decides about an access: the first that denies it, else the first of those
    /// that allow it to the narrowest principal. Nothing where none speaks of it.
    #[must_use]
    pub fn find(&self, access: &Access<'_>) -> Option<Found<'_>> {
        let mut allowing = None;
        for (at, statement) in self.statements.iter().enumerate() {
            if statement.applies(access) {
                let allows = statement.effect == Effect::Allow;
                let reach = statement.principals.reach(access.principal).unwrap_or(Reach::Account);
                let found = Found { allows, reach, sid: statement.sid.as_deref(), number: at + 1 };
                if !allows {
                    return Some(found);
                }
                if allowing.is_none_or(|before: Found<'_>| before.reach < reach) {
                    allowing = Some(found);
                }
            }
        }
        allowing
    }

    /// Whether the document lets everybody in, as Block Public Access means it
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>):
    /// some statement allows all principals, and no condition of it holds them to fixed values.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Allow
                && statement.principals.is_everyone()
                && !statement.conditions.iter().any(Condition::narrows)
        })
    }

    /// The actions that statements name, as written: for a service to refuse those it cannot apply.
    pub fn actions(&self) -> impl Iterator<Item = String> + '_ {
        self.statements
            .iter()
            .flat_map(|statement| statement.actions.patterns.iter())
            .map(Pattern::to_string)
    }

    /// The resources that statements name, as written: for a service to refuse those it does not own.
    pub fn resources(&self) -> impl Iterator<Item = String> + '_ {
        self.statements
            .iter()
            .flat_map(|statement| statement.resources.patterns.iter())
            .map(Pattern::to_string)
    }

    /// Of each statement the actions and the resources that it names, as written; nothing in place of those that
    /// it says by what they are not.
    pub fn scopes(&self) -> impl Iterator<Item = (Option<Vec<String>>, Option<Vec<String>>)> + '_ {
        let named = |names: &Names| {
            let texts = names.patterns.iter().map(Pattern::to_string);
            (!names.inverted).then(|| texts.collect())
        };
        self.statements
            .iter()
            .map(move |statement| (named(&statement.actions), named(&statement.resources)))
    }

    /// Whether a name that a policy writes, with `*` for any text and `?` for any character, means this.
    #[must_use]
    pub fn means(name: &str, text: &str) -> bool {
        Pattern::wildcards(name, false).matches(text, false, &Conditions::default())
    }

    /// How many statements there are.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// How many actions the statement names that names the most.
    #[must_use]
    pub fn action_count_max(&self) -> usize {
        let counts = self.statements.iter().map(|statement| statement.actions.patterns.len());
        counts.max().unwrap_or_default()
    }

    /// How many principals all statements name together.
    #[must_use]
    pub fn principal_count(&self) -> usize {
        self.statements.iter().map(|statement| statement.principals.named.len()).sum()
    }

    /// How many conditions all statements have together.
    #[must_use]
    pub fn condition_count(&self) -> usize {
        self.statements.iter().map(|statement| statement.conditions.len()).sum()
    }
}

/// What is asked of a policy.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Who wants to.
    pub principal: &'a Principal,
    /// Do what: `s3:GetObject`.
    pub action: &'a str,
    /// With what, an ARN.
    pub resource: &'a str,
    /// Under which circumstances.
    pub conditions: &'a Conditions,
}

/// The statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Whether it allows; otherwise it denies.
    pub allows: bool,
    /// How closely it names who asks.
    pub reach: Reach,
    /// Its `Sid`, where it has one.
    pub sid: Option<&'a str>,
    /// Its place in the document, from 1.
    pub number: usize,
}

/// The circumstances of an access: values of condition keys (`aws:SourceArn`, `aws:SourceIp`).
/// Keys are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions(BTreeMap<String, Vec<String>>);

impl Conditions {
    /// What is known of every call: from where, for which region, by whom.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    #[must_use]
    pub fn of(origin: &Origin) -> Self {
        let mut conditions = Self::about(&Principal::of(&origin.caller))
            .with("aws:userid", origin.caller.user_id())
            .with("aws:SourceIp", &*origin.source_ip)
            .with("aws:SecureTransport", origin.endpoint.starts_with("https:").to_string())
            .with("aws:RequestedRegion", origin.region.as_str());
        let Agent { name, referer } = &origin.agent;
        for (key, said) in [("aws:UserAgent", name), ("aws:Referer", referer)] {
            if let Some(said) = said {
                conditions.insert(key, &**said);
            }
        }
        conditions
    }

    /// What is known of somebody, whatever they do.
    #[must_use]
    pub fn about(principal: &Principal) -> Self {
        let (account, arn) = match principal {
            Principal::Aws { account, arn, .. } => (account, arn.clone()),
            Principal::Service(service) => {
                return Self::default()
                    .with("aws:PrincipalIsAWSService", "true")
                    .with("aws:PrincipalServiceName", service.as_str());
            }
            Principal::Anonymous => {
                return Self::default()
                    .with("aws:PrincipalIsAWSService", "false")
                    .with("aws:PrincipalType", "Anonymous");
            }
        };
        // Of a session the key names the role.
        let role = arn.split_once(":assumed-role/").and_then(|(_, it)| it.split('/').next());
        let user = arn.split_once(":user/").and_then(|(_, it)| it.rsplit('/').next());
        let of_user =
            user.map_or_else(Self::default, |name| Self::default().with("aws:username", name));
        let (kind, arn) = match role {
            Some(role) => ("AssumedRole", format!("arn:aws:iam::{account}:role/{role}")),
            None if user.is_some() => ("User", arn),
            None => ("Account", arn),
        };
        of_user
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:PrincipalType", kind)
            .with("aws:PrincipalAccount", account.as_str())
            .with("aws:PrincipalArn", arn)
    }

    /// These circumstances and one value more for `key`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.insert(key, value);
        self
    }

    /// One value more for `key`.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.0.entry(key.to_ascii_lowercase()).or_default().push(value.into());
    }

    /// The values of a key; nothing where it is absent. `key` is in lower case.
    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Statement {
    sid: Option<Box<str>>,
    effect: Effect,
    principals: Principals,
    actions: Names,
    resources: Names,
    conditions: Vec<Condition>,
}

impl Statement {
    fn applies(&self, access: &Access<'_>) -> bool {
        self.actions.matches(access.action, access.conditions)
            && self.principals.matches(access.principal)
            && self.resources.matches(access.resource, access.conditions)
            && self.conditions.iter().all(|condition| condition.holds(access.conditions))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
struct Names {
    /// Whether the element is a `Not…`: it means everything else.
    inverted: bool,
    /// Whether `A` and `a` are the same, as in actions.
    ignore_case: bool,
    patterns: Vec<Pattern>,
}

impl Names {
    fn matches(&self, name: &str, conditions: &Conditions) -> bool {
        let named =
            self.patterns.iter().any(|pattern| pattern.matches(name, self.ignore_case, conditions));
        named != self.inverted
    }
}
