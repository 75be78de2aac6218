//! The architecture on AWS, made call by call: what `infra/cloudless.yaml` makes there, by the same names.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::calls::Calls;

/// One call of the architecture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The resource, as the template names it.
    pub name: String,
    /// `ec2`
    pub service: String,
    /// `CreateVpc`
    pub operation: String,
    /// Its input; `${Vpc}` stands for what the step of that name gave, or for a parameter.
    pub input: Value,
    /// What of the output is given to later steps: `Vpc.VpcId`.
    pub gives: Option<String>,
    /// The policy that the step belongs to; it is left out with the other.
    pub only: Option<String>,
}

/// All steps, in their order.
///
/// # Panics
/// Never: a test reads them.
#[must_use]
pub fn steps() -> Vec<Step> {
    serde_json::from_str(include_str!("architecture.json"))
        .unwrap_or_else(|error| unreachable!("architecture.json, read by a test: {error}"))
}

/// What was made, by the names of steps and parameters.
pub type Made = BTreeMap<String, Value>;

/// Makes the architecture with one of its two policies.
///
/// # Errors
/// A call is refused.
pub async fn make(calls: &Calls, policy: &str, parameters: Made) -> Result<Made> {
    let mut made = parameters;
    let wanted = |step: &Step| step.only.as_deref().is_none_or(|only| only == policy);
    for step in steps().into_iter().filter(wanted) {
        let input = filled(&step.input, &made);
        let output = calls.call(&step.service, &step.operation, input).await;
        let output =
            output.map_err(|error| anyhow::anyhow!("{}: {}", error.code(), error.message()));
        let output = output.with_context(|| format!("{} ({})", step.name, step.operation))?;
        if let Some(path) = &step.gives {
            let found = found(&output, path);
            let found = found.with_context(|| format!("{} gives no {path}", step.operation))?;
            made.insert(step.name, found.clone());
        }
    }
    Ok(made)
}

/// The input with everything that stands for something else. What is nothing but one of them keeps its type.
pub(super) fn filled(input: &Value, made: &Made) -> Value {
    match input {
        Value::String(text) => {
            let whole = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
            if let Some(value) = whole.and_then(|name| made.get(name)) {
                return value.clone();
            }
            let mut text = text.clone();
            for (name, value) in made.iter() {
                if let Some(value) = value.as_str() {
                    text = text.replace(&format!("${{{name}}}"), value);
                }
            }
            json!(text)
        }
        Value::Array(items) => items.iter().map(|item| filled(item, made)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, made))).collect()
        }
        other => other.clone(),
    }
}

fn found<'a>(output: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(output, |value, part| match part.parse::<usize>() {
        Ok(at) => value.get(at),
        Err(_) => value.get(part),
    })
}
