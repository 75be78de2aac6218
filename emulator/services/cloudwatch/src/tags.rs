//! Tags of alarms, dashboards and rules.

use std::collections::BTreeMap;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::INVALID_PARAMETER_VALUE;
use crate::limits::TAGS_MAX;

/// Tags with others laid over them.
pub(crate) fn merged(
    own: &BTreeMap<String, String>,
    more: &[Tag],
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut all = own.clone();
    for Tag { key, value } in more {
        if key.starts_with("aws:") {
            return Err(INVALID_PARAMETER_VALUE
                .says("Tag keys must not begin with the reserved prefix aws:.".to_owned()));
        }
        all.insert(key.clone(), value.clone());
    }
    match all.len() > TAGS_MAX {
        true => Err(INVALID_PARAMETER_VALUE
            .says(format!("A resource can have no more than {TAGS_MAX} tags."))),
        false => Ok(all),
    }
}

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// What it says.
    pub value: String,
}
