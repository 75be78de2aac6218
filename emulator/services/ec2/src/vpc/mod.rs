//! Networks: <https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html>.

mod attribute;

use kernel::call::Origin;
use kernel::directory::{Directory, Home, Vpc as Entry};
use kernel::error::ApiError;
use kernel::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cidr::Cidr;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input, required};
use crate::shelf::{entity, home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, limits, tag};

pub use attribute::{DescribeVpcAttributeInput, ModifyVpcAttributeInput};

input! {
    CreateVpcInput { cidr_block: Option<String>, tag_specifications: Vec<TagSpecification>, instance_tenancy: Option<String> }
    CreateDefaultVpcInput {}
    DeleteVpcInput { vpc_id: String }
    DescribeVpcsInput { filters: Vec<Filter>, vpc_ids: Vec<String>, next_token: Option<String>, max_results: Option<i64> }
}

/// A network, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) cidr: String,
    pub(crate) cidr_association: String,
    pub(crate) dhcp_options: String,
    pub(crate) network_acl: String,
    pub(crate) tenancy: String,
    pub(crate) is_default: bool,
    pub(crate) dns_support: bool,
    pub(crate) dns_hostnames: bool,
    pub(crate) address_usage_metrics: bool,
}

entity! { Vpc in vpcs; "vpc-", "vpc ID", "vpcId", INVALID_VPC_ID_NOT_FOUND, INVALID_VPC_ID_NOT_FOUND;
    fn enter(&self, directory: &mut Directory) {
        let entry = Entry {
            home: self.home.clone(),
            cidr: self.cidr.clone(),
            is_default: self.is_default,
        };
        directory.vpcs.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.vpcs.remove(id);
    }
}

impl Vpc {
    pub(crate) fn new(ids: &mut Ids, home: &Home, cidr: String, dhcp_options: String) -> Self {
        Self {
            id: new_id(ids, "vpc-"),
            home: home.clone(),
            cidr,
            cidr_association: new_id(ids, "vpc-cidr-assoc-"),
            dhcp_options,
            network_acl: new_id(ids, "acl-"),
            tenancy: "default".to_owned(),
            is_default: false,
            dns_support: true,
            dns_hostnames: false,
            address_usage_metrics: false,
        }
    }
}

const FILTERS: Filters = &[
    ("cidr", "CidrBlock"),
    ("cidr-block", "CidrBlock"),
    ("cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock"),
    ("cidr-block-association.association-id", "CidrBlockAssociationSet.AssociationId"),
    ("cidr-block-association.state", "CidrBlockAssociationSet.CidrBlockState.State"),
    ("dhcp-options-id", "DhcpOptionsId"),
    ("dhcpOptionsId", "DhcpOptionsId"),
    ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
    ("ipv6-cidr-block-association.ipv6-pool", "Ipv6CidrBlockAssociationSet.Ipv6Pool"),
    ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
    ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
    ("is-default", "IsDefault"),
    ("isDefault", "IsDefault"),
    ("instance-tenancy", "InstanceTenancy"),
    ("owner-id", "OwnerId"),
    ("state", "State"),
    ("vpc-id", "VpcId"),
];

/// Ranges that nobody's network may have: this host, loopback, link-local and multicast.
fn is_reserved(cidr: Cidr) -> bool {
    let base = cidr.address(0);
    base.octets()[0] == 0 || base.is_loopback() || base.is_link_local() || base.is_multicast()
}

impl Ec2 {
    pub(crate) fn create_vpc(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateVpcInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let text = required(input.cidr_block.as_deref().unwrap_or_default(), "cidrBlock")?;
        let cidr = Cidr::parse(text).ok_or_else(|| {
            errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
            ))
        })?;
        if !(16..=28).contains(&cidr.length()) || is_reserved(cidr) {
            return Err(errors::INVALID_VPC_RANGE.says(format!("The CIDR '{text}' is invalid.")));
        }
        let tenancy = input.instance_tenancy.as_deref().unwrap_or("default");
        if !["default", "dedicated", "host"].contains(&tenancy) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({tenancy}) for parameter instanceTenancy is invalid.")));
        }
        if self.all::<Vpc>(&home).count() >= limits::VPCS_MAX {
            return Err(
                errors::VPC_LIMIT_EXCEEDED.says("The maximum number of VPCs has been reached.")
            );
        }
        let tags = tag::specified(&input.tag_specifications, "vpc")?;
        let vpc = Vpc {
            tenancy: tenancy.to_owned(),
            ..Vpc::new(cx.ids, &home, cidr.to_string(), self.dhcp_options(&home))
        };
        let id = vpc.id.clone();
        let mut ids = cx.ids.clone();
        self.make_vpc(cx, &mut ids, vpc);
        *cx.ids = ids;
        self.tag(cx, &home, &id, tags);
        self.vpc_answer(&home, &id, "pending")
    }

    /// A network comes with its main route table and its default security group.
    pub(crate) fn make_vpc(&mut self, cx: &mut Cx<'_>, ids: &mut Ids, vpc: Vpc) {
        let (home, id, cidr) = (vpc.home.clone(), vpc.id.clone(), vpc.cidr.clone());
        self.keep(cx, vpc);
        self.make_main_route_table(cx, ids, &home, &id, &cidr);
        self.make_default_security_group(cx, ids, &home, &id);
    }

    fn vpc_answer(&self, home: &Home, id: &str, state: &str) -> Result<Answer, ApiError> {
        let mut row = self.vpc_row(self.find(home, id)?);
        row["State"] = json!(state);
        Ok(Answer(json!({"Vpc": row})))
    }

    pub(crate) fn create_default_vpc(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        _: &CreateDefaultVpcInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        if self.default_vpc(&home).is_some() {
            return Err(errors::DEFAULT_VPC_ALREADY_EXISTS
                .says("A Default VPC already exists for this account in this region."));
        }
        let mut ids = cx.ids.clone();
        let id = self.make_default_vpc(cx, &mut ids, &home);
        *cx.ids = ids;
        self.vpc_answer(&home, &id, "available")
    }

    pub(crate) fn delete_vpc(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteVpcInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let vpc: &Vpc = self.find(&home, &input.vpc_id)?;
        let id = vpc.id.clone();
        let (network_acl, main) = (vpc.network_acl.clone(), self.main_route_table_id(&id));
        let own_group = self.default_security_group_id(&id);
        let is_used = self.subnets.values().any(|it| it.vpc == id)
            || self.internet_gateways.values().any(|it| it.vpc.as_ref() == Some(&id))
            || self.route_tables.values().any(|it| it.vpc == id && Some(&it.id) != main.as_ref())
            || self
                .security_groups
                .values()
                .any(|it| it.vpc == id && Some(&it.id) != own_group.as_ref());
        if is_used {
            return Err(errors::DEPENDENCY_VIOLATION
                .says(format!("The vpc '{id}' has dependencies and cannot be deleted.")));
        }
        if let Some(table) = main {
            self.forget_route_table(cx, &table);
        }
        if let Some(group) = own_group {
            self.forget_security_group(cx, &group);
        }
        self.forget_tags(cx, &network_acl);
        self.forget::<Vpc>(cx, &id);
        Ok(Answer::empty())
    }

    pub(crate) fn describe_vpcs(
        &self,
        origin: &Origin,
        input: &DescribeVpcsInput,
    ) -> Result<Answer, ApiError> {
        let rows = self.rows(&home_of(origin), &input.vpc_ids, |vpc| self.vpc_row(vpc))?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!input.vpc_ids.is_empty()).then_some("vpcSet"),
            ..Page::default()
        };
        listing("Vpcs", select(rows, &input.filters, FILTERS)?, page)
    }

    fn vpc_row(&self, vpc: &Vpc) -> Value {
        json!({
            "VpcId": vpc.id,
            "OwnerId": vpc.home.account,
            "State": "available",
            "CidrBlock": vpc.cidr,
            "CidrBlockAssociationSet": [{
                "AssociationId": vpc.cidr_association,
                "CidrBlock": vpc.cidr,
                "CidrBlockState": {"State": "associated"},
            }],
            "Ipv6CidrBlockAssociationSet": [],
            "DhcpOptionsId": vpc.dhcp_options,
            "InstanceTenancy": vpc.tenancy,
            "IsDefault": vpc.is_default,
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "Tags": self.tag_list(&vpc.id),
        })
    }
}
