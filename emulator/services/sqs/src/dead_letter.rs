//! Dead-letter queues: which queue takes what another could not get processed, and who may say so.

use std::sync::Arc;

use kernel::arn::QueueArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::trace::Cause;
use serde::{Deserialize, Serialize};

use super::Sqs;
use super::message::{Content, Message, Place, Sequence};
use super::queue::NextPage;
use super::receipt::Receipt;
use super::redrive::RedrivePolicy;
use crate::{Cx, error as errors};

const EXPIRED: &str = "Invalid or expired next token.";

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

    /// Takes messages out of the queue that a consumer has received and nobody is to receive again: into
    /// its dead-letter queue, where it has one.
    pub fn give_up(&mut self, cx: &mut Cx<'_>, arn: &QueueArn, receipt_handles: &[String]) {
        let Some(queue) = self.queues.get_mut(arn) else { return };
        let target = queue.attributes.redrive.as_ref().map(|redrive| redrive.target.clone());
        let mut given_up = Vec::new();
        for handle in receipt_handles {
            let Ok(receipt) = Receipt::parse(handle, queue.id) else { continue };
            if queue.is_live(receipt) {
                given_up.extend(queue.remove(cx, receipt.sequence));
            }
        }
        if let Some(target) = target {
            self.move_to_dead_letters(cx, arn, &target, given_up);
        }
        self.gained_by_deletion(cx, arn);
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
