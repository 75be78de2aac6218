//! What a service that speaks REST-XML refuses, and the codec of its protocol before it:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use super::Row;

/// A value of the request is wrong. `ArgumentName`, `ArgumentValue`.
pub static INVALID_ARGUMENT: Row = Row::sender("InvalidArgument", 400, "Invalid Argument");

/// The request makes no sense, or a parameter that the operation needs is missing.
pub static INVALID_REQUEST: Row = Row::sender("InvalidRequest", 400, "Invalid Request");

/// The body is no XML, not the XML that the operation takes, or has not the right content.
pub static MALFORMED_XML: Row = Row::sender(
    "MalformedXML",
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
);

/// No operation has this method here, or none that is for the caller. `Method`, `ResourceType`.
pub static METHOD_NOT_ALLOWED: Row = Row::sender(
    "MethodNotAllowed",
    405,
    "The specified method is not allowed against this resource.",
);
