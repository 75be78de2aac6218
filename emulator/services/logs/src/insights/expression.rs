//! Expressions of a query.

use regex_lite::Regex;

use super::functions;
use super::row::Row;
use super::value::Value;

#[derive(Debug)]
pub(super) enum Expression {
    Value(Value),
    /// A period, in milliseconds.
    Period(u64),
    Field(String),
    /// `*` of `count(*)`.
    All,
    Not(Box<Self>),
    Minus(Box<Self>),
    Pair(Operator, Box<Self>, Box<Self>),
    Fits(Box<Self>, Pattern),
    In(Box<Self>, Vec<Self>),
    Call(String, Vec<Self>),
}

/// What `like` and `=~` look for.
#[derive(Debug)]
pub(super) enum Pattern {
    Text(String),
    Regex(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
    Modulo,
    Power,
}

impl Expression {
    pub(super) fn evaluate(&self, row: &Row<'_>) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Period(ms) => Value::Number(*ms as f64),
            Self::Field(name) => row.field(name),
            Self::All => Value::Truth(true),
            Self::Not(inner) => Value::Truth(!inner.evaluate(row).is_true()),
            Self::Minus(inner) => {
                inner.evaluate(row).number().map_or(Value::Nothing, |it| Value::Number(-it))
            }
            Self::Pair(operator, left, right) => pair(*operator, left, right, row),
            Self::Fits(inner, pattern) => {
                let value = inner.evaluate(row);
                let fits = !value.is_nothing()
                    && match pattern {
                        Pattern::Text(text) => value.text().contains(text.as_str()),
                        Pattern::Regex(regex) => regex.is_match(&value.text()),
                    };
                Value::Truth(fits)
            }
            Self::In(inner, list) => {
                let value = inner.evaluate(row);
                let is = |other: &Self| equal(&value, &other.evaluate(row));
                Value::Truth(list.iter().any(is))
            }
            Self::Call(name, arguments) => {
                let value =
                    |at: usize| arguments.get(at).map_or(Value::Nothing, |it| it.evaluate(row));
                functions::call(name, arguments.len(), &value, row)
            }
        }
    }

    /// As a column is called that has no other name.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Value(Value::Text(text)) => format!("\"{text}\""),
            Self::Value(value) => value.text(),
            Self::Period(ms) => shown_period(*ms),
            Self::Field(name) => name.clone(),
            Self::All => "*".to_owned(),
            Self::Not(inner) => format!("not {}", inner.name()),
            Self::Minus(inner) => format!("-{}", inner.name()),
            Self::Pair(operator, left, right) => {
                format!("{} {} {}", left.name(), operator.sign(), right.name())
            }
            Self::Fits(inner, Pattern::Text(text)) => format!("{} like \"{text}\"", inner.name()),
            Self::Fits(inner, Pattern::Regex(regex)) => format!("{} like /{regex}/", inner.name()),
            Self::In(inner, list) => format!("{} in [{}]", inner.name(), names(list)),
            Self::Call(name, arguments) => format!("{name}({})", names(arguments)),
        }
    }
}

fn names(list: &[Expression]) -> String {
    list.iter().map(Expression::name).collect::<Vec<_>>().join(", ")
}

fn shown_period(ms: u64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let unit = UNITS.iter().find(|(_, long)| ms >= *long && ms.is_multiple_of(*long));
    unit.map_or_else(|| "0ms".to_owned(), |(unit, long)| format!("{}{unit}", ms / long))
}

impl Operator {
    const fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::Different => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divided => "/",
            Self::Modulo => "%",
            Self::Power => "^",
        }
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    !left.is_nothing() && !right.is_nothing() && left.compare(right).is_eq()
}

fn pair(operator: Operator, left: &Expression, right: &Expression, row: &Row<'_>) -> Value {
    let one = left.evaluate(row);
    match operator {
        Operator::Or => return Value::Truth(one.is_true() || right.evaluate(row).is_true()),
        Operator::And => return Value::Truth(one.is_true() && right.evaluate(row).is_true()),
        _ => {}
    }
    let other = right.evaluate(row);
    let both = !one.is_nothing() && !other.is_nothing();
    let number = |calculate: fn(f64, f64) -> f64| match (one.number(), other.number()) {
        (Some(one), Some(other)) => Some(calculate(one, other))
            .filter(|it| it.is_finite())
            .map_or(Value::Nothing, Value::Number),
        _ => Value::Nothing,
    };
    match operator {
        Operator::Or | Operator::And => Value::Nothing,
        Operator::Equal => Value::Truth(equal(&one, &other)),
        Operator::Different => Value::Truth(!equal(&one, &other)),
        Operator::Less => Value::Truth(both && one.compare(&other).is_lt()),
        Operator::LessOrEqual => Value::Truth(both && one.compare(&other).is_le()),
        Operator::Greater => Value::Truth(both && one.compare(&other).is_gt()),
        Operator::GreaterOrEqual => Value::Truth(both && one.compare(&other).is_ge()),
        Operator::Plus => number(|one, other| one + other),
        Operator::Minus => number(|one, other| one - other),
        Operator::Times => number(|one, other| one * other),
        Operator::Divided => number(|one, other| one / other),
        Operator::Modulo => number(|one, other| one % other),
        Operator::Power => number(f64::powf),
    }
}
