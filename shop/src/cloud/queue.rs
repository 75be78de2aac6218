//! Queues, and who may send to them.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use super::{Clouds, How};

/// Dead letters are kept for 14 days, the longest there is.
const DEAD_LETTER_RETENTION_S: u32 = 1_209_600;

/// A queue that is there.
pub(super) struct Queue {
    pub(super) how: How,
    pub(super) url: String,
    pub(super) arn: String,
}

/// How a queue gives its messages.
pub(super) struct Delivery<'a> {
    pub(super) visibility_timeout_s: i32,
    /// After so many receives a message goes to the dead-letter queue.
    pub(super) receives_max: u32,
    pub(super) dead_letters: &'a Queue,
}

impl Clouds {
    /// A queue that keeps what others could not handle.
    pub(super) async fn dead_letter_queue(&self, name: &str) -> Result<Queue> {
        let retention = DEAD_LETTER_RETENTION_S.to_string();
        self.queue(name, [(QueueAttributeName::MessageRetentionPeriod, retention)]).await
    }

    /// A queue whose messages somebody handles.
    pub(super) async fn work_queue(&self, name: &str, delivery: Delivery<'_>) -> Result<Queue> {
        let redrive = json!({
            "deadLetterTargetArn": delivery.dead_letters.arn,
            "maxReceiveCount": delivery.receives_max,
        });
        let attributes = [
            (QueueAttributeName::VisibilityTimeout, delivery.visibility_timeout_s.to_string()),
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
        ];
        self.queue(name, attributes).await
    }

    /// Lets the functions' role use the queue between them.
    pub(super) async fn admit_role(&self, queue: &Queue, role_arn: &str) -> Result<()> {
        let statement = json!({
            "Sid": "TheFunctionsSendAndReceive",
            "Effect": "Allow",
            "Principal": { "AWS": role_arn },
            "Action": [
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            ],
            "Resource": queue.arn,
        });
        self.queue_policy(queue, statement).await
    }

    /// Lets S3 announce to a queue what happens in a bucket.
    pub(super) async fn admit_bucket(&self, queue: &Queue, bucket: &str) -> Result<()> {
        let statement = json!({
            "Sid": "TheBucketAnnouncesUploads",
            "Effect": "Allow",
            "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": { "ArnLike": { "aws:SourceArn": format!("arn:aws:s3:::{bucket}") } },
        });
        self.queue_policy(queue, statement).await
    }

    async fn queue_policy(&self, queue: &Queue, statement: Value) -> Result<()> {
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let request = self.sqs.set_queue_attributes().queue_url(&queue.url);
        request.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
        Ok(())
    }

    /// A queue with these attributes.
    async fn queue(
        &self,
        name: &str,
        attributes: impl IntoIterator<Item = (QueueAttributeName, String)>,
    ) -> Result<Queue> {
        let attributes: HashMap<_, _> = attributes.into_iter().collect();
        let (how, url) = match self.sqs.get_queue_url().queue_name(name).send().await {
            Ok(found) => (How::Updated, found.queue_url),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetQueueUrlError::is_queue_does_not_exist) =>
            {
                let made = self.sqs.create_queue().queue_name(name).send().await?;
                (How::Created, made.queue_url)
            }
            Err(error) => return Err(error.into()),
        };
        let url = url.context("the answer has no queue URL")?;
        let request = self.sqs.set_queue_attributes().queue_url(&url);
        request.set_attributes(Some(attributes)).send().await?;
        let arn_name = QueueAttributeName::QueueArn;
        let request = self.sqs.get_queue_attributes().queue_url(&url);
        let found = request.attribute_names(arn_name.clone()).send().await?;
        let arn = found.attributes.and_then(|mut attributes| attributes.remove(&arn_name));
        Ok(Queue { how, url, arn: arn.context("the queue has no ARN")? })
    }
}
