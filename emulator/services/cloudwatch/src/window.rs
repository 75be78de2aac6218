//! The moments that a request asks for, as AWS rounds them.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use kernel::time::Timestamp;

use crate::limits::DAY_S;

/// Whether a period is one that there is: 1, 5, 10, 20, 30 or a multiple of 60 seconds.
pub(crate) fn is_period(period_s: u64) -> bool {
    matches!(period_s, 1 | 5 | 10 | 20 | 30) || period_s > 0 && period_s.is_multiple_of(60)
}

/// The first moment, rounded down: to the period where that is less than a minute, to a minute in the last 15
/// days, to five in the last 63, to an hour before.
pub(crate) fn first_s(start_s: u64, now: Timestamp, period_s: u64) -> u64 {
    let age_s = now.as_s().saturating_sub(start_s);
    let step_s = match age_s {
        _ if period_s < 60 => period_s.max(1),
        0..=1_296_000 => 60,
        age_s if age_s <= 63 * DAY_S => 300,
        _ => 3600,
    };
    start_s - start_s % step_s
}

/// A moment of a request, in whole seconds.
pub(crate) fn whole_s(at_s: f64) -> u64 {
    if at_s > 0.0 { at_s as u64 } else { 0 }
}
