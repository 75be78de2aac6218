//! What a version or an alias of a function goes by, and the refusals where there is none.

use kernel::arn::FunctionArn;
use kernel::error::ApiError;

use crate::error::{self as refuse, UserError as _};

/// The unpublished version.
pub(crate) const LATEST: &str = "$LATEST";

/// Whether a qualifier can only be an alias: no number, and nothing of Lambda's own.
pub(crate) fn is_alias(qualifier: &str) -> bool {
    !qualifier.starts_with('$') && !qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same function, by this version or alias.
pub(crate) fn qualified(function: &FunctionArn, qualifier: &str) -> FunctionArn {
    FunctionArn { qualifier: Some(qualifier.into()), ..function.clone() }
}

/// The refusal for a function that does not exist.
pub(crate) fn not_found(arn: &FunctionArn) -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user(format!("Function not found: {arn}"))
}

/// The refusal for an alias that does not exist.
pub(crate) fn alias_not_found(arn: &FunctionArn) -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user(format!("Cannot find alias arn: {arn}"))
}
