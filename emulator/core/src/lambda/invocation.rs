//! Invocations: asked for, running, ended, tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::function::not_found;
use super::reference::Reference;
use super::{Lambda, MappingId};
use crate::arn::{FunctionArn, QueueArn};
use crate::context::{Announcement, Cx, Due, Origin};
use crate::error::{ApiError, lambda as refuse};
use crate::input::{Blob, CallId, Payload};
use crate::limits::lambda as limits;
use crate::record::{Key, Kind, Record};
use crate::step::{Effect, Response};
use crate::time::Timestamp;
use crate::trace::CauseId;

/// Names an invocation: the request id that the function sees, a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvocationId(pub Box<str>);

/// An invocation to perform.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Its name: `Lambda-Runtime-Aws-Request-Id`.
    pub id: InvocationId,
    /// What to run.
    pub function: Arc<Deployment>,
    /// The ARN that it was invoked by, with the qualifier used.
    pub invoked_arn: FunctionArn,
    /// The event.
    pub payload: Bytes,
    /// `X-Amz-Client-Context`, decoded, of a synchronous invocation.
    pub client_context: Option<String>,
    /// When its time is over, on the World's clock.
    pub deadline: Timestamp,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_header: String,
    /// What the invocation is called in the trace: calls that the function makes during it have
    /// this as their cause.
    pub cause: CauseId,
}

/// One state of a function's code and configuration: what an execution environment is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The function, unqualified.
    pub arn: FunctionArn,
    /// Changes with each change of code or configuration: an environment of another revision is
    /// stale.
    pub revision_id: String,
    /// `$LATEST`, or a number.
    pub version: String,
    /// `provided.al2023`, `python3.13`, `nodejs22.x`, …
    pub runtime: String,
    /// `bootstrap`, `app.handler`, …
    pub handler: String,
    /// The zip.
    pub code: Blob,
    /// Environment variables of the configuration.
    pub environment: BTreeMap<String, String>,
    /// `MemorySize`
    pub memory_size_mib: u32,
    /// `Timeout`
    pub timeout_s: u32,
    /// The execution role's ARN.
    pub role: String,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The handler returned this.
    Succeeded {
        /// Its answer.
        payload: Bytes,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
    /// The handler, or the runtime for it, reported an error.
    Failed {
        /// `{"errorMessage", "errorType", "stackTrace"}` as reported.
        payload: Bytes,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
    /// The execution environment ended or could not be made.
    Crashed {
        /// `Runtime.ExitError`, `Runtime.InvalidEntrypoint`, `Runtime.Init`, …
        error_type: String,
        /// Why, for people. AWS prefixes it with `RequestId: … Error: `; the World does that.
        reason: String,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
}

/// An invocation that must not be lost. Restored, it is performed anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Its name.
    pub id: InvocationId,
    /// The ARN that it was invoked by.
    pub invoked_arn: FunctionArn,
    /// What it is for.
    pub source: PendingSource,
    /// How many attempts have ended.
    pub attempts: u32,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it is to be tried again, where it waits for that.
    pub retry_at: Option<Timestamp>,
    /// What led to it.
    pub cause: CauseId,
}

/// What a pending invocation is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PendingSource {
    /// An asynchronous invocation, of a client or of another service.
    Event {
        /// The event, as text where it is UTF-8 (JSON always is).
        payload: String,
    },
    /// A batch of a mapping. The event is made anew from the messages, by their receipt handles.
    Batch {
        /// The mapping.
        mapping: MappingId,
        /// The queue that it read when the batch began.
        queue: QueueArn,
        /// Whether the answer can name messages that failed, as the mapping said at that time.
        reports_failures: bool,
        /// The messages: id and receipt handle.
        messages: Vec<(String, String)>,
    },
}

impl Pending {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Invocation, self.id.0.to_string())
    }
}

/// An invocation that is under way. Not durable.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) function: FunctionArn,
    deadline: Timestamp,
    timeout_s: u32,
    cause: CauseId,
    reason: Reason,
}

/// Who waits for an invocation's end.
#[derive(Debug, Clone)]
enum Reason {
    /// A caller.
    Call { call: CallId, call_cause: CauseId, wants_log: bool },
    /// Nobody: it is pending, and tried again where it fails.
    Pending,
}

/// Input of `Invoke`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InvokeInput {
    function_name: String,
    invocation_type: Option<String>,
    log_type: Option<String>,
    client_context: Option<String>,
    qualifier: Option<String>,
    /// The event.
    #[serde(skip)]
    pub payload: Payload,
}

impl InvokeInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }
}

/// Output of `Invoke`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeOutput {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executed_version: Option<&'static str>,
    /// What the function returned.
    #[serde(skip)]
    pub payload: Payload,
}

/// How an invocation ended, seen from outside the environment.
pub(super) enum Ended {
    Well { payload: Bytes, log_tail: Bytes },
    Badly { payload: Bytes, log_tail: Bytes, reason: String },
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

impl Lambda {
    pub(super) fn invoke(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: InvokeInput,
    ) -> Result<Option<InvokeOutput>, ApiError> {
        let qualifier = input.qualifier.as_deref();
        let reference = Reference::parse(&input.function_name, qualifier, origin)?;
        let found = self.find(&input.function_name, qualifier, origin, "lambda:InvokeFunction");
        let unqualified = reference.arn.qualifier.is_none();
        let (arn, _) = found.map_err(|refused| {
            if unqualified && *refused.row() == refuse::RESOURCE_NOT_FOUND {
                // Lambda names the version that it looked for, also where none was named.
                let qualifier = Some("$LATEST".into());
                return not_found(&FunctionArn { qualifier, ..reference.arn.clone() });
            }
            refused
        })?;
        let payload = match input.payload {
            Payload::Bytes(bytes) => bytes,
            _ => Bytes::new(),
        };
        let kind = input.invocation_type.as_deref().unwrap_or("RequestResponse");
        let limit_bytes = match kind {
            "RequestResponse" | "DryRun" => limits::SYNCHRONOUS_PAYLOAD_MAX_BYTES,
            "Event" => limits::ASYNCHRONOUS_PAYLOAD_MAX_BYTES,
            other => {
                return Err(refuse::VALIDATION.user(format!(
                    "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
                )));
            }
        };
        if payload.len() > limit_bytes {
            return Err(refuse::REQUEST_TOO_LARGE.user(format!(
                "{} byte payload is too large for the {kind} invocation type (limit {limit_bytes} bytes)",
                payload.len()
            )));
        }
        if kind == "DryRun" {
            return Ok(Some(InvokeOutput { status_code: 204, ..InvokeOutput::default() }));
        }
        let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
        if let Err(wrong) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
            return Err(refuse::INVALID_REQUEST_CONTENT
                .user(format!("Could not parse request body into json: {wrong}")));
        }
        if kind == "Event" {
            self.invoke_later(cx, reference.arn, payload)?;
            return Ok(Some(InvokeOutput { status_code: 202, ..InvokeOutput::default() }));
        }
        let client_context = match input.client_context {
            None => None,
            Some(text) => Some(
                BASE64
                    .decode(&text)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .ok_or_else(|| {
                        refuse::INVALID_REQUEST_CONTENT
                            .user("Client context must be a valid Base64-encoded JSON object.")
                    })?,
            ),
        };
        let reason = Reason::Call {
            call: origin.call,
            call_cause: cx.cause,
            wants_log: input.log_type.as_deref() == Some("Tail"),
        };
        let id = InvocationId(cx.ids.uuid().into());
        self.start(cx, id, reference.arn, payload, client_context, reason);
        debug_assert!(self.functions.contains_key(&arn), "it was found above");
        Ok(None)
    }

    /// Accepts an asynchronous invocation: of a client, or of a service for an event.
    ///
    /// # Errors
    /// The event is not UTF-8.
    pub fn invoke_later(
        &mut self,
        cx: &mut Cx<'_>,
        invoked_arn: FunctionArn,
        payload: Bytes,
    ) -> Result<(), ApiError> {
        let payload = String::from_utf8(payload.into()).map_err(|_| {
            refuse::INVALID_REQUEST_CONTENT
                .user("Could not parse request body into json: it is not UTF-8")
        })?;
        let id = InvocationId(cx.ids.uuid().into());
        self.keep_pending(
            cx,
            Pending {
                id: id.clone(),
                invoked_arn,
                source: PendingSource::Event { payload },
                attempts: 0,
                created: cx.now,
                retry_at: None,
                cause: cx.cause,
            },
        );
        self.start_pending(cx, &id);
        Ok(())
    }

    pub(super) fn keep_pending(&mut self, cx: &mut Cx<'_>, pending: Pending) {
        cx.put(|| Record::Invocation(Box::new(pending.clone())));
        self.pending.insert(pending.id.clone(), pending);
    }

    pub(super) fn forget_pending(&mut self, cx: &mut Cx<'_>, id: &InvocationId) -> Option<Pending> {
        let pending = self.pending.remove(id)?;
        if let PendingSource::Batch { mapping, .. } = &pending.source
            && let Some(feed) = self.feeds.get_mut(mapping)
        {
            feed.running.remove(id);
        }
        cx.delete(|| pending.key());
        Some(pending)
    }

    /// Performs a pending invocation: at once, when its wait is over, or after a restart.
    pub(super) fn start_pending(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(pending) = self.pending.get_mut(id) else { return };
        if self.running.contains_key(id) {
            return;
        }
        cx.cause = pending.cause;
        match &pending.source {
            PendingSource::Event { payload } => {
                let payload = Bytes::from(payload.clone());
                let arn = pending.invoked_arn.clone();
                if pending.retry_at.take().is_some() {
                    let record = pending.clone();
                    cx.put(|| Record::Invocation(Box::new(record)));
                }
                self.start(cx, id.clone(), arn, payload, None, Reason::Pending);
            }
            PendingSource::Batch { queue, messages, .. } => {
                let receipt_handles = messages.iter().map(|(_, receipt)| receipt.clone()).collect();
                cx.announce(Announcement::BatchInterrupted {
                    invocation: id.clone(),
                    queue: queue.clone(),
                    receipt_handles,
                });
            }
        }
    }

    pub(super) fn start_batch(
        &mut self,
        cx: &mut Cx<'_>,
        id: InvocationId,
        invoked_arn: FunctionArn,
        payload: Bytes,
    ) {
        self.start(cx, id, invoked_arn, payload, None, Reason::Pending);
    }

    fn start(
        &mut self,
        cx: &mut Cx<'_>,
        id: InvocationId,
        invoked_arn: FunctionArn,
        payload: Bytes,
        client_context: Option<String>,
        reason: Reason,
    ) {
        let arn = invoked_arn.unqualified();
        let cause = cx.follows("lambda:Invoke", arn.name.as_str());
        let Some(function) = self.functions.get(&arn) else {
            // Deleted since it was asked for. Lambda drops such events; messages of a batch come
            // back when their visibility timeout ends.
            cx.trace.end(cause, "the function does not exist any more");
            self.forget_pending(cx, &id);
            return;
        };
        let deployment = Arc::clone(&function.deployment);
        let deadline = cx.now.after_s(deployment.timeout_s.into());
        cx.deadlines.schedule(deadline, Due::Lambda(super::Due::Timeout(id.clone())));
        let trace_header = format!(
            "Root=1-{:08x}-{};Parent={:016x};Sampled=0",
            // Eight digits are all that the header has for it.
            cx.now.as_s() & 0xffff_ffff,
            hex::encode(cx.ids.bytes(12)),
            cx.ids.next_u64()
        );
        let running =
            Running { function: arn, deadline, timeout_s: deployment.timeout_s, cause, reason };
        self.running.insert(id.clone(), running);
        cx.effect(Effect::Invoke(Box::new(Invocation {
            id,
            function: deployment,
            invoked_arn,
            payload,
            client_context,
            deadline,
            trace_header,
            cause,
        })));
    }

    /// An invocation has ended in its environment. One that was given up is not heard any more.
    pub fn ended(&mut self, cx: &mut Cx<'_>, id: &InvocationId, outcome: Outcome) {
        let ended = match outcome {
            Outcome::Succeeded { payload, .. }
                if payload.len() > limits::SYNCHRONOUS_PAYLOAD_MAX_BYTES =>
            {
                let text = format!(
                    "Response payload size exceeded maximum allowed payload size ({} bytes).",
                    limits::SYNCHRONOUS_PAYLOAD_SAID_BYTES
                );
                let payload = serde_json::json!({
                    "errorMessage": text,
                    "errorType": "Function.ResponseSizeTooLarge",
                });
                Ended::Badly {
                    payload: payload.to_string().into(),
                    log_tail: Bytes::new(),
                    reason: text,
                }
            }
            Outcome::Succeeded { payload, log_tail } => Ended::Well { payload, log_tail },
            Outcome::Failed { payload, log_tail } => {
                let reason = serde_json::from_slice::<serde_json::Value>(&payload)
                    .ok()
                    .and_then(|error| Some(error.get("errorMessage")?.as_str()?.to_owned()))
                    .unwrap_or_else(|| String::from_utf8_lossy(&payload).into_owned());
                Ended::Badly { payload, log_tail, reason }
            }
            Outcome::Crashed { error_type, reason, log_tail } => {
                let text = format!("RequestId: {} Error: {reason}", id.0);
                let payload = serde_json::json!({ "errorType": error_type, "errorMessage": text });
                Ended::Badly { payload: payload.to_string().into(), log_tail, reason: text }
            }
        };
        self.conclude(cx, id, ended);
    }

    pub(super) fn timed_out(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(running) = self.running.get(id) else { return };
        let text = format!(
            "RequestId: {} Error: Task timed out after {:.2} seconds",
            id.0,
            f64::from(running.timeout_s)
        );
        let payload = serde_json::json!({ "errorType": "Sandbox.Timedout", "errorMessage": text })
            .to_string();
        cx.effect(Effect::Abort(id.clone()));
        let ended = Ended::Badly { payload: payload.into(), log_tail: Bytes::new(), reason: text };
        self.conclude(cx, id, ended);
    }

    fn conclude(&mut self, cx: &mut Cx<'_>, id: &InvocationId, ended: Ended) {
        let Some(running) = self.running.remove(id) else { return };
        let due = Due::Lambda(super::Due::Timeout(id.clone()));
        cx.deadlines.cancel(running.deadline, due);
        cx.cause = running.cause;
        match &ended {
            Ended::Well { .. } => cx.trace.end(running.cause, "ok"),
            Ended::Badly { reason, .. } => cx.trace.end(running.cause, reason.clone()),
        }
        match running.reason {
            Reason::Call { call, call_cause, wants_log } => {
                let (payload, log_tail, function_error) = match ended {
                    Ended::Well { payload, log_tail } => (payload, log_tail, None),
                    Ended::Badly { payload, log_tail, .. } => {
                        (payload, log_tail, Some("Unhandled"))
                    }
                };
                let output = InvokeOutput {
                    status_code: 200,
                    function_error,
                    log_result: wants_log.then(|| BASE64.encode(&log_tail)),
                    executed_version: Some("$LATEST"),
                    payload: Payload::Bytes(payload),
                };
                let response = Response::Lambda(super::Response::Invoke(Box::new(output)));
                cx.reply(call, call_cause, Ok(response));
            }
            Reason::Pending => match self.pending.get(id).map(|pending| &pending.source) {
                Some(PendingSource::Event { .. }) => self.conclude_event(cx, id, ended),
                Some(PendingSource::Batch { .. }) => self.conclude_batch(cx, id, ended),
                None => {}
            },
        }
    }

    /// An asynchronous invocation ended: forgotten, tried again later, or kept as a dead letter.
    fn conclude_event(&mut self, cx: &mut Cx<'_>, id: &InvocationId, ended: Ended) {
        let Ended::Badly { reason, .. } = ended else {
            self.forget_pending(cx, id);
            return;
        };
        let Some(pending) = self.pending.get_mut(id) else { return };
        pending.attempts += 1;
        let retries = pending.attempts as usize - 1;
        if let Some(wait) = limits::ASYNCHRONOUS_RETRIES.get(retries) {
            let at = cx.now.after(*wait);
            pending.retry_at = Some(at);
            let record = pending.clone();
            cx.put(|| Record::Invocation(Box::new(record)));
            cx.deadlines.schedule(at, Due::Lambda(super::Due::Start(id.clone())));
            return;
        }
        let Some(pending) = self.forget_pending(cx, id) else { return };
        let PendingSource::Event { payload } = pending.source else { return };
        let function = pending.invoked_arn.unqualified();
        let Some(found) = self.functions.get(&function) else { return };
        if let Some(target) = found.dead_letter_target.clone() {
            let text = |value: &str| ("String".to_owned(), value.to_owned());
            let message = error_message(&reason);
            cx.announce(Announcement::DeadLetter {
                role: found.deployment.execution_role(),
                function,
                target,
                body: payload,
                attributes: BTreeMap::from([
                    ("RequestID".to_owned(), text(&id.0)),
                    ("ErrorCode".to_owned(), ("Number".to_owned(), "200".to_owned())),
                    ("ErrorMessage".to_owned(), text(&message)),
                ]),
                cause: cx.cause,
            });
        }
    }

    /// The client of a waiting call has gone. Its invocation goes on, as on AWS; nobody hears it.
    pub fn disconnected(&mut self, call: CallId) {
        for running in self.running.values_mut() {
            if matches!(running.reason, Reason::Call { call: waiting, .. } if waiting == call) {
                running.reason = Reason::Pending;
            }
        }
    }

    /// Invocations that are under way or due, by name.
    pub fn outstanding(&self) -> Vec<String> {
        let running = self.running.iter().map(|(id, running)| {
            format!("invocation {} of {} is running", id.0, running.function.name)
        });
        let due = self.pending.values().filter(|pending| {
            pending.retry_at.is_none() && !self.running.contains_key(&pending.id)
        });
        let due = due.map(|pending| {
            format!("invocation {} of {} is due", pending.id.0, pending.invoked_arn.name)
        });
        running.chain(due).collect()
    }

    /// Invocations that are tried again later, and batching windows that are open, by name.
    pub fn waiting(&self) -> Vec<String> {
        let retries = self.pending.values().filter_map(|pending| {
            let at = pending.retry_at?;
            Some(format!(
                "invocation {} of {} is tried again at {}",
                pending.id.0,
                pending.invoked_arn.name,
                at.iso8601_ms()
            ))
        });
        let windows = self.feeds.iter().filter_map(|(id, feed)| {
            let ends = feed.window_ends?;
            Some(format!("the batching window of mapping {} ends at {}", id.0, ends.iso8601_ms()))
        });
        retries.chain(windows).collect()
    }
}
