//! A queue that may come, go and come back.

use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        ChangeMessageVisibilityBatchRequestEntry as Visibility,
        DeleteMessageBatchRequestEntry as Deletion, MessageSystemAttributeName, QueueAttributeName,
    },
};

use super::{Backoff, Batch, Failures};
use crate::resize_image::reason;

/// The longest that SQS lets a receive wait.
const WAIT_S: i32 = 20;
/// Nobody answers later than this: a receive waits for [`WAIT_S`].
const ANSWER_TIMEOUT: Duration = Duration::from_secs(25);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A client that gives up soon: whoever uses it tries again by itself.
pub(super) fn client(sdk: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ANSWER_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(2)
        .with_initial_backoff(Duration::from_millis(200));
    let config = aws_sdk_sqs::config::Builder::from(sdk);
    Client::from_conf(config.timeout_config(timeouts).retry_config(retries).build())
}

/// A queue by its name.
pub(super) struct Queue {
    sqs: Client,
    name: String,
    region: Option<String>,
    backoff: Backoff,
    found: Option<Found>,
}

/// Where a queue was found.
struct Found {
    url: String,
    arn: Option<String>,
}

impl Queue {
    pub(super) fn new(sqs: Client, name: &str, region: Option<String>) -> Self {
        Self { sqs, name: name.to_owned(), region, backoff: Backoff::default(), found: None }
    }

    pub(super) fn arn(&self) -> Option<&str> {
        self.found.as_ref()?.arn.as_deref()
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Its URL, as soon as it is there.
    pub(super) async fn url(&mut self) -> String {
        loop {
            if let Some(found) = &self.found {
                return found.url.clone();
            }
            match self.sqs.get_queue_url().queue_name(&self.name).send().await {
                Ok(answer) => {
                    let url = answer.queue_url.unwrap_or_default();
                    let arn = self.arn_of(&url).await;
                    self.found = Some(Found { url, arn });
                    self.backoff.over(&format!("the queue {} is there", self.name));
                }
                Err(error) => self.away(&error).await,
            }
        }
    }

    /// At least one and up to `max` messages, whenever they come.
    pub(super) async fn receive(&mut self, max: i32) -> Batch {
        loop {
            let is_new = self.found.is_none();
            let url = self.url().await;
            if is_new {
                tracing::info!("polling the queue {} at {url}", self.name);
            }
            let request = self.sqs.receive_message().queue_url(&url).max_number_of_messages(max);
            let request = request.wait_time_seconds(WAIT_S);
            let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
            match request.send().await {
                Ok(answer) => {
                    self.backoff.over(&format!("the queue {} answers again", self.name));
                    let messages = answer.messages.unwrap_or_default();
                    if !messages.is_empty() {
                        return Batch::new(messages);
                    }
                }
                Err(error) => {
                    // It may come back elsewhere.
                    self.found = None;
                    self.away(&error).await;
                }
            }
        }
    }

    /// Deletes what succeeded and gives back what failed. A message for which that cannot be said
    /// is given again when its time is over; the functions bear that.
    pub(super) async fn answer(&mut self, batch: Batch, failures: &Failures) {
        let Some(url) = self.found.as_ref().map(|found| &found.url) else { return };
        let (mut deletions, mut given_back) = (Vec::new(), Vec::new());
        for (place, received) in batch.messages().enumerate() {
            let (id, handle) = (place.to_string(), received.receipt_handle());
            if failures.contains(place) {
                let entry = Visibility::builder().id(id).receipt_handle(handle);
                given_back.extend(entry.visibility_timeout(0).build().ok());
            } else {
                deletions.extend(Deletion::builder().id(id).receipt_handle(handle).build().ok());
            }
        }
        let mut problems = Vec::new();
        if !deletions.is_empty() {
            let request = self.sqs.delete_message_batch().queue_url(url);
            match request.set_entries(Some(deletions)).send().await {
                Ok(answer) => problems.extend(answer.failed.into_iter().map(|one| one.code)),
                Err(error) => problems.push(reason(&error)),
            }
        }
        if !given_back.is_empty() {
            let request = self.sqs.change_message_visibility_batch().queue_url(url);
            match request.set_entries(Some(given_back)).send().await {
                Ok(answer) => problems.extend(answer.failed.into_iter().map(|one| one.code)),
                Err(error) => problems.push(reason(&error)),
            }
        }
        for problem in problems {
            tracing::warn!(
                "{}: a message was not answered and will come again: {problem}",
                self.name
            );
        }
    }

    async fn arn_of(&self, url: &str) -> Option<String> {
        let arn = QueueAttributeName::QueueArn;
        let request = self.sqs.get_queue_attributes().queue_url(url).attribute_names(arn.clone());
        request.send().await.ok()?.attributes?.remove(&arn)
    }

    async fn away<E>(&mut self, error: &SdkError<E>)
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let name = &self.name;
        let reason = reason(error);
        self.backoff.wait(&format!("the queue {name} does not answer: {reason}")).await;
    }
}
