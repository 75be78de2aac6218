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
mod builder;
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
mod start;
pub mod store;
mod surroundings;
pub mod wire;

pub use cloudless_core as core;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use balancer::Balancers;
use cloudless_core::arn::FunctionArn;
use cloudless_core::trace::{CauseId, Event};
use cloudless_core::{Timestamp, World};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use builder::Builder;
use clock::Clock;
pub use cloudless_core::lambda::Scaling;
pub use cloudless_core::s3::BucketDefaults;
use engine::{EngineHandle, Unsettled};
use http::Limits;
use instances::{Fleet, FleetConfig};
pub use keys::{Holder, Keys, NoKey};
pub use platform::{own_mounts, stop_signal};
use runtime::{Handlers, Runtime, TemporaryDir};
use store::StoreError;
use surroundings::Here;
use wire::Service as AwsService;

/// The access key that [`Emulator::sdk_config`] signs with. Any other is as good, unless keys are
/// configured.
pub const ACCESS_KEY_ID: &str = "test";
/// The secret that belongs to [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "test";
/// The region of [`Emulator::sdk_config`].
pub const REGION: &str = "us-east-1";

/// How long a drop waits at most for what is in hand to be durable.
const DROP_LIMIT: Duration = Duration::from_secs(5);

/// A running emulator. Dropping it stops it and kills the processes of its functions and instances;
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
        self.fleet.abandon();
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
