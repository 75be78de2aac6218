//! Load balancers: where clients come to.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>

pub(crate) mod attributes;
mod create;
mod delete;
mod describe;
mod network;

use std::collections::BTreeMap;

use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

pub use attributes::{
    DescribeLoadBalancerAttributesInput, LoadBalancerAttributesOutput,
    ModifyLoadBalancerAttributesInput,
};
pub use create::{CreateLoadBalancerInput, SubnetMapping};
pub use delete::DeleteLoadBalancerInput;
pub use describe::{
    AvailabilityZone, DescribeLoadBalancersInput, DescribeLoadBalancersOutput,
    LoadBalancerDescription, LoadBalancersOutput, State,
};
pub use network::{
    SetIpAddressTypeInput, SetIpAddressTypeOutput, SetSecurityGroupsInput, SetSecurityGroupsOutput,
    SetSubnetsInput, SetSubnetsOutput,
};

/// An application load balancer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LoadBalancer {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) dns_name: String,
    pub(crate) is_internal: bool,
    pub(crate) vpc: String,
    /// Its subnets, by zone.
    pub(crate) zones: BTreeMap<String, String>,
    pub(crate) security_groups: Vec<String>,
    /// `ipv4`, `dualstack`, …
    pub(crate) ip_address_type: String,
    pub(crate) created: Timestamp,
    /// Those that were set.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
}
