//! `PutScalingPolicy`, `DeletePolicy`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use serde::{Deserialize, Serialize};

use super::alarm::{delete_alarms_of, put_alarms};
use super::describe::{Alarm, alarms_of};
use super::{ADJUSTMENT_TYPES, step, tracking};
use crate::error::{LIMIT_EXCEEDED, group_not_found, invalid};
use crate::limits::POLICIES_MAX;
use crate::record::{Adjusting, Policy, PolicyKind, StepAdjustment, TargetTrackingConfiguration};
use crate::shape::Empty;
use crate::state::Group;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn put_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutScalingPolicyInput,
    ) -> Result<PutScalingPolicyOutput, ApiError> {
        let key = self.key_or(origin, &input.auto_scaling_group_name, group_not_found)?;
        let kind = input.kind()?;
        let warmup_s = seconds("EstimatedInstanceWarmup", input.estimated_instance_warmup)?;
        self.change(cx, &key, |work| {
            let name = &input.policy_name;
            let before = work.group.policies.remove(name);
            if before.is_none() && work.group.policies.len() >= POLICIES_MAX {
                return Err(LIMIT_EXCEEDED
                    .says(format!("A group can have {POLICIES_MAX} scaling policies at most.")));
            }
            let id = before.as_ref().map_or_else(|| work.cx.ids.uuid(), |before| before.id.clone());
            let is_enabled = input.enabled.unwrap_or(true);
            let name = name.clone();
            let mut policy = Policy { name, id, is_enabled, kind, warmup_s };
            if let Some(before) = before {
                policy.takes_alarms_of(before, work.group, work.cx);
            }
            put_alarms(work.group, work.cx, &mut policy);
            let output = PutScalingPolicyOutput::of(work.group, work.cx.directory, &policy);
            work.group.wants_in.remove(&policy.name);
            work.group.policies.insert(policy.name.clone(), policy);
            Ok(output)
        })
    }

    pub(crate) fn delete_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeletePolicyInput,
    ) -> Result<Empty, ApiError> {
        let group = input.auto_scaling_group_name.as_deref();
        let (key, name) = self.policy_named(origin, group, &input.policy_name)?;
        self.change(cx, &key, |work| {
            if let Some(policy) = work.group.policies.remove(&name) {
                delete_alarms_of(work.group, work.cx, &policy);
            }
            work.group.wants_in.remove(&name);
            Ok(Empty {})
        })
    }
}

impl Policy {
    /// A policy that is put anew keeps its alarms, as long as it is of the same kind.
    fn takes_alarms_of(&mut self, before: Self, group: &Group, cx: &mut Cx<'_>) {
        match (&mut self.kind, &before.kind) {
            (
                PolicyKind::TargetTracking { high, low, .. },
                PolicyKind::TargetTracking { high: high_before, low: low_before, .. },
            ) => {
                (*high, *low) = (high_before.clone(), low_before.clone());
            }
            _ => delete_alarms_of(group, cx, &before),
        }
    }
}

fn seconds(parameter: &str, asked: Option<i64>) -> Result<Option<u64>, ApiError> {
    let checked = asked.map(u64::try_from).transpose();
    checked.map_err(|_| invalid(format!("{parameter} must be greater than or equal to 0.")))
}

impl PutScalingPolicyInput {
    fn kind(&self) -> Result<PolicyKind, ApiError> {
        match self.policy_type.as_deref().unwrap_or("SimpleScaling") {
            "SimpleScaling" => self.simple(),
            "StepScaling" => self.step(),
            "TargetTrackingScaling" => self.tracking(),
            "PredictiveScaling" => Err(NOT_IMPLEMENTED
                .says("The PolicyType PredictiveScaling is not implemented by Cloudless.")),
            other => Err(invalid(format!(
                "Invalid policy type: {other}. Valid policy types are SimpleScaling, StepScaling, TargetTrackingScaling and PredictiveScaling."
            ))),
        }
    }

    fn adjusting(&self, policy: &str) -> Result<Adjusting, ApiError> {
        let Some(kind) = &self.adjustment_type else {
            return Err(invalid(format!(
                "You must specify an AdjustmentType for policy type: {policy}"
            )));
        };
        if !ADJUSTMENT_TYPES.contains(&&**kind) {
            return Err(invalid(format!(
                "Invalid adjustment type: {kind}. Valid adjustment types are {}.",
                ADJUSTMENT_TYPES.join(", ")
            )));
        }
        let is_old = self.min_adjustment_step.is_some();
        let magnitude = self.min_adjustment_magnitude.or(self.min_adjustment_step);
        if magnitude.is_some() && kind != "PercentChangeInCapacity" {
            return Err(invalid(
                "MinAdjustmentMagnitude is not supported by the specified adjustment type.",
            ));
        }
        let magnitude = magnitude.map(|it| u32::try_from(it).ok().filter(|it| *it > 0).ok_or(it));
        let magnitude = magnitude.transpose().map_err(|_| {
            invalid("If specified, MinAdjustmentMagnitude must be greater than zero.")
        })?;
        Ok(Adjusting { kind: kind.clone(), magnitude, is_old })
    }

    /// Refuses what is another kind's.
    fn lacks<const N: usize>(policy: &str, others: [(bool, &str); N]) -> Result<(), ApiError> {
        match others.into_iter().find(|(is_there, _)| *is_there) {
            // So it is for lists, and with a name of its own.
            Some((_, "StepAdjustments")) if policy == "TargetTracking" => {
                Err(invalid("StepAdjustments are not supported for a TargetTracking policy"))
            }
            Some((_, name)) => {
                Err(invalid(format!("{name} is not supported for a {policy} policy")))
            }
            None => Ok(()),
        }
    }

    fn simple(&self) -> Result<PolicyKind, ApiError> {
        Self::lacks(
            "SimpleScaling",
            [
                (self.estimated_instance_warmup.is_some(), "EstimatedInstanceWarmup"),
                (self.step_adjustments.is_some(), "StepAdjustments"),
                (self.target_tracking_configuration.is_some(), "TargetTrackingConfiguration"),
            ],
        )?;
        let by = self.adjusting("SimpleScaling")?;
        let Some(adjustment) = self.scaling_adjustment else {
            return Err(invalid("Scaling increment must be specified for a SimpleScaling policy"));
        };
        if by.kind == "ExactCapacity" && adjustment < 0 {
            return Err(invalid(
                "The lower range for adjustment is 0 with the specified adjustment type.",
            ));
        }
        Ok(PolicyKind::Simple {
            adjustment,
            by,
            cooldown_s: seconds("Cooldown", self.cooldown)?,
            aggregation: self.aggregation()?,
        })
    }

    fn aggregation(&self) -> Result<Option<String>, ApiError> {
        match self.metric_aggregation_type.as_deref() {
            None | Some("Minimum" | "Maximum" | "Average") => {
                Ok(self.metric_aggregation_type.clone())
            }
            Some(other) => Err(invalid(format!(
                "Invalid metric aggregation type: {other}. Valid values are Minimum, Maximum and Average."
            ))),
        }
    }

    fn step(&self) -> Result<PolicyKind, ApiError> {
        Self::lacks(
            "StepScaling",
            [
                (self.scaling_adjustment.is_some(), "ScalingAdjustment"),
                (self.target_tracking_configuration.is_some(), "TargetTrackingConfiguration"),
                (self.cooldown.is_some(), "Cooldown"),
            ],
        )?;
        let by = self.adjusting("StepScaling")?;
        let steps = self.step_adjustments.clone().unwrap_or_default();
        step::check(&steps)?;
        let negative = steps.iter().find(|it| it.scaling_adjustment < 0);
        if by.kind == "ExactCapacity"
            && let Some(negative) = negative
        {
            return Err(invalid(format!(
                "The lowest value for ScalingAdjustment parameter is 0 with the specified adjustment type. Erroneous StepAdjustment is {}",
                step::written(negative)
            )));
        }
        let aggregation = self.aggregation()?.unwrap_or_else(|| "Average".to_owned());
        Ok(PolicyKind::Step { steps, by, aggregation })
    }

    fn tracking(&self) -> Result<PolicyKind, ApiError> {
        Self::lacks(
            "TargetTracking",
            [
                (self.adjustment_type.is_some(), "AdjustmentType"),
                (self.scaling_adjustment.is_some(), "ScalingAdjustment"),
                (self.step_adjustments.is_some(), "StepAdjustments"),
                (self.min_adjustment_magnitude.is_some(), "MinAdjustmentMagnitude"),
                (self.metric_aggregation_type.is_some(), "MetricAggregationType"),
            ],
        )?;
        let Some(configuration) = &self.target_tracking_configuration else {
            return Err(invalid("You should provide a TargetTrackingConfiguration"));
        };
        tracking::check(configuration)?;
        let configuration = Box::new(configuration.clone());
        Ok(PolicyKind::TargetTracking { configuration, high: None, low: None })
    }
}

impl PutScalingPolicyOutput {
    fn of(group: &Group, directory: &Directory, policy: &Policy) -> Self {
        Self { policy_arn: group.policy_arn(policy), alarms: alarms_of(group, directory, policy) }
    }
}

/// Input of `PutScalingPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutScalingPolicyInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The policy.
    pub policy_name: String,
    /// `SimpleScaling`, unless told.
    pub policy_type: Option<String>,
    /// What an adjustment counts.
    pub adjustment_type: Option<String>,
    /// `MinAdjustmentMagnitude`, as it was called before.
    pub min_adjustment_step: Option<i64>,
    /// The least change of a percentage, in instances.
    pub min_adjustment_magnitude: Option<i64>,
    /// How much.
    pub scaling_adjustment: Option<i64>,
    /// How long nothing simple follows, in seconds.
    pub cooldown: Option<i64>,
    /// What becomes of several points.
    pub metric_aggregation_type: Option<String>,
    /// The steps.
    pub step_adjustments: Option<Vec<StepAdjustment>>,
    /// How long instances warm up after it, in seconds.
    pub estimated_instance_warmup: Option<i64>,
    /// What is kept at which value.
    pub target_tracking_configuration: Option<TargetTrackingConfiguration>,
    /// It is executed: yes, unless told.
    pub enabled: Option<bool>,
}

/// Output of `PutScalingPolicy`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutScalingPolicyOutput {
    #[serde(rename = "PolicyARN")]
    policy_arn: String,
    alarms: Vec<Alarm>,
}

/// Input of `DeletePolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeletePolicyInput {
    /// The group.
    pub auto_scaling_group_name: Option<String>,
    /// The policy, by name or ARN.
    pub policy_name: String,
}
