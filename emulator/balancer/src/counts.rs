//! What was carried, counted, and told once a second while something is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use elb::plane::{Report, Served, ServedTargets, ServedZone};
use kernel::time::Timestamp;
use tokio::runtime::Handle;

use crate::Surroundings;

/// How long is counted before it is told.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// Response times are told as multiples of this.
const GRAIN_S: f64 = 0.000_1;
/// Lines of the log that wait to be told.
const LINES_MAX: usize = 100_000;

/// What a balancer has carried since it was told last.
pub(crate) struct Counts {
    load_balancer: String,
    around: Arc<dyn Surroundings>,
    tasks: Handle,
    counted: Mutex<Counted>,
    connections: Arc<AtomicU64>,
}

#[derive(Default)]
struct Counted {
    /// Somebody will tell it.
    is_awaited: bool,
    zones: BTreeMap<String, ServedZone>,
    targets: BTreeMap<(String, String), Targets>,
    log: Vec<(Timestamp, String)>,
}

#[derive(Default)]
struct Targets {
    served: ServedTargets,
    /// By grains.
    times: BTreeMap<u64, u64>,
}

/// A connection that is open, until it is dropped.
pub(crate) struct Open(Arc<AtomicU64>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    pub fn new(load_balancer: String, around: Arc<dyn Surroundings>, tasks: Handle) -> Self {
        let (counted, connections) = (Mutex::default(), Arc::default());
        Self { load_balancer, around, tasks, counted, connections }
    }

    /// One more connection, of a client or to a target.
    pub fn connection(&self) -> Open {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(&self.connections))
    }

    /// Counts in a zone of the balancer.
    pub fn in_zone(self: &Arc<Self>, zone: &str, count: impl FnOnce(&mut ServedZone)) {
        self.with(|counted| {
            if !counted.zones.contains_key(zone) {
                counted.zones.insert(zone.to_owned(), ServedZone::default());
            }
            if let Some(zone) = counted.zones.get_mut(zone) {
                count(zone);
            }
        });
    }

    /// Counts what targets of a group in a zone have answered, and how long one took.
    pub fn of_targets(
        self: &Arc<Self>,
        group: &str,
        zone: &str,
        took: Option<Duration>,
        count: impl FnOnce(&mut ServedTargets),
    ) {
        self.with(|counted| {
            let key = (group.to_owned(), zone.to_owned());
            let targets = counted.targets.entry(key).or_default();
            if let Some(took) = took {
                let grains = (took.as_secs_f64() / GRAIN_S).round() as u64;
                *targets.times.entry(grains).or_default() += 1;
            }
            count(&mut targets.served);
        });
    }

    /// A line for the access log.
    pub fn line(self: &Arc<Self>, at: Timestamp, line: String) {
        self.with(|counted| {
            if counted.log.len() < LINES_MAX {
                counted.log.push((at, line));
            }
        });
    }

    fn with(self: &Arc<Self>, count: impl FnOnce(&mut Counted)) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut counted);
        if !std::mem::replace(&mut counted.is_awaited, true) {
            let counts = Arc::clone(self);
            self.tasks.spawn(async move {
                tokio::time::sleep(TOLD_EVERY).await;
                counts.tell();
            });
        }
    }

    fn tell(&self) {
        let counted = {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counted)
        };
        let told = |(key, it): (_, Targets)| {
            let times =
                it.times.into_iter().map(|(grains, count)| (grains as f64 * GRAIN_S, count));
            (key, ServedTargets { response_times_s: times.collect(), ..it.served })
        };
        let served = Served {
            load_balancer: self.load_balancer.clone(),
            zones: counted.zones,
            targets: counted.targets.into_iter().map(told).collect(),
            active_connections: self.connections.load(Ordering::Relaxed),
            log: counted.log,
        };
        self.around.tell(Report::Served(Box::new(served)));
    }
}
