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
    insta::assert_snapshot!(answers.join("\n"), @r#"
    200 application/cbor \xa1gMetrics\x81\xa3iNamespacedshopjMetricNamefordersjDimensions\x80
    200 application/x-amz-json-1.0 {"Metrics":[{"Namespace":"shop","MetricName":"orders","Dimensions":[]}]}
    200 text/xml <?xml version="1.0"?><ListMetricsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ListMetricsResult><Metrics><member><Namespace>shop</Namespace><MetricName>orders</MetricName><Dimensions></Dimensions></member></Metrics></ListMetricsResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListMetricsResponse>
    400 application/cbor \xa2f__typexCcom.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueExceptiongmessagex&Request parameter NextToken is invalid
    400 application/x-amz-json-1.0 {"__type":"com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException","message":"Request parameter NextToken is invalid"}
    400 text/xml <?xml version="1.0"?><ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>Request parameter NextToken is invalid</Message></Error><RequestId>ID</RequestId></ErrorResponse>
    501 application/cbor \xa2f__typex\'com.amazon.coral.service#NotImplementedgmessagexIThe operation cloudwatch:PutMetricStream is not implemented by Cloudless.
    400 text/xml <?xml version="1.0"?><ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>4 validation errors detected: Value null at \'ruleName\' failed to satisfy constraint: Member must not be null; Value null at \'startTime\' failed to satisfy constraint: Member must not be null; Value null at \'endTime\' failed to satisfy constraint: Member must not be null; Value null at \'period\' failed to satisfy constraint: Member must not be null</Message></Error><RequestId>ID</RequestId></ErrorResponse>
    "#);
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
    insta::assert_snapshot!(format!("{}\n{count:?}", answers.each_ref().map(told).join("\n")), @r#"
    200 application/x-amz-json-1.0 
    400 application/x-amz-json-1.0 {"__type":"com.amazon.coral.service#SerializationException","message":"The request body is no gzip, as its encoding says."}
    413 application/x-amz-json-1.0 {"__type":"com.amazon.coral.service#RequestEntityTooLarge","message":"HTTP content length exceeded 8388608 bytes."}
    Some(500)
    "#);
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
        format!("{}\n\n{}\n\n{}", bodies.join("\n"), summaries.join("\n"), served.unwrap_or_default()), @r#"
    {"AlarmName":"busy","AlarmDescription":null,"AWSAccountId":"000000000000","AlarmConfigurationUpdatedTimestamp":"2026-11-23T12:00:00.000+0000","NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: 2 out of the last 3 datapoints [70.0 (23/11/26 12:02:00), 60.0 (23/11/26 12:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).","StateChangeTime":"2026-11-23T12:03:00.000+0000","Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","OldStateValue":"OK","OKActions":[],"AlarmActions":["arn:aws:lambda:us-east-1:000000000000:function:page","arn:aws:sqs:us-east-1:000000000000:pages","arn:aws:sns:us-east-1:000000000000:ops"],"InsufficientDataActions":[],"Trigger":{"MetricName":"orders","Namespace":"shop","StatisticType":"Statistic","Unit":null,"Dimensions":[],"Statistic":"SUM","Period":60,"EvaluationPeriods":3,"DatapointsToAlarm":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,"TreatMissingData":"","EvaluateLowSampleCountPercentile":""}}

    Failed to execute action arn:aws:sns:us-east-1:000000000000:ops
    Successfully executed action arn:aws:sqs:us-east-1:000000000000:pages
    Successfully executed action arn:aws:lambda:us-east-1:000000000000:function:page
    Alarm updated from OK to ALARM
    Alarm updated from INSUFFICIENT_DATA to OK
    Alarm "busy" created

    serving {"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy","accountId":"000000000000","time":"2026-11-23T12:03:00.000+0000","region":"us-east-1","alarmData":{"alarmName":"busy","state":{"value":"ALARM","reason":"Threshold Crossed: 2 out of the last 3 datapoints [70.0 (23/11/26 12:02:00), 60.0 (23/11/26 12:00:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:03:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,10.0,70.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:02:00.000+0000\",\"sampleCount\":1.0,\"value\":70.0},{\"timestamp\":\"2026-11-23T12:01:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0},{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}","timestamp":"2026-11-23T12:03:00.000+0000"},"previousState":{"value":"OK","reason":"Threshold Crossed: 1 out of the last 2 datapoints [10.0 (23/11/26 12:01:00)] was not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-11-23T12:02:00.000+0000\",\"startDate\":\"2026-11-23T12:00:00.000+0000\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[60.0,10.0],\"threshold\":50.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-11-23T12:01:00.000+0000\",\"sampleCount\":1.0,\"value\":10.0},{\"timestamp\":\"2026-11-23T12:00:00.000+0000\",\"sampleCount\":1.0,\"value\":60.0}]}","timestamp":"2026-11-23T12:02:00.000+0000"},"configuration":{"metrics":[{"id":"m","metricStat":{"metric":{"namespace":"shop","name":"orders","dimensions":{}},"period":60,"stat":"Sum"},"returnData":true}]}}}
    "#
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
    insta::assert_snapshot!(answer, @r#"{"MetricDataResults":[{"Id":"e","Label":"e","Timestamps":[1795435200.0,1795521600.0,1795608000.0,1795694400.0,1795780800.0,1795867200.0,1795953600.0],"Values":[1.0,2.0,3.0,4.0,5.0,6.0,7.0],"StatusCode":"Complete"}],"Messages":[]}"#);
    emulator.stop().await;
    Ok(())
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Everything a person reads of a page, without markup.
fn read(page: &str) -> String {
    let body = page.split_once("<main>").map_or(page, |(_, body)| body);
    let texts =
        body.split('<').filter_map(|piece| piece.split_once('>')).filter_map(|(tag, text)| {
            let is_style = tag.starts_with("style");
            let text = text.trim().replace('\n', " | ");
            (!is_style && !text.is_empty()).then_some(text)
        });
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_dashboard_is_a_page_that_a_person_reads_without_scripts() -> Story {
    let emulator = at_noon().await?;
    let page =
        |path: &str| request(&format!("GET {path}")).header("Accept", "text/html").send(&emulator);
    let none = text(&page("/_cloudless/dashboards").await?);
    assert!(none.contains("put-dashboard"), "it says how to make one: {none}");
    for value in [3.0, 5.0] {
        emulator.advance(Duration::from_secs(60)).await?;
        put(&emulator, value).await?;
    }
    call(&emulator, "PutMetricAlarm", alarm(&[])).await?;
    let arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy";
    let metrics = json!([["shop", "orders", {"stat": "Sum", "period": 60}]]);
    let body = json!({"widgets": [
        {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# The shop <script>alert(1)</script>"}},
        {"type": "metric", "width": 9, "height": 6, "properties": {
            "region": "us-east-1", "title": "Orders", "metrics": metrics, "annotations": {"alarms": [arn]},
        }},
        {"type": "metric", "properties": {"region": "us-east-1", "metrics": "all"}},
        {"type": "alarm", "properties": {"title": "Alarms", "alarms": [arn]}},
        {"type": "log", "properties": {"region": "us-east-1", "title": "Slow", "query": "fields @message"}},
    ]});
    let input = json!({"DashboardName": "shop", "DashboardBody": body.to_string()});
    call(&emulator, "PutDashboard", input).await?;
    let shown = page("/_cloudless/dashboards/shop?start=-PT15M&refresh_s=30").await?;
    let policy = shown.header("content-security-policy").unwrap_or_default().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !text(&shown).contains("<script"));
    insta::assert_snapshot!(read(&text(&shown)), @"
    shop
    2026-11-23 11:47:00 to 2026-11-23 12:02:00 (UTC)
    All dashboards
    15 minutes
    1 hour
    3 hours
    12 hours
    1 day
    1 week
    Do not refresh
    The shop &lt;script&gt;alert(1)&lt;/script&gt;
    Orders
    0
    10
    20
    30
    40
    50
    11:50
    11:55
    12:00
    busy
    2026-11-23 12:01:00 UTC | orders Sum: 3
    orders Sum
    Orders
    0
    10
    20
    30
    40
    50
    11:50
    11:55
    12:00
    busy
    2026-11-23 12:01:00 UTC | orders Sum: 3
    orders Sum
    The metric widget is invalid: its metrics are no list.
    Alarms
    busy
    INSUFFICIENT_DATA
    Slow A widget of logs is not drawn here; aws logs start-query answers it: fields @message
    ");
    let refused = ["shops", "shop?start=yesterday", "shop?account=me", "shop?from=-PT1H"];
    let mut told = String::new();
    for path in refused {
        let answer = page(&format!("/_cloudless/dashboards/{path}")).await?;
        told += &format!("{path}: {} {}\n", answer.status, text(&answer));
    }
    insta::assert_snapshot!(told, @r#"
    shops: 404 {"error":"there is no dashboard shops; /_cloudless/dashboards lists what there is"}
    shop?start=yesterday: 400 {"error":"start and end are moments, or how long ago they are (-PT3H), the earlier first"}
    shop?account=me: 400 {"error":"account is a number of twelve digits"}
    shop?from=-PT1H: 400 {"error":"there is no parameter from; there are start, end, refresh_s, account"}
    "#);
    Ok(())
}
