//! Attributes of load balancers.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::LoadBalancer;
use crate::attribute::Values::{Boolean, Number, OneOf, Only, Text};
use crate::attribute::{self, Attribute, Row, row};
use crate::error::wrong;
use crate::{Cx, Elb};

pub(crate) const LOGS: &str = "access_logs.s3.enabled";
pub(crate) const LOGS_BUCKET: &str = "access_logs.s3.bucket";
pub(crate) const LOGS_PREFIX: &str = "access_logs.s3.prefix";
pub(crate) const IDLE_S: &str = "idle_timeout.timeout_seconds";
pub(crate) const KEEP_ALIVE_S: &str = "client_keep_alive.seconds";
pub(crate) const DELETION_PROTECTION: &str = "deletion_protection.enabled";
pub(crate) const HTTP2: &str = "routing.http2.enabled";
pub(crate) const DROP_INVALID: &str = "routing.http.drop_invalid_header_fields.enabled";
pub(crate) const CLIENT_PORT: &str = "routing.http.xff_client_port.enabled";
pub(crate) const PRESERVE_HOST: &str = "routing.http.preserve_host_header.enabled";
pub(crate) const FORWARDED_FOR: &str = "routing.http.xff_header_processing.mode";
pub(crate) const TLS_HEADERS: &str = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const DENY_IGW: &str = "ipv6.deny_all_igw_traffic";

/// All of them, in the order in which they are told.
pub(crate) const TABLE: &[Row] = &[
    row(LOGS, "false", Boolean),
    row(LOGS_BUCKET, "", Text),
    row(LOGS_PREFIX, "", Text),
    row("health_check_logs.s3.enabled", "false", Boolean),
    row("health_check_logs.s3.bucket", "", Text),
    row("health_check_logs.s3.prefix", "", Text),
    row(IDLE_S, "60", Number(1, 4_000)),
    row(DELETION_PROTECTION, "false", Boolean),
    row(HTTP2, "true", Boolean),
    row(DROP_INVALID, "false", Boolean),
    row(CLIENT_PORT, "false", Boolean),
    row(PRESERVE_HOST, "false", Boolean),
    row(FORWARDED_FOR, "append", OneOf(&["append", "preserve", "remove"])),
    row(CROSS_ZONE, "true", Only("true")),
    row(
        "routing.http.desync_mitigation_mode",
        "defensive",
        OneOf(&["defensive", "monitor", "strictest"]),
    ),
    row(KEEP_ALIVE_S, "3600", Number(60, 604_800)),
    row("waf.fail_open.enabled", "false", Boolean),
    row(TLS_HEADERS, "false", Boolean),
    row("connection_logs.s3.enabled", "false", Boolean),
    row("connection_logs.s3.bucket", "", Text),
    row("connection_logs.s3.prefix", "", Text),
    row("zonal_shift.config.enabled", "false", Boolean),
    row(DENY_IGW, "false", Boolean),
];

/// Input of `DescribeLoadBalancerAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLoadBalancerAttributesInput {
    /// Of which.
    pub load_balancer_arn: String,
}

/// Input of `ModifyLoadBalancerAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyLoadBalancerAttributesInput {
    /// Of which.
    pub load_balancer_arn: String,
    /// Those that are to be otherwise.
    pub attributes: Vec<Attribute>,
}

/// Output of both.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerAttributesOutput {
    /// All of them.
    pub attributes: Vec<Attribute>,
}

impl LoadBalancer {
    fn listed_attributes(&self) -> Vec<Attribute> {
        let mut all = attribute::listed(TABLE, &self.attributes);
        let is_set = self.attributes.contains_key(DENY_IGW);
        // An internal one is closed to the internet from the beginning.
        if let Some(deny) = all.iter_mut().find(|it| it.key.as_deref() == Some(DENY_IGW))
            && self.is_internal
            && !is_set
        {
            deny.value = Some("true".to_owned());
        }
        all
    }

    /// Logs go somewhere.
    fn check_logs(&self) -> Result<(), ApiError> {
        for kind in ["access_logs", "connection_logs", "health_check_logs"] {
            let value = |what: &str| {
                attribute::value_of(TABLE, &self.attributes, &format!("{kind}.s3.{what}"))
                    .to_owned()
            };
            if value("enabled") != "true" {
                continue;
            }
            if value("bucket").is_empty() {
                return wrong(format!(
                    "The key '{kind}.s3.bucket' must set in order to enable {}",
                    kind.replace('_', " ")
                ));
            }
            let prefix = value("prefix");
            if prefix.starts_with('/') || prefix.ends_with('/') {
                return wrong("S3 prefix cannot start or end with '/'");
            }
            if prefix.contains("AWSLogs") {
                return wrong("S3 prefix cannot contain 'AWSLogs'");
            }
        }
        Ok(())
    }
}

impl Elb {
    pub(crate) fn describe_load_balancer_attributes(
        &self,
        origin: &Origin,
        input: &DescribeLoadBalancerAttributesInput,
    ) -> Result<LoadBalancerAttributesOutput, ApiError> {
        let balancer = self.own_balancer(origin, &input.load_balancer_arn)?;
        Ok(LoadBalancerAttributesOutput { attributes: balancer.listed_attributes() })
    }

    pub(crate) fn modify_load_balancer_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyLoadBalancerAttributesInput,
    ) -> Result<LoadBalancerAttributesOutput, ApiError> {
        let arn = &input.load_balancer_arn;
        let mut changed = self.own_balancer(origin, arn)?.clone();
        let set = attribute::checked(TABLE, &input.attributes, "Load balancer")?;
        let moves_log = set.keys().any(|key| key.starts_with("access_logs."));
        changed.attributes.extend(set);
        changed.check_logs()?;
        if moves_log {
            // What is collected goes where it would have.
            self.deliver_access_log(cx, arn);
        }
        let attributes = changed.listed_attributes();
        self.balancers.insert(arn.clone(), changed);
        self.balancer_changed(cx, arn);
        if moves_log {
            self.begin_access_log(cx, arn);
        }
        Ok(LoadBalancerAttributesOutput { attributes })
    }

    /// Where the access logs of a load balancer are to go, if a call turns them on: bucket and key, for the World
    /// to ask the bucket.
    #[must_use]
    pub fn access_log_asked(
        &self,
        origin: &Origin,
        input: &ModifyLoadBalancerAttributesInput,
    ) -> Option<(String, String)> {
        let mut changed = self.own_balancer(origin, &input.load_balancer_arn).ok()?.clone();
        let set = attribute::checked(TABLE, &input.attributes, "Load balancer").ok()?;
        if !set.keys().any(|key| key.starts_with("access_logs.")) {
            return None;
        }
        changed.attributes.extend(set);
        changed.check_logs().ok()?;
        let value = |key| attribute::value_of(TABLE, &changed.attributes, key);
        if value(LOGS) != "true" {
            return None;
        }
        let slash = if value(LOGS_PREFIX).is_empty() { "" } else { "/" };
        let key = format!(
            "{}{slash}AWSLogs/{}/ELBAccessLogTestFile",
            value(LOGS_PREFIX),
            changed.account
        );
        Some((value(LOGS_BUCKET).to_owned(), key))
    }
}
