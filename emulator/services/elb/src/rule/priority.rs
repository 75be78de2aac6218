//! `SetRulePriorities`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::describe::RulesOutput;
use crate::error::{OPERATION_NOT_PERMITTED, PRIORITY_IN_USE, wrong};
use crate::{Cx, Elb, arn};

/// Input of `SetRulePriorities`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetRulePrioritiesInput {
    /// Of which rules, all at once.
    pub rule_priorities: Vec<RulePriority>,
}

/// When a rule is tried.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RulePriority {
    /// Which.
    pub rule_arn: Option<String>,
    /// The lowest is tried first.
    pub priority: Option<u32>,
}

impl Elb {
    /// Rules may change places: what counts is how all are numbered afterwards.
    pub(crate) fn set_rule_priorities(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &SetRulePrioritiesInput,
    ) -> Result<RulesOutput, ApiError> {
        let mut asked: BTreeMap<String, u32> = BTreeMap::new();
        for it in &input.rule_priorities {
            let (Some(arn), Some(priority)) = (&it.rule_arn, it.priority) else {
                return wrong("A rule ARN and a priority must be specified");
            };
            if self.own_rule(origin, arn)?.priority.is_none() {
                return Err(OPERATION_NOT_PERMITTED
                    .says(format!("The priority of default rule '{arn}' cannot be modified")));
            }
            if asked.values().any(|other| *other == priority) {
                return wrong(format!("Priority '{priority}' was provided multiple times"));
            }
            if asked.insert(arn.clone(), priority).is_some() {
                return wrong(format!("Rule '{arn}' was provided multiple times"));
            }
        }
        for (arn, priority) in &asked {
            let mut others = self.rules_of(&arn::listener_of(arn));
            if others.any(|it| it.priority == Some(*priority) && !asked.contains_key(&it.arn)) {
                return Err(
                    PRIORITY_IN_USE.says(format!("Priority '{priority}' is currently in use"))
                );
            }
        }
        let mut rules = Vec::new();
        for (arn, priority) in &asked {
            if let Some(rule) = self.rules.get_mut(arn) {
                rule.priority = Some(*priority);
                rules.push(rule.described());
            }
            self.rule_changed(cx, arn);
        }
        Ok(RulesOutput { rules })
    }
}
