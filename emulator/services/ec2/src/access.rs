//! Who may do what with EC2: whoever acts for the account, as far as its own policies let it. Nothing of EC2 has a
//! policy of its own.

mod permissions;

use kernel::access::{Asking, Permission, Question, Resource, Verdict, evaluate};
use kernel::call::Caller;
use kernel::error::ApiError;
use kernel::policy::Principal;

use crate::{Ec2, Request, error as errors};

pub use permissions::{Key, On, When};

/// Refuses a call that its caller may not make.
pub(crate) fn ask(asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
    for permission in request.permissions() {
        if permission.when.is_some_and(|when| !when.holds(request)) {
            continue;
        }
        ask_for(asking, permission, request)?;
    }
    Ok(())
}

fn ask_for(
    asking: &mut Asking<'_>,
    permission: &Permission<Ec2>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    let owner = origin.account.clone();
    for arn in permission.on.arns(request, origin) {
        let verdict = evaluate(&Question {
            identity: &asking.identity(),
            action: permission.action,
            resource: Resource { owner_only: true, ..Resource::of(&owner, &arn) },
            conditions: &|| {
                let mut conditions = asking.conditions(&owner);
                permission.keys.iter().for_each(|key| key.insert(&mut conditions, request, origin));
                conditions
            },
        });
        let Verdict::Denied(denied) = verdict else { continue };
        // Who does not sign is taken for the default account. HTTP lets nobody through who does not.
        let is_taken_for_owner = origin.caller == Caller::Anonymous && origin.account == owner;
        if is_taken_for_owner || !permission.is_enforced {
            asking.lets_pass(permission.action, &arn, &denied);
            continue;
        }
        let who = Principal::of(&origin.caller).who();
        let sentence = denied.sentence(&who, permission.action, &arn);
        return Err(errors::UNAUTHORIZED_OPERATION
            .says(format!("You are not authorized to perform this operation. {sentence}")));
    }
    Ok(())
}

impl Request {
    /// What it is about, for the trace: the ids that it names.
    #[must_use]
    pub fn subject(&self) -> String {
        self.named().join(" ").chars().take(120).collect()
    }
}
