use kernel::directory::InstanceState;
use serde_json::{Value, json};

use super::harness::Cloud;

fn with_hook(transition: &str, more: Value) -> Cloud {
    let mut cloud = Cloud::with_group(1, json!({}));
    let mut input = json!({
        "AutoScalingGroupName": "shop", "LifecycleHookName": "wait",
        "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    assert_eq!(cloud.call("PutLifecycleHook", input), json!({}));
    cloud
}

fn complete(cloud: &mut Cloud, id: &str, result: &str) -> String {
    cloud.refused("CompleteLifecycleAction", json!({
        "AutoScalingGroupName": "shop", "LifecycleHookName": "wait", "InstanceId": id, "LifecycleActionResult": result,
    }))
}

fn desire(cloud: &mut Cloud, count: u32) -> String {
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": count }),
    );
    cloud.group()
}

/// ASG adding-lifecycle-hooks, lifecycle-hooks: 3600 s unless told, ABANDON, at most 48 hours or 100 heartbeats.
#[test]
fn a_hook_has_awss_defaults_and_limits() {
    let mut cloud = with_hook("LAUNCHING", json!({}));
    let hooks = cloud.call("DescribeLifecycleHooks", json!({ "AutoScalingGroupName": "shop" }));
    insta::assert_snapshot!(hooks["LifecycleHooks"][0], @r#"{"LifecycleHookName":"wait","AutoScalingGroupName":"shop","LifecycleTransition":"autoscaling:EC2_INSTANCE_LAUNCHING","HeartbeatTimeout":3600,"GlobalTimeout":172800,"DefaultResult":"ABANDON"}"#);
    let put = |more: Value| {
        let mut input = json!({ "AutoScalingGroupName": "shop", "LifecycleHookName": "wait" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let told = [
        cloud.refused("PutLifecycleHook", put(json!({ "HeartbeatTimeout": 29 }))),
        cloud.refused("PutLifecycleHook", put(json!({ "HeartbeatTimeout": 7201 }))),
        cloud.refused("PutLifecycleHook", put(json!({ "DefaultResult": "SHRUG" }))),
        cloud.refused("PutLifecycleHook", put(json!({ "LifecycleTransition": "lunch" }))),
        cloud.refused("PutLifecycleHook", put(json!({ "HeartbeatTimeout": 30 }))),
        complete(&mut cloud, "i-01", "CONTINUE"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    ValidationError: HeartbeatTimeout must be between 30 and 7200 seconds
    ValidationError: HeartbeatTimeout must be between 30 and 7200 seconds
    ValidationError: 'DefaultResult' must be one of: CONTINUE, ABANDON
    ValidationError: 'LifecycleTransition' must be one of: autoscaling:EC2_INSTANCE_LAUNCHING, autoscaling:EC2_INSTANCE_TERMINATING
    {}
    ValidationError: No active Lifecycle Action found with instance ID i-01
    ");
    let hooks = cloud.call("DescribeLifecycleHooks", json!({ "AutoScalingGroupName": "shop" }));
    insta::assert_snapshot!(hooks["LifecycleHooks"][0]["GlobalTimeout"], @"3000");
    cloud.check_restart();
}

#[test]
fn who_begins_waits_for_its_hook() {
    let mut cloud = with_hook(
        "LAUNCHING",
        json!({ "HeartbeatTimeout": 60, "NotificationTargetARN": "arn:aws:sns:us-east-1:000000000000:ops" }),
    );
    let waits = desire(&mut cloud, 2);
    let told = cloud.take_asked();
    cloud.advance_s(50);
    cloud.call("RecordLifecycleActionHeartbeat", json!({ "AutoScalingGroupName": "shop", "LifecycleHookName": "wait", "InstanceId": "i-02" }));
    cloud.advance_s(50);
    let still = cloud.group();
    cloud.restart();
    let done = complete(&mut cloud, "i-02", "CONTINUE");
    insta::assert_snapshot!([waits, told, still, done, cloud.group()].join("\n"), @"
    desired 2: i-01a InService i-02b Pending:Wait
    notify arn:aws:sns:us-east-1:000000000000:ops: wait i-02
    desired 2: i-01a InService i-02b Pending:Wait
    {}
    desired 2: i-01a InService i-02b InService
    ");
    cloud.check_restart();
}

/// ASG lifecycle-hooks: nobody answers a launch: it is abandoned, ended and replaced.
#[test]
fn who_begins_and_is_abandoned_is_replaced() {
    let mut cloud = with_hook("LAUNCHING", json!({ "HeartbeatTimeout": 60 }));
    desire(&mut cloud, 2);
    cloud.advance_s(60);
    let silent = cloud.group();
    complete(&mut cloud, "i-03", "ABANDON");
    insta::assert_snapshot!([silent, cloud.group()].join("\n"), @"
    desired 2: i-01a InService i-03b Pending:Wait
    desired 2: i-01a InService i-04b Pending:Wait
    ");
    let activities = cloud.activities();
    let told: Vec<&str> = activities.lines().filter(|line| line.contains("abandoned")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    Lifecycle Action was abandoned: Lifecycle hook abandoned or timed out
    At 2026-11-30T12:01:00Z instance i-02 was taken out of service in response to a lifecycle action that was abandoned.
    Lifecycle Action was abandoned: Lifecycle hook abandoned or timed out
    At 2026-11-30T12:01:00Z instance i-03 was taken out of service in response to a lifecycle action that was abandoned.
    ");
}

/// ASG lifecycle-hooks: whatever is said of one that ends, it ends.
#[test]
fn who_ends_waits_for_its_hook_and_ends_in_any_case() {
    for result in ["CONTINUE", "ABANDON"] {
        let mut cloud = with_hook("TERMINATING", json!({}));
        desire(&mut cloud, 2);
        let waits = desire(&mut cloud, 1);
        assert!(waits.contains("Terminating:Wait"), "{waits}");
        let id = if waits.contains("i-01a Terminating") { "i-01" } else { "i-02" };
        assert_eq!(complete(&mut cloud, id, result), "{}");
        assert!(!cloud.group().contains("Terminating"), "{}", cloud.group());
        assert_eq!(cloud.directory.instances[id].state, InstanceState::Terminated);
        cloud.check_restart();
    }
}

/// ASG lifecycle-hooks: heartbeats or not, it is over after 100 of them.
#[test]
fn no_hook_holds_anybody_for_ever() {
    let mut cloud =
        with_hook("LAUNCHING", json!({ "HeartbeatTimeout": 30, "DefaultResult": "CONTINUE" }));
    desire(&mut cloud, 2);
    let beat = json!({ "AutoScalingGroupName": "shop", "LifecycleHookName": "wait", "InstanceId": "i-02" });
    let mut beats = 0;
    while cloud.call("RecordLifecycleActionHeartbeat", beat.clone()) == json!({}) {
        cloud.advance_s(20);
        beats += 1;
    }
    insta::assert_snapshot!(format!("{beats} {}", cloud.group()), @"150 desired 2: i-01a InService i-02b InService");
}

#[test]
fn a_hook_that_is_deleted_lets_go() {
    let mut cloud = with_hook("TERMINATING", json!({}));
    desire(&mut cloud, 2);
    desire(&mut cloud, 1);
    cloud.call(
        "DeleteLifecycleHook",
        json!({ "AutoScalingGroupName": "shop", "LifecycleHookName": "wait" }),
    );
    let left = cloud.group();
    assert!(!left.contains("Terminating"), "{left}");
    cloud.check_restart();
}
