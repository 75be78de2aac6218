//! Limits of EC2 Auto Scaling, each with its source. Where none is named it is
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>.

/// A request, in bytes. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 1024 * 1024;

/// Groups of an account and region.
pub const GROUPS_MAX: usize = 500;
/// Launch configurations of an account and region.
pub const LAUNCH_CONFIGURATIONS_MAX: usize = 200;
/// Instances that a group may be told to have. AWS names no limit. Ours.
pub const CAPACITY_MAX: u32 = 10_000;
/// Launches and terminations that a group begins in one step; more follow in the next. Ours.
pub const BEGUN_A_STEP_MAX: usize = 100;
/// Target groups of a group.
pub const TARGET_GROUPS_MAX: usize = 50;
/// Target groups of one call.
pub const TARGET_GROUPS_A_CALL_MAX: usize = 10;
/// Instances of one call that attaches, detaches or puts into standby.
pub const INSTANCES_A_CALL_MAX: usize = 20;
/// Instances of one call that protects them.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html>
pub const PROTECTED_A_CALL_MAX: usize = 50;
/// Tags of a group.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html>
pub const TAGS_MAX: usize = 50;
/// Topics of a group.
pub const TOPICS_MAX: usize = 10;

/// Lifecycle hooks of a group.
pub const HOOKS_MAX: usize = 50;
/// How long a hook waits for a heartbeat unless told, in seconds.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html>
pub const HEARTBEAT_S_DEFAULT: u64 = 3_600;
/// The least that it may wait, in seconds.
pub const HEARTBEAT_S_MIN: u64 = 30;
/// The most that it may wait, in seconds.
pub const HEARTBEAT_S_MAX: u64 = 7_200;
/// The most that it waits with all heartbeats, in seconds: 48 hours.
pub const HOOK_S_MAX: u64 = 48 * 3_600;
/// How many heartbeats may pass in all.
pub const HEARTBEATS_MAX: u64 = 100;

/// Policies of a group.
pub const POLICIES_MAX: usize = 50;
/// Step adjustments of a policy.
pub const STEPS_MAX: usize = 20;
/// How long a group waits after an activity of a simple policy unless told, in seconds.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scaling-cooldowns.html>
pub const COOLDOWN_S_DEFAULT: u64 = 300;
/// How long instances may be said to warm up, in seconds.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html>
pub const WARMUP_S_MAX: u64 = 3_600;

/// Scheduled actions of a group.
pub const SCHEDULED_ACTIONS_MAX: usize = 125;
/// Scheduled actions of one call.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_BatchPutScheduledUpdateGroupAction.html>
pub const SCHEDULED_A_CALL_MAX: usize = 50;

/// The shortest lifetime that instances may be given, in seconds: a day.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html>
pub const LIFETIME_S_MIN: u64 = 86_400;
/// The longest lifetime, in seconds: a year.
pub const LIFETIME_S_MAX: u64 = 31_536_000;

/// How long activities and refreshes are remembered, in seconds: six weeks.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-verify-scaling-activity.html>
pub const REMEMBERED_S: u64 = 42 * 86_400;
/// Activities that are remembered of all groups. The oldest go first. Ours.
pub const ACTIVITIES_MAX: usize = 100_000;
/// How long a group waits before it tries to launch again what could not be, in seconds, at first. It is twice
/// as long each time. AWS names no number. Ours.
pub const RETRY_S_MIN: u64 = 30;
/// The same at most, in seconds. Ours.
pub const RETRY_S_MAX: u64 = 960;

/// Items of a page unless told.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html>
pub const PAGE_DEFAULT: usize = 50;
/// The same at most.
pub const PAGE_MAX: usize = 100;
/// Activities, and target groups, of a page unless told, and at most.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html>
pub const LONG_PAGE: usize = 100;
