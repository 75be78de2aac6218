//! An emulator of S3, SQS, Lambda, CloudWatch and STS: one process, no Docker, no account, no network.
//!
//! ```
//! # use cloudless::Emulator;
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().start().await?;
//! println!("AWS_ENDPOINT_URL={}", emulator.endpoint_url());
//! // … point any AWS SDK at it, or take `emulator.sdk_config()` …
//! emulator.settle(std::time::Duration::from_secs(10)).await?;
//! emulator.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What sets it apart: nothing polls (`settle` returns exactly when the pipeline is idle), time can
//! be stopped and moved (`clock`, `advance`), every effect knows its cause (`trace`), and functions
//! run in this process or as processes of this host.
#![warn(missing_docs)]

mod accept;
mod browser;
pub mod clock;
mod control;
pub mod engine;
mod fork;
mod http;
pub mod instances;
mod keys;
mod performer;
mod platform;
pub mod runtime;
pub mod store;
mod surroundings;
pub mod wire;

pub use cloudless_core as core;

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use cloudless_core::arn::FunctionArn;
use cloudless_core::trace::{CauseId, Event};
use cloudless_core::{Timestamp, World, lambda};
use futures_util::Stream;
use lambda_runtime::{Diagnostic, IntoFunctionResponse, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::Service;

use balancer::Balancers;
use clock::Clock;
pub use cloudless_core::lambda::Scaling;
pub use cloudless_core::s3::BucketDefaults;
use engine::{Engine, EngineConfig, EngineHandle, Fork, Unsettled};
use http::{Bodies, Guard, Http, Limits};
use instances::{Fleet, FleetConfig, Program};
pub use keys::{Holder, Keys, NoKey};
use performer::Performer;
pub use platform::{own_mounts, stop_signal};
use runtime::{
    BoxError, ENVIRONMENTS_MAX, EnvironmentContext, Handlers, Progress, Runtime, RuntimeConfig,
    TemporaryDir,
};
use store::{Storage, StoreError};
use surroundings::Here;
use wire::{Hosts, Service as AwsService};

/// The access key that [`Emulator::sdk_config`] signs with. Any other is as good, unless keys are
/// configured.
pub const ACCESS_KEY_ID: &str = "test";
/// The secret that belongs to [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "test";
/// The region of [`Emulator::sdk_config`].
pub const REGION: &str = "us-east-1";

/// How long a drop waits at most for what is in hand to be durable.
const DROP_LIMIT: Duration = Duration::from_secs(5);

/// A running emulator. Dropping it stops it and kills the processes of its functions;
/// [`Emulator::stop`] does so in order.
pub struct Emulator {
    engine: EngineHandle,
    runtime: Arc<Runtime>,
    reporting: Arc<Mutex<Option<EngineHandle>>>,
    address: SocketAddr,
    endpoint_url: String,
    fleet: Arc<Fleet>,
    balancers: Arc<Balancers>,
    here: Arc<Here>,
    /// What a fork is to be like unless told otherwise.
    likeness: fork::Likeness,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    // Goes last: functions are unpacked in it.
    _work_dir: Option<TemporaryDir>,
}

/// Why an emulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}. Is another emulator running? Choose another port, or 0 for a free one."
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// What pages were to be allowed is no origin.
    #[error("{0} is no origin: write http://localhost:3000, for example")]
    Origin(String),
    /// What was given as a name of the emulator is none.
    #[error("{0} is no host name: write cloud.test, for example")]
    HostName(String),
    /// The data directory cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fork was to be kept.
    #[error("a fork is in memory: it cannot be kept in {}", .0.display())]
    ForkDataDir(PathBuf),
    /// The directory in which functions are unpacked cannot be used.
    #[error("cannot prepare the directory for functions: {0}")]
    WorkDir(std::io::Error),
}

/// What an emulator is to be like; made by [`Emulator::builder`].
#[derive(Debug)]
pub struct Builder {
    host: IpAddr,
    port: u16,
    listener: Option<TcpListener>,
    data_dir: Option<PathBuf>,
    clock: Clock,
    seed: Option<u64>,
    handlers: Handlers,
    hosts: Vec<String>,
    allowed_origins: Vec<String>,
    keys: Keys,
    bucket_defaults: BucketDefaults,
    mapping_scaling: Scaling,
    limits: Limits,
    services: Vec<AwsService>,
    environments_max: Option<usize>,
    fork: Option<Fork>,
    fleet: FleetConfig,
    listeners: BTreeMap<u16, SocketAddr>,
    balancing: balancer::Settings,
}

impl Emulator {
    /// An emulator on a free port of 127.0.0.1, that keeps nothing and follows the machine's clock,
    /// unless told otherwise.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            listener: None,
            data_dir: None,
            clock: Clock::system(),
            seed: None,
            handlers: Handlers::new(),
            hosts: Vec::new(),
            allowed_origins: Vec::new(),
            keys: Keys::default(),
            bucket_defaults: BucketDefaults::default(),
            mapping_scaling: Scaling::default(),
            limits: Limits::default(),
            services: AwsService::ALL.to_vec(),
            environments_max: None,
            fork: None,
            fleet: FleetConfig::default(),
            listeners: BTreeMap::new(),
            balancing: balancer::Settings { tries_others: false },
        }
    }

    /// Where SDKs reach it: `http://127.0.0.1:4566`. The value for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A configuration for any client of the AWS SDK for Rust. S3 clients want `force_path_style`,
    /// because few machines resolve `bucket.127.0.0.1`.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        let credentials =
            Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "cloudless");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.endpoint_url)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build()
    }

    /// The emulator's time: to be read, stopped and set running.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.engine.clock()
    }

    /// Moves time. Everything that becomes due on the way happens, in order, with all that follows
    /// from it, before time goes on. Ten virtual minutes cost no real time.
    ///
    /// # Errors
    /// By more than [`Clock::ADVANCE_MAX`] at once, 100 years, or past [`Timestamp::NOW_MAX`]
    /// (`InvalidParameterValue`); or the engine has stopped.
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, core::error::ApiError> {
        self.engine.advance(by).await
    }

    /// Returns when nothing is due: no invocation runs or waits, and no message is visible on a
    /// queue that an enabled mapping serves.
    ///
    /// # Errors
    /// The limit, on the wall clock, is over; the error names what is outstanding.
    pub async fn settle(&self, limit: Duration) -> Result<(), Unsettled> {
        self.engine.settle(limit).await
    }

    /// Like [`Emulator::settle`], and moves a frozen clock on until nothing waits for time either:
    /// no retry, no batching window, no message in flight or delayed on a mapped queue.
    ///
    /// # Errors
    /// The limit, on the wall clock, is over; the error names what is outstanding.
    pub async fn settle_until_idle(&self, limit: Duration) -> Result<(), Unsettled> {
        self.engine.settle_until_idle(limit).await
    }

    /// What happened and because of what, oldest first, as far as it is remembered.
    #[must_use]
    pub fn trace(&self) -> Vec<Event> {
        self.engine.trace()
    }

    /// An event and all that it led to, each with its depth in the tree.
    #[must_use]
    pub fn trace_of(&self, cause: CauseId) -> Vec<(usize, Event)> {
        self.engine.trace_of(cause)
    }

    /// A copy of the whole cloud as it is now, for a look at it.
    #[must_use]
    pub fn snapshot(&self) -> World {
        self.engine.with_world(World::clone)
    }

    /// Where the listener of a load balancer, by its ARN and its port, really listens; nothing before it does.
    #[must_use]
    pub fn listener(&self, load_balancer: &str, port: u16) -> Option<SocketAddr> {
        let listening = self.here.listening.lock().unwrap_or_else(PoisonError::into_inner);
        listening.get(&(load_balancer.to_owned(), port)).copied()
    }

    /// The instances that are processes.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The engine: calls without HTTP.
    #[must_use]
    pub fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// The last lines that a function logged.
    #[must_use]
    pub fn logs(&self, function: &FunctionArn) -> Vec<String> {
        self.engine.with_world(|world| world.last_function_lines(function, runtime::LINES_MAX))
    }

    /// Stops in order: no new requests, what is in hand is answered and durable, functions end.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.balancers.close();
        self.fleet.stop().await;
        self.engine.stop().await;
        if let Some(serving) = self.serving.take() {
            let _ = serving.await;
        }
        self.runtime.stop().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.balancers.close();
        // The directory is free when this returns, so that another emulator can go on with it.
        self.engine.close(DROP_LIMIT);
        // The runtime reports to the engine and the engine performs by the runtime: here it ends.
        self.reporting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("endpoint_url", &self.endpoint_url).finish_non_exhaustive()
    }
}

impl Builder {
    /// The address to listen on, 127.0.0.1 unless told. Anything but a loopback address lets others
    /// run code on this machine.
    #[must_use]
    pub fn host(self, host: IpAddr) -> Self {
        Self { host, ..self }
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// A listener that is bound already, in place of host and port.
    #[must_use]
    pub fn listener(self, listener: TcpListener) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// Keeps everything in this directory; the next emulator that is started on it goes on where
    /// this one ended, however it ended.
    #[must_use]
    pub fn data_dir(self, data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: Some(data_dir.into()), ..self }
    }

    /// The emulator's time, for example `Clock::frozen(…)`.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Where names come from: the same seed and the same calls give the same names. Random unless
    /// told. A data directory and a fork go on with their own.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Lets the function of this name run in this process, whatever its zip. See
    /// [`Handlers::register`].
    #[must_use]
    pub fn function<F, Made, S, E, T, R, B, St, D, SE>(
        self,
        name: impl Into<String>,
        factory: F,
    ) -> Self
    where
        F: Fn(EnvironmentContext) -> Made + Send + Sync + 'static,
        Made: Future<Output = Result<S, E>> + Send + 'static,
        E: Into<BoxError>,
        S: Service<LambdaEvent<T>, Response = R> + Send + 'static,
        S::Future: Send,
        S::Error: Into<Diagnostic> + fmt::Debug + Send,
        T: DeserializeOwned + Send + 'static,
        R: IntoFunctionResponse<B, St> + Send + 'static,
        B: Serialize + Send + 'static,
        St: Stream<Item = Result<D, SE>> + Unpin + Send + 'static,
        D: Into<bytes::Bytes> + Send + 'static,
        SE: Into<BoxError> + Send + fmt::Debug + 'static,
    {
        Self { handlers: self.handlers.register(name, factory), ..self }
    }

    /// A host name besides `localhost` under which it is reached, so that `that-name` and
    /// `bucket.that-name` are understood. A request by the name of a stranger is refused (403): a web
    /// page can let a name of its own lead to this machine.
    #[must_use]
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// An origin, such as `http://localhost:3000`, whose pages may use every service here from a
    /// browser. Pages of other origins are refused (403), but for what S3's own rules let them do:
    /// a bucket's CORS configuration, objects for everybody, form uploads.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// An access key that is known. Once there is one, every call must be signed with a known key, but
    /// for what a bucket's or a queue's policy lets everybody do, and signatures are verified. The
    /// control API (`/_cloudless/…`) then wants a key as well: `Authorization: Bearer KEY_ID:SECRET`,
    /// or a signature; but for health, LocalStack's init, the docs and the first page.
    #[must_use]
    pub fn key(mut self, access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.insert(access_key_id, secret);
        self
    }

    /// Access keys in place of those that were given before. See [`Builder::key`].
    #[must_use]
    pub fn keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    /// What new buckets have: what AWS gives them today, unless told. Buckets that are there already keep
    /// what they have.
    #[must_use]
    pub fn bucket_defaults(self, bucket_defaults: BucketDefaults) -> Self {
        Self { bucket_defaults, ..self }
    }

    /// How event source mappings come to run more than five batches at once: after a minute in which
    /// messages had to wait, as on AWS, unless told.
    #[must_use]
    pub fn mapping_scaling(self, mapping_scaling: Scaling) -> Self {
        Self { mapping_scaling, ..self }
    }

    /// The services that answer: all unless told. Calls of the others are refused with
    /// `InternalFailure`, as LocalStack refuses what its `SERVICES` does not list.
    #[must_use]
    pub fn services(self, services: impl IntoIterator<Item = AwsService>) -> Self {
        Self { services: services.into_iter().collect(), ..self }
    }

    /// Instances of this image run this program, a process each; those of other images are simulated.
    #[must_use]
    pub fn image(mut self, image_id: impl Into<String>, program: Program) -> Self {
        self.fleet.programs.insert(image_id.into(), program);
        self
    }

    /// How instances are run, in place of what was said before.
    #[must_use]
    pub fn instances(self, fleet: FleetConfig) -> Self {
        Self { fleet, ..self }
    }

    /// Where listeners of load balancers with this port listen; those of other ports get a free one of
    /// 127.0.0.1, which [`Emulator::listener`] names.
    #[must_use]
    pub fn balancer_listener(mut self, port: u16, at: SocketAddr) -> Self {
        self.listeners.insert(port, at);
        self
    }

    /// A request whose target cannot be reached, or ends before it answers one that may be repeated, is
    /// given to another; on AWS it is answered with 502, which is what happens unless this is said.
    #[must_use]
    pub fn balancer_tries_others(self) -> Self {
        Self { balancing: balancer::Settings { tries_others: true }, ..self }
    }

    /// How many execution environments there are at most: 64 unless told.
    #[must_use]
    pub fn environments_max(self, environments: usize) -> Self {
        Self { environments_max: Some(environments), ..self }
    }

    /// Starts it, in the current tokio runtime. When this returns, it answers.
    ///
    /// # Errors
    /// The port is taken, a directory cannot be used, or a name or an origin is none.
    pub async fn start(mut self) -> Result<Emulator, StartError> {
        let likeness = fork::Likeness::of(&self);
        let asked = SocketAddr::new(self.host, self.port);
        let no_port = |source| StartError::Listen { address: asked, source };
        let listener = self.listener.take().map_or_else(|| listen(asked), Ok).map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let guard = guard(address, &self.hosts, &self.allowed_origins)?;
        let endpoint_url = endpoint_url(address);
        let (config, work_dir, temporary) = self.engine_config()?;
        let reporting = Arc::new(Mutex::new(None::<EngineHandle>));
        let runtime = self.runtime(work_dir, &reporting)?;
        runtime.set_endpoint_url(&endpoint_url);
        let hot_reload = address.ip().is_loopback() && self.keys.is_empty();

        let here = Arc::new(Here {
            clock: self.clock.clone(),
            engine: Arc::clone(&reporting),
            endpoint_url: endpoint_url.clone(),
            fleet: OnceLock::new(),
            listeners: mem::take(&mut self.listeners),
            listening: Mutex::default(),
        });
        let tasks = tokio::runtime::Handle::current();
        let fleet = Fleet::new(mem::take(&mut self.fleet), here.clone(), tasks.clone());
        let _ = here.fleet.set(Arc::downgrade(&fleet));
        let balancers = Arc::new(Balancers::new(here.clone(), self.balancing, tasks));
        let performer = Performer {
            runtime: Arc::clone(&runtime),
            fleet: Arc::clone(&fleet),
            balancers: Arc::clone(&balancers),
        };
        let told = Arc::clone(&reporting);
        let engine = Engine::start(config, move |engine| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine);
            performer
        })?;
        let http = Arc::new(Http {
            engine: engine.clone(),
            runtime: Arc::clone(&runtime),
            fleet: Arc::clone(&fleet),
            here: Arc::clone(&here),
            hosts: Hosts::new(self.hosts),
            guard,
            data_dir: self.data_dir,
            keys: self.keys,
            bodies: Bodies::new(&self.limits),
            limits: self.limits,
            services: self.services,
            started: Instant::now(),
            code_secret: rand::random(),
            session_id: uuid::Uuid::new_v4().to_string(),
            endpoint: endpoint_url.clone(),
            hot_reload,
        });
        let (stop, mut stopped) = watch::channel(false);
        let serving = tokio::spawn(http::serve(http, listener, async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        }));
        Ok(Emulator {
            engine,
            runtime,
            reporting,
            address,
            endpoint_url,
            fleet,
            balancers,
            here,
            likeness,
            stop,
            serving: Some(serving),
            _work_dir: temporary,
        })
    }

    /// What runs functions in this directory and reports to the engine, once there is one.
    fn runtime(
        &mut self,
        work_dir: PathBuf,
        reporting: &Arc<Mutex<Option<EngineHandle>>>,
    ) -> Result<Arc<Runtime>, StartError> {
        let mut config = RuntimeConfig {
            handlers: mem::take(&mut self.handlers),
            clock: self.clock.clone(),
            ..RuntimeConfig::new(work_dir)
        };
        if let Some(environments_max) = self.environments_max {
            config.environments_max = environments_max;
        }
        let reports_to = Arc::clone(reporting);
        let report = Arc::new(move |id, progress| {
            let engine = reports_to.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let Some(engine) = engine else { return };
            match progress {
                Progress::Began => engine.invocation_began(id),
                Progress::Ended(outcome) => engine.invocation_ended(id, outcome),
            }
        });
        let kept_by = Arc::clone(reporting);
        let keep = Arc::new(move |logged| {
            let engine = kept_by.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(engine) = engine {
                engine.logged(logged);
            }
        });
        Ok(Arc::new(Runtime::start(config, report, keep).map_err(StartError::WorkDir)?))
    }

    /// What the engine goes on from, where functions are unpacked, and the directory that goes with the
    /// emulator.
    fn engine_config(
        &mut self,
    ) -> Result<(EngineConfig, PathBuf, Option<TemporaryDir>), StartError> {
        let clock = self.clock.clone();
        let s3 = self.keys.s3_settings(self.bucket_defaults);
        let lambda = lambda::Settings {
            mapping_scaling: self.mapping_scaling,
            environments_max: self.environments_max.unwrap_or(ENVIRONMENTS_MAX),
        };
        let seed = self.seed.unwrap_or_else(rand::random);
        if let Some(directory) = &self.data_dir {
            if self.fork.is_some() {
                return Err(StartError::ForkDataDir(directory.clone()));
            }
            let storage = Storage::open(directory)?;
            let config = EngineConfig { seed, s3, lambda, ..EngineConfig::new(storage, clock) };
            return Ok((config, directory.join("functions"), None));
        }
        let config = match self.fork.take() {
            Some(fork) => EngineConfig { s3, lambda, ..EngineConfig::of_fork(fork, clock) },
            None => {
                EngineConfig { seed, s3, lambda, ..EngineConfig::new(Storage::memory(), clock) }
            }
        };
        let directory = tempfile::Builder::new().prefix("cloudless-").tempdir();
        let directory = directory.map_err(StartError::WorkDir)?;
        let work_dir = directory.path().join("functions");
        Ok((config, work_dir, Some(TemporaryDir(directory))))
    }
}

/// What to say in a terminal, so that any AWS SDK and both versions of the AWS CLI call this emulator.
/// boto3 and version 1 of the CLI read `AWS_DEFAULT_REGION` alone.
#[must_use]
pub fn environment(endpoint_url: &str, access_key_id: &str, secret_access_key: &str) -> String {
    format!(
        "export AWS_ENDPOINT_URL={endpoint_url}\n\
         export AWS_ACCESS_KEY_ID={access_key_id} AWS_SECRET_ACCESS_KEY={secret_access_key}\n\
         export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}"
    )
}

/// Where SDKs reach what listens here. A wildcard address can be listened on but not called.
fn endpoint_url(address: SocketAddr) -> String {
    let reached = match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        _ => address,
    };
    format!("http://{reached}")
}

/// The door of an emulator that listens here.
fn guard(address: SocketAddr, hosts: &[String], origins: &[String]) -> Result<Guard, StartError> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    match hosts.iter().find(|name| !name.bytes().all(is_part)) {
        Some(name) => Err(StartError::HostName(name.clone())),
        None => Guard::new(address, origins).map_err(StartError::Origin),
    }
}

/// Listens with room for as many clients as may call at once. The usual 128 make the next wait a
/// second, until their system calls again.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    const BACKLOG: u32 = 4_096;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    platform::share_address(&socket)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
