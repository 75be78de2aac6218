//! Limits of an account, and what there is of everything that has a name.

use kernel::call::Origin;
use serde::{Deserialize, Serialize};

use crate::AutoScaling;
use crate::hook::{LAUNCHING, TERMINATING};
use crate::instance::TERMINATION_POLICIES;
use crate::limits::{GROUPS_MAX, LAUNCH_CONFIGURATIONS_MAX};
use crate::notification::NOTIFICATION_TYPES;
use crate::policy::ADJUSTMENT_TYPES;
use crate::process::PROCESSES;

impl AutoScaling {
    pub(crate) fn account_limits(&self, origin: &Origin) -> DescribeAccountLimitsOutput {
        let configurations = self
            .configurations
            .values()
            .filter(|it| (&it.account, &it.region) == (&origin.account, &origin.region));
        DescribeAccountLimitsOutput {
            max_number_of_auto_scaling_groups: GROUPS_MAX,
            max_number_of_launch_configurations: LAUNCH_CONFIGURATIONS_MAX,
            number_of_auto_scaling_groups: self.groups_of(origin).count(),
            number_of_launch_configurations: configurations.count(),
        }
    }
}

pub(crate) fn adjustment_types() -> DescribeAdjustmentTypesOutput {
    let types = ADJUSTMENT_TYPES.iter();
    let types = types.map(|adjustment_type| AdjustmentType { adjustment_type });
    DescribeAdjustmentTypesOutput { adjustment_types: types.collect() }
}

pub(crate) fn notification_types() -> DescribeAutoScalingNotificationTypesOutput {
    DescribeAutoScalingNotificationTypesOutput {
        auto_scaling_notification_types: NOTIFICATION_TYPES.to_vec(),
    }
}

pub(crate) fn hook_types() -> DescribeLifecycleHookTypesOutput {
    DescribeLifecycleHookTypesOutput { lifecycle_hook_types: vec![LAUNCHING, TERMINATING] }
}

pub(crate) fn process_types() -> DescribeScalingProcessTypesOutput {
    let processes = PROCESSES.iter().map(|process_name| ProcessType { process_name });
    DescribeScalingProcessTypesOutput { processes: processes.collect() }
}

pub(crate) fn termination_policy_types() -> DescribeTerminationPolicyTypesOutput {
    DescribeTerminationPolicyTypesOutput { termination_policy_types: TERMINATION_POLICIES.to_vec() }
}

/// Input of an operation that asks for nothing in particular.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NothingInput {}

/// Output of `DescribeAccountLimits`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsOutput {
    max_number_of_auto_scaling_groups: usize,
    max_number_of_launch_configurations: usize,
    number_of_auto_scaling_groups: usize,
    number_of_launch_configurations: usize,
}

/// Output of `DescribeAdjustmentTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAdjustmentTypesOutput {
    adjustment_types: Vec<AdjustmentType>,
}

/// What an adjustment counts.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdjustmentType {
    adjustment_type: &'static str,
}

/// Output of `DescribeAutoScalingNotificationTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutoScalingNotificationTypesOutput {
    auto_scaling_notification_types: Vec<&'static str>,
}

/// Output of `DescribeLifecycleHookTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLifecycleHookTypesOutput {
    lifecycle_hook_types: Vec<&'static str>,
}

/// Output of `DescribeScalingProcessTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeScalingProcessTypesOutput {
    processes: Vec<ProcessType>,
}

/// A process of a group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessType {
    process_name: &'static str,
}

/// Output of `DescribeTerminationPolicyTypes`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTerminationPolicyTypesOutput {
    termination_policy_types: Vec<&'static str>,
}
