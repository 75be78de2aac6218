//! What a receive asks for.

use std::collections::BTreeMap;

use kernel::error::ApiError;

use super::attributes;
use super::message::{Message, Sequence};
use crate::error as errors;

/// What a receive asks for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) max: usize,
    pub(super) visibility_timeout_s: Option<u64>,
    pub(super) system_attributes: SystemAttributes,
    pub(super) message_attributes: Vec<String>,
    pub(super) attempt: Option<String>,
}

/// Which system attributes are wanted, one bit for each of [`SYSTEM_ATTRIBUTES`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SystemAttributes(u16);

const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

impl SystemAttributes {
    pub(super) const ALL: Self = Self(u16::MAX);

    pub(super) fn read(names: &[String]) -> Result<Self, ApiError> {
        let mut wanted = Self::default();
        for name in names {
            if name == "All" {
                return Ok(Self::ALL);
            }
            match SYSTEM_ATTRIBUTES.iter().position(|known| known == name) {
                Some(bit) => wanted.0 |= 1 << bit,
                // What queues have is no mistake here; AWS's SDKs have one type for both.
                None if attributes::is_known(name) => {}
                None => {
                    return Err(
                        errors::INVALID_ATTRIBUTE_NAME.says(format!("Unknown Attribute {name}."))
                    );
                }
            }
        }
        Ok(wanted)
    }

    /// Those that are wanted and that the message has.
    pub(super) fn of(
        self,
        sequence: Sequence,
        message: &Message,
    ) -> BTreeMap<&'static str, String> {
        let content = &message.content;
        let value = |name: &str| match name {
            "SenderId" => Some(content.sender_id.to_string()),
            "SentTimestamp" => Some(content.sent.as_ms().to_string()),
            "ApproximateReceiveCount" => Some(message.receives.to_string()),
            "ApproximateFirstReceiveTimestamp" => {
                message.first_received.map(|at| at.as_ms().to_string())
            }
            "SequenceNumber" => content.deduplication_id.is_some().then(|| sequence.number()),
            "MessageDeduplicationId" => content.deduplication_id.as_deref().map(str::to_owned),
            "MessageGroupId" => content.group.as_deref().map(str::to_owned),
            "AWSTraceHeader" => content.trace_header.as_deref().map(str::to_owned),
            _ => content.dead_letter_source.as_ref().map(ToString::to_string),
        };
        SYSTEM_ATTRIBUTES
            .iter()
            .enumerate()
            .filter(|(bit, _)| self.0 >> bit & 1 == 1)
            .filter_map(|(_, name)| Some((*name, value(name)?)))
            .collect()
    }
}
