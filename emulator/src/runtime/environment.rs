//! One execution environment: what it is made from, and the invocation that it has in hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cloudless_core::lambda::{Deployment, InvocationId, Outcome};
use cloudless_core::trace::CauseId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Work;
use super::credentials::Credentials;
use super::log::{InvocationReport, Log, Status};

/// An execution environment. It serves one invocation at a time, all of the same deployment.
pub(super) struct Environment {
    /// Unique in a run.
    pub id: u64,
    pub function: Arc<Deployment>,
    pub credentials: Credentials,
    pub log: Log,
    /// `AWS_LAMBDA_LOG_STREAM_NAME`
    pub log_stream: String,
    /// Cancelled when the environment is to end, whatever it is doing.
    pub stop: CancellationToken,
    /// Set when it is to end once it has nothing in hand.
    pub stale: AtomicBool,
    /// Signalled when an invocation is assigned.
    assigned: Notify,
    /// Signalled when the runtime has asked for its first invocation.
    pub initialized: Notify,
    slot: Mutex<Slot>,
}

struct Slot {
    state: State,
    init: Init,
}

/// What an environment is doing.
enum State {
    /// Nothing, since then.
    Idle { since: Instant },
    /// It has an invocation that its runtime has not asked for yet.
    Assigned(Arc<Work>),
    /// Its runtime works.
    Running { invocation: Arc<Work>, began: Instant },
    /// It takes no more invocations.
    Ended,
}

/// How far the initialisation is.
enum Init {
    Pending {
        began: Instant,
    },
    /// Done, and not reported yet.
    Done {
        took: Duration,
    },
    Reported,
}

/// How an invocation ended, before its log is added.
pub(super) enum Ended {
    Succeeded { payload: Bytes },
    Failed { payload: Bytes },
    Crashed { error_type: String, reason: String },
}

/// The runtime asked for something that its state does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// This is not the invocation in hand.
    OtherRequestId,
    /// Nothing is in hand, or it was already answered.
    WrongState,
}

/// What an environment that has ended leaves behind.
pub(super) enum Left {
    Nothing,
    /// An invocation that was never begun: another environment serves it.
    Unbegun(Arc<Work>),
    /// An invocation that ended with the environment.
    Ended(Arc<Work>, Outcome),
}

impl Environment {
    pub fn new(id: u64, invocation: Arc<Work>, log: Log, log_stream: String) -> Self {
        Self {
            id,
            function: Arc::clone(&invocation.function),
            credentials: Credentials::generate(),
            log,
            log_stream,
            stop: CancellationToken::new(),
            stale: AtomicBool::new(false),
            assigned: Notify::new(),
            initialized: Notify::new(),
            slot: Mutex::new(Slot {
                state: State::Assigned(invocation),
                init: Init::Pending { began: Instant::now() },
            }),
        }
    }

    /// Whether invocations of `function` can be served here.
    pub fn serves(&self, function: &Deployment) -> bool {
        self.function.revision_id == function.revision_id
            && self.function.version == function.version
            && self.function.arn == function.arn
            && !self.stop.is_cancelled()
            && !self.stale.load(Ordering::Relaxed)
    }

    /// Gives it its next invocation, where it has none.
    pub fn assign(&self, invocation: Arc<Work>) -> Result<(), Arc<Work>> {
        let mut slot = self.slot();
        let State::Idle { .. } = slot.state else { return Err(invocation) };
        slot.state = State::Assigned(invocation);
        drop(slot);
        self.assigned.notify_one();
        Ok(())
    }

    /// The next invocation, once there is one: what a runtime asks for when it is ready.
    pub async fn next(&self) -> Result<Arc<Work>, Refused> {
        loop {
            // Before the look, so that an assignment after it is heard.
            let assigned = self.assigned.notified();
            if let Some(invocation) = self.begin()? {
                return Ok(invocation);
            }
            assigned.await;
        }
    }

    fn begin(&self) -> Result<Option<Arc<Work>>, Refused> {
        let mut slot = self.slot();
        if let Init::Pending { began } = slot.init {
            slot.init = Init::Done { took: began.elapsed() };
            self.initialized.notify_one();
        }
        match &slot.state {
            State::Idle { .. } => Ok(None),
            State::Running { .. } | State::Ended => Err(Refused::WrongState),
            State::Assigned(invocation) => {
                let invocation = Arc::clone(invocation);
                self.log.begin(&invocation.id.0);
                let began = Instant::now();
                slot.state = State::Running { invocation: Arc::clone(&invocation), began };
                Ok(Some(invocation))
            }
        }
    }

    /// The invocation in hand has ended; the environment is free for the next.
    pub fn finish(
        &self,
        request_id: &str,
        ended: Ended,
        memory_used_mib: Option<u64>,
    ) -> Result<(InvocationId, Outcome), Refused> {
        let mut slot = self.slot();
        let State::Running { invocation, began } = &slot.state else {
            return Err(Refused::WrongState);
        };
        if &*invocation.id.0 != request_id {
            return Err(Refused::OtherRequestId);
        }
        let (id, began) = (invocation.id.clone(), *began);
        let outcome = self.outcome(&mut slot.init, &id, Some(began), ended, memory_used_mib);
        slot.state = State::Idle { since: Instant::now() };
        Ok((id, outcome))
    }

    /// The runtime could not initialise and says why. Nothing more is to be expected of it.
    pub fn fail_init(&self, payload: Bytes) -> Result<(InvocationId, Outcome), Refused> {
        let mut slot = self.slot();
        let (State::Assigned(invocation), Init::Pending { .. }) = (&slot.state, &slot.init) else {
            return Err(Refused::WrongState);
        };
        let id = invocation.id.clone();
        let outcome = self.outcome(&mut slot.init, &id, None, Ended::Failed { payload }, None);
        slot.state = State::Ended;
        Ok((id, outcome))
    }

    /// The environment is no more, because of `crash` where it ended by itself.
    pub fn end(&self, crash: Option<(String, String)>) -> Left {
        let mut slot = self.slot();
        let initialized = !matches!(slot.init, Init::Pending { .. });
        let (invocation, began) = match std::mem::replace(&mut slot.state, State::Ended) {
            State::Idle { .. } | State::Ended => return Left::Nothing,
            State::Assigned(invocation) if initialized => return Left::Unbegun(invocation),
            State::Assigned(invocation) => (invocation, None),
            State::Running { invocation, began } => (invocation, Some(began)),
        };
        let Some((error_type, reason)) = crash else { return Left::Nothing };
        let ended = Ended::Crashed { error_type, reason };
        let outcome = self.outcome(&mut slot.init, &invocation.id, began, ended, None);
        Left::Ended(invocation, outcome)
    }

    /// The invocation's time is over: drops it, where it is this one's, and stops the environment.
    pub fn abort(&self, id: &InvocationId) -> bool {
        let mut slot = self.slot();
        let began = match &slot.state {
            State::Assigned(invocation) if invocation.id == *id => None,
            State::Running { invocation, began } if invocation.id == *id => Some(*began),
            _ => return false,
        };
        slot.state = State::Ended;
        self.log.end(&InvocationReport {
            request_id: &id.0,
            duration: began.map_or(Duration::ZERO, |began| began.elapsed()),
            init_duration: None,
            memory_used_mib: None,
            status: Status::TimedOut { timeout_s: self.function.timeout_s },
        });
        drop(slot);
        self.stop.cancel();
        true
    }

    /// Since when it has nothing to do; nothing while it has.
    pub fn idle_since(&self) -> Option<Instant> {
        match self.slot().state {
            State::Idle { since } => Some(since),
            _ => None,
        }
    }

    /// The invocation that it was made for, before it began: with it came the code.
    pub fn first_work(&self) -> Option<Arc<Work>> {
        match &self.slot().state {
            State::Assigned(work) => Some(Arc::clone(work)),
            _ => None,
        }
    }

    /// What calls made here are caused by: the invocation in hand.
    pub fn cause(&self) -> Option<CauseId> {
        match &self.slot().state {
            State::Running { invocation, .. } => Some(invocation.cause),
            // What it does before its first invocation is done for that one.
            State::Assigned(invocation) => Some(invocation.cause),
            State::Idle { .. } | State::Ended => None,
        }
    }

    /// Whether the runtime has asked for an invocation yet.
    pub fn is_initialized(&self) -> bool {
        !matches!(self.slot().init, Init::Pending { .. })
    }

    /// The environment variables of
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>: the function's
    /// own, and those that no function can set.
    pub fn variables(&self, endpoint_url: &str) -> BTreeMap<String, String> {
        let function = &self.function;
        let name = function.arn.name.as_str();
        let region = function.arn.region.as_str();
        let mut variables = BTreeMap::from([
            ("LANG".to_owned(), "en_US.UTF-8".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), endpoint_url.to_owned()),
        ]);
        variables.extend(function.environment.clone());
        let reserved = [
            ("_HANDLER", function.handler.clone()),
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_ACCESS_KEY_ID", self.credentials.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key.clone()),
            ("AWS_SESSION_TOKEN", self.credentials.session_token.clone()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", function.version.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_size_mib.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", log_group(name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", self.log_stream.clone()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ];
        variables.extend(reserved.map(|(name, value)| (name.to_owned(), value)));
        if !function.runtime.starts_with("provided") {
            let value = format!("AWS_Lambda_{}", function.runtime);
            variables.insert("AWS_EXECUTION_ENV".to_owned(), value);
        }
        variables
    }

    fn outcome(
        &self,
        init: &mut Init,
        id: &InvocationId,
        began: Option<Instant>,
        ended: Ended,
        memory_used_mib: Option<u64>,
    ) -> Outcome {
        let init_duration = match std::mem::replace(init, Init::Reported) {
            Init::Pending { began } => Some(began.elapsed()),
            Init::Done { took } => Some(took),
            Init::Reported => None,
        };
        let status = match &ended {
            Ended::Succeeded { .. } | Ended::Failed { .. } => Status::Returned,
            Ended::Crashed { error_type, reason } => Status::Crashed { error_type, reason },
        };
        let log_tail = self.log.end(&InvocationReport {
            request_id: &id.0,
            duration: began.map_or(Duration::ZERO, |began| began.elapsed()),
            init_duration,
            memory_used_mib,
            status,
        });
        match ended {
            Ended::Succeeded { payload } => Outcome::Succeeded { payload, log_tail },
            Ended::Failed { payload } => Outcome::Failed { payload, log_tail },
            Ended::Crashed { error_type, reason } => {
                Outcome::Crashed { error_type, reason, log_tail }
            }
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `AWS_LAMBDA_LOG_GROUP_NAME`
pub(super) fn log_group(function_name: &str) -> String {
    format!("/aws/lambda/{function_name}")
}

/// When the function's time is over, on the wall clock: runtimes compute the time that remains from
/// theirs, while the World's clock may be another.
pub(super) fn deadline_ms(function: &Deployment) -> u64 {
    let now = std::time::SystemTime::now();
    let since_epoch = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
        + u64::from(function.timeout_s) * 1000
}
