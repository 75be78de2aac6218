//! What operations are given, as they share it.

use serde::{Deserialize, Serialize};

use crate::error as errors;
use kernel::error::ApiError;

/// Inputs of operations: members by AWS's names, in snake case. What may be left out is an option or a list, what
/// must be there a text, which [`required`] looks at. Each can be a dry run.
macro_rules! input {
    ($( $name:ident { $( $(#[$rename:meta])? $field:ident : $type:ty ),* $(,)? } )*) => { $(
        #[doc = concat!("Input of the operation that [`", stringify!($name), "`] is named after.")]
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[$rename])? pub(crate) $field: $type, )*
            pub(crate) dry_run: bool,
        }
    )* };
}
pub(crate) use input;

/// A filter of a listing: any of its values, which may have wildcards.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Filter {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// A tag; where tags are taken away, the value may be left out.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Tag {
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
}

/// Tags of what is made.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct TagSpecification {
    pub(crate) resource_type: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// A boolean in a structure of its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Flag {
    pub(crate) value: bool,
}

/// A text in a structure of its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Text {
    pub(crate) value: String,
}

/// Refuses a member that must be there and is not.
pub(crate) fn required<'a>(value: &'a str, name: &str) -> Result<&'a str, ApiError> {
    match value.is_empty() {
        true => Err(errors::MISSING_PARAMETER
            .says(format!("The request must contain the parameter {name}"))),
        false => Ok(value),
    }
}
