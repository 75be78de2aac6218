//! Simple Queue Service.

use crate::arn::{Arn, QueueArn};
use crate::context::{Cx, Origin};
use crate::error::ApiError;
use crate::input::CallId;
use crate::record::{Key, Kind, Record};
use crate::trace::CauseId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

operations! { "sqs";
    ListQueues(ListQueuesInput) -> ListQueuesOutput;
}

/// Input of `ListQueues`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListQueuesInput {}

/// Output of `ListQueues`.
#[derive(Debug, Clone, Default, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesOutput {}

impl Request {
    /// What it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        String::new()
    }
}

/// What becomes due in SQS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {}

/// A queue with its attributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueRecord {
    /// Where it is and its name.
    pub arn: QueueArn,
}

impl QueueRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Queue, name: self.arn.to_string() }
    }
}

/// A message, as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its name.
    pub name: String,
}

impl MessageRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::Message, name: self.name.clone() }
    }
}

/// Where a message is in its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageStateRecord {
    /// Its name.
    pub name: String,
}

impl MessageStateRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: Kind::MessageState, name: self.name.clone() }
    }
}

/// A message that another service sends: S3 an event, Lambda a failed one.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its body.
    pub body: String,
    /// String attributes: name to (data type, value).
    pub attributes: BTreeMap<String, (String, String)>,
    /// The service that sends, as a policy names it: `s3.amazonaws.com`; nothing where Lambda acts
    /// with its function's role.
    pub service: Option<&'static str>,
    /// The bucket or function it comes from (`aws:SourceArn`).
    pub source: Option<Arn>,
    /// The account that owns the source (`aws:SourceAccount`).
    pub source_account: Option<crate::names::AccountId>,
    /// What led to it.
    pub cause: CauseId,
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
    pub message_attributes: serde_json::Map<String, serde_json::Value>,
    /// What led to it being sent.
    pub cause: CauseId,
}

/// All queues.
#[derive(Debug, Clone, Default)]
pub struct Sqs {}

impl Sqs {
    /// Handles one call; `None` where the answer comes later (a long poll).
    pub fn call(
        &mut self,
        _cx: &mut Cx<'_>,
        _origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        match request {
            Request::ListQueues(_) => Ok(None),
        }
    }

    /// Something is due.
    pub fn due(&mut self, _cx: &mut Cx<'_>, due: Due) {
        match due {}
    }

    /// The client of a waiting call has gone.
    pub fn disconnected(&mut self, _cx: &mut Cx<'_>, _call: CallId) {}

    /// Takes a delivery of another service, where the queue exists and its policy lets it.
    pub fn deliver(
        &mut self,
        _cx: &mut Cx<'_>,
        _queue: &QueueArn,
        _delivery: Delivery,
    ) -> Result<(), ApiError> {
        Ok(())
    }

    /// Whether the queue exists and its policy would let this service deliver (S3 asks when a notification is configured).
    pub fn would_accept(&self, _queue: &QueueArn, _delivery: &Delivery) -> Result<(), ApiError> {
        Ok(())
    }

    /// How many messages could be received now; nothing where there is no such queue.
    pub fn visible(&self, _queue: &QueueArn) -> Option<usize> {
        None
    }

    /// How many messages are delayed or in flight; nothing where there is no such queue.
    pub fn hidden(&self, _queue: &QueueArn) -> Option<usize> {
        None
    }

    /// Receives up to `max` messages for a mapping, hidden for the queue's visibility timeout.
    pub fn collect(&mut self, _cx: &mut Cx<'_>, _queue: &QueueArn, _max: usize) -> Vec<Received> {
        Vec::new()
    }

    /// The same messages once more, by their receipt handles, as far as they are still in flight: a
    /// mapping's batch whose invocation was cut off by a restart. Their timeouts start anew.
    pub fn collect_again(
        &mut self,
        _cx: &mut Cx<'_>,
        _queue: &QueueArn,
        _receipt_handles: &[String],
    ) -> Vec<Received> {
        Vec::new()
    }

    /// Deletes messages that a mapping processed.
    pub fn processed(&mut self, _cx: &mut Cx<'_>, _queue: &QueueArn, _receipt_handles: &[String]) {}

    /// The queue's visibility timeout in seconds; nothing where there is no such queue.
    pub fn visibility_timeout_s(&self, _queue: &QueueArn) -> Option<u64> {
        None
    }

    /// Takes a record back.
    pub fn restore_queue(
        &mut self,
        _deadlines: &mut crate::context::Deadlines,
        _queue: QueueRecord,
    ) {
    }

    /// Takes a record back.
    pub fn restore_message(
        &mut self,
        _deadlines: &mut crate::context::Deadlines,
        _message: MessageRecord,
    ) {
    }

    /// Takes a record back.
    pub fn restore_state(
        &mut self,
        _deadlines: &mut crate::context::Deadlines,
        _state: MessageStateRecord,
    ) {
    }

    /// Everything durable.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        std::iter::empty()
    }

    /// What keeps the pipeline from being idle, in words: nothing here; a queue alone is idle.
    pub fn outstanding(&self) -> Vec<String> {
        Vec::new()
    }
}
