//! Changing for how long a received message stays hidden. For how long a receive hides it: `receive.rs`.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::Sqs;
use super::batch::{self, BatchOutput, BatchResultEntry};
use super::delete::Empty;
use super::message::Place;
use super::queue::Queue;
use super::receipt::{self, Receipt};
use crate::limits::VISIBILITY_TIMEOUT_S_MAX;
use crate::{Cx, error as errors};

impl Sqs {
    pub(super) fn change_message_visibility(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ChangeMessageVisibilityInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        receipt::check_characters(&input.receipt_handle)?;
        self.existing(&arn)?.change_visibility(
            cx,
            &input.receipt_handle,
            input.visibility_timeout,
        )?;
        self.gained(cx, &arn);
        Ok(Empty {})
    }

    pub(super) fn change_message_visibility_batch(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ChangeMessageVisibilityBatchInput,
    ) -> Result<BatchOutput<BatchResultEntry>, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        batch::check(
            "ChangeMessageVisibilityBatchRequestEntry",
            input.entries.iter().map(|entry| entry.id.as_str()),
        )?;
        let queue = self.existing(&arn)?;
        let mut output = BatchOutput::with_capacity(input.entries.len());
        for entry in input.entries {
            let changed =
                queue.change_visibility(cx, &entry.receipt_handle, entry.visibility_timeout);
            let id = entry.id.clone();
            output.push(id, changed.map(|()| BatchResultEntry { id: entry.id }));
        }
        self.gained(cx, &arn);
        Ok(output)
    }
}

impl Queue {
    /// Hides the message of a receipt for `timeout_s` from now on; zero shows it at once. Where the
    /// timeout of a standard queue's message is over, nothing happens.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid`; `InvalidParameterValue` where the message has gone, where the
    /// receive of a FIFO queue is over, or where the timeout is more than twelve hours, counted from
    /// the receive.
    fn change_visibility(
        &mut self,
        cx: &mut Cx<'_>,
        handle: &str,
        timeout_s: Option<i64>,
    ) -> Result<(), ApiError> {
        let receipt = Receipt::parse(handle, self.id)?;
        let timeout_s = timeout_s.ok_or_else(|| {
            errors::MISSING_PARAMETER
                .says("The request must contain the parameter VisibilityTimeout.")
        })?;
        let timeout_s = super::receive::within(
            "VisibilityTimeout",
            Some(timeout_s),
            VISIBILITY_TIMEOUT_S_MAX,
            "Must be between 0 and 43200, if provided.",
        )?
        .unwrap_or_default();
        let message = self.by_receipt(receipt);
        let last_received = message.and_then(|message| message.last_received);
        let is_visible = message.is_some_and(|message| message.place == Place::Visible);
        if message.is_none() || self.attributes.fifo.is_some() && !self.is_live(receipt) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            )));
        }
        if is_visible {
            return Ok(());
        }
        let now = cx.now;
        if last_received
            .is_some_and(|at| now.after_s(timeout_s) > at.after_s(VISIBILITY_TIMEOUT_S_MAX))
        {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value {timeout_s} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_TIMEOUT_S_MAX} seconds]"
            )));
        }
        self.messages.update(receipt.sequence, |message| {
            message.available_at = now.after_s(timeout_s);
            message.place = if timeout_s > 0 { Place::InFlight } else { Place::Visible };
        });
        if timeout_s == 0 {
            self.send_group_back(cx, receipt.sequence);
        }
        self.put_state(cx, receipt.sequence);
        self.schedule(cx.deadlines);
        Ok(())
    }
}

/// Input of `ChangeMessageVisibility`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ChangeMessageVisibilityInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// Which receive of which message.
    #[serde(default)]
    pub receipt_handle: String,
    /// From now on, in seconds.
    pub visibility_timeout: Option<i64>,
}

/// Input of `ChangeMessageVisibilityBatch`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ChangeMessageVisibilityBatchInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// What to change.
    #[serde(default)]
    pub entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
}

/// One message of a batch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ChangeMessageVisibilityBatchRequestEntry {
    /// Its name in the batch.
    #[serde(default)]
    pub id: String,
    /// Which receive of which message.
    #[serde(default)]
    pub receipt_handle: String,
    /// From now on, in seconds.
    pub visibility_timeout: Option<i64>,
}
