//! The two alarms that a target-tracking policy makes and owns.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>

use serde_json::{Value, json};

use super::tracking::{label_parts, low_threshold};
use crate::ask::{Ask, Asked};
use crate::record::{Policy, PolicyKind, TargetTrackingConfiguration};
use crate::shape::{CustomizedMetricSpecification, MetricDimension, PredefinedMetricSpecification};
use crate::state::Group;
use crate::{Announcement, Cx};

/// Points above the target, of which all must be above. Seen on accounts, not documented.
const HIGH_POINTS: u32 = 3;
/// Points below, of which all must be below. Seen on accounts, not documented.
const LOW_POINTS: u32 = 15;

/// Makes the alarms of a policy, or puts them anew. Those that it must not have, it loses.
pub(super) fn put_alarms(group: &Group, cx: &mut Cx<'_>, policy: &mut Policy) {
    let name = |cx: &mut Cx<'_>, which: &str| {
        Some(format!("TargetTracking-{}-{which}-{}", group.key.name, cx.ids.uuid()))
    };
    let is_enabled = policy.is_enabled;
    let PolicyKind::TargetTracking { configuration, high, low } = &mut policy.kind else { return };
    let goes_in = !configuration.disable_scale_in.unwrap_or(false);
    let dropped: Vec<String> = [(is_enabled, &mut *high), (is_enabled && goes_in, &mut *low)]
        .into_iter()
        .filter_map(|(stays, name)| if stays { None } else { name.take() })
        .collect();
    if is_enabled {
        *high = high.take().or_else(|| name(cx, "AlarmHigh"));
    }
    if is_enabled && goes_in {
        *low = low.take().or_else(|| name(cx, "AlarmLow"));
    }
    let (high, low, configuration) = (high.clone(), low.clone(), configuration.clone());
    delete_alarms(group, cx, dropped);
    let arn = group.policy_arn(policy);
    let both = [
        (high, "GreaterThanThreshold", configuration.target_value, HIGH_POINTS),
        (low, "LessThanThreshold", low_threshold(configuration.target_value), LOW_POINTS),
    ];
    for (name, comparison, threshold, points) in both {
        let Some(name) = name else { continue };
        let mut input = json!({
            "AlarmName": name,
            "AlarmDescription": format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}."),
            "AlarmActions": [arn],
            "ActionsEnabled": true,
            "ComparisonOperator": comparison,
            "Threshold": threshold,
            "EvaluationPeriods": points,
        });
        metric_into(&mut input, group, &configuration);
        ask(group, cx, "PutMetricAlarm", input);
    }
}

/// What the alarms watch.
fn metric_into(input: &mut Value, group: &Group, configuration: &TargetTrackingConfiguration) {
    if let Some(it) = &configuration.predefined_metric_specification {
        predefined_into(input, group, it);
    } else if let Some(it) = &configuration.customized_metric_specification {
        customized_into(input, it);
    }
}

fn predefined_into(input: &mut Value, group: &Group, it: &PredefinedMetricSpecification) {
    let name = match it.predefined_metric_type.as_str() {
        "ALBRequestCountPerTarget" => {
            let label = it.resource_label.as_deref().unwrap_or_default();
            let (balancer, target_group) = label_parts(label).unwrap_or_default();
            input["Namespace"] = json!("AWS/ApplicationELB");
            input["MetricName"] = json!("RequestCountPerTarget");
            input["Statistic"] = json!("Sum");
            input["Period"] = json!(60);
            input["Dimensions"] = json!([
                { "Name": "TargetGroup", "Value": target_group },
                { "Name": "LoadBalancer", "Value": balancer },
            ]);
            return;
        }
        "ASGAverageNetworkIn" => "NetworkIn",
        "ASGAverageNetworkOut" => "NetworkOut",
        _ => "CPUUtilization",
    };
    input["Namespace"] = json!("AWS/EC2");
    input["MetricName"] = json!(name);
    input["Statistic"] = json!("Average");
    input["Period"] = json!(60);
    input["Dimensions"] = json!([{ "Name": "AutoScalingGroupName", "Value": &*group.key.name }]);
}

fn customized_into(input: &mut Value, it: &CustomizedMetricSpecification) {
    let dimensions = |all: &Option<Vec<MetricDimension>>| json!(all.as_deref().unwrap_or_default());
    let period = it.period.unwrap_or(60);
    let queries = it.metrics.as_deref().unwrap_or_default();
    if queries.is_empty() {
        input["Namespace"] = json!(it.namespace);
        input["MetricName"] = json!(it.metric_name);
        input["Statistic"] = json!(it.statistic);
        input["Period"] = json!(period);
        input["Dimensions"] = dimensions(&it.dimensions);
        if let Some(unit) = &it.unit {
            input["Unit"] = json!(unit);
        }
        return;
    }
    let told = queries.iter().map(|query| {
        let mut told = json!({ "Id": query.id, "ReturnData": query.return_data.unwrap_or(true) });
        if let Some(label) = &query.label {
            told["Label"] = json!(label);
        }
        if let Some(expression) = &query.expression {
            told["Expression"] = json!(expression);
        }
        if let Some(stat) = &query.metric_stat {
            told["MetricStat"] = json!({
                "Metric": {
                    "Namespace": stat.metric.namespace,
                    "MetricName": stat.metric.metric_name,
                    "Dimensions": dimensions(&stat.metric.dimensions),
                },
                "Period": stat.period.or(query.period).unwrap_or(period),
                "Stat": stat.stat,
            });
            if let Some(unit) = &stat.unit {
                told["MetricStat"]["Unit"] = json!(unit);
            }
        }
        told
    });
    input["Metrics"] = json!(told.collect::<Vec<_>>());
}

fn ask(group: &Group, cx: &mut Cx<'_>, operation: &'static str, input: Value) {
    cx.announce(Announcement::Ask(Box::new(Ask {
        group: group.key.clone(),
        what: Asked::Other,
        service: "cloudwatch",
        operation,
        input,
    })));
}

fn delete_alarms(group: &Group, cx: &mut Cx<'_>, names: Vec<String>) {
    if !names.is_empty() {
        ask(group, cx, "DeleteAlarms", json!({ "AlarmNames": names }));
    }
}

/// The alarms of a policy go with it.
pub(super) fn delete_alarms_of(group: &Group, cx: &mut Cx<'_>, policy: &Policy) {
    if let PolicyKind::TargetTracking { high, low, .. } = &policy.kind {
        delete_alarms(group, cx, high.iter().chain(low).cloned().collect());
    }
}

impl Group {
    /// The alarms of all policies go with their group.
    pub(crate) fn delete_all_alarms(&self, cx: &mut Cx<'_>) {
        self.policies.values().for_each(|policy| delete_alarms_of(self, cx, policy));
    }
}
