//! Dead-letter queues: which queue takes what another could not get processed, and who may say so.

use std::sync::Arc;

use kernel::arn::{Arn, QueueArn};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::number::decimal;
use kernel::trace::Cause;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Sqs;
use super::message::{Content, Message, Place, Sequence};
use super::queue::NextPage;
use crate::limits::{RECEIVE_COUNT_MAX, REDRIVE_SOURCES_MAX};
use crate::{Cx, error as errors};

const EXPIRED: &str = "Invalid or expired next token.";

/// `RedrivePolicy`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RedrivePolicy {
    pub(super) target: QueueArn,
    pub(super) max_receives: u32,
}

impl RedrivePolicy {
    /// As AWS answers with it: the count is a number, even where it was written as a text.
    pub(super) fn with_numeric_count(text: String) -> String {
        let Ok(policy) = Self::parse(&text) else { return text };
        match serde_json::from_str::<Value>(&text) {
            Ok(written) if written["maxReceiveCount"].is_string() => {
                let (target, count) = (policy.target, policy.max_receives);
                format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{count}}}"#)
            }
            _ => text,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let refuse = |reason: &str| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
            ))
        };
        let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
            return Err(errors::INVALID_ATTRIBUTE_VALUE.says(
                "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
            ));
        };
        let attribute = |name: &str| {
            policy.get(name).ok_or_else(|| {
                refuse(&format!("Redrive policy does not contain mandatory attribute: {name}."))
            })
        };
        let count = attribute("maxReceiveCount")?;
        let target = attribute("deadLetterTargetArn")?;
        if policy.len() > 2 {
            return Err(refuse(
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].",
            ));
        }
        let max_receives = match count {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => decimal(text),
            _ => None,
        }
        .filter(|count| (1..=RECEIVE_COUNT_MAX).contains(count))
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| {
            let shown = count.as_str().map_or_else(|| count.to_string(), str::to_owned);
            refuse(&format!("Invalid value for maxReceiveCount: {shown}, valid values are from 1 to {RECEIVE_COUNT_MAX} both inclusive."))
        })?;
        let target = target.as_str().unwrap_or_default();
        match Arn::parse(target) {
            Some(Arn::Queue(target)) => Ok(Self { target, max_receives }),
            _ if target.starts_with("arn:") => {
                Err(refuse("Only SQS queues are valid resources for deadLetterTargetArn."))
            }
            _ => Err(refuse("Dead-letter target ARN should be fully qualified ARN.")),
        }
    }
}

/// `RedriveAllowPolicy`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum RedriveAllowPolicy {
    #[default]
    AllowAll,
    DenyAll,
    ByQueue(Vec<QueueArn>),
}

impl RedriveAllowPolicy {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Document {
            redrive_permission: String,
            #[serde(default)]
            source_queue_arns: Option<Vec<QueueArn>>,
        }
        const NOT_MADE: &str = "Amazon SQS can't create the redrive allow policy";
        let refuse = |reason: String| {
            Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {text} for parameter RedriveAllowPolicy is invalid. Reason: {NOT_MADE}. {reason}"
            )))
        };
        let unsupported = || {
            Err(errors::INVALID_ATTRIBUTE_VALUE.says(format!(
                "Invalid value for the parameter RedriveAllowPolicy. Reason: {NOT_MADE}, as it’s in an unsupported format."
            )))
        };
        let Ok(document) = serde_json::from_str::<Document>(text) else { return unsupported() };
        match (document.redrive_permission.as_str(), document.source_queue_arns) {
            ("allowAll", None) => Ok(Self::AllowAll),
            ("denyAll", None) => Ok(Self::DenyAll),
            ("allowAll" | "denyAll", Some(_)) => refuse(
                "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."
                    .into(),
            ),
            ("byQueue", Some(sources)) if sources.len() > REDRIVE_SOURCES_MAX => refuse(format!(
                "The maximum number of source queue ARNs you can specify is {REDRIVE_SOURCES_MAX}."
            )),
            ("byQueue", Some(sources)) if !sources.is_empty() => Ok(Self::ByQueue(sources)),
            ("byQueue", _) => refuse(
                "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
                    .into(),
            ),
            _ => unsupported(),
        }
    }

    fn allows(&self, source: &QueueArn) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue(sources) => sources.contains(source),
        }
    }
}

impl Sqs {
    /// Whether a queue may name its dead-letter queue.
    ///
    /// # Errors
    /// `InvalidParameterValue` says why not.
    pub(super) fn check_redrive(
        &self,
        source: &QueueArn,
        text: &str,
        policy: &RedrivePolicy,
    ) -> Result<(), ApiError> {
        let refuse = |reason: String| {
            Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
            )))
        };
        let target = &policy.target;
        if target.region != source.region {
            return refuse("Dead-letter target must be in same region as the source.".into());
        }
        if target.account != source.account {
            return refuse("Dead-letter target owner should be same as the source.".into());
        }
        let Some(queue) = self.queues.get(target) else {
            return refuse("Dead letter target does not exist.".into());
        };
        if target.name.is_fifo() != source.name.is_fifo() {
            // Two full stops, as AWS has it.
            return refuse("Dead-letter queue must be same type of queue as the source..".into());
        }
        if !queue.attributes.redrive_allow.allows(source) {
            return refuse(format!(
                "Queue {source} is not allowed to use {target} as a dead-letter queue by its redrive allow policy."
            ));
        }
        Ok(())
    }

    /// Puts messages that were received too often into the dead-letter queue. A standard queue's keep
    /// the moment they were sent, by which they expire; a FIFO queue's are sent anew, with their own
    /// ids for deduplication.
    pub(super) fn move_to_dead_letters(
        &mut self,
        cx: &mut Cx<'_>,
        source: &QueueArn,
        target: &QueueArn,
        messages: Vec<Message>,
    ) {
        let Some(queue) = self.queues.get_mut(target) else { return };
        for message in messages {
            let sent = match queue.attributes.fifo {
                Some(_) => cx.now,
                None => message.content.sent,
            };
            // The receive that was one too many, and what had brought the message here.
            let cause = Cause::from(cx.cause()).and(message.content.cause);
            let moved_by =
                cx.follows_from(cause, "sqs:MoveToDeadLetterQueue", target.name.as_str());
            let content = Content {
                sent,
                visible_from: cx.now,
                dead_letter_source: Some(source.clone()),
                deduplication_id: match queue.attributes.fifo {
                    Some(_) => Some(message.content.id.to_string().into()),
                    None => message.content.deduplication_id.clone(),
                },
                receives_before: message.receives,
                cause: moved_by,
                ..(*message.content).clone()
            };
            let sequence = Sequence::next(cx);
            let moved = Message {
                content: Arc::new(content),
                place: Place::Visible,
                available_at: cx.now,
                ..message
            };
            cx.put(|| queue.message_record(sequence, &moved));
            queue.messages.insert(sequence, moved);
            queue.put_state(cx, sequence);
        }
        // By when it was sent, a message may already be too old for the dead-letter queue.
        queue.schedule(cx.deadlines);
        self.catch_up_if_due(cx, target);
        self.gained(cx, target);
    }

    pub(super) fn list_dead_letter_source_queues(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ListDeadLetterSourceQueuesInput,
    ) -> Result<ListDeadLetterSourceQueuesOutput, ApiError> {
        let target = self.open(cx, origin, &input.queue_url)?;
        let sources = self.queues.values().filter(|queue| {
            queue.attributes.redrive.as_ref().is_some_and(|redrive| redrive.target == *target)
        });
        let page = NextPage::read(input.max_results, input.next_token.as_deref(), EXPIRED)?;
        let (queue_urls, next_token) = page.take(origin, sources.map(|queue| &*queue.arn));
        Ok(ListDeadLetterSourceQueuesOutput { queue_urls, next_token })
    }
}

/// Input of `ListDeadLetterSourceQueues`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListDeadLetterSourceQueuesInput {
    /// The dead-letter queue.
    #[serde(default)]
    pub queue_url: String,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// Queues of a page.
    pub max_results: Option<i64>,
}

/// Output of `ListDeadLetterSourceQueues`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListDeadLetterSourceQueuesOutput {
    /// The queues whose dead letters go there.
    #[serde(rename = "queueUrls", skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    /// Where the next page begins.
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
