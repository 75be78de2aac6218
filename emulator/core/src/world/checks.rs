//! What one service asks of another before it accepts a request, and whom a queue lets in.

use std::collections::BTreeMap;

use super::Handling;
use crate::arn::{Arn, FunctionArn, QueueArn};
use crate::context::{Cx, Origin};
use crate::error::{ApiError, lambda as refuse};
use crate::policy::{Conditions, Principal};
use crate::s3::S3;
use crate::sqs::{Delivery, Sqs};
use crate::{lambda, s3};

/// What a mapping does with its queue, by its function's execution role.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
pub(super) const RECEIVE: &str = "sqs:ReceiveMessage";
pub(super) const DELETE: &str = "sqs:DeleteMessage";
pub(super) const CONSUMING: [&str; 3] = [RECEIVE, DELETE, "sqs:GetQueueAttributes"];

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
    let conditions = Conditions::about(&role).with("aws:SecureTransport", "true");
    sqs.permits(queue, action, &role, conditions)
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
            lambda::Request::UpdateEventSourceMapping(input) => {
                (self.lambda.queue_of(input.uuid(), origin).cloned(), input.function_name())
            }
            _ => return Ok(()),
        };
        // Without a queue or a function, Lambda itself refuses.
        let (Some(queue), Some(name)) = (queue, name) else { return Ok(()) };
        let Some(function) = self.lambda.function_to_map(name, origin) else { return Ok(()) };
        for action in CONSUMING {
            let role = Some(function.execution_role());
            match consume(self.sqs, &queue, &function.arn, role, action) {
                Err(_) if self.sqs.visible(&queue).is_some() => {
                    return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                        "The function execution role does not have permissions to call {} on SQS",
                        action.trim_start_matches("sqs:")
                    )));
                }
                _ => {}
            }
        }
        let Some(visibility_s) = self.sqs.visibility_timeout_s(&queue) else {
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
        let Some((queue, role)) = self.lambda.dead_letters(request, origin) else { return Ok(()) };
        // That it is there, AWS does not ask of one of the same account.
        let own = role.account() == Some(&queue.account);
        if own && !self.sqs.has_policy(&queue) {
            return Ok(());
        }
        let conditions = Conditions::about(&role).with("aws:SecureTransport", "true");
        self.sqs.permits(&queue, "sqs:SendMessage", &role, conditions).map_err(|_denied| {
            refuse::INVALID_PARAMETER_VALUE.user(
                "The provided execution role does not have permissions to call SendMessage on SQS",
            )
        })
    }

    /// S3 accepts a notification only to destinations that exist and let it in.
    pub(super) fn validate_destinations(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &s3::PutBucketNotificationConfigurationInput,
    ) -> Result<(), ApiError> {
        let Some((source, owner)) = self.s3.source(input) else { return Ok(()) };
        let mut refused = Vec::new();
        for destination in self.s3.destinations(origin, input) {
            let accepted = match &destination {
                Arn::Queue(queue) => {
                    let delivery = Delivery {
                        body: String::new(),
                        attributes: BTreeMap::new(),
                        principal: Principal::Service("s3.amazonaws.com".into()),
                        source: Some(source.clone()),
                        source_account: Some(owner.clone()),
                        cause: cx.cause,
                    };
                    self.sqs.would_accept(queue, &delivery)
                }
                Arn::Function(function) => {
                    self.lambda.permits(function, "s3.amazonaws.com", &source, &owner)
                }
                Arn::Bucket(_) => continue,
            };
            if accepted.is_err() {
                let is_missing =
                    matches!(&destination, Arn::Queue(queue) if self.sqs.visible(queue).is_none());
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
