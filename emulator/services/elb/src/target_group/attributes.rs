//! Attributes of target groups.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-attributes>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::{TargetGroup, TargetType};
use crate::attribute::Values::{Boolean, Number, NumberOrOff, NumberOrZero, OneOf, Text};
use crate::attribute::{self, Attribute, Row, row};
use crate::error::{misconfigured, wrong};
use crate::limits::STICKINESS_S_MAX;
use crate::{Cx, Elb};

pub(crate) const STICKINESS: &str = "stickiness.enabled";
pub(crate) const STICKINESS_TYPE: &str = "stickiness.type";
pub(crate) const BALANCER_COOKIE_S: &str = "stickiness.lb_cookie.duration_seconds";
pub(crate) const APP_COOKIE: &str = "stickiness.app_cookie.cookie_name";
pub(crate) const APP_COOKIE_S: &str = "stickiness.app_cookie.duration_seconds";
pub(crate) const DELAY_S: &str = "deregistration_delay.timeout_seconds";
pub(crate) const SLOW_START_S: &str = "slow_start.duration_seconds";
pub(crate) const ALGORITHM: &str = "load_balancing.algorithm.type";
pub(crate) const ANOMALIES: &str = "load_balancing.algorithm.anomaly_mitigation";
pub(crate) const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
pub(crate) const MULTI_VALUE: &str = "lambda.multi_value_headers.enabled";
pub(crate) const MINIMUM: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
pub(crate) const MINIMUM_PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";

const COOKIE_S: attribute::Values = Number(1, STICKINESS_S_MAX as u64);
const DELAY: Row = row(DELAY_S, "300", Number(0, 3_600));
const CROSSES: Row = row(
    CROSS_ZONE,
    "use_load_balancer_configuration",
    OneOf(&["use_load_balancer_configuration", "true", "false"]),
);
const DNS_COUNT: Row = row(
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "1",
    NumberOrOff(1, 1_000),
);
const DNS_PERCENTAGE: Row = row(
    "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    "off",
    NumberOrOff(1, 100),
);
const ROUTING_COUNT: Row = row(MINIMUM, "1", Number(1, 1_000));
const ROUTING_PERCENTAGE: Row = row(MINIMUM_PERCENTAGE, "off", NumberOrOff(1, 100));

/// Of instances and addresses behind an application load balancer, in the order in which they are told.
const OF_HTTP: &[Row] = &[
    row(STICKINESS, "false", Boolean),
    DELAY,
    row(STICKINESS_TYPE, "lb_cookie", Text),
    row(BALANCER_COOKIE_S, "86400", COOKIE_S),
    row(APP_COOKIE, "", Text),
    row(APP_COOKIE_S, "86400", COOKIE_S),
    row(SLOW_START_S, "0", NumberOrZero(30, 900)),
    row(
        ALGORITHM,
        "round_robin",
        OneOf(&["round_robin", "weighted_random", "least_outstanding_requests"]),
    ),
    row(ANOMALIES, "off", OneOf(&["off", "on"])),
    CROSSES,
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

/// Of a function.
const OF_LAMBDA: &[Row] = &[
    row(MULTI_VALUE, "false", Boolean),
    CROSSES,
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

/// Of network load balancers. Nothing here has such a balancer: they are kept.
const OF_TCP: &[Row] = &[
    row(STICKINESS, "false", Boolean),
    DELAY,
    row(STICKINESS_TYPE, "source_ip", Text),
    row(APP_COOKIE, "", Text),
    row("deregistration_delay.connection_termination.enabled", "false", Boolean),
    row("preserve_client_ip.enabled", "true", Boolean),
    row("proxy_protocol_v2.enabled", "false", Boolean),
    row("target_health_state.unhealthy.connection_termination.enabled", "true", Boolean),
    row("target_health_state.unhealthy.draining_interval_seconds", "0", Number(0, 360_000)),
    CROSSES,
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

/// Of gateway load balancers: the same.
const OF_GENEVE: &[Row] = &[
    row(STICKINESS, "false", Boolean),
    DELAY,
    row(STICKINESS_TYPE, "source_ip_dest_ip_proto", Text),
    row("target_failover.on_deregistration", "no_rebalance", OneOf(&["rebalance", "no_rebalance"])),
    row("target_failover.on_unhealthy", "no_rebalance", OneOf(&["rebalance", "no_rebalance"])),
];

impl TargetGroup {
    /// The attributes that it has.
    pub(crate) fn table(&self) -> &'static [Row] {
        match (self.target_type, self.protocol.as_deref()) {
            (TargetType::Lambda, _) => OF_LAMBDA,
            (_, Some("GENEVE")) => OF_GENEVE,
            _ if self.is_of_http() => OF_HTTP,
            _ => OF_TCP,
        }
    }

    /// Whether others have such an attribute, and it does not. Of gateway load balancers all are unknown that they lack.
    fn lacks(&self, attribute: &Attribute) -> bool {
        let has = |table: &[Row]| table.iter().any(|row| Some(row.key) == attribute.key.as_deref());
        self.protocol.as_deref() != Some("GENEVE")
            && [OF_HTTP, OF_LAMBDA, OF_TCP].into_iter().any(has)
            && !has(self.table())
    }

    /// What one is.
    pub(crate) fn attribute(&self, key: &str) -> &str {
        attribute::value_of(self.table(), &self.attributes, key)
    }

    /// What one is, as a number.
    pub(crate) fn number(&self, key: &str) -> u32 {
        attribute::number_of(self.table(), &self.attributes, key)
    }
}

/// Input of `DescribeTargetGroupAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTargetGroupAttributesInput {
    /// Of which.
    pub target_group_arn: String,
}

/// Input of `ModifyTargetGroupAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyTargetGroupAttributesInput {
    /// Of which.
    pub target_group_arn: String,
    /// Those that are to be otherwise.
    pub attributes: Vec<Attribute>,
}

/// Output of both.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupAttributesOutput {
    /// All of them.
    pub attributes: Vec<Attribute>,
}

impl Elb {
    pub(crate) fn describe_target_group_attributes(
        &self,
        origin: &Origin,
        input: &DescribeTargetGroupAttributesInput,
    ) -> Result<TargetGroupAttributesOutput, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        let attributes = attribute::listed(group.table(), &group.attributes);
        Ok(TargetGroupAttributesOutput { attributes })
    }

    pub(crate) fn modify_target_group_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyTargetGroupAttributesInput,
    ) -> Result<TargetGroupAttributesOutput, ApiError> {
        let group = self.own_group(origin, &input.target_group_arn)?;
        let mut changed = group.clone();
        if let Some(other) = input.attributes.iter().find(|it| group.lacks(it)) {
            let of = match (group.target_type, group.protocol.as_deref()) {
                (TargetType::Lambda, _) | (_, None) => "target type 'lambda'".to_owned(),
                (_, Some(protocol)) => format!("{protocol} protocol"),
            };
            return misconfigured(format!(
                "A target group with {of} does not support the attribute {}",
                other.key.as_deref().unwrap_or_default()
            ));
        }
        let set = attribute::checked(group.table(), &input.attributes, "Target group")?;
        changed.attributes.extend(set);
        check_stickiness(&changed)?;
        check_algorithm(&changed)?;
        let attributes = attribute::listed(changed.table(), &changed.attributes);
        self.groups.insert(changed.arn.clone(), changed);
        self.group_changed(cx, &input.target_group_arn);
        Ok(TargetGroupAttributesOutput { attributes })
    }
}

/// What a group of that protocol may be sticky by.
fn check_stickiness(group: &TargetGroup) -> Result<(), ApiError> {
    let protocol = group.protocol.as_deref().unwrap_or_default();
    let by = group.attribute(STICKINESS_TYPE);
    let (enabled, cookie) = (group.attribute(STICKINESS) == "true", group.attribute(APP_COOKIE));
    if protocol == "GENEVE" {
        let may = ["source_ip_dest_ip_proto", "source_ip_dest_ip"];
        return match may.contains(&by) {
            true => Ok(()),
            false => wrong(format!("'{by}' must be one of [{}]", may.join(", "))),
        };
    }
    if group.target_type == TargetType::Lambda {
        return Ok(());
    }
    if !["app_cookie", "lb_cookie", "source_ip"].contains(&by) {
        return wrong("'Stickiness type' must be one of [app_cookie, lb_cookie, source_ip]");
    }
    if protocol == "TLS" && enabled && by == "source_ip" {
        return misconfigured(
            "You cannot enable stickiness on target groups with the TLS protocol",
        );
    }
    if group.is_of_http() == (by == "source_ip") {
        return misconfigured(format!(
            "Stickiness type '{by}' is not supported for target groups with the {protocol} protocol"
        ));
    }
    if enabled && by == "app_cookie" && cookie.is_empty() {
        return misconfigured(
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        );
    }
    if ["AWSALB", "AWSALBAPP", "AWSALBTG"].iter().any(|reserved| cookie.starts_with(reserved)) {
        return wrong(format!(
            "Cookie name '{cookie}' cannot begin with a reserved prefix: AWSALB, AWSALBAPP, AWSALBTG"
        ));
    }
    Ok(())
}

/// Which algorithms go with what.
fn check_algorithm(group: &TargetGroup) -> Result<(), ApiError> {
    let algorithm = group.attribute(ALGORITHM);
    let starts_at_once = ["", "0"].contains(&group.attribute(SLOW_START_S));
    if !starts_at_once {
        match algorithm {
            "least_outstanding_requests" => {
                return misconfigured(
                    "You cannot enable both slow start and least outstanding requests algorithm on a target group",
                );
            }
            "weighted_random" => {
                return misconfigured(
                    "You cannot enable both slow start and weighted random algorithm on a target group",
                );
            }
            _ => {}
        }
    }
    if group.attribute(ANOMALIES) == "on" && algorithm != "weighted_random" {
        return misconfigured(format!(
            "You cannot enable both anomaly mitigation and {} algorithm on a target group",
            algorithm.replace('_', " ")
        ));
    }
    Ok(())
}
