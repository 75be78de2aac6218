//! Instances as processes of this host: a program each, in a group of its own, with its user data as environment
//! and a metadata service that it alone asks.
//!
//! What it listens on: an address of its own where the system lets us (on Linux the whole of 127.0.0.0/8 is this
//! machine: an instance that has 10.0.1.23 in its network has 127.0.1.23 here), else a free port of 127.0.0.1.

mod metadata;
mod metadata_server;
mod process;
mod program;
#[cfg(all(test, unix))]
mod tests;
mod usage;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use cloudless_core::ec2::fleet::{Effect, Launch, Report};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use crate::platform::{self, Watchdog};

pub use program::Program;

/// How instances are run.
#[derive(Debug, Clone)]
pub struct FleetConfig {
    /// What each image runs, by its id. An instance of any other is simulated.
    pub programs: BTreeMap<String, Program>,
    /// What all of them have in their environment besides.
    pub variables: BTreeMap<String, String>,
    /// How much of one of this machine's cores a virtual processor is, from 0 up to 1: what a
    /// laptop's four cores would take for rest is stress for an instance of a small share.
    pub core_share: f64,
    /// How often is looked what they use, in the emulator's time; never more often than five times a second.
    pub sample_every: Duration,
    /// How long one may take to end once it is asked to.
    pub stop_patience: Duration,
}

impl Default for FleetConfig {
    /// No programs; a virtual processor is a core; looked at every 5 s; 10 s to end.
    fn default() -> Self {
        Self {
            programs: BTreeMap::new(),
            variables: BTreeMap::new(),
            core_share: 1.0,
            sample_every: Duration::from_secs(5),
            stop_patience: Duration::from_secs(10),
        }
    }
}

/// Of how many instances that have ended is remembered what they wrote. Ours.
const ENDED_MAX: usize = 64;
/// Looking is work, too.
const SAMPLE_EVERY_MIN: Duration = Duration::from_millis(200);

/// What a fleet must know of the emulator around it.
pub(crate) trait Around: Send + Sync + 'static {
    /// Takes what is to be told of instances.
    fn tell(&self, report: Report);
    /// The emulator's time.
    fn now(&self) -> cloudless_core::Timestamp;
    /// How many of its seconds pass in one.
    fn speed(&self) -> u32;
    /// Temporary credentials of a role, as the metadata service writes them; nothing where there are none.
    fn credentials(&self, launch: &Launch, role: &str) -> Credentials;
    /// Where SDKs reach the emulator.
    fn endpoint_url(&self) -> String;
}

/// Credentials as JSON, when they are there.
pub(crate) type Credentials =
    std::pin::Pin<Box<dyn Future<Output = Option<serde_json::Value>> + Send>>;

/// All instances that are processes.
pub struct Fleet {
    config: FleetConfig,
    around: Arc<dyn Around>,
    tasks: Handle,
    watchdog: Watchdog,
    running: Mutex<HashMap<String, Running>>,
    /// What those wrote that have ended lately, the newest last: why one did stands there.
    ended: Mutex<VecDeque<(String, process::Console)>>,
    sampling: Mutex<bool>,
    /// All are to end: none begins any more, and nobody hears of their ends.
    is_stopped: AtomicBool,
    itself: Weak<Self>,
}

/// An instance that runs.
struct Running {
    /// Where each of its ports really is.
    places: BTreeMap<u16, SocketAddr>,
    /// Its address here.
    address: Ipv4Addr,
    vcpus: u32,
    memory_mib: u64,
    group: Option<u32>,
    stop: Option<oneshot::Sender<()>>,
    kill: Arc<Notify>,
    seen: usage::Seen,
    /// What the balancer has carried to it and from it, in bytes, since it was told last.
    carried: (u64, u64),
    console: process::Console,
}

impl Fleet {
    /// Nothing runs yet. Its tasks run in this tokio runtime.
    pub(crate) fn new(config: FleetConfig, around: Arc<dyn Around>, tasks: Handle) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            config,
            around,
            tasks,
            watchdog: Watchdog::default(),
            running: Mutex::default(),
            ended: Mutex::default(),
            sampling: Mutex::new(false),
            is_stopped: AtomicBool::new(false),
            itself: itself.clone(),
        })
    }

    /// Does what is asked, and returns at once.
    pub(crate) fn perform(&self, effect: Effect) {
        let Some(fleet) = self.itself.upgrade().filter(|it| !it.is_stopped()) else { return };
        match effect {
            Effect::Start(launch) => {
                self.tasks.spawn(async move { fleet.start(*launch).await });
            }
            Effect::Stop { instance_id } => {
                let stopped = self.with(&instance_id, |running| running.stop.take());
                match stopped {
                    Some(Some(stop)) => _ = stop.send(()),
                    // It ends already.
                    Some(None) => {}
                    None => self.did_not_run(instance_id),
                }
            }
            Effect::Kill { instance_id } => {
                if !self.kill(&instance_id) {
                    self.did_not_run(instance_id);
                }
            }
        }
    }

    fn did_not_run(&self, instance_id: String) {
        self.tell(Report::Ended { instance_id, how: "it did not run".to_owned() });
    }

    /// Where a port of an instance really is; nothing where it does not run.
    #[must_use]
    pub fn place(&self, instance_id: &str, port: u16) -> Option<SocketAddr> {
        self.with(instance_id, |running| {
            let own = SocketAddr::new(running.address.into(), port);
            running.places.get(&port).copied().unwrap_or(own)
        })
    }

    /// The same, by the instance's address in its network.
    pub(crate) fn place_of_address(&self, address: IpAddr, port: u16) -> Option<SocketAddr> {
        let IpAddr::V4(address) = address else { return None };
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let found = running.values().find(|it| it.address == here(address))?;
        let own = SocketAddr::new(found.address.into(), port);
        Some(found.places.get(&port).copied().unwrap_or(own))
    }

    /// So much was carried to an instance and from it, in bytes.
    pub(crate) fn carried(&self, instance_id: &str, to: u64, from: u64) {
        self.with(instance_id, |running| {
            running.carried.0 += to;
            running.carried.1 += from;
        });
    }

    /// The last of what an instance wrote, also of one that has ended lately.
    #[must_use]
    pub fn console(&self, instance_id: &str) -> Option<String> {
        let running = self.with(instance_id, |running| running.console.clone());
        let console = running.or_else(|| {
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let mut newest_first = ended.iter().rev();
            newest_first.find(|(id, _)| id == instance_id).map(|(_, console)| console.clone())
        });
        console.map(|console| console.text())
    }

    /// An instance runs no more; what it wrote is remembered.
    fn remove(&self, instance_id: &str) {
        let removed =
            self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(instance_id);
        let Some(running) = removed else { return };
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|(id, _)| id != instance_id);
        ended.push_back((instance_id.to_owned(), running.console));
        let over = ended.len().saturating_sub(ENDED_MAX);
        ended.drain(..over);
    }

    /// Where the ports of an instance really are, as far as its program has named them.
    #[must_use]
    pub fn places(&self, instance_id: &str) -> BTreeMap<u16, String> {
        let places = self.with(instance_id, |running| running.places.clone()).unwrap_or_default();
        places.into_iter().map(|(port, at)| (port, at.to_string())).collect()
    }

    /// Kills an instance, as a fault does: it is not asked. Nothing where it does not run.
    pub fn kill(&self, instance_id: &str) -> bool {
        self.with(instance_id, |running| running.kill.notify_one()).is_some()
    }

    /// The process group of an instance.
    #[must_use]
    pub fn process(&self, instance_id: &str) -> Option<u32> {
        self.with(instance_id, |running| running.group).flatten()
    }

    /// The instances that run, by id.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<String> = running.keys().cloned().collect();
        ids.sort();
        ids
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }

    fn tell(&self, report: Report) {
        if !self.is_stopped() {
            self.around.tell(report);
        }
    }

    /// Ends all of them for good; returns when they have. Nobody hears of it: they are there again with the next
    /// emulator on the same data.
    pub(crate) async fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        let stops: Vec<_> = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.values_mut().filter_map(|it| it.stop.take()).collect()
        };
        stops.into_iter().for_each(|stop| _ = stop.send(()));
        let over = tokio::time::Instant::now() + self.config.stop_patience + Duration::from_secs(2);
        while !self.ids().is_empty() && tokio::time::Instant::now() < over {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills all of them for good, and does not wait for it: whoever has them is dropped.
    pub(crate) fn abandon(&self) {
        self.is_stopped.store(true, Ordering::Release);
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(|it| it.kill.notify_one());
    }

    async fn start(self: Arc<Self>, launch: Launch) {
        let instance_id = launch.instance_id.clone();
        // After a commit that failed it is asked for once more.
        if self.with(&instance_id, |_| ()).is_some() {
            return self.tell(Report::Started { instance_id });
        }
        let Some(program) = self.config.programs.get(&launch.image_id).cloned() else {
            let reason = format!("no program is given for the image {}", launch.image_id);
            return self.tell(Report::Failed { instance_id, reason });
        };
        let how = match process::run(&self, launch, &program).await {
            Ok(how) => how,
            Err(reason) => return self.tell(Report::Failed { instance_id, reason }),
        };
        self.remove(&instance_id);
        self.tell(Report::Ended { instance_id, how });
    }

    fn with<T>(&self, instance_id: &str, look: impl FnOnce(&mut Running) -> T) -> Option<T> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get_mut(instance_id).map(look)
    }

    fn add(&self, instance_id: &str, instance: Running) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(instance_id.to_owned(), instance);
    }

    /// Looks from now on what instances use, until none runs.
    fn sample(self: &Arc<Self>) {
        let mut is_sampling = self.sampling.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *is_sampling, true) {
            return;
        }
        let fleet = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                let every = fleet.config.sample_every / fleet.around.speed().max(1);
                tokio::time::sleep(every.max(SAMPLE_EVERY_MIN)).await;
                let samples = usage::samples(&fleet);
                if samples.is_empty() {
                    *fleet.sampling.lock().unwrap_or_else(PoisonError::into_inner) = false;
                    // One may have begun in between.
                    if fleet.ids().is_empty() {
                        return;
                    }
                    *fleet.sampling.lock().unwrap_or_else(PoisonError::into_inner) = true;
                } else {
                    fleet.tell(Report::Sampled(samples));
                }
            }
        });
    }
}

/// The processor time that a process and its children have used, where the system tells: of a database that
/// instances share, for example.
#[must_use]
pub fn processor_time_of(process: u32) -> Option<Duration> {
    platform::processor_time_of_family(process)
}

/// The address on this machine for one in a network.
fn here(private_ip: Ipv4Addr) -> Ipv4Addr {
    let [_, network, part, host] = private_ip.octets();
    Ipv4Addr::new(127, network, part, host)
}

/// Where a port of an instance can be: on its own address, else wherever there is room.
fn place(address: Ipv4Addr, port: u16) -> SocketAddr {
    let own = SocketAddr::new(address.into(), port);
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr();
    match TcpListener::bind(own) {
        Ok(_) => own,
        Err(_) => free().unwrap_or(own),
    }
}
