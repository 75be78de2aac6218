//! How fine points are kept, and for how long.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>

use kernel::time::Timestamp;

use crate::limits::DAY_S;

/// How fine points are kept. A point lies in one tier; when its time there is over it becomes part of a point
/// of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// A point a second, for three hours.
    Second,
    /// A point a minute, for 15 days.
    Minute,
    /// A point in five minutes, for 63 days.
    FiveMinutes,
    /// A point an hour, for 455 days.
    Hour,
}

impl Tier {
    pub(crate) const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::FiveMinutes, Self::Hour];

    /// Where a point of that moment goes: by the second where that is wanted and its time is not over.
    pub(crate) const fn for_point(is_fine: bool, at_s: u64, now: Timestamp) -> Self {
        match is_fine && Self::Second.ends_s(at_s) > now.as_s() {
            true => Self::Second,
            false => Self::Minute,
        }
    }

    /// From a point to the next, in seconds.
    pub(crate) const fn step_s(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::FiveMinutes => 300,
            Self::Hour => 3600,
        }
    }

    /// For how long points are kept, in seconds.
    pub(crate) const fn kept_s(self) -> u64 {
        match self {
            Self::Second => 3 * 3600,
            Self::Minute => 15 * DAY_S,
            Self::FiveMinutes => 63 * DAY_S,
            Self::Hour => 455 * DAY_S,
        }
    }

    /// How much time a chunk spans, in seconds: 60 points, or 72 of the two coarser ones, so that no chunk of
    /// a tier lies in two of the next.
    pub(crate) const fn span_s(self) -> u64 {
        match self {
            Self::Second => 60,
            Self::Minute => 3600,
            Self::FiveMinutes => 6 * 3600,
            Self::Hour => 3 * DAY_S,
        }
    }

    /// Where points go whose time here is over.
    pub(crate) const fn next(self) -> Option<Self> {
        match self {
            Self::Second => Some(Self::Minute),
            Self::Minute => Some(Self::FiveMinutes),
            Self::FiveMinutes => Some(Self::Hour),
            Self::Hour => None,
        }
    }

    /// When the chunk that begins at `start_s` is kept no more.
    pub(crate) const fn ends_s(self, start_s: u64) -> u64 {
        start_s + self.span_s() + self.kept_s()
    }

    pub(crate) const fn at(self) -> usize {
        self as usize
    }

    pub(crate) fn with_step(step_s: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.step_s() == step_s)
    }
}
