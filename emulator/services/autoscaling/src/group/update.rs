//! `UpdateAutoScalingGroup`, `SetDesiredCapacity`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::create::{
    capacity, check_bounds, check_desired, desired_capacity_type, distribution, health_check_type,
    lifetime, places, seconds, termination_policies, warmup,
};
use crate::activity::cause;
use crate::error::{SCALING_ACTIVITY_IN_PROGRESS, invalid, null_not_found};
use crate::key::GroupKey;
use crate::shape::{
    AvailabilityZoneDistribution, Empty, InstanceMaintenancePolicy, LaunchTemplateSpecification,
    MixedInstancesPolicy,
};
use crate::source::Named;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn update_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateAutoScalingGroupInput,
    ) -> Result<Empty, ApiError> {
        let key = GroupKey::own(origin, &input.auto_scaling_group_name);
        let Some(group) = self.groups.get(&key) else {
            return Err(null_not_found(&input.auto_scaling_group_name));
        };
        let named = Named {
            configuration: input.launch_configuration_name.as_ref(),
            template: input.launch_template.as_ref(),
            mixed: input.mixed_instances_policy.as_ref(),
        };
        let mut next = group.settings.clone();
        if let Some(launch) = self.source(cx.directory, origin, &named)? {
            next.launch = launch;
        }
        let size = |name, asked: Option<i64>| asked.map(|it| capacity(name, it)).transpose();
        next.min = size("MinSize", input.min_size)?.unwrap_or(next.min);
        next.max = size("MaxSize", input.max_size)?.unwrap_or(next.max);
        check_bounds(next.min, next.max)?;
        match size("DesiredCapacity", input.desired_capacity)? {
            Some(desired) => {
                check_desired(next.min, next.max, desired)?;
                next.desired = desired;
            }
            // Bounds move it along.
            None => next.desired = next.desired.clamp(next.min, next.max),
        }
        let places = places(
            cx.directory,
            origin,
            input.availability_zones.as_deref(),
            input.vpc_zone_identifier.as_deref(),
        )?;
        if let Some((zones, subnets)) = places {
            (next.zones, next.subnets) = (zones, subnets);
        }
        input.rest_into(&mut next)?;
        self.change(cx, &key, |work| {
            let before = work.group.settings.desired;
            if before != next.desired {
                let (min, max, desired) = (next.min, next.max, next.desired);
                work.group.why = Some(cause::updated(work.cx.now, (min, max, desired), before));
            }
            work.group.settings = next;
            Ok(Empty {})
        })
    }

    pub(crate) fn set_desired_capacity(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetDesiredCapacityInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        self.change(cx, &key, |work| {
            let settings = &work.group.settings;
            let asked = input.desired_capacity;
            if asked > i64::from(settings.max) {
                return Err(invalid(format!(
                    "New SetDesiredCapacity value {asked} is above max value {} for the AutoScalingGroup.",
                    settings.max
                )));
            }
            if asked < i64::from(settings.min) {
                return Err(invalid(format!(
                    "New SetDesiredCapacity value {asked} is below min value {} for the AutoScalingGroup.",
                    settings.min
                )));
            }
            if input.honor_cooldown == Some(true) && work.is_cooling_down() {
                return Err(SCALING_ACTIVITY_IN_PROGRESS.says(format!(
                    "Scaling activity initiated by the group {} is in its cooldown period and blocks this action.",
                    work.group.key.name
                )));
            }
            let (before, now) = (settings.desired, capacity("DesiredCapacity", asked)?);
            if before != now {
                work.group.why = Some(cause::set(work.cx.now, before, now));
                work.group.settings.desired = now;
            }
            Ok(Empty {})
        })
    }
}

impl UpdateAutoScalingGroupInput {
    /// What needs nothing but itself.
    fn rest_into(self, next: &mut crate::record::Settings) -> Result<(), ApiError> {
        if let Some(cooldown_s) = seconds("DefaultCooldown", self.default_cooldown, 0..=u64::MAX)? {
            next.cooldown_s = cooldown_s;
        }
        if let Some(kind) = health_check_type(self.health_check_type.as_deref())? {
            next.health_check_type = kind;
        }
        let grace = self.health_check_grace_period;
        if let Some(grace_s) = seconds("HealthCheckGracePeriod", grace, 0..=u64::MAX)? {
            next.grace_s = grace_s;
        }
        if let Some(policies) = termination_policies(self.termination_policies.as_ref())? {
            next.termination_policies = policies;
        }
        if let Some(protects) = self.new_instances_protected_from_scale_in {
            next.protects_new = protects;
        }
        if self.max_instance_lifetime.is_some() {
            next.lifetime_s = lifetime(self.max_instance_lifetime)?;
        }
        if self.default_instance_warmup.is_some() {
            next.warmup_s = warmup(self.default_instance_warmup)?;
        }
        if let Some(role) = self.service_linked_role_arn {
            next.service_linked_role = role;
        }
        if let Some(distribution) = distribution(self.availability_zone_distribution.as_ref())? {
            next.distribution = Some(distribution);
        }
        if let Some(kind) = desired_capacity_type(self.desired_capacity_type.as_ref())? {
            next.desired_capacity_type = Some(kind);
        }
        next.capacity_rebalance = self.capacity_rebalance.or(next.capacity_rebalance);
        next.placement_group = self.placement_group.or(next.placement_group.take());
        next.context = self.context.or(next.context.take());
        next.maintenance = self.instance_maintenance_policy.or(next.maintenance.take());
        next.deletion_protection = self.deletion_protection.or(next.deletion_protection.take());
        Ok(())
    }
}

/// Input of `UpdateAutoScalingGroup`: what is not there stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateAutoScalingGroupInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// By this launch configuration.
    pub launch_configuration_name: Option<String>,
    /// By this launch template.
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// By this launch template with overrides.
    pub mixed_instances_policy: Option<MixedInstancesPolicy>,
    /// The least that it may have.
    pub min_size: Option<i64>,
    /// The most that it may have.
    pub max_size: Option<i64>,
    /// How many it shall have.
    pub desired_capacity: Option<i64>,
    /// How long it waits after an activity of a simple policy, in seconds.
    pub default_cooldown: Option<i64>,
    /// Its zones.
    pub availability_zones: Option<Vec<String>>,
    /// `EC2`, or `ELB`.
    pub health_check_type: Option<String>,
    /// How long the health of a new instance is not asked for, in seconds.
    pub health_check_grace_period: Option<i64>,
    /// Kept.
    pub placement_group: Option<String>,
    /// Its subnets, with commas.
    #[serde(rename = "VPCZoneIdentifier")]
    pub vpc_zone_identifier: Option<String>,
    /// Whom it ends first.
    pub termination_policies: Option<Vec<String>>,
    /// New instances are protected from scale-in.
    pub new_instances_protected_from_scale_in: Option<bool>,
    /// The role that acts for it.
    #[serde(rename = "ServiceLinkedRoleARN")]
    pub service_linked_role_arn: Option<String>,
    /// How old an instance may be, in seconds; 0 is: as old as it likes.
    pub max_instance_lifetime: Option<i64>,
    /// Kept.
    pub capacity_rebalance: Option<bool>,
    /// Kept.
    pub context: Option<String>,
    /// `units`
    pub desired_capacity_type: Option<String>,
    /// How long an instance warms up, in seconds; -1 is: as a policy or the cooldown says.
    pub default_instance_warmup: Option<i64>,
    /// Kept.
    pub instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    /// Whether it stays in balance where a zone has no room.
    pub availability_zone_distribution: Option<AvailabilityZoneDistribution>,
    /// It cannot be deleted.
    pub deletion_protection: Option<String>,
}

/// Input of `SetDesiredCapacity`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetDesiredCapacityInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// How many it shall have.
    pub desired_capacity: i64,
    /// Not during a cooldown.
    pub honor_cooldown: Option<bool>,
}
