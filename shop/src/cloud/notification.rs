//! Who hears of uploads.

use anyhow::Result;
use aws_sdk_s3::types as s3;

use super::{Clouds, How};

/// Who hears of uploads.
pub(super) enum Hears<'a> {
    /// The function with this ARN is invoked.
    Function(&'a str),
    /// The queue with this ARN gets a message.
    Queue(&'a str),
}

/// What uploads to products have in common.
const PREFIX: &str = "products/";
/// The notifications that this shop has ever made. A bucket takes no two that overlap, so the one
/// of another plan makes room.
const OURS: [&str; 2] = ["resize-image", "image-uploaded"];

impl Clouds {
    /// Announces uploads under `products/` under this ID. Other notifications of the bucket stay.
    pub(super) async fn notification(&self, bucket: &str, id: &str, to: Hears<'_>) -> Result<How> {
        let request = self.s3.get_bucket_notification_configuration().bucket(bucket);
        let found = request.send().await?;
        let mut functions = found.lambda_function_configurations.unwrap_or_default();
        let mut queues = found.queue_configurations.unwrap_or_default();
        let was_there = functions.iter().any(|one| one.id.as_deref() == Some(id))
            || queues.iter().any(|one| one.id.as_deref() == Some(id));
        let is_other =
            |other: Option<&str>| other.is_none_or(|other| other != id && !OURS.contains(&other));
        functions.retain(|one| is_other(one.id.as_deref()));
        queues.retain(|one| is_other(one.id.as_deref()));
        let prefix = s3::FilterRule::builder().name(s3::FilterRuleName::Prefix).value(PREFIX);
        let key = s3::S3KeyFilter::builder().filter_rules(prefix.build()).build();
        let filter = s3::NotificationConfigurationFilter::builder().key(key).build();
        let created = s3::Event::S3ObjectCreated;
        match to {
            Hears::Function(arn) => functions.push(
                s3::LambdaFunctionConfiguration::builder()
                    .id(id)
                    .lambda_function_arn(arn)
                    .events(created)
                    .filter(filter)
                    .build()?,
            ),
            Hears::Queue(arn) => queues.push(
                s3::QueueConfiguration::builder()
                    .id(id)
                    .queue_arn(arn)
                    .events(created)
                    .filter(filter)
                    .build()?,
            ),
        }
        let configuration = s3::NotificationConfiguration::builder()
            .set_lambda_function_configurations(Some(functions))
            .set_queue_configurations(Some(queues))
            .set_topic_configurations(found.topic_configurations)
            .set_event_bridge_configuration(found.event_bridge_configuration)
            .build();
        let request = self.s3.put_bucket_notification_configuration().bucket(bucket);
        request.notification_configuration(configuration).send().await?;
        Ok(if was_there { How::Updated } else { How::Created })
    }
}
