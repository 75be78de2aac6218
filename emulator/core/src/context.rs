//! What a service is given besides the request: the moment, who calls, and where to put what follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::arn::{Arn, FunctionArn, QueueArn};
use crate::error::ApiError;
use crate::input::{BlobId, CallId, Caller, Content, Signing};
use crate::names::{AccountId, Region};
use crate::policy::Principal;
use crate::record::{Key, Record};
use crate::step::{Change, Effect, Response, Step};
use crate::time::Timestamp;
use crate::trace::{CauseId, Trace};
use crate::{lambda, s3, sqs};

/// The context in which a service handles one input. Everything it wants to happen goes through it.
pub struct Cx<'a> {
    /// The moment of the input.
    pub now: Timestamp,
    /// The event in the trace that is being handled: the parent of whatever follows from it.
    pub cause: CauseId,
    /// Seeded names.
    pub ids: &'a mut Ids,
    /// Numbers in the order of time.
    pub numbers: &'a mut Numbers,
    /// What happens by itself later on.
    pub deadlines: &'a mut Deadlines,
    /// How often each blob is referred to.
    pub blobs: &'a mut BlobReferences,
    /// Causes.
    pub trace: &'a mut Trace,
    /// What other services may want to hear; the World routes it when the service is done.
    pub announcements: &'a mut Vec<Announcement>,
    pub(crate) step: &'a mut Step,
    pub(crate) recording: bool,
}

/// Where a call comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The call's name, for an answer that comes later.
    pub call: CallId,
    /// Who calls.
    pub caller: Caller,
    /// What becomes of calls that nobody signed.
    pub signing: Signing,
    /// The account acted for.
    pub account: AccountId,
    /// The region that the call was signed for.
    pub region: Region,
    /// Scheme and authority under which the caller reached us, without a slash at the end.
    pub endpoint: String,
    /// The caller's address.
    pub source_ip: Arc<str>,
    /// `X-Amzn-Trace-Id`, which messages carry on.
    pub trace_header: Option<String>,
}

impl Cx<'_> {
    /// This record is now as given. The closure runs only in a World that records.
    pub fn put(&mut self, record: impl FnOnce() -> Record) {
        if self.recording {
            self.step.changes.push(Change::Put(record()));
        }
    }

    /// The record with this key is gone. The closure runs only in a World that records.
    pub fn delete(&mut self, key: impl FnOnce() -> Key) {
        if self.recording {
            self.step.changes.push(Change::Delete(key()));
        }
    }

    /// Asks for something to be done once this step is durable.
    pub fn effect(&mut self, effect: Effect) {
        self.step.effects.push(effect);
    }

    /// Answers a call that waited. `cause` is what the call is called in the trace.
    pub fn reply(&mut self, call: CallId, cause: CauseId, result: Result<Response, ApiError>) {
        let outcome = result.as_ref().map_or_else(ApiError::code, |_| "ok");
        self.trace.end(cause, outcome);
        self.effect(Effect::Reply { call, result, cause });
    }

    /// Tells the World something that another service may want to hear.
    pub fn announce(&mut self, announcement: Announcement) {
        self.announcements.push(announcement);
    }

    /// Notes in the trace that something follows from what is being handled.
    pub fn follows(&mut self, what: &'static str, subject: impl Into<String>) -> CauseId {
        self.trace.record(self.now, Some(self.cause), what, subject)
    }

    /// One more entity refers to the blobs of this content.
    pub fn retain(&mut self, content: &Content) {
        content.blobs().iter().for_each(|blob| self.blobs.retain(&blob.id));
    }

    /// One entity less refers to the blobs of this content; of which it was the last, it is deleted.
    pub fn release(&mut self, content: &Content) {
        for blob in content.blobs() {
            if self.blobs.release(&blob.id) {
                self.effect(Effect::DeleteBlob(blob.id.clone()));
            }
        }
    }
}

/// What a service says has happened, for the World to decide who hears it.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// S3: an event for a configured destination.
    Notification {
        /// The bucket it comes from.
        source: Arn,
        /// The account that owns the bucket.
        source_account: AccountId,
        /// The queue or function that is to hear it.
        destination: Arn,
        /// The event, as JSON.
        event: Bytes,
        /// What led to it.
        cause: CauseId,
    },
    /// SQS: a queue has messages to receive that it did not have before.
    MessagesVisible(QueueArn),
    /// Lambda: a mapping can take messages: it was enabled or has a slot free again.
    MappingReady(lambda::MappingId),
    /// Lambda: a batch was under way when the emulator stopped. Its messages are to be received
    /// once more, for the same invocation.
    BatchInterrupted {
        /// The invocation.
        invocation: lambda::InvocationId,
        /// The queue.
        queue: QueueArn,
        /// The receipt handles of its messages.
        receipt_handles: Vec<String>,
    },
    /// Lambda: these messages of a mapping's queue were processed.
    MessagesProcessed {
        /// The function that processed them.
        function: FunctionArn,
        /// The queue.
        queue: QueueArn,
        /// Their receipt handles.
        receipt_handles: Vec<String>,
        /// The invocation that processed them.
        cause: CauseId,
    },
    /// Lambda: an event is to be kept in a dead-letter or destination queue.
    DeadLetter {
        /// The function it failed in.
        function: FunctionArn,
        /// As whom Lambda sends it there: the function's execution role.
        role: Principal,
        /// The queue that keeps it.
        target: Arn,
        /// The message.
        body: String,
        /// String attributes of the message: `RequestID`, `ErrorCode`, `ErrorMessage`.
        attributes: BTreeMap<String, (String, String)>,
        /// The last invocation.
        cause: CauseId,
    },
}

/// Names from a seed: the same seed and the same inputs give the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    /// Names from `seed`, after `drawn` of them were drawn before.
    #[must_use]
    pub const fn new(seed: u64, drawn: u64) -> Self {
        Self { seed, drawn }
    }

    /// How many were drawn.
    #[must_use]
    pub const fn drawn(&self) -> u64 {
        self.drawn
    }

    /// 64 bits that look random (SplitMix64: a counter, mixed).
    pub fn next_u64(&mut self) -> u64 {
        self.drawn += 1;
        let mut z = self.seed.wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.next_u64(), self.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            0x8000 | b >> 48 & 0x3fff,
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` characters of `A-Z0-9`.
    pub fn upper_alphanumeric(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let bits = self.next_u64();
            for at in 0..(length - text.len()).min(12) {
                text.push(char::from(ALPHABET[(bits >> (at * 5) & 31) as usize]));
            }
        }
        text
    }

    /// `length` random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next_u64().to_be_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// Numbers that grow with time: a later one is larger. After a restart, too, it is larger than all that
/// something still has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Numbers {
    last: u64,
}

impl Numbers {
    /// Of later moments (from 2248 on) numbers do not follow time but only each other: a store has 63
    /// bits for them, and this leaves room for as many as it will ever see.
    const MS_MAX: u64 = (1 << 43) - (1 << 33);

    /// The next one. There is room for a million a millisecond before they run ahead of time.
    pub fn next(&mut self, now: Timestamp) -> u64 {
        self.last = (now.as_ms().min(Self::MS_MAX) << 20).max(self.last.saturating_add(1));
        self.last
    }

    /// This one was given before a restart.
    pub fn was_given(&mut self, number: u64) {
        self.last = self.last.max(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_fit_a_store_at_any_moment() {
        let mut numbers = Numbers::default();
        let mut last = 0;
        for ms in [0, 1_795_435_200_000, 1 << 43, 1 << 44, (1 << 44) + 1, u64::MAX] {
            for _ in 0..3 {
                let next = numbers.next(Timestamp::from_ms(ms));
                assert!(next > last && i64::try_from(next).is_ok(), "{next} after {last}");
                last = next;
            }
        }
    }
}

/// What becomes due, by service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Of S3.
    S3(s3::Due),
    /// Of SQS.
    Sqs(sqs::Due),
    /// Of Lambda.
    Lambda(lambda::Due),
}

/// Everything that will happen by itself, in order of time: one set for all services.
#[derive(Debug, Clone, Default)]
pub struct Deadlines(BTreeSet<(Timestamp, Due)>);

impl Deadlines {
    /// `due` comes at `at`.
    pub fn schedule(&mut self, at: Timestamp, due: Due) {
        self.0.insert((at, due));
    }

    /// `due` does not come at `at` after all.
    pub fn cancel(&mut self, at: Timestamp, due: Due) {
        self.0.remove(&(at, due));
    }

    /// When the next one comes.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first that has come by `now`.
    pub fn pop(&mut self, now: Timestamp) -> Option<Due> {
        (self.next()? <= now).then(|| self.0.pop_first())?.map(|(_, due)| due)
    }
}

/// How many entities refer to each blob. A copy of an object refers to the same blob.
#[derive(Debug, Clone, Default)]
pub struct BlobReferences(BTreeMap<BlobId, u32>);

impl BlobReferences {
    /// One more entity refers to the blob.
    pub fn retain(&mut self, blob: &BlobId) {
        *self.0.entry(blob.clone()).or_default() += 1;
    }

    /// One entity less refers to the blob. Says whether it was the last.
    pub fn release(&mut self, blob: &BlobId) -> bool {
        match self.0.get_mut(blob) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => self.0.remove(blob).is_some(),
            None => false,
        }
    }

    /// Whether something refers to the blob.
    #[must_use]
    pub fn contains(&self, blob: &BlobId) -> bool {
        self.0.contains_key(blob)
    }

    /// The blobs that something refers to.
    pub fn iter(&self) -> impl Iterator<Item = &BlobId> {
        self.0.keys()
    }
}
