//! What each operation of Elastic Load Balancing needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::call::Origin;
use kernel::policy::Conditions;

use crate::{Elb, Request, Tag, arn};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing.
    Account,
    /// The load balancer that is made.
    NewLoadBalancer,
    /// The target group that is made.
    NewTargetGroup,
    /// What the request names.
    Resource,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::NewLoadBalancer => "the new load balancer",
            Self::NewTargetGroup => "the new target group",
            Self::Resource => "the resource",
        })
    }
}

impl On {
    /// The ARNs that a request names.
    pub(super) fn arns(self, request: &Request, origin: &Origin) -> Vec<String> {
        match (self, request) {
            (Self::NewLoadBalancer, Request::CreateLoadBalancer(it)) => {
                vec![format!("{}app/{}/*", arn::prefix(origin, "loadbalancer"), it.name)]
            }
            (Self::NewTargetGroup, Request::CreateTargetGroup(it)) => {
                vec![format!("{}{}/*", arn::prefix(origin, "targetgroup"), it.name)]
            }
            (Self::Resource, request) => {
                request.resources().into_iter().map(str::to_owned).collect()
            }
            _ => vec!["*".to_owned()],
        }
    }
}

impl Request {
    /// The ARNs of what it is about.
    pub(crate) fn resources(&self) -> Vec<&str> {
        match self {
            Self::AddListenerCertificates(it) | Self::RemoveListenerCertificates(it) => {
                vec![&it.listener_arn]
            }
            Self::AddTags(it) => it.resource_arns.iter().map(String::as_str).collect(),
            Self::RemoveTags(it) => it.resource_arns.iter().map(String::as_str).collect(),
            Self::CreateListener(it) => vec![&it.load_balancer_arn],
            Self::CreateRule(it) => vec![&it.listener_arn],
            Self::DeleteListener(it) => vec![&it.listener_arn],
            Self::DeleteLoadBalancer(it) => vec![&it.load_balancer_arn],
            Self::DeleteRule(it) => vec![&it.rule_arn],
            Self::DeleteTargetGroup(it) => vec![&it.target_group_arn],
            Self::DeregisterTargets(it) | Self::RegisterTargets(it) => vec![&it.target_group_arn],
            Self::DescribeTargetHealth(it) => vec![&it.target_group_arn],
            Self::ModifyListener(it) => vec![&it.listener_arn],
            Self::ModifyListenerAttributes(it) => vec![&it.listener_arn],
            Self::ModifyLoadBalancerAttributes(it) => vec![&it.load_balancer_arn],
            Self::ModifyRule(it) => vec![&it.rule_arn],
            Self::ModifyTargetGroup(it) => vec![&it.target_group_arn],
            Self::ModifyTargetGroupAttributes(it) => vec![&it.target_group_arn],
            Self::SetIpAddressType(it) => vec![&it.load_balancer_arn],
            Self::SetRulePriorities(it) => {
                it.rule_priorities.iter().filter_map(|it| it.rule_arn.as_deref()).collect()
            }
            Self::SetSecurityGroups(it) => vec![&it.load_balancer_arn],
            Self::SetSubnets(it) => vec![&it.load_balancer_arn],
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[Tag] {
        match self {
            Self::AddTags(it) => &it.tags,
            Self::CreateListener(it) => it.tags.as_deref().unwrap_or_default(),
            Self::CreateLoadBalancer(it) => it.tags.as_deref().unwrap_or_default(),
            Self::CreateRule(it) => it.tags.as_deref().unwrap_or_default(),
            Self::CreateTargetGroup(it) => it.tags.as_deref().unwrap_or_default(),
            _ => &[],
        }
    }

    fn security_groups(&self) -> &[String] {
        match self {
            Self::CreateLoadBalancer(it) => it.security_groups.as_deref().unwrap_or_default(),
            Self::SetSecurityGroups(it) => &it.security_groups,
            _ => &[],
        }
    }

    fn subnets(&self) -> &[String] {
        match self {
            Self::CreateLoadBalancer(it) => it.subnets.as_deref().unwrap_or_default(),
            Self::SetSubnets(it) => it.subnets.as_deref().unwrap_or_default(),
            _ => &[],
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

/// A condition key of Elastic Load Balancing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `internet-facing` or `internal`.
    Scheme,
    /// Security groups that a load balancer is to have.
    SecurityGroup,
    /// Subnets that it is to be in.
    Subnet,
    /// A tag that something is to have.
    RequestTag,
    /// The names of the tags that the request speaks of.
    TagKeys,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "elasticloadbalancing:Scheme",
            Self::SecurityGroup => "elasticloadbalancing:SecurityGroup",
            Self::Subnet => "elasticloadbalancing:Subnet",
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
        })
    }
}

impl Key {
    pub(super) fn insert(self, conditions: &mut Conditions, request: &Request) {
        match (self, request) {
            (Self::Scheme, Request::CreateLoadBalancer(input)) => {
                let scheme = input.scheme.as_deref().unwrap_or("internet-facing");
                conditions.insert("elasticloadbalancing:Scheme", scheme);
            }
            (Self::Scheme, _) => {}
            (Self::SecurityGroup, _) => {
                let ids = request.security_groups().iter();
                ids.for_each(|id| conditions.insert("elasticloadbalancing:SecurityGroup", id));
            }
            (Self::Subnet, _) => {
                let ids = request.subnets().iter();
                ids.for_each(|id| conditions.insert("elasticloadbalancing:Subnet", id));
            }
            (Self::RequestTag, _) => {
                for Tag { key, value } in request.tags() {
                    let value = value.as_deref().unwrap_or_default();
                    conditions.insert(&format!("aws:RequestTag/{key}"), value);
                }
            }
            (Self::TagKeys, Request::RemoveTags(input)) => {
                input.tag_keys.iter().for_each(|key| conditions.insert("aws:TagKeys", key));
            }
            (Self::TagKeys, _) => {
                request.tags().iter().for_each(|tag| conditions.insert("aws:TagKeys", &tag.key));
            }
        }
    }
}

impl Vocabulary for Elb {
    type On = On;
    type When = When;
    type Key = Key;
}

const TAGS: &[Key] = &[Key::RequestTag, Key::TagKeys];
const TAG_KEYS: &[Key] = &[Key::TagKeys];
const GROUPS: &[Key] = &[Key::SecurityGroup];
const SUBNETS: &[Key] = &[Key::Subnet];
const NEW: &[Key] = &[Key::Scheme, Key::SecurityGroup, Key::Subnet, Key::RequestTag, Key::TagKeys];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>
kernel::permissions! { Elb;
    AddListenerCertificates: {
        "elasticloadbalancing:AddListenerCertificates" on Resource;
    }
    AddTags: {
        "elasticloadbalancing:AddTags" on Resource with TAGS;
    }
    CreateListener: {
        "elasticloadbalancing:CreateListener" on Resource with TAGS;
        "elasticloadbalancing:AddTags" on Resource when WithTags with TAGS;
    }
    CreateLoadBalancer: {
        "elasticloadbalancing:CreateLoadBalancer" on NewLoadBalancer with NEW;
        "elasticloadbalancing:AddTags" on NewLoadBalancer when WithTags with TAGS;
    }
    CreateRule: {
        "elasticloadbalancing:CreateRule" on Resource with TAGS;
        "elasticloadbalancing:AddTags" on Resource when WithTags with TAGS;
    }
    CreateTargetGroup: {
        "elasticloadbalancing:CreateTargetGroup" on NewTargetGroup with TAGS;
        "elasticloadbalancing:AddTags" on NewTargetGroup when WithTags with TAGS;
    }
    DeleteListener: {
        "elasticloadbalancing:DeleteListener" on Resource;
    }
    DeleteLoadBalancer: {
        "elasticloadbalancing:DeleteLoadBalancer" on Resource;
    }
    DeleteRule: {
        "elasticloadbalancing:DeleteRule" on Resource;
    }
    DeleteTargetGroup: {
        "elasticloadbalancing:DeleteTargetGroup" on Resource;
    }
    DeregisterTargets: {
        "elasticloadbalancing:DeregisterTargets" on Resource;
    }
    DescribeAccountLimits: {
        "elasticloadbalancing:DescribeAccountLimits" on Account;
    }
    DescribeListenerAttributes: {
        "elasticloadbalancing:DescribeListenerAttributes" on Account;
    }
    DescribeListenerCertificates: {
        "elasticloadbalancing:DescribeListenerCertificates" on Account;
    }
    DescribeListeners: {
        "elasticloadbalancing:DescribeListeners" on Account;
    }
    DescribeLoadBalancerAttributes: {
        "elasticloadbalancing:DescribeLoadBalancerAttributes" on Account;
    }
    DescribeLoadBalancers: {
        "elasticloadbalancing:DescribeLoadBalancers" on Account;
    }
    DescribeRules: {
        "elasticloadbalancing:DescribeRules" on Account;
    }
    DescribeSSLPolicies: {
        "elasticloadbalancing:DescribeSSLPolicies" on Account;
    }
    DescribeTags: {
        "elasticloadbalancing:DescribeTags" on Account;
    }
    DescribeTargetGroupAttributes: {
        "elasticloadbalancing:DescribeTargetGroupAttributes" on Account;
    }
    DescribeTargetGroups: {
        "elasticloadbalancing:DescribeTargetGroups" on Account;
    }
    DescribeTargetHealth: {
        "elasticloadbalancing:DescribeTargetHealth" on Account;
    }
    ModifyListener: {
        "elasticloadbalancing:ModifyListener" on Resource;
    }
    ModifyListenerAttributes: {
        "elasticloadbalancing:ModifyListenerAttributes" on Resource;
    }
    ModifyLoadBalancerAttributes: {
        "elasticloadbalancing:ModifyLoadBalancerAttributes" on Resource;
    }
    ModifyRule: {
        "elasticloadbalancing:ModifyRule" on Resource;
    }
    ModifyTargetGroup: {
        "elasticloadbalancing:ModifyTargetGroup" on Resource;
    }
    ModifyTargetGroupAttributes: {
        "elasticloadbalancing:ModifyTargetGroupAttributes" on Resource;
    }
    RegisterTargets: {
        "elasticloadbalancing:RegisterTargets" on Resource;
    }
    RemoveListenerCertificates: {
        "elasticloadbalancing:RemoveListenerCertificates" on Resource;
    }
    RemoveTags: {
        "elasticloadbalancing:RemoveTags" on Resource with TAG_KEYS;
    }
    SetIpAddressType: {
        "elasticloadbalancing:SetIpAddressType" on Resource;
    }
    SetRulePriorities: {
        "elasticloadbalancing:SetRulePriorities" on Resource;
    }
    SetSecurityGroups: {
        "elasticloadbalancing:SetSecurityGroups" on Resource with GROUPS;
    }
    SetSubnets: {
        "elasticloadbalancing:SetSubnets" on Resource with SUBNETS;
    }
}
