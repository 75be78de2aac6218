//! What AWS answers to requests that cannot be read at all, one row each. Refusals of requests that
//! can be read are the core's; some of them a protocol says, too.

use cloudless_core::error::Row;
pub(super) use cloudless_core::error::SERIALIZATION;
pub(super) use cloudless_core::error::rest_xml::{
    INVALID_ARGUMENT, INVALID_REQUEST, MALFORMED_XML, METHOD_NOT_ALLOWED,
};

/// REST-XML: the operation takes a document and there is none.
pub(super) static MISSING_REQUEST_BODY: Row =
    Row::sender("MissingRequestBodyError", 400, "Request Body is empty");
/// REST-XML: a header that the operation needs is missing.
pub(super) static MISSING_SECURITY_HEADER: Row =
    Row::sender("MissingSecurityHeader", 400, "Your request was missing a required header");
/// REST-XML: a method that HTTP does not have.
pub(super) static BAD_REQUEST: Row =
    Row::sender("BadRequest", 400, "An error occurred when parsing the HTTP request.");
/// REST-XML: the path is no UTF-8.
pub(super) static INVALID_URI: Row =
    Row::sender("InvalidURI", 400, "Couldn't parse the specified URI.");

/// JSON 1.0: no operation of that name.
pub(super) static UNKNOWN_OPERATION: Row =
    Row::sender("UnknownOperationException", 400, "").query("InvalidAction");

/// Query: no operation is named at all.
pub(super) static NO_OPERATION: Row = Row::sender("UnknownOperationException", 404, "");
/// Query: no operation of that name, or none that a queue's own URL takes.
pub(super) static INVALID_ACTION: Row = Row::sender("InvalidAction", 400, "");
/// Query: a form that makes no sense.
pub(super) static MALFORMED_INPUT: Row = Row::sender("MalformedInput", 400, "");
