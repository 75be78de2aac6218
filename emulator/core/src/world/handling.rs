//! What the World does with one input: who answers a call, and who hears what a service says.
//!
//! An upload, from top to bottom: `PutObject` announces a `Notification`; `hear_s3` makes of it an
//! asynchronous invocation; the function's `SendMessage` announces `MessagesVisible`; `feed`
//! (`feeding.rs`) collects a batch for the mapping and invokes the second function; its end announces `MessagesProcessed`,
//! and the messages are deleted.

use std::collections::BTreeMap;

use kernel::access::Asking;
use kernel::arn::{Arn, FunctionArn};
use kernel::call::{Origin, Payload};
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use kernel::policy::Principal;
use kernel::trace::CauseId;
use lambda::error::{self as refuse, UserError as _};
use lambda::{EventMetric, InvocationId};
use sqs::Delivery;

use super::Shared;
use super::checks::{
    ALARMS_PRINCIPAL, CLOUDWATCH_PRINCIPAL, DELETE, LOGS_PRINCIPAL, S3_PRINCIPAL, consume,
};
use super::feeding::batch_record;
use super::groups::is_policy;
use crate::input::Call;
use crate::seat::Out;
use crate::services::{Announcement, Request, Response, Services};
use crate::step::Effect;

/// The services while one input is handled.
pub(crate) struct Handling<'a> {
    pub(crate) services: &'a mut Services,
    pub(crate) shared: &'a mut Shared,
    pub(crate) out: Out,
}

impl Handling<'_> {
    pub(super) fn call(&mut self, call: Call) {
        let subject = call.request.subject();
        let (trace, now, what) = (&mut self.shared.trace, self.shared.now, call.request.name());
        let cause = match call.cause {
            Some(invocation) => trace.follow(now, invocation, what, subject),
            None => trace.begin(now, what, subject),
        };
        let origin = Origin {
            call: call.id,
            account: call.caller.account(),
            caller: call.caller,
            signing: call.signing,
            region: call.region,
            endpoint: call.endpoint,
            source_ip: call.source_ip,
            agent: call.agent,
            trace_header: call.trace_header,
        };
        if let Some(result) = self.answer(cause, &origin, call.request).transpose() {
            let outcome = result.as_ref().map_or_else(ApiError::code, |_| "ok");
            self.shared.trace.end(cause, outcome);
            self.out.step.effects.push(Effect::Reply { call: call.id, result, cause });
        }
    }

    fn answer(
        &mut self,
        cause: CauseId,
        origin: &Origin,
        mut request: Request,
    ) -> Result<Option<Response>, ApiError> {
        self.make_networks(cause, origin, &request);
        let mut asking = Asking::new(origin, self.shared.now);
        let admitted = self.admit(&mut asking, &mut request);
        if let Some(refusal) = asking.would_refuse() {
            self.shared.trace.would_refuse(cause, refusal);
        }
        admitted?;
        self.serve(cause, origin, request)
    }

    /// Asks, before anything is done, whether the caller may, and other services what theirs is to say.
    pub(super) fn admit(
        &self,
        asking: &mut Asking<'_>,
        request: &mut Request,
    ) -> Result<(), ApiError> {
        self.services.access(asking, request)?;
        match request {
            Request::S3(s3::Request::PutBucketNotificationConfiguration(input)) => {
                self.validate_destinations(input)
            }
            Request::Logs(logs::Request::PutSubscriptionFilter(input)) => {
                self.validate_subscriber(asking.origin, input)
            }
            Request::Elb(elb::Request::RegisterTargets(input)) => self.validate_targets(input),
            Request::Elb(elb::Request::ModifyLoadBalancerAttributes(input)) => {
                self.validate_access_log(asking.origin, input)
            }
            Request::Lambda(request) => {
                self.validate_dead_letters(asking.origin, request)?;
                self.validate_mapping(asking.origin, request)?;
                self.prepare(asking, request)
            }
            _ => Ok(()),
        }
    }

    /// Lets Lambda hear of an invocation, because of which the rest happens. Of one that is not under way
    /// nobody hears: it was in a World that has gone back since.
    pub(super) fn of_invocation(
        &mut self,
        invocation: &InvocationId,
        work: impl FnOnce(&mut lambda::Lambda, &mut lambda::Cx<'_>),
    ) {
        if let Some(cause) = self.services.lambda.service.cause_of(invocation) {
            self.lambda(cause, work);
        }
    }

    /// A request for a bucket was answered: the log of the bucket has it.
    pub(super) fn served(&mut self, served: s3::Served) {
        let cause = self.services.s3.service.log_cause(&served.bucket);
        let cause = cause.unwrap_or_else(|| self.restore());
        self.s3(cause, |s3, cx| s3.log(cx, served));
    }

    /// What the trace calls that this World was made of records.
    pub(crate) fn restore(&mut self) -> CauseId {
        let Shared { restored, trace, now, .. } = &mut *self.shared;
        *restored.get_or_insert_with(|| trace.begin(*now, "cloudless:Restore", ""))
    }

    /// Notes in the trace that something happened of which nobody here is the cause.
    pub(super) fn begins(&mut self, what: &'static str, subject: &str) -> CauseId {
        self.shared.trace.begin(self.shared.now, what, subject)
    }

    /// Notes in the trace that something followed.
    pub(super) fn note(&mut self, cause: CauseId, what: &'static str, subject: &str) -> CauseId {
        self.shared.trace.follow(self.shared.now, cause, what, subject)
    }

    /// Notes in the trace how it ended.
    pub(super) fn note_end(&mut self, cause: CauseId, result: Result<(), ApiError>) {
        self.shared.trace.end(cause, result.map_or_else(|it| it.to_string(), |()| "ok".into()));
    }

    /// What Lambda asks of S3 before it accepts a request: the code that lies there.
    fn prepare(
        &self,
        asking: &mut Asking<'_>,
        request: &mut lambda::Request,
    ) -> Result<(), ApiError> {
        let code = |object| self.code(asking, object);
        let found = match request {
            lambda::Request::CreateFunction(input) => {
                let location = input.code_location().map(code);
                location.transpose()?.map(|code| (&mut input.zip, code))
            }
            lambda::Request::UpdateFunctionCode(input) => {
                let location = input.code_location().map(code);
                location.transpose()?.map(|code| (&mut input.zip, code))
            }
            lambda::Request::PublishLayerVersion(input) => {
                let location = input.code_location().map(code);
                location.transpose()?.map(|code| (&mut input.zip, code))
            }
            _ => None,
        };
        if let Some((zip, code)) = found {
            *zip = code;
        }
        Ok(())
    }

    fn code(
        &self,
        asking: &mut Asking<'_>,
        object: lambda::CodeObject<'_>,
    ) -> Result<Payload, ApiError> {
        let s3 = &self.services.s3.service;
        let found = s3.content_of(asking, object.bucket, object.key, object.version);
        found.map(Payload::Shared).map_err(|refused| {
            refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
                refused.code(),
                refused.message()
            ))
        })
    }

    /// Carries announcements to those who hear them, until nobody says anything more.
    pub(super) fn route(&mut self) {
        while !self.out.announcements.is_empty() {
            for (cause, announcement) in std::mem::take(&mut self.out.announcements) {
                match announcement {
                    Announcement::S3(announcement) => self.hear_s3(cause, announcement),
                    Announcement::Sqs(announcement) => self.hear_sqs(cause, announcement),
                    Announcement::Lambda(announcement) => self.hear_lambda(cause, announcement),
                    Announcement::Logs(announcement) => self.hear_logs(cause, announcement),
                    Announcement::CloudWatch(it) => self.hear_cloudwatch(cause, it),
                    Announcement::Ec2(it) => self.hear_ec2(cause, it),
                    Announcement::Elb(it) => self.hear_elb(cause, it),
                    Announcement::AutoScaling(it) => self.hear_autoscaling(cause, it),
                }
            }
        }
    }

    fn hear_s3(&mut self, cause: CauseId, announcement: s3::Announcement) {
        let s3::Announcement::Notification {
            source,
            source_account,
            destination,
            event,
            trace_header,
        } = announcement;
        let (name, result) = match &destination {
            Arn::Function(function) => {
                let invoked = self.lambda(cause, |lambda, cx| {
                    lambda.permits(function, S3_PRINCIPAL, &source, &source_account)?;
                    lambda.invoke_later(cx, function.clone(), event, trace_header)
                });
                if invoked.is_ok() {
                    return;
                }
                (function.name.to_string(), invoked)
            }
            Arn::Queue(queue) => {
                let delivery = Delivery {
                    body: String::from_utf8_lossy(&event).into_owned(),
                    attributes: BTreeMap::new(),
                    principal: Principal::Service(S3_PRINCIPAL.into()),
                    source: Some(source),
                    source_account: Some(source_account),
                    trace_header,
                };
                let delivered = self.sqs(cause, |sqs, cx| sqs.deliver(cx, queue, delivery));
                (queue.name.to_string(), delivered)
            }
            Arn::Bucket(_) => return,
        };
        // S3 drops what its destination refuses. The trace says so.
        let notified = self.note(cause, "s3:Notify", &name);
        self.note_end(notified, result);
    }

    fn hear_sqs(&mut self, cause: CauseId, announcement: sqs::Announcement) {
        let sqs::Announcement::MessagesVisible(queue) = announcement;
        for mapping in self.services.lambda.service.mappings_of(&queue) {
            self.feed(cause, &mapping);
        }
    }

    fn hear_lambda(&mut self, cause: CauseId, announcement: lambda::Announcement) {
        match announcement {
            lambda::Announcement::MappingReady(mapping) => self.feed(cause, &mapping),
            lambda::Announcement::BatchInterrupted { invocation, queue, receipt_handles } => {
                let messages =
                    self.sqs(cause, |sqs, cx| sqs.collect_again(cx, &queue, &receipt_handles));
                let records: Vec<_> = messages.into_iter().map(batch_record).collect();
                let hidden_until = self.hidden_until(&queue);
                self.lambda(cause, |lambda, cx| {
                    lambda.resume_batch(cx, invocation, &records, hidden_until);
                });
            }
            lambda::Announcement::MessagesProcessed { function, queue, receipt_handles } => {
                let deleted = self.note(cause, "sqs:DeleteMessageBatch", queue.name.as_str());
                let role = self.services.lambda.service.execution_role(&function);
                let sqs = &self.services.sqs.service;
                let allowed = consume(sqs, &queue, &function, role, DELETE);
                if allowed.is_ok() {
                    self.sqs(cause, |sqs, cx| sqs.processed(cx, &queue, &receipt_handles));
                }
                self.note_end(deleted, allowed);
            }
            lambda::Announcement::Outcome { function, role, destination, body, trace_header } => {
                let told = self.note(cause, "lambda:Destination", &destination);
                let of = function.clone();
                let outcome = match Arn::parse(&destination) {
                    Some(Arn::Queue(queue)) => {
                        let delivery = Delivery {
                            body,
                            attributes: BTreeMap::new(),
                            principal: role,
                            source_account: Some(function.account.clone()),
                            source: Some(Arn::Function(function)),
                            trace_header,
                        };
                        self.sqs(told, |sqs, cx| sqs.deliver(cx, &queue, delivery))
                    }
                    Some(Arn::Function(next)) => self.lambda(told, |lambda, cx| {
                        lambda.invoke_later(cx, next, body.into(), trace_header)
                    }),
                    _ => Err(NOT_IMPLEMENTED
                        .says("Undelivered: Cloudless delivers to queues and functions alone.")),
                };
                self.meter_delivery(told, &of, &outcome, EventMetric::DeliveryFailure);
                self.note_end(told, outcome);
            }
            lambda::Announcement::DeadLetter { function, role, target, body, attributes } => {
                let Arn::Queue(queue) = &target else { return };
                let source_account = Some(function.account.clone());
                let source = Some(Arn::Function(function.clone()));
                let principal = role;
                let trace_header = None;
                let delivery =
                    Delivery { body, attributes, principal, source, source_account, trace_header };
                let kept = self.note(cause, "lambda:DeadLetter", queue.name.as_str());
                let outcome = self.sqs(cause, |sqs, cx| sqs.deliver(cx, queue, delivery));
                self.meter_delivery(kept, &function, &outcome, EventMetric::DeadLetterError);
                self.note_end(kept, outcome);
            }
        }
    }

    /// Lets Lambda count what it could not deliver.
    fn meter_delivery(
        &mut self,
        cause: CauseId,
        function: &FunctionArn,
        outcome: &Result<(), ApiError>,
        metric: EventMetric,
    ) {
        if outcome.is_err() {
            self.lambda(cause, |lambda, cx| lambda.meter_event(cx, function, metric));
        }
    }

    fn hear_logs(&mut self, cause: CauseId, announcement: logs::Announcement) {
        let logs::Announcement::Subscribed(subscribed) = announcement;
        let logs::Subscribed { function, source_arn, source_account, event } = *subscribed;
        let invoked = self.lambda(cause, |lambda, cx| {
            lambda.permits(&function, LOGS_PRINCIPAL, &source_arn, &source_account)?;
            lambda.invoke_later(cx, function.clone(), event.into(), None)
        });
        if invoked.is_err() {
            // What a function does not take is lost, as on AWS. The trace says so.
            let sent = self.note(cause, "logs:Send", function.name.as_str());
            self.note_end(sent, invoked);
        }
    }

    /// An alarm acts on functions and scaling policies, as on AWS, and on queues, which is ours. What it cannot reach its history tells.
    fn hear_cloudwatch(&mut self, cause: CauseId, announcement: cloudwatch::Announcement) {
        let cloudwatch::Announcement::Action(action) = announcement;
        let acted = self.note(cause, "cloudwatch:Action", &action.arn);
        let on_policy = is_policy(&action.arn).then(|| self.act_on_policy(acted, &action));
        let cloudwatch::AlarmAction { arn, alarm, event, message, .. } = *action;
        let outcome = match Arn::parse(&arn) {
            _ if let Some(outcome) = on_policy => outcome,
            Some(Arn::Function(function)) => self.lambda(acted, |lambda, cx| {
                lambda.permits(&function, ALARMS_PRINCIPAL, &alarm.arn(), &alarm.account)?;
                lambda.invoke_later(cx, function.clone(), event.into(), None)
            }),
            Some(Arn::Queue(queue)) => {
                let delivery = Delivery {
                    body: message,
                    attributes: BTreeMap::new(),
                    principal: Principal::Service(CLOUDWATCH_PRINCIPAL.into()),
                    source: None,
                    source_account: Some(alarm.account.clone()),
                    trace_header: None,
                };
                self.sqs(acted, |sqs, cx| sqs.deliver(cx, &queue, delivery))
            }
            _ => Err(NOT_IMPLEMENTED.says(
                "Undelivered: Cloudless delivers to functions, queues and scaling policies alone.",
            )),
        };
        self.cloudwatch(acted, |it, cx| it.acted(cx, &alarm, &arn, &outcome));
        self.note_end(acted, outcome);
    }

    /// Keeps what a function has written, because of the invocation in hand.
    pub(super) fn logged(&mut self, logged: &logs::Logged) {
        let cause = logged.cause.unwrap_or_else(|| {
            self.shared.trace.begin(self.shared.now, "lambda:Log", logged.function.name.as_str())
        });
        self.logs(cause, |logs, cx| logs.logged(cx, logged));
    }
}
