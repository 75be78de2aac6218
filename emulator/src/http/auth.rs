//! Who calls: Signature Version 4 in a header or in a presigned URL, and the older query signature
//! that boto3 still presigns with in us-east-1.
//!
//! Any key is accepted until keys are configured; then signatures are verified. A presigned URL
//! ages by the emulator's clock and is refused once it has expired, always.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime};
use cloudless_core::error::{ApiError, Row, sts};
use cloudless_core::{Timestamp, number};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::wire::Service;

static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");
static MALFORMED_HEADER: Row = Row::sender(
    "AuthorizationHeaderMalformed",
    400,
    "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
);
/// What the services other than S3 say of such a header.
static INCOMPLETE_SIGNATURE: Row = Row::sender(
    "IncompleteSignatureException",
    400,
    "The request signature does not conform to AWS standards.",
)
.query("IncompleteSignature");
static EXPIRED_TOKEN: Row = Row::sender("ExpiredToken", 400, "The provided token has expired.");
static INVALID_TOKEN: Row =
    Row::sender("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
static MALFORMED_QUERY: Row = Row::sender(
    "AuthorizationQueryParametersError",
    400,
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
);
static INVALID_ACCESS_KEY_ID: Row = Row::sender(
    "InvalidAccessKeyId",
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
);
/// What the services other than S3 say of a signature that is wrong or too old.
static INVALID_SIGNATURE: Row = Row::sender(
    "InvalidSignatureException",
    403,
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
)
.query("SignatureDoesNotMatch");
static SIGNATURE_DOES_NOT_MATCH: Row = Row::sender(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
);
static REQUEST_TIME_TOO_SKEWED: Row = Row::sender(
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the current time is too large.",
);

/// How far a signature's date may be from the wall clock, as on AWS.
const SKEW_MAX_MS: u64 = 15 * 60 * 1000;
/// `X-Amz-Expires`: seven days.
const EXPIRES_MAX_S: u64 = 604_800;

/// A signature as a request carries it; its parts lie in the request, where that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature<'a> {
    /// By whose key.
    pub access_key_id: Cow<'a, str>,
    /// For which region; nothing in the older form.
    pub region: Option<Cow<'a, str>>,
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
    /// The older query form: valid until this second.
    V2 { expires_at_s: u64 },
}

impl<'a> Signature<'a> {
    /// Reads the signature of a request; nothing where it carries none.
    ///
    /// # Errors
    /// It carries one that cannot be read, in the words of the service.
    pub fn read(parts: &'a Parts, service: Service) -> Result<Option<Self>, ApiError> {
        if let Some(header) = parts.headers.get(http::header::AUTHORIZATION) {
            let read = header.to_str().ok().and_then(|text| Self::from_header(text, parts));
            return read.map(Some).ok_or_else(|| match service {
                Service::S3 => (&MALFORMED_HEADER).into(),
                Service::Sqs | Service::Lambda | Service::Sts => (&INCOMPLETE_SIGNATURE).into(),
            });
        }
        let query = Query::of(parts);
        if query.get("X-Amz-Algorithm").is_some() || query.get("X-Amz-Credential").is_some() {
            query.get("X-Amz-Expires").map_or(Ok(()), check_expires)?;
            let read = Signature::from_query(&query).map(Signature::into_owned);
            return read.map(Some).ok_or_else(|| (&MALFORMED_QUERY).into());
        }
        let (Some(key), Some(expires)) = (query.get("AWSAccessKeyId"), query.get("Expires")) else {
            return Ok(None);
        };
        let expires_at_s = number::decimal(expires).ok_or_else(|| {
            ACCESS_DENIED.says(format!("Invalid date (should be seconds since epoch): {expires}"))
        })?;
        Ok(Some(Self {
            access_key_id: key.to_owned().into(),
            region: None,
            form: Form::V2 { expires_at_s },
        }))
    }

    fn from_header(text: &'a str, parts: &'a Parts) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("AWS ") {
            let (key, _) = rest.split_once(':')?;
            let form = Form::V2 { expires_at_s: u64::MAX };
            return Some(Self { access_key_id: key.into(), region: None, form });
        }
        let fields = text.strip_prefix("AWS4-HMAC-SHA256")?;
        // The last of several fields of a name.
        let field = |wanted: &str| {
            let pairs = fields.rsplit(',').filter_map(|field| field.trim().split_once('='));
            let mut named = pairs.filter(|(name, _)| *name == wanted);
            named.next().map(|(_, value)| value)
        };
        let date = header(parts, "x-amz-date").unwrap_or_default();
        Self::v4(field("Credential")?, date, field("SignedHeaders")?, field("Signature")?, None)
    }

    fn from_query(query: &'a Query) -> Option<Self> {
        let expires_s = number::decimal(query.get("X-Amz-Expires")?)?;
        if query.get("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return None;
        }
        let date = query.get("X-Amz-Date")?;
        parse_date_ms(date)?;
        Self::v4(
            query.get("X-Amz-Credential")?,
            date,
            query.get("X-Amz-SignedHeaders")?,
            query.get("X-Amz-Signature")?,
            Some(expires_s),
        )
    }

    fn v4(
        credential: &'a str,
        date: &'a str,
        signed_headers: &'a str,
        signature: &'a str,
        expires_s: Option<u64>,
    ) -> Option<Self> {
        // An access key may contain slashes; the scope has four parts.
        let mut parts = credential.rsplitn(5, '/');
        let (end, _service, region, _day) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let access_key_id = parts.next()?;
        let scope = &credential[access_key_id.len() + 1..];
        if end != "aws4_request" || access_key_id.is_empty() {
            return None;
        }
        Some(Self {
            access_key_id: access_key_id.into(),
            region: Some(region.into()),
            form: Form::V4 {
                scope: scope.into(),
                date: date.into(),
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
            form: match self.form {
                Form::V4 { scope, date, signed_headers, signature, expires_s } => Form::V4 {
                    scope: own(scope),
                    date: own(date),
                    signed_headers: own(signed_headers),
                    signature: own(signature),
                    expires_s,
                },
                Form::V2 { expires_at_s } => Form::V2 { expires_at_s },
            },
        }
    }

    /// Refuses a presigned URL whose time is over by the emulator's clock.
    ///
    /// # Errors
    /// `AccessDenied`, with the times that AWS names.
    pub fn check_expiry(&self, now: impl Fn() -> Timestamp) -> Result<(), ApiError> {
        let expires_at_ms = match &self.form {
            Form::V2 { expires_at_s } => expires_at_s.saturating_mul(1000),
            Form::V4 { expires_s: None, .. } => return Ok(()),
            Form::V4 { date, expires_s: Some(expires_s), .. } => {
                parse_date_ms(date).unwrap_or(0) + expires_s * 1000
            }
        };
        let now = now();
        if now.as_ms() <= expires_at_ms {
            return Ok(());
        }
        let mut refused = ACCESS_DENIED.says("Request has expired");
        if let Form::V4 { expires_s: Some(expires_s), .. } = &self.form {
            refused = refused.with("X-Amz-Expires", expires_s.to_string());
        }
        let second =
            |ms: u64| Timestamp::from_ms(ms).truncated_to_s().iso8601_ms().replace(".000Z", "Z");
        Err(refused.with("Expires", second(expires_at_ms)).with("ServerTime", second(now.as_ms())))
    }

    /// Verifies the signature with the key's secret. `body` is what the signature covers beside the
    /// head; S3 has it named by a header instead, and passes nothing here.
    ///
    /// # Errors
    /// `InvalidAccessKeyId` without a secret, `RequestTimeTooSkewed`, `SignatureDoesNotMatch`; from
    /// services other than S3 `UnrecognizedClientException` and `InvalidSignatureException`.
    pub fn verify(
        &self,
        parts: &Parts,
        body: Option<&[u8]>,
        secret: Option<&str>,
        wall_ms: u64,
    ) -> Result<(), ApiError> {
        let (unknown, mismatch) = match body {
            None => (&INVALID_ACCESS_KEY_ID, &SIGNATURE_DOES_NOT_MATCH),
            Some(_) => (&sts::INVALID_TOKEN, &INVALID_SIGNATURE),
        };
        let Some(secret) = secret else {
            return Err(match body {
                None => unknown.with("AWSAccessKeyId", &*self.access_key_id),
                Some(_) => unknown.into(),
            });
        };
        let Form::V4 { scope, date, signed_headers, signature, expires_s } = &self.form else {
            return Err(mismatch.says(
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            ));
        };
        let malformed = if body.is_some() { &INCOMPLETE_SIGNATURE } else { &MALFORMED_HEADER };
        let signed_ms = parse_date_ms(date).ok_or_else(|| ApiError::from(malformed))?;
        if expires_s.is_none() && wall_ms.abs_diff(signed_ms) > SKEW_MAX_MS {
            return Err(match body {
                None => (&REQUEST_TIME_TOO_SKEWED).into(),
                Some(_) => skewed(date, signed_ms, wall_ms),
            });
        }
        let signed_headers = signed_headers.to_ascii_lowercase();
        let request = canonical_request(parts, body, &signed_headers, expires_s.is_some());
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
        let mut key =
            sign(format!("AWS4{secret}").as_bytes(), scope.split('/').next().unwrap_or(""));
        for part in scope.split('/').skip(1) {
            key = sign(&key, part);
        }
        let mut mac = mac(&key);
        mac.update(to_sign.as_bytes());
        let given = hex::decode(&**signature).unwrap_or_default();
        mac.verify_slice(&given).map_err(|_| mismatch.into())
    }
}

/// Refuses a span that a presigned URL cannot be valid for, in AWS's words.
fn check_expires(expires: &str) -> Result<(), ApiError> {
    let wrong = match number::signed_decimal(expires) {
        None => "X-Amz-Expires should be a number",
        Some(..0) => "X-Amz-Expires must be non-negative",
        Some(expires_s) if expires_s.unsigned_abs() > EXPIRES_MAX_S => {
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        }
        Some(_) => return Ok(()),
    };
    Err(MALFORMED_QUERY.says(wrong))
}

/// The words in which services other than S3 refuse a date that is too far from theirs.
fn skewed(date: &str, signed_ms: u64, wall_ms: u64) -> ApiError {
    let now = format_date(wall_ms);
    INVALID_SIGNATURE.says(if signed_ms < wall_ms {
        let oldest = format_date(wall_ms.saturating_sub(SKEW_MAX_MS));
        format!("Signature expired: {date} is now earlier than {oldest} ({now} - 15 min.)")
    } else {
        let newest = format_date(wall_ms.saturating_add(SKEW_MAX_MS));
        format!("Signature not yet current: {date} is still later than {newest} ({now} + 15 min.)")
    })
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    Hmac::new_from_slice(key).expect("a key of any length")
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = mac(key);
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn canonical_request(parts: &Parts, body: Option<&[u8]>, signed: &str, presigned: bool) -> String {
    let path = parts.uri.path();
    // S3 signs the path as it is sent; the other services encode it once more.
    let path = if body.is_none() { path.to_owned() } else { encode(path, true) };
    let mut query: Vec<(String, String)> = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !(presigned && *name == "X-Amz-Signature"))
        .map(|(name, value)| (encode(&decode(name), false), encode(&decode(value), false)))
        .collect();
    query.sort();
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
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
    let payload = match (body, header(parts, "x-amz-content-sha256")) {
        (Some(body), _) => hex::encode(Sha256::digest(body)),
        (None, Some(hash)) => hash.to_owned(),
        (None, None) if presigned => "UNSIGNED-PAYLOAD".to_owned(),
        (None, None) => hex::encode(Sha256::digest(b"")),
    };
    format!("{}\n{path}\n{}\n{headers}\n{}\n{payload}", parts.method, query.join("&"), signed,)
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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

/// What STS says of temporary credentials, in the words of the service that they are used with.
pub fn in_words_of(service: Service, refused: ApiError) -> ApiError {
    match (service, refused.query_code()) {
        (Service::S3, "ExpiredToken") => (&EXPIRED_TOKEN).into(),
        (Service::S3, _) => (&INVALID_TOKEN).into(),
        _ => refused,
    }
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

fn parse_date_ms(text: &str) -> Option<u64> {
    let date = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?;
    u64::try_from(date.and_utc().timestamp_millis()).ok()
}

fn format_date(ms: u64) -> String {
    let date = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    date.unwrap_or_default().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The query parameters, decoded; the first of each name counts.
struct Query(BTreeMap<String, String>);

impl Query {
    fn of(parts: &Parts) -> Self {
        let mut found = BTreeMap::new();
        for pair in parts.uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            found.entry(decode(name)).or_insert_with(|| decode(value));
        }
        Self(found)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

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
        let signature = Signature::read(&parts, Service::S3).unwrap().unwrap();
        assert_eq!(signature.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(signature.region.as_deref(), Some("us-east-1"));
        assert_eq!(signature.verify(&parts, None, Some(SECRET), 0), Ok(()));
        let wrong = signature.verify(&parts, None, Some("another"), 0).unwrap_err();
        assert_eq!(wrong.code(), "SignatureDoesNotMatch");
    }

    #[test]
    fn a_presigned_url_expires_by_the_clock_it_is_given() {
        let presigned = presigned();
        let signature = Signature::read(&presigned, Service::S3).unwrap().unwrap();
        let signed_at = Timestamp::from_ms(1_369_353_600_000);
        assert_eq!(signature.check_expiry(|| signed_at.after_s(86_400)), Ok(()));
        let late = signature.check_expiry(|| signed_at.after_s(86_401)).unwrap_err();
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
        let signature = Signature::read(&parts, Service::S3).unwrap().unwrap();
        assert_eq!(signature.verify(&parts, None, Some(SECRET), 1_369_353_600_000), Ok(()));
        let skewed = signature.verify(&parts, None, Some(SECRET), 1_369_357_200_000).unwrap_err();
        assert_eq!(skewed.code(), "RequestTimeTooSkewed");
        let unknown = signature.verify(&parts, None, None, 0).unwrap_err();
        assert_eq!(unknown.code(), "InvalidAccessKeyId");
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_nothing_is_anonymous() {
        assert_eq!(
            Signature::read(&parts(http::Request::get("/a?list-type=2")), Service::S3),
            Ok(None)
        );
        for wrong in [
            "Bearer x",
            "AWS4-HMAC-SHA256 Credential=a",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=h,Signature=s",
        ] {
            let parts = parts(http::Request::get("/").header("authorization", wrong));
            assert_eq!(
                Signature::read(&parts, Service::S3).unwrap_err().code(),
                "AuthorizationHeaderMalformed"
            );
        }
        let query = parts(http::Request::get("/?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
        assert_eq!(
            Signature::read(&query, Service::S3).unwrap_err().code(),
            "AuthorizationQueryParametersError"
        );
    }
}
