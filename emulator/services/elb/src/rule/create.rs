//! `CreateRule`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::describe::RulesOutput;
use super::{Condition, Rule, condition};
use crate::action::{Action, Listening};
use crate::error::{PRIORITY_IN_USE, TOO_MANY_RULES};
use crate::limits::RULES_MAX;
use crate::tag::{self, Tag};
use crate::{Cx, Elb, arn};

/// Input of `CreateRule`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateRuleInput {
    /// Of which listener.
    pub listener_arn: String,
    /// For which requests.
    pub conditions: Vec<Condition>,
    /// When it is tried.
    pub priority: u32,
    /// What becomes of them.
    pub actions: Vec<Action>,
    /// Its tags.
    pub tags: Option<Vec<Tag>>,
}

impl Elb {
    pub(crate) fn create_rule(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateRuleInput,
    ) -> Result<RulesOutput, ApiError> {
        let listener = &input.listener_arn;
        let tags = tag::checked(&input.tags.unwrap_or_default())?;
        let (protocol, vpc) = self.listening(origin, listener)?;
        let conditions = condition::checked(input.conditions)?;
        let balancer = arn::load_balancer_of(listener);
        let listening = Listening { protocol: &protocol, balancer: &balancer, vpc: &vpc };
        let actions = self.checked_actions(origin, listening, input.actions)?;
        let priority = input.priority;
        if self.rules_of(listener).any(|it| it.priority == Some(priority)) {
            return Err(PRIORITY_IN_USE.says(format!("Priority '{priority}' is currently in use")));
        }
        let others = self.rules_of_balancer(&balancer).filter(|it| it.priority.is_some()).count();
        if others >= RULES_MAX {
            return Err(TOO_MANY_RULES.says(format!(
                "The maximum number of rules on load balancer {balancer} has been reached: '{RULES_MAX}'"
            )));
        }
        let arn = format!("{}{:016x}", arn::rules_of(listener), cx.ids.next_u64());
        let rule = Rule { arn: arn.clone(), priority: Some(priority), conditions, actions, tags };
        let described = rule.described();
        self.rules.insert(arn.clone(), rule);
        self.rule_changed(cx, &arn);
        Ok(RulesOutput { rules: vec![described] })
    }
}
