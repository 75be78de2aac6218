//! Security groups and their rules, shown.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::SecurityGroup;
use super::rule::permissions;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::{home_of, is_well_formed};
use crate::vpc::Vpc;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeSecurityGroupReferencesInput { group_id: Vec<String> }
    DescribeSecurityGroupRulesInput { filters: Vec<Filter>, security_group_rule_ids: Vec<String>, next_token: Option<String>, max_results: Option<i64> }
    DescribeSecurityGroupsInput { group_ids: Vec<String>, group_names: Vec<String>, next_token: Option<String>, max_results: Option<i64>, filters: Vec<Filter> }
    DescribeStaleSecurityGroupsInput { max_results: Option<i64>, next_token: Option<String>, vpc_id: String }
    GetSecurityGroupsForVpcInput { vpc_id: String, next_token: Option<String>, max_results: Option<i64>, filters: Vec<Filter> }
}

const FILTERS: Filters = &[
    ("description", "Description"),
    ("egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp"),
    ("egress.ip-permission.from-port", "IpPermissionsEgress.FromPort"),
    ("egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId"),
    ("egress.ip-permission.group-name", "IpPermissionsEgress.UserIdGroupPairs.GroupName"),
    ("egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6"),
    ("egress.ip-permission.prefix-list-id", "IpPermissionsEgress.PrefixListIds.PrefixListId"),
    ("egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol"),
    ("egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"),
    ("egress.ip-permission.user-id", "IpPermissionsEgress.UserIdGroupPairs.UserId"),
    ("group-id", "GroupId"),
    ("group-name", "GroupName"),
    ("ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"),
    ("ip-permission.from-port", "IpPermissions.FromPort"),
    ("ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId"),
    ("ip-permission.group-name", "IpPermissions.UserIdGroupPairs.GroupName"),
    ("ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6"),
    ("ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId"),
    ("ip-permission.protocol", "IpPermissions.IpProtocol"),
    ("ip-permission.to-port", "IpPermissions.ToPort"),
    ("ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId"),
    ("owner-id", "OwnerId"),
    ("vpc-id", "VpcId"),
];

const RULE_FILTERS: Filters =
    &[("group-id", "GroupId"), ("security-group-rule-id", "SecurityGroupRuleId")];

const FOR_VPC_FILTERS: Filters = &[
    ("description", "Description"),
    ("group-id", "GroupId"),
    ("group-name", "GroupName"),
    ("owner-id", "OwnerId"),
    ("primary-vpc-id", "PrimaryVpcId"),
];

impl Ec2 {
    pub(crate) fn describe_security_groups(
        &self,
        origin: &Origin,
        input: &DescribeSecurityGroupsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut ids = input.group_ids.clone();
        for name in &input.group_names {
            ids.push(self.group_of_default_vpc(&home, name)?.id.clone());
        }
        let rows = self.rows(&home, &ids, |it| self.group_row(it))?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("securityGroupSet"),
            ..Page::default()
        };
        listing("SecurityGroups", select(rows, &input.filters, FILTERS)?, page)
    }

    fn group_row(&self, group: &SecurityGroup) -> Value {
        json!({
            "GroupId": group.id,
            "GroupName": group.name,
            "Description": group.description,
            "OwnerId": group.home.account,
            "VpcId": group.vpc,
            "SecurityGroupArn": group.arn(),
            "IpPermissions": permissions(&group.rules, false),
            "IpPermissionsEgress": permissions(&group.rules, true),
            "Tags": self.tag_list(&group.id),
        })
    }

    pub(crate) fn describe_security_group_rules(
        &self,
        origin: &Origin,
        input: &DescribeSecurityGroupRulesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.security_group_rule_ids;
        let mut rows = Vec::new();
        for group in self.all::<SecurityGroup>(&home) {
            let own = group.rules.iter().filter(|rule| ids.is_empty() || ids.contains(&rule.id));
            rows.extend(
                own.map(|rule| (rule.id.clone(), rule.row(group, self.tag_list(&rule.id)))),
            );
        }
        for id in ids {
            if !rows.iter().any(|(own, _)| own == id) {
                return Err(match is_well_formed(id, "sgr-") {
                    true => errors::INVALID_SECURITY_GROUP_RULE_ID_NOT_FOUND
                        .says(format!("The security group rule ID '{id}' does not exist")),
                    false => errors::INVALID_PARAMETER_VALUE
                        .says(format!("Invalid id: \"{id}\" (expecting \"sgr-...\")")),
                });
            }
        }
        // What can be no id of a group is an error; one that is not there has no rules.
        for filter in input.filters.iter().filter(|filter| filter.name == "group-id") {
            let exact = filter.values.iter().filter(|value| !value.contains(['*', '?']));
            if let Some(id) = exact.into_iter().find(|id| !is_well_formed(id, "sg-")) {
                return Err(errors::INVALID_GROUP_ID_MALFORMED
                    .says(format!("The security group ID '{id}' is malformed")));
            }
        }
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("securityGroupRuleIds"),
            ..Page::default()
        };
        listing("SecurityGroupRules", select(rows, &input.filters, RULE_FILTERS)?, page)
    }

    /// Which networks beyond a peering name these groups: there is no peering, so it is none.
    pub(crate) fn describe_security_group_references(
        &self,
        origin: &Origin,
        input: &DescribeSecurityGroupReferencesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        for id in &input.group_id {
            self.find::<SecurityGroup>(&home, id)?;
        }
        Ok(Answer(json!({"SecurityGroupReferenceSet": []})))
    }

    /// Which groups have rules about groups beyond a peering that are gone: there is no peering.
    pub(crate) fn describe_stale_security_groups(
        &self,
        origin: &Origin,
        input: &DescribeStaleSecurityGroupsInput,
    ) -> Result<Answer, ApiError> {
        self.find::<Vpc>(&home_of(origin), &input.vpc_id)?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Page::default()
        };
        listing("StaleSecurityGroupSet", Vec::new(), page)
    }

    pub(crate) fn get_security_groups_for_vpc(
        &self,
        origin: &Origin,
        input: &GetSecurityGroupsForVpcInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let vpc: &Vpc = self.find(&home, &input.vpc_id)?;
        let row = |it: &SecurityGroup| {
            let row = json!({
                "Description": it.description,
                "GroupName": it.name,
                "OwnerId": it.home.account,
                "GroupId": it.id,
                "Tags": self.tag_list(&it.id),
                "PrimaryVpcId": it.vpc,
            });
            (it.id.clone(), row)
        };
        let groups = self.all::<SecurityGroup>(&home).filter(|it| it.vpc == vpc.id);
        let rows = select(groups.map(row).collect(), &input.filters, FOR_VPC_FILTERS)?;
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Page::default()
        };
        listing("SecurityGroupForVpcs", rows, page)
    }
}
