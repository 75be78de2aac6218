//! Batches: what a mapping invokes its function with, and what the function's answer means.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::BTreeSet;

use bytes::Bytes;
use kernel::arn::QueueArn;
use kernel::time::Timestamp;
use kernel::trace::Cause;
use serde::Serialize;
use serde_json::{Map, Value};

use super::event_metric::EventCounts;
use super::invocation::BatchEvent;
use super::outcome::Ended;
use super::{InvocationId, Lambda, Lineage, MappingId, Pending, PendingSource};
use crate::{Announcement, Cx};

/// A message as a mapping hands it to its function.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchRecord {
    /// `messageId`
    pub message_id: String,
    /// `receiptHandle`
    pub receipt_handle: String,
    /// `body`
    pub body: String,
    /// System attributes.
    pub attributes: std::collections::BTreeMap<String, String>,
    /// Message attributes: name to `{"stringValue", "binaryValue", "dataType", …}`.
    pub message_attributes: Map<String, Value>,
    /// `md5OfMessageAttributes`
    #[serde(skip)]
    pub md5_of_message_attributes: Option<String>,
    /// `md5OfBody`
    pub md5_of_body: String,
    /// `AWSTraceHeader`
    #[serde(skip)]
    pub trace_header: Option<String>,
    /// The message group that must not be in two batches at once, of a FIFO queue.
    #[serde(skip)]
    pub group: Option<Box<str>>,
}

/// What a mapping makes of messages that it has received.
#[derive(Debug, Default)]
pub struct Sifted {
    /// For its function.
    pub passing: Vec<BatchRecord>,
    /// Receipt handles of those that no filter lets pass: they are deleted.
    pub dropped: Vec<String>,
    /// Receipt handles of those that have gone round through the function too often: they are given up.
    pub looping: Vec<String>,
}

impl Lambda {
    /// Tells the messages that a mapping's function is to have from others.
    #[must_use]
    pub fn sift(&self, id: &MappingId, records: Vec<BatchRecord>) -> Sifted {
        let mut sifted = Sifted::default();
        let Some(mapping) = self.mappings.get(id) else { return sifted };
        for record in records {
            let lineage = Lineage::of(record.trace_header.as_deref());
            if self.is_in_a_loop(&mapping.function, &lineage) {
                sifted.looping.push(record.receipt_handle);
                continue;
            }
            if mapping.filters.is_empty() {
                sifted.passing.push(record);
                continue;
            }
            let event = EventRecord::of(&record, &mapping.queue, mapping.window_s > 0);
            let passes = match serde_json::to_value(event) {
                Ok(Value::Object(event)) => mapping.filters.pass(&event, &record.body),
                _ => false,
            };
            match passes {
                true => sifted.passing.push(record),
                false => sifted.dropped.push(record.receipt_handle),
            }
        }
        sifted
    }

    /// Invokes a mapping's function with these messages, because of what they were sent by.
    pub fn invoke_batch(
        &mut self,
        cx: &mut Cx<'_>,
        id: &MappingId,
        records: &[BatchRecord],
        hidden_until: Timestamp,
        cause: Cause,
    ) {
        let Some(mapping) = self.mappings.get(id).cloned() else { return };
        self.close_window(cx, id);
        let invocation = InvocationId(cx.ids.uuid().into());
        let messages = records
            .iter()
            .map(|record| (record.message_id.clone(), record.receipt_handle.clone()))
            .collect();
        self.keep_pending(
            cx,
            Pending {
                id: invocation.clone(),
                invoked_arn: mapping.function.clone(),
                source: PendingSource::Batch {
                    mapping: id.clone(),
                    queue: mapping.queue.clone(),
                    reports_failures: mapping.reports_failures,
                    messages,
                },
                attempts: 0,
                created: cx.now,
                retry_at: None,
                cause: cause.first(),
            },
        );
        let feed = self.feeds.entry(id.clone()).or_default();
        feed.running.insert(invocation.clone(), groups(records));
        let event = BatchEvent {
            payload: event(&mapping.queue, records, mapping.window_s > 0),
            lineage: lineage(records),
            messages_hidden_until: hidden_until,
        };
        self.start_batch(cx, cause, invocation, mapping.function, event);
    }

    /// Performs a batch once more that was under way when the emulator stopped. Messages that are
    /// not in flight any more have found another way; without any, nothing is left to do.
    pub fn resume_batch(
        &mut self,
        cx: &mut Cx<'_>,
        invocation: InvocationId,
        records: &[BatchRecord],
        hidden_until: Timestamp,
    ) {
        if records.is_empty() {
            self.forget_pending(cx, &invocation);
            return;
        }
        let Some(mut pending) = self.pending.get(&invocation).cloned() else { return };
        let PendingSource::Batch { mapping, queue, messages, .. } = &mut pending.source else {
            return;
        };
        let cause = pending.cause.into();
        let still = |id: &str| records.iter().any(|record| record.message_id == id);
        messages.retain(|(id, _)| still(id));
        let has_window = self.mappings.get(mapping).is_some_and(|mapping| mapping.window_s > 0);
        let event = BatchEvent {
            payload: event(queue, records, has_window),
            lineage: lineage(records),
            messages_hidden_until: hidden_until,
        };
        let feed = self.feeds.entry(mapping.clone()).or_default();
        feed.running.insert(invocation.clone(), groups(records));
        let arn = pending.invoked_arn.clone();
        self.keep_pending(cx, pending);
        self.start_batch(cx, cause, invocation, arn, event);
    }

    /// A batch ended. What was processed leaves the queue; the rest comes back when its visibility
    /// timeout ends, and is counted by the queue's redrive policy. A mapping that is gone by now
    /// does not change what its batch means.
    pub(super) fn conclude_batch(&mut self, cx: &mut Cx<'_>, id: &InvocationId, ended: Ended) {
        let Some(pending) = self.forget_pending(cx, id) else { return };
        let PendingSource::Batch { mapping, queue, reports_failures, messages } = pending.source
        else {
            return;
        };
        let count = messages.len();
        let processed: Vec<String> = match ended {
            Ended::Badly { .. } => Vec::new(),
            Ended::Well { .. } if !reports_failures => {
                messages.into_iter().map(|(_, receipt_handle)| receipt_handle).collect()
            }
            Ended::Well { payload, .. } => processed(&payload, messages),
        };
        let (deleted, failed) = (processed.len(), count - processed.len());
        let counts = EventCounts { deleted, failed, ..EventCounts::default() };
        self.meter_mapping(cx, &mapping, counts);
        if !processed.is_empty() {
            cx.announce(Announcement::MessagesProcessed {
                function: pending.invoked_arn,
                queue,
                receipt_handles: processed,
            });
        }
        cx.announce(Announcement::MappingReady(mapping));
    }
}

/// The messages that an answer with `batchItemFailures` does not name. An answer that cannot be
/// read, or that names a message that was not in the batch, means that all failed; an empty one,
/// that none did.
fn processed(payload: &Bytes, messages: Vec<(String, String)>) -> Vec<String> {
    let all = |messages: Vec<(String, String)>| messages.into_iter().map(|(_, it)| it).collect();
    if payload.is_empty() {
        return all(messages);
    }
    let Ok(answer) = serde_json::from_slice::<Value>(payload) else { return Vec::new() };
    let failures = match &answer {
        Value::Null => return all(messages),
        Value::String(text) if text.is_empty() => return all(messages),
        Value::Object(fields) => match fields.get("batchItemFailures") {
            None | Some(Value::Null) => return all(messages),
            Some(Value::Array(failures)) => failures,
            Some(_) => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let mut failed = BTreeSet::new();
    for failure in failures {
        match failure.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if messages.iter().any(|(message, _)| message == id) => {
                failed.insert(id.to_owned());
            }
            _ => return Vec::new(),
        }
    }
    let kept = messages.into_iter().filter(|(message, _)| !failed.contains(message));
    kept.map(|(_, receipt_handle)| receipt_handle).collect()
}

/// How often functions were invoked on the way to any of these messages.
fn lineage(records: &[BatchRecord]) -> Lineage {
    let mut lineage = Lineage::default();
    for record in records {
        lineage.join(&Lineage::of(record.trace_header.as_deref()));
    }
    lineage
}

/// The message groups that a batch has.
fn groups(records: &[BatchRecord]) -> BTreeSet<Box<str>> {
    records.iter().filter_map(|record| record.group.clone()).collect()
}

/// A message in the event that a function receives.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventRecord<'a> {
    #[serde(flatten)]
    record: &'a BatchRecord,
    /// Where a message has no attributes, AWS says `null` to mappings with a batching window and nothing
    /// to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<Option<&'a str>>,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: String,
    aws_region: &'a str,
}

impl<'a> EventRecord<'a> {
    fn of(record: &'a BatchRecord, queue: &'a QueueArn, has_window: bool) -> Self {
        let md5 = record.md5_of_message_attributes.as_deref();
        Self {
            record,
            md5_of_message_attributes: (md5.is_some() || has_window).then_some(md5),
            event_source: "aws:sqs",
            event_source_arn: queue.to_string(),
            aws_region: queue.region.as_str(),
        }
    }
}

/// The event that a function receives:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event>.
fn event(queue: &QueueArn, records: &[BatchRecord], has_window: bool) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Event<'a> {
        records: Vec<EventRecord<'a>>,
    }
    let records = records.iter().map(|record| EventRecord::of(record, queue, has_window));
    let event = Event { records: records.collect() };
    serde_json::to_vec(&event).unwrap_or_default().into()
}
