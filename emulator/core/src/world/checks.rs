//! What one service asks of another before it accepts a request, and whom a queue lets in.

use std::collections::BTreeMap;

use kernel::access::Who;
use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::policy::{Conditions, Principal};
use lambda::error::{self as refuse, UserError as _};
use s3::S3;
use sqs::{Delivery, Sqs};

use super::Handling;

/// As whom alarms call functions, and send to queues.
pub(super) use cloudwatch::access::{ALARMS_PRINCIPAL, PRINCIPAL as CLOUDWATCH_PRINCIPAL};
/// As whom CloudWatch Logs sends events on.
pub(super) use logs::access::PRINCIPAL as LOGS_PRINCIPAL;
/// As whom S3 delivers notifications.
pub(super) use s3::access::PRINCIPAL as S3_PRINCIPAL;

/// What a mapping does with its queue, by its function's execution role.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
pub(super) const RECEIVE: &str = "sqs:ReceiveMessage";
pub(super) const DELETE: &str = "sqs:DeleteMessage";

/// What a request needs of its function's execution role, as Lambda declares it.
fn needed_of_role(request: &lambda::Request) -> impl Iterator<Item = &'static str> {
    request.permissions().iter().filter(|it| it.by == Who::Role).map(|it| it.action)
}

/// Whether a queue lets a function's execution role do this.
pub(super) fn consume(
    sqs: &Sqs,
    queue: &QueueArn,
    function: &FunctionArn,
    role: Option<Principal>,
    action: &str,
) -> Result<(), ApiError> {
    // The usual case: everything of one account, and nobody forbids anything.
    if queue.account == function.account && !sqs.has_policy(queue) {
        return Ok(());
    }
    let role = role.unwrap_or(Principal::Anonymous);
    sqs.permits(queue, action, &role, &|| of_role(&role))
}

/// What is known of a role that Lambda plays, whatever it does.
fn of_role(role: &Principal) -> Conditions {
    Conditions::about(role).with("aws:SecureTransport", "true")
}

impl Handling<'_> {
    /// Before Lambda accepts a mapping, the queue must be there and let the function's role read it.
    pub(super) fn validate_mapping(
        &self,
        origin: &Origin,
        request: &lambda::Request,
    ) -> Result<(), ApiError> {
        let (queue, name) = match request {
            lambda::Request::CreateEventSourceMapping(input) => {
                (input.queue(), Some(input.function_name()))
            }
            lambda::Request::UpdateEventSourceMapping(input) => (
                self.services.lambda.service.queue_of(input.uuid(), origin).cloned(),
                input.function_name(),
            ),
            _ => return Ok(()),
        };
        // Without a queue or a function, Lambda itself refuses.
        let (Some(queue), Some(name)) = (queue, name) else { return Ok(()) };
        let Some(function) = self.services.lambda.service.function_to_map(name, origin) else {
            return Ok(());
        };
        for action in needed_of_role(request) {
            let role = Some(function.execution_role());
            match consume(&self.services.sqs.service, &queue, &function.arn, role, action) {
                Err(_) if self.services.sqs.service.visible(&queue).is_some() => {
                    return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                        "The function execution role does not have permissions to call {} on SQS",
                        action.trim_start_matches("sqs:")
                    )));
                }
                _ => {}
            }
        }
        let Some(visibility_s) = self.services.sqs.service.visibility_timeout_s(&queue) else {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
            ));
        };
        // A message would come back while its function still runs.
        let timeout_s = function.timeout_s;
        if visibility_s < u64::from(timeout_s) {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Queue visibility timeout: {visibility_s} seconds is less than Function timeout: {timeout_s} seconds"
            )));
        }
        Ok(())
    }

    /// Before Lambda accepts a dead-letter queue, it must let the function's role send.
    pub(super) fn validate_dead_letters(
        &self,
        origin: &Origin,
        request: &lambda::Request,
    ) -> Result<(), ApiError> {
        let Some((queue, role)) = self.services.lambda.service.dead_letters(request, origin) else {
            return Ok(());
        };
        // That it is there, AWS does not ask of one of the same account.
        let own = role.account() == Some(&queue.account);
        if own && !self.services.sqs.service.has_policy(&queue) {
            return Ok(());
        }
        let sqs = &self.services.sqs.service;
        for action in needed_of_role(request) {
            sqs.permits(&queue, action, &role, &|| of_role(&role)).map_err(|_denied| {
                refuse::INVALID_PARAMETER_VALUE.user(format!(
                    "The provided execution role does not have permissions to call {} on SQS",
                    action.trim_start_matches("sqs:")
                ))
            })?;
        }
        Ok(())
    }

    /// A function that is sent events must be there and let CloudWatch Logs in.
    pub(super) fn validate_subscriber(
        &self,
        origin: &Origin,
        input: &logs::PutSubscriptionFilterInput,
    ) -> Result<(), ApiError> {
        let Some((function, group)) = input.subscriber(origin) else { return Ok(()) };
        // That the group is there is asked first.
        if !self.services.logs.service.has_group(&group) {
            return Ok(());
        }
        let source = format!("{}:*", group.arn());
        let lambda = &self.services.lambda.service;
        lambda
            .permits(&function, LOGS_PRINCIPAL, &source, &group.account)
            .map_err(|_| logs::function_refused())
    }

    /// S3 accepts a notification only to destinations that exist and let it in.
    pub(super) fn validate_destinations(
        &self,
        input: &s3::PutBucketNotificationConfigurationInput,
    ) -> Result<(), ApiError> {
        let Some((source, owner)) = self.services.s3.service.source(input) else { return Ok(()) };
        let mut refused = Vec::new();
        for destination in self.services.s3.service.destinations(input) {
            let accepted = match &destination {
                Arn::Queue(queue) => {
                    let delivery = Delivery {
                        body: String::new(),
                        attributes: BTreeMap::new(),
                        principal: Principal::Service(S3_PRINCIPAL.into()),
                        source: Some(source.clone()),
                        source_account: Some(owner.clone()),
                        trace_header: None,
                    };
                    self.services.sqs.service.would_accept(queue, &delivery)
                }
                Arn::Function(function) => {
                    self.services.lambda.service.permits(function, S3_PRINCIPAL, &source, &owner)
                }
                Arn::Bucket(_) => continue,
            };
            if let Err(error) = accepted {
                let is_missing = match &destination {
                    Arn::Queue(queue) => self.services.sqs.service.visible(queue).is_none(),
                    _ => error.code() == "ResourceNotFoundException",
                };
                let why = match is_missing {
                    true => s3::DestinationRefusal::NotFound,
                    false => s3::DestinationRefusal::NotPermitted,
                };
                refused.push((destination, why));
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(S3::destinations_refused(&refused)),
        }
    }
}
