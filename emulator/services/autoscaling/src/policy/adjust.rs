//! How far an adjustment changes capacity.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html#as-scaling-adjustment>

use crate::record::Adjusting;

/// The capacity that follows; it may be below the minimum and above the maximum.
pub(crate) fn adjusted(by: &Adjusting, adjustment: i64, capacity: u32) -> i64 {
    let capacity = i64::from(capacity);
    match by.kind.as_str() {
        "ExactCapacity" => adjustment,
        "PercentChangeInCapacity" => {
            let change = rounded(capacity.saturating_mul(adjustment));
            let least = i64::from(by.magnitude.unwrap_or(0));
            let change = match change.signum() {
                0 => 0,
                sign if change.abs() < least => sign * least,
                _ => change,
            };
            capacity.saturating_add(change)
        }
        _ => capacity.saturating_add(adjustment),
    }
}

/// Hundredths to whole ones: what is beyond one goes toward zero, what is less becomes one.
fn rounded(hundredths: i64) -> i64 {
    match hundredths {
        0 => 0,
        1..100 => 1,
        -99..0 => -1,
        more => more / 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(adjustment: i64, capacity: u32, magnitude: Option<u32>) -> i64 {
        let kind = "PercentChangeInCapacity".to_owned();
        adjusted(&Adjusting { kind, magnitude, is_old: false }, adjustment, capacity)
    }

    /// ASG as-scaling-simple-step: 12.7 becomes 12, .67 becomes 1, -.58 becomes -1, -6.67 becomes -6; 25 % of 4
    /// are 2, where at least 2 are asked for.
    #[test]
    fn percentages_are_rounded_as_the_guide_says() {
        let changes = [
            percent(127, 10, None) - 10,
            percent(67, 1, None) - 1,
            percent(-58, 1, None) - 1,
            percent(-667, 1, None) - 1,
            percent(25, 4, Some(2)) - 4,
            percent(0, 4, Some(2)) - 4,
            percent(10, 0, None),
        ];
        insta::assert_snapshot!(format!("{changes:?}"), @"[12, 1, -1, -6, 2, 0, 0]");
    }

    #[test]
    fn the_other_two_are_plain() {
        let by = |kind: &str| Adjusting { kind: kind.to_owned(), magnitude: None, is_old: false };
        let told = [
            adjusted(&by("ChangeInCapacity"), 3, 2),
            adjusted(&by("ChangeInCapacity"), -3, 2),
            adjusted(&by("ExactCapacity"), 7, 2),
        ];
        insta::assert_snapshot!(format!("{told:?}"), @"[5, -1, 7]");
    }
}
