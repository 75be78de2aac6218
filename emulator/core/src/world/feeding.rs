//! How queues feed functions: what a mapping takes of its queue, and when.

use kernel::arn::QueueArn;
use kernel::time::Timestamp;
use kernel::trace::{Cause, CauseId};
use lambda::limits::BATCH_PAYLOAD_MAX_BYTES;
use lambda::{BatchRecord, Capacity, MappingId, Taking};
use sqs::{Batch, Received};

use super::Handling;
use super::checks::{DELETE, RECEIVE, consume};

impl Handling<'_> {
    /// Hands a mapping as many batches as its queue has and its function can take.
    pub(super) fn feed(&mut self, told_by: CauseId, mapping: &MappingId) {
        loop {
            let (lambda, sqs) = (&self.services.lambda.service, &self.services.sqs.service);
            let Some(Taking { queue, capacity, free, busy_groups }) = lambda.taking(mapping) else {
                return;
            };
            let visible = sqs.visible_outside(&queue, &busy_groups);
            if visible == 0 {
                self.lambda(told_by, |lambda, cx| lambda.messages_ended(cx, mapping));
                return;
            }
            let max = match capacity {
                Capacity::None => {
                    self.lambda(told_by, |lambda, cx| lambda.messages_wait(cx, mapping));
                    return;
                }
                Capacity::Full(batch_size) if visible < batch_size => {
                    self.lambda(told_by, |lambda, cx| lambda.open_window(cx, mapping));
                    return;
                }
                Capacity::Full(batch_size) | Capacity::UpTo(batch_size) => batch_size,
            };
            // The groups of a FIFO queue go beside each other as far as there are slots; what is left over
            // goes together.
            let max_groups = visible.div_ceil(free.max(1));
            let busy_groups = &busy_groups;
            let batch = Batch { max, max_bytes: BATCH_PAYLOAD_MAX_BYTES, max_groups, busy_groups };
            if !self.feed_batch(told_by, mapping, &queue, batch) {
                return;
            }
        }
    }

    /// Hands a mapping a batch. Says whether there was one.
    fn feed_batch(
        &mut self,
        told_by: CauseId,
        mapping: &MappingId,
        queue: &QueueArn,
        batch: Batch<'_>,
    ) -> bool {
        let (lambda, sqs) = (&self.services.lambda.service, &self.services.sqs.service);
        let Some(function) = lambda.function_of(mapping) else { return false };
        let role = lambda.execution_role(function);
        if let Err(denied) = consume(sqs, queue, function, role, RECEIVE) {
            let received = self.note(told_by, RECEIVE, queue.name.as_str());
            self.note_end(received, Err(denied));
            return false;
        }
        let messages = self.sqs(told_by, |sqs, cx| sqs.collect(cx, queue, batch));
        let cause = Cause::of(messages.iter().map(|message| message.cause));
        let Some(cause) = cause else { return false };
        let hidden_until = self.hidden_until(queue);
        let records = messages.into_iter().map(batch_record).collect();
        let sifted = self.services.lambda.service.sift(mapping, records);
        self.lambda(cause.first(), |lambda, cx| lambda.polled(cx, mapping, &sifted));
        if !sifted.looping.is_empty() {
            let stopped =
                self.note(cause.first(), "lambda:RecursiveInvocation", queue.name.as_str());
            self.sqs(stopped, |sqs, cx| sqs.give_up(cx, queue, &sifted.looping));
            self.note_end(stopped, Ok(()));
        }
        if !sifted.dropped.is_empty() {
            self.drop_filtered(cause.first(), mapping, queue, &sifted.dropped);
        }
        if !sifted.passing.is_empty() {
            self.lambda(cause.first(), |lambda, cx| {
                lambda.invoke_batch(cx, mapping, &sifted.passing, hidden_until, cause);
            });
        }
        true
    }

    /// Until when what is received now from a queue is hidden from others.
    pub(super) fn hidden_until(&self, queue: &QueueArn) -> Timestamp {
        let timeout_s = self.services.sqs.service.visibility_timeout_s(queue);
        self.shared.now.after_s(timeout_s.unwrap_or(0))
    }

    /// Deletes what no filter of a mapping lets pass, where its function's role may.
    fn drop_filtered(
        &mut self,
        cause: CauseId,
        mapping: &MappingId,
        queue: &QueueArn,
        receipt_handles: &[String],
    ) {
        let (lambda, sqs) = (&self.services.lambda.service, &self.services.sqs.service);
        let Some(function) = lambda.function_of(mapping) else { return };
        let allowed = consume(sqs, queue, function, lambda.execution_role(function), DELETE);
        let filtered = self.note(cause, "lambda:Filter", queue.name.as_str());
        if allowed.is_ok() {
            self.sqs(filtered, |sqs, cx| sqs.processed(cx, queue, receipt_handles));
        }
        self.note_end(filtered, allowed);
    }
}

/// A message as a mapping's function is given it.
pub(super) fn batch_record(received: Received) -> BatchRecord {
    BatchRecord {
        message_id: received.message_id,
        receipt_handle: received.receipt_handle,
        body: received.body,
        attributes: received.attributes,
        message_attributes: received.message_attributes,
        md5_of_message_attributes: received.md5_of_message_attributes,
        md5_of_body: received.md5_of_body,
        trace_header: received.trace_header,
        group: received.group.map(|group| (*group).into()),
    }
}
