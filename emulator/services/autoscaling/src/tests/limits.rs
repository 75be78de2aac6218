//! How many there may be of everything, and how long.

use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S, TARGETS};

/// The first call that is refused, of so many, and how.
fn first_refused(
    cloud: &mut Cloud,
    operation: &str,
    most: usize,
    input: impl Fn(usize) -> Value,
) -> String {
    for at in 1..=most {
        let answer = cloud.call(operation, input(at));
        if let Some(refused) = answer["Error"].as_str() {
            return format!("{operation} {at}: {refused}");
        }
    }
    format!("{operation}: none of {most} is refused")
}

/// ASG ec2-auto-scaling-quotas, lifecycle-hooks, ec2-auto-scaling-scheduled-scaling: 500 groups, 50 policies, hooks and target groups a
/// group, 125 scheduled actions, 20 steps a policy.
#[test]
fn a_region_and_a_group_have_awss_quotas() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let of_shop = |more: Value| {
        let mut input = json!({ "AutoScalingGroupName": "shop" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let steps = |count: usize| {
        let step = |at: usize| {
            let upper = if at + 1 == count { Value::Null } else { json!(at as f64 + 1.0) };
            let mut step =
                json!({ "MetricIntervalLowerBound": at as f64, "ScalingAdjustment": at });
            if !upper.is_null() {
                step["MetricIntervalUpperBound"] = upper;
            }
            step
        };
        json!({
            "PolicyName": "steps", "PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": (0..count).map(step).collect::<Vec<_>>(),
        })
    };
    let mut told = vec![
        cloud.refused("PutScalingPolicy", of_shop(steps(20))).chars().take(30).collect(),
        cloud.refused("PutScalingPolicy", of_shop(steps(21))),
    ];
    let policy = |at: usize| {
        of_shop(json!({
            "PolicyName": format!("policy-{at}"), "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1,
        }))
    };
    told.push(first_refused(&mut cloud, "PutScalingPolicy", 60, policy));
    let hook = |at: usize| {
        of_shop(json!({
            "LifecycleHookName": format!("hook-{at}"), "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        }))
    };
    told.push(first_refused(&mut cloud, "PutLifecycleHook", 60, hook));
    let action = |at: usize| {
        let start = NOON_S + at as u64 * 3600;
        of_shop(json!({
            "ScheduledActionName": format!("action-{at}"), "StartTime": start as f64, "DesiredCapacity": 1,
        }))
    };
    told.push(first_refused(&mut cloud, "PutScheduledUpdateGroupAction", 130, action));
    let attach = |count: usize| of_shop(json!({ "TargetGroupARNs": vec![TARGETS; count] }));
    told.push(cloud.refused("AttachLoadBalancerTargetGroups", attach(10)));
    told.push(cloud.refused("AttachLoadBalancerTargetGroups", attach(11)));
    let ids: Vec<String> = (0..21).map(|at| format!("i-{at}")).collect();
    told.push(cloud.refused("AttachInstances", of_shop(json!({ "InstanceIds": ids }))));
    let detach = json!({ "InstanceIds": ids, "ShouldDecrementDesiredCapacity": true });
    told.push(cloud.refused("DetachInstances", of_shop(detach)));
    let group = |at: usize| {
        json!({
            "AutoScalingGroupName": format!("group-{at}"), "MinSize": 0, "MaxSize": 0,
            "LaunchTemplate": { "LaunchTemplateName": "shop" }, "VPCZoneIdentifier": "subnet-a",
        })
    };
    told.push(first_refused(&mut cloud, "CreateAutoScalingGroup", 510, group));
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"PolicyARN":"arn:aws:autoscal
    LimitExceeded: Your policies can have at most 20 StepAdjustments.
    PutScalingPolicy 50: LimitExceeded: A group can have 50 scaling policies at most.
    PutLifecycleHook 51: LimitExceeded: A group can have 50 lifecycle hooks at most.
    PutScheduledUpdateGroupAction 126: LimitExceeded: A group can have 125 scheduled actions at most.
    {}
    ValidationError: The number of target groups specified exceeds the maximum of 10 per call.
    ValidationError: The number of instances specified exceeds the maximum of 20 per call.
    ValidationError: The number of instances specified exceeds the maximum of 20 per call.
    CreateAutoScalingGroup 500: LimitExceeded: You have reached the maximum limit for number of AutoScalingGroups: 500.
    "#);
}

/// ASG lifecycle-hooks: 30 to 7200 s. ASG ec2-auto-scaling-default-instance-warmup: 0 to 3600 s, and -1 takes it back. ASG
/// ec2-auto-scaling-metrics: a granularity of one minute alone.
#[test]
fn what_takes_time_takes_as_long_as_on_aws() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let mut told = Vec::new();
    for heartbeat in [29, 30, 7200, 7201] {
        let input = json!({
            "AutoScalingGroupName": "shop", "LifecycleHookName": "hook", "HeartbeatTimeout": heartbeat,
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        });
        told.push(format!("{heartbeat}: {}", cloud.refused("PutLifecycleHook", input)));
    }
    for warmup in [3600, 3601, -1, -2, 0] {
        let input = json!({ "AutoScalingGroupName": "shop", "DefaultInstanceWarmup": warmup });
        let answer = cloud.refused("UpdateAutoScalingGroup", input);
        let described = cloud.call("DescribeAutoScalingGroups", json!({}));
        let is = &described["AutoScalingGroups"][0]["DefaultInstanceWarmup"];
        told.push(format!("{warmup}: {is} {answer}"));
    }
    for granularity in ["1Minute", "5Minute"] {
        let input = json!({ "AutoScalingGroupName": "shop", "Granularity": granularity });
        told.push(format!("{granularity}: {}", cloud.refused("EnableMetricsCollection", input)));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    29: ValidationError: HeartbeatTimeout must be between 30 and 7200 seconds
    30: {}
    7200: {}
    7201: ValidationError: HeartbeatTimeout must be between 30 and 7200 seconds
    3600: 3600 {}
    3601: 3600 ValidationError: DefaultInstanceWarmup must be between 0 and 3600.
    -1: null {}
    -2: null ValidationError: DefaultInstanceWarmup must be between 0 and 3600.
    0: 0 {}
    1Minute: {}
    5Minute: ValidationError: Valid metrics granularity type is: [1Minute].
    ");
}
