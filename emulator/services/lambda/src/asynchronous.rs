//! Asynchronous invocations: what is tried again, what is given up, and who is told.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html>

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::arn::FunctionArn;
use kernel::time::Timestamp;
use serde_json::json;

use super::invocation::{InvocationId, Pending, PendingSource, new_trace_header};
use super::outcome::Ended;
use super::qualifier::LATEST;
use super::{Deployment, EventMetric, Lambda};
use crate::{Announcement, Cx, Due, Record, limits};

/// Why an event is not tried any more, as its destination and its dead letter are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenUp {
    /// `condition`
    condition: &'static str,
    /// `ErrorCode`
    error_code: &'static str,
    /// `ErrorMessage`, where the function has said nothing.
    message: &'static str,
}

impl GivenUp {
    /// The last attempt failed.
    const RETRIES_EXHAUSTED: Self =
        Self { condition: "RetriesExhausted", error_code: "200", message: "-" };
    /// It would be too old when it was tried again.
    pub(super) const EVENT_AGE_EXCEEDED: Self =
        Self { condition: "EventAgeExceeded", error_code: "429", message: "Rate Exceeded." };
    /// The function may not run.
    pub(super) const ZERO_RESERVED_CONCURRENCY: Self =
        Self { condition: "ZeroReservedConcurrency", error_code: "429", message: "Rate Exceeded." };
    /// It seems to go in a circle.
    const RECURSIVE: Self = Self {
        condition: "RecursiveInvocation",
        error_code: "400",
        message: crate::error::RECURSIVE_INVOCATION.message,
    };
}

/// What the last attempt of an event has come to.
struct Attempt {
    ended: Ended,
    /// The version that ran.
    version: String,
    trace_header: String,
}

/// How asynchronous invocations by an ARN are done.
struct Rules {
    retries_max: u32,
    age_max_s: u64,
    on_success: Option<String>,
    on_failure: Option<String>,
}

impl Lambda {
    fn asynchronous_rules(&self, invoked: &FunctionArn) -> Rules {
        let config = self.event_invoke_config(invoked);
        Rules {
            retries_max: config
                .and_then(|config| config.maximum_retry_attempts)
                .unwrap_or(limits::ASYNCHRONOUS_RETRIES_MAX),
            age_max_s: config
                .and_then(|config| config.maximum_event_age_s)
                .map_or(limits::EVENT_AGE_MAX_S, u64::from),
            on_success: config.and_then(|config| config.on_success.clone()),
            on_failure: config.and_then(|config| config.on_failure.clone()),
        }
    }

    /// An asynchronous invocation ended: its success is told, it is tried again later, or it is given up.
    pub(super) fn conclude_event(
        &mut self,
        cx: &mut Cx<'_>,
        id: &InvocationId,
        ended: Ended,
        version: String,
        trace_header: String,
    ) {
        let Some(pending) = self.pending.get_mut(id) else { return };
        pending.attempts += 1;
        let (retries, invoked) = (pending.attempts - 1, pending.invoked_arn.clone());
        let rules = self.asynchronous_rules(&invoked);
        let attempt = Attempt { ended, version, trace_header };
        if let Ended::Well { .. } = attempt.ended {
            if let Some(pending) = self.forget_pending(cx, id)
                && let Some(destination) = rules.on_success
            {
                self.tell(cx, &pending, destination, "Success", Some(&attempt));
            }
            return;
        }
        let wait = limits::ASYNCHRONOUS_RETRIES.get(retries as usize);
        match wait.filter(|_| retries < rules.retries_max) {
            None => self.abandon(cx, id, GivenUp::RETRIES_EXHAUSTED, Some(&attempt)),
            Some(wait) if self.is_too_old_after(cx.now, id, *wait) => {
                self.abandon(cx, id, GivenUp::EVENT_AGE_EXCEEDED, Some(&attempt));
            }
            Some(wait) => self.keep_for_later(cx, id, *wait),
        }
    }

    /// An event is to be tried again, unless it is too old by then.
    pub(super) fn try_event_again(
        &mut self,
        cx: &mut Cx<'_>,
        id: &InvocationId,
        wait: Duration,
        otherwise: GivenUp,
    ) {
        match self.is_too_old_after(cx.now, id, wait) {
            true => self.give_up_event(cx, id, otherwise),
            false => self.keep_for_later(cx, id, wait),
        }
    }

    /// An event is not tried any more, and was not just tried either.
    pub(super) fn give_up_event(&mut self, cx: &mut Cx<'_>, id: &InvocationId, why: GivenUp) {
        self.abandon(cx, id, why, None);
    }

    /// An event has gone round through its function too often.
    pub(super) fn give_up_looping_event(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        if let Some(pending) = self.pending.get(id) {
            let function = pending.invoked_arn.unqualified();
            self.meter_event(cx, &function, EventMetric::Recursive);
        }
        self.give_up_event(cx, id, GivenUp::RECURSIVE);
    }

    fn is_too_old_after(&self, now: Timestamp, id: &InvocationId, wait: Duration) -> bool {
        let Some(pending) = self.pending.get(id) else { return false };
        let age_max_s = self.asynchronous_rules(&pending.invoked_arn).age_max_s;
        now.after(wait) > pending.created.after_s(age_max_s)
    }

    fn keep_for_later(&mut self, cx: &mut Cx<'_>, id: &InvocationId, wait: Duration) {
        let Some(pending) = self.pending.get_mut(id) else { return };
        let at = cx.now.after(wait);
        pending.retry_at = Some(at);
        let record = pending.clone();
        cx.put(|| Record::pending(&record));
        cx.deadlines.schedule(at, Due::Start(id.clone()));
    }

    /// Tells the destination of failures and keeps a dead letter, where the function has them.
    fn abandon(
        &mut self,
        cx: &mut Cx<'_>,
        id: &InvocationId,
        why: GivenUp,
        attempt: Option<&Attempt>,
    ) {
        let Some(pending) = self.forget_pending(cx, id) else { return };
        self.meter_event(cx, &pending.invoked_arn.unqualified(), EventMetric::Dropped);
        if let Some(destination) = self.asynchronous_rules(&pending.invoked_arn).on_failure {
            self.tell(cx, &pending, destination, why.condition, attempt);
        }
        let function = pending.invoked_arn.unqualified();
        let qualifier = pending.invoked_arn.qualifier.as_deref();
        let Some(version) = self.functions.get(&function).and_then(|it| it.resolve(qualifier))
        else {
            return;
        };
        let Some(target) = version.configuration.dead_letter_target.clone() else { return };
        let reason = match attempt.map(|attempt| &attempt.ended) {
            Some(Ended::Badly { reason, .. }) => reason.as_str(),
            _ => why.message,
        };
        let PendingSource::Event { payload, .. } = pending.source else { return };
        let text = |value: &str| ("String".to_owned(), value.to_owned());
        cx.announce(Announcement::DeadLetter {
            role: version.deployment.execution_role(),
            function,
            target,
            body: payload,
            attributes: BTreeMap::from([
                ("RequestID".to_owned(), text(&id.0)),
                ("ErrorCode".to_owned(), ("Number".to_owned(), why.error_code.to_owned())),
                ("ErrorMessage".to_owned(), text(&error_message(reason))),
            ]),
        });
    }

    /// Tells a destination what became of an event.
    fn tell(
        &self,
        cx: &mut Cx<'_>,
        pending: &Pending,
        destination: String,
        condition: &str,
        attempt: Option<&Attempt>,
    ) {
        let invoked = &pending.invoked_arn;
        let Some(deployment) = self.deployment_of(invoked) else { return };
        let PendingSource::Event { trace_header, .. } = &pending.source else { return };
        let trace_header = attempt.map(|it| &it.trace_header).or(trace_header.as_ref()).cloned();
        let trace_header = trace_header.unwrap_or_else(|| new_trace_header(cx));
        cx.announce(Announcement::Outcome {
            function: invoked.unqualified(),
            role: deployment.execution_role(),
            destination,
            body: record(cx.now, pending, condition, attempt),
            trace_header: Some(trace_header),
        });
    }

    /// What the version that an ARN means is made of.
    fn deployment_of(&self, invoked: &FunctionArn) -> Option<&Deployment> {
        let function = self.functions.get(&invoked.unqualified())?;
        Some(&function.resolve(invoked.qualifier.as_deref())?.deployment)
    }
}

/// What a destination is sent:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
fn record(now: Timestamp, pending: &Pending, condition: &str, attempt: Option<&Attempt>) -> String {
    let invoked = pending.invoked_arn.clone();
    let qualifier = invoked.qualifier.clone().or_else(|| Some(LATEST.into()));
    let context = json!({
        "requestId": pending.id.0,
        "functionArn": FunctionArn { qualifier, ..invoked }.to_string(),
        "condition": condition,
        "approximateInvokeCount": pending.attempts,
    });
    let payload = match &pending.source {
        PendingSource::Event { payload, .. } => payload.as_str(),
        PendingSource::Batch { .. } => "null",
    };
    let mut record = format!(
        r#"{{"version":"1.0","timestamp":"{}","requestContext":{context},"requestPayload":{}"#,
        now.iso8601_ms(),
        as_json(payload),
    );
    if let Some(Attempt { ended, version, .. }) = attempt {
        let (answer, error) = match ended {
            Ended::Well { payload, .. } => (payload, None),
            Ended::Badly { payload, .. } => (payload, Some("Unhandled")),
        };
        let mut context = json!({ "statusCode": 200, "executedVersion": version });
        if let Some(error) = error {
            context["functionError"] = error.into();
        }
        let answer = String::from_utf8_lossy(answer);
        let answer = as_json(if answer.is_empty() { "null" } else { &answer });
        record.push_str(&format!(r#","responseContext":{context},"responsePayload":{answer}"#));
    }
    record.push('}');
    record
}

/// A text as a part of a JSON document: itself where it is one, else as a string.
fn as_json(text: &str) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => text.to_owned(),
        Err(_) => json!(text).to_string(),
    }
}

/// `ErrorMessage` of a dead letter: what of the reason a message attribute can carry, at most 1 KiB,
/// never nothing. A function chooses its reason, and must not lose its event by it.
fn error_message(reason: &str) -> String {
    let printable = |&it: &char| !it.is_control() || matches!(it, '\t' | '\n' | '\r');
    let mut message: String = reason
        .chars()
        .filter(printable)
        .filter(|it| !matches!(it, '\u{fffe}' | '\u{ffff}'))
        .collect();
    message.truncate(message.floor_char_boundary(limits::ERROR_MESSAGE_MAX_BYTES));
    if message.is_empty() {
        message.push('-');
    }
    message
}
