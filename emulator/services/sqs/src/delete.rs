//! Deleting messages.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Sqs;
use super::batch::{self, BatchOutput, BatchResultEntry};
use super::queue::Queue;
use super::receipt::{self, Receipt};
use crate::{Cx, error as errors};

impl Sqs {
    pub(super) fn delete_message(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: DeleteMessageInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        receipt::check_characters(&input.receipt_handle)?;
        self.existing(&arn)?.delete(cx, &input.receipt_handle)?;
        // Without this message its group may have another to give.
        self.gained_by_deletion(cx, &arn);
        Ok(Empty {})
    }

    pub(super) fn delete_message_batch(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: DeleteMessageBatchInput,
    ) -> Result<BatchOutput<BatchResultEntry>, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        batch::check(
            "DeleteMessageBatchRequestEntry",
            input.entries.iter().map(|entry| entry.id.as_str()),
        )?;
        let queue = self.existing(&arn)?;
        let mut output = BatchOutput::with_capacity(input.entries.len());
        for entry in input.entries {
            let deleted = queue.delete(cx, &entry.receipt_handle);
            let id = entry.id.clone();
            output.push(id, deleted.map(|()| BatchResultEntry { id: entry.id }));
        }
        self.gained_by_deletion(cx, &arn);
        Ok(output)
    }
}

impl Queue {
    /// Deletes the message of a receipt. A standard queue deletes by any handle that it ever gave
    /// for the message, and quietly does nothing where the message has gone; a FIFO queue only by
    /// the handle of a receive that is not over.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid`; of a FIFO queue `InvalidParameterValue` where the handle is too old.
    pub(super) fn delete(&mut self, cx: &mut Cx<'_>, handle: &str) -> Result<(), ApiError> {
        let receipt = Receipt::parse(handle, self.id)?;
        if self.by_receipt(receipt).is_none() {
            self.counts.number_of_messages_deleted += 1;
            return Ok(());
        }
        if self.attributes.fifo.is_some() && !self.is_live(receipt) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            )));
        }
        self.counts.number_of_messages_deleted += 1;
        self.remove(cx, receipt.sequence);
        self.schedule(cx.deadlines);
        Ok(())
    }
}

/// Input of `DeleteMessage`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteMessageInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// Which receive of which message.
    #[serde(default)]
    pub receipt_handle: String,
}

/// Input of `DeleteMessageBatch`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteMessageBatchInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// What to delete.
    #[serde(default)]
    pub entries: Vec<DeleteMessageBatchRequestEntry>,
}

/// One message of a batch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteMessageBatchRequestEntry {
    /// Its name in the batch.
    #[serde(default)]
    pub id: String,
    /// Which receive of which message.
    #[serde(default)]
    pub receipt_handle: String,
}

/// Output of operations that say nothing.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Empty {}
