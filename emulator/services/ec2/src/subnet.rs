//! Subnets: <https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html>.

use std::net::Ipv4Addr;

use kernel::call::Origin;
use kernel::directory::{Directory, Home, Subnet as Entry};
use kernel::error::ApiError;
use kernel::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cidr::Cidr;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, Flag, TagSpecification, input, required};
use crate::shelf::{entity, home_of, new_id};
use crate::vpc::Vpc;
use crate::zone::{Zone, named, zones};
use crate::{Answer, Cx, Ec2, error as errors, tag};

input! {
    CreateSubnetInput { tag_specifications: Vec<TagSpecification>, availability_zone: Option<String>, availability_zone_id: Option<String>, cidr_block: Option<String>, vpc_id: String }
    CreateDefaultSubnetInput { availability_zone: Option<String>, availability_zone_id: Option<String> }
    DeleteSubnetInput { subnet_id: String }
    DescribeSubnetsInput { filters: Vec<Filter>, subnet_ids: Vec<String>, next_token: Option<String>, max_results: Option<i64> }
    ModifySubnetAttributeInput { map_public_ip_on_launch: Option<Flag>, subnet_id: String, enable_dns64: Option<Flag>, private_dns_hostname_type_on_launch: Option<String>, enable_resource_name_dns_a_record_on_launch: Option<Flag>, #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")] enable_resource_name_dns_aaaa_record_on_launch: Option<Flag> }
}

/// Addresses of a subnet that nobody gets: the network's own, the router's, that of names, a spare one and the last.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
pub(crate) const RESERVED: u64 = 5;

/// A part of a network in one zone, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) zone_id: String,
    pub(crate) cidr: String,
    pub(crate) is_default: bool,
    pub(crate) public_ips: bool,
    pub(crate) dns64: bool,
    pub(crate) hostname_type: String,
    pub(crate) names_a: bool,
    pub(crate) names_aaaa: bool,
    pub(crate) acl_association: String,
}

entity! { Subnet in subnets; "subnet-", "subnet ID", "subnetId", INVALID_SUBNET_ID_NOT_FOUND, INVALID_SUBNET_ID_NOT_FOUND;
    fn enter(&self, directory: &mut Directory) {
        let entry = Entry {
            home: self.home.clone(),
            vpc: self.vpc.clone(),
            zone: self.zone.clone(),
            zone_id: self.zone_id.clone(),
            cidr: self.cidr.clone(),
            is_default: self.is_default,
        };
        directory.subnets.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.subnets.remove(id);
    }
}

impl Subnet {
    pub(crate) fn new(ids: &mut Ids, home: &Home, vpc: &str, zone: &Zone, cidr: String) -> Self {
        Self {
            id: new_id(ids, "subnet-"),
            home: home.clone(),
            vpc: vpc.to_owned(),
            zone: zone.name.clone(),
            zone_id: zone.id.clone(),
            cidr,
            is_default: false,
            public_ips: false,
            dns64: false,
            hostname_type: "ip-name".to_owned(),
            names_a: false,
            names_aaaa: false,
            acl_association: new_id(ids, "aclassoc-"),
        }
    }

    pub(crate) fn range(&self) -> Option<Cidr> {
        Cidr::parse(&self.cidr)
    }
}

const FILTERS: Filters = &[
    ("availability-zone", "AvailabilityZone"),
    ("availabilityZone", "AvailabilityZone"),
    ("availability-zone-id", "AvailabilityZoneId"),
    ("availabilityZoneId", "AvailabilityZoneId"),
    ("available-ip-address-count", "AvailableIpAddressCount"),
    ("cidr-block", "CidrBlock"),
    ("cidr", "CidrBlock"),
    ("cidrBlock", "CidrBlock"),
    ("customer-owned-ipv4-pool", "CustomerOwnedIpv4Pool"),
    ("default-for-az", "DefaultForAz"),
    ("defaultForAz", "DefaultForAz"),
    ("enable-dns64", "EnableDns64"),
    ("enable-lni-at-device-index", "EnableLniAtDeviceIndex"),
    ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
    ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
    ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
    ("ipv6-native", "Ipv6Native"),
    ("map-customer-owned-ip-on-launch", "MapCustomerOwnedIpOnLaunch"),
    ("map-public-ip-on-launch", "MapPublicIpOnLaunch"),
    ("outpost-arn", "OutpostArn"),
    ("owner-id", "OwnerId"),
    (
        "private-dns-name-options-on-launch.hostname-type",
        "PrivateDnsNameOptionsOnLaunch.HostnameType",
    ),
    (
        "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
    ),
    (
        "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
    ),
    ("state", "State"),
    ("subnet-arn", "SubnetArn"),
    ("subnet-id", "SubnetId"),
    ("vpc-id", "VpcId"),
];

impl Ec2 {
    pub(crate) fn create_subnet(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateSubnetInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let vpc: &Vpc = self.find(&home, &input.vpc_id)?;
        let text = required(input.cidr_block.as_deref().unwrap_or_default(), "cidrBlock")?;
        let cidr = Cidr::parse(text).ok_or_else(|| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
            ))
        })?;
        let is_inside = Cidr::parse(&vpc.cidr).is_some_and(|whole| whole.contains(cidr));
        if !(16..=28).contains(&cidr.length()) || !is_inside {
            return Err(errors::INVALID_SUBNET_RANGE.says(format!("The CIDR '{text}' is invalid.")));
        }
        let siblings = self.subnets.values().filter(|it| it.vpc == vpc.id);
        if siblings.filter_map(Subnet::range).any(|other| other.overlaps(cidr)) {
            return Err(errors::INVALID_SUBNET_CONFLICT
                .says(format!("The CIDR '{text}' conflicts with another subnet")));
        }
        let zone = named(
            &home.region,
            input.availability_zone.as_deref(),
            input.availability_zone_id.as_deref(),
        )?;
        let zone = zone.or_else(|| zones(&home.region).into_iter().next());
        let Some(zone) = zone else { return Err((&kernel::error::INTERNAL_ERROR).into()) };
        let tags = tag::specified(&input.tag_specifications, "subnet")?;
        let subnet = Subnet::new(cx.ids, &home, &vpc.id, &zone, cidr.to_string());
        self.keep_subnet(cx, subnet, tags)
    }

    fn keep_subnet(
        &mut self,
        cx: &mut Cx<'_>,
        subnet: Subnet,
        tags: std::collections::BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let (id, home) = (subnet.id.clone(), subnet.home.clone());
        self.keep(cx, subnet);
        self.tag(cx, &home, &id, tags);
        let row = self.subnet_row(self.find(&home, &id)?);
        Ok(Answer(json!({"Subnet": row})))
    }

    pub(crate) fn create_default_subnet(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateDefaultSubnetInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (name, id) =
            (input.availability_zone.as_deref(), input.availability_zone_id.as_deref());
        let Some(zone) = named(&home.region, name, id)? else {
            return Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter availabilityZone"));
        };
        let Some(vpc) = self.default_vpc(&home) else {
            return Err(errors::DEFAULT_VPC_DOES_NOT_EXIST
                .says("There is no Default VPC in this account and region."));
        };
        let siblings: Vec<&Subnet> = self.subnets.values().filter(|it| it.vpc == vpc.id).collect();
        if let Some(own) = siblings.iter().find(|it| it.is_default && it.zone == zone.name) {
            return Err(errors::DEFAULT_SUBNET_ALREADY_EXISTS
                .says(format!("'{}' is already the default subnet in {}.", own.id, zone.name)));
        }
        let taken: Vec<Cidr> = siblings.iter().filter_map(|it| it.range()).collect();
        let free = (0..16).filter_map(|at| Cidr::parse(&format!("172.31.{}.0/20", at * 16)));
        let mut free = free.filter(|cidr| !taken.iter().any(|other| other.overlaps(*cidr)));
        let Some(cidr) = free.next() else {
            return Err(errors::INSUFFICIENT_FREE_ADDRESSES
                .says("There is not enough room in the default VPC for another default subnet."));
        };
        let subnet = Subnet {
            is_default: true,
            public_ips: true,
            ..Subnet::new(cx.ids, &home, &vpc.id, &zone, cidr.to_string())
        };
        self.keep_subnet(cx, subnet, Default::default())
    }

    pub(crate) fn delete_subnet(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteSubnetInput,
    ) -> Result<Answer, ApiError> {
        let subnet: &Subnet = self.find(&home_of(origin), &input.subnet_id)?;
        let id = subnet.id.clone();
        if self.taken_addresses(&id).next().is_some() {
            return Err(errors::DEPENDENCY_VIOLATION
                .says(format!("The subnet '{id}' has dependencies and cannot be deleted.")));
        }
        self.disassociate_subnet(cx, &id);
        self.forget::<Subnet>(cx, &id);
        Ok(Answer::empty())
    }

    pub(crate) fn describe_subnets(
        &self,
        origin: &Origin,
        input: &DescribeSubnetsInput,
    ) -> Result<Answer, ApiError> {
        let rows = self.rows(&home_of(origin), &input.subnet_ids, |it| self.subnet_row(it))?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!input.subnet_ids.is_empty()).then_some("subnetSet"),
            ..Page::default()
        };
        listing("Subnets", select(rows, &input.filters, FILTERS)?, page)
    }

    pub(crate) fn modify_subnet_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifySubnetAttributeInput,
    ) -> Result<Answer, ApiError> {
        let mut subnet = self.find::<Subnet>(&home_of(origin), &input.subnet_id)?.clone();
        for (flag, own) in [
            (&input.map_public_ip_on_launch, &mut subnet.public_ips),
            (&input.enable_dns64, &mut subnet.dns64),
            (&input.enable_resource_name_dns_a_record_on_launch, &mut subnet.names_a),
            (&input.enable_resource_name_dns_aaaa_record_on_launch, &mut subnet.names_aaaa),
        ] {
            if let Some(flag) = flag {
                *own = flag.value;
            }
        }
        if let Some(kind) = &input.private_dns_hostname_type_on_launch {
            if !["ip-name", "resource-name"].contains(&&**kind) {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value ({kind}) for parameter privateDnsHostnameTypeOnLaunch is invalid."
                )));
            }
            subnet.hostname_type.clone_from(kind);
        }
        self.keep(cx, subnet);
        Ok(Answer::empty())
    }

    fn subnet_row(&self, subnet: &Subnet) -> Value {
        let Home { account, region } = &subnet.home;
        let arn = format!("arn:aws:ec2:{region}:{account}:subnet/{}", subnet.id);
        json!({
            "SubnetId": subnet.id,
            "SubnetArn": arn,
            "OwnerId": account,
            "VpcId": subnet.vpc,
            "State": "available",
            "CidrBlock": subnet.cidr,
            "AvailabilityZone": subnet.zone,
            "AvailabilityZoneId": subnet.zone_id,
            "AvailableIpAddressCount": self.free_addresses(subnet),
            "DefaultForAz": subnet.is_default,
            "MapPublicIpOnLaunch": subnet.public_ips,
            "MapCustomerOwnedIpOnLaunch": false,
            "AssignIpv6AddressOnCreation": false,
            "Ipv6CidrBlockAssociationSet": [],
            "Ipv6Native": false,
            "EnableDns64": subnet.dns64,
            "PrivateDnsNameOptionsOnLaunch": {
                "HostnameType": subnet.hostname_type,
                "EnableResourceNameDnsARecord": subnet.names_a,
                "EnableResourceNameDnsAAAARecord": subnet.names_aaaa,
            },
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "Tags": self.tag_list(&subnet.id),
        })
    }

    /// Addresses of a subnet that instances have.
    pub(crate) fn taken_addresses(&self, subnet: &str) -> impl Iterator<Item = Ipv4Addr> {
        let instances = self.instances.values();
        instances
            .filter(move |it| it.holds_address() && it.subnet == subnet)
            .map(|it| it.private_ip)
    }

    fn free_addresses(&self, subnet: &Subnet) -> u64 {
        let size = subnet.range().map_or(0, Cidr::size);
        size.saturating_sub(RESERVED + self.taken_addresses(&subnet.id).count() as u64)
    }
}
