//! Functions, by the SDK: created, invoked in each way, failing, and tried again.

use std::time::Duration;

use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    DeadLetterConfig, FunctionCode, FunctionConfiguration, InvocationType, LogType,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::function::{create, in_process_zip, process_zip};
use crate::{NOON, PATIENCE, Story, at_noon, lambda, queue, queue_arn, refusal, sqs};

fn payload(answer: &InvokeOutput) -> String {
    answer.payload().map_or_else(String::new, |it| String::from_utf8_lossy(it.as_ref()).into())
}

/// The end of the log, without the figures that change from run to run.
fn log_tail(answer: &InvokeOutput) -> anyhow::Result<String> {
    let log = String::from_utf8(BASE64.decode(answer.log_result().unwrap_or_default())?)?;
    let lines = log.lines().map(|line| match line.split_once(" RequestId: ") {
        Some((what, rest)) => {
            let mut fields = rest.split('\t').skip(1).filter_map(|it| it.split_once(": "));
            let memory = fields.find(|(name, _)| *name == "Memory Size");
            format!("{what} … {}", memory.map_or("", |(_, size)| size))
        }
        None => line.to_owned(),
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn a_process_is_invoked_and_its_answer_comes_with_the_end_of_its_log() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    let created = create(&lambda, "echo", process_zip()?).memory_size(256).send().await?;
    let mut told = vec![format!(
        "{:?} {:?} {:?} {:?}",
        created.function_arn(),
        created.last_modified(),
        created.memory_size(),
        created.timeout(),
    )];
    let invoke = |event: Value| {
        let invoke = lambda.invoke().function_name("echo").log_type(LogType::Tail);
        invoke.payload(Blob::new(event.to_string())).send()
    };
    for event in [json!({ "a": [1, "ü"] }), json!({ "fail": "no such picture" })] {
        let answer = invoke(event).await?;
        told.push(format!(
            "{} {:?} {}\n{}",
            answer.status_code(),
            answer.function_error(),
            payload(&answer),
            log_tail(&answer)?
        ));
    }
    let dry = lambda.invoke().function_name("echo").invocation_type(InvocationType::DryRun);
    told.push(format!("dry run: {}", dry.send().await?.status_code()));
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    Some("arn:aws:lambda:us-east-1:000000000000:function:echo") Some("2026-11-23T12:00:00.000+0000") Some(256) Some(3)

    200 None {"served":{"a":[1,"ü"]}}
    START … 
    serving {"a":[1,"ü"]}
    END … 
    REPORT … 256 MB

    200 Some("Unhandled") {"errorType":"&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>","errorMessage":"no such picture"}
    START … 
    serving {"fail":"no such picture"}
    END … 
    REPORT … 256 MB

    dry run: 204
    "#);
    Ok(())
}

#[tokio::test]
async fn a_function_is_read_changed_and_deleted() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    let mut told = Vec::new();
    let text = create(&lambda, "echo", b"no zip".to_vec()).send().await;
    told.push(refusal(text));
    create(&lambda, "echo", process_zip()?).timeout(5).send().await?;
    told.push(refusal(create(&lambda, "echo", process_zip()?).send().await));
    let update = lambda.update_function_configuration().function_name("echo").timeout(7);
    update.send().await?;
    let code = FunctionCode::builder().zip_file(Blob::new(in_process_zip()?)).build();
    let update = lambda.update_function_code().function_name("echo");
    let updated = update.set_zip_file(code.zip_file).send().await?;
    let got = lambda.get_function().function_name("echo").send().await?;
    let configuration = got.configuration();
    assert_eq!(configuration.and_then(|it| it.code_sha256()), updated.code_sha256());
    told.push(format!(
        "{:?} {:?}",
        configuration.and_then(FunctionConfiguration::timeout),
        configuration.and_then(|it| it.state()),
    ));
    let list = lambda.list_functions().send().await?;
    told.push(format!(
        "{:?}",
        list.functions().iter().map(|it| it.function_name()).collect::<Vec<_>>()
    ));
    lambda.delete_function().function_name("echo").send().await?;
    told.push(refusal(lambda.get_function().function_name("echo").send().await));
    told.push(refusal(lambda.invoke().function_name("echo").send().await));
    told.push(refusal(lambda.list_capacity_providers().send().await));
    insta::assert_snapshot!(told.join("\n"), @r#"
    400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.
    409 ResourceConflictException: Function already exist: echo
    Some(7) Some(Active)
    [Some("echo")]
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:echo
    404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST
    501 NotImplemented: The operation lambda:ListCapacityProviders is not implemented by Cloudless.
    "#);
    Ok(())
}

#[tokio::test]
async fn an_asynchronous_event_is_tried_three_times_and_then_goes_to_the_dead_letter_queue() -> Story
{
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("failing", |_environment| async {
            Ok::<_, Error>(service_fn(|event: LambdaEvent<Value>| async move {
                Err::<Value, Error>(format!("cannot read {}", event.payload).into())
            }))
        })
        .start()
        .await?;
    let (lambda, sqs) = (lambda(&emulator), sqs(&emulator));
    let dead = queue(&sqs, "dead").await?;
    create(&lambda, "failing", in_process_zip()?)
        .dead_letter_config(DeadLetterConfig::builder().target_arn(queue_arn("dead")).build())
        .send()
        .await?;
    let invoke = lambda.invoke().function_name("failing").invocation_type(InvocationType::Event);
    let answer = invoke.payload(Blob::new(r#"{"picture":7}"#)).send().await?;
    let mut told = vec![format!("{} {:?}", answer.status_code(), payload(&answer))];
    let tries = || {
        let trace = emulator.trace();
        let tries = trace
            .iter()
            .filter(|it| it.outcome.as_deref().is_some_and(|it| it.contains("cannot read")));
        format!("{} tries, {} s", tries.count(), emulator.clock().now().since(NOON).as_secs())
    };
    emulator.settle(PATIENCE).await?;
    told.push(tries());
    emulator.advance(Duration::from_secs(60)).await?;
    told.push(tries());
    emulator.settle_until_idle(PATIENCE).await?;
    told.push(tries());
    let received = sqs.receive_message().queue_url(&dead).message_attribute_names("All");
    for message in received.send().await?.messages() {
        let attribute =
            |name: &str| message.message_attributes().and_then(|it| it.get(name)?.string_value());
        told.push(format!(
            "{:?} {:?} {:?}",
            message.body(),
            attribute("ErrorCode"),
            attribute("ErrorMessage")
        ));
    }
    for event in emulator.trace() {
        told.push(format!("{} {}: {:?}", event.what, event.subject, event.outcome));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    202 ""
    1 tries, 0 s
    2 tries, 60 s
    3 tries, 180 s
    Some("{\"picture\":7}") Some("200") Some("cannot read {\"picture\":7}")
    sqs:CreateQueue dead: Some("ok")
    lambda:CreateFunction failing: Some("ok")
    lambda:Invoke failing: Some("ok")
    lambda:Invoke failing: Some("cannot read {\"picture\":7}")
    cloudless:Advance 2026-11-23T12:00:00.000Z/2026-11-23T12:01:00.000Z: None
    lambda:Invoke failing: Some("cannot read {\"picture\":7}")
    cloudless:Advance 2026-11-23T12:01:00.000Z/2026-11-23T12:03:00.000Z: None
    lambda:Invoke failing: Some("cannot read {\"picture\":7}")
    lambda:DeadLetter dead: Some("ok")
    sqs:ReceiveMessage dead: Some("ok")
    "#);
    Ok(())
}
