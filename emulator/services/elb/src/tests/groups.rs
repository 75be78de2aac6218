//! Target groups: what they are made with, what they may be set to, and what they are refused for.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;

/// How the targets of a new group are asked, in a line.
fn checked(cloud: &mut Cloud, name: &str, input: Value) -> String {
    let mut all = json!({"Name": name});
    all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    let made = cloud.call("CreateTargetGroup", all);
    let group = &made["TargetGroups"][0];
    let told = [
        "HealthCheckProtocol",
        "HealthCheckPort",
        "HealthCheckPath",
        "HealthCheckEnabled",
        "HealthCheckIntervalSeconds",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "UnhealthyThresholdCount",
        "Matcher",
        "ProtocolVersion",
        "IpAddressType",
    ];
    let told = told.map(|it| group[it].to_string());
    format!("{name}: {}", told.join(" "))
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#health-check-settings>:
/// 30, 5, 5, 2, `/` and 200; of functions 35 and 30, and off. Of gRPC 12 and its own path.
#[test]
fn health_checks_have_aws_s_defaults_by_type_and_protocol() {
    let mut cloud = Cloud::new();
    let place = |protocol: &str| json!({"Protocol": protocol, "Port": 80, "VpcId": "vpc-1"});
    let mut grpc = place("HTTP");
    grpc["ProtocolVersion"] = json!("GRPC");
    let mut geneve = place("GENEVE");
    geneve["Port"] = json!(6081);
    let told = [
        checked(&mut cloud, "http", place("HTTP")),
        checked(&mut cloud, "https", place("HTTPS")),
        checked(&mut cloud, "grpc", grpc),
        checked(&mut cloud, "lambda", json!({"TargetType": "lambda"})),
        checked(&mut cloud, "tcp", place("TCP")),
        checked(&mut cloud, "geneve", geneve),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    http: "HTTP" "traffic-port" "/" true 30 5 5 2 {"HttpCode":"200"} "HTTP1" "ipv4"
    https: "HTTP" "traffic-port" "/" true 30 5 5 2 {"HttpCode":"200"} "HTTP1" "ipv4"
    grpc: "HTTP" "traffic-port" "/AWS.ALB/healthcheck" true 30 5 5 2 {"GrpcCode":"12"} "GRPC" "ipv4"
    lambda: null null "/" false 35 30 5 2 {"HttpCode":"200"} null "ipv4"
    tcp: "TCP" "traffic-port" null true 30 10 5 2 null null "ipv4"
    geneve: "TCP" "80" null true 10 5 5 2 null null null
    "#);
    cloud.check_restart();
}

#[test]
fn a_group_is_told_with_all_that_it_has() {
    let mut cloud = Cloud::new();
    // Whose it is is not told yet when it is made. AWS CLI create-target-group.
    let functions =
        cloud.call("CreateTargetGroup", json!({"Name": "functions", "TargetType": "lambda"}));
    let functions = &functions["TargetGroups"][0];
    assert_eq!(
        (&functions["LoadBalancerArns"], &functions["IpAddressType"]),
        (&json!(null), &json!("ipv4"))
    );
    let group = cloud.group("web", json!({"Matcher": {"HttpCode": "200-299,301"}}));
    let told = cloud.call("DescribeTargetGroups", json!({"TargetGroupArns": [group]}));
    assert_json_snapshot!(told["TargetGroups"][0], @r#"
    {
      "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/044c3cd7f43c661c",
      "TargetGroupName": "web",
      "Protocol": "HTTP",
      "Port": 8080,
      "VpcId": "vpc-1",
      "HealthCheckProtocol": "HTTP",
      "HealthCheckPort": "traffic-port",
      "HealthCheckEnabled": true,
      "HealthCheckIntervalSeconds": 30,
      "HealthCheckTimeoutSeconds": 5,
      "HealthyThresholdCount": 5,
      "UnhealthyThresholdCount": 2,
      "HealthCheckPath": "/",
      "Matcher": {
        "HttpCode": "200-299,301"
      },
      "LoadBalancerArns": [],
      "TargetType": "instance",
      "ProtocolVersion": "HTTP1",
      "IpAddressType": "ipv4"
    }
    "#);
}

#[test]
fn a_group_is_refused_for_what_does_not_go_together() {
    let mut cloud = Cloud::new();
    cloud.group("there", json!({}));
    let cases = [
        json!({"Name": "a".repeat(33)}),
        json!({"Name": "a.b"}),
        json!({"Name": "a--b"}),
        json!({"Name": "there", "Port": 81}),
        json!({"Port": null}),
        json!({"VpcId": null}),
        json!({"VpcId": "vpc-none"}),
        json!({"TargetType": "lambda"}),
        json!({"TargetType": "alb"}),
        json!({"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5}),
        json!({"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 6}),
        json!({"HealthCheckPath": "health"}),
        json!({"HealthCheckPort": "0"}),
        json!({"HealthCheckProtocol": "TCP"}),
        json!({"HealthCheckEnabled": false}),
        json!({"Matcher": {"HttpCode": "200-500"}}),
        json!({"Matcher": {"GrpcCode": "12"}}),
        json!({"Protocol": "TCP", "ProtocolVersion": "HTTP2"}),
        json!({"Protocol": "TCP", "HealthCheckPath": "/"}),
    ];
    let told = cases.map(|case| {
        let mut input = json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"});
        input.as_object_mut().unwrap().extend(case.as_object().unwrap().clone());
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        cloud.refusal("CreateTargetGroup", input)
    });
    assert_snapshot!(told.join("\n"), @"
    ValidationError: Target group name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' cannot be longer than '32' characters
    ValidationError: Target group name 'a.b' can only contain characters that are alphanumeric characters or hyphens(-)
    ValidationError: 1 validation error detected: Value 'a--b' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$
    DuplicateTargetGroupName: A target group with the same name 'there' exists, but with different settings
    ValidationError: A port must be specified
    ValidationError: A VPC ID must be specified
    ValidationError: The VPC ID 'vpc-none' is not found
    ValidationError: Protocol cannot be specified for target groups with target type 'lambda'
    NotImplemented: The target type 'alb' is not implemented by Cloudless.
    ValidationError: Health check timeout '5' must be smaller than the interval '5'
    ValidationError: Health check timeout '6' must be smaller than the interval '5'
    ValidationError: Health check path 'health' must begin with a '/' character
    ValidationError: Health check port '0' must be within '1-65535' or 'traffic-port'
    ValidationError: Health check protocol 'TCP' must be one of 'HTTP, HTTPS'
    ValidationError: Health check enabled must be true for target groups with target type 'instance'
    ValidationError: Health check matcher HTTP code '200-500' must be within '200-499' inclusive
    ValidationError: Health check matcher HTTP code cannot be empty
    InvalidConfigurationRequest: You cannot specify the protocol version for a target group with the 'TCP' protocol
    ValidationError: Health check paths are not supported for TCP health checks
    ");
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-attributes>:
/// delay 0 to 3600, 300; slow start 30 to 900, or 0; stickiness 1 to 604800, 86400; round robin; never slow start with
/// least outstanding requests.
#[test]
fn attributes_have_defaults_and_limits() {
    let mut cloud = Cloud::new();
    let group = cloud.group("web", json!({}));
    let told = cloud.call("DescribeTargetGroupAttributes", json!({"TargetGroupArn": group}));
    let listed = told["Attributes"].as_array().unwrap().iter();
    let listed = listed
        .map(|it| format!("{}={}", it["Key"].as_str().unwrap(), it["Value"].as_str().unwrap()));
    assert_snapshot!(listed.collect::<Vec<_>>().join("\n"), @"
    stickiness.enabled=false
    deregistration_delay.timeout_seconds=300
    stickiness.type=lb_cookie
    stickiness.lb_cookie.duration_seconds=86400
    stickiness.app_cookie.cookie_name=
    stickiness.app_cookie.duration_seconds=86400
    slow_start.duration_seconds=0
    load_balancing.algorithm.type=round_robin
    load_balancing.algorithm.anomaly_mitigation=off
    load_balancing.cross_zone.enabled=use_load_balancer_configuration
    target_group_health.dns_failover.minimum_healthy_targets.count=1
    target_group_health.dns_failover.minimum_healthy_targets.percentage=off
    target_group_health.unhealthy_state_routing.minimum_healthy_targets.count=1
    target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage=off
    ");
    let cases: [&[(&str, &str)]; 13] = [
        &[("deregistration_delay.timeout_seconds", "3601")],
        &[("slow_start.duration_seconds", "29")],
        &[("slow_start.duration_seconds", "901")],
        &[("stickiness.lb_cookie.duration_seconds", "0")],
        &[("stickiness.lb_cookie.duration_seconds", "604801")],
        &[("stickiness.type", "source_ip")],
        &[("stickiness.type", "source_ip_dest_ip")],
        &[("stickiness.enabled", "true"), ("stickiness.type", "app_cookie")],
        &[("stickiness.app_cookie.cookie_name", "AWSALBAPP-0")],
        &[
            ("slow_start.duration_seconds", "30"),
            ("load_balancing.algorithm.type", "least_outstanding_requests"),
        ],
        &[
            ("slow_start.duration_seconds", "30"),
            ("load_balancing.algorithm.type", "weighted_random"),
        ],
        &[("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "0")],
        &[("lambda.multi_value_headers.enabled", "true")],
    ];
    let told = cases.map(|case| {
        let set: Vec<Value> =
            case.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let input = json!({"TargetGroupArn": group, "Attributes": set});
        cloud.refusal("ModifyTargetGroupAttributes", input)
    });
    assert_snapshot!(told.join("\n"), @"
    ValidationError: 'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive
    ValidationError: 'slow_start.duration_seconds' value '29' must be between '30-900' inclusive
    ValidationError: 'slow_start.duration_seconds' value '901' must be between '30-900' inclusive
    ValidationError: 'stickiness.lb_cookie.duration_seconds' value '0' must be between '1-604800' inclusive
    ValidationError: 'stickiness.lb_cookie.duration_seconds' value '604801' must be between '1-604800' inclusive
    InvalidConfigurationRequest: Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol
    ValidationError: 'Stickiness type' must be one of [app_cookie, lb_cookie, source_ip]
    InvalidConfigurationRequest: You must set an application cookie name to enable stickiness of type 'app_cookie'
    ValidationError: Cookie name 'AWSALBAPP-0' cannot begin with a reserved prefix: AWSALB, AWSALBAPP, AWSALBTG
    InvalidConfigurationRequest: You cannot enable both slow start and least outstanding requests algorithm on a target group
    InvalidConfigurationRequest: You cannot enable both slow start and weighted random algorithm on a target group
    ValidationError: The value of 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage' must be 'off' or a positive integer
    InvalidConfigurationRequest: A target group with HTTP protocol does not support the attribute lambda.multi_value_headers.enabled
    ");
    let function = cloud.call("CreateTargetGroup", json!({"Name": "f", "TargetType": "lambda"}));
    let function = &function["TargetGroups"][0]["TargetGroupArn"];
    let delay = json!([{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}]);
    let input = json!({"TargetGroupArn": function, "Attributes": delay});
    assert_snapshot!(cloud.refusal("ModifyTargetGroupAttributes", input), @"InvalidConfigurationRequest: A target group with target type 'lambda' does not support the attribute deregistration_delay.timeout_seconds");
}

#[test]
fn a_group_that_is_used_stays() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let gone = json!({"TargetGroupArn": group});
    assert_snapshot!(cloud.refusal("DeleteTargetGroup", gone.clone()), @"ResourceInUse: Target group 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02' is currently in use by a listener or a rule");
    cloud.call("DeleteListener", json!({"ListenerArn": listener}));
    assert_eq!(cloud.call("DeleteTargetGroup", gone.clone()), json!({}));
    assert_eq!(cloud.call("DeleteTargetGroup", gone), json!({}));
    assert!(cloud.directory.target_groups.is_empty());
    cloud.check_restart();
}
