//! Limits of an account.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html>

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::page::{self, Asked};

/// In the order of <https://docs.aws.amazon.com/cli/latest/reference/elbv2/describe-account-limits.html>. Of load balancers that
/// there are none of here AWS's default stands.
const LIMITS: &[(&str, usize)] = &[
    ("target-groups", limits::TARGET_GROUPS_MAX),
    ("targets-per-application-load-balancer", limits::TARGETS_MAX),
    ("listeners-per-application-load-balancer", limits::LISTENERS_MAX),
    ("rules-per-application-load-balancer", limits::RULES_MAX),
    ("network-load-balancers", 50),
    ("targets-per-network-load-balancer", 3_000),
    ("targets-per-availability-zone-per-network-load-balancer", 500),
    ("listeners-per-network-load-balancer", 50),
    ("condition-values-per-alb-rule", limits::CONDITION_VALUES_MAX),
    ("condition-wildcards-per-alb-rule", limits::CONDITION_WILDCARDS_MAX),
    ("target-groups-per-application-load-balancer", 100),
    ("target-groups-per-action-on-application-load-balancer", limits::GROUPS_AN_ACTION_MAX),
    ("target-groups-per-action-on-network-load-balancer", 1),
    ("certificates-per-application-load-balancer", limits::CERTIFICATES_MAX),
    ("certificates-per-network-load-balancer", 25),
    ("targets-per-target-group", limits::TARGETS_MAX),
    ("target-id-registrations-per-application-load-balancer", 1_000),
    ("network-load-balancer-enis-per-vpc", 1_200),
    ("application-load-balancers", limits::LOAD_BALANCERS_MAX),
    ("gateway-load-balancers", 100),
    ("gateway-load-balancers-per-vpc", 100),
    ("geneve-target-groups", 100),
    ("targets-per-availability-zone-per-gateway-load-balancer", 300),
];

/// Input of `DescribeAccountLimits`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAccountLimitsInput {
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeAccountLimits`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsOutput {
    /// The limits.
    pub limits: Vec<Limit>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// A limit.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Limit {
    /// Its name.
    pub name: &'static str,
    /// How many there may be.
    pub max: String,
}

pub(crate) fn describe_account_limits(
    input: &DescribeAccountLimitsInput,
) -> Result<DescribeAccountLimitsOutput, ApiError> {
    let all = LIMITS.iter().map(|(name, max)| Limit { name, max: max.to_string() });
    let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
    let (limits, next_marker) = page::of(all, asked, |limit| limit.name.to_owned())?;
    Ok(DescribeAccountLimitsOutput { limits, next_marker })
}
