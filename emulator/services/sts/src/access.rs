//! Who may have a role. There is no IAM: every role trusts everybody who signs.

mod permissions;

use kernel::access::{Asking, Question, Resource, ResourcePolicy, Verdict, evaluate};
use kernel::arn::RoleArn;
use kernel::error::ApiError;

use super::{Request, Sts};

pub use permissions::{Key, On, When};

impl Sts {
    /// Asks whether the caller may have the role. Who does not sign passes: HTTP lets nobody through
    /// who does not.
    pub(super) fn ask(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        let Request::AssumeRole(input) = request else { return Ok(()) };
        // What is no role the operation refuses.
        let Some(RoleArn { account: owner, .. }) = RoleArn::parse(&input.role_arn) else {
            return Ok(());
        };
        for permission in request.permissions() {
            let verdict = evaluate(&Question {
                identity: &asking.identity(),
                action: permission.action,
                resource: Resource {
                    policy: ResourcePolicy::AnyAccount,
                    ..Resource::of(&owner, &input.role_arn)
                },
                conditions: &|| {
                    let conditions = asking.conditions(&owner);
                    permission.keys.iter().fold(conditions, |conditions, key| {
                        let value = match key {
                            Key::RoleSessionName => Some(&input.role_session_name),
                            Key::ExternalId => input.external_id.as_ref(),
                        };
                        match value {
                            Some(value) => conditions.with(&key.to_string(), value),
                            None => conditions,
                        }
                    })
                },
            });
            if let Verdict::Denied(denied) = verdict {
                asking.lets_pass(permission.action, &input.role_arn, &denied);
            }
        }
        Ok(())
    }
}
