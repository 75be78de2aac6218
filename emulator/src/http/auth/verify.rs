//! Whether a signature was made with a key's secret, in two steps: from the head alone, before a body
//! is read, and from the body, where the head does not name its hash.

use std::borrow::Cow;
use std::fmt::Write as _;

use cloudless_core::error::rest_xml::INVALID_REQUEST;
use cloudless_core::error::{ACCESS_DENIED, ApiError};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::refusal::{
    INCOMPLETE_SIGNATURE, INVALID_ACCESS_KEY_ID, INVALID_SIGNATURE, INVALID_TOKEN,
    MALFORMED_HEADER, MALFORMED_QUERY, REQUEST_TIME_TOO_SKEWED, SIGNATURE_DOES_NOT_MATCH,
};
use super::{
    ALGORITHM, Form, SKEW_MAX_MS, Signature, coverage, date_of, decode, format_date, header,
    parse_date_ms, second, v2,
};

/// A signature of version 4 whose head is as it must be.
struct V4<'a> {
    scope: &'a str,
    date: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
    is_presigned: bool,
}

impl Signature<'_> {
    /// Verifies what can be verified before the body is here: the key, the date, the scope, what is
    /// covered; and the signature itself, where the head names the body's hash. `bucket` is the one that
    /// the host names.
    ///
    /// # Errors
    /// `InvalidAccessKeyId` without a secret, `RequestTimeTooSkewed`, `SignatureDoesNotMatch`; from
    /// services other than S3 `UnrecognizedClientException` and `InvalidSignatureException`.
    pub fn verify_head(
        &self,
        parts: &Parts,
        secret: Option<&str>,
        wall_ms: u64,
        bucket: Option<&str>,
    ) -> Result<(), ApiError> {
        let Some(secret) = secret else {
            return Err(match self.is_s3() {
                true => INVALID_ACCESS_KEY_ID.with("AWSAccessKeyId", &*self.access_key_id),
                false => (&INVALID_TOKEN).into(),
            });
        };
        let Some(v4) = self.v4_parts() else {
            return self.verify_v2(parts, secret, wall_ms, bucket);
        };
        self.check_date(parts, &v4, wall_ms)?;
        if !self.is_s3() {
            coverage::check_other(parts, v4.signed_headers)?;
        }
        match self.payload_hash(parts, v4.is_presigned)? {
            Some(hash) => self.prove(parts, &v4, &hash, secret),
            None => Ok(()),
        }
    }

    /// Verifies the rest, with the body. S3 compares the body with the hash that the head names
    /// elsewhere, also where it is streamed.
    ///
    /// # Errors
    /// `InvalidSignatureException`.
    pub fn verify_body(&self, parts: &Parts, body: &[u8], secret: &str) -> Result<(), ApiError> {
        if self.is_s3() {
            return Ok(());
        }
        let Some(v4) = self.v4_parts() else { return Err((&INVALID_SIGNATURE).into()) };
        let hash = hex::encode(Sha256::digest(body));
        match self.payload_hash(parts, v4.is_presigned)? {
            Some(named) if named.eq_ignore_ascii_case(&hash) => Ok(()),
            Some(_) => Err((&INVALID_SIGNATURE).into()),
            None => self.prove(parts, &v4, &hash, secret),
        }
    }

    fn verify_v2(
        &self,
        parts: &Parts,
        secret: &str,
        wall_ms: u64,
        bucket: Option<&str>,
    ) -> Result<(), ApiError> {
        let Form::V2 { signature, expires_at_s } = &self.form else {
            return Err((&SIGNATURE_DOES_NOT_MATCH).into());
        };
        if expires_at_s.is_none() {
            self.check_time(parts, &date_of(parts), wall_ms)?;
        }
        v2::verify(parts, bucket, &self.access_key_id, secret, signature, *expires_at_s)
    }

    fn v4_parts(&self) -> Option<V4<'_>> {
        match &self.form {
            Form::V4 { scope, date, signed_headers, signature, expires_s } => Some(V4 {
                scope,
                date,
                signed_headers,
                signature,
                is_presigned: expires_s.is_some(),
            }),
            Form::V2 { .. } => None,
        }
    }

    /// Whether a date is there, and near enough to ours.
    fn check_time(&self, parts: &Parts, date: &str, wall_ms: u64) -> Result<(), ApiError> {
        let Some(signed_ms) = parse_date_ms(date) else {
            return Err(match self.is_s3() {
                true => ACCESS_DENIED
                    .says("AWS authentication requires a valid Date or x-amz-date header"),
                false => INCOMPLETE_SIGNATURE.says(format!(
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization={}",
                    header(parts, "authorization").unwrap_or_default()
                )),
            });
        };
        if wall_ms.abs_diff(signed_ms) <= SKEW_MAX_MS {
            return Ok(());
        }
        Err(match self.is_s3() {
            true => REQUEST_TIME_TOO_SKEWED
                .with("RequestTime", date)
                .with("ServerTime", second(wall_ms))
                .with("MaxAllowedSkewMilliseconds", SKEW_MAX_MS.to_string()),
            false => skewed(date, signed_ms, wall_ms),
        })
    }

    fn check_date(&self, parts: &Parts, v4: &V4<'_>, wall_ms: u64) -> Result<(), ApiError> {
        let V4 { date, is_presigned, .. } = *v4;
        // A URL has a time of its own, which is checked with or without keys.
        if !is_presigned {
            self.check_time(parts, date, wall_ms)?;
        }
        let (signed_day, day) =
            (v4.scope.split('/').next().unwrap_or_default(), date.get(..8).unwrap_or_default());
        if signed_day == day {
            return Ok(());
        }
        let differs = || {
            format!(
                "Invalid credential date \"{signed_day}\". This date is not the same as X-Amz-Date: \"{day}\"."
            )
        };
        Err(match (self.is_s3(), is_presigned) {
            (true, true) => MALFORMED_QUERY.says(differs()),
            (true, false) => MALFORMED_HEADER
                .says(format!("The authorization header is malformed; {}", differs())),
            (false, _) => INVALID_SIGNATURE.says(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{signed_day}' != '{day}', from '{date}'."
            )),
        })
    }

    /// What the signature says of the body, where the head says it: a hash, or that it is not signed.
    fn payload_hash<'p>(
        &self,
        parts: &'p Parts,
        is_presigned: bool,
    ) -> Result<Option<Cow<'p, str>>, ApiError> {
        let named = header(parts, "x-amz-content-sha256");
        if !self.is_s3() {
            // The services other than S3 hash what came, whatever a header calls it.
            let is_hash = |named: &&str| named.len() == 64 && hex::decode(named).is_ok();
            return Ok(named.filter(is_hash).map(Cow::Borrowed));
        }
        match named {
            Some(named) => Ok(Some(Cow::Borrowed(named))),
            None if is_presigned => Ok(Some(Cow::Borrowed("UNSIGNED-PAYLOAD"))),
            // Otherwise any body would do under the signature of an empty one.
            None => Err(INVALID_REQUEST
                .says("Missing required header for this request: x-amz-content-sha256")),
        }
    }

    fn prove(&self, parts: &Parts, v4: &V4<'_>, hash: &str, secret: &str) -> Result<(), ApiError> {
        let (_, to_sign) = self.signed(parts, v4, hash);
        let mut mac = mac(&signing_key(secret, v4.scope));
        mac.update(to_sign.as_bytes());
        let given = hex::decode(v4.signature).unwrap_or_default();
        if mac.verify_slice(&given).is_ok() {
            return Ok(());
        }
        Err(match self.is_s3() {
            true => self.refused(parts, v4, hash),
            false => (&INVALID_SIGNATURE).into(),
        })
    }

    /// S3's refusal of a request that is not what was signed.
    pub(super) fn mismatch(&self, parts: &Parts) -> ApiError {
        let Some(v4) = self.v4_parts() else { return (&SIGNATURE_DOES_NOT_MATCH).into() };
        match self.payload_hash(parts, v4.is_presigned) {
            Ok(hash) => self.refused(parts, &v4, &hash.unwrap_or_default()),
            Err(error) => error,
        }
    }

    /// AWS shows what it signed: it is what one compares with one's own.
    fn refused(&self, parts: &Parts, v4: &V4<'_>, hash: &str) -> ApiError {
        let (request, to_sign) = self.signed(parts, v4, hash);
        v2::mismatch(&self.access_key_id, v4.signature, &to_sign)
            .with("CanonicalRequest", request.as_str())
            .with("CanonicalRequestBytes", super::in_bytes(&request))
    }

    /// The canonical request, and the text that is signed.
    fn signed(&self, parts: &Parts, v4: &V4<'_>, hash: &str) -> (String, String) {
        let request = self.canonical_request(parts, v4, hash);
        let request_hash = hex::encode(Sha256::digest(&request));
        let to_sign = format!("{ALGORITHM}\n{}\n{}\n{request_hash}", v4.date, v4.scope);
        (request, to_sign)
    }

    fn canonical_request(&self, parts: &Parts, v4: &V4<'_>, hash: &str) -> String {
        let path = parts.uri.path();
        // S3 signs the path as it is sent; the other services encode it once more.
        let path = if self.is_s3() { path.to_owned() } else { encode(path, true) };
        let mut query: Vec<(String, String)> = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .filter(|(name, _)| !(v4.is_presigned && decode(name) == "X-Amz-Signature"))
            .map(|(name, value)| (encode(&decode(name), false), encode(&decode(value), false)))
            .collect();
        query.sort();
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let signed = v4.signed_headers.to_ascii_lowercase();
        let mut headers = String::new();
        for name in signed.split(';') {
            let values = parts.headers.get_all(name).iter();
            let values: Vec<String> = values
                .map(|value| {
                    let text = String::from_utf8_lossy(value.as_bytes());
                    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
                })
                .collect();
            let _ = writeln!(headers, "{name}:{}", values.join(","));
        }
        format!("{}\n{path}\n{}\n{headers}\n{signed}\n{hash}", parts.method, query.join("&"))
    }
}

/// The words in which services other than S3 refuse a date that is too far from theirs.
pub(super) fn skewed(date: &str, signed_ms: u64, now_ms: u64) -> ApiError {
    let now = format_date(now_ms);
    INVALID_SIGNATURE.says(if signed_ms < now_ms {
        let oldest = format_date(now_ms.saturating_sub(SKEW_MAX_MS));
        format!("Signature expired: {date} is now earlier than {oldest} ({now} - 15 min.)")
    } else {
        let newest = format_date(now_ms.saturating_add(SKEW_MAX_MS));
        format!("Signature not yet current: {date} is still later than {newest} ({now} + 15 min.)")
    })
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
pub(in super::super) fn is_same(one: &str, other: &str) -> bool {
    let mut expected = mac(one.as_bytes());
    expected.update(one.as_bytes());
    let mut given = mac(one.as_bytes());
    given.update(other.as_bytes());
    expected.verify_slice(&given.finalize().into_bytes()).is_ok()
}

/// The key with which a day's requests of a region and a service are signed.
pub(super) fn signing_key(secret: &str, scope: &str) -> Vec<u8> {
    let key = format!("AWS4{secret}").into_bytes();
    scope.split('/').fold(key, |key, part| sign(&key, part))
}

pub(super) fn mac(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    Hmac::new_from_slice(key).expect("a key of any length")
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = mac(key);
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn encode(text: &str, keep_slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'/' if keep_slash => encoded.push('/'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
