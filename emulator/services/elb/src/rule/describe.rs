//! `DescribeRules`, and a rule as it is said.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::{Deserialize, Serialize};

use super::{Condition, Rule};
use crate::action::Action;
use crate::error::{RULE_NOT_FOUND, no_arn, wrong};
use crate::page::{self, Asked};
use crate::{Cx, Elb, Kind, Record, arn};

/// A rule, as it is said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleDescription {
    /// Its ARN.
    pub rule_arn: String,
    /// Its number, or `default`.
    pub priority: String,
    /// For which requests.
    pub conditions: Vec<Condition>,
    /// What becomes of them.
    pub actions: Vec<Action>,
    /// It is the listener's last.
    pub is_default: bool,
}

/// Output of operations that make and change rules.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RulesOutput {
    /// The rules.
    pub rules: Vec<RuleDescription>,
}

/// Input of `DescribeRules`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeRulesInput {
    /// Those of this listener.
    pub listener_arn: Option<String>,
    /// Those of these ARNs.
    pub rule_arns: Option<Vec<String>>,
    /// Where the page before ended.
    pub marker: Option<String>,
    /// How many at most.
    pub page_size: Option<u32>,
}

/// Output of `DescribeRules`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRulesOutput {
    /// The rules.
    pub rules: Vec<RuleDescription>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

impl Rule {
    pub(crate) fn described(&self) -> RuleDescription {
        RuleDescription {
            rule_arn: self.arn.clone(),
            priority: self.priority.map_or_else(|| "default".to_owned(), |it| it.to_string()),
            conditions: self.conditions.clone(),
            actions: self.actions.clone(),
            is_default: self.priority.is_none(),
        }
    }
}

impl Elb {
    /// A rule of the caller's.
    pub(crate) fn own_rule(&self, origin: &Origin, arn: &str) -> Result<&Rule, ApiError> {
        if arn::Kind::of(arn) != Some(arn::Kind::Rule) {
            return Err(no_arn(arn, "listener rule"));
        }
        let is_own = arn.starts_with(&arn::prefix(origin, "listener-rule"));
        let rule = self.rules.get(arn).filter(|_| is_own);
        rule.ok_or_else(|| (&RULE_NOT_FOUND).into())
    }

    /// The rules of a listener, in the order in which they are tried.
    pub(crate) fn rules_of(&self, listener: &str) -> impl Iterator<Item = &Rule> + use<'_> {
        let mut rules: Vec<&Rule> = self.rules_with_prefix(arn::rules_of(listener)).collect();
        rules.sort_by_key(|rule| rule.place());
        rules.into_iter()
    }

    /// All rules of a load balancer.
    pub(crate) fn rules_of_balancer(
        &self,
        balancer: &str,
    ) -> impl Iterator<Item = &Rule> + use<'_> {
        self.rules_with_prefix(arn::rules_of_balancer(balancer))
    }

    fn rules_with_prefix(&self, prefix: String) -> impl Iterator<Item = &Rule> + use<'_> {
        let from = self.rules.range(prefix.clone()..);
        from.take_while(move |(arn, _)| arn.starts_with(&prefix)).map(|(_, rule)| rule)
    }

    /// A rule is there, or is otherwise: it is stored, carried out, and the groups that it forwards to are asked.
    pub(crate) fn rule_changed(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(rule) = self.rules.get(arn) else { return };
        let actions = rule.actions.clone();
        cx.put(|| Record::rule(rule));
        self.dirty.insert(arn::load_balancer_of(&arn::listener_of(arn)));
        self.ask_of_actions(cx, &actions);
    }

    /// A rule is gone.
    pub(crate) fn remove_rule(&mut self, cx: &mut Cx<'_>, arn: &str) {
        let Some(rule) = self.rules.remove(arn) else { return };
        cx.delete(|| Key::named(Kind::Rule, arn));
        self.dirty.insert(arn::load_balancer_of(&arn::listener_of(arn)));
        self.ask_of_actions(cx, &rule.actions);
    }

    /// What of the groups that actions forward to may be otherwise, is.
    pub(crate) fn ask_of_actions(&mut self, cx: &mut Cx<'_>, actions: &[Action]) {
        let groups = actions.iter().flat_map(Action::groups);
        for group in groups.filter_map(|it| it.target_group_arn.as_deref()) {
            self.group_used_otherwise(cx, group);
        }
    }

    pub(crate) fn describe_rules(
        &self,
        origin: &Origin,
        input: &DescribeRulesInput,
    ) -> Result<DescribeRulesOutput, ApiError> {
        let arns = input.rule_arns.as_deref().unwrap_or_default();
        let rules: Vec<&Rule> = match (&input.listener_arn, arns) {
            (None, []) => {
                return wrong("You must specify either listener rule ARNs or a listener ARN");
            }
            (Some(_), [_, ..]) => {
                return wrong(
                    "Listener rule ARNs and a listener ARN cannot be specified at the same time",
                );
            }
            (Some(listener), []) => {
                self.listening(origin, listener)?;
                self.rules_of(listener).collect()
            }
            (None, arns) => {
                let found: Result<_, ApiError> =
                    arns.iter().map(|arn| self.own_rule(origin, arn)).collect();
                found?
            }
        };
        let asked = Asked { marker: input.marker.as_deref(), size: input.page_size };
        let (rules, next_marker) = page::of(rules, asked, |rule| rule.arn.clone())?;
        let rules = rules.into_iter().map(Rule::described).collect();
        Ok(DescribeRulesOutput { rules, next_marker })
    }
}
