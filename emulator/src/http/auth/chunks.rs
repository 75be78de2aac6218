//! The signatures of a framed body: each chunk's is chained to the one before, the first to that of the
//! head, and that of the trailers to the last.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use std::fmt;
use std::fmt::Write as _;

use cloudless_core::error::ApiError;
use hmac::Mac as _;
use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::super::declared;
use super::refusal::SIGNATURE_DOES_NOT_MATCH;
use super::verify::{mac, signing_key};
use super::{Form, Signature, header, in_bytes};

/// How a chunk's extension begins.
const EXTENSION: &str = "chunk-signature=";
const SIGNATURE_HEX_DIGITS: usize = 64;

/// What the chunks of a body are verified with, as they come.
#[derive(Clone)]
pub struct Chain {
    access_key_id: String,
    key: Vec<u8>,
    date: String,
    scope: String,
    /// The signature of what came before.
    previous: String,
    chunk: Sha256,
    covers_trailers: bool,
}

impl fmt::Debug for Chain {
    /// Without the signing key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl Signature<'_> {
    /// What the chunks of the body are verified with; nothing where the head says that they are not signed.
    ///
    /// # Errors
    /// `NotImplemented`: they are signed with a key pair.
    pub fn chain(&self, parts: &Parts, secret: &str) -> Result<Option<Chain>, ApiError> {
        let Form::V4 { scope, date, signature, .. } = &self.form else { return Ok(None) };
        let named = header(parts, "x-amz-content-sha256").filter(|_| self.is_s3());
        let covers_trailers = match named {
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") => false,
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") => true,
            Some(named) if named.starts_with("STREAMING-AWS4-ECDSA-") => {
                return Err(declared::not_implemented("x-amz-content-sha256"));
            }
            _ => return Ok(None),
        };
        Ok(Some(Chain {
            access_key_id: self.access_key_id.as_ref().to_owned(),
            key: signing_key(secret, scope),
            date: date.as_ref().to_owned(),
            scope: scope.as_ref().to_owned(),
            previous: signature.to_ascii_lowercase(),
            chunk: Sha256::new(),
            covers_trailers,
        }))
    }
}

impl Chain {
    /// Whether the trailers have a signature of their own.
    pub fn covers_trailers(&self) -> bool {
        self.covers_trailers
    }

    /// The signature that stands behind a chunk's size; nothing where it is none.
    pub fn read(extension: &str) -> Option<&str> {
        let signature = extension.strip_prefix(EXTENSION)?;
        let is_one = signature.len() == SIGNATURE_HEX_DIGITS
            && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then_some(signature)
    }

    /// Takes bytes of the chunk at hand.
    pub fn update(&mut self, bytes: &[u8]) {
        self.chunk.update(bytes);
    }

    /// Verifies the chunk whose bytes have all come. The next one is chained to it.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`.
    pub fn end_chunk(&mut self, given: &str) -> Result<(), Box<ApiError>> {
        let (nothing, chunk) =
            (hex::encode(Sha256::digest(b"")), hex::encode(self.chunk.finalize_reset()));
        self.verify("AWS4-HMAC-SHA256-PAYLOAD", &format!("{nothing}\n{chunk}"), given)
    }

    /// Verifies the trailers, which stand behind the last chunk.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`.
    pub fn end_trailers<'a>(
        &mut self,
        trailers: impl Iterator<Item = (&'a str, &'a str)>,
        given: &str,
    ) -> Result<(), Box<ApiError>> {
        let mut trailers: Vec<_> = trailers.collect();
        trailers.sort_unstable();
        let mut canonical = String::new();
        for (name, value) in trailers {
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let hash = hex::encode(Sha256::digest(canonical));
        self.verify("AWS4-HMAC-SHA256-TRAILER", &hash, given)
    }

    fn verify(&mut self, kind: &str, hashes: &str, given: &str) -> Result<(), Box<ApiError>> {
        let Self { date, scope, previous, .. } = &*self;
        let to_sign = format!("{kind}\n{date}\n{scope}\n{previous}\n{hashes}");
        let mut mac = mac(&self.key);
        mac.update(to_sign.as_bytes());
        if mac.verify_slice(&hex::decode(given).unwrap_or_default()).is_ok() {
            self.previous = given.to_ascii_lowercase();
            return Ok(());
        }
        Err(Box::new(
            SIGNATURE_DOES_NOT_MATCH
                .with("AWSAccessKeyId", &*self.access_key_id)
                .with("StringToSign", to_sign.as_str())
                .with("SignatureProvided", given)
                .with("StringToSignBytes", in_bytes(&to_sign)),
        ))
    }
}

#[cfg(test)]
impl Chain {
    /// Of the examples in AWS's documentation, and the signature of their head.
    pub fn of_documentation(seed: &str, covers_trailers: bool) -> Self {
        let scope = "20130524/us-east-1/s3/aws4_request";
        Self {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            key: signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope),
            date: "20130524T000000Z".to_owned(),
            scope: scope.to_owned(),
            previous: seed.to_owned(),
            chunk: Sha256::new(),
            covers_trailers,
        }
    }
}
