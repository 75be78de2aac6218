//! What each operation of EC2 needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::call::Origin;
use kernel::policy::Conditions;

use crate::input::{Tag, TagSpecification};
use crate::tag::type_of;
use crate::{Ec2, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing.
    Account,
    /// What the request names by its id.
    Named,
    /// What is made.
    New,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::Named => "what it names",
            Self::New => "what it makes",
        })
    }
}

impl On {
    /// The ARNs that a request names.
    pub(super) fn arns(self, request: &Request, origin: &Origin) -> Vec<String> {
        let (account, region) = (&origin.account, &origin.region);
        let arn = |id: &str| {
            let kind = type_of(id).unwrap_or("*");
            format!("arn:aws:ec2:{region}:{account}:{kind}/{id}")
        };
        let everything = || vec![format!("arn:aws:ec2:{region}:{account}:*/*")];
        match self {
            Self::Account => vec!["*".to_owned()],
            Self::New => everything(),
            Self::Named => match request.named() {
                named if named.is_empty() => everything(),
                named => named.into_iter().map(arn).collect(),
            },
        }
    }
}

/// Ids in an input: one, one that may be missing, or any number.
trait Ids {
    fn add_to<'a>(&'a self, ids: &mut Vec<&'a str>);
}

impl Ids for String {
    fn add_to<'a>(&'a self, ids: &mut Vec<&'a str>) {
        ids.push(self);
    }
}

impl Ids for Option<String> {
    fn add_to<'a>(&'a self, ids: &mut Vec<&'a str>) {
        ids.extend(self.as_deref());
    }
}

impl Ids for Vec<String> {
    fn add_to<'a>(&'a self, ids: &mut Vec<&'a str>) {
        ids.extend(self.iter().map(String::as_str));
    }
}

/// Each operation with the members that name what it changes.
macro_rules! named {
    ($( $operation:ident($($member:ident),*); )*) => {
        impl Request {
            /// The ids of what it changes.
            pub(super) fn named(&self) -> Vec<&str> {
                let mut ids = Vec::new();
                match self {
                    $( Self::$operation(it) => { $( it.$member.add_to(&mut ids); )* } )*
                    _ => {}
                }
                ids
            }
        }
    };
}

named! {
    AssociateAddress(allocation_id, instance_id);
    AssociateIamInstanceProfile(instance_id);
    AssociateRouteTable(subnet_id, route_table_id);
    AttachInternetGateway(vpc_id, internet_gateway_id);
    AuthorizeSecurityGroupEgress(group_id);
    AuthorizeSecurityGroupIngress(group_id);
    CreateImage(instance_id);
    CreateLaunchTemplateVersion(launch_template_id);
    CreateRoute(route_table_id, instance_id);
    CreateRouteTable(vpc_id);
    CreateSecurityGroup(vpc_id);
    CreateSubnet(vpc_id);
    CreateTags(resources);
    DeleteInternetGateway(internet_gateway_id);
    DeleteKeyPair(key_pair_id);
    DeleteLaunchTemplate(launch_template_id);
    DeleteLaunchTemplateVersions(launch_template_id);
    DeleteRoute(route_table_id);
    DeleteRouteTable(route_table_id);
    DeleteSecurityGroup(group_id);
    DeleteSubnet(subnet_id);
    DeleteTags(resources);
    DeleteVpc(vpc_id);
    DeregisterImage(image_id);
    DetachInternetGateway(vpc_id, internet_gateway_id);
    ModifyImageAttribute(image_id);
    ModifyInstanceAttribute(instance_id);
    ModifyInstanceMetadataOptions(instance_id);
    ModifyLaunchTemplate(launch_template_id);
    ModifySecurityGroupRules(group_id);
    ModifySubnetAttribute(subnet_id);
    ModifyVpcAttribute(vpc_id);
    MonitorInstances(instance_ids);
    RebootInstances(instance_ids);
    ReleaseAddress(allocation_id);
    ReplaceRoute(route_table_id, instance_id);
    ReplaceRouteTableAssociation(route_table_id);
    ResetImageAttribute(image_id);
    ResetInstanceAttribute(instance_id);
    RevokeSecurityGroupEgress(group_id);
    RevokeSecurityGroupIngress(group_id);
    RunInstances(subnet_id, image_id);
    StartInstances(instance_ids);
    StopInstances(instance_ids);
    TerminateInstances(instance_ids);
    UnmonitorInstances(instance_ids);
    UpdateSecurityGroupRuleDescriptionsEgress(group_id);
    UpdateSecurityGroupRuleDescriptionsIngress(group_id);
}

impl Request {
    /// The tags that it gives to what it makes or names.
    fn tags(&self) -> Vec<&Tag> {
        fn of(specifications: &[TagSpecification]) -> Vec<&Tag> {
            specifications.iter().flat_map(|it| &it.tags).collect()
        }
        match self {
            Self::CreateTags(it) => it.tags.iter().collect(),
            Self::DeleteTags(it) => it.tags.iter().collect(),
            Self::AllocateAddress(it) => of(&it.tag_specifications),
            Self::AuthorizeSecurityGroupEgress(it) => of(&it.tag_specifications),
            Self::AuthorizeSecurityGroupIngress(it) => of(&it.tag_specifications),
            Self::CopyImage(it) => of(&it.tag_specifications),
            Self::CreateImage(it) => of(&it.tag_specifications),
            Self::CreateInternetGateway(it) => of(&it.tag_specifications),
            Self::CreateKeyPair(it) => of(&it.tag_specifications),
            Self::CreateLaunchTemplate(it) => of(&it.tag_specifications),
            Self::CreateRouteTable(it) => of(&it.tag_specifications),
            Self::CreateSecurityGroup(it) => of(&it.tag_specifications),
            Self::CreateSubnet(it) => of(&it.tag_specifications),
            Self::CreateVpc(it) => of(&it.tag_specifications),
            Self::ImportKeyPair(it) => of(&it.tag_specifications),
            Self::RegisterImage(it) => of(&it.tag_specifications),
            Self::RunInstances(it) => of(&it.tag_specifications),
            _ => Vec::new(),
        }
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They bring tags along.
    WithTags,
}

impl When {
    pub(super) fn holds(self, request: &Request) -> bool {
        match self {
            Self::WithTags => !request.tags().is_empty(),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithTags => f.write_str("with tags"),
        }
    }
}

/// A condition key of EC2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The region of the call.
    Region,
    /// A tag that something is to have.
    RequestTag,
    /// The names of the tags that the request speaks of.
    TagKeys,
    /// The operation that makes what is tagged.
    CreateAction,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Region => "ec2:Region",
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
            Self::CreateAction => "ec2:CreateAction",
        })
    }
}

impl Key {
    pub(super) fn insert(self, conditions: &mut Conditions, request: &Request, origin: &Origin) {
        let tags = request.tags();
        let tags = tags.iter().filter_map(|tag| Some((tag.key.as_deref()?, tag)));
        match self {
            Self::Region => conditions.insert("ec2:Region", origin.region.as_str()),
            Self::RequestTag => tags.for_each(|(key, tag)| {
                let value = tag.value.as_deref().unwrap_or_default();
                conditions.insert(&format!("aws:RequestTag/{key}"), value);
            }),
            Self::TagKeys => tags.for_each(|(key, _)| conditions.insert("aws:TagKeys", key)),
            Self::CreateAction => {
                let operation = request.name().trim_start_matches("ec2:");
                conditions.insert("ec2:CreateAction", operation);
            }
        }
    }
}

impl Vocabulary for Ec2 {
    type On = On;
    type When = When;
    type Key = Key;
}

const REGION: &[Key] = &[Key::Region];
const TAGS: &[Key] = &[Key::Region, Key::RequestTag, Key::TagKeys];
const NEW_TAGS: &[Key] = &[Key::Region, Key::RequestTag, Key::TagKeys, Key::CreateAction];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
kernel::permissions! { Ec2;
    AllocateAddress: {
        "ec2:AllocateAddress" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    AssociateAddress: {
        "ec2:AssociateAddress" on Named with REGION;
    }
    AssociateIamInstanceProfile: {
        "ec2:AssociateIamInstanceProfile" on Named with REGION;
    }
    AssociateRouteTable: {
        "ec2:AssociateRouteTable" on Named with REGION;
    }
    AttachInternetGateway: {
        "ec2:AttachInternetGateway" on Named with REGION;
    }
    AuthorizeSecurityGroupEgress: {
        "ec2:AuthorizeSecurityGroupEgress" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    AuthorizeSecurityGroupIngress: {
        "ec2:AuthorizeSecurityGroupIngress" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CopyImage: {
        "ec2:CopyImage" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateDefaultSubnet: {
        "ec2:CreateDefaultSubnet" on New with REGION;
    }
    CreateDefaultVpc: {
        "ec2:CreateDefaultVpc" on New with REGION;
    }
    CreateImage: {
        "ec2:CreateImage" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateInternetGateway: {
        "ec2:CreateInternetGateway" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateKeyPair: {
        "ec2:CreateKeyPair" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateLaunchTemplate: {
        "ec2:CreateLaunchTemplate" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateLaunchTemplateVersion: {
        "ec2:CreateLaunchTemplateVersion" on Named with REGION;
    }
    CreateRoute: {
        "ec2:CreateRoute" on Named with REGION;
    }
    CreateRouteTable: {
        "ec2:CreateRouteTable" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateSecurityGroup: {
        "ec2:CreateSecurityGroup" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateSubnet: {
        "ec2:CreateSubnet" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    CreateTags: {
        "ec2:CreateTags" on Named with TAGS;
    }
    CreateVpc: {
        "ec2:CreateVpc" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    DeleteInternetGateway: {
        "ec2:DeleteInternetGateway" on Named with REGION;
    }
    DeleteKeyPair: {
        "ec2:DeleteKeyPair" on Named with REGION;
    }
    DeleteLaunchTemplate: {
        "ec2:DeleteLaunchTemplate" on Named with REGION;
    }
    DeleteLaunchTemplateVersions: {
        "ec2:DeleteLaunchTemplateVersions" on Named with REGION;
    }
    DeleteRoute: {
        "ec2:DeleteRoute" on Named with REGION;
    }
    DeleteRouteTable: {
        "ec2:DeleteRouteTable" on Named with REGION;
    }
    DeleteSecurityGroup: {
        "ec2:DeleteSecurityGroup" on Named with REGION;
    }
    DeleteSubnet: {
        "ec2:DeleteSubnet" on Named with REGION;
    }
    DeleteTags: {
        "ec2:DeleteTags" on Named with TAGS;
    }
    DeleteVpc: {
        "ec2:DeleteVpc" on Named with REGION;
    }
    DeregisterImage: {
        "ec2:DeregisterImage" on Named with REGION;
    }
    DescribeAccountAttributes: {
        "ec2:DescribeAccountAttributes" on Account with REGION;
    }
    DescribeAddresses: {
        "ec2:DescribeAddresses" on Account with REGION;
    }
    DescribeAvailabilityZones: {
        "ec2:DescribeAvailabilityZones" on Account with REGION;
    }
    DescribeIamInstanceProfileAssociations: {
        "ec2:DescribeIamInstanceProfileAssociations" on Account with REGION;
    }
    DescribeImageAttribute: {
        "ec2:DescribeImageAttribute" on Account with REGION;
    }
    DescribeImages: {
        "ec2:DescribeImages" on Account with REGION;
    }
    DescribeInstanceAttribute: {
        "ec2:DescribeInstanceAttribute" on Account with REGION;
    }
    DescribeInstanceCreditSpecifications: {
        "ec2:DescribeInstanceCreditSpecifications" on Account with REGION;
    }
    DescribeInstanceStatus: {
        "ec2:DescribeInstanceStatus" on Account with REGION;
    }
    DescribeInstanceTypeOfferings: {
        "ec2:DescribeInstanceTypeOfferings" on Account with REGION;
    }
    DescribeInstanceTypes: {
        "ec2:DescribeInstanceTypes" on Account with REGION;
    }
    DescribeInstances: {
        "ec2:DescribeInstances" on Account with REGION;
    }
    DescribeInternetGateways: {
        "ec2:DescribeInternetGateways" on Account with REGION;
    }
    DescribeKeyPairs: {
        "ec2:DescribeKeyPairs" on Account with REGION;
    }
    DescribeLaunchTemplateVersions: {
        "ec2:DescribeLaunchTemplateVersions" on Account with REGION;
    }
    DescribeLaunchTemplates: {
        "ec2:DescribeLaunchTemplates" on Account with REGION;
    }
    DescribeNetworkAcls: {
        "ec2:DescribeNetworkAcls" on Account with REGION;
    }
    DescribeNetworkInterfaces: {
        "ec2:DescribeNetworkInterfaces" on Account with REGION;
    }
    DescribeRegions: {
        "ec2:DescribeRegions" on Account with REGION;
    }
    DescribeRouteTables: {
        "ec2:DescribeRouteTables" on Account with REGION;
    }
    DescribeSecurityGroupReferences: {
        "ec2:DescribeSecurityGroupReferences" on Account with REGION;
    }
    DescribeSecurityGroupRules: {
        "ec2:DescribeSecurityGroupRules" on Account with REGION;
    }
    DescribeSecurityGroups: {
        "ec2:DescribeSecurityGroups" on Account with REGION;
    }
    DescribeStaleSecurityGroups: {
        "ec2:DescribeStaleSecurityGroups" on Account with REGION;
    }
    DescribeSubnets: {
        "ec2:DescribeSubnets" on Account with REGION;
    }
    DescribeTags: {
        "ec2:DescribeTags" on Account with REGION;
    }
    DescribeVolumes: {
        "ec2:DescribeVolumes" on Account with REGION;
    }
    DescribeVpcAttribute: {
        "ec2:DescribeVpcAttribute" on Account with REGION;
    }
    DescribeVpcs: {
        "ec2:DescribeVpcs" on Account with REGION;
    }
    DetachInternetGateway: {
        "ec2:DetachInternetGateway" on Named with REGION;
    }
    DisassociateAddress: {
        "ec2:DisassociateAddress" on Named with REGION;
    }
    DisassociateIamInstanceProfile: {
        "ec2:DisassociateIamInstanceProfile" on Named with REGION;
    }
    DisassociateRouteTable: {
        "ec2:DisassociateRouteTable" on Named with REGION;
    }
    GetConsoleOutput: {
        "ec2:GetConsoleOutput" on Account with REGION;
    }
    GetLaunchTemplateData: {
        "ec2:GetLaunchTemplateData" on Account with REGION;
    }
    GetSecurityGroupsForVpc: {
        "ec2:GetSecurityGroupsForVpc" on Account with REGION;
    }
    ImportKeyPair: {
        "ec2:ImportKeyPair" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    ModifyImageAttribute: {
        "ec2:ModifyImageAttribute" on Named with REGION;
    }
    ModifyInstanceAttribute: {
        "ec2:ModifyInstanceAttribute" on Named with REGION;
    }
    ModifyInstanceMetadataOptions: {
        "ec2:ModifyInstanceMetadataOptions" on Named with REGION;
    }
    ModifyLaunchTemplate: {
        "ec2:ModifyLaunchTemplate" on Named with REGION;
    }
    ModifySecurityGroupRules: {
        "ec2:ModifySecurityGroupRules" on Named with REGION;
    }
    ModifySubnetAttribute: {
        "ec2:ModifySubnetAttribute" on Named with REGION;
    }
    ModifyVpcAttribute: {
        "ec2:ModifyVpcAttribute" on Named with REGION;
    }
    MonitorInstances: {
        "ec2:MonitorInstances" on Named with REGION;
    }
    RebootInstances: {
        "ec2:RebootInstances" on Named with REGION;
    }
    RegisterImage: {
        "ec2:RegisterImage" on New with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    ReleaseAddress: {
        "ec2:ReleaseAddress" on Named with REGION;
    }
    ReplaceIamInstanceProfileAssociation: {
        "ec2:ReplaceIamInstanceProfileAssociation" on Named with REGION;
    }
    ReplaceRoute: {
        "ec2:ReplaceRoute" on Named with REGION;
    }
    ReplaceRouteTableAssociation: {
        "ec2:ReplaceRouteTableAssociation" on Named with REGION;
    }
    ResetImageAttribute: {
        "ec2:ResetImageAttribute" on Named with REGION;
    }
    ResetInstanceAttribute: {
        "ec2:ResetInstanceAttribute" on Named with REGION;
    }
    RevokeSecurityGroupEgress: {
        "ec2:RevokeSecurityGroupEgress" on Named with REGION;
    }
    RevokeSecurityGroupIngress: {
        "ec2:RevokeSecurityGroupIngress" on Named with REGION;
    }
    RunInstances: {
        "ec2:RunInstances" on Named with REGION;
        "ec2:CreateTags" on New when WithTags with NEW_TAGS;
    }
    StartInstances: {
        "ec2:StartInstances" on Named with REGION;
    }
    StopInstances: {
        "ec2:StopInstances" on Named with REGION;
    }
    TerminateInstances: {
        "ec2:TerminateInstances" on Named with REGION;
    }
    UnmonitorInstances: {
        "ec2:UnmonitorInstances" on Named with REGION;
    }
    UpdateSecurityGroupRuleDescriptionsEgress: {
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress" on Named with REGION;
    }
    UpdateSecurityGroupRuleDescriptionsIngress: {
        "ec2:UpdateSecurityGroupRuleDescriptionsIngress" on Named with REGION;
    }
}
