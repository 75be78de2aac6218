//! Carries requests from listeners to targets, as an application load balancer does: by the plans that Elastic
//! Load Balancing makes ([`elb::plane`]), and reports what it has carried.
//!
//! Where it differs from AWS: a balancer has one address, and its connections are shared out among its zones in turn;
//! a connection of a client that no security group lets in is closed, where AWS never answers it; and where
//! [`Settings::tries_others`] says so, a target that cannot be reached costs no request.
#![warn(missing_docs)]

mod asking;
mod body;
mod choosing;
mod connection;
mod cookies;
mod counts;
mod current;
mod exchange;
mod forward;
mod forwarded;
mod function;
mod listener;
mod log;
mod modified;
mod probe;
mod progress;
mod redirect;
mod rules;
mod tls;
mod upgrade;
mod upstream;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use elb::plane::{Effect, Plan, Probe, Report};
use kernel::time::Timestamp;
use tokio::runtime::Handle;

use counts::Counts;
use current::Current;
use listener::Listening;
use upstream::Upstream;

/// What a balancer must know of the world around it.
pub trait Surroundings: Send + Sync + 'static {
    /// The moment.
    fn now(&self) -> Timestamp;
    /// Takes what is to be told of requests and targets.
    fn tell(&self, report: Report);
    /// Where a target really listens; nothing where nobody does.
    fn locate(&self, id: &str, address: Option<IpAddr>, port: u16) -> Option<SocketAddr>;
    /// Where a listener is to listen. Where somebody does already, a free port is taken.
    fn listens_at(&self, plan: &Plan, port: u16) -> SocketAddr;
    /// A listener listens: there.
    fn listening(&self, plan: &Plan, port: u16, at: io::Result<SocketAddr>);
    /// Whether the balancer's security groups let a client in.
    fn admits(&self, plan: &Plan, client: IpAddr, port: u16) -> bool;
    /// Whether the target's security groups let the balancer in.
    fn reaches(&self, plan: &Plan, target: &str, port: u16) -> bool;
    /// So much was carried to a target and from it, in bytes.
    fn carried(&self, target: &str, to: u64, from: u64);
    /// Has a function answer: the payload of its answer, or that it failed.
    fn invoke(&self, function: String, event: Bytes) -> Invoked;
}

/// What a function has answered: nothing where it failed.
pub type Invoked = Pin<Box<dyn Future<Output = Option<Bytes>> + Send>>;

/// How balancers are to do things.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// A request whose target cannot be reached, or ends before it answers one that may be repeated, is given to
    /// another. AWS answers with 502.
    pub tries_others: bool,
}

/// All balancers of an emulator.
pub struct Balancers {
    around: Arc<dyn Surroundings>,
    settings: Settings,
    tasks: Handle,
    /// Nothing once they are closed for good.
    balancers: Mutex<Option<BTreeMap<String, Arc<Balancer>>>>,
    /// What targets are asked by whether they are healthy.
    probes: Upstream,
}

impl Balancers {
    /// None yet. Their tasks run in the tokio runtime of this handle.
    #[must_use]
    pub fn new(around: Arc<dyn Surroundings>, settings: Settings, tasks: Handle) -> Self {
        let probes = Upstream::without_keeping();
        Self { around, settings, tasks, balancers: Mutex::new(Some(BTreeMap::new())), probes }
    }

    /// Does what is asked, and returns at once.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::Configure(plan) => self.configure(plan),
            Effect::Remove { load_balancer } => {
                let mut balancers = self.balancers.lock().unwrap_or_else(PoisonError::into_inner);
                let balancers = balancers.as_mut();
                if let Some(gone) = balancers.and_then(|all| all.remove(&load_balancer)) {
                    gone.close();
                }
            }
            Effect::Probe(probe) => self.probe(*probe),
        }
    }

    /// Closes all listeners for good. Requests in hand are cut off.
    pub fn close(&self) {
        let mut balancers = self.balancers.lock().unwrap_or_else(PoisonError::into_inner);
        let all = balancers.take().unwrap_or_default();
        all.into_values().for_each(|balancer| balancer.close());
    }

    fn configure(&self, plan: Arc<Plan>) {
        let mut balancers = self.balancers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(balancers) = balancers.as_mut() else { return };
        let balancer = balancers.entry(plan.arn.clone()).or_insert_with(|| {
            let (around, settings) = (Arc::clone(&self.around), self.settings);
            Arc::new(Balancer::new(&plan, around, settings, &self.tasks))
        });
        balancer.configure(&plan, &self.tasks);
    }

    fn probe(&self, probe: Probe) {
        let (around, upstream) = (Arc::clone(&self.around), self.probes.clone());
        self.tasks.spawn(async move {
            let outcome = probe::outcome(&*around, &upstream, &probe).await;
            let Probe { target_group, target, target_port, .. } = probe;
            around.tell(Report::Probed { target_group, target, target_port, outcome });
        });
    }
}

/// One balancer.
pub(crate) struct Balancer {
    pub around: Arc<dyn Surroundings>,
    pub settings: Settings,
    pub secret: cookies::Secret,
    pub counts: Arc<Counts>,
    pub upstream: Upstream,
    /// The plan, and what is known of its targets besides.
    current: RwLock<Arc<Current>>,
    listening: Mutex<HashMap<u16, Listening>>,
    connections: AtomicUsize,
}

impl Balancer {
    fn new(
        plan: &Arc<Plan>,
        around: Arc<dyn Surroundings>,
        settings: Settings,
        tasks: &Handle,
    ) -> Self {
        let counts = Counts::new(plan.arn.clone(), Arc::clone(&around), tasks.clone());
        Self {
            around,
            settings,
            secret: cookies::Secret(rand::random()),
            counts: Arc::new(counts),
            upstream: Upstream::new(),
            current: RwLock::new(Arc::new(Current::following(None, plan))),
            listening: Mutex::default(),
            connections: AtomicUsize::new(0),
        }
    }

    /// What is followed now.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The zone that the next connection comes in by.
    pub fn next_zone(&self) -> String {
        let (current, next) = (self.current(), self.connections.fetch_add(1, Ordering::Relaxed));
        let zones = &current.plan.zones;
        zones.get(next % zones.len().max(1)).cloned().unwrap_or_default()
    }

    fn configure(self: &Arc<Self>, plan: &Arc<Plan>, tasks: &Handle) {
        let before = self.current();
        let next = Arc::new(Current::following(Some(&before), plan));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&next);
        before.cut_those_gone_in(&next);
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        listening.retain(|port, _| plan.listeners.iter().any(|listener| listener.port == *port));
        for listener in &plan.listeners {
            let is_new = listening.get(&listener.port).is_none_or(|it| !it.still_fits(listener));
            if is_new {
                listening.remove(&listener.port);
                listening.insert(listener.port, Listening::start(self, plan, listener, tasks));
            }
        }
    }

    fn close(&self) {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.current().cut_all();
    }
}
