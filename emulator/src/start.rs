//! The start of an emulator.

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use balancer::Balancers;
use cloudless_core::lambda;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

use crate::builder::Builder;
use crate::engine::{Engine, EngineConfig, EngineHandle};
use crate::http::{self, Bodies, Guard, Http};
use crate::instances::Fleet;
use crate::performer::Performer;
use crate::runtime::{ENVIRONMENTS_MAX, Progress, Runtime, RuntimeConfig, TemporaryDir};
use crate::store::Storage;
use crate::surroundings::Here;
use crate::wire::Hosts;
use crate::{Emulator, StartError, fork, platform};

impl Builder {
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

        let (here, fleet, balancers) = self.surroundings(&reporting, &endpoint_url);
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

    /// What runs instances and carries requests, in the current tokio runtime, and what both know of this emulator.
    fn surroundings(
        &mut self,
        reporting: &Arc<Mutex<Option<EngineHandle>>>,
        endpoint_url: &str,
    ) -> (Arc<Here>, Arc<Fleet>, Arc<Balancers>) {
        let here = Arc::new(Here {
            clock: self.clock.clone(),
            engine: Arc::clone(reporting),
            endpoint_url: endpoint_url.to_owned(),
            fleet: OnceLock::new(),
            listeners: mem::take(&mut self.listeners),
            listening: Mutex::default(),
        });
        let tasks = tokio::runtime::Handle::current();
        let fleet = Fleet::new(mem::take(&mut self.fleet), here.clone(), tasks.clone());
        let _ = here.fleet.set(Arc::downgrade(&fleet));
        let balancers = Arc::new(Balancers::new(here.clone(), self.balancing, tasks));
        (here, fleet, balancers)
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
        let programs = Arc::new(self.fleet.programs.keys().cloned().collect());
        let seed = self.seed.unwrap_or_else(rand::random);
        if let Some(directory) = &self.data_dir {
            if self.fork.is_some() {
                return Err(StartError::ForkDataDir(directory.clone()));
            }
            let storage = Storage::open(directory)?;
            let config = EngineConfig::new(storage, clock);
            let config = EngineConfig { seed, s3, lambda, programs, ..config };
            return Ok((config, directory.join("functions"), None));
        }
        let config = match self.fork.take() {
            Some(fork) => EngineConfig::of_fork(fork, clock),
            None => EngineConfig { seed, ..EngineConfig::new(Storage::memory(), clock) },
        };
        let config = EngineConfig { s3, lambda, programs, ..config };
        let directory = tempfile::Builder::new().prefix("cloudless-").tempdir();
        let directory = directory.map_err(StartError::WorkDir)?;
        let work_dir = directory.path().join("functions");
        Ok((config, work_dir, Some(TemporaryDir(directory))))
    }
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
