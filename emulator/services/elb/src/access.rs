//! Who may do what with Elastic Load Balancing: whoever acts for the account, as far as its own policies let it. Nothing
//! here has a policy that lets other accounts in.

mod permissions;

use kernel::access::{Asking, Permission};
use kernel::error::ApiError;

use crate::{Elb, Request, error as errors};

pub use permissions::{Key, On, When};

/// As whom functions are invoked that are targets.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
pub const PRINCIPAL: &str = "elasticloadbalancing.amazonaws.com";
/// As whom access logs are written.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
pub const LOG_PRINCIPAL: &str = "logdelivery.elasticloadbalancing.amazonaws.com";

/// The accounts of Elastic Load Balancing as which access logs are written in regions that are older than the principal.
const LOG_ACCOUNTS: [(&str, &str); 16] = [
    ("us-east-1", "127311923021"),
    ("us-east-2", "033677994240"),
    ("us-west-1", "027434742980"),
    ("us-west-2", "797873946194"),
    ("ca-central-1", "985666609251"),
    ("sa-east-1", "507241528517"),
    ("eu-central-1", "054676820928"),
    ("eu-west-1", "156460612806"),
    ("eu-west-2", "652711504416"),
    ("eu-west-3", "009996457667"),
    ("eu-north-1", "897822967062"),
    ("ap-south-1", "718504428378"),
    ("ap-southeast-1", "114774131450"),
    ("ap-southeast-2", "783225319266"),
    ("ap-northeast-1", "582318560864"),
    ("ap-northeast-2", "600734575887"),
];

/// The account of a region as which access logs are written; nothing where it is the principal alone.
#[must_use]
pub fn log_account(region: &str) -> Option<&'static str> {
    LOG_ACCOUNTS.iter().find(|(known, _)| *known == region).map(|(_, account)| *account)
}

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
    permission: &Permission<Elb>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    for arn in permission.on.arns(request, origin) {
        let asked = asking.of_owner(permission, (&origin.account, &arn), |conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request));
        });
        asked.map_err(|sentence| errors::ACCESS_DENIED.says(sentence))?;
    }
    Ok(())
}

impl Request {
    /// What it is about, for the trace: a name, or what an ARN says.
    #[must_use]
    pub fn subject(&self) -> String {
        let subject = match self {
            Self::CreateLoadBalancer(it) => it.name.clone(),
            Self::CreateTargetGroup(it) => it.name.clone(),
            _ => match self.resources().as_slice() {
                [one] => crate::arn::label(one).to_owned(),
                _ => String::new(),
            },
        };
        subject.chars().take(120).collect()
    }
}
