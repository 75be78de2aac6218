//! What fields and expressions are.

use std::cmp::Ordering;

use kernel::time::Timestamp;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Truth(bool),
    Number(f64),
    Text(String),
    /// Milliseconds since the epoch.
    Moment(u64),
}

impl Value {
    pub(super) fn of_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Nothing,
            // As AWS shows it.
            serde_json::Value::Bool(truth) => Self::Number(u8::from(*truth).into()),
            serde_json::Value::Number(number) => {
                number.as_f64().map_or_else(|| Self::Text(number.to_string()), Self::Number)
            }
            serde_json::Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(other.to_string()),
        }
    }

    pub(super) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Truth(truth) => Some(u8::from(*truth).into()),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Moment(ms) => Some(*ms as f64),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Number(number) => *number != 0.0,
            _ => false,
        }
    }

    /// As an answer says it; nothing where there is nothing to say.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Truth(truth) => Some(u8::from(*truth).to_string()),
            Self::Number(number) => Some(shown_number(*number)),
            Self::Text(text) => Some(text.clone()),
            Self::Moment(ms) => {
                let moment = Timestamp::from_ms(*ms).iso8601_ms();
                Some(moment.replace('T', " ").trim_end_matches('Z').to_owned())
            }
        }
    }

    pub(super) fn text(&self) -> String {
        self.shown().unwrap_or_default()
    }

    /// Numbers by their size, also those that are written as texts; everything else as texts. What is not there
    /// comes first.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.is_nothing(), other.is_nothing()) {
            (false, false) => match (self.number(), other.number()) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                _ => self.text().cmp(&other.text()),
            },
            (left, right) => right.cmp(&left),
        }
    }
}

/// Whole numbers without a point, others with four places at most.
fn shown_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
