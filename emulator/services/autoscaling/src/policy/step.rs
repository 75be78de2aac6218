//! Which step of a policy a metric is in, and which steps a policy may have.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html#as-scaling-steps>

use kernel::error::ApiError;

use crate::error::{LIMIT_EXCEEDED, invalid};
use crate::limits::STEPS_MAX;
use crate::record::StepAdjustment;

/// The adjustment for a metric that is so far off the threshold of its alarm. Above it a step's lower bound is
/// its own, below it the upper one.
pub(crate) fn adjustment(steps: &[StepAdjustment], off: f64) -> Option<i64> {
    let above = |step: &&StepAdjustment| {
        step.metric_interval_lower_bound.is_none_or(|lower| lower <= off)
            && step.metric_interval_upper_bound.is_none_or(|upper| off < upper)
    };
    let below = |step: &&StepAdjustment| {
        step.metric_interval_lower_bound.is_none_or(|lower| lower < off)
            && step.metric_interval_upper_bound.is_none_or(|upper| off <= upper)
    };
    let found = match off {
        off if off < 0.0 => steps.iter().find(below),
        // At the threshold itself both kinds of alarms can be.
        _ => steps.iter().find(above).or_else(|| steps.iter().find(below)),
    };
    found.map(|step| step.scaling_adjustment)
}

/// Refuses steps between which there are gaps, or which overlap.
pub(super) fn check(steps: &[StepAdjustment]) -> Result<(), ApiError> {
    if steps.is_empty() {
        return Err(invalid(
            "You should specify at least one StepAdjustment with a StepScaling policy.",
        ));
    }
    if steps.len() > STEPS_MAX {
        return Err(LIMIT_EXCEEDED
            .says(format!("Your policies can have at most {STEPS_MAX} StepAdjustments.")));
    }
    let lower = |step: &StepAdjustment| step.metric_interval_lower_bound;
    let upper = |step: &StepAdjustment| step.metric_interval_upper_bound;
    if steps.iter().any(|step| lower(step).is_none() && upper(step).is_none()) {
        return Err(invalid(
            "Both lower and upper bounds of a StepAdjustment cannot be left unspecified.",
        ));
    }
    let is_reversed =
        |step: &StepAdjustment| lower(step).zip(upper(step)).is_some_and(|(low, up)| low >= up);
    if let Some(step) = steps.iter().find(|step| is_reversed(step)) {
        return Err(invalid(format!(
            "LowerBound must be less than the UpperBound for StepAdjustment : {}",
            written(step)
        )));
    }
    for (count, bound) in [
        (steps.iter().filter(|step| lower(step).is_none()).count(), "lower"),
        (steps.iter().filter(|step| upper(step).is_none()).count(), "upper"),
    ] {
        if count > 1 {
            return Err(invalid(format!(
                "At most one StepAdjustment may have an unspecified {bound} bound (i.e., {bound} bound is null)."
            )));
        }
    }
    let mut sorted: Vec<&StepAdjustment> = steps.iter().collect();
    let place = |step: &StepAdjustment| lower(step).unwrap_or(f64::NEG_INFINITY);
    sorted.sort_by(|one, other| place(one).total_cmp(&place(other)));
    for pair in sorted.windows(2) {
        let (ends, begins) = (upper(pair[0]), lower(pair[1]));
        if ends.zip(begins).is_some_and(|(ends, begins)| ends < begins) {
            return Err(invalid("StepAdjustment intervals cannot have gaps between them."));
        }
        if ends != begins {
            return Err(invalid("StepAdjustment intervals cannot overlap."));
        }
    }
    let is_negative = sorted.first().and_then(|step| lower(step)).is_some_and(|bound| bound < 0.0);
    let is_positive = sorted.last().and_then(|step| upper(step)).is_some_and(|bound| bound > 0.0);
    for (is_open, bound, sign) in
        [(is_negative, "lower", "negative"), (is_positive, "upper", "positive")]
    {
        if is_open {
            return Err(invalid(format!(
                "There must be a StepAdjustment with an unspecified {bound} bound (i.e., {bound} bound is null) when one StepAdjustment has a {sign} {bound} bound."
            )));
        }
    }
    Ok(())
}

/// A step as AWS's refusals have it.
pub(super) fn written(step: &StepAdjustment) -> String {
    let bound = |it: Option<f64>| it.map_or_else(|| "null".to_owned(), |it| format!("{it:?}"));
    format!(
        "StepAdjustment{{MetricIntervalLowerBound={},MetricIntervalUpperBound={},ScalingAdjustment={}.0,ProportionalFactor=null}}",
        bound(step.metric_interval_lower_bound),
        bound(step.metric_interval_upper_bound),
        step.scaling_adjustment
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(lower: Option<f64>, upper: Option<f64>, scaling_adjustment: i64) -> StepAdjustment {
        StepAdjustment {
            metric_interval_lower_bound: lower,
            metric_interval_upper_bound: upper,
            scaling_adjustment,
        }
    }

    /// ASG as-scaling-simple-step: above the threshold the lower bound is inclusive and the upper exclusive, below it the
    /// other way round.
    #[test]
    fn bounds_belong_to_one_step_each() {
        let out = [
            step(Some(0.0), Some(10.0), 0),
            step(Some(10.0), Some(20.0), 10),
            step(Some(20.0), None, 30),
        ];
        let within = [
            step(Some(-10.0), Some(0.0), 0),
            step(Some(-20.0), Some(-10.0), -10),
            step(None, Some(-20.0), -30),
        ];
        let told = [0.0, 9.9, 10.0, 19.9, 20.0, 99.0].map(|off| adjustment(&out, off));
        insta::assert_snapshot!(format!("{told:?}"), @"[Some(0), Some(0), Some(10), Some(10), Some(30), Some(30)]");
        let told = [0.0, -9.9, -10.0, -19.9, -20.0, -99.0].map(|off| adjustment(&within, off));
        insta::assert_snapshot!(format!("{told:?}"), @"[Some(0), Some(0), Some(-10), Some(-10), Some(-30), Some(-30)]");
        assert_eq!(adjustment(&out, -1.0), None);
    }

    /// ASG as-scaling-simple-step: no gaps, no overlap, at most one step open below and one above, never both in one.
    #[test]
    fn steps_that_leave_gaps_or_overlap_are_refused() {
        let told = [
            vec![],
            vec![step(None, None, 1)],
            vec![step(Some(0.0), Some(10.0), 1), step(Some(20.0), None, 2)],
            vec![step(Some(0.0), Some(10.0), 1), step(Some(5.0), None, 2)],
            vec![step(Some(0.0), None, 1), step(Some(5.0), None, 2)],
            vec![step(Some(-5.0), Some(0.0), 1)],
            vec![step(Some(0.0), Some(5.0), 1)],
            vec![step(Some(5.0), Some(5.0), 1)],
            vec![step(None, Some(-5.0), -1), step(Some(-5.0), Some(0.0), 0)],
        ]
        .map(|steps| check(&steps).map_or_else(|it| it.message().to_owned(), |()| "ok".into()));
        insta::assert_snapshot!(told.join("\n"), @"
        You should specify at least one StepAdjustment with a StepScaling policy.
        Both lower and upper bounds of a StepAdjustment cannot be left unspecified.
        StepAdjustment intervals cannot have gaps between them.
        StepAdjustment intervals cannot overlap.
        At most one StepAdjustment may have an unspecified upper bound (i.e., upper bound is null).
        There must be a StepAdjustment with an unspecified lower bound (i.e., lower bound is null) when one StepAdjustment has a negative lower bound.
        There must be a StepAdjustment with an unspecified upper bound (i.e., upper bound is null) when one StepAdjustment has a positive upper bound.
        LowerBound must be less than the UpperBound for StepAdjustment : StepAdjustment{MetricIntervalLowerBound=5.0,MetricIntervalUpperBound=5.0,ScalingAdjustment=1.0,ProportionalFactor=null}
        ok
        ");
    }
}
