//! What a target group may be called.

use kernel::error::ApiError;

use crate::error::{VALIDATION, wrong};
use crate::limits::NAME_CHARS_MAX;

/// Refuses what is no name.
pub(super) fn check(name: &str) -> Result<(), ApiError> {
    if name.chars().count() > NAME_CHARS_MAX {
        return wrong(format!(
            "Target group name '{name}' cannot be longer than '{NAME_CHARS_MAX}' characters"
        ));
    }
    if name.is_empty() {
        return wrong("Target group name cannot be empty");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return wrong(format!(
            "Target group name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
        ));
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return Err(VALIDATION.says(format!(
            "1 validation error detected: Value '{name}' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$"
        )));
    }
    Ok(())
}
