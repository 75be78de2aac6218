//! What is remembered of the past, and how somebody finds something in it: the trace and the logs.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::function::{create, in_process_zip};
use crate::raw::request;
use crate::{NOON, PATIENCE, Story, lambda, queue, sqs};

/// A queue with two messages, and two functions, one of which fails twice.
async fn with_a_past() -> anyhow::Result<Emulator> {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .seed(7)
        .function("greet", |_environment| async {
            Ok::<_, Error>(service_fn(|_: LambdaEvent<Value>| async { Ok::<_, Error>("hello") }))
        })
        .function("failing", |_environment| async {
            Ok::<_, Error>(service_fn(|_: LambdaEvent<Value>| async {
                Err::<Value, Error>("no".repeat(1000).into())
            }))
        })
        .start()
        .await?;
    let (lambda, sqs) = (lambda(&emulator), sqs(&emulator));
    let url = queue(&sqs, "orders").await?;
    for body in ["one", "two"] {
        sqs.send_message().queue_url(&url).message_body(body).send().await?;
        emulator.advance(Duration::from_secs(1)).await?;
    }
    for name in ["greet", "failing"] {
        create(&lambda, name, in_process_zip()?).send().await?;
        let invoke = lambda.invoke().function_name(name).payload(Blob::new("{}"));
        invoke.invocation_type(InvocationType::Event).send().await?;
        emulator.settle(PATIENCE).await?;
    }
    emulator.advance(Duration::from_secs(60)).await?;
    Ok(emulator)
}

/// Asks, follows the pages to the last, and tells what each was.
async fn pages(emulator: &Emulator, asked: &str) -> anyhow::Result<Vec<String>> {
    let (mut told, mut target) = (vec![format!("GET {asked}")], asked.to_owned());
    loop {
        let answer = request(&format!("GET {target}")).send(emulator).await?;
        let page: Value = serde_json::from_slice(&answer.body)?;
        let Some(things) = page["events"].as_array().or(page["lines"].as_array()) else {
            told.push(format!("  {}", answer.tell()));
            return Ok(told);
        };
        told.extend(things.iter().map(|it| format!("  {it}")));
        let Some(token) = page["next_token"].as_str() else { return Ok(told) };
        told.push("  and the next page".to_owned());
        target = format!("{asked}&token={token}");
    }
}

#[tokio::test]
async fn the_trace_is_read_in_pages_and_by_cause_service_resource_and_time() -> Story {
    let emulator = with_a_past().await?;
    let mut told = Vec::new();
    for asked in [
        "/_cloudless/trace?service=sqs&limit=2",
        "/_cloudless/trace?resource=greet",
        "/_cloudless/trace?service=lambda&resource=arn:aws:lambda:us-east-1:000000000000:function:failing&since=2026-11-23T12:00:30Z",
        "/_cloudless/trace?until=1795435201000",
        "/_cloudless/trace?cause=8&limit=2",
        "/_cloudless/trace?cause=8&token=1",
        "/_cloudless/trace?service=s3",
        "/_cloudless/trace?limit=0",
        "/_cloudless/trace?limit=1001",
        "/_cloudless/trace?since=yesterday",
        "/_cloudless/trace?token=x",
        "/_cloudless/trace?colour=red",
        "/_cloudless/trace?limit=1&limit=2",
        "/_cloudless/health?verbose",
    ] {
        told.extend(pages(&emulator, asked).await?);
    }
    for asked in ["POST /_cloudless/settle?limit_s=soon", "POST /_cloudless/clock/freeze?for=1"] {
        told.push(format!("{asked}\n  {}", request(asked).send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GET /_cloudless/trace?service=sqs&limit=2
      {"id":1,"parent":null,"at":1795435200000,"what":"sqs:CreateQueue","subject":"orders","outcome":"ok"}
      {"id":2,"parent":null,"at":1795435200000,"what":"sqs:SendMessage","subject":"orders","outcome":"ok"}
      and the next page
      {"id":3,"parent":null,"at":1795435201000,"what":"sqs:SendMessage","subject":"orders","outcome":"ok"}
    GET /_cloudless/trace?resource=greet
      {"id":4,"parent":null,"at":1795435202000,"what":"lambda:CreateFunction","subject":"greet","outcome":"ok"}
      {"id":5,"parent":null,"at":1795435202000,"what":"lambda:Invoke","subject":"greet","outcome":"ok"}
      {"id":6,"parent":5,"at":1795435202000,"what":"lambda:Invoke","subject":"greet","outcome":"ok"}
    GET /_cloudless/trace?service=lambda&resource=arn:aws:lambda:us-east-1:000000000000:function:failing&since=2026-11-23T12:00:30Z
      {"id":11,"parent":8,"more_causes":[10],"at":1795435262000,"what":"lambda:Invoke","subject":"failing","outcome":"nononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononono… (2000 bytes)"}
    GET /_cloudless/trace?until=1795435201000
      {"id":1,"parent":null,"at":1795435200000,"what":"sqs:CreateQueue","subject":"orders","outcome":"ok"}
      {"id":2,"parent":null,"at":1795435200000,"what":"sqs:SendMessage","subject":"orders","outcome":"ok"}
    GET /_cloudless/trace?cause=8&limit=2
      {"depth":0,"event":{"id":8,"parent":null,"at":1795435202000,"what":"lambda:Invoke","subject":"failing","outcome":"ok"}}
      {"depth":1,"event":{"id":9,"parent":8,"at":1795435202000,"what":"lambda:Invoke","subject":"failing","outcome":"nononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononono… (2000 bytes)"}}
      and the next page
      {"depth":1,"event":{"id":11,"parent":8,"more_causes":[10],"at":1795435262000,"what":"lambda:Invoke","subject":"failing","outcome":"nononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononononono… (2000 bytes)"}}
    GET /_cloudless/trace?cause=8&token=1
      400 {"error":"token is next_token of the page before, and what comes after it is not known any more: ask for the first page again"}
    GET /_cloudless/trace?service=s3
    GET /_cloudless/trace?limit=0
      400 {"error":"limit is a number from 1 to 1000"}
    GET /_cloudless/trace?limit=1001
      400 {"error":"limit is a number from 1 to 1000"}
    GET /_cloudless/trace?since=yesterday
      400 {"error":"since is a moment: milliseconds since 1970, or 2026-11-23T12:00:00Z"}
    GET /_cloudless/trace?token=x
      400 {"error":"token is next_token of the page before"}
    GET /_cloudless/trace?colour=red
      400 {"error":"there is no parameter colour; there are cause, service, resource, since, until, limit, token"}
    GET /_cloudless/trace?limit=1&limit=2
      400 {"error":"the parameter limit is there twice"}
    GET /_cloudless/health?verbose
      400 {"error":"there is no parameter verbose: none is taken here"}
    POST /_cloudless/settle?limit_s=soon
      400 {"error":"limit_s is a number of seconds"}
    POST /_cloudless/clock/freeze?for=1
      400 {"error":"there is no parameter for: none is taken here"}
    "#);
    Ok(())
}

#[tokio::test]
async fn logs_are_read_in_pages_of_one_function_or_of_all() -> Story {
    let emulator = with_a_past().await?;
    let mut told = Vec::new();
    for asked in [
        "/_cloudless/logs",
        "/_cloudless/logs?limit=2",
        "/_cloudless/logs/failing?limit=2&since=2026-11-23T12:00:30Z",
        // What the invocation of `greet` led to.
        "/_cloudless/logs?cause=5",
        "/_cloudless/logs?resource=greet&until=1795435202001",
        "/_cloudless/logs?resource=arn:aws:lambda:us-east-1:000000000000:function:failing&limit=500&since=1795435262000",
        "/_cloudless/logs?service=sqs",
        "/_cloudless/logs/greet?cause=99",
        "/_cloudless/logs/greet?level=error",
        "/_cloudless/logs/greet?limit=many",
    ] {
        told.extend(pages(&emulator, asked).await?);
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9.]+ ms", "…ms");
    settings.add_filter(r#""number":"\d+""#, r#""number":"…""#);
    settings.add_filter(r"runtime:[0-9a-f]{64}", "runtime:…");
    settings.bind(|| insta::assert_snapshot!(told.join("\n"), @r#"
    GET /_cloudless/logs
      200 {"functions":["arn:aws:lambda:us-east-1:000000000000:function:failing","arn:aws:lambda:us-east-1:000000000000:function:greet"],"lines":"GET /_cloudless/logs/{name or ARN}"}
    GET /_cloudless/logs?limit=2
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:…"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"START RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e Version: $LATEST"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"END RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"REPORT RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\tInit Duration: …ms\t"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435202000,"cause":9,"line":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:…"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435202000,"cause":9,"line":"START RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff Version: $LATEST"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435202000,"cause":9,"line":"END RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435202000,"cause":9,"line":"REPORT RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\tInit Duration: …ms\t"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"START RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff Version: $LATEST"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"END RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"REPORT RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\t"}
    GET /_cloudless/logs/failing?limit=2&since=2026-11-23T12:00:30Z
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"START RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff Version: $LATEST"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"END RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff"}
      and the next page
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"REPORT RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\t"}
    GET /_cloudless/logs?cause=5
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:…"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"START RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e Version: $LATEST"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"END RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"REPORT RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\tInit Duration: …ms\t"}
    GET /_cloudless/logs?resource=greet&until=1795435202001
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:…"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"START RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e Version: $LATEST"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"END RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:greet","number":"…","at":1795435202000,"cause":6,"line":"REPORT RequestId: f5ba4eb7-28dd-432c-ab03-54df4a45b34e\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\tInit Duration: …ms\t"}
    GET /_cloudless/logs?resource=arn:aws:lambda:us-east-1:000000000000:function:failing&limit=500&since=1795435262000
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"START RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff Version: $LATEST"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"END RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff"}
      {"function":"arn:aws:lambda:us-east-1:000000000000:function:failing","number":"…","at":1795435262000,"cause":11,"line":"REPORT RequestId: 582d6717-a91d-479d-ac7c-5b1c60b890ff\tDuration: …ms\tBilled Duration: …ms\tMemory Size: 128 MB\t"}
    GET /_cloudless/logs?service=sqs
    GET /_cloudless/logs/greet?cause=99
    GET /_cloudless/logs/greet?level=error
      400 {"error":"there is no parameter level; there are cause, service, resource, since, until, limit, token"}
    GET /_cloudless/logs/greet?limit=many
      400 {"error":"limit is a number from 1 to 1000"}
    "#));
    Ok(())
}

#[tokio::test]
async fn functions_that_fail_with_megabytes_leave_kilobytes() -> Story {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("loud", |_environment| async {
            Ok::<_, Error>(service_fn(|_: LambdaEvent<Value>| async {
                Err::<Value, Error>("x".repeat(5_000_000).into())
            }))
        })
        .start()
        .await?;
    let lambda = lambda(&emulator);
    create(&lambda, "loud", in_process_zip()?).send().await?;
    for _ in 0..20 {
        let answer = lambda.invoke().function_name("loud").payload(Blob::new("{}")).send().await?;
        let told = answer.payload().map_or(0, |payload| payload.as_ref().len());
        assert!(told > 5_000_000, "the caller hears all of it: {told} bytes");
    }
    let kept = emulator.engine().with_world(|world| world.trace().size_bytes());
    assert!(kept < 64 * 1024, "100 MB were said, and {kept} bytes are kept");
    let trace = emulator.trace();
    let outcome = trace.last().and_then(|event| event.outcome.as_deref()).unwrap_or_default();
    insta::assert_snapshot!(format!("{} bytes: …{}", outcome.len(), &outcome[990..]), @"1024 bytes: …xxxxxxxxxxxxxxx… (5000000 bytes)");
    Ok(())
}

#[tokio::test]
async fn the_docs_name_what_can_be_asked() -> Story {
    let emulator = Emulator::builder().start().await?;
    let docs = request("GET /_cloudless/docs").send(&emulator).await?;
    let docs = String::from_utf8(docs.body)?;
    let row = docs.lines().find(|line| line.contains("/_cloudless/trace"));
    insta::assert_snapshot!(row.unwrap_or_default(), @"<tr><td><code>GET /_cloudless/trace[?cause=7]</code></td><td>what led to what<br><code>cause</code>: the number of an event: this and what it led to<br><code>service</code>: s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless<br><code>resource</code>: a name or ARN: of a queue, a function, a bucket, an object<br><code>since</code>: from this moment on: milliseconds, or 2026-11-23T12:00:00Z<br><code>until</code>: before this moment<br><code>limit</code>: how many make a page: 1000 at most, and unless told<br><code>token</code>: next_token of the page before, beside the same other parameters</td></tr>");
    let told = request("GET /_cloudless").send(&emulator).await?;
    let told: Value = serde_json::from_slice(&told.body)?;
    insta::assert_snapshot!(serde_json::to_string_pretty(&told["parameters"])?, @r#"
    {
      "POST /_cloudless/clock/advance?s=600": {
        "s": "by how many seconds"
      },
      "POST /_cloudless/clock/speed?times=10": {
        "times": "how many seconds pass in one: 1 as the machine's"
      },
      "POST /_cloudless/settle?limit_s=30": {
        "limit_s": "for how many seconds: 30 unless told"
      },
      "POST /_cloudless/settle?until_idle=true": {
        "until_idle": "true or false"
      },
      "GET /_cloudless/trace[?cause=7]": {
        "cause": "the number of an event: this and what it led to",
        "service": "s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless",
        "resource": "a name or ARN: of a queue, a function, a bucket, an object",
        "since": "from this moment on: milliseconds, or 2026-11-23T12:00:00Z",
        "until": "before this moment",
        "limit": "how many make a page: 1000 at most, and unless told",
        "token": "next_token of the page before, beside the same other parameters"
      },
      "GET /_cloudless/metrics": {
        "format": "json: queues alone, by their ARNs; else as Prometheus reads it"
      },
      "GET /_cloudless/dashboards/{name}": {
        "start": "from when on: how long ago (-PT3H, unless this or the dashboard says), or a moment in ISO 8601",
        "end": "until when: a moment in ISO 8601, or how long ago; now, unless told",
        "refresh_s": "after how many seconds a browser asks again; not at all, unless told",
        "account": "whose it is: 000000000000, unless told"
      },
      "POST /_cloudless/zones/{name}/lose": {
        "for_s": "it is back after so many seconds; else when that is said"
      },
      "GET /_cloudless/logs": {
        "cause": "the number of an event: this and what it led to",
        "service": "s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless",
        "resource": "a name or ARN: of a queue, a function, a bucket, an object",
        "since": "from this moment on: milliseconds, or 2026-11-23T12:00:00Z",
        "until": "before this moment",
        "limit": "how many make a page: 1000 at most, and unless told",
        "token": "next_token of the page before, beside the same other parameters"
      },
      "GET /_cloudless/logs/{name or ARN}": {
        "cause": "the number of an event: this and what it led to",
        "service": "s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless",
        "resource": "a name or ARN: of a queue, a function, a bucket, an object",
        "since": "from this moment on: milliseconds, or 2026-11-23T12:00:00Z",
        "until": "before this moment",
        "limit": "how many make a page: 1000 at most, and unless told",
        "token": "next_token of the page before, beside the same other parameters"
      }
    }
    "#);
    Ok(())
}
