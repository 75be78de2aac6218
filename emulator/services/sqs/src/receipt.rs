//! Receipt handles: opaque to clients, each bound to one receive of one message.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::ApiError;

use super::digest::md5;
use super::message::{Content, Sequence};
use super::queue_id::QueueId;
use crate::error as errors;

/// What a receipt handle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) queue: QueueId,
    pub(super) sequence: Sequence,
    /// Which receive of the message it was.
    pub(super) receive: u32,
    /// Half of the message's id: a place in the queue is never trusted alone.
    pub(super) message: u64,
}

/// Handles of AWS's begin with "AQEB", too.
const VERSION: [u8; 3] = [1, 1, 1];
const LENGTH_BYTES: usize = 3 + 8 + 8 + 4 + 8 + 8;

impl Receipt {
    pub(super) fn new(queue: QueueId, sequence: Sequence, receive: u32, content: &Content) -> Self {
        Self { queue, sequence, receive, message: content.id.half() }
    }

    pub(super) fn handle(self) -> String {
        let mut bytes = Vec::with_capacity(LENGTH_BYTES);
        bytes.extend_from_slice(&VERSION);
        bytes.extend_from_slice(&self.queue.0.to_be_bytes());
        bytes.extend_from_slice(&self.sequence.0.to_be_bytes());
        bytes.extend_from_slice(&self.receive.to_be_bytes());
        bytes.extend_from_slice(&self.message.to_be_bytes());
        // Not a secret: it tells a mangled handle from a real one.
        let check = md5(&bytes);
        bytes.extend_from_slice(&check[..8]);
        BASE64.encode(bytes)
    }

    /// Reads a handle of a queue.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid` where this queue never gave such a handle.
    pub(super) fn parse(handle: &str, queue: QueueId) -> Result<Self, ApiError> {
        if handle.is_empty() {
            return Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter ReceiptHandle."));
        }
        let shown = || handle.chars().take(1_024).collect::<String>();
        match Self::read(handle) {
            Some(receipt) if receipt.queue == queue => Ok(receipt),
            Some(_) => Err(errors::RECEIPT_HANDLE_IS_INVALID
                .says(format!("The receipt handle \"{}\" is not valid for this queue.", shown()))),
            None => Err(errors::RECEIPT_HANDLE_IS_INVALID.says(format!(
                "The input receipt handle \"{}\" is not a valid receipt handle.",
                shown()
            ))),
        }
    }

    fn read(handle: &str) -> Option<Self> {
        if handle.len() > 2 * LENGTH_BYTES {
            return None;
        }
        let bytes = BASE64.decode(handle).ok()?;
        let (said, check) = bytes.split_at_checked(LENGTH_BYTES - 8)?;
        if md5(said)[..8] != *check {
            return None;
        }
        let said = said.strip_prefix(&VERSION)?;
        let (queue, rest) = said.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (receive, rest) = rest.split_first_chunk()?;
        let (message, _) = rest.split_first_chunk()?;
        Some(Self {
            queue: QueueId(u64::from_be_bytes(*queue)),
            sequence: Sequence(u64::from_be_bytes(*sequence)),
            receive: u32::from_be_bytes(*receive),
            message: u64::from_be_bytes(*message),
        })
    }
}

/// What AWS asks of a handle that comes alone, not in a batch: what is not even base64 is refused
/// without repeating it.
///
/// # Errors
/// `ReceiptHandleIsInvalid`
pub(super) fn check_characters(handle: &str) -> Result<(), ApiError> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    match handle.bytes().all(base64) {
        true => Ok(()),
        false => Err((&errors::RECEIPT_HANDLE_IS_INVALID).into()),
    }
}
