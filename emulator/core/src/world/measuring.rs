//! What services have measured, handed to CloudWatch: once a minute, all of it in one step.
//!
//! Services count while they work. At the end of each minute in which something was counted, or of which there is
//! something to tell, they state it as facts. While there is nothing the World has no such deadline.

use std::collections::BTreeMap;

use cloudwatch::{MetricKey, Point, StatisticSet, Unit};
use kernel::fact::{Fact, Meaning, Measured, Minute, Tally};
use kernel::time::Timestamp;

use super::{Handling, World};

/// Metrics of which totals are kept. Ours.
const TOTALS_MAX: usize = 20_000;

/// What was measured of one metric since the World began, or what there is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// In what.
    pub unit: Unit,
    /// What the values mean.
    pub meaning: Meaning,
    /// How many values there were; of a level one.
    pub count: u64,
    /// Their sum; of a level how much there is.
    pub sum: f64,
}

/// What was handed over since the World began, without levels of a minute. It is not durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals(BTreeMap<MetricKey, Total>);

impl Total {
    fn of(fact: &Fact) -> Self {
        let (count, sum) = match &fact.measured {
            Measured::Tally(tally) => (tally.count, tally.sum),
            Measured::Values(values) => {
                let count: f64 = values.iter().map(|(_, count)| count).sum();
                (count as u64, values.iter().map(|(value, count)| value * count).sum())
            }
        };
        Self { unit: unit(fact), meaning: fact.meaning, count, sum }
    }
}

fn unit(fact: &Fact) -> Unit {
    Unit::parse(&fact.unit).unwrap_or(Unit::NONE)
}

fn key(fact: &Fact) -> MetricKey {
    let dimensions = fact.dimensions.iter().map(|(name, value)| (&**name, value.as_str()));
    MetricKey::new(&fact.account, &fact.region, &fact.namespace, &fact.name, dimensions)
}

fn point(measured: Measured) -> Option<Point> {
    match measured {
        Measured::Tally(Tally { count, sum, minimum, maximum }) => {
            let sample_count = count as f64;
            (count > 0).then(|| Point::of_set(StatisticSet { sample_count, sum, minimum, maximum }))
        }
        Measured::Values(values) => Point::of_values(values),
    }
}

impl Totals {
    fn add(&mut self, facts: &[Fact]) {
        // What is told once a day stays until the next.
        let stays = |fact: &&Fact| fact.meaning != Meaning::Level || fact.namespace == "AWS/S3";
        for fact in facts.iter().filter(stays) {
            let (key, more) = (key(fact), Total::of(fact));
            let has_room = self.0.len() < TOTALS_MAX;
            match self.0.get_mut(&key) {
                Some(total) if fact.meaning == Meaning::Level => *total = more,
                Some(total) => {
                    total.count += more.count;
                    total.sum += more.sum;
                }
                None if has_room => _ = self.0.insert(key, more),
                None => {}
            }
        }
    }
}

impl Handling<'_> {
    /// Lets happen what is due first; says whether anything was. Alarms that look at the end of a minute know
    /// what was measured in it.
    pub(super) fn next_due(&mut self) -> bool {
        let now = self.shared.now;
        let minute = self.shared.minute.over().filter(|at| *at <= now);
        if let Some(at) = minute
            && self.services.next_deadline().is_none_or(|other| at <= other)
        {
            self.shared.trace.begins(Some(at));
            self.minute_over(at);
            return true;
        }
        let Some((at, due)) = self.services.pop_due(now) else { return false };
        self.shared.trace.begins(Some(at));
        self.due(due);
        true
    }

    /// CloudWatch is told what was measured outside.
    pub(super) fn measured_outside(&mut self, what: &'static str, facts: Vec<Fact>) {
        let cause = self.shared.trace.begin(self.shared.now, what, "");
        self.shared.totals.add(&facts);
        self.cloudwatch(cause, |it, cx| it.publish(cx, facts.into_iter().filter_map(published)));
    }

    /// A minute is over: CloudWatch is told what was measured in it.
    fn minute_over(&mut self, at: Timestamp) {
        let because = self.shared.minute.tell();
        let is_late = Minute::end(at) <= self.shared.now;
        if is_late && because.is_none() {
            // Since a restart nothing was measured: from now on it is.
            if let Some(next) = self.services.minute_over(Minute::start(self.shared.now)) {
                self.shared.minute.tells_at(next);
            }
            return;
        }
        let mut facts = Vec::new();
        self.services.facts(&self.shared.directory, at, &mut facts);
        self.shared.totals.add(&facts);
        if !facts.is_empty() {
            let cause = because.unwrap_or_else(|| self.restore());
            self.cloudwatch(cause, |it, cx| {
                it.publish(cx, facts.into_iter().filter_map(published));
            });
        }
        if let Some(next) = self.services.minute_over(at) {
            // In the minutes that have passed since nobody was there.
            let is_past = is_late && next <= Minute::end(at);
            let next = if is_past { Minute::end(self.shared.now) } else { next };
            self.shared.minute.tells_at(next);
        }
    }
}

fn published(fact: Fact) -> Option<cloudwatch::Fact> {
    let (metric, unit) = (key(&fact), unit(&fact));
    let (at, is_fine) = (fact.at, fact.is_fine);
    Some(cloudwatch::Fact { metric, unit, at, is_fine, point: point(fact.measured)? })
}

impl World {
    /// What services have measured since this World began, and what there is now, by metric.
    #[must_use]
    pub fn measured(&self, now: Timestamp) -> BTreeMap<MetricKey, Total> {
        let mut facts = Vec::new();
        self.services.facts(&self.shared.directory, now, &mut facts);
        let mut totals = self.shared.totals.clone();
        totals.add(&facts);
        let levels = facts.iter().filter(|fact| fact.meaning == Meaning::Level);
        totals.0.extend(levels.map(|fact| (key(fact), Total::of(fact))));
        totals.0
    }
}
