//! What all handles to an engine share: the World under its lock, and what leaves it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::error::{ApiError, INTERNAL_ERROR};
use cloudless_core::input::{BlobId, Payload};
use cloudless_core::lambda::{InvocationId, Outcome};
use cloudless_core::trace::CauseId;
use cloudless_core::{Call, CallId, Effect, Input, Response, Step, Timestamp, World};
use tokio::sync::{Notify, oneshot};

use super::committer::{Act, Batch, Committer};
use super::{Answer, CallRequest, EngineConfig, Perform};
use crate::clock::Clock;
use crate::store::{Blobs, Kept, Staged, StoreError};

/// How often a call looks whether the World is free before it goes to sleep for it: some microseconds.
const LOOKS: u32 = 300;

pub(super) struct Shared {
    state: Mutex<State>,
    clock: Clock,
    blobs: Blobs,
    signals: Arc<Signals>,
    calls: AtomicU64,
    pub(super) patience: Duration,
    /// One move of time at once.
    pub(super) moving: tokio::sync::Mutex<()>,
}

pub(super) struct State {
    pub(super) world: World,
    /// Calls that the World has not answered yet.
    pub(super) parked: HashMap<CallId, Parked>,
    /// Invocations that were asked for and have not ended, with their causes.
    pub(super) running: BTreeMap<InvocationId, CauseId>,
    /// What the task that keeps deadlines waits for.
    pub(super) alarm: Option<Timestamp>,
    outlet: Outlet,
}

pub(super) struct Parked {
    answer: oneshot::Sender<Result<Answer, ApiError>>,
    /// The invocation that made the call.
    pub(super) cause: Option<CauseId>,
}

/// Where steps go.
enum Outlet {
    /// Nowhere yet: the runtime is being made.
    Starting,
    /// Nothing is recorded: effects are performed at once.
    Direct(Arc<dyn Perform>),
    /// To the thread that commits; what changes nothing is performed at once while it is idle.
    Committer(mpsc::Sender<Batch>, Arc<dyn Perform>),
    /// Nowhere any more.
    Closed,
}

/// What wakes whoever waits for the engine.
#[derive(Default)]
pub(super) struct Signals {
    /// A step was handled, or its effects were performed, or the engine has ended.
    stepped: Notify,
    /// The engine has ended. Whoever waits for that alone is not woken by every step.
    ended: Notify,
    /// The next deadline is earlier than the one that is waited for, or the engine is closed.
    pub(super) deadline_moved: Notify,
    /// Steps that wait for their commit or whose effects are not all performed.
    in_flight: AtomicUsize,
    failure: OnceLock<String>,
    finished: AtomicBool,
    /// For whoever cannot await the end: a `drop`.
    finishing: (Mutex<()>, Condvar),
}

/// The answer to a call: at once, or later.
enum Answered {
    Now(Result<Answer, ApiError>),
    Later(oneshot::Receiver<Result<Answer, ApiError>>),
}

impl Shared {
    pub(super) fn start(
        config: EngineConfig,
        perform: impl FnOnce(Arc<Self>) -> Arc<dyn Perform>,
    ) -> Result<Arc<Self>, StoreError> {
        let EngineConfig { storage, clock, seed, patience } = config;
        let (mut store, blobs) = (storage.records, storage.blobs);
        let mut restored = None;
        let kept = store.load(seed, &mut |seed, records| {
            restored = Some(World::restore(records, seed));
        })?;
        let world = match (kept, restored) {
            (Kept::Nothing, _) => World::in_memory(seed),
            (Kept::Records { last }, Some(world)) => {
                clock.go_on_from(last).map_err(|_| StoreError::EndOfTime)?;
                sweep(&world, &blobs)?;
                world
            }
            (Kept::Records { .. }, None) => {
                return Err(StoreError::Other("the store gave no records to restore".to_owned()));
            }
        };
        let state = State {
            world,
            parked: HashMap::new(),
            running: BTreeMap::new(),
            alarm: None,
            outlet: Outlet::Starting,
        };
        let shared = Arc::new(Self {
            state: Mutex::new(state),
            clock,
            blobs,
            signals: Arc::default(),
            calls: AtomicU64::new(1),
            patience,
            moving: tokio::sync::Mutex::default(),
        });
        let perform = perform(Arc::clone(&shared));
        let outlet = match kept {
            Kept::Nothing => Outlet::Direct(perform),
            Kept::Records { .. } => {
                let committer = Committer {
                    store,
                    blobs: shared.blobs.clone(),
                    clock: shared.clock.clone(),
                    perform: Arc::clone(&perform),
                    signals: Arc::clone(&shared.signals),
                };
                Outlet::Committer(committer.spawn()?, perform)
            }
        };
        shared.state().outlet = outlet;
        // What has become due while nobody was there, and what a restart cut off.
        shared.happened(Input::Deadline);
        tokio::spawn(Self::keep_deadlines(Arc::downgrade(&shared)));
        Ok(shared)
    }

    pub(super) async fn call(self: &Arc<Self>, call: CallRequest) -> Result<Answer, ApiError> {
        let id = CallId(self.calls.fetch_add(1, Ordering::Relaxed));
        let CallRequest {
            caller,
            region,
            endpoint,
            source_ip,
            trace_header,
            cause,
            request,
            staged,
        } = call;
        let input = Input::Call(Call {
            id,
            caller,
            region,
            endpoint,
            source_ip,
            trace_header,
            cause,
            request,
        });
        match self.step(input, staged, Some((id, cause)))? {
            Some(Answered::Now(answer)) => answer,
            Some(Answered::Later(answer)) => {
                let mut client = Client { shared: Some(self), id };
                let answer = answer.await;
                client.shared = None;
                answer.unwrap_or_else(|_ended| Err(self.signals.refusal()))
            }
            None => Err(self.signals.refusal()),
        }
    }

    pub(super) fn invocation_ended(&self, invocation: InvocationId, outcome: Outcome) {
        self.happened(Input::InvocationEnded { invocation, outcome });
    }

    /// Something happened that nobody waits for an answer to. Once the engine has ended, nobody
    /// hears it: what must not be lost is in the store, and is taken up at the next start.
    pub(super) fn happened(&self, input: Input) {
        let _ = self.step(input, None, None);
    }

    /// What has become due by now.
    pub(super) fn deadline(&self) {
        let due = self.state().world.next_deadline().is_some_and(|at| at <= self.clock.now());
        if due {
            self.happened(Input::Deadline);
        }
    }

    /// Handles one input: the way of everything that happens.
    fn step(
        &self,
        input: Input,
        staged: Option<Staged>,
        call: Option<(CallId, Option<CauseId>)>,
    ) -> Result<Option<Answered>, ApiError> {
        let mut guard = self.state();
        let state = &mut *guard;
        if self.signals.failure().is_some()
            || matches!(state.outlet, Outlet::Starting | Outlet::Closed)
        {
            drop(guard);
            return Err(self.signals.refusal());
        }
        let now = self.clock.now();
        if let Input::InvocationEnded { invocation, .. } = &input {
            state.running.remove(invocation);
        }
        let step = state.world.handle(now, input);
        // An upload is kept where something refers to it now, and otherwise dropped, here.
        let body = staged
            .filter(|staged| state.world.refers_to(&staged.blob().id))
            .and_then(Staged::adopt);
        let answered = self.leave(state, now, step, body, call);
        let next = state.world.next_deadline();
        if next.is_some_and(|next| state.alarm.is_none_or(|alarm| next < alarm)) {
            state.alarm = next;
            self.signals.deadline_moved.notify_one();
        }
        drop(guard);
        self.signals.stepped.notify_waiters();
        Ok(answered)
    }

    /// Sends a step on its way: to the store first where it changed anything or where what it rests
    /// on is not durable yet.
    fn leave(
        &self,
        state: &mut State,
        now: Timestamp,
        step: Step,
        body: Option<(BlobId, Bytes)>,
        call: Option<(CallId, Option<CauseId>)>,
    ) -> Option<Answered> {
        let Step { changes, effects } = step;
        let State { parked, running, outlet, .. } = state;
        let (direct, queue) = match &*outlet {
            Outlet::Direct(perform) => (Some(perform), None),
            Outlet::Committer(queue, perform) => {
                let durable = changes.is_empty() && body.is_none() && self.signals.at_rest();
                (durable.then_some(perform), Some(queue))
            }
            Outlet::Starting | Outlet::Closed => (None, None),
        };
        let mut answered = None;
        let mut acts = Vec::with_capacity(if direct.is_some() { 0 } else { effects.len() });
        for effect in effects {
            let act = match effect {
                Effect::Reply { call: to, result, cause } => {
                    let answer = self.answer(result, cause);
                    let own = call.is_some_and(|(id, _)| id == to);
                    if own && direct.is_some() {
                        answered = Some(Answered::Now(answer));
                        continue;
                    }
                    let sender = if own {
                        let (sender, receiver) = oneshot::channel();
                        answered = Some(Answered::Later(receiver));
                        sender
                    } else {
                        // Otherwise the client has gone in the meantime.
                        let Some(parked) = parked.remove(&to) else { continue };
                        parked.answer
                    };
                    Act::Reply(sender, Box::new(answer))
                }
                Effect::Invoke(invocation) => {
                    running.insert(invocation.id.clone(), invocation.cause);
                    let code = self.blobs.open_whole(&invocation.function.code);
                    Act::Invoke(invocation, code)
                }
                Effect::Abort(invocation) => {
                    running.remove(&invocation);
                    Act::Abort(invocation)
                }
                Effect::RetireEnvironments(function) => Act::Retire(function),
                Effect::DeleteBlob(blob) => Act::DeleteBlob(blob),
            };
            match direct {
                Some(perform) => act.perform(perform.as_ref(), &self.blobs),
                None => acts.push(act),
            }
        }
        if let (None, Some((id, cause))) = (&answered, call) {
            let (answer, receiver) = oneshot::channel();
            parked.insert(id, Parked { answer, cause });
            answered = Some(Answered::Later(receiver));
        }
        if let (None, Some(queue)) = (direct, queue)
            && !(changes.is_empty() && body.is_none() && acts.is_empty())
        {
            self.signals.in_flight.fetch_add(1, Ordering::AcqRel);
            // Fails only after the committer has failed, and then all answers are refused.
            let _ = queue.send(Batch { changes, body, acts, now });
        }
        answered
    }

    fn answer(
        &self,
        result: Result<Response, ApiError>,
        cause: CauseId,
    ) -> Result<Answer, ApiError> {
        let response = result?;
        let body = match response.payload() {
            // Opened here, before anything that happens later can delete it.
            Some(Payload::Stored(range)) => Some(self.blobs.open(range)),
            _ => None,
        };
        Ok(Answer { response, body, cause })
    }

    pub(super) fn close(&self) {
        let mut state = self.state();
        // The committer ends when its queue does, the runtime when nobody has it any more.
        let outlet = std::mem::replace(&mut state.outlet, Outlet::Closed);
        let parked = std::mem::take(&mut state.parked);
        drop(state);
        drop(parked);
        if matches!(outlet, Outlet::Direct(_)) {
            self.signals.finish();
        }
        drop(outlet);
        self.signals.deadline_moved.notify_one();
        self.signals.stepped.notify_waiters();
    }

    pub(super) async fn stop(&self) {
        self.close();
        self.ended().await;
    }

    pub(super) async fn ended(&self) -> Option<String> {
        let ended = || self.signals.finished.load(Ordering::Acquire).then_some(());
        found(&self.signals.ended, ended).await;
        self.signals.failure().map(str::to_owned)
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().outlet, Outlet::Closed)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    pub(super) fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A call is handled in microseconds: to look again is cheaper than to sleep and be woken.
        for _ in 0..LOOKS {
            if let Ok(state) = self.state.try_lock() {
                return state;
            }
            std::hint::spin_loop();
        }
        self.state.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            // The World panicked half way through a step: what it says now rests on nothing.
            self.signals.fail("a mistake in the emulator stopped it (see the panic above)");
            poisoned.into_inner()
        })
    }
}

/// The client of a call that waits for its answer. Dropped before that, it has gone.
struct Client<'a> {
    shared: Option<&'a Shared>,
    id: CallId,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        let Some(shared) = self.shared else { return };
        let waits = shared.state().parked.remove(&self.id).is_some();
        if waits {
            shared.happened(Input::Disconnected(self.id));
        }
    }
}

impl Signals {
    /// Returns what `look` finds, once it does: it looks again after each step.
    pub(super) async fn until<T>(&self, look: impl FnMut() -> Option<T>) -> T {
        found(&self.stepped, look).await
    }

    /// Whether every step is durable and its effects are performed.
    pub(super) fn at_rest(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// The effects of `steps` were performed.
    pub(super) fn performed(&self, steps: usize) {
        self.in_flight.fetch_sub(steps, Ordering::AcqRel);
        self.stepped.notify_waiters();
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// The engine stops: nothing that it would say can be relied on.
    pub(super) fn fail(&self, reason: &str) {
        if self.failure.set(reason.to_owned()).is_ok() {
            tracing::error!(reason, "the emulator has stopped and refuses every call");
        }
        self.finish();
    }

    pub(super) fn finish(&self) {
        let (lock, finished) = &self.finishing;
        let locked = lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.finished.store(true, Ordering::Release);
        drop(locked);
        finished.notify_all();
        self.deadline_moved.notify_one();
        self.stepped.notify_waiters();
        self.ended.notify_waiters();
    }

    /// Blocks until the engine has ended, or until `limit`.
    pub(super) fn wait_until_finished(&self, limit: Duration) {
        let (lock, finished) = &self.finishing;
        let locked = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let running = |_: &mut ()| !self.finished.load(Ordering::Acquire);
        let _ = finished.wait_timeout_while(locked, limit, running);
    }

    /// What calls are answered with once the engine has ended. The reason is in the log.
    pub(super) fn refusal(&self) -> ApiError {
        match self.failure() {
            Some(_) => INTERNAL_ERROR.says("The emulator has failed; its log says why."),
            None => INTERNAL_ERROR.says("The emulator is not running."),
        }
    }
}

/// Returns what `look` finds, once it does: it looks again whenever `woken` says so.
async fn found<T>(woken: &Notify, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        let mut next = std::pin::pin!(woken.notified());
        next.as_mut().enable();
        if let Some(found) = look() {
            return found;
        }
        next.await;
    }
}

fn sweep(world: &World, blobs: &Blobs) -> Result<(), StoreError> {
    let referred: HashSet<&BlobId> = world.blobs().collect();
    let swept = blobs
        .sweep(&referred)
        .map_err(|error| StoreError::Other(format!("object bodies cannot be read: {error}")))?;
    if !swept.missing.is_empty() {
        tracing::error!(
            count = swept.missing.len(),
            first = %swept.missing[0].0,
            "object bodies are missing from the data directory: reading these objects fails"
        );
    }
    tracing::debug!(swept.removed, "object bodies that nothing referred to were deleted");
    Ok(())
}
