//! Load balancers: where they are, what they are called, and what they are refused for.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;

fn asked(more: Value) -> Value {
    let mut input = json!({"Name": "shop", "Subnets": ["subnet-a", "subnet-b"]});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[test]
fn a_load_balancer_is_provisioning_in_the_answer_and_active_from_then_on() {
    let mut cloud = Cloud::new();
    let made = cloud.call("CreateLoadBalancer", asked(json!({"Scheme": "internal"})));
    assert_json_snapshot!(made["LoadBalancers"][0], @r#"
    {
      "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop/044c3cd7f43c661c",
      "DNSName": "internal-shop-892374488.us-east-1.elb.amazonaws.com",
      "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
      "CreatedTime": 1796040000.0,
      "LoadBalancerName": "shop",
      "Scheme": "internal",
      "VpcId": "vpc-1",
      "State": {
        "Code": "provisioning"
      },
      "Type": "application",
      "AvailabilityZones": [
        {
          "ZoneName": "us-east-1a",
          "SubnetId": "subnet-a",
          "LoadBalancerAddresses": []
        },
        {
          "ZoneName": "us-east-1b",
          "SubnetId": "subnet-b",
          "LoadBalancerAddresses": []
        }
      ],
      "SecurityGroups": [
        "sg-default"
      ],
      "IpAddressType": "ipv4"
    }
    "#);
    let told = cloud.call("DescribeLoadBalancers", json!({"Names": ["shop"]}));
    assert_eq!(told["LoadBalancers"][0]["State"], json!({"Code": "active"}));
    // Once more the same is the same; another is refused.
    let again = cloud.call("CreateLoadBalancer", asked(json!({"Scheme": "internal"})));
    assert_eq!(again["LoadBalancers"], told["LoadBalancers"]);
    assert_snapshot!(cloud.refusal("CreateLoadBalancer", asked(json!({}))), @"DuplicateLoadBalancerName: A load balancer with the same name 'shop' exists, but with different settings");
    cloud.check_restart();
}

#[test]
fn a_load_balancer_is_refused_for_its_name_and_its_places() {
    let mut cloud = Cloud::new();
    let mut twin = cloud.directory.subnets["subnet-a"].clone();
    cloud.directory.subnets.insert("subnet-a2".into(), twin.clone());
    twin.zone = "us-east-1d".into();
    twin.vpc = "vpc-2".into();
    cloud.directory.subnets.insert("subnet-d".into(), twin);
    let cases = [
        json!({"Name": "a".repeat(33)}),
        json!({"Name": "a_b"}),
        json!({"Name": "-a"}),
        json!({"Name": "internal-a"}),
        json!({"Subnets": []}),
        json!({"Subnets": ["subnet-a"]}),
        json!({"Subnets": ["subnet-a", "subnet-none"]}),
        json!({"Subnets": ["subnet-a", "subnet-a2"]}),
        json!({"Subnets": ["subnet-a", "subnet-d"]}),
        json!({"SubnetMappings": [{"SubnetId": "subnet-a"}]}),
        json!({"SecurityGroups": ["sg-none"]}),
        json!({"Type": "network"}),
        json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
        json!({"CustomerOwnedIpv4Pool": "ipv4pool-coip-1"}),
    ];
    let told = cases.map(|case| cloud.refusal("CreateLoadBalancer", asked(case)));
    assert_snapshot!(told.join("\n"), @"
    ValidationError: The load balancer name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' cannot be longer than '32' characters
    ValidationError: The load balancer name 'a_b' can only contain characters that are alphanumeric characters and hyphens(-)
    ValidationError: The load balancer name '-a' cannot begin or end with a hyphen(-)
    ValidationError: The load balancer name 'internal-a' cannot begin with 'internal-'
    ValidationError: At least two subnets in two different Availability Zones must be specified
    ValidationError: At least two subnets in two different Availability Zones must be specified
    SubnetNotFound: The subnet ID 'subnet-none' does not exist
    InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone
    InvalidConfigurationRequest: All subnets must belong to the same VPC
    ValidationError: You can specify either subnets or subnet mappings, but not both
    InvalidSecurityGroup: One or more security groups are invalid
    NotImplemented: Load balancers of the type 'network' are not implemented by Cloudless.
    DuplicateTagKeys: Tag key was specified more than once: a
    NotImplemented: The parameter CustomerOwnedIpv4Pool of CreateLoadBalancer is not implemented by Cloudless.
    ");
}

/// ALB application-load-balancers: idle after 60 s, which may be 1 to 4000.
#[test]
fn attributes_have_defaults_and_limits() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let told = cloud.call("DescribeLoadBalancerAttributes", json!({"LoadBalancerArn": balancer}));
    let listed = told["Attributes"].as_array().unwrap().iter();
    let listed = listed
        .map(|it| format!("{}={}", it["Key"].as_str().unwrap(), it["Value"].as_str().unwrap()));
    assert_snapshot!(listed.collect::<Vec<_>>().join("\n"), @"
    access_logs.s3.enabled=false
    access_logs.s3.bucket=
    access_logs.s3.prefix=
    health_check_logs.s3.enabled=false
    health_check_logs.s3.bucket=
    health_check_logs.s3.prefix=
    idle_timeout.timeout_seconds=60
    deletion_protection.enabled=false
    routing.http2.enabled=true
    routing.http.drop_invalid_header_fields.enabled=false
    routing.http.xff_client_port.enabled=false
    routing.http.preserve_host_header.enabled=false
    routing.http.xff_header_processing.mode=append
    load_balancing.cross_zone.enabled=true
    routing.http.desync_mitigation_mode=defensive
    client_keep_alive.seconds=3600
    waf.fail_open.enabled=false
    routing.http.x_amzn_tls_version_and_cipher_suite.enabled=false
    connection_logs.s3.enabled=false
    connection_logs.s3.bucket=
    connection_logs.s3.prefix=
    zonal_shift.config.enabled=false
    ipv6.deny_all_igw_traffic=false
    ");
    let cases = [
        ("idle_timeout.timeout_seconds", "0"),
        ("idle_timeout.timeout_seconds", "4001"),
        ("client_keep_alive.seconds", "59"),
        ("routing.http2.enabled", "yes"),
        ("routing.http.xff_header_processing.mode", "keep"),
        ("load_balancing.cross_zone.enabled", "false"),
        ("access_logs.s3.enabled", "true"),
        ("secondary_ips.auto_assigned.per_subnet", "1"),
    ];
    let told = cases.map(|(key, value)| {
        let attributes = json!([{"Key": key, "Value": value}]);
        let input = json!({"LoadBalancerArn": balancer, "Attributes": attributes});
        cloud.refusal("ModifyLoadBalancerAttributes", input)
    });
    assert_snapshot!(told.join("\n"), @"
    ValidationError: The value of 'idle_timeout.timeout_seconds' cannot be less than 1 characters
    ValidationError: The value of 'idle_timeout.timeout_seconds' cannot be greater than 4000 characters
    ValidationError: The value of 'client_keep_alive.seconds' must be an integer between 60 and 604800
    ValidationError: The value of 'routing.http2.enabled' must be 'true' or 'false', but was 'yes'
    ValidationError: 'routing.http.xff_header_processing.mode' must be set as 'preserve', 'append', or 'remove'
    ValidationError: The value for 'load_balancing.cross_zone.enabled' must always be 'true' for an Application Load Balancer
    ValidationError: The key 'access_logs.s3.bucket' must set in order to enable access logs
    ValidationError: Load balancer attribute key 'secondary_ips.auto_assigned.per_subnet' is not recognized
    ");
}

#[test]
fn a_protected_load_balancer_stays_and_one_that_goes_takes_its_listeners_along() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let protect = |value: &str| {
        json!({
            "LoadBalancerArn": balancer,
            "Attributes": [{"Key": "deletion_protection.enabled", "Value": value}],
        })
    };
    cloud.call("ModifyLoadBalancerAttributes", protect("true"));
    let gone = json!({"LoadBalancerArn": balancer});
    assert_snapshot!(cloud.refusal("DeleteLoadBalancer", gone.clone()), @"OperationNotPermitted: Load balancer 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop/044c3cd7f43c661c' cannot be deleted because deletion protection is enabled");
    cloud.call("ModifyLoadBalancerAttributes", protect("false"));
    assert_eq!(cloud.call("DeleteLoadBalancer", gone.clone()), json!({}));
    // What is gone can be deleted once more.
    assert_eq!(cloud.call("DeleteLoadBalancer", gone.clone()), json!({}));
    assert_snapshot!(cloud.refusal("DescribeListeners", json!({"ListenerArns": [listener]})), @"ListenerNotFound: One or more listeners not found");
    assert_snapshot!(cloud.refusal("DescribeLoadBalancers", json!({"LoadBalancerArns": [balancer]})), @"LoadBalancerNotFound: One or more load balancers not found");
    let groups = cloud.call("DescribeTargetGroups", json!({}));
    assert_eq!(groups["TargetGroups"][0]["LoadBalancerArns"], json!([]));
    assert!(cloud.plans.is_empty());
    assert_eq!(cloud.store.len(), 1);
    cloud.check_restart();
}

#[test]
fn subnets_security_groups_and_addresses_can_be_set() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let arn = || json!({"LoadBalancerArn": balancer});
    let with = |name: &str, value: Value| {
        let mut input = arn();
        input[name] = value;
        input
    };
    let told = [
        cloud.call("SetSubnets", with("Subnets", json!(["subnet-b", "subnet-c"]))),
        cloud.call("SetSubnets", with("Subnets", json!(["subnet-c"]))),
        cloud.call("SetSecurityGroups", with("SecurityGroups", json!(["sg-web", "sg-default"]))),
        cloud.call("SetSecurityGroups", with("SecurityGroups", json!(["sg-none"]))),
        cloud.call("SetSecurityGroups", with("SecurityGroups", json!([]))),
        cloud.call("SetIpAddressType", with("IpAddressType", json!("dualstack"))),
        cloud.call("SetIpAddressType", json!({"LoadBalancerArn": "x", "IpAddressType": "ipv4"})),
    ];
    assert_snapshot!(told.map(|it| it.to_string()).join("\n"), @r#"
    {"AvailabilityZones":[{"ZoneName":"us-east-1b","SubnetId":"subnet-b","LoadBalancerAddresses":[]},{"ZoneName":"us-east-1c","SubnetId":"subnet-c","LoadBalancerAddresses":[]}],"IpAddressType":"ipv4"}
    {"Error":"ValidationError: At least two subnets in two different Availability Zones must be specified"}
    {"SecurityGroupIds":["sg-web","sg-default"]}
    {"Error":"InvalidSecurityGroup: One or more security groups are invalid"}
    {"Error":"ValidationError: At least one security group must be specified"}
    {"IpAddressType":"dualstack"}
    {"Error":"ValidationError: 'x' is not a valid load balancer ARN"}
    "#);
    let plan = &cloud.plans[&balancer];
    assert_eq!(plan.zones, ["us-east-1b", "us-east-1c"]);
    assert_eq!(plan.security_groups, ["sg-web", "sg-default"]);
}

#[test]
fn everything_has_tags_and_pages_go_on_where_the_last_ended() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({"Tags": [{"Key": "stage", "Value": "prod"}]}));
    let listener = cloud.listener(&balancer, &group);
    let rules = cloud.call("DescribeRules", json!({"ListenerArn": listener}));
    let rule = rules["Rules"][0]["RuleArn"].as_str().unwrap().to_owned();
    let all = json!([balancer, group, listener, rule]);
    let tag = json!({"ResourceArns": all, "Tags": [{"Key": "team", "Value": "shop"}]});
    assert_eq!(cloud.call("AddTags", tag), json!({}));
    cloud.call("RemoveTags", json!({"ResourceArns": [group], "TagKeys": ["stage"]}));
    let told = cloud.call("DescribeTags", json!({"ResourceArns": all}));
    let tags: Vec<&Value> =
        told["TagDescriptions"].as_array().unwrap().iter().map(|it| &it["Tags"]).collect();
    assert_eq!(tags, [&json!([{"Key": "team", "Value": "shop"}]); 4]);
    let refused = [
        cloud.refusal("DescribeTags", json!({"ResourceArns": [format!("{group}x")]})),
        cloud.refusal("DescribeTags", json!({"ResourceArns": ["x"]})),
        cloud.refusal(
            "AddTags",
            json!({"ResourceArns": [group], "Tags": [{"Key": "aws:a", "Value": ""}]}),
        ),
    ];
    assert_snapshot!(refused.join("\n"), @"
    TargetGroupNotFound: One or more target groups not found
    ValidationError: 'x' must be in ARN format
    ValidationError: Tag key 'aws:a' cannot start with 'aws:'
    ");
    for name in ["b", "c"] {
        cloud.group(name, json!({}));
    }
    let first = cloud.call("DescribeTargetGroups", json!({"PageSize": 2}));
    let second =
        cloud.call("DescribeTargetGroups", json!({"PageSize": 2, "Marker": first["NextMarker"]}));
    let names = [first, second].map(|page| {
        let groups = page["TargetGroups"].as_array().unwrap().iter();
        groups.map(|it| it["TargetGroupName"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    });
    assert_eq!(names, ["b c", "web"]);
    assert_snapshot!(cloud.refusal("DescribeTargetGroups", json!({"Marker": "x"})), @"ValidationError: The specified marker is invalid");
}

#[test]
fn an_account_has_limits_and_policies_have_ciphers() {
    let mut cloud = Cloud::new();
    let limits = cloud.call("DescribeAccountLimits", json!({"PageSize": 3}));
    assert_snapshot!(limits["Limits"], @r#"[{"Name":"target-groups","Max":"3000"},{"Name":"targets-per-application-load-balancer","Max":"1000"},{"Name":"listeners-per-application-load-balancer","Max":"50"}]"#);
    let names = json!(["ELBSecurityPolicy-FS-1-2-Res-2020-10", "ELBSecurityPolicy-2016-08"]);
    let policies = cloud.call("DescribeSSLPolicies", json!({"Names": names}));
    let told = policies["SslPolicies"].as_array().unwrap().iter().map(|it| {
        let ciphers = it["Ciphers"].as_array().unwrap();
        format!(
            "{} {} {} ciphers, last {}",
            it["Name"],
            it["SslProtocols"],
            ciphers.len(),
            ciphers[ciphers.len() - 1]
        )
    });
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    "ELBSecurityPolicy-2016-08" ["TLSv1","TLSv1.1","TLSv1.2"] 18 ciphers, last {"Name":"AES256-SHA","Priority":18}
    "ELBSecurityPolicy-FS-1-2-Res-2020-10" ["TLSv1.2"] 4 ciphers, last {"Name":"ECDHE-RSA-AES256-GCM-SHA384","Priority":4}
    "#);
    assert_snapshot!(cloud.refusal("DescribeSSLPolicies", json!({"Names": ["mine"]})), @"SSLPolicyNotFound: SSL Policy 'mine' not found");
}
