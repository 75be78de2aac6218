//! `DescribePolicies`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribePolicies.html>

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::AutoScaling;
use crate::error::group_not_found;
use crate::page::{self, PageSize};
use crate::record::{Policy, PolicyKind, StepAdjustment, TargetTrackingConfiguration};
use crate::state::Group;

impl AutoScaling {
    pub(crate) fn describe_policies(
        &self,
        directory: &Directory,
        origin: &Origin,
        input: &DescribePoliciesInput,
    ) -> Result<DescribePoliciesOutput, ApiError> {
        if let Some(name) = &input.auto_scaling_group_name {
            self.key_or(origin, name, group_not_found)?;
        }
        let is_named = |group: &Group, policy: &Policy| {
            let names = input.policy_names.as_ref().filter(|names| !names.is_empty());
            names.is_none_or(|names| {
                names.contains(&policy.name) || names.contains(&group.policy_arn(policy))
            })
        };
        let is_of_type = |policy: &Policy| {
            let types = input.policy_types.as_ref().filter(|types| !types.is_empty());
            types.is_none_or(|types| types.iter().any(|it| it == policy.kind.as_str()))
        };
        let groups = self.groups_of(origin).filter(|group| {
            input.auto_scaling_group_name.as_ref().is_none_or(|name| **name == *group.key.name)
        });
        let all = groups.flat_map(|group| group.policies.values().map(move |it| (group, it)));
        let found = all.filter(|(group, it)| is_named(group, it) && is_of_type(it));
        let asked = (input.next_token.as_deref(), input.max_records);
        let page =
            page::of(found, asked, PageSize::USUAL, |(group, policy)| group.policy_arn(policy))?;
        let policies = page.items.into_iter();
        Ok(DescribePoliciesOutput {
            scaling_policies: policies
                .map(|(group, policy)| ScalingPolicy::of(group, directory, policy))
                .collect(),
            next_token: page.next_token,
        })
    }
}

/// The alarms that act on a policy: its own by their names, all others as CloudWatch has them.
pub(super) fn alarms_of(group: &Group, directory: &Directory, policy: &Policy) -> Vec<Alarm> {
    let own = match &policy.kind {
        PolicyKind::TargetTracking { high, low, .. } => high.iter().chain(low).collect(),
        _ => Vec::new(),
    };
    let (account, region) = (&group.key.account, &group.key.region);
    let own = own.into_iter().map(|name| Alarm {
        alarm_name: name.clone(),
        alarm_arn: format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
    });
    let mut all: Vec<Alarm> = own.collect();
    let others = directory.alarms.get(&group.policy_arn(policy)).into_iter().flatten();
    for arn in others {
        let name = arn.splitn(7, ':').nth(6).unwrap_or_default();
        if all.iter().all(|alarm| alarm.alarm_arn != *arn) {
            all.push(Alarm { alarm_name: name.to_owned(), alarm_arn: arn.clone() });
        }
    }
    all
}

impl PolicyKind {
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Simple { .. } => "SimpleScaling",
            Self::Step { .. } => "StepScaling",
            Self::TargetTracking { .. } => "TargetTrackingScaling",
        }
    }
}

impl ScalingPolicy {
    fn of(group: &Group, directory: &Directory, policy: &Policy) -> Self {
        let mut told = Self {
            auto_scaling_group_name: group.key.name.to_string(),
            policy_name: policy.name.clone(),
            policy_arn: group.policy_arn(policy),
            policy_type: policy.kind.as_str(),
            estimated_instance_warmup: policy.warmup_s,
            alarms: alarms_of(group, directory, policy),
            enabled: policy.is_enabled,
            ..Self::default()
        };
        match &policy.kind {
            PolicyKind::Simple { adjustment, by, cooldown_s, aggregation } => {
                told.adjusts_by(by);
                told.scaling_adjustment = Some(*adjustment);
                told.cooldown = *cooldown_s;
                told.metric_aggregation_type = aggregation.clone();
            }
            PolicyKind::Step { steps, by, aggregation } => {
                told.adjusts_by(by);
                told.step_adjustments = steps.clone();
                told.metric_aggregation_type = Some(aggregation.clone());
            }
            PolicyKind::TargetTracking { configuration, .. } => {
                let mut configuration = (**configuration).clone();
                configuration.disable_scale_in.get_or_insert(false);
                told.target_tracking_configuration = Some(configuration);
            }
        }
        told
    }

    fn adjusts_by(&mut self, by: &crate::record::Adjusting) {
        self.adjustment_type = Some(by.kind.clone());
        match by.is_old {
            true => self.min_adjustment_step = by.magnitude,
            false => self.min_adjustment_magnitude = by.magnitude,
        }
    }
}

/// Input of `DescribePolicies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribePoliciesInput {
    /// Of this group.
    pub auto_scaling_group_name: Option<String>,
    /// These, by names or ARNs.
    pub policy_names: Option<Vec<String>>,
    /// Of these types.
    pub policy_types: Option<Vec<String>>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Policies of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribePolicies`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePoliciesOutput {
    /// The policies.
    pub scaling_policies: Vec<ScalingPolicy>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An alarm of a policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    alarm_name: String,
    #[serde(rename = "AlarmARN")]
    alarm_arn: String,
}

/// A policy as it is told.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScalingPolicy {
    auto_scaling_group_name: String,
    policy_name: String,
    #[serde(rename = "PolicyARN")]
    policy_arn: String,
    policy_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_adjustment_step: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_adjustment_magnitude: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_adjustment: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cooldown: Option<u64>,
    step_adjustments: Vec<StepAdjustment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_aggregation_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_instance_warmup: Option<u64>,
    alarms: Vec<Alarm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_tracking_configuration: Option<TargetTrackingConfiguration>,
    enabled: bool,
}
