//! What the points of an alarm mean: AWS's rules, and nothing else.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data>

use super::StateValue;

/// What a missing point counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    Missing,
    Ignore,
    Breaching,
    NotBreaching,
}

impl Treatment {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "missing" => Self::Missing,
            "ignore" => Self::Ignore,
            "breaching" => Self::Breaching,
            "notBreaching" => Self::NotBreaching,
            _ => return None,
        })
    }
}

/// How many points of how many must breach: M of N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Required {
    pub(crate) breaching: usize,
    pub(crate) of: usize,
}

/// What follows from points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Nothing where it stays as it is.
    pub(crate) state: Option<StateValue>,
    /// Which points count, by their places in the range.
    pub(crate) used: Vec<usize>,
    /// How many were missing and are counted as something.
    pub(crate) filled: usize,
}

/// Judges the points of an evaluation range, the oldest first: whether each breaches, nothing where it is
/// missing. The range is longer than N, so that some may be missing.
pub(crate) fn judge(range: &[Option<bool>], required: Required, treatment: Treatment) -> Verdict {
    let real: Vec<usize> = (0..range.len()).filter(|at| range[*at].is_some()).collect();
    let Required { breaching: m, of: n } = required;
    let used: Vec<usize> = real[real.len().saturating_sub(n)..].to_vec();
    let missing = n - used.len();
    let count = used.iter().filter(|at| range[**at] == Some(true)).count();
    let enough = |count: usize| Some(if count >= m { StateValue::Alarm } else { StateValue::Ok });
    let (state, filled) = match treatment {
        // The treatment is not used where there are points enough.
        _ if missing == 0 => (enough(count), 0),
        Treatment::Breaching => (enough(count + missing), missing),
        Treatment::NotBreaching => (enough(count), missing),
        Treatment::Missing if used.is_empty() => (Some(StateValue::InsufficientData), 0),
        Treatment::Ignore if used.is_empty() => (None, 0),
        Treatment::Missing | Treatment::Ignore if count >= m || count < used.len() => {
            (enough(count), 0)
        }
        // All points that there are breach, and they are too few. The next one may be fine; but where the
        // oldest of them is at least M periods old, everything since breaches or is missing.
        Treatment::Missing => {
            let oldest = used.first().map_or(0, |at| range.len() - at);
            ((oldest >= m).then_some(StateValue::Alarm), 0)
        }
        Treatment::Ignore => (None, 0),
    };
    Verdict { state, used, filled }
}
