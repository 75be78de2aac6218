//! Limits of Elastic Load Balancing, each with its source: unless something else is said,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.

/// A request, in bytes. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 1024 * 1024;

/// Application load balancers of an account in a region.
pub const LOAD_BALANCERS_MAX: usize = 50;
/// Target groups of an account in a region.
pub const TARGET_GROUPS_MAX: usize = 3_000;
/// Listeners of a load balancer.
pub const LISTENERS_MAX: usize = 50;
/// Rules of a load balancer, without those of its listeners' default.
pub const RULES_MAX: usize = 100;
/// Targets of a target group.
pub const TARGETS_MAX: usize = 1_000;
/// Certificates of a load balancer, without those of its listeners' default.
pub const CERTIFICATES_MAX: usize = 25;
/// Target groups to which one action forwards.
pub const GROUPS_AN_ACTION_MAX: usize = 5;
/// Values of all conditions of a rule.
pub const CONDITION_VALUES_MAX: usize = 5;
/// Wildcards of all conditions of a rule.
pub const CONDITION_WILDCARDS_MAX: usize = 5;
/// Tags of a resource: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html>.
pub const TAGS_MAX: usize = 50;
/// Characters of a name of a load balancer or a target group.
pub const NAME_CHARS_MAX: usize = 32;
/// Attributes that one call changes, as clients report it.
pub const ATTRIBUTES_A_CALL_MAX: usize = 20;
/// Resources whose tags one call asks for, changes, or whose health it describes:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>.
pub const RESOURCES_A_CALL_MAX: usize = 20;
/// What one page has at most.
pub const PAGE_MAX: usize = 400;

/// Characters of a value of a condition.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html#rule-condition-types>
pub const CONDITION_VALUE_CHARS_MAX: usize = 128;
/// Characters of a header's name, and of a method.
pub const CONDITION_NAME_CHARS_MAX: usize = 40;
/// The greatest weight of a target group.
pub const WEIGHT_MAX: u32 = 999;
/// How long a client may stay with its target or its group, in seconds: 7 days.
pub const STICKINESS_S_MAX: u32 = 604_800;

/// How long a target is in the process of being registered before it is asked for the first time, in seconds. AWS
/// takes some seconds and does not say how many. Ours.
pub const REGISTRATION_S: u64 = 2;
/// How often access logs are delivered, in seconds.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>
pub const ACCESS_LOG_S: u64 = 300;
/// Lines of access logs that wait for their delivery, in bytes, of one balancer; what is more is delivered at once. Ours.
pub const ACCESS_LOG_SIZE_BYTES_MAX: usize = 4 * 1024 * 1024;
