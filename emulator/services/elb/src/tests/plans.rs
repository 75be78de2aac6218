//! What whoever carries requests is told.

use insta::assert_debug_snapshot;
use serde_json::json;

use super::harness::Cloud;

#[test]
fn a_plan_is_all_that_is_needed_to_carry_requests() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    cloud.run("i-1", "a", false);
    let web = cloud.group("web", json!({}));
    let api = cloud.group("api", json!({"Protocol": "HTTPS", "Port": 8443}));
    let listener = cloud.listener(&balancer, &web);
    let sticky = json!([
        {"Key": "stickiness.enabled", "Value": "true"},
        {"Key": "slow_start.duration_seconds", "Value": "30"},
        {"Key": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "Value": "50"},
    ]);
    cloud.call("ModifyTargetGroupAttributes", json!({"TargetGroupArn": web, "Attributes": sticky}));
    let groups =
        json!([{"TargetGroupArn": web, "Weight": 3}, {"TargetGroupArn": api, "Weight": 0}]);
    cloud.call(
        "CreateRule",
        json!({
            "ListenerArn": listener, "Priority": 7,
            "Conditions": [
                {"Field": "host-header", "Values": ["api.example.com"]},
                {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}},
                {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "User-Agent", "Values": ["*curl*"]}},
            ],
            "Actions": [{"Type": "forward", "ForwardConfig": {
                "TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": true, "DurationSeconds": 60},
            }}],
        }),
    );
    cloud.register(&web, &["i-1"]);
    cloud.advance_s(5);
    let plan = (*cloud.plans[&balancer]).clone();
    assert_debug_snapshot!(plan, @r#"
    Plan {
        arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop/044c3cd7f43c661c",
        label: "app/shop/044c3cd7f43c661c",
        account: AccountId(
            "000000000000",
        ),
        region: Region(
            "us-east-1",
        ),
        dns_name: "shop-892374488.us-east-1.elb.amazonaws.com",
        zones: [
            "us-east-1a",
            "us-east-1b",
            "us-east-1c",
        ],
        security_groups: [
            "sg-web",
        ],
        attributes: Carrying {
            idle_timeout_s: 60,
            client_keep_alive_s: 3600,
            speaks_http2: true,
            drops_invalid_headers: false,
            preserves_host: false,
            forwarded_for: Append,
            forwards_client_port: false,
            forwards_tls: false,
            crosses_zones: true,
            access_logs: None,
        },
        listeners: [
            Listener {
                arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/shop/044c3cd7f43c661c/73d33b666a1e21da",
                port: 80,
                certificates: None,
                rules: [
                    Rule {
                        arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/shop/044c3cd7f43c661c/73d33b666a1e21da/77cbc4a133c2d0f6",
                        priority: "7",
                        conditions: [
                            HostHeader(
                                [
                                    "api.example.com",
                                ],
                            ),
                            QueryString(
                                [
                                    (
                                        Some(
                                            "v",
                                        ),
                                        "2",
                                    ),
                                ],
                            ),
                            HttpHeader {
                                name: "User-Agent",
                                values: [
                                    "*curl*",
                                ],
                            },
                        ],
                        action: Forward {
                            groups: [
                                (
                                    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02",
                                    3,
                                ),
                                (
                                    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/api/953aeb70673e29cb",
                                    0,
                                ),
                            ],
                            stickiness_s: Some(
                                60,
                            ),
                        },
                    },
                    Rule {
                        arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/shop/044c3cd7f43c661c/73d33b666a1e21da/3fdabe86cbbeaa11",
                        priority: "default",
                        conditions: [],
                        action: Forward {
                            groups: [
                                (
                                    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02",
                                    1,
                                ),
                            ],
                            stickiness_s: None,
                        },
                    },
                ],
                attributes: {},
            },
        ],
        target_groups: {
            "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/api/953aeb70673e29cb": TargetGroup {
                arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/api/953aeb70673e29cb",
                label: "targetgroup/api/953aeb70673e29cb",
                speaks_tls: true,
                version: Http1,
                algorithm: RoundRobin,
                stickiness: None,
                slow_start_s: 0,
                deregistration_delay_s: 300,
                crosses_zones: true,
                targets: [],
                has_multi_value_headers: false,
                minimum_healthy: MinimumHealthy {
                    count: 1,
                    percentage: None,
                },
            },
            "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02": TargetGroup {
                arn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/e6984080bab12a02",
                label: "targetgroup/web/e6984080bab12a02",
                speaks_tls: false,
                version: Http1,
                algorithm: RoundRobin,
                stickiness: Some(
                    Balancer {
                        duration_s: 86400,
                    },
                ),
                slow_start_s: 30,
                deregistration_delay_s: 300,
                crosses_zones: true,
                targets: [
                    Target {
                        id: "i-1",
                        port: 8080,
                        zone: Some(
                            "us-east-1a",
                        ),
                        address: Some(
                            10.0.0.10,
                        ),
                        standing: Healthy,
                        healthy_since: Some(
                            Timestamp(
                                1796040002000,
                            ),
                        ),
                    },
                ],
                has_multi_value_headers: false,
                minimum_healthy: MinimumHealthy {
                    count: 1,
                    percentage: Some(
                        50,
                    ),
                },
            },
        },
    }
    "#);
    // After a restart each is told once more, and is the same.
    cloud.restart();
    assert_eq!(*cloud.plans[&balancer], plan);
    // A tag is nothing that anybody carries.
    let before = cloud.configured;
    cloud
        .call("AddTags", json!({"ResourceArns": [balancer], "Tags": [{"Key": "a", "Value": "b"}]}));
    assert_eq!(cloud.configured, before);
}
