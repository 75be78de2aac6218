//! Limits of CloudWatch:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>.

/// A request as it comes, in bytes. AWS: 1 MB of `PutMetricData`; others may need more. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A request that came compressed, once it is not, in bytes. Ours.
pub const UNZIPPED_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Data of one `PutMetricData`.
pub const DATUMS_MAX: usize = 1_000;
/// Dimensions of a metric.
pub const DIMENSIONS_MAX: usize = 30;
/// Characters of namespaces, names of metrics and names of dimensions.
pub const NAME_CHARS_MAX: usize = 255;
/// Characters of a dimension's value.
pub const DIMENSION_VALUE_CHARS_MAX: usize = 1024;
/// Different values of one datum.
pub const DATUM_VALUES_MAX: usize = 150;
/// How large a value may be: 2^360.
pub const VALUE_MAX: f64 = 2.348_542_582_773_833_2e108;
/// How old a point may be, in seconds: two weeks.
pub const PAST_S_MAX: u64 = 14 * DAY_S;
/// How far in the future a point may lie, in seconds: two hours.
pub const FUTURE_S_MAX: u64 = 2 * 60 * 60;
/// A day, in seconds.
pub const DAY_S: u64 = 24 * 60 * 60;

/// Different values that are kept of one point; beyond that close ones are one, so that a percentile is off
/// by a hundredth or so. Ours.
pub const POINT_VALUES_MAX: usize = 300;
/// What is kept of all points of all metrics, in bytes of memory: 400 MiB. The oldest go first. AWS keeps
/// all. Ours.
pub const POINTS_SIZE_BYTES_MAX: usize = 400 * 1024 * 1024;
/// What a chunk of points takes in memory beside them, in bytes, about. Ours.
pub const CHUNK_OVERHEAD_BYTES: usize = 160;
/// Chunks that are rolled up or taken away in one step. Ours.
pub const CHUNKS_A_STEP_MAX: usize = 500;
/// Metrics of all accounts and regions. AWS has no limit. Ours.
pub const METRICS_MAX: usize = 100_000;

/// Metrics of a page of `ListMetrics`.
pub const LISTED_METRICS: usize = 500;
/// How long a metric without new points is listed, in seconds: two weeks.
pub const LISTED_S: u64 = 14 * DAY_S;
/// What `RecentlyActive` means, in seconds: three hours.
pub const RECENTLY_ACTIVE_S: u64 = 3 * 60 * 60;

/// Points of one answer of `GetMetricStatistics`.
pub const STATISTICS_POINTS_MAX: u64 = 1_440;
/// Queries of one `GetMetricData`.
pub const QUERIES_MAX: usize = 500;
/// Points of a page of `GetMetricData`.
pub const DATA_POINTS_MAX: usize = 100_800;
/// Points that `GetMetricData` computes with, of all its queries. Ours.
pub const COMPUTED_POINTS_MAX: usize = 5_000_000;
/// Characters of an expression.
pub const EXPRESSION_CHARS_MAX: usize = 2_048;
/// How deep an expression may be nested. Ours.
pub const EXPRESSION_DEPTH_MAX: usize = 32;
/// Series that a search may find.
pub const SEARCH_SERIES_MAX: usize = 500;

/// Alarms of all accounts and regions. AWS has 5,000 for each region. Ours.
pub const ALARMS_MAX: usize = 5_000;
/// Actions for one state of an alarm.
pub const ACTIONS_MAX: usize = 5;
/// How long the window of an alarm may be, in seconds: a day.
pub const ALARM_WINDOW_S_MAX: u64 = DAY_S;
/// The same, where its period is an hour or more: seven days.
pub const ALARM_LONG_WINDOW_S_MAX: u64 = 7 * DAY_S;
/// Metrics and expressions of an alarm on an expression.
pub const ALARM_QUERIES_MAX: usize = 20;
/// How many periods more than it needs an alarm looks back for points. AWS names no number; its examples
/// have two.
pub const ALARM_RANGE_MORE: u64 = 2;
/// How long what an alarm did is remembered, in seconds: 14 days. AWS says 30 days since 2024 for some.
pub const HISTORY_S: u64 = 14 * DAY_S;
/// What is remembered of all alarms, in items. The oldest go first. Ours.
pub const HISTORY_ITEMS_MAX: usize = 100_000;
/// Alarms, items of history, rules and dashboards of one answer, unless told.
pub const PAGE_DEFAULT: usize = 50;
/// The same at most.
pub const PAGE_MAX: usize = 100;
/// Characters of a composite alarm's rule.
pub const RULE_CHARS_MAX: usize = 10_240;
/// Alarms that a rule may name.
pub const RULE_ALARMS_MAX: usize = 100;
/// How deep a rule may be nested. Ours.
pub const RULE_DEPTH_MAX: usize = 64;
/// Tags of an alarm or a rule.
pub const TAGS_MAX: usize = 50;

/// Dashboards of an account. Ours.
pub const DASHBOARDS_MAX: usize = 1_000;
/// A dashboard, in bytes. Ours.
pub const DASHBOARD_SIZE_BYTES_MAX: usize = 1024 * 1024;
/// Dashboards of a page.
pub const LISTED_DASHBOARDS: usize = 1_000;
/// Widgets of a dashboard.
pub const WIDGETS_MAX: usize = 500;
/// Contributor Insights rules of an account and region.
pub const INSIGHT_RULES_MAX: usize = 100;
