//! Metrics and alarms, as clients of CloudWatch see them.

use std::io::Write as _;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::arn::Arn;
use serde_json::{Value, json};

use crate::function::{create, process_zip};
use crate::raw::{Answer, Request, request};
use crate::{NOON, PATIENCE, Story, at_noon, lambda, queue, queue_arn, sqs};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0";

fn signed(path: &str) -> Request {
    request(&format!("POST {path}")).header("Authorization", SIGNED)
}

/// Calls an operation in JSON.
async fn call(emulator: &Emulator, operation: &str, input: Value) -> anyhow::Result<Value> {
    let answer = signed("/")
        .header("X-Amz-Target", format!("GraniteServiceVersion20100801.{operation}"))
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(input.to_string())
        .send(emulator)
        .await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

async fn put(emulator: &Emulator, value: f64) -> anyhow::Result<Value> {
    let datum = json!({"MetricName": "orders", "Value": value});
    call(emulator, "PutMetricData", json!({"Namespace": "shop", "MetricData": [datum]})).await
}

fn alarm(actions: &[&str]) -> Value {
    json!({
        "AlarmName": "busy", "Namespace": "shop", "MetricName": "orders", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": actions,
    })
}

fn told(answer: &Answer) -> String {
    let body = answer.body.escape_ascii().to_string().replace("\\\"", "\"");
    format!("{} {} {body}", answer.status, answer.header("content-type").unwrap_or_default())
}

/// What boto3 and the SDKs of today send, what those of yesterday sent, and what there is for others.
#[tokio::test]
async fn an_operation_may_be_asked_for_in_cbor_in_json_and_in_a_form() -> Story {
    let emulator = at_noon().await?;
    put(&emulator, 3.0).await?;
    let cbor = |operation: &str, body: &[u8]| {
        signed(&format!("/service/GraniteServiceVersion20100801/operation/{operation}"))
            .header("Smithy-Protocol", "rpc-v2-cbor")
            .header("Content-Type", "application/cbor")
            .body(body)
    };
    let json = |body: &str| {
        signed("/")
            .header("X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics")
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(body)
    };
    let requests = [
        cbor("ListMetrics", b"\xa1iNamespacedshop"),
        json(r#"{"Namespace": "shop"}"#),
        signed("/").form("Action=ListMetrics&Version=2010-08-01&Namespace=shop"),
        cbor("ListMetrics", b"\xa1iNextTokenax"),
        json(r#"{"NextToken": "x"}"#),
        signed("/").form("Action=ListMetrics&Version=2010-08-01&NextToken=x"),
        cbor("PutMetricStream", b"\xa0"),
        signed("/").form("Action=GetInsightRuleReport&Version=2010-08-01"),
    ];
    let mut answers = Vec::new();
    for request in requests {
        let answer = told(&request.send(&emulator).await?);
        let id = answer.split("<RequestId>").nth(1).and_then(|it| it.split('<').next());
        answers.push(id.map_or(answer.clone(), |id| answer.replace(id, "ID")));
    }
    insta::assert_snapshot!(answers.join("\n"), @"");
    emulator.stop().await;
    Ok(())
}

/// SDKs compress what is larger than 10 KiB; a bomb is refused.
#[tokio::test]
async fn a_body_may_come_compressed() -> Story {
    let emulator = at_noon().await?;
    let data: Vec<Value> =
        (0..500).map(|at| json!({"MetricName": format!("metric{at}"), "Value": at})).collect();
    let gzip = |bytes: &[u8]| -> anyhow::Result<Vec<u8>> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes)?;
        Ok(gzip.finish()?)
    };
    let send = |body: Vec<u8>| {
        signed("/")
            .header("X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData")
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("Content-Encoding", "gzip")
            .body(body)
            .send(&emulator)
    };
    let input = json!({"Namespace": "shop", "MetricData": data}).to_string();
    let answers = [
        send(gzip(input.as_bytes())?).await?,
        send(input.into_bytes()).await?,
        send(gzip(&vec![b' '; 64 * 1024 * 1024])?).await?,
    ];
    let listed = call(&emulator, "ListMetrics", json!({})).await?;
    let count = listed["Metrics"].as_array().map(Vec::len);
    insta::assert_snapshot!(format!("{}\n{count:?}", answers.each_ref().map(told).join("\n")), @"");
    emulator.stop().await;
    Ok(())
}

/// Two of three minutes over the threshold: a function is called with AWS's event, a queue gets what SNS would send.
#[tokio::test]
async fn an_alarm_calls_a_function_and_tells_a_queue_and_its_history_says_so() -> Story {
    let directory = tempfile::tempdir()?;
    let start = || {
        Emulator::builder().clock(Clock::frozen(NOON)).data_dir(directory.path()).seed(7).start()
    };
    let emulator = start().await?;
    let (lambda, sqs) = (lambda(&emulator), sqs(&emulator));
    create(&lambda, "page", process_zip()?).send().await?;
    let permission = lambda.add_permission().function_name("page").statement_id("alarms");
    let permission = permission.action("lambda:InvokeFunction");
    permission.principal("lambda.alarms.cloudwatch.amazonaws.com").send().await?;
    let url = queue(&sqs, "pages").await?;
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue_arn("pages"),
    }]});
    let set = sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
    let function = "arn:aws:lambda:us-east-1:000000000000:function:page";
    let topic = "arn:aws:sns:us-east-1:000000000000:ops";
    call(&emulator, "PutMetricAlarm", alarm(&[function, &queue_arn("pages"), topic])).await?;
    for value in [60.0, 10.0] {
        put(&emulator, value).await?;
        emulator.advance(Duration::from_secs(60)).await?;
    }
    // Nothing is lost in between: metrics, the alarm and what it has seen.
    emulator.stop().await;
    let emulator = start().await?;
    put(&emulator, 70.0).await?;
    emulator.advance(Duration::from_secs(60)).await?;
    emulator.settle(PATIENCE).await?;
    let sqs = crate::sqs(&emulator);
    let received = sqs.receive_message().queue_url(&url).send().await?;
    let bodies: Vec<&str> = received.messages().iter().filter_map(|it| it.body()).collect();
    let history = call(&emulator, "DescribeAlarmHistory", json!({"AlarmName": "busy"})).await?;
    let items = history["AlarmHistoryItems"].as_array().into_iter().flatten();
    let summaries: Vec<&str> = items.filter_map(|it| it["HistorySummary"].as_str()).collect();
    let Some(Arn::Function(page)) = Arn::parse(function) else { anyhow::bail!("no function") };
    let lines = emulator.logs(&page);
    let served = lines.iter().find(|line| line.contains("serving")).map(String::as_str);
    insta::assert_snapshot!(
        format!("{}\n\n{}\n\n{}", bodies.join("\n"), summaries.join("\n"), served.unwrap_or_default()), @""
    );
    emulator.stop().await;
    Ok(())
}

/// However far time is moved: an alarm that has nothing to look at costs nothing, and keeps nobody from being idle.
#[tokio::test]
async fn a_week_passes_at_once_and_points_of_it_are_read_at_once() -> Story {
    let emulator = at_noon().await?;
    call(&emulator, "PutMetricAlarm", alarm(&[])).await?;
    emulator.settle(PATIENCE).await?;
    for day in 0..7_u64 {
        put(&emulator, 1.0).await?;
        emulator.advance(Duration::from_secs(24 * 3600)).await?;
        emulator.settle(PATIENCE).await?;
        assert!(day < 7);
    }
    let metric = json!({"Namespace": "shop", "MetricName": "orders"});
    let answer = call(&emulator, "GetMetricData", json!({
        "StartTime": NOON.as_s(), "EndTime": NOON.as_s() + 7 * 24 * 3600, "ScanBy": "TimestampAscending",
        "MetricDataQueries": [
            {"Id": "m", "ReturnData": false, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "Sum"}},
            {"Id": "e", "Expression": "RUNNING_SUM(m)"},
        ],
    }))
    .await?;
    insta::assert_snapshot!(answer, @"");
    emulator.stop().await;
    Ok(())
}
