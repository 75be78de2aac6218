//! `ModifyRule`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::describe::RulesOutput;
use super::{Condition, condition};
use crate::action::{Action, Listening};
use crate::error::{OPERATION_NOT_PERMITTED, wrong};
use crate::{Cx, Elb, arn};

/// Input of `ModifyRule`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ModifyRuleInput {
    /// Which.
    pub rule_arn: String,
    /// For which requests, in place of what is there.
    pub conditions: Option<Vec<Condition>>,
    /// What becomes of them, in place of what is there.
    pub actions: Option<Vec<Action>>,
}

impl Elb {
    pub(crate) fn modify_rule(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ModifyRuleInput,
    ) -> Result<RulesOutput, ApiError> {
        let conditions = input.conditions.filter(|it| !it.is_empty());
        let actions = input.actions.filter(|it| !it.is_empty());
        if conditions.is_none() && actions.is_none() {
            return wrong("Either conditions or actions must be specified");
        }
        let mut changed = self.own_rule(origin, &input.rule_arn)?.clone();
        if changed.priority.is_none() {
            return Err(OPERATION_NOT_PERMITTED
                .says(format!("Default rule '{}' cannot be modified", changed.arn)));
        }
        let listener = arn::listener_of(&changed.arn);
        let (protocol, vpc) = self.listening(origin, &listener)?;
        if let Some(conditions) = conditions {
            changed.conditions = condition::checked(conditions)?;
        }
        if let Some(actions) = actions {
            let balancer = arn::load_balancer_of(&listener);
            let listening = Listening { protocol: &protocol, balancer: &balancer, vpc: &vpc };
            changed.actions = self.checked_actions(origin, listening, actions)?;
        }
        let described = changed.described();
        let before = self.rules.insert(changed.arn.clone(), changed);
        self.rule_changed(cx, &input.rule_arn);
        let before = before.map(|it| it.actions).unwrap_or_default();
        self.ask_of_actions(cx, &before);
        Ok(RulesOutput { rules: vec![described] })
    }
}
