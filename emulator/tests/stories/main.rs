//! What people rely on, told through the clients that they use: the AWS SDK for Rust as it comes,
//! and plain HTTP where a header or a byte matters.

mod cloudwatch;
mod data_directories;
mod door;
mod emulator;
#[cfg(unix)]
mod file_descriptors;
mod forks;
mod function;
mod hostile;
mod http2;
mod keys;
mod lambda;
mod lambda_environments;
mod lambda_streaming;
mod lambda_urls;
mod localstack;
mod log_kills;
mod logs;
mod past;
mod pipeline;
mod raw;
mod s3_access;
mod s3_events;
mod s3_forms;
mod s3_heads;
mod s3_logs;
mod s3_metadata;
mod s3_objects;
mod s3_uploads;
mod s3_websites;
mod signatures;
mod signing;
mod sqs;
mod sqs_long_polls;
mod sqs_protocols;
mod sqs_wire;
mod watched_by_sdk;

use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::Timestamp;

/// A failed step fails the story.
type Story = anyhow::Result<()>;

/// 2026-11-23T12:00:00Z.
const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

/// More than any wait here takes. It is reached only where a story fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An emulator on which time stands until it is moved.
async fn at_noon() -> anyhow::Result<Emulator> {
    Ok(Emulator::builder().clock(Clock::frozen(NOON)).seed(7).start().await?)
}

fn s3(emulator: &Emulator) -> aws_sdk_s3::Client {
    s3_with(&emulator.sdk_config())
}

fn s3_with(config: &aws_config::SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

fn sqs(emulator: &Emulator) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&emulator.sdk_config())
}

fn lambda(emulator: &Emulator) -> aws_sdk_lambda::Client {
    aws_sdk_lambda::Client::new(&emulator.sdk_config())
}

/// Creates a queue and gives its URL.
async fn queue(sqs: &aws_sdk_sqs::Client, name: &str) -> anyhow::Result<String> {
    let created = sqs.create_queue().queue_name(name).send().await?;
    created.queue_url.ok_or_else(|| anyhow::anyhow!("a queue has a URL"))
}

fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

/// How a call was refused: `404 NoSuchKey: The specified key does not exist.`
fn refusal<T: Debug, E>(result: Result<T, SdkError<E>>) -> String
where
    E: ProvideErrorMetadata + Debug,
{
    match result {
        Ok(answer) => format!("not refused: {answer:?}"),
        Err(error) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            let code = error.code().unwrap_or("no code");
            format!("{status} {code}: {}", error.message().unwrap_or("no message"))
        }
    }
}

/// Returns when `look` finds what it looks for: it looks again whenever another task had its turn.
async fn until(mut look: impl FnMut() -> bool) -> Story {
    let seen = async {
        while !look() {
            tokio::task::yield_now().await;
        }
    };
    Ok(tokio::time::timeout(PATIENCE, seen).await?)
}
