//! The errors of CloudWatch. In the Query protocol, and in `x-amzn-query-error`, they have shorter codes.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html>

use kernel::error::{ApiError, Row};

/// A value is not as it must be.
pub static INVALID_PARAMETER_VALUE: Row =
    Row::sender("InvalidParameterValueException", 400, "").query("InvalidParameterValue");
/// Parameters that do not go together.
pub static INVALID_PARAMETER_COMBINATION: Row =
    Row::sender("InvalidParameterCombinationException", 400, "")
        .query("InvalidParameterCombination");
/// A parameter is missing.
pub static MISSING_PARAMETER: Row =
    Row::sender("MissingRequiredParameterException", 400, "").query("MissingParameter");
/// What alarms and `GetMetricData` say of a value that is not as it must be.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "");
/// A token of a page was never given, or belongs to another request.
pub static INVALID_NEXT_TOKEN: Row =
    Row::sender("InvalidNextToken", 400, "The next token specified is invalid.");
/// There is no such alarm.
pub static RESOURCE_NOT_FOUND: Row =
    Row::sender("ResourceNotFound", 404, "The named resource does not exist.");
/// There is nothing with that ARN.
pub static RESOURCE_NOT_FOUND_EXCEPTION: Row =
    Row::sender("ResourceNotFoundException", 404, "Unknown");
/// There is no such dashboard.
pub static DASHBOARD_NOT_FOUND: Row =
    Row::sender("DashboardNotFoundError", 404, "").query("ResourceNotFound");
/// A dashboard cannot be read.
pub static DASHBOARD_INVALID: Row =
    Row::sender("DashboardInvalidInputError", 400, "").query("InvalidParameterInput");
/// Text that must be JSON is none.
pub static INVALID_FORMAT: Row = Row::sender("InvalidFormatFault", 400, "").query("InvalidFormat");
/// There are as many alarms as there may be.
pub static LIMIT_EXCEEDED_FAULT: Row =
    Row::sender("LimitExceededFault", 400, "The maximum limit has been exceeded.")
        .query("LimitExceeded");
/// There are as many rules as there may be.
pub static LIMIT_EXCEEDED: Row =
    Row::sender("LimitExceededException", 400, "The maximum limit has been exceeded.");
/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");

/// A parameter that is needed is not there.
pub(crate) fn missing(parameter: &str) -> ApiError {
    MISSING_PARAMETER.says(format!("The parameter {parameter} is required."))
}

/// A value cannot be one of that parameter.
pub(crate) fn invalid(value: impl std::fmt::Display, parameter: &str) -> ApiError {
    INVALID_PARAMETER_VALUE.says(format!("The value {value} for parameter {parameter} is invalid."))
}

/// Only one of two parameters may be there.
pub(crate) fn exclusive(row: &'static Row, one: &str, other: &str) -> ApiError {
    row.says(format!(
        "The parameters {one} and {other} are mutually exclusive and you have specified both."
    ))
}

/// A list is too long.
pub(crate) fn too_many(list: &str, max: usize) -> ApiError {
    INVALID_PARAMETER_VALUE
        .says(format!("The collection {list} must not have a size greater than {max}."))
}
