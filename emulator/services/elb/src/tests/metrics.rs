//! What CloudWatch is told, and what is in access logs.

use std::io::Read as _;

use flate2::read::GzDecoder;
use insta::assert_snapshot;
use serde_json::json;

use super::harness::Cloud;
use crate::Announcement;
use crate::plane::{Probed, Report, Served, ServedTargets, ServedZone};

fn served(balancer: &str, group: &str) -> Served {
    let zone = ServedZone {
        requests: 30,
        new_connections: 6,
        processed_bytes: 90_000,
        own_statuses: [(301, 2), (503, 1)].into(),
        fixed_responses: 3,
        rule_evaluations: 60,
        ..ServedZone::default()
    };
    let targets = ServedTargets {
        requests: 24,
        statuses: [20, 0, 3, 1],
        response_times_s: vec![(0.01, 20), (0.5, 4)],
        connection_errors: 1,
    };
    Served {
        load_balancer: balancer.into(),
        zones: [("us-east-1a".into(), zone)].into(),
        targets: [((group.into(), "us-east-1a".into()), targets)].into(),
        active_connections: 8,
        log: Vec::new(),
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>: what is zero is not told
/// where AWS does not; hosts and requests a target are told each minute.
#[test]
fn what_was_carried_is_told_by_aws_s_names_and_dimensions() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    cloud.listener(&balancer, &group);
    for (id, zone) in [("i-1", "a"), ("i-2", "a"), ("i-3", "b")] {
        cloud.run(id, zone, false);
    }
    cloud.register(&group, &["i-1", "i-2", "i-3"]);
    cloud.hear(Report::Answers { instance: "i-3".into(), outcome: Some(Probed::Failed) });
    cloud.advance_s(60);
    cloud.hear(Report::Served(Box::new(served(&balancer, &group))));
    cloud.hear(Report::Served(Box::new(served(&balancer, &group))));
    assert_snapshot!(cloud.told(), @"
    RequestCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 60 of 1 Count
    ProcessedBytes [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 180000 of 1 Bytes
    NewConnectionCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 12 of 1 Count
    HTTPCode_ELB_3XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 4 of 1 Count
    HTTPCode_ELB_5XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 2 of 1 Count
    HTTPCode_ELB_503_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 2 of 1 Count
    HTTP_Redirect_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 4 of 1 Count
    HTTP_Fixed_Response_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 6 of 1 Count
    RequestCount [LoadBalancer=app/shop] 60 of 1 Count
    ProcessedBytes [LoadBalancer=app/shop] 180000 of 1 Bytes
    NewConnectionCount [LoadBalancer=app/shop] 12 of 1 Count
    HTTPCode_ELB_3XX_Count [LoadBalancer=app/shop] 4 of 1 Count
    HTTPCode_ELB_5XX_Count [LoadBalancer=app/shop] 2 of 1 Count
    HTTPCode_ELB_503_Count [LoadBalancer=app/shop] 2 of 1 Count
    HTTP_Redirect_Count [LoadBalancer=app/shop] 4 of 1 Count
    HTTP_Fixed_Response_Count [LoadBalancer=app/shop] 6 of 1 Count
    RuleEvaluations [LoadBalancer=app/shop] 120 of 1 Count
    ActiveConnectionCount [LoadBalancer=app/shop] 8 of 1 Count
    ConsumedLCUs [LoadBalancer=app/shop] 0.0108 of 1 Count
    HTTPCode_Target_2XX_Count [LoadBalancer=app/shop] 40 of 1 Count
    HTTPCode_Target_4XX_Count [LoadBalancer=app/shop] 6 of 1 Count
    HTTPCode_Target_5XX_Count [LoadBalancer=app/shop] 2 of 1 Count
    TargetConnectionErrorCount [LoadBalancer=app/shop] 2 of 1 Count
    TargetResponseTime [LoadBalancer=app/shop] [(0.01, 40.0), (0.5, 8.0)] Seconds
    HTTPCode_Target_2XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 40 of 1 Count
    HTTPCode_Target_4XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 6 of 1 Count
    HTTPCode_Target_5XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 2 of 1 Count
    TargetConnectionErrorCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop] 2 of 1 Count
    TargetResponseTime [AvailabilityZone=us-east-1a LoadBalancer=app/shop] [(0.01, 40.0), (0.5, 8.0)] Seconds
    RequestCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 48 of 1 Count
    HTTPCode_Target_2XX_Count [LoadBalancer=app/shop TargetGroup=targetgroup/web] 40 of 1 Count
    HTTPCode_Target_4XX_Count [LoadBalancer=app/shop TargetGroup=targetgroup/web] 6 of 1 Count
    HTTPCode_Target_5XX_Count [LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    TargetConnectionErrorCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    TargetResponseTime [LoadBalancer=app/shop TargetGroup=targetgroup/web] [(0.01, 40.0), (0.5, 8.0)] Seconds
    RequestCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 48 of 1 Count
    HTTPCode_Target_2XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 40 of 1 Count
    HTTPCode_Target_4XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 6 of 1 Count
    HTTPCode_Target_5XX_Count [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    TargetConnectionErrorCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    TargetResponseTime [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] [(0.01, 40.0), (0.5, 8.0)] Seconds
    RequestCountPerTarget [TargetGroup=targetgroup/web] 24 of 1 Count
    RequestCountPerTarget [LoadBalancer=app/shop TargetGroup=targetgroup/web] 24 of 1 Count
    HealthyHostCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    UnHealthyHostCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 1 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1a TargetGroup=targetgroup/web] 24 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 24 of 1 Count
    HealthyHostCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    UnHealthyHostCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1b TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    HealthyHostCount [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    UnHealthyHostCount [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 1 of 1 Count
    ");
    // In the next minute nobody comes.
    cloud.advance_s(60);
    assert_snapshot!(cloud.told(), @"
    RequestCountPerTarget [TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    HealthyHostCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    UnHealthyHostCount [LoadBalancer=app/shop TargetGroup=targetgroup/web] 1 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1a TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    HealthyHostCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 2 of 1 Count
    UnHealthyHostCount [AvailabilityZone=us-east-1a LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1b TargetGroup=targetgroup/web] 0 of 1 Count
    RequestCountPerTarget [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    HealthyHostCount [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 0 of 1 Count
    UnHealthyHostCount [AvailabilityZone=us-east-1b LoadBalancer=app/shop TargetGroup=targetgroup/web] 1 of 1 Count
    ");
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>: each five minutes.
#[test]
fn access_logs_go_into_the_bucket_every_five_minutes() {
    let mut cloud = Cloud::new();
    let balancer = cloud.balancer();
    let group = cloud.group("web", json!({}));
    let set = json!([
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs"},
        {"Key": "access_logs.s3.prefix", "Value": "shop"},
    ]);
    let input = json!({"LoadBalancerArn": balancer, "Attributes": set});
    assert!(cloud.call("ModifyLoadBalancerAttributes", input).get("Error").is_none());
    cloud.advance_s(70);
    for line in ["http one", "http two"] {
        let log = vec![(cloud.now, line.to_owned())];
        cloud.hear(Report::Served(Box::new(Served { log, ..served(&balancer, &group) })));
    }
    assert_eq!(cloud.next_s(), Some(230));
    cloud.advance_s(230);
    let told = cloud.announced.iter().filter_map(|said| {
        let Announcement::AccessLog(log) = said else { return None };
        let mut text = String::new();
        match log.key.ends_with(".gz") {
            true => _ = GzDecoder::new(&*log.body).read_to_string(&mut text).unwrap(),
            false => text = String::from_utf8(log.body.to_vec()).unwrap(),
        }
        Some(format!("{}/{}\n{text}", log.bucket, log.key))
    });
    let told = told.collect::<Vec<_>>().join("\n");
    let id = balancer.rsplit_once('/').unwrap().1;
    assert_snapshot!(told.replace(id, "ID"), @"
    logs/shop/AWSLogs/000000000000/ELBAccessLogTestFile
    Enable AccessLog for ELB: shop at 2026-11-30T12:00:00.000Z
    logs/shop/AWSLogs/000000000000/elasticloadbalancing/us-east-1/2026/11/30/000000000000_elasticloadbalancing_us-east-1_app.shop.ID_20261130T1205Z_10.0.0.0_mql6vvbq.log.gz
    http one
    http two
    ");
    assert_eq!(cloud.next_s(), None);
}
