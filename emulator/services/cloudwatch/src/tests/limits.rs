//! What may be asked for at once, and of what.

use serde_json::{Value, json};

use super::harness::{Cloud, NOON_S};

fn refused(answer: &Value) -> String {
    answer["Error"].as_str().unwrap_or("ok").chars().take(150).collect()
}

/// CW cloudwatch_limits: 30 dimensions a metric, 1,000 data a `PutMetricData`, 500 queries a `GetMetricData`, values within
/// 2^360; cloudwatch_concepts: two weeks past and two hours ahead.
#[test]
fn data_and_queries_have_awss_limits() {
    let mut cloud = Cloud::new();
    let mut put = |data: Value| {
        refused(&cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": data})))
    };
    let datum = |more: Value| {
        let mut datum = json!({"MetricName": "orders", "Value": 1});
        datum.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([datum])
    };
    let dimensions = |count: usize| {
        let one = |at| json!({"Name": format!("d{at}"), "Value": "v"});
        json!({"Dimensions": (0..count).map(one).collect::<Vec<_>>()})
    };
    let edge = 2.0_f64.powi(360);
    let mut told = vec![
        put(datum(dimensions(30))),
        put(datum(dimensions(31))),
        put(json!(vec![json!({"MetricName": "orders", "Value": 1}); 1000])),
        put(json!(vec![json!({"MetricName": "orders", "Value": 1}); 1001])),
        put(datum(json!({"Value": edge}))),
        put(datum(json!({"Value": edge * 1.01}))),
        put(datum(json!({"Timestamp": NOON_S - 14 * 86_400}))),
        put(datum(json!({"Timestamp": NOON_S - 14 * 86_400 - 1}))),
        put(datum(json!({"Timestamp": NOON_S + 7200}))),
        put(datum(json!({"Timestamp": NOON_S + 7201}))),
    ];
    for count in [500, 501] {
        let metric = json!({"Namespace": "shop", "MetricName": "orders"});
        let stat = json!({"Metric": metric, "Period": 60, "Stat": "Sum"});
        let query = |at| json!({"Id": format!("q{at}"), "MetricStat": stat});
        let queries: Vec<Value> = (0..count).map(query).collect();
        let input =
            json!({"StartTime": NOON_S, "EndTime": NOON_S + 60, "MetricDataQueries": queries});
        told.push(refused(&cloud.call("GetMetricData", input)));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    ok
    InvalidParameterValue: The collection MetricData.member.1.Dimensions must not have a size greater than 30.
    ok
    InvalidParameterValue: The collection MetricData must not have a size greater than 1000.
    ok
    InvalidParameterValue: The value 2.3720280086015716e108 for parameter MetricData.member.1.Value is invalid.
    ok
    InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.
    ok
    InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.
    ok
    ValidationError: The collection MetricDataQueries must not have a size greater than 500.
    ");
}

/// CW cloudwatch_concepts: what was put with a resolution of a second is read by 1, 5, 10 or 30 seconds, or by multiples of 60.
#[test]
fn points_are_read_by_awss_periods() {
    let mut cloud = Cloud::new();
    let datum = json!({"MetricName": "orders", "Value": 1, "StorageResolution": 1});
    cloud.call("PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]}));
    let told = [1, 5, 10, 20, 30, 60, 120, 7, 45, 90].map(|period| {
        let input = json!({
            "Namespace": "shop", "MetricName": "orders", "StartTime": NOON_S - 600, "EndTime": NOON_S + 600,
            "Period": period, "Statistics": ["Sum"],
        });
        let answer = cloud.call("GetMetricStatistics", input);
        let points = answer["Datapoints"].as_array().map_or(0, Vec::len);
        format!("{period}: {points} {}", refused(&answer))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    1: 1 ok
    5: 1 ok
    10: 1 ok
    20: 1 ok
    30: 1 ok
    60: 1 ok
    120: 1 ok
    7: 0 InvalidParameterValue: The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.
    45: 0 InvalidParameterValue: The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.
    90: 0 InvalidParameterValue: The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.
    ");
}

/// CW AlarmThatSendsEmail, cloudwatch_limits: five actions a state; those of EC2 only of an alarm on an instance, and neither they
/// nor those of Auto Scaling of a composite one; at most a day of periods; 10, 20, 30 or multiples of 60 s.
#[test]
fn alarms_have_awss_limits() {
    let mut cloud = Cloud::new();
    let mut told = Vec::new();
    let topic = "arn:aws:sns:us-east-1:000000000000:ops";
    let stop = "arn:aws:automate:us-east-1:ec2:stop";
    let policy = "arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/shop:policyName/more";
    let of_instance = json!([{"Name": "InstanceId", "Value": "i-1"}]);
    for more in [
        json!({"AlarmActions": vec![topic; 5]}),
        json!({"AlarmActions": vec![topic; 6]}),
        json!({"AlarmActions": [stop]}),
        json!({"AlarmActions": [stop], "Dimensions": of_instance}),
        json!({"AlarmActions": [policy]}),
        json!({"Period": 60, "EvaluationPeriods": 1440}),
        json!({"Period": 60, "EvaluationPeriods": 1441}),
        json!({"Period": 15}),
        json!({"Period": 10}),
    ] {
        let mut input = json!({
            "AlarmName": "busy", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average",
            "Period": 60, "EvaluationPeriods": 3, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = cloud.call("PutMetricAlarm", input);
        let said: String = more.to_string().chars().take(60).collect();
        told.push(format!("{said} => {}", refused(&answer)));
    }
    for action in [topic, stop, policy] {
        let input =
            json!({"AlarmName": "all", "AlarmRule": "ALARM(busy)", "AlarmActions": [action]});
        told.push(refused(&cloud.call("PutCompositeAlarm", input)));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"AlarmActions":["arn:aws:sns:us-east-1:000000000000:ops","a => ok
    {"AlarmActions":["arn:aws:sns:us-east-1:000000000000:ops","a => ValidationError: 1 validation error detected: Value '[arn:aws:sns:us-east-1:000000000000:ops, arn:aws:sns:us-east-1:000000000000:ops, arn:aws:sns:us-e
    {"AlarmActions":["arn:aws:automate:us-east-1:ec2:stop"]} => ValidationError: Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 instance.
    {"AlarmActions":["arn:aws:automate:us-east-1:ec2:stop"],"Dim => ok
    {"AlarmActions":["arn:aws:autoscaling:us-east-1:000000000000 => ok
    {"Period":60,"EvaluationPeriods":1440} => ok
    {"Period":60,"EvaluationPeriods":1441} => ValidationError: Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).
    {"Period":15} => ValidationError: The parameter Period must be 10, 20, 30 or a multiple of 60.
    {"Period":10} => ok
    ok
    ValidationError: Unsupported action for composite alarms: arn:aws:automate:us-east-1:ec2:stop
    ValidationError: Unsupported action for composite alarms: arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/shop:policyN
    "#);
}

/// CW AlarmThatSendsEmail: alarms on DynamoDB ignore missing points, whatever they are told.
#[test]
fn alarms_on_dynamodb_ignore_missing_points() {
    let mut cloud = Cloud::new();
    let told = ["AWS/DynamoDB", "AWS/SQS"].map(|namespace| {
        let input = json!({
            "AlarmName": "throttled", "Namespace": namespace, "MetricName": "ThrottledRequests", "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "breaching",
        });
        cloud.call("PutMetricAlarm", input);
        cloud.advance_s(300);
        let answer = cloud.call("DescribeAlarms", json!({"AlarmNames": ["throttled"]}));
        format!("{namespace} {}", answer["MetricAlarms"][0]["StateValue"])
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    AWS/DynamoDB "INSUFFICIENT_DATA"
    AWS/SQS "ALARM"
    "#);
}
