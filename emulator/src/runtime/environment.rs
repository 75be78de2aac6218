//! One execution environment: what it is made from, and the invocation that it has in hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cloudless_core::lambda::{Deployment, Initialization, InvocationId, LogFormat, Outcome};
use cloudless_core::trace::CauseId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Work;
use super::credentials::Credentials;
use super::extensions::Extensions;
use super::log::{InitFailure, InitPhase, InvocationReport, Log, Status};

/// An execution environment. It serves one invocation at a time, all of the same deployment.
pub(super) struct Environment {
    /// Unique in a run.
    pub id: u64,
    pub function: Arc<Deployment>,
    /// Whether it stands by.
    pub initialization: Initialization,
    pub credentials: Credentials,
    pub log: Arc<Log>,
    /// Cancelled when the environment is to end, whatever it is doing.
    pub stop: CancellationToken,
    /// What registers beside the runtime.
    pub extensions: Extensions,
    /// Signalled when an extension cannot go on, with the error's type.
    extension_failed: Notify,
    extension_error: OnceLock<String>,
    /// What was in the folder that is its code, where it is one.
    pub folder: OnceLock<u64>,
    /// Set when it is to end once it has nothing in hand.
    pub stale: AtomicBool,
    /// How many invocations its runtime was given.
    served: AtomicU64,
    /// Signalled when an invocation is assigned.
    assigned: Notify,
    /// Signalled for whoever looks after an environment at work: see [`at_work`](Self::at_work).
    busy: Notify,
    /// Signalled when the runtime has asked for its first invocation.
    pub initialized: Notify,
    /// Signalled when its initialisation failed and is to begin again.
    pub init_again: Notify,
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
    /// The invocation's time is over; it began then, where its runtime had asked for it.
    TimedOut { invocation: Arc<Work>, began: Option<Instant> },
    /// It takes no more invocations.
    Ended,
}

/// How far the initialisation is.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
enum Init {
    Pending {
        began: Instant,
    },
    /// It failed, and runs once more as a part of the first invocation.
    Again {
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
    Succeeded {
        payload: Bytes,
    },
    Failed {
        payload: Bytes,
    },
    /// The runtime could not initialise and said why.
    InitFailed {
        error_type: String,
        payload: Bytes,
    },
    Crashed {
        error_type: String,
        reason: String,
    },
    TimedOut,
}

/// What follows from an initialisation that failed.
pub(super) enum AfterInit {
    /// It is begun again, as a part of the invocation.
    Again(Arc<Work>),
    /// The invocation ends.
    Ended(InvocationId, Outcome),
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
    pub fn new(id: u64, invocation: Arc<Work>, log: Arc<Log>) -> Self {
        Self {
            id,
            function: Arc::clone(&invocation.function),
            initialization: invocation.initialization,
            credentials: Credentials::generate(),
            log,
            stop: CancellationToken::new(),
            extensions: Extensions::default(),
            extension_failed: Notify::new(),
            extension_error: OnceLock::new(),
            folder: OnceLock::new(),
            stale: AtomicBool::new(false),
            served: AtomicU64::new(0),
            assigned: Notify::new(),
            busy: Notify::new(),
            initialized: Notify::new(),
            init_again: Notify::new(),
            slot: Mutex::new(Slot {
                state: State::Assigned(invocation),
                init: Init::Pending { began: Instant::now() },
            }),
        }
    }

    /// Whether the code was another when this began, of a folder that is edited.
    pub fn is_outdated(&self, work: &Work) -> bool {
        let began_with = self.folder.get();
        work.folder.is_some() && began_with.is_some() && work.folder.as_ref() != began_with
    }

    /// Whether an invocation can be served here.
    pub fn serves(&self, work: &Work) -> bool {
        let function = &work.function;
        !self.is_outdated(work)
            && self.function.revision_id == function.revision_id
            && self.function.version == function.version
            && self.function.arn == function.arn
            && self.initialization == work.initialization
            && !work.only_prepares
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
        self.busy.notify_one();
        Ok(())
    }

    /// Its runtime is ready, and that is all it was made for: it idles from now on. Which invocation that ends;
    /// nothing where it has one to perform.
    pub fn prepared(&self) -> Option<(InvocationId, Outcome)> {
        let mut slot = self.slot();
        let (State::Assigned(work), Init::Pending { began }) = (&slot.state, &slot.init) else {
            return None;
        };
        if !work.only_prepares {
            return None;
        }
        let (id, took) = (work.id.clone(), began.elapsed());
        self.log.init_done(took, InitPhase::Init);
        slot.init = Init::Done { took };
        slot.state = State::Idle { since: Instant::now() };
        self.initialized.notify_one();
        let (payload, log_tail) = (Bytes::new(), Bytes::new());
        Some((id, Outcome::Succeeded { payload, log_tail }))
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
        let mut began = Instant::now();
        match slot.init {
            Init::Pending { began } => {
                let took = began.elapsed();
                self.log.init_done(took, InitPhase::Init);
                slot.init = Init::Done { took };
                self.initialized.notify_one();
            }
            Init::Again { began: again } => {
                self.log.init_done(again.elapsed(), InitPhase::Invoke);
                began = again;
                slot.init = Init::Reported;
            }
            Init::Done { .. } | Init::Reported => {}
        }
        match &slot.state {
            State::Idle { .. } => Ok(None),
            State::Running { .. } | State::TimedOut { .. } | State::Ended => {
                Err(Refused::WrongState)
            }
            State::Assigned(invocation) => {
                let invocation = Arc::clone(invocation);
                self.log.begin(&invocation.id.0, invocation.cause);
                slot.state = State::Running { invocation: Arc::clone(&invocation), began };
                self.served.fetch_add(1, Ordering::Relaxed);
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
        let (invocation, began) = (Arc::clone(invocation), Some(*began));
        let outcome = self.outcome(&mut slot.init, &invocation, began, ended, memory_used_mib);
        slot.state = State::Idle { since: Instant::now() };
        Ok((invocation.id.clone(), outcome))
    }

    /// Whether the answer of the invocation in hand leaves as it comes.
    pub fn streams(&self, request_id: &str) -> Result<Option<InvocationId>, Refused> {
        match &self.slot().state {
            State::Running { invocation, .. } if &*invocation.id.0 != request_id => {
                Err(Refused::OtherRequestId)
            }
            State::Running { invocation, .. } => {
                Ok(invocation.streams.then(|| invocation.id.clone()))
            }
            _ => Err(Refused::WrongState),
        }
    }

    /// The runtime could not initialise and says why. It is started again the first time; the
    /// second time nothing more is to be expected of it.
    pub fn fail_init(&self, error_type: String, payload: Bytes) -> Result<AfterInit, Refused> {
        let failure = InitFailure::Failed { error_type: &error_type };
        if let Some(work) = self.init_again(failure) {
            self.init_again.notify_one();
            return Ok(AfterInit::Again(work));
        }
        let mut slot = self.slot();
        let invocation = match (&slot.state, &slot.init) {
            (State::Assigned(work), Init::Again { .. }) => Arc::clone(work),
            (State::Assigned(work), Init::Pending { .. }) if work.only_prepares => Arc::clone(work),
            _ => return Err(Refused::WrongState),
        };
        let ended = Ended::InitFailed { error_type, payload };
        let outcome = self.outcome(&mut slot.init, &invocation, None, ended, None);
        slot.state = State::Ended;
        Ok(AfterInit::Ended(invocation.id.clone(), outcome))
    }

    /// The first initialisation has failed: it begins again, for the invocation that is given, whose
    /// time begins with it. Nothing where this was not the first, or nothing is to be done.
    pub fn init_again(&self, failure: InitFailure<'_>) -> Option<Arc<Work>> {
        let mut slot = self.slot();
        let (State::Assigned(invocation), Init::Pending { began }) = (&slot.state, &slot.init)
        else {
            return None;
        };
        if invocation.only_prepares {
            return None;
        }
        let invocation = Arc::clone(invocation);
        self.log.init_failed(began.elapsed(), InitPhase::Init, failure);
        slot.init = Init::Again { began: Instant::now() };
        Some(invocation)
    }

    /// The environment is no more, because of `crash` where it ended by itself.
    pub fn end(&self, crash: Option<(String, String)>, memory_used_mib: Option<u64>) -> Left {
        let mut slot = self.slot();
        let initialized = matches!(slot.init, Init::Done { .. } | Init::Reported);
        let crash = crash.map(|(error_type, reason)| Ended::Crashed { error_type, reason });
        let (invocation, began, ended) = match std::mem::replace(&mut slot.state, State::Ended) {
            State::Idle { .. } | State::Ended => return Left::Nothing,
            State::Assigned(invocation) if initialized => return Left::Unbegun(invocation),
            State::Assigned(invocation) => (invocation, None, crash),
            State::Running { invocation, began } => (invocation, Some(began), crash),
            State::TimedOut { invocation, began } => (invocation, began, Some(Ended::TimedOut)),
        };
        let Some(ended) = ended else { return Left::Nothing };
        let outcome = self.outcome(&mut slot.init, &invocation, began, ended, memory_used_mib);
        Left::Ended(invocation, outcome)
    }

    /// The invocation's time is over. Where it is this one's, the environment stops, and
    /// [`end`](Self::end) then gives the outcome.
    pub fn abort(&self, id: &InvocationId) -> bool {
        let mut slot = self.slot();
        let (invocation, began) = match &slot.state {
            State::Assigned(invocation) if invocation.id == *id => (invocation, None),
            State::Running { invocation, began } if invocation.id == *id => {
                (invocation, Some(*began))
            }
            _ => return false,
        };
        slot.state = State::TimedOut { invocation: Arc::clone(invocation), began };
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

    /// What only the variables of this environment hold.
    pub fn marker(&self) -> &str {
        self.log.stream.rsplit(']').next().unwrap_or(&self.log.stream)
    }

    /// What calls made here are caused by: the invocation in hand.
    pub fn cause(&self) -> Option<CauseId> {
        match &self.slot().state {
            State::Running { invocation, .. } => Some(invocation.cause),
            // What it does before its first invocation is done for that one.
            State::Assigned(invocation) => Some(invocation.cause),
            State::TimedOut { invocation, .. } => Some(invocation.cause),
            State::Idle { .. } | State::Ended => None,
        }
    }

    /// An extension cannot go on, for an error of this type.
    pub fn fail_by_extension(&self, error_type: String) {
        let _ = self.extension_error.set(error_type);
        self.extension_failed.notify_one();
    }

    /// The type of the error for which an extension cannot go on, once one cannot.
    pub async fn failed_by_extension(&self) -> String {
        loop {
            if let Some(error_type) = self.extension_error.get() {
                return error_type.clone();
            }
            self.extension_failed.notified().await;
        }
    }

    /// Whether the invocation in hand is stopped because its time is over.
    pub fn has_timed_out(&self) -> bool {
        matches!(self.slot().state, State::TimedOut { .. })
    }

    /// Returns while there is work to do: an initialisation, or an invocation.
    pub async fn at_work(&self) {
        loop {
            let busy = self.busy.notified();
            if !matches!(self.slot().state, State::Idle { .. } | State::Ended) {
                return;
            }
            busy.await;
        }
    }

    /// Whether this is the first initialisation, and it is not done.
    pub fn is_in_init_phase(&self) -> bool {
        matches!(self.slot().init, Init::Pending { .. })
    }

    /// When the time of the invocation in hand is over, in ms since the epoch, on the wall clock:
    /// runtimes compute the time that remains from theirs, while the World's clock may be another.
    pub fn deadline_ms(&self) -> u64 {
        let spent = match &self.slot().state {
            State::Running { began, .. } => began.elapsed(),
            _ => Duration::ZERO,
        };
        let now = std::time::SystemTime::now();
        let began = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let deadline = began.saturating_sub(spent).as_millis();
        u64::try_from(deadline).unwrap_or(u64::MAX) + u64::from(self.function.timeout_s) * 1000
    }

    /// The environment variables of
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>: the function's
    /// own, and those that no function can set.
    pub fn variables(&self, endpoint_url: &str) -> BTreeMap<String, String> {
        let function = &self.function;
        let name = function.arn.name.as_str();
        let region = function.arn.region.as_str();
        let defaults = [
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("AWS_ENDPOINT_URL", endpoint_url),
            // Where a daemon of X-Ray listens, if there is one on this host.
            ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
            ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"),
            ("_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"),
            ("_AWS_XRAY_DAEMON_PORT", "2000"),
        ];
        let mut variables =
            BTreeMap::from(defaults.map(|(name, value)| (name.to_owned(), value.to_owned())));
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
            ("AWS_LAMBDA_LOG_GROUP_NAME", self.log.group.clone()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", self.log.stream.clone()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", self.initialization.as_str().to_owned()),
        ];
        variables.extend(reserved.map(|(name, value)| (name.to_owned(), value)));
        variables.extend(log_variables(function.logging.format));
        if !function.runtime.starts_with("provided") {
            let value = format!("AWS_Lambda_{}", function.runtime);
            variables.insert("AWS_EXECUTION_ENV".to_owned(), value);
        }
        variables
    }

    fn outcome(
        &self,
        init: &mut Init,
        invocation: &Work,
        began: Option<Instant>,
        ended: Ended,
        memory_used_mib: Option<u64>,
    ) -> Outcome {
        if let (true, Init::Pending { began }) = (invocation.only_prepares, &*init) {
            // There is no invocation whose log this could end.
            if let Some(failure) = ended.as_init_failure() {
                self.log.init_failed(began.elapsed(), InitPhase::Init, failure);
                self.log.close();
            }
            return Outcome::Failed { payload: Bytes::new(), log_tail: Bytes::new() };
        }
        let mut began = began;
        let init_duration = match std::mem::replace(init, Init::Reported) {
            Init::Pending { began } => Some(began.elapsed()),
            Init::Done { took } => Some(took),
            Init::Reported => None,
            Init::Again { began: again } => {
                began = Some(again);
                if let Some(failure) = ended.as_init_failure() {
                    self.log.init_failed(again.elapsed(), InitPhase::Invoke, failure);
                }
                self.log.begin(&invocation.id.0, invocation.cause);
                None
            }
        };
        let elapsed = began.map_or(Duration::ZERO, |began| began.elapsed());
        let log_tail = self.log.end(&InvocationReport {
            request_id: &invocation.id.0,
            duration: match ended {
                // Not what it took to stop it.
                Ended::TimedOut => elapsed.min(Duration::from_secs(self.function.timeout_s.into())),
                _ => elapsed,
            },
            init_duration,
            memory_used_mib,
            produced_bytes: match &ended {
                Ended::Succeeded { payload } | Ended::Failed { payload } => Some(payload.len()),
                _ => None,
            },
            status: match &ended {
                Ended::Succeeded { .. } | Ended::Failed { .. } => Status::Returned,
                Ended::InitFailed { error_type, .. } => Status::InitFailed { error_type },
                Ended::Crashed { error_type, reason } => Status::Crashed { error_type, reason },
                Ended::TimedOut => Status::TimedOut { timeout_s: self.function.timeout_s },
            },
        });
        match ended {
            Ended::Succeeded { payload } => Outcome::Succeeded { payload, log_tail },
            Ended::Failed { payload } | Ended::InitFailed { payload, .. } => {
                Outcome::Failed { payload, log_tail }
            }
            Ended::Crashed { error_type, reason } => {
                Outcome::Crashed { error_type, reason, log_tail }
            }
            Ended::TimedOut => {
                Outcome::TimedOut { reused: self.served.load(Ordering::Relaxed) > 1, log_tail }
            }
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By which runtimes know how to log, and how much.
fn log_variables(format: LogFormat) -> Vec<(String, String)> {
    const FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
    match format {
        LogFormat::Text => vec![(FORMAT.to_owned(), "Text".to_owned())],
        LogFormat::Json { application, .. } => {
            let level = serde_json::to_value(application).unwrap_or_default();
            let level = level.as_str().unwrap_or_default().to_owned();
            vec![(FORMAT.to_owned(), "JSON".to_owned()), ("AWS_LAMBDA_LOG_LEVEL".to_owned(), level)]
        }
    }
}

impl Ended {
    /// What it says of an initialisation that was not done.
    fn as_init_failure(&self) -> Option<InitFailure<'_>> {
        match self {
            Self::Succeeded { .. } | Self::Failed { .. } => None,
            Self::InitFailed { error_type, .. } | Self::Crashed { error_type, .. } => {
                Some(InitFailure::Failed { error_type })
            }
            Self::TimedOut => Some(InitFailure::TimedOut),
        }
    }
}
