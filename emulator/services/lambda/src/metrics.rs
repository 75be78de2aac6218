//! What CloudWatch is told of functions:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>.
//!
//! As on AWS, what is counted of an invocation belongs to the minute in which it was asked for, and each
//! invocation says of `Errors` and `Throttles` also that there was none. Durations are by the World's clock.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::fact::{Fact, Facts, Meaning, Measured, Tally};
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

use super::event_metric::{EventCounts, EventMetric};
use super::qualifier::is_alias;
use super::{InvocationId, Lambda, MappingId, PendingSource};
use crate::Cx;

const MINUTE_MS: u64 = 60_000;
/// What is measured in one minute of different functions, versions and mappings. Ours.
const METERED_MAX: usize = 10_000;

/// What was counted since the last minute was over.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters {
    calls: BTreeMap<Called, Calls>,
    events: BTreeMap<FunctionArn, Events>,
    mappings: BTreeMap<MappingId, EventCounts>,
    /// How many invocations of each function run.
    running: BTreeMap<FunctionArn, u64>,
    concurrency: BTreeMap<FunctionArn, Tally>,
    of_place: BTreeMap<(AccountId, Region), [Tally; 2]>,
}

/// What was invoked, as it was named, and what ran.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Called {
    invoked: FunctionArn,
    version: Box<str>,
    /// Since when it is that minute, in milliseconds since the epoch.
    minute_ms: u64,
}

#[derive(Debug, Clone, Default)]
struct Calls {
    invocations: u64,
    errors: Tally,
    throttles: Tally,
    /// How often one took so many milliseconds.
    durations: BTreeMap<u64, u64>,
}

/// Of asynchronous invocations.
#[derive(Debug, Clone, Default)]
struct Events {
    received: Tally,
    age_ms: Tally,
    dropped: Tally,
    dead_letter_errors: Tally,
    delivery_failures: Tally,
    recursive: Tally,
}

impl Calls {
    fn join(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.errors.join(other.errors);
        self.throttles.join(other.throttles);
        for (ms, count) in &other.durations {
            *self.durations.entry(*ms).or_default() += count;
        }
    }
}

impl Meters {
    fn calls(&mut self, invoked: &FunctionArn, version: &str, at: Timestamp) -> Option<&mut Calls> {
        let minute_ms = at.as_ms() / MINUTE_MS * MINUTE_MS;
        let called = Called { invoked: invoked.clone(), version: version.into(), minute_ms };
        entry(&mut self.calls, called)
    }
}

/// What is counted of `key`; nothing where that is one thing too many.
fn entry<K: Ord, V: Default>(of: &mut BTreeMap<K, V>, key: K) -> Option<&mut V> {
    (of.len() < METERED_MAX || of.contains_key(&key)).then(|| of.entry(key).or_default())
}

impl Lambda {
    /// An invocation begins.
    pub(super) fn meter_begin(&mut self, cx: &mut Cx<'_>, invoked: &FunctionArn, version: &str) {
        cx.measured();
        if let Some(calls) = self.meters.calls(invoked, version, cx.now) {
            calls.invocations += 1;
            calls.throttles.add(0.0);
        }
        let function = invoked.unqualified();
        *self.meters.running.entry(function.clone()).or_default() += 1;
        self.sample_concurrency(&function);
    }

    /// An invocation that was asked for at `asked` has ended, and took from `begun` until now.
    pub(super) fn meter_end(
        &mut self,
        cx: &mut Cx<'_>,
        (invoked, version): (&FunctionArn, &str),
        (asked, begun): (Timestamp, Timestamp),
        is_error: bool,
    ) {
        cx.measured();
        if let Some(calls) = self.meters.calls(invoked, version, asked) {
            calls.errors.add(if is_error { 1.0 } else { 0.0 });
            let took_ms = cx.now.since(begun).as_millis() as u64;
            *calls.durations.entry(took_ms).or_default() += 1;
        }
        let function = invoked.unqualified();
        if let Some(running) = self.meters.running.get_mut(&function) {
            *running -= 1;
            if *running == 0 {
                self.meters.running.remove(&function);
            }
        }
    }

    /// An invocation finds no room.
    pub(super) fn meter_throttle(&mut self, cx: &mut Cx<'_>, invoked: &FunctionArn, version: &str) {
        cx.measured();
        if let Some(calls) = self.meters.calls(invoked, version, cx.now) {
            calls.throttles.add(1.0);
        }
    }

    /// Something happened to an event of a function, or to what became of it.
    pub fn meter_event(&mut self, cx: &mut Cx<'_>, function: &FunctionArn, metric: EventMetric) {
        cx.measured();
        let Some(events) = entry(&mut self.meters.events, function.clone()) else { return };
        match metric {
            EventMetric::Received => events.received.add(1.0),
            EventMetric::Age(ms) => events.age_ms.add(ms as f64),
            EventMetric::Dropped => events.dropped.add(1.0),
            EventMetric::DeadLetterError => events.dead_letter_errors.add(1.0),
            EventMetric::DeliveryFailure => events.delivery_failures.add(1.0),
            EventMetric::Recursive => events.recursive.add(1.0),
        }
    }

    /// How long an event has waited for the attempt that begins.
    pub(super) fn meter_event_age(&mut self, cx: &mut Cx<'_>, id: &InvocationId) {
        let Some(pending) = self.pending.get(id) else { return };
        if let PendingSource::Event { .. } = pending.source {
            let function = pending.invoked_arn.unqualified();
            let age = EventMetric::Age(cx.now.since(pending.created).as_millis() as u64);
            self.meter_event(cx, &function, age);
        }
    }

    /// A mapping has done something with messages. It is counted where its `MetricsConfig` asks for that.
    pub(super) fn meter_mapping(&mut self, cx: &mut Cx<'_>, id: &MappingId, more: EventCounts) {
        let asks = |metrics: &Vec<String>| metrics.iter().any(|it| it == "EventCount");
        let mapping = self.mappings.get(id);
        if !mapping.is_some_and(|mapping| mapping.metrics.as_ref().is_some_and(asks)) {
            return;
        }
        cx.measured();
        if let Some(counts) = entry(&mut self.meters.mappings, id.clone()) {
            counts.polled += more.polled;
            counts.filtered_out += more.filtered_out;
            counts.invoked += more.invoked;
            counts.failed += more.failed;
            counts.deleted += more.deleted;
            counts.dropped += more.dropped;
        }
    }

    /// A mapping has received so many messages, and this is to become of them.
    pub fn polled(&mut self, cx: &mut Cx<'_>, id: &MappingId, sifted: &super::Sifted) {
        let filtered_out = sifted.dropped.len();
        let (invoked, dropped) = (sifted.passing.len(), sifted.looping.len());
        let polled = filtered_out + invoked + dropped;
        let counts = EventCounts { polled, filtered_out, invoked, dropped, ..Default::default() };
        self.meter_mapping(cx, id, counts);
    }

    /// How many invocations of a function, and beside it, run at this moment.
    fn sample_concurrency(&mut self, function: &FunctionArn) {
        let Meters { running, concurrency, of_place, .. } = &mut self.meters;
        let own = running.get(function).copied().unwrap_or_default();
        if let Some(tally) = entry(concurrency, function.clone()) {
            tally.add(own as f64);
        }
        let (mut all, mut unreserved) = (0, 0);
        for (other, count) in &*running {
            if other.account == function.account && other.region == function.region {
                all += count;
                let is_reserved = self.functions.get(other);
                let is_reserved = is_reserved.is_some_and(|it| it.reserved_concurrency.is_some());
                unreserved += if is_reserved { 0 } else { *count };
            }
        }
        let place = (function.account.clone(), function.region.clone());
        let [of_all, of_unreserved] = of_place.entry(place).or_default();
        of_all.add(all as f64);
        of_unreserved.add(unreserved as f64);
    }

    /// The next minute begins; what runs on is seen in it.
    pub(super) fn begin_minute(&mut self, at: Timestamp) -> Option<Timestamp> {
        let running = std::mem::take(&mut self.meters.running);
        self.meters = Meters { running, ..Meters::default() };
        let functions: Vec<_> = self.meters.running.keys().cloned().collect();
        functions.iter().for_each(|function| self.sample_concurrency(function));
        (!functions.is_empty()).then(|| at.after_s(60))
    }

    pub(super) fn state_facts(&self, at: Timestamp, out: &mut Vec<Fact>) {
        let last = Timestamp::from_ms(at.as_ms().saturating_sub(1));
        self.state_calls(out);
        for (function, tally) in &self.meters.concurrency {
            let place = (&function.account, &function.region);
            let mut facts = facts(place, vec![named(function)], last, out);
            facts.tally("ConcurrentExecutions", "Count", Meaning::Each, *tally);
        }
        for ((account, region), [all, unreserved]) in &self.meters.of_place {
            let mut facts = facts((account, region), Vec::new(), last, out);
            facts.tally("ConcurrentExecutions", "Count", Meaning::Each, *all);
            facts.tally("UnreservedConcurrentExecutions", "Count", Meaning::Each, *unreserved);
        }
        for (function, events) in &self.meters.events {
            let place = (&function.account, &function.region);
            let mut facts = facts(place, vec![named(function)], last, out);
            for (name, tally) in [
                ("AsyncEventsReceived", events.received),
                ("AsyncEventsDropped", events.dropped),
                ("DeadLetterErrors", events.dead_letter_errors),
                ("DestinationDeliveryFailures", events.delivery_failures),
                ("RecursiveInvocationsDropped", events.recursive),
            ] {
                facts.tally(name, "Count", Meaning::Count, tally);
            }
            facts.tally("AsyncEventAge", "Milliseconds", Meaning::Each, events.age_ms);
        }
        for (id, counts) in &self.meters.mappings {
            let Some(mapping) = self.mappings.get(id) else { continue };
            let place = (&mapping.function.account, &mapping.function.region);
            let dimensions = vec![("EventSourceMappingUUID".into(), id.0.to_string())];
            let mut facts = facts(place, dimensions, last, out);
            for (name, count) in [
                ("PolledEventCount", counts.polled),
                ("FilteredOutEventCount", counts.filtered_out),
                ("InvokedEventCount", counts.invoked),
                ("FailedInvokeEventCount", counts.failed),
                ("DeletedEventCount", counts.deleted),
                ("DroppedEventCount", counts.dropped),
            ] {
                facts.count(name, count as f64);
            }
        }
    }

    /// What was counted of invocations: of all functions together, of each, of each name it was invoked by,
    /// and of the versions that an alias led to.
    fn state_calls(&self, out: &mut Vec<Fact>) {
        type Place<'a> = (&'a AccountId, &'a Region);
        let mut sums: BTreeMap<(Place<'_>, Dimensions, u64), Calls> = BTreeMap::new();
        for (Called { invoked, version, minute_ms }, calls) in &self.meters.calls {
            let name = invoked.name.as_str();
            let resource = match invoked.qualifier.as_deref() {
                Some(qualifier) => format!("{name}:{qualifier}"),
                None => name.to_owned(),
            };
            let by_name = vec![named(invoked)];
            let by_resource = vec![named(invoked), ("Resource".into(), resource)];
            let is_by_alias = invoked.qualifier.as_deref().is_some_and(is_alias);
            let by_version = is_by_alias.then(|| {
                let executed = ("ExecutedVersion".into(), version.to_string());
                [&by_resource[..], &[executed]].concat()
            });
            let sets = [Some(Vec::new()), Some(by_name), Some(by_resource), by_version];
            for dimensions in sets.into_iter().flatten() {
                let key = ((&invoked.account, &invoked.region), dimensions, *minute_ms);
                sums.entry(key).or_default().join(calls);
            }
        }
        for ((place, dimensions, minute_ms), calls) in sums {
            let mut facts = facts(place, dimensions, Timestamp::from_ms(minute_ms), out);
            let invocations = calls.invocations;
            if invocations > 0 {
                let count = invocations as f64;
                let tally = Tally { count: invocations, sum: count, minimum: 1.0, maximum: 1.0 };
                facts.tally("Invocations", "Count", Meaning::Count, tally);
            }
            facts.tally("Errors", "Count", Meaning::Count, calls.errors);
            facts.tally("Throttles", "Count", Meaning::Count, calls.throttles);
            if !calls.durations.is_empty() {
                let durations = calls.durations.iter();
                let values = durations.map(|(ms, count)| (*ms as f64, *count as f64)).collect();
                let measured = Measured::Values(values);
                facts.state("Duration", "Milliseconds", Meaning::Each, measured);
            }
        }
    }
}

type Dimensions = Vec<(Cow<'static, str>, String)>;

fn named(function: &FunctionArn) -> (Cow<'static, str>, String) {
    ("FunctionName".into(), function.name.to_string())
}

fn facts<'a>(
    (account, region): (&'a AccountId, &'a Region),
    dimensions: Dimensions,
    at: Timestamp,
    out: &'a mut Vec<Fact>,
) -> Facts<'a> {
    Facts { account, region, namespace: "AWS/Lambda", dimensions, at, out }
}
