//! A message: what was sent, which never changes, and where it is in its life.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kernel::arn::QueueArn;
use kernel::ids::Ids;
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize, Serializer};

use super::digest::md5;
use super::message_attribute::{MessageAttribute, size_bytes};
use super::queue_id::QueueId;
use crate::limits::OFTEN_RECEIVED_MIN;
use crate::{Cx, Kind};

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// Shared with the answers that carry it: receiving copies no body.
    pub(super) content: Arc<Content>,
    /// Which of the queue's indices holds it.
    pub(super) place: Place,
    /// Since or from when it can be received. Stays as it was last set when that moment comes, so
    /// that the passing of time alone changes no record.
    pub(super) available_at: Timestamp,
    /// How often it was received, here and in the queues it came from.
    pub(super) receives: u32,
    pub(super) first_received: Option<Timestamp>,
    /// Twelve hours later at the latest it can be received again.
    pub(super) last_received: Option<Timestamp>,
}

impl Message {
    /// How often this queue gave it.
    pub(super) fn receives_here(&self) -> u32 {
        self.receives.saturating_sub(self.content.receives_before)
    }

    /// Whether this queue gave it three times or more: consumers seem to fail with it.
    pub(super) fn is_often_received(&self) -> bool {
        self.receives_here() >= OFTEN_RECEIVED_MIN
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Visible,
    /// Sent with a delay that is not over.
    Delayed,
    /// Received, and hidden until its visibility timeout ends.
    InFlight,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// `MessageId`
    pub id: MessageId,
    /// `Body`
    pub body: MessageBody,
    /// `MessageAttributes`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Box<str>, MessageAttribute>,
    /// `AWSTraceHeader`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Box<str>>,
    /// `SenderId`
    pub sender_id: Box<str>,
    /// `SentTimestamp`. A message keeps it when it moves to a dead-letter queue.
    pub sent: Timestamp,
    /// From when it can be received in this queue for the first time.
    pub visible_from: Timestamp,
    /// `MessageGroupId`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Arc<str>>,
    /// `MessageDeduplicationId`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication_id: Option<Box<str>>,
    /// `DeadLetterQueueSourceArn`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_source: Option<QueueArn>,
    /// How often it had been received when it came to this queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub receives_before: u32,
    /// What led to it being sent.
    pub cause: CauseId,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A message's body and its MD5. They are made where the request is read, so that a World in which
/// one call at a time is handled neither copies nor digests it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct MessageBody {
    text: Box<str>,
    md5: [u8; 16],
}

impl MessageBody {
    /// The body itself.
    #[must_use]
    pub const fn text(&self) -> &str {
        &self.text
    }

    /// `MD5OfBody`
    #[must_use]
    pub fn md5_hex(&self) -> String {
        hex::encode(self.md5)
    }
}

impl From<String> for MessageBody {
    fn from(text: String) -> Self {
        Self { md5: md5(text.as_bytes()), text: text.into() }
    }
}

impl Serialize for MessageBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Default for MessageBody {
    fn default() -> Self {
        String::new().into()
    }
}

/// `MessageId`: a version 4 UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(u128);

impl Content {
    /// About how long its record is in the event that a function receives.
    pub(super) fn event_size_bytes(&self) -> usize {
        /// Everything but body and attributes: names, ids, timestamps, the receipt handle.
        const OVERHEAD_BYTES: usize = 1_200;
        let escaped = |byte: u8| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            _ => 1,
        };
        let body_bytes: usize = self.body.text.bytes().map(escaped).sum();
        body_bytes + 2 * size_bytes(&self.attributes) + OVERHEAD_BYTES
    }
}

impl MessageId {
    pub(super) fn new(ids: &mut Ids) -> Self {
        let bits = u128::from(ids.next_u64()) << 64 | u128::from(ids.next_u64());
        Self(bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
    }

    /// Half of it, enough to tell messages of one queue apart.
    pub(super) const fn half(self) -> u64 {
        (self.0 >> 64) as u64 ^ self.0 as u64
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // Groups of 8, 4, 4, 4 and 12 digits, in one piece: it is written into every answer.
        let (mut text, mut left) = (['-'; 36].map(|dash| dash as u8), self.0);
        for at in (0..text.len()).rev().filter(|at| ![8, 13, 18, 23].contains(at)) {
            text[at] = DIGITS[(left & 0xf) as usize];
            left >>= 4;
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// A message's place in the order of its queue, and its number among all messages of the World.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    pub(super) fn next(cx: &mut Cx<'_>) -> Self {
        Self(cx.numbers.next(cx.now))
    }

    /// Where a record of the message with this number is kept.
    pub(super) fn key(self, kind: Kind) -> Key {
        Key::numbered(kind, self.0)
    }

    /// `SequenceNumber`: twenty digits.
    pub(super) fn number(self) -> String {
        (18_000_000_000_000_000_000 + u128::from(self.0)).to_string()
    }
}

/// A message, as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// The queue it is in.
    pub queue: QueueId,
    /// Its place there.
    pub sequence: Sequence,
    /// What was sent.
    pub content: Arc<Content>,
}

/// Where a message is in its life, once it was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageStateRecord {
    /// The queue it is in.
    pub queue: QueueId,
    /// Its place there.
    pub sequence: Sequence,
    /// From when it can be received again.
    pub available_at: Timestamp,
    /// How often it was received.
    pub receives: u32,
    /// When for the first time.
    pub first_received: Option<Timestamp>,
    /// When for the last time.
    pub last_received: Option<Timestamp>,
}

impl MessageRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.sequence.key(Kind::Message)
    }
}

impl MessageStateRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.sequence.key(Kind::MessageState)
    }
}
