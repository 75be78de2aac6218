//! A point: what was measured in a second, a minute, five or an hour.

use crate::limits::POINT_VALUES_MAX;

/// What AWS keeps of any number of values.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_StatisticSet.html>
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatisticSet {
    /// How many values.
    pub sample_count: f64,
    /// Their sum.
    pub sum: f64,
    /// The least.
    pub minimum: f64,
    /// The greatest.
    pub maximum: f64,
}

impl StatisticSet {
    /// Of one value, so many times.
    #[must_use]
    pub fn of(value: f64, count: f64) -> Self {
        Self { sample_count: count, sum: value * count, minimum: value, maximum: value }
    }

    /// Of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sample_count: self.sample_count + other.sample_count,
            sum: self.sum + other.sum,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
        }
    }
}

/// Values with how often each was, the least first.
pub type Values = Vec<(f64, f64)>;

/// A point, as small as it can be kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// One value, once: most points.
    One(f64),
    /// What the values were is not known any more: no percentiles.
    Set(Box<StatisticSet>),
    /// With all values, or with values that are close to them.
    Values(Box<(StatisticSet, Values)>),
}

impl Point {
    /// A point of these values, each with how often it was. Nothing where there is none.
    #[must_use]
    pub fn of_values(values: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let mut values: Values = values.into_iter().filter(|(_, count)| *count > 0.0).collect();
        let sets = values.iter().map(|(value, count)| StatisticSet::of(*value, *count));
        let set = sets.reduce(StatisticSet::and)?;
        if let [(value, count)] = values[..]
            && count == 1.0
        {
            return Some(Self::One(value));
        }
        settle(&mut values);
        Some(Self::Values(Box::new((set, values))))
    }

    /// A point of a statistic set. Its percentiles can be told where all its values are the same: AWS says
    /// so of one value, and of a minimum that is the maximum.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles>
    #[must_use]
    pub fn of_set(set: StatisticSet) -> Self {
        let StatisticSet { sample_count, sum, minimum, maximum } = set;
        if sample_count == 1.0 && minimum == maximum && sum == minimum {
            return Self::One(sum);
        }
        if minimum == maximum && sum == minimum * sample_count {
            return Self::Values(Box::new((set, vec![(minimum, sample_count)])));
        }
        Self::Set(Box::new(set))
    }

    /// Its statistic set.
    #[must_use]
    pub fn set(&self) -> StatisticSet {
        match self {
            Self::One(value) => StatisticSet::of(*value, 1.0),
            Self::Set(set) => **set,
            Self::Values(both) => both.0,
        }
    }

    /// Its values with how often each was; nothing where they are not known.
    pub(crate) fn values(&self, mut each: impl FnMut(&[(f64, f64)])) -> bool {
        match self {
            Self::One(value) => each(&[(*value, 1.0)]),
            Self::Set(_) => return false,
            Self::Values(both) => each(&both.1),
        }
        true
    }

    /// More was measured in the same time.
    pub(crate) fn add(&mut self, more: &Self) {
        let set = self.set().and(more.set());
        let mut values = Values::new();
        let all_known = self.values(|own| values.extend_from_slice(own))
            && more.values(|other| values.extend_from_slice(other));
        *self = if all_known {
            settle(&mut values);
            Self::Values(Box::new((set, values)))
        } else {
            Self::Set(Box::new(set))
        };
    }

    /// What it takes in memory beside itself, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Set(_) => size_of::<StatisticSet>(),
            Self::Values(both) => {
                size_of::<(StatisticSet, Values)>() + both.1.capacity() * size_of::<(f64, f64)>()
            }
        }
    }
}

/// In order, each value once, and not too many of them.
pub(crate) fn settle(values: &mut Values) {
    values.sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
    values.dedup_by(|(value, count), (before, counted)| {
        let is_same = value == before;
        if is_same {
            *counted += *count;
        }
        is_same
    });
    let mut width = 0.01;
    while values.len() > POINT_VALUES_MAX {
        thin(values, width);
        width *= 2.0;
    }
    values.shrink_to_fit();
}

/// Values that lie within `width` of each other, relative to their size, become their mean.
fn thin(values: &mut Values, width: f64) {
    let bucket = |value: f64| value.signum() * (value.abs().max(1e-9).ln() / width).round();
    values.dedup_by(|(value, count), (before, counted)| {
        let is_close = bucket(*value) == bucket(*before);
        if is_close {
            let total = *counted + *count;
            *before += (*value - *before) * (*count / total);
            *counted = total;
        }
        is_close
    });
}
