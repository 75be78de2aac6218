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

#[cfg(test)]
mod tests {
    use super::*;

    /// What the template says of a resource; nothing where it has none of that name.
    fn block(template: &str, name: &str) -> Option<String> {
        let begin = format!("\n  {name}:\n");
        let rest = &template[template.find(&begin)? + begin.len()..];
        let lines = rest.lines().take_while(|line| line.starts_with("   ") || line.is_empty());
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    /// The literal values of an input with the names that they have in it.
    fn literals(name: &str, input: &Value, found: &mut Vec<(String, String)>) {
        match input {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| literals(name, value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| literals(name, item, found)),
            Value::String(text) if text.contains("${") || text.starts_with("arn:") => {}
            Value::String(text) => found.push((name.to_owned(), text.clone())),
            other => found.push((name.to_owned(), other.to_string())),
        }
    }

    /// Names that a call has and the template says in another way, or leaves to AWS.
    const OTHERWISE: [&str; 9] = [
        "AvailabilityZone", // the first three that there are
        "ResourceType",
        "Key", // Name, of tags
        "Name",
        "Version", // of the launch template: the latest
        "PolicyName",
        "Port",
        "Type",
        "TargetType",
    ];

    /// Each resource of the lab is one of the template's, with the same values.
    #[test]
    fn the_lab_is_what_the_template_makes_on_aws() {
        let template = include_str!("../../../../infra/cloudless.yaml");
        let mut complaints = Vec::new();
        for step in steps() {
            let resource = step.name.split(' ').next().unwrap_or_default();
            let Some(block) = block(template, resource) else {
                complaints.push(format!("the template has no {resource}"));
                continue;
            };
            let mut values = Vec::new();
            literals("", &step.input, &mut values);
            for (name, value) in values {
                // What a new group may reach is taken away; the template says so by its own rules.
                let is_undone = step.operation == "RevokeSecurityGroupEgress";
                if OTHERWISE.contains(&name.as_str()) || is_undone {
                    continue;
                }
                let name = if name == "Description" { "Description: " } else { "" };
                let is_said = [format!("{name}{value}"), format!("'{value}'")];
                let says_vpc = value == "10.0.0.0/16" && block.contains("!GetAtt Vpc.CidrBlock");
                if !is_said.iter().any(|said| block.contains(said.as_str())) && !says_vpc {
                    complaints.push(format!("{}: the template does not say {value}", step.name));
                }
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[test]
    fn what_a_step_gives_stands_in_later_ones() {
        let made = Made::from([
            ("Vpc".to_owned(), json!("vpc-1")),
            ("A".to_owned(), json!("subnet-a")),
            ("MinSize".to_owned(), json!(1)),
        ]);
        let input = json!({ "VpcId": "${Vpc}", "Zones": "${A},${A}", "Size": ["${MinSize}", "${Unknown}"] });
        assert_eq!(
            filled(&input, &made),
            json!({ "VpcId": "vpc-1", "Zones": "subnet-a,subnet-a", "Size": [1, "${Unknown}"] })
        );
    }
}
