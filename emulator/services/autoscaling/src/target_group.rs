//! Target groups in which a group's instances are.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-load-balancer.html>

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use serde::{Deserialize, Serialize};

use crate::error::{LIMIT_EXCEEDED, invalid, too_many};
use crate::limits::{TARGET_GROUPS_A_CALL_MAX, TARGET_GROUPS_MAX};
use crate::page::{self, PageSize};
use crate::process::ADD_TO_LOAD_BALANCER;
use crate::record::Lifecycle;
use crate::shape::Empty;
use crate::state::Group;
use crate::work::Work;
use crate::{AutoScaling, Cx};

/// Target groups that are there.
pub(crate) fn checked(
    directory: &Directory,
    origin: &Origin,
    arns: Vec<String>,
) -> Result<BTreeSet<String>, ApiError> {
    for arn in &arns {
        let found = directory
            .target_groups
            .get(arn)
            .filter(|it| (&it.home.account, &it.home.region) == (&origin.account, &origin.region));
        let Some(found) = found else {
            return Err(invalid(
                "Provided Target Groups may not be valid. Please ensure they exist and try again.",
            ));
        };
        if !found.takes_instances {
            return Err(invalid(format!(
                "Provided Target Groups must have target type instance: {arn}"
            )));
        }
    }
    Ok(arns.into_iter().collect())
}

/// The same, as traffic sources.
pub(crate) fn of_sources(
    directory: &Directory,
    origin: &Origin,
    sources: &[TrafficSource],
) -> Result<BTreeSet<String>, ApiError> {
    for source in sources {
        let kind = source.r#type.as_deref().unwrap_or("elbv2");
        if kind != "elbv2" {
            return Err(NOT_IMPLEMENTED
                .says(format!("The traffic source type {kind} is not implemented by Cloudless.")));
        }
    }
    checked(directory, origin, sources.iter().map(|source| source.identifier.clone()).collect())
}

impl Work<'_, '_> {
    /// Its instances are in these target groups, too.
    fn attach(&mut self, arns: BTreeSet<String>) -> Result<Empty, ApiError> {
        let all: BTreeSet<String> = self.group.target_groups.union(&arns).cloned().collect();
        if all.len() > TARGET_GROUPS_MAX {
            return Err(LIMIT_EXCEEDED.says(format!(
                "The number of target groups exceeds the maximum of {TARGET_GROUPS_MAX}."
            )));
        }
        self.group.target_groups = all;
        if self.group.is_suspended(ADD_TO_LOAD_BALANCER) {
            return Ok(Empty {});
        }
        let working: Vec<u64> = self
            .group
            .members
            .values()
            .filter(|member| member.lifecycle == Lifecycle::InService)
            .map(|member| member.number)
            .collect();
        working.into_iter().for_each(|number| self.register(number));
        Ok(Empty {})
    }

    /// Its instances are in these target groups no more.
    fn detach(&mut self, arns: &[String]) -> Result<Empty, ApiError> {
        if let Some(unknown) = arns.iter().find(|arn| !self.group.target_groups.contains(*arn)) {
            return Err(invalid(format!(
                "Trying to remove Target Groups that are not part of the group: {unknown}"
            )));
        }
        for arn in arns {
            self.group.target_groups.remove(arn);
            let numbers: Vec<u64> = self.group.members.keys().copied().collect();
            for number in numbers {
                self.deregister_from(number, arn);
            }
        }
        Ok(Empty {})
    }
}

impl AutoScaling {
    pub(crate) fn attach_target_groups(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: TargetGroupsInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        few(&input.target_group_arns)?;
        let arns = checked(cx.directory, origin, input.target_group_arns)?;
        self.change(cx, &key, |work| work.attach(arns))
    }

    pub(crate) fn detach_target_groups(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TargetGroupsInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        few(&input.target_group_arns)?;
        self.change(cx, &key, |work| work.detach(&input.target_group_arns))
    }

    pub(crate) fn attach_traffic_sources(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TrafficSourcesInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        few(&input.traffic_sources)?;
        let arns = of_sources(cx.directory, origin, &input.traffic_sources)?;
        self.change(cx, &key, |work| work.attach(arns))
    }

    pub(crate) fn detach_traffic_sources(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TrafficSourcesInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        few(&input.traffic_sources)?;
        let arns: Vec<String> =
            input.traffic_sources.iter().map(|source| source.identifier.clone()).collect();
        self.change(cx, &key, |work| work.detach(&arns))
    }

    pub(crate) fn describe_target_groups(
        &self,
        origin: &Origin,
        input: &DescribeTargetGroupsInput,
    ) -> Result<DescribeTargetGroupsOutput, ApiError> {
        let group = &self.groups[&self.key_of(origin, &input.auto_scaling_group_name)?];
        let asked = (input.next_token.as_deref(), input.max_records);
        let page =
            page::of(group.target_groups.iter(), asked, PageSize::LONG, |arn| (*arn).clone())?;
        let states = page.items.into_iter().map(|arn| LoadBalancerTargetGroupState {
            load_balancer_target_group_arn: arn.clone(),
            state: group.traffic_state(arn),
        });
        Ok(DescribeTargetGroupsOutput {
            load_balancer_target_groups: states.collect(),
            next_token: page.next_token,
        })
    }

    pub(crate) fn describe_traffic_sources(
        &self,
        origin: &Origin,
        input: &DescribeTrafficSourcesInput,
    ) -> Result<DescribeTrafficSourcesOutput, ApiError> {
        let group = &self.groups[&self.key_of(origin, &input.auto_scaling_group_name)?];
        let is_wanted = input.traffic_source_type.as_deref().is_none_or(|kind| kind == "elbv2");
        let found = group.target_groups.iter().filter(|_| is_wanted);
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::USUAL, |arn| (*arn).clone())?;
        let states = page.items.into_iter().map(|arn| TrafficSourceState {
            traffic_source: arn.clone(),
            state: group.traffic_state(arn),
            identifier: arn.clone(),
            r#type: "elbv2",
        });
        Ok(DescribeTrafficSourcesOutput {
            traffic_sources: states.collect(),
            next_token: page.next_token,
        })
    }
}

fn few<T>(named: &[T]) -> Result<(), ApiError> {
    if named.len() > TARGET_GROUPS_A_CALL_MAX {
        return Err(too_many("target groups", TARGET_GROUPS_A_CALL_MAX));
    }
    Ok(())
}

impl Group {
    /// `InService` once an instance has passed health checks that count.
    fn traffic_state(&self, arn: &str) -> &'static str {
        let mut registered =
            self.members.values().filter(|member| member.registered.contains(arn)).peekable();
        if registered.peek().is_none() {
            return "Added";
        }
        let is_healthy = registered.any(|member| !member.unhealthy_in.contains(arn));
        if self.has_elb_checks() && is_healthy { "InService" } else { "Added" }
    }
}

/// A source of traffic.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrafficSource {
    /// The ARN of a target group.
    pub identifier: String,
    /// `elbv2`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
}

/// Input of `AttachLoadBalancerTargetGroups` and `DetachLoadBalancerTargetGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetGroupsInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The target groups.
    #[serde(rename = "TargetGroupARNs", default)]
    pub target_group_arns: Vec<String>,
}

/// Input of `AttachTrafficSources` and `DetachTrafficSources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrafficSourcesInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The sources.
    #[serde(default)]
    pub traffic_sources: Vec<TrafficSource>,
}

/// Input of `DescribeLoadBalancerTargetGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTargetGroupsInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Target groups of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeLoadBalancerTargetGroups`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTargetGroupsOutput {
    load_balancer_target_groups: Vec<LoadBalancerTargetGroupState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A target group of a group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerTargetGroupState {
    #[serde(rename = "LoadBalancerTargetGroupARN")]
    load_balancer_target_group_arn: String,
    state: &'static str,
}

/// Input of `DescribeTrafficSources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTrafficSourcesInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// `elbv2`
    pub traffic_source_type: Option<String>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Sources of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeTrafficSources`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTrafficSourcesOutput {
    traffic_sources: Vec<TrafficSourceState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A source of a group's traffic.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrafficSourceState {
    traffic_source: String,
    state: &'static str,
    identifier: String,
    r#type: &'static str,
}
