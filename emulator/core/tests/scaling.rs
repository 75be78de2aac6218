//! Groups, alarms and what they do to each other, through the World and on its clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use cloudless_core::names::{AccountId, Region};
use cloudless_core::simulation::Fleet;
use cloudless_core::{Input, Timestamp};
use serde_json::{Value, json};

use cloud::{Cloud, START};

const MINUTE_S: u64 = 60;

/// Calls an operation: its answer, or why it is refused.
fn call(cloud: &mut Cloud, service: &str, operation: &str, input: Value) -> Value {
    cloud.told(service, operation, input)
}

/// Time passes through every deadline.
fn pass(cloud: &mut Cloud, seconds: u64) {
    cloud.pass(seconds);
}

/// A group that launches nothing: what it wants is seen by its desired capacity alone.
fn create_group(cloud: &mut Cloud) {
    let configuration = json!({ "LaunchConfigurationName": "shop", "ImageId": "ami-shop", "InstanceType": "t2.medium" });
    call(cloud, "autoscaling", "CreateLaunchConfiguration", configuration);
    let group = json!({
        "AutoScalingGroupName": "shop", "MinSize": 0, "MaxSize": 10,
        "LaunchConfigurationName": "shop", "AvailabilityZones": ["us-east-1a"],
    });
    assert_eq!(call(cloud, "autoscaling", "CreateAutoScalingGroup", group), json!({}));
    let suspend = json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": ["Launch"] });
    call(cloud, "autoscaling", "SuspendProcesses", suspend);
    let desire = json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 2 });
    call(cloud, "autoscaling", "SetDesiredCapacity", desire);
}

fn desired(cloud: &mut Cloud) -> u64 {
    let described = call(cloud, "autoscaling", "DescribeAutoScalingGroups", json!({}));
    described["AutoScalingGroups"][0]["DesiredCapacity"].as_u64().unwrap()
}

fn load(cloud: &mut Cloud, value: f64) {
    let put =
        json!({ "Namespace": "Lab", "MetricData": [{ "MetricName": "Load", "Value": value }] });
    call(cloud, "cloudwatch", "PutMetricData", put);
}

/// CW AlarmThatSendsEmail: actions of Auto Scaling repeat once a minute while the alarm stays as it is; those of a
/// disabled alarm do not follow at all.
#[test]
fn an_alarm_acts_on_a_policy_each_minute() {
    let mut cloud = Cloud::recording();
    create_group(&mut cloud);
    let policy = json!({
        "AutoScalingGroupName": "shop", "PolicyName": "more", "PolicyType": "StepScaling",
        "AdjustmentType": "ChangeInCapacity", "EstimatedInstanceWarmup": 0,
        "StepAdjustments": [
            { "MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 1 },
            { "MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 2 },
        ],
    });
    let put = call(&mut cloud, "autoscaling", "PutScalingPolicy", policy);
    let alarm = json!({
        "AlarmName": "busy", "Namespace": "Lab", "MetricName": "Load", "Statistic": "Average",
        "Period": 60, "EvaluationPeriods": 3, "Threshold": 50.0,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [put["PolicyARN"]],
    });
    call(&mut cloud, "cloudwatch", "PutMetricAlarm", alarm);
    let mut told = Vec::new();
    for value in [60.0, 60.0, 60.0, 60.0, 75.0, 75.0, 10.0, 10.0] {
        load(&mut cloud, value);
        pass(&mut cloud, MINUTE_S);
        told.push(desired(&mut cloud));
    }
    insta::assert_snapshot!(format!("{told:?}"), @"[2, 2, 3, 4, 6, 8, 8, 8]");
    let described = call(&mut cloud, "autoscaling", "DescribePolicies", json!({}));
    insta::assert_snapshot!(described["ScalingPolicies"][0]["Alarms"], @r#"[{"AlarmName":"busy","AlarmARN":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy"}]"#);
    let history = json!({ "AlarmName": "busy", "HistoryItemType": "Action" });
    let history = call(&mut cloud, "cloudwatch", "DescribeAlarmHistory", history);
    let items = history["AlarmHistoryItems"].as_array().unwrap();
    let summary = items[0]["HistorySummary"].as_str().unwrap();
    insta::assert_snapshot!(format!("{} {}", items.len(), summary.split_at(60).0), @"4 Successfully executed action arn:aws:autoscaling:us-east-1:0");
    call(&mut cloud, "cloudwatch", "DisableAlarmActions", json!({ "AlarmNames": ["busy"] }));
    let before = desired(&mut cloud);
    for _ in 0..5 {
        load(&mut cloud, 90.0);
        pass(&mut cloud, MINUTE_S);
    }
    assert_eq!(desired(&mut cloud), before);
    cloud.assert_restorable();
}

/// ASG as-scaling-target-tracking: the alarms are CloudWatch's, and the group's to delete.
#[test]
fn target_tracking_makes_its_alarms_and_deletes_them() {
    let mut cloud = Cloud::recording();
    create_group(&mut cloud);
    let policy = json!({
        "AutoScalingGroupName": "shop", "PolicyName": "load", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {
            "CustomizedMetricSpecification": { "MetricName": "Load", "Namespace": "Lab", "Statistic": "Average" },
            "TargetValue": 50.0,
        },
    });
    call(&mut cloud, "autoscaling", "PutScalingPolicy", policy);
    let alarms = call(&mut cloud, "cloudwatch", "DescribeAlarms", json!({}));
    let told: Vec<String> = alarms["MetricAlarms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let (name, _) = it["AlarmName"].as_str().unwrap().split_at(31);
            format!(
                "{name} {} {} {}x{}s",
                it["ComparisonOperator"], it["Threshold"], it["EvaluationPeriods"], it["Period"]
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    TargetTracking-shop-AlarmHigh-7 "GreaterThanThreshold" 50.0 3x60s
    TargetTracking-shop-AlarmLow-22 "LessThanThreshold" 35.0 15x60s
    "#);
    let mut told = Vec::new();
    for minute in 0..40 {
        let value = if minute < 5 { 75.0 } else { 20.0 };
        load(&mut cloud, value);
        pass(&mut cloud, MINUTE_S);
        told.push(desired(&mut cloud));
    }
    insta::assert_snapshot!(format!("{told:?}"), @"[2, 2, 3, 5, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
    cloud.assert_restorable();
    cloud.restart();
    let delete = json!({ "AutoScalingGroupName": "shop", "ForceDelete": true });
    call(&mut cloud, "autoscaling", "DeleteAutoScalingGroup", delete);
    let alarms = call(&mut cloud, "cloudwatch", "DescribeAlarms", json!({}));
    assert_eq!(alarms["MetricAlarms"], json!([]));
    cloud.assert_restorable();
}

/// ASG ec2-auto-scaling-metrics: nothing until it is enabled, then each minute.
#[test]
fn a_group_tells_of_itself_where_it_is_told_to() {
    let mut cloud = Cloud::recording();
    create_group(&mut cloud);
    pass(&mut cloud, 10 * MINUTE_S);
    let listed =
        call(&mut cloud, "cloudwatch", "ListMetrics", json!({ "Namespace": "AWS/AutoScaling" }));
    assert_eq!(listed["Metrics"], json!([]));
    let enable = json!({
        "AutoScalingGroupName": "shop", "Granularity": "1Minute",
        "Metrics": ["GroupDesiredCapacity", "GroupInServiceInstances"],
    });
    call(&mut cloud, "autoscaling", "EnableMetricsCollection", enable);
    pass(&mut cloud, 3 * MINUTE_S);
    cloud.restart();
    pass(&mut cloud, 2 * MINUTE_S);
    let asked = json!({
        "Namespace": "AWS/AutoScaling", "MetricName": "GroupDesiredCapacity", "Period": 60,
        "Dimensions": [{ "Name": "AutoScalingGroupName", "Value": "shop" }],
        "Statistics": ["Average"], "StartTime": START.as_s(), "EndTime": cloud.now.as_s() + 60,
    });
    let found = call(&mut cloud, "cloudwatch", "GetMetricStatistics", asked);
    let points = found["Datapoints"].as_array().unwrap().iter();
    let mut points: Vec<_> = points
        .map(|it| {
            (it["Timestamp"].as_f64().unwrap() as u64 - START.as_s(), it["Average"].to_string())
        })
        .collect();
    points.sort();
    insta::assert_snapshot!(format!("{points:?}"), @r#"[(600, "2.0"), (660, "2.0"), (720, "2.0"), (780, "2.0"), (840, "2.0")]"#);
    cloud.assert_restorable();
}

/// A template of instances that report each minute.
fn create_template(cloud: &mut Cloud) {
    let template = json!({
        "LaunchTemplateName": "shop",
        "LaunchTemplateData": {
            "ImageId": "ami-0fa3fe0fa7920f68e", "InstanceType": "t2.medium", "Monitoring": { "Enabled": true },
        },
    });
    call(cloud, "ec2", "CreateLaunchTemplate", template);
}

/// Keeps the CPU of the group near 50 %.
fn put_cpu_policy(cloud: &mut Cloud) {
    let policy = json!({
        "AutoScalingGroupName": "shop", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {
            "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageCPUUtilization" },
            "TargetValue": 50.0,
        },
    });
    call(cloud, "autoscaling", "PutScalingPolicy", policy);
}

/// ASG ec2-auto-scaling-detach-attach-instances: by its tag an instance is a group's, also in metrics, from when it is
/// attached until it is detached. Nobody else gives that tag, or takes it.
#[test]
fn an_instance_has_its_groups_tag_as_long_as_it_is_the_groups() {
    let mut cloud = Cloud::recording();
    create_template(&mut cloud);
    let run = json!({ "LaunchTemplate": { "LaunchTemplateName": "shop" }, "MinCount": 1, "MaxCount": 1, "Placement": { "AvailabilityZone": "us-east-1a" } });
    let run = call(&mut cloud, "ec2", "RunInstances", run);
    let id = run["Instances"][0]["InstanceId"].clone();
    pass(&mut cloud, MINUTE_S);
    let group = json!({
        "AutoScalingGroupName": "shop", "MinSize": 0, "MaxSize": 2, "LaunchTemplate": { "LaunchTemplateName": "shop" },
        "AvailabilityZones": ["us-east-1a"],
    });
    call(&mut cloud, "autoscaling", "CreateAutoScalingGroup", group);
    let mut told = Vec::new();
    let mut tell = |cloud: &mut Cloud, when: &str, answer: Value| {
        let tags = call(cloud, "ec2", "DescribeTags", json!({}));
        let tags: Vec<_> = tags["Tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| format!("{}={}", it["Key"], it["Value"]))
            .collect();
        told.push(format!("{when}: {answer} {}", tags.join(" ")));
    };
    let both = json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id] });
    let answer = call(&mut cloud, "autoscaling", "AttachInstances", both.clone());
    tell(&mut cloud, "attached", answer);
    let fleet = Fleet::new(|_| 40.0, 50.0);
    let instances = cloud.world.in_service((&AccountId::default(), &Region::default()), "shop");
    cloud.handle(Input::Fleet(Box::new(fleet.sampled(cloud.now, &instances))));
    pass(&mut cloud, MINUTE_S);
    let cpu = json!({ "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": [{ "Name": "AutoScalingGroupName", "Value": "shop" }] });
    let listed = call(&mut cloud, "cloudwatch", "ListMetrics", cpu);
    let metrics = listed["Metrics"].as_array().unwrap().len();
    let tag = json!({ "Resources": [id], "Tags": [{ "Key": "aws:autoscaling:groupName" }] });
    let answer = call(&mut cloud, "ec2", "DeleteTags", tag.clone());
    tell(&mut cloud, "taken by a user", answer);
    let mut detach = both;
    detach["ShouldDecrementDesiredCapacity"] = json!(true);
    call(&mut cloud, "autoscaling", "DetachInstances", detach);
    pass(&mut cloud, MINUTE_S);
    tell(&mut cloud, "detached", json!({}));
    let answer = call(&mut cloud, "ec2", "CreateTags", tag);
    tell(&mut cloud, "given by a user", answer);
    insta::assert_snapshot!(format!("{}\n{metrics} metric of the group", told.join("\n")), @r#"
    attached: {} "aws:autoscaling:groupName"="shop" "aws:ec2launchtemplate:id"="lt-063cbe1e459320dd7" "aws:ec2launchtemplate:version"="1"
    taken by a user: {} "aws:autoscaling:groupName"="shop" "aws:ec2launchtemplate:id"="lt-063cbe1e459320dd7" "aws:ec2launchtemplate:version"="1"
    detached: {} "aws:ec2launchtemplate:id"="lt-063cbe1e459320dd7" "aws:ec2launchtemplate:version"="1"
    given by a user: "InvalidParameterValue: Value ( aws:autoscaling:groupName ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use" "aws:ec2launchtemplate:id"="lt-063cbe1e459320dd7" "aws:ec2launchtemplate:version"="1"
    1 metric of the group
    "#);
    cloud.assert_restorable();
}

/// ALB, ASG and CW together, with AWS's numbers: a load begins, three points are above 50 %, the group grows; it ends,
/// fifteen points are below 35 %, and one after the other goes. Three hours of a group that is only computed.
#[test]
fn a_group_follows_its_load() {
    let mut cloud = Cloud::recording();
    create_template(&mut cloud);
    let group = json!({
        "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 6, "DesiredCapacity": 2,
        "LaunchTemplate": { "LaunchTemplateName": "shop" },
        "AvailabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
    });
    assert_eq!(call(&mut cloud, "autoscaling", "CreateAutoScalingGroup", group), json!({}));
    put_cpu_policy(&mut cloud);
    let begins = START.after_s(30 * MINUTE_S);
    let ends = START.after_s(90 * MINUTE_S);
    let fleet =
        Fleet::new(move |at: Timestamp| if at >= begins && at < ends { 70.0 } else { 2.0 }, 50.0);
    let mut told: Vec<String> = Vec::new();
    for minute in 0..180 {
        pass(&mut cloud, MINUTE_S / 2);
        let input = fleet.minute(&cloud.world, cloud.now, "shop");
        cloud.handle(input);
        pass(&mut cloud, MINUTE_S / 2);
        let line = format!("{} {}", desired(&mut cloud), works(&mut cloud));
        if told.last().is_none_or(|last| !last.ends_with(&line)) {
            told.push(format!("+{}m {line}", minute + 1));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    +1m 2 InServicea InServiceb
    +15m 1 InServicea Terminating:Proceedb
    +16m 1 InServicea
    +33m 2 InServicea Pendingb
    +34m 2 InServicea InServiceb
    +39m 3 InServicea InServiceb Pendingc
    +40m 3 InServicea InServiceb InServicec
    +105m 2 Terminating:Proceeda InServiceb InServicec
    +106m 1 Terminating:Proceedb InServicec
    +107m 1 InServicec
    ");
    cloud.assert_restorable();
}

/// ASG ec2-auto-scaling-default-instance-warmup: what a new instance uses while it warms up does not make the group grow;
/// once it is warm it does.
#[test]
fn what_warms_up_is_not_in_the_metrics_of_its_group() {
    let mut cloud = Cloud::recording();
    create_template(&mut cloud);
    let group = json!({
        "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 6, "DefaultInstanceWarmup": 600,
        "LaunchTemplate": { "LaunchTemplateName": "shop" },
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
    });
    assert_eq!(call(&mut cloud, "autoscaling", "CreateAutoScalingGroup", group), json!({}));
    put_cpu_policy(&mut cloud);
    // The first has little to do. Whoever comes later is busy from its beginning.
    let (calm, busy) = (Fleet::new(|_| 10.0, 50.0), Fleet::new(|_| 50.0, 50.0));
    let mut told = Vec::new();
    for minute in 1..=40 {
        pass(&mut cloud, MINUTE_S / 2);
        let place = (&AccountId::default(), &Region::default());
        let instances = cloud.world.in_service(place, "shop");
        let (first, later) = instances.split_at(instances.len().min(1));
        cloud.handle(Input::Fleet(Box::new(calm.sampled(cloud.now, first))));
        cloud.handle(Input::Fleet(Box::new(busy.sampled(cloud.now, later))));
        pass(&mut cloud, MINUTE_S / 2);
        if minute == 12 {
            let desire = json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 2 });
            call(&mut cloud, "autoscaling", "SetDesiredCapacity", desire);
        }
        told.push(desired(&mut cloud));
    }
    insta::assert_snapshot!(format!("{told:?}"), @"[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]");
}

/// ASG enable-as-instance-metrics: an instance is watched closely where its launch configuration says nothing, and not where
/// its launch template says nothing.
#[test]
fn a_launch_configuration_watches_closely_and_a_template_does_not() {
    let mut cloud = Cloud::recording();
    let image = json!({ "ImageId": "ami-0fa3fe0fa7920f68e", "InstanceType": "t2.medium" });
    let template = json!({ "LaunchTemplateName": "shop", "LaunchTemplateData": image });
    call(&mut cloud, "ec2", "CreateLaunchTemplate", template);
    let mut configuration = image;
    configuration["LaunchConfigurationName"] = json!("shop");
    call(&mut cloud, "autoscaling", "CreateLaunchConfiguration", configuration);
    let told = [
        json!({ "LaunchTemplate": { "LaunchTemplateName": "shop" } }),
        json!({ "LaunchConfigurationName": "shop" }),
    ]
    .map(|by| {
        let mut group = json!({
            "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 1, "AvailabilityZones": ["us-east-1a"],
        });
        group.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        call(&mut cloud, "autoscaling", "CreateAutoScalingGroup", group);
        pass(&mut cloud, MINUTE_S);
        let running = json!({ "Filters": [{ "Name": "instance-state-name", "Values": ["running"] }] });
        let described = call(&mut cloud, "ec2", "DescribeInstances", running);
        let state = described["Reservations"][0]["Instances"][0]["Monitoring"]["State"].to_string();
        let delete = json!({ "AutoScalingGroupName": "shop", "ForceDelete": true });
        call(&mut cloud, "autoscaling", "DeleteAutoScalingGroup", delete);
        pass(&mut cloud, MINUTE_S);
        state
    });
    insta::assert_snapshot!(told.join(" "), @r#""disabled" "enabled""#);
}

/// ASG as-scaling-target-tracking: nothing is done while there are no points, and a group goes to nothing only where its
/// minimum is nothing and its metric really is.
#[test]
fn a_target_is_not_followed_blindly() {
    let told = [(0, None), (0, Some(0.0)), (1, Some(0.0))].map(|(min, load_then)| {
        let mut cloud = Cloud::recording();
        create_group(&mut cloud);
        let bounds = json!({ "AutoScalingGroupName": "shop", "MinSize": min });
        call(&mut cloud, "autoscaling", "UpdateAutoScalingGroup", bounds);
        let policy = json!({
            "AutoScalingGroupName": "shop", "PolicyName": "load", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "CustomizedMetricSpecification": { "MetricName": "Load", "Namespace": "Lab", "Statistic": "Average" },
                "TargetValue": 50.0,
            },
        });
        call(&mut cloud, "autoscaling", "PutScalingPolicy", policy);
        for minute in 0..60 {
            match load_then {
                _ if minute < 5 => load(&mut cloud, 45.0),
                Some(value) => load(&mut cloud, value),
                None => {}
            }
            pass(&mut cloud, MINUTE_S);
        }
        let alarms = call(&mut cloud, "cloudwatch", "DescribeAlarms", json!({}));
        let states = alarms["MetricAlarms"].as_array().unwrap().iter();
        let states: Vec<&str> = states.filter_map(|it| it["StateValue"].as_str()).collect();
        format!("minimum {min}, then {load_then:?}: {} {}", desired(&mut cloud), states.join(" "))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    minimum 0, then None: 2 INSUFFICIENT_DATA INSUFFICIENT_DATA
    minimum 0, then Some(0.0): 0 OK ALARM
    minimum 1, then Some(0.0): 1 OK ALARM
    ");
}

/// ASG ec2-auto-scaling-tagging: an instance that comes into a group alive gets the tags that the group gives on and its name;
/// when it leaves, it loses the name alone.
#[test]
fn what_is_attached_is_tagged_with_its_group() {
    let mut cloud = Cloud::recording();
    let run = json!({
        "ImageId": "ami-0fa3fe0fa7920f68e", "MinCount": 1, "MaxCount": 1, "Placement": { "AvailabilityZone": "us-east-1a" },
        "TagSpecifications": [{ "ResourceType": "instance", "Tags": [{ "Key": "stage", "Value": "none" }] }],
    });
    let run = call(&mut cloud, "ec2", "RunInstances", run);
    let id = run["Instances"][0]["InstanceId"].clone();
    pass(&mut cloud, MINUTE_S);
    create_group(&mut cloud);
    let tag = json!({
        "ResourceId": "shop", "ResourceType": "auto-scaling-group", "Key": "stage", "Value": "test", "PropagateAtLaunch": true,
    });
    call(&mut cloud, "autoscaling", "CreateOrUpdateTags", json!({ "Tags": [tag] }));
    let tags = |cloud: &mut Cloud| {
        let filters = json!([{ "Name": "resource-id", "Values": [id] }]);
        let found = call(cloud, "ec2", "DescribeTags", json!({ "Filters": filters }));
        let tags = found["Tags"].as_array().unwrap().iter();
        tags.map(|it| format!("{}={}", it["Key"], it["Value"])).collect::<Vec<_>>().join(" ")
    };
    let mut told = vec![tags(&mut cloud)];
    let of_shop = json!({ "AutoScalingGroupName": "shop", "InstanceIds": [id] });
    call(&mut cloud, "autoscaling", "AttachInstances", of_shop.clone());
    told.push(tags(&mut cloud));
    pass(&mut cloud, MINUTE_S);
    let mut detach = of_shop;
    detach["ShouldDecrementDesiredCapacity"] = json!(true);
    call(&mut cloud, "autoscaling", "DetachInstances", detach);
    pass(&mut cloud, MINUTE_S);
    told.push(tags(&mut cloud));
    insta::assert_snapshot!(told.join("\n"), @r#"
    "stage"="none"
    "aws:autoscaling:groupName"="shop" "stage"="test"
    "stage"="test"
    "#);
    cloud.assert_restorable();
}

/// The states of a group's instances, with their zones.
fn works(cloud: &mut Cloud) -> String {
    let described = call(cloud, "autoscaling", "DescribeAutoScalingGroups", json!({}));
    let instances = described["AutoScalingGroups"][0]["Instances"].as_array().unwrap();
    let told = instances.iter().map(|it| {
        let zone = it["AvailabilityZone"].as_str().unwrap();
        format!(
            "{}{}",
            it["LifecycleState"].as_str().unwrap(),
            zone.trim_start_matches("us-east-1")
        )
    });
    told.collect::<Vec<_>>().join(" ")
}
