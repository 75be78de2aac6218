//! The language of event patterns: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax>,
//! with all that EventBridge knows:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::condition::{AnythingBut, Bound, Condition, Network, Range, Scalar, Wildcard};
use crate::limits::FILTER_NUMBER_MAX;

/// What an event must be like: all its fields, and one of the alternatives where there are any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    pub(super) fields: Vec<(Box<str>, Field)>,
    pub(super) alternatives: Vec<Self>,
}

/// What a field must be like.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    /// An object like this.
    Object(Pattern),
    /// A value for which one of these holds.
    OneOf(Vec<Condition>),
}

/// The text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid;

type Parsed<T> = Result<T, Invalid>;

impl Pattern {
    /// Reads a pattern.
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::read(&fields),
            _ => Err(Invalid),
        }
    }

    fn read(object: &Map<String, Value>) -> Parsed<Self> {
        let mut pattern = Self { fields: Vec::new(), alternatives: Vec::new() };
        for (name, value) in object {
            match (name.as_str(), alternatives(value)) {
                ("$or", Some(objects)) => {
                    pattern.alternatives =
                        objects.into_iter().map(Self::read).collect::<Result<_, _>>()?;
                }
                _ => pattern.fields.push((name.as_str().into(), field(value)?)),
            }
        }
        match object.is_empty() {
            true => Err(Invalid),
            false => Ok(pattern),
        }
    }

    /// Whether an object is like this. One that is not there has no fields.
    fn matches(&self, object: Option<&Map<String, Value>>) -> bool {
        let holds = |(name, field): &(Box<str>, Field)| {
            field.holds(object.and_then(|object| object.get(&**name)))
        };
        self.fields.iter().all(holds)
            && (self.alternatives.is_empty()
                || self.alternatives.iter().any(|pattern| pattern.matches(object)))
    }
}

impl Field {
    /// Whether a value is like this: of a list, any of its elements.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let mut elements = Vec::new();
        value.into_iter().for_each(|value| flatten(value, &mut elements));
        match self {
            Self::Object(pattern) => {
                let mut objects = elements.iter().filter_map(|it| it.as_object()).peekable();
                match objects.peek() {
                    Some(_) => objects.any(|object| pattern.matches(Some(object))),
                    None => pattern.matches(None),
                }
            }
            // Only what is at the end of a path is a value.
            Self::OneOf(conditions) => {
                elements.retain(|element| !element.is_object());
                conditions.iter().any(|condition| condition.holds(&elements))
            }
        }
    }
}

fn flatten<'a>(value: &'a Value, elements: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, elements)),
        value => elements.push(value),
    }
}

/// The objects of a `$or`: at least two. Otherwise it is a field of that name.
fn alternatives(value: &Value) -> Option<Vec<&Map<String, Value>>> {
    let items = value.as_array().filter(|items| items.len() > 1)?;
    items.iter().map(Value::as_object).collect()
}

fn field(value: &Value) -> Parsed<Field> {
    match value {
        Value::Object(object) => Pattern::read(object).map(Field::Object),
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(condition).collect::<Result<_, _>>().map(Field::OneOf)
        }
        _ => Err(Invalid),
    }
}

fn condition(value: &Value) -> Parsed<Condition> {
    if let Some(scalar) = Scalar::of(value) {
        return Ok(Condition::Is(scalar));
    }
    let Value::Object(object) = value else { return Err(Invalid) };
    let (name, operand) = only(object)?;
    Ok(match name {
        "prefix" => {
            let (text, ignores_case) = affix(operand)?;
            Condition::Prefix { text, ignores_case }
        }
        "suffix" => {
            let (text, ignores_case) = affix(operand)?;
            Condition::Suffix { text, ignores_case }
        }
        "equals-ignore-case" => Condition::EqualsIgnoreCase(text(operand)?.to_lowercase()),
        "wildcard" => Condition::Wildcard(wildcard(operand)?),
        "numeric" => Condition::Numeric(range(operand)?),
        "cidr" => Condition::Cidr(network(text(operand)?)?),
        "exists" => Condition::Exists(operand.as_bool().ok_or(Invalid)?),
        "anything-but" => Condition::AnythingBut(anything_but(operand)?),
        _ => return Err(Invalid),
    })
}

/// Name and operand of an operator.
fn only(object: &Map<String, Value>) -> Parsed<(&str, &Value)> {
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((name, operand)), None) => Ok((name, operand)),
        _ => Err(Invalid),
    }
}

fn text(operand: &Value) -> Parsed<&str> {
    operand.as_str().ok_or(Invalid)
}

/// The text of a prefix or suffix, and whether upper and lower case are the same.
fn affix(operand: &Value) -> Parsed<(String, bool)> {
    match operand {
        Value::String(text) => Ok((text.clone(), false)),
        Value::Object(object) => match only(object)? {
            ("equals-ignore-case", operand) => Ok((text(operand)?.to_lowercase(), true)),
            _ => Err(Invalid),
        },
        _ => Err(Invalid),
    }
}

fn wildcard(operand: &Value) -> Parsed<Wildcard> {
    let mut parts = vec![String::new()];
    let mut characters = text(operand)?.chars();
    let mut after_star = false;
    while let Some(character) = characters.next() {
        if character == '*' {
            if after_star {
                return Err(Invalid);
            }
            parts.push(String::new());
            after_star = true;
            continue;
        }
        after_star = false;
        let literal = match character {
            '\\' => characters.next().filter(|next| matches!(next, '*' | '\\')).ok_or(Invalid)?,
            character => character,
        };
        parts.last_mut().ok_or(Invalid)?.push(literal);
    }
    Ok(Wildcard { parts })
}

fn range(operand: &Value) -> Parsed<Range> {
    let items = operand.as_array().ok_or(Invalid)?;
    let mut bounds = Vec::new();
    for pair in items.chunks(2) {
        let [operator, value] = pair else { return Err(Invalid) };
        let value = value.as_f64().filter(|value| value.abs() <= FILTER_NUMBER_MAX);
        bounds.push((text(operator)?, value.ok_or(Invalid)?));
    }
    let bound = |operator: &str, value| match operator {
        ">" | "<" => Bound { value, is_included: false },
        _ => Bound { value, is_included: true },
    };
    match bounds[..] {
        [("=", value)] => {
            let bound = Some(Bound { value, is_included: true });
            Ok(Range { from: bound, to: bound })
        }
        [(from @ (">" | ">="), value)] => Ok(Range { from: Some(bound(from, value)), to: None }),
        [(to @ ("<" | "<="), value)] => Ok(Range { from: None, to: Some(bound(to, value)) }),
        [(from @ (">" | ">="), bottom), (to @ ("<" | "<="), top)] if bottom < top => {
            Ok(Range { from: Some(bound(from, bottom)), to: Some(bound(to, top)) })
        }
        _ => Err(Invalid),
    }
}

fn network(text: &str) -> Parsed<Network> {
    let (address, bits) = text.split_once('/').ok_or(Invalid)?;
    let address: IpAddr = address.parse().map_err(|_| Invalid)?;
    let bits: u32 = bits.parse().map_err(|_| Invalid)?;
    match bits <= if address.is_ipv4() { 32 } else { 128 } {
        true => Ok(Network { address, bits }),
        false => Err(Invalid),
    }
}

fn anything_but(operand: &Value) -> Parsed<AnythingBut> {
    /// One text, or a list of some.
    fn each<T>(operand: &Value, read: impl Fn(&Value) -> Parsed<T>) -> Parsed<Vec<T>> {
        match operand {
            Value::Array(items) if !items.is_empty() => items.iter().map(read).collect(),
            operand => Ok(vec![read(operand)?]),
        }
    }
    let Value::Object(object) = operand else {
        let scalars = each(operand, |value| Scalar::of(value).ok_or(Invalid))?;
        let all_texts = scalars.iter().all(|it| matches!(it, Scalar::Text(_)));
        let all_numbers = scalars.iter().all(|it| matches!(it, Scalar::Number(_)));
        return match all_texts || all_numbers {
            true => Ok(AnythingBut(scalars.into_iter().map(Condition::Is).collect())),
            false => Err(Invalid),
        };
    };
    let (name, operand) = only(object)?;
    let excluded = match name {
        "prefix" => each(operand, |value| {
            let (text, ignores_case) = affix(value)?;
            Ok(Condition::Prefix { text, ignores_case })
        }),
        "suffix" => each(operand, |value| {
            let (text, ignores_case) = affix(value)?;
            Ok(Condition::Suffix { text, ignores_case })
        }),
        "equals-ignore-case" => {
            each(operand, |value| Ok(Condition::EqualsIgnoreCase(text(value)?.to_lowercase())))
        }
        "wildcard" => each(operand, |value| wildcard(value).map(Condition::Wildcard)),
        _ => Err(Invalid),
    };
    excluded.map(AnythingBut)
}
