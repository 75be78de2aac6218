//! `DescribeAutoScalingGroups`, `DescribeAutoScalingInstances`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html>

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::matches_tags;
use crate::AutoScaling;
use crate::metrics::EnabledMetric;
use crate::page::{self, PageSize};
use crate::process::SuspendedProcess;
use crate::record::{LaunchSource, Member};
use crate::shape::{
    AvailabilityZoneDistribution, Filter, InstanceMaintenancePolicy, LaunchTemplateSpecification,
    MixedInstancesPolicy,
};
use crate::state::Group;
use crate::tag::TagDescription;
use crate::target_group::TrafficSource;

impl AutoScaling {
    pub(crate) fn describe_groups(
        &self,
        directory: &Directory,
        origin: &Origin,
        input: &DescribeAutoScalingGroupsInput,
    ) -> Result<DescribeAutoScalingGroupsOutput, ApiError> {
        let mut found = Vec::new();
        for group in self.groups_of(origin) {
            let is_named = input.auto_scaling_group_names.as_ref().is_none_or(|names| {
                names.is_empty() || names.iter().any(|it| **it == *group.key.name)
            });
            if is_named && matches_tags(&group.tags, &input.filters)? {
                found.push(group);
            }
        }
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found.into_iter(), asked, PageSize::USUAL, |group| {
            group.key.name.to_string()
        })?;
        let with_instances = input.include_instances.unwrap_or(true);
        Ok(DescribeAutoScalingGroupsOutput {
            auto_scaling_groups: page
                .items
                .into_iter()
                .map(|group| described(group, directory, with_instances))
                .collect(),
            next_token: page.next_token,
        })
    }

    pub(crate) fn describe_instances(
        &self,
        directory: &Directory,
        origin: &Origin,
        input: &DescribeAutoScalingInstancesInput,
    ) -> Result<DescribeAutoScalingInstancesOutput, ApiError> {
        let is_wanted = |id: &String| {
            input.instance_ids.as_ref().is_none_or(|ids| ids.is_empty() || ids.contains(id))
        };
        let all = self.groups_of(origin).flat_map(|group| {
            let members = group.members.values().filter(|member| is_wanted(&member.instance_id));
            members.map(move |member| (group, member))
        });
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(all, asked, PageSize::USUAL, |(_, member)| member.instance_id.clone())?;
        let items = page.items.into_iter().map(|(group, member)| AutoScalingInstanceDetails {
            auto_scaling_group_name: group.key.name.to_string(),
            instance: instance(member, directory, true),
        });
        Ok(DescribeAutoScalingInstancesOutput {
            auto_scaling_instances: items.collect(),
            next_token: page.next_token,
        })
    }
}

fn instance(member: &Member, directory: &Directory, is_loud: bool) -> Instance {
    let zone_id = member.subnet.as_ref().and_then(|subnet| directory.subnets.get(subnet));
    let is_healthy = member.ailment.is_none();
    Instance {
        instance_id: member.instance_id.clone(),
        instance_type: member.instance_type.clone(),
        availability_zone: member.zone.clone(),
        availability_zone_id: zone_id.map(|subnet| subnet.zone_id.clone()),
        lifecycle_state: member.lifecycle.as_str(),
        // The two answers spell it differently.
        health_status: match (is_healthy, is_loud) {
            (true, false) => "Healthy",
            (false, false) => "Unhealthy",
            (true, true) => "HEALTHY",
            (false, true) => "UNHEALTHY",
        },
        launch_configuration_name: member.configuration.clone(),
        launch_template: member.template.as_ref().map(crate::record::TemplateRef::told),
        image_id: member.image.clone(),
        protected_from_scale_in: member.is_protected,
    }
}

fn described(group: &Group, directory: &Directory, with_instances: bool) -> AutoScalingGroup {
    let settings = &group.settings;
    let (configuration, template, mixed) = match &settings.launch {
        LaunchSource::Configuration(name) => (Some(name.clone()), None, None),
        LaunchSource::Template(template) => (None, Some(template.told()), None),
        LaunchSource::Mixed(mixed) => (None, None, Some(told_mixed(mixed))),
    };
    let members = group.members.values().filter(|_| with_instances);
    AutoScalingGroup {
        auto_scaling_group_name: group.key.name.to_string(),
        auto_scaling_group_arn: group.arn(),
        launch_configuration_name: configuration,
        launch_template: template,
        mixed_instances_policy: mixed,
        min_size: settings.min,
        max_size: settings.max,
        desired_capacity: settings.desired,
        default_cooldown: settings.cooldown_s,
        availability_zones: settings.zones.clone(),
        load_balancer_names: Vec::new(),
        target_group_arns: group.target_groups.iter().cloned().collect(),
        health_check_type: settings.health_check_type.clone(),
        health_check_grace_period: settings.grace_s,
        instances: members.map(|member| instance(member, directory, false)).collect(),
        created_time: group.created.as_epoch_s(),
        suspended_processes: group
            .suspended
            .iter()
            .map(|(name, reason)| SuspendedProcess {
                process_name: name.clone(),
                suspension_reason: reason.clone(),
            })
            .collect(),
        placement_group: settings.placement_group.clone(),
        vpc_zone_identifier: settings.subnets.join(","),
        enabled_metrics: group
            .metrics
            .iter()
            .map(|metric| EnabledMetric { metric: metric.clone(), granularity: "1Minute" })
            .collect(),
        status: group.is_deleting.then_some("Delete in progress"),
        tags: crate::tag::described(group).collect(),
        termination_policies: settings.termination_policies.clone(),
        new_instances_protected_from_scale_in: settings.protects_new,
        service_linked_role_arn: settings.service_linked_role.clone(),
        max_instance_lifetime: settings.lifetime_s,
        capacity_rebalance: settings.capacity_rebalance,
        context: settings.context.clone(),
        desired_capacity_type: settings.desired_capacity_type.clone(),
        default_instance_warmup: settings.warmup_s,
        traffic_sources: group
            .target_groups
            .iter()
            .map(|arn| TrafficSource { identifier: arn.clone(), r#type: Some("elbv2".to_owned()) })
            .collect(),
        instance_maintenance_policy: settings.maintenance.clone(),
        deletion_protection: settings.deletion_protection.clone(),
        availability_zone_distribution: AvailabilityZoneDistribution {
            capacity_distribution_strategy: settings
                .distribution
                .clone()
                .or_else(|| Some("balanced-best-effort".to_owned())),
        },
    }
}

/// It as it is told: without overrides there is an empty list.
fn told_mixed(mixed: &MixedInstancesPolicy) -> serde_json::Value {
    let mut told = serde_json::to_value(mixed).unwrap_or_default();
    if let Some(template) = told.get_mut("LaunchTemplate").and_then(|it| it.as_object_mut()) {
        template.entry("Overrides").or_insert_with(|| serde_json::json!([]));
    }
    told
}

/// Input of `DescribeAutoScalingGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAutoScalingGroupsInput {
    /// These.
    pub auto_scaling_group_names: Option<Vec<String>>,
    /// With their instances: yes, unless told.
    pub include_instances: Option<bool>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Groups of a page.
    pub max_records: Option<i64>,
    /// With tags like this.
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// Output of `DescribeAutoScalingGroups`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutoScalingGroupsOutput {
    /// The groups.
    pub auto_scaling_groups: Vec<AutoScalingGroup>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A group as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutoScalingGroup {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN")]
    auto_scaling_group_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_configuration_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_template: Option<LaunchTemplateSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mixed_instances_policy: Option<serde_json::Value>,
    min_size: u32,
    max_size: u32,
    desired_capacity: u32,
    default_cooldown: u64,
    availability_zones: Vec<String>,
    load_balancer_names: Vec<String>,
    #[serde(rename = "TargetGroupARNs")]
    target_group_arns: Vec<String>,
    health_check_type: String,
    health_check_grace_period: u64,
    instances: Vec<Instance>,
    created_time: f64,
    suspended_processes: Vec<SuspendedProcess>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement_group: Option<String>,
    #[serde(rename = "VPCZoneIdentifier")]
    vpc_zone_identifier: String,
    enabled_metrics: Vec<EnabledMetric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    tags: Vec<TagDescription>,
    termination_policies: Vec<String>,
    new_instances_protected_from_scale_in: bool,
    #[serde(rename = "ServiceLinkedRoleARN")]
    service_linked_role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_instance_lifetime: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity_rebalance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    desired_capacity_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_instance_warmup: Option<u64>,
    traffic_sources: Vec<TrafficSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_protection: Option<String>,
    availability_zone_distribution: AvailabilityZoneDistribution,
}

/// An instance of a group as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Instance {
    instance_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_type: Option<String>,
    availability_zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_zone_id: Option<String>,
    lifecycle_state: &'static str,
    health_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_configuration_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_template: Option<LaunchTemplateSpecification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_id: Option<String>,
    protected_from_scale_in: bool,
}

/// Input of `DescribeAutoScalingInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAutoScalingInstancesInput {
    /// These.
    pub instance_ids: Option<Vec<String>>,
    /// Instances of a page.
    pub max_records: Option<i64>,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// Output of `DescribeAutoScalingInstances`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutoScalingInstancesOutput {
    /// The instances.
    pub auto_scaling_instances: Vec<AutoScalingInstanceDetails>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An instance as it is told beside its group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutoScalingInstanceDetails {
    auto_scaling_group_name: String,
    #[serde(flatten)]
    instance: Instance,
}
