//! A fleet that is only computed: what a load does to instances, minute by minute, so that a scaling policy is a unit
//! test. Six hours of a group's life are milliseconds.
//!
//! ```
//! use cloudless_core::simulation::Fleet;
//! use cloudless_core::Timestamp;
//! // 100 requests a second from the second minute on; an instance at its limit answers 50.
//! let fleet = Fleet::new(|at: Timestamp| if at.as_s() < 60 { 0.0 } else { 100.0 }, 50.0);
//! assert_eq!(fleet.cpu_percent(Timestamp::from_ms(0), 4), 0.0);
//! assert_eq!(fleet.cpu_percent(Timestamp::from_ms(60_000), 4), 50.0);
//! assert_eq!(fleet.cpu_percent(Timestamp::from_ms(60_000), 1), 100.0);
//! ```

use ec2::fleet::{Report, Sample};
use elb::plane::{self, Probed};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

use crate::input::Input;
use crate::world::World;

/// A zone is lost: its instances end, and none begins there for so many seconds.
#[must_use]
pub fn zone_lost(zone: &str, for_s: u64) -> Input {
    Input::Fleet(Box::new(Report::ZoneLost { zone: zone.to_owned(), for_s: Some(for_s) }))
}

/// An instance has ended, as a process that was killed does: nobody was asked.
#[must_use]
pub fn killed(instance_id: &str) -> Input {
    let (instance_id, how) = (instance_id.to_owned(), "signal: 9 (SIGKILL)".to_owned());
    Input::Fleet(Box::new(Report::Ended { instance_id, how }))
}

/// From now on a simulated instance does not answer those who ask whether it is healthy: it hangs.
#[must_use]
pub fn hangs(instance_id: &str) -> Input {
    let (instance, outcome) = (instance_id.to_owned(), Some(Probed::TimedOut));
    Input::Plane(Box::new(plane::Report::Answers { instance, outcome }))
}

/// Memory that an instance uses whatever it does, in percent. Ours.
const MEMORY_PERCENT: f64 = 20.0;
/// What a request is and what its answer is, in bytes. Ours.
const REQUEST_BYTES: f64 = 500.0;
const ANSWER_BYTES: f64 = 20_000.0;

/// A load over time, shared by all instances alike.
#[derive(Debug, Clone)]
pub struct Fleet<F> {
    requests_per_s: F,
    requests_per_s_of_one: f64,
}

impl<F: Fn(Timestamp) -> f64> Fleet<F> {
    /// A load in requests a second, and how many an instance answers in a second when it does nothing else.
    #[must_use]
    pub const fn new(requests_per_s: F, requests_per_s_of_one: f64) -> Self {
        Self { requests_per_s, requests_per_s_of_one }
    }

    /// How busy each of so many instances is: what is more than they can do is lost.
    #[must_use]
    pub fn cpu_percent(&self, at: Timestamp, instances: usize) -> f64 {
        let each = (self.requests_per_s)(at) / instances.max(1) as f64;
        (each / self.requests_per_s_of_one * 100.0).clamp(0.0, 100.0)
    }

    /// What these instances used in the minute that ends at `at`.
    #[must_use]
    pub fn sampled(&self, at: Timestamp, instances: &[String]) -> Report {
        let cpu_percent = self.cpu_percent(at, instances.len());
        let requests = cpu_percent / 100.0 * self.requests_per_s_of_one * 60.0;
        let sample = |instance_id: &String| Sample {
            instance_id: instance_id.clone(),
            cpu_percent,
            memory_percent: MEMORY_PERCENT,
            disk_percent: MEMORY_PERCENT,
            network_in_bytes: (requests * REQUEST_BYTES) as u64,
            network_out_bytes: (requests * ANSWER_BYTES) as u64,
        };
        Report::Sampled(instances.iter().map(sample).collect())
    }

    /// The same of the instances that a group has in service, as the World hears it. To be said each minute.
    #[must_use]
    pub fn minute(&self, world: &World, at: Timestamp, group: &str) -> Input {
        let place = (&AccountId::default(), &Region::default());
        Input::Fleet(Box::new(self.sampled(at, &world.in_service(place, group))))
    }
}
