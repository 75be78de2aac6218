//! What functions log, as clients of CloudWatch Logs see it.

use aws_sdk_lambda::operation::RequestId as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use cloudless::Emulator;
use cloudless::clock::Clock;
use serde_json::{Value, json};

use crate::function::{create, process_zip};
use crate::raw::request;
use crate::{NOON, PATIENCE, Story, at_noon, lambda};

/// Calls an operation of CloudWatch Logs.
async fn logs(emulator: &Emulator, operation: &str, input: Value) -> anyhow::Result<Value> {
    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0";
    let answer = request("POST /")
        .header("X-Amz-Target", format!("Logs_20140328.{operation}"))
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("Authorization", SIGNED)
        .body(input.to_string())
        .send(emulator)
        .await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

pub async fn messages(emulator: &Emulator, function: &str) -> anyhow::Result<Vec<String>> {
    messages_of(emulator, &format!("/aws/lambda/{function}")).await
}

pub async fn messages_of(emulator: &Emulator, group: &str) -> anyhow::Result<Vec<String>> {
    let input = json!({ "logGroupName": group });
    let found = logs(emulator, "FilterLogEvents", input).await?;
    let events = found["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(events.iter().filter_map(|it| it["message"].as_str()).map(str::to_owned).collect())
}

#[tokio::test]
async fn what_a_function_logs_is_there_after_a_restart() -> Story {
    let directory = tempfile::tempdir()?;
    let start =
        || Emulator::builder().clock(Clock::frozen(NOON)).data_dir(directory.path()).start();
    let emulator = start().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "echo", process_zip()?).send().await?;
    let invoke = lambda.invoke().function_name("echo").payload(Blob::new(r#"{"a":1}"#));
    let answer = invoke.invocation_type(InvocationType::Event).send().await?;
    let id = answer.request_id().unwrap_or_default().to_owned();
    emulator.settle(PATIENCE).await?;
    let before = messages(&emulator, "echo").await?;
    emulator.stop().await;
    let emulator = start().await?;
    assert_eq!(messages(&emulator, "echo").await?, before);
    let shown = before.iter().map(|line| {
        let line = line.split("\tDuration").next().unwrap_or_default().replace(&id, "ID");
        format!("{line:?}")
    });
    let known = |line: &String| !line.contains("test result") && !line.contains("running 1 test");
    insta::assert_snapshot!(shown.filter(known).collect::<Vec<_>>().join("\n"), @r#"
    "INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0c7a6b68ae8de5940afe217dbb81f77b9fcad26466e440a79ad48af42a49669c\n"
    "START RequestId: ID Version: $LATEST\n"
    "serving {\"a\":1}\n"
    "END RequestId: ID\n"
    "REPORT RequestId: ID"
    "#);
    let streams =
        logs(&emulator, "DescribeLogStreams", json!({"logGroupName": "/aws/lambda/echo"}));
    let name = streams.await?["logStreams"][0]["logStreamName"].clone();
    assert!(name.as_str().is_some_and(|name| name.starts_with("2026/11/23/[$LATEST]")), "{name}");
    Ok(())
}

#[tokio::test]
async fn an_invocation_that_goes_on_is_seen_while_it_does() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "echo", process_zip()?).send().await?;
    let invoke = lambda.invoke().function_name("echo").payload(Blob::new(r#"{"hang":1}"#));
    invoke.invocation_type(InvocationType::Event).send().await?;
    let is_there = |lines: &[String]| lines.iter().any(|line| line == "serving {\"hang\":1}\n");
    while !is_there(&messages(&emulator, "echo").await?) {
        tokio::task::yield_now().await;
    }
    Ok(())
}
