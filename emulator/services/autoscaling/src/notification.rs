//! Whom a group would tell what it does: kept. There is no SNS; what would be sent is told in the trace.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{LIMIT_EXCEEDED, invalid};
use crate::limits::TOPICS_MAX;
use crate::page::{self, PageSize};
use crate::shape::Empty;
use crate::{AutoScaling, Cx};

/// What can be told.
pub(crate) const NOTIFICATION_TYPES: [&str; 5] = [
    "autoscaling:EC2_INSTANCE_LAUNCH",
    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
    "autoscaling:EC2_INSTANCE_TERMINATE",
    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    "autoscaling:TEST_NOTIFICATION",
];

impl AutoScaling {
    pub(crate) fn put_notification(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutNotificationConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let kinds = &input.notification_types;
        if let Some(unknown) = kinds.iter().find(|kind| !NOTIFICATION_TYPES.contains(&&***kind)) {
            return Err(invalid(format!("\"{unknown}\" is not a valid Notification Type.")));
        }
        if kernel::arn::Parts::parse_ours(&input.topic_arn).is_none_or(|it| it.service != "sns") {
            return Err(invalid(format!("Invalid SNS topic ARN: {}", input.topic_arn)));
        }
        self.change(cx, &key, |work| {
            let topics = &mut work.group.notifications;
            if !topics.contains_key(&input.topic_arn) && topics.len() >= TOPICS_MAX {
                return Err(LIMIT_EXCEEDED
                    .says(format!("A group can have {TOPICS_MAX} SNS topics at most.")));
            }
            topics.insert(input.topic_arn, input.notification_types.into_iter().collect());
            Ok(Empty {})
        })
    }

    pub(crate) fn delete_notification(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteNotificationConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        self.change(cx, &key, |work| {
            work.group.notifications.remove(&input.topic_arn);
            Ok(Empty {})
        })
    }

    pub(crate) fn describe_notifications(
        &self,
        origin: &Origin,
        input: &DescribeNotificationConfigurationsInput,
    ) -> Result<DescribeNotificationConfigurationsOutput, ApiError> {
        let names = input.auto_scaling_group_names.as_ref().filter(|names| !names.is_empty());
        for name in names.into_iter().flatten() {
            self.key_of(origin, name)?;
        }
        let groups = self
            .groups_of(origin)
            .filter(|group| names.is_none_or(|it| it.iter().any(|it| **it == *group.key.name)));
        let all = groups.flat_map(|group| {
            group.notifications.iter().flat_map(move |(topic, kinds)| {
                kinds.iter().map(move |kind| NotificationConfiguration {
                    auto_scaling_group_name: group.key.name.to_string(),
                    topic_arn: topic.clone(),
                    notification_type: kind.clone(),
                })
            })
        });
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(all, asked, PageSize::USUAL, |it| {
            format!("{}/{}/{}", it.auto_scaling_group_name, it.topic_arn, it.notification_type)
        })?;
        Ok(DescribeNotificationConfigurationsOutput {
            notification_configurations: page.items,
            next_token: page.next_token,
        })
    }
}

/// Input of `PutNotificationConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutNotificationConfigurationInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Whom.
    #[serde(rename = "TopicARN")]
    pub topic_arn: String,
    /// What.
    #[serde(default)]
    pub notification_types: Vec<String>,
}

/// Input of `DeleteNotificationConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteNotificationConfigurationInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Whom.
    #[serde(rename = "TopicARN")]
    pub topic_arn: String,
}

/// Input of `DescribeNotificationConfigurations`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeNotificationConfigurationsInput {
    /// Of these groups.
    pub auto_scaling_group_names: Option<Vec<String>>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Items of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeNotificationConfigurations`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNotificationConfigurationsOutput {
    /// One for each group, topic and type.
    pub notification_configurations: Vec<NotificationConfiguration>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Whom a group tells what.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NotificationConfiguration {
    auto_scaling_group_name: String,
    #[serde(rename = "TopicARN")]
    topic_arn: String,
    notification_type: String,
}
