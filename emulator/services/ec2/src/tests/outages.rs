//! Stories of zones that are lost.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::fleet::{Effect, Report};

fn run(cloud: &mut Cloud, image: &str, zone: &str) -> Value {
    let placement = json!({"AvailabilityZone": zone});
    let input = json!({"ImageId": image, "InstanceType": "t2.medium", "MinCount": 1, "MaxCount": 1, "Placement": placement});
    cloud.call("RunInstances", input)
}

fn id(answer: &Value) -> String {
    answer["Instances"][0]["InstanceId"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn states(cloud: &mut Cloud, ids: &[&str]) -> String {
    let state = |id: &&str| {
        let answer = cloud.call("DescribeInstances", json!({"InstanceIds": [id]}));
        let it = &answer["Reservations"][0]["Instances"][0];
        it["State"]["Name"].as_str().unwrap().to_owned()
    };
    ids.iter().map(state).collect::<Vec<_>>().join(" ")
}

/// A computer whose zone has no power has ended; none begins there until it is back, and EC2 says so as it does where it
/// has no room.
#[test]
fn a_zone_is_lost_for_a_while() {
    const LINUX: &str = "ami-0fa3fe0fa7920f68e";
    let mut cloud = Cloud::new();
    cloud.ec2.set_programs(&mut cloud.directory, Arc::new(["ami-shop".to_owned()].into()));
    let elsewhere = id(&run(&mut cloud, LINUX, "us-east-1a"));
    let simulated = id(&run(&mut cloud, LINUX, "us-east-1b"));
    let process = id(&run(&mut cloud, "ami-shop", "us-east-1b"));
    let late = id(&run(&mut cloud, "ami-shop", "us-east-1b"));
    let report = |cloud: &mut Cloud, report: Report| cloud.handle(|ec2, cx| ec2.hear(cx, report));
    report(&mut cloud, Report::Started { instance_id: process.clone() });
    cloud.advance_s(60);
    cloud.effects.clear();
    let all = [&*elsewhere, &*simulated, &*process, &*late];

    let lost = Report::ZoneLost { zone: "us-east-1b".to_owned(), for_s: Some(600) };
    report(&mut cloud, lost);
    let mut told = vec![states(&mut cloud, &all)];
    // Who is a process is killed, and who was about to begin as soon as it has.
    report(&mut cloud, Report::Started { instance_id: late.clone() });
    let killed = |effect: Effect| matches!(effect, Effect::Kill { .. });
    assert_eq!(cloud.effects.drain(..).map(killed).collect::<Vec<_>>(), [true, true, true]);
    for instance_id in [&process, &late] {
        let how = "signal: 9 (SIGKILL)".to_owned();
        report(&mut cloud, Report::Ended { instance_id: instance_id.clone(), how });
    }
    told.push(states(&mut cloud, &all));
    let start = json!({"InstanceIds": [simulated]});
    told.push(run(&mut cloud, LINUX, "us-east-1b")["Error"].as_str().unwrap().to_owned());
    told.push(cloud.refused("StartInstances", start.clone()).split_at(60).0.to_owned());
    // Whoever names no zone gets another.
    let anywhere =
        json!({"ImageId": LINUX, "InstanceType": "t2.medium", "MinCount": 1, "MaxCount": 1});
    let anywhere = cloud.call("RunInstances", anywhere);
    assert_ne!(anywhere["Instances"][0]["Placement"]["AvailabilityZone"], "us-east-1b");
    let zone = json!({"ZoneNames": ["us-east-1b"]});
    let zone_state = |cloud: &mut Cloud| {
        cloud.call("DescribeAvailabilityZones", zone.clone())["AvailabilityZones"][0]["State"]
            .to_string()
    };
    told.push(zone_state(&mut cloud));
    cloud.advance_s(540);
    told.push(zone_state(&mut cloud));
    cloud.advance_s(60);
    told.push(zone_state(&mut cloud));
    told.push(cloud.refused("StartInstances", start));
    assert_snapshot!(told.join("\n"), @r#"
    running stopped running pending
    running stopped stopped stopped
    InsufficientInstanceCapacity: We currently do not have sufficient t2.medium capacity in the Availability Zone you requested (us-east-1b). Our system will be working on provisioning additional capacity. You can currently get t2.medium capacity by not specifying an Availability Zone in your request or choosing us-east-1a, us-east-1c, us-east-1d, us-east-1e, us-east-1f.
    InsufficientInstanceCapacity: We currently do not have suffi
    "unavailable"
    "unavailable"
    "available"
    done
    "#);
    cloud.check_restart();
}
