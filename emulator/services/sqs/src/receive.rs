//! Receiving messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::QueueArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::fifo::{self, Taken};
use super::groups::BusyGroups;
use super::long_poll::Waiter;
use super::message::{Content, Message, Place, Sequence};
use super::message_attribute::{self, MessageAttributeValue};
use super::queue::Queue;
use super::receipt::Receipt;
use super::wanted::{SystemAttributes, Wanted};
use super::{Response, Sqs};
use crate::limits::{BATCH_ENTRIES_MAX, IN_FLIGHT_MAX, VISIBILITY_TIMEOUT_S_MAX, WAIT_TIME_S_MAX};
use crate::{Announcement, Cx, error as errors};

/// Who receives.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReceivedBy<'a> {
    /// A call, which is the cause of what follows.
    Call,
    /// A mapping. Nobody has called, so what goes to the dead letters instead is told as a receive of
    /// its own.
    Mapping(Batch<'a>),
}

/// What a mapping's batch may have.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Messages.
    pub max: usize,
    /// Of all its messages in the event, in bytes. One message is always taken.
    pub max_bytes: usize,
    /// Message groups of a FIFO queue.
    pub max_groups: usize,
    /// Message groups of which there are to be no messages.
    pub busy_groups: &'a BusyGroups,
}

impl Sqs {
    /// Answers at once with what there is, or, where the request or the queue says how long to wait,
    /// not yet.
    pub(super) fn receive_message(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ReceiveMessageInput,
    ) -> Result<Option<ReceiveMessageOutput>, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let queue = self.existing(&arn)?;
        let wait_s = within(
            "WaitTimeSeconds",
            input.wait_time_seconds,
            WAIT_TIME_S_MAX,
            "Must be >= 0 and <= 20, if provided.",
        )?
        .unwrap_or(queue.attributes.wait_time_s);
        let wanted = Wanted::read(input, queue)?;
        if let Some(again) = queue.receive_again(cx, &wanted)? {
            queue.schedule(cx.deadlines);
            return Ok(Some(again));
        }
        // A long poll is not told: it waits.
        let is_full = queue.messages.in_flight() >= IN_FLIGHT_MAX;
        if is_full && wait_s == 0 && queue.attributes.fifo.is_none() {
            return Err((&errors::OVER_LIMIT).into());
        }
        let by = ReceivedBy::Call;
        let taken = self.take(cx, by, &arn, wanted.max, wanted.visibility_timeout_s);
        let queue = self.existing(&arn)?;
        let output = queue.answer(cx, &wanted, &taken);
        if taken.is_empty() && wait_s > 0 {
            let waiter = Waiter {
                call: origin.call,
                cause: cx.cause(),
                until: cx.now.after_s(wait_s),
                wanted,
            };
            let until = waiter.until;
            queue.waiters.push(waiter);
            queue.schedule(cx.deadlines);
            self.waiting.insert(origin.call, (arn, until));
            return Ok(None);
        }
        queue.counts.number_of_empty_receives += u64::from(taken.is_empty());
        queue.schedule(cx.deadlines);
        Ok(Some(output))
    }

    /// Takes up to `max` messages for one receive. Those that were received too often move to the
    /// dead-letter queue instead, as far as there is one.
    pub(super) fn take(
        &mut self,
        cx: &mut Cx<'_>,
        by: ReceivedBy<'_>,
        arn: &QueueArn,
        max: usize,
        visibility_timeout_s: Option<u64>,
    ) -> Vec<Sequence> {
        let redrive = self.queues.get(arn).and_then(|queue| queue.attributes.redrive.clone());
        let redrive = redrive.filter(|redrive| self.queues.contains_key(&redrive.target));
        let Some(queue) = self.queues.get_mut(arn) else { return Vec::new() };
        let timeout_s = visibility_timeout_s.unwrap_or(queue.attributes.visibility_timeout_s);
        let until = cx.now.after_s(timeout_s);
        let nothing_busy = BusyGroups::new();
        let (max_bytes, max_groups, busy) = match by {
            ReceivedBy::Call => (usize::MAX, usize::MAX, &nothing_busy),
            ReceivedBy::Mapping(batch) => (batch.max_bytes, batch.max_groups, batch.busy_groups),
        };
        let (mut taken, mut dead) = (Vec::new(), Vec::new());
        let (mut event_bytes, mut groups) = (0_usize, 0_usize);
        while taken.len() < max
            && queue.messages.in_flight() < IN_FLIGHT_MAX
            && let Some(sequence) = queue.messages.next_available(taken.last().copied(), busy)
            && !taken.contains(&sequence)
        {
            let too_often = |message: &Message| {
                redrive.as_ref().is_some_and(|it| message.receives_here() >= it.max_receives)
            };
            if queue.messages.get(sequence).is_some_and(too_often) {
                dead.extend(queue.remove(cx, sequence));
                continue;
            }
            if let ReceivedBy::Mapping(_) = by {
                event_bytes += queue.messages.event_size_bytes(sequence);
                let last = taken.last().copied();
                groups +=
                    usize::from(!last.is_some_and(|it| queue.messages.is_of_group(it, sequence)));
                if !taken.is_empty() && (event_bytes > max_bytes || groups > max_groups) {
                    break;
                }
            }
            queue.hide(cx, sequence, until);
            taken.push(sequence);
        }
        queue.counts.number_of_messages_received += taken.len() as u64;
        // A timeout of zero ends at once, but the same receive does not take the message twice.
        if timeout_s == 0 {
            queue.messages.appear(cx.now);
            for sequence in &taken {
                queue.send_group_back(cx, *sequence);
            }
        }
        queue.schedule(cx.deadlines);
        if let Some(redrive) = redrive
            && !dead.is_empty()
        {
            let receive = match by {
                ReceivedBy::Call => cx.cause(),
                ReceivedBy::Mapping(_) => {
                    let receive = cx.follows("sqs:ReceiveMessage", arn.name.as_str());
                    cx.trace.end(receive, "ok");
                    receive
                }
            };
            self.move_to_dead_letters(&mut cx.because(receive), arn, &redrive.target, dead);
        }
        taken
    }

    /// To be called whenever a queue may have gained messages to receive: serves those who wait,
    /// then tells the World of what is left.
    pub(super) fn gained(&mut self, cx: &mut Cx<'_>, arn: &QueueArn) {
        loop {
            let Some(queue) = self.queues.get_mut(arn) else { return };
            if queue.messages.available() == 0 {
                break;
            }
            // Out of the line first: moving dead letters may serve this queue's line in between.
            let Some((ticket, waiter)) = queue.waiters.pop_first() else { break };
            let (max, timeout_s) = (waiter.wanted.max, waiter.wanted.visibility_timeout_s);
            let receive = &mut cx.because(waiter.cause);
            let taken = self.take(receive, ReceivedBy::Call, arn, max, timeout_s);
            let Some(queue) = self.queues.get_mut(arn) else { return };
            if taken.is_empty() {
                // What there was moved to the dead-letter queue, or too much is in flight.
                queue.waiters.put_back(ticket, waiter);
                break;
            }
            self.waiting.remove(&waiter.call);
            let output = queue.answer(cx, &waiter.wanted, &taken);
            let response = Response::ReceiveMessage(Box::new(output));
            cx.reply(waiter.call, waiter.cause, Ok(response));
        }
        let Some(queue) = self.queues.get_mut(arn) else { return };
        queue.schedule(cx.deadlines);
        if queue.messages.available() > 0 {
            cx.announce(Announcement::MessagesVisible(arn.clone()));
        }
    }
}

impl Queue {
    /// A message was received and is hidden until then.
    fn hide(&mut self, cx: &mut Cx<'_>, sequence: Sequence, until: Timestamp) {
        let now = cx.now;
        self.messages.update(sequence, |message| {
            message.place = Place::InFlight;
            message.available_at = until;
            message.receives = message.receives.saturating_add(1);
            message.first_received.get_or_insert(now);
            message.last_received = Some(now);
        });
        self.put_state(cx, sequence);
    }

    /// What an earlier receive with the same attempt id returned, as long as its messages are in
    /// flight. Their timeouts start anew.
    ///
    /// # Errors
    /// `InvalidParameterValue` where a message was deleted since, or its visibility changed.
    fn receive_again(
        &mut self,
        cx: &mut Cx<'_>,
        wanted: &Wanted,
    ) -> Result<Option<ReceiveMessageOutput>, ApiError> {
        let Some(id) = wanted.attempt.as_deref() else { return Ok(None) };
        let Some(taken) = self.deduplication.attempt(id, cx.now) else { return Ok(None) };
        let is_changed = |taken: &Taken| match self.messages.get(taken.sequence) {
            None => true,
            Some(message) => {
                message.receives == taken.receive && message.available_at != taken.until
            }
        };
        if taken.iter().any(is_changed) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {id} for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable."
            )));
        }
        let is_in_flight = |taken: &Taken| {
            self.messages.get(taken.sequence).is_some_and(|message| {
                message.place == Place::InFlight && message.receives == taken.receive
            })
        };
        if !taken.iter().all(is_in_flight) {
            return Ok(None);
        }
        let sequences: Vec<Sequence> = taken.iter().map(|taken| taken.sequence).collect();
        let timeout_s = wanted.visibility_timeout_s.unwrap_or(self.attributes.visibility_timeout_s);
        let until = cx.now.after_s(timeout_s);
        for sequence in &sequences {
            self.messages.update(*sequence, |message| message.available_at = until);
            self.put_state(cx, *sequence);
        }
        Ok(Some(self.answer(cx, wanted, &sequences)))
    }

    fn answer(&mut self, cx: &Cx<'_>, wanted: &Wanted, taken: &[Sequence]) -> ReceiveMessageOutput {
        if let Some(id) = &wanted.attempt
            && !taken.is_empty()
        {
            let received = |sequence: &Sequence| {
                let message = self.messages.get(*sequence)?;
                let (receive, until) = (message.receives, message.available_at);
                Some(Taken { sequence: *sequence, receive, until })
            };
            let taken = taken.iter().filter_map(received).collect();
            self.deduplication.remember_attempt(id.clone(), cx.now, taken);
        }
        let messages = taken.iter().filter_map(|sequence| {
            let message = self.messages.get(*sequence)?;
            let content = &message.content;
            let selected = content
                .attributes
                .iter()
                .filter(|(name, _)| selects(&wanted.message_attributes, name));
            Some(ReceivedMessage {
                message_id: content.id.to_string(),
                receipt_handle: Receipt::new(self.id, *sequence, message.receives, content)
                    .handle(),
                md5_of_body: content.body.md5_hex(),
                content: Arc::clone(content),
                attributes: wanted.system_attributes.of(*sequence, message),
                md5_of_message_attributes: message_attribute::digest(
                    selected.clone().map(|(name, value)| (&**name, value)),
                ),
                message_attributes: selected
                    .map(|(name, value)| (name.to_string(), value.to_value()))
                    .collect(),
            })
        });
        ReceiveMessageOutput { messages: messages.collect() }
    }
}

impl Wanted {
    fn read(input: ReceiveMessageInput, queue: &Queue) -> Result<Self, ApiError> {
        let max = input.max_number_of_messages.unwrap_or(1);
        let max = usize::try_from(max)
            .ok()
            .filter(|max| (1..=BATCH_ENTRIES_MAX).contains(max))
            .ok_or_else(|| {
                errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value {max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and {BATCH_ENTRIES_MAX}, if provided."
                ))
            })?;
        let visibility_timeout_s = within(
            "VisibilityTimeout",
            input.visibility_timeout,
            VISIBILITY_TIMEOUT_S_MAX,
            "Must be >= 0 and <= 43200, if provided.",
        )?;
        // To a standard queue it says nothing, and it is no mistake.
        let attempt = input.receive_request_attempt_id.filter(|_| queue.attributes.fifo.is_some());
        if let Some(id) = &attempt {
            fifo::check_id("ReceiveRequestAttemptId", id)?;
        }
        let mut names = input.attribute_names.unwrap_or_default();
        names.extend(input.message_system_attribute_names.unwrap_or_default());
        Ok(Self {
            max,
            visibility_timeout_s,
            system_attributes: SystemAttributes::read(&names)?,
            message_attributes: input.message_attribute_names.unwrap_or_default(),
            attempt,
        })
    }
}

/// Whether a message attribute is asked for: by name, by `prefix.*`, or with all.
fn selects(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|wanted| match wanted.as_str() {
        "All" | "*" | ".*" => true,
        wanted => match wanted.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => wanted == name,
        },
    })
}

/// # Errors
/// `InvalidParameterValue` where the value is not within 0 and `max`.
pub(super) fn within(
    parameter: &str,
    value: Option<i64>,
    max: u64,
    reason: &str,
) -> Result<Option<u64>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    match u64::try_from(value) {
        Ok(valid) if valid <= max => Ok(Some(valid)),
        _ => Err(errors::INVALID_PARAMETER_VALUE
            .says(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))),
    }
}

/// Input of `ReceiveMessage`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReceiveMessageInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// System attributes to return; the older name.
    pub attribute_names: Option<Vec<String>>,
    /// System attributes to return.
    pub message_system_attribute_names: Option<Vec<String>>,
    /// Message attributes to return.
    pub message_attribute_names: Option<Vec<String>>,
    /// 1 to 10; one without.
    pub max_number_of_messages: Option<i64>,
    /// For how long to hide what is returned, in seconds; the queue's own without.
    pub visibility_timeout: Option<i64>,
    /// How long to wait for a message, in seconds; the queue's own without.
    pub wait_time_seconds: Option<i64>,
    /// FIFO: a repeated receive with the same id returns the same messages.
    pub receive_request_attempt_id: Option<String>,
}

/// Output of `ReceiveMessage`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageOutput {
    /// What there was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<ReceivedMessage>,
}

fn body_of<S: Serializer>(content: &Arc<Content>, serializer: S) -> Result<S::Ok, S::Error> {
    content.body.serialize(serializer)
}

/// A message as it is received.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceivedMessage {
    /// Its id.
    pub message_id: String,
    /// What deletes it.
    pub receipt_handle: String,
    /// MD5 of the body.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// What was sent; its body is given.
    #[serde(rename = "Body", serialize_with = "body_of")]
    pub content: Arc<Content>,
    /// The system attributes that were asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<&'static str, String>,
    /// MD5 of the attributes that were asked for.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// The attributes that were asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
}
