//! Filters of groups and tags.

use std::collections::BTreeMap;

use kernel::error::ApiError;

use crate::error::invalid;
use crate::record::Tagging;
use crate::shape::Filter;

/// Whether a group with these tags fits all filters: `tag-key`, `tag-value`, `tag:KEY`.
///
/// # Errors
/// There is no such filter.
pub(crate) fn matches_tags(
    tags: &BTreeMap<String, Tagging>,
    filters: &[Filter],
) -> Result<bool, ApiError> {
    for filter in filters {
        let name = filter.name.as_deref().unwrap_or_default();
        let fits = match name {
            "tag-key" => filter.values.iter().any(|key| tags.contains_key(key)),
            "tag-value" => tags.values().any(|tag| filter.values.contains(&tag.value)),
            _ => {
                let Some(key) = name.strip_prefix("tag:") else {
                    return Err(invalid(format!(
                        "Filter type {name} is not correct. Allowed Filter types are: [tag-key, tag-value, tag:<key>]"
                    )));
                };
                tags.get(key).is_some_and(|tag| filter.values.contains(&tag.value))
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}
