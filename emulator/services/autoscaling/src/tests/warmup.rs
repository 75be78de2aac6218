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
