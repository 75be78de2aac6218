//! What each operation of EC2 Auto Scaling needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::call::Origin;

use crate::key::GroupKey;
use crate::{AutoScaling, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing.
    Account,
    /// The group that the request names, or in which its instance is.
    Group,
    /// The launch configuration that the request names.
    LaunchConfiguration,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::Group => "the group",
            Self::LaunchConfiguration => "the launch configuration",
        })
    }
}

impl On {
    /// The ARNs that a request names. What is not there has no id yet.
    pub(super) fn arns(
        self,
        service: &AutoScaling,
        request: &Request,
        origin: &Origin,
    ) -> Vec<String> {
        let (account, region) = (&origin.account, &origin.region);
        match self {
            Self::Account => vec!["*".to_owned()],
            Self::LaunchConfiguration => vec![format!(
                "arn:aws:autoscaling:{region}:{account}:launchConfiguration:*:launchConfigurationName/{}",
                request.subject()
            )],
            Self::Group => request
                .groups(service)
                .iter()
                .map(|name| {
                    let found = service.groups.get(&GroupKey::own(origin, name));
                    found.map_or_else(
                        || {
                            format!(
                                "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}"
                            )
                        },
                        crate::state::Group::arn,
                    )
                })
                .collect(),
        }
    }
}

/// Of which calls something is asked: of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {}

impl fmt::Display for When {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// A condition key: none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {}

impl fmt::Display for Key {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Vocabulary for AutoScaling {
    type On = On;
    type When = When;
    type Key = Key;
}

kernel::permissions! { AutoScaling;
    AttachInstances: {
        "autoscaling:AttachInstances" on Group;
    }
    AttachLoadBalancerTargetGroups: {
        "autoscaling:AttachLoadBalancerTargetGroups" on Group;
    }
    AttachTrafficSources: {
        "autoscaling:AttachTrafficSources" on Group;
    }
    BatchDeleteScheduledAction: {
        "autoscaling:BatchDeleteScheduledAction" on Group;
    }
    BatchPutScheduledUpdateGroupAction: {
        "autoscaling:BatchPutScheduledUpdateGroupAction" on Group;
    }
    CancelInstanceRefresh: {
        "autoscaling:CancelInstanceRefresh" on Group;
    }
    CompleteLifecycleAction: {
        "autoscaling:CompleteLifecycleAction" on Group;
    }
    CreateAutoScalingGroup: {
        "autoscaling:CreateAutoScalingGroup" on Group;
    }
    CreateLaunchConfiguration: {
        "autoscaling:CreateLaunchConfiguration" on LaunchConfiguration;
    }
    CreateOrUpdateTags: {
        "autoscaling:CreateOrUpdateTags" on Group;
    }
    DeleteAutoScalingGroup: {
        "autoscaling:DeleteAutoScalingGroup" on Group;
    }
    DeleteLaunchConfiguration: {
        "autoscaling:DeleteLaunchConfiguration" on LaunchConfiguration;
    }
    DeleteLifecycleHook: {
        "autoscaling:DeleteLifecycleHook" on Group;
    }
    DeleteNotificationConfiguration: {
        "autoscaling:DeleteNotificationConfiguration" on Group;
    }
    DeletePolicy: {
        "autoscaling:DeletePolicy" on Group;
    }
    DeleteScheduledAction: {
        "autoscaling:DeleteScheduledAction" on Group;
    }
    DeleteTags: {
        "autoscaling:DeleteTags" on Group;
    }
    DescribeAccountLimits: {
        "autoscaling:DescribeAccountLimits" on Account;
    }
    DescribeAdjustmentTypes: {
        "autoscaling:DescribeAdjustmentTypes" on Account;
    }
    DescribeAutoScalingGroups: {
        "autoscaling:DescribeAutoScalingGroups" on Account;
    }
    DescribeAutoScalingInstances: {
        "autoscaling:DescribeAutoScalingInstances" on Account;
    }
    DescribeAutoScalingNotificationTypes: {
        "autoscaling:DescribeAutoScalingNotificationTypes" on Account;
    }
    DescribeInstanceRefreshes: {
        "autoscaling:DescribeInstanceRefreshes" on Account;
    }
    DescribeLaunchConfigurations: {
        "autoscaling:DescribeLaunchConfigurations" on Account;
    }
    DescribeLifecycleHookTypes: {
        "autoscaling:DescribeLifecycleHookTypes" on Account;
    }
    DescribeLifecycleHooks: {
        "autoscaling:DescribeLifecycleHooks" on Account;
    }
    DescribeLoadBalancerTargetGroups: {
        "autoscaling:DescribeLoadBalancerTargetGroups" on Account;
    }
    DescribeMetricCollectionTypes: {
        "autoscaling:DescribeMetricCollectionTypes" on Account;
    }
    DescribeNotificationConfigurations: {
        "autoscaling:DescribeNotificationConfigurations" on Account;
    }
    DescribePolicies: {
        "autoscaling:DescribePolicies" on Account;
    }
    DescribeScalingActivities: {
        "autoscaling:DescribeScalingActivities" on Account;
    }
    DescribeScalingProcessTypes: {
        "autoscaling:DescribeScalingProcessTypes" on Account;
    }
    DescribeScheduledActions: {
        "autoscaling:DescribeScheduledActions" on Account;
    }
    DescribeTags: {
        "autoscaling:DescribeTags" on Account;
    }
    DescribeTerminationPolicyTypes: {
        "autoscaling:DescribeTerminationPolicyTypes" on Account;
    }
    DescribeTrafficSources: {
        "autoscaling:DescribeTrafficSources" on Account;
    }
    DetachInstances: {
        "autoscaling:DetachInstances" on Group;
    }
    DetachLoadBalancerTargetGroups: {
        "autoscaling:DetachLoadBalancerTargetGroups" on Group;
    }
    DetachTrafficSources: {
        "autoscaling:DetachTrafficSources" on Group;
    }
    DisableMetricsCollection: {
        "autoscaling:DisableMetricsCollection" on Group;
    }
    EnableMetricsCollection: {
        "autoscaling:EnableMetricsCollection" on Group;
    }
    EnterStandby: {
        "autoscaling:EnterStandby" on Group;
    }
    ExecutePolicy: {
        "autoscaling:ExecutePolicy" on Group;
    }
    ExitStandby: {
        "autoscaling:ExitStandby" on Group;
    }
    PutLifecycleHook: {
        "autoscaling:PutLifecycleHook" on Group;
    }
    PutNotificationConfiguration: {
        "autoscaling:PutNotificationConfiguration" on Group;
    }
    PutScalingPolicy: {
        "autoscaling:PutScalingPolicy" on Group;
    }
    PutScheduledUpdateGroupAction: {
        "autoscaling:PutScheduledUpdateGroupAction" on Group;
    }
    RecordLifecycleActionHeartbeat: {
        "autoscaling:RecordLifecycleActionHeartbeat" on Group;
    }
    ResumeProcesses: {
        "autoscaling:ResumeProcesses" on Group;
    }
    RollbackInstanceRefresh: {
        "autoscaling:RollbackInstanceRefresh" on Group;
    }
    SetDesiredCapacity: {
        "autoscaling:SetDesiredCapacity" on Group;
    }
    SetInstanceHealth: {
        "autoscaling:SetInstanceHealth" on Group;
    }
    SetInstanceProtection: {
        "autoscaling:SetInstanceProtection" on Group;
    }
    StartInstanceRefresh: {
        "autoscaling:StartInstanceRefresh" on Group;
    }
    SuspendProcesses: {
        "autoscaling:SuspendProcesses" on Group;
    }
    TerminateInstanceInAutoScalingGroup: {
        "autoscaling:TerminateInstanceInAutoScalingGroup" on Group;
    }
    UpdateAutoScalingGroup: {
        "autoscaling:UpdateAutoScalingGroup" on Group;
    }
}
