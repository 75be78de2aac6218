//! `ModifyTargetGroup`, and what a health check may be.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html>

use std::ops::RangeInclusive;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::number;
use serde::Deserialize;

use super::describe::{Matcher, TargetGroupsOutput};
use super::{TargetGroup, TargetType};
use crate::error::wrong;
use crate::health::{self, HealthCheck};
use crate::{Cx, Elb};

/// Input of `ModifyTargetGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyTargetGroupInput {
    /// Which.
    pub target_group_arn: String,
    /// How its targets are asked.
    pub health_check_protocol: Option<String>,
    /// `traffic-port`, or a number.
    pub health_check_port: Option<String>,
    /// For what.
    pub health_check_path: Option<String>,
    /// Whether they are asked.
    pub health_check_enabled: Option<bool>,
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
}

/// What of a health check is to be otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changes<'a> {
    pub(super) protocol: Option<&'a str>,
    pub(super) port: Option<&'a str>,
    pub(super) is_enabled: Option<bool>,
    pub(super) path: Option<&'a str>,
    pub(super) interval_s: Option<u32>,
    pub(super) timeout_s: Option<u32>,
    pub(super) healthy_count: Option<u32>,
    pub(super) unhealthy_count: Option<u32>,
    pub(super) matcher: Option<&'a Matcher>,
}

impl Changes<'_> {
    /// Lays them over a health check of a group, if it may be so then.
    pub(super) fn apply(
        &self,
        check: &mut HealthCheck,
        group: &TargetGroup,
    ) -> Result<(), ApiError> {
        self.apply_place(check, group)?;
        self.apply_path(check)?;
        if let Some(matcher) = self.matcher {
            check.matcher = Some(read_matcher(matcher, check, group)?);
        }
        if let Some(is_enabled) = self.is_enabled {
            if !is_enabled && group.target_type != TargetType::Lambda {
                return wrong(format!(
                    "Health check enabled must be true for target groups with target type '{}'",
                    group.target_type.as_str()
                ));
            }
            check.is_enabled = is_enabled;
        }
        check.healthy_count = self.healthy_count.unwrap_or(check.healthy_count);
        check.unhealthy_count = self.unhealthy_count.unwrap_or(check.unhealthy_count);
        self.apply_times(check, group)
    }

    fn apply_place(&self, check: &mut HealthCheck, group: &TargetGroup) -> Result<(), ApiError> {
        let is_lambda = group.target_type == TargetType::Lambda;
        if let Some(protocol) = self.protocol {
            if is_lambda {
                return wrong(
                    "Health check protocol cannot be specified for target groups with target type 'lambda'",
                );
            }
            let fits = match group.is_of_http() {
                true => ["HTTP", "HTTPS"].contains(&protocol),
                false => ["HTTP", "HTTPS", "TCP"].contains(&protocol),
            };
            if !fits {
                let one_of = if group.is_of_http() { "HTTP, HTTPS" } else { "HTTP, HTTPS, TCP" };
                return wrong(format!(
                    "Health check protocol '{protocol}' must be one of '{one_of}'"
                ));
            }
            check.protocol = Some(protocol.to_owned());
        }
        if let Some(port) = self.port {
            if is_lambda {
                return wrong(
                    "Health check port cannot be specified for target groups with target type 'lambda'",
                );
            }
            let is_port = number::decimal(port).is_some_and(|it| (1..=65_535).contains(&it));
            if port != "traffic-port" && (port.is_empty() || !is_port) {
                return wrong(format!(
                    "Health check port '{port}' must be within '1-65535' or 'traffic-port'"
                ));
            }
            check.port = Some(port.to_owned());
        }
        Ok(())
    }

    fn apply_path(&self, check: &mut HealthCheck) -> Result<(), ApiError> {
        let Some(path) = self.path else { return Ok(()) };
        if check.protocol.as_deref() == Some("TCP") {
            return wrong("Health check paths are not supported for TCP health checks");
        }
        if !path.starts_with('/') {
            return wrong(format!("Health check path '{path}' must begin with a '/' character"));
        }
        check.path = Some(path.to_owned());
        Ok(())
    }

    /// Where only one of interval and timeout is given, the other gives way.
    fn apply_times(&self, check: &mut HealthCheck, group: &TargetGroup) -> Result<(), ApiError> {
        check.interval_s = self.interval_s.unwrap_or(check.interval_s);
        check.timeout_s = self.timeout_s.unwrap_or(check.timeout_s);
        let are_both_given = self.interval_s.is_some() && self.timeout_s.is_some();
        let must_be_smaller = group.is_of_http() && are_both_given;
        let fits = match must_be_smaller {
            true => check.timeout_s < check.interval_s,
            false => check.timeout_s <= check.interval_s,
        };
        if !fits {
            let than = match group.is_of_http() {
                true => "smaller than",
                false => "smaller than or equal to",
            };
            return wrong(format!(
                "Health check timeout '{}' must be {than} the interval '{}'",
                check.timeout_s, check.interval_s
            ));
        }
        Ok(())
    }
}

fn read_matcher(
    matcher: &Matcher,
    check: &HealthCheck,
    group: &TargetGroup,
) -> Result<health::Matcher, ApiError> {
    let is_grpc = group.version.as_deref() == Some("GRPC");
    if matcher.http_code.is_some() && matcher.grpc_code.is_some() {
        return wrong("Only one of the matchers HttpCode and GrpcCode can be specified");
    }
    let (codes, what, most) = match is_grpc {
        true => (&matcher.grpc_code, "GRPC", 99),
        false if group.is_of_http() => (&matcher.http_code, "HTTP", 499),
        false => (&matcher.http_code, "HTTP", 599),
    };
    let within: RangeInclusive<u64> = if is_grpc { 0..=most } else { 200..=most };
    let Some(codes) = codes else {
        return wrong(format!("Health check matcher {what} code cannot be empty"));
    };
    if check.matcher.is_none() && check.protocol.as_deref() == Some("TCP") {
        return wrong("Health check matcher cannot be specified for health check protocol 'TCP'");
    }
    if health::Matcher::parse(codes, &within).is_none() {
        return wrong(format!(
            "Health check matcher {what} code '{codes}' must be within '{}-{}' inclusive",
            within.start(),
            within.end()
        ));
    }
    Ok(match is_grpc {
        true => health::Matcher::grpc(codes),
        false => health::Matcher::http(codes),
    })
}

impl Elb {
    pub(crate) fn modify_target_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyTargetGroupInput,
    ) -> Result<TargetGroupsOutput, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        let changes = Changes {
            protocol: input.health_check_protocol.as_deref(),
            port: input.health_check_port.as_deref(),
            is_enabled: input.health_check_enabled,
            path: input.health_check_path.as_deref(),
            interval_s: input.health_check_interval_seconds,
            timeout_s: input.health_check_timeout_seconds,
            healthy_count: input.healthy_threshold_count,
            unhealthy_count: input.unhealthy_threshold_count,
            matcher: input.matcher.as_ref(),
        };
        let mut check = group.check.clone();
        changes.apply(&mut check, group)?;
        let described = match self.groups.get_mut(&input.target_group_arn) {
            Some(group) => {
                group.check = check;
                let group = group.clone();
                self.described_group(&group)
            }
            None => return Err((&crate::error::TARGET_GROUP_NOT_FOUND).into()),
        };
        self.group_changed(cx, &input.target_group_arn);
        self.ask_anew(cx, &input.target_group_arn);
        Ok(TargetGroupsOutput { target_groups: vec![described] })
    }
}
