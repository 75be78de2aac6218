//! Names of buckets and objects in another dress: in listings and events, and in tokens of pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::ApiError;

/// As S3 encodes keys in listings and event records: a space is a plus, slashes stay.
pub(crate) fn form_encode(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            // Writing to a string cannot fail.
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

/// A token that says after which name a listing goes on.
pub(crate) fn continuation_token(last: &str) -> String {
    BASE64.encode(format!("1/{last}"))
}

/// The name in such a token.
pub(crate) fn continuation_of(token: &str) -> Result<String, ApiError> {
    BASE64
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("1/").map(Into::into))
        .ok_or_else(|| {
            crate::error::INVALID_ARGUMENT
                .says("The continuation token provided is incorrect")
                .with("ArgumentName", "continuation-token")
        })
}
