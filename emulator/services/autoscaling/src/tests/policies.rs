use kernel::directory::InstanceState;
use serde_json::{Value, json};

use super::harness::Cloud;

fn put(cloud: &mut Cloud, name: &str, policy: Value) -> Value {
    let mut input = json!({ "AutoScalingGroupName": "shop", "PolicyName": name });
    for (name, value) in policy.as_object().unwrap() {
        input[name] = value.clone();
    }
    cloud.call("PutScalingPolicy", input)
}

fn simple(adjustment: i64) -> Value {
    json!({ "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": adjustment })
}

/// As the guide has it: above 50, at 60 and at 70.
fn out() -> Value {
    json!({
        "PolicyType": "StepScaling", "AdjustmentType": "PercentChangeInCapacity",
        "StepAdjustments": [
            { "MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 0 },
            { "MetricIntervalLowerBound": 10.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 10 },
            { "MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 30 },
        ],
    })
}

fn within() -> Value {
    json!({
        "PolicyType": "StepScaling", "AdjustmentType": "PercentChangeInCapacity",
        "StepAdjustments": [
            { "MetricIntervalLowerBound": -10.0, "MetricIntervalUpperBound": 0.0, "ScalingAdjustment": 0 },
            { "MetricIntervalLowerBound": -20.0, "MetricIntervalUpperBound": -10.0, "ScalingAdjustment": -10 },
            { "MetricIntervalUpperBound": -20.0, "ScalingAdjustment": -30 },
        ],
    })
}

fn cpu(target: f64) -> Value {
    json!({
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {
            "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageCPUUtilization" },
            "TargetValue": target,
        },
    })
}

fn desired(cloud: &mut Cloud) -> u64 {
    let described = cloud.call("DescribeAutoScalingGroups", json!({}));
    described["AutoScalingGroups"][0]["DesiredCapacity"].as_u64().unwrap()
}

/// ASG as-scaling-simple-step, the worked example: threshold 50, ten instances; 60 adds one, 70 three more; 40 takes one
/// away, 30 three.
#[test]
fn steps_are_those_of_the_guide() {
    let mut cloud = Cloud::with_group(10, json!({ "MaxSize": 100, "DefaultInstanceWarmup": 60 }));
    put(&mut cloud, "out", out());
    put(&mut cloud, "in", within());
    cloud.advance_s(60);
    let mut told = Vec::new();
    for (policy, value) in
        [("out", 55.0), ("out", 60.0), ("out", 70.0), ("in", 45.0), ("in", 40.0), ("in", 30.0)]
    {
        cloud.alarm(policy, "load", value, 50.0);
        cloud.due();
        told.push(format!("{value} {}", desired(&mut cloud)));
        cloud.advance_s(600);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    55 10
    60 11
    70 14
    45 14
    40 13
    30 10
    ");
    let activities = cloud.activities();
    let causes: Vec<&str> = activities.lines().filter(|line| line.contains("alarm")).collect();
    insta::assert_snapshot!([causes[0], causes[4]].join("\n"), @"
    At 2026-11-30T12:11:00Z a monitor alarm load in state ALARM triggered policy out changing the desired capacity from 10 to 11.  At 2026-11-30T12:11:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 10 to 11.
    At 2026-11-30T12:41:00Z a monitor alarm load in state ALARM triggered policy in changing the desired capacity from 14 to 13.  At 2026-11-30T12:41:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 14 to 13.  At 2026-11-30T12:41:00Z instance i-01 was selected for termination.
    ");
    cloud.check_restart();
}

/// ASG as-scaling-simple-step: those that warm up count as capacity that is on its way: several breaches of the same
/// step are one activity, and a higher step adds what is missing. Nothing is taken away meanwhile.
#[test]
fn what_warms_up_is_not_added_again() {
    let mut cloud = Cloud::with_group(10, json!({ "MaxSize": 100, "DefaultInstanceWarmup": 300 }));
    put(&mut cloud, "out", out());
    put(&mut cloud, "in", within());
    cloud.advance_s(300);
    let mut told = Vec::new();
    for (policy, value) in [("out", 60.0), ("out", 60.0), ("out", 70.0), ("in", 30.0)] {
        cloud.alarm(policy, "load", value, 50.0);
        cloud.due();
        told.push(format!("{value} {}", desired(&mut cloud)));
        cloud.advance_s(60);
    }
    cloud.advance_s(300);
    cloud.alarm("in", "load", 30.0, 50.0);
    cloud.due();
    told.push(format!("30 {}", desired(&mut cloud)));
    insta::assert_snapshot!(told.join("\n"), @"
    60 11
    60 11
    70 13
    30 13
    30 10
    ");
}

/// The words are those that AWS gave to deployments: <https://github.com/badmintoncryer/cdk-preflight>.
#[test]
fn a_policy_is_refused_for_what_it_lacks_and_what_is_another_kind_s() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let cpu = json!({ "PredefinedMetricType": "ASGAverageCPUUtilization" });
    let tracking = |metric: &Value, target: f64| {
        json!({
            "PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": metric, "TargetValue": target,
            },
        })
    };
    let percent = json!({ "AdjustmentType": "PercentChangeInCapacity", "ScalingAdjustment": 1 });
    let exact = json!({ "AdjustmentType": "ExactCapacity", "ScalingAdjustment": -1 });
    let steps = |kind: &str, adjustment: i64| {
        json!({
            "PolicyType": "StepScaling", "AdjustmentType": kind,
            "StepAdjustments": [{ "MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment }],
        })
    };
    let mut with_both = steps("ChangeInCapacity", 1);
    with_both["ScalingAdjustment"] = json!(1);
    let mut below_one = percent.clone();
    below_one["MinAdjustmentMagnitude"] = json!(0);
    let mut warm = percent.clone();
    warm["EstimatedInstanceWarmup"] = json!(60);
    let mut stepped = tracking(&cpu, 50.0);
    stepped["StepAdjustments"] = steps("ChangeInCapacity", 1)["StepAdjustments"].clone();
    let told = [
        json!({ "ScalingAdjustment": 1 }),
        json!({ "AdjustmentType": "ChangeInCapacity" }),
        exact,
        below_one,
        json!({ "AdjustmentType": "ExactCapacity", "ScalingAdjustment": 1, "MinAdjustmentMagnitude": 1 }),
        warm,
        json!({ "PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity" }),
        with_both,
        steps("ExactCapacity", -1),
        json!({ "PolicyType": "TargetTrackingScaling" }),
        tracking(&Value::Null, 50.0),
        tracking(&cpu, 0.0),
        tracking(&json!({ "PredefinedMetricType": "ALBRequestCountPerTarget" }), 50.0),
        stepped,
    ]
    .map(|mut input| {
        input["AutoScalingGroupName"] = json!("shop");
        input["PolicyName"] = json!("policy");
        cloud.refused("PutScalingPolicy", input)
    });
    insta::assert_snapshot!(told.join("\n"), @"
    ValidationError: You must specify an AdjustmentType for policy type: SimpleScaling
    ValidationError: Scaling increment must be specified for a SimpleScaling policy
    ValidationError: The lower range for adjustment is 0 with the specified adjustment type.
    ValidationError: If specified, MinAdjustmentMagnitude must be greater than zero.
    ValidationError: MinAdjustmentMagnitude is not supported by the specified adjustment type.
    ValidationError: EstimatedInstanceWarmup is not supported for a SimpleScaling policy
    ValidationError: You should specify at least one StepAdjustment with a StepScaling policy.
    ValidationError: ScalingAdjustment is not supported for a StepScaling policy
    ValidationError: The lowest value for ScalingAdjustment parameter is 0 with the specified adjustment type. Erroneous StepAdjustment is StepAdjustment{MetricIntervalLowerBound=0.0,MetricIntervalUpperBound=null,ScalingAdjustment=-1.0,ProportionalFactor=null}
    ValidationError: You should provide a TargetTrackingConfiguration
    ValidationError: You should provide either a CustomizedMetricSpecification or a PredefinedMetricSpecification
    ValidationError: Target value must be between 8.51592E-12 and 1.174271E17
    ValidationError: Resource label should be specified for predefined metric type ALBRequestCountPerTarget
    ValidationError: StepAdjustments are not supported for a TargetTracking policy
    ");
    // It is told, and has no effect.
    let mut cooled = tracking(&cpu, 50.0);
    cooled["Cooldown"] = json!(60);
    put(&mut cloud, "cpu", cooled);
}

/// ASG ec2-auto-scaling-scaling-cooldowns: 300 s from when the last instance is there; steps and manual changes
/// wait for nothing; a policy's own cooldown comes first.
#[test]
fn simple_policies_wait_for_their_cooldown() {
    let mut cloud = Cloud::with_group(2, json!({}));
    put(&mut cloud, "one-more", simple(1));
    put(
        &mut cloud,
        "soon",
        json!({ "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "Cooldown": 60 }),
    );
    cloud.starts_at_once = false;
    let mut told = Vec::new();
    let mut alarm = |cloud: &mut Cloud, policy: &str, what: &str| {
        cloud.alarm(policy, "load", 90.0, 50.0);
        cloud.due();
        told.push(format!("{what}: {}", desired(cloud)));
    };
    alarm(&mut cloud, "one-more", "at first");
    cloud.advance_s(600);
    alarm(&mut cloud, "one-more", "while it begins");
    cloud.set_state("i-03", InstanceState::Running);
    cloud.advance_s(299);
    alarm(&mut cloud, "one-more", "299 s after it is there");
    cloud.restart();
    cloud.advance_s(1);
    alarm(&mut cloud, "soon", "300 s");
    cloud.set_state("i-04", InstanceState::Running);
    let honor =
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 3, "HonorCooldown": true });
    let refused = cloud.refused("SetDesiredCapacity", honor);
    cloud.advance_s(60);
    alarm(&mut cloud, "one-more", "60 s later, as that policy says");
    let manual = cloud.refused(
        "SetDesiredCapacity",
        json!({ "AutoScalingGroupName": "shop", "DesiredCapacity": 3 }),
    );
    told.extend([refused, manual]);
    insta::assert_snapshot!(told.join("\n"), @"
    at first: 3
    while it begins: 3
    299 s after it is there: 3
    300 s: 4
    60 s later, as that policy says: 5
    ScalingActivityInProgress: Scaling activity initiated by the group shop is in its cooldown period and blocks this action.
    {}
    ");
}

/// ASG as-scale-based-on-demand: of several at once the one that leaves the largest capacity wins, out and in.
#[test]
fn of_policies_at_one_moment_the_largest_capacity_wins() {
    let mut cloud = Cloud::with_group(8, json!({ "MaxSize": 100, "DefaultInstanceWarmup": 0 }));
    let step = |adjustment: i64, kind: &str| {
        json!({
            "PolicyType": "StepScaling", "AdjustmentType": kind,
            "StepAdjustments": [{ "MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment }],
        })
    };
    put(&mut cloud, "three-less", step(-3, "ChangeInCapacity"));
    put(&mut cloud, "quarter-less", step(-25, "PercentChangeInCapacity"));
    put(&mut cloud, "one-more", step(1, "ChangeInCapacity"));
    put(&mut cloud, "double", step(100, "PercentChangeInCapacity"));
    let mut told = Vec::new();
    for pair in [["three-less", "quarter-less"], ["one-more", "double"], ["three-less", "one-more"]]
    {
        for policy in pair {
            cloud.alarm(policy, "load", 60.0, 50.0);
        }
        cloud.due();
        told.push(format!("{pair:?} {}", desired(&mut cloud)));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    ["three-less", "quarter-less"] 6
    ["one-more", "double"] 12
    ["three-less", "one-more"] 13
    "#);
}

#[test]
fn capacity_stays_within_its_bounds_and_users_execute_policies() {
    let mut cloud = Cloud::with_group(2, json!({ "MaxSize": 3 }));
    put(&mut cloud, "more", simple(5));
    put(&mut cloud, "less", simple(-5));
    put(&mut cloud, "steps", out());
    put(&mut cloud, "cpu", cpu(50.0));
    let of = |policy: &str, more: Value| {
        let mut input = json!({ "AutoScalingGroupName": "shop", "PolicyName": policy });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let mut told = Vec::new();
    for input in [
        of("more", json!({})),
        of("more", json!({ "HonorCooldown": true })),
        of("less", json!({})),
        of("steps", json!({})),
        of("steps", json!({ "MetricValue": 80.0, "BreachThreshold": 50.0 })),
        of("cpu", json!({})),
        of("none", json!({})),
    ] {
        let answer = cloud.refused("ExecutePolicy", input);
        told.push(format!("{answer} {}", desired(&mut cloud)));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    {} 3
    ScalingActivityInProgress: Scaling activity initiated by the group shop is in its cooldown period and blocks this action. 3
    {} 1
    ValidationError: MetricValue and BreachThreshold must be specified for StepScaling policies. 1
    {} 1
    ValidationError: ExecutePolicy is not supported for TargetTrackingScaling policies. 1
    ValidationError: Policy none not found 1
    ");
    cloud.check_restart();
}

/// ASG as-scaling-target-tracking, deleting-scaling-policy: two alarms, which the policy owns. The numbers of points and
/// the part of the target are seen on accounts.
#[test]
fn a_target_is_watched_by_two_alarms_that_go_with_the_policy() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let answer = put(&mut cloud, "cpu", cpu(50.0));
    let asked = cloud.take_asked();
    insta::assert_snapshot!([answer.to_string(), asked].join("\n"), @r#"
    {"PolicyARN":"arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu","Alarms":[{"AlarmName":"TargetTracking-shop-AlarmHigh-77cbc4a1-33c2-40f6-93fc-d6513d02befe","AlarmARN":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:TargetTracking-shop-AlarmHigh-77cbc4a1-33c2-40f6-93fc-d6513d02befe"},{"AlarmName":"TargetTracking-shop-AlarmLow-225ec07a-9950-4761-a9c3-a27688795369","AlarmARN":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:TargetTracking-shop-AlarmLow-225ec07a-9950-4761-a9c3-a27688795369"}]}
    PutMetricAlarm {"AlarmName":"TargetTracking-shop-AlarmHigh-77cbc4a1-33c2-40f6-93fc-d6513d02befe","AlarmDescription":"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu.","AlarmActions":["arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu"],"ActionsEnabled":true,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,"EvaluationPeriods":3,"Namespace":"AWS/EC2","MetricName":"CPUUtilization","Statistic":"Average","Period":60,"Dimensions":[{"Name":"AutoScalingGroupName","Value":"shop"}]}
    PutMetricAlarm {"AlarmName":"TargetTracking-shop-AlarmLow-225ec07a-9950-4761-a9c3-a27688795369","AlarmDescription":"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu.","AlarmActions":["arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu"],"ActionsEnabled":true,"ComparisonOperator":"LessThanThreshold","Threshold":35.0,"EvaluationPeriods":15,"Namespace":"AWS/EC2","MetricName":"CPUUtilization","Statistic":"Average","Period":60,"Dimensions":[{"Name":"AutoScalingGroupName","Value":"shop"}]}
    "#);
    put(
        &mut cloud,
        "cpu",
        json!({
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ALBRequestCountPerTarget",
                    "ResourceLabel": "app/shop/1/targetgroup/shop/2",
                },
                "TargetValue": 1000.0, "DisableScaleIn": true,
            },
        }),
    );
    insta::assert_snapshot!(cloud.take_asked(), @r#"
    DeleteAlarms {"AlarmNames":["TargetTracking-shop-AlarmLow-225ec07a-9950-4761-a9c3-a27688795369"]}
    PutMetricAlarm {"AlarmName":"TargetTracking-shop-AlarmHigh-77cbc4a1-33c2-40f6-93fc-d6513d02befe","AlarmDescription":"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu.","AlarmActions":["arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:73d33b66-6a1e-41da-bfda-be86cbbeaa11:autoScalingGroupName/shop:policyName/cpu"],"ActionsEnabled":true,"ComparisonOperator":"GreaterThanThreshold","Threshold":1000.0,"EvaluationPeriods":3,"Namespace":"AWS/ApplicationELB","MetricName":"RequestCountPerTarget","Statistic":"Sum","Period":60,"Dimensions":[{"Name":"TargetGroup","Value":"targetgroup/shop/2"},{"Name":"LoadBalancer","Value":"app/shop/1"}]}
    "#);
    cloud.call("DeletePolicy", json!({ "AutoScalingGroupName": "shop", "PolicyName": "cpu" }));
    insta::assert_snapshot!(cloud.take_asked(), @r#"DeleteAlarms {"AlarmNames":["TargetTracking-shop-AlarmHigh-77cbc4a1-33c2-40f6-93fc-d6513d02befe"]}"#);
    cloud.check_restart();
}

/// ASG as-scaling-target-tracking: out if any wants out, in only if all that may take away want in; rounded up; no
/// scaling in while instances warm up; fired at once, whatever cooldown there is.
#[test]
fn several_targets_are_kept_together() {
    let mut cloud = Cloud::with_group(4, json!({}));
    put(&mut cloud, "cpu", cpu(50.0));
    put(
        &mut cloud,
        "net",
        json!({
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageNetworkIn" },
                "TargetValue": 1000.0,
            },
        }),
    );
    put(
        &mut cloud,
        "only-out",
        json!({
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ASGAverageNetworkOut" },
                "TargetValue": 1000.0, "DisableScaleIn": true,
            },
        }),
    );
    let mut told = Vec::new();
    let mut at = |cloud: &mut Cloud, what: &str, signals: &[(&str, bool, f64)]| {
        signals.iter().for_each(|(policy, is_low, value)| cloud.tracked(policy, *is_low, *value));
        cloud.due();
        told.push(format!("{what}: {}", desired(cloud)));
    };
    at(&mut cloud, "all are new", &[("cpu", true, 10.0), ("net", true, 10.0)]);
    cloud.advance_s(300);
    at(&mut cloud, "one wants in", &[("cpu", true, 10.0)]);
    cloud.advance_s(120);
    at(&mut cloud, "one wants in, one out", &[("cpu", true, 10.0), ("net", false, 1001.0)]);
    at(&mut cloud, "while it warms up", &[("net", false, 1200.0)]);
    at(&mut cloud, "much more", &[("net", false, 2000.0)]);
    cloud.advance_s(300);
    at(&mut cloud, "both want in", &[("cpu", true, 10.0), ("net", true, 100.0)]);
    cloud.advance_s(60);
    at(&mut cloud, "still", &[("cpu", true, 10.0), ("net", true, 100.0)]);
    insta::assert_snapshot!(told.join("\n"), @"
    all are new: 4
    one wants in: 4
    one wants in, one out: 5
    while it warms up: 5
    much more: 8
    both want in: 7
    still: 6
    ");
    cloud.check_restart();
}

#[test]
fn who_is_asked_not_to_hear_alarms_does_not() {
    let mut cloud = Cloud::with_group(2, json!({}));
    put(&mut cloud, "more", simple(1));
    cloud.call(
        "SuspendProcesses",
        json!({ "AutoScalingGroupName": "shop", "ScalingProcesses": ["AlarmNotification"] }),
    );
    cloud.alarm("more", "load", 60.0, 50.0);
    cloud.due();
    assert_eq!(desired(&mut cloud), 2);
}

#[test]
fn policies_that_cannot_be_are_refused() {
    let mut cloud = Cloud::with_group(1, json!({}));
    let tracking = |specification: Value| {
        let mut configuration = json!({ "TargetValue": 50.0 });
        for (name, value) in specification.as_object().unwrap() {
            configuration[name] = value.clone();
        }
        json!({ "PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": configuration })
    };
    let told = [
        json!({ "ScalingAdjustment": 1 }),
        json!({ "AdjustmentType": "ChangeInCapacity" }),
        json!({ "AdjustmentType": "Double", "ScalingAdjustment": 1 }),
        json!({ "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "MinAdjustmentMagnitude": 2 }),
        json!({ "PolicyType": "PredictiveScaling" }),
        json!({ "PolicyType": "Magic" }),
        json!({ "PolicyType": "TargetTrackingScaling" }),
        tracking(json!({})),
        tracking(json!({ "PredefinedMetricSpecification": { "PredefinedMetricType": "ALBRequestCountPerTarget" } })),
        tracking(json!({ "PredefinedMetricSpecification": { "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "shop" } })),
        tracking(json!({ "PredefinedMetricSpecification": { "PredefinedMetricType": "Mood" } })),
        tracking(json!({ "CustomizedMetricSpecification": { "MetricName": "Depth" } })),
    ]
    .map(|policy| put(&mut cloud, "bad", policy)["Error"].as_str().unwrap().to_owned());
    insta::assert_snapshot!(told.join("\n"), @"
    ValidationError: You must specify an AdjustmentType for policy type: SimpleScaling
    ValidationError: Scaling increment must be specified for a SimpleScaling policy
    ValidationError: Invalid adjustment type: Double. Valid adjustment types are ChangeInCapacity, ExactCapacity, PercentChangeInCapacity.
    ValidationError: MinAdjustmentMagnitude is not supported by the specified adjustment type.
    NotImplemented: The PolicyType PredictiveScaling is not implemented by Cloudless.
    ValidationError: Invalid policy type: Magic. Valid policy types are SimpleScaling, StepScaling, TargetTrackingScaling and PredictiveScaling.
    ValidationError: You should provide a TargetTrackingConfiguration
    ValidationError: You should provide either a CustomizedMetricSpecification or a PredefinedMetricSpecification
    ValidationError: Resource label should be specified for predefined metric type ALBRequestCountPerTarget
    ValidationError: Invalid resource label: shop. It must be in the form app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>
    ValidationError: Invalid predefined metric type: Mood
    ValidationError: MetricName, Namespace and Statistic are required in a CustomizedMetricSpecification
    ");
    cloud.check_restart();
}
