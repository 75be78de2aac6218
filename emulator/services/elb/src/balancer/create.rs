//! `CreateLoadBalancer`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::{ApiError, NOT_IMPLEMENTED};
use serde::Deserialize;

use super::LoadBalancer;
use super::describe::{LoadBalancersOutput, PROVISIONING};
use super::network::Places;
use crate::error::{DUPLICATE_LOAD_BALANCER, TOO_MANY_LOAD_BALANCERS, wrong};
use crate::limits::{LOAD_BALANCERS_MAX, NAME_CHARS_MAX};
use crate::tag::{self, Tag};
use crate::{Cx, Elb, arn};

/// A subnet, as it may be given with more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SubnetMapping {
    /// Which.
    pub subnet_id: Option<String>,
}

/// Input of `CreateLoadBalancer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateLoadBalancerInput {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub subnets: Option<Vec<String>>,
    /// The same.
    pub subnet_mappings: Option<Vec<SubnetMapping>>,
    /// Its security groups.
    pub security_groups: Option<Vec<String>>,
    /// `internet-facing` or `internal`.
    pub scheme: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
    /// `application`.
    #[serde(rename = "Type")]
    pub load_balancer_type: Option<String>,
    /// `ipv4`, `dualstack`, …
    pub ip_address_type: Option<String>,
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let is_said = |what: &str| wrong(format!("The load balancer name '{name}' {what}"));
    if name.is_empty() {
        return wrong("Load balancer name cannot be empty");
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return is_said(&format!("cannot be longer than '{NAME_CHARS_MAX}' characters"));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return is_said(
            "can only contain characters that are alphanumeric characters and hyphens(-)",
        );
    }
    if name.starts_with('-') || name.ends_with('-') {
        return is_said("cannot begin or end with a hyphen(-)");
    }
    if name.starts_with("internal-") {
        return is_said("cannot begin with 'internal-'");
    }
    Ok(())
}

impl Elb {
    pub(crate) fn create_load_balancer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: CreateLoadBalancerInput,
    ) -> Result<LoadBalancersOutput, ApiError> {
        let tags = tag::checked(&input.tags.take().unwrap_or_default())?;
        let kind = input.load_balancer_type.as_deref().unwrap_or("application");
        if kind != "application" {
            return Err(NOT_IMPLEMENTED.says(format!(
                "Load balancers of the type '{kind}' are not implemented by Cloudless."
            )));
        }
        check_name(&input.name)?;
        let subnets = subnets_of(input.subnets.as_deref(), input.subnet_mappings.as_deref())?;
        let places = Places::find(cx.directory, origin, &subnets)?;
        let groups = input.security_groups.as_deref().unwrap_or_default();
        let security_groups = places.security_groups(cx.directory, groups)?;
        let balancer = LoadBalancer {
            arn: String::new(),
            name: input.name.clone(),
            account: origin.account.clone(),
            region: origin.region.clone(),
            dns_name: String::new(),
            is_internal: input.scheme.as_deref() == Some("internal"),
            vpc: places.vpc,
            zones: places.zones,
            security_groups,
            ip_address_type: input.ip_address_type.unwrap_or_else(|| "ipv4".to_owned()),
            created: cx.now,
            attributes: BTreeMap::new(),
            tags,
        };
        self.add_balancer(cx, origin, balancer)
    }

    fn add_balancer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut balancer: LoadBalancer,
    ) -> Result<LoadBalancersOutput, ApiError> {
        let prefix = arn::prefix(origin, "loadbalancer");
        let own =
            || self.balancers.range(prefix.clone()..).take_while(|(it, _)| it.starts_with(&prefix));
        if let Some((_, there)) = own().find(|(_, it)| it.name == balancer.name) {
            // To make the same once more changes nothing.
            let same = LoadBalancer {
                arn: there.arn.clone(),
                dns_name: there.dns_name.clone(),
                created: there.created,
                attributes: there.attributes.clone(),
                ..balancer
            };
            return match same == *there {
                true => Ok(LoadBalancersOutput { load_balancers: vec![there.described()] }),
                false => Err(DUPLICATE_LOAD_BALANCER.says(format!(
                    "A load balancer with the same name '{}' exists, but with different settings",
                    same.name
                ))),
            };
        }
        if own().count() >= LOAD_BALANCERS_MAX {
            return Err(TOO_MANY_LOAD_BALANCERS.says(format!(
                "The maximum number of load balancers has been reached: '{LOAD_BALANCERS_MAX}'"
            )));
        }
        let (name, region) = (&balancer.name, &balancer.region);
        let internal = if balancer.is_internal { "internal-" } else { "" };
        let number = cx.ids.next_u64() % 2_000_000_000 + 1;
        balancer.dns_name = format!("{internal}{name}-{number}.{region}.elb.amazonaws.com");
        balancer.arn = format!("{prefix}app/{name}/{:016x}", cx.ids.next_u64());
        let mut described = balancer.described();
        // It is there as soon as it is made; the answer says what AWS's says.
        described.state.code = PROVISIONING;
        let arn = balancer.arn.clone();
        self.balancers.insert(arn.clone(), balancer);
        self.balancer_changed(cx, &arn);
        Ok(LoadBalancersOutput { load_balancers: vec![described] })
    }
}

/// The subnets that a call names, in one way or the other.
pub(super) fn subnets_of(
    subnets: Option<&[String]>,
    mappings: Option<&[SubnetMapping]>,
) -> Result<Vec<String>, ApiError> {
    let subnets = subnets.unwrap_or_default();
    let mappings = mappings.unwrap_or_default();
    if !subnets.is_empty() && !mappings.is_empty() {
        return wrong("You can specify either subnets or subnet mappings, but not both");
    }
    let mapped = mappings.iter().map(|it| it.subnet_id.clone().unwrap_or_default());
    Ok(subnets.iter().cloned().chain(mapped).collect())
}
