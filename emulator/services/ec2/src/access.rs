//! Who may do what with EC2: whoever acts for the account, as far as its own policies let it. Nothing of EC2 has a
//! policy of its own.

mod permissions;

use kernel::access::{Asking, Permission};
use kernel::error::ApiError;

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
    for arn in permission.on.arns(request, origin) {
        let asked = asking.of_owner(permission, (&origin.account, &arn), |conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request, origin));
        });
        asked.map_err(|sentence| {
            errors::UNAUTHORIZED_OPERATION
                .says(format!("You are not authorized to perform this operation. {sentence}"))
        })?;
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
