//! The loop: inputs → `World::handle` → `Store::commit` → effects.
//!
//! A World that keeps nothing is handled on the task that calls: its answer is returned without a
//! hop. A World that records hands each step to a thread that commits everything that waits in one
//! transaction, and then performs the effects in the order of the steps. Nothing leaves before what
//! it rests on is durable, and a reply that waits for a commit holds up no other input.
//!
//! A commit that fails (the disk is full) takes the World back to what is stored; who called is
//! answered with 500. Until commits succeed again each input is tried on a copy of the World, which
//! takes its place when its changes are durable: see `trial`.

mod committer;
mod fork;
mod missing;
mod outlet;
mod shared;
mod signals;
#[cfg(test)]
mod tests;
mod time;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use cloudless_core::arn::FunctionArn;
use cloudless_core::call::Agent;
use cloudless_core::ec2::{self, fleet};
use cloudless_core::elb::plane;
use cloudless_core::error::ApiError;
use cloudless_core::fact::Fact;
use cloudless_core::lambda::{Invocation, InvocationId, Outcome, StreamEnd};
use cloudless_core::logs::Logged;
use cloudless_core::names::Region;
use cloudless_core::trace::{self, CauseId};
use cloudless_core::{
    CallId, Caller, Input, Record, Request, Response, Signing, Timestamp, World, lambda, s3,
};

use crate::clock::Clock;
use crate::store::{Blobs, Body, Staged, Storage, StoreError};

pub use fork::Fork;
pub use time::Unsettled;

/// Runs functions: the runtime, or what a test puts in its place.
///
/// These are called in the order of the World's steps, once the step is durable, and possibly while
/// the World is locked: they hand the work to a task and return at once, and never call the engine
/// before they return. They are called within the engine's tokio runtime.
pub trait Perform: Send + Sync + 'static {
    /// Invokes a function, and reports with [`EngineHandle::invocation_began`] that it has its event,
    /// or that its environment begins its initialisation again,
    /// and with [`EngineHandle::invocation_ended`] that it ended. `code` is the function's zip,
    /// `layers` are those of its layers; they stay readable when the function is changed or deleted meanwhile.
    fn invoke(&self, invocation: Invocation, code: Body, layers: Vec<Body>);

    /// The invocation's time is over: stop its execution environment, and report the end once its
    /// log is complete. Whoever waits for the invocation waits for that report.
    fn abort(&self, invocation: &InvocationId);

    /// An invocation whose answer leaves as it comes has ended: what reads its bytes hears how.
    fn end_stream(&self, invocation: &InvocationId, end: StreamEnd);

    /// Stop the function's environments: those that idle now, busy ones after the invocation in
    /// hand.
    fn retire(&self, function: &FunctionArn);

    /// Starts or ends an instance, and reports with [`EngineHandle::instances`]. Whoever runs functions alone
    /// does nothing.
    fn fleet(&self, effect: fleet::Effect) {
        let _ = effect;
    }

    /// Carries requests as a load balancer, or asks a target whether it is healthy, and reports with
    /// [`EngineHandle::carried`]. Whoever runs functions alone does nothing.
    fn plane(&self, effect: plane::Effect) {
        let _ = effect;
    }
}

impl<P: Perform + ?Sized> Perform for Arc<P> {
    fn invoke(&self, invocation: Invocation, code: Body, layers: Vec<Body>) {
        P::invoke(self, invocation, code, layers);
    }
    fn abort(&self, invocation: &InvocationId) {
        P::abort(self, invocation);
    }
    fn end_stream(&self, invocation: &InvocationId, end: StreamEnd) {
        P::end_stream(self, invocation, end);
    }
    fn retire(&self, function: &FunctionArn) {
        P::retire(self, function);
    }
    fn fleet(&self, effect: fleet::Effect) {
        P::fleet(self, effect);
    }
    fn plane(&self, effect: plane::Effect) {
        P::plane(self, effect);
    }
}

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineConfig {
    /// Where records and object bodies are kept.
    pub storage: Storage,
    /// The time.
    pub clock: Clock,
    /// What there is already, for a store that keeps nothing. See [`EngineConfig::of_fork`].
    pub world: Option<Box<World>>,
    /// What S3 is told: what new buckets have, and which accounts there are.
    pub s3: s3::Settings,
    /// How Lambda is to do things.
    pub lambda: lambda::Settings,
    /// Images whose instances are processes.
    pub programs: ec2::Programs,
    /// Where names come from; a store that has records goes on with its own seed.
    pub seed: u64,
    /// How long, on the wall clock, a move of time waits at each moment for running invocations to
    /// end, before it goes on without them: a handler that hangs must be able to time out. An
    /// invocation whose environment takes longer to be ready has its time from then on.
    pub patience: Duration,
    /// After how long, on the wall clock, a store that failed is tried again where nobody calls.
    pub retry: Duration,
}

impl EngineConfig {
    /// Keeps nothing and follows the machine's clock.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Storage::memory(), Clock::system())
    }

    /// Keeps what it is told here and follows `clock`; patience of 5 s, a retry after 1 s, seed 0.
    #[must_use]
    pub fn new(storage: Storage, clock: Clock) -> Self {
        let (patience, retry) = (Duration::from_secs(5), Duration::from_secs(1));
        let (s3, lambda) = (s3::Settings::default(), lambda::Settings::default());
        let (programs, seed) = (ec2::Programs::default(), 0);
        Self { storage, clock, world: None, s3, lambda, programs, seed, patience, retry }
    }
}

/// Starts engines; what they are used by is [`EngineHandle`].
#[derive(Debug)]
pub enum Engine {}

impl Engine {
    /// Starts an engine in the current tokio runtime: reads the store, deletes object bodies that
    /// nothing refers to, and does at once what has become due. `perform` is made with a handle to
    /// report to; calls are refused until it has returned.
    ///
    /// # Errors
    /// The store cannot be read.
    ///
    /// # Panics
    /// Outside of a tokio runtime that has timers.
    pub fn start<P: Perform>(
        config: EngineConfig,
        perform: impl FnOnce(EngineHandle) -> P,
    ) -> Result<EngineHandle, StoreError> {
        let shared = shared::Shared::start(config, |shared| {
            Arc::new(perform(EngineHandle { shared })) as Arc<dyn Perform>
        })?;
        Ok(EngineHandle { shared })
    }
}

/// A running emulator: what http, the runtime and the control endpoints talk to. Clones
/// talk to the same one. It runs until [`EngineHandle::stop`] or [`EngineHandle::close`].
#[derive(Clone)]
pub struct EngineHandle {
    shared: Arc<shared::Shared>,
}

/// A call of an operation.
#[derive(Debug)]
pub struct CallRequest {
    /// Who calls.
    pub caller: Caller,
    /// What becomes of calls that nobody signed.
    pub signing: Signing,
    /// The region that the call was signed for.
    pub region: Region,
    /// Scheme and authority under which the caller reached us, without a slash at the end.
    pub endpoint: String,
    /// The caller's address.
    pub source_ip: Arc<str>,
    /// The caller's program.
    pub agent: Agent,
    /// `X-Amzn-Trace-Id`
    pub trace_header: Option<String>,
    /// The invocation in which a function makes the call: [`Invocation::cause`].
    pub cause: Option<CauseId>,
    /// What is asked.
    pub request: Request,
    /// The upload that the request's payload names. It is deleted where the call is refused.
    pub staged: Option<Staged>,
}

/// The answer to a call that is not refused.
#[derive(Debug)]
pub struct Answer {
    /// The operation's output.
    pub response: Response,
    /// The object body that the response's payload names, open for reading.
    pub body: Option<Body>,
    /// What the call is called in the trace.
    pub cause: CauseId,
}

impl EngineHandle {
    /// Calls an operation. The answer comes when what it says is durable; a long poll's or a
    /// synchronous invocation's when there is one. Dropping the future tells the World that the
    /// client has gone.
    ///
    /// # Errors
    /// The World refuses the call; what it did cannot be stored (500, in the service's words: it may
    /// have happened only if the process ends before the next commit); or the engine has stopped
    /// (`InternalError`).
    pub async fn call(&self, call: CallRequest) -> Result<Answer, ApiError> {
        self.call_named(self.next_call(), call).await
    }

    /// A name for a call that is to come.
    pub(crate) fn next_call(&self) -> CallId {
        self.shared.next_call()
    }

    /// The same as [`EngineHandle::call`], under a name that was given before.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn call_named(
        &self,
        id: CallId,
        call: CallRequest,
    ) -> Result<Answer, ApiError> {
        self.shared.call(id, call).await
    }

    /// Whether anybody wants to hear with [`EngineHandle::served`] what was answered. Costs nothing.
    pub(crate) fn logs_requests(&self) -> bool {
        self.shared.logs_requests()
    }

    /// Reports that the answer to a request for a bucket has left.
    pub(crate) fn served(&self, served: s3::Served) {
        self.shared.happened(Input::Served(Box::new(served)));
    }

    /// Reports that the function's time begins: it has its event, or its environment initialises
    /// again as a part of the invocation. Until then an invocation has no deadline.
    pub fn invocation_began(&self, invocation: InvocationId) {
        self.shared.happened(Input::InvocationBegan { invocation });
    }

    /// Reports how an invocation ended.
    pub fn invocation_ended(&self, invocation: InvocationId, outcome: Outcome) {
        self.shared.invocation_ended(invocation, outcome);
    }

    /// Keeps what a function has written. Once the engine has ended, nobody does.
    pub fn logged(&self, logged: Logged) {
        self.shared.happened(Input::Logged(Box::new(logged)));
    }

    /// Tells something of instances.
    pub fn instances(&self, report: fleet::Report) {
        self.shared.happened(Input::Fleet(Box::new(report)));
    }

    /// Tells what load balancers have carried, or how a target is.
    pub fn carried(&self, report: plane::Report) {
        self.shared.happened(Input::Plane(Box::new(report)));
    }

    /// Tells CloudWatch what was measured of something that no service here is, as a database that instances
    /// share. `what` names it in the trace.
    pub fn measured(&self, what: &'static str, facts: Vec<Fact>) {
        self.shared.happened(Input::Measured { what, facts });
    }

    /// Moves time forward by `by`, through every deadline on the way: each is handled at its
    /// moment, its effects are performed, and running invocations end before time goes on.
    /// An invocation that waits for time to pass (it polls a queue) is not waited for. Returns the
    /// moment reached.
    ///
    /// # Errors
    /// By more than [`Clock::ADVANCE_MAX`] at once or past [`Timestamp::NOW_MAX`]
    /// (`InvalidParameterValue`); or the engine has stopped (`InternalError`).
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, ApiError> {
        self.shared.advance(by).await
    }

    /// Returns when the pipeline is idle: no delivery pending, no invocation running, no message
    /// that an enabled mapping would take. What waits for time to pass is not waited for. `limit`
    /// is on the wall clock.
    ///
    /// # Errors
    /// What is still outstanding at the limit, by name.
    pub async fn settle(&self, limit: Duration) -> Result<(), Unsettled> {
        self.shared.settle(limit).await
    }

    /// Returns when the pipeline is idle and waits for nothing: on a frozen clock it moves time
    /// from deadline to deadline, on a running one it waits until they have come. `limit` is on the
    /// wall clock.
    ///
    /// # Errors
    /// What is still outstanding or waited for at the limit, by name.
    pub async fn settle_until_idle(&self, limit: Duration) -> Result<(), Unsettled> {
        self.shared.settle_until_idle(limit).await
    }

    /// What happened lately, oldest first.
    #[must_use]
    pub fn trace(&self) -> Vec<trace::Event> {
        self.with_world(|world| world.trace().events().cloned().collect())
    }

    /// One event and everything that it led to, each with its depth, in the order of a tree.
    #[must_use]
    pub fn trace_of(&self, cause: CauseId) -> Vec<(usize, trace::Event)> {
        self.with_world(|world| {
            let tree = world.trace().tree(cause);
            tree.into_iter().map(|(depth, event)| (depth, event.clone())).collect()
        })
    }

    /// Everything durable, as the World has it now.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.with_world(World::records)
    }

    /// Looks at the World. Nothing else happens meanwhile: be short, and do not call the engine.
    pub fn with_world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.shared.state().world)
    }

    /// The clock. To move it through what happens on the way, use [`EngineHandle::advance`].
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.shared.clock()
    }

    /// Object bodies: uploads begin here, and function code is read from here.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        self.shared.blobs()
    }

    /// Why nothing can be stored, where that is so: for now, while reads are answered, or for good,
    /// and then everything is refused with `InternalError`.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let signals = self.shared.signals();
        signals.failure().map(str::to_owned).or_else(|| signals.trouble())
    }

    /// What lacks its body since the start, where anything does: its objects were taken from the data
    /// directory. Reading it is answered with 500; all else goes on.
    #[must_use]
    pub fn missing_bodies(&self) -> Option<String> {
        self.shared.missing.said()
    }

    /// Returns when the engine runs no more: why it failed, or nothing where it was stopped.
    pub async fn ended(&self) -> Option<String> {
        self.shared.ended().await
    }

    /// Takes no more calls, commits what is in hand, performs its effects, and closes the store.
    /// Calls that still wait for something to happen are refused.
    pub async fn stop(&self) {
        self.shared.stop().await;
    }

    /// The same for a `drop`, which cannot await it: blocks for as long as it takes to commit what
    /// is in hand, at most `limit`. A store that keeps nothing ends at once.
    pub fn close(&self, limit: Duration) {
        self.shared.close();
        self.shared.signals().wait_until_finished(limit);
    }
}

impl std::fmt::Debug for EngineHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineHandle").field("blobs", self.blobs()).finish_non_exhaustive()
    }
}
