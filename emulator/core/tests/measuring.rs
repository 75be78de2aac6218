//! What CloudWatch is told of what really happens, through the World and on its clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use more of it")]
mod cloud;

use std::fmt::Write as _;

use bytes::Bytes;
use cloudless_core::arn::Arn;
use cloudless_core::call::Payload;
use cloudless_core::lambda::Outcome;
use cloudless_core::logs::Logged;
use cloudless_core::s3::Served;
use cloudless_core::{Effect, Input};
use serde_json::{Value, json};

use cloud::{Cloud, START, function_arn, queue_arn, queue_url};

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;

/// Calls an operation: its answer, or why it is refused.
fn call(cloud: &mut Cloud, service: &str, operation: &str, input: Value) -> Value {
    call_with(cloud, service, operation, input, Payload::None)
}

fn call_with(
    cloud: &mut Cloud,
    service: &str,
    operation: &str,
    input: Value,
    payload: Payload,
) -> Value {
    let (_, step) = cloud.call(None, service, operation, input, payload).unwrap();
    let answer = step.effects.iter().find_map(|effect| match effect {
        Effect::Reply { result, .. } => Some(result.clone()),
        _ => None,
    });
    match answer {
        Some(Ok(response)) => response.encode().0,
        Some(Err(refused)) => refused.to_string().into(),
        None => Value::Null,
    }
}

/// Time passes through every deadline. How many steps stored something is the answer.
fn pass(cloud: &mut Cloud, seconds: u64) -> usize {
    let end = cloud.now.after_s(seconds);
    let mut stored = 0;
    while let Some(at) = cloud.world.next_deadline().filter(|at| *at <= end) {
        cloud.now = cloud.now.max(at);
        stored += usize::from(!cloud.handle(Input::Deadline).changes.is_empty());
    }
    cloud.now = end;
    stored
}

/// The metrics of a namespace with their points since the beginning: one line for each.
fn metrics(cloud: &mut Cloud, namespace: &str, period_s: u64, statistics: &[&str]) -> String {
    let listed = call(cloud, "cloudwatch", "ListMetrics", json!({ "Namespace": namespace }));
    let mut told = String::new();
    for metric in listed["Metrics"].as_array().unwrap() {
        let dimensions = metric["Dimensions"].as_array().unwrap().iter();
        let dimensions =
            dimensions.map(|it| format!("{}={}", text(&it["Name"]), text(&it["Value"])));
        let dimensions: Vec<_> = dimensions.collect();
        write!(told, "{}{{{}}}", text(&metric["MetricName"]), dimensions.join(",")).unwrap();
        let asked = json!({
            "Namespace": namespace, "MetricName": metric["MetricName"],
            "Dimensions": metric["Dimensions"], "Period": period_s, "Statistics": statistics,
            "StartTime": START.as_s(), "EndTime": cloud.now.as_s() + 60,
        });
        let found = call(cloud, "cloudwatch", "GetMetricStatistics", asked);
        let mut points: Vec<_> = found["Datapoints"].as_array().cloned().unwrap_or_default();
        points.sort_by_key(|point| point["Timestamp"].as_f64().map(|at| at as u64));
        for point in points {
            let at = point["Timestamp"].as_f64().unwrap() as u64 - START.as_s();
            let values = statistics.iter().map(|it| point[*it].to_string());
            let values: Vec<_> = values.collect();
            write!(told, " +{}m:{}", at / MINUTE_S, values.join("/")).unwrap();
        }
        told.push('\n');
    }
    told
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn create_queue(cloud: &mut Cloud, name: &str, attributes: Value) {
    call(cloud, "sqs", "CreateQueue", json!({ "QueueName": name, "Attributes": attributes }));
}

fn send(cloud: &mut Cloud, queue: &str, body: &str) {
    let input = json!({ "QueueUrl": queue_url(queue), "MessageBody": body });
    call(cloud, "sqs", "SendMessage", input);
}

fn create_function(cloud: &mut Cloud, name: &str) {
    let role = "arn:aws:iam::000000000000:role/r";
    let input = json!({"FunctionName": name, "Runtime": "provided.al2023", "Handler": "h", "Role": role, "Code": {}});
    let zip = cloud.upload(100);
    call_with(cloud, "lambda", "CreateFunction", input, zip);
}

/// The invocation that runs longest ends.
fn end(cloud: &mut Cloud, is_well: bool) {
    let id = cloud.running[0].id.clone();
    let (payload, log_tail) = (Bytes::from_static(b"{}"), Bytes::new());
    let outcome = match is_well {
        true => Outcome::Succeeded { payload, log_tail },
        false => Outcome::Failed { payload, log_tail },
    };
    cloud.end(id, outcome);
}

/// The function `shop` writes a line.
fn write_line(cloud: &mut Cloud, line: &str) {
    let Some(Arn::Function(function)) = Arn::parse(&function_arn("shop")) else { panic!() };
    let (group, stream) = ("/aws/lambda/shop".to_owned(), "2026/01/01/[$LATEST]1".to_owned());
    let lines = vec![(cloud.now, line.to_owned())];
    let logged = Logged { function, group, stream, cause: None, lines };
    cloud.handle(Input::Logged(Box::new(logged)));
}

#[test]
fn a_queues_day_is_told_while_it_is_active_and_in_one_step_a_minute() {
    let mut cloud = Cloud::recording();
    create_queue(&mut cloud, "orders", json!({}));
    send(&mut cloud, "orders", "one");
    send(&mut cloud, "orders", "three times three");
    pass(&mut cloud, MINUTE_S);
    let receive = json!({ "QueueUrl": queue_url("orders") });
    let received = call(&mut cloud, "sqs", "ReceiveMessage", receive.clone());
    pass(&mut cloud, MINUTE_S);
    let handle = &received["Messages"][0]["ReceiptHandle"];
    let delete = json!({ "QueueUrl": queue_url("orders"), "ReceiptHandle": handle });
    call(&mut cloud, "sqs", "DeleteMessage", delete);
    let received = call(&mut cloud, "sqs", "ReceiveMessage", receive.clone());
    let handle = &received["Messages"][0]["ReceiptHandle"];
    let delete = json!({ "QueueUrl": queue_url("orders"), "ReceiptHandle": handle });
    call(&mut cloud, "sqs", "DeleteMessage", delete);
    call(&mut cloud, "sqs", "ReceiveMessage", receive);
    pass(&mut cloud, MINUTE_S);
    insta::assert_snapshot!(metrics(&mut cloud, "AWS/SQS", 60, &["Sum", "Maximum"]), @"
    ApproximateAgeOfOldestMessage{QueueName=orders} +0m:60.0/60.0 +1m:120.0/120.0 +2m:0.0/0.0
    ApproximateNumberOfMessagesDelayed{QueueName=orders} +0m:0.0/0.0 +1m:0.0/0.0 +2m:0.0/0.0
    ApproximateNumberOfMessagesNotVisible{QueueName=orders} +0m:0.0/0.0 +1m:0.0/0.0 +2m:0.0/0.0
    ApproximateNumberOfMessagesVisible{QueueName=orders} +0m:2.0/2.0 +1m:2.0/2.0 +2m:0.0/0.0
    NumberOfEmptyReceives{QueueName=orders} +0m:0.0/0.0 +1m:0.0/0.0 +2m:1.0/1.0
    NumberOfMessagesDeleted{QueueName=orders} +0m:0.0/0.0 +1m:0.0/0.0 +2m:2.0/2.0
    NumberOfMessagesReceived{QueueName=orders} +0m:0.0/0.0 +1m:1.0/1.0 +2m:1.0/1.0
    NumberOfMessagesSent{QueueName=orders} +0m:2.0/2.0 +1m:0.0/0.0 +2m:0.0/0.0
    SentMessageSize{QueueName=orders} +0m:20.0/17.0
    ");
    // Six hours after it was used nobody tells of it any more, and a year passes at once.
    let stored = [pass(&mut cloud, 6 * HOUR_S), pass(&mut cloud, HOUR_S)];
    let visible = json!({
        "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{ "Name": "QueueName", "Value": "orders" }], "Period": 86_400,
        "Statistics": ["SampleCount"], "StartTime": START.as_s(), "EndTime": START.as_s() + 86_400,
    });
    let told = call(&mut cloud, "cloudwatch", "GetMetricStatistics", visible);
    insta::assert_snapshot!(format!("{stored:?} {}", told["Datapoints"][0]["SampleCount"]), @"[359, 0] 362.0");
    cloud.assert_restorable();
    assert_eq!(cloud.world.next_change(), None);
}

#[test]
fn after_a_restart_a_queue_with_messages_is_told_of_again_and_what_was_told_is_there() {
    let mut cloud = Cloud::recording();
    create_queue(&mut cloud, "orders", json!({}));
    create_queue(&mut cloud, "empty", json!({}));
    send(&mut cloud, "orders", "one");
    pass(&mut cloud, MINUTE_S);
    send(&mut cloud, "orders", "two, of which nobody is told how large it is");
    cloud.restart();
    // For ten minutes nobody was there.
    cloud.now = cloud.now.after_s(10 * MINUTE_S + 30);
    pass(&mut cloud, 2 * MINUTE_S);
    let told = metrics(&mut cloud, "AWS/SQS", 60, &["Sum"]);
    let wanted = ["ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent", "SentMessageSize"];
    let told: Vec<_> =
        told.lines().filter(|line| wanted.iter().any(|it| line.starts_with(it))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    ApproximateNumberOfMessagesVisible{QueueName=empty} +0m:0.0
    ApproximateNumberOfMessagesVisible{QueueName=orders} +0m:1.0 +11m:2.0 +12m:2.0
    NumberOfMessagesSent{QueueName=empty} +0m:0.0
    NumberOfMessagesSent{QueueName=orders} +0m:1.0 +11m:0.0 +12m:0.0
    SentMessageSize{QueueName=orders} +0m:3.0
    ");
}

/// The story that monitoring is for: what consumes a queue was switched off, and somebody is told.
#[test]
fn an_alarm_on_the_age_of_messages_calls_a_function_when_their_consumer_is_disabled() {
    let mut cloud = Cloud::recording();
    create_queue(&mut cloud, "image-resized", json!({}));
    create_function(&mut cloud, "update-product");
    create_function(&mut cloud, "page-somebody");
    let permission = json!({"FunctionName": "page-somebody", "StatementId": "alarms", "Action": "lambda:InvokeFunction", "Principal": "lambda.alarms.cloudwatch.amazonaws.com"});
    call(&mut cloud, "lambda", "AddPermission", permission);
    let mapping =
        json!({ "EventSourceArn": queue_arn("image-resized"), "FunctionName": "update-product" });
    let mapping = call(&mut cloud, "lambda", "CreateEventSourceMapping", mapping);
    let alarm = json!({
        "AlarmName": "pictures-wait", "Namespace": "AWS/SQS", "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{ "Name": "QueueName", "Value": "image-resized" }], "Statistic": "Maximum",
        "Period": 60, "EvaluationPeriods": 2, "Threshold": 120.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": [function_arn("page-somebody")],
    });
    call(&mut cloud, "cloudwatch", "PutMetricAlarm", alarm);
    let state = |cloud: &mut Cloud| {
        let described = call(cloud, "cloudwatch", "DescribeAlarms", json!({}));
        let after_s = cloud.now.as_s() - START.as_s();
        format!("+{after_s}s {}", text(&described["MetricAlarms"][0]["StateValue"]))
    };
    let mut told = Vec::new();
    send(&mut cloud, "image-resized", "a picture");
    end(&mut cloud, true);
    pass(&mut cloud, 3 * MINUTE_S);
    told.push(state(&mut cloud));
    let disabled = json!({ "UUID": mapping["UUID"], "Enabled": false });
    call(&mut cloud, "lambda", "UpdateEventSourceMapping", disabled);
    send(&mut cloud, "image-resized", "another picture");
    for _ in 0..3 {
        pass(&mut cloud, MINUTE_S);
        told.push(state(&mut cloud));
    }
    let event: Value = serde_json::from_slice(&cloud.running[0].payload).unwrap();
    told.push(cloud.running[0].function.arn.name.to_string());
    told.push(text(&event["alarmData"]["state"]["reason"]).to_owned());
    // What led to it is what was measured last.
    let first = cloud.world.trace().events().find(|it| it.what == "cloudwatch:Action").unwrap();
    let because = cloud.world.trace().events().find(|it| first.parent == Some(it.id));
    told.extend(because.map(|it| format!("because of {} {}", it.what, it.subject)));
    insta::assert_snapshot!(told.join("\n"), @"
    +180s OK
    +240s OK
    +300s OK
    +360s ALARM
    page-somebody
    Threshold Crossed: 2 out of the last 2 datapoints [180.0 (01/01/26 00:05:00), 120.0 (01/01/26 00:04:00)] were greater than or equal to the threshold (120.0) (minimum 2 datapoints for OK -> ALARM transition).
    because of sqs:SendMessage image-resized
    ");
    cloud.assert_restorable();
}

#[test]
fn a_functions_invocations_errors_and_throttles_are_told_by_name_alias_and_version() {
    let mut cloud = Cloud::recording();
    create_function(&mut cloud, "shop");
    call(&mut cloud, "lambda", "PublishVersion", json!({ "FunctionName": "shop" }));
    let alias = json!({ "FunctionName": "shop", "Name": "live", "FunctionVersion": "1" });
    call(&mut cloud, "lambda", "CreateAlias", alias);
    let dead =
        json!({ "FunctionName": "shop", "DeadLetterConfig": { "TargetArn": queue_arn("gone") } });
    create_queue(&mut cloud, "gone", json!({}));
    call(&mut cloud, "lambda", "UpdateFunctionConfiguration", dead);
    call(&mut cloud, "sqs", "DeleteQueue", json!({ "QueueUrl": queue_url("gone") }));
    let invoke = |cloud: &mut Cloud, qualifier: &str, kind: &str| {
        let input =
            json!({ "FunctionName": "shop", "Qualifier": qualifier, "InvocationType": kind });
        call_with(cloud, "lambda", "Invoke", input, Payload::Bytes(Bytes::from_static(b"{}")));
    };
    invoke(&mut cloud, "live", "RequestResponse");
    invoke(&mut cloud, "$LATEST", "RequestResponse");
    cloud.now = cloud.now.after_s(2);
    end(&mut cloud, true);
    end(&mut cloud, false);
    let none = json!({ "FunctionName": "shop", "ReservedConcurrentExecutions": 0 });
    call(&mut cloud, "lambda", "PutFunctionConcurrency", none);
    invoke(&mut cloud, "live", "RequestResponse");
    invoke(&mut cloud, "$LATEST", "Event");
    pass(&mut cloud, MINUTE_S);
    insta::assert_snapshot!(metrics(&mut cloud, "AWS/Lambda", 60, &["SampleCount", "Sum", "Maximum"]), @"
    AsyncEventsDropped{FunctionName=shop} +0m:1.0/1.0/1.0
    AsyncEventsReceived{FunctionName=shop} +0m:1.0/1.0/1.0
    ConcurrentExecutions{} +0m:2.0/3.0/2.0
    ConcurrentExecutions{FunctionName=shop} +0m:2.0/3.0/2.0
    DeadLetterErrors{FunctionName=shop} +0m:1.0/1.0/1.0
    Duration{} +0m:2.0/4000.0/2000.0
    Duration{ExecutedVersion=1,FunctionName=shop,Resource=shop:live} +0m:1.0/2000.0/2000.0
    Duration{FunctionName=shop} +0m:2.0/4000.0/2000.0
    Duration{FunctionName=shop,Resource=shop:$LATEST} +0m:1.0/2000.0/2000.0
    Duration{FunctionName=shop,Resource=shop:live} +0m:1.0/2000.0/2000.0
    Errors{} +0m:2.0/1.0/1.0
    Errors{ExecutedVersion=1,FunctionName=shop,Resource=shop:live} +0m:1.0/0.0/0.0
    Errors{FunctionName=shop} +0m:2.0/1.0/1.0
    Errors{FunctionName=shop,Resource=shop:$LATEST} +0m:1.0/1.0/1.0
    Errors{FunctionName=shop,Resource=shop:live} +0m:1.0/0.0/0.0
    Invocations{} +0m:2.0/2.0/1.0
    Invocations{ExecutedVersion=1,FunctionName=shop,Resource=shop:live} +0m:1.0/1.0/1.0
    Invocations{FunctionName=shop} +0m:2.0/2.0/1.0
    Invocations{FunctionName=shop,Resource=shop:$LATEST} +0m:1.0/1.0/1.0
    Invocations{FunctionName=shop,Resource=shop:live} +0m:1.0/1.0/1.0
    Throttles{} +0m:4.0/2.0/1.0
    Throttles{ExecutedVersion=1,FunctionName=shop,Resource=shop:live} +0m:2.0/1.0/1.0
    Throttles{FunctionName=shop} +0m:4.0/2.0/1.0
    Throttles{FunctionName=shop,Resource=shop:$LATEST} +0m:2.0/1.0/1.0
    Throttles{FunctionName=shop,Resource=shop:live} +0m:2.0/1.0/1.0
    UnreservedConcurrentExecutions{} +0m:2.0/3.0/2.0
    ");
    cloud.assert_restorable();
}

#[test]
fn what_becomes_of_messages_is_told_where_a_mapping_asks_for_it() {
    let mut cloud = Cloud::recording();
    create_queue(&mut cloud, "orders", json!({ "VisibilityTimeout": "120" }));
    create_function(&mut cloud, "shop");
    let mapping = json!({
        "EventSourceArn": queue_arn("orders"), "FunctionName": "shop",
        "FilterCriteria": { "Filters": [{ "Pattern": json!({ "body": { "paid": [true] } }).to_string() }] },
        "MetricsConfig": { "Metrics": ["EventCount"] },
    });
    call(&mut cloud, "lambda", "CreateEventSourceMapping", mapping);
    send(&mut cloud, "orders", r#"{"paid":true}"#);
    end(&mut cloud, true);
    send(&mut cloud, "orders", r#"{"paid":false}"#);
    send(&mut cloud, "orders", r#"{"paid":true}"#);
    end(&mut cloud, false);
    pass(&mut cloud, MINUTE_S);
    let told = metrics(&mut cloud, "AWS/Lambda", 60, &["Sum"]);
    let told: Vec<_> = told.lines().filter(|line| line.contains("EventSourceMapping")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    DeletedEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:1.0
    DroppedEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:0.0
    FailedInvokeEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:1.0
    FilteredOutEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:1.0
    InvokedEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:2.0
    PolledEventCount{EventSourceMappingUUID=53fcd651-3d02-4efe-a25e-c07a99506761} +0m:3.0
    ");
}

#[test]
fn log_lines_of_functions_are_metrics_where_they_are_in_the_embedded_format_or_a_filter_fits() {
    let mut cloud = Cloud::recording();
    write_line(&mut cloud, "begin\n");
    let filter = |name: &str, pattern: &str, transformation: Value| json!({"logGroupName": "/aws/lambda/shop", "filterName": name, "filterPattern": pattern, "metricTransformations": [transformation]});
    for filter in [
        filter(
            "errors",
            "ERROR",
            json!({"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1", "defaultValue": 0.0, "unit": "Count"}),
        ),
        filter(
            "took",
            "{ $.took_ms = * }",
            json!({"metricName": "Took", "metricNamespace": "Shop", "metricValue": "$.took_ms", "dimensions": {"Page": "$.page"}, "unit": "Milliseconds"}),
        ),
        filter(
            "sizes",
            "[ip, status=200, size]",
            json!({"metricName": "Size", "metricNamespace": "Shop", "metricValue": "$3"}),
        ),
    ] {
        call(&mut cloud, "logs", "PutMetricFilter", filter);
    }
    let embedded = json!({
        "_aws": {
            "Timestamp": cloud.now.as_ms() + 30_000,
            "CloudWatchMetrics": [{
                "Namespace": "Shop", "Dimensions": [["service"], ["service", "function"]],
                "Metrics": [{ "Name": "Orders", "Unit": "Count" }, { "Name": "Weights", "Unit": "Kilobytes", "StorageResolution": 1 }],
            }, { "Namespace": "AWS/SQS", "Dimensions": [[]], "Metrics": [{ "Name": "Orders" }] }],
        },
        "service": "checkout", "function": "pay", "Orders": 2, "Weights": [1, 5, 9],
    });
    write_line(&mut cloud, &format!("2026-01-01T00:00:00.000Z\t1\tINFO\t{embedded}\n"));
    write_line(&mut cloud, "[ERROR] no money\n");
    write_line(&mut cloud, r#"{"took_ms": 12.5, "page": "cart"}"#);
    write_line(&mut cloud, r#"{"took_ms": "fast", "page": "cart"}"#);
    write_line(&mut cloud, "10.0.0.1 200 812");
    pass(&mut cloud, MINUTE_S);
    write_line(&mut cloud, "fine");
    pass(&mut cloud, 5 * MINUTE_S);
    let told = [
        metrics(&mut cloud, "Shop", 60, &["SampleCount", "Sum"]),
        metrics(&mut cloud, "AWS/Logs", 60, &["Sum"]),
    ];
    insta::assert_snapshot!(told.concat(), @"
    Errors{} +0m:1.0/1.0 +1m:1.0/0.0
    Orders{function=pay,service=checkout} +0m:1.0/2.0
    Orders{service=checkout} +0m:1.0/2.0
    Size{} +0m:1.0/812.0
    Took{Page=cart} +0m:1.0/12.5
    Weights{function=pay,service=checkout} +0m:3.0/15.0
    Weights{service=checkout} +0m:3.0/15.0
    EMFValidationErrors{LogGroupName=/aws/lambda/shop} +0m:1.0
    IncomingBytes{} +0m:669.0 +1m:30.0
    IncomingBytes{LogGroupName=/aws/lambda/shop} +0m:669.0 +1m:30.0
    IncomingLogEvents{} +0m:6.0 +1m:1.0
    IncomingLogEvents{LogGroupName=/aws/lambda/shop} +0m:6.0 +1m:1.0
    ");
    assert_eq!(cloud.world.next_change(), None);
    cloud.assert_restorable();
}

/// As from PutMetricData, beyond 2^360: their sums would be none, and could not be kept.
#[test]
fn numbers_that_no_metric_can_have_count_for_nothing() {
    let mut cloud = Cloud::recording();
    create_function(&mut cloud, "shop");
    write_line(&mut cloud, "begun");
    let filter = json!({
        "logGroupName": "/aws/lambda/shop", "filterName": "took", "filterPattern": "{ $.took_ms = * }",
        "metricTransformations": [
            { "metricName": "Took", "metricNamespace": "Shop", "metricValue": "$.took_ms" },
        ],
    });
    call(&mut cloud, "logs", "PutMetricFilter", filter);
    for number in [1e300, -1e300, 1e108] {
        let embedded = json!({
            "_aws": {
                "Timestamp": cloud.now.as_ms(),
                "CloudWatchMetrics": [{
                    "Namespace": "Shop", "Dimensions": [[]], "Metrics": [{ "Name": "Orders" }],
                }],
            },
            "Orders": [number, 1],
            "took_ms": number,
        });
        write_line(&mut cloud, &embedded.to_string());
    }
    pass(&mut cloud, 2 * MINUTE_S);
    let told = [
        metrics(&mut cloud, "Shop", 60, &["SampleCount", "Sum"]),
        metrics(&mut cloud, "AWS/Logs", 60, &["Sum"]),
    ];
    insta::assert_snapshot!(told.concat(), @"
    Orders{} +0m:2.0/1e+108
    Took{} +0m:1.0/1e+108
    EMFValidationErrors{LogGroupName=/aws/lambda/shop} +0m:2.0
    IncomingBytes{} +0m:603.0
    IncomingBytes{LogGroupName=/aws/lambda/shop} +0m:603.0
    IncomingLogEvents{} +0m:4.0
    IncomingLogEvents{LogGroupName=/aws/lambda/shop} +0m:4.0
    ");
    cloud.assert_restorable();
}

#[test]
fn how_much_a_bucket_holds_is_told_each_midnight_for_as_long_as_points_are_kept() {
    let mut cloud = Cloud::recording();
    call(&mut cloud, "s3", "CreateBucket", json!({ "Bucket": "photos" }));
    for (key, class, size_bytes) in
        [("a", "STANDARD", 100), ("b", "STANDARD", 50), ("old/c", "GLACIER", 7)]
    {
        let body = cloud.upload(size_bytes);
        let input = json!({ "Bucket": "photos", "Key": key, "StorageClass": class });
        call_with(&mut cloud, "s3", "PutObject", input, body);
    }
    pass(&mut cloud, 24 * HOUR_S);
    call(&mut cloud, "s3", "DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
    pass(&mut cloud, 24 * HOUR_S);
    let told = metrics(&mut cloud, "AWS/S3", 86_400, &["SampleCount", "Average"]);
    insta::assert_snapshot!(told, @"
    BucketSizeBytes{BucketName=photos,StorageType=GlacierStorage} +0m:1.0/7.0 +1440m:1.0/7.0
    BucketSizeBytes{BucketName=photos,StorageType=StandardStorage} +0m:1.0/150.0 +1440m:1.0/50.0
    NumberOfObjects{BucketName=photos,StorageType=AllStorageTypes} +0m:1.0/3.0 +1440m:1.0/2.0
    ");
    cloud.assert_restorable();
    cloud.restart();
    cloud.handle(Input::Deadline);
    pass(&mut cloud, 30 * HOUR_S);
    let told = metrics(&mut cloud, "AWS/S3", 86_400, &["Average"]);
    insta::assert_snapshot!(told, @"
    BucketSizeBytes{BucketName=photos,StorageType=GlacierStorage} +0m:7.0 +1440m:7.0 +2880m:7.0
    BucketSizeBytes{BucketName=photos,StorageType=StandardStorage} +0m:150.0 +1440m:50.0 +2880m:50.0
    NumberOfObjects{BucketName=photos,StorageType=AllStorageTypes} +0m:3.0 +1440m:2.0 +2880m:2.0
    ");
    // Two years pass at once; nobody could read any more what would be told then.
    let steps = cloud.steps.len();
    pass(&mut cloud, 1000 * 24 * HOUR_S);
    let days = (cloud.steps.len() - steps) / 100 * 100;
    insta::assert_snapshot!(format!("{days} {:?}", cloud.world.next_change()), @"1500 None");
}

/// A request for an object of `photos`, as whoever spoke with the client knows it.
fn served(method: &str, key: Option<&str>, status: u16, bytes: u64) -> Input {
    let operation = match (method, key) {
        ("GET", Some(_)) => "GetObject",
        ("GET", None) => "ListObjectsV2",
        ("DELETE", _) => "DeleteObject",
        _ => "PutObject",
    };
    Input::Served(Box::new(Served {
        call: None,
        bucket: "photos".into(),
        key: key.map(str::to_owned),
        operation: Some(operation),
        is_website: false,
        method: method.into(),
        request_line: String::new(),
        received: START,
        total_ms: 12,
        turn_around_ms: Some(3),
        remote_ip: "127.0.0.1".into(),
        requester: None,
        request_id: String::new(),
        host_id: String::new(),
        status,
        error_code: None,
        sent_bytes: if method == "GET" { bytes } else { 0 },
        received_bytes: if method == "PUT" { bytes } else { 0 },
        referer: None,
        user_agent: None,
        version_id: None,
        host: None,
        signed: None,
    }))
}

#[test]
fn requests_are_counted_for_each_metrics_configuration_of_a_bucket() {
    let mut cloud = Cloud::recording();
    call(&mut cloud, "s3", "CreateBucket", json!({ "Bucket": "photos" }));
    assert!(!cloud.world.logs_requests());
    for configuration in
        [json!({ "Id": "all" }), json!({ "Id": "new", "Filter": { "Prefix": "new/" } })]
    {
        let id = configuration["Id"].clone();
        let input = json!({ "Bucket": "photos", "Id": id, "MetricsConfiguration": configuration });
        call(&mut cloud, "s3", "PutBucketMetricsConfiguration", input);
    }
    assert!(cloud.world.logs_requests());
    cloud.handle(served("PUT", Some("new/a"), 200, 1000));
    cloud.handle(served("GET", Some("new/a"), 200, 1000));
    cloud.handle(served("GET", Some("old/b"), 404, 300));
    cloud.handle(served("DELETE", Some("old/b"), 503, 0));
    cloud.handle(served("GET", None, 200, 50));
    pass(&mut cloud, MINUTE_S);
    let told = metrics(&mut cloud, "AWS/S3", 60, &["SampleCount", "Sum", "Maximum"]);
    insta::assert_snapshot!(told, @"
    4xxErrors{BucketName=photos,FilterId=all} +0m:5.0/1.0/1.0
    4xxErrors{BucketName=photos,FilterId=new} +0m:2.0/0.0/0.0
    5xxErrors{BucketName=photos,FilterId=all} +0m:5.0/1.0/1.0
    5xxErrors{BucketName=photos,FilterId=new} +0m:2.0/0.0/0.0
    AllRequests{BucketName=photos,FilterId=all} +0m:5.0/5.0/1.0
    AllRequests{BucketName=photos,FilterId=new} +0m:2.0/2.0/1.0
    BytesDownloaded{BucketName=photos,FilterId=all} +0m:3.0/1350.0/1000.0
    BytesDownloaded{BucketName=photos,FilterId=new} +0m:1.0/1000.0/1000.0
    BytesUploaded{BucketName=photos,FilterId=all} +0m:1.0/1000.0/1000.0
    BytesUploaded{BucketName=photos,FilterId=new} +0m:1.0/1000.0/1000.0
    DeleteRequests{BucketName=photos,FilterId=all} +0m:1.0/1.0/1.0
    FirstByteLatency{BucketName=photos,FilterId=all} +0m:5.0/15.0/3.0
    FirstByteLatency{BucketName=photos,FilterId=new} +0m:2.0/6.0/3.0
    GetRequests{BucketName=photos,FilterId=all} +0m:2.0/2.0/1.0
    GetRequests{BucketName=photos,FilterId=new} +0m:1.0/1.0/1.0
    ListRequests{BucketName=photos,FilterId=all} +0m:1.0/1.0/1.0
    PutRequests{BucketName=photos,FilterId=all} +0m:1.0/1.0/1.0
    PutRequests{BucketName=photos,FilterId=new} +0m:1.0/1.0/1.0
    TotalRequestLatency{BucketName=photos,FilterId=all} +0m:5.0/60.0/12.0
    TotalRequestLatency{BucketName=photos,FilterId=new} +0m:2.0/24.0/12.0
    ");
    cloud.restart();
    assert!(cloud.world.logs_requests());
    for id in ["all", "new"] {
        let input = json!({ "Bucket": "photos", "Id": id });
        call(&mut cloud, "s3", "DeleteBucketMetricsConfiguration", input);
    }
    assert!(!cloud.world.logs_requests());
}
