//! The errors of STS: <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.

use kernel::error::Row;

/// A parameter breaks a constraint of AWS's model.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "A parameter is invalid.");

/// Temporary credentials whose time is over.
pub static EXPIRED_TOKEN: Row = Row::sender(
    "ExpiredTokenException",
    403,
    "The security token included in the request is expired",
)
.query("ExpiredToken");

/// An access key that nobody has, or temporary credentials with another token than their own.
pub static INVALID_TOKEN: Row = Row::sender(
    "UnrecognizedClientException",
    403,
    "The security token included in the request is invalid.",
)
.query("InvalidClientTokenId");
