//! Who may do what with EC2 Auto Scaling: whoever acts for the account of a group, as far as its own policies let it.

mod permissions;

use kernel::access::{Asking, Permission};
use kernel::error::ApiError;

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
    for arn in permission.on.arns(service, request, origin) {
        let asked = asking.of_owner(permission, (&origin.account, &arn), |_| {});
        asked.map_err(|sentence| errors::ACCESS_DENIED.says(sentence))?;
    }
    Ok(())
}
