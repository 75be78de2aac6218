use kernel::directory::InstanceState;
use serde_json::{Value, json};

use super::harness::Cloud;

fn start(cloud: &mut Cloud, more: Value) -> Value {
    let mut input = json!({ "AutoScalingGroupName": "shop" });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    cloud.call("StartInstanceRefresh", input)
}

fn told(cloud: &mut Cloud) -> String {
    let all = cloud.call("DescribeInstanceRefreshes", json!({ "AutoScalingGroupName": "shop" }));
    let it = &all["InstanceRefreshes"][0];
    format!(
        "{} {}% {} left | {}",
        it["Status"],
        it["PercentageComplete"],
        it["InstancesToUpdate"],
        cloud.group()
    )
}

/// ASG understand-instance-refresh-default-values: at least 90 % stay; of few, one at a time is replaced.
#[test]
fn a_refresh_replaces_one_after_the_other() {
    let mut cloud = Cloud::with_group(3, json!({ "DefaultInstanceWarmup": 60 }));
    cloud.advance_s(600);
    start(&mut cloud, json!({}));
    let mut lines = vec![told(&mut cloud)];
    let busy = start(&mut cloud, json!({}));
    cloud.advance_s(60);
    lines.push(told(&mut cloud));
    cloud.restart();
    cloud.advance_s(60);
    lines.push(told(&mut cloud));
    cloud.advance_s(60);
    lines.push(told(&mut cloud));
    lines.push(busy.to_string());
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "InProgress" 0% 3 left | desired 3: i-02b InService i-03c InService i-04a InService
    "InProgress" 33% 2 left | desired 3: i-03c InService i-04a InService i-05b InService
    "InProgress" 66% 1 left | desired 3: i-04a InService i-05b InService i-06c InService
    "Successful" 100% 0 left | desired 3: i-04a InService i-05b InService i-06c InService
    {"Error":"InstanceRefreshInProgress: An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."}
    "#);
    cloud.check_restart();
}

#[test]
fn what_matches_is_skipped_and_a_refresh_goes_back() {
    let mut cloud = Cloud::with_group(
        2,
        json!({ "LaunchTemplate": { "LaunchTemplateName": "shop", "Version": "1" } }),
    );
    start(&mut cloud, json!({ "Preferences": { "SkipMatching": true } }));
    let mut lines = vec![told(&mut cloud)];
    let desired = json!({ "LaunchTemplate": { "LaunchTemplateName": "shop", "Version": "2" } });
    start(
        &mut cloud,
        json!({
            "DesiredConfiguration": desired,
            "Preferences": { "InstanceWarmup": 60, "SkipMatching": true },
        }),
    );
    lines.push(told(&mut cloud));
    cloud.call("RollbackInstanceRefresh", json!({ "AutoScalingGroupName": "shop" }));
    lines.push(told(&mut cloud));
    cloud.advance_s(120);
    lines.push(told(&mut cloud));
    let group = cloud.call("DescribeAutoScalingGroups", json!({}));
    lines.push(group["AutoScalingGroups"][0]["LaunchTemplate"]["Version"].to_string());
    lines.push(cloud.refused("RollbackInstanceRefresh", json!({ "AutoScalingGroupName": "shop" })));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "Successful" 100% 0 left | desired 2: i-01a InService i-02b InService
    "InProgress" 0% 2 left | desired 2: i-02b InService i-03a InService
    "RollbackInProgress" 0% 2 left | desired 2: i-02b InService i-03a InService
    "RollbackSuccessful" 100% 0 left | desired 2: i-02b InService i-04a InService
    "1"
    ActiveInstanceRefreshNotFound: No in progress or pending Instance Refresh found for the specified Auto Scaling group
    "#);
    cloud.check_restart();
}

/// ASG understand-instance-refresh-default-values: an hour at a checkpoint unless told.
#[test]
fn a_refresh_pauses_at_its_checkpoints() {
    let mut cloud = Cloud::with_group(4, json!({}));
    start(
        &mut cloud,
        json!({ "Preferences": { "CheckpointPercentages": [50], "MinHealthyPercentage": 0 } }),
    );
    let mut lines = vec![told(&mut cloud)];
    cloud.advance_s(3_599);
    lines.push(told(&mut cloud));
    cloud.advance_s(1);
    lines.push(told(&mut cloud));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "InProgress" 50% 2 left | desired 4: i-03c InService i-04a InService i-05b InService i-06a InService
    "InProgress" 50% 2 left | desired 4: i-03c InService i-04a InService i-05b InService i-06a InService
    "Successful" 100% 0 left | desired 4: i-05b InService i-06a InService i-07c InService i-08a InService
    "#);
}

#[test]
fn where_all_must_be_there_new_ones_come_first() {
    let mut cloud = Cloud::with_group(2, json!({ "VPCZoneIdentifier": "subnet-a" }));
    cloud.starts_at_once = false;
    start(
        &mut cloud,
        json!({ "Preferences": { "MinHealthyPercentage": 100, "MaxHealthyPercentage": 150 } }),
    );
    let mut lines = vec![told(&mut cloud)];
    cloud.set_state("i-03", InstanceState::Running);
    lines.push(told(&mut cloud));
    cloud.set_state("i-04", InstanceState::Running);
    lines.push(told(&mut cloud));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "InProgress" 0% 3 left | desired 2: i-01a InService i-02a InService i-03a Pending
    "InProgress" 0% 2 left | desired 2: i-02a InService i-03a InService i-04a Pending
    "Successful" 100% 0 left | desired 2: i-03a InService i-04a InService
    "#);
    cloud.check_restart();
}

#[test]
fn a_refresh_is_cancelled() {
    let mut cloud = Cloud::with_group(3, json!({}));
    cloud.starts_at_once = false;
    start(&mut cloud, json!({}));
    cloud.call("CancelInstanceRefresh", json!({ "AutoScalingGroupName": "shop" }));
    let again = cloud.refused("CancelInstanceRefresh", json!({ "AutoScalingGroupName": "shop" }));
    insta::assert_snapshot!([told(&mut cloud), again].join("\n"), @r#"
    "Cancelled" 33% 2 left | desired 3: i-02b InService i-03c InService i-04a Pending
    ActiveInstanceRefreshNotFound: No in progress or pending Instance Refresh found for the specified Auto Scaling group
    "#);
    cloud.check_restart();
}
