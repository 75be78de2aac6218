//! Whatever happens to a group: capacity within its bounds, every instance in one state, zones in balance when all is quiet,
//! and what is stored is what there is.

use std::collections::BTreeMap;

use kernel::directory::InstanceState;
use proptest::prelude::*;
use serde_json::json;

use super::harness::{Cloud, TARGETS};

#[derive(Debug, Clone)]
enum Happening {
    Desired(u8),
    Bounds(u8, u8),
    Ends(u8),
    Sick(u8),
    Protected(u8, bool),
    Aside(u8),
    Back(u8),
    Full(u8, bool),
    Alarm(bool, u8),
    Zones(u8),
    Refresh,
    Passes(u16),
    Restart,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    use Happening::*;
    let one = prop_oneof![
        3 => (0u8..9).prop_map(Desired),
        2 => (0u8..4, 1u8..9).prop_map(|(min, max)| Bounds(min, max)),
        2 => any::<u8>().prop_map(Ends),
        1 => any::<u8>().prop_map(Sick),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(at, is)| Protected(at, is)),
        1 => any::<u8>().prop_map(Aside),
        1 => any::<u8>().prop_map(Back),
        1 => (0u8..3, any::<bool>()).prop_map(|(zone, is)| Full(zone, is)),
        3 => (any::<bool>(), 0u8..100).prop_map(|(is_low, value)| Alarm(is_low, value)),
        1 => (1u8..8).prop_map(Zones),
        1 => Just(Refresh),
        3 => (1u16..2_000).prop_map(Passes),
        1 => Just(Restart),
    ];
    prop::collection::vec(one, 1..30)
}

fn instance(cloud: &mut Cloud, at: u8) -> Option<String> {
    let described = cloud.call("DescribeAutoScalingInstances", json!({}));
    let all = described["AutoScalingInstances"].as_array()?;
    let one = all.get(usize::from(at) % all.len().max(1))?;
    Some(one["InstanceId"].as_str()?.to_owned())
}

fn happens(cloud: &mut Cloud, happening: &Happening) {
    match *happening {
        Happening::Desired(count) => {
            cloud.call(
                "SetDesiredCapacity",
                json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": count }),
            );
        }
        Happening::Bounds(min, max) => {
            cloud.call(
                "UpdateAutoScalingGroup",
                json!({ "AutoScalingGroupName": "shop", "MinSize": min, "MaxSize": max }),
            );
        }
        Happening::Ends(at) => {
            if let Some(id) = instance(cloud, at) {
                cloud.set_state(&id, InstanceState::Terminated);
            }
        }
        Happening::Sick(at) => {
            if let Some(id) = instance(cloud, at) {
                cloud.set_target(&id, true);
            }
        }
        Happening::Protected(at, is_protected) => {
            if let Some(id) = instance(cloud, at) {
                cloud.call("SetInstanceProtection", json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id], "ProtectedFromScaleIn": is_protected }));
            }
        }
        Happening::Aside(at) => {
            if let Some(id) = instance(cloud, at) {
                cloud.call("EnterStandby", json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id], "ShouldDecrementDesiredCapacity": true }));
            }
        }
        Happening::Back(at) => {
            if let Some(id) = instance(cloud, at) {
                cloud.call(
                    "ExitStandby",
                    json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id] }),
                );
            }
        }
        Happening::Full(zone, is_full) => {
            let zone = format!("us-east-1{}", ["a", "b", "c"][usize::from(zone)]);
            if is_full {
                cloud.full_zones.insert(zone);
            } else {
                cloud.full_zones.remove(&zone);
            }
        }
        Happening::Alarm(is_low, value) => {
            cloud.tracked("cpu", is_low, f64::from(value));
            cloud.due();
        }
        Happening::Zones(bits) => {
            let subnets = ["subnet-a", "subnet-b", "subnet-c"].into_iter().enumerate();
            let subnets: Vec<_> =
                subnets.filter(|(at, _)| bits >> at & 1 == 1).map(|(_, it)| it).collect();
            cloud.call(
                "UpdateAutoScalingGroup",
                json!({ "AutoScalingGroupName": "shop", "VPCZoneIdentifier": subnets.join(",") }),
            );
        }
        Happening::Refresh => {
            cloud.call("StartInstanceRefresh", json!({ "AutoScalingGroupName": "shop" }));
        }
        Happening::Passes(seconds) => cloud.advance_s(u64::from(seconds)),
        Happening::Restart => cloud.restart(),
    }
}

fn check(cloud: &mut Cloud) {
    cloud.check_restart();
    let described = cloud.call("DescribeAutoScalingGroups", json!({}));
    let group = &described["AutoScalingGroups"][0];
    let number = |name: &str| group[name].as_u64().unwrap();
    let (min, max, desired) = (number("MinSize"), number("MaxSize"), number("DesiredCapacity"));
    assert!(min <= desired && desired <= max, "{min} {desired} {max}");
    let instances = group["Instances"].as_array().unwrap();
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for instance in instances {
        *states.entry(instance["LifecycleState"].as_str().unwrap()).or_default() += 1;
    }
    let most = max + (max / 10).max(1);
    let works = states.get("InService").copied().unwrap_or(0);
    let protected = instances.iter().filter(|it| it["ProtectedFromScaleIn"] == true).count() as u64;
    assert!(works <= most + protected, "{states:?} of {max}");
}

/// When all zones have room and nothing more happens for hours, there are as many as desired, and zones differ by one at
/// most; unless some are protected, which nobody takes away.
fn check_at_rest(cloud: &mut Cloud) {
    cloud.full_zones.clear();
    for _ in 0..200 {
        let described = cloud.call("DescribeAutoScalingInstances", json!({}));
        let all = described["AutoScalingInstances"].as_array().unwrap().clone();
        for instance in all {
            let id = instance["InstanceId"].as_str().unwrap();
            cloud.call("SetInstanceProtection", json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id], "ProtectedFromScaleIn": false }));
        }
        cloud.advance_s(600);
    }
    let described = cloud.call("DescribeAutoScalingGroups", json!({}));
    let group = &described["AutoScalingGroups"][0];
    let zones = group["AvailabilityZones"].as_array().unwrap().iter();
    let mut counts: BTreeMap<&str, u64> = zones.map(|zone| (zone.as_str().unwrap(), 0)).collect();
    for instance in group["Instances"].as_array().unwrap() {
        match instance["LifecycleState"].as_str().unwrap() {
            "InService" => {
                *counts.entry(instance["AvailabilityZone"].as_str().unwrap()).or_default() += 1;
            }
            "Standby" => {}
            other => panic!("{other} in {group}"),
        }
    }
    assert_eq!(
        counts.values().sum::<u64>(),
        group["DesiredCapacity"].as_u64().unwrap(),
        "{counts:?}"
    );
    let (most, least) = (counts.values().max().unwrap(), counts.values().min().unwrap());
    assert!(most - least <= 1, "{counts:?}");
    cloud.check_restart();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_group_keeps_its_word(happenings in happenings()) {
        let mut cloud = Cloud::with_group(3, json!({
            "MaxSize": 6, "TargetGroupARNs": [TARGETS], "HealthCheckType": "ELB",
        }));
        let input = json!({
            "AutoScalingGroupName": "shop", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageCPUUtilization" },
                "TargetValue": 50.0,
            },
        });
        cloud.call("PutScalingPolicy", input);
        for happening in &happenings {
            happens(&mut cloud, happening);
            check(&mut cloud);
        }
        check_at_rest(&mut cloud);
    }
}

/// A zone that is full while the group moves into it: as soon as it has room, the group is as large as it is to be.
#[test]
fn a_group_that_moves_into_a_full_zone_is_whole_in_the_end() {
    use Happening::*;
    let mut cloud = Cloud::with_group(3, json!({ "MaxSize": 6 }));
    let happenings = [
        Zones(5),
        Desired(5),
        Full(2, true),
        Passes(300),
        Desired(6),
        Zones(4),
        Desired(1),
        Desired(2),
    ];
    for happening in &happenings {
        happens(&mut cloud, happening);
        check(&mut cloud);
    }
    let before = cloud.group();
    check_at_rest(&mut cloud);
    insta::assert_snapshot!([before, cloud.group()].join("\n"), @"
    desired 2: i-05c InService
    desired 2: i-05c InService i-08c InService
    ");
}
