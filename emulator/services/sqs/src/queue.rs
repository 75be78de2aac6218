//! A queue: its record, its messages, who waits for them, and when it wants to be woken.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::arn::QueueArn;
use kernel::call::Origin;
use kernel::deadlines::Deadlines;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

use super::Due;
use super::attributes::{Attributes, Texts};
use super::fifo::Deduplication;
use super::groups::{self, GroupTurnRecord, Left, Turn};
use super::long_poll::Waiters;
use super::message::{Message, MessageRecord, MessageStateRecord, Place, Sequence};
use super::messages::{Messages, group_of};
use super::metrics::{Counts, Metrics, Minutely};
use super::queue_id::QueueId;
use super::receipt::Receipt;
use crate::limits::LIST_MAX;
use crate::{Cx, Kind, Record, error as errors};

/// A queue.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) id: QueueId,
    pub(super) arn: Arc<QueueArn>,
    pub(super) attributes: Attributes,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) purged: Option<Timestamp>,
    pub(super) messages: Messages,
    pub(super) deduplication: Deduplication,
    pub(super) waiters: Waiters,
    pub(super) counts: Counts,
    pub(super) minutely: Minutely,
    /// The one entry that the queue has in the World's deadlines. What its messages and waiters wait
    /// for is ordered here, so that a receive or a delete touches the shared set only where the
    /// queue's first deadline changes.
    scheduled: Option<Timestamp>,
}

/// A queue with its attributes, or that there was one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueueRecord {
    /// It exists.
    Live {
        /// Where it is and its name.
        arn: QueueArn,
        /// What its messages and receipt handles call it.
        id: QueueId,
        /// The attributes that were set.
        attributes: Texts,
        /// Its tags.
        tags: BTreeMap<String, String>,
        /// `CreatedTimestamp`
        created: Timestamp,
        /// `LastModifiedTimestamp`
        modified: Timestamp,
        /// When it was last purged.
        purged: Option<Timestamp>,
    },
    /// It was deleted; its name stays taken for a minute.
    Deleted {
        /// Where it was and its name.
        arn: QueueArn,
        /// When.
        at: Timestamp,
    },
}

impl QueueRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Live { arn, .. } | Self::Deleted { arn, .. } => key(arn),
        }
    }
}

pub(super) fn key(arn: &QueueArn) -> Key {
    Key::named(Kind::Queue, arn.to_string())
}

impl Queue {
    pub(super) fn new(id: QueueId, arn: QueueArn, attributes: Attributes, now: Timestamp) -> Self {
        Self {
            id,
            messages: Messages::new(arn.name.is_fifo()),
            arn: Arc::new(arn),
            attributes,
            tags: BTreeMap::new(),
            created: now,
            modified: now,
            purged: None,
            deduplication: Deduplication::default(),
            waiters: Waiters::default(),
            counts: Counts::default(),
            minutely: Minutely::default(),
            scheduled: None,
        }
    }

    pub(super) fn record(&self) -> Record {
        Record::Queue(Box::new(QueueRecord::Live {
            arn: (*self.arn).clone(),
            id: self.id,
            attributes: self.attributes.set().clone(),
            tags: self.tags.clone(),
            created: self.created,
            modified: self.modified,
            purged: self.purged,
        }))
    }

    pub(super) fn message_record(&self, sequence: Sequence, message: &Message) -> Record {
        Record::Message(Box::new(MessageRecord {
            queue: self.id,
            sequence,
            content: Arc::clone(&message.content),
        }))
    }

    /// The record of where a message is; nothing where it was never received, since then it is
    /// where it was sent.
    pub(super) fn state_record(&self, sequence: Sequence, message: &Message) -> Option<Record> {
        (message.receives > 0)
            .then(|| Record::MessageState(Box::new(self.state(sequence, message))))
    }

    fn state(&self, sequence: Sequence, message: &Message) -> MessageStateRecord {
        MessageStateRecord {
            queue: self.id,
            sequence,
            available_at: message.available_at,
            receives: message.receives,
            first_received: message.first_received,
            last_received: message.last_received,
        }
    }

    pub(super) fn put_state(&self, cx: &mut Cx<'_>, sequence: Sequence) {
        if let Some(message) = self.messages.get(sequence)
            && message.receives > 0
        {
            cx.put(|| Record::MessageState(Box::new(self.state(sequence, message))));
        }
    }

    /// Takes a message out of the queue and out of the store.
    pub(super) fn remove(&mut self, cx: &mut Cx<'_>, sequence: Sequence) -> Option<Message> {
        let (message, left) = self.messages.remove(sequence)?;
        cx.delete(|| sequence.key(Kind::Message));
        if message.receives > 0 {
            cx.delete(|| sequence.key(Kind::MessageState));
        }
        match left {
            Some(Left::Nothing { recorded: true }) => {
                cx.delete(|| groups::key(self.id, &group_of(&message)));
            }
            // It could not be received from until now: it goes behind those that wait already.
            Some(Left::InLine { before: None, first, .. }) => {
                self.send_group_back(cx, first);
            }
            // It was there already, and its next message does not bring it further in front.
            Some(Left::InLine { before: Some(before), now, .. }) if now < before => {
                self.set_earliest(cx, group_of(&message), before);
            }
            _ => {}
        }
        Some(message)
    }

    /// The group of this message goes behind all others that can be received from, where it can and
    /// the message is its first.
    pub(super) fn send_group_back(&mut self, cx: &mut Cx<'_>, first: Sequence) {
        // The only group is in front of those that come later without a record that says so.
        if self.messages.competes(first)
            && let Some(message) = self.messages.get(first)
        {
            let turn = Turn { since: cx.now, number: Sequence::next(cx) };
            self.set_earliest(cx, group_of(message), turn);
        }
    }

    fn set_earliest(&mut self, cx: &mut Cx<'_>, group: Arc<str>, turn: Turn) {
        self.messages.set_earliest(&group, turn);
        let queue = self.id;
        cx.put(|| Record::GroupTurn(Box::new(GroupTurnRecord { queue, group, turn })));
    }

    /// The message that a receipt is for, where it is still there.
    pub(super) fn by_receipt(&self, receipt: Receipt) -> Option<&Message> {
        self.messages
            .get(receipt.sequence)
            .filter(|message| message.content.id.half() == receipt.message)
    }

    /// Whether a receipt is of the last receive of a message that is still in flight.
    pub(super) fn is_live(&self, receipt: Receipt) -> bool {
        self.by_receipt(receipt).is_some_and(|message| {
            message.place == Place::InFlight && message.receives == receipt.receive
        })
    }

    /// Keeps the queue's entry in the World's deadlines equal to its first deadline.
    pub(super) fn schedule(&mut self, deadlines: &mut Deadlines<Due>) {
        let messages = self.messages.next_deadline(self.attributes.retention_s);
        let next = [messages, self.waiters.next_deadline()].into_iter().flatten().min();
        if next == self.scheduled {
            return;
        }
        self.unschedule(deadlines);
        if let Some(at) = next {
            deadlines.schedule(at, Due::Queue(Arc::clone(&self.arn)));
        }
        self.scheduled = next;
    }

    /// What led to that for which its first deadline is: a message, or a receive that waits.
    pub(super) fn due_because(&self) -> Option<CauseId> {
        let retention_s = self.attributes.retention_s;
        let messages = self.messages.next_deadline(retention_s);
        let waiters = self.waiters.next_deadline();
        match messages.is_some_and(|at| waiters.is_none_or(|until| at <= until)) {
            true => self.messages.next_deadline_because(retention_s),
            false => self.waiters.next_deadline_because(),
        }
    }

    pub(super) fn unschedule(&mut self, deadlines: &mut Deadlines<Due>) {
        if let Some(at) = self.scheduled.take() {
            deadlines.cancel(at, Due::Queue(Arc::clone(&self.arn)));
        }
    }

    /// Whether something that should have happened by now has not: a call can come before the
    /// deadline of the same moment.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.scheduled.is_some_and(|at| at <= now)
    }

    /// What CloudWatch would count of it now.
    pub(super) fn metrics(&self, now: Timestamp) -> Metrics {
        let oldest_ms = self.messages.oldest().map_or(now, |sent| sent.min(now)).as_ms();
        Metrics {
            counts: self.counts,
            approximate_number_of_messages_visible: self.messages.visible(),
            approximate_number_of_messages_not_visible: self.messages.in_flight(),
            approximate_number_of_messages_delayed: self.messages.delayed(),
            approximate_age_of_oldest_message: (now.as_ms() - oldest_ms) / 1_000,
            approximate_number_of_groups_with_inflight_messages: self.messages.groups_in_flight(),
        }
    }

    /// `http://127.0.0.1:4566/000000000000/orders`
    pub(super) fn url(arn: &QueueArn, origin: &Origin) -> String {
        format!("{}/{}/{}", origin.endpoint, arn.account, arn.name)
    }
}

/// Which part of a list of queues is asked for.
pub(super) struct NextPage {
    after: Option<String>,
    max: Option<usize>,
}

impl NextPage {
    /// `not_ours` is what AWS says of a token that it did not give.
    pub(super) fn read(
        max: Option<i64>,
        token: Option<&str>,
        not_ours: &'static str,
    ) -> Result<Self, ApiError> {
        let max = match max {
            None => None,
            Some(max) => match usize::try_from(max) {
                Ok(max) if (1..=LIST_MAX).contains(&max) => Some(max),
                _ => {
                    return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                        "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and {LIST_MAX}."
                    )));
                }
            },
        };
        let after = match token {
            None => None,
            Some(token) => {
                let url = BASE64.decode(token).ok().and_then(|url| String::from_utf8(url).ok());
                let name = url.and_then(|url| Some(url.rsplit_once('/')?.1.to_owned()));
                Some(name.ok_or_else(|| errors::INVALID_PARAMETER_VALUE.says(not_ours))?)
            }
        };
        Ok(Self { after, max })
    }

    /// The URLs of the page, and where the next begins where there are more and a page was asked for.
    pub(super) fn take<'a>(
        &self,
        origin: &Origin,
        queues: impl Iterator<Item = &'a QueueArn>,
    ) -> (Vec<String>, Option<String>) {
        let after =
            |arn: &&QueueArn| self.after.as_deref().is_none_or(|after| arn.name.as_str() > after);
        let mut queues = queues.filter(after).peekable();
        let mut urls = Vec::new();
        while urls.len() < self.max.unwrap_or(LIST_MAX)
            && let Some(arn) = queues.next()
        {
            urls.push(Queue::url(arn, origin));
        }
        let more = self.max.is_some() && queues.peek().is_some();
        // As AWS's: the URL of the last one.
        let token = urls.last().filter(|_| more).map(|url| BASE64.encode(url));
        (urls, token)
    }
}
