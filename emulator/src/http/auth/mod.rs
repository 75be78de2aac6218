//! Who calls: Signature Version 4 in a header or in a presigned URL, and the older query signature
//! that boto3 still presigns with in us-east-1.
//!
//! Any key is accepted until keys are configured; then signatures are verified, as far as possible before
//! a body is read. With or without keys, a presigned URL ages by the emulator's clock and is refused once
//! it has expired, and a signature for S3 covers what it must cover on AWS.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>

mod authorization;
mod chunks;
mod coverage;
mod form;
mod refusal;
mod url;
mod v2;
mod verify;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};
use cloudless_core::Timestamp;
use cloudless_core::descriptor::{Credentials, Public, SignatureRules};
use cloudless_core::error::{ACCESS_DENIED, ApiError};
use cloudless_core::s3::Signed;
use cloudless_core::sts::SessionFault;
use http::header::{self, AsHeaderName, HeaderName};
use http::request::Parts;
use percent_encoding::percent_decode_str;

pub use chunks::Chain;
pub use form::FormCredentials;
use refusal::{
    EXPIRED_TOKEN, EXPIRED_TOKEN_OF_S3, INCOMPLETE_SIGNATURE, INVALID_TOKEN, INVALID_TOKEN_OF_S3,
    MISSING_TOKEN,
};
use url::Query;
pub(super) use verify::is_same;

/// How far a signature's date may be from the wall clock, as on AWS.
const SKEW_MAX_MS: u64 = 15 * 60 * 1000;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
// A name that is text would be read anew each time it is looked for.
static AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// A signature as a request carries it; its parts lie in the request, where that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature<'a> {
    /// By whose key.
    pub access_key_id: Cow<'a, str>,
    /// For which region; nothing in the older form.
    pub region: Option<Cow<'a, str>>,
    /// By which it is read and refused.
    rules: SignatureRules,
    form: Form<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form<'a> {
    /// Version 4.
    V4 {
        scope: Cow<'a, str>,
        date: Cow<'a, str>,
        signed_headers: Cow<'a, str>,
        signature: Cow<'a, str>,
        /// In the URL: seconds that it is valid.
        expires_s: Option<u64>,
    },
    /// The older form.
    V2 {
        signature: Cow<'a, str>,
        /// In the URL: the second until which it is valid.
        expires_at_s: Option<u64>,
    },
}

impl<'a> Signature<'a> {
    /// Reads the signature of a request; nothing where it carries none.
    ///
    /// `bucket` is the one that the host names.
    ///
    /// # Errors
    /// It carries one that cannot be read, half of one, or one that leaves out what it must cover. Who
    /// does not sign a call of a service that has nothing for the public (Lambda, STS) hears
    /// `MissingAuthenticationTokenException`.
    pub fn read(
        parts: &'a Parts,
        credentials: &Credentials,
        bucket: impl FnOnce() -> Option<String>,
    ) -> Result<Option<Self>, ApiError> {
        let in_url = url::read(parts, credentials)?;
        // S3 takes an empty one for none.
        let is_s3 = credentials.rules == SignatureRules::S3v4;
        let header = parts.headers.get(header::AUTHORIZATION);
        let read = match header.filter(|header| !(is_s3 && header.is_empty())) {
            Some(header) => {
                Some(Self::from_header(header.to_str().ok(), parts, credentials.rules)?)
            }
            None => in_url,
        };
        match &read {
            None if credentials.public == Public::Nothing => Err((&MISSING_TOKEN).into()),
            Some(signature) if signature.is_s3() => {
                signature.check_coverage(parts, bucket)?;
                Ok(read)
            }
            _ => Ok(read),
        }
    }

    fn v4(
        rules: SignatureRules,
        credential: &Credential<'a>,
        date: Cow<'a, str>,
        signed_headers: &'a str,
        signature: &'a str,
        expires_s: Option<u64>,
    ) -> Option<Self> {
        let (access_key_id, region, scope) = credential.scope()?;
        Some(Self {
            access_key_id: access_key_id.into(),
            region: Some(region.into()),
            rules,
            form: Form::V4 {
                scope: scope.into(),
                date,
                signed_headers: signed_headers.into(),
                signature: signature.into(),
                expires_s,
            },
        })
    }

    /// The same, with parts of its own.
    fn into_owned(self) -> Signature<'static> {
        let own = |part: Cow<'_, str>| Cow::Owned(part.into_owned());
        Signature {
            access_key_id: own(self.access_key_id),
            region: self.region.map(own),
            rules: self.rules,
            form: match self.form {
                Form::V4 { scope, date, signed_headers, signature, expires_s } => Form::V4 {
                    scope: own(scope),
                    date: own(date),
                    signed_headers: own(signed_headers),
                    signature: own(signature),
                    expires_s,
                },
                Form::V2 { signature, expires_at_s } => {
                    Form::V2 { signature: own(signature), expires_at_s }
                }
            },
        }
    }

    /// By which it is read and refused.
    pub fn rules(&self) -> SignatureRules {
        self.rules
    }

    /// How a line of a log names it.
    pub(super) fn kind(&self) -> Signed {
        let (is_version_2, in_url) = match &self.form {
            Form::V4 { expires_s, .. } => (false, expires_s.is_some()),
            Form::V2 { expires_at_s, .. } => (true, expires_at_s.is_some()),
        };
        Signed { is_version_2, in_url }
    }

    fn is_s3(&self) -> bool {
        self.rules == SignatureRules::S3v4
    }

    /// What S3 refuses before it looks at the signature itself.
    fn check_coverage(
        &self,
        parts: &Parts,
        bucket: impl FnOnce() -> Option<String>,
    ) -> Result<(), ApiError> {
        match &self.form {
            Form::V4 { signed_headers, expires_s, .. } => {
                coverage::check_s3(parts, signed_headers)?;
                match expires_s.is_some() && coverage::is_incomplete(parts, signed_headers) {
                    true => Err(self.mismatch(parts)),
                    false => Ok(()),
                }
            }
            // It covers every `x-amz-` header; those that it was made with stand in the URL.
            Form::V2 { signature, expires_at_s }
                if expires_at_s.is_some() && coverage::adds_to_url(parts) =>
            {
                let to_sign =
                    v2::string_to_sign(parts, bucket().as_deref(), *expires_at_s, parts.uri.path());
                Err(v2::mismatch(&self.access_key_id, signature, &to_sign))
            }
            Form::V2 { .. } => Ok(()),
        }
    }

    /// Refuses a presigned URL whose time is over by the emulator's clock, or has not come by either
    /// clock: tools sign by the machine's.
    ///
    /// # Errors
    /// `AccessDenied`, with the times that AWS names; from services other than S3
    /// `InvalidSignatureException`.
    pub fn check_expiry(
        &self,
        now: impl Fn() -> Timestamp,
        wall_ms: impl Fn() -> u64,
    ) -> Result<(), ApiError> {
        let (date, expires_s, expires_at_ms) = match &self.form {
            Form::V2 { expires_at_s: Some(expires_at_s), .. } => {
                ("", None, expires_at_s.saturating_mul(1000))
            }
            Form::V2 { expires_at_s: None, .. } | Form::V4 { expires_s: None, .. } => {
                return Ok(());
            }
            Form::V4 { date, expires_s: Some(expires_s), .. } => {
                let signed_ms = parse_date_ms(date).unwrap_or(0);
                let latest_ms = now().as_ms().max(wall_ms()).saturating_add(SKEW_MAX_MS);
                if signed_ms > latest_ms {
                    return Err(match self.is_s3() {
                        true => ACCESS_DENIED.says("Request is not yet valid"),
                        false => verify::skewed(date, signed_ms, latest_ms - SKEW_MAX_MS),
                    });
                }
                (&**date, Some(expires_s), signed_ms + expires_s * 1000)
            }
        };
        let now = now();
        if now.as_ms() <= expires_at_ms {
            return Ok(());
        }
        if !self.is_s3() {
            return Err(verify::skewed(date, 0, now.as_ms()));
        }
        let mut refused = ACCESS_DENIED.says("Request has expired");
        if let Some(expires_s) = expires_s {
            refused = refused.with("X-Amz-Expires", expires_s.to_string());
        }
        Err(refused.with("Expires", second(expires_at_ms)).with("ServerTime", second(now.as_ms())))
    }
}

/// What is said of temporary credentials that are good for nothing.
pub fn refuse_session(rules: SignatureRules, fault: SessionFault) -> ApiError {
    ApiError::from(match (rules, fault) {
        (SignatureRules::S3v4, SessionFault::Expired) => &EXPIRED_TOKEN_OF_S3,
        (SignatureRules::S3v4, SessionFault::WrongToken) => &INVALID_TOKEN_OF_S3,
        (SignatureRules::V4, SessionFault::Expired) => &EXPIRED_TOKEN,
        (SignatureRules::V4, SessionFault::WrongToken) => &INVALID_TOKEN,
    })
}

/// A credential, `KEY/20240101/us-east-1/sqs/aws4_request`, as far as it is one.
struct Credential<'a> {
    text: &'a str,
    access_key_id: Option<&'a str>,
    day: Option<&'a str>,
    region: Option<&'a str>,
    end: Option<&'a str>,
}

impl<'a> Credential<'a> {
    fn read(text: &'a str) -> Self {
        // An access key may contain slashes; the scope has four parts.
        let mut parts = text.rsplitn(5, '/');
        let (end, _service, region, day) = (parts.next(), parts.next(), parts.next(), parts.next());
        Self { text, access_key_id: parts.next(), day, region, end }
    }

    /// Access key, region and scope.
    fn scope(&self) -> Option<(&'a str, &'a str, &'a str)> {
        let key = self.access_key_id.filter(|key| !key.is_empty())?;
        let is_whole = self.end == Some("aws4_request");
        is_whole.then_some((key, self.region?, &self.text[key.len() + 1..]))
    }

    /// What S3 says of a credential whose scope cannot be.
    fn wrong_scope(&self) -> Option<String> {
        let (Some(end), Some(day), Some(1..)) =
            (self.end, self.day, self.access_key_id.map(str::len))
        else {
            return Some("the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".".into());
        };
        if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(format!(
                "incorrect date format \"{day}\". This date in the credential must be in the format \"yyyyMMdd\"."
            ));
        }
        let message =
            || format!("incorrect terminal \"{end}\". This endpoint uses \"aws4_request\".");
        (end != "aws4_request").then(message)
    }
}

fn not_five_parts(credential: &str) -> ApiError {
    INCOMPLETE_SIGNATURE.says(format!(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
    ))
}

/// When a request was signed: `X-Amz-Date` or `Date`, in either form.
fn date_of(parts: &Parts) -> Cow<'_, str> {
    let date = header(parts, &AMZ_DATE).or_else(|| header(parts, header::DATE)).unwrap_or_default();
    // The form of `Date` begins with a day of the week, or with its number and a space.
    let is_usual = date.len() < 3 || date.as_bytes()[..3].iter().all(u8::is_ascii_digit);
    if is_usual {
        return date.into();
    }
    match DateTime::parse_from_rfc2822(date) {
        Ok(date) => format_date(u64::try_from(date.timestamp_millis()).unwrap_or_default()).into(),
        Err(_) => date.into(),
    }
}

/// `2013-05-24T00:00:00Z`: how S3 says when something was.
fn second(ms: u64) -> String {
    Timestamp::from_ms(ms).truncated_to_s().iso8601_ms().replace(".000Z", "Z")
}

/// `41 57 53`: the bytes of a text, as S3 writes them.
fn in_bytes(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The token of temporary credentials: in a header, or in a presigned URL.
pub fn session_token(parts: &Parts) -> Option<String> {
    if let Some(token) = header(parts, "x-amz-security-token") {
        return Some(token.to_owned());
    }
    let query = Query::of(parts);
    // The older signature writes it small.
    let names = ["X-Amz-Security-Token", "x-amz-security-token"];
    names.into_iter().find_map(|name| query.get(name)).map(str::to_owned)
}

fn header(parts: &Parts, name: impl AsHeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}

fn parse_date_ms(text: &str) -> Option<u64> {
    let date = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?;
    // As many letters as it takes, and no sign before the year.
    let is_basic = text.len() == 16 && text.starts_with(|first: char| first.is_ascii_digit());
    u64::try_from(date.and_utc().timestamp_millis()).ok().filter(|_| is_basic)
}

fn format_date(ms: u64) -> String {
    let date = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    date.unwrap_or_default().format("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use super::authorization::ONE_SPACE;
    use super::*;

    const S3: Credentials =
        Credentials { rules: SignatureRules::S3v4, public: Public::WhatPoliciesLet, in_url: true };

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    /// The example of
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    fn presigned() -> Parts {
        parts(http::Request::get(
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        ).header("host", "examplebucket.s3.amazonaws.com"))
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn a_presigned_url_of_awss_documentation_is_verified() {
        let parts = presigned();
        let signature = Signature::read(&parts, &S3, || None).unwrap().unwrap();
        assert_eq!(signature.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(signature.region.as_deref(), Some("us-east-1"));
        assert_eq!(signature.verify_head(&parts, Some(SECRET), 0, None), Ok(()));
        let wrong = signature.verify_head(&parts, Some("another"), 0, None).unwrap_err();
        assert_eq!(wrong.code(), "SignatureDoesNotMatch");
    }

    #[test]
    fn a_presigned_url_expires_by_the_clock_it_is_given() {
        let presigned = presigned();
        let signature = Signature::read(&presigned, &S3, || None).unwrap().unwrap();
        let signed_at = Timestamp::from_ms(1_369_353_600_000);
        assert_eq!(signature.check_expiry(|| signed_at.after_s(86_400), || 0), Ok(()));
        let late = signature.check_expiry(|| signed_at.after_s(86_401), || 0).unwrap_err();
        assert_eq!(
            (late.code(), late.message(), late.fields()),
            (
                "AccessDenied",
                "Request has expired",
                &[
                    ("X-Amz-Expires", "86400".to_owned()),
                    ("Expires", "2013-05-25T00:00:00Z".to_owned()),
                    ("ServerTime", "2013-05-25T00:00:01Z".to_owned()),
                ][..]
            )
        );
    }

    /// The GET example of
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    #[test]
    fn a_signed_request_of_awss_documentation_is_verified() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let parts = parts(
            http::Request::get("/test.txt")
                .header("host", "examplebucket.s3.amazonaws.com")
                .header("range", "bytes=0-9")
                .header("x-amz-content-sha256", hash)
                .header("x-amz-date", "20130524T000000Z")
                .header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        );
        let signature = Signature::read(&parts, &S3, || None).unwrap().unwrap();
        assert_eq!(signature.verify_head(&parts, Some(SECRET), 1_369_353_600_000, None), Ok(()));
        let skewed =
            signature.verify_head(&parts, Some(SECRET), 1_369_357_200_000, None).unwrap_err();
        assert_eq!(
            (skewed.code(), skewed.fields()),
            (
                "RequestTimeTooSkewed",
                &[
                    ("RequestTime", "20130524T000000Z".to_owned()),
                    ("ServerTime", "2013-05-24T01:00:00Z".to_owned()),
                    ("MaxAllowedSkewMilliseconds", "900000".to_owned()),
                ][..]
            )
        );
        let unknown = signature.verify_head(&parts, None, 0, None).unwrap_err();
        assert_eq!(unknown.code(), "InvalidAccessKeyId");
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_nothing_is_anonymous() {
        assert_eq!(
            Signature::read(&parts(http::Request::get("/a?list-type=2")), &S3, || None),
            Ok(None)
        );
        for wrong in [
            "AWS4-HMAC-SHA256 Credential=a",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=h,Signature=s",
        ] {
            let parts = parts(http::Request::get("/").header("authorization", wrong));
            assert_eq!(
                Signature::read(&parts, &S3, || None).unwrap_err().code(),
                "AuthorizationHeaderMalformed"
            );
        }
        let empty = parts(http::Request::get("/").header("authorization", ""));
        assert_eq!(Signature::read(&empty, &S3, || None), Ok(None));
        for (wrong, message) in [
            ("Bearer x", "Unsupported Authorization Type"),
            (
                "AWS HAHAHA",
                "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            ),
            ("AWS HA HA:HA", ONE_SPACE),
            ("HAHAHA", ONE_SPACE),
        ] {
            let parts = parts(http::Request::get("/").header("authorization", wrong));
            let refused = Signature::read(&parts, &S3, || None).unwrap_err();
            assert_eq!((refused.code(), refused.message()), ("InvalidArgument", message));
        }
        let query = parts(http::Request::get("/?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
        assert_eq!(
            Signature::read(&query, &S3, || None).unwrap_err().code(),
            "AuthorizationQueryParametersError"
        );
    }

    /// The examples of <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>.
    #[test]
    fn the_older_signatures_of_awss_documentation_are_verified() {
        let date = "Tue, 27 Mar 2007 19:36:42 +0000";
        let signed_ms = 1_175_024_202_000;
        let header = |request: http::request::Builder, signature: &str| {
            let authorization = format!("AWS AKIAIOSFODNN7EXAMPLE:{signature}");
            parts(request.header("authorization", authorization).header("date", date))
        };
        let host = "awsexamplebucket1.us-west-1.s3.amazonaws.com";
        let get = http::Request::get("/photos/puppy.jpg").header("host", host);
        let get = header(get, "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
        let added = http::Request::get("/photos/puppy.jpg").header("x-amz-acl", "public-read");
        let added = header(added, "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
        let url =
            "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=";
        let told = [get, added].map(|parts| {
            let signature = Signature::read(&parts, &S3, || None).unwrap().unwrap();
            let verified = |wall_ms| {
                let bucket = Some("awsexamplebucket1");
                let refused = signature.verify_head(&parts, Some(SECRET), wall_ms, bucket);
                refused.map_err(|error| error.code())
            };
            (verified(signed_ms), verified(signed_ms + SKEW_MAX_MS + 1))
        });
        assert_eq!(
            told,
            [
                (Ok(()), Err("RequestTimeTooSkewed")),
                (Err("SignatureDoesNotMatch"), Err("RequestTimeTooSkewed")),
            ]
        );
        let url = parts(http::Request::get(format!("{url}1No4mq5ETf02z8aet9voy6gui6E%3D")));
        let signature = Signature::read(&url, &S3, || None).unwrap().unwrap();
        let bucket = Some("awsexamplebucket1");
        assert_eq!(signature.verify_head(&url, Some(SECRET), 0, bucket), Ok(()));
        // With or without keys S3 shows what the request would have had to be signed with.
        let mut added = url.clone();
        added.headers.insert("x-amz-acl", "private".parse().unwrap());
        let bucket = || bucket.map(str::to_owned);
        let refused = Signature::read(&added, &S3, bucket).unwrap_err();
        assert_eq!(
            refused.fields()[..3],
            [
                ("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE".to_owned()),
                (
                    "StringToSign",
                    "GET\n\n\n1175139620\nx-amz-acl:private\n/awsexamplebucket1/photos/puppy.jpg"
                        .to_owned()
                ),
                ("SignatureProvided", "1No4mq5ETf02z8aet9voy6gui6E=".to_owned()),
            ]
        );
    }
}
