//! The errors of CloudWatch Logs:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html>.

use kernel::error::{ApiError, Row};

/// A parameter is not as it must be.
pub static INVALID_PARAMETER: Row =
    Row::sender("InvalidParameterException", 400, "A parameter is specified incorrectly.");
/// There is no such thing.
pub static RESOURCE_NOT_FOUND: Row =
    Row::sender("ResourceNotFoundException", 400, "The specified resource does not exist.");
/// There is one already.
pub static RESOURCE_ALREADY_EXISTS: Row =
    Row::sender("ResourceAlreadyExistsException", 400, "The specified resource already exists.");
/// There are as many as there may be.
pub static LIMIT_EXCEEDED: Row =
    Row::sender("LimitExceededException", 400, "Resource limit exceeded.");
/// The operation does not go with the resource.
pub static INVALID_OPERATION: Row =
    Row::sender("InvalidOperationException", 400, "The operation is not valid on this resource.");
/// A group has as many tags as it may have.
pub static TOO_MANY_TAGS: Row =
    Row::sender("TooManyTagsException", 400, "A resource can have no more than 50 tags.");
/// A query cannot be read.
pub static MALFORMED_QUERY: Row =
    Row::sender("MalformedQueryException", 400, "The query string is not valid.");
/// A group is protected from being deleted.
pub static VALIDATION: Row =
    Row::sender("ValidationException", 400, "One of the parameters for the request is not valid.");
/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDeniedException", 400, "Access denied.");

/// There is no such group.
#[must_use]
pub fn no_group() -> ApiError {
    RESOURCE_NOT_FOUND.says("The specified log group does not exist.")
}

/// There is no such stream.
#[must_use]
pub fn no_stream() -> ApiError {
    RESOURCE_NOT_FOUND.says("The specified log stream does not exist.")
}

/// A token of a page was never given, or belongs to another request.
#[must_use]
pub fn invalid_token() -> ApiError {
    INVALID_PARAMETER.says("The specified nextToken is invalid.")
}
