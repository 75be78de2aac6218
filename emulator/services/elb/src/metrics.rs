//! What CloudWatch is told of load balancers.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use kernel::directory::{Directory, TargetHealth};
use kernel::fact::{Fact, Facts, Meaning, Measured, Tally, Values};
use kernel::time::Timestamp;

use crate::plane::{Served, ServedTargets, ServedZone};
use crate::target::zone_of;
use crate::{Cx, Elb, arn};

const NAMESPACE: &str = "AWS/ApplicationELB";
/// A minute, in seconds.
const MINUTE_S: u64 = 60;

/// What a load balancer has carried in the minute under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    zones: BTreeMap<String, ServedZone>,
    /// By target group and the target's zone.
    targets: BTreeMap<(String, String), Answered>,
    active_connections: u64,
}

/// What targets have answered in the minute under way.
#[derive(Debug, Clone, Default)]
struct Answered {
    served: ServedTargets,
    times: Times,
}

/// How long answers took.
#[derive(Debug, Clone, Default)]
struct Times {
    /// Each time, in seconds, by its bits, which are in the order of times; and how often it was.
    values: BTreeMap<u64, u64>,
    tally: Tally,
}

/// Targets of a group by how they are, and whose rules forward to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Census {
    /// Healthy and unhealthy ones, by zone; nothing stands for all zones.
    zones: BTreeMap<Option<String>, (u64, u64)>,
    balancers: Vec<String>,
}

impl Times {
    fn add(&mut self, times: &[(f64, u64)]) {
        for (seconds, count) in times.iter().filter(|(_, count)| *count > 0) {
            self.keep(seconds.max(0.0).to_bits(), *count);
            self.tally.join(Tally {
                count: *count,
                sum: seconds * *count as f64,
                minimum: *seconds,
                maximum: *seconds,
            });
        }
    }

    fn keep(&mut self, bits: u64, count: u64) {
        // Of more there are no percentiles.
        if self.values.len() <= Values::MAX {
            *self.values.entry(bits).or_default() += count;
        }
    }

    fn join(&mut self, other: &Self) {
        other.values.iter().for_each(|(bits, count)| self.keep(*bits, *count));
        self.tally.join(other.tally);
    }

    fn measured(&self) -> Option<Measured> {
        let value = |(bits, count): (&u64, &u64)| (f64::from_bits(*bits), *count as f64);
        match self.tally.count {
            0 => None,
            _ if self.values.len() <= Values::MAX => {
                Some(Measured::Values(self.values.iter().map(value).collect()))
            }
            _ => Some(Measured::Tally(self.tally)),
        }
    }
}

fn add_zone(own: &mut ServedZone, more: &ServedZone) {
    own.requests += more.requests;
    own.new_connections += more.new_connections;
    own.processed_bytes += more.processed_bytes;
    for (status, count) in &more.own_statuses {
        *own.own_statuses.entry(*status).or_default() += count;
    }
    own.fixed_responses += more.fixed_responses;
    own.rule_evaluations += more.rule_evaluations;
    own.rejected_connections += more.rejected_connections;
    own.tls_errors += more.tls_errors;
}

impl Answered {
    fn add(&mut self, more: &ServedTargets) {
        self.served.requests += more.requests;
        for (own, more) in self.served.statuses.iter_mut().zip(more.statuses) {
            *own += more;
        }
        self.served.connection_errors += more.connection_errors;
        self.times.add(&more.response_times_s);
    }

    fn join(&mut self, other: &Self) {
        self.add(&other.served);
        self.times.join(&other.times);
    }
}

impl Elb {
    /// A load balancer has carried something.
    pub(crate) fn served(&mut self, cx: &mut Cx<'_>, served: Served) {
        let Served { load_balancer, zones, targets, active_connections, log } = served;
        if !self.balancers.contains_key(&load_balancer) {
            return;
        }
        let counts = self.counts.entry(load_balancer.clone()).or_default();
        for (zone, more) in &zones {
            add_zone(counts.zones.entry(zone.clone()).or_default(), more);
        }
        for (place, more) in &targets {
            counts.targets.entry(place.clone()).or_default().add(more);
        }
        counts.active_connections = counts.active_connections.max(active_connections);
        cx.measured();
        self.gather_log(cx, &load_balancer, log.into_iter().map(|(_, line)| line).collect());
    }

    /// A load balancer is gone.
    pub(crate) fn forget_counts(&mut self, arn: &str) {
        self.counts.remove(arn);
        self.logs.remove(arn);
        self.planned_because.remove(arn);
    }

    /// Counts a group's targets.
    pub(crate) fn take_census(&mut self, directory: &Directory, arn: &str) {
        let census = self.groups.get(arn).filter(|group| group.check.is_enabled).map(|group| {
            let used_by = self.balancers_of_group(arn);
            let mut census = Census {
                zones: BTreeMap::new(),
                balancers: used_by.iter().map(|it| arn::label(it).to_owned()).collect(),
            };
            for (key, target) in &group.targets {
                let state = self.state_of(directory, group, &used_by, key, target).for_others();
                let (healthy, unhealthy) = match state {
                    TargetHealth::Healthy => (1, 0),
                    TargetHealth::Unhealthy | TargetHealth::Initial => (0, 1),
                    _ => continue,
                };
                let zone = zone_of(directory, group, key, target);
                let places = zone.map(Some).into_iter().chain([None]);
                for place in places {
                    let counted = census.zones.entry(place).or_default();
                    counted.0 += healthy;
                    counted.1 += unhealthy;
                }
            }
            census
        });
        match census {
            Some(census) => _ = self.census.insert(arn.to_owned(), census),
            None => _ = self.census.remove(arn),
        }
    }

    /// Whether there is anything to be told each minute, though nobody asks for anything.
    pub(crate) fn has_watched(&self) -> bool {
        self.census.values().any(|it| !it.balancers.is_empty() && !it.zones.is_empty())
    }

    /// A minute is over.
    pub(crate) fn begin_minute(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.counts.clear();
        self.has_watched().then(|| at.after_s(MINUTE_S))
    }

    /// States what was counted.
    pub(crate) fn state(&self, at: Timestamp, out: &mut Vec<Fact>) {
        for (arn, counts) in &self.counts {
            if let Some(balancer) = self.balancers.get(arn) {
                let label = arn::label(arn).to_owned();
                let facts = Facts {
                    account: &balancer.account,
                    region: &balancer.region,
                    namespace: NAMESPACE,
                    dimensions: Vec::new(),
                    at,
                    out,
                };
                counts.state(facts, &label);
            }
        }
        for (arn, census) in &self.census {
            if let Some(group) = self.groups.get(arn) {
                let facts = Facts {
                    account: &group.account,
                    region: &group.region,
                    namespace: NAMESPACE,
                    dimensions: Vec::new(),
                    at,
                    out,
                };
                self.state_census(facts, arn, census);
            }
        }
    }

    fn state_census(&self, mut facts: Facts<'_>, arn: &str, census: &Census) {
        let group = arn::label(arn);
        let requests = |balancer: Option<&str>, zone: Option<&str>| -> f64 {
            let of = self
                .counts
                .iter()
                .filter(|(it, _)| balancer.is_none_or(|balancer| arn::label(it) == balancer));
            let targets = of.flat_map(|(_, counts)| &counts.targets);
            let own =
                targets.filter(|((of, at), _)| of == arn && zone.is_none_or(|zone| at == zone));
            own.map(|(_, answered)| answered.served.requests).sum::<u64>() as f64
        };
        for (zone, (healthy, unhealthy)) in &census.zones {
            let share = (if *healthy > 0 { *healthy } else { *unhealthy }).max(1) as f64;
            let per_target = |facts: &mut Facts<'_>, balancer: Option<&str>| {
                facts.dimensions = dimensions(balancer, zone.as_deref(), Some(group));
                let sum = requests(balancer, zone.as_deref()) / share;
                facts.count("RequestCountPerTarget", sum);
            };
            if census.balancers.is_empty() {
                continue;
            }
            per_target(&mut facts, None);
            for balancer in &census.balancers {
                per_target(&mut facts, Some(balancer));
                facts.dimensions = dimensions(Some(balancer), zone.as_deref(), Some(group));
                facts.level("HealthyHostCount", *healthy as f64);
                facts.level("UnHealthyHostCount", *unhealthy as f64);
            }
        }
    }
}

fn dimensions(
    balancer: Option<&str>,
    zone: Option<&str>,
    group: Option<&str>,
) -> Vec<(Cow<'static, str>, String)> {
    let all = [("AvailabilityZone", zone), ("LoadBalancer", balancer), ("TargetGroup", group)];
    let given = all.into_iter().filter_map(|(name, value)| Some((name.into(), value?.to_owned())));
    given.collect()
}

/// What is told only where it is not zero.
fn if_any(facts: &mut Facts<'_>, name: &'static str, count: u64) {
    if count > 0 {
        facts.count(name, count as f64);
    }
}

/// The load balancer's own answers that have a metric of their own.
const OWN: [(u16, &str); 4] = [
    (500, "HTTPCode_ELB_500_Count"),
    (502, "HTTPCode_ELB_502_Count"),
    (503, "HTTPCode_ELB_503_Count"),
    (504, "HTTPCode_ELB_504_Count"),
];

/// How many own answers there were whose status begins so.
fn own_of(zone: &ServedZone, first: u16) -> u64 {
    let own = zone.own_statuses.iter().filter(|(status, _)| **status / 100 == first);
    own.map(|(_, count)| count).sum()
}

fn state_zone(facts: &mut Facts<'_>, zone: &ServedZone) {
    facts.count("RequestCount", zone.requests as f64);
    facts.state(
        "ProcessedBytes",
        "Bytes",
        Meaning::Count,
        Measured::Tally(Tally::of(zone.processed_bytes as f64)),
    );
    facts.count("NewConnectionCount", zone.new_connections as f64);
    if_any(facts, "RejectedConnectionCount", zone.rejected_connections);
    if_any(facts, "ClientTLSNegotiationErrorCount", zone.tls_errors);
    if_any(facts, "HTTPCode_ELB_3XX_Count", own_of(zone, 3));
    if_any(facts, "HTTPCode_ELB_4XX_Count", own_of(zone, 4));
    if_any(facts, "HTTPCode_ELB_5XX_Count", own_of(zone, 5));
    for (status, name) in OWN {
        if_any(facts, name, zone.own_statuses.get(&status).copied().unwrap_or(0));
    }
    let redirects = [301, 302].iter().filter_map(|it| zone.own_statuses.get(it)).sum();
    if_any(facts, "HTTP_Redirect_Count", redirects);
    if_any(facts, "HTTP_Fixed_Response_Count", zone.fixed_responses);
}

fn state_targets(facts: &mut Facts<'_>, answered: &Answered) {
    let names = [
        "HTTPCode_Target_2XX_Count",
        "HTTPCode_Target_3XX_Count",
        "HTTPCode_Target_4XX_Count",
        "HTTPCode_Target_5XX_Count",
    ];
    for (name, count) in names.into_iter().zip(answered.served.statuses) {
        if_any(facts, name, count);
    }
    if_any(facts, "TargetConnectionErrorCount", answered.served.connection_errors);
    if let Some(measured) = answered.times.measured() {
        facts.state("TargetResponseTime", "Seconds", Meaning::Each, measured);
    }
}

impl Counts {
    fn state(&self, mut facts: Facts<'_>, label: &str) {
        let facts = &mut facts;
        let mut all = ServedZone::default();
        for (zone, served) in &self.zones {
            add_zone(&mut all, served);
            facts.dimensions = dimensions(Some(label), Some(zone), None);
            state_zone(facts, served);
        }
        facts.dimensions = dimensions(Some(label), None, None);
        state_zone(facts, &all);
        facts.count("RuleEvaluations", all.rule_evaluations as f64);
        facts.count("ActiveConnectionCount", self.active_connections as f64);
        facts.count("ConsumedLCUs", self.capacity_units(&all));
        self.state_answers(facts, label);
    }

    /// By load balancer, zone, group, and group and zone.
    fn state_answers(&self, facts: &mut Facts<'_>, label: &str) {
        let mut sums: BTreeMap<(Option<&str>, Option<&str>), Answered> = BTreeMap::new();
        for ((group, zone), answered) in &self.targets {
            let group = arn::label(group);
            let zone = Some(&**zone).filter(|zone| !zone.is_empty());
            let mut places = vec![(None, None), (Some(group), None)];
            if zone.is_some() {
                places.extend([(None, zone), (Some(group), zone)]);
            }
            for place in places {
                sums.entry(place).or_default().join(answered);
            }
        }
        for ((group, zone), answered) in &sums {
            facts.dimensions = dimensions(Some(label), *zone, *group);
            if group.is_some() {
                facts.count("RequestCount", answered.served.requests as f64);
            }
            state_targets(facts, answered);
        }
    }

    /// What of its capacity a load balancer has used: the largest of four, as it is billed.
    /// <https://aws.amazon.com/elasticloadbalancing/pricing/>
    fn capacity_units(&self, all: &ServedZone) -> f64 {
        let a_second = |count: u64| count as f64 / MINUTE_S as f64;
        let connections = a_second(all.new_connections) / 25.0;
        let active = self.active_connections as f64 / 3_000.0;
        let gigabytes_an_hour = all.processed_bytes as f64 * 60.0 / 1e9;
        // Ten rules of each request are free.
        let rules = a_second(all.rule_evaluations.saturating_sub(10 * all.requests)) / 1_000.0;
        connections.max(active).max(gigabytes_an_hour).max(rules)
    }
}
