//! What services refuse: one row per AWS error. Here are those that all services share; each has its own
//! in its `error` module.
//!
//! Call sites name a row; no status and no code is typed twice:
//!
//! ```
//! use cloudless_kernel::error::{ApiError, Row};
//! static NO_SUCH_BUCKET: Row =
//!     Row::sender("NoSuchBucket", 404, "The specified bucket does not exist");
//! let refused: ApiError = NO_SUCH_BUCKET.with("BucketName", "photos");
//! assert_eq!(refused.status(), 404);
//! assert_eq!(refused.message(), "The specified bucket does not exist");
//! ```

pub mod rest_xml;

use std::borrow::Cow;

/// Whose mistake an error is, as AWS's `Type`/`Fault` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: 4xx.
    Sender,
    /// The service's: 5xx.
    Receiver,
}

/// One row of the catalogue: an error as AWS defines it.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The code of the JSON and REST protocols: `QueueDoesNotExist`, `NoSuchBucket`.
    pub code: &'static str,
    /// The code of the Query protocol where it differs: `AWS.SimpleQueueService.NonExistentQueue`.
    pub query_code: Option<&'static str>,
    /// The HTTP status.
    pub status: u16,
    /// Whose mistake it is.
    pub fault: Fault,
    /// AWS's text, or the usual one where the text depends on the request.
    pub message: &'static str,
    /// The text of the Query protocol where it differs.
    pub query_message: Option<&'static str>,
}

impl Row {
    /// A row for a caller's mistake without a Query code of its own.
    #[must_use]
    pub const fn sender(code: &'static str, status: u16, message: &'static str) -> Self {
        Self { code, query_code: None, status, fault: Fault::Sender, message, query_message: None }
    }

    /// A row for the service's own mistake.
    #[must_use]
    pub const fn receiver(code: &'static str, status: u16, message: &'static str) -> Self {
        Self {
            code,
            query_code: None,
            status,
            fault: Fault::Receiver,
            message,
            query_message: None,
        }
    }

    /// The same row with the code that the Query protocol uses.
    #[must_use]
    pub const fn query(self, query_code: &'static str) -> Self {
        Self { query_code: Some(query_code), ..self }
    }

    /// The same row with the text that the Query protocol uses.
    #[must_use]
    pub const fn query_says(self, query_message: &'static str) -> Self {
        Self { query_message: Some(query_message), ..self }
    }

    /// This error with a text that names what was wrong with the request.
    #[must_use]
    pub fn says(&'static self, message: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError { row: self, message: message.into(), fields: Vec::new() }
    }

    /// This error with a further element that AWS's body carries (`BucketName`, `Key`, `Type`).
    #[must_use]
    pub fn with(&'static self, name: &'static str, value: impl Into<String>) -> ApiError {
        ApiError::from(self).with(name, value)
    }
}

/// A refusal: a row of the catalogue, its text for this request, and the further fields of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    row: &'static Row,
    message: Cow<'static, str>,
    fields: Vec<(&'static str, String)>,
}

impl ApiError {
    /// The row of the catalogue.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        self.row
    }
    /// The code of the JSON and REST protocols.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row.code
    }
    /// The code of the Query protocol.
    #[must_use]
    pub fn query_code(&self) -> &'static str {
        self.row.query_code.unwrap_or(self.row.code)
    }
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.row.status
    }
    /// The text for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
    /// The text for people in the Query protocol.
    #[must_use]
    pub fn query_message(&self) -> &str {
        self.row.query_message.unwrap_or(&self.message)
    }
    /// Further elements of the error's body, in AWS's order.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }
    /// This error with a further element of its body.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

impl From<&'static Row> for ApiError {
    fn from(row: &'static Row) -> Self {
        row.says(row.message)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.row.code, self.message)
    }
}

impl std::error::Error for ApiError {}

/// An operation or a parameter of AWS's that this emulator does not have, named.
/// AWS itself uses the code and the status 501 for S3 headers it does not implement.
pub static NOT_IMPLEMENTED: Row =
    Row::receiver("NotImplemented", 501, "This operation is not implemented by Cloudless.");

/// Our own mistake. Logged once at the edge; the client sees no detail.
pub static INTERNAL_ERROR: Row =
    Row::receiver("InternalError", 500, "We encountered an internal error. Please try again.");

/// The same, as most services say it:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.
pub static INTERNAL_FAILURE: Row = Row::receiver(
    "InternalFailure",
    500,
    "The request processing has failed because of an unknown error, exception or failure.",
);

/// Time is to be moved further than it can be; the text says how far that is.
pub static TIME_TOO_FAR: Row =
    Row::sender("InvalidParameterValue", 400, "Time cannot be moved as far as that.");

/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");

/// The same, as most services say it.
pub static ACCESS_DENIED_EXCEPTION: Row =
    Row::sender("AccessDeniedException", 403, "Access Denied").query("AccessDenied");

/// There is no room now; somebody may try again:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.
pub static SERVICE_UNAVAILABLE: Row = Row::receiver(
    "ServiceUnavailableException",
    503,
    "The request has failed due to a temporary failure of the server.",
)
.query("ServiceUnavailable");

/// What is said of a body that has stopped coming. S3 calls it a bad request
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>), the documentation of the other
/// services does not speak of it.
pub const STALLED: &str = "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";

/// The body has stopped coming.
pub static REQUEST_TIMEOUT: Row =
    Row::sender("RequestTimeoutException", 408, STALLED).query("RequestTimeout");

/// The body is longer than any that is taken.
pub static REQUEST_ENTITY_TOO_LARGE: Row =
    Row::sender("RequestEntityTooLarge", 413, "The request entity is too large.");

/// `NOT_IMPLEMENTED` for the named operation.
#[must_use]
pub fn operation_not_implemented(service: &str, operation: &str) -> ApiError {
    NOT_IMPLEMENTED
        .says(format!("The operation {service}:{operation} is not implemented by Cloudless."))
}

/// `NOT_IMPLEMENTED` for the named parameter of an operation.
#[must_use]
pub fn parameter_not_implemented(operation: &str, parameter: &str) -> ApiError {
    NOT_IMPLEMENTED
        .says(format!("The parameter {parameter} of {operation} is not implemented by Cloudless."))
}

/// A document is no JSON, or a member has a value of the wrong type. The wire layer refuses most of
/// these in the protocol's own words before the World hears of them.
pub static SERIALIZATION: Row =
    Row::sender("SerializationException", 400, "The request could not be read.")
        .query("MalformedInput");
