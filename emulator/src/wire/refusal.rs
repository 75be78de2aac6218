//! What AWS answers to requests that cannot be read at all, one row each. Refusals of requests that
//! can be read are the core's.

use cloudless_core::error::Row;

/// S3: the document is no XML, or not the XML the operation takes.
pub(super) static MALFORMED_XML: Row = Row::sender(
    "MalformedXML",
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
);
/// S3: the operation takes a document and there is none.
pub(super) static MISSING_REQUEST_BODY: Row =
    Row::sender("MissingRequestBodyError", 400, "Request Body is empty");
/// S3: no operation has this method on a bucket or an object.
pub(super) static METHOD_NOT_ALLOWED: Row = Row::sender(
    "MethodNotAllowed",
    405,
    "The specified method is not allowed against this resource.",
);
/// S3: a parameter or header has a value of the wrong kind.
pub(super) static INVALID_ARGUMENT: Row = Row::sender("InvalidArgument", 400, "Invalid Argument");
/// S3: a parameter that the operation needs is missing.
pub(super) static INVALID_REQUEST: Row = Row::sender("InvalidRequest", 400, "Invalid Request");
/// S3: a header that the operation needs is missing.
pub(super) static MISSING_SECURITY_HEADER: Row =
    Row::sender("MissingSecurityHeader", 400, "Your request was missing a required header");
/// S3: the path is no UTF-8.
pub(super) static INVALID_URI: Row =
    Row::sender("InvalidURI", 400, "Couldn't parse the specified URI.");
/// S3: a document beyond the limit.
pub(super) static MESSAGE_TOO_LONG: Row =
    Row::sender("MaxMessageLengthExceeded", 400, "Your request was too big.");

/// JSON protocols: the body is no JSON, or a value has the wrong type.
pub(super) static SERIALIZATION: Row =
    Row::sender("SerializationException", 400, "").query("MalformedInput");
/// JSON 1.0: no operation of that name.
pub(super) static UNKNOWN_OPERATION: Row =
    Row::sender("UnknownOperationException", 400, "").query("InvalidAction");

/// Query: no operation is named at all.
pub(super) static NO_OPERATION: Row = Row::sender("UnknownOperationException", 404, "");
/// Query: no operation of that name, or none that a queue's own URL takes.
pub(super) static INVALID_ACTION: Row = Row::sender("InvalidAction", 400, "");
/// Query: a form that makes no sense.
pub(super) static MALFORMED_INPUT: Row = Row::sender("MalformedInput", 400, "");
/// SQS: a parameter is missing, in the code of each protocol.
pub(super) static MISSING_PARAMETER: Row =
    Row::sender("MissingRequiredParameterException", 400, "").query("MissingParameter");
/// SQS: a request beyond the limit.
pub(super) static REQUEST_ENTITY_TOO_LARGE: Row = Row::sender("RequestEntityTooLarge", 413, "");

/// Lambda and, in the code of its protocol, STS: members that break the model's constraints.
pub(super) static VALIDATION: Row =
    Row::sender("ValidationException", 400, "").query("ValidationError");
/// Lambda: no operation has this method and path.
pub(super) static UNDETERMINED: Row = Row::sender(
    "AccessDeniedException",
    403,
    "Unable to determine service/operation name to be authorized",
);
/// Lambda: a request beyond the limit.
pub(super) static REQUEST_TOO_LARGE: Row = Row::sender("RequestEntityTooLargeException", 413, "");
