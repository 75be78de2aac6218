//! The World: it routes calls, carries what one service says to those who hear it, and keeps the order
//! of time. What one service asks of another, and who hears what, is in `world/`: no other file names
//! two services, but for the table in `services.rs`.

mod between_steps;
mod checks;
mod feeding;
mod groups;
mod handling;
mod idle;
mod measuring;
mod scaling;

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::content::{BlobId, BlobReferences, Content};
use kernel::directory::Directory;
use kernel::fact::Minute;
use kernel::ids::{Ids, Numbers};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;
use kernel::trace::{CauseId, Trace};

use crate::input::{Call, Input};
use crate::seat::Out;
use crate::services::{Record, Services};
use crate::step::{Change, Step};
pub(crate) use handling::Handling;
pub use measuring::Total;
use measuring::Totals;

/// S3, SQS, Lambda, STS, CloudWatch Logs, CloudWatch, EC2, its balancers and its groups of all accounts and regions, as one value.
///
/// A clone is the same cloud in the middle of what it does; [`World::fork`] is the beginning of another.
/// Two worlds are equal when their durable states are: what waits for
/// an answer and what is remembered of the past do not count.
#[derive(Debug, Clone)]
pub struct World {
    shared: Shared,
    services: Services,
}

/// What all services share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) recording: bool,
    pub(crate) now: Timestamp,
    pub(crate) ids: Ids,
    pub(crate) numbers: Numbers,
    pub(crate) blobs: BlobReferences,
    pub(crate) trace: Trace,
    /// What services know of each other's resources.
    pub(crate) directory: Directory,
    /// When what services measure is handed to CloudWatch.
    pub(crate) minute: Minute,
    /// What was handed over since this World began.
    pub(crate) totals: Totals,
    /// What the trace calls that this World was made of records: the cause of what was scheduled before
    /// that and has no other. It is an event once something is due because of it.
    pub(crate) restored: Option<CauseId>,
}

impl World {
    /// Tells the World what happened and when, and says what to store and what to do. The only
    /// mutation. Time never goes back: an earlier `now` than the last counts as the last; and it
    /// ends: a later one than [`Timestamp::NOW_MAX`] counts as that.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Step {
        self.take_step(now, input, true)
    }

    /// Answers a call that only reads ([`Request::reads_only`](crate::Request::reads_only)), and lets nothing happen beside it that
    /// is due. For a copy of a World whose store cannot be written: what the copy changes follows from
    /// the time, and is lost with it.
    pub fn read(&mut self, now: Timestamp, call: Call) -> Step {
        self.take_step(now, Input::Call(call), false)
    }

    fn take_step(&mut self, now: Timestamp, input: Input, with_due: bool) -> Step {
        self.shared.now = self.shared.now.max(now.min(Timestamp::NOW_MAX));
        let drawn = self.shared.ids.drawn();
        self.shared.trace.begins(None);
        // That the clock is about to move is said before it has: nothing follows of that alone.
        let with_due = with_due && !matches!(input, Input::ClockMoves { .. });
        let mut handling = Handling {
            services: &mut self.services,
            shared: &mut self.shared,
            out: Out::default(),
        };
        match input {
            Input::Call(call) => handling.call(call),
            Input::Disconnected(call) => handling.disconnected(call),
            Input::InvocationBegan { invocation } => {
                handling.of_invocation(&invocation, |lambda, cx| lambda.began(cx, &invocation));
            }
            Input::InvocationEnded { invocation, outcome } => {
                handling.of_invocation(&invocation, |lambda, cx| {
                    lambda.ended(cx, &invocation, outcome);
                });
            }
            Input::Logged(logged) => handling.logged(&logged),
            Input::Served(served) => handling.served(*served),
            Input::Fleet(report) => handling.told_of_instances(*report),
            Input::Plane(report) => handling.told_of_targets(*report),
            Input::Measured { what, facts } => handling.measured_outside(what, facts),
            Input::ClockMoves { to } => {
                let from = handling.shared.now;
                handling.shared.trace.clock_moves(from, to);
            }
            Input::Deadline => {}
        }
        handling.route();
        // Whatever has come due by now happens now, whichever input came first; or as much of it as makes a
        // step.
        while with_due && !handling.out.goes_on && handling.next_due() {
            handling.route();
        }
        let mut step = handling.out.step;
        step.adopted = self.shared.blobs.take_adopted();
        let now_drawn = self.shared.ids.drawn();
        if self.shared.recording && now_drawn != drawn {
            step.changes.push(Change::Put(Record::Ids(now_drawn)));
        }
        step
    }

    /// When the World changes by itself: the moment at which it wants to hear [`Input::Deadline`].
    /// Nothing where it waits for input alone.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        [self.services.next_deadline(), self.shared.minute.over()].into_iter().flatten().min()
    }

    /// An empty World whose steps carry no changes: for a store that keeps nothing.
    #[must_use]
    pub fn in_memory(seed: u64) -> Self {
        let mut world = Self::restore([], seed);
        world.shared.recording = false;
        world
    }

    /// The World that these records describe; an empty one without any. `seed` must be the seed
    /// that the records were written under. Records come in the order of their keys' kinds.
    #[must_use]
    pub fn restore(records: impl IntoIterator<Item = Record>, seed: u64) -> Self {
        let mut world = Self {
            shared: Shared {
                recording: true,
                now: Timestamp::default(),
                ids: Ids::new(seed, 0),
                numbers: Numbers::default(),
                blobs: BlobReferences::default(),
                trace: Trace::default(),
                directory: Directory::default(),
                minute: Minute::default(),
                totals: Totals::default(),
                restored: None,
            },
            services: Services::default(),
        };
        for record in records {
            world.services.restore(&mut world.shared, record);
        }
        world.shared.blobs = BlobReferences::of(|| world.services.contents());
        // Of what is there already CloudWatch is told, whether anything happens or not.
        if let Some(at) = world.services.minute_over(Timestamp::default()) {
            world.shared.minute.tells_at(at);
        }
        world
    }

    /// Goes back to what these records describe, as [`World::restore`] reads them: a store could not
    /// take the last steps. Calls that wait and invocations that run are forgotten; the time and what
    /// is remembered of the past stay.
    pub fn go_back_to(&mut self, records: impl IntoIterator<Item = Record>, seed: u64) {
        let before = std::mem::replace(self, Self::restore(records, seed));
        self.set_s3_settings(Arc::clone(before.s3_settings()));
        self.set_lambda_settings(before.lambda_settings());
        self.set_programs(Arc::clone(before.programs()));
        self.shared.now = before.shared.now;
        self.shared.trace = before.shared.trace;
        self.shared.totals = before.shared.totals;
    }

    /// The beginning of another cloud, that keeps nothing: all that would be stored of this one, at the same
    /// moment and with the same past. Names go on alike. What waits for an answer stays here; invocations
    /// that must not be lost are begun anew there, as after a restart.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut fork = Self::restore(self.records(), 0);
        fork.shared.recording = false;
        fork.shared.now = self.shared.now;
        fork.shared.ids = self.shared.ids.clone();
        fork.shared.numbers = self.shared.numbers;
        fork.shared.trace = self.shared.trace.clone();
        fork.set_s3_settings(Arc::clone(self.s3_settings()));
        fork.set_lambda_settings(self.lambda_settings());
        fork.set_programs(Arc::clone(self.programs()));
        fork
    }

    /// What S3 was told by whoever made the World.
    #[must_use]
    pub fn s3_settings(&self) -> &Arc<s3::Settings> {
        self.services.s3.service.settings()
    }

    /// Tells S3 what new buckets have and which accounts there are. It is not stored: whoever restores a
    /// World says it again.
    pub fn set_s3_settings(&mut self, settings: Arc<s3::Settings>) {
        self.services.s3.service.set_settings(settings);
    }

    /// What Lambda was told by whoever made the World.
    #[must_use]
    pub fn lambda_settings(&self) -> lambda::Settings {
        self.services.lambda.service.settings()
    }

    /// Tells Lambda how mappings scale. It is not stored, as [`World::set_s3_settings`] says.
    pub fn set_lambda_settings(&mut self, settings: lambda::Settings) {
        self.services.lambda.service.set_settings(settings);
    }

    /// Which images have programs.
    #[must_use]
    pub fn programs(&self) -> &ec2::Programs {
        self.services.ec2.service.programs()
    }

    /// Tells EC2 which images have programs, and Elastic Load Balancing whose instances can be asked whether they are
    /// healthy. It is not stored, as [`World::set_s3_settings`] says.
    pub fn set_programs(&mut self, programs: ec2::Programs) {
        let programmed_images = (*programs).clone();
        let settings = elb::Settings { programmed_images };
        self.services.elb.service.set_settings(Arc::new(settings));
        self.services.ec2.service.set_programs(&mut self.shared.directory, programs);
    }

    /// How many targets of load balancers are being asked right now whether they are healthy.
    #[must_use]
    pub fn probes_under_way(&self) -> usize {
        self.services.elb.service.probes_under_way()
    }

    /// The instances that a group has in service.
    #[must_use]
    pub fn in_service(&self, (account, region): (&AccountId, &Region), group: &str) -> Vec<String> {
        let (account, region) = (account.clone(), region.clone());
        let key = autoscaling::GroupKey { account, region, name: group.into() };
        self.services.autoscaling.service.in_service(&key)
    }

    /// The moment of the last input.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.now
    }

    /// Every durable entity, in the order in which [`World::restore`] reads them.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let mut records: BTreeMap<_, _> =
            self.services.records().map(|record| (record.key(), record)).collect();
        let drawn = self.shared.ids.drawn();
        if drawn > 0 {
            let drawn = Record::Ids(drawn);
            records.insert(drawn.key(), drawn);
        }
        records.into_values().collect()
    }

    /// Every blob that something refers to, as often as it does; any other may be deleted when the
    /// World is restored.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobId> {
        self.services.contents().flat_map(Content::blobs).map(|blob| &blob.id)
    }

    /// What led to what.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.shared.trace
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.records() == other.records()
    }
}
