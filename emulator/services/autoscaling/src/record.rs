//! What is stored of EC2 Auto Scaling, frozen: a new field or kind raises the format of data directories
//! (`emulator/src/store/formats`). The live types may change as they like; here they are converted. Those that have
//! not changed since are the live ones too.

use std::collections::{BTreeMap, BTreeSet};

use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::key::GroupKey;
pub use crate::shape::{
    BlockDeviceMapping, DesiredConfiguration, InstanceMaintenancePolicy, InstanceMetadataOptions,
    MixedInstancesPolicy, RefreshPreferences, StepAdjustment, TargetTrackingConfiguration,
};

/// A group without what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, Tagging>,
    pub(crate) suspended: BTreeMap<String, String>,
    pub(crate) metrics: BTreeSet<String>,
    pub(crate) notifications: BTreeMap<String, BTreeSet<String>>,
    pub(crate) target_groups: BTreeSet<String>,
    pub(crate) hooks: BTreeMap<String, Hook>,
    pub(crate) is_deleting: bool,
    pub(crate) cooldown: Option<Cooldown>,
    pub(crate) retry: Option<Retry>,
    pub(crate) extra: u32,
    pub(crate) stays_until: Option<Timestamp>,
}

/// What a group is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// By what instances are launched.
    pub launch: LaunchSource,
    /// The least that it may have.
    pub min: u32,
    /// The most that it may have.
    pub max: u32,
    /// How many it shall have.
    pub desired: u32,
    /// Its zones, in the order of their names.
    pub zones: Vec<String>,
    /// Its subnets, as they were named.
    pub subnets: Vec<String>,
    /// How long it waits after an activity of a simple policy, in seconds.
    pub cooldown_s: u64,
    /// `EC2`, `ELB` and others, as they were named.
    pub health_check_type: String,
    /// How long the health of a new instance is not asked for, in seconds.
    pub grace_s: u64,
    /// Whom it ends first, in this order of policies.
    pub termination_policies: Vec<String>,
    /// New instances are protected from scale-in.
    pub protects_new: bool,
    /// How old an instance may be, in seconds.
    pub lifetime_s: Option<u64>,
    /// How long an instance warms up, in seconds.
    pub warmup_s: Option<u64>,
    /// `CapacityRebalance`
    pub capacity_rebalance: Option<bool>,
    /// `PlacementGroup`
    pub placement_group: Option<String>,
    /// `Context`
    pub context: Option<String>,
    /// The role that acts for it.
    pub service_linked_role: String,
    /// `InstanceMaintenancePolicy`
    pub maintenance: Option<InstanceMaintenancePolicy>,
    /// `balanced-best-effort` or `balanced-only`.
    pub distribution: Option<String>,
    /// `DeletionProtection`
    pub deletion_protection: Option<String>,
    /// `DesiredCapacityType`
    pub desired_capacity_type: Option<String>,
}

/// By what instances are launched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LaunchSource {
    /// A launch configuration of this name.
    Configuration(String),
    /// A launch template.
    Template(TemplateRef),
    /// A launch template with overrides.
    Mixed(Box<MixedInstancesPolicy>),
}

/// A launch template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TemplateRef {
    /// `lt-…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// As it was named: a number, `$Latest`, `$Default` or nothing.
    pub version: Option<String>,
}

/// A tag of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagging {
    /// Its value.
    pub value: String,
    /// New instances have it, too.
    pub propagates: bool,
}

/// A lifecycle hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// It is for instances that end, not for those that begin.
    pub is_terminating: bool,
    /// How long it waits for a heartbeat, in seconds.
    pub heartbeat_s: u64,
    /// It lets an instance go on when nobody has answered.
    pub continues: bool,
    /// Whom it would tell.
    pub target: Option<String>,
    /// As whom.
    pub role: Option<String>,
    /// What it would tell beside.
    pub metadata: Option<String>,
}

/// How long simple policies wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooldown {
    /// In seconds.
    pub length_s: u64,
    /// Since when; nothing while the activity is under way.
    pub since: Option<Timestamp>,
}

/// When a launch that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// When.
    pub at: Timestamp,
    /// How long that was waited for, in seconds.
    pub after_s: u64,
}

impl Group {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.place().record(Kind::Group, "")
    }

    pub(crate) fn place(&self) -> GroupKey {
        let (account, region) = (self.account.clone(), self.region.clone());
        GroupKey { account, region, name: self.name.as_str().into() }
    }
}

/// What belongs to a group, under the group's name and its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Of<T> {
    /// Whose the group is.
    pub account: AccountId,
    /// Where the group is.
    pub region: Region,
    /// The group.
    pub group: String,
    /// What belongs to it.
    pub it: T,
}

impl<T> Of<T> {
    pub(crate) fn new(group: &GroupKey, it: T) -> Self {
        let (account, region) = (group.account.clone(), group.region.clone());
        Self { account, region, group: group.name.to_string(), it }
    }

    pub(crate) fn place(&self) -> GroupKey {
        let (account, region) = (self.account.clone(), self.region.clone());
        GroupKey { account, region, name: self.group.as_str().into() }
    }
}

/// An instance of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// It came before all with greater ones.
    pub number: u64,
    /// `i-…`
    pub instance_id: String,
    /// `us-east-1a`
    pub zone: String,
    /// `subnet-…`
    pub subnet: Option<String>,
    /// `t2.medium`
    pub instance_type: Option<String>,
    /// `ami-…`
    pub image: Option<String>,
    /// The launch configuration that it was launched by.
    pub configuration: Option<String>,
    /// The launch template that it was launched by, with its version as a number.
    pub template: Option<TemplateRef>,
    /// What it does.
    pub lifecycle: Lifecycle,
    /// Why it is not healthy; nothing where it is.
    pub ailment: Option<Ailment>,
    /// It is protected from scale-in.
    pub is_protected: bool,
    /// When it was launched, or attached.
    pub launched: Timestamp,
    /// Since when it is in service.
    pub in_service: Option<Timestamp>,
    /// The activity that is under way for it.
    pub activity: Option<u64>,
    /// The target groups in which it was registered.
    pub registered: BTreeSet<String>,
    /// Those of them that say it is unhealthy.
    pub unhealthy_in: BTreeSet<String>,
}

/// What an instance of a group does.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Lifecycle {
    /// It begins.
    Pending,
    /// Hooks hold it back from beginning.
    PendingWait(Vec<HookWait>),
    /// It works.
    InService,
    /// It is put aside.
    Standby,
    /// It ends: requests that are under way end first.
    Terminating {
        /// Until then.
        drained: Timestamp,
    },
    /// Hooks hold it back from ending.
    TerminatingWait(Vec<HookWait>),
    /// EC2 was asked to end it.
    TerminatingProceed,
    /// It leaves the group alive: requests that are under way end first.
    Detaching {
        /// Until then.
        drained: Timestamp,
    },
}

/// A hook that holds an instance back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookWait {
    /// The hook.
    pub hook: String,
    /// By what whoever was told knows it.
    pub token: String,
    /// What happens when nobody answers: it goes on.
    pub continues: bool,
    /// Until when a heartbeat must come.
    pub heartbeat: Timestamp,
    /// One heartbeat, in seconds.
    pub heartbeat_s: u64,
    /// When it ends in any case.
    pub ends: Timestamp,
}

/// Why an instance is not healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ailment {
    /// EC2 says that it does not run.
    Ec2,
    /// A target group says so.
    Elb,
    /// Somebody has said so.
    User,
}

impl Of<Member> {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.place().record(Kind::Member, &self.it.instance_id)
    }
}

/// A scaling policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The part of its ARN that is drawn.
    pub id: String,
    /// It is executed.
    pub is_enabled: bool,
    /// What it does.
    pub kind: PolicyKind,
    /// How long instances warm up after it, in seconds.
    pub warmup_s: Option<u64>,
}

/// What a policy does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PolicyKind {
    /// One adjustment.
    Simple {
        /// How much.
        adjustment: i64,
        /// Of what.
        by: Adjusting,
        /// How long nothing simple follows, in seconds.
        cooldown_s: Option<u64>,
        /// `MetricAggregationType`, which is kept.
        aggregation: Option<String>,
    },
    /// An adjustment by how far a metric is off.
    Step {
        /// The steps.
        steps: Vec<StepAdjustment>,
        /// Of what.
        by: Adjusting,
        /// What becomes of several points.
        aggregation: String,
    },
    /// As many as keep a metric at a value.
    TargetTracking {
        /// The metric, and the value.
        configuration: Box<TargetTrackingConfiguration>,
        /// The alarm above.
        high: Option<String>,
        /// The alarm below.
        low: Option<String>,
    },
}

/// What an adjustment counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjusting {
    /// `ChangeInCapacity`, `ExactCapacity` or `PercentChangeInCapacity`.
    pub kind: String,
    /// The least change of a percentage, in instances.
    pub magnitude: Option<u32>,
    /// It was given under its old name, `MinAdjustmentStep`.
    pub is_old: bool,
}

impl Of<Policy> {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.place().record(Kind::Policy, &self.it.name)
    }
}

/// An action at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduledAction {
    /// Its name.
    pub name: String,
    /// The part of its ARN that is drawn.
    pub id: String,
    /// When it is done first.
    pub start: Option<Timestamp>,
    /// When it is done no more.
    pub end: Option<Timestamp>,
    /// How often, in five fields.
    pub recurrence: Option<String>,
    /// Of which zone these are.
    pub time_zone: Option<String>,
    /// The new least capacity.
    pub min: Option<u32>,
    /// The new greatest capacity.
    pub max: Option<u32>,
    /// The new capacity.
    pub desired: Option<u32>,
    /// When it is done next.
    pub next: Option<Timestamp>,
}

impl Of<ScheduledAction> {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.place().record(Kind::ScheduledAction, &self.it.name)
    }
}

/// An instance refresh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refresh {
    /// Its id.
    pub id: String,
    /// It began before all with greater ones.
    pub number: u64,
    /// How it is.
    pub status: RefreshStatus,
    /// Why it is so.
    pub reason: Option<String>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How it is done.
    pub preferences: RefreshPreferences,
    /// What the group launches from now on.
    pub desired: Option<DesiredConfiguration>,
    /// What it launched before.
    pub before: LaunchSource,
    /// Which instances are still to be replaced.
    pub left: BTreeSet<String>,
    /// How many there were.
    pub total: u32,
    /// Until when it waits at a checkpoint.
    pub pauses: Option<Timestamp>,
    /// How many checkpoints are behind it.
    pub checkpoints: usize,
    /// When it began to go back, and how far it had come.
    pub rolled_back: Option<(Timestamp, u32, u32)>,
}

/// How a refresh is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshStatus {
    /// It goes on.
    InProgress,
    /// All is as it was to be.
    Successful,
    /// It waits a while for an alarm that speaks against it.
    Baking,
    /// It is ending before it is done.
    Cancelling,
    /// It ended before it was done.
    Cancelled,
    /// It goes back.
    RollbackInProgress,
    /// All is as it was.
    RollbackSuccessful,
}

impl Of<Refresh> {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        self.place().record(Kind::Refresh, &self.it.id)
    }
}

/// What a group did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// It began before all with greater ones.
    pub number: u64,
    /// By what it is known.
    pub id: String,
    /// Of what it is an activity.
    pub group_arn: String,
    /// What.
    pub description: String,
    /// Why.
    pub cause: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How it is.
    pub status: ActivityStatus,
    /// Why it is so.
    pub message: Option<String>,
    /// How far it has come, in percent.
    pub progress: u8,
    /// Where, in JSON.
    pub details: String,
}

/// How an activity is.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityStatus {
    /// The instance is on its way into service.
    PreInService,
    /// It goes on.
    InProgress,
    /// Requests that are under way end.
    WaitingForELBConnectionDraining,
    /// A hook holds it back.
    MidLifecycleAction,
    /// It is done.
    Successful,
    /// It could not be done.
    Failed,
    /// It was not done after all.
    Cancelled,
}

impl Of<Activity> {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Activity, format!("{:020}", self.it.number))
    }
}

/// A launch configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchConfiguration {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// The part of its ARN that is drawn.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// `ami-…`
    pub image: String,
    /// `t2.medium`
    pub instance_type: String,
    /// The name of a key pair.
    pub key_name: Option<String>,
    /// Ids or names.
    pub security_groups: Vec<String>,
    /// In base64.
    pub user_data: Option<String>,
    /// A name or an ARN.
    pub instance_profile: Option<String>,
    /// Its instances report each minute.
    pub is_monitored: Option<bool>,
    /// Volumes.
    pub block_devices: Vec<BlockDeviceMapping>,
    /// `EbsOptimized`
    pub ebs_optimized: Option<bool>,
    /// `AssociatePublicIpAddress`
    pub public_ip: Option<bool>,
    /// `SpotPrice`
    pub spot_price: Option<String>,
    /// `PlacementTenancy`
    pub tenancy: Option<String>,
    /// `KernelId`
    pub kernel: Option<String>,
    /// `RamdiskId`
    pub ramdisk: Option<String>,
    /// `MetadataOptions`
    pub metadata: Option<InstanceMetadataOptions>,
}

impl LaunchConfiguration {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(
            Kind::LaunchConfiguration,
            format!("{}/{}/{}", self.account, self.region, self.name),
        )
    }
}
