//! How it is said who hears of a bucket's objects, and of which.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::access::invalid_argument;

/// By their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NotificationFilter {
    /// As AWS has it: a filter has one kind.
    pub key: KeyFilter,
}

/// How keys begin and end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyFilter {
    /// At most one of each kind.
    #[serde(default)]
    pub filter_rules: Vec<FilterRule>,
}

/// How keys begin or end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FilterRule {
    /// `Prefix` or `Suffix`; read in any case.
    pub name: String,
    /// What they begin or end with.
    #[serde(default)]
    pub value: String,
}

/// What is said of an ARN that names nobody.
pub(crate) fn unreadable(argument: &'static str, arn: &str) -> ApiError {
    invalid_argument("The ARN could not be parsed", argument, arn)
}
