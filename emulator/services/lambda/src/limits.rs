//! Limits of Lambda: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.

use std::time::Duration;

/// Characters of a function's name, without what an ARN has around it.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody>
pub const FUNCTION_NAME_CHARS_MAX: usize = 64;
/// `MemorySize` where none is given.
pub const MEMORY_SIZE_DEFAULT_MIB: u32 = 128;
/// `MemorySize`: 10 GB.
pub const MEMORY_SIZE_MAX_MIB: u32 = 10_240;
/// `Timeout` where none is given.
pub const TIMEOUT_DEFAULT_S: u32 = 3;
/// `Timeout`: fifteen minutes.
pub const TIMEOUT_MAX_S: u32 = 900;
/// `EphemeralStorage.Size` where none is given.
pub const EPHEMERAL_STORAGE_DEFAULT_MIB: u32 = 512;
/// All environment variables of a function together, as JSON.
pub const ENVIRONMENT_MAX_BYTES: usize = 4096;
/// Functions on one page of a list.
pub const LIST_PAGE_MAX: usize = 50;
/// Versions of layers that a function uses.
pub const LAYERS_MAX: usize = 5;
/// Tags of a resource: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>.
pub const TAGS_MAX: usize = 50;
/// The policy of a function, of a version or of an alias.
pub const POLICY_SIZE_BYTES_MAX: usize = 20 * 1024;
/// All code of an account in a region: 75 GB.
pub const TOTAL_CODE_SIZE_BYTES: u64 = 75 * 1024 * 1024 * 1024;
/// Invocations of an account in a region that run at once, beside what functions have reserved for themselves
/// of it.
pub const CONCURRENCY: u32 = 1_000;
/// What of these is left to functions that have reserved nothing.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
pub const UNRESERVED_CONCURRENCY_MIN: u32 = 100;
/// How long provisioned concurrency says that it is in progress. On AWS it takes minutes.
pub const PROVISIONING_S: u64 = 1;
/// The id of a function's URL.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>
pub const URL_ID_CHARS: usize = 32;
/// The event of a synchronous invocation, and its answer.
pub const SYNCHRONOUS_PAYLOAD_MAX_BYTES: usize = 6 * 1024 * 1024;
/// What AWS says the limit is; it leaves 100 bytes for its own use.
pub const SYNCHRONOUS_PAYLOAD_SAID_BYTES: usize = SYNCHRONOUS_PAYLOAD_MAX_BYTES + 100;
/// An answer that leaves as it comes: 200 MB since July 2025.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
pub const STREAMED_PAYLOAD_MAX_BYTES: u64 = 200 * 1024 * 1024;
/// A request that carries code: a zip of 50 MB in base64, and AWS's own number.
pub const CODE_REQUEST_SIZE_BYTES_MAX: usize = 70_167_211;
/// A zip that comes inside a request.
pub const ZIP_SIZE_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// What is in a zip is smaller than this together: 250 MB.
pub const UNZIPPED_SIZE_BYTES_MAX: u64 = 250 * 1024 * 1024;
/// The event of an asynchronous invocation: 1 MB since October 2025.
pub const ASYNCHRONOUS_PAYLOAD_MAX_BYTES: usize = 1024 * 1024;
/// `X-Amz-Client-Context`, in base64.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax>
pub const CLIENT_CONTEXT_MAX_BYTES: usize = 3_583;
/// What follows a failed attempt of an asynchronous invocation: two more, after one minute and
/// after two: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
pub const ASYNCHRONOUS_RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// `MaximumRetryAttempts` of an asynchronous invocation where none is given, and at most.
pub const ASYNCHRONOUS_RETRIES_MAX: u32 = 2;
/// `MaximumEventAgeInSeconds` of an asynchronous invocation where none is given, and at most: six hours.
pub const EVENT_AGE_MAX_S: u64 = 21_600;
/// How long an event waits that found no room, before it is tried again: twice as long each time.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
pub const THROTTLED_RETRY_MIN: Duration = Duration::from_secs(1);
/// How long at most.
pub const THROTTLED_RETRY_MAX: Duration = Duration::from_secs(300);
/// How often a function is invoked in one chain of events before that is taken for a loop.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
pub const RECURSION_MAX: u32 = 16;
/// Functions in a lineage; of more, the rarest are forgotten.
pub const LINEAGE_FUNCTIONS_MAX: usize = 16;
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
/// Batches that a mapping runs at once at first, where no `MaximumConcurrency` is given. What follows is
/// of <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>.
pub const MAPPING_CONCURRENCY_START: usize = 5;
/// How many more it runs after each minute in which messages had to wait.
pub const MAPPING_CONCURRENCY_GROWTH: usize = 300;
/// How many it never exceeds.
pub const MAPPING_CONCURRENCY_MAX: usize = 1_250;
/// Batches that one provisioned poller runs at once.
pub const POLLER_CONCURRENCY: usize = 10;
/// How many more batches a mapping with provisioned pollers runs after a minute.
pub const PROVISIONED_CONCURRENCY_GROWTH: usize = 1_000;
/// `ProvisionedPollerConfig.MinimumPollers` of a queue.
pub const MINIMUM_POLLERS: std::ops::RangeInclusive<u32> = 2..=200;
/// `ProvisionedPollerConfig.MaximumPollers` of a queue.
pub const MAXIMUM_POLLERS: std::ops::RangeInclusive<u32> = 2..=2_000;
/// Filters of one mapping.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
pub const FILTERS_MAX: usize = 5;
/// A number in a filter, above and below zero.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
pub const FILTER_NUMBER_MAX: f64 = 5_000_000_000.0;
/// Mappings on one page of a list.
pub const MAPPINGS_PAGE_MAX: usize = 100;
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
