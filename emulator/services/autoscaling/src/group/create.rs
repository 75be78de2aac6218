//! `CreateAutoScalingGroup`, and what a request may set.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::{ApiError, parameter_not_implemented};
use serde::Deserialize;

use crate::activity::cause;
use crate::error::{ALREADY_EXISTS, LIMIT_EXCEEDED, invalid};
use crate::hook::PutLifecycleHookInput;
use crate::instance::TERMINATION_POLICIES;
use crate::key::GroupKey;
use crate::limits::{
    CAPACITY_MAX, COOLDOWN_S_DEFAULT, GROUPS_MAX, LIFETIME_S_MAX, LIFETIME_S_MIN,
    TARGET_GROUPS_MAX, WARMUP_S_MAX,
};
use crate::record::{LaunchSource, Settings};
use crate::shape::{
    AvailabilityZoneDistribution, Empty, InstanceMaintenancePolicy, LaunchTemplateSpecification,
    MixedInstancesPolicy,
};
use crate::source::Named;
use crate::state::Group;
use crate::tag::TagInput;
use crate::target_group::TrafficSource;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn create_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateAutoScalingGroupInput,
    ) -> Result<Empty, ApiError> {
        let name = &*input.auto_scaling_group_name;
        let key = GroupKey::own(origin, name);
        check_name(name)?;
        if self.groups.contains_key(&key) {
            return Err(ALREADY_EXISTS.says(format!(
                "AutoScalingGroup by this name already exists - A group with the name {name} already exists"
            )));
        }
        if self.groups.keys().filter(|key| key.is_of(origin)).count() >= GROUPS_MAX {
            return Err(LIMIT_EXCEEDED.says(format!(
                "You have reached the maximum limit for number of AutoScalingGroups: {GROUPS_MAX}."
            )));
        }
        if input.load_balancer_names.as_ref().is_some_and(|names| !names.is_empty()) {
            return Err(parameter_not_implemented("CreateAutoScalingGroup", "LoadBalancerNames"));
        }
        let launch = self.launch_of(cx, origin, &input)?;
        let settings = settings(cx.directory, origin, &input, launch)?;
        let mut target_groups = crate::target_group::checked(
            cx.directory,
            origin,
            input.target_group_arns.unwrap_or_default(),
        )?;
        target_groups.extend(crate::target_group::of_sources(
            cx.directory,
            origin,
            &input.traffic_sources,
        )?);
        if target_groups.len() > TARGET_GROUPS_MAX {
            return Err(LIMIT_EXCEEDED.says(format!(
                "The number of target groups exceeds the maximum of {TARGET_GROUPS_MAX}."
            )));
        }
        let tags = crate::tag::of_new_group(name, &input.tags)?;
        let mut hooks = BTreeMap::new();
        for hook in input.lifecycle_hook_specification_list {
            let hook = hook.checked(None)?;
            hooks.insert(hook.name.clone(), hook);
        }
        let id = cx.ids.uuid();
        let desired = settings.desired;
        let group = Group {
            created: cx.now,
            tags,
            target_groups,
            hooks,
            why: Some(cause::created(cx.now, desired)),
            ..Group::new(key.clone(), id, settings)
        };
        self.groups.insert(key.clone(), group);
        self.change(cx, &key, |_| Ok(Empty {}))
    }

    /// By what the new group launches instances.
    fn launch_of(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateAutoScalingGroupInput,
    ) -> Result<LaunchSource, ApiError> {
        let named = Named {
            configuration: input.launch_configuration_name.as_ref(),
            template: input.launch_template.as_ref(),
            mixed: input.mixed_instances_policy.as_ref(),
        };
        let source = self.source(cx.directory, origin, &named)?;
        match (source, &input.instance_id) {
            (Some(source), None) => Ok(source),
            (None, Some(instance)) => {
                let name = &input.auto_scaling_group_name;
                self.configuration_like(cx, origin, name, instance)?;
                Ok(LaunchSource::Configuration(name.clone()))
            }
            _ => Err(invalid(
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
            )),
        }
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if name.contains(['/', '\\', ':']) {
        return Err(invalid(format!(
            "Invalid AutoScalingGroup name: {name}. A name must not contain /, \\ or :."
        )));
    }
    Ok(())
}

fn settings(
    directory: &Directory,
    origin: &Origin,
    input: &CreateAutoScalingGroupInput,
    launch: LaunchSource,
) -> Result<Settings, ApiError> {
    let (min, max) = (capacity("MinSize", input.min_size)?, capacity("MaxSize", input.max_size)?);
    check_bounds(min, max)?;
    let desired = input.desired_capacity.map(|it| capacity("DesiredCapacity", it)).transpose()?;
    let desired = desired.unwrap_or(min);
    check_desired(min, max, desired)?;
    let places = places(
        directory,
        origin,
        input.availability_zones.as_deref(),
        input.vpc_zone_identifier.as_deref(),
    )?;
    let (zones, subnets) = places
        .ok_or_else(|| invalid("At least one Availability Zone or VPC Subnet is required."))?;
    let default_role = format!(
        "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        origin.account
    );
    let settings = Settings {
        launch,
        min,
        max,
        desired,
        zones,
        subnets,
        cooldown_s: seconds("DefaultCooldown", input.default_cooldown, 0..=u64::MAX)?
            .unwrap_or(COOLDOWN_S_DEFAULT),
        health_check_type: health_check_type(input.health_check_type.as_deref())?
            .unwrap_or_else(|| "EC2".to_owned()),
        // By API, CLI and CloudFormation; the console says 300.
        grace_s: seconds("HealthCheckGracePeriod", input.health_check_grace_period, 0..=u64::MAX)?
            .unwrap_or(0),
        termination_policies: termination_policies(input.termination_policies.as_ref())?
            .unwrap_or_else(|| vec!["Default".to_owned()]),
        protects_new: input.new_instances_protected_from_scale_in.unwrap_or(false),
        lifetime_s: lifetime(input.max_instance_lifetime)?,
        warmup_s: warmup(input.default_instance_warmup)?,
        capacity_rebalance: input.capacity_rebalance,
        placement_group: input.placement_group.clone(),
        context: input.context.clone(),
        service_linked_role: input.service_linked_role_arn.clone().unwrap_or(default_role),
        maintenance: input.instance_maintenance_policy.clone(),
        distribution: distribution(input.availability_zone_distribution.as_ref())?,
        deletion_protection: input.deletion_protection.clone(),
        desired_capacity_type: desired_capacity_type(input.desired_capacity_type.as_ref())?,
    };
    Ok(settings)
}

pub(super) fn capacity(parameter: &str, asked: i64) -> Result<u32, ApiError> {
    let count = u32::try_from(asked)
        .map_err(|_| invalid(format!("{parameter} must be greater than or equal to 0.")))?;
    if count > CAPACITY_MAX {
        return Err(LIMIT_EXCEEDED
            .says(format!("{parameter} must not be greater than {CAPACITY_MAX} in Cloudless.")));
    }
    Ok(count)
}

pub(super) fn check_bounds(min: u32, max: u32) -> Result<(), ApiError> {
    if min > max {
        return Err(invalid(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    Ok(())
}

pub(super) fn check_desired(min: u32, max: u32, desired: u32) -> Result<(), ApiError> {
    if !(min..=max).contains(&desired) {
        return Err(invalid(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}

/// Zones, and subnets.
pub(super) type Places = (Vec<String>, Vec<String>);

/// Zones and subnets as a request names them; nothing where it names none.
pub(super) fn places(
    directory: &Directory,
    origin: &Origin,
    zones: Option<&[String]>,
    subnets: Option<&str>,
) -> Result<Option<Places>, ApiError> {
    let subnets: Vec<String> = subnets
        .unwrap_or_default()
        .split(',')
        .map(|subnet| subnet.trim().to_owned())
        .filter(|subnet| !subnet.is_empty())
        .collect();
    let mut of_subnets = BTreeSet::new();
    for id in &subnets {
        let found = directory.subnets.get(id).filter(|subnet| {
            (&subnet.home.account, &subnet.home.region) == (&origin.account, &origin.region)
        });
        let Some(subnet) = found else {
            return Err(invalid(format!("The subnet ID '{id}' does not exist")));
        };
        of_subnets.insert(subnet.zone.clone());
    }
    let named: BTreeSet<String> = zones.into_iter().flatten().cloned().collect();
    for zone in &named {
        let letter = zone.strip_prefix(origin.region.as_str());
        if !letter.is_some_and(|it| it.len() == 1 && it.bytes().all(|it| it.is_ascii_lowercase())) {
            return Err(invalid(format!(
                "You must use a valid fully-formed launch template. Invalid availability zone: [{zone}]"
            )));
        }
    }
    if !subnets.is_empty() && !named.is_empty() && named != of_subnets {
        return Err(invalid(
            "The availability zones of the specified subnets and the Auto Scaling group do not match",
        ));
    }
    let all = if subnets.is_empty() { named } else { of_subnets };
    Ok((!all.is_empty()).then(|| (all.into_iter().collect(), subnets)))
}

pub(super) fn seconds(
    parameter: &str,
    asked: Option<i64>,
    within: std::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, ApiError> {
    let Some(asked) = asked else { return Ok(None) };
    let seconds = u64::try_from(asked).ok().filter(|asked| within.contains(asked));
    let text = match *within.end() {
        u64::MAX => format!("{parameter} must be greater than or equal to {}.", within.start()),
        end => format!("{parameter} must be between {} and {end}.", within.start()),
    };
    seconds.map(Some).ok_or_else(|| invalid(text))
}

/// -1 is none.
pub(super) fn warmup(asked: Option<i64>) -> Result<Option<u64>, ApiError> {
    match asked {
        Some(-1) => Ok(None),
        other => seconds("DefaultInstanceWarmup", other, 0..=WARMUP_S_MAX),
    }
}

/// 0 is none.
pub(super) fn lifetime(asked: Option<i64>) -> Result<Option<u64>, ApiError> {
    match asked {
        Some(0) => Ok(None),
        other => seconds("MaxInstanceLifetime", other, LIFETIME_S_MIN..=LIFETIME_S_MAX).map_err(|_| {
            invalid(format!(
                "maxInstanceLifetime must be between {LIFETIME_S_MIN} and {LIFETIME_S_MAX} seconds (inclusive)."
            ))
        }),
    }
}

pub(super) fn health_check_type(asked: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(asked) = asked else { return Ok(None) };
    for kind in asked.split(',').map(str::trim) {
        match kind {
            "EC2" | "ELB" => {}
            "EBS" | "VPC_LATTICE" => {
                return Err(kernel::error::NOT_IMPLEMENTED
                    .says(format!("The HealthCheckType {kind} is not implemented by Cloudless.")));
            }
            _ => {
                return Err(invalid(format!(
                    "Invalid health check type: {kind}. Valid health check types are [EC2, ELB, EBS, VPC_LATTICE]"
                )));
            }
        }
    }
    if asked.contains(',') && asked.split(',').any(|kind| kind.trim() == "EC2") {
        return Err(invalid(
            "Specifying EC2 in addition to other health check types is not supported. Remove EC2 from HealthCheckType and try again.",
        ));
    }
    Ok(Some(asked.to_owned()))
}

pub(super) fn termination_policies(
    asked: Option<&Vec<String>>,
) -> Result<Option<Vec<String>>, ApiError> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(None) };
    for policy in asked {
        if policy.starts_with("arn:") {
            return Err(kernel::error::NOT_IMPLEMENTED.says(
                "A Lambda function as a termination policy is not implemented by Cloudless.",
            ));
        }
        if !TERMINATION_POLICIES.contains(&&**policy) {
            return Err(invalid(format!(
                "[{policy}] is not a valid termination policy. Valid termination policies are: [AllocationStrategy, ClosestToNextInstanceHour, Default, Lambda, NewestInstance, OldestInstance, OldestLaunchConfiguration, OldestLaunchTemplate]."
            )));
        }
    }
    Ok(Some(asked.clone()))
}

pub(super) fn distribution(
    asked: Option<&AvailabilityZoneDistribution>,
) -> Result<Option<String>, ApiError> {
    let asked = asked.and_then(|it| it.capacity_distribution_strategy.clone());
    match asked.as_deref() {
        None | Some("balanced-only" | "balanced-best-effort") => Ok(asked),
        Some(other) => Err(invalid(format!("Invalid capacity distribution strategy: {other}"))),
    }
}

pub(super) fn desired_capacity_type(asked: Option<&String>) -> Result<Option<String>, ApiError> {
    match asked.map(String::as_str) {
        None | Some("units") => Ok(asked.cloned()),
        Some(other) => Err(kernel::error::NOT_IMPLEMENTED
            .says(format!("The DesiredCapacityType {other} is not implemented by Cloudless."))),
    }
}

/// Input of `CreateAutoScalingGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateAutoScalingGroupInput {
    /// Its name.
    pub auto_scaling_group_name: String,
    /// By this launch configuration.
    pub launch_configuration_name: Option<String>,
    /// By this launch template.
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// By this launch template with overrides.
    pub mixed_instances_policy: Option<MixedInstancesPolicy>,
    /// Like this instance.
    pub instance_id: Option<String>,
    /// The least that it may have.
    pub min_size: i64,
    /// The most that it may have.
    pub max_size: i64,
    /// How many it shall have: the least, unless told.
    pub desired_capacity: Option<i64>,
    /// How long it waits after an activity of a simple policy, in seconds.
    pub default_cooldown: Option<i64>,
    /// Its zones.
    pub availability_zones: Option<Vec<String>>,
    /// Classic load balancers: refused.
    pub load_balancer_names: Option<Vec<String>>,
    /// Target groups in which its instances are.
    #[serde(rename = "TargetGroupARNs")]
    pub target_group_arns: Option<Vec<String>>,
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
    /// Kept.
    pub capacity_rebalance: Option<bool>,
    /// Its hooks.
    #[serde(default)]
    pub lifecycle_hook_specification_list: Vec<PutLifecycleHookInput>,
    /// It cannot be deleted.
    pub deletion_protection: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<TagInput>,
    /// The role that acts for it.
    #[serde(rename = "ServiceLinkedRoleARN")]
    pub service_linked_role_arn: Option<String>,
    /// How old an instance may be, in seconds.
    pub max_instance_lifetime: Option<i64>,
    /// Kept.
    pub context: Option<String>,
    /// `units`
    pub desired_capacity_type: Option<String>,
    /// How long an instance warms up, in seconds.
    pub default_instance_warmup: Option<i64>,
    /// Target groups in which its instances are.
    #[serde(default)]
    pub traffic_sources: Vec<TrafficSource>,
    /// Kept.
    pub instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    /// Whether it stays in balance where a zone has no room.
    pub availability_zone_distribution: Option<AvailabilityZoneDistribution>,
}
