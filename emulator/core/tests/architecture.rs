//! The architecture whole, on its own clock: a network in three zones, a balancer, a group behind it, and a load. Instances
//! come and go as it grows and ends, hang, are killed, and a whole zone is lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use std::collections::BTreeMap;

use cloudless_core::elb::plane::{self, Standing};
use cloudless_core::simulation::{self, Fleet};
use cloudless_core::{Effect, Input, Timestamp};
use serde_json::{Value, json};

use cloud::{Cloud, START};

const MINUTE_S: u64 = 60;

/// A cloud with the architecture in it, and all that was seen of it.
struct Lab {
    cloud: Cloud,
    targets: String,
    /// Instances by the letters that the story gives them, in the order in which they came.
    letters: Vec<String>,
    /// What it was like, and since when, in minutes and seconds.
    seen: Vec<(String, String)>,
    /// Steps whose effects were looked at.
    looked: usize,
    /// Who gets requests, as the balancer was told last.
    carried: Vec<(String, Standing)>,
}

impl Lab {
    /// A network with a subnet in each of three zones, a balancer over them, a target group and a group with the settings
    /// that the CLI gives them, but for `more`.
    fn new(more: Value) -> Self {
        let mut cloud = Cloud::recording();
        let vpc = cloud.told("ec2", "CreateVpc", json!({ "CidrBlock": "10.0.0.0/16" }));
        let vpc = vpc["Vpc"]["VpcId"].as_str().unwrap().to_owned();
        let mut subnets = Vec::new();
        for (at, zone) in ["us-east-1a", "us-east-1b", "us-east-1c"].into_iter().enumerate() {
            let cidr = format!("10.0.{}.0/20", at * 16);
            let subnet = json!({ "VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone });
            let made = cloud.told("ec2", "CreateSubnet", subnet);
            subnets.push(made["Subnet"]["SubnetId"].as_str().unwrap().to_owned());
        }
        let balancer = json!({ "Name": "shop", "Subnets": subnets });
        let made = cloud.told("elasticloadbalancing", "CreateLoadBalancer", balancer);
        let balancer = made["LoadBalancers"][0]["LoadBalancerArn"].clone();
        let targets = json!({ "Name": "shop", "Protocol": "HTTP", "Port": 80, "VpcId": vpc });
        let made = cloud.told("elasticloadbalancing", "CreateTargetGroup", targets);
        let targets = made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned();
        let listener = json!({
            "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80,
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": targets }],
        });
        cloud.told("elasticloadbalancing", "CreateListener", listener);
        let template = json!({
            "LaunchTemplateName": "shop",
            "LaunchTemplateData": {
                "ImageId": "ami-0fa3fe0fa7920f68e", "InstanceType": "t2.medium", "Monitoring": { "Enabled": true },
            },
        });
        cloud.told("ec2", "CreateLaunchTemplate", template);
        let mut group = json!({
            "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 4, "DesiredCapacity": 2,
            "LaunchTemplate": { "LaunchTemplateName": "shop" }, "VPCZoneIdentifier": subnets.join(","),
            "TargetGroupARNs": [targets], "HealthCheckType": "ELB",
        });
        group.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(cloud.told("autoscaling", "CreateAutoScalingGroup", group), json!({}));
        let (letters, seen, carried) = (Vec::new(), Vec::new(), Vec::new());
        Self { cloud, targets, letters, seen, looked: 0, carried }
    }

    /// Keeps the CPU near 50 %.
    fn keep_cpu(&mut self) {
        let policy = json!({
            "AutoScalingGroupName": "shop", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageCPUUtilization" },
                "TargetValue": 50.0,
            },
        });
        self.cloud.told("autoscaling", "PutScalingPolicy", policy);
    }

    /// The letter of an instance: the first is A.
    fn letter(&mut self, id: &str) -> char {
        if !self.letters.iter().any(|it| it == id) {
            self.letters.push(id.to_owned());
        }
        let at = self.letters.iter().position(|it| it == id).unwrap();
        char::from(b'A' + u8::try_from(at).unwrap())
    }

    /// Everything as it is now, in a line: what is wanted, each instance with its zone and what the group and the balancer
    /// call it, who gets requests, and which alarms ring.
    fn line(&mut self) -> String {
        let groups = self.cloud.told("autoscaling", "DescribeAutoScalingGroups", json!({}));
        let group = groups["AutoScalingGroups"][0].clone();
        let health = json!({ "TargetGroupArn": self.targets });
        let health = self.cloud.told("elasticloadbalancing", "DescribeTargetHealth", health);
        let health: BTreeMap<&str, &str> = health["TargetHealthDescriptions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (
                    it["Target"]["Id"].as_str().unwrap(),
                    it["TargetHealth"]["State"].as_str().unwrap(),
                )
            })
            .collect();
        let mut words = vec![format!("desired {}:", group["DesiredCapacity"])];
        let mut members: Vec<(&str, &str, &str)> = Vec::new();
        for it in group["Instances"].as_array().unwrap() {
            let text = |name: &str| it[name].as_str().unwrap();
            members.push((text("InstanceId"), text("AvailabilityZone"), text("LifecycleState")));
        }
        for (id, zone, state) in members {
            let letter = self.letter(id);
            let zone = zone.trim_start_matches("us-east-1");
            let target = health.get(id).copied().unwrap_or("-");
            words.push(format!("{letter}{zone} {state}/{target}"));
        }
        self.look_at_plans();
        let gets = |(_, standing): &&(String, Standing)| *standing == Standing::Healthy;
        let healthy: Vec<String> =
            self.carried.iter().filter(gets).map(|(id, _)| id.clone()).collect();
        let mut carriers: Vec<char> = healthy.iter().map(|id| self.letter(id)).collect();
        carriers.sort_unstable();
        words.push(format!("| requests: {}", String::from_iter(carriers)));
        let alarms =
            self.cloud.told("cloudwatch", "DescribeAlarms", json!({ "StateValue": "ALARM" }));
        for alarm in alarms["MetricAlarms"].as_array().unwrap() {
            let name = alarm["AlarmName"].as_str().unwrap();
            words.push(if name.contains("AlarmHigh") { "| HIGH" } else { "| LOW" }.to_owned());
        }
        words.join(" ")
    }

    /// Who gets requests by the newest plan.
    fn look_at_plans(&mut self) {
        for step in &self.cloud.steps[self.looked..] {
            for effect in &step.effects {
                if let Effect::Plane(plane::Effect::Configure(plan)) = effect {
                    let targets = plan.target_groups.values().flat_map(|group| &group.targets);
                    self.carried = targets.map(|it| (it.id.clone(), it.standing)).collect();
                }
            }
        }
        self.looked = self.cloud.steps.len();
    }

    /// Writes down how it is, if it is otherwise.
    fn look(&mut self) {
        let line = self.line();
        if self.seen.last().is_none_or(|(_, last)| *last != line) {
            let passed = self.cloud.now.as_s() - START.as_s();
            let at = format!("{}:{:02}", passed / MINUTE_S, passed % MINUTE_S);
            self.seen.push((at, line));
        }
    }

    /// Minutes pass under a load.
    fn pass<F: Fn(Timestamp) -> f64>(&mut self, minutes: u64, fleet: &Fleet<F>) {
        for _ in 0..minutes {
            self.pass_s(MINUTE_S / 2);
            let input = fleet.minute(&self.cloud.world, self.cloud.now, "shop");
            self.happens(input);
            self.pass_s(MINUTE_S / 2);
        }
    }

    fn pass_s(&mut self, seconds: u64) {
        let end = self.cloud.now.after_s(seconds);
        while let Some(at) = self.cloud.world.next_deadline().filter(|at| *at <= end) {
            self.cloud.now = self.cloud.now.max(at);
            self.cloud.handle(Input::Deadline);
            self.look();
        }
        self.cloud.now = end;
    }

    fn happens(&mut self, input: Input) {
        self.cloud.handle(input);
        self.look();
    }

    /// What was seen since this was asked last.
    fn told(&mut self) -> String {
        let told = std::mem::take(&mut self.seen);
        self.seen.extend(told.last().cloned());
        told.into_iter().map(|(at, line)| format!("{at:>5} {line}")).collect::<Vec<_>>().join("\n")
    }

    /// The instance that the group has in a zone.
    fn instance_in(&mut self, zone: &str) -> String {
        let groups = self.cloud.told("autoscaling", "DescribeAutoScalingGroups", json!({}));
        let instances = groups["AutoScalingGroups"][0]["Instances"].as_array().unwrap();
        let found = instances.iter().find(|it| it["AvailabilityZone"] == zone).unwrap();
        found["InstanceId"].as_str().unwrap().to_owned()
    }
}

/// Requests a second; each instance can answer 50.
fn load(requests_per_s: f64) -> Fleet<impl Fn(Timestamp) -> f64> {
    Fleet::new(move |_| requests_per_s, 50.0)
}

/// CW AlarmThatSendsEmail, ASG as-scaling-target-tracking, ALB target-group-health-checks and
/// load-balancer-target-groups, with AWS's numbers: three points above 50 %, a third instance, which gets requests after
/// one good answer; the load ends, fifteen points are below 35 %, and one after the other leaves, each of them draining
/// for 300 s.
#[test]
fn load_comes_and_goes_and_so_do_instances() {
    let mut lab = Lab::new(json!({}));
    lab.keep_cpu();
    lab.pass(10, &load(40.0));
    insta::assert_snapshot!(lab.told(), @"
    0:10 desired 2: Aa InService/initial Bb InService/initial | requests: 
    0:12 desired 2: Aa InService/healthy Bb InService/healthy | requests: AB
    ");
    lab.pass(20, &load(70.0));
    insta::assert_snapshot!(lab.told(), @"
     0:12 desired 2: Aa InService/healthy Bb InService/healthy | requests: AB
    13:00 desired 3: Aa InService/healthy Bb InService/healthy Cc Pending/- | requests: AB | HIGH
    13:10 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/initial | requests: AB | HIGH
    13:12 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC | HIGH
    14:00 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC
    ");
    lab.pass(40, &load(2.0));
    insta::assert_snapshot!(lab.told(), @"
    14:00 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC
    45:00 desired 2: Aa Terminating/draining Bb InService/healthy Cc InService/healthy | requests: BC | LOW
    46:00 desired 1: Aa Terminating/draining Bb Terminating/draining Cc InService/healthy | requests: C | LOW
    50:00 desired 1: Aa Terminating:Proceed/- Bb Terminating/draining Cc InService/healthy | requests: C | LOW
    50:10 desired 1: Bb Terminating/draining Cc InService/healthy | requests: C | LOW
    51:00 desired 1: Bb Terminating:Proceed/- Cc InService/healthy | requests: C | LOW
    51:10 desired 1: Cc InService/healthy | requests: C | LOW
    ");
    lab.cloud.assert_restorable();
}

/// ALB target-group-health-checks, ASG ec2-auto-scaling-health-checks: who does not answer twice in a row gets no requests,
/// and is replaced; while it drains, another begins. The zones stay balanced.
#[test]
fn an_instance_that_hangs_is_out_after_two_probes_and_replaced() {
    let mut lab = Lab::new(json!({ "DesiredCapacity": 3 }));
    lab.pass(5, &load(60.0));
    lab.told();
    let hung = lab.instance_in("us-east-1b");
    lab.happens(simulation::hangs(&hung));
    lab.pass(9, &load(60.0));
    insta::assert_snapshot!(lab.told(), @"
     0:12 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC
     5:32 desired 3: Aa InService/healthy Bb Terminating/draining Cc InService/healthy Db Pending/- | requests: AC
     5:42 desired 3: Aa InService/healthy Bb Terminating/draining Cc InService/healthy Db InService/initial | requests: AC
     5:44 desired 3: Aa InService/healthy Bb Terminating/draining Cc InService/healthy Db InService/healthy | requests: ACD
    10:32 desired 3: Aa InService/healthy Bb Terminating:Proceed/- Cc InService/healthy Db InService/healthy | requests: ACD
    10:42 desired 3: Aa InService/healthy Cc InService/healthy Db InService/healthy | requests: ACD
    ");
    lab.cloud.assert_restorable();
}

/// ASG ec2-auto-scaling-health-checks: an instance that does not run is unhealthy at once, whatever its grace period. It
/// is replaced in its zone, which has the fewest.
#[test]
fn an_instance_that_is_killed_is_out_at_once_and_replaced() {
    let mut lab = Lab::new(json!({ "DesiredCapacity": 3, "HealthCheckGracePeriod": 300 }));
    lab.pass(5, &load(60.0));
    lab.told();
    let killed = lab.instance_in("us-east-1b");
    lab.happens(simulation::killed(&killed));
    lab.pass(9, &load(60.0));
    insta::assert_snapshot!(lab.told(), @"
    0:12 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC
    5:00 desired 3: Aa InService/healthy Cc InService/healthy Db Pending/- | requests: AC
    5:10 desired 3: Aa InService/healthy Cc InService/healthy Db InService/initial | requests: AC
    5:12 desired 3: Aa InService/healthy Cc InService/healthy Db InService/healthy | requests: ACD
    ");
    lab.cloud.assert_restorable();
}

/// ASG auto-scaling-benefits, ec2-auto-scaling-availability-zone-balanced: a zone is lost. The others carry on, and what is
/// missing is launched in them, since it cannot be in the lost one. When that is back, an instance is launched there first,
/// and then one of another zone ends.
#[test]
fn a_zone_is_lost_and_the_group_is_balanced_again_when_it_is_back() {
    let mut lab = Lab::new(json!({ "DesiredCapacity": 3 }));
    lab.pass(5, &load(60.0));
    lab.told();
    lab.happens(simulation::zone_lost("us-east-1b", 600));
    lab.pass(9, &load(60.0));
    insta::assert_snapshot!(lab.told(), @"
    0:12 desired 3: Aa InService/healthy Bb InService/healthy Cc InService/healthy | requests: ABC
    5:00 desired 3: Aa InService/healthy Cc InService/healthy Da Pending/- | requests: AC
    5:10 desired 3: Aa InService/healthy Cc InService/healthy Da InService/initial | requests: AC
    5:12 desired 3: Aa InService/healthy Cc InService/healthy Da InService/healthy | requests: ACD
    ");
    let zones = lab.cloud.told(
        "ec2",
        "DescribeAvailabilityZones",
        json!({ "Filters": [{ "Name": "state", "Values": ["unavailable"] }] }),
    );
    insta::assert_snapshot!(zones["AvailabilityZones"][0]["ZoneName"], @r#""us-east-1b""#);
    lab.pass(30, &load(60.0));
    insta::assert_snapshot!(lab.told(), @"
     5:12 desired 3: Aa InService/healthy Cc InService/healthy Da InService/healthy | requests: ACD
    21:10 desired 3: Aa InService/healthy Cc InService/healthy Da InService/healthy Eb Pending/- | requests: ACD
    21:20 desired 3: Aa Terminating/draining Cc InService/healthy Da InService/healthy Eb InService/initial | requests: CD
    21:22 desired 3: Aa Terminating/draining Cc InService/healthy Da InService/healthy Eb InService/healthy | requests: CDE
    26:20 desired 3: Aa Terminating:Proceed/- Cc InService/healthy Da InService/healthy Eb InService/healthy | requests: CDE
    26:30 desired 3: Cc InService/healthy Da InService/healthy Eb InService/healthy | requests: CDE
    ");
    let told = lab.cloud.told(
        "autoscaling",
        "DescribeScalingActivities",
        json!({ "AutoScalingGroupName": "shop" }),
    );
    let failed =
        told["Activities"].as_array().unwrap().iter().filter(|it| it["StatusCode"] == "Failed");
    let failed: Vec<&str> = failed.filter_map(|it| it["StatusMessage"].as_str()).collect();
    insta::assert_snapshot!(failed.last().unwrap(), @"We currently do not have sufficient t2.medium capacity in the Availability Zone you requested (us-east-1b). Our system will be working on provisioning additional capacity. You can currently get t2.medium capacity by not specifying an Availability Zone in");
    lab.cloud.assert_restorable();
}
