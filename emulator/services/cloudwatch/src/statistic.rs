//! What is computed of values.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>

use crate::point::{Point, StatisticSet, Values, settle};

/// A statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// `SampleCount`
    SampleCount,
    /// `Average`
    Average,
    /// `Sum`
    Sum,
    /// `Minimum`
    Minimum,
    /// `Maximum`
    Maximum,
    /// `p99.9`
    Percentile(f64),
    /// `tm90`, `TC(2%:98%)`, `wm95`, `TS(80:)`, `IQM`
    Trimmed(Trimmed, Bounds),
    /// `PR(:300)`: how many percent of the values lie between the two.
    PercentileRank(Bounds),
}

/// What is computed of the values that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trimmed {
    /// `tm`
    Mean,
    /// `tc`
    Count,
    /// `ts`
    Sum,
    /// `wm`: values outside count as those at the bounds.
    WinsorizedMean,
}

/// Between which values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    low: Option<Bound>,
    high: Option<Bound>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    Percent(f64),
    Value(f64),
}

impl Statistic {
    /// The plain statistics, as AWS lists them.
    pub const PLAIN: [(&'static str, Self); 5] = [
        ("SampleCount", Self::SampleCount),
        ("Average", Self::Average),
        ("Sum", Self::Sum),
        ("Minimum", Self::Minimum),
        ("Maximum", Self::Maximum),
    ];

    /// One of the five that a statistic set has.
    #[must_use]
    pub fn plain(text: &str) -> Option<Self> {
        Self::PLAIN.into_iter().find(|(name, _)| *name == text).map(|(_, statistic)| statistic)
    }

    /// One of those that need the values themselves.
    #[must_use]
    pub fn extended(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("IQM") {
            let low = Some(Bound::Percent(25.0));
            return Some(Self::Trimmed(
                Trimmed::Mean,
                Bounds { low, high: Some(Bound::Percent(75.0)) },
            ));
        }
        let form = text.get(..2).map(str::to_ascii_lowercase).unwrap_or_default();
        let trimmed = match &*form {
            "tm" => Some(Trimmed::Mean),
            "tc" => Some(Trimmed::Count),
            "ts" => Some(Trimmed::Sum),
            "wm" => Some(Trimmed::WinsorizedMean),
            _ => None,
        };
        match trimmed {
            Some(what) => Some(Self::Trimmed(what, bounds(&text[2..])?)),
            None if form == "pr" => {
                let bounds = bounds(&text[2..])?;
                let is_value = |bound: Option<Bound>| !matches!(bound, Some(Bound::Percent(_)));
                let are_values = is_value(bounds.low) && is_value(bounds.high);
                are_values.then_some(Self::PercentileRank(bounds))
            }
            None => percent(text.strip_prefix('p')?).map(Self::Percentile),
        }
    }

    /// Any of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::plain(text).or_else(|| Self::extended(text))
    }

    /// Whether the values themselves are needed.
    pub(crate) fn needs_values(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Trimmed(..) | Self::PercentileRank(_))
    }

    /// What it is of these; nothing where the values are needed and not known.
    #[must_use]
    pub fn of(self, gathered: &Gathered) -> Option<f64> {
        let set = gathered.set?;
        match self {
            Self::SampleCount => Some(set.sample_count),
            Self::Average => Some(set.sum / set.sample_count),
            Self::Sum => Some(set.sum),
            Self::Minimum => Some(set.minimum),
            Self::Maximum => Some(set.maximum),
            Self::Percentile(percent) => gathered.known().map(|values| percentile(values, percent)),
            Self::Trimmed(what, bounds) => trimmed(what, bounds, gathered.known()?),
            Self::PercentileRank(bounds) => Some(rank(bounds, gathered.known()?)),
        }
    }
}

/// `90`, `(10%:90%)`, `(150:)`.
fn bounds(text: &str) -> Option<Bounds> {
    let Some(inside) = text.strip_prefix('(') else {
        return Some(Bounds { low: None, high: Some(Bound::Percent(percent(text)?)) });
    };
    let (low, high) = inside.strip_suffix(')')?.split_once(':')?;
    let bound = |text: &str| match (text, text.strip_suffix('%')) {
        ("", _) => Some(None),
        (_, Some(of)) => percent(of).map(|of| Some(Bound::Percent(of))),
        (value, None) => number(value).map(|of| Some(Bound::Value(of))),
    };
    let (low, high) = (bound(low)?, bound(high)?);
    let is_ordered = match (low, high) {
        (None, None) => false,
        (Some(Bound::Percent(low)), Some(Bound::Percent(high)))
        | (Some(Bound::Value(low)), Some(Bound::Value(high))) => low < high,
        (Some(Bound::Percent(_)), Some(_)) | (Some(_), Some(Bound::Percent(_))) => false,
        _ => true,
    };
    is_ordered.then_some(Bounds { low, high })
}

/// Digits with a fraction of up to ten: `99.9`. No more than 100.
fn percent(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = (1..=3).contains(&whole.len())
        && (1..=10).contains(&fraction.len())
        && are_digits(whole)
        && are_digits(fraction);
    is_one.then(|| text.parse().ok())?.filter(|percent| *percent <= 100.0)
}

fn number(text: &str) -> Option<f64> {
    let is_one = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    is_one.then(|| text.parse().ok())?.filter(|number: &f64| number.is_finite())
}

fn total(values: &[(f64, f64)]) -> f64 {
    values.iter().fold(0.0, |sum, (_, count)| sum + count)
}

/// The value below or at which so many percent of all lie.
fn percentile(values: &[(f64, f64)], percent: f64) -> f64 {
    let wanted = total(values) * percent / 100.0;
    let mut passed = 0.0;
    for (value, count) in values {
        passed += count;
        if passed >= wanted {
            return *value;
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

/// The values between the bounds; of those that a bound in percent cuts through, a part.
fn between(values: &[(f64, f64)], bounds: Bounds) -> Values {
    let all = total(values);
    let part = |bound: Option<Bound>, open: f64| match bound {
        Some(Bound::Percent(percent)) => all * percent / 100.0,
        _ => open,
    };
    let (first, last) = (part(bounds.low, 0.0), part(bounds.high, all));
    let mut passed = 0.0;
    let mut left = Values::new();
    for (value, count) in values {
        let (begins, ends) = (passed, passed + count);
        passed = ends;
        let is_in = match (bounds.low, bounds.high) {
            (Some(Bound::Value(low)), _) if *value <= low => false,
            (_, Some(Bound::Value(high))) if *value > high => false,
            _ => true,
        };
        let kept = ends.min(last) - begins.max(first);
        if is_in && kept > 0.0 {
            left.push((*value, kept));
        }
    }
    left
}

fn trimmed(what: Trimmed, bounds: Bounds, values: &[(f64, f64)]) -> Option<f64> {
    let left = between(values, bounds);
    let (count, sum) =
        (total(&left), left.iter().fold(0.0, |sum, (value, count)| sum + value * count));
    match what {
        Trimmed::Count => Some(count),
        Trimmed::Sum => Some(sum),
        Trimmed::Mean => (count > 0.0).then(|| sum / count),
        Trimmed::WinsorizedMean => {
            let (least, greatest) = (left.first()?.0, left.last()?.0);
            let clamped = values.iter().map(|(value, count)| value.clamp(least, greatest) * count);
            Some(clamped.sum::<f64>() / total(values))
        }
    }
}

fn rank(bounds: Bounds, values: &[(f64, f64)]) -> f64 {
    100.0 * total(&between(values, bounds)) / total(values)
}

/// What was measured in a period, of as many points as there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// Nothing where there were none.
    pub(crate) set: Option<StatisticSet>,
    values: Values,
    /// Of some only the statistic set is known.
    lacks_values: bool,
}

impl Gathered {
    pub(crate) fn add(&mut self, point: &Point, needs_values: bool) {
        let set = point.set();
        self.set = Some(self.set.map_or(set, |own| own.and(set)));
        if needs_values && !self.lacks_values {
            let values = &mut self.values;
            self.lacks_values = !point.values(|more| values.extend_from_slice(more));
        }
    }

    /// What was measured of another metric at the same time; of the values themselves nothing is known then.
    pub(crate) fn join(&mut self, other: &Self) {
        let Some(set) = other.set else { return };
        self.set = Some(self.set.map_or(set, |own| own.and(set)));
        self.lacks_values = true;
    }

    /// No more points come.
    pub(crate) fn finish(&mut self) {
        if self.values.len() > 1 {
            settle(&mut self.values);
        }
    }

    fn known(&self) -> Option<&[(f64, f64)]> {
        (!self.lacks_values && !self.values.is_empty()).then_some(&*self.values)
    }
}
