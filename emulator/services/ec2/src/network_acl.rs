//! The network ACL that each network has by default: it lets everything through.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::home_of;
use crate::vpc::Vpc;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeNetworkAclsInput { next_token: Option<String>, max_results: Option<i64>, network_acl_ids: Vec<String>, filters: Vec<Filter> }
}

const FILTERS: Filters = &[
    ("association.association-id", "Associations.NetworkAclAssociationId"),
    ("association.network-acl-id", "Associations.NetworkAclId"),
    ("association.subnet-id", "Associations.SubnetId"),
    ("default", "IsDefault"),
    ("entry.cidr", "Entries.CidrBlock"),
    ("entry.icmp.code", "Entries.IcmpTypeCode.Code"),
    ("entry.icmp.type", "Entries.IcmpTypeCode.Type"),
    ("entry.ipv6-cidr", "Entries.Ipv6CidrBlock"),
    ("entry.port-range.from", "Entries.PortRange.From"),
    ("entry.port-range.to", "Entries.PortRange.To"),
    ("entry.protocol", "Entries.Protocol"),
    ("entry.rule-action", "Entries.RuleAction"),
    ("entry.egress", "Entries.Egress"),
    ("entry.rule-number", "Entries.RuleNumber"),
    ("network-acl-id", "NetworkAclId"),
    ("owner-id", "OwnerId"),
    ("vpc-id", "VpcId"),
];

impl Ec2 {
    pub(crate) fn describe_network_acls(
        &self,
        origin: &Origin,
        input: &DescribeNetworkAclsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.network_acl_ids;
        for id in ids {
            if !self.all::<Vpc>(&home).any(|vpc| vpc.network_acl == *id) {
                return Err(errors::INVALID_NETWORK_ACL_ID_NOT_FOUND
                    .says(format!("The networkAcl ID '{id}' does not exist")));
            }
        }
        let named = |vpc: &&Vpc| ids.is_empty() || ids.contains(&vpc.network_acl);
        let all = self.all::<Vpc>(&home).filter(named);
        let mut rows: Vec<_> =
            all.map(|vpc| (vpc.network_acl.clone(), self.network_acl_row(vpc))).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("networkAclIds"),
            ..Page::default()
        };
        listing("NetworkAcls", select(rows, &input.filters, FILTERS)?, page)
    }

    fn network_acl_row(&self, vpc: &Vpc) -> Value {
        let entry = |egress: bool, number: u32, action: &str| {
            json!({
                "CidrBlock": "0.0.0.0/0",
                "Egress": egress,
                "Protocol": "-1",
                "RuleAction": action,
                "RuleNumber": number,
            })
        };
        let subnets = self.subnets.values().filter(|it| it.vpc == vpc.id);
        let association = |it: &crate::subnet::Subnet| {
            json!({
                "NetworkAclAssociationId": it.acl_association,
                "NetworkAclId": vpc.network_acl,
                "SubnetId": it.id,
            })
        };
        json!({
            "NetworkAclId": vpc.network_acl,
            "IsDefault": true,
            "OwnerId": vpc.home.account,
            "VpcId": vpc.id,
            "Associations": subnets.map(association).collect::<Vec<_>>(),
            "Entries": [
                entry(true, 100, "allow"),
                entry(true, 32767, "deny"),
                entry(false, 100, "allow"),
                entry(false, 32767, "deny"),
            ],
            "Tags": self.tag_list(&vpc.network_acl),
        })
    }
}
