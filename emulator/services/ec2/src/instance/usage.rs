//! What instances used, as CloudWatch is told: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html>.
//!
//! One that is watched closely has a point each minute, any other each five. Of its group there is always one; of its
//! image, its type and of all those alone count that are watched closely, as on AWS. One that warms up is no part of its
//! group's points; what an agent on it reports is. Nothing of this is stored.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kernel::directory::{Directory, InstanceState};
use kernel::fact::{Fact, Facts, Meaning, Measured, Minute, Tally};
use kernel::time::Timestamp;

use super::Instance;
use crate::instance_type::InstanceType;
use crate::{Cx, Ec2, fleet};

/// Minutes of a point where an instance is not watched closely.
const BASIC_MINUTES: u64 = 5;

/// The tag by which a group's instances are known.
const GROUP: &str = "aws:autoscaling:groupName";

/// What an instance used since it was told last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    cpu: Tally,
    memory: Tally,
    disk: Tally,
    received_bytes: u64,
    sent_bytes: u64,
    /// Credits that are left, of a type that has them.
    credits: Option<f64>,
}

/// Values of one metric by its dimensions.
type Sums = BTreeMap<(&'static str, &'static str, Vec<(&'static str, String)>), Tally>;

impl Ec2 {
    /// Takes what instances used since the last sample.
    pub(super) fn sampled(&mut self, cx: &mut Cx<'_>, samples: Vec<fleet::Sample>) {
        for sample in samples {
            let id = &sample.instance_id;
            let is_running =
                self.instances.get(id).is_some_and(|it| it.state == InstanceState::Running);
            let numbers = [sample.cpu_percent, sample.memory_percent, sample.disk_percent];
            if !is_running || numbers.iter().any(|number| !number.is_finite()) {
                continue;
            }
            let used = self.used.entry(id.clone()).or_default();
            used.cpu.add(sample.cpu_percent.clamp(0.0, 100.0));
            used.memory.add(sample.memory_percent.clamp(0.0, 100.0));
            used.disk.add(sample.disk_percent.clamp(0.0, 100.0));
            used.received_bytes = used.received_bytes.saturating_add(sample.network_in_bytes);
            used.sent_bytes = used.sent_bytes.saturating_add(sample.network_out_bytes);
        }
        cx.measured();
    }

    pub(crate) fn state_usage(&self, directory: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        let running = self.instances.values().filter(|it| it.state == InstanceState::Running);
        let mut homes: BTreeMap<_, Sums> = BTreeMap::new();
        for it in running {
            let sums = homes.entry((&it.home, point_start(it, at))).or_default();
            let group = self.tags_of(&it.id).find(|(key, _)| *key == GROUP).map(|(_, it)| &**it);
            let used = self.used.get(&it.id);
            if is_told(it, at) {
                let group = group.filter(|_| counts_in_group(directory, it, at));
                add_own(sums, it, group, used, at);
            }
            if let Some(used) = used {
                add_agent(sums, it, group, used);
            }
        }
        for ((home, start), sums) in homes {
            for ((namespace, name, dimensions), tally) in sums {
                let dimensions =
                    dimensions.into_iter().map(|(name, value)| (Cow::Borrowed(name), value));
                let at = if namespace == AGENT { last_minute(at) } else { start };
                let mut stated = Facts {
                    account: &home.account,
                    region: &home.region,
                    namespace,
                    dimensions: dimensions.collect(),
                    at,
                    out: facts,
                };
                stated.state(name, unit(name), Meaning::Each, Measured::Tally(tally));
            }
        }
    }

    /// What was told is told; says when there is more.
    pub(crate) fn usage_told(&mut self, at: Timestamp) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for it in self.instances.values().filter(|it| it.state == InstanceState::Running) {
            let own = Timestamp::from_ms((at.as_ms() / span_ms(it) + 1) * span_ms(it));
            next = Some(next.map_or(own, |other| other.min(own)));
            let used = self.used.entry(it.id.clone()).or_default();
            used.memory = Tally::default();
            used.disk = Tally::default();
            if is_told(it, at) {
                used.credits = credits_after(it, used, at);
                let Used { credits, .. } = *used;
                *used = Used { credits, ..Used::default() };
            }
        }
        let instances = &self.instances;
        self.used
            .retain(|id, _| instances.get(id).is_some_and(|it| it.state == InstanceState::Running));
        next
    }
}

/// What the agent on an instance reports.
const AGENT: &str = "CWAgent";
const EC2: &str = "AWS/EC2";

fn unit(name: &str) -> &'static str {
    match name {
        "CPUUtilization" | "mem_used_percent" | "disk_used_percent" => "Percent",
        "NetworkIn" | "NetworkOut" | "EBSReadBytes" | "EBSWriteBytes" | "DiskReadBytes"
        | "DiskWriteBytes" => "Bytes",
        _ => "Count",
    }
}

const fn span_ms(it: &Instance) -> u64 {
    if it.is_monitored { 60_000 } else { BASIC_MINUTES * 60_000 }
}

/// Whether a point of an instance is whole at the end of this minute.
const fn is_told(it: &Instance, at: Timestamp) -> bool {
    at.as_ms().is_multiple_of(span_ms(it)) || !at.as_ms().is_multiple_of(60_000)
}

fn last_minute(at: Timestamp) -> Timestamp {
    Minute::start(Timestamp::from_ms(at.as_ms().saturating_sub(1)))
}

/// Where the point begins that ends now.
const fn point_start(it: &Instance, at: Timestamp) -> Timestamp {
    let last = at.as_ms().saturating_sub(1);
    Timestamp::from_ms(last / span_ms(it) * span_ms(it))
}

/// Whether the point that ends now is one of the instance's group, too: nothing of it lies in its warm-up.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html>
fn counts_in_group(directory: &Directory, it: &Instance, at: Timestamp) -> bool {
    directory.warming.get(&it.id).is_none_or(|until| *until <= point_start(it, at))
}

/// A simulated computer at rest takes between 0.2 and 0.8 percent of its processors: of each minute another share,
/// always the same.
fn at_rest(it: &Instance, at: Timestamp) -> f64 {
    let minute = (at.as_ms() / 60_000).to_be_bytes();
    let hash = it.id.bytes().chain(minute).fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    0.2 + (hash >> 11) as f64 / (1_u64 << 53) as f64 * 0.6
}

/// What its processors did in the point that ends now; nothing where nobody knows.
fn cpu(it: &Instance, used: Option<&Used>, at: Timestamp) -> Option<f64> {
    match used.filter(|used| used.cpu.count > 0) {
        Some(used) => Some(used.cpu.sum / used.cpu.count as f64),
        None => it.is_simulated.then(|| at_rest(it, at)),
    }
}

/// Credits after the point that ends now: what a type earns in it, without what it used, up to those of a day.
fn credits_after(it: &Instance, used: &Used, at: Timestamp) -> Option<f64> {
    let kind = InstanceType::named(&it.instance_type)?;
    let an_hour = kind.credits_an_hour()?;
    let minutes = span_ms(it) as f64 / 60_000.0;
    // At launch there are thirty for each processor, of t2; later types begin with none.
    let first = if kind.name.starts_with("t2.") { 30.0 * f64::from(kind.vcpus) } else { 0.0 };
    let spent = cpu(it, Some(used), at)? / 100.0 * f64::from(kind.vcpus) * minutes;
    let left = used.credits.unwrap_or(first) + an_hour / 60.0 * minutes - spent;
    Some(left.clamp(0.0, an_hour * 24.0 + first))
}

fn add_own(
    sums: &mut Sums,
    it: &Instance,
    group: Option<&str>,
    used: Option<&Used>,
    at: Timestamp,
) {
    let mut places = vec![vec![("InstanceId", it.id.clone())]];
    places.extend(group.map(|name| vec![("AutoScalingGroupName", name.to_owned())]));
    if it.is_monitored {
        places.push(vec![("ImageId", it.image.clone())]);
        places.push(vec![("InstanceType", it.instance_type.clone())]);
        places.push(Vec::new());
    }
    let mut values: Vec<(&'static str, f64)> = Vec::new();
    values.extend(cpu(it, used, at).map(|percent| ("CPUUtilization", percent)));
    let (received, sent) = used.map_or((0, 0), |it| (it.received_bytes, it.sent_bytes));
    for (bytes, name, packets) in
        [(received, "NetworkIn", "NetworkPacketsIn"), (sent, "NetworkOut", "NetworkPacketsOut")]
    {
        values.push((name, bytes as f64));
        // Nobody counts packets: as many as there must have been at least.
        values.push((packets, bytes.div_ceil(PACKET_BYTES) as f64));
    }
    values.extend(NEVER.iter().map(|name| (*name, 0.0)));
    for (name, value) in values {
        for place in &places {
            sums.entry((EC2, name, place.clone())).or_default().add(value);
        }
    }
    let empty = Used::default();
    // Credits are told each five minutes, however closely an instance is watched.
    let is_told = at.as_ms().is_multiple_of(BASIC_MINUTES * 60_000);
    if let Some(left) = credits_after(it, used.unwrap_or(&empty), at).filter(|_| is_told) {
        let place = vec![("InstanceId", it.id.clone())];
        sums.entry((EC2, "CPUCreditBalance", place)).or_default().add(left);
    }
}

/// A packet on Ethernet, in bytes.
const PACKET_BYTES: u64 = 1500;

/// What there is none of: an instance has no disks of its own here, and its checks pass.
const NEVER: &[&str] = &[
    "DiskReadBytes",
    "DiskReadOps",
    "DiskWriteBytes",
    "DiskWriteOps",
    "StatusCheckFailed",
    "StatusCheckFailed_Instance",
    "StatusCheckFailed_System",
];

fn add_agent(sums: &mut Sums, it: &Instance, group: Option<&str>, used: &Used) {
    let mut own = vec![
        ("ImageId", it.image.clone()),
        ("InstanceId", it.id.clone()),
        ("InstanceType", it.instance_type.clone()),
    ];
    let group = group.map(|name| ("AutoScalingGroupName", name.to_owned()));
    own.extend(group.clone());
    let mut places = vec![own];
    places.extend(group.map(|group| vec![group]));
    for (name, tally) in [("mem_used_percent", used.memory), ("disk_used_percent", used.disk)] {
        if tally.count == 0 {
            continue;
        }
        for place in &places {
            let mean = tally.sum / tally.count as f64;
            sums.entry((AGENT, name, place.clone())).or_default().add(mean);
        }
    }
}
