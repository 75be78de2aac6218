//! What services measure while they work: they count under way, and state facts when a minute is over.
//!
//! A count costs an addition. Names and dimensions are made once a minute, when the World asks for what was
//! counted and hands it on, all in one step.

use std::borrow::Cow;

use crate::names::{AccountId, Region};
use crate::time::Timestamp;
use crate::trace::CauseId;

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// The minute in which something is measured, and when that is to be told. While nothing is measured it has
/// no end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Minute {
    over: Option<Timestamp>,
    because: Option<CauseId>,
}

impl Minute {
    /// Something was measured: it is told when this minute is over.
    pub fn measured(&mut self, now: Timestamp, cause: CauseId) {
        self.because = Some(cause);
        let is_set = self.over.is_some_and(|at| at.as_ms() <= now.as_ms() + MINUTE_MS);
        if !is_set {
            self.over = Some(Self::end(now));
        }
    }

    /// There is something to be told at `at`, though nothing more may happen until then.
    pub fn tells_at(&mut self, at: Timestamp) {
        self.over = Some(self.over.map_or(at, |other| other.min(at)));
    }

    /// When something is to be told next.
    #[must_use]
    pub const fn over(&self) -> Option<Timestamp> {
        self.over
    }

    /// It is being told. What led to it is what was measured last; nothing where that was before a restart.
    pub const fn tell(&mut self) -> Option<CauseId> {
        self.over = None;
        self.because
    }

    /// The beginning of the minute in which `now` is.
    #[must_use]
    pub const fn start(now: Timestamp) -> Timestamp {
        Timestamp::from_ms(now.as_ms() / MINUTE_MS * MINUTE_MS)
    }

    /// The end of the minute in which `now` is.
    #[must_use]
    pub const fn end(now: Timestamp) -> Timestamp {
        Timestamp::from_ms((now.as_ms() / MINUTE_MS + 1) * MINUTE_MS)
    }
}

/// What any number of values come to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least of them; 0 where there is none.
    pub minimum: f64,
    /// The greatest of them; 0 where there is none.
    pub maximum: f64,
}

impl Tally {
    /// Of one value.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        Self { count: 1, sum: value, minimum: value, maximum: value }
    }

    /// One value more.
    pub const fn add(&mut self, value: f64) {
        let is_first = self.count == 0;
        self.minimum = if is_first { value } else { self.minimum.min(value) };
        self.maximum = if is_first { value } else { self.maximum.max(value) };
        self.count += 1;
        self.sum += value;
    }

    /// All values of another, too.
    pub const fn join(&mut self, other: Self) {
        if self.count == 0 {
            *self = other;
        } else if other.count > 0 {
            self.minimum = self.minimum.min(other.minimum);
            self.maximum = self.maximum.max(other.maximum);
            self.count += other.count;
            self.sum += other.sum;
        }
    }
}

/// Values that are kept as long as they are not too many, for their percentiles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values {
    kept: Vec<(f64, f64)>,
    tally: Tally,
}

impl Values {
    /// How many are kept: of more there are no percentiles. Ours.
    pub const MAX: usize = 5_000;

    /// One value more.
    pub fn add(&mut self, value: f64) {
        self.tally.add(value);
        if self.kept.len() < Self::MAX {
            self.kept.push((value, 1.0));
        }
    }

    /// What they are, or come to; nothing where there is none.
    #[must_use]
    pub fn measured(&self) -> Option<Measured> {
        match self.tally.count {
            0 => None,
            count if count == self.kept.len() as u64 => Some(Measured::Values(self.kept.clone())),
            _ => Some(Measured::Tally(self.tally)),
        }
    }
}

/// What was measured, with as much of it as is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// What it comes to. Percentiles cannot be told of it.
    Tally(Tally),
    /// The values, each with how often it was.
    Values(Vec<(f64, f64)>),
}

/// What a metric's values mean: how they are shown to whoever adds up or averages by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// How much there is at that moment.
    Level,
    /// How much more there was.
    Count,
    /// A value for each thing that was measured.
    Each,
}

/// What a service has measured of one metric in a minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// `AWS/SQS`
    pub namespace: Cow<'static, str>,
    /// `NumberOfMessagesSent`
    pub name: Cow<'static, str>,
    /// Names and values.
    pub dimensions: Vec<(Cow<'static, str>, String)>,
    /// `Count`
    pub unit: Cow<'static, str>,
    /// A moment of the minute.
    pub at: Timestamp,
    /// Whether it is kept by the second.
    pub is_fine: bool,
    /// What its values mean.
    pub meaning: Meaning,
    /// What was measured.
    pub measured: Measured,
}

/// Facts of one account, region and service, or of one thing in it: what they have in common.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Whose they are.
    pub account: &'a AccountId,
    /// Where they are.
    pub region: &'a Region,
    /// `AWS/SQS`
    pub namespace: &'static str,
    /// Names and values.
    pub dimensions: Vec<(Cow<'static, str>, String)>,
    /// A moment of the minute.
    pub at: Timestamp,
    /// Where they go.
    pub out: &'a mut Vec<Fact>,
}

impl Facts<'_> {
    /// States what was measured of the metric of this name.
    pub fn state(
        &mut self,
        name: &'static str,
        unit: &'static str,
        meaning: Meaning,
        measured: Measured,
    ) {
        self.out.push(Fact {
            account: self.account.clone(),
            region: self.region.clone(),
            namespace: self.namespace.into(),
            name: name.into(),
            dimensions: self.dimensions.clone(),
            unit: unit.into(),
            at: self.at,
            is_fine: false,
            meaning,
            measured,
        });
    }

    /// How much there is.
    pub fn level(&mut self, name: &'static str, value: f64) {
        self.state(name, "Count", Meaning::Level, Measured::Tally(Tally::of(value)));
    }

    /// How much there is, in another unit than things.
    pub fn level_in(&mut self, name: &'static str, unit: &'static str, value: f64) {
        self.state(name, unit, Meaning::Level, Measured::Tally(Tally::of(value)));
    }

    /// The value of each thing; nothing is stated where there is none.
    pub fn values(&mut self, name: &'static str, unit: &'static str, values: &Values) {
        if let Some(measured) = values.measured() {
            self.state(name, unit, Meaning::Each, measured);
        }
    }

    /// How much more there was in the minute.
    pub fn count(&mut self, name: &'static str, value: f64) {
        self.state(name, "Count", Meaning::Count, Measured::Tally(Tally::of(value)));
    }

    /// What several values come to; nothing is stated where there is none.
    pub fn tally(
        &mut self,
        name: &'static str,
        unit: &'static str,
        meaning: Meaning,
        tally: Tally,
    ) {
        if tally.count > 0 {
            self.state(name, unit, meaning, Measured::Tally(tally));
        }
    }
}
