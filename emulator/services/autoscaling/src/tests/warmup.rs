use kernel::directory::InstanceState;
use serde_json::json;

use super::harness::Cloud;

/// ASG consolidated-view-of-warm-up-and-cooldown-settings: the policy's, else the group's, else the cooldown; counted
/// from InService.
#[test]
fn who_warms_up_for_how_long() {
    let told = [
        (json!({}), json!({})),
        (json!({ "DefaultInstanceWarmup": 120 }), json!({})),
        (json!({ "DefaultInstanceWarmup": 120 }), json!({ "EstimatedInstanceWarmup": 30 })),
        (json!({ "DefaultCooldown": 45 }), json!({})),
    ]
    .map(|(group, policy)| {
        let mut cloud = Cloud::with_group(2, group);
        let mut input = json!({
            "AutoScalingGroupName": "shop", "PolicyName": "less", "PolicyType": "StepScaling",
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{ "MetricIntervalUpperBound": 0.0, "ScalingAdjustment": -1 }],
        });
        for (name, value) in policy.as_object().unwrap() {
            input[name] = value.clone();
        }
        cloud.call("PutScalingPolicy", input);
        let mut seconds = 0;
        loop {
            cloud.alarm("less", "load", 10.0, 50.0);
            cloud.due();
            if cloud.group().starts_with("desired 1") {
                return seconds;
            }
            cloud.advance_s(15);
            seconds += 15;
        }
    });
    insta::assert_snapshot!(format!("{told:?}"), @"[300, 120, 30, 45]");
}

/// ASG ec2-auto-scaling-default-instance-warmup: an instance counts for the group's metrics so long after it is in
/// service; at once where nobody tells how long, and not before it is.
#[test]
fn a_new_instance_counts_in_metrics_once_it_is_warm() {
    let told = [
        (json!({}), json!({})),
        (json!({ "DefaultInstanceWarmup": 120 }), json!({})),
        (json!({ "DefaultInstanceWarmup": 120 }), json!({ "EstimatedInstanceWarmup": 30 })),
    ]
    .map(|(group, policy)| {
        let mut cloud = Cloud::with_group(1, group);
        let mut input = json!({
            "AutoScalingGroupName": "shop", "PolicyName": "more", "PolicyType": "StepScaling",
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{ "MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1 }],
        });
        for (name, value) in policy.as_object().unwrap() {
            input[name] = value.clone();
        }
        cloud.call("PutScalingPolicy", input);
        cloud.advance_s(600);
        cloud.starts_at_once = false;
        cloud.alarm("more", "load", 90.0, 50.0);
        cloud.due();
        let pending = cloud.directory.warming["i-02"] > cloud.now.after_s(86_400);
        cloud.advance_s(40);
        cloud.set_state("i-02", InstanceState::Running);
        let until = cloud.directory.warming.get("i-02").copied();
        cloud.restart();
        assert_eq!(cloud.directory.warming.get("i-02").copied(), until);
        let seconds = until.map(|it| it.as_s() - cloud.now.as_s());
        (pending, seconds)
    });
    insta::assert_snapshot!(format!("{told:?}"), @"[(true, None), (true, Some(120)), (true, Some(30))]");
}

/// ASG ec2-auto-scaling-default-instance-warmup: no policy takes an instance away while one warms up, a simple one
/// neither, though its own cooldown is over.
#[test]
fn a_simple_policy_takes_nothing_away_while_an_instance_warms_up() {
    let mut cloud = Cloud::with_group(3, json!({ "DefaultInstanceWarmup": 600 }));
    let simple = json!({
        "AutoScalingGroupName": "shop", "PolicyName": "less", "Cooldown": 0,
        "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": -1,
    });
    cloud.call("PutScalingPolicy", simple);
    let mut told = Vec::new();
    for _ in 0..3 {
        cloud.alarm("less", "load", 10.0, 50.0);
        cloud.due();
        told.push(cloud.group().lines().next().unwrap_or_default().to_owned());
        cloud.advance_s(300);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    desired 3: i-01a InService i-02b InService i-03c InService
    desired 3: i-01a InService i-02b InService i-03c InService
    desired 2: i-01a InService i-03c InService
    ");
}
