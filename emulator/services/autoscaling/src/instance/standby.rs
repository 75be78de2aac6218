//! Instances that are put aside, and come back.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::ActivitiesOutput;
use crate::activity::{cause, told};
use crate::error::{invalid, too_many};
use crate::key::GroupKey;
use crate::limits::INSTANCES_A_CALL_MAX;
use crate::process::ADD_TO_LOAD_BALANCER;
use crate::record::{Activity as Kept, ActivityStatus, Lifecycle};
use crate::work::Work;
use crate::{AutoScaling, Cx};

impl Work<'_, '_> {
    /// The numbers of instances that are in this state.
    pub(crate) fn numbers_of(
        &self,
        ids: &[String],
        state: &Lifecycle,
    ) -> Result<Vec<u64>, ApiError> {
        if ids.len() > INSTANCES_A_CALL_MAX {
            return Err(too_many("instances", INSTANCES_A_CALL_MAX));
        }
        let mut numbers = Vec::new();
        for id in ids {
            let Some(member) = self.group.member(id) else {
                return Err(invalid(format!(
                    "The instance {id} is not part of Auto Scaling group {}.",
                    self.group.key.name
                )));
            };
            if member.lifecycle != *state {
                return Err(invalid(format!("The instance {id} is not in {}.", state.as_str())));
            }
            numbers.push(member.number);
        }
        Ok(numbers)
    }

    /// So many less are wanted, which the minimum must allow.
    pub(crate) fn check_decrement(&self, count: usize, to_do: &str) -> Result<(), ApiError> {
        let settings = &self.group.settings;
        if (settings.desired as usize) < settings.min as usize + count {
            return Err(invalid(format!(
                "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={}. To {to_do} {count} more instance(s), please update the AutoScalingGroup sizes appropriately.",
                self.group.key.name, settings.min, settings.max, settings.desired
            )));
        }
        Ok(())
    }

    /// So many more, which the maximum must allow.
    pub(crate) fn check_increment(&self, count: usize, to_do: &str) -> Result<(), ApiError> {
        let settings = &self.group.settings;
        if settings.desired as usize + count > settings.max as usize {
            return Err(invalid(format!(
                "AutoScalingGroup {} has min-size={}, max-size={}, and desired-size={}. To {to_do} {count} more instance(s), please update the AutoScalingGroup sizes appropriately.",
                self.group.key.name, settings.min, settings.max, settings.desired
            )));
        }
        Ok(())
    }

    fn put_aside(&mut self, number: u64, change: Option<(&str, usize, usize)>) -> Option<u64> {
        let id = self.group.members.get(&number)?.instance_id.clone();
        let cause = cause::by_user(self.cx.now, &id, "moved to standby", change);
        let described = format!("Moving EC2 instance to Standby: {id}");
        let activity = self.leave(number, (described, cause))?;
        let registered = self.group.members.get(&number)?.registered.clone();
        for arn in &registered {
            self.deregister_from(number, arn);
        }
        let member = self.group.members.get_mut(&number)?;
        member.lifecycle = Lifecycle::Standby;
        member.activity = None;
        self.activities.end(self.cx, Some(activity), ActivityStatus::Successful, None);
        Some(activity)
    }

    fn bring_back(&mut self, number: u64, change: (&str, usize, usize)) -> Option<u64> {
        let id = self.group.members.get(&number)?.instance_id.clone();
        let cause = cause::by_user(self.cx.now, &id, "moved out of standby", Some(change));
        let described = format!("Moving EC2 instance out of Standby: {id}");
        let activity = self.leave(number, (described, cause))?;
        let member = self.group.members.get_mut(&number)?;
        member.lifecycle = Lifecycle::InService;
        member.in_service = Some(self.cx.now);
        member.activity = None;
        self.activities.end(self.cx, Some(activity), ActivityStatus::Successful, None);
        self.enter_warmup(number);
        if !self.group.is_suspended(ADD_TO_LOAD_BALANCER) {
            self.register(number);
        }
        Some(activity)
    }
}

impl AutoScaling {
    pub(crate) fn enter_standby(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &EnterStandbyInput,
    ) -> Result<ActivitiesOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let begun = self.change(cx, &key, |work| {
            let numbers = work.numbers_of(&input.instance_ids, &Lifecycle::InService)?;
            let decrements = input.should_decrement_desired_capacity;
            if decrements {
                work.check_decrement(numbers.len(), "place into standby")?;
                work.decrement(numbers.len());
            }
            let is = work.group.active_count();
            let change = decrements.then_some(("shrinking", is, is - numbers.len()));
            Ok(numbers
                .into_iter()
                .filter_map(|number| work.put_aside(number, change))
                .collect::<Vec<_>>())
        })?;
        Ok(self.told_activities(&key, &begun, (ActivityStatus::InProgress, 50)))
    }

    pub(crate) fn exit_standby(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ExitStandbyInput,
    ) -> Result<ActivitiesOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let begun = self.change(cx, &key, |work| {
            let numbers = work.numbers_of(&input.instance_ids, &Lifecycle::Standby)?;
            work.check_increment(numbers.len(), "move out of standby")?;
            work.group.settings.desired += u32::try_from(numbers.len()).unwrap_or(0);
            let is = work.group.active_count();
            let change = ("increasing", is, is + numbers.len());
            Ok(numbers
                .into_iter()
                .filter_map(|number| work.bring_back(number, change))
                .collect::<Vec<_>>())
        })?;
        Ok(self.told_activities(&key, &begun, (ActivityStatus::PreInService, 30)))
    }

    /// Activities that a call has begun: as they were then, also where they are over already.
    pub(crate) fn told_activities(
        &self,
        key: &GroupKey,
        numbers: &[u64],
        (status, progress): (ActivityStatus, u8),
    ) -> ActivitiesOutput {
        let begun = |kept: &Kept| Kept { status, progress, end: None, ..kept.clone() };
        let all = numbers.iter().filter_map(|number| self.activities.get(*number));
        let activities = all.map(|kept| told(key, &begun(kept), false)).collect();
        ActivitiesOutput { activities }
    }
}

/// Input of `EnterStandby`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EnterStandbyInput {
    /// The instances.
    #[serde(default)]
    pub instance_ids: Vec<String>,
    /// The group.
    pub auto_scaling_group_name: String,
    /// No others come in their place.
    pub should_decrement_desired_capacity: bool,
}

/// Input of `ExitStandby`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExitStandbyInput {
    /// The instances.
    #[serde(default)]
    pub instance_ids: Vec<String>,
    /// The group.
    pub auto_scaling_group_name: String,
}
