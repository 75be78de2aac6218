//! What an upload led to, as a tree: `cargo run -p cloudless --example trace_an_upload`.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_s3::types::{Event, LambdaFunctionConfiguration, NotificationConfiguration};
use cloudless::Emulator;
use cloudless::runtime::EnvironmentContext;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let emulator = Emulator::builder().function("greet", greet).start().await?;
    let config = emulator.sdk_config();
    let path_style = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(path_style);
    let lambda = aws_sdk_lambda::Client::new(&config);
    aws_sdk_sqs::Client::new(&config).create_queue().queue_name("greetings").send().await?;
    s3.create_bucket().bucket("names").send().await?;
    let function = lambda
        .create_function()
        .function_name("greet")
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role("arn:aws:iam::000000000000:role/greet")
        .code(FunctionCode::builder().zip_file(Blob::new(placeholder()?)).build())
        .send()
        .await?;
    lambda
        .add_permission()
        .function_name("greet")
        .statement_id("s3")
        .action("lambda:InvokeFunction")
        .principal("s3.amazonaws.com")
        .source_arn("arn:aws:s3:::names")
        .send()
        .await?;
    let to_greet = LambdaFunctionConfiguration::builder()
        .lambda_function_arn(function.function_arn().unwrap_or_default())
        .events(Event::S3ObjectCreated)
        .build()?;
    s3.put_bucket_notification_configuration()
        .bucket("names")
        .notification_configuration(
            NotificationConfiguration::builder().lambda_function_configurations(to_greet).build(),
        )
        .send()
        .await?;

    s3.put_object().bucket("names").key("ann").body(b"Ann".to_vec().into()).send().await?;
    emulator.settle(Duration::from_secs(10)).await?;

    let trace = emulator.trace();
    let upload = trace.iter().find(|event| event.subject == "names/ann");
    for (depth, event) in upload.map(|it| emulator.trace_of(it.id)).unwrap_or_default() {
        let outcome = event.outcome.as_deref().unwrap_or("under way");
        println!("{}{} {}: {outcome}", "  ".repeat(depth), event.what, event.subject);
    }
    emulator.stop().await;
    Ok(())
}

/// Made once for each execution environment; what it makes serves the events.
async fn greet(
    environment: EnvironmentContext,
) -> Result<
    impl tower::Service<LambdaEvent<Value>, Response = (), Error = Error, Future: Send> + Send,
    Error,
> {
    let sqs = aws_sdk_sqs::Client::new(&environment.sdk_config);
    Ok(service_fn(move |event: LambdaEvent<Value>| {
        let sqs = sqs.clone();
        async move {
            let url = sqs.get_queue_url().queue_name("greetings").send().await?;
            let name = &event.payload["Records"][0]["s3"]["object"]["key"];
            let send = sqs.send_message().set_queue_url(url.queue_url);
            send.message_body(format!("Hello {name}")).send().await?;
            Ok(())
        }
    }))
}

/// The code that AWS would run. Here the handler of this process takes its place.
fn placeholder() -> Result<Vec<u8>, Error> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", zip::write::SimpleFileOptions::default())?;
    zip.write_all(b"#!/bin/sh\n")?;
    Ok(zip.finish()?.into_inner())
}
