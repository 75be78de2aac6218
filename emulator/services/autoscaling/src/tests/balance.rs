use kernel::directory::InstanceState;
use serde_json::json;

use super::harness::Cloud;

/// ASG auto-scaling-benefits: launches go to the zone with the fewest; where that has no room, to another.
#[test]
fn where_a_zone_has_no_room_another_is_tried_and_it_is_balanced_later() {
    let mut cloud = Cloud::new();
    cloud.full_zones.insert("us-east-1b".to_owned());
    cloud.call(
        "CreateAutoScalingGroup",
        json!({
            "AutoScalingGroupName": "shop", "MinSize": 3, "MaxSize": 3,
            "LaunchTemplate": { "LaunchTemplateName": "shop" },
            "VPCZoneIdentifier": "subnet-a,subnet-b,subnet-c",
        }),
    );
    let without = cloud.group();
    cloud.full_zones.insert("us-east-1c".to_owned());
    cloud.call(
        "UpdateAutoScalingGroup",
        json!({ "AutoScalingGroupName": "shop", "MaxSize": 4, "MinSize": 4 }),
    );
    let crowded = cloud.group();
    cloud.full_zones.clear();
    cloud.advance_s(3_600);
    insta::assert_snapshot!([without, crowded, cloud.group()].join("\n"), @"
    desired 3: i-01a InService i-03c InService i-02a InService
    desired 4: i-01a InService i-03c InService i-02a InService i-04a InService
    desired 4: i-01a InService i-03c InService i-02a InService i-05b InService
    ");
    let activities = cloud.activities();
    let told: Vec<&str> = activities.lines().filter(|line| line.contains("balanc")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    At 2026-11-30T12:00:00Z an instance was launched to aid in balancing the group's zones.
    At 2026-11-30T12:16:00Z an instance was launched to aid in balancing the group's zones.
    At 2026-11-30T12:16:00Z instances were launched to balance instances in zones us-east-1a with other zones resulting in more than desired number of instances in the group.  At 2026-11-30T12:16:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 5 to 4.  At 2026-11-30T12:16:00Z instance i-04 was selected for termination.
    ");
    cloud.check_restart();
}

/// ASG ec2-auto-scaling-availability-zone-balanced: `balanced-only` tries the same zone again.
#[test]
fn balanced_only_waits_for_its_zone() {
    let mut cloud = Cloud::new();
    cloud.full_zones.insert("us-east-1b".to_owned());
    cloud.call(
        "CreateAutoScalingGroup",
        json!({
            "AutoScalingGroupName": "shop", "MinSize": 2, "MaxSize": 2,
            "LaunchTemplate": { "LaunchTemplateName": "shop" },
            "VPCZoneIdentifier": "subnet-a,subnet-b",
            "AvailabilityZoneDistribution": { "CapacityDistributionStrategy": "balanced-only" },
        }),
    );
    let waits = cloud.group();
    cloud.full_zones.clear();
    cloud.advance_s(60);
    insta::assert_snapshot!([waits, cloud.group()].join("\n"), @"
    desired 2: i-01a InService
    desired 2: i-01a InService i-02b InService
    ");
}

/// ASG auto-scaling-benefits, as-instance-termination: new ones come before old ones go, up to 10 % or one above the
/// maximum.
#[test]
fn a_zone_more_takes_its_share_of_those_that_are_there() {
    let mut cloud =
        Cloud::with_group(6, json!({ "MaxSize": 6, "VPCZoneIdentifier": "subnet-a,subnet-b" }));
    cloud.starts_at_once = false;
    cloud.call("UpdateAutoScalingGroup", json!({ "AutoScalingGroupName": "shop", "VPCZoneIdentifier": "subnet-a,subnet-b,subnet-c" }));
    let first = cloud.group();
    cloud.set_state("i-07", InstanceState::Running);
    let next = cloud.group();
    cloud.set_state("i-08", InstanceState::Running);
    insta::assert_snapshot!([first, next, cloud.group()].join("\n"), @"
    desired 6: i-01a InService i-02b InService i-03a InService i-04b InService i-05a InService i-06b InService i-07c Pending
    desired 6: i-01a InService i-03a InService i-04b InService i-05a InService i-06b InService i-07c InService i-08c Pending
    desired 6: i-01a InService i-03a InService i-04b InService i-06b InService i-07c InService i-08c InService
    ");
    cloud.check_restart();
}

#[test]
fn a_zone_that_is_lost_comes_back_while_the_others_carry_on() {
    let mut cloud = Cloud::with_group(6, json!({}));
    for id in ["i-02", "i-05"] {
        cloud.full_zones.insert("us-east-1b".to_owned());
        cloud.set_state(id, InstanceState::Terminated);
    }
    let lost = cloud.group();
    cloud.full_zones.clear();
    cloud.advance_s(3_600);
    insta::assert_snapshot!([lost, cloud.group()].join("\n"), @"
    desired 6: i-01a InService i-03c InService i-04a InService i-06c InService i-07a InService i-08c InService
    desired 6: i-01a InService i-03c InService i-04a InService i-06c InService i-09b InService i-10b InService
    ");
    cloud.check_restart();
}

#[test]
fn while_rebalancing_is_suspended_nothing_moves() {
    let mut cloud = Cloud::with_group(4, json!({ "VPCZoneIdentifier": "subnet-a" }));
    cloud.call(
        "SuspendProcesses",
        json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": ["AZRebalance"] }),
    );
    cloud.call(
        "UpdateAutoScalingGroup",
        json!({ "AutoScalingGroupName": "shop", "VPCZoneIdentifier": "subnet-a,subnet-b" }),
    );
    insta::assert_snapshot!(cloud.group(), @"desired 4: i-01a InService i-02a InService i-03a InService i-04a InService");
    cloud.call("ResumeProcesses", json!({ "AutoScalingGroupName": "shop" }));
    insta::assert_snapshot!(cloud.group(), @"desired 4: i-02a InService i-04a InService i-05b InService i-06b InService");
}

/// ASG ec2-auto-scaling-termination-policies: the zone with the most comes first, whatever the policy says; then the
/// oldest launch configuration, the oldest template, the next billing hour.
#[test]
fn who_goes_first() {
    let told = [
        ("OldestInstance", "the oldest"),
        ("NewestInstance", "the newest"),
        ("OldestLaunchTemplate", "of version 1"),
        ("Default", "of version 1, in the zone with the most"),
        ("ClosestToNextInstanceHour", "56 minutes old"),
    ]
    .map(|(policy, expected)| {
        let mut cloud = Cloud::with_group(
            1,
            json!({
                "VPCZoneIdentifier": "subnet-a", "TerminationPolicies": [policy],
                "LaunchTemplate": { "LaunchTemplateName": "shop", "Version": "2" },
            }),
        );
        let desire = |cloud: &mut Cloud, count: u32| {
            cloud.call(
                "SetDesiredCapacity",
                json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": count }),
            );
        };
        let launch = |cloud: &mut Cloud, version: &str| {
            cloud.call(
                "UpdateAutoScalingGroup",
                json!({
                    "AutoScalingGroupName": "shop",
                    "LaunchTemplate": { "LaunchTemplateName": "shop", "Version": version },
                }),
            );
        };
        cloud.advance_s(4 * 60);
        launch(&mut cloud, "1");
        desire(&mut cloud, 2);
        cloud.advance_s(30 * 60);
        launch(&mut cloud, "2");
        desire(&mut cloud, 3);
        cloud.advance_s(26 * 60);
        desire(&mut cloud, 2);
        format!("{policy}: {expected}: {}", cloud.group())
    });
    insta::assert_snapshot!(told.join("\n"), @"
    OldestInstance: the oldest: desired 2: i-02a InService i-03a InService
    NewestInstance: the newest: desired 2: i-01a InService i-02a InService
    OldestLaunchTemplate: of version 1: desired 2: i-01a InService i-03a InService
    Default: of version 1, in the zone with the most: desired 2: i-01a InService i-03a InService
    ClosestToNextInstanceHour: 56 minutes old: desired 2: i-01a InService i-03a InService
    ");
}

#[test]
fn the_zone_with_the_most_comes_before_any_policy() {
    let mut cloud = Cloud::with_group(
        3,
        json!({ "VPCZoneIdentifier": "subnet-a,subnet-b", "TerminationPolicies": ["NewestInstance"] }),
    );
    let all = cloud.group();
    cloud.call(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 2 }),
    );
    insta::assert_snapshot!([all, cloud.group()].join("\n"), @"
    desired 3: i-01a InService i-02b InService i-03a InService
    desired 2: i-01a InService i-02b InService
    ");
}
