//! `DescribeTargetGroups`, and a target group as it is said.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::{TargetGroup, TargetType};
use crate::error::{TARGET_GROUP_NOT_FOUND, no_arn, no_load_balancer, wrong};
use crate::page::{self, Asked};
use crate::{Elb, arn};

/// Which answers are good ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Matcher {
    /// `200-299,301`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_code: Option<String>,
    /// `0,12`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc_code: Option<String>,
}

/// A target group, as it is said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupDescription {
    /// Its ARN.
    pub target_group_arn: String,
    /// Its name.
    pub target_group_name: String,
    /// How targets are spoken to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Where they listen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// In which network they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// How they are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_protocol: Option<String>,
    /// At which port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_port: Option<String>,
    /// Whether they are asked.
    pub health_check_enabled: bool,
    /// How often, in seconds.
    pub health_check_interval_seconds: u32,
    /// How long an answer may take, in seconds.
    pub health_check_timeout_seconds: u32,
    /// How many successes make one healthy.
    pub healthy_threshold_count: u32,
    /// How many failures make one unhealthy.
    pub unhealthy_threshold_count: u32,
    /// For what they are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_path: Option<String>,
    /// Which answers are good ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matcher: Option<Matcher>,
    /// Whose listeners forward to it; not told when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer_arns: Option<Vec<String>>,
    /// What targets are.
    pub target_type: &'static str,
    /// How HTTP is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// Addresses of which kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<String>,
}

/// Output of `CreateTargetGroup` and `ModifyTargetGroup`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupsOutput {
    /// The group.
    pub target_groups: Vec<TargetGroupDescription>,
}

/// Input of `DescribeTargetGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTargetGroupsInput {
    /// Those to which its listeners forward.
    pub load_balancer_arn: Option<String>,
    /// Those of these ARNs.
    pub target_group_arns: Option<Vec<String>>,
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeTargetGroups`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTargetGroupsOutput {
    /// The groups.
    pub target_groups: Vec<TargetGroupDescription>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

impl Elb {
    /// A target group of the caller's.
    pub(crate) fn own_group(&self, origin: &Origin, arn: &str) -> Result<&TargetGroup, ApiError> {
        if arn::Kind::of(arn) != Some(arn::Kind::TargetGroup) {
            return Err(no_arn(arn, "target group"));
        }
        let group = self.groups.get(arn);
        let own = group.filter(|it| it.account == origin.account && it.region == origin.region);
        own.ok_or_else(|| (&TARGET_GROUP_NOT_FOUND).into())
    }

    pub(crate) fn described_group(&self, group: &TargetGroup) -> TargetGroupDescription {
        let check = &group.check;
        let is_lambda = group.target_type == TargetType::Lambda;
        let matcher = check.matcher.as_ref().map(|matcher| match matcher.is_grpc {
            true => Matcher { grpc_code: Some(matcher.codes.clone()), http_code: None },
            false => Matcher { http_code: Some(matcher.codes.clone()), grpc_code: None },
        });
        let of_lambda = || is_lambda.then(|| "ipv4".to_owned());
        TargetGroupDescription {
            target_group_arn: group.arn.clone(),
            target_group_name: group.name.clone(),
            protocol: group.protocol.clone(),
            port: group.port.filter(|_| !is_lambda),
            vpc_id: group.vpc.clone(),
            health_check_protocol: check.protocol.clone(),
            health_check_port: check.port.clone(),
            health_check_enabled: check.is_enabled,
            health_check_interval_seconds: check.interval_s,
            health_check_timeout_seconds: check.timeout_s,
            healthy_threshold_count: check.healthy_count,
            unhealthy_threshold_count: check.unhealthy_count,
            health_check_path: check.path.clone(),
            matcher,
            load_balancer_arns: Some(self.balancers_of_group(&group.arn)),
            target_type: group.target_type.as_str(),
            protocol_version: group.version.clone(),
            ip_address_type: group.ip_address_type.clone().or_else(of_lambda),
        }
    }

    pub(crate) fn describe_target_groups(
        &self,
        origin: &Origin,
        input: &DescribeTargetGroupsInput,
    ) -> Result<DescribeTargetGroupsOutput, ApiError> {
        let arns = input.target_group_arns.as_deref().unwrap_or_default();
        let names = input.names.as_deref().unwrap_or_default();
        let asked = [input.load_balancer_arn.is_some(), !arns.is_empty(), !names.is_empty()];
        if asked.into_iter().filter(|it| *it).count() > 1 {
            return wrong(
                "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time",
            );
        }
        for arn in arns {
            self.own_group(origin, arn)?;
        }
        let prefix = arn::prefix(origin, "targetgroup");
        let own: Vec<&TargetGroup> = self
            .groups
            .range(prefix.clone()..)
            .take_while(|(it, _)| it.starts_with(&prefix))
            .map(|(_, group)| group)
            .collect();
        if names.iter().any(|name| !own.iter().any(|group| group.name == *name)) {
            return Err((&TARGET_GROUP_NOT_FOUND).into());
        }
        let used_by = input.load_balancer_arn.as_ref();
        if let Some(balancer) = used_by {
            self.own_balancer(origin, balancer).map_err(|_| no_load_balancer(balancer))?;
        }
        let is_asked = |group: &&&TargetGroup| {
            (arns.is_empty() || arns.contains(&group.arn))
                && (names.is_empty() || names.contains(&group.name))
                && used_by.is_none_or(|it| self.balancers_of_group(&group.arn).contains(it))
        };
        let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
        let groups = own.iter().filter(is_asked);
        let (groups, next_marker) = page::of(groups, asked, |group| group.arn.clone())?;
        let target_groups = groups.into_iter().map(|group| self.described_group(group)).collect();
        Ok(DescribeTargetGroupsOutput { target_groups, next_marker })
    }
}
