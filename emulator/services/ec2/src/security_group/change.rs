//! Rules that are added, taken away and changed.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::permission::{
    GroupPair, IpPermission, IpRange, ipv4, ipv6, ports, validate_description,
};
use super::rule::permissions;
use super::{Peer, Rule, SecurityGroup};
use crate::input::{TagSpecification, input};
use crate::shelf::{home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, limits, tag};

input! {
    AuthorizeSecurityGroupEgressInput { tag_specifications: Vec<TagSpecification>, group_id: String, source_security_group_name: Option<String>, source_security_group_owner_id: Option<String>, ip_protocol: Option<String>, from_port: Option<i64>, to_port: Option<i64>, cidr_ip: Option<String>, ip_permissions: Vec<IpPermission> }
    AuthorizeSecurityGroupIngressInput { cidr_ip: Option<String>, from_port: Option<i64>, group_id: Option<String>, group_name: Option<String>, ip_permissions: Vec<IpPermission>, ip_protocol: Option<String>, source_security_group_name: Option<String>, source_security_group_owner_id: Option<String>, to_port: Option<i64>, tag_specifications: Vec<TagSpecification> }
    RevokeSecurityGroupEgressInput { security_group_rule_ids: Vec<String>, group_id: String, source_security_group_name: Option<String>, source_security_group_owner_id: Option<String>, ip_protocol: Option<String>, from_port: Option<i64>, to_port: Option<i64>, cidr_ip: Option<String>, ip_permissions: Vec<IpPermission> }
    RevokeSecurityGroupIngressInput { cidr_ip: Option<String>, from_port: Option<i64>, group_id: Option<String>, group_name: Option<String>, ip_permissions: Vec<IpPermission>, ip_protocol: Option<String>, source_security_group_name: Option<String>, source_security_group_owner_id: Option<String>, to_port: Option<i64>, security_group_rule_ids: Vec<String> }
    ModifySecurityGroupRulesInput { group_id: String, security_group_rules: Vec<RuleUpdate> }
}

/// A rule that is to be another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct RuleUpdate {
    security_group_rule_id: String,
    security_group_rule: RuleRequest,
}

/// What a rule is to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct RuleRequest {
    ip_protocol: Option<String>,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_id: Option<String>,
    description: Option<String>,
}

/// A change of rules, whichever of the four calls asks for it.
struct Change<'a> {
    is_egress: bool,
    group: (Option<&'a str>, Option<&'a str>),
    permissions: Vec<IpPermission>,
    rule_ids: &'a [String],
}

/// The change that a call asks for. A single rule may be given without a list around it.
macro_rules! change {
    ($input:expr, $is_egress:literal, $id:expr, $name:expr, $rule_ids:expr) => {{
        let it = $input;
        let mut permissions = it.ip_permissions.clone();
        if it.ip_protocol.is_some()
            || it.cidr_ip.is_some()
            || it.source_security_group_name.is_some()
        {
            let is_of_group = it.source_security_group_name.is_some();
            let is_whole = is_of_group && it.ip_protocol.is_none();
            let pair = it.source_security_group_name.clone().map(|name| GroupPair {
                group_name: Some(name),
                user_id: it.source_security_group_owner_id.clone(),
                ..GroupPair::default()
            });
            let range = it.cidr_ip.clone().map(|cidr_ip| IpRange { cidr_ip, ..IpRange::default() });
            permissions.push(IpPermission {
                ip_protocol: if is_whole { Some("-1".to_owned()) } else { it.ip_protocol.clone() },
                from_port: it.from_port,
                to_port: it.to_port,
                user_id_group_pairs: pair.into_iter().collect(),
                ip_ranges: range.into_iter().collect(),
                ..IpPermission::default()
            });
        }
        Change { is_egress: $is_egress, group: ($id, $name), permissions, rule_ids: $rule_ids }
    }};
}

impl Ec2 {
    pub(crate) fn authorize_security_group_ingress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AuthorizeSecurityGroupIngressInput,
    ) -> Result<Answer, ApiError> {
        let (id, name) = (input.group_id.as_deref(), input.group_name.as_deref());
        let tags = tag::specified(&input.tag_specifications, "security-group-rule")?;
        self.authorize(cx, &home_of(origin), &change!(input, false, id, name, &[]), &tags)
    }

    pub(crate) fn authorize_security_group_egress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AuthorizeSecurityGroupEgressInput,
    ) -> Result<Answer, ApiError> {
        let tags = tag::specified(&input.tag_specifications, "security-group-rule")?;
        let change = change!(input, true, Some(&*input.group_id), None, &[]);
        self.authorize(cx, &home_of(origin), &change, &tags)
    }

    fn authorize(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        change: &Change<'_>,
        tags: &BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let mut group = self.named_group(home, change.group.0, change.group.1)?.clone();
        let mut rules = self.rules_of(home, change.is_egress, &change.permissions)?;
        for rule in &rules {
            if group.rules.iter().any(|own| own.is_like(rule)) {
                return Err(errors::INVALID_PERMISSION_DUPLICATE
                    .says(format!("the specified rule \"{}\" already exists", rule.said())));
            }
        }
        let own = group.rules.iter().filter(|rule| rule.is_egress == change.is_egress).count();
        if own + rules.len() > limits::RULES_MAX {
            return Err(errors::RULES_PER_SECURITY_GROUP_LIMIT_EXCEEDED
                .says("The maximum number of rules per security group has been reached."));
        }
        for rule in &mut rules {
            rule.id = new_id(cx.ids, "sgr-");
        }
        group.rules.extend(rules.iter().cloned());
        self.keep(cx, group.clone());
        for rule in &rules {
            self.tag(cx, home, &rule.id, tags.clone());
        }
        let row = |rule: &Rule| rule.row(&group, self.tag_list(&rule.id));
        let rows: Vec<Value> = rules.iter().map(row).collect();
        Ok(Answer(json!({"Return": true, "SecurityGroupRules": rows})))
    }

    pub(crate) fn revoke_security_group_ingress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RevokeSecurityGroupIngressInput,
    ) -> Result<Answer, ApiError> {
        let (id, name) = (input.group_id.as_deref(), input.group_name.as_deref());
        let change = change!(input, false, id, name, &input.security_group_rule_ids);
        self.revoke(cx, &home_of(origin), &change)
    }

    pub(crate) fn revoke_security_group_egress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RevokeSecurityGroupEgressInput,
    ) -> Result<Answer, ApiError> {
        let ids = &input.security_group_rule_ids;
        let change = change!(input, true, Some(&*input.group_id), None, ids);
        self.revoke(cx, &home_of(origin), &change)
    }

    /// In a default network what is not there is told in the answer, in any other it is an error.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html>
    fn revoke(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        change: &Change<'_>,
    ) -> Result<Answer, ApiError> {
        let mut group = self.named_group(home, change.group.0, change.group.1)?.clone();
        let mut revoked: Vec<Rule> = Vec::new();
        let mut unknown: Vec<Rule> = Vec::new();
        for id in change.rule_ids {
            let own = group.rules.iter();
            let mut own = own.filter(|rule| rule.is_egress == change.is_egress && rule.id == *id);
            match own.next() {
                Some(rule) => revoked.push(rule.clone()),
                None => return Err(no_rule(id)),
            }
        }
        if change.rule_ids.is_empty() || !change.permissions.is_empty() {
            for rule in self.rules_of(home, change.is_egress, &change.permissions)? {
                match group.rules.iter().find(|own| own.is_like(&rule)) {
                    Some(own) => revoked.push(own.clone()),
                    None => unknown.push(rule),
                }
            }
        }
        let is_default = self.vpcs.get(&group.vpc).is_some_and(|vpc| vpc.is_default);
        if !unknown.is_empty() && !is_default {
            return Err(errors::INVALID_PERMISSION_NOT_FOUND
                .says("The specified rule does not exist in this security group."));
        }
        let rows: Vec<Value> = revoked.iter().map(|rule| rule.revoked_row(&group)).collect();
        group.rules.retain(|own| !revoked.iter().any(|rule| rule.id == own.id));
        self.keep(cx, group);
        revoked.iter().for_each(|rule| self.forget_tags(cx, &rule.id));
        let mut answer = json!({"Return": true, "RevokedSecurityGroupRules": rows});
        if !unknown.is_empty() {
            answer["UnknownIpPermissions"] = json!(permissions(&unknown, change.is_egress));
        }
        Ok(Answer(answer))
    }

    pub(crate) fn modify_security_group_rules(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifySecurityGroupRulesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut group = self.find::<SecurityGroup>(&home, &input.group_id)?.clone();
        for update in &input.security_group_rules {
            let id = &update.security_group_rule_id;
            let Some(at) = group.rules.iter().position(|rule| rule.id == *id) else {
                return Err(no_rule(id));
            };
            let next = self.updated(&home, &group.rules[at], &update.security_group_rule)?;
            let is_twice = group.rules.iter().any(|own| own.id != *id && own.is_like(&next));
            if is_twice {
                return Err(errors::INVALID_PERMISSION_DUPLICATE
                    .says(format!("the specified rule \"{}\" already exists", next.said())));
            }
            group.rules[at] = next;
        }
        self.keep(cx, group);
        Ok(Answer(json!({"Return": true})))
    }

    fn updated(&self, home: &Home, rule: &Rule, to: &RuleRequest) -> Result<Rule, ApiError> {
        let (protocol, from, to_port) = ports(to.ip_protocol.as_deref(), to.from_port, to.to_port)?;
        validate_description(to.description.as_deref())?;
        let given = [&to.cidr_ipv4, &to.cidr_ipv6, &to.prefix_list_id, &to.referenced_group_id];
        let peer = match given.map(Option::as_deref) {
            [Some(cidr), None, None, None] => ipv4(cidr)?,
            [None, Some(cidr), None, None] => ipv6(cidr)?,
            [None, None, Some(list), None] => Peer::PrefixList(list.to_owned()),
            [None, None, None, Some(id)] => {
                let group: &SecurityGroup = self.find(home, id)?;
                Peer::Group { account: home.account.clone(), id: group.id.clone() }
            }
            [None, None, None, None] => {
                return Err(errors::MISSING_PARAMETER.says(
                    "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId",
                ));
            }
            _ => {
                return Err(errors::INVALID_PARAMETER_COMBINATION.says(
                    "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified",
                ));
            }
        };
        let (id, is_egress) = (rule.id.clone(), rule.is_egress);
        let description = to.description.clone();
        Ok(Rule { id, is_egress, protocol, from, to: to_port, peer, description })
    }
}

fn no_rule(id: &str) -> ApiError {
    errors::INVALID_SECURITY_GROUP_RULE_ID_NOT_FOUND
        .says(format!("The security group rule ID '{id}' does not exist"))
}
