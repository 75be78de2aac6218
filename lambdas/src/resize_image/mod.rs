//! `resize-image`: an upload becomes a small picture beside it, and one message.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use aws_config::SdkConfig;
use aws_lambda_events::s3::S3EventRecord;
use lambda_runtime::{Diagnostic, LambdaEvent, Service};
use serde::{Deserialize, Serialize};

use crate::{
    environment::{InitError, required},
    message::ImageResized,
};

pub mod key;
mod objects;
mod turn;

#[cfg(test)]
mod handler_tests;

pub use imaging::{InputFormat, fit};
pub use objects::Problem;
pub(crate) use objects::reason;
use objects::{Objects, Upload};

/// The function `resize-image`, ready to be invoked.
///
/// For each record of an S3 event notification: gets the object (the version the record names),
/// fits it into 268x200 ([`fit::fit`]), puts the result under the resized prefix of the same bucket,
/// and sends one [`ImageResized`] to the queue. All records are tried; if some fail, the invocation
/// fails with all their reasons, and Lambda's retry does all of them again, which changes nothing
/// for those that are done: the same object is written and the same version is announced.
///
/// The resized picture keeps its name under the prefix, and gets the extension of its format where
/// its name promises another one ([`key::resized`]).
///
/// A process works on as many pictures at a time as it has processors, however many invocations it
/// hosts: one can take hundreds of MiB. The others wait, and their timeouts run meanwhile.
///
/// Ignored, with success: keys under the resized prefix (the function would feed itself), keys that
/// end in `/` (the console's folders), events other than `ObjectCreated`, and `s3:TestEvent`.
#[derive(Clone)]
pub struct ResizeImage {
    inner: Arc<Inner>,
}

struct Inner {
    objects: Objects,
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

impl ResizeImage {
    /// Environment: `QUEUE_URL` (required), `RESIZED_PREFIX` (default `resized/`). The clients are
    /// built from `sdk`; S3 is addressed by path when an endpoint URL is set, because a local
    /// endpoint seldom has a DNS name for each bucket.
    ///
    /// # Errors
    /// [`InitError`] when a variable is missing or cannot be used.
    #[expect(clippy::unused_async, reason = "both functions are initialised the same way")]
    pub async fn init(
        env: impl Fn(&str) -> Option<String>,
        sdk: &SdkConfig,
    ) -> Result<Self, InitError> {
        let queue_url = required(&env, "QUEUE_URL", "the URL of the queue image-resized")?;
        let prefix = env("RESIZED_PREFIX").filter(|prefix| !prefix.is_empty());
        let prefix = prefix.unwrap_or_else(|| "resized/".to_owned());
        let by_path = sdk.endpoint_url().is_some()
            || env("AWS_ENDPOINT_URL").is_some()
            || env("AWS_ENDPOINT_URL_S3").is_some();
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(by_path).build();
        Ok(Self {
            inner: Arc::new(Inner {
                objects: Objects::new(aws_sdk_s3::Client::from_conf(s3), prefix),
                sqs: aws_sdk_sqs::Client::new(sdk),
                queue_url,
            }),
        })
    }
}

impl Service<LambdaEvent<S3Notification>> for ResizeImage {
    type Response = ResizeOutcome;
    type Error = ResizeImageError;
    type Future = Pin<Box<dyn Future<Output = Result<ResizeOutcome, ResizeImageError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResizeImageError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<S3Notification>) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.handle(event.payload).await })
    }
}

/// What S3 sends: an event notification with records, or the test event that announces a new
/// notification configuration.
#[derive(Clone, Debug, Deserialize)]
pub struct S3Notification {
    /// What happened, usually one record.
    #[serde(rename = "Records")]
    pub records: Option<Vec<S3EventRecord>>,
    /// `s3:TestEvent` in a test event, absent otherwise.
    #[serde(rename = "Event")]
    pub event: Option<String>,
}

/// What was done; the answer to a synchronous invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResizeOutcome {
    /// The messages that were sent.
    pub resized: Vec<ImageResized>,
    /// What was left alone, and why.
    pub ignored: Vec<Ignored>,
}

/// Something that is none of this function's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The object's key, or the name of the event.
    pub what: String,
    /// Why it was left alone.
    pub why: &'static str,
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum ResizeImageError {
    /// Neither records nor `s3:TestEvent`.
    #[error("the payload is not an S3 event notification: it has no \"Records\"")]
    NotAnS3Event,
    /// At least one record failed; the others are done.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Records(Vec<RecordError>),
}

/// The object and its problem.
#[derive(Debug, thiserror::Error)]
#[error("s3://{bucket}/{key}: {problem}")]
pub struct RecordError {
    /// The bucket, as the event names it.
    pub bucket: String,
    /// The key, decoded if that was possible.
    pub key: String,
    /// What went wrong.
    pub problem: Problem,
}

impl From<ResizeImageError> for Diagnostic {
    fn from(error: ResizeImageError) -> Self {
        Self { error_type: "ResizeImageError".to_owned(), error_message: error.to_string() }
    }
}

impl Inner {
    async fn handle(&self, payload: S3Notification) -> Result<ResizeOutcome, ResizeImageError> {
        let mut outcome = ResizeOutcome::default();
        let Some(records) = payload.records else {
            let event = payload.event.filter(|event| event == "s3:TestEvent");
            let what = event.ok_or(ResizeImageError::NotAnS3Event)?;
            outcome.ignore(what, "a test event");
            return Ok(outcome);
        };
        let mut failed = Vec::new();
        for record in records {
            let (bucket, key) = names(&record);
            match self.handle_record(record, &mut outcome).await {
                Ok(()) => {}
                Err(problem) => {
                    let error = RecordError { bucket, key, problem };
                    tracing::error!(%error, "a picture was not resized");
                    failed.push(error);
                }
            }
        }
        if failed.is_empty() { Ok(outcome) } else { Err(ResizeImageError::Records(failed)) }
    }

    async fn handle_record(
        &self,
        record: S3EventRecord,
        outcome: &mut ResizeOutcome,
    ) -> Result<(), Problem> {
        let name = record.event_name.clone().unwrap_or_default();
        let upload = Upload::of(record)?;
        if !name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
            outcome.ignore(upload.key, "not an ObjectCreated event");
        } else if upload.key.starts_with(self.objects.prefix()) {
            outcome.ignore(upload.key, "a picture that is resized already");
        } else if upload.key.ends_with('/') {
            outcome.ignore(upload.key, "a folder");
        } else {
            let message = self.objects.resize(upload).await?;
            self.send(&message).await?;
            tracing::info!(
                bucket = message.bucket,
                key = message.original_key,
                resized_key = message.resized_key,
                width = message.width,
                height = message.height,
                "a picture was resized",
            );
            outcome.resized.push(message);
        }
        Ok(())
    }

    async fn send(&self, message: &ImageResized) -> Result<(), Problem> {
        let body =
            serde_json::to_string(message).map_err(|error| Problem::Send(error.to_string()))?;
        self.sqs
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .send()
            .await
            .map_err(|error| Problem::Send(reason(&error)))?;
        Ok(())
    }
}

impl ResizeOutcome {
    fn ignore(&mut self, what: String, why: &'static str) {
        tracing::info!(what, why, "ignored");
        self.ignored.push(Ignored { what, why });
    }
}

/// Bucket and key for a message about a record, as far as they are there.
fn names(record: &S3EventRecord) -> (String, String) {
    let unnamed = || "(unnamed)".to_owned();
    let encoded = record.s3.object.key.clone().unwrap_or_else(unnamed);
    let key = key::from_event(&encoded).unwrap_or(encoded);
    (record.s3.bucket.name.clone().unwrap_or_else(unnamed), key)
}
