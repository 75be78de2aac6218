//! The health of instances, and what protects them.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html>

use kernel::call::Origin;
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use serde::Deserialize;

use crate::activity::cause;
use crate::error::{invalid, no_instance, too_many};
use crate::limits::PROTECTED_A_CALL_MAX;
use crate::process::{HEALTH_CHECK, REPLACE_UNHEALTHY, TERMINATE};
use crate::record::{Ailment, Lifecycle};
use crate::shape::Empty;
use crate::work::Work;
use crate::{AutoScaling, Cx};

impl Work<'_, '_> {
    /// Who is not healthy is replaced: while it ends, another begins.
    pub(crate) fn look_at_health(&mut self) {
        let numbers: Vec<u64> = self.group.members.keys().copied().collect();
        let looks = !self.group.is_suspended(HEALTH_CHECK);
        let replaces =
            !self.group.is_suspended(REPLACE_UNHEALTHY) && !self.group.is_suspended(TERMINATE);
        for number in numbers {
            let ailment = if looks { self.examine(number) } else { None };
            let Some(member) = self.group.members.get_mut(&number) else { continue };
            member.ailment = member.ailment.or(ailment);
            let is_ours = member.lifecycle.is_active();
            if let Some(why) = member.ailment.filter(|_| is_ours && replaces) {
                self.terminate(number, cause::unhealthy(self.cx.now, why));
                self.replaces();
            }
        }
    }

    /// What is wrong with an instance in service. Grace is for what balancers say; not for what EC2 does.
    fn examine(&self, number: u64) -> Option<Ailment> {
        let member = self.group.members.get(&number)?;
        if member.lifecycle != Lifecycle::InService {
            return None;
        }
        match self.state_of(number) {
            Some(InstanceState::Running) => {}
            _ => return Some(Ailment::Ec2),
        }
        let graced = member.in_service?.after_s(self.group.settings.grace_s);
        let counts = self.group.has_elb_checks() && graced <= self.cx.now;
        (counts && !member.unhealthy_in.is_empty()).then_some(Ailment::Elb)
    }

    /// Who is as old as may be is replaced: at most a tenth at a time, and one at least.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html>
    pub(crate) fn look_at_ages(&mut self) {
        let Some(lifetime_s) = self.group.settings.lifetime_s else { return };
        if self.group.is_suspended(TERMINATE) || self.group.is_deleting {
            return;
        }
        let now = self.cx.now;
        let at_once = (self.group.settings.desired as usize / 10).max(1);
        let works = self.group.members.values().filter(|it| it.lifecycle == Lifecycle::InService);
        let coming = (self.group.settings.desired as usize).saturating_sub(works.count());
        let old = self.group.members.values().filter(|member| {
            member.lifecycle == Lifecycle::InService && member.launched.after_s(lifetime_s) <= now
        });
        let room = at_once.saturating_sub(coming);
        let old: Vec<u64> = old.map(|member| member.number).take(room).collect();
        for number in old {
            self.terminate(number, cause::too_old(now));
        }
    }
}

impl AutoScaling {
    pub(crate) fn set_instance_health(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetInstanceHealthInput,
    ) -> Result<Empty, ApiError> {
        let id = &input.instance_id;
        let is_healthy = match input.health_status.to_ascii_lowercase().as_str() {
            "healthy" => true,
            "unhealthy" => false,
            _ => {
                return Err(invalid(format!(
                    "Health status {} is not valid. Valid values are Healthy and Unhealthy.",
                    input.health_status
                )));
            }
        };
        let found = self.group_with(id).filter(|group| group.key.is_of(origin));
        let key = found.ok_or_else(|| no_instance(id))?.key.clone();
        let respects = input.should_respect_grace_period.unwrap_or(true);
        self.change(cx, &key, |work| {
            let (now, grace_s) = (work.cx.now, work.group.settings.grace_s);
            let member = work.group.member_mut(id).ok_or_else(|| no_instance(id))?;
            let graced = member.in_service.map(|since| since.after_s(grace_s));
            let is_spared = respects && grace_s > 0 && graced.is_none_or(|end| end > now);
            match is_healthy {
                true => member.ailment = None,
                false if is_spared => {}
                false => member.ailment = Some(Ailment::User),
            }
            Ok(Empty {})
        })
    }

    pub(crate) fn set_instance_protection(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetInstanceProtectionInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        if input.instance_ids.len() > PROTECTED_A_CALL_MAX {
            return Err(too_many("instances", PROTECTED_A_CALL_MAX));
        }
        self.change(cx, &key, |work| {
            for id in &input.instance_ids {
                let Some(member) = work.group.member(id) else {
                    return Err(invalid(format!(
                        "The instance {id} is not part of Auto Scaling group {}.",
                        work.group.key.name
                    )));
                };
                if member.lifecycle.is_leaving() {
                    return Err(invalid(format!(
                        "The instance {id} is not in InService or EnteringStandby or Standby."
                    )));
                }
            }
            for id in &input.instance_ids {
                if let Some(member) = work.group.member_mut(id) {
                    member.is_protected = input.protected_from_scale_in;
                }
            }
            Ok(Empty {})
        })
    }
}

/// Input of `SetInstanceHealth`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetInstanceHealthInput {
    /// The instance.
    pub instance_id: String,
    /// `Healthy` or `Unhealthy`.
    pub health_status: String,
    /// Not during its grace period: yes, unless told.
    pub should_respect_grace_period: Option<bool>,
}

/// Input of `SetInstanceProtection`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetInstanceProtectionInput {
    /// The instances.
    #[serde(default)]
    pub instance_ids: Vec<String>,
    /// The group.
    pub auto_scaling_group_name: String,
    /// They are protected from scale-in.
    pub protected_from_scale_in: bool,
}
