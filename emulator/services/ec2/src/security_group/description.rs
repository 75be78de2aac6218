//! What is said of rules, for people.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::json;

use super::permission::{IpPermission, validate_description};
use crate::input::input;
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    UpdateSecurityGroupRuleDescriptionsEgressInput { group_id: Option<String>, group_name: Option<String>, ip_permissions: Vec<IpPermission>, security_group_rule_descriptions: Vec<RuleDescription> }
    UpdateSecurityGroupRuleDescriptionsIngressInput { group_id: Option<String>, group_name: Option<String>, ip_permissions: Vec<IpPermission>, security_group_rule_descriptions: Vec<RuleDescription> }
}

/// What is to be said of the rule of this id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct RuleDescription {
    security_group_rule_id: Option<String>,
    description: Option<String>,
}

/// What is to be said of which rules of a group.
struct Said<'a> {
    is_egress: bool,
    group: (Option<&'a str>, Option<&'a str>),
    permissions: &'a [IpPermission],
    by_id: &'a [RuleDescription],
}

impl Ec2 {
    pub(crate) fn update_security_group_rule_descriptions_ingress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &UpdateSecurityGroupRuleDescriptionsIngressInput,
    ) -> Result<Answer, ApiError> {
        let said = Said {
            is_egress: false,
            group: (input.group_id.as_deref(), input.group_name.as_deref()),
            permissions: &input.ip_permissions,
            by_id: &input.security_group_rule_descriptions,
        };
        self.describe_rules(cx, origin, &said)
    }

    pub(crate) fn update_security_group_rule_descriptions_egress(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &UpdateSecurityGroupRuleDescriptionsEgressInput,
    ) -> Result<Answer, ApiError> {
        let said = Said {
            is_egress: true,
            group: (input.group_id.as_deref(), input.group_name.as_deref()),
            permissions: &input.ip_permissions,
            by_id: &input.security_group_rule_descriptions,
        };
        self.describe_rules(cx, origin, &said)
    }

    fn describe_rules(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        said: &Said<'_>,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut group = self.named_group(&home, said.group.0, said.group.1)?.clone();
        let not_found = || {
            errors::INVALID_PERMISSION_NOT_FOUND
                .says("The specified rule does not exist in this security group.")
        };
        for RuleDescription { security_group_rule_id: id, description } in said.by_id {
            validate_description(description.as_deref())?;
            let mut own = group.rules.iter_mut().filter(|own| own.is_egress == said.is_egress);
            let own = own.find(|own| Some(&own.id) == id.as_ref()).ok_or_else(not_found)?;
            own.description.clone_from(description);
        }
        if said.by_id.is_empty() || !said.permissions.is_empty() {
            for rule in self.rules_of(&home, said.is_egress, said.permissions)? {
                let mut own = group.rules.iter_mut();
                let own = own.find(|own| own.is_like(&rule)).ok_or_else(not_found)?;
                own.description = rule.description;
            }
        }
        self.keep(cx, group);
        Ok(Answer(json!({"Return": true})))
    }
}
