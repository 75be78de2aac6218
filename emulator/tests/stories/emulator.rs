//! The emulator itself: what it keeps, what it refuses to share, and its controls.

use std::time::Duration;

use cloudless::Emulator;
use cloudless::clock::Clock;
use serde_json::Value;

use crate::raw::request;
use crate::{NOON, Story, at_noon, queue, refusal, s3, sqs};

#[tokio::test]
async fn a_data_directory_goes_on_where_it_ended() -> Story {
    let directory = tempfile::tempdir()?;
    let start = || Emulator::builder().data_dir(directory.path()).start();
    let emulator = start().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let large: Vec<u8> = (0..300_000u32).map(|at| at.to_le_bytes()[0]).collect();
    let put = s3(&emulator).put_object().bucket("photos").key("large");
    put.body(large.clone().into()).send().await?;
    queue(&sqs(&emulator), "orders").await?;
    let stopped = emulator.snapshot();
    emulator.stop().await;

    let emulator = start().await?;
    assert!(emulator.snapshot() == stopped, "stopped and started, it is as it was");
    let url = queue(&sqs(&emulator), "orders").await?;
    sqs(&emulator).send_message().queue_url(&url).message_body("a bowl").send().await?;
    let dropped = emulator.snapshot();
    drop(emulator);

    let emulator = start().await?;
    assert!(emulator.snapshot() == dropped, "dropped and started, it is as it was");
    let got = s3(&emulator).get_object().bucket("photos").key("large").send().await?;
    assert!(got.body.collect().await?.to_vec() == large);
    let url = queue(&sqs(&emulator), "orders").await?;
    let received = sqs(&emulator).receive_message().queue_url(&url).send().await?;
    assert_eq!(received.messages()[0].body(), Some("a bowl"));
    Ok(())
}

#[tokio::test]
async fn a_data_directory_and_a_port_belong_to_one_emulator() -> Story {
    let directory = tempfile::tempdir()?;
    let first = Emulator::builder().data_dir(directory.path()).start().await?;
    let told = |refused: Result<Emulator, cloudless::StartError>| match refused {
        Ok(_) => "it started".to_owned(),
        Err(error) => error
            .to_string()
            .replace(&directory.path().display().to_string(), "DIR")
            .replace(&std::process::id().to_string(), "PID")
            .replace(&first.address().port().to_string(), "PORT"),
    };
    let same_directory = Emulator::builder().data_dir(directory.path()).start().await;
    let same_port = Emulator::builder().port(first.address().port()).start().await;
    insta::assert_snapshot!(format!("{}\n{}", told(same_directory), told(same_port)), @"
    the data directory DIR is in use by another process (process PID): stop that one first, or choose another directory with --data-dir
    cannot listen on 127.0.0.1:PORT: Address already in use (os error 98). Is another emulator running? Choose another port, or 0 for a free one.
    ");
    Ok(())
}

#[tokio::test]
async fn prometheus_reads_what_cloudwatch_is_told_of_now_and_since_the_beginning() -> Story {
    let emulator = Emulator::builder().clock(Clock::frozen(NOON)).start().await?;
    let url = queue(&sqs(&emulator), "orders").await?;
    let mut told = Vec::new();
    for advance_s in [60, 0] {
        sqs(&emulator).send_message().queue_url(&url).message_body("three").send().await?;
        emulator.advance(Duration::from_secs(advance_s)).await?;
        let answer = request("GET /_cloudless/metrics").send(&emulator).await?;
        let kind = answer.header("content-type").map(str::to_owned);
        told.push(format!("{kind:?}\n{}", String::from_utf8(answer.body)?));
    }
    for wanted in ["?format=xml", "?format=json"] {
        let control = format!("GET /_cloudless/metrics{wanted}");
        let answer = request(&control).send(&emulator).await?;
        told.push(answer.tell().chars().take(80).collect());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    Some("text/plain; version=0.0.4; charset=utf-8")
    # HELP aws_sqs_approximate_age_of_oldest_message ApproximateAgeOfOldestMessage of AWS/SQS, in Seconds.
    # TYPE aws_sqs_approximate_age_of_oldest_message gauge
    aws_sqs_approximate_age_of_oldest_message{account_id="000000000000",region="us-east-1",queue_name="orders"} 60
    # HELP aws_sqs_approximate_number_of_messages_delayed ApproximateNumberOfMessagesDelayed of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_delayed gauge
    aws_sqs_approximate_number_of_messages_delayed{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_approximate_number_of_messages_not_visible ApproximateNumberOfMessagesNotVisible of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_not_visible gauge
    aws_sqs_approximate_number_of_messages_not_visible{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_approximate_number_of_messages_visible ApproximateNumberOfMessagesVisible of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_visible gauge
    aws_sqs_approximate_number_of_messages_visible{account_id="000000000000",region="us-east-1",queue_name="orders"} 1
    # HELP aws_sqs_number_of_empty_receives_total NumberOfEmptyReceives of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_empty_receives_total counter
    aws_sqs_number_of_empty_receives_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_deleted_total NumberOfMessagesDeleted of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_deleted_total counter
    aws_sqs_number_of_messages_deleted_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_received_total NumberOfMessagesReceived of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_received_total counter
    aws_sqs_number_of_messages_received_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_sent_total NumberOfMessagesSent of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_sent_total counter
    aws_sqs_number_of_messages_sent_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 1
    # HELP aws_sqs_sent_message_size SentMessageSize of AWS/SQS, in Bytes.
    # TYPE aws_sqs_sent_message_size summary
    aws_sqs_sent_message_size_sum{account_id="000000000000",region="us-east-1",queue_name="orders"} 5
    aws_sqs_sent_message_size_count{account_id="000000000000",region="us-east-1",queue_name="orders"} 1

    Some("text/plain; version=0.0.4; charset=utf-8")
    # HELP aws_sqs_approximate_age_of_oldest_message ApproximateAgeOfOldestMessage of AWS/SQS, in Seconds.
    # TYPE aws_sqs_approximate_age_of_oldest_message gauge
    aws_sqs_approximate_age_of_oldest_message{account_id="000000000000",region="us-east-1",queue_name="orders"} 60
    # HELP aws_sqs_approximate_number_of_messages_delayed ApproximateNumberOfMessagesDelayed of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_delayed gauge
    aws_sqs_approximate_number_of_messages_delayed{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_approximate_number_of_messages_not_visible ApproximateNumberOfMessagesNotVisible of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_not_visible gauge
    aws_sqs_approximate_number_of_messages_not_visible{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_approximate_number_of_messages_visible ApproximateNumberOfMessagesVisible of AWS/SQS, in Count.
    # TYPE aws_sqs_approximate_number_of_messages_visible gauge
    aws_sqs_approximate_number_of_messages_visible{account_id="000000000000",region="us-east-1",queue_name="orders"} 2
    # HELP aws_sqs_number_of_empty_receives_total NumberOfEmptyReceives of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_empty_receives_total counter
    aws_sqs_number_of_empty_receives_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_deleted_total NumberOfMessagesDeleted of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_deleted_total counter
    aws_sqs_number_of_messages_deleted_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_received_total NumberOfMessagesReceived of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_received_total counter
    aws_sqs_number_of_messages_received_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 0
    # HELP aws_sqs_number_of_messages_sent_total NumberOfMessagesSent of AWS/SQS, in Count.
    # TYPE aws_sqs_number_of_messages_sent_total counter
    aws_sqs_number_of_messages_sent_total{account_id="000000000000",region="us-east-1",queue_name="orders"} 2
    # HELP aws_sqs_sent_message_size SentMessageSize of AWS/SQS, in Bytes.
    # TYPE aws_sqs_sent_message_size summary
    aws_sqs_sent_message_size_sum{account_id="000000000000",region="us-east-1",queue_name="orders"} 10
    aws_sqs_sent_message_size_count{account_id="000000000000",region="us-east-1",queue_name="orders"} 2

    400 {"error":"format is json or text"}
    200 {"AWS/SQS":{"arn:aws:sqs:us-east-1:000000000000:orders":{"NumberOfMessagesSe
    "#);
    Ok(())
}

#[tokio::test]
async fn the_controls_move_time_and_tell_what_happened() -> Story {
    let emulator = Emulator::builder().clock(Clock::frozen(NOON)).start().await?;
    let url = queue(&sqs(&emulator), "orders").await?;
    let send = sqs(&emulator).send_message().queue_url(&url).delay_seconds(600);
    send.message_body("later").send().await?;
    let mut told = Vec::new();
    for control in [
        "GET /_cloudless/health",
        "GET /_localstack/health",
        "GET /_cloudless/clock",
        "POST /_cloudless/clock/advance?s=600.5",
        "POST /_cloudless/clock/advance",
        "POST /_cloudless/clock/advance?s=-1",
        "POST /_cloudless/clock/advance?s=NaN",
        "POST /_cloudless/clock/advance?s=1e300",
        "POST /_cloudless/clock/advance?s=3155760001",
        "POST /_cloudless/clock/freeze",
        "POST /_cloudless/settle?limit_s=5",
        "GET /_cloudless/trace",
        "GET /_cloudless/trace?cause=2",
        "GET /_cloudless/trace?cause=x",
        "GET /_cloudless/metrics?format=json",
        "GET /_cloudless/logs/resize",
        "GET /_cloudless/logs/not%20a%20name",
        "GET /_cloudless/nothing",
        "DELETE /_cloudless/clock",
        "GET /_localstack/nothing",
    ] {
        let answer = request(control).send(&emulator).await?;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{control}");
        let _: Value = serde_json::from_slice(&answer.body)?;
        told.push(format!("{control}: {}", answer.tell()));
    }
    let received = sqs(&emulator).receive_message().queue_url(&url).send().await?;
    assert_eq!(received.messages()[0].body(), Some("later"));
    let resumed = request("POST /_cloudless/clock/resume").send(&emulator).await?;
    let resumed: Value = serde_json::from_slice(&resumed.body)?;
    assert_eq!(resumed["frozen"], false);
    assert!(emulator.clock().now() >= NOON.after(Duration::from_secs(600)));
    insta::assert_snapshot!(told.join("\n"), @r#"
    GET /_cloudless/health: 200 {"version":"0.1.0","failure":null,"outstanding":[],"waiting":[]}
    GET /_localstack/health: 200 {"services":{"s3":"running","sqs":"running","lambda":"running","sts":"running","logs":"running","cloudwatch":"running","ec2":"running","elasticloadbalancing":"running","autoscaling":"running"},"edition":"community","version":"cloudless-0.1.0"}
    GET /_cloudless/clock: 200 {"now":"2026-11-23T12:00:00.000Z","now_ms":1795435200000,"frozen":true,"speed":1}
    POST /_cloudless/clock/advance?s=600.5: 200 {"now":"2026-11-23T12:10:00.500Z","now_ms":1795435800500,"frozen":true,"speed":1}
    POST /_cloudless/clock/advance: 400 {"error":"say by how many seconds: POST /_cloudless/clock/advance?s=600"}
    POST /_cloudless/clock/advance?s=-1: 400 {"error":"say by how many seconds: POST /_cloudless/clock/advance?s=600"}
    POST /_cloudless/clock/advance?s=NaN: 400 {"error":"say by how many seconds: POST /_cloudless/clock/advance?s=600"}
    POST /_cloudless/clock/advance?s=1e300: 400 {"error":"say by how many seconds: POST /_cloudless/clock/advance?s=600"}
    POST /_cloudless/clock/advance?s=3155760001: 400 {"error":"time can be moved by 3155760000 s at most at once: 100 years"}
    POST /_cloudless/clock/freeze: 200 {"now":"2026-11-23T12:10:00.500Z","now_ms":1795435800500,"frozen":true,"speed":1}
    POST /_cloudless/settle?limit_s=5: 200 {"settled":true}
    GET /_cloudless/trace: 200 [{"id":1,"parent":null,"at":1795435200000,"what":"sqs:CreateQueue","subject":"orders","outcome":"ok"},{"id":2,"parent":null,"at":1795435200000,"what":"sqs:SendMessage","subject":"orders","outcome":"ok"}]
    GET /_cloudless/trace?cause=2: 200 [{"depth":0,"event":{"id":2,"parent":null,"at":1795435200000,"what":"sqs:SendMessage","subject":"orders","outcome":"ok"}}]
    GET /_cloudless/trace?cause=x: 400 {"error":"cause is the number of an event"}
    GET /_cloudless/metrics?format=json: 200 {"AWS/SQS":{"arn:aws:sqs:us-east-1:000000000000:orders":{"NumberOfMessagesSent":1,"SentMessageSize":5,"NumberOfDeduplicatedSentMessages":0,"NumberOfMessagesReceived":0,"NumberOfEmptyReceives":0,"NumberOfMessagesDeleted":0,"ApproximateNumberOfMessagesVisible":1,"ApproximateNumberOfMessagesNotVisible":0,"ApproximateNumberOfMessagesDelayed":0,"ApproximateAgeOfOldestMessage":600}}}
    GET /_cloudless/logs/resize: 200 {"function":"arn:aws:lambda:us-east-1:000000000000:function:resize","lines":[]}
    GET /_cloudless/logs/not%20a%20name: 400 {"error":"name a function, or give its ARN"}
    GET /_cloudless/nothing: 404 {"error":"there is no such control; there are GET /_cloudless/, GET /_cloudless/docs, GET /_cloudless/health, GET /_cloudless/clock, POST /_cloudless/clock/advance?s=600, POST /_cloudless/clock/freeze, POST /_cloudless/clock/resume, POST /_cloudless/clock/speed?times=10, POST /_cloudless/settle?limit_s=30, POST /_cloudless/settle?until_idle=true, GET /_cloudless/trace[?cause=7], GET /_cloudless/metrics, GET /_cloudless/dashboards, GET /_cloudless/dashboards/{name}, GET /_cloudless/instances, GET /_cloudless/instances/{id}/console, POST /_cloudless/instances/{id}/kill, POST /_cloudless/zones/{name}/lose, POST /_cloudless/zones/{name}/restore, GET /_cloudless/coverage, GET /_cloudless/logs, GET /_cloudless/logs/{name or ARN}, GET /_localstack/health, info, init, init/{stage}"}
    DELETE /_cloudless/clock: 404 {"error":"there is no such control; there are GET /_cloudless/, GET /_cloudless/docs, GET /_cloudless/health, GET /_cloudless/clock, POST /_cloudless/clock/advance?s=600, POST /_cloudless/clock/freeze, POST /_cloudless/clock/resume, POST /_cloudless/clock/speed?times=10, POST /_cloudless/settle?limit_s=30, POST /_cloudless/settle?until_idle=true, GET /_cloudless/trace[?cause=7], GET /_cloudless/metrics, GET /_cloudless/dashboards, GET /_cloudless/dashboards/{name}, GET /_cloudless/instances, GET /_cloudless/instances/{id}/console, POST /_cloudless/instances/{id}/kill, POST /_cloudless/zones/{name}/lose, POST /_cloudless/zones/{name}/restore, GET /_cloudless/coverage, GET /_cloudless/logs, GET /_cloudless/logs/{name or ARN}, GET /_localstack/health, info, init, init/{stage}"}
    GET /_localstack/nothing: 404 {"error":"of LocalStack's own endpoints there are GET /_localstack/health, info, init and init/{stage}; see also /_cloudless/health, clock, settle, trace, metrics and logs"}
    "#);
    Ok(())
}

#[tokio::test]
async fn what_is_not_implemented_is_named() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let told = [
        refusal(s3.get_bucket_website().bucket("photos").send().await),
        refusal(
            s3.put_object()
                .bucket("photos")
                .key("a")
                .ssekms_key_id("key")
                .server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::AwsKms)
                .send()
                .await,
        ),
        refusal(crate::lambda(&emulator).list_capacity_providers().send().await),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    404 NoSuchWebsiteConfiguration: The specified bucket does not have a website configuration
    400 KMS.NotFoundException: Invalid keyId 'key'
    501 NotImplemented: The operation lambda:ListCapacityProviders is not implemented by Cloudless.
    ");
    Ok(())
}
