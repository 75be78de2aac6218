//! Rules of listeners: which requests they are for, and what becomes of those.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html>

mod condition;
mod create;
mod delete;
mod describe;
mod modify;
mod priority;

use std::collections::BTreeMap;

pub use condition::{
    Condition, HttpHeaderConfig, QueryStringConfig, QueryStringPair, ValuesConfig,
};
pub use create::CreateRuleInput;
pub use delete::DeleteRuleInput;
pub use describe::{DescribeRulesInput, DescribeRulesOutput, RuleDescription, RulesOutput};
pub use modify::ModifyRuleInput;
pub use priority::{RulePriority, SetRulePrioritiesInput};

use crate::action::Action;

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) arn: String,
    /// The lowest is tried first; nothing: it is the listener's last, for whatever no other is for.
    pub(crate) priority: Option<u32>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) actions: Vec<Action>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Rule {
    /// In which order rules are tried.
    pub(crate) fn place(&self) -> u32 {
        self.priority.unwrap_or(u32::MAX)
    }
}
