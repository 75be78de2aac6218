//! Target tracking: as many instances as keep a metric at a value.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>

use kernel::error::ApiError;

use crate::error::invalid;
use crate::record::TargetTrackingConfiguration;
use crate::shape::{CustomizedMetricSpecification, PredefinedMetricSpecification};

/// What part of the target a metric must be below, before instances are taken away. Seen on accounts, not documented.
const LOW: f64 = 0.7;

/// The threshold of the alarm below.
pub(crate) fn low_threshold(target: f64) -> f64 {
    // Without the dust of binary fractions: 35, not 35.00000000000001.
    (target * LOW * 1e9).round() / 1e9
}

/// How many would bring the metric to its target, in proportion; rounded so that there are rather more.
fn in_proportion(capacity: u32, metric: f64, target: f64) -> i64 {
    let wanted = f64::from(capacity) * metric / target;
    // 3 * 50 / 50 must not become 4.
    let wanted = (wanted - 1e-9).ceil();
    if wanted.is_finite() { wanted as i64 } else { i64::MAX }
}

/// The capacity when the metric is above. `warm` are those that the metric is of.
pub(crate) fn grown(capacity: u32, warm: u32, metric: f64, target: f64) -> i64 {
    let of = if warm == 0 { capacity } else { warm };
    // Who is above a target of itself wants one more at least, unless more are on their way.
    let wanted = in_proportion(of.max(1), metric, target).max(i64::from(of) + 1);
    wanted.max(i64::from(capacity))
}

/// The capacity when the metric is below: as few go as bring it there, and no more at once than a tenth, or one. AWS says
/// that it goes down more gradually than up, not how; the tenth is ours.
pub(crate) fn shrunk(capacity: u32, metric: f64, target: f64) -> i64 {
    let wanted = in_proportion(capacity, metric, target);
    let most = i64::from((capacity / 10).max(1));
    wanted.clamp((i64::from(capacity) - most).max(0), i64::from(capacity))
}

/// Refuses what cannot be tracked.
pub(super) fn check(configuration: &TargetTrackingConfiguration) -> Result<(), ApiError> {
    let predefined = &configuration.predefined_metric_specification;
    let customized = &configuration.customized_metric_specification;
    if !(8.515_92E-12..=1.174_271E17).contains(&configuration.target_value) {
        return Err(invalid("Target value must be between 8.51592E-12 and 1.174271E17"));
    }
    match (predefined, customized) {
        (Some(it), None) => check_predefined(it),
        (None, Some(it)) => check_customized(it),
        _ => Err(invalid(
            "You should provide either a CustomizedMetricSpecification or a PredefinedMetricSpecification",
        )),
    }
}

fn check_predefined(it: &PredefinedMetricSpecification) -> Result<(), ApiError> {
    match (it.predefined_metric_type.as_str(), &it.resource_label) {
        ("ALBRequestCountPerTarget", Some(label)) => match label_parts(label) {
            Some(_) => Ok(()),
            None => Err(invalid(format!(
                "Invalid resource label: {label}. It must be in the form app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>"
            ))),
        },
        ("ALBRequestCountPerTarget", None) => Err(invalid(
            "Resource label should be specified for predefined metric type ALBRequestCountPerTarget",
        )),
        ("ASGAverageCPUUtilization" | "ASGAverageNetworkIn" | "ASGAverageNetworkOut", None) => {
            Ok(())
        }
        ("ASGAverageCPUUtilization" | "ASGAverageNetworkIn" | "ASGAverageNetworkOut", Some(_)) => {
            Err(invalid(format!(
                "Resource label should not be specified for predefined metric type {}",
                it.predefined_metric_type
            )))
        }
        (other, _) => Err(invalid(format!("Invalid predefined metric type: {other}"))),
    }
}

/// `app/name/id` and `targetgroup/name/id`
pub(super) fn label_parts(label: &str) -> Option<(&str, &str)> {
    let at = label.find("/targetgroup/")?;
    let (balancer, group) = (label.get(..at)?, label.get(at + 1..)?);
    let is_whole = balancer.split('/').count() == 3 && group.split('/').count() == 3;
    (is_whole && balancer.starts_with("app/")).then_some((balancer, group))
}

fn check_customized(it: &CustomizedMetricSpecification) -> Result<(), ApiError> {
    let queries = it.metrics.as_deref().unwrap_or_default();
    let is_plain = it.metric_name.is_some() || it.namespace.is_some() || it.statistic.is_some();
    match (queries.is_empty(), is_plain) {
        (false, true) => Err(invalid(
            "A customized metric specification with 'Metrics' specified cannot have any of ['Dimensions', 'MetricName', 'Namespace', 'Statistic', 'Unit', 'Period'] specified as well.",
        )),
        (false, false) => {
            let returned = queries.iter().filter(|it| it.return_data.unwrap_or(true)).count();
            match returned {
                1 => Ok(()),
                _ => Err(invalid(
                    "Unable to create alarms in CloudWatch: Exactly one element of the metrics list should return data.",
                )),
            }
        }
        (true, _) => {
            let is_whole =
                it.metric_name.is_some() && it.namespace.is_some() && it.statistic.is_some();
            match is_whole {
                true => Ok(()),
                false => Err(invalid(
                    "MetricName, Namespace and Statistic are required in a CustomizedMetricSpecification",
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observed on accounts: 50 → 35, 40 → 28, 75 → 52.5, 90 → 63, 30 → 21.
    #[test]
    fn below_is_seven_tenths_of_the_target() {
        let told = [50.0, 40.0, 75.0, 90.0, 30.0].map(low_threshold);
        insta::assert_snapshot!(format!("{told:?}"), @"[35.0, 28.0, 52.5, 63.0, 21.0]");
    }

    /// ASG as-scaling-target-tracking: in proportion, rounded up; who goes is fewer rather than more.
    #[test]
    fn it_grows_in_proportion_and_shrinks_slowly() {
        let grown = [(2, 2, 75.0), (4, 4, 51.0), (4, 4, 100.0), (4, 2, 100.0), (5, 2, 60.0)]
            .map(|(capacity, warm, metric)| grown(capacity, warm, metric, 50.0));
        insta::assert_snapshot!(format!("{grown:?}"), @"[3, 5, 8, 4, 5]");
        let shrunk = [(3, 5.0), (3, 34.0), (100, 10.0), (100, 47.0), (1, 0.0), (2, 34.0)]
            .map(|(capacity, metric)| shrunk(capacity, metric, 50.0));
        insta::assert_snapshot!(format!("{shrunk:?}"), @"[2, 3, 90, 94, 0, 2]");
    }
}
