//! Execution environments of functions, without Docker: processes of this host over the real Lambda
//! Runtime API, and handlers in this process.
//!
//! [`Runtime::invoke`] performs an invocation in a warm environment of the same deployment, else in
//! a new one, else once one of the `environments_max` is free; how it ended goes to the `report`
//! function given at the start, exactly once, unless it was aborted. Whatever is called here
//! returns at once and may be called from any thread.
//!
//! **Processes** (`provided*`, `python*`, `nodejs*`) each have a process group of their own, which
//! is killed when an environment ends, when [`Runtime::stop`] is called, and when the runtime is
//! dropped. On Linux that also kills what left the group (`setsid`, a daemon): all that is in the environment's
//! mount namespace, or, where there is none, what is known by its parents while they live, and by the environment
//! variables that it inherited. When the emulator itself is killed (`kill -9`), a shell that stands beside it
//! hears of that by the end of its input and does the same, but for the parents. Without a mount namespace, what has
//! another session, other variables and no parent left (`env -i setsid`, twice) is not found. Each environment has
//! a port and a directory of its own, so that a new start trips over nothing.
//!
//! Where the kernel lets us, an environment has a mount namespace in which code, layers and `/tmp` are where AWS
//! has them (`runtime/sight.rs`); elsewhere variables say where they are. It differs from AWS in that a process sees
//! all else of the host with the rights of the emulator, and `PATH` is the emulator's and leads to the layers behind
//! that. Memory, processes and `/tmp` are looked at while there is work to do (`runtime/appetite.rs`).

mod api;
mod appetite;
mod cleaning;
mod credentials;
mod environment;
mod extensions;
mod extensions_api;
mod family;
mod handlers;
mod hot_reload;
mod in_process;
mod interpreter;
mod left_tmp;
mod limits;
mod log;
mod output;
mod package;
mod places;
mod pool;
mod process;
mod sight;
mod stream;
// Their functions are scripts of a shell.
#[cfg(all(test, unix))]
mod tests;

use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use bytes::Bytes;
use cloudless_core::Caller;
use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::{Initialization, Invocation, InvocationId, Outcome, StreamEnd};
use cloudless_core::trace::CauseId;
use futures_util::future::BoxFuture;
use tokio::sync::SetOnce;
use tokio_util::task::TaskTracker;

pub use api::RESPONSE_BYTES_MAX;
pub(crate) use cleaning::TemporaryDir;
pub use handlers::{BoxError, EnvironmentContext, Handlers};
pub(crate) use hot_reload::zip_of_folder;
pub use limits::{
    LINE_BYTES_MAX, LINES_MAX, LOG_TAIL_BYTES_MAX, PAGE_LINES_MAX, SHOWN_BYTES_MAX, SHOWN_LINES_MAX,
};
pub use log::KeepLogged;
pub(crate) use package::declared_size_bytes;
pub use package::{ENTRIES_MAX, PackageError, UNZIPPED_BYTES_MAX};
pub use stream::{ResponseStream, Streamed};

use crate::clock::Clock;
use crate::platform::Watchdog;
use crate::store::Body;
use environment::{Environment, Left};
use pool::{Placed, Pool};

/// A function's zip and those of its layers, read when they are needed: not where the function runs in
/// this process, nor where its code is unpacked already.
pub struct Code {
    reading: Mutex<Option<BoxFuture<'static, io::Result<Bytes>>>>,
    layers: Vec<Self>,
}

impl Code {
    /// The zip that `reading` gives.
    pub fn new(reading: impl Future<Output = io::Result<Bytes>> + Send + 'static) -> Self {
        Self { reading: Mutex::new(Some(Box::pin(reading))), layers: Vec::new() }
    }

    /// The same with the zips of layers, in the order of the deployment's.
    #[must_use]
    pub fn with_layers(self, layers: impl IntoIterator<Item = Self>) -> Self {
        Self { layers: layers.into_iter().collect(), ..self }
    }

    async fn read(&self) -> io::Result<Bytes> {
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        match reading {
            Some(reading) => reading.await,
            None => Err(io::Error::other("the code was read before")),
        }
    }
}

impl From<Body> for Code {
    fn from(body: Body) -> Self {
        Self::new(body.bytes())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").finish_non_exhaustive()
    }
}

/// What becomes of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The function has its event, or its environment initialises again as a part of the invocation:
    /// its time begins. This may come more than once; the first time counts.
    Began,
    /// It ended.
    Ended(Outcome),
}

/// Is told what becomes of an invocation. It must not block; it may call the runtime.
pub type Report = Arc<dyn Fn(InvocationId, Progress) + Send + Sync>;

/// How many environments there are at most, unless told.
pub const ENVIRONMENTS_MAX: usize = 64;

/// What a [`Runtime`] is started with.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// Where packages are unpacked. The directory is the runtime's alone, is made where it is not
    /// there, and holds nothing that must be kept.
    pub work_dir: PathBuf,
    /// How many environments there are at most, of all functions together. Invocations beyond that
    /// wait for one; their functions' time does not begin before. [`ENVIRONMENTS_MAX`] unless told.
    pub environments_max: usize,
    /// How long an environment is kept warm after its last invocation: 10 minutes unless told.
    pub idle_max: Duration,
    /// How long an initialisation may take, beside the function's timeout: 10 seconds, as on AWS, on
    /// the wall clock. One that takes longer or fails is begun again, within the first invocation
    /// and its timeout.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
    pub init_timeout: Duration,
    /// Functions that run in this process.
    pub handlers: Handlers,
    /// What dates the lines that functions log: the machine's time unless told.
    pub clock: Clock,
}

impl RuntimeConfig {
    /// The defaults, with packages unpacked in `work_dir`.
    #[must_use]
    pub fn new(work_dir: impl Into<PathBuf>) -> Self {
        Self {
            work_dir: work_dir.into(),
            environments_max: ENVIRONMENTS_MAX,
            idle_max: Duration::from_secs(600),
            init_timeout: Duration::from_secs(10),
            handlers: Handlers::new(),
            clock: Clock::system(),
        }
    }
}

/// All execution environments. Dropping it kills them.
pub struct Runtime {
    shared: Arc<Shared>,
}

impl Runtime {
    /// Prepares the work directory; no environment is made before an invocation needs it, and none
    /// is initialised before [`set_endpoint_url`](Self::set_endpoint_url) was called. `keep` is given what
    /// functions log.
    ///
    /// # Errors
    /// The work directory cannot be written.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(config: RuntimeConfig, report: Report, keep: KeepLogged) -> io::Result<Self> {
        let handle = tokio::runtime::Handle::current();
        std::fs::create_dir_all(&config.work_dir)?;
        let work_dir = std::path::absolute(&config.work_dir)?;
        cleaning::recreate(&work_dir.join("environments"))?;
        cleaning::recreate(&work_dir.join("left-tmp"))?;
        cleaning::recreate(&work_dir.join("clients"))?;
        cleaning::recreate(&work_dir.join("var"))?;
        interpreter::write_clients(&work_dir.join("clients"))?;
        let shared = Shared {
            packages: package::Packages::open(work_dir.join("code"))?,
            pool: Mutex::new(Pool::new(config.environments_max)),
            endpoint_url: SetOnce::new(),
            logs: log::Logs::new(config.clock, keep, handle.clone()),
            interpreters: interpreter::Interpreters::default(),
            watchdog: Watchdog::default(),
            streams: stream::Streams::default(),
            left_tmp: left_tmp::LeftTmp::default(),
            sights: sight::Sights::new(work_dir.join("var"), work_dir.join("clients")),
            sdk_config: SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .http_client(HttpClientBuilder::new().build_http())
                .build(),
            handlers: config.handlers,
            idle_max: config.idle_max,
            init_timeout: config.init_timeout,
            tasks: TaskTracker::new(),
            work_dir,
            report,
            handle,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Names the emulator's endpoint for `AWS_ENDPOINT_URL`, once its port is bound. The first call
    /// counts.
    pub fn set_endpoint_url(&self, endpoint_url: impl Into<String>) {
        let _ = self.shared.endpoint_url.set(endpoint_url.into());
    }

    /// Performs an invocation; its end is reported. `code` is the function's zip.
    pub fn invoke(&self, invocation: Invocation, code: Code) {
        if invocation.streams {
            self.shared.streams.open(&invocation.id);
        }
        let work = Work { invocation, code, folder: None };
        match self.shared.packages.folder_of(&work.function) {
            None => self.shared.place(Arc::new(work)),
            Some(path) => {
                // A folder is looked at beside whatever else goes on.
                let shared = Arc::clone(&self.shared);
                self.shared.tasks.spawn_blocking_on(
                    move || {
                        let folder = Some(hot_reload::fingerprint(&path));
                        shared.place(Arc::new(Work { folder, ..work }));
                    },
                    &self.shared.handle,
                );
            }
        }
    }

    /// The invocation's time is over: stops the environment that performs it, or takes it from those
    /// that wait. Its end is reported once its processes are gone and its log is complete; of one
    /// that has ended already, it was.
    pub fn abort(&self, invocation: &InvocationId) {
        let shared = &self.shared;
        let environments = {
            let mut pool = shared.pool();
            if pool.stop_waiting(invocation) {
                drop(pool);
                let outcome = Outcome::TimedOut { reused: false, log_tail: Bytes::new() };
                shared.ended_later(invocation.clone(), outcome);
                return;
            }
            pool.environments()
        };
        let aborts = |it: &&Arc<Environment>| it.abort(invocation);
        let Some(environment) = environments.iter().find(aborts) else { return };
        // A handler in this process may never give its task back: it is not waited for.
        if shared.handlers.contains(environment.function.arn.name.as_str())
            && let Left::Ended(work, outcome) = environment.end(None, None)
        {
            shared.ended_later(work.id.clone(), outcome);
        }
    }

    /// The bytes of an invocation's answer as they come, for the first who asks; nothing where it does
    /// not stream, or has ended.
    #[must_use]
    pub fn take_stream(&self, invocation: &InvocationId) -> Option<ResponseStream> {
        self.shared.streams.take(invocation)
    }

    /// The World has heard how an invocation ended that streams its answer: so does its reader.
    pub fn end_stream(&self, invocation: &InvocationId, end: StreamEnd) {
        self.shared.streams.end(invocation, end);
    }

    /// Stops the environments of the function, or of the version that the ARN names: those that idle at once,
    /// the others after the invocation in hand.
    pub fn retire(&self, function: &FunctionArn) {
        self.shared.pool().retire(function);
        self.shared.packages.retire(function);
        self.shared.left_tmp.retire(function);
    }

    /// Whose access key this is: the function, and the invocation that its environment has in hand.
    #[must_use]
    pub fn identify(&self, access_key_id: &str) -> Option<(Caller, Option<CauseId>)> {
        let environment = self.shared.pool().by_access_key(access_key_id)?;
        let caller = credentials::caller(&environment.function, access_key_id);
        Some((caller, environment.cause()))
    }

    /// The secret of an environment's access key, by which its signatures are verified.
    #[must_use]
    pub fn secret_of(&self, access_key_id: &str) -> Option<String> {
        let environment = self.shared.pool().by_access_key(access_key_id)?;
        Some(environment.credentials.secret_access_key.clone())
    }

    /// Whether the function of that name runs in this process.
    #[must_use]
    pub fn is_in_process(&self, function_name: &str) -> bool {
        self.shared.handlers.contains(function_name)
    }

    /// Stops all environments and waits until they have ended. Nothing is reported any more, and
    /// later invocations are dropped.
    pub async fn stop(&self) {
        self.shared.close();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("handlers", &self.shared.handlers).finish_non_exhaustive()
    }
}

/// An invocation to perform, and the code to perform it with.
struct Work {
    invocation: Invocation,
    code: Code,
    /// What is in its folder now, where its code is one: see [`hot_reload::fingerprint`].
    folder: Option<u64>,
}

impl Deref for Work {
    type Target = Invocation;

    fn deref(&self) -> &Invocation {
        &self.invocation
    }
}

/// What environments share.
struct Shared {
    pool: Mutex<Pool>,
    packages: package::Packages,
    logs: Arc<log::Logs>,
    handlers: Handlers,
    interpreters: interpreter::Interpreters,
    watchdog: Watchdog,
    streams: stream::Streams,
    left_tmp: left_tmp::LeftTmp,
    sights: sight::Sights,
    endpoint_url: SetOnce<String>,
    /// With the one HTTP client of all in-process handlers.
    sdk_config: SdkConfig,
    idle_max: Duration,
    init_timeout: Duration,
    work_dir: PathBuf,
    report: Report,
    tasks: TaskTracker,
    handle: tokio::runtime::Handle,
}

impl Shared {
    /// Finds an environment for an invocation, or makes one.
    fn place(self: &Arc<Self>, invocation: Arc<Work>) {
        let placed = self.pool().place(invocation, |id, invocation| {
            let log =
                self.logs.open(&invocation.function, invocation.initialization, invocation.cause);
            Environment::new(id, invocation, log)
        });
        if let Placed::Created(environment) = placed {
            self.tasks.spawn_on(Arc::clone(self).run(environment), &self.handle);
        }
    }

    /// The environment's whole life.
    async fn run(self: Arc<Self>, environment: Arc<Environment>) {
        let idle_out = async {
            self.idle_out(&environment).await;
            environment.stop.cancel();
            std::future::pending::<()>().await;
        };
        let live = async {
            if self.handlers.contains(environment.function.arn.name.as_str()) {
                in_process::run(&self, &environment).await;
                process::End::default()
            } else {
                process::run(&self, &environment).await
            }
        };
        let end = tokio::select! {
            end = live => end,
            () = idle_out => process::End::default(),
        };
        environment.stop.cancel();
        self.forget(environment.id);
        match environment.end(end.crash, end.memory_used_mib) {
            Left::Nothing => {}
            Left::Unbegun(invocation) => self.place(invocation),
            Left::Ended(invocation, outcome) => self.ended(invocation.id.clone(), outcome),
        }
        self.place_waiting();
    }

    /// Returns once the environment was idle for so long that it is to end.
    async fn idle_out(&self, environment: &Environment) {
        if environment.initialization == Initialization::Provisioned {
            // It stands by.
            return std::future::pending().await;
        }
        let mut look_in = self.idle_max;
        loop {
            tokio::time::sleep(look_in).await;
            let idle = environment.idle_since().map(|since| since.elapsed());
            look_in = match idle {
                Some(idle) if idle >= self.idle_max => {
                    // Between the look and here it may have been given an invocation.
                    if self.pool().take_idle(environment.id) {
                        return;
                    }
                    self.idle_max
                }
                Some(idle) => self.idle_max - idle,
                None => self.idle_max,
            };
        }
    }

    /// The environment has answered: gives it the next invocation that it can serve.
    fn release(&self, environment: &Arc<Environment>) {
        self.pool().release(environment);
    }

    /// The environment takes no more invocations.
    fn forget(&self, id: u64) {
        self.pool().remove(id);
    }

    /// Places those that waited for an environment to end.
    fn place_waiting(self: &Arc<Self>) {
        loop {
            // On a line of its own: the pool must not stay locked while the invocation is placed.
            let next = self.pool().next_waiting();
            let Some(invocation) = next else { return };
            self.place(invocation);
        }
    }

    /// The runtime of an environment is ready, which may be all that it was made for.
    fn prepared(&self, environment: &Arc<Environment>) {
        if let Some((id, outcome)) = environment.prepared() {
            self.release(environment);
            self.ended(id, outcome);
        }
    }

    /// How long the first initialisation may take. What is provisioned has more time.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
    fn init_timeout_of(&self, environment: &Environment) -> Duration {
        match environment.initialization {
            Initialization::OnDemand => self.init_timeout,
            Initialization::Provisioned => {
                let of_function = Duration::from_secs(environment.function.timeout_s.into());
                of_function.max(limits::PROVISIONED_INIT_MIN)
            }
        }
    }

    /// The invocation's time begins.
    fn began(&self, id: &InvocationId) {
        (self.report)(id.clone(), Progress::Began);
    }

    /// The invocation has ended; what it has logged goes before.
    fn ended(&self, id: InvocationId, outcome: Outcome) {
        self.logs.hand_over();
        (self.report)(id, Progress::Ended(outcome));
    }

    /// The same for whoever must not be called back before it returns.
    fn ended_later(self: &Arc<Self>, id: InvocationId, outcome: Outcome) {
        let shared = Arc::clone(self);
        self.tasks.spawn_on(async move { shared.ended(id, outcome) }, &self.handle);
    }

    fn close(&self) {
        let environments = self.pool().close();
        self.streams.close();
        for environment in environments {
            environment.end(None, None);
            environment.stop.cancel();
        }
    }

    fn clients_directory(&self) -> PathBuf {
        self.work_dir.join("clients")
    }

    fn environments_directory(&self) -> PathBuf {
        self.work_dir.join("environments")
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
