//! Limits of CloudWatch Logs:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>.

/// A request, in bytes: a batch of events in JSON, each of its characters escaped. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a batch counts of its events, in bytes, beside their messages: 26 for each.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
pub const EVENT_OVERHEAD_BYTES: usize = 26;
/// A batch of events, in bytes.
pub const BATCH_SIZE_BYTES_MAX: usize = 1_048_576;
/// From the first event of a batch to its last, in milliseconds: 24 hours.
pub const BATCH_SPAN_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// How far in the future an event may lie, in milliseconds: 2 hours.
pub const FUTURE_MS_MAX: u64 = 2 * 60 * 60 * 1000;
/// How old an event may be, in milliseconds: 14 days.
pub const PAST_MS_MAX: u64 = 14 * DAY_MS;
/// A day, in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Events of one answer.
pub const PAGE_EVENTS_MAX: usize = 10_000;
/// Events of one answer, in bytes: 1 MiB.
pub const PAGE_SIZE_BYTES_MAX: usize = 1_048_576;
/// Groups and streams of one answer, unless told.
pub const DESCRIBED_DEFAULT: usize = 50;
/// Groups that `ListLogGroups` answers with, unless told.
pub const LISTED_DEFAULT: usize = 50;

/// What is kept of all events of all groups, in bytes of memory: 256 MiB. The oldest batches go first. AWS
/// keeps all. Ours.
pub const EVENTS_SIZE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What a batch takes in memory beside its events, in bytes, about. Ours.
pub const BATCH_OVERHEAD_BYTES: usize = 320;
/// Batches that are taken away in one step, where many go at once. Ours.
pub const SWEPT_BATCHES_MAX: usize = 1_000;
/// Groups of all accounts and regions. AWS has a million for each. Ours.
pub const GROUPS_MAX: usize = 10_000;
/// Streams of all groups; AWS has no limit. Functions go on beyond: their oldest streams that are empty go
/// then. Ours.
pub const STREAMS_MAX: usize = 100_000;
/// Tags of a group.
pub const TAGS_MAX: usize = 50;
/// Retentions there are, in days.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
pub const RETENTION_DAYS: [u32; 23] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653, 3654,
];

/// A pattern, in characters.
pub const PATTERN_CHARS_MAX: usize = 1024;
/// How deep conditions may be nested in a pattern. Ours.
pub const PATTERN_DEPTH_MAX: usize = 32;
/// Regular expressions of a pattern.
pub const PATTERN_REGEXES_MAX: usize = 2;
/// What a regular expression may take once it is compiled, in bytes. Ours.
pub const REGEX_SIZE_BYTES_MAX: usize = 256 * 1024;

/// Subscription filters of a group.
pub const SUBSCRIPTION_FILTERS_MAX: usize = 2;
/// Metric filters of a group.
pub const METRIC_FILTERS_MAX: usize = 100;
/// Metrics that an event in the embedded metric format may have for each namespace.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub const EMF_METRICS_MAX: usize = 100;
/// Dimensions of a set in that format.
pub const EMF_DIMENSIONS_MAX: usize = 30;
/// Values of a metric in that format.
pub const EMF_VALUES_MAX: usize = 100;
/// Characters of a namespace and of the name of a metric or a dimension.
pub const METRIC_NAME_CHARS_MAX: usize = 255;
/// How large a value of a metric may be: 2^360.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
pub const METRIC_VALUE_MAX: f64 = 2.348_542_582_773_833_2e108;
/// Metrics of users that events count for in one minute, of all groups. Ours.
pub const METERED_MAX: usize = 10_000;
/// Resource policies of an account and region.
pub const RESOURCE_POLICIES_MAX: usize = 10;
/// Query definitions of an account and region.
pub const QUERY_DEFINITIONS_MAX: usize = 1_000;

/// Groups of one query.
pub const QUERY_GROUPS_MAX: usize = 50;
/// Results of a query, unless told. On AWS 10,000 since 2024; before, 1,000.
pub const QUERY_RESULTS_DEFAULT: usize = 10_000;
/// Results of a query. AWS gives 100,000 in pages; here an answer has all of them. Ours.
pub const QUERY_RESULTS_MAX: usize = 10_000;
/// How deep expressions may be nested in a query. Ours.
pub const QUERY_DEPTH_MAX: usize = 64;
/// Queries whose results are remembered; the oldest goes first. They are in memory alone. Ours.
pub const QUERIES_MAX: usize = 100;
/// What all their results take, in bytes. Ours.
pub const QUERIES_SIZE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Values of a function like `pct` and `count_distinct`, of all groups of a query. Ours.
pub const QUERY_VALUES_MAX: usize = 1_000_000;
/// Fields of a message in JSON that a query discovers; AWS finds 200.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>
pub const QUERY_FIELDS_MAX: usize = 200;

/// Messages that a function is given in one event, in bytes: also where gzip makes them no smaller, with base64
/// they are below the 1 MiB of an asynchronous event. Ours; AWS splits as well.
pub const SUBSCRIPTION_SIZE_BYTES_MAX: usize = 700_000;
