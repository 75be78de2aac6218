//! Tags of queues.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::QueueName;
use serde::{Deserialize, Serialize};

use super::Sqs;
use super::delete::Empty;
use crate::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};
use crate::{Cx, error as errors};

impl Sqs {
    pub(super) fn tag_queue(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: TagQueueInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let tags = input.tags.unwrap_or_default();
        if tags.is_empty() {
            return Err(
                errors::MISSING_PARAMETER.says("The request must contain the parameter Tags.")
            );
        }
        let queue = self.existing(&arn)?;
        let kept = queue.tags.keys().filter(|key| !tags.contains_key(*key)).count();
        check(&arn.name, &tags, kept)?;
        queue.tags.extend(tags);
        cx.put(|| queue.record());
        Ok(Empty {})
    }

    pub(super) fn untag_queue(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UntagQueueInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let keys = input.tag_keys.unwrap_or_default();
        if keys.is_empty()
            || !keys.iter().all(|key| (1..=TAG_KEY_CHARS_MAX).contains(&key.chars().count()))
        {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Tag keys must be between 1 and {TAG_KEY_CHARS_MAX} characters in length."
            )));
        }
        let queue = self.existing(&arn)?;
        for key in keys {
            queue.tags.remove(&key);
        }
        cx.put(|| queue.record());
        Ok(Empty {})
    }

    pub(super) fn list_queue_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ListQueueTagsInput,
    ) -> Result<ListQueueTagsOutput, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        Ok(ListQueueTagsOutput { tags: self.existing(&arn)?.tags.clone() })
    }
}

/// # Errors
/// `InvalidParameterValue` where a tag cannot be or where there would be too many.
pub(super) fn check(
    queue: &QueueName,
    tags: &BTreeMap<String, String>,
    kept: usize,
) -> Result<(), ApiError> {
    if tags.len() + kept > TAGS_MAX {
        return Err(
            errors::INVALID_PARAMETER_VALUE.says(format!("Too many tags added for queue {queue}."))
        );
    }
    let refuse = |reason: String| Err(errors::INVALID_PARAMETER_VALUE.says(reason));
    for (key, value) in tags {
        let parts =
            [("keys", key, 1..=TAG_KEY_CHARS_MAX), ("values", value, 0..=TAG_VALUE_CHARS_MAX)];
        for (what, text, chars) in parts {
            if !chars.contains(&text.chars().count()) {
                return refuse(format!(
                    "Tag {what} must be between {} and {} characters in length.",
                    chars.start(),
                    chars.end()
                ));
            }
            if !text.chars().all(is_allowed) {
                return refuse(format!(
                    "Tag {what} may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @"
                ));
            }
            if text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
                return refuse(format!("Tag {what} must not begin with aws:."));
            }
        }
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_allowed(character: char) -> bool {
    let is_control = character.is_control() && !"\t\n\r".contains(character);
    !is_control
        && (character.is_alphanumeric()
            || character.is_whitespace()
            || "_.:/=+-@".contains(character))
}

/// Input of `TagQueue`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagQueueInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// What to add or replace.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Input of `UntagQueue`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UntagQueueInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// What to remove.
    pub tag_keys: Option<Vec<String>>,
}

/// Input of `ListQueueTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListQueueTagsInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
}

/// Output of `ListQueueTags`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueueTagsOutput {
    /// All of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}
