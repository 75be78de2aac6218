//! Rules of Contributor Insights. They are kept and given back; nothing is counted by them.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutInsightRule.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{INVALID_NEXT_TOKEN, INVALID_PARAMETER_VALUE, LIMIT_EXCEEDED, invalid, missing};
use crate::limits::{INSIGHT_RULES_MAX, LISTED_METRICS};
use crate::tags::{Tag, merged};
use crate::{CloudWatch, Cx, Empty, Kind, Record, page};

/// Whose it is, where, and what it is called.
pub(crate) type RuleKey = (AccountId, Region, Box<str>);

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InsightRule {
    /// JSON, as it was put.
    pub(crate) definition: String,
    pub(crate) is_enabled: bool,
    pub(crate) tags: BTreeMap<String, String>,
}

pub(crate) fn key_of((account, region, name): &RuleKey) -> Key {
    Key::named(Kind::InsightRule, format!("{account}/{region}/{name}"))
}

fn own(origin: &Origin, name: &str) -> RuleKey {
    (origin.account.clone(), origin.region.clone(), name.into())
}

impl CloudWatch {
    pub(crate) fn put_insight_rule(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutInsightRuleInput,
    ) -> Result<Empty, ApiError> {
        let name = input.rule_name.ok_or_else(|| missing("RuleName"))?;
        let definition = input.rule_definition.ok_or_else(|| missing("RuleDefinition"))?;
        if !serde_json::from_str::<Value>(&definition).is_ok_and(|it| it.is_object()) {
            return Err(INVALID_PARAMETER_VALUE
                .says("The value for parameter RuleDefinition is no valid JSON object."));
        }
        let is_enabled = match input.rule_state.as_deref() {
            None | Some("ENABLED") => true,
            Some("DISABLED") => false,
            Some(other) => return Err(invalid(other, "RuleState")),
        };
        let key = own(origin, &name);
        let before = self.insight_rules.get(&key);
        if before.is_none() && self.rules_of(origin).count() >= INSIGHT_RULES_MAX {
            return Err((&LIMIT_EXCEEDED).into());
        }
        let tags = match before {
            Some(before) => before.tags.clone(),
            None => merged(&BTreeMap::new(), &input.tags)?,
        };
        let rule = InsightRule { definition, is_enabled, tags };
        cx.put(|| Record::insight_rule(&key, &rule));
        self.insight_rules.insert(key, rule);
        Ok(Empty {})
    }

    fn rules_of<'a>(
        &'a self,
        origin: &'a Origin,
    ) -> impl Iterator<Item = (&'a RuleKey, &'a InsightRule)> {
        self.insight_rules.iter().filter(|((account, region, _), _)| {
            *account == origin.account && *region == origin.region
        })
    }

    pub(crate) fn describe_insight_rules(
        &self,
        origin: &Origin,
        input: &DescribeInsightRulesInput,
    ) -> Result<DescribeInsightRulesOutput, ApiError> {
        let limit = input.max_results.and_then(|count| usize::try_from(count).ok());
        let place = |((_, _, name), _): &(&RuleKey, &InsightRule)| name.to_string();
        let scope = format!("rules {} {}", origin.account, origin.region);
        let token = input.next_token.as_deref();
        let rules = self.rules_of(origin);
        let page = page::of(rules, token, limit.unwrap_or(LISTED_METRICS), place, &scope);
        let page = page.ok_or_else(|| ApiError::from(&INVALID_NEXT_TOKEN))?;
        let described = page.items.into_iter().map(|((_, _, name), rule)| DescribedInsightRule {
            name: name.to_string(),
            state: if rule.is_enabled { "ENABLED" } else { "DISABLED" },
            schema: schema(&rule.definition),
            definition: rule.definition.clone(),
            managed_rule: false,
        });
        Ok(DescribeInsightRulesOutput {
            insight_rules: described.collect(),
            next_token: page.next_token,
        })
    }

    /// What is not there fails by itself.
    pub(crate) fn change_insight_rules(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RuleNamesInput,
        change: RuleChange,
    ) -> Result<FailuresOutput, ApiError> {
        let names = input.rule_names.as_deref().ok_or_else(|| missing("RuleNames"))?;
        let mut failures = Vec::new();
        for name in names {
            let key = own(origin, name);
            let Some(rule) = self.insight_rules.get_mut(&key) else {
                failures.push(PartialFailure {
                    failure_resource: name.clone(),
                    exception_type: "ResourceNotFoundException",
                    failure_code: "404",
                    failure_description: format!("Rule {name} does not exist"),
                });
                continue;
            };
            match change {
                RuleChange::Enable(is_enabled) => {
                    rule.is_enabled = is_enabled;
                    cx.put(|| Record::insight_rule(&key, rule));
                }
                RuleChange::Delete => {
                    self.insight_rules.remove(&key);
                    cx.delete(|| key_of(&key));
                }
            }
        }
        Ok(FailuresOutput { failures })
    }
}

/// What becomes of rules.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RuleChange {
    Enable(bool),
    Delete,
}

/// `{"Name" : "CloudWatchLogRule", "Version" : 1}`
fn schema(definition: &str) -> String {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    let (name, version) = match &definition["Schema"] {
        Value::Object(schema) => (schema.get("Name").cloned(), schema.get("Version").cloned()),
        name => (Some(name.clone()), None),
    };
    let version = version.unwrap_or(Value::from(1));
    format!("{{\"Name\" : {}, \"Version\" : {version}}}", name.unwrap_or_default())
}

/// Input of `PutInsightRule`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutInsightRuleInput {
    /// Its name.
    pub rule_name: Option<String>,
    /// `ENABLED`, `DISABLED`.
    pub rule_state: Option<String>,
    /// JSON.
    pub rule_definition: Option<String>,
    /// What a new one is tagged with.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Input of `DescribeInsightRules`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInsightRulesInput {
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Rules of a page.
    pub max_results: Option<i64>,
}

/// Output of `DescribeInsightRules`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInsightRulesOutput {
    /// A page of them.
    pub insight_rules: Vec<DescribedInsightRule>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A rule, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribedInsightRule {
    /// Its name.
    pub name: String,
    /// `ENABLED`, `DISABLED`.
    pub state: &'static str,
    /// Its schema, in JSON.
    pub schema: String,
    /// JSON.
    pub definition: String,
    /// Whether AWS manages it: none.
    pub managed_rule: bool,
}

/// Input of `DeleteInsightRules`, `EnableInsightRules` and `DisableInsightRules`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RuleNamesInput {
    /// Which.
    pub rule_names: Option<Vec<String>>,
}

/// What of several failed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailuresOutput {
    /// Each with why.
    pub failures: Vec<PartialFailure>,
}

/// What failed, and why.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PartialFailure {
    /// The rule.
    pub failure_resource: String,
    /// An error.
    pub exception_type: &'static str,
    /// Its status.
    pub failure_code: &'static str,
    /// For people.
    pub failure_description: String,
}
