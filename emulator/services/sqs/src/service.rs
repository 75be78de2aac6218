//! What the other services and the World do with queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::{Arn, QueueArn};
use kernel::deadlines::Deadlines;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::Principal;
use kernel::trace::CauseId;
use serde_json::{Map, Value};

use super::attributes::Attributes;
use super::fifo::DeduplicationRecord;
use super::groups::{BusyGroups, GroupTurnRecord};
use super::message::{Message, MessageRecord, MessageStateRecord, Place, Sequence};
use super::message_attribute::{self, MessageAttributeValue};
use super::queue::{Queue, QueueRecord};
use super::receipt::Receipt;
use super::receive::{Batch, ReceivedBy};
use super::send::{Draft, Within};
use super::wanted::SystemAttributes;
use super::{Deleted, Due, Sqs};
use crate::limits::DELETE_AND_PURGE_S;
use crate::{Cx, Record};

/// A message that another service sends: S3 an event, Lambda a failed one.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its body.
    pub body: String,
    /// String attributes: name to (data type, value).
    pub attributes: BTreeMap<String, (String, String)>,
    /// Who sends: a service, as a policy names it (`s3.amazonaws.com`), or a function's role.
    pub principal: Principal,
    /// The bucket or function it comes from (`aws:SourceArn`).
    pub source: Option<Arn>,
    /// The account that owns the source (`aws:SourceAccount`).
    pub source_account: Option<AccountId>,
    /// `AWSTraceHeader`: how AWS X-Ray follows what caused it.
    pub trace_header: Option<String>,
}

/// A message as an event source mapping receives it.
#[derive(Debug, Clone)]
pub struct Received {
    /// `messageId`
    pub message_id: String,
    /// `receiptHandle`
    pub receipt_handle: String,
    /// `body`
    pub body: String,
    /// `md5OfBody`
    pub md5_of_body: String,
    /// System attributes: `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, …
    pub attributes: BTreeMap<String, String>,
    /// Message attributes, in the JSON form that Lambda's event has: `{"stringValue", "binaryValue", "stringListValues": [], "binaryListValues": [], "dataType"}`.
    pub message_attributes: Map<String, Value>,
    /// `md5OfMessageAttributes`, where there are some.
    pub md5_of_message_attributes: Option<String>,
    /// `MessageGroupId`
    pub group: Option<Arc<str>>,
    /// `AWSTraceHeader`
    pub trace_header: Option<String>,
    /// What led to it being sent.
    pub cause: CauseId,
}

impl Sqs {
    /// Takes a delivery of another service, where the queue exists and its policy lets it.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `AccessDenied`, and whatever a message can be refused for.
    pub fn deliver(
        &mut self,
        cx: &mut Cx<'_>,
        queue: &QueueArn,
        delivery: Delivery,
    ) -> Result<(), ApiError> {
        self.authorize_delivery(queue, &delivery)?;
        self.catch_up_if_due(cx, queue);
        let sender_id = delivery.source_account.as_ref().unwrap_or(&queue.account).as_str().into();
        let attributes = delivery.attributes.into_iter().map(|(name, (data_type, value))| {
            let value = MessageAttributeValue {
                string_value: Some(value),
                data_type,
                ..Default::default()
            };
            (name, value)
        });
        let draft = Draft {
            body: delivery.body.into(),
            delay_s: None,
            attributes: attributes.collect(),
            system_attributes: BTreeMap::new(),
            deduplication_id: None,
            group: None,
        };
        let found = self.existing(queue)?;
        found.note_use(cx);
        let ready = draft.check(found, Within::Call)?;
        found.send(cx, ready, sender_id, delivery.trace_header.as_deref());
        self.gained(cx, queue);
        Ok(())
    }

    /// Whether the queue exists and its policy would let this service deliver (S3 asks when a
    /// notification is configured).
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `AccessDenied`.
    pub fn would_accept(&self, queue: &QueueArn, delivery: &Delivery) -> Result<(), ApiError> {
        self.authorize_delivery(queue, delivery)
    }

    /// How many messages could be received now, of a FIFO queue at least one where any could;
    /// nothing where there is no such queue.
    #[must_use]
    pub fn visible(&self, queue: &QueueArn) -> Option<usize> {
        Some(self.queues.get(queue)?.messages.available())
    }

    /// How many messages are delayed or in flight; nothing where there is no such queue.
    #[must_use]
    pub fn hidden(&self, queue: &QueueArn) -> Option<usize> {
        let messages = &self.queues.get(queue)?.messages;
        Some(messages.in_flight() + messages.delayed())
    }

    /// As [`Sqs::visible`], without what a mapping does not want for now: messages of groups of which it
    /// has some in hand.
    #[must_use]
    pub fn visible_outside(&self, queue: &QueueArn, busy_groups: &BusyGroups) -> usize {
        self.queues.get(queue).map_or(0, |queue| queue.messages.available_outside(busy_groups))
    }

    /// Receives messages for a mapping, hidden for the queue's visibility timeout.
    pub fn collect(
        &mut self,
        cx: &mut Cx<'_>,
        queue: &QueueArn,
        batch: Batch<'_>,
    ) -> Vec<Received> {
        self.catch_up_if_due(cx, queue);
        if let Some(queue) = self.queues.get_mut(queue) {
            queue.note_use(cx);
        }
        let taken = self.take(cx, ReceivedBy::Mapping(batch), queue, batch.max, None);
        let Some(queue) = self.queues.get(queue) else { return Vec::new() };
        taken.into_iter().filter_map(|sequence| queue.received(sequence)).collect()
    }

    /// The same messages once more, by their receipt handles, as far as they are still in flight: a
    /// mapping's batch whose invocation was cut off by a restart. Their timeouts start anew.
    pub fn collect_again(
        &mut self,
        cx: &mut Cx<'_>,
        queue: &QueueArn,
        receipt_handles: &[String],
    ) -> Vec<Received> {
        let Some(queue) = self.queues.get_mut(queue) else { return Vec::new() };
        let until = cx.now.after_s(queue.attributes.visibility_timeout_s);
        let mut again = Vec::new();
        for handle in receipt_handles {
            let Ok(receipt) = Receipt::parse(handle, queue.id) else { continue };
            if queue.is_live(receipt) {
                queue.messages.update(receipt.sequence, |message| message.available_at = until);
                queue.put_state(cx, receipt.sequence);
                again.extend(queue.received(receipt.sequence));
            }
        }
        queue.schedule(cx.deadlines);
        again
    }

    /// Deletes messages that a mapping processed.
    pub fn processed(&mut self, cx: &mut Cx<'_>, arn: &QueueArn, receipt_handles: &[String]) {
        self.catch_up_if_due(cx, arn);
        let Some(queue) = self.queues.get_mut(arn) else { return };
        queue.note_use(cx);
        for handle in receipt_handles {
            // A FIFO queue keeps a message whose receive is over: it will be received again.
            let _ = queue.delete(cx, handle);
        }
        self.gained_by_deletion(cx, arn);
    }

    /// The queue's visibility timeout in seconds; nothing where there is no such queue.
    #[must_use]
    pub fn visibility_timeout_s(&self, queue: &QueueArn) -> Option<u64> {
        Some(self.queues.get(queue)?.attributes.visibility_timeout_s)
    }

    /// Takes a record back.
    pub(crate) fn restore_queue(&mut self, deadlines: &mut Deadlines<Due>, queue: QueueRecord) {
        match queue {
            QueueRecord::Live { arn, id, attributes, tags, created, modified, purged } => {
                let attributes = Attributes::new(&arn, attributes);
                let mut queue = Queue::new(id, arn, attributes, created);
                queue.tags = tags;
                queue.modified = modified;
                queue.purged = purged;
                self.add(queue);
            }
            QueueRecord::Deleted { arn, at } => {
                let due = Due::NameFree(Arc::new(arn.clone()));
                deadlines.schedule(at.after_s(DELETE_AND_PURGE_S), due);
                self.deleted.insert(arn, Deleted { at, cause: None });
            }
        }
    }

    /// Takes a record back.
    pub(crate) fn restore_message(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        message: MessageRecord,
    ) {
        let Some(queue) = self.by_id(message.queue) else { return };
        let content = message.content;
        let delayed = content.visible_from > content.sent;
        queue.messages.insert(
            message.sequence,
            Message {
                place: if delayed { Place::Delayed } else { Place::Visible },
                available_at: content.visible_from,
                receives: content.receives_before,
                first_received: None,
                last_received: None,
                content,
            },
        );
        queue.schedule(deadlines);
    }

    /// Takes a record back.
    pub(crate) fn restore_state(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        state: MessageStateRecord,
    ) {
        let Some(queue) = self.by_id(state.queue) else { return };
        // Whether that moment has come is for the first deadline to say.
        queue.messages.update(state.sequence, |message| {
            message.place = Place::InFlight;
            message.available_at = state.available_at;
            message.receives = state.receives;
            message.first_received = state.first_received;
            message.last_received = state.last_received;
        });
        queue.schedule(deadlines);
    }

    /// Takes a record back.
    pub(crate) fn restore_deduplication(&mut self, record: DeduplicationRecord) {
        if let Some(queue) = self.by_id(record.queue) {
            queue.deduplication.insert(record.key, record.sent);
        }
    }

    /// Takes a record back.
    pub(crate) fn restore_group_turn(&mut self, record: &GroupTurnRecord) {
        if let Some(queue) = self.by_id(record.queue) {
            queue.messages.set_earliest(&record.group, record.turn);
        }
    }

    /// Everything durable.
    pub(crate) fn all_records(&self) -> impl Iterator<Item = Record> + '_ {
        let gone = self.deleted.iter().map(|(arn, deleted)| {
            let (arn, at) = (arn.clone(), deleted.at);
            Record::Queue(Box::new(QueueRecord::Deleted { arn, at }))
        });
        let queues = self.queues.values().map(Queue::record);
        let messages = self.queues.values().flat_map(|queue| {
            queue.messages.iter().map(|(sequence, message)| queue.message_record(sequence, message))
        });
        let states = self.queues.values().flat_map(|queue| {
            queue
                .messages
                .iter()
                .filter_map(|(sequence, message)| queue.state_record(sequence, message))
        });
        let deduplications = self.queues.values().flat_map(|queue| {
            queue.deduplication.iter().map(|(key, sent)| {
                let (key, sent) = (key.clone(), *sent);
                Record::Deduplication(Box::new(DeduplicationRecord { queue: queue.id, key, sent }))
            })
        });
        let turns = self.queues.values().flat_map(|queue| {
            queue.messages.earliest().map(|(group, turn)| {
                let (queue, group) = (queue.id, Arc::clone(group));
                Record::GroupTurn(Box::new(GroupTurnRecord { queue, group, turn }))
            })
        });
        let moves = self.move_tasks.records();
        let of_messages = messages.chain(states).chain(deduplications).chain(turns);
        queues.chain(gone).chain(of_messages).chain(moves)
    }

    /// What keeps the pipeline from being idle, in words: move tasks. A queue alone is idle.
    pub(crate) fn move_tasks_outstanding(&self) -> Vec<String> {
        self.move_tasks.running().collect()
    }

    pub(super) fn catch_up_if_due(&mut self, cx: &mut Cx<'_>, arn: &QueueArn) {
        if self.queues.get(arn).is_some_and(|queue| queue.is_due(cx.now)) {
            self.catch_up(cx, arn);
        }
    }

    fn by_id(&mut self, id: super::QueueId) -> Option<&mut Queue> {
        self.queues.get_mut(&**self.arns.get(&id)?)
    }
}

impl Queue {
    fn received(&self, sequence: Sequence) -> Option<Received> {
        let message = self.messages.get(sequence)?;
        let content = &message.content;
        let attributes = SystemAttributes::ALL.of(sequence, message).into_iter();
        let message_attributes = content.attributes.iter();
        Some(Received {
            message_id: content.id.to_string(),
            receipt_handle: Receipt::new(self.id, sequence, message.receives, content).handle(),
            body: content.body.text().to_owned(),
            md5_of_body: content.body.md5_hex(),
            attributes: attributes.map(|(name, value)| (name.to_owned(), value)).collect(),
            message_attributes: message_attributes
                .map(|(name, value)| (name.to_string(), value.to_event()))
                .collect(),
            md5_of_message_attributes: message_attribute::digest(
                content.attributes.iter().map(|(name, value)| (&**name, value)),
            ),
            group: content.group.clone(),
            trace_header: content.trace_header.as_deref().map(str::to_owned),
            cause: content.cause,
        })
    }
}
