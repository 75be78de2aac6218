//! Who may do what with EC2 Auto Scaling: whoever acts for the account of a group, as far as its own policies let it.

mod permissions;

use kernel::access::{Asking, Permission, Question, Resource, Verdict, evaluate};
use kernel::call::Caller;
use kernel::error::ApiError;
use kernel::policy::Principal;

use crate::{AutoScaling, Request, error as errors};

pub use permissions::{Key, On, When};

/// Refuses a call that its caller may not make.
pub(crate) fn ask(
    service: &AutoScaling,
    asking: &mut Asking<'_>,
    request: &Request,
) -> Result<(), ApiError> {
    for permission in request.permissions() {
        ask_for(service, asking, permission, request)?;
    }
    Ok(())
}

fn ask_for(
    service: &AutoScaling,
    asking: &mut Asking<'_>,
    permission: &Permission<AutoScaling>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    let owner = origin.account.clone();
    for arn in permission.on.arns(service, request, origin) {
        let verdict = evaluate(&Question {
            identity: &asking.identity(),
            action: permission.action,
            resource: Resource { owner_only: true, ..Resource::of(&owner, &arn) },
            conditions: &|| asking.conditions(&owner),
        });
        let Verdict::Denied(denied) = verdict else { continue };
        // Who does not sign is taken for the default account. HTTP lets nobody through who does not.
        let is_taken_for_owner = origin.caller == Caller::Anonymous && origin.account == owner;
        if is_taken_for_owner || !permission.is_enforced {
            asking.lets_pass(permission.action, &arn, &denied);
            continue;
        }
        let who = Principal::of(&origin.caller).who();
        return Err(errors::ACCESS_DENIED.says(denied.sentence(&who, permission.action, &arn)));
    }
    Ok(())
}
