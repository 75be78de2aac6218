//! How invocations end, and who hears of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kernel::arn::FunctionArn;
use kernel::call::Payload;
use kernel::time::Timestamp;

use super::Lambda;
use super::invocation::{InvocationId, PendingSource, Phase, Reason, StreamEnd};
use super::invoke::InvokeOutput;
use crate::{Cx, Due, Effect, Response, limits};

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
    /// Its time was over, and its environment was stopped as the World asked.
    TimedOut {
        /// Whether its environment had served another before: AWS then says it in other words.
        reused: bool,
        /// The last 4 KiB of what it logged.
        log_tail: Bytes,
    },
}

impl Outcome {
    fn log_tail(self) -> Bytes {
        match self {
            Self::Succeeded { log_tail, .. }
            | Self::Failed { log_tail, .. }
            | Self::Crashed { log_tail, .. }
            | Self::TimedOut { log_tail, .. } => log_tail,
        }
    }
}

/// How an invocation ended, seen from outside the environment.
pub(super) enum Ended {
    Well { payload: Bytes, log_tail: Bytes },
    Badly { payload: Bytes, log_tail: Bytes, reason: String },
}

impl Ended {
    /// In the words that Lambda has of a function which took too long in an environment that was warm:
    /// those of its log, without a type.
    fn timed_out_warm(now: Timestamp, id: &InvocationId, reason: &str, log_tail: Bytes) -> Self {
        let text = format!("{} {} {reason}", now.iso8601_ms(), id.0);
        let payload = serde_json::json!({ "errorMessage": text });
        Self::Badly { payload: payload.to_string().into(), log_tail, reason: reason.to_owned() }
    }

    /// In the words of Lambda itself, which name the invocation.
    fn for_people(id: &InvocationId, error_type: &str, reason: &str, log_tail: Bytes) -> Self {
        let reason = format!("RequestId: {} Error: {reason}", id.0);
        let payload = serde_json::json!({ "errorType": error_type, "errorMessage": reason });
        Self::Badly { payload: payload.to_string().into(), log_tail, reason }
    }
}

impl Lambda {
    /// An invocation has ended in its environment. One that is not under way is not heard, nor that
    /// one was stopped whose time is not over: that was in a World that has gone back since.
    pub fn ended(&mut self, cx: &mut Cx<'_>, id: &InvocationId, outcome: Outcome) {
        let Some(running) = self.running.get(id) else { return };
        // What came after the deadline comes too late, however it ended.
        let outcome = match running.phase {
            Phase::TimedOut => Outcome::TimedOut {
                reused: matches!(outcome, Outcome::TimedOut { reused: true, .. }),
                log_tail: outcome.log_tail(),
            },
            Phase::Initializing | Phase::Running { .. } => match outcome {
                Outcome::TimedOut { .. } => return,
                outcome => outcome,
            },
        };
        let timeout_s = running.timeout_s;
        let ended = match outcome {
            Outcome::Succeeded { payload, log_tail }
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
                Ended::Badly { payload: payload.to_string().into(), log_tail, reason: text }
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
                Ended::for_people(id, &error_type, &reason, log_tail)
            }
            Outcome::TimedOut { reused, log_tail } => {
                let reason = format!("Task timed out after {:.2} seconds", f64::from(timeout_s));
                if reused {
                    Ended::timed_out_warm(cx.now, id, &reason, log_tail)
                } else {
                    Ended::for_people(id, "Sandbox.Timedout", &reason, log_tail)
                }
            }
        };
        self.conclude(cx, id, ended);
    }

    /// The invocation's time is over. It ends with its environment, whose log is then complete.
    pub(super) fn timed_out(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(running) = self.running.get_mut(id) else { return };
        running.phase = Phase::TimedOut;
        cx.effect(Effect::Abort(id.clone()));
    }

    fn conclude(&mut self, cx: &mut Cx<'_>, id: &InvocationId, ended: Ended) {
        let Some(running) = self.running.remove(id) else { return };
        if let Phase::Running { deadline } = running.phase {
            cx.deadlines.cancel(deadline, Due::Timeout(id.clone()));
        }
        match &ended {
            Ended::Well { .. } => cx.trace.end(running.cause, "ok"),
            Ended::Badly { reason, .. } => cx.trace.end(running.cause, reason),
        }
        if !matches!(running.reason, Reason::Provision { .. }) {
            let qualifier = running.qualifier.clone();
            let invoked = FunctionArn { qualifier, ..running.function.clone() };
            let is_error = matches!(ended, Ended::Badly { .. });
            let times = (running.asked, running.begun);
            self.meter_end(cx, (&invoked, &running.version), times, is_error);
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
                    executed_version: Some(running.version),
                    payload: Payload::Bytes(payload),
                    invocation: Some(id.clone()),
                };
                let response = Response::Invoke(Box::new(output));
                cx.reply(call, call_cause, Ok(response));
            }
            Reason::Stream { wants_log } => {
                let (error, log_tail) = match ended {
                    Ended::Well { log_tail, .. } => (None, log_tail),
                    Ended::Badly { payload, log_tail, .. } => (Some(payload), log_tail),
                };
                let log_result = wants_log.then(|| BASE64.encode(&log_tail));
                let end = StreamEnd { error, log_result };
                cx.effect(Effect::EndStream(id.clone(), end));
            }
            Reason::Pending => match self.pending.get(id).map(|pending| &pending.source) {
                Some(PendingSource::Event { .. }) => {
                    self.conclude_event(cx, id, ended, running.version, running.trace_header);
                }
                Some(PendingSource::Batch { .. }) => self.conclude_batch(cx, id, ended),
                None => {}
            },
            Reason::Provision { qualifier } => {
                let is_ready = matches!(ended, Ended::Well { .. });
                self.provisioned(&running.function, &qualifier, &running.version, is_ready);
            }
        }
        self.begin_what_waits(cx, &running.function);
    }
}
