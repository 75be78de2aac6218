use kernel::directory::InstanceState;
use serde_json::{Value, json};

use super::harness::{Cloud, TARGETS};

#[test]
fn a_group_grows_and_shrinks_and_says_why_in_awss_words() {
    let mut cloud = Cloud::with_group(1, json!({}));
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 2 }),
    );
    cloud.call("UpdateAutoScalingGroup", json!({ "AutoScalingGroupName": "shop", "MinSize": 3 }));
    cloud.call(
        "UpdateAutoScalingGroup",
        json!({ "AutoScalingGroupName": "shop", "MinSize": 1, "DesiredCapacity": 1 }),
    );
    insta::assert_snapshot!(cloud.activities(), @"
    Launching a new EC2 instance: i-01 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
    Launching a new EC2 instance: i-02 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 1 to 2.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.
    Launching a new EC2 instance: i-03 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request update of AutoScalingGroup constraints to min: 3, max: 12, desired: 3 changing the desired capacity from 2 to 3.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 2 to 3.
    Terminating EC2 instance: i-03 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request update of AutoScalingGroup constraints to min: 1, max: 12, desired: 1 changing the desired capacity from 3 to 1.  At 2026-11-30T12:00:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 3 to 1.  At 2026-11-30T12:00:00Z instance i-03 was selected for termination.  At 2026-11-30T12:00:00Z instance i-02 was selected for termination.
    Terminating EC2 instance: i-02 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request update of AutoScalingGroup constraints to min: 1, max: 12, desired: 1 changing the desired capacity from 3 to 1.  At 2026-11-30T12:00:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 3 to 1.  At 2026-11-30T12:00:00Z instance i-03 was selected for termination.  At 2026-11-30T12:00:00Z instance i-02 was selected for termination.
    ");
    insta::assert_snapshot!(cloud.group(), @"desired 1: i-01a InService");
    cloud.check_restart();
}

#[test]
fn an_instance_is_pending_until_it_runs() {
    let mut cloud = Cloud::new();
    cloud.starts_at_once = false;
    cloud.call("CreateAutoScalingGroup", json!({
        "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 1, "TargetGroupARNs": [TARGETS],
        "LaunchTemplate": { "LaunchTemplateName": "shop" }, "VPCZoneIdentifier": "subnet-a",
    }));
    insta::assert_snapshot!(cloud.group(), @"desired 1: i-01a Pending");
    assert_eq!(cloud.take_asked(), "");
    cloud.advance_s(10);
    cloud.set_state("i-01", InstanceState::Running);
    insta::assert_snapshot!(cloud.group(), @"desired 1: i-01a InService");
    insta::assert_snapshot!(cloud.take_asked(), @r#"RegisterTargets "i-01""#);
    insta::assert_snapshot!(cloud.activities(), @"
    Launching a new EC2 instance: i-01 Successful 100% Some(10)
      At 2026-11-30T12:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
    ");
    cloud.check_restart();
}

/// ASG ec2-auto-scaling-health-checks: one activity terminates, another launches meanwhile; whether grace has passed or
/// not, where an instance no longer runs.
#[test]
fn who_runs_no_more_is_replaced_at_once() {
    let mut cloud = Cloud::with_group(3, json!({ "HealthCheckGracePeriod": 600 }));
    cloud.advance_s(60);
    cloud.set_state("i-02", InstanceState::ShuttingDown);
    insta::assert_snapshot!(cloud.group(), @"desired 3: i-01a InService i-02b Terminating:Proceed! i-03c InService i-04b InService");
    cloud.set_state("i-02", InstanceState::Terminated);
    insta::assert_snapshot!(cloud.group(), @"desired 3: i-01a InService i-03c InService i-04b InService");
    let activities = cloud.activities();
    let last: Vec<&str> = activities.lines().skip(6).collect();
    insta::assert_snapshot!(last.join("\n"), @"
    Terminating EC2 instance: i-02 Successful 100% Some(60)
      At 2026-11-30T12:01:00Z an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.
    Launching a new EC2 instance: i-04 Successful 100% Some(60)
      At 2026-11-30T12:01:00Z an instance was launched in response to an unhealthy instance needing to be replaced.
    ");
    cloud.check_restart();
}

/// ASG health-check-grace-period: what a balancer says counts from InService on, after the grace period, and only where
/// HealthCheckType has ELB.
#[test]
fn balancers_are_believed_after_grace_and_only_where_told() {
    let mut cloud = Cloud::with_group(
        2,
        json!({ "TargetGroupARNs": [TARGETS], "HealthCheckGracePeriod": 120 }),
    );
    cloud.set_target("i-01", true);
    cloud.advance_s(600);
    let without = cloud.group();
    cloud.call(
        "UpdateAutoScalingGroup",
        json!({ "AutoScalingGroupName": "shop", "HealthCheckType": "ELB" }),
    );
    let with = cloud.group();
    cloud.advance_s(60);
    cloud.set_target("i-03", true);
    let graced = cloud.group();
    cloud.set_target("i-03", false);
    cloud.advance_s(600);
    let healed = cloud.group();
    insta::assert_snapshot!([without, with, graced, healed].join("\n"), @"
    desired 2: i-01a InService i-02b InService
    desired 2: i-01a Terminating! i-02b InService i-03a InService
    desired 2: i-01a Terminating! i-02b InService i-03a InService
    desired 2: i-02b InService i-03a InService
    ");
    cloud.check_restart();
}

#[test]
fn users_say_who_is_ill() {
    let mut cloud = Cloud::with_group(2, json!({ "HealthCheckGracePeriod": 120 }));
    let ill = |respect: bool| json!({ "InstanceId": "i-01", "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": respect });
    cloud.call("SetInstanceHealth", ill(true));
    let spared = cloud.group();
    cloud.call("SetInstanceHealth", ill(false));
    insta::assert_snapshot!([spared, cloud.group()].join("\n"), @"
    desired 2: i-01a InService i-02b InService
    desired 2: i-02b InService i-03a InService
    ");
    let activities = cloud.activities();
    let causes: Vec<&str> = activities.lines().filter(|line| line.contains("taken out")).collect();
    insta::assert_snapshot!(causes.join("\n"), @"  At 2026-11-30T12:00:00Z an instance was taken out of service in response to a user health-check.");
}

/// ALB load-balancer-target-groups: a target is deregistered, and for the delay (300 s) requests under way end; then it
/// is ended.
#[test]
fn requests_under_way_end_before_an_instance_does() {
    let mut cloud = Cloud::with_group(2, json!({ "TargetGroupARNs": [TARGETS] }));
    cloud.take_asked();
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 1 }),
    );
    let asked = cloud.take_asked();
    let begun = cloud.group();
    cloud.advance_s(299);
    let waits = cloud.group();
    cloud.restart();
    cloud.advance_s(1);
    insta::assert_snapshot!([asked, begun, waits, cloud.group()].join("\n"), @r#"
    DeregisterTargets "i-01"
    desired 1: i-01a Terminating i-02b InService
    desired 1: i-01a Terminating i-02b InService
    desired 1: i-02b InService
    "#);
}

#[test]
fn instances_are_put_aside_and_come_back() {
    let mut cloud = Cloud::with_group(2, json!({ "TargetGroupARNs": [TARGETS] }));
    cloud.take_asked();
    let enter = |decrements: bool, id: &str| json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id], "ShouldDecrementDesiredCapacity": decrements });
    let entered = cloud.call("EnterStandby", enter(true, "i-01"));
    let aside = cloud.group();
    let refused = cloud.refused("EnterStandby", enter(true, "i-02"));
    cloud.call("EnterStandby", enter(false, "i-02"));
    let replaced = cloud.group();
    let out = json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-01"] });
    let left = cloud.call("ExitStandby", out);
    let back = cloud.group();
    let end = json!({ "InstanceId": "i-02", "ShouldDecrementDesiredCapacity": true });
    let ended = cloud.call("TerminateInstanceInAutoScalingGroup", end);
    let after = cloud.group();
    let begun = |answer: &Value| {
        let it = &answer["Activities"][0];
        format!("{} {}%, ended {}", it["StatusCode"], it["Progress"], it["EndTime"])
    };
    let told = [
        entered["Activities"][0]["Cause"].to_string(),
        begun(&entered),
        begun(&left),
        aside,
        refused,
        replaced,
        back,
        ended["Activity"]["Cause"].to_string(),
        after,
        cloud.take_asked(),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    "At 2026-11-30T12:00:00Z instance i-01 was moved to standby in response to a user request, shrinking the capacity from 2 to 1."
    "InProgress" 50%, ended null
    "PreInService" 30%, ended null
    desired 1: i-01a Standby i-02b InService
    ValidationError: AutoScalingGroup shop has min-size=1, max-size=12, and desired-size=1. To place into standby 1 more instance(s), please update the AutoScalingGroup sizes appropriately.
    desired 1: i-01a Standby i-02b Standby i-03a InService
    desired 2: i-01a InService i-02b Standby i-03a Terminating i-04b InService
    "At 2026-11-30T12:00:00Z instance i-02 was taken out of service in response to a user request, shrinking the capacity from 2 to 1."
    desired 1: i-01a InService i-03a Terminating i-04b Terminating
    DeregisterTargets "i-01"
    DeregisterTargets "i-02"
    RegisterTargets "i-03"
    RegisterTargets "i-01"
    RegisterTargets "i-04"
    DeregisterTargets "i-03"
    DeregisterTargets "i-04"
    "#);
    cloud.check_restart();
}

#[test]
fn instances_are_attached_and_detached_alive() {
    let tags = json!([
        { "Key": "stage", "Value": "test", "PropagateAtLaunch": true },
        { "Key": "owner", "Value": "us", "PropagateAtLaunch": false },
    ]);
    let mut cloud = Cloud::with_group(1, json!({ "MaxSize": 2, "Tags": tags }));
    cloud.stray("i-stray");
    let attach = json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-stray"] });
    assert_eq!(cloud.call("AttachInstances", attach.clone()), json!({}));
    let attached = cloud.group();
    cloud.stray("i-other");
    let told = [
        cloud.refused("AttachInstances", attach),
        cloud.refused("AttachInstances", json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-other"] })),
        cloud.refused("DetachInstances", json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-none"], "ShouldDecrementDesiredCapacity": true })),
    ];
    cloud.call("DetachInstances", json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-stray"], "ShouldDecrementDesiredCapacity": true }));
    let detached = cloud.group();
    assert_eq!(cloud.directory.instances["i-stray"].state, InstanceState::Running);
    insta::assert_snapshot!([attached, told.join("\n"), detached, cloud.take_asked()].join("\n"), @r#"
    desired 2: i-01a InService i-strayb InService
    ValidationError: Instance i-stray is already part of AutoScalingGroup:shop.
    ValidationError: AutoScalingGroup shop has min-size=1, max-size=2, and desired-size=2. To attach 1 more instance(s), please update the AutoScalingGroup sizes appropriately.
    ValidationError: The instance i-none is not part of Auto Scaling group shop.
    desired 1: i-01a InService
    CreateTags {"Resources":["i-stray"],"Tags":[{"Key":"stage","Value":"test"},{"Key":"aws:autoscaling:groupName","Value":"shop"}]}
    DeleteTags {"Resources":["i-stray"],"Tags":[{"Key":"aws:autoscaling:groupName","Value":"shop"}]}
    "#);
    cloud.check_restart();
}

#[test]
fn who_is_protected_is_not_taken_away() {
    let mut cloud = Cloud::with_group(3, json!({ "NewInstancesProtectedFromScaleIn": true }));
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 1 }),
    );
    let all = cloud.group();
    cloud.call("SetInstanceProtection", json!({ "AutoScalingGroupName": "shop", "InstanceIds": ["i-02"], "ProtectedFromScaleIn": false }));
    insta::assert_snapshot!([all, cloud.group()].join("\n"), @"
    desired 1: i-01a InService i-02b InService i-03c InService
    desired 1: i-01a InService i-03c InService
    ");
}

/// ASG as-suspend-resume-processes.
#[test]
fn suspended_processes_do_nothing() {
    let mut cloud = Cloud::with_group(2, json!({ "TargetGroupARNs": [TARGETS] }));
    let suspend = |cloud: &mut Cloud, operation: &str, process: &str| {
        cloud.call(
            operation,
            json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": [process] }),
        );
    };
    let desire = |cloud: &mut Cloud, count: u32| {
        cloud.call(
            "SetDesiredCapacity",
            json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": count }),
        );
        cloud.group()
    };
    suspend(&mut cloud, "SuspendProcesses", "Launch");
    let mut told = vec![desire(&mut cloud, 3)];
    suspend(&mut cloud, "SuspendProcesses", "AddToLoadBalancer");
    cloud.take_asked();
    suspend(&mut cloud, "ResumeProcesses", "Launch");
    suspend(&mut cloud, "ResumeProcesses", "AddToLoadBalancer");
    told.push(format!("{} {:?}", cloud.group(), cloud.take_asked()));
    suspend(&mut cloud, "SuspendProcesses", "Terminate");
    told.push(desire(&mut cloud, 1));
    suspend(&mut cloud, "SuspendProcesses", "ReplaceUnhealthy");
    cloud.set_state("i-01", InstanceState::Stopped);
    told.push(cloud.group());
    insta::assert_snapshot!(told.join("\n"), @r#"
    desired 3: i-01a InService i-02b InService
    desired 3: i-01a InService i-02b InService i-03c InService ""
    desired 1: i-01a InService i-02b InService i-03c InService
    desired 1: i-01a InService! i-02b InService i-03c InService
    "#);
    cloud.check_restart();
}

/// ASG asg-max-instance-lifetime: a day at least; at most a tenth is replaced at a time.
#[test]
fn who_is_old_is_replaced() {
    let mut cloud = Cloud::with_group(2, json!({ "MaxInstanceLifetime": 86_400 }));
    cloud.starts_at_once = false;
    cloud.advance_s(86_400);
    let one = cloud.group();
    cloud.set_state("i-03", InstanceState::Running);
    let other = cloud.group();
    insta::assert_snapshot!([one, other].join("\n"), @"
    desired 2: i-02b InService i-03a Pending
    desired 2: i-02b InService i-03a InService
    ");
}

#[test]
fn what_cannot_be_launched_is_tried_again_after_a_while() {
    let mut cloud = Cloud::new();
    cloud.full_zones.insert("us-east-1a".to_owned());
    cloud.call(
        "CreateAutoScalingGroup",
        json!({
            "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 1,
            "LaunchTemplate": { "LaunchTemplateName": "shop" }, "VPCZoneIdentifier": "subnet-a",
        }),
    );
    cloud.advance_s(100);
    let failed = cloud.activities();
    cloud.full_zones.clear();
    cloud.restart();
    cloud.advance_s(200);
    insta::assert_snapshot!([failed, cloud.group()].join("\n"), @"
    Launching a new EC2 instance.  Status Reason: We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed. Failed 100% Some(0)
      At 2026-11-30T12:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
      We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed.
    Launching a new EC2 instance.  Status Reason: We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed. Failed 100% Some(30)
      At 2026-11-30T12:00:30Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
      We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed.
    Launching a new EC2 instance.  Status Reason: We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed. Failed 100% Some(90)
      At 2026-11-30T12:01:30Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
      We currently do not have sufficient capacity in the Availability Zone you requested. Launching EC2 instance failed.

    desired 1: i-01a InService
    ");
    cloud.check_restart();
}

#[test]
fn who_ends_before_it_works_is_replaced_after_a_while() {
    let mut cloud = Cloud::with_group(1, json!({}));
    cloud.starts_at_once = false;
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 2 }),
    );
    cloud.set_state("i-02", InstanceState::Terminated);
    let lost = cloud.group();
    cloud.advance_s(30);
    insta::assert_snapshot!([lost, cloud.group(), cloud.activities()].join("\n"), @"
    desired 2: i-01a InService
    desired 2: i-01a InService i-03b Pending
    Launching a new EC2 instance: i-01 Successful 100% Some(0)
      At 2026-11-30T12:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.
    Launching a new EC2 instance: i-02 Cancelled 100% Some(0)
      At 2026-11-30T12:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 1 to 2.  At 2026-11-30T12:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.
      Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InstanceInitiatedShutdown: Instance initiated shutdown
    Launching a new EC2 instance: i-03 PreInService 30% None
      At 2026-11-30T12:00:30Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.
    ");
}
