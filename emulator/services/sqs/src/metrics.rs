//! What CloudWatch counts of a queue:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>.

use kernel::fact::Tally;
use kernel::time::Timestamp;
use serde::Serialize;

/// What happened in a queue since it was created or, later, since the World was restored. Counts are
/// not durable; what CloudWatch was told of them is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Counts {
    /// Messages added by clients and services. One that moves to a dead-letter queue or back is none.
    pub number_of_messages_sent: u64,
    /// The size of those messages together, in bytes. CloudWatch has a value for each.
    pub sent_message_size: u64,
    /// Sends to a FIFO queue that were taken for repetitions.
    pub number_of_deduplicated_sent_messages: u64,
    /// Messages given out, as often as each was.
    pub number_of_messages_received: u64,
    /// Receives that gave none, at once or after their wait.
    pub number_of_empty_receives: u64,
    /// Deletions by a valid receipt handle, repeated ones too.
    pub number_of_messages_deleted: u64,
}

/// A queue's metrics at one moment, by CloudWatch's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metrics {
    /// What happened until now.
    #[serde(flatten)]
    pub counts: Counts,
    /// Messages that can be received.
    pub approximate_number_of_messages_visible: usize,
    /// Messages in flight.
    pub approximate_number_of_messages_not_visible: usize,
    /// Messages whose delay is not over.
    pub approximate_number_of_messages_delayed: usize,
    /// How long ago the oldest message was sent, or moved to this dead-letter queue, in seconds; 0 where
    /// there is none. In a standard queue, one that was received three times or more does not count.
    pub approximate_age_of_oldest_message: u64,
    /// FIFO: groups that have messages in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate_number_of_groups_with_inflight_messages: Option<usize>,
}

/// What belongs to the minute under way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Minutely {
    /// The counts when it began.
    pub(super) told: Counts,
    /// The size of each message that was sent in it, in bytes.
    pub(super) sent_message_size: Tally,
    /// When anybody last did something with the queue; nothing where that was before a restart.
    pub(super) used: Option<Timestamp>,
}
