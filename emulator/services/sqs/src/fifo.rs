//! What FIFO queues have besides: deduplication, and receives that can be repeated.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attributes::Scope;
use super::message::{MessageId, Sequence};
use super::queue_id::QueueId;
use crate::limits::{DEDUPLICATION_S, FIFO_ID_CHARS_MAX, RECEIVE_ATTEMPTS_MAX};
use crate::{Kind, error as errors};

/// What was sent in the last five minutes, whether it is still there or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Deduplication {
    sent: BTreeMap<DeduplicationKey, Sent>,
    by_age: VecDeque<DeduplicationKey>,
    attempts: BTreeMap<String, Attempt>,
    /// When each was made, the oldest first. One that was repeated is there once more.
    attempts_by_age: VecDeque<(Timestamp, String)>,
}

/// A deduplication id, and the group it counts in where the queue's scope is the group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeduplicationKey {
    /// The id.
    pub id: Box<str>,
    /// The group; nothing where the id counts in the whole queue.
    pub group: Option<Arc<str>>,
}

/// The first message with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its `MessageId`.
    pub message: MessageId,
    /// Its place in the queue.
    pub sequence: Sequence,
    /// When.
    pub at: Timestamp,
}

/// That an id was sent to a FIFO queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeduplicationRecord {
    /// The queue.
    pub queue: QueueId,
    /// The id.
    pub key: DeduplicationKey,
    /// The message that was first.
    pub sent: Sent,
}

impl DeduplicationRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.sent.sequence.key(Kind::Deduplication)
    }
}

/// A receive that can be repeated by its `ReceiveRequestAttemptId`.
#[derive(Debug, Clone)]
struct Attempt {
    at: Timestamp,
    messages: Vec<Taken>,
}

/// A message of such a receive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) sequence: Sequence,
    /// Which receive of it that was.
    pub(super) receive: u32,
    /// Until when it was to be hidden.
    pub(super) until: Timestamp,
}

impl Deduplication {
    /// The message that was sent with this id in the last five minutes. An id that was sent while it
    /// counted in the whole queue keeps doing so when the scope changes.
    pub(super) fn find(&self, id: &str, group: &Arc<str>, scope: Scope) -> Option<Sent> {
        let whole = DeduplicationKey { id: id.into(), group: None };
        let in_group = DeduplicationKey { id: id.into(), group: Some(Arc::clone(group)) };
        let found = self.sent.get(&whole).or_else(|| self.sent.get(&in_group));
        match scope {
            Scope::MessageGroup => found.copied(),
            Scope::Queue => found.copied().or_else(|| {
                let (key, sent) = self.sent.range(whole..).next()?;
                (*key.id == *id).then_some(*sent)
            }),
        }
    }

    pub(super) fn insert(&mut self, key: DeduplicationKey, sent: Sent) {
        self.by_age.push_back(key.clone());
        self.sent.insert(key, sent);
    }

    /// Takes out one that is older than five minutes. Nothing waits for that: an old one is
    /// forgotten when the next message comes.
    pub(super) fn pop_expired(&mut self, now: Timestamp) -> Option<Sent> {
        let sent = self.sent.get(self.by_age.front()?)?;
        if sent.at.after_s(DEDUPLICATION_S) > now {
            return None;
        }
        self.sent.remove(&self.by_age.pop_front()?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&DeduplicationKey, &Sent)> {
        self.sent.iter()
    }

    /// Messages that an earlier receive with this attempt id returned.
    pub(super) fn attempt(&self, id: &str, now: Timestamp) -> Option<&[Taken]> {
        let attempt = self.attempts.get(id)?;
        (attempt.at.after_s(DEDUPLICATION_S) > now).then_some(&attempt.messages)
    }

    /// Remembers a receive for as long as it can be repeated: five minutes, and the latest so many.
    pub(super) fn remember_attempt(&mut self, id: String, now: Timestamp, messages: Vec<Taken>) {
        while let Some((at, oldest)) = self.attempts_by_age.front()
            && (at.after_s(DEDUPLICATION_S) <= now
                || self.attempts_by_age.len() >= RECEIVE_ATTEMPTS_MAX)
        {
            // It may have been made again since.
            if self.attempts.get(oldest).is_some_and(|attempt| attempt.at == *at) {
                self.attempts.remove(oldest);
            }
            self.attempts_by_age.pop_front();
        }
        self.attempts_by_age.push_back((now, id.clone()));
        self.attempts.insert(id, Attempt { at: now, messages });
    }
}

/// The deduplication id of a message that comes without: SHA-256 of its body.
pub(super) fn content_based(body: &str) -> String {
    hex::encode(Sha256::digest(body.as_bytes()))
}

/// # Errors
/// `InvalidParameterValue` where it cannot be a group, deduplication or attempt id.
pub(super) fn check_id(parameter: &str, id: &str) -> Result<(), ApiError> {
    let valid = (1..=FIFO_ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte.is_ascii_punctuation());
    match valid {
        true => Ok(()),
        false => {
            let shown: String = id.chars().take(2 * FIFO_ID_CHARS_MAX).collect();
            Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {shown} for parameter {parameter} is invalid. Reason: {parameter} can only include alphanumeric and punctuation characters. 1 to {FIFO_ID_CHARS_MAX} in length."
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

    #[test]
    fn so_many_receives_can_be_repeated_and_for_so_long() {
        let mut seen = Deduplication::default();
        for at in 0..=RECEIVE_ATTEMPTS_MAX {
            seen.remember_attempt(at.to_string(), NOON, Vec::new());
        }
        assert_eq!(seen.attempts.len(), RECEIVE_ATTEMPTS_MAX);
        assert!(seen.attempt("0", NOON).is_none() && seen.attempt("1", NOON).is_some());

        // One that is made again and again is there once, and stays as long as the last.
        let mut seen = Deduplication::default();
        for at_s in 0..10 {
            seen.remember_attempt("again".into(), NOON.after_s(at_s * 60), Vec::new());
        }
        assert_eq!((seen.attempts.len(), seen.attempts_by_age.len()), (1, 5));
        assert!(seen.attempt("again", NOON.after_s(9 * 60 + DEDUPLICATION_S - 1)).is_some());
        seen.remember_attempt("other".into(), NOON.after_s(9 * 60 + DEDUPLICATION_S), Vec::new());
        assert_eq!((seen.attempts.len(), seen.attempts_by_age.len()), (1, 1));
    }
}
