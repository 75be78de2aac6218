//! Invocations: asked for, begun, running.

use std::sync::Arc;

use bytes::Bytes;
use kernel::arn::{FunctionArn, QueueArn};
use kernel::call::CallId;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use kernel::trace::{Cause, CauseId};
use serde::{Deserialize, Serialize};

use super::EventMetric;
use super::{Deployment, Initialization, Lambda, Lineage, MappingId, RecursiveLoop};
use crate::error::UserError as _;
use crate::{Announcement, Cx, Due, Effect, Record, error as refuse, record};

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
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_header: String,
    /// Whether its answer is to leave as it comes; it ends by [`Effect::EndStream`].
    pub streams: bool,
    /// What kind of environment it runs in.
    pub initialization: Initialization,
    /// No function is invoked: an environment is to be ready for one. This ends when it is, or cannot be.
    pub only_prepares: bool,
    /// What the invocation is called in the trace: calls that the function makes during it have
    /// this as their cause.
    pub cause: CauseId,
}

/// How an answer ends that left as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEnd {
    /// What went wrong, as JSON: `{"errorMessage", "errorType", …}`; nothing where the answer is whole.
    pub error: Option<Bytes>,
    /// The last 4 KiB of what the function logged, in Base64, where the caller wants it.
    pub log_result: Option<String>,
}

impl StreamEnd {
    /// The end of an answer whose invocation is thrown away: nobody will say how it ended.
    #[must_use]
    pub fn thrown_away() -> Self {
        let error = br#"{"errorMessage":"The AWS Lambda service encountered an internal error.","errorType":"ServiceException"}"#;
        Self { error: Some(Bytes::from_static(error)), log_result: None }
    }
}

/// An invocation that must not be lost. Restored, it is performed anew.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
pub enum PendingSource {
    /// An asynchronous invocation, of a client or of another service.
    Event {
        /// The event, as text where it is UTF-8 (JSON always is).
        payload: String,
        /// `X-Amzn-Trace-Id` of the call.
        trace_header: Option<String>,
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

/// An invocation that is under way. Not durable.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) function: FunctionArn,
    /// By which alias or version it was invoked.
    pub(super) qualifier: Option<Box<str>>,
    /// When it was handed to its environment.
    pub(super) asked: Timestamp,
    /// When the function had it; before that, as `asked`.
    pub(super) begun: Timestamp,
    /// The version that runs: `$LATEST` or a number.
    pub(super) version: String,
    pub(super) phase: Phase,
    pub(super) timeout_s: u32,
    pub(super) cause: CauseId,
    /// `Lambda-Runtime-Trace-Id`
    pub(super) trace_header: String,
    pub(super) reason: Reason,
}

/// How far an invocation is that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// Its environment is being made ready. That does not count in the function's timeout.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
    Initializing,
    /// The function has it, until its time is over.
    Running { deadline: Timestamp },
    /// Its time was over: what is left to hear of it is the end of its log.
    TimedOut,
}

/// What a function is invoked with.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) payload: Bytes,
    pub(super) client_context: Option<String>,
    /// `X-Amzn-Trace-Id` of the call.
    pub(super) trace_header: Option<String>,
    /// How often functions were invoked on the way here.
    pub(super) lineage: Lineage,
}

/// What a batch is invoked with.
#[derive(Debug)]
pub(super) struct BatchEvent {
    pub(super) payload: Bytes,
    pub(super) lineage: Lineage,
    /// Until when nobody else receives its messages.
    pub(super) messages_hidden_until: Timestamp,
}

/// An invocation that is to begin.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) cause: Cause,
    pub(super) id: InvocationId,
    pub(super) invoked_arn: FunctionArn,
    pub(super) asked: Asked,
    pub(super) reason: Reason,
    /// Until when nobody else receives the messages of a batch.
    pub(super) messages_hidden_until: Option<Timestamp>,
}

/// Who waits for an invocation's end.
#[derive(Debug, Clone)]
pub(super) enum Reason {
    /// A caller.
    Call { call: CallId, call_cause: CauseId, wants_log: bool },
    /// A caller whose answer has begun.
    Stream { wants_log: bool },
    /// Nobody: it is pending, and tried again where it fails.
    Pending,
    /// The provisioned concurrency of this version or alias: an environment is made ready.
    Provision { qualifier: Box<str> },
}

impl Lambda {
    /// Accepts an asynchronous invocation of a service for an event.
    ///
    /// # Errors
    /// The event is not UTF-8.
    pub fn invoke_later(
        &mut self,
        cx: &mut Cx<'_>,
        invoked_arn: FunctionArn,
        payload: Bytes,
        trace_header: Option<String>,
    ) -> Result<(), ApiError> {
        self.keep_event(cx, invoked_arn, payload, trace_header).map(drop)
    }

    pub(super) fn keep_event(
        &mut self,
        cx: &mut Cx<'_>,
        invoked_arn: FunctionArn,
        payload: Bytes,
        trace_header: Option<String>,
    ) -> Result<InvocationId, ApiError> {
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
                source: PendingSource::Event { payload, trace_header },
                attempts: 0,
                created: cx.now,
                retry_at: None,
                cause: cx.cause(),
            },
        );
        if let Some(pending) = self.pending.get(&id) {
            let function = pending.invoked_arn.unqualified();
            self.meter_event(cx, &function, EventMetric::Received);
        }
        self.start_pending(cx, &id);
        Ok(id)
    }

    pub(super) fn keep_pending(&mut self, cx: &mut Cx<'_>, pending: Pending) {
        cx.put(|| Record::pending(&pending));
        self.pending.insert(pending.id.clone(), pending);
    }

    pub(super) fn forget_pending(&mut self, cx: &mut Cx<'_>, id: &InvocationId) -> Option<Pending> {
        let pending = self.pending.remove(id)?;
        if let Some(until) = self.waiting.forget(id) {
            cx.deadlines.cancel(until, Due::GiveUpBatch(id.clone()));
        }
        if let PendingSource::Batch { mapping, .. } = &pending.source
            && let Some(feed) = self.feeds.get_mut(mapping)
        {
            feed.running.remove(id);
        }
        cx.delete(|| record::Pending::key_of(&pending.id.0));
        Some(pending)
    }

    /// Performs a pending invocation: at once, when its wait is over, or after a restart.
    pub(super) fn start_pending(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(pending) = self.pending.get_mut(id) else { return };
        if self.running.contains_key(id) {
            return;
        }
        let cause = pending.cause.into();
        match &pending.source {
            PendingSource::Event { payload, trace_header } => {
                let lineage = Lineage::of(trace_header.as_deref());
                let start = Start {
                    cause,
                    id: id.clone(),
                    invoked_arn: pending.invoked_arn.clone(),
                    asked: Asked {
                        payload: Bytes::from(payload.clone()),
                        client_context: None,
                        trace_header: trace_header.clone(),
                        lineage,
                    },
                    reason: Reason::Pending,
                    messages_hidden_until: None,
                };
                if pending.retry_at.take().is_some() {
                    let record = pending.clone();
                    cx.put(|| Record::pending(&record));
                }
                match self.is_in_a_loop(&start.invoked_arn, &start.asked.lineage) {
                    true => self.give_up_looping_event(cx, id),
                    false => self.start(cx, start),
                }
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
        cause: Cause,
        id: InvocationId,
        invoked_arn: FunctionArn,
        event: BatchEvent,
    ) {
        let BatchEvent { payload, lineage, messages_hidden_until } = event;
        let asked = Asked { payload, client_context: None, trace_header: None, lineage };
        let reason = Reason::Pending;
        let messages_hidden_until = Some(messages_hidden_until);
        self.start(cx, Start { cause, id, invoked_arn, asked, reason, messages_hidden_until });
    }

    /// Begins a pending invocation, or lets it wait where there is no room.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>, start: Start) {
        let Some(deployment) = self.deployment_for(cx, &start.invoked_arn) else {
            // Deleted since it was asked for. Lambda drops such events; messages of a batch come
            // back when their visibility timeout ends.
            let name = start.invoked_arn.name.as_str();
            let cause = cx.follows_from(start.cause, "lambda:Invoke", name);
            cx.trace.end(cause, "the function does not exist any more");
            let pending = self.forget_pending(cx, &start.id);
            if let Some(PendingSource::Event { .. }) = pending.map(|pending| pending.source) {
                let function = start.invoked_arn.unqualified();
                self.meter_event(cx, &function, EventMetric::Dropped);
            }
            return;
        };
        let function = self.functions.get(&deployment.arn);
        let throttling = function.and_then(|it| self.throttling(it, &deployment.version));
        if let Some(throttling) = throttling {
            self.meter_throttle(cx, &start.invoked_arn, &deployment.version);
            self.wait_for_room(cx, start, throttling);
            return;
        }
        self.waiting.forget(&start.id);
        self.run(cx, start, deployment);
    }

    /// What an invocation by this ARN runs, drawn where an alias shares it between two versions; nothing
    /// where it is not there.
    pub(super) fn deployment_for(
        &self,
        cx: &mut Cx<'_>,
        invoked: &FunctionArn,
    ) -> Option<Arc<Deployment>> {
        let function = self.functions.get(&invoked.unqualified())?;
        let version = function.routed(invoked.qualifier.as_deref(), || cx.ids.next_u64())?;
        Some(Arc::clone(&version.deployment))
    }

    /// Whether a function has been invoked so often on the way to this that it is stopped.
    pub(super) fn is_in_a_loop(&self, invoked: &FunctionArn, lineage: &Lineage) -> bool {
        let function = self.functions.get(&invoked.unqualified());
        function.is_some_and(|it| it.recursive_loop == RecursiveLoop::Terminate)
            && lineage.is_loop_of(invoked)
    }

    pub(super) fn run(&mut self, cx: &mut Cx<'_>, start: Start, deployment: Arc<Deployment>) {
        let Start { cause, id, invoked_arn, asked, reason, .. } = start;
        let only_prepares = matches!(reason, Reason::Provision { .. });
        let what = if only_prepares { "lambda:Provision" } else { "lambda:Invoke" };
        let cause = cx.follows_from(cause, what, invoked_arn.name.as_str());
        // A trace that the caller is in goes on; otherwise one begins.
        let continued = asked.trace_header.filter(|header| header.starts_with("Root="));
        let trace_header = continued.unwrap_or_else(|| new_trace_header(cx));
        let trace_header = asked.lineage.and(&invoked_arn).written_into(&trace_header);
        let phase = Phase::Initializing;
        let streams = matches!(reason, Reason::Stream { .. });
        let running = Running {
            function: invoked_arn.unqualified(),
            qualifier: invoked_arn.qualifier.clone(),
            asked: cx.now,
            begun: cx.now,
            version: deployment.version.clone(),
            phase,
            timeout_s: deployment.timeout_s,
            cause,
            trace_header: trace_header.clone(),
            reason,
        };
        self.running.insert(id.clone(), running);
        if !only_prepares {
            self.meter_begin(cx, &invoked_arn, &deployment.version);
            self.meter_event_age(cx, &id);
        }
        let function = self.functions.get(&deployment.arn);
        let is_provisioned = only_prepares
            || function.is_some_and(|it| it.has_provisioned_ready(&deployment.version, cx.now));
        cx.effect(Effect::Invoke(Box::new(Invocation {
            id,
            function: deployment,
            invoked_arn,
            payload: asked.payload,
            client_context: asked.client_context,
            trace_header,
            streams,
            initialization: match is_provisioned {
                true => Initialization::Provisioned,
                false => Initialization::OnDemand,
            },
            only_prepares,
            cause,
        })));
    }

    /// The function's time begins: its environment is ready and has the invocation, or
    /// initialises once more as a part of it. Only the first time counts.
    pub fn began(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(running) = self.running.get_mut(id) else { return };
        let Phase::Initializing = running.phase else { return };
        if let Reason::Provision { .. } = running.reason {
            return;
        }
        let deadline = cx.now.after_s(running.timeout_s.into());
        running.phase = Phase::Running { deadline };
        running.begun = cx.now;
        cx.deadlines.schedule(deadline, Due::Timeout(id.clone()));
    }

    /// The client of a waiting call has gone. Its invocation goes on, as on AWS; nobody hears it.
    pub(crate) fn forget_waiting(&mut self, call: CallId) {
        for running in self.running.values_mut() {
            if matches!(running.reason, Reason::Call { call: waiting, .. } if waiting == call) {
                running.reason = Reason::Pending;
            }
        }
    }

    /// Invocations that are under way or due, by name.
    pub(crate) fn invocations_outstanding(&self) -> Vec<String> {
        let running = self.running.iter().map(|(id, running)| match &running.reason {
            Reason::Provision { qualifier } => {
                format!("an environment of {}:{qualifier} is made ready", running.function.name)
            }
            _ => format!("invocation {} of {} is running", id.0, running.function.name),
        });
        let due = self.pending.values().filter(|pending| {
            pending.retry_at.is_none()
                && !self.running.contains_key(&pending.id)
                && self.waiting.until(&pending.id).is_none()
        });
        let due = due.map(|pending| {
            format!("invocation {} of {} is due", pending.id.0, pending.invoked_arn.name)
        });
        running.chain(due).collect()
    }

    /// Invocations that are tried again later, and batching windows that are open, by name.
    pub(crate) fn invocations_waiting(&self) -> Vec<String> {
        let later = self.pending.values().filter_map(|pending| {
            let (what, at) = match pending.retry_at {
                Some(at) => ("is tried again at", at),
                None => ("waits for room until", self.waiting.until(&pending.id)?),
            };
            let (id, function) = (&pending.id.0, &pending.invoked_arn.name);
            Some(format!("invocation {id} of {function} {what} {}", at.iso8601_ms()))
        });
        later.chain(self.windows_waiting()).collect()
    }
}

/// `X-Amzn-Trace-Id` of a trace that begins.
pub(super) fn new_trace_header(cx: &mut Cx<'_>) -> String {
    format!(
        "Root=1-{:08x}-{};Parent={:016x};Sampled=0",
        // Eight digits are all that the header has for it.
        cx.now.as_s() & 0xffff_ffff,
        hex::encode(cx.ids.bytes(12)),
        cx.ids.next_u64()
    )
}
