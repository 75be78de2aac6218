//! What a pattern can say of one value.

use std::net::IpAddr;

use serde_json::{Number, Value};

/// What a pattern says of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// It is this.
    Is(Scalar),
    /// It begins so; in lower case where that makes no difference.
    Prefix { text: String, ignores_case: bool },
    /// It ends so; in lower case where that makes no difference.
    Suffix { text: String, ignores_case: bool },
    /// It is this text, which is in lower case, in upper or lower case.
    EqualsIgnoreCase(String),
    /// It is a text with these parts.
    Wildcard(Wildcard),
    /// It is a number between these.
    Numeric(Range),
    /// It is an address in this network.
    Cidr(Network),
    /// There is one, or there is none.
    Exists(bool),
    /// It is something else.
    AnythingBut(AnythingBut),
}

/// A text, a number, `true`, `false` or `null`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
}

/// None of these holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AnythingBut(pub(super) Vec<Condition>);

/// Texts with anything between each and the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wildcard {
    pub(super) parts: Vec<String>,
}

/// Numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    pub(super) from: Option<Bound>,
    pub(super) to: Option<Bound>,
}

/// Where a range ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    pub(super) value: f64,
    pub(super) is_included: bool,
}

/// A network of the Internet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Network {
    pub(super) address: IpAddr,
    pub(super) bits: u32,
}

impl Condition {
    /// Whether it holds for one of these values, none of which is a list or an object; without any,
    /// there is none.
    pub(super) fn holds(&self, values: &[&Value]) -> bool {
        match self {
            Self::Exists(exists) => values.is_empty() != *exists,
            condition => values.iter().any(|value| condition.holds_for(value)),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        match self {
            Self::Is(scalar) => scalar.is(value),
            Self::AnythingBut(AnythingBut(excluded)) => {
                !excluded.iter().any(|condition| condition.holds_for(value))
            }
            Self::Numeric(range) => value.as_f64().is_some_and(|number| range.contains(number)),
            Self::Exists(exists) => *exists,
            Self::Prefix { .. }
            | Self::Suffix { .. }
            | Self::EqualsIgnoreCase(_)
            | Self::Wildcard(_)
            | Self::Cidr(_) => value.as_str().is_some_and(|text| self.holds_for_text(text)),
        }
    }

    fn holds_for_text(&self, value: &str) -> bool {
        match self {
            Self::Prefix { text, ignores_case: false } => value.starts_with(text),
            Self::Prefix { text, ignores_case: true } => value.to_lowercase().starts_with(text),
            Self::Suffix { text, ignores_case: false } => value.ends_with(text),
            Self::Suffix { text, ignores_case: true } => value.to_lowercase().ends_with(text),
            Self::EqualsIgnoreCase(text) => value.to_lowercase() == *text,
            Self::Wildcard(wildcard) => wildcard.matches(value),
            Self::Cidr(network) => network.contains(value),
            Self::Is(_) | Self::Numeric(_) | Self::Exists(_) | Self::AnythingBut(_) => false,
        }
    }
}

impl Scalar {
    /// What a value is, where it is no list and no object.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => Some(Self::Number(number.clone())),
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Null => Some(Self::Null),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::String(value)) => text == value,
            (Self::Number(number), Value::Number(value)) => {
                number == value || number.as_f64() == value.as_f64()
            }
            (Self::Bool(wanted), Value::Bool(value)) => wanted == value,
            (Self::Null, Value::Null) => true,
            _ => false,
        }
    }
}

impl Wildcard {
    fn matches(&self, text: &str) -> bool {
        let [first, between @ .., last] = &self.parts[..] else {
            return self.parts.first().is_some_and(|whole| whole == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in between {
            let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}

impl Range {
    #[expect(clippy::float_cmp, reason = "a bound is the number that was written")]
    fn contains(&self, number: f64) -> bool {
        let from = self
            .from
            .is_none_or(|from| number > from.value || (from.is_included && number == from.value));
        let to =
            self.to.is_none_or(|to| number < to.value || (to.is_included && number == to.value));
        from && to
    }
}

impl Network {
    fn contains(&self, address: &str) -> bool {
        let (bits, of) = match (self.address, address.parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                (u128::from(network.to_bits() ^ address.to_bits()), 32)
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                (network.to_bits() ^ address.to_bits(), 128)
            }
            _ => return false,
        };
        bits.checked_shr(of - self.bits).unwrap_or(0) == 0
    }
}
