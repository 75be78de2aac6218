//! What AWS answers where it does not know who calls: one row each. S3 has words of its own.

use cloudless_core::error::Row;

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
pub(super) static EXPIRED_TOKEN_OF_S3: Row =
    Row::sender("ExpiredToken", 400, "The provided token has expired.");
pub(super) static INVALID_TOKEN_OF_S3: Row =
    Row::sender("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");

/// The services other than S3: no credentials, where the public may do nothing.
pub(super) static MISSING_TOKEN: Row =
    Row::sender("MissingAuthenticationTokenException", 403, "Missing Authentication Token")
        .query("MissingAuthenticationToken");
/// The services other than S3: temporary credentials whose time is over.
pub(super) static EXPIRED_TOKEN: Row = Row::sender(
    "ExpiredTokenException",
    403,
    "The security token included in the request is expired",
)
.query("ExpiredToken");
/// The services other than S3: an access key that nobody has, or temporary credentials with another token
/// than their own.
pub(super) static INVALID_TOKEN: Row = Row::sender(
    "UnrecognizedClientException",
    403,
    "The security token included in the request is invalid.",
)
.query("InvalidClientTokenId");
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
