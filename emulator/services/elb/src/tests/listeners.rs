//! Listeners and rules: what becomes of which request, and what is refused.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;

fn fixed() -> Value {
    json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}])
}

#[test]
fn a_listener_says_all_that_its_actions_leave_out() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let told = cloud.call("DescribeListeners", json!({"ListenerArns": [listener]}));
    assert_json_snapshot!(told["Listeners"][0], @r#"
    {
      "ListenerArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/shop/044c3cd7f43c661c/953aeb70673e29cb",
      "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop/044c3cd7f43c661c",
      "Port": 80,
      "Protocol": "HTTP",
      "DefaultActions": [
        {
          "Type": "forward",
          "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02",
          "ForwardConfig": {
            "TargetGroups": [
              {
                "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02",
                "Weight": 1
              }
            ],
            "TargetGroupStickinessConfig": {
              "Enabled": false
            }
          }
        }
      ]
    }
    "#);
    let redirect = json!([{
        "Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
    }]);
    let changed =
        cloud.call("ModifyListener", json!({"ListenerArn": listener, "DefaultActions": redirect}));
    assert_json_snapshot!(changed["Listeners"][0]["DefaultActions"], @r##"
    [
      {
        "Type": "redirect",
        "RedirectConfig": {
          "Protocol": "HTTPS",
          "Port": "443",
          "Host": "#{host}",
          "Path": "/#{path}",
          "Query": "#{query}",
          "StatusCode": "HTTP_301"
        }
      }
    ]
    "##);
    cloud.check_restart();
}

#[test]
fn a_listener_is_refused_for_what_it_cannot_do() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let tcp = cloud.group("tcp", json!({"Protocol": "TCP"}));
    let http2 = cloud.group("http2", json!({"ProtocolVersion": "HTTP2"}));
    let elsewhere = cloud.group("elsewhere", json!({"VpcId": "vpc-2"}));
    cloud.listener(&balancer, &group);
    let certificate = |region: &str| json!({"CertificateArn": format!("arn:aws:acm:{region}:000000000000:certificate/one")});
    let forward = |arn: &str| json!([{"Type": "forward", "TargetGroupArn": arn}]);
    let redirect = |config: Value| json!([{"Type": "redirect", "RedirectConfig": config}]);
    let many: Vec<Value> = (0..6).map(|_| json!({"TargetGroupArn": group})).collect();
    let sticky = json!({"TargetGroups": [{"TargetGroupArn": group}], "TargetGroupStickinessConfig": {"Enabled": true}});
    let heavy = json!({"TargetGroups": [{"TargetGroupArn": group, "Weight": 1000}]});
    let unweighted = json!({"TargetGroups": [{"TargetGroupArn": group}, {"TargetGroupArn": http2, "Weight": 1}]});
    let long = json!({
        "TargetGroups": [{"TargetGroupArn": group}],
        "TargetGroupStickinessConfig": {"Enabled": true, "DurationSeconds": 604_801},
    });
    let ordered = |order: u32| {
        let mut action = fixed()[0].clone();
        action["Order"] = json!(order);
        action
    };
    let cases = [
        json!({"Port": null}),
        json!({"Protocol": null}),
        json!({"Protocol": "TCP"}),
        json!({"Port": 80}),
        json!({"Protocol": "HTTPS"}),
        json!({"Protocol": "HTTPS", "Certificates": [{"CertificateArn": "lalala"}]}),
        json!({"Protocol": "HTTPS", "Certificates": [certificate("us-west-2")]}),
        json!({"Protocol": "HTTPS", "Certificates": [certificate("us-east-1"), certificate("us-east-1")]}),
        json!({"Protocol": "HTTPS", "Certificates": [certificate("us-east-1")], "SslPolicy": ""}),
        json!({"SslPolicy": "ELBSecurityPolicy-2016-08"}),
        json!({"LoadBalancerArn": format!("{balancer}x")}),
        json!({"DefaultActions": []}),
        json!({"DefaultActions": [{"Type": "authenticate-oidc"}]}),
        json!({"DefaultActions": forward(&format!("{group}x"))}),
        json!({"DefaultActions": forward("unknown")}),
        json!({"DefaultActions": [{"Type": "forward"}]}),
        json!({"DefaultActions": forward(&tcp)}),
        json!({"DefaultActions": forward(&http2)}),
        json!({"DefaultActions": forward(&elsewhere)}),
        json!({"DefaultActions": [{"Type": "redirect"}]}),
        json!({"DefaultActions": [{"Type": "fixed-response"}]}),
        json!({"DefaultActions": redirect(json!({"StatusCode": "HTTP_301"}))}),
        json!({"DefaultActions": redirect(json!({"StatusCode": "HTTP_301", "Port": "0"}))}),
        json!({"DefaultActions": redirect(json!({"StatusCode": "HTTP_301", "Protocol": "HTTP"})),
               "Protocol": "HTTPS", "Certificates": [certificate("us-east-1")]}),
        json!({"DefaultActions": redirect(json!({"StatusCode": "HTTP_301", "Path": "a"}))}),
        json!({"DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": many}}]}),
        json!({"DefaultActions": [{"Type": "forward", "ForwardConfig": sticky}]}),
        json!({"DefaultActions": [{"Type": "forward", "ForwardConfig": heavy}]}),
        json!({"DefaultActions": [{"Type": "forward", "ForwardConfig": unweighted}]}),
        json!({"DefaultActions": [{"Type": "forward", "TargetGroupArn": tcp, "ForwardConfig": long}]}),
        json!({"DefaultActions": [{"Type": "forward", "ForwardConfig": long}]}),
        json!({"DefaultActions": [fixed()[0], fixed()[0]]}),
        json!({"DefaultActions": [ordered(1), ordered(2)]}),
        json!({"Protocol": "HTTPS", "Certificates": [{"CertificateArn": "arn:aws:s3:::mine"}]}),
        json!({"MutualAuthentication": {"Mode": "verify"}}),
        json!({"AlpnPolicy": ["None"]}),
    ];
    let told = cases.map(|case| {
        let mut input = json!({
            "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 81, "DefaultActions": fixed(),
        });
        input.as_object_mut().unwrap().extend(case.as_object().unwrap().clone());
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        cloud.refusal("CreateListener", input)
    });
    assert_snapshot!(told.join("\n").replace(&balancer, "BALANCER").replace(&group, "GROUP"), @"
    ValidationError: A listener port must be specified
    ValidationError: A listener protocol must be specified
    ValidationError: Listener protocol 'TCP' must be one of 'HTTP, HTTPS'
    DuplicateListener: A listener already exists on this port for this load balancer 'BALANCER'
    ValidationError: A certificate must be specified for HTTPS listeners
    ValidationError: Certificate ARN 'lalala' is not valid
    ValidationError: Certificate ARN 'arn:aws:acm:us-west-2:000000000000:certificate/one' is not valid
    TooManyCertificates: Up to '1' certificate ARNs can be specified, but '2' were specified
    ValidationError: An SSL policy must be specified for HTTPS listeners
    ValidationError: An SSL policy cannot be specifed for HTTP listeners
    LoadBalancerNotFound: Load balancer 'BALANCERx' not found
    ValidationError: An action must be specified
    NotImplemented: The action type 'authenticate-oidc' is not implemented by Cloudless.
    TargetGroupNotFound: Target groups 'GROUPx' not found
    ValidationError: 'unknown' is not a valid target group ARN
    ValidationError: A target group ARN must be specified
    IncompatibleProtocols: The listener and the following target groups have incompatible protocols: arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/tcp/953aeb70673e29cb
    InvalidLoadBalancerAction: Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'HTTP2'
    InvalidConfigurationRequest: The following target groups are in a different VPC than load balancer 'BALANCER': arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/elsewhere/3fdabe86cbbeaa11
    InvalidLoadBalancerAction: For actions of type 'redirect', you must specify the following fields: 'RedirectConfig'
    InvalidLoadBalancerAction: For actions of type 'fixed-response', you must specify the following fields: 'FixedResponseConfig'
    InvalidLoadBalancerAction: The redirect configuration is not valid because it creates a loop.
    InvalidLoadBalancerAction: The Port parameter must be either an integer between 1 and 65535 or '#{port}'.
    InvalidLoadBalancerAction: You cannot redirect HTTPS to HTTP.
    InvalidLoadBalancerAction: The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.
    TooManyTargetGroups: You cannot specify more than 5 target groups per action
    ValidationError: You must provide a duration when enabling target group stickiness
    ValidationError: The weight for the target group must be between 1 and 999, inclusive
    ValidationError: The weight for each target group must be between 0 and 999, inclusive
    ValidationError: You can specify both a target group list and a top-level target group ARN only if the ARNs match
    ValidationError: Target group stickiness duration must be between 1 and 604800 seconds
    ValidationError: When you specify multiple actions, you must specify an order for each action
    TooManyActions: Action types 'fixed-response,fixed-response' cannot be specified together
    CertificateNotFound: Certificate 'arn:aws:s3:::mine' not found
    NotImplemented: Mutual authentication in mode 'verify' is not implemented by Cloudless.
    NotImplemented: The parameter AlpnPolicy of CreateListener is not implemented by Cloudless.
    ");
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>: load balancers of a target
/// group, 1.
#[test]
fn a_target_group_is_of_one_load_balancer() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    cloud.listener(&balancer, &group);
    let other = json!({"Name": "other", "Subnets": ["subnet-a", "subnet-b"]});
    let other =
        cloud.call("CreateLoadBalancer", other)["LoadBalancers"][0]["LoadBalancerArn"].clone();
    let forward = json!([{"Type": "forward", "TargetGroupArn": group}]);
    let made = |actions: Value| json!({"LoadBalancerArn": other, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions});
    let told = [cloud.refusal("CreateListener", made(forward.clone()))];
    let listener =
        cloud.call("CreateListener", made(fixed()))["Listeners"][0]["ListenerArn"].clone();
    let rule = json!({
        "ListenerArn": listener, "Priority": 1, "Actions": forward,
        "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
    });
    let told = [told[0].clone(), cloud.refusal("CreateRule", rule)];
    assert_snapshot!(told.join("\n").replace(&group, "GROUP"), @"
    TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: GROUP
    TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: GROUP
    ");
}

#[test]
fn https_has_a_certificate_and_may_have_more() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let certificate = |name: &str| json!([{"CertificateArn": format!("arn:aws:acm:us-east-1:000000000000:certificate/{name}")}]);
    let made = cloud.call(
        "CreateListener",
        json!({
            "LoadBalancerArn": balancer, "Protocol": "HTTPS", "Port": 443,
            "Certificates": certificate("one"), "DefaultActions": fixed(),
        }),
    );
    let listener = made["Listeners"][0]["ListenerArn"].clone();
    assert_json_snapshot!(made["Listeners"][0], {".ListenerArn" => "", ".LoadBalancerArn" => ""}, @r#"
    {
      "ListenerArn": "",
      "LoadBalancerArn": "",
      "Port": 443,
      "Protocol": "HTTPS",
      "Certificates": [
        {
          "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/one"
        }
      ],
      "SslPolicy": "ELBSecurityPolicy-2016-08",
      "DefaultActions": [
        {
          "Type": "fixed-response",
          "FixedResponseConfig": {
            "StatusCode": "200"
          }
        }
      ],
      "MutualAuthentication": {
        "Mode": "off"
      }
    }
    "#);
    let of = |name: &str| json!({"ListenerArn": listener, "Certificates": certificate(name)});
    assert_json_snapshot!(cloud.call("AddListenerCertificates", of("two")), @r#"
    {
      "Certificates": [
        {
          "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/two",
          "IsDefault": false
        }
      ]
    }
    "#);
    let told = cloud.call("DescribeListenerCertificates", json!({"ListenerArn": listener}));
    assert_json_snapshot!(told, @r#"
    {
      "Certificates": [
        {
          "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/one",
          "IsDefault": true
        },
        {
          "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/two",
          "IsDefault": false
        }
      ]
    }
    "#);
    assert_snapshot!(cloud.refusal("RemoveListenerCertificates", of("one")), @"OperationNotPermitted: The default certificate of a listener cannot be removed");
    cloud.call("RemoveListenerCertificates", of("two"));
    for at in 0..25 {
        cloud.call("AddListenerCertificates", of(&format!("c{at}")));
    }
    assert_snapshot!(cloud.refusal("AddListenerCertificates", of("c25")).replace(&balancer, "BALANCER"), @"TooManyCertificates: The maximum number of certificates on load balancer 'BALANCER' has been reached: '25'");
    assert_eq!(cloud.plans[&balancer].listeners[0].certificates.as_ref().map(Vec::len), Some(26));
    let set = json!([{"Key": "routing.http.response.server.enabled", "Value": "false"}]);
    let input = json!({"ListenerArn": listener, "Attributes": set});
    cloud.call("ModifyListenerAttributes", input);
    assert_eq!(cloud.plans[&balancer].listeners[0].attributes.len(), 1);
    cloud.check_restart();
}

#[test]
fn rules_are_tried_by_their_numbers_and_may_change_places() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let rule = |priority: u32, path: &str| {
        json!({
            "ListenerArn": listener, "Priority": priority, "Actions": fixed(),
            "Conditions": [{"Field": "path-pattern", "Values": [path]}],
        })
    };
    let mut arns = Vec::new();
    for (priority, path) in [(10, "/a"), (5, "/b"), (20, "/c")] {
        let made = cloud.call("CreateRule", rule(priority, path));
        arns.push(made["Rules"][0]["RuleArn"].clone());
    }
    let order = |cloud: &mut Cloud| {
        let told = cloud.call("DescribeRules", json!({"ListenerArn": listener}));
        let rules = told["Rules"].as_array().unwrap().iter();
        let line = |it: &Value| format!("{} {}", it["Priority"], it["Conditions"]);
        rules.map(line).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(order(&mut cloud), @r#"
    "5" [{"Field":"path-pattern","Values":["/b"],"PathPatternConfig":{"Values":["/b"]}}]
    "10" [{"Field":"path-pattern","Values":["/a"],"PathPatternConfig":{"Values":["/a"]}}]
    "20" [{"Field":"path-pattern","Values":["/c"],"PathPatternConfig":{"Values":["/c"]}}]
    "default" []
    "#);
    assert_snapshot!(cloud.refusal("CreateRule", rule(5, "/d")), @"PriorityInUse: Priority '5' is currently in use");
    let set = |pairs: &[(usize, u32)]| {
        let pairs: Vec<Value> = pairs
            .iter()
            .map(|(at, priority)| json!({"RuleArn": arns[*at], "Priority": priority}))
            .collect();
        json!({"RulePriorities": pairs})
    };
    let told = [
        cloud.refusal("SetRulePriorities", set(&[(0, 5)])),
        cloud.refusal("SetRulePriorities", set(&[(0, 7), (1, 7)])),
    ];
    assert_snapshot!(told.join("\n"), @"
    PriorityInUse: Priority '5' is currently in use
    ValidationError: Priority '7' was provided multiple times
    ");
    cloud.call("SetRulePriorities", set(&[(0, 5), (1, 10)]));
    assert_snapshot!(order(&mut cloud), @r#"
    "5" [{"Field":"path-pattern","Values":["/a"],"PathPatternConfig":{"Values":["/a"]}}]
    "10" [{"Field":"path-pattern","Values":["/b"],"PathPatternConfig":{"Values":["/b"]}}]
    "20" [{"Field":"path-pattern","Values":["/c"],"PathPatternConfig":{"Values":["/c"]}}]
    "default" []
    "#);
    let priorities: Vec<String> =
        cloud.plans[&balancer].listeners[0].rules.iter().map(|it| it.priority.clone()).collect();
    assert_eq!(priorities, ["5", "10", "20", "default"]);
    let rules = cloud.call("DescribeRules", json!({"ListenerArn": listener}));
    let default = rules["Rules"][3]["RuleArn"].clone();
    let told = [
        cloud.refusal("DeleteRule", json!({"RuleArn": default})),
        cloud.refusal("ModifyRule", json!({"RuleArn": default, "Actions": fixed()})),
        cloud.refusal("ModifyRule", json!({"RuleArn": arns[0]})),
        cloud.refusal("DescribeRules", json!({})),
        cloud.refusal("DescribeRules", json!({"ListenerArn": listener, "RuleArns": [default]})),
        cloud.refusal("DeleteRule", json!({"RuleArn": "x"})),
    ];
    let default = default.as_str().unwrap();
    assert_snapshot!(told.join("\n").replace(default, "DEFAULT"), @"
    OperationNotPermitted: Default rule 'DEFAULT' cannot be deleted
    OperationNotPermitted: Default rule 'DEFAULT' cannot be modified
    ValidationError: Either conditions or actions must be specified
    ValidationError: You must specify either listener rule ARNs or a listener ARN
    ValidationError: Listener rule ARNs and a listener ARN cannot be specified at the same time
    ValidationError: 'x' is not a valid listener rule ARN
    ");
    cloud.call("DeleteRule", json!({"RuleArn": arns[2]}));
    cloud.check_restart();
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html#rule-condition-types>: five values a rule,
/// 128 characters a value, 40 of a header's name and a method.
#[test]
fn a_rule_is_refused_for_its_conditions() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let path =
        |values: &[&str]| json!({"Field": "path-pattern", "PathPatternConfig": {"Values": values}});
    let header = |name: &str, value: &str| json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}});
    let method = |value: &str| json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": [value]}});
    let source = |value: &str| json!({"Field": "source-ip", "SourceIpConfig": {"Values": [value]}});
    let long = "x".repeat(129);
    let cases = [
        json!([]),
        json!([{"Field": "path"}]),
        json!([{"Field": "path-pattern", "Values": ["/a", "/b"]}]),
        json!([{"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/b"]}}]),
        json!([{"Field": "path-pattern"}]),
        json!([{"Field": "source-ip", "Values": ["10.0.0.0/8"]}]),
        json!([path(&["/1", "/2", "/3", "/4", "/5", "/6"])]),
        json!([path(&["/*", "/*/*", "/?/?/*"])]),
        json!([path(&[&long])]),
        json!([path(&["/a"]), path(&["/b"])]),
        json!([header(&"x".repeat(41), "y")]),
        json!([header("Host", "y")]),
        json!([method("get")]),
        json!([method(&"X".repeat(41))]),
        json!([source("10.0.0.0")]),
        json!([source("10.0.0.0/33")]),
        json!([{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a"}]}}]),
        json!([{"Field": "host-header", "Values": ["a b"]}]),
        json!([{"Field": "path-pattern", "RegexValues": ["^/a$"]}]),
    ];
    let told = cases.map(|conditions| {
        let input = json!({
            "ListenerArn": listener, "Priority": 1, "Actions": fixed(), "Conditions": conditions,
        });
        cloud.refusal("CreateRule", input)
    });
    assert_snapshot!(told.join("\n"), @"
    ValidationError: A condition must be specified
    ValidationError: Condition field 'path' must be one of 'http-header,http-request-method,host-header,query-string,path-pattern,source-ip'
    ValidationError: The 'path-pattern' field contains too many values; the limit is '1'
    ValidationError: You cannot provide both Values and 'PathPatternConfig' for a condition of type 'path-pattern'
    ValidationError: A condition value must be specified
    ValidationError: The 'Values' field is not compatible with 'source-ip'
    ValidationError: A rule can only have '5' condition values and regex values
    ValidationError: A rule can only have '5' condition wildcards
    ValidationError: The 'path-pattern' value is too long; the limit is '128'
    ValidationError: A rule can only have one 'path-pattern' condition
    ValidationError: The 'HttpHeaderName' value is too long; the limit is '40'
    ValidationError: You cannot specify 'host' as an HTTP header name
    ValidationError: The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore
    ValidationError: The 'http-request-method' value is too long; the limit is '40'
    ValidationError: The specified value '10.0.0.0' is not a valid CIDR block
    ValidationError: The specified value '10.0.0.0/33' is not a valid CIDR block
    ValidationError: A 'Value' must be specified in 'QueryStringKeyValuePair'
    ValidationError: Condition value 'a b' contains a character that is not valid
    NotImplemented: The parameter RegexValues of CreateRule is not implemented by Cloudless.
    ");
}

#[test]
fn a_load_balancer_has_a_hundred_rules() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let listener = cloud.listener(&balancer, &group);
    let rule = |priority: u32| {
        json!({
            "ListenerArn": listener, "Priority": priority, "Actions": fixed(),
            "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
        })
    };
    for priority in 1..=100 {
        cloud.call("CreateRule", rule(priority));
    }
    assert_snapshot!(cloud.refusal("CreateRule", rule(101)).replace(&balancer, "BALANCER"), @"TooManyRules: The maximum number of rules on load balancer BALANCER has been reached: '100'");
}
