//! Elastic Compute Cloud: networks, security groups, images, launch templates and instances, as far as a web application
//! behind a balancer needs them.
//!
//! Each thing is kept by its id (`shelf.rs`), told to others in the directory, and shown as a row in the answer's own
//! shape, in which filters look (`filter.rs`). What an account has from the beginning is made when somebody first looks
//! (`home.rs`). Whether security groups let a connection through says [`Ec2::reachable`]. Instances are asked for of
//! whoever runs them ([`fleet`]), and what becomes of them is announced.
#![warn(missing_docs)]

pub mod access;
mod account;
mod address;
mod answer;
mod cidr;
mod descriptor;
pub mod error;
mod filter;
pub mod fleet;
mod gateway;
mod home;
mod input;
mod instance;
mod key_pair;
pub mod limits;
mod network_acl;
pub mod record;
mod route;
mod security_group;
mod shelf;
mod subnet;
mod tag;
#[cfg(test)]
mod tests;
mod vpc;
mod zone;

use std::collections::BTreeMap;
use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::service::Service;
use kernel::trace::CauseId;
use serde::Serialize;
use serde_json::{Value, json};

pub use security_group::Endpoint;
use shelf::Entity;

kernel::operations! { "ec2";
    AllocateAddress(address::AllocateAddressInput) -> Answer;
    AssociateAddress(address::AssociateAddressInput) -> Answer;
    AssociateRouteTable(route::AssociateRouteTableInput) -> Answer;
    AttachInternetGateway(gateway::AttachInternetGatewayInput) -> Answer;
    AuthorizeSecurityGroupEgress(security_group::AuthorizeSecurityGroupEgressInput) -> Answer;
    AuthorizeSecurityGroupIngress(security_group::AuthorizeSecurityGroupIngressInput) -> Answer;
    CreateDefaultSubnet(subnet::CreateDefaultSubnetInput) -> Answer;
    CreateDefaultVpc(vpc::CreateDefaultVpcInput) -> Answer;
    CreateInternetGateway(gateway::CreateInternetGatewayInput) -> Answer;
    CreateKeyPair(key_pair::CreateKeyPairInput) -> Answer;
    CreateRoute(route::CreateRouteInput) -> Answer;
    CreateRouteTable(route::CreateRouteTableInput) -> Answer;
    CreateSecurityGroup(security_group::CreateSecurityGroupInput) -> Answer;
    CreateSubnet(subnet::CreateSubnetInput) -> Answer;
    CreateTags(tag::CreateTagsInput) -> Answer;
    CreateVpc(vpc::CreateVpcInput) -> Answer;
    DeleteInternetGateway(gateway::DeleteInternetGatewayInput) -> Answer;
    DeleteKeyPair(key_pair::DeleteKeyPairInput) -> Answer;
    DeleteRoute(route::DeleteRouteInput) -> Answer;
    DeleteRouteTable(route::DeleteRouteTableInput) -> Answer;
    DeleteSecurityGroup(security_group::DeleteSecurityGroupInput) -> Answer;
    DeleteSubnet(subnet::DeleteSubnetInput) -> Answer;
    DeleteTags(tag::DeleteTagsInput) -> Answer;
    DeleteVpc(vpc::DeleteVpcInput) -> Answer;
    DescribeAccountAttributes(account::DescribeAccountAttributesInput) -> Answer;
    DescribeAddresses(address::DescribeAddressesInput) -> Answer;
    DescribeAvailabilityZones(zone::DescribeAvailabilityZonesInput) -> Answer;
    DescribeInternetGateways(gateway::DescribeInternetGatewaysInput) -> Answer;
    DescribeKeyPairs(key_pair::DescribeKeyPairsInput) -> Answer;
    DescribeNetworkAcls(network_acl::DescribeNetworkAclsInput) -> Answer;
    DescribeRegions(zone::DescribeRegionsInput) -> Answer;
    DescribeRouteTables(route::DescribeRouteTablesInput) -> Answer;
    DescribeSecurityGroupReferences(security_group::DescribeSecurityGroupReferencesInput) -> Answer;
    DescribeSecurityGroupRules(security_group::DescribeSecurityGroupRulesInput) -> Answer;
    DescribeSecurityGroups(security_group::DescribeSecurityGroupsInput) -> Answer;
    DescribeStaleSecurityGroups(security_group::DescribeStaleSecurityGroupsInput) -> Answer;
    DescribeSubnets(subnet::DescribeSubnetsInput) -> Answer;
    DescribeTags(tag::DescribeTagsInput) -> Answer;
    DescribeVpcAttribute(vpc::DescribeVpcAttributeInput) -> Answer;
    DescribeVpcs(vpc::DescribeVpcsInput) -> Answer;
    DetachInternetGateway(gateway::DetachInternetGatewayInput) -> Answer;
    DisassociateAddress(address::DisassociateAddressInput) -> Answer;
    DisassociateRouteTable(route::DisassociateRouteTableInput) -> Answer;
    GetSecurityGroupsForVpc(security_group::GetSecurityGroupsForVpcInput) -> Answer;
    ImportKeyPair(key_pair::ImportKeyPairInput) -> Answer;
    ModifySecurityGroupRules(security_group::ModifySecurityGroupRulesInput) -> Answer;
    ModifySubnetAttribute(subnet::ModifySubnetAttributeInput) -> Answer;
    ModifyVpcAttribute(vpc::ModifyVpcAttributeInput) -> Answer;
    ReleaseAddress(address::ReleaseAddressInput) -> Answer;
    ReplaceRoute(route::ReplaceRouteInput) -> Answer;
    ReplaceRouteTableAssociation(route::ReplaceRouteTableAssociationInput) -> Answer;
    RevokeSecurityGroupEgress(security_group::RevokeSecurityGroupEgressInput) -> Answer;
    RevokeSecurityGroupIngress(security_group::RevokeSecurityGroupIngressInput) -> Answer;
    UpdateSecurityGroupRuleDescriptionsEgress(security_group::UpdateSecurityGroupRuleDescriptionsEgressInput) -> Answer;
    UpdateSecurityGroupRuleDescriptionsIngress(security_group::UpdateSecurityGroupRuleDescriptionsIngressInput) -> Answer;
}

/// What an operation is answered with, in its JSON shape. The answers of EC2 are wide, and the same rows are what filters
/// look in; a test holds their members against AWS's model.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Answer(pub(crate) Value);

impl Answer {
    /// That it is done.
    pub(crate) fn empty() -> Self {
        Self(json!({}))
    }
}

/// All networks, security groups, images, templates and instances.
#[derive(Debug, Clone, Default)]
pub struct Ec2 {
    homes: home::Homes,
    vpcs: BTreeMap<String, vpc::Vpc>,
    subnets: BTreeMap<String, subnet::Subnet>,
    internet_gateways: BTreeMap<String, gateway::InternetGateway>,
    route_tables: BTreeMap<String, route::RouteTable>,
    security_groups: BTreeMap<String, security_group::SecurityGroup>,
    addresses: BTreeMap<String, address::Address>,
    key_pairs: BTreeMap<String, key_pair::KeyPair>,
    instances: BTreeMap<String, instance::Instance>,
    tags: BTreeMap<String, tag::Tags>,
}

kernel::records! {
    /// That an account was looked at in a region.
    Home(home::Home) = 40;
    /// A network.
    Vpc(vpc::Vpc) = 41;
    /// A subnet.
    Subnet(subnet::Subnet) = 42;
    /// An internet gateway.
    InternetGateway(gateway::InternetGateway) = 43;
    /// A route table.
    RouteTable(route::RouteTable) = 44;
    /// A security group.
    SecurityGroup(security_group::SecurityGroup) = 45;
    /// An elastic IP address.
    Address(address::Address) = 46;
    /// A key pair.
    KeyPair(key_pair::KeyPair) = 47;
    /// An instance.
    Instance(instance::Instance) = 50;
    /// The tags of a thing.
    Tags(tag::Tags) = 51;
}

impl Ec2 {
    /// Hears what is told by whoever runs instances.
    pub fn hear(&mut self, _cx: &mut Cx<'_>, _report: fleet::Report) {}

    /// Because of what that is reported.
    #[must_use]
    pub fn cause_of(&self, _report: &fleet::Report) -> Option<CauseId> {
        None
    }

    fn take_back<E: Entity>(&mut self, cx: &mut Restoring<'_, Self>, entity: E) {
        entity.enter(cx.directory);
        E::shelf_mut(self).insert(entity.id().to_owned(), entity);
    }
}

fn all<E: Entity>(shelf: &BTreeMap<String, E>) -> impl Iterator<Item = Record> + '_ {
    shelf.values().map(Entity::record)
}

/// The context in which EC2 handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Ec2>;

impl Service for Ec2 {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Infallible;
    type Announcement = Infallible;
    type Effect = fleet::Effect;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        access::ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        self.answer(cx, origin, request).map(Some)
    }

    fn due_because(&self, due: &Infallible) -> Option<CauseId> {
        match *due {}
    }

    fn due(&mut self, _cx: &mut Cx<'_>, due: Infallible) {
        match due {}
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Home(it) => drop(self.homes.insert(it.home.clone(), *it)),
            Record::Vpc(it) => self.take_back(cx, *it),
            Record::Subnet(it) => self.take_back(cx, *it),
            Record::InternetGateway(it) => self.take_back(cx, *it),
            Record::RouteTable(it) => self.take_back(cx, *it),
            Record::SecurityGroup(it) => self.take_back(cx, *it),
            Record::Address(it) => self.take_back(cx, *it),
            Record::KeyPair(it) => self.take_back(cx, *it),
            Record::Instance(it) => self.take_back(cx, *it),
            Record::Tags(it) => drop(self.tags.insert(it.id.clone(), *it)),
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let homes = self.homes.values().map(|it| Record::Home(Box::new(it.clone())));
        let tags = self.tags.values().map(|it| Record::Tags(Box::new(it.clone())));
        homes
            .chain(all(&self.vpcs))
            .chain(all(&self.subnets))
            .chain(all(&self.internet_gateways))
            .chain(all(&self.route_tables))
            .chain(all(&self.security_groups))
            .chain(all(&self.addresses))
            .chain(all(&self.key_pairs))
            .chain(all(&self.instances))
            .chain(tags)
    }
}
