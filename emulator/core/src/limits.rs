//! Every limit of AWS, once, with its unit and source. Each service adds its own below.

/// Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub mod lambda {
    use std::time::Duration;

    /// Characters of a function's name, without what an ARN has around it.
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody>
    pub const FUNCTION_NAME_CHARS_MAX: usize = 64;
    /// `MemorySize` where none is given.
    pub const MEMORY_SIZE_DEFAULT_MIB: u32 = 128;
    /// `Timeout` where none is given.
    pub const TIMEOUT_DEFAULT_S: u32 = 3;
    /// `Timeout`: fifteen minutes.
    pub const TIMEOUT_MAX_S: u32 = 900;
    /// `EphemeralStorage.Size` where none is given.
    pub const EPHEMERAL_STORAGE_DEFAULT_MIB: u32 = 512;
    /// All environment variables of a function together, as JSON.
    pub const ENVIRONMENT_MAX_BYTES: usize = 4096;
    /// Functions or mappings on one page of a list.
    pub const LIST_PAGE_MAX: usize = 50;
    /// The event of a synchronous invocation, and its answer.
    pub const SYNCHRONOUS_PAYLOAD_MAX_BYTES: usize = 6 * 1024 * 1024;
    /// What AWS says the limit is; it leaves 100 bytes for its own use.
    pub const SYNCHRONOUS_PAYLOAD_SAID_BYTES: usize = SYNCHRONOUS_PAYLOAD_MAX_BYTES + 100;
    /// The event of an asynchronous invocation: 1 MB since October 2025.
    pub const ASYNCHRONOUS_PAYLOAD_MAX_BYTES: usize = 1024 * 1024;
    /// `X-Amz-Client-Context`, in base64.
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax>
    pub const CLIENT_CONTEXT_MAX_BYTES: usize = 3_583;
    /// What follows a failed attempt of an asynchronous invocation: two more, after one minute and
    /// after two: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
    pub const ASYNCHRONOUS_RETRIES: [Duration; 2] =
        [Duration::from_secs(60), Duration::from_secs(120)];
    /// `ErrorMessage` of a dead letter.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
    pub const ERROR_MESSAGE_MAX_BYTES: usize = 1024;
    /// The end of a log that `LogType: Tail` returns.
    pub const LOG_TAIL_MAX_BYTES: usize = 4096;
    /// `BatchSize` of a mapping of a standard queue.
    pub const BATCH_SIZE_MAX: usize = 10_000;
    /// `BatchSize` of a mapping of a FIFO queue, and of a standard one without a batching window.
    pub const BATCH_SIZE_WITHOUT_WINDOW_MAX: usize = 10;
    /// `BatchSize` where none is given.
    pub const BATCH_SIZE_DEFAULT: usize = 10;
    /// `MaximumBatchingWindowInSeconds`.
    pub const BATCHING_WINDOW_MAX_S: u64 = 300;
    /// Batches of one mapping that are under way at once where no `MaximumConcurrency` is given:
    /// what Lambda starts with. It then adds more by the minute; a laptop does not.
    pub const MAPPING_CONCURRENCY_DEFAULT: u32 = 5;
    /// `ScalingConfig.MaximumConcurrency`.
    pub const MAXIMUM_CONCURRENCY: std::ops::RangeInclusive<u32> = 2..=1000;
    /// The event of a batch; a mapping invokes with fewer messages rather than exceed it.
    pub const BATCH_PAYLOAD_MAX_BYTES: usize = SYNCHRONOUS_PAYLOAD_MAX_BYTES;
    /// Variables that Lambda sets and a configuration may not.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
    pub const RESERVED_VARIABLES: [&str; 21] = [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    ];
}

/// S3: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.
pub mod s3 {
    /// Buckets of one account. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html>
    pub const BUCKETS_MAX: usize = 10_000;
    /// Bytes of an object's key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
    pub const OBJECT_KEY_SIZE_BYTES_MAX: usize = 1024;
    /// Bytes of one `PutObject`: 5 GiB. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
    pub const OBJECT_PUT_SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
    /// Bytes of an object's user metadata, names and values together.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
    pub const OBJECT_USER_METADATA_SIZE_BYTES_MAX: usize = 2 * 1024;
    /// Keys of one `DeleteObjects`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
    pub const DELETE_OBJECTS_MAX: usize = 1000;
    /// Keys and common prefixes of one page. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    pub const LIST_OBJECTS_MAX_KEYS: usize = 1000;
    /// Buckets of one page. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
    pub const LIST_BUCKETS_MAX: usize = 10_000;
    /// Tags of an object. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
    pub const OBJECT_TAGS_MAX: usize = 10;
    /// Tags of a bucket. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>
    pub const BUCKET_TAGS_MAX: usize = 50;
    /// Characters of a tag's key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
    pub const TAG_KEY_CHARS_MAX: usize = 128;
    /// Characters of a tag's value. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
    pub const TAG_VALUE_CHARS_MAX: usize = 256;
    /// CORS rules of a bucket. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>
    pub const CORS_RULES_MAX: usize = 100;
    /// Characters of a CORS rule's id. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>
    pub const CORS_RULE_ID_CHARS_MAX: usize = 255;
    /// Notification configurations of a bucket.
    /// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
    pub const NOTIFICATION_CONFIGURATIONS_MAX: usize = 100;
    /// Characters of a notification filter's value.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_FilterRule.html>
    pub const NOTIFICATION_FILTER_VALUE_CHARS_MAX: usize = 1024;
    /// Characters of a notification configuration's id.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_QueueConfiguration.html>
    pub const NOTIFICATION_ID_CHARS_MAX: usize = 255;
}

/// Limits of SQS: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html>.
pub mod sqs {
    /// The largest `MaximumMessageSize` and the largest batch, in bytes.
    pub const MESSAGE_SIZE_BYTES_MAX: usize = 1_048_576;
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
}

/// STS: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
pub mod sts {
    /// `DurationSeconds`
    pub const SESSION_S_MIN: u64 = 900;
    /// `DurationSeconds`; on AWS a role may have a lower one.
    pub const SESSION_S_MAX: u64 = 43_200;
    /// `DurationSeconds` where it is not said.
    pub const SESSION_S_DEFAULT: u64 = 3_600;
}
