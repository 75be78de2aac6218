//! The habits of LocalStack's users, and the program as a container runs it.

use std::process::Stdio;

use anyhow::Context as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::wire::Service;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::function::{create, in_process_zip};
use crate::raw::request;
use crate::{NOON, PATIENCE, Story, at_noon, lambda, refusal, s3, sqs};

#[tokio::test]
async fn a_service_that_is_not_listed_is_refused_in_localstacks_words() -> Story {
    let emulator = Emulator::builder().services([Service::S3]).start().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let told = [
        refusal(sqs(&emulator).list_queues().send().await),
        refusal(lambda(&emulator).list_functions().send().await),
        request("GET /_localstack/health").send(&emulator).await?.tell(),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    501 InternalFailure: Service 'sqs' is not enabled. Please check your 'SERVICES' configuration variable.
    501 InternalFailure: Service 'lambda' is not enabled. Please check your 'SERVICES' configuration variable.
    200 {"services":{"s3":"running","sqs":"disabled","lambda":"disabled","sts":"disabled","logs":"disabled","cloudwatch":"disabled","ec2":"disabled","elasticloadbalancing":"disabled","autoscaling":"disabled"},"edition":"community","version":"cloudless-0.1.0"}
    "#);
    Ok(())
}

#[tokio::test]
async fn localstacks_own_endpoints_answer_in_its_shape() -> Story {
    let emulator = at_noon().await?;
    let mut told = Vec::new();
    for asked in [
        "GET /_localstack/health",
        "HEAD /_localstack/health",
        "GET /_localstack/init",
        "GET /_localstack/init/ready",
        "GET /_localstack/init/SHUTDOWN",
        "GET /_localstack/init/lunch",
        "POST /_localstack/state/reset",
        "POST /_localstack/health",
    ] {
        let answer = request(asked).send(&emulator).await?;
        told.push(format!("{asked}: {}", answer.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GET /_localstack/health: 200 {"services":{"s3":"running","sqs":"running","lambda":"running","sts":"running","logs":"running","cloudwatch":"running","ec2":"running","elasticloadbalancing":"running","autoscaling":"running"},"edition":"community","version":"cloudless-0.1.0"}
    HEAD /_localstack/health: 200
    GET /_localstack/init: 200 {"completed":{"BOOT":true,"START":true,"READY":true,"SHUTDOWN":false},"scripts":[]}
    GET /_localstack/init/ready: 200 {"completed":true,"scripts":[]}
    GET /_localstack/init/SHUTDOWN: 200 {"completed":false,"scripts":[]}
    GET /_localstack/init/lunch: 404 {"error":"of LocalStack's own endpoints there are GET /_localstack/health, info, init and init/{stage}; see also /_cloudless/health, clock, settle, trace, metrics and logs"}
    POST /_localstack/state/reset: 404 {"error":"there is no reset: start it again without a data directory, or give each test names of its own"}
    POST /_localstack/health: 404 {"error":"of LocalStack's own endpoints there are GET /_localstack/health, info, init and init/{stage}; see also /_cloudless/health, clock, settle, trace, metrics and logs"}
    "#);

    let info = request("GET /_localstack/info").send(&emulator).await?;
    let mut info: Value = serde_json::from_slice(&info.body)?;
    for changing in ["session_id", "uptime", "is_docker", "system"] {
        assert!(info.as_object_mut().context("an object")?.remove(changing).is_some());
    }
    insta::assert_snapshot!(info.to_string(), @r#"{"version":"cloudless-0.1.0","edition":"community","is_license_activated":false,"server_time_utc":"2026-11-23T12:00:00","machine_id":"cloudless"}"#);
    Ok(())
}

#[tokio::test]
async fn settling_until_idle_moves_a_frozen_clock_through_what_waits() -> Story {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("failing", |_environment| async {
            Ok::<_, Error>(service_fn(|_: LambdaEvent<Value>| async {
                Err::<Value, Error>("not today".into())
            }))
        })
        .start()
        .await?;
    let lambda = lambda(&emulator);
    create(&lambda, "failing", in_process_zip()?).send().await?;
    let invoke = lambda.invoke().function_name("failing");
    invoke.invocation_type(InvocationType::Event).payload(Blob::new("{}")).send().await?;
    let mut told = Vec::new();
    for asked in [
        "POST /_cloudless/settle?until_idle=maybe",
        "POST /_cloudless/settle?until_idle=false",
        "POST /_cloudless/settle?until_idle=true&limit_s=5",
        "GET /_cloudless/clock",
    ] {
        told.push(format!("{asked}: {}", request(asked).send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    POST /_cloudless/settle?until_idle=maybe: 400 {"error":"until_idle is true or false"}
    POST /_cloudless/settle?until_idle=false: 200 {"settled":true}
    POST /_cloudless/settle?until_idle=true&limit_s=5: 200 {"settled":true}
    GET /_cloudless/clock: 200 {"now":"2026-11-23T12:03:00.000Z","now_ms":1795435380000,"frozen":true,"speed":1}
    "#);
    Ok(())
}

#[tokio::test]
async fn the_program_says_ready_and_knows_its_health() -> Story {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cloudless"))
        .env("GATEWAY_LISTEN", "127.0.0.1:0,127.0.0.1:443")
        .env("SERVICES", "s3, sqs:4576,dynamodb")
        .env_remove("CLOUDLESS_DATA_DIR")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(program.stdout.take().context("stdout")?).lines();
    let mut banner = Vec::new();
    let read = async {
        while let Some(line) = lines.next_line().await? {
            banner.push(line);
            if banner.last().is_some_and(|line| line == "Ready.") {
                break;
            }
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, read).await??;
    let port = banner[0].rsplit(':').next().context("a port")?.to_owned();
    let health = async |port: &str| {
        let health = Command::new(env!("CARGO_BIN_EXE_cloudless"))
            .args(["health", "--port", port])
            .env_remove("GATEWAY_LISTEN")
            .output()
            .await?;
        anyhow::Ok(format!(
            "{:?} {}{}",
            health.status.code(),
            String::from_utf8(health.stdout)?,
            String::from_utf8(health.stderr)?
        ))
    };
    let well = health(&port).await?;
    program.kill().await?;
    let gone = health(&port).await?;
    let told = format!("{}\n\n{well}\n{gone}", banner.join("\n")).replace(&port, "PORT");
    insta::assert_snapshot!(told, @r#"
    cloudless answers at http://127.0.0.1:PORT
    everything is kept in memory; --data-dir DIR keeps it on disk
    export AWS_ENDPOINT_URL=http://127.0.0.1:PORT
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    one address is enough: 127.0.0.1:443 of GATEWAY_LISTEN is not used
    cloudless has s3, sqs, lambda, sts, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling; SERVICES also names dynamodb
    Ready.

    Some(0) http://127.0.0.1:PORT is well: {"version":"0.1.0","failure":null,"outstanding":[],"waiting":[]}

    Some(1) nothing answers at http://127.0.0.1:PORT: Connection refused (os error 111)
    "#);
    Ok(())
}
