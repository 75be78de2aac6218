//! What a signature covers. A header that it leaves out could have been added by anybody who holds a
//! presigned URL or sits on the way: a presigned upload that gains `x-amz-copy-source` would be a copy
//! of whatever the signer may read.
//!
//! S3 refuses such headers always, with and without configured keys: no client of S3 adds one after it
//! has signed, and what passes here passes on AWS. The other services are held to it where signatures
//! are verified; tools that make up a signature for them may go on.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use cloudless_core::error::{ACCESS_DENIED, ApiError};
use http::request::Parts;

use super::header;
use super::refusal::INVALID_SIGNATURE;
use super::url::Query;

/// The value of this one is in what is signed, whether its name is or not.
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// The headers of a request that a signature over `signed` (`host;x-amz-date`) must cover and does not,
/// by name.
fn left_out<'a>(parts: &'a Parts, signed: &str, is_s3: bool) -> Vec<&'a str> {
    let is_signed = |name: &str| signed.split(';').any(|it| it.eq_ignore_ascii_case(name));
    let must_be = |name: &str| {
        name == "host"
            || name.starts_with("x-amz-") && name != CONTENT_SHA256
            || is_s3 && name == "content-md5"
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
            || is_s3 && name == "if-range" && is_signed("range")
    };
    let names = parts.headers.keys().map(http::HeaderName::as_str);
    let mut left_out: Vec<&str> = names.filter(|name| must_be(name) && !is_signed(name)).collect();
    // Also where a request names no host.
    if !is_signed("host") && !left_out.contains(&"host") {
        left_out.push("host");
    }
    left_out.sort_unstable();
    left_out
}

/// # Errors
/// `AccessDenied` names the headers that an S3 signature leaves out.
pub(super) fn check_s3(parts: &Parts, signed: &str) -> Result<(), ApiError> {
    match left_out(parts, signed, true) {
        none if none.is_empty() => Ok(()),
        left_out => Err(ACCESS_DENIED
            .says("There were headers present in the request which were not signed")
            .with("HeadersNotSigned", left_out.join(", "))),
    }
}

/// # Errors
/// `InvalidSignatureException` names the first header that a signature for another service leaves out.
pub(super) fn check_other(parts: &Parts, signed: &str) -> Result<(), ApiError> {
    let Some(first) = left_out(parts, signed, false).into_iter().next() else { return Ok(()) };
    let name = match first {
        "host" => "'Host' or ':authority'".to_owned(),
        other => format!("'{other}'"),
    };
    Err(INVALID_SIGNATURE
        .says(format!("{name} must be a 'SignedHeader' in the AWS Authorization.")))
}

/// A header that was signed and did not come: what came is not what was signed.
pub(super) fn is_incomplete(parts: &Parts, signed: &str) -> bool {
    signed.split(';').any(|name| !name.is_empty() && !parts.headers.contains_key(name))
}

/// A header that the older signature of a URL does not cover as it came: boto3 and the AWS SDK for
/// JavaScript write all that they sign into the URL.
pub(super) fn adds_to_url(parts: &Parts) -> bool {
    let mut names = parts.headers.keys().map(http::HeaderName::as_str);
    let Some(first) = names.find(|name| name.starts_with("x-amz-")) else { return false };
    let query = Query::of(parts);
    let is_in_url =
        |name: &str| query.get(name).is_some_and(|said| header(parts, name) == Some(said));
    !is_in_url(first) || names.any(|name| name.starts_with("x-amz-") && !is_in_url(name))
}
