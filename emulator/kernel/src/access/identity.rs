//! Who wants something, and what it may do by itself.

use crate::call::Caller;
use crate::names::AccountId;
use crate::policy::{Policy, Principal};

/// Who wants something.
#[derive(Debug, Clone)]
pub struct Identity<'a> {
    named: Named<'a>,
    /// What its own policies allow.
    pub own: OwnPolicies<'a>,
    /// The policy of its session, which holds it to less than its own policies allow.
    pub session: Option<&'a Policy>,
}

/// What an identity's own policies allow.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnPolicies<'a> {
    /// Whatever its account may do: holders of keys and roles, as long as nobody gives them policies.
    Everything,
    /// Nothing: who does not sign, and services, have none.
    Nothing,
    /// What these documents say.
    Documents(&'a [Policy]),
}

#[derive(Debug, Clone)]
enum Named<'a> {
    Caller(&'a Caller),
    Principal(&'a Principal),
}

impl<'a> Identity<'a> {
    /// Who makes a call.
    #[must_use]
    pub fn of(caller: &'a Caller) -> Self {
        let own = match caller {
            Caller::Anonymous => OwnPolicies::Nothing,
            Caller::Account { .. } | Caller::User { .. } | Caller::Role { .. } => {
                OwnPolicies::Everything
            }
        };
        Self { named: Named::Caller(caller), own, session: None }
    }

    /// Who acts without a call: a service, or a role that a service plays.
    #[must_use]
    pub fn of_principal(principal: &'a Principal) -> Self {
        let own = match principal {
            Principal::Anonymous | Principal::Service(_) => OwnPolicies::Nothing,
            Principal::Aws { .. } => OwnPolicies::Everything,
        };
        Self { named: Named::Principal(principal), own, session: None }
    }

    /// As policies name it.
    #[must_use]
    pub fn principal(&self) -> Principal {
        match self.named {
            Named::Caller(caller) => Principal::of(caller),
            Named::Principal(principal) => principal.clone(),
        }
    }

    /// Its account, where it has one.
    #[must_use]
    pub fn account(&self) -> Option<&'a AccountId> {
        match self.named {
            Named::Caller(
                Caller::Account { account, .. }
                | Caller::User { account, .. }
                | Caller::Role { account, .. },
            ) => Some(account),
            Named::Caller(Caller::Anonymous) => None,
            Named::Principal(principal) => principal.account(),
        }
    }

    /// Whether it is a service.
    #[must_use]
    pub const fn is_service(&self) -> bool {
        matches!(self.named, Named::Principal(Principal::Service(_)))
    }

    /// Whether it is its account itself, and not a user or a role of it.
    #[must_use]
    pub fn is_root(&self) -> bool {
        match self.named {
            Named::Caller(caller) => matches!(caller, Caller::Account { .. }),
            Named::Principal(Principal::Aws { arn, .. }) => arn.ends_with(":root"),
            Named::Principal(_) => false,
        }
    }
}
