//! Where a load balancer is: its subnets, its security groups, and addresses of which kind it has.

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::create::{SubnetMapping, subnets_of};
use super::describe::AvailabilityZone;
use crate::error::{
    INVALID_SECURITY_GROUP, LOAD_BALANCER_NOT_FOUND, SUBNET_NOT_FOUND, misconfigured, wrong,
};
use crate::{Cx, Elb};

/// Subnets of different zones of one network.
pub(super) struct Places {
    pub(super) vpc: String,
    pub(super) zones: BTreeMap<String, String>,
}

impl Places {
    /// The caller's subnets of these ids, if a load balancer can be in them.
    pub(super) fn find(
        directory: &Directory,
        origin: &Origin,
        subnets: &[String],
    ) -> Result<Self, ApiError> {
        let mut zones = BTreeMap::new();
        let mut vpcs = BTreeSet::new();
        for id in subnets {
            let found = directory
                .subnets
                .get(id)
                .filter(|it| it.home.account == origin.account && it.home.region == origin.region);
            let subnet = found.ok_or_else(|| {
                SUBNET_NOT_FOUND.says(format!("The subnet ID '{id}' does not exist"))
            })?;
            vpcs.insert(subnet.vpc.clone());
            let before = zones.insert(subnet.zone.clone(), id.clone());
            if before.is_some_and(|before| before != *id) {
                return misconfigured(
                    "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
                );
            }
        }
        if zones.len() < 2 {
            return wrong(
                "At least two subnets in two different Availability Zones must be specified",
            );
        }
        let vpc = vpcs.pop_first().unwrap_or_default();
        if !vpcs.is_empty() {
            return misconfigured("All subnets must belong to the same VPC");
        }
        Ok(Self { vpc, zones })
    }

    /// The security groups of these ids; the network's own where none is named.
    pub(super) fn security_groups(
        &self,
        directory: &Directory,
        ids: &[String],
    ) -> Result<Vec<String>, ApiError> {
        if ids.is_empty() {
            let own = directory.security_groups.iter();
            let default = own.filter(|(_, it)| it.vpc == self.vpc && it.name == "default");
            return Ok(default.map(|(id, _)| id.clone()).collect());
        }
        security_groups(directory, &self.vpc, ids)
    }
}

/// The security groups of these ids, each once. Which network they are of AWS asks when rules are looked at.
fn security_groups(
    directory: &Directory,
    vpc: &str,
    ids: &[String],
) -> Result<Vec<String>, ApiError> {
    let home = directory.vpcs.get(vpc).map(|vpc| &vpc.home);
    let mut found: Vec<String> = Vec::new();
    for id in ids {
        let group = directory.security_groups.get(id).filter(|it| Some(&it.home) == home);
        if group.is_none() {
            return Err((&INVALID_SECURITY_GROUP).into());
        }
        if !found.contains(id) {
            found.push(id.clone());
        }
    }
    Ok(found)
}

/// Input of `SetSubnets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetSubnetsInput {
    /// Of which.
    pub load_balancer_arn: String,
    /// Where it is from now on.
    pub subnets: Option<Vec<String>>,
    /// The same.
    pub subnet_mappings: Option<Vec<SubnetMapping>>,
    /// `ipv4`, `dualstack`, …
    pub ip_address_type: Option<String>,
}

/// Output of `SetSubnets`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetSubnetsOutput {
    /// Where it is.
    pub availability_zones: Vec<AvailabilityZone>,
    /// Addresses of which kind it has.
    pub ip_address_type: String,
}

/// Input of `SetSecurityGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetSecurityGroupsInput {
    /// Of which.
    pub load_balancer_arn: String,
    /// Which it has from now on.
    pub security_groups: Vec<String>,
}

/// Output of `SetSecurityGroups`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetSecurityGroupsOutput {
    /// Which it has.
    pub security_group_ids: Vec<String>,
}

/// Input of `SetIpAddressType`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetIpAddressTypeInput {
    /// Of which.
    pub load_balancer_arn: String,
    /// `ipv4`, `dualstack`, …
    pub ip_address_type: String,
}

/// Output of `SetIpAddressType`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetIpAddressTypeOutput {
    /// Which it has.
    pub ip_address_type: String,
}

impl Elb {
    pub(crate) fn set_subnets(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetSubnetsInput,
    ) -> Result<SetSubnetsOutput, ApiError> {
        let arn = &input.load_balancer_arn;
        let vpc = self.own_balancer(origin, arn)?.vpc.clone();
        let subnets = subnets_of(input.subnets.as_deref(), input.subnet_mappings.as_deref())?;
        let places = Places::find(cx.directory, origin, &subnets)?;
        if places.vpc != vpc {
            return misconfigured("All subnets must belong to the VPC of the load balancer");
        }
        let Some(balancer) = self.balancers.get_mut(arn) else {
            return Err((&LOAD_BALANCER_NOT_FOUND).into());
        };
        balancer.zones = places.zones;
        if let Some(kind) = &input.ip_address_type {
            balancer.ip_address_type.clone_from(kind);
        }
        let answer = SetSubnetsOutput {
            availability_zones: balancer.described_zones(),
            ip_address_type: balancer.ip_address_type.clone(),
        };
        self.balancer_changed(cx, arn);
        self.ask_of_balancer(cx, arn);
        Ok(answer)
    }

    pub(crate) fn set_security_groups(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetSecurityGroupsInput,
    ) -> Result<SetSecurityGroupsOutput, ApiError> {
        let arn = &input.load_balancer_arn;
        let balancer = self.own_balancer(origin, arn)?;
        if input.security_groups.is_empty() {
            return wrong("At least one security group must be specified");
        }
        let groups = security_groups(cx.directory, &balancer.vpc, &input.security_groups)?;
        if let Some(balancer) = self.balancers.get_mut(arn) {
            balancer.security_groups.clone_from(&groups);
        }
        self.balancer_changed(cx, arn);
        Ok(SetSecurityGroupsOutput { security_group_ids: groups })
    }

    pub(crate) fn set_ip_address_type(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetIpAddressTypeInput,
    ) -> Result<SetIpAddressTypeOutput, ApiError> {
        let arn = &input.load_balancer_arn;
        self.own_balancer(origin, arn)?;
        let kind = input.ip_address_type.clone();
        if let Some(balancer) = self.balancers.get_mut(arn) {
            balancer.ip_address_type.clone_from(&kind);
        }
        self.balancer_changed(cx, arn);
        Ok(SetIpAddressTypeOutput { ip_address_type: kind })
    }
}
