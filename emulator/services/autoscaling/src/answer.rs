//! Which operation does what, and what each is about.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::{AutoScaling, Cx, Request, Response, account, metrics};

/// Each operation with what answers it.
macro_rules! answers {
    ($request:expr; $( $operation:ident($input:ident) => $answer:expr; )*) => {
        match $request {
            $( Request::$operation($input) => Response::$operation(Box::new($answer)), )*
        }
    };
}

impl AutoScaling {
    pub(crate) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(answers! { request;
            AttachInstances(it) => self.attach_instances(cx, origin, &it)?;
            AttachLoadBalancerTargetGroups(it) => self.attach_target_groups(cx, origin, *it)?;
            AttachTrafficSources(it) => self.attach_traffic_sources(cx, origin, &it)?;
            BatchDeleteScheduledAction(it) => self.batch_delete_scheduled(cx, origin, &it)?;
            BatchPutScheduledUpdateGroupAction(it) => self.batch_put_scheduled(cx, origin, *it)?;
            CancelInstanceRefresh(it) => self.cancel_refresh(cx, origin, &it)?;
            CompleteLifecycleAction(it) => self.complete_hook(cx, origin, &it)?;
            CreateAutoScalingGroup(it) => self.create_group(cx, origin, *it)?;
            CreateLaunchConfiguration(it) => self.create_configuration(cx, origin, *it)?;
            CreateOrUpdateTags(it) => self.create_or_update_tags(cx, origin, &it)?;
            DeleteAutoScalingGroup(it) => self.delete_group(cx, origin, &it)?;
            DeleteLaunchConfiguration(it) => self.delete_configuration(cx, origin, &it)?;
            DeleteLifecycleHook(it) => self.delete_hook(cx, origin, &it)?;
            DeleteNotificationConfiguration(it) => self.delete_notification(cx, origin, &it)?;
            DeletePolicy(it) => self.delete_policy(cx, origin, &it)?;
            DeleteScheduledAction(it) => self.delete_scheduled(cx, origin, &it)?;
            DeleteTags(it) => self.delete_tags(cx, origin, &it)?;
            DescribeAccountLimits(_it) => self.account_limits(origin);
            DescribeAdjustmentTypes(_it) => account::adjustment_types();
            DescribeAutoScalingGroups(it) => self.describe_groups(cx.directory, origin, &it)?;
            DescribeAutoScalingInstances(it) => self.describe_instances(cx.directory, origin, &it)?;
            DescribeAutoScalingNotificationTypes(_it) => account::notification_types();
            DescribeInstanceRefreshes(it) => self.describe_refreshes(cx, origin, &it)?;
            DescribeLaunchConfigurations(it) => self.describe_configurations(origin, &it)?;
            DescribeLifecycleHookTypes(_it) => account::hook_types();
            DescribeLifecycleHooks(it) => self.describe_hooks(origin, &it)?;
            DescribeLoadBalancerTargetGroups(it) => self.describe_target_groups(origin, &it)?;
            DescribeMetricCollectionTypes(_it) => metrics::collection_types();
            DescribeNotificationConfigurations(it) => self.describe_notifications(origin, &it)?;
            DescribePolicies(it) => self.describe_policies(cx.directory, origin, &it)?;
            DescribeScalingActivities(it) => self.describe_activities(origin, &it)?;
            DescribeScalingProcessTypes(_it) => account::process_types();
            DescribeScheduledActions(it) => self.describe_scheduled(origin, &it)?;
            DescribeTags(it) => self.describe_tags(origin, &it)?;
            DescribeTerminationPolicyTypes(_it) => account::termination_policy_types();
            DescribeTrafficSources(it) => self.describe_traffic_sources(origin, &it)?;
            DetachInstances(it) => self.detach_instances(cx, origin, &it)?;
            DetachLoadBalancerTargetGroups(it) => self.detach_target_groups(cx, origin, &it)?;
            DetachTrafficSources(it) => self.detach_traffic_sources(cx, origin, &it)?;
            DisableMetricsCollection(it) => self.disable_metrics(cx, origin, &it)?;
            EnableMetricsCollection(it) => self.enable_metrics(cx, origin, &it)?;
            EnterStandby(it) => self.enter_standby(cx, origin, &it)?;
            ExecutePolicy(it) => self.execute_policy(cx, origin, &it)?;
            ExitStandby(it) => self.exit_standby(cx, origin, &it)?;
            PutLifecycleHook(it) => self.put_hook(cx, origin, *it)?;
            PutNotificationConfiguration(it) => self.put_notification(cx, origin, *it)?;
            PutScalingPolicy(it) => self.put_policy(cx, origin, *it)?;
            PutScheduledUpdateGroupAction(it) => self.put_scheduled(cx, origin, *it)?;
            RecordLifecycleActionHeartbeat(it) => self.record_heartbeat(cx, origin, &it)?;
            ResumeProcesses(it) => self.suspend_or_resume(cx, origin, &it, false)?;
            RollbackInstanceRefresh(it) => self.roll_back_refresh(cx, origin, &it)?;
            SetDesiredCapacity(it) => self.set_desired_capacity(cx, origin, &it)?;
            SetInstanceHealth(it) => self.set_instance_health(cx, origin, &it)?;
            SetInstanceProtection(it) => self.set_instance_protection(cx, origin, &it)?;
            StartInstanceRefresh(it) => self.start_refresh(cx, origin, *it)?;
            SuspendProcesses(it) => self.suspend_or_resume(cx, origin, &it, true)?;
            TerminateInstanceInAutoScalingGroup(it) => self.terminate_instance(cx, origin, &it)?;
            UpdateAutoScalingGroup(it) => self.update_group(cx, origin, *it)?;
        })
    }
}

impl Request {
    /// What it is about, for the trace: the group, the instance, the launch configuration.
    #[must_use]
    pub fn subject(&self) -> String {
        let subject = match self {
            Self::CreateLaunchConfiguration(it) => it.launch_configuration_name.clone(),
            Self::DeleteLaunchConfiguration(it) => it.launch_configuration_name.clone(),
            Self::SetInstanceHealth(it) => it.instance_id.clone(),
            Self::TerminateInstanceInAutoScalingGroup(it) => it.instance_id.clone(),
            Self::DescribeAutoScalingGroups(it) => {
                it.auto_scaling_group_names.as_deref().unwrap_or_default().join(" ")
            }
            Self::DescribeAutoScalingInstances(it) => {
                it.instance_ids.as_deref().unwrap_or_default().join(" ")
            }
            _ => self.named_groups().join(" "),
        };
        subject.chars().take(120).collect()
    }

    /// The groups that it names.
    fn named_groups(&self) -> Vec<&str> {
        let name = match self {
            Self::AttachInstances(it) => &it.auto_scaling_group_name,
            Self::AttachLoadBalancerTargetGroups(it) | Self::DetachLoadBalancerTargetGroups(it) => {
                &it.auto_scaling_group_name
            }
            Self::AttachTrafficSources(it) | Self::DetachTrafficSources(it) => {
                &it.auto_scaling_group_name
            }
            Self::BatchDeleteScheduledAction(it) => &it.auto_scaling_group_name,
            Self::BatchPutScheduledUpdateGroupAction(it) => &it.auto_scaling_group_name,
            Self::CancelInstanceRefresh(it) => &it.auto_scaling_group_name,
            Self::RollbackInstanceRefresh(it) => &it.auto_scaling_group_name,
            Self::CompleteLifecycleAction(it) => &it.auto_scaling_group_name,
            Self::CreateAutoScalingGroup(it) => &it.auto_scaling_group_name,
            Self::CreateOrUpdateTags(it) | Self::DeleteTags(it) => {
                return it.tags.iter().filter_map(|tag| tag.resource_id.as_deref()).collect();
            }
            Self::DeleteAutoScalingGroup(it) => &it.auto_scaling_group_name,
            Self::DeleteLifecycleHook(it) => &it.auto_scaling_group_name,
            Self::DeleteNotificationConfiguration(it) => &it.auto_scaling_group_name,
            Self::DeletePolicy(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::DeleteScheduledAction(it) => &it.auto_scaling_group_name,
            Self::DescribePolicies(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::DescribeScalingActivities(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::DescribeScheduledActions(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::DescribeLifecycleHooks(it) => &it.auto_scaling_group_name,
            Self::DescribeInstanceRefreshes(it) => &it.auto_scaling_group_name,
            Self::DescribeLoadBalancerTargetGroups(it) => &it.auto_scaling_group_name,
            Self::DescribeTrafficSources(it) => &it.auto_scaling_group_name,
            Self::DetachInstances(it) => &it.auto_scaling_group_name,
            Self::DisableMetricsCollection(it) => &it.auto_scaling_group_name,
            Self::EnableMetricsCollection(it) => &it.auto_scaling_group_name,
            Self::EnterStandby(it) => &it.auto_scaling_group_name,
            Self::ExitStandby(it) => &it.auto_scaling_group_name,
            Self::ExecutePolicy(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::PutLifecycleHook(it) => {
                return it.auto_scaling_group_name.as_deref().into_iter().collect();
            }
            Self::PutNotificationConfiguration(it) => &it.auto_scaling_group_name,
            Self::PutScalingPolicy(it) => &it.auto_scaling_group_name,
            Self::PutScheduledUpdateGroupAction(it) => &it.auto_scaling_group_name,
            Self::RecordLifecycleActionHeartbeat(it) => &it.auto_scaling_group_name,
            Self::ResumeProcesses(it) | Self::SuspendProcesses(it) => &it.auto_scaling_group_name,
            Self::SetDesiredCapacity(it) => &it.auto_scaling_group_name,
            Self::SetInstanceProtection(it) => &it.auto_scaling_group_name,
            Self::StartInstanceRefresh(it) => &it.auto_scaling_group_name,
            Self::UpdateAutoScalingGroup(it) => &it.auto_scaling_group_name,
            _ => return Vec::new(),
        };
        vec![name]
    }

    /// The groups that it is about: named, or by an instance or a policy of theirs.
    pub(crate) fn groups(&self, service: &AutoScaling) -> Vec<String> {
        let instance = match self {
            Self::SetInstanceHealth(it) => Some(&it.instance_id),
            Self::TerminateInstanceInAutoScalingGroup(it) => Some(&it.instance_id),
            _ => None,
        };
        if let Some(instance) = instance {
            let found = service.group_with(instance);
            return found.map(|group| group.key.name.to_string()).into_iter().collect();
        }
        let policy = match self {
            Self::DeletePolicy(it) => Some(&it.policy_name),
            Self::ExecutePolicy(it) => Some(&it.policy_name),
            _ => None,
        };
        let named = self.named_groups();
        if let (Some(policy), true) = (policy, named.is_empty()) {
            let found = service.policy_by_arn(policy);
            return found.map(|(group, _)| group.key.name.to_string()).into_iter().collect();
        }
        named.into_iter().map(str::to_owned).collect()
    }
}
