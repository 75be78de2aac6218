//! The errors of Lambda: <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html> and the
//! error lists of its operations. Each body carries `Type`: `User` or `Service`.

use kernel::error::{ApiError, Row};

/// No such function, mapping, policy or statement.
pub static RESOURCE_NOT_FOUND: Row =
    Row::sender("ResourceNotFoundException", 404, "The resource you requested does not exist.");

/// It exists already, or is in a state that does not allow this.
pub static RESOURCE_CONFLICT: Row =
    Row::sender("ResourceConflictException", 409, "The resource already exists.");

/// A parameter has a value that the operation cannot work with.
pub static INVALID_PARAMETER_VALUE: Row =
    Row::sender("InvalidParameterValueException", 400, "A parameter has an invalid value.");

/// A value breaks the model's constraints.
pub static VALIDATION: Row = Row::sender("ValidationException", 400, "A value is not valid.");

/// The event is not JSON.
pub static INVALID_REQUEST_CONTENT: Row =
    Row::sender("InvalidRequestContentException", 400, "The request body is not valid JSON.");

/// The event or the code is too large.
pub static REQUEST_TOO_LARGE: Row =
    Row::sender("RequestTooLargeException", 413, "The request payload is too large.");

/// The whole request is too large.
pub static REQUEST_ENTITY_TOO_LARGE: Row =
    Row::sender("RequestEntityTooLargeException", 413, "The request entity is too large.");

/// The revision given is not the current one.
pub static PRECONDITION_FAILED: Row = Row::sender(
    "PreconditionFailedException",
    412,
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
);

/// The function has reserved less concurrency than is asked of it.
pub static TOO_MANY_REQUESTS: Row = Row::sender("TooManyRequestsException", 429, "Rate Exceeded.");

/// The invocation would be one more of a loop.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>
pub static RECURSIVE_INVOCATION: Row = Row::sender(
    "RecursiveInvocationException",
    400,
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
);

/// The policy is longer than it may be.
pub static POLICY_LENGTH_EXCEEDED: Row = Row::sender(
    "PolicyLengthExceededException",
    400,
    "The permissions policy for the resource is too large.",
);

/// No such code signing configuration.
pub static CODE_SIGNING_CONFIG_NOT_FOUND: Row = Row::sender(
    "CodeSigningConfigNotFoundException",
    404,
    "The specified code signing configuration does not exist.",
);

/// Nothing is provisioned of this version or alias.
pub static PROVISIONED_NOT_FOUND: Row = Row::sender(
    "ProvisionedConcurrencyConfigNotFoundException",
    404,
    "No Provisioned Concurrency Config found for this function",
);

/// Our own mistake, or a disk's. Its `Type` is `Service`.
pub static SERVICE: Row =
    Row::receiver("ServiceException", 500, "The AWS Lambda service encountered an internal error.");

/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender(
    "AccessDeniedException",
    403,
    "User is not authorized to perform this action on this resource.",
);

/// Lambda's refusals of what a caller has done wrong.
pub trait UserError {
    /// A refusal of Lambda's: `Type` is part of its body.
    #[must_use]
    fn user(&'static self, message: impl Into<String>) -> ApiError;
}

impl UserError for Row {
    fn user(&'static self, message: impl Into<String>) -> ApiError {
        self.says(message.into()).with("Type", "User")
    }
}
