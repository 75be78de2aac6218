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
mod image;
mod input;
mod instance;
mod instance_type;
mod key_pair;
mod launch_template;
pub mod limits;
mod network_acl;
mod program;
pub mod record;
mod route;
mod security_group;
mod shelf;
mod subnet;
mod tag;
mod taggable;
#[cfg(test)]
mod tests;
mod vpc;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::directory::{Directory, InstanceState};
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::Serialize;
use serde_json::{Value, json};

pub use instance_type::InstanceType;
pub use program::Programs;
pub use security_group::Endpoint;
use shelf::Entity;
pub use zone::is_zone;

kernel::operations! { "ec2";
    AllocateAddress(address::AllocateAddressInput) -> Answer;
    AssociateAddress(address::AssociateAddressInput) -> Answer;
    AssociateIamInstanceProfile(instance::AssociateIamInstanceProfileInput) -> Answer;
    AssociateRouteTable(route::AssociateRouteTableInput) -> Answer;
    AttachInternetGateway(gateway::AttachInternetGatewayInput) -> Answer;
    AuthorizeSecurityGroupEgress(security_group::AuthorizeSecurityGroupEgressInput) -> Answer;
    AuthorizeSecurityGroupIngress(security_group::AuthorizeSecurityGroupIngressInput) -> Answer;
    CopyImage(image::CopyImageInput) -> Answer;
    CreateDefaultSubnet(subnet::CreateDefaultSubnetInput) -> Answer;
    CreateDefaultVpc(vpc::CreateDefaultVpcInput) -> Answer;
    CreateImage(instance::CreateImageInput) -> Answer;
    CreateInternetGateway(gateway::CreateInternetGatewayInput) -> Answer;
    CreateKeyPair(key_pair::CreateKeyPairInput, randomness) -> Answer;
    CreateLaunchTemplate(launch_template::CreateLaunchTemplateInput) -> Answer;
    CreateLaunchTemplateVersion(launch_template::CreateLaunchTemplateVersionInput) -> Answer;
    CreateRoute(route::CreateRouteInput) -> Answer;
    CreateRouteTable(route::CreateRouteTableInput) -> Answer;
    CreateSecurityGroup(security_group::CreateSecurityGroupInput) -> Answer;
    CreateSubnet(subnet::CreateSubnetInput) -> Answer;
    CreateTags(tag::CreateTagsInput) -> Answer;
    CreateVpc(vpc::CreateVpcInput) -> Answer;
    DeleteInternetGateway(gateway::DeleteInternetGatewayInput) -> Answer;
    DeleteKeyPair(key_pair::DeleteKeyPairInput) -> Answer;
    DeleteLaunchTemplate(launch_template::DeleteLaunchTemplateInput) -> Answer;
    DeleteLaunchTemplateVersions(launch_template::DeleteLaunchTemplateVersionsInput) -> Answer;
    DeleteRoute(route::DeleteRouteInput) -> Answer;
    DeleteRouteTable(route::DeleteRouteTableInput) -> Answer;
    DeleteSecurityGroup(security_group::DeleteSecurityGroupInput) -> Answer;
    DeleteSubnet(subnet::DeleteSubnetInput) -> Answer;
    DeleteTags(tag::DeleteTagsInput) -> Answer;
    DeleteVpc(vpc::DeleteVpcInput) -> Answer;
    DeregisterImage(image::DeregisterImageInput) -> Answer;
    DescribeAccountAttributes(account::DescribeAccountAttributesInput) -> Answer;
    DescribeAddresses(address::DescribeAddressesInput) -> Answer;
    DescribeAvailabilityZones(zone::DescribeAvailabilityZonesInput) -> Answer;
    DescribeIamInstanceProfileAssociations(instance::DescribeIamInstanceProfileAssociationsInput) -> Answer;
    DescribeImageAttribute(image::DescribeImageAttributeInput) -> Answer;
    DescribeImages(image::DescribeImagesInput) -> Answer;
    DescribeInstanceAttribute(instance::DescribeInstanceAttributeInput) -> Answer;
    DescribeInstanceCreditSpecifications(instance::DescribeInstanceCreditSpecificationsInput) -> Answer;
    DescribeInstanceStatus(instance::DescribeInstanceStatusInput) -> Answer;
    DescribeInstanceTypeOfferings(instance_type::DescribeInstanceTypeOfferingsInput) -> Answer;
    DescribeInstanceTypes(instance_type::DescribeInstanceTypesInput) -> Answer;
    DescribeInstances(instance::DescribeInstancesInput) -> Answer;
    DescribeInternetGateways(gateway::DescribeInternetGatewaysInput) -> Answer;
    DescribeKeyPairs(key_pair::DescribeKeyPairsInput) -> Answer;
    DescribeLaunchTemplateVersions(launch_template::DescribeLaunchTemplateVersionsInput) -> Answer;
    DescribeLaunchTemplates(launch_template::DescribeLaunchTemplatesInput) -> Answer;
    DescribeNetworkAcls(network_acl::DescribeNetworkAclsInput) -> Answer;
    DescribeNetworkInterfaces(instance::DescribeNetworkInterfacesInput) -> Answer;
    DescribeRegions(zone::DescribeRegionsInput) -> Answer;
    DescribeRouteTables(route::DescribeRouteTablesInput) -> Answer;
    DescribeSecurityGroupReferences(security_group::DescribeSecurityGroupReferencesInput) -> Answer;
    DescribeSecurityGroupRules(security_group::DescribeSecurityGroupRulesInput) -> Answer;
    DescribeSecurityGroups(security_group::DescribeSecurityGroupsInput) -> Answer;
    DescribeStaleSecurityGroups(security_group::DescribeStaleSecurityGroupsInput) -> Answer;
    DescribeSubnets(subnet::DescribeSubnetsInput) -> Answer;
    DescribeTags(tag::DescribeTagsInput) -> Answer;
    DescribeVolumes(instance::DescribeVolumesInput) -> Answer;
    DescribeVpcAttribute(vpc::DescribeVpcAttributeInput) -> Answer;
    DescribeVpcs(vpc::DescribeVpcsInput) -> Answer;
    DetachInternetGateway(gateway::DetachInternetGatewayInput) -> Answer;
    DisassociateAddress(address::DisassociateAddressInput) -> Answer;
    DisassociateIamInstanceProfile(instance::DisassociateIamInstanceProfileInput) -> Answer;
    DisassociateRouteTable(route::DisassociateRouteTableInput) -> Answer;
    GetConsoleOutput(instance::GetConsoleOutputInput, console) -> Answer;
    GetLaunchTemplateData(instance::GetLaunchTemplateDataInput) -> Answer;
    GetSecurityGroupsForVpc(security_group::GetSecurityGroupsForVpcInput) -> Answer;
    ImportKeyPair(key_pair::ImportKeyPairInput) -> Answer;
    ModifyImageAttribute(image::ModifyImageAttributeInput) -> Answer;
    ModifyInstanceAttribute(instance::ModifyInstanceAttributeInput) -> Answer;
    ModifyInstanceMetadataOptions(instance::ModifyInstanceMetadataOptionsInput) -> Answer;
    ModifyLaunchTemplate(launch_template::ModifyLaunchTemplateInput) -> Answer;
    ModifySecurityGroupRules(security_group::ModifySecurityGroupRulesInput) -> Answer;
    ModifySubnetAttribute(subnet::ModifySubnetAttributeInput) -> Answer;
    ModifyVpcAttribute(vpc::ModifyVpcAttributeInput) -> Answer;
    MonitorInstances(instance::MonitorInstancesInput) -> Answer;
    RebootInstances(instance::RebootInstancesInput) -> Answer;
    RegisterImage(image::RegisterImageInput) -> Answer;
    ReleaseAddress(address::ReleaseAddressInput) -> Answer;
    ReplaceIamInstanceProfileAssociation(instance::ReplaceIamInstanceProfileAssociationInput) -> Answer;
    ReplaceRoute(route::ReplaceRouteInput) -> Answer;
    ReplaceRouteTableAssociation(route::ReplaceRouteTableAssociationInput) -> Answer;
    ResetImageAttribute(image::ResetImageAttributeInput) -> Answer;
    ResetInstanceAttribute(instance::ResetInstanceAttributeInput) -> Answer;
    RevokeSecurityGroupEgress(security_group::RevokeSecurityGroupEgressInput) -> Answer;
    RevokeSecurityGroupIngress(security_group::RevokeSecurityGroupIngressInput) -> Answer;
    RunInstances(instance::RunInstancesInput) -> Answer;
    StartInstances(instance::StartInstancesInput) -> Answer;
    StopInstances(instance::StopInstancesInput) -> Answer;
    TerminateInstances(instance::TerminateInstancesInput) -> Answer;
    UnmonitorInstances(instance::UnmonitorInstancesInput) -> Answer;
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
    images: BTreeMap<String, image::Image>,
    launch_templates: BTreeMap<String, launch_template::LaunchTemplate>,
    instances: BTreeMap<String, instance::Instance>,
    tags: BTreeMap<String, tag::Tags>,
    /// Which images have programs, as whoever made the World says.
    programs: Programs,
    /// What changed an instance last, for the trace.
    causes: BTreeMap<String, CauseId>,
    /// Instances whose process ends so that another can be started.
    rebooting: BTreeSet<String>,
    /// Zones that are lost, and until when where that was said. It is not stored.
    lost_zones: BTreeMap<String, Option<Timestamp>>,
    /// What instances used since it was told.
    used: BTreeMap<String, instance::Used>,
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
    /// An image.
    Image(image::Image) = 48;
    /// A launch template with its versions.
    LaunchTemplate(launch_template::LaunchTemplate) = 49;
    /// An instance.
    Instance(instance::Instance) = 50;
    /// The tags of a thing.
    Tags(tag::Tags) = 51;
}

/// What becomes due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// After a restart instances that are processes are started again.
    Wake,
    /// A simulated instance has come to where it is on its way to.
    Settle(String),
    /// An instance ended an hour ago.
    Forget(String),
    /// A zone that was lost may be back.
    ZoneBack(String),
}

/// What others may want to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// An instance is in another state.
    InstanceChanged {
        /// Which.
        instance_id: String,
        /// In which.
        state: InstanceState,
    },
}

impl Ec2 {
    /// Which images have programs.
    #[must_use]
    pub const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Tells which images have programs. It is not stored: whoever restores a World says it again, before anything
    /// else happens.
    pub fn set_programs(&mut self, directory: &mut Directory, programs: Programs) {
        self.programs = programs;
        self.homes.keys().for_each(|home| self.enter_programs(home, directory));
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
    type Due = Due;
    type Announcement = Announcement;
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

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Wake | Due::ZoneBack(_) => None,
            Due::Settle(id) | Due::Forget(id) => self.causes.get(id).copied(),
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Wake => self.wake(cx),
            Due::Settle(id) => self.settle(cx, &id),
            Due::Forget(id) => self.forget_instance(cx, &id),
            Due::ZoneBack(zone) => self.zone_may_be_back(cx.now, &zone),
        }
    }

    fn facts(&self, directory: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_usage(directory, at, facts);
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.usage_told(at)
    }

    /// Instances that are to be processes, or are no more: whoever runs them says when.
    fn outstanding(&self) -> Vec<String> {
        self.awaited().collect()
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Home(it) => {
                self.enter_images(&it.home, cx.directory);
                self.homes.insert(it.home.clone(), *it);
            }
            Record::Vpc(it) => self.take_back(cx, *it),
            Record::Subnet(it) => self.take_back(cx, *it),
            Record::InternetGateway(it) => self.take_back(cx, *it),
            Record::RouteTable(it) => self.take_back(cx, *it),
            Record::SecurityGroup(it) => self.take_back(cx, *it),
            Record::Address(it) => self.take_back(cx, *it),
            Record::KeyPair(it) => self.take_back(cx, *it),
            Record::Image(it) => self.take_back(cx, *it),
            Record::LaunchTemplate(it) => self.take_back(cx, *it),
            Record::Instance(it) => {
                Self::schedule_again(cx.deadlines, &it);
                self.take_back(cx, *it);
            }
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
            .chain(all(&self.images))
            .chain(all(&self.launch_templates))
            .chain(all(&self.instances))
            .chain(tags)
    }
}
