//! Answers that leave as they come: by `InvokeWithResponseStream`, and by a function's URL.

use std::sync::Arc;

use aws_sdk_lambda::types::InvokeWithResponseStreamResponseEvent as Event;
use aws_sdk_lambda::types::{FunctionUrlAuthType, InvokeMode};
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::streaming::{Body, Response, channel};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::sync::Notify;

use crate::function::{create, in_process_zip, process_zip};
use crate::raw::request;
use crate::{NOON, Story, at_noon, lambda};

/// A function that says "Hello, ", waits for its word, and says "world!".
async fn hesitating(word: Arc<Notify>) -> anyhow::Result<Emulator> {
    let emulator = Emulator::builder()
        .clock(Clock::frozen(NOON))
        .function("greet", move |_| {
            let word = Arc::clone(&word);
            async move {
                Ok::<_, Error>(service_fn(move |_: LambdaEvent<Value>| {
                    let word = Arc::clone(&word);
                    async move {
                        let (mut sender, body) = channel();
                        tokio::spawn(async move {
                            sender.send_data("Hello, ".into()).await?;
                            word.notified().await;
                            sender.send_data("world!".into()).await
                        });
                        let mut answer: Response<Body> = body.into();
                        answer.metadata_prelude.headers.insert("x-greeting", "yes".parse()?);
                        Ok::<_, Error>(answer)
                    }
                }))
            }
        })
        .start()
        .await?;
    create(&lambda(&emulator), "greet", in_process_zip()?).send().await?;
    Ok(emulator)
}

fn told(event: Event) -> String {
    match event {
        Event::PayloadChunk(chunk) => {
            let bytes = chunk.payload().map(|it| it.as_ref().to_vec()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', "0")
        }
        Event::InvokeComplete(end) => format!(
            "the end: {:?} {:?}, with a log: {}",
            end.error_code(),
            end.error_details(),
            end.log_result().is_some()
        ),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_caller_reads_the_first_words_while_the_function_still_thinks() -> Story {
    let word = Arc::new(Notify::new());
    let emulator = hesitating(Arc::clone(&word)).await?;
    let lambda = lambda(&emulator);
    let mut answer = lambda.invoke_with_response_stream().function_name("greet").send().await?;
    let mut heard = vec![format!("{} {:?}", answer.status_code(), answer.executed_version())];
    // Its head, its first words, and nothing more for now.
    while heard.len() < 3 {
        heard.extend(answer.event_stream.recv().await?.map(told));
    }
    word.notify_one();
    while let Some(event) = answer.event_stream.recv().await? {
        heard.push(told(event));
    }
    insta::assert_snapshot!(heard.join("\n"), @r##"
    200 Some("$LATEST")
    {"statusCode":200,"headers":{"x-greeting":"yes","content-type":"application/octet-stream"},"cookies":[]}00000000
    Hello, 
    world!
    the end: None None, with a log: false
    "##);
    emulator.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_function_that_does_not_stream_answers_in_one_piece_and_says_how_it_failed() -> Story {
    let emulator = at_noon().await?;
    let lambda = lambda(&emulator);
    create(&lambda, "plain", process_zip()?).send().await?;
    let mut heard = Vec::new();
    for event in ["{}", r#"{"fail":"no such picture"}"#] {
        let call = lambda.invoke_with_response_stream().function_name("plain");
        let call = call.log_type(aws_sdk_lambda::types::LogType::Tail);
        let mut answer = call.payload(aws_sdk_lambda::primitives::Blob::new(event)).send().await?;
        while let Some(event) = answer.event_stream.recv().await? {
            heard.push(told(event));
        }
    }
    insta::assert_snapshot!(heard.join("\n"), @r##"
    {"served":{}}
    the end: None None, with a log: true
    the end: Some("Unhandled") Some("{\"errorType\":\"&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>\",\"errorMessage\":\"no such picture\"}"), with a log: true
    "##);
    Ok(())
}

#[tokio::test]
async fn a_url_streams_with_the_head_that_the_function_gives() -> Story {
    let word = Arc::new(Notify::new());
    word.notify_one();
    let emulator = hesitating(word).await?;
    let lambda = lambda(&emulator);
    let url = lambda.create_function_url_config().function_name("greet");
    let url = url.auth_type(FunctionUrlAuthType::None).invoke_mode(InvokeMode::ResponseStream);
    let url = url.send().await?;
    lambda
        .add_permission()
        .function_name("greet")
        .statement_id("everybody")
        .action("lambda:InvokeFunctionUrl")
        .principal("*")
        .function_url_auth_type(FunctionUrlAuthType::None)
        .send()
        .await?;
    let host = url.function_url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let answer = request("GET /").header("Host", host).send(&emulator).await?;
    // Sizes and pieces take turns.
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let body: String = body.split("\r\n").skip(1).step_by(2).collect();
    insta::assert_snapshot!(format!("{} {:?} {body}", answer.status, answer.header("x-greeting")), @r#"200 Some("yes") Hello, world!"#);
    Ok(())
}
