//! EC2 Auto Scaling: groups of instances that grow and shrink by policies, schedules and the health of what is in them.
//!
//! A group is a state machine (`work.rs`): whatever happens to it, it then looks at everything that it has to do, does it,
//! says when it wants to look again, and writes what has changed. It knows no other service: what it wants of EC2, load
//! balancers and CloudWatch it asks for in the words of their APIs ([`Ask`]), as the service-linked role would, and is
//! told the answer; that instances and targets change it is told by the World.
//!
//! Warm pools, predictive scaling, classic load balancers and everything else is refused by name.
#![warn(missing_docs)]

pub mod access;
mod account;
mod activity;
mod answer;
mod ask;
mod descriptor;
pub mod error;
mod group;
mod hook;
mod instance;
mod key;
mod launch_configuration;
pub mod limits;
mod metrics;
mod notification;
mod page;
mod policy;
mod process;
pub mod record;
mod refresh;
mod schedule;
mod shape;
mod source;
mod state;
mod tag;
mod target_group;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;
use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use activity::Activities;
use key::ConfigurationKey;
use state::Group;

pub use account::*;
pub use activity::{DescribeScalingActivitiesInput, DescribeScalingActivitiesOutput};
pub use ask::{Ask, Asked, GROUP_TAG};
pub use group::{
    CreateAutoScalingGroupInput, DeleteAutoScalingGroupInput, DescribeAutoScalingGroupsInput,
    DescribeAutoScalingGroupsOutput, DescribeAutoScalingInstancesInput,
    DescribeAutoScalingInstancesOutput, SetDesiredCapacityInput, UpdateAutoScalingGroupInput,
};
pub use hook::{
    CompleteLifecycleActionInput, DeleteLifecycleHookInput, DescribeLifecycleHooksInput,
    DescribeLifecycleHooksOutput, PutLifecycleHookInput, RecordLifecycleActionHeartbeatInput,
};
pub use instance::{
    ActivitiesOutput, ActivityOutput, AttachInstancesInput, DetachInstancesInput,
    EnterStandbyInput, ExitStandbyInput, SetInstanceHealthInput, SetInstanceProtectionInput,
    TerminateInstanceInput,
};
pub use key::GroupKey;
pub use launch_configuration::{
    CreateLaunchConfigurationInput, DeleteLaunchConfigurationInput,
    DescribeLaunchConfigurationsInput, DescribeLaunchConfigurationsOutput,
};
pub use metrics::{
    DescribeMetricCollectionTypesInput, DescribeMetricCollectionTypesOutput,
    DisableMetricsCollectionInput, EnableMetricsCollectionInput,
};
pub use notification::{
    DeleteNotificationConfigurationInput, DescribeNotificationConfigurationsInput,
    DescribeNotificationConfigurationsOutput, PutNotificationConfigurationInput,
};
pub use policy::{
    AlarmSignal, DeletePolicyInput, DescribePoliciesInput, DescribePoliciesOutput,
    ExecutePolicyInput, PutScalingPolicyInput, PutScalingPolicyOutput,
};
pub use process::ScalingProcessesInput;
pub use refresh::{
    DescribeInstanceRefreshesInput, DescribeInstanceRefreshesOutput, InstanceRefreshIdOutput,
    RefreshGroupInput, StartInstanceRefreshInput,
};
pub use schedule::{
    BatchDeleteScheduledActionInput, BatchDeleteScheduledActionOutput, BatchPutScheduledInput,
    BatchPutScheduledOutput, DeleteScheduledActionInput, DescribeScheduledActionsInput,
    DescribeScheduledActionsOutput, PutScheduledInput,
};
pub use shape::{Empty, GroupNameInput};
pub use tag::{DescribeTagsInput, DescribeTagsOutput, TagsInput};
pub use target_group::{
    DescribeTargetGroupsInput, DescribeTargetGroupsOutput, DescribeTrafficSourcesInput,
    DescribeTrafficSourcesOutput, TargetGroupsInput, TrafficSourcesInput,
};

kernel::operations! { "autoscaling";
    AttachInstances(AttachInstancesInput) -> Empty;
    AttachLoadBalancerTargetGroups(TargetGroupsInput) -> Empty;
    AttachTrafficSources(TrafficSourcesInput) -> Empty;
    BatchDeleteScheduledAction(BatchDeleteScheduledActionInput) -> BatchDeleteScheduledActionOutput;
    BatchPutScheduledUpdateGroupAction(BatchPutScheduledInput) -> BatchPutScheduledOutput;
    CancelInstanceRefresh(RefreshGroupInput) -> InstanceRefreshIdOutput;
    CompleteLifecycleAction(CompleteLifecycleActionInput) -> Empty;
    CreateAutoScalingGroup(CreateAutoScalingGroupInput) -> Empty;
    CreateLaunchConfiguration(CreateLaunchConfigurationInput) -> Empty;
    CreateOrUpdateTags(TagsInput) -> Empty;
    DeleteAutoScalingGroup(DeleteAutoScalingGroupInput) -> Empty;
    DeleteLaunchConfiguration(DeleteLaunchConfigurationInput) -> Empty;
    DeleteLifecycleHook(DeleteLifecycleHookInput) -> Empty;
    DeleteNotificationConfiguration(DeleteNotificationConfigurationInput) -> Empty;
    DeletePolicy(DeletePolicyInput) -> Empty;
    DeleteScheduledAction(DeleteScheduledActionInput) -> Empty;
    DeleteTags(TagsInput) -> Empty;
    DescribeAccountLimits(NothingInput) -> DescribeAccountLimitsOutput;
    DescribeAdjustmentTypes(NothingInput) -> DescribeAdjustmentTypesOutput;
    DescribeAutoScalingGroups(DescribeAutoScalingGroupsInput) -> DescribeAutoScalingGroupsOutput;
    DescribeAutoScalingInstances(DescribeAutoScalingInstancesInput) -> DescribeAutoScalingInstancesOutput;
    DescribeAutoScalingNotificationTypes(NothingInput) -> DescribeAutoScalingNotificationTypesOutput;
    DescribeInstanceRefreshes(DescribeInstanceRefreshesInput) -> DescribeInstanceRefreshesOutput;
    DescribeLaunchConfigurations(DescribeLaunchConfigurationsInput) -> DescribeLaunchConfigurationsOutput;
    DescribeLifecycleHookTypes(NothingInput) -> DescribeLifecycleHookTypesOutput;
    DescribeLifecycleHooks(DescribeLifecycleHooksInput) -> DescribeLifecycleHooksOutput;
    DescribeLoadBalancerTargetGroups(DescribeTargetGroupsInput) -> DescribeTargetGroupsOutput;
    DescribeMetricCollectionTypes(DescribeMetricCollectionTypesInput) -> DescribeMetricCollectionTypesOutput;
    DescribeNotificationConfigurations(DescribeNotificationConfigurationsInput) -> DescribeNotificationConfigurationsOutput;
    DescribePolicies(DescribePoliciesInput) -> DescribePoliciesOutput;
    DescribeScalingActivities(DescribeScalingActivitiesInput) -> DescribeScalingActivitiesOutput;
    DescribeScalingProcessTypes(NothingInput) -> DescribeScalingProcessTypesOutput;
    DescribeScheduledActions(DescribeScheduledActionsInput) -> DescribeScheduledActionsOutput;
    DescribeTags(DescribeTagsInput) -> DescribeTagsOutput;
    DescribeTerminationPolicyTypes(NothingInput) -> DescribeTerminationPolicyTypesOutput;
    DescribeTrafficSources(DescribeTrafficSourcesInput) -> DescribeTrafficSourcesOutput;
    DetachInstances(DetachInstancesInput) -> ActivitiesOutput;
    DetachLoadBalancerTargetGroups(TargetGroupsInput) -> Empty;
    DetachTrafficSources(TrafficSourcesInput) -> Empty;
    DisableMetricsCollection(DisableMetricsCollectionInput) -> Empty;
    EnableMetricsCollection(EnableMetricsCollectionInput) -> Empty;
    EnterStandby(EnterStandbyInput) -> ActivitiesOutput;
    ExecutePolicy(ExecutePolicyInput) -> Empty;
    ExitStandby(ExitStandbyInput) -> ActivitiesOutput;
    PutLifecycleHook(PutLifecycleHookInput) -> Empty;
    PutNotificationConfiguration(PutNotificationConfigurationInput) -> Empty;
    PutScalingPolicy(PutScalingPolicyInput) -> PutScalingPolicyOutput;
    PutScheduledUpdateGroupAction(PutScheduledInput) -> Empty;
    RecordLifecycleActionHeartbeat(RecordLifecycleActionHeartbeatInput) -> Empty;
    ResumeProcesses(ScalingProcessesInput) -> Empty;
    RollbackInstanceRefresh(RefreshGroupInput) -> InstanceRefreshIdOutput;
    SetDesiredCapacity(SetDesiredCapacityInput) -> Empty;
    SetInstanceHealth(SetInstanceHealthInput) -> Empty;
    SetInstanceProtection(SetInstanceProtectionInput) -> Empty;
    StartInstanceRefresh(StartInstanceRefreshInput) -> InstanceRefreshIdOutput;
    SuspendProcesses(ScalingProcessesInput) -> Empty;
    TerminateInstanceInAutoScalingGroup(TerminateInstanceInput) -> ActivityOutput;
    UpdateAutoScalingGroup(UpdateAutoScalingGroupInput) -> Empty;
}

/// EC2 Auto Scaling.
#[derive(Debug, Clone, Default)]
pub struct AutoScaling {
    groups: BTreeMap<GroupKey, Group>,
    configurations: BTreeMap<ConfigurationKey, record::LaunchConfiguration>,
    activities: Activities,
}

kernel::records! {
    /// A group.
    Group(record::Group) = 70;
    /// An instance of a group.
    Member(record::Of<record::Member>) = 71;
    /// A scaling policy.
    Policy(record::Of<record::Policy>) = 72;
    /// An action at a time.
    ScheduledAction(record::Of<record::ScheduledAction>) = 73;
    /// An instance refresh.
    Refresh(record::Of<record::Refresh>) = 74;
    /// What a group did.
    Activity(record::Of<record::Activity>) = 75;
    /// A launch configuration.
    LaunchConfiguration(record::LaunchConfiguration) = 76;
}

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A group has something to do.
    Look(Box<GroupKey>),
    /// Activities are old enough to be forgotten.
    Forget,
}

/// What others may want to hear.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// Something is wanted of another service.
    Ask(Box<Ask>),
    /// An SNS topic, or whoever a hook tells, would be told this: nobody is.
    Notify {
        /// Whom.
        target: String,
        /// What about.
        subject: String,
    },
}

/// The context in which EC2 Auto Scaling handles something.
pub type Cx<'a> = kernel::context::Cx<'a, AutoScaling>;

impl Service for AutoScaling {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;
    const STORED_ONLY: &'static [&'static str] = &[
        "CreateAutoScalingGroup.CapacityRebalance",
        "CreateAutoScalingGroup.Context",
        "CreateAutoScalingGroup.InstanceMaintenancePolicy",
        "CreateAutoScalingGroup.PlacementGroup",
        "CreateLaunchConfiguration.SpotPrice",
        "UpdateAutoScalingGroup.CapacityRebalance",
        "UpdateAutoScalingGroup.Context",
        "UpdateAutoScalingGroup.InstanceMaintenancePolicy",
        "UpdateAutoScalingGroup.PlacementGroup",
        "PutNotificationConfiguration",
        "DeleteNotificationConfiguration",
    ];

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        access::ask(self, asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        self.answer(cx, origin, request).map(Some)
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Look(key) => self.groups.get(&**key)?.because,
            Due::Forget => self.activities.because,
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Look(key) => self.look(cx, &key),
            Due::Forget => self.activities.forget(cx),
        }
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        self.take_back(cx, record);
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let configurations = self.configurations.values();
        self.groups
            .values()
            .flat_map(Group::records)
            .chain(self.activities.records())
            .chain(configurations.map(|it| Record::LaunchConfiguration(Box::new(it.clone()))))
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.groups.values().for_each(|group| group.facts(at, facts));
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        let is_told = self.groups.values().any(|group| !group.metrics.is_empty());
        is_told.then(|| kernel::fact::Minute::end(at))
    }
}
