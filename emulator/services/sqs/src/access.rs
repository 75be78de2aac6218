//! Who may do what with a queue: whose it is, what is asked of a call, and what SQS says where it
//! refuses. What each operation needs is declared in `access/permissions.rs`.

mod permissions;

use std::fmt;

use kernel::access::{
    Asking, Denied, Identity, Permission, Question, Resource, ResourcePolicy, Verdict, evaluate,
};
use kernel::arn::QueueArn;
use kernel::call::{Caller, Signing};
use kernel::error::ApiError;
use kernel::policy::{Conditions, Principal};

use super::queue::Queue;
use super::{Delivery, Request, Sqs, read_url};
use crate::error as errors;

pub use permissions::{Key, On, When};

/// What no policy lets another account do.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html>
pub(super) const OWNER_ACTIONS: &[&str] = &[
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

impl Sqs {
    /// Refuses a call that its caller may not make, or whose queue is not there: the owner's account
    /// may do everything unless the policy forbids it, another one what the policy permits. Who does
    /// not sign may do what the policy permits everybody. Where calls need not be signed, they are
    /// taken for the owner's, since a laptop's tools often do not sign.
    pub(super) fn ask(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        for permission in request.permissions() {
            let is_asked = match (permission.when, request) {
                (None, _) => true,
                (Some(When::WithTags), Request::CreateQueue(input)) => input.tags.is_some(),
                (Some(When::WithDestination), Request::StartMessageMoveTask(input)) => {
                    input.destination_arn.is_some()
                }
                (Some(_), _) => false,
            };
            if is_asked {
                self.ask_for(asking, permission, request)?;
            }
        }
        Ok(())
    }

    fn ask_for(
        &self,
        asking: &mut Asking<'_>,
        permission: &Permission<Self>,
        request: &Request,
    ) -> Result<(), ApiError> {
        let origin = asking.origin;
        let arn = match permission.on {
            On::Account | On::NewQueue => return ask_of_account(asking, permission, request),
            On::Queue => read_url(request.queue_url(), origin)?,
            On::NamedQueue => match request {
                Request::GetQueueUrl(input) => input.arn(origin)?,
                _ => return Ok(()),
            },
            On::Source => self.source_of(request, origin)?,
            On::Destination => match self.destination_of(request, origin)? {
                Some(destination) => destination,
                None => return Ok(()),
            },
        };
        let hide = |refused: ApiError| match permission.on == On::NamedQueue {
            // Strangers do not learn which queues there are.
            true if arn.account != origin.account => errors::QUEUE_DOES_NOT_EXIST
                .says("The specified queue does not exist or you do not have access to it."),
            _ => refused,
        };
        let missing = || hide((&errors::QUEUE_DOES_NOT_EXIST).into());
        let queue = self.queues.get(&arn).ok_or_else(missing)?;
        let identity = asking.identity();
        let verdict = queue.verdict(&identity, permission.action, &|| {
            let mut conditions = asking.conditions(&arn.account);
            permission.keys.iter().for_each(|key| key.insert(&mut conditions, request));
            conditions
        });
        judge(asking, permission, &arn, verdict).map_err(hide)
    }

    /// Whether a queue's policy lets a service do this, or a function by its execution role. The role
    /// of a function of the owner's account needs no permission; a denial holds it off, too.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `AccessDenied`.
    pub fn permits(
        &self,
        arn: &QueueArn,
        action: &str,
        principal: &Principal,
        conditions: &dyn Fn() -> Conditions,
    ) -> Result<(), ApiError> {
        let queue = self.queues.get(arn).ok_or(&errors::QUEUE_DOES_NOT_EXIST)?;
        let verdict = queue.verdict(&Identity::of_principal(principal), action, &|| {
            conditions()
                .with("aws:RequestedRegion", arn.region.as_str())
                .with("aws:ResourceAccount", arn.account.as_str())
        });
        match (verdict, principal) {
            (Verdict::Allowed(_), _) => Ok(()),
            (Verdict::Denied(_), Principal::Service(service)) => {
                Err(errors::ACCESS_DENIED.says(format!(
                    "The policy of {arn} does not let {service} send messages. Add a statement that allows {action} to it."
                )))
            }
            (Verdict::Denied(denied), _) => Err(refusal(principal, "", arn, action, &denied)),
        }
    }

    /// Whether the queue has a policy: without one, only its own account may do anything with it.
    #[must_use]
    pub fn has_policy(&self, arn: &QueueArn) -> bool {
        self.queues.get(arn).is_some_and(|queue| queue.attributes.policy.is_some())
    }

    pub(super) fn authorize_delivery(
        &self,
        arn: &QueueArn,
        delivery: &Delivery,
    ) -> Result<(), ApiError> {
        self.permits(arn, "sqs:SendMessage", &delivery.principal, &|| {
            let mut conditions = Conditions::about(&delivery.principal);
            if let Some(source) = &delivery.source {
                conditions.insert("aws:SourceArn", source.to_string());
            }
            if let Some(account) = &delivery.source_account {
                conditions.insert("aws:SourceAccount", account.as_str());
            }
            conditions
        })
    }
}

impl Queue {
    fn verdict(
        &self,
        identity: &Identity<'_>,
        action: &str,
        conditions: &dyn Fn() -> Conditions,
    ) -> Verdict {
        let policy = self.attributes.policy.as_deref();
        let name = action.strip_prefix("sqs:").unwrap_or(action);
        evaluate(&Question {
            identity,
            action,
            resource: Resource {
                policy: policy.map_or(ResourcePolicy::None, ResourcePolicy::Document),
                owner_only: OWNER_ACTIONS.contains(&name),
                ..Resource::of(&self.arn.account, &self.arn)
            },
            conditions,
        })
    }
}

/// Who signs may have queues of its account's.
fn ask_of_account(
    asking: &mut Asking<'_>,
    permission: &Permission<Sqs>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    let name = match request {
        Request::CreateQueue(input) => input.queue_name.as_deref().unwrap_or_default(),
        _ => "*",
    };
    let arn = format!("arn:aws:sqs:{}:{}:{name}", origin.region, origin.account);
    let (identity, owner) = (asking.identity(), &origin.account);
    let verdict = evaluate(&Question {
        identity: &identity,
        action: permission.action,
        resource: Resource::of(owner, &arn),
        conditions: &|| asking.conditions(owner),
    });
    judge(asking, permission, &arn, verdict)
}

/// What SQS makes of a verdict.
fn judge(
    asking: &mut Asking<'_>,
    permission: &Permission<Sqs>,
    arn: &dyn fmt::Display,
    verdict: Verdict,
) -> Result<(), ApiError> {
    let Verdict::Denied(denied) = verdict else { return Ok(()) };
    let origin = asking.origin;
    let is_taken_for_owner = origin.caller == Caller::Anonymous
        && origin.signing == Signing::Optional
        && !denied.is_explicit();
    if is_taken_for_owner || !permission.is_enforced {
        asking.lets_pass(permission.action, arn, &denied);
        return Ok(());
    }
    let principal = Principal::of(&origin.caller);
    Err(refusal(&principal, &origin.endpoint, arn, permission.action, &denied))
}

/// What AWS says to whom it does not let do something.
fn refusal(
    principal: &Principal,
    endpoint: &str,
    arn: &dyn fmt::Display,
    action: &str,
    denied: &Denied,
) -> ApiError {
    let Principal::Aws { .. } = principal else {
        // Somebody whom AWS does not know.
        return errors::ACCESS_DENIED
            .says(format!("Access to the resource {endpoint}/ is denied."));
    };
    errors::ACCESS_DENIED.says(denied.sentence(&principal.who(), &action.to_ascii_lowercase(), arn))
}
