//! Attributes: names and values as text, by tables of what each may be.

use std::collections::BTreeMap;

use kernel::error::ApiError;
use kernel::number;
use serde::{Deserialize, Serialize};

use crate::error::{VALIDATION, wrong};
use crate::limits::ATTRIBUTES_A_CALL_MAX;

/// An attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Attribute {
    /// `idle_timeout.timeout_seconds`
    pub key: Option<String>,
    /// `60`
    pub value: Option<String>,
}

/// What an attribute may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values {
    /// `true` or `false`.
    Boolean,
    /// A number from here to there.
    Number(u64, u64),
    /// The same, or 0, which switches it off.
    NumberOrZero(u64, u64),
    /// The same, or `off`.
    NumberOrOff(u64, u64),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Anything.
    Text,
    /// What it is alone.
    Only(&'static str),
}

/// A row of a table of attributes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) default: &'static str,
    pub(crate) values: Values,
}

/// A row of a table.
pub(crate) const fn row(key: &'static str, default: &'static str, values: Values) -> Row {
    Row { key, default, values }
}

impl Row {
    /// Refuses a value that it cannot have.
    fn check(&self, value: &str) -> Result<(), ApiError> {
        match self.can_be(value) {
            true => Ok(()),
            false => wrong(self.refusal(value)),
        }
    }

    fn can_be(&self, value: &str) -> bool {
        let lies_in = |least: u64, most: u64| {
            number::decimal(value)
                .is_some_and(|it| !value.is_empty() && (least..=most).contains(&it))
        };
        match self.values {
            Values::Boolean => ["true", "false"].contains(&value),
            Values::Number(least, most) => lies_in(least, most),
            Values::NumberOrZero(least, most) => value == "0" || lies_in(least, most),
            Values::NumberOrOff(least, most) => value == "off" || lies_in(least, most),
            Values::OneOf(values) => values.contains(&value),
            Values::Text => true,
            Values::Only(only) => value == only,
        }
    }

    /// AWS's words, which differ from one attribute to the other.
    fn refusal(&self, value: &str) -> String {
        let key = self.key;
        let number = number::decimal(value).filter(|_| !value.is_empty());
        match (self.values, key) {
            (Values::Number(least, most), "client_keep_alive.seconds") => {
                format!("The value of '{key}' must be an integer between {least} and {most}")
            }
            // Of seconds it says characters.
            (Values::Number(least, most), "idle_timeout.timeout_seconds") => {
                let is_large = number.is_some_and(|it| it > most);
                let (how, bound) = if is_large { ("greater", most) } else { ("less", least) };
                format!("The value of '{key}' cannot be {how} than {bound} characters")
            }
            (Values::Number(least, most) | Values::NumberOrZero(least, most), _) => {
                format!("'{key}' value '{value}' must be between '{least}-{most}' inclusive")
            }
            (Values::NumberOrOff(least, most), _) => match number.is_some_and(|it| it > 0) {
                true => {
                    format!("'{key}' must be 'off' or an integer from {least} to {most} inclusive")
                }
                false => format!("The value of '{key}' must be 'off' or a positive integer"),
            },
            (Values::OneOf(values), _) => none_of(key, value, values),
            (Values::Only(only), _) => format!(
                "The value for '{key}' must always be '{only}' for an Application Load Balancer"
            ),
            (Values::Boolean | Values::Text, _) => {
                format!("The value of '{key}' must be 'true' or 'false', but was '{value}'")
            }
        }
    }
}

fn none_of(key: &str, value: &str, values: &[&str]) -> String {
    match key {
        "routing.http.desync_mitigation_mode" => {
            format!("'{value}' must be one of [{}]", values.join(", "))
        }
        "routing.http.xff_header_processing.mode" => {
            format!("'{key}' must be set as 'preserve', 'append', or 'remove'")
        }
        "load_balancing.algorithm.type" => {
            format!("'Load balancer algorithm' must be one of [{}]", values.join(", "))
        }
        "load_balancing.cross_zone.enabled" => {
            format!("'{key}' must be one of {}", values.join(","))
        }
        _ if key.ends_with(".header_value") => {
            let values: Vec<&str> = values.iter().copied().filter(|it| !it.is_empty()).collect();
            let values = values.join(", ");
            format!(
                "The value of '{key}' must be from the following: [{values}], but was '{value}'"
            )
        }
        _ => format!("'{key}' must be one of [{}]", values.join(", ")),
    }
}

/// What attributes are to be set, each checked against its row. `what` has them: `Load balancer`.
pub(crate) fn checked(
    table: &[Row],
    attributes: &[Attribute],
    what: &str,
) -> Result<BTreeMap<String, String>, ApiError> {
    if attributes.len() > ATTRIBUTES_A_CALL_MAX {
        return wrong(format!(
            "1 validation error detected: Value at 'attributes' failed to satisfy constraint: Member must have length less than or equal to {ATTRIBUTES_A_CALL_MAX}"
        ));
    }
    let mut set = BTreeMap::new();
    for Attribute { key, value } in attributes {
        let Some(key) = key else { return wrong("An attribute key must be specified") };
        let row = table.iter().find(|row| row.key == key).ok_or_else(|| {
            VALIDATION.says(format!("{what} attribute key '{key}' is not recognized"))
        })?;
        let value = value.as_deref().unwrap_or_default();
        row.check(value)?;
        if set.insert(key.clone(), value.to_owned()).is_some() {
            return wrong(match what {
                "Target group" => format!("{what} attribute keys must be unique: '[{key}]'"),
                _ => format!("Attribute key '{key}' has been specified more than once"),
            });
        }
    }
    Ok(set)
}

/// All attributes of a table, as they are set.
pub(crate) fn listed(table: &[Row], set: &BTreeMap<String, String>) -> Vec<Attribute> {
    let of = |row: &Row| Attribute {
        key: Some(row.key.to_owned()),
        value: Some(value_of(table, set, row.key).to_owned()),
    };
    table.iter().map(of).collect()
}

/// What an attribute is, set or not.
pub(crate) fn value_of<'a>(table: &[Row], set: &'a BTreeMap<String, String>, key: &str) -> &'a str {
    let default = || table.iter().find(|row| row.key == key).map_or("", |row| row.default);
    set.get(key).map_or_else(default, String::as_str)
}

/// A number that an attribute is.
pub(crate) fn number_of(table: &[Row], set: &BTreeMap<String, String>, key: &str) -> u32 {
    let value = number::decimal(value_of(table, set, key)).unwrap_or_default();
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Whether an attribute is `true`.
pub(crate) fn is_true(table: &[Row], set: &BTreeMap<String, String>, key: &str) -> bool {
    value_of(table, set, key) == "true"
}
