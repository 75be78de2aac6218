//! `DescribeLoadBalancers`, and a load balancer as it is said.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::LoadBalancer;
use crate::error::{LOAD_BALANCER_NOT_FOUND, no_arn, wrong};
use crate::page::{self, Asked};
use crate::{Elb, arn};

/// It is being made.
pub(super) const PROVISIONING: &str = "provisioning";

/// The hosted zones of Route 53 in which application load balancers have their names, by region.
/// <https://docs.aws.amazon.com/general/latest/gr/elb.html>
const HOSTED_ZONES: &[(&str, &str)] = &[
    ("us-east-1", "Z35SXDOTRQ7X7K"),
    ("us-east-2", "Z3AADJGX6KTTL2"),
    ("us-west-1", "Z368ELLRRE2KJ0"),
    ("us-west-2", "Z1H1FL5HABSF5"),
    ("ca-central-1", "ZQSVJUPU6J1EY"),
    ("sa-east-1", "Z2P70J7HTTTPLU"),
    ("eu-central-1", "Z215JYRZR1TBD5"),
    ("eu-west-1", "Z32O12XQLNTSW2"),
    ("eu-west-2", "ZHURV8PSTC4K8"),
    ("eu-west-3", "Z3Q77PNBQS71R4"),
    ("eu-north-1", "Z23TAZ6LKFMNIO"),
    ("ap-south-1", "ZP97RAFLXTNZK"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65"),
    ("ap-northeast-1", "Z14GRHDCWA56QT"),
    ("ap-northeast-2", "ZWKZPGTI48KDX"),
];

/// A load balancer, as it is said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerDescription {
    /// Its ARN.
    pub load_balancer_arn: String,
    /// Its host name.
    #[serde(rename = "DNSName")]
    pub dns_name: String,
    /// The zone of Route 53 that has it.
    pub canonical_hosted_zone_id: &'static str,
    /// When it was made.
    pub created_time: f64,
    /// Its name.
    pub load_balancer_name: String,
    /// `internet-facing` or `internal`.
    pub scheme: &'static str,
    /// Its network.
    pub vpc_id: String,
    /// What it does.
    pub state: State,
    /// `application`
    #[serde(rename = "Type")]
    pub load_balancer_type: &'static str,
    /// Where it is.
    pub availability_zones: Vec<AvailabilityZone>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// Addresses of which kind it has.
    pub ip_address_type: String,
}

/// What a load balancer does.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    /// `provisioning` or `active`.
    pub code: &'static str,
}

/// Where a load balancer is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AvailabilityZone {
    /// The zone.
    pub zone_name: String,
    /// The subnet in it.
    pub subnet_id: String,
    /// Addresses of its own there: it has none.
    pub load_balancer_addresses: [(); 0],
}

/// Output of `CreateLoadBalancer`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancersOutput {
    /// The load balancer.
    pub load_balancers: Vec<LoadBalancerDescription>,
}

/// Input of `DescribeLoadBalancers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeLoadBalancersInput {
    /// Those of these ARNs.
    pub load_balancer_arns: Option<Vec<String>>,
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeLoadBalancers`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancersOutput {
    /// The load balancers.
    pub load_balancers: Vec<LoadBalancerDescription>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

impl LoadBalancer {
    pub(super) fn described_zones(&self) -> Vec<AvailabilityZone> {
        let zones = self.zones.iter();
        zones
            .map(|(zone, subnet)| AvailabilityZone {
                zone_name: zone.clone(),
                subnet_id: subnet.clone(),
                load_balancer_addresses: [],
            })
            .collect()
    }

    pub(super) fn described(&self) -> LoadBalancerDescription {
        let region = self.region.as_str();
        let hosted = HOSTED_ZONES.iter().find(|(known, _)| *known == region);
        LoadBalancerDescription {
            load_balancer_arn: self.arn.clone(),
            dns_name: self.dns_name.clone(),
            canonical_hosted_zone_id: hosted.map_or("Z00000000000000000000", |(_, zone)| zone),
            created_time: self.created.as_epoch_s(),
            load_balancer_name: self.name.clone(),
            scheme: if self.is_internal { "internal" } else { "internet-facing" },
            vpc_id: self.vpc.clone(),
            state: State { code: "active" },
            load_balancer_type: "application",
            availability_zones: self.described_zones(),
            security_groups: self.security_groups.clone(),
            ip_address_type: self.ip_address_type.clone(),
        }
    }
}

impl Elb {
    /// A load balancer of the caller's.
    pub(crate) fn own_balancer(
        &self,
        origin: &Origin,
        arn: &str,
    ) -> Result<&LoadBalancer, ApiError> {
        if arn::Kind::of(arn) != Some(arn::Kind::LoadBalancer) {
            return Err(no_arn(arn, "load balancer"));
        }
        let found = self.balancers.get(arn);
        let own = found.filter(|it| it.account == origin.account && it.region == origin.region);
        own.ok_or_else(|| crate::error::no_load_balancer(arn))
    }

    pub(crate) fn describe_load_balancers(
        &self,
        origin: &Origin,
        input: &DescribeLoadBalancersInput,
    ) -> Result<DescribeLoadBalancersOutput, ApiError> {
        let arns = input.load_balancer_arns.as_deref().unwrap_or_default();
        let names = input.names.as_deref().unwrap_or_default();
        if !arns.is_empty() && !names.is_empty() {
            return wrong(
                "Load balancer names and load balancer ARNs cannot be specified at the same time",
            );
        }
        for arn in arns {
            let unknown = || -> ApiError { (&LOAD_BALANCER_NOT_FOUND).into() };
            self.own_balancer(origin, arn).map_err(|it| match it.code() {
                "LoadBalancerNotFound" => unknown(),
                _ => it,
            })?;
        }
        let prefix = arn::prefix(origin, "loadbalancer");
        let own: Vec<&LoadBalancer> = self
            .balancers
            .range(prefix.clone()..)
            .take_while(|(it, _)| it.starts_with(&prefix))
            .map(|(_, balancer)| balancer)
            .collect();
        let is_there = |name: &String| own.iter().any(|it| it.name == *name);
        if let Some(unknown) = names.iter().find(|name| !is_there(name)) {
            return Err(
                LOAD_BALANCER_NOT_FOUND.says(format!("Load balancers '[{unknown}]' not found"))
            );
        }
        let is_asked = |it: &&&LoadBalancer| {
            (arns.is_empty() || arns.contains(&it.arn))
                && (names.is_empty() || names.contains(&it.name))
        };
        let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
        let (found, next_marker) =
            page::of(own.iter().filter(is_asked), asked, |it| it.arn.clone())?;
        let load_balancers = found.into_iter().map(|it| it.described()).collect();
        Ok(DescribeLoadBalancersOutput { load_balancers, next_marker })
    }
}
