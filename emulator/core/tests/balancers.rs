//! Load balancers through the World: networks and instances are EC2's, logs go to S3, functions are Lambda's, and
//! CloudWatch hears of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use cloudless_core::elb::plane::{self, Report, Served, ServedZone};
use cloudless_core::{Effect, Input};
use insta::assert_snapshot;
use serde_json::{Value, json};

use cloud::{Cloud, function_arn};

/// Calls an operation: its answer, or why it is refused.
fn call(cloud: &mut Cloud, service: &str, operation: &str, input: Value) -> Value {
    cloud.told(service, operation, input)
}

/// The same of Elastic Load Balancing.
fn elb(cloud: &mut Cloud, operation: &str, input: Value) -> Value {
    call(cloud, "elasticloadbalancing", operation, input)
}

/// Time passes through every deadline.
fn pass(cloud: &mut Cloud, seconds: u64) {
    cloud.pass(seconds);
}

/// A network with a subnet in each of two zones, and a load balancer over them: its ARN, the network and a subnet.
fn balancer(cloud: &mut Cloud) -> (String, String, String) {
    let vpc = call(cloud, "ec2", "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}));
    let vpc = vpc["Vpc"]["VpcId"].as_str().unwrap().to_owned();
    let mut subnets = Vec::new();
    for (at, zone) in ["us-east-1a", "us-east-1b"].into_iter().enumerate() {
        let cidr = format!("10.0.{at}.0/24");
        let input = json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone});
        let made = call(cloud, "ec2", "CreateSubnet", input);
        subnets.push(made["Subnet"]["SubnetId"].as_str().unwrap().to_owned());
    }
    let made = elb(cloud, "CreateLoadBalancer", json!({"Name": "shop", "Subnets": subnets}));
    let arn = made["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap().to_owned();
    (arn, vpc, subnets.remove(0))
}

/// A group of that network, to which a listener of the balancer forwards.
fn served_group(cloud: &mut Cloud, balancer: &str, vpc: &str) -> String {
    let input = json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc});
    let made = elb(cloud, "CreateTargetGroup", input);
    let group = made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned();
    let forward = json!([{"Type": "forward", "TargetGroupArn": group}]);
    let listener = json!({
        "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": forward,
    });
    elb(cloud, "CreateListener", listener);
    group
}

fn health(cloud: &mut Cloud, group: &str) -> String {
    let told = elb(cloud, "DescribeTargetHealth", json!({"TargetGroupArn": group}));
    let all = told["TargetHealthDescriptions"].as_array().unwrap().iter();
    let words = all.map(|it| {
        let health = &it["TargetHealth"];
        format!("{} {}", health["State"], health["Description"]).replace('"', "")
    });
    words.collect::<Vec<_>>().join("; ")
}

#[test]
fn an_instance_is_a_healthy_target_while_it_runs() {
    let mut cloud = Cloud::recording();
    let (balancer, vpc, subnet) = balancer(&mut cloud);
    let group = served_group(&mut cloud, &balancer, &vpc);
    let run = json!({"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet});
    let made = call(&mut cloud, "ec2", "RunInstances", run);
    let id =
        made["Instances"][0]["InstanceId"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    pass(&mut cloud, 60);
    let targets = json!({"TargetGroupArn": group, "Targets": [{"Id": id}]});
    assert_eq!(elb(&mut cloud, "RegisterTargets", targets.clone()), json!({}));
    let mut told = vec![health(&mut cloud, &group)];
    pass(&mut cloud, 60);
    told.push(health(&mut cloud, &group));
    call(&mut cloud, "ec2", "StopInstances", json!({"InstanceIds": [id]}));
    pass(&mut cloud, 60);
    told.push(health(&mut cloud, &group));
    told.push(elb(&mut cloud, "RegisterTargets", targets).to_string().replace(&id, "ID"));
    cloud.assert_restorable();
    cloud.restart();
    call(&mut cloud, "ec2", "StartInstances", json!({"InstanceIds": [id]}));
    pass(&mut cloud, 60);
    told.push(health(&mut cloud, &group));
    call(&mut cloud, "ec2", "TerminateInstances", json!({"InstanceIds": [id]}));
    pass(&mut cloud, 60);
    told.push(health(&mut cloud, &group));
    assert_snapshot!(told.join("\n"), @r#"
    initial Target registration is in progress
    healthy null
    unused Target is in the stopped state
    "InvalidTarget: The following targets are not in a running state and cannot be registered: 'ID'"
    healthy null
    "#);
    // Each minute CloudWatch hears how many were healthy.
    let asked = json!({
        "Namespace": "AWS/ApplicationELB", "MetricName": "HealthyHostCount", "Period": 60,
        "Statistics": ["Maximum"],
        "Dimensions": [
            {"Name": "LoadBalancer", "Value": balancer.split_once("loadbalancer/").unwrap().1},
            {"Name": "TargetGroup", "Value": group.rsplit_once(':').unwrap().1},
        ],
        "StartTime": cloud::START.as_s(), "EndTime": cloud.now.as_s() + 60,
    });
    let told = call(&mut cloud, "cloudwatch", "GetMetricStatistics", asked);
    let points = told["Datapoints"].as_array().unwrap().iter();
    assert!(points.map(|it| it["Maximum"].as_f64()).any(|it| it == Some(1.0)), "{told}");
    cloud.assert_restorable();
}

#[test]
fn an_access_log_goes_into_a_bucket_that_lets_the_balancer_in() {
    let mut cloud = Cloud::recording();
    let (balancer, ..) = balancer(&mut cloud);
    call(&mut cloud, "s3", "CreateBucket", json!({"Bucket": "logs"}));
    let on = json!({"LoadBalancerArn": balancer, "Attributes": [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs"},
    ]});
    let refused = elb(&mut cloud, "ModifyLoadBalancerAttributes", on.clone());
    assert_snapshot!(refused, @r#""InvalidConfigurationRequest: Access Denied for bucket: logs. Please check S3bucket permission""#);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/AWSLogs/000000000000/*",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/*"}},
    }]});
    call(
        &mut cloud,
        "s3",
        "PutBucketPolicy",
        json!({"Bucket": "logs", "Policy": policy.to_string()}),
    );
    elb(&mut cloud, "ModifyLoadBalancerAttributes", on);
    let zone = ServedZone { requests: 1, ..ServedZone::default() };
    let served = Served {
        load_balancer: balancer.clone(),
        zones: [("us-east-1a".to_owned(), zone)].into(),
        log: vec![(cloud.now, "http 2026-01-01T00:00:00.000000Z app/shop".to_owned())],
        ..Served::default()
    };
    cloud.handle(Input::Plane(Box::new(Report::Served(Box::new(served)))));
    pass(&mut cloud, 300);
    let listed = call(&mut cloud, "s3", "ListObjectsV2", json!({"Bucket": "logs"}));
    let keys = listed["Contents"].as_array().unwrap().iter().map(|it| it["Key"].as_str().unwrap());
    let id = balancer.rsplit_once('/').unwrap().1;
    let keys = keys.map(|key| {
        let key = key.replace(id, "ID");
        key.rsplit_once('_')
            .filter(|_| key.ends_with(".gz"))
            .map_or(key.clone(), |it| it.0.to_owned())
    });
    assert_snapshot!(keys.collect::<Vec<_>>().join("\n"), @"
    AWSLogs/000000000000/ELBAccessLogTestFile
    AWSLogs/000000000000/elasticloadbalancing/us-east-1/2026/01/01/000000000000_elasticloadbalancing_us-east-1_app.shop.ID_20260101T0005Z_10.0.0.0
    ");
    cloud.assert_restorable();
}

#[test]
fn a_function_is_a_target_that_lets_the_balancer_in() {
    let mut cloud = Cloud::recording();
    let made = elb(&mut cloud, "CreateTargetGroup", json!({"Name": "f", "TargetType": "lambda"}));
    let group = made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned();
    let function = json!({
        "FunctionName": "hello", "Runtime": "provided.al2023", "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/hello", "Code": {},
    });
    let zip = cloud.upload(1);
    cloud.call(None, "lambda", "CreateFunction", function, zip).unwrap();
    let targets = json!({"TargetGroupArn": group, "Targets": [{"Id": function_arn("hello")}]});
    let refused = elb(&mut cloud, "RegisterTargets", targets.clone());
    assert_snapshot!(refused.as_str().unwrap().replace(&group, "GROUP"), @"AccessDenied: elasticloadbalancing principal does not have permission to invoke arn:aws:lambda:us-east-1:000000000000:function:hello from target group GROUP");
    let permission = json!({
        "FunctionName": "hello", "StatementId": "elb", "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com", "SourceArn": group,
    });
    call(&mut cloud, "lambda", "AddPermission", permission);
    assert_eq!(elb(&mut cloud, "RegisterTargets", targets), json!({}));
    cloud.assert_restorable();
}

#[test]
fn whoever_carries_requests_is_told_of_each_balancer_after_a_restart() {
    let mut cloud = Cloud::recording();
    let (balancer, vpc, _) = balancer(&mut cloud);
    served_group(&mut cloud, &balancer, &vpc);
    cloud.restart();
    let step = cloud.handle(Input::Deadline);
    let plans = step.effects.iter().filter_map(|effect| match effect {
        Effect::Plane(plane::Effect::Configure(plan)) => Some(plan),
        _ => None,
    });
    let told: Vec<String> = plans
        .map(|plan| {
            format!("{} listeners, {} groups", plan.listeners.len(), plan.target_groups.len())
        })
        .collect();
    assert_eq!(told, ["1 listeners, 1 groups"]);
}
