//! Targets: who can be one, when each is asked, and how it is told.
//!
//! Numbers are those of
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html> and
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>.

use insta::assert_snapshot;
use kernel::directory::{InstanceState, TargetHealth};
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::Announcement;
use crate::plane::{Probed, Report, Standing};

/// A balancer, a group that its listener forwards to, and a target with a program.
fn served(more: Value) -> (Cloud, String, String) {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", more);
    cloud.listener(&balancer, &group);
    cloud.run("i-1", "a", true);
    cloud.register(&group, &["i-1"]);
    (cloud, balancer, group)
}

/// After how many seconds a group is told otherwise, up to an hour.
fn until_told_otherwise(cloud: &mut Cloud, group: &str) -> String {
    let before = cloud.health(group);
    let seconds = (1..3_600).find(|_| {
        cloud.advance_s(1);
        cloud.health(group) != before
    });
    format!("{} s: {}", seconds.unwrap_or(0), cloud.health(group))
}

#[test]
fn a_target_is_registering_then_checked_then_healthy_after_one_success() {
    let (mut cloud, balancer, group) = served(json!({}));
    assert_snapshot!(cloud.health(&group), @"i-1: initial Elb.RegistrationInProgress Target registration is in progress");
    assert_eq!(cloud.plans[&balancer].target_groups[&group].targets[0].standing, Standing::Initial);
    cloud.answers.clear();
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"2 s: i-1: initial Elb.InitialHealthChecking Initial health checks in progress");
    cloud.answers.insert("i-1".into(), Probed::Answered(200));
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"30 s: i-1: healthy - -");
    assert_eq!(cloud.plans[&balancer].target_groups[&group].targets[0].standing, Standing::Healthy);
    cloud.check_restart();
}

/// ALB target-group-health-checks: a dead target is out after about 2 × 30 s, and back after 5 × 30 s.
#[test]
fn a_target_that_dies_is_out_after_two_probes_and_back_after_five() {
    let (mut cloud, _, group) = served(json!({}));
    cloud.advance_s(10);
    assert_snapshot!(cloud.health(&group), @"i-1: healthy - -");
    cloud.answers.insert("i-1".into(), Probed::Failed);
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"52 s: i-1: unhealthy Target.FailedHealthChecks Health checks failed");
    cloud.answers.insert("i-1".into(), Probed::Answered(200));
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"150 s: i-1: healthy - -");
}

/// ALB target-group-health-checks: three reasons, each in AWS's words; a timeout counts when it is over (5 s), and does not
/// shift the next probe.
#[test]
fn why_a_target_is_unhealthy_is_told() {
    let (mut cloud, _, group) = served(json!({"HealthCheckIntervalSeconds": 10}));
    cloud.advance_s(2);
    let mut told = Vec::new();
    for answer in [Some(Probed::Answered(502)), None, Some(Probed::Failed)] {
        match answer {
            Some(answer) => _ = cloud.answers.insert("i-1".into(), answer),
            None => _ = cloud.answers.remove("i-1"),
        }
        told.push(until_told_otherwise(&mut cloud, &group));
    }
    assert_snapshot!(told.join("\n"), @"
    20 s: i-1: unhealthy Target.ResponseCodeMismatch Health checks failed with these codes: [502]
    15 s: i-1: unhealthy Target.Timeout Request timed out
    5 s: i-1: unhealthy Target.FailedHealthChecks Health checks failed
    ");
    let asked = cloud.probes.len();
    cloud.advance_s(100);
    assert_eq!(cloud.probes.len() - asked, 10);
}

#[test]
fn a_probe_asks_what_the_group_says() {
    let (mut cloud, _, group) = served(json!({
        "HealthCheckPath": "/health", "HealthCheckPort": "9000", "HealthCheckProtocol": "HTTPS",
        "HealthCheckTimeoutSeconds": 3,
    }));
    cloud.advance_s(5);
    let mut probe = cloud.probes[0].clone();
    probe.target_group = String::new();
    insta::assert_debug_snapshot!(probe, @r#"
    Probe {
        target_group: "",
        target: "i-1",
        target_port: 8080,
        address: Some(
            10.0.0.10,
        ),
        port: 9000,
        speaks_tls: true,
        version: Http1,
        path: "/health",
        timeout_s: 3,
    }
    "#);
    // What it is asked may change: from then on it is.
    let input = json!({"TargetGroupArn": group, "HealthCheckPath": "/other"});
    cloud.call("ModifyTargetGroup", input);
    cloud.advance_s(5);
    assert_eq!(cloud.probes.last().unwrap().path, "/other");
    // An answer that comes when nobody waits counts for nothing.
    let late = Report::Probed {
        target_group: group.clone(),
        target: "i-1".into(),
        target_port: 8080,
        outcome: Probed::Failed,
    };
    cloud.hear(late.clone());
    cloud.hear(late);
    assert_snapshot!(cloud.health(&group), @"i-1: healthy - -");
}

#[test]
fn who_is_not_used_is_not_asked() {
    let mut cloud = Cloud::new();
    let group = cloud.group("web", json!({}));
    cloud.run("i-1", "a", true);
    cloud.register(&group, &["i-1"]);
    cloud.advance_s(600);
    assert_snapshot!(cloud.health(&group), @"i-1: unused Target.NotInUse Target group is not configured to receive traffic from the load balancer");
    assert_eq!((cloud.probes.len(), cloud.next_s()), (0, None));
    let made = cloud
        .call("CreateLoadBalancer", json!({"Name": "two", "Subnets": ["subnet-b", "subnet-c"]}));
    let balancer = made["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap().to_owned();
    let listener = cloud.listener(&balancer, &group);
    assert_snapshot!(cloud.health(&group), @"i-1: unused Target.NotInUse Target is in an Availability Zone that is not enabled for the load balancer");
    let all = json!(["subnet-a", "subnet-b"]);
    cloud.call("SetSubnets", json!({"LoadBalancerArn": balancer, "Subnets": all}));
    cloud.advance_s(5);
    assert_snapshot!(cloud.health(&group), @"i-1: healthy - -");
    cloud.call("DeleteListener", json!({"ListenerArn": listener}));
    assert_snapshot!(cloud.health(&group), @"i-1: unused Target.NotInUse Target group is not configured to receive traffic from the load balancer");
    assert_eq!(cloud.next_s(), None);
    cloud.check_restart();
}

/// ALB load-balancer-target-groups: 300 s unless said otherwise; shown for the whole of it, even where nothing is in flight.
#[test]
fn a_target_that_is_taken_out_drains_for_the_whole_delay() {
    let (mut cloud, balancer, group) = served(json!({}));
    cloud.advance_s(10);
    let targets = json!({"TargetGroupArn": group, "Targets": [{"Id": "i-1"}]});
    assert_eq!(cloud.call("DeregisterTargets", targets.clone()), json!({}));
    assert_snapshot!(cloud.health(&group), @"i-1: draining Target.DeregistrationInProgress Target deregistration is in progress");
    let until = cloud.now.after_s(300);
    let standing = cloud.plans[&balancer].target_groups[&group].targets[0].standing;
    assert_eq!(standing, Standing::Draining(until));
    cloud.restart();
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"300 s:");
    let told = cloud.call("DescribeTargetHealth", targets.clone());
    assert_snapshot!(told["TargetHealthDescriptions"][0]["TargetHealth"], @r#"{"State":"unused","Reason":"Target.NotRegistered","Description":"Target is not registered to the target group"}"#);
    // Who comes back while it drains is a new target.
    cloud.register(&group, &["i-1"]);
    cloud.advance_s(10);
    cloud.call("DeregisterTargets", targets.clone());
    cloud.register(&group, &["i-1"]);
    assert_snapshot!(cloud.health(&group), @"i-1: initial Elb.RegistrationInProgress Target registration is in progress");
    // Without a delay it is gone at once.
    let set = json!([{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}]);
    cloud.call("ModifyTargetGroupAttributes", json!({"TargetGroupArn": group, "Attributes": set}));
    cloud.call("DeregisterTargets", targets);
    assert_snapshot!(cloud.health(&group), @"");
    assert_eq!(cloud.next_s(), None);
    cloud.check_restart();
}

#[test]
fn an_instance_that_stops_is_unused_and_one_that_ends_drains() {
    let (mut cloud, _, group) = served(json!({}));
    cloud.advance_s(10);
    cloud.instance_is("i-1", InstanceState::Stopping);
    assert_snapshot!(cloud.health(&group), @"i-1: unused Target.InvalidState Target is in the stopped state");
    assert_eq!(cloud.next_s(), None);
    cloud.instance_is("i-1", InstanceState::Running);
    assert_snapshot!(cloud.health(&group), @"i-1: initial Elb.RegistrationInProgress Target registration is in progress");
    cloud.advance_s(10);
    assert_snapshot!(cloud.health(&group), @"i-1: healthy - -");
    cloud.instance_is("i-1", InstanceState::ShuttingDown);
    // In the list it is no more; on its own it drains.
    assert_snapshot!(cloud.health(&group), @"");
    let target = json!({"TargetGroupArn": group, "Targets": [{"Id": "i-1"}]});
    let told = cloud.call("DescribeTargetHealth", target);
    assert_snapshot!(told["TargetHealthDescriptions"][0]["TargetHealth"], @r#"{"State":"draining","Reason":"Target.DeregistrationInProgress","Description":"Target deregistration is in progress"}"#);
    cloud.instance_is("i-1", InstanceState::Terminated);
    cloud.advance_s(300);
    cloud.check_restart();
    assert_eq!(cloud.next_s(), None);
}

#[test]
fn an_instance_without_a_program_is_healthy_while_it_runs_and_costs_no_deadline() {
    let (mut cloud, _, group) = served(json!({}));
    let gone = json!({"TargetGroupArn": group, "Targets": [{"Id": "i-1"}]});
    cloud.call("DeregisterTargets", gone);
    cloud.advance_s(300);
    cloud.run("i-2", "b", false);
    cloud.register(&group, &["i-2"]);
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"2 s: i-2: healthy - -");
    assert_eq!(cloud.next_s(), None);
    let answers = |outcome| Report::Answers { instance: "i-2".into(), outcome };
    cloud.hear(answers(Some(Probed::Answered(500))));
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"32 s: i-2: unhealthy Target.ResponseCodeMismatch Health checks failed with these codes: [500]");
    assert_eq!(cloud.next_s(), None);
    cloud.hear(answers(None));
    assert_snapshot!(until_told_otherwise(&mut cloud, &group), @"122 s: i-2: healthy - -");
    assert_eq!(cloud.probes.len(), 0);
}

#[test]
fn groups_of_others_add_and_take_instances_and_read_the_directory() {
    let (mut cloud, _, group) = served(json!({}));
    cloud.run("i-2", "b", false);
    let ids = ["i-2".to_owned(), "i-none".to_owned()];
    let result = cloud.handle(|elb, cx| elb.register(cx, &group, &ids));
    assert_snapshot!(result.unwrap_err().message(), @"The following targets are not in the target group VPC 'vpc-1': 'i-none'");
    cloud.advance_s(10);
    let known = |cloud: &Cloud, id: &str| {
        cloud.directory.target_groups[&group].targets.get(&(id.to_owned(), 8080)).copied()
    };
    assert_eq!(known(&cloud, "i-1"), Some(TargetHealth::Healthy));
    assert_eq!(known(&cloud, "i-2"), Some(TargetHealth::Healthy));
    let until = cloud.handle(|elb, cx| elb.deregister(cx, &group, &ids));
    assert_eq!(until, Some(cloud.now.after_s(300)));
    assert_eq!(known(&cloud, "i-2"), Some(TargetHealth::Draining));
    let said =
        cloud.announced.iter().filter(|it| matches!(it, Announcement::TargetHealthChanged { .. }));
    assert!(said.count() > 0);
    let before = cloud.directory.clone();
    cloud.restart();
    assert_eq!(cloud.directory, before);
}

#[test]
fn a_target_is_refused_for_what_it_is() {
    let (mut cloud, _, group) = served(json!({}));
    cloud.run("i-2", "b", false);
    cloud.directory.instances.get_mut("i-2").unwrap().state = InstanceState::Stopped;
    let ip = cloud.group("ip", json!({"TargetType": "ip"}));
    let made = cloud.call("CreateTargetGroup", json!({"Name": "f", "TargetType": "lambda"}));
    let function = made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned();
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:resize";
    let cases = [
        (&group, json!({"Id": "10.0.0.1"})),
        (&group, json!({"Id": "i-none"})),
        (&group, json!({"Id": "i-2"})),
        (&group, json!({"Id": "i-1", "AvailabilityZone": "us-east-1a"})),
        (&ip, json!({"Id": "i-1"})),
        (&ip, json!({"Id": "10.0.1.7"})),
        (&ip, json!({"Id": "10.0.1.7", "AvailabilityZone": "all"})),
        (&ip, json!({"Id": "10.0.9.7"})),
        (&ip, json!({"Id": "192.168.0.1"})),
        (&ip, json!({"Id": "192.168.0.1", "AvailabilityZone": "all"})),
        (&ip, json!({"Id": "8.8.8.8", "AvailabilityZone": "all"})),
        (&ip, json!({"Id": "::1"})),
        (&function, json!({"Id": "resize"})),
        (&function, json!({"Id": arn, "Port": 80})),
        (&function, json!({"Id": arn})),
        (&function, json!({"Id": format!("{arn}2")})),
        (&format!("{group}x"), json!({"Id": "i-1"})),
        (&"x".to_owned(), json!({"Id": "i-1"})),
    ];
    let told = cases.map(|(group, target)| {
        let input = json!({"TargetGroupArn": group, "Targets": [target]});
        cloud.refusal("RegisterTargets", input)
    });
    assert_snapshot!(told.join("\n"), @"
    ValidationError: Instance ID '10.0.0.1' is not valid
    InvalidTarget: The following targets are not in the target group VPC 'vpc-1': 'i-none'
    InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-2'
    ValidationError: You cannot specify an Availability Zone for targets of a target group with target type 'instance'
    ValidationError: The IP address 'i-1' is not a valid IPv4 address
    accepted: {}
    ValidationError: The IP address '10.0.1.7' is within the VPC, and cannot have its Availability Zone overridden to 'all' from 'us-east-1b'
    ValidationError: The IP address '10.0.9.7' is not within any subnet of the VPC 'vpc-1'
    ValidationError: The Availability Zone must be specified for IP address '192.168.0.1', which is outside of the VPC
    accepted: {}
    ValidationError: The IP address '8.8.8.8' is not allowed, as it must be an address from a VPC subnet, RFC1918, or RFC6598
    ValidationError: The IP address '::1' is not a valid IPv4 address
    ValidationError: Lambda function ARN 'resize' is not valid
    ValidationError: Port cannot be specified for targets with target type 'lambda'
    accepted: {}
    TooManyTargets: You cannot register more than '1' target in a target group with target type 'lambda'
    TargetGroupNotFound: One or more target groups not found
    ValidationError: 'x' is not a valid target group ARN
    ");
    let unknown = json!({"TargetGroupArn": group, "Targets": [{"Id": "i-none"}]});
    let told = cloud.call("DescribeTargetHealth", unknown);
    assert_eq!(
        told["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"],
        "Target.NotRegistered"
    );
    let balancer = cloud.plans.keys().next().unwrap().clone();
    cloud.call(
        "CreateListener",
        json!({
            "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 81,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": function}],
        }),
    );
    // Of a function nobody asks, unless that is wanted.
    assert_snapshot!(cloud.health(&function), @"arn:aws:lambda:us-east-1:000000000000:function:resize: unavailable Target.HealthCheckDisabled Health checks are not enabled for this target");
    cloud.check_restart();
}
