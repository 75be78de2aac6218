//! What all handles to an engine share: the World under its lock, and what leaves it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloudless_core::call::Payload;
use cloudless_core::error::ApiError;
use cloudless_core::lambda::{InvocationId, Outcome, StreamEnd};
use cloudless_core::trace::CauseId;
use cloudless_core::{Call, CallId, Effect, Input, Response, Step, Timestamp, World};
use tokio::sync::oneshot;

use super::committer::{Act, Batch, Committer, Job};
use super::missing::{self, Missing};
use super::outlet::Outlet;
use super::signals::{Signals, found};
use super::trial::{Attempt, Trial};
use super::{Answer, CallRequest, EngineConfig, Perform};
use crate::clock::Clock;
use crate::store::{Blobs, Kept, Staged, StoreError};

/// How often a call looks whether the World is free before it goes to sleep for it: some microseconds.
const SPINS_MAX: u32 = 300;

pub(super) struct Shared {
    state: Mutex<State>,
    clock: Clock,
    blobs: Blobs,
    pub(super) missing: Missing,
    signals: Arc<Signals>,
    calls: AtomicU64,
    /// Whether the World wants to hear what was answered.
    logs_requests: AtomicBool,
    pub(super) patience: Duration,
    pub(super) retry: Duration,
    /// One move of time at once.
    pub(super) moving: tokio::sync::Mutex<()>,
}

pub(super) struct State {
    pub(super) world: World,
    /// Calls that the World has not answered yet.
    pub(super) parked: HashMap<CallId, Parked>,
    /// Invocations that were asked for and have not ended.
    pub(super) running: BTreeMap<InvocationId, Running>,
    /// What the task that keeps deadlines waits for.
    pub(super) alarm: Option<Timestamp>,
    /// The last jump of the clock that the World was told of.
    jump: Option<Timestamp>,
    pub(super) outlet: Outlet,
}

/// An invocation that was asked for and has not ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) cause: CauseId,
    /// Its time is over, and its end on its way.
    pub(super) is_stopped: bool,
    /// Its answer leaves as it comes: somebody reads until it is told to have ended.
    pub(super) streams: bool,
}

impl State {
    /// Tells the World where the clock was moved to at once, where it has not heard of it.
    pub(super) fn tell_jump(&mut self, jump: Option<Timestamp>) {
        if jump > self.jump
            && let Some(to) = jump
        {
            self.jump = jump;
            // At the moment that it knows: nothing follows.
            let step = self.world.handle(Timestamp::default(), Input::ClockMoves { to });
            debug_assert!(step.effects.is_empty() && step.changes.is_empty());
        }
    }

    /// The invocations whose answers somebody reads while they come.
    fn streaming(&self) -> impl Iterator<Item = &InvocationId> {
        self.running.iter().filter(|(_, running)| running.streams).map(|(id, _)| id)
    }

    /// An invocation has ended. One that was stopped when the World went back to what is stored may
    /// be under way anew, by the same name: that it ended is said of the one before.
    pub(super) fn has_ended(&mut self, invocation: &InvocationId, outcome: &Outcome) {
        let timed_out = matches!(outcome, Outcome::TimedOut { .. });
        if self.running.get(invocation).is_some_and(|it| it.is_stopped || !timed_out) {
            self.running.remove(invocation);
        }
    }
}

pub(super) struct Parked {
    answer: Answering,
    /// The invocation that made the call.
    pub(super) cause: Option<CauseId>,
}

impl Parked {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }
}

/// A call that is being handled.
pub(super) struct Asked {
    pub(super) id: CallId,
    /// The invocation that made the call.
    cause: Option<CauseId>,
    /// Where its answer goes; nothing while its caller can be told at once.
    to: Option<Answering>,
}

impl Asked {
    /// From now on the answer comes later.
    fn receiver(&mut self) -> Receiver {
        let (sender, receiver) = oneshot::channel();
        self.to = Some(sender);
        receiver
    }

    /// Where the answer goes, and where the caller waits for it unless it does already.
    fn channel(mut self) -> (Answering, Option<Receiver>) {
        if let Some(sender) = self.to.take() {
            return (sender, None);
        }
        let (sender, receiver) = oneshot::channel();
        (sender, Some(receiver))
    }

    /// Answers, or gives the answer back for a caller who can be told at once.
    pub(super) fn answer(
        self,
        answer: Result<Answer, ApiError>,
    ) -> Option<Result<Answer, ApiError>> {
        match self.to {
            // Where the client has gone, nobody hears it.
            Some(sender) => {
                drop(sender.send(answer));
                None
            }
            None => Some(answer),
        }
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.to.as_ref().is_some_and(oneshot::Sender::is_closed)
    }
}

/// The answer to a call: at once, or later.
pub(super) enum Answered {
    Now(Result<Answer, ApiError>),
    Later(Receiver),
}

type Answering = oneshot::Sender<Result<Answer, ApiError>>;
type Receiver = oneshot::Receiver<Result<Answer, ApiError>>;

/// The World of an emulator that keeps nothing: that of a fork, or a new one.
fn in_memory(fork: Option<Box<World>>, clock: &Clock, seed: u64) -> Result<World, StoreError> {
    match fork {
        Some(world) => {
            clock.go_on_from(world.now()).map_err(|_| StoreError::EndOfTime)?;
            Ok(*world)
        }
        None => Ok(World::in_memory(seed)),
    }
}

impl Shared {
    pub(super) fn start(
        config: EngineConfig,
        perform: impl FnOnce(Arc<Self>) -> Arc<dyn Perform>,
    ) -> Result<Arc<Self>, StoreError> {
        let EngineConfig { storage, clock, world, s3, lambda, programs, seed, patience, retry } =
            config;
        let (mut store, blobs) = (storage.records, storage.blobs);
        let (mut restored, mut missing) = (None, Missing::default());
        let kept = store.load(seed, &mut |seed, records| {
            restored = Some(World::restore(records, seed));
        })?;
        let mut world = match (kept, restored) {
            (Kept::Nothing, _) => in_memory(world, &clock, seed)?,
            (Kept::Records { last }, Some(world)) => {
                clock.go_on_from(last).map_err(|_| StoreError::EndOfTime)?;
                store.begin()?;
                missing = missing::sweep(&world, &blobs)?;
                world
            }
            (Kept::Records { .. }, None) => {
                return Err(StoreError::Other("the store gave no records to restore".to_owned()));
            }
        };
        world.set_s3_settings(Arc::new(s3));
        world.set_lambda_settings(lambda);
        world.set_programs(programs);
        let state = State {
            world,
            parked: HashMap::new(),
            running: BTreeMap::new(),
            alarm: None,
            jump: None,
            outlet: Outlet::Starting,
        };
        let shared = Arc::new(Self {
            state: Mutex::new(state),
            clock,
            blobs,
            missing,
            signals: Arc::default(),
            calls: AtomicU64::new(1),
            logs_requests: AtomicBool::new(false),
            patience,
            retry,
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
                    shared: Arc::downgrade(&shared),
                    seed,
                    trial: Trial::default(),
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

    /// A name for a call that is to come.
    pub(super) fn next_call(&self) -> CallId {
        CallId(self.calls.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) async fn call(
        self: &Arc<Self>,
        id: CallId,
        call: CallRequest,
    ) -> Result<Answer, ApiError> {
        let CallRequest {
            caller,
            signing,
            region,
            endpoint,
            source_ip,
            agent,
            trace_header,
            cause,
            request,
            staged,
        } = call;
        let failure = request.failure();
        let input = Input::Call(Call {
            id,
            caller,
            signing,
            region,
            endpoint,
            source_ip,
            agent,
            trace_header,
            cause,
            request,
        });
        match self.step(input, staged, Some(Asked { id, cause, to: None }))? {
            Some(Answered::Now(answer)) => answer,
            Some(Answered::Later(answer)) => {
                let mut client = Client { shared: Some(self), id };
                let answer = answer.await;
                client.shared = None;
                answer.unwrap_or_else(|_nobody| {
                    let ended = self.signals.failure().is_some() || self.is_closed();
                    Err(if ended { self.signals.refusal() } else { failure() })
                })
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
        mut asked: Option<Asked>,
    ) -> Result<Option<Answered>, ApiError> {
        let mut guard = self.state();
        let state = &mut *guard;
        if self.signals.failure().is_some()
            || matches!(state.outlet, Outlet::Starting | Outlet::Closed)
        {
            drop(guard);
            return Err(self.signals.refusal());
        }
        let answered = if let Outlet::Trial(queue, _) = &state.outlet {
            let answered = asked.as_mut().map(|asked| Answered::Later(asked.receiver()));
            self.signals.in_flight.fetch_add(1, Ordering::AcqRel);
            let _ = queue.send(Job::Try(Box::new(Attempt { input, staged, asked })));
            answered
        } else {
            self.handle(state, input, staged, asked)
        };
        drop(guard);
        self.signals.stepped.notify_waiters();
        Ok(answered)
    }

    /// The World handles an input, and what follows is sent on its way.
    pub(super) fn handle(
        &self,
        state: &mut State,
        input: Input,
        staged: Option<Staged>,
        asked: Option<Asked>,
    ) -> Option<Answered> {
        let (now, jump) = self.clock.look();
        state.tell_jump(jump);
        if let Input::InvocationEnded { invocation, outcome } = &input {
            state.has_ended(invocation, outcome);
        }
        let step = state.world.handle(now, input);
        // An upload is kept where something refers to it now, and otherwise dropped, here.
        let staged = staged.filter(|staged| step.adopted.contains(&staged.blob().id));
        let upload = staged.as_ref().map(|staged| staged.blob().id.clone());
        let body = staged.and_then(Staged::adopt);
        let Step { changes, effects, bodies, .. } = step;
        let written = self.blobs.hold(bodies);
        let batch = Batch { changes, body, upload, written, acts: Vec::new(), now };
        let answered = self.leave(state, batch, effects, asked);
        self.look_ahead(state);
        answered
    }

    /// What is to be known of the World beside its steps: what it waits for next. Lets the task that keeps
    /// deadlines know where there is an earlier one.
    pub(super) fn look_ahead(&self, state: &mut State) {
        self.logs_requests.store(state.world.logs_requests(), Ordering::Relaxed);
        let next = state.world.next_deadline();
        if next.is_some_and(|next| state.alarm.is_none_or(|alarm| next < alarm)) {
            state.alarm = next;
            self.signals.deadline_moved.notify_one();
        }
    }

    /// Sends a step on its way: to the store first where it changed anything or where what it rests
    /// on is not durable yet.
    fn leave(
        &self,
        state: &mut State,
        mut batch: Batch,
        effects: Vec<Effect>,
        asked: Option<Asked>,
    ) -> Option<Answered> {
        let State { parked, running, outlet, .. } = state;
        let changed = !batch.changes.is_empty() || batch.body.is_some();
        let (direct, queue) = match &*outlet {
            Outlet::Direct(perform) => (Some(perform), None),
            Outlet::Committer(queue, perform) => {
                let durable = !changed && self.signals.at_rest();
                (durable.then_some(perform), Some(queue))
            }
            Outlet::Starting | Outlet::Trial(..) | Outlet::Closed => (None, None),
        };
        if let Some(perform) = direct {
            return self.effects(parked, running, effects, asked, true, |act| {
                act.perform(perform.as_ref(), &self.blobs);
            });
        }
        let mut acts = Vec::with_capacity(effects.len());
        let answered = self.effects(parked, running, effects, asked, false, |act| acts.push(act));
        if let Some(queue) = queue
            && (changed || !acts.is_empty())
        {
            self.signals.in_flight.fetch_add(1, Ordering::AcqRel);
            batch.acts = acts;
            // Fails only after the committer has failed, and then all answers are refused.
            let _ = queue.send(Job::Commit(batch));
        }
        answered
    }

    /// Performs effects of which everything is durable.
    pub(super) fn perform(
        &self,
        state: &mut State,
        effects: Vec<Effect>,
        asked: Option<Asked>,
        perform: &dyn Perform,
    ) {
        let State { parked, running, .. } = state;
        self.effects(parked, running, effects, asked, true, |act| {
            act.perform(perform, &self.blobs);
        });
    }

    /// Hands each effect on with what performing it needs. The caller's own answer is given at once
    /// where everything is durable; without one, the call waits from now on.
    fn effects(
        &self,
        parked: &mut HashMap<CallId, Parked>,
        running: &mut BTreeMap<InvocationId, Running>,
        effects: Vec<Effect>,
        mut asked: Option<Asked>,
        durable: bool,
        mut act: impl FnMut(Act),
    ) -> Option<Answered> {
        let mut answered = None;
        for effect in effects {
            act(match effect {
                Effect::Reply { call: to, result, cause } => {
                    let answer = self.answer(result, cause);
                    let sender = if let Some(own) = asked.take_if(|asked| asked.id == to) {
                        if durable {
                            answered = own.answer(answer).map(Answered::Now);
                            continue;
                        }
                        let (sender, receiver) = own.channel();
                        answered = receiver.map(Answered::Later);
                        sender
                    } else {
                        // Otherwise the client has gone in the meantime.
                        let Some(parked) = parked.remove(&to) else { continue };
                        parked.answer
                    };
                    Act::Reply(sender, Box::new(answer))
                }
                Effect::Invoke(invocation) => {
                    let begun = Running {
                        cause: invocation.cause,
                        is_stopped: false,
                        streams: invocation.streams,
                    };
                    running.insert(invocation.id.clone(), begun);
                    let code = self.blobs.open(&invocation.function.code.all());
                    let layers = invocation.function.layers.iter();
                    let layers = layers.map(|layer| self.blobs.open(&layer.content.all()));
                    let layers = layers.collect();
                    Act::Invoke(invocation, code, layers)
                }
                Effect::Abort(invocation) => {
                    if let Some(running) = running.get_mut(&invocation) {
                        running.is_stopped = true;
                    }
                    Act::Abort(invocation)
                }
                Effect::EndStream(invocation, end) => Act::EndStream(invocation, end),
                Effect::RetireEnvironments(function) => Act::Retire(function),
                Effect::DeleteBlob(blob) => Act::DeleteBlob(blob),
                Effect::Fleet(effect) => Act::Fleet(effect),
                Effect::Plane(effect) => Act::Plane(effect),
            });
        }
        if let Some(asked) = asked {
            let (id, cause) = (asked.id, asked.cause);
            let (answer, receiver) = asked.channel();
            parked.insert(id, Parked { answer, cause });
            answered = receiver.map(Answered::Later);
        }
        answered
    }

    pub(super) fn answer(
        &self,
        result: Result<Response, ApiError>,
        cause: CauseId,
    ) -> Result<Answer, ApiError> {
        let response = result?;
        let body = match response.payload() {
            // Opened here, before anything that happens later can delete it.
            Some(Payload::Stored(ranges)) => Some(self.blobs.open(ranges)),
            _ => None,
        };
        Ok(Answer { response, body, cause })
    }

    pub(super) fn close(&self) {
        let mut state = self.state();
        // The committer ends when its queue does, the runtime when nobody has it any more.
        let outlet = std::mem::replace(&mut state.outlet, Outlet::Closed);
        let parked = std::mem::take(&mut state.parked);
        let streaming: Vec<_> = state.streaming().cloned().collect();
        drop(state);
        drop(parked);
        if let Some(perform) = outlet.perform() {
            // Their ends will not be heard any more.
            for invocation in streaming {
                perform.end_stream(&invocation, StreamEnd::thrown_away());
            }
        }
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
        let ended = || self.signals.has_finished().then_some(());
        found(&self.signals.ended, ended).await;
        self.signals.failure().map(str::to_owned)
    }

    /// Whether inputs are tried before the World takes them.
    pub(super) fn is_trial(&self) -> bool {
        matches!(self.state().outlet, Outlet::Trial(..))
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().outlet, Outlet::Closed)
    }

    /// Whether the World wants to hear what was answered.
    pub(super) fn logs_requests(&self) -> bool {
        self.logs_requests.load(Ordering::Relaxed)
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
        for _ in 0..SPINS_MAX {
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
