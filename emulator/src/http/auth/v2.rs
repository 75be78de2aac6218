//! The older signature, HMAC-SHA1 over a few lines. boto3 presigns with it in us-east-1 unless told, and
//! S3 takes it there. What it covers is not chosen by who signs: every `x-amz-` header is in it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless_core::error::ApiError;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use sha1::Sha1;

use super::refusal::SIGNATURE_DOES_NOT_MATCH;
use super::url::Query;
use super::{decode, header};

/// The parameters that are part of what is signed.
const SUBRESOURCES: [&str; 36] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Verifies a signature. `bucket` is the one that the host names; `expires` stands in a URL in place of
/// a date.
///
/// # Errors
/// `SignatureDoesNotMatch`, with what S3 signed.
pub(super) fn verify(
    parts: &Parts,
    bucket: Option<&str>,
    access_key_id: &str,
    secret: &str,
    signature: &str,
    expires: Option<u64>,
) -> Result<(), ApiError> {
    let given = BASE64.decode(signature).unwrap_or_default();
    let path = parts.uri.path();
    let to_sign = string_to_sign(parts, bucket, expires, path);
    // A bucket in the path is signed by some clients as it is sent, by boto3 with a slash behind it.
    let with_slash = (bucket.is_none() && path.rfind('/') == Some(0) && path.len() > 1)
        .then(|| string_to_sign(parts, bucket, expires, &format!("{path}/")));
    if is_signed(&to_sign, secret, &given)
        || with_slash.is_some_and(|to_sign| is_signed(&to_sign, secret, &given))
    {
        return Ok(());
    }
    Err(mismatch(access_key_id, signature, &to_sign))
}

/// The refusal of a signature, with what S3 signed.
pub(super) fn mismatch(access_key_id: &str, signature: &str, to_sign: &str) -> ApiError {
    SIGNATURE_DOES_NOT_MATCH
        .with("AWSAccessKeyId", access_key_id)
        .with("StringToSign", to_sign)
        .with("SignatureProvided", signature)
        .with("StringToSignBytes", super::in_bytes(to_sign))
}

pub(super) fn is_signed(to_sign: &str, secret: &str, given: &[u8]) -> bool {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(to_sign.as_bytes());
    mac.verify_slice(given).is_ok()
}

pub(super) fn string_to_sign(
    parts: &Parts,
    bucket: Option<&str>,
    expires: Option<u64>,
    path: &str,
) -> String {
    // What would be headers, boto3 writes into the URL that it presigns.
    let query = expires.map(|_| Query::of(parts));
    let said = |name: &str| {
        let in_url = || query.as_ref().and_then(|query| query.get(name));
        header(parts, name).or_else(in_url).unwrap_or_default().trim()
    };
    let mut amz = BTreeMap::new();
    for (name, value) in query.iter().flat_map(Query::pairs) {
        if name.starts_with("x-amz-") {
            amz.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    for name in parts.headers.keys().map(http::HeaderName::as_str) {
        if name.starts_with("x-amz-") {
            let values = parts.headers.get_all(name).iter();
            let values: Vec<String> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
                .collect();
            amz.insert(name.to_owned(), values.join(","));
        }
    }
    let date = match expires {
        Some(expires) => expires.to_string(),
        None if amz.contains_key("x-amz-date") => String::new(),
        None => said("date").to_owned(),
    };
    let mut text =
        format!("{}\n{}\n{}\n{date}\n", parts.method, said("content-md5"), said("content-type"));
    for (name, value) in &amz {
        let _ = writeln!(text, "{name}:{value}");
    }
    if let Some(bucket) = bucket {
        let _ = write!(text, "/{bucket}");
    }
    text += path;
    let pairs = parts.uri.query().unwrap_or_default().split('&');
    let mut subresources: Vec<String> = pairs
        .filter(|pair| SUBRESOURCES.contains(&pair.split_once('=').map_or(*pair, |(name, _)| name)))
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", decode(value)),
            None => pair.to_owned(),
        })
        .collect();
    subresources.sort();
    if !subresources.is_empty() {
        let _ = write!(text, "?{}", subresources.join("&"));
    }
    text
}
