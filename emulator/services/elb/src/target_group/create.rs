//! `CreateTargetGroup`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use serde::Deserialize;

use super::describe::{Matcher, TargetGroupsOutput};
use super::{TargetGroup, TargetType, modify, names};
use crate::error::{
    DUPLICATE_TARGET_GROUP, TOO_MANY_TARGET_GROUPS, VALIDATION, misconfigured, wrong,
};
use crate::health::{self, HealthCheck};
use crate::limits::TARGET_GROUPS_MAX;
use crate::tag::{self, Tag};
use crate::{Cx, Elb, arn};

/// Input of `CreateTargetGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateTargetGroupInput {
    /// Its name.
    pub name: String,
    /// How targets are spoken to.
    pub protocol: Option<String>,
    /// How HTTP is spoken.
    pub protocol_version: Option<String>,
    /// Where targets listen, unless they say otherwise.
    pub port: Option<u16>,
    /// In which network they are.
    pub vpc_id: Option<String>,
    /// How they are asked.
    pub health_check_protocol: Option<String>,
    /// `traffic-port`, or a number.
    pub health_check_port: Option<String>,
    /// Whether they are asked.
    pub health_check_enabled: Option<bool>,
    /// For what.
    pub health_check_path: Option<String>,
    /// How often, in seconds.
    pub health_check_interval_seconds: Option<u32>,
    /// How long an answer may take, in seconds.
    pub health_check_timeout_seconds: Option<u32>,
    /// How many successes make one healthy.
    pub healthy_threshold_count: Option<u32>,
    /// How many failures make one unhealthy.
    pub unhealthy_threshold_count: Option<u32>,
    /// Which answers are good ones.
    pub matcher: Option<Matcher>,
    /// What targets are.
    pub target_type: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
    /// Addresses of which kind.
    pub ip_address_type: Option<String>,
}

impl CreateTargetGroupInput {
    fn target_type(&self) -> Result<TargetType, ApiError> {
        let text = self.target_type.as_deref().unwrap_or("instance");
        TargetType::parse(text).ok_or_else(|| {
            NOT_IMPLEMENTED
                .says(format!("The target type '{text}' is not implemented by Cloudless."))
        })
    }

    /// What a group of functions cannot have, and others must.
    fn check_place(&self, target_type: TargetType) -> Result<(), ApiError> {
        let given = [
            ("Protocol", "protocol", self.protocol.is_some()),
            ("Port", "port", self.port.is_some()),
            ("VPC ID", "VPC ID", self.vpc_id.is_some()),
        ];
        for (name, written, is_given) in given {
            if target_type == TargetType::Lambda && is_given {
                return wrong(format!(
                    "{name} cannot be specified for target groups with target type 'lambda'"
                ));
            }
            if target_type != TargetType::Lambda && !is_given {
                return wrong(format!("A {written} must be specified"));
            }
        }
        let protocol = self.protocol.as_deref();
        if protocol.is_some_and(|it| ["QUIC", "TCP_QUIC"].contains(&it)) {
            return Err(NOT_IMPLEMENTED.says(format!(
                "The protocol '{}' is not implemented by Cloudless.",
                protocol.unwrap_or_default()
            )));
        }
        let is_http = protocol.is_some_and(|it| ["HTTP", "HTTPS"].contains(&it));
        if let Some(version) = self.protocol_version.as_deref() {
            if !["HTTP1", "HTTP2", "GRPC"].contains(&version) {
                return wrong(format!(
                    "Target group protocol version '{version}' must be one of '[HTTP2, HTTP1, GRPC]'"
                ));
            }
            if !is_http {
                return misconfigured(format!(
                    "You cannot specify the protocol version for a target group with the '{}' protocol",
                    protocol.unwrap_or("null")
                ));
            }
        }
        if protocol == Some("GENEVE") && self.port != Some(6081) {
            return wrong("Port must be '6081' for target groups with protocol 'GENEVE'");
        }
        Ok(())
    }

    /// How its targets are asked, before anything of it is set: AWS's defaults by type and protocol.
    fn default_check(&self, target_type: TargetType) -> HealthCheck {
        let protocol = self.protocol.as_deref();
        let is_http = protocol.is_some_and(|it| ["HTTP", "HTTPS"].contains(&it));
        let is_grpc = self.protocol_version.as_deref() == Some("GRPC");
        let asks = self.health_check_protocol.as_deref();
        let asks = asks.unwrap_or(if is_http { "HTTP" } else { "TCP" });
        let asks_http = ["HTTP", "HTTPS"].contains(&asks);
        let is_lambda = target_type == TargetType::Lambda;
        let is_geneve = protocol == Some("GENEVE");
        let matcher = match (is_lambda || is_http, asks_http) {
            _ if is_grpc => Some(health::Matcher::grpc("12")),
            (true, _) => Some(health::Matcher::http("200")),
            (false, true) => Some(health::Matcher::http("200-399")),
            (false, false) => None,
        };
        let path = match is_grpc {
            true => "/AWS.ALB/healthcheck",
            false => "/",
        };
        let (interval_s, timeout_s) = match (is_lambda, is_http, is_geneve) {
            (true, ..) => (35, 30),
            (_, true, _) => (30, 5),
            (_, _, true) => (10, 5),
            _ if asks_http => (30, 6),
            _ => (30, 10),
        };
        let port = if is_geneve { "80" } else { "traffic-port" };
        HealthCheck {
            is_enabled: !is_lambda,
            protocol: (!is_lambda).then(|| asks.to_owned()),
            port: (!is_lambda).then(|| port.to_owned()),
            path: matcher.is_some().then(|| path.to_owned()),
            interval_s,
            timeout_s,
            healthy_count: 5,
            unhealthy_count: 2,
            matcher,
        }
    }

    fn changes(&self) -> modify::Changes<'_> {
        modify::Changes {
            protocol: self.health_check_protocol.as_deref(),
            port: self.health_check_port.as_deref(),
            is_enabled: self.health_check_enabled,
            path: self.health_check_path.as_deref(),
            interval_s: self.health_check_interval_seconds,
            timeout_s: self.health_check_timeout_seconds,
            healthy_count: self.healthy_threshold_count,
            unhealthy_count: self.unhealthy_threshold_count,
            matcher: self.matcher.as_ref(),
        }
    }
}

impl Elb {
    pub(crate) fn create_target_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: CreateTargetGroupInput,
    ) -> Result<TargetGroupsOutput, ApiError> {
        let tags = tag::checked(&input.tags.take().unwrap_or_default())?;
        names::check(&input.name)?;
        let target_type = input.target_type()?;
        input.check_place(target_type)?;
        if let Some(vpc) = &input.vpc_id
            && !cx.directory.vpcs.get(vpc).is_some_and(|it| {
                it.home.account == origin.account && it.home.region == origin.region
            })
        {
            return Err(VALIDATION.says(format!("The VPC ID '{vpc}' is not found")));
        }
        let mut check = input.default_check(target_type);
        let group = TargetGroup {
            arn: String::new(),
            name: input.name.clone(),
            account: origin.account.clone(),
            region: origin.region.clone(),
            target_type,
            protocol: input.protocol.clone(),
            version: input.version(),
            port: input.port,
            vpc: input.vpc_id.clone(),
            ip_address_type: input.address_type(target_type)?,
            check: check.clone(),
            attributes: BTreeMap::new(),
            tags,
            targets: BTreeMap::new(),
        };
        input.changes().apply(&mut check, &group)?;
        self.add_target_group(cx, origin, TargetGroup { check, ..group })
    }

    fn add_target_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut group: TargetGroup,
    ) -> Result<TargetGroupsOutput, ApiError> {
        let prefix = arn::prefix(origin, "targetgroup");
        let own =
            || self.groups.range(prefix.clone()..).take_while(|(it, _)| it.starts_with(&prefix));
        if let Some((there, same_name)) = own().find(|(_, it)| it.name == group.name) {
            // To make the same once more changes nothing.
            let same = TargetGroup {
                arn: there.clone(),
                attributes: same_name.attributes.clone(),
                targets: same_name.targets.clone(),
                ..group.clone()
            };
            return match same == *same_name {
                true => {
                    Ok(TargetGroupsOutput { target_groups: vec![self.described_group(same_name)] })
                }
                false => Err(DUPLICATE_TARGET_GROUP.says(format!(
                    "A target group with the same name '{}' exists, but with different settings",
                    group.name
                ))),
            };
        }
        if own().count() >= TARGET_GROUPS_MAX {
            return Err(TOO_MANY_TARGET_GROUPS.says(format!(
                "The maximum number of target groups has been reached: '{TARGET_GROUPS_MAX}'"
            )));
        }
        group.arn = format!("{prefix}{}/{:016x}", group.name, cx.ids.next_u64());
        let mut described = self.described_group(&group);
        described.load_balancer_arns = None;
        let arn = group.arn.clone();
        self.groups.insert(arn.clone(), group);
        self.group_changed(cx, &arn);
        Ok(TargetGroupsOutput { target_groups: vec![described] })
    }
}

impl CreateTargetGroupInput {
    fn version(&self) -> Option<String> {
        let is_http = self.protocol.as_deref().is_some_and(|it| ["HTTP", "HTTPS"].contains(&it));
        is_http.then(|| self.protocol_version.clone().unwrap_or_else(|| "HTTP1".to_owned()))
    }

    fn address_type(&self, target_type: TargetType) -> Result<Option<String>, ApiError> {
        match (&self.ip_address_type, target_type) {
            (Some(it), TargetType::Lambda) if it == "ipv6" => {
                wrong("Target type 'lambda' is not supported with an IPv6 target group")
            }
            (_, TargetType::Lambda) => Ok(None),
            _ if self.protocol.as_deref() == Some("GENEVE") => Ok(None),
            (given, _) => Ok(Some(given.clone().unwrap_or_else(|| "ipv4".to_owned()))),
        }
    }
}
