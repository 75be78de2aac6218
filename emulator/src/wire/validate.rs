//! Inputs against the constraints of AWS's models, as the descriptor of a service wants it.

use cloudless_core::error::{ApiError, Row};
use serde_json::Value;

use super::model::{Kind, Location, Model, Operation, Shape};

/// Needed members, lengths, ranges, patterns and enums, all complaints in one refusal: `1 validation
/// error detected: Value 'x' at 'functionName' failed to satisfy constraint: Member must …`.
pub(super) fn constraints(
    model: &Model,
    operation: &Operation,
    input: &Value,
    has_payload: bool,
    mut complaints: Complaints,
) -> Result<(), String> {
    let Some(shape) = operation.input.map(|input| model.shape(input)) else { return Ok(()) };
    structure(model, shape, input, "", has_payload, &mut complaints);
    let found = complaints.found;
    match found.len() {
        0 => Ok(()),
        1 => Err(format!("1 validation error detected: {}", found[0])),
        count => Err(format!("{count} validation errors detected: {}", found.join("; "))),
    }
}

/// What is said where a text does not fit a pattern.
const PATTERN: &str = "Member must satisfy regular expression pattern";

/// What is wrong with an input.
pub(super) struct Complaints {
    found: Vec<String>,
    /// Whether a complaint says which text does not fit a pattern: `Value 'x' at`, or `Value at`.
    tells_patterned: bool,
}

impl Complaints {
    pub(super) const fn new(tells_patterned: bool) -> Self {
        Self { found: Vec::new(), tells_patterned }
    }
}

fn structure(
    model: &Model,
    shape: &Shape,
    value: &Value,
    path: &str,
    has_payload: bool,
    complaints: &mut Complaints,
) {
    // AWS looks at the query before the path.
    let (query, others): (Vec<_>, Vec<_>) =
        shape.members().iter().partition(|member| member.location == Location::Query);
    for member in query.into_iter().chain(others) {
        let mut name = member.name.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value.get(member.name) {
            Some(value) => check(model, model.shape(member.shape), value, &path, complaints),
            None if member.location == Location::Payload && has_payload => {}
            None if member.required => {
                complaints.found.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ));
            }
            None => {}
        }
    }
}

fn check(model: &Model, shape: &Shape, value: &Value, path: &str, complaints: &mut Complaints) {
    let mut complain = |constraint: String| {
        let is_hidden = !complaints.tells_patterned && constraint.starts_with(PATTERN);
        let value = match shape.is_sensitive {
            _ if is_hidden => String::new(),
            true => "'***' ".to_owned(),
            false => format!("'{}' ", as_java_prints(value)),
        };
        complaints
            .found
            .push(format!("Value {value}at '{path}' failed to satisfy constraint: {constraint}"));
    };
    own_constraints(shape, value).into_iter().for_each(&mut complain);
    match (&shape.kind, value) {
        (Kind::Structure { .. }, _) => structure(model, shape, value, path, false, complaints),
        (Kind::List { item, .. }, Value::Array(items)) => {
            let item = model.shape(*item);
            if let Kind::Structure { .. } = item.kind {
                for (at, value) in items.iter().enumerate() {
                    structure(
                        model,
                        item,
                        value,
                        &format!("{path}.{}.member", at + 1),
                        false,
                        complaints,
                    );
                }
            } else if items.iter().any(|value| !own_constraints(item, value).is_empty()) {
                complain(format!(
                    "Member must satisfy constraint: [{}]",
                    all_constraints(item, is_never_null(item))
                ));
            }
        }
        (Kind::Map { key, value: of, .. }, Value::Object(entries)) => {
            let (key, of) = (model.shape(*key), model.shape(*of));
            if entries
                .keys()
                .any(|name| !own_constraints(key, &Value::from(name.as_str())).is_empty())
            {
                complain(format!(
                    "Map keys must satisfy constraint: [{}]",
                    all_constraints(key, false)
                ));
            }
            if entries.values().any(|value| !own_constraints(of, value).is_empty()) {
                complain(format!(
                    "Map value must satisfy constraint: [{}]",
                    all_constraints(of, true)
                ));
            }
        }
        _ => {}
    }
}

/// The constraints of a shape that a value breaks.
fn own_constraints(shape: &Shape, value: &Value) -> Vec<String> {
    let size = match (&shape.kind, value) {
        // A blob's length is that of its bytes; nothing here needs to count them.
        (Kind::Blob, _) => None,
        (_, Value::String(text)) => Some(count(text.chars().count())),
        (_, Value::Array(items)) => Some(count(items.len())),
        (_, Value::Object(entries)) => Some(count(entries.len())),
        (_, Value::Number(number)) => number.as_f64(),
        _ => None,
    };
    let mut broken = Vec::new();
    if let Some(size) = size {
        if let Some(max) = shape.max.filter(|max| size > *max) {
            broken.push(bound(shape, "less", max));
        }
        if let Some(min) = shape.min.filter(|min| size < *min) {
            broken.push(bound(shape, "greater", min));
        }
    }
    if let Value::String(text) = value {
        if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            broken.push(format!("{PATTERN}: {}", pattern.text()));
        }
        if !shape.values.is_empty() && !shape.values.contains(&text.as_str()) {
            broken.push(enumeration(shape));
        }
    }
    // A list that says itself what may be in it.
    if let Value::Array(items) = value
        && !shape.values.is_empty()
        && items.iter().any(|it| it.as_str().is_none_or(|it| !shape.values.contains(&it)))
    {
        broken.push(enumeration(shape));
    }
    broken
}

/// Whether AWS says of a list's members that they must be there: of those that have values to choose from, and
/// of those that cannot be empty.
fn is_never_null(item: &Shape) -> bool {
    !item.values.is_empty() || item.min.is_some_and(|min| min >= 1.0)
}

/// Every constraint of the members of a list or map, as AWS lists them when one is broken.
fn all_constraints(shape: &Shape, never_null: bool) -> String {
    let bounds = [
        shape.max.map(|max| bound(shape, "less", max)),
        shape.min.map(|min| bound(shape, "greater", min)),
    ];
    let pattern = shape.pattern.as_ref().map(|pattern| format!("{PATTERN}: {}", pattern.text()));
    let values = (!shape.values.is_empty()).then(|| enumeration(shape));
    let null = never_null.then(|| "Member must not be null".to_owned());
    bounds
        .into_iter()
        .flatten()
        .chain(pattern)
        .chain(values)
        .chain(null)
        .collect::<Vec<_>>()
        .join(", ")
}

fn bound(shape: &Shape, side: &str, bound: f64) -> String {
    match shape.kind {
        Kind::Double => format!("Member must have value {side} than or equal to {bound:?}"),
        Kind::Integer | Kind::Long => {
            format!("Member must have value {side} than or equal to {bound}")
        }
        _ => format!("Member must have length {side} than or equal to {bound}"),
    }
}

fn enumeration(shape: &Shape) -> String {
    format!("Member must satisfy enum value set: [{}]", shape.values.join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "no collected body has 2^53 characters")]
fn count(count: usize) -> f64 {
    count as f64
}

/// `[a, b]`, `{k=v}`: AWS's messages print Java collections.
fn as_java_prints(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", list(items.iter().map(as_java_prints).collect())),
        Value::Object(entries) => format!(
            "{{{}}}",
            list(
                entries
                    .iter()
                    .map(|(key, value)| format!("{key}={}", as_java_prints(value)))
                    .collect()
            )
        ),
        other => other.to_string(),
    }
}

/// Needed members, the first that is missing. Of some the service says itself what is wrong, and of a
/// batch without entries, too; entries are named as the Query protocol names them.
pub(super) fn needed(
    model: &Model,
    operation: &Operation,
    input: &Value,
    refusal: &'static Row,
    left_to_service: &[&str],
) -> Result<(), ApiError> {
    let Some(shape) = operation.input.map(|shape| model.shape(shape)) else { return Ok(()) };
    match missing(model, shape, input, "", left_to_service) {
        Some(name) => Err(refusal.says(format!("The request must contain the parameter {name}."))),
        None => Ok(()),
    }
}

fn missing(
    model: &Model,
    shape: &Shape,
    value: &Value,
    path: &str,
    left_to_service: &[&str],
) -> Option<String> {
    let inside =
        |of: &Shape, value: &Value, path: String| missing(model, of, value, &path, left_to_service);
    shape.members().iter().find_map(|member| {
        let of = model.shape(member.shape);
        match (value.get(member.name), &of.kind) {
            (None, Kind::List { .. }) => None,
            (None, _) if left_to_service.contains(&member.name) => None,
            (None, _) => member.required.then(|| format!("{path}{}", member.name)),
            (Some(Value::Array(items)), Kind::List { item, .. }) => {
                items.iter().enumerate().find_map(|(at, value)| {
                    let path = format!("{path}{}.{}.", member.wire_name, at + 1);
                    inside(model.shape(*item), value, path)
                })
            }
            (Some(Value::Object(entries)), Kind::Map { value: of, .. }) => {
                entries.values().enumerate().find_map(|(at, value)| {
                    let path = format!("{path}{}.{}.Value.", member.wire_name, at + 1);
                    inside(model.shape(*of), value, path)
                })
            }
            _ => None,
        }
    })
}
