//! All points of all metrics: within a budget, each tier for its time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use kernel::deadlines::Deadlines;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::chunk::Chunk;
use crate::key::MetricKey;
use crate::limits::{CHUNKS_A_STEP_MAX, METRICS_MAX, POINTS_SIZE_BYTES_MAX};
use crate::point::Point;
use crate::statistic::Gathered;
use crate::tier::Tier;
use crate::unit::Unit;
use crate::{Cx, Due, Kind, Record};

/// A metric with its points, by their units.
#[derive(Debug, Clone)]
pub(crate) struct Metric {
    pub(crate) number: u64,
    pub(crate) key: Arc<MetricKey>,
    series: BTreeMap<Unit, Series>,
}

/// Points of one unit: of each tier the chunks, by when they begin.
#[derive(Debug, Clone, Default)]
struct Series([BTreeMap<u64, Chunk>; 4]);

impl Series {
    fn is_empty(&self) -> bool {
        self.0.iter().all(BTreeMap::is_empty)
    }

    /// The moment of the last point of all, in seconds.
    fn last_s(&self) -> u64 {
        let of_tier = |tier: Tier| {
            let (start_s, chunk) = self.0[tier.at()].last_key_value()?;
            Some(chunk.last_s(tier, *start_s))
        };
        Tier::ALL.into_iter().filter_map(of_tier).max().unwrap_or_default()
    }
}

/// Which points are asked for, and into periods of which length they are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first moment, from which periods are counted.
    pub(crate) start_s: u64,
    /// The first moment that is not asked for any more.
    pub(crate) end_s: u64,
    pub(crate) period_s: u64,
}

impl Metric {
    pub(crate) fn new(number: u64, key: Arc<MetricKey>) -> Self {
        Self { number, key, series: BTreeMap::new() }
    }

    pub(crate) fn units(&self) -> impl Iterator<Item = Unit> + '_ {
        self.series.keys().copied()
    }

    /// The moment of the last point of all, in seconds.
    pub(crate) fn last_s(&self) -> u64 {
        self.series.values().map(Series::last_s).max().unwrap_or_default()
    }

    /// Its points of one unit, or of all, in periods. Points that are kept for longer periods than asked for
    /// are not there, as on AWS.
    pub(crate) fn gather(
        &self,
        unit: Option<Unit>,
        span: Span,
        needs_values: bool,
    ) -> BTreeMap<u64, Gathered> {
        let mut periods: BTreeMap<u64, Gathered> = BTreeMap::new();
        let wanted = self.series.iter().filter(|(own, _)| unit.is_none_or(|unit| unit == **own));
        for (_, series) in wanted {
            for tier in Tier::ALL.into_iter().filter(|tier| tier.step_s() <= span.period_s) {
                let from_s = span.start_s.saturating_sub(tier.span_s());
                for (start_s, chunk) in series.0[tier.at()].range(from_s..span.end_s) {
                    let points = chunk.points(tier, *start_s);
                    let inside = |at_s: u64| span.start_s <= at_s && at_s < span.end_s;
                    for (at_s, point) in points.filter(|(at_s, _)| inside(*at_s)) {
                        let period = at_s - (at_s - span.start_s) % span.period_s;
                        periods.entry(period).or_default().add(point, needs_values);
                    }
                }
            }
        }
        periods.values_mut().for_each(Gathered::finish);
        periods
    }
}

/// Where a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) start_s: u64,
    pub(crate) metric: u64,
    pub(crate) unit: Unit,
    pub(crate) tier: Tier,
}

/// All metrics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    numbers: BTreeMap<Arc<MetricKey>, u64>,
    metrics: BTreeMap<u64, Metric>,
    /// The chunks of each tier, the oldest first.
    ages: [BTreeSet<Place>; 4],
    /// What all chunks take in memory.
    pub(crate) size_bytes: usize,
    /// Less than the limit in tests.
    pub(crate) limit_bytes: Option<usize>,
    /// That the oldest go was said.
    said: bool,
    /// When the next chunk is kept no more.
    rolls: Option<Timestamp>,
    /// What the trace calls that because of which it is.
    pub(crate) rolls_because: Option<CauseId>,
}

impl Shelf {
    pub(crate) fn metric(&self, key: &MetricKey) -> Option<&Metric> {
        self.metrics.get(self.numbers.get(key)?)
    }

    /// All metrics of a place, in the order of their namespaces, names and dimensions; of one namespace where
    /// it is told.
    pub(crate) fn of_place<'a>(
        &'a self,
        account: &'a AccountId,
        region: &'a Region,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Metric> + use<'a> {
        let first = MetricKey::new(account, region, namespace.unwrap_or_default(), "", []);
        let from = (Bound::Included(first), Bound::Unbounded);
        self.numbers
            .range::<MetricKey, _>(from)
            .take_while(move |(key, _)| {
                let is_here = key.account == *account && key.region == *region;
                is_here && namespace.is_none_or(|namespace| *key.namespace == *namespace)
            })
            .filter_map(|(_, number)| self.metrics.get(number))
    }

    /// How many metrics there are.
    pub(crate) fn metric_count(&self) -> usize {
        self.metrics.len()
    }

    pub(crate) fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.values()
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = (Place, &Chunk)> {
        let places = self.ages.iter().flatten();
        places.filter_map(|place| Some((*place, self.chunk(place)?)))
    }

    pub(crate) fn chunk(&self, place: &Place) -> Option<&Chunk> {
        let series = self.metrics.get(&place.metric)?.series.get(&place.unit)?;
        series.0[place.tier.at()].get(&place.start_s)
    }

    /// Takes a metric back.
    pub(crate) fn restore_metric(&mut self, metric: Metric) {
        self.numbers.insert(Arc::clone(&metric.key), metric.number);
        self.metrics.insert(metric.number, metric);
    }

    /// Takes a chunk back. One whose metric is not there is left out.
    pub(crate) fn restore_chunk(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        place: Place,
        chunk: Chunk,
    ) {
        let Some(metric) = self.metrics.get_mut(&place.metric) else { return };
        self.size_bytes += chunk.memory_bytes();
        let series = metric.series.entry(place.unit).or_default();
        series.0[place.tier.at()].insert(place.start_s, chunk);
        self.ages[place.tier.at()].insert(place);
        self.schedule(deadlines);
    }

    fn number_of(&mut self, cx: &mut Cx<'_>, key: &MetricKey) -> Option<u64> {
        if let Some(number) = self.numbers.get(key) {
            return Some(*number);
        }
        if self.metrics.len() >= METRICS_MAX {
            return None;
        }
        let metric = Metric::new(cx.numbers.next(cx.now), Arc::new(key.clone()));
        let number = metric.number;
        cx.put(|| Record::metric(&metric));
        self.restore_metric(metric);
        Some(number)
    }

    /// Adds a point; says where it lies, to be [written](Self::written). Nothing where there is no room for
    /// another metric.
    pub(crate) fn add(
        &mut self,
        cx: &mut Cx<'_>,
        key: &MetricKey,
        unit: Unit,
        (tier, at_s): (Tier, u64),
        point: &Point,
    ) -> Option<Place> {
        let metric = self.number_of(cx, key)?;
        let place = Place { start_s: at_s - at_s % tier.span_s(), metric, unit, tier };
        self.add_to(cx, place, at_s, point);
        Some(place)
    }

    fn add_to(&mut self, cx: &mut Cx<'_>, place: Place, at_s: u64, point: &Point) {
        let Some(metric) = self.metrics.get_mut(&place.metric) else { return };
        let series = metric.series.entry(place.unit).or_default();
        let mut before = 0;
        let chunk = series.0[place.tier.at()]
            .entry(place.start_s)
            .and_modify(|chunk| before = chunk.memory_bytes())
            .or_insert_with(|| Chunk::new(cx.numbers.next(cx.now)));
        let at = (at_s - place.start_s) / place.tier.step_s();
        chunk.add(u8::try_from(at).unwrap_or(u8::MAX), point);
        self.size_bytes = self.size_bytes + chunk.memory_bytes() - before;
        self.ages[place.tier.at()].insert(place);
    }

    /// Chunks have changed: they are stored, and the oldest go where there is no room for all.
    pub(crate) fn written(&mut self, cx: &mut Cx<'_>, changed: &BTreeSet<Place>) {
        for place in changed {
            if let Some(chunk) = self.chunk(place) {
                cx.put(|| Record::points(*place, chunk));
            }
        }
        let is_other = |place: &&Place| !changed.contains(*place);
        while self.size_bytes > self.limit_bytes.unwrap_or(POINTS_SIZE_BYTES_MAX)
            && let Some(oldest) =
                self.ages.iter().filter_map(|tier| tier.iter().find(is_other)).min().copied()
        {
            self.say_forgotten(cx);
            self.take(cx, &oldest);
            self.drop_where_empty(cx, oldest.metric);
        }
        self.rolls_because = Some(cx.cause());
        self.schedule(cx.deadlines);
    }

    /// That the oldest points go is said once in the trace.
    fn say_forgotten(&mut self, cx: &mut Cx<'_>) {
        if !std::mem::replace(&mut self.said, true) {
            let limit_mib = POINTS_SIZE_BYTES_MAX / 1024 / 1024;
            let what = format!("the oldest points: {limit_mib} MiB are kept");
            let forgotten = cx.follows("cloudwatch:Forget", what);
            cx.trace.end(forgotten, "ok");
        }
    }

    /// A chunk is kept no more.
    fn take(&mut self, cx: &mut Cx<'_>, place: &Place) -> Option<Chunk> {
        self.ages[place.tier.at()].remove(place);
        let metric = self.metrics.get_mut(&place.metric)?;
        let series = metric.series.get_mut(&place.unit)?;
        let chunk = series.0[place.tier.at()].remove(&place.start_s)?;
        if series.is_empty() {
            metric.series.remove(&place.unit);
        }
        self.size_bytes -= chunk.memory_bytes();
        cx.delete(|| Key::numbered(Kind::MetricPoints, chunk.number));
        Some(chunk)
    }

    /// A metric without points is forgotten.
    fn drop_where_empty(&mut self, cx: &mut Cx<'_>, number: u64) {
        let is_empty = |metric: &Metric| metric.series.is_empty();
        if !self.metrics.get(&number).is_some_and(is_empty) {
            return;
        }
        if let Some(metric) = self.metrics.remove(&number) {
            self.numbers.remove(&metric.key);
            cx.delete(|| Key::numbered(Kind::Metric, number));
        }
    }

    /// Chunks whose time is over become part of coarser ones; not more of them than make a step.
    pub(crate) fn roll_up(&mut self, cx: &mut Cx<'_>) {
        self.rolls = None;
        let mut changed = BTreeSet::new();
        for _ in 0..CHUNKS_A_STEP_MAX {
            let first = Tier::ALL.into_iter().find_map(|tier| {
                let place = *self.ages[tier.at()].first()?;
                (tier.ends_s(place.start_s) <= cx.now.as_s()).then_some(place)
            });
            let Some(place) = first else { break };
            let Some(chunk) = self.take(cx, &place) else { break };
            changed.remove(&place);
            if let Some(tier) = place.tier.next() {
                for (at_s, point) in chunk.points(place.tier, place.start_s) {
                    let start_s = at_s - at_s % tier.span_s();
                    let coarser = Place { start_s, tier, ..place };
                    self.add_to(cx, coarser, at_s, point);
                    changed.insert(coarser);
                }
            }
            self.drop_where_empty(cx, place.metric);
        }
        self.written(cx, &changed);
        if self.rolls.is_some_and(|at| at <= cx.now) {
            cx.goes_on();
        }
    }

    /// The next time is over when that of the oldest chunk of a tier is.
    fn schedule(&mut self, deadlines: &mut Deadlines<Due>) {
        let ends = Tier::ALL.into_iter().filter_map(|tier| {
            let place = self.ages[tier.at()].first()?;
            Some(tier.ends_s(place.start_s))
        });
        let next = ends.min().map(|at_s| Timestamp::from_ms(at_s * 1000));
        if next == self.rolls {
            return;
        }
        if let Some(at) = self.rolls {
            deadlines.cancel(at, Due::RollUp);
        }
        if let Some(at) = next {
            deadlines.schedule(at, Due::RollUp);
        }
        self.rolls = next;
    }
}
