//! What AWS answers where it does not know who calls: one row each. S3 has words of its own.

use cloudless_core::error::Row;

pub(super) static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");
pub(super) static INVALID_ARGUMENT: Row = Row::sender("InvalidArgument", 400, "Invalid Argument");
pub(super) static INVALID_REQUEST: Row = Row::sender("InvalidRequest", 400, "Invalid Request");
pub(super) static MALFORMED_HEADER: Row = Row::sender(
    "AuthorizationHeaderMalformed",
    400,
    "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
);
pub(super) static MALFORMED_QUERY: Row = Row::sender(
    "AuthorizationQueryParametersError",
    400,
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
);
pub(super) static INVALID_ACCESS_KEY_ID: Row = Row::sender(
    "InvalidAccessKeyId",
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
);
pub(super) static SIGNATURE_DOES_NOT_MATCH: Row = Row::sender(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
);
pub(super) static REQUEST_TIME_TOO_SKEWED: Row = Row::sender(
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
);
pub(super) static EXPIRED_TOKEN: Row =
    Row::sender("ExpiredToken", 400, "The provided token has expired.");
pub(super) static INVALID_TOKEN: Row =
    Row::sender("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");

/// The services other than S3: no credentials, where the public may do nothing.
pub(super) static MISSING_TOKEN: Row =
    Row::sender("MissingAuthenticationTokenException", 403, "Missing Authentication Token")
        .query("MissingAuthenticationToken");
/// The services other than S3: credentials that cannot be read.
pub(super) static INCOMPLETE_SIGNATURE: Row = Row::sender(
    "IncompleteSignatureException",
    400,
    "The request signature does not conform to AWS standards.",
)
.query("IncompleteSignature");
/// The services other than S3: a signature that is wrong, too old, or leaves out what it must cover.
pub(super) static INVALID_SIGNATURE: Row = Row::sender(
    "InvalidSignatureException",
    403,
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
)
.query("SignatureDoesNotMatch");
