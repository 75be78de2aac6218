//! One condition of a form's policy document.

use kernel::error::{ApiError, Row};
use kernel::number;
use serde_json::Value;

/// The form is no policy document, or one that nobody can read.
static INVALID_POLICY_DOCUMENT: Row = Row::sender(
    "InvalidPolicyDocument",
    400,
    "The content of the form does not meet the conditions specified in the policy document.",
);

/// How large a file may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRange {
    /// At least.
    pub min_bytes: u64,
    /// At most.
    pub max_bytes: u64,
}

impl SizeRange {
    /// Any size.
    pub const ANY: Self = Self { min_bytes: 0, max_bytes: u64::MAX };

    /// Refuses a file of another size.
    ///
    /// # Errors
    /// `EntityTooSmall`, `EntityTooLarge`.
    pub fn check(&self, size_bytes: u64) -> Result<(), ApiError> {
        if size_bytes < self.min_bytes {
            return Err(crate::error::ENTITY_TOO_SMALL
                .with("ProposedSize", size_bytes.to_string())
                .with("MinSizeAllowed", self.min_bytes.to_string()));
        }
        if size_bytes > self.max_bytes {
            return Err(crate::error::ENTITY_TOO_LARGE
                .with("ProposedSize", size_bytes.to_string())
                .with("MaxSizeAllowed", self.max_bytes.to_string()));
        }
        Ok(())
    }
}

/// A condition, and how S3 shows it where it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub(super) test: Test,
    pub(super) shown: String,
}

/// What must hold. Names are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// The field says exactly this.
    Equal { name: String, value: String },
    /// The field is there, and begins with this.
    StartsWith { name: String, value: String },
    /// The file has such a size.
    Size(SizeRange),
    /// Nobody can say what was meant: it holds for no form.
    Unreadable,
}

impl Condition {
    /// The field that it is about.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.test {
            Test::Equal { name, .. } | Test::StartsWith { name, .. } => Some(name),
            Test::Size(_) | Test::Unreadable => None,
        }
    }

    pub(super) fn read(written: &Value) -> Result<Self, ApiError> {
        match written {
            Value::Object(members) => {
                let mut members = members.iter();
                let (Some((name, value)), None) = (members.next(), members.next()) else {
                    return Err(invalid(
                        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
                    ));
                };
                let Value::String(value) = value else {
                    return Err(invalid("Invalid Simple-Condition: value must be a string."));
                };
                let shown = shown(&["eq".into(), format!("${name}").into(), value.as_str().into()]);
                let test = Test::Equal { name: name.to_ascii_lowercase(), value: value.to_owned() };
                Ok(Self { test, shown })
            }
            Value::Array(items) => Self::read_list(items),
            _ => Err(invalid("Invalid condition test: must be a List or Object.")),
        }
    }

    fn read_list(items: &[Value]) -> Result<Self, ApiError> {
        let Some(named) = items.first().and_then(Value::as_str) else {
            return Err(invalid("Invalid Condition: missing operation identifier."));
        };
        let operator = named.to_ascii_lowercase();
        if !matches!(operator.as_str(), "eq" | "starts-with" | "content-length-range") {
            return Err(invalid(format!("Invalid Condition: unknown operation '{named}'.")));
        }
        let [_, first, second] = items else {
            return Err(invalid(format!("Invalid {named}: wrong number of arguments.")));
        };
        let test = match operator.as_str() {
            "content-length-range" => match (size(first), size(second)) {
                (Some(min), Some(max)) => match (u64::try_from(min), u64::try_from(max)) {
                    (Ok(min_bytes), Ok(max_bytes)) => {
                        Test::Size(SizeRange { min_bytes, max_bytes })
                    }
                    _ => {
                        return Err(invalid(
                            "Invalid content-length-range: sizes must not be negative.",
                        ));
                    }
                },
                _ => Test::Unreadable,
            },
            "eq" | "starts-with" => match (first, second) {
                (Value::String(name), Value::String(value)) => match name.strip_prefix('$') {
                    Some(name) if operator == "eq" => {
                        Test::Equal { name: name.to_ascii_lowercase(), value: value.to_owned() }
                    }
                    Some(name) => Test::StartsWith {
                        name: name.to_ascii_lowercase(),
                        value: value.to_owned(),
                    },
                    None => Test::Unreadable,
                },
                _ => Test::Unreadable,
            },
            _ => Test::Unreadable,
        };
        Ok(Self { test, shown: shown(items) })
    }
}

/// A size, as a number or as its digits.
fn size(written: &Value) -> Option<i64> {
    match written {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => number::signed_decimal(text),
        _ => None,
    }
}

/// `["eq", "$acl", "public-read"]`
fn shown(items: &[Value]) -> String {
    let items: Vec<String> = items.iter().map(Value::to_string).collect();
    format!("[{}]", items.join(", "))
}

pub(super) fn invalid(what: impl AsRef<str>) -> ApiError {
    INVALID_POLICY_DOCUMENT.says(format!("Invalid Policy: {}", what.as_ref()))
}
