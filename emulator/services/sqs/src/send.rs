//! Sending messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Sqs;
use super::attributes::Scope;
use super::batch::{self, BatchOutput};
use super::fifo::{self, DeduplicationKey, DeduplicationRecord, Sent};
use super::message::{Content, Message, MessageBody, MessageId, Place, Sequence};
use super::message_attribute::{self, MessageAttribute, MessageAttributeValue};
use super::queue::Queue;
use super::text::check_text;
use crate::limits::{DELAY_S_MAX, MESSAGE_SIZE_BYTES_MAX};
use crate::{Cx, Kind, Record, error as errors};

impl Sqs {
    pub(super) fn send_message(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: SendMessageInput,
    ) -> Result<SendMessageOutput, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let draft = Draft {
            body: input.message_body,
            delay_s: input.delay_seconds,
            attributes: input.message_attributes.unwrap_or_default(),
            system_attributes: input.message_system_attributes.unwrap_or_default(),
            deduplication_id: input.message_deduplication_id,
            group: input.message_group_id,
        };
        let queue = self.existing(&arn)?;
        let sender_id = origin.caller.user_id().into();
        let ready = draft.check(queue, Within::Call)?;
        let output = queue.send(cx, ready, sender_id, trace_header(origin)?);
        self.gained(cx, &arn);
        Ok(output)
    }

    pub(super) fn send_message_batch(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: SendMessageBatchInput,
    ) -> Result<BatchOutput<SendMessageBatchResultEntry>, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        batch::check(
            "SendMessageBatchRequestEntry",
            input.entries.iter().map(|entry| entry.id.as_str()),
        )?;
        let size_bytes: usize =
            input.entries.iter().map(SendMessageBatchRequestEntry::size_bytes).sum();
        if size_bytes > MESSAGE_SIZE_BYTES_MAX {
            return Err(errors::BATCH_REQUEST_TOO_LONG.says(format!(
                "Batch requests cannot be longer than {MESSAGE_SIZE_BYTES_MAX} bytes. You have sent {size_bytes} bytes."
            )));
        }
        let queue = self.existing(&arn)?;
        // What every message of a FIFO queue must have is asked of the batch as a whole.
        for entry in &input.entries {
            check_complete(queue, &entry.message_group_id, &entry.message_deduplication_id)
                .map_err(|refused| {
                    errors::INVALID_PARAMETER_VALUE.says(refused.message().to_owned())
                })?;
        }
        let sender_id: Box<str> = origin.caller.user_id().into();
        let trace_header = trace_header(origin)?;
        let mut output = BatchOutput::with_capacity(input.entries.len());
        for (at, entry) in (1..).zip(input.entries) {
            let id = entry.id.clone();
            let draft = Draft {
                body: entry.message_body,
                delay_s: entry.delay_seconds,
                attributes: entry.message_attributes.unwrap_or_default(),
                system_attributes: entry.message_system_attributes.unwrap_or_default(),
                deduplication_id: entry.message_deduplication_id,
                group: entry.message_group_id,
            };
            let sent = draft.check(queue, Within::Batch { entry: at }).map(|ready| {
                let sent = queue.send(cx, ready, sender_id.clone(), trace_header);
                SendMessageBatchResultEntry { id: entry.id, sent }
            });
            output.push(id, sent);
        }
        self.gained(cx, &arn);
        Ok(output)
    }
}

/// The header that messages carry on, where they have no `AWSTraceHeader` of their own.
fn trace_header(origin: &Origin) -> Result<Option<&str>, ApiError> {
    let header = origin.trace_header.as_deref();
    let is_valid = |header: &str| header.split(';').any(|it| it.trim().starts_with("Root="));
    match header {
        Some(header) if !is_valid(header) => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "The request has a 'X-Amzn-Trace-Id' HTTP header which is reserved for AWS X-Ray trace header and has an invalid value '{header}'"
        ))),
        header => Ok(header),
    }
}

/// Where a message stands in its request; AWS has words of its own for each.
#[derive(Debug, Clone, Copy)]
pub(super) enum Within {
    Call,
    Batch { entry: usize },
}

/// A message as it is asked to be sent.
pub(super) struct Draft {
    pub(super) body: MessageBody,
    pub(super) delay_s: Option<i64>,
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) system_attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) deduplication_id: Option<String>,
    pub(super) group: Option<String>,
}

/// A message that the queue takes.
pub(super) struct Ready {
    body: MessageBody,
    delay_s: u64,
    attributes: BTreeMap<Box<str>, MessageAttribute>,
    trace_header: Option<MessageAttribute>,
    deduplication_id: Option<String>,
    group: Option<Arc<str>>,
}

impl Draft {
    /// # Errors
    /// What is wrong with the message, `InvalidParameterValue` most of the time.
    pub(super) fn check(self, queue: &Queue, within: Within) -> Result<Ready, ApiError> {
        if self.body.text().is_empty() {
            return Err(match within {
                Within::Call => errors::MISSING_PARAMETER
                    .says("The request must contain the parameter MessageBody."),
                Within::Batch { entry } => errors::EMPTY_VALUE.says(format!(
                    "No Value Found for SendMessageBatchRequestEntry.{entry}.MessageBody."
                )),
            });
        }
        check_complete(queue, &self.group, &self.deduplication_id)?;
        check_ids(queue, &self.group, &self.deduplication_id)?;
        let attributes = message_attribute::validate(self.attributes)?;
        let trace_header = message_attribute::trace_header(self.system_attributes)?;
        let max = queue.attributes.message_size_bytes_max;
        if self.body.text().len() + message_attribute::size_bytes(&attributes) > max {
            let are = match within {
                Within::Call => "are invalid",
                Within::Batch { .. } => "cannot be validated",
            };
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "One or more parameters {are}. Reason: Message must be shorter than {max} bytes."
            )));
        }
        check_text(self.body.text(), "message body")?;
        let invalid_delay = |delay: i64, reason: String| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {delay} for parameter DelaySeconds is invalid. Reason: {reason}"
            ))
        };
        let delay_s = match (self.delay_s, queue.attributes.fifo) {
            (None, _) | (Some(0), Some(_)) => queue.attributes.delay_s,
            (Some(delay), Some(_)) => {
                return Err(invalid_delay(delay, NOT_OF_THIS_TYPE.into()));
            }
            (Some(delay), None) => u64::try_from(delay)
                .ok()
                .filter(|delay| *delay <= DELAY_S_MAX)
                .ok_or_else(|| {
                    invalid_delay(delay, format!("DelaySeconds must be >= 0 and <= {DELAY_S_MAX}."))
                })?,
        };
        let deduplication_id = match (self.deduplication_id, queue.attributes.fifo) {
            (None, Some(_)) => Some(fifo::content_based(self.body.text())),
            (given, _) => given,
        };
        Ok(Ready {
            body: self.body,
            delay_s,
            attributes,
            trace_header,
            deduplication_id,
            group: self.group.map(Into::into),
        })
    }
}

const NOT_OF_THIS_TYPE: &str =
    "The request include parameter that is not valid for this queue type.";

/// Whether a message has what every message of a FIFO queue must have.
fn check_complete(
    queue: &Queue,
    group: &Option<String>,
    deduplication_id: &Option<String>,
) -> Result<(), ApiError> {
    let Some(fifo) = queue.attributes.fifo else { return Ok(()) };
    if group.is_none() {
        return Err(errors::MISSING_PARAMETER
            .says("The request must contain the parameter MessageGroupId."));
    }
    if deduplication_id.is_none() && !fifo.content_based_deduplication {
        return Err(errors::INVALID_PARAMETER_VALUE.says(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ));
    }
    Ok(())
}

fn check_ids(
    queue: &Queue,
    group: &Option<String>,
    deduplication_id: &Option<String>,
) -> Result<(), ApiError> {
    // A group without a FIFO queue makes a standard queue fair; it is kept and given back.
    if let Some(group) = group {
        fifo::check_id("MessageGroupId", group)?;
    }
    match (queue.attributes.fifo, deduplication_id) {
        (_, None) => Ok(()),
        (Some(_), Some(id)) => fifo::check_id("MessageDeduplicationId", id),
        (None, Some(id)) => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "Value {id} for parameter MessageDeduplicationId is invalid. Reason: {NOT_OF_THIS_TYPE}"
        ))),
    }
}

impl Queue {
    /// Takes a message, unless it is one that this FIFO queue has had in the last five minutes: then
    /// the answer is the one that the first got.
    pub(super) fn send(
        &mut self,
        cx: &mut Cx<'_>,
        ready: Ready,
        sender_id: Box<str>,
        trace_header: Option<&str>,
    ) -> SendMessageOutput {
        let mut output = SendMessageOutput {
            md5_of_message_body: ready.body.md5_hex(),
            md5_of_message_attributes: message_attribute::digest(
                ready.attributes.iter().map(|(name, value)| (&**name, value)),
            ),
            md5_of_message_system_attributes: message_attribute::digest(
                ready.trace_header.iter().map(|value| ("AWSTraceHeader", value)),
            ),
            message_id: String::new(),
            sequence_number: None,
        };
        if let Some(first) = self.duplicate(cx, &ready) {
            output.message_id = first.message.to_string();
            output.sequence_number = Some(first.sequence.number());
            self.counts.number_of_deduplicated_sent_messages += 1;
            return output;
        }
        let size_bytes = ready.body.text().len() + message_attribute::size_bytes(&ready.attributes);
        self.counts.number_of_messages_sent += 1;
        self.counts.sent_message_size += size_bytes as u64;
        self.minutely.sent_message_size.add(size_bytes as f64);
        let sequence = Sequence::next(cx);
        let id = MessageId::new(cx.ids);
        output.message_id = id.to_string();
        if self.attributes.fifo.is_some() {
            output.sequence_number = Some(sequence.number());
            self.remember(cx, &ready, Sent { message: id, sequence, at: cx.now });
        }
        let visible_from = cx.now.after_s(ready.delay_s);
        let content = Content {
            id,
            body: ready.body,
            attributes: ready.attributes,
            trace_header: ready
                .trace_header
                .and_then(MessageAttribute::into_text)
                .or_else(|| trace_header.map(Into::into)),
            sender_id,
            sent: cx.now,
            visible_from,
            group: ready.group,
            deduplication_id: ready.deduplication_id.map(Into::into),
            dead_letter_source: None,
            receives_before: 0,
            cause: cx.cause(),
        };
        let message = Message {
            content: Arc::new(content),
            place: if ready.delay_s > 0 { Place::Delayed } else { Place::Visible },
            available_at: visible_from,
            receives: 0,
            first_received: None,
            last_received: None,
        };
        cx.put(|| self.message_record(sequence, &message));
        self.messages.insert(sequence, message);
        output
    }

    fn duplicate(&mut self, cx: &mut Cx<'_>, ready: &Ready) -> Option<Sent> {
        let fifo = self.attributes.fifo?;
        while let Some(old) = self.deduplication.pop_expired(cx.now) {
            cx.delete(|| old.sequence.key(Kind::Deduplication));
        }
        let (id, group) = (ready.deduplication_id.as_deref()?, ready.group.as_ref()?);
        self.deduplication.find(id, group, fifo.scope)
    }

    fn remember(&mut self, cx: &mut Cx<'_>, ready: &Ready, sent: Sent) {
        let Some(fifo) = self.attributes.fifo else { return };
        let Some(id) = ready.deduplication_id.as_deref() else { return };
        let key = DeduplicationKey {
            id: id.into(),
            group: match fifo.scope {
                Scope::Queue => None,
                Scope::MessageGroup => ready.group.clone(),
            },
        };
        cx.put(|| {
            Record::Deduplication(Box::new(DeduplicationRecord {
                queue: self.id,
                key: key.clone(),
                sent,
            }))
        });
        self.deduplication.insert(key, sent);
    }
}

/// Input of `SendMessage`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SendMessageInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// The body.
    #[serde(default)]
    pub message_body: MessageBody,
    /// For how long to hide it, in seconds.
    pub delay_seconds: Option<i64>,
    /// Attributes of the user's.
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    /// `AWSTraceHeader`
    pub message_system_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    /// FIFO: what makes it the same message.
    pub message_deduplication_id: Option<String>,
    /// FIFO: the group whose order it keeps.
    pub message_group_id: Option<String>,
}

/// Output of `SendMessage`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageOutput {
    /// MD5 of the body.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    /// MD5 of the attributes.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// MD5 of the system attributes.
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_system_attributes: Option<String>,
    /// The message's id.
    pub message_id: String,
    /// FIFO: its place in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// Input of `SendMessageBatch`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SendMessageBatchInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// The messages.
    #[serde(default)]
    pub entries: Vec<SendMessageBatchRequestEntry>,
}

/// One message of a batch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SendMessageBatchRequestEntry {
    /// Its name in the batch.
    #[serde(default)]
    pub id: String,
    /// The body.
    #[serde(default)]
    pub message_body: MessageBody,
    /// For how long to hide it, in seconds.
    pub delay_seconds: Option<i64>,
    /// Attributes of the user's.
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    /// `AWSTraceHeader`
    pub message_system_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    /// FIFO: what makes it the same message.
    pub message_deduplication_id: Option<String>,
    /// FIFO: the group whose order it keeps.
    pub message_group_id: Option<String>,
}

impl SendMessageBatchRequestEntry {
    fn size_bytes(&self) -> usize {
        let attributes = self.message_attributes.iter().flatten();
        self.message_body.text().len()
            + attributes.map(|(name, value)| name.len() + value.size_bytes()).sum::<usize>()
    }
}

/// A message of a batch that was sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResultEntry {
    /// Its name in the batch.
    pub id: String,
    /// As for `SendMessage`.
    #[serde(flatten)]
    pub sent: SendMessageOutput,
}
