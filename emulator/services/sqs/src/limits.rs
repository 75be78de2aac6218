//! Limits of SQS: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html>.

/// The largest `MaximumMessageSize` and the largest batch, in bytes.
pub const MESSAGE_SIZE_BYTES_MAX: usize = 1_048_576;
/// A request, in bytes: what one MiB of messages needs, escaped. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The smallest `MaximumMessageSize`, in bytes.
pub const MESSAGE_SIZE_BYTES_MIN: usize = 1_024;
/// `DelaySeconds` of a queue or a message.
pub const DELAY_S_MAX: u64 = 900;
/// `MessageRetentionPeriod`: one minute.
pub const RETENTION_S_MIN: u64 = 60;
/// `MessageRetentionPeriod`: fourteen days.
pub const RETENTION_S_MAX: u64 = 1_209_600;
/// `WaitTimeSeconds`, `ReceiveMessageWaitTimeSeconds`.
pub const WAIT_TIME_S_MAX: u64 = 20;
/// `VisibilityTimeout`: twelve hours.
pub const VISIBILITY_TIMEOUT_S_MAX: u64 = 43_200;
/// `MaxNumberOfMessages`, and the entries of a batch.
pub const BATCH_ENTRIES_MAX: usize = 10;
/// Message attributes of a message.
pub const MESSAGE_ATTRIBUTES_MAX: usize = 10;
/// Characters of a message attribute's name or data type.
pub const MESSAGE_ATTRIBUTE_NAME_CHARS_MAX: usize = 256;
/// Messages of a queue that are in flight at once.
pub const IN_FLIGHT_MAX: usize = 120_000;
/// Characters of a batch entry's id, of a permission's label.
pub const BATCH_ENTRY_ID_CHARS_MAX: usize = 80;
/// Characters of `MessageGroupId`, `MessageDeduplicationId`, `ReceiveRequestAttemptId`.
pub const FIFO_ID_CHARS_MAX: usize = 128;
/// For how long a FIFO queue takes a deduplication id or a receive attempt once.
pub const DEDUPLICATION_S: u64 = 300;
/// Receives of a FIFO queue that can be repeated by their attempt ids; the oldest go first. Each had a
/// message in flight, of which there are no more at once, and without one it cannot be repeated. Ours.
pub const RECEIVE_ATTEMPTS_MAX: usize = IN_FLIGHT_MAX;
/// How long a queue's name stays taken after the queue is deleted, and how long a purge lasts.
pub const DELETE_AND_PURGE_S: u64 = 60;
/// `maxReceiveCount` of a redrive policy.
pub const RECEIVE_COUNT_MAX: u64 = 1_000;
/// `sourceQueueArns` of a redrive allow policy.
pub const REDRIVE_SOURCES_MAX: usize = 10;
/// Queues of one page of a list.
pub const LIST_MAX: usize = 1_000;
/// From as many receives on, a standard queue gives a message after all others.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>
pub const OFTEN_RECEIVED_MIN: u32 = 3;
/// Statements of a queue's policy.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html>
pub const POLICY_STATEMENTS_MAX: usize = 20;
/// Principals of a queue's policy.
pub const POLICY_PRINCIPALS_MAX: usize = 50;
/// Conditions of a queue's policy.
pub const POLICY_CONDITIONS_MAX: usize = 10;
/// Length of a queue's policy, in bytes.
pub const POLICY_SIZE_BYTES_MAX: usize = 8_192;
/// Actions of one statement of a queue's policy.
pub const POLICY_ACTIONS_MAX: usize = 7;
/// Tags of a queue.
pub const TAGS_MAX: usize = 50;
/// Characters of a tag's key.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Characters of a tag's value.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// `KmsDataKeyReusePeriodSeconds`: one minute.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
pub const KMS_REUSE_S_MIN: u64 = 60;
/// `KmsDataKeyReusePeriodSeconds`: one day.
pub const KMS_REUSE_S_MAX: u64 = 86_400;
/// `KmsMasterKeyId`, as KMS has it.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
pub const KMS_KEY_ID_SIZE_BYTES_MAX: usize = 2_048;
/// `MaxNumberOfMessagesPerSecond` of a move task.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>
pub const MOVE_TASK_MESSAGES_PER_S_MAX: u32 = 500;
/// Move tasks of a queue that are listed.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>
pub const MOVE_TASKS_KEPT: usize = 10;

/// For how long CloudWatch is told of a queue that nobody uses and that is empty, in seconds: six hours.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html>
pub const ACTIVE_S: u64 = 6 * 60 * 60;
