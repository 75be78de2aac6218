//! What a request's head says about its body, and whether the body was so: length, framing, MD5,
//! SHA-256, checksum. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless_core::descriptor::SignatureRules;
use cloudless_core::error::rest_xml::{INVALID_ARGUMENT, INVALID_REQUEST};
use cloudless_core::error::{self, ApiError, Row};
use cloudless_core::number;
use http::HeaderValue;
use http::header::{self, HeaderName};
use http::request::Parts;

use super::chunked::{TRAILER_SIGNATURE, Trailers};
use crate::store::ChecksumAlgorithm;
use crate::wire::Route;

static MISSING_CONTENT_LENGTH: Row =
    Row::sender("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
pub(super) static INCOMPLETE_BODY: Row = Row::sender(
    "IncompleteBody",
    400,
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
);
static INVALID_DIGEST: Row =
    Row::sender("InvalidDigest", 400, "The Content-MD5 you specified was invalid.");
static BAD_DIGEST: Row =
    Row::sender("BadDigest", 400, "The Content-MD5 you specified did not match what we received.");
static SHA256_MISMATCH: Row = Row::sender(
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
);
pub(super) static MALFORMED_TRAILER: Row = Row::sender(
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
);

// Constants: a name that is text is read anew each time it is looked for.
static CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
static DECODED_CONTENT_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");
static CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
static TRAILER: HeaderName = HeaderName::from_static("x-amz-trailer");
static SDK_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("x-amz-sdk-checksum-algorithm");

/// What `x-amz-content-sha256` may say instead of a hash.
const PAYLOADS: [&str; 6] = [
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
];

/// What a request says about its body.
#[derive(Debug)]
pub(super) struct Declared {
    digest_in_hex: bool,
    /// The body is framed as `aws-chunked`.
    pub(super) framed: bool,
    /// The length of what is inside.
    pub(super) length_bytes: Option<u64>,
    pub(super) md5: Option<(String, [u8; 16])>,
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) checksum: Option<(ChecksumAlgorithm, Place)>,
}

/// Where a checksum stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Before the body: its value.
    Header(String),
    /// Behind the body.
    Trailer,
}

/// What was computed of the body as it came.
pub(super) struct Computed {
    pub(super) size_bytes: u64,
    pub(super) md5: [u8; 16],
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) checksum: Option<String>,
}

impl Declared {
    /// # Errors
    /// What S3 answers to a head that cannot be meant, before any of the body came. The other services
    /// have no such rules.
    pub(super) fn read(parts: &Parts, route: &Route) -> Result<Self, ApiError> {
        let hash = text(parts, &CONTENT_SHA256).unwrap_or_default();
        let (descriptor, operation) = (route.envelope.descriptor(), route.envelope.operation());
        // The coding alone is only a word: who does not sign says the length inside beside it.
        let framed = hash.starts_with("STREAMING-")
            || parts.headers.contains_key(&DECODED_CONTENT_LENGTH)
                && parts.headers.get_all(header::CONTENT_ENCODING).iter().any(|codings| {
                    let mut codings = codings.as_bytes().split(|byte| *byte == b',');
                    codings.any(|one| one.trim_ascii().eq_ignore_ascii_case(b"aws-chunked"))
                });
        if descriptor.credentials.rules == SignatureRules::S3v4 {
            check_hash(parts, hash)?;
            if hash.ends_with("-TRAILER") && !route.streams_body {
                return Err(
                    INVALID_REQUEST.says("The value of x-amz-content-sha256 header is invalid.")
                );
            }
        }
        let is_elsewhere =
            operation.is_some_and(|it| descriptor.bodies.checksums_elsewhere.contains(&it));
        let declared = Self {
            digest_in_hex: operation
                .is_some_and(|it| descriptor.bodies.digests_in_hex.contains(&it)),
            framed,
            length_bytes: length_bytes(parts, framed, descriptor.bodies.needs_length)?,
            md5: md5(parts)?,
            sha256: hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok()),
            checksum: if is_elsewhere { None } else { checksum(parts, Some(route))? },
        };
        let wants_one = operation.is_some_and(|it| descriptor.bodies.needs_digest.contains(&it));
        if wants_one && declared.md5.is_none() && declared.checksum.is_none() {
            return Err(INVALID_REQUEST.says(
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
            ));
        }
        Ok(declared)
    }

    /// What the fields of a form say of its file.
    ///
    /// # Errors
    /// `InvalidDigest`, `InvalidRequest`.
    pub(super) fn of_form<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, ApiError> {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let checksums = ChecksumAlgorithm::ALL.map(ChecksumAlgorithm::header);
        let names = [CONTENT_MD5.as_str(), SDK_CHECKSUM_ALGORITHM.as_str()].into_iter();
        for name in names.chain(checksums) {
            let Some(value) = field(name) else { continue };
            // What is no header is no digest, either.
            let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("?"));
            parts.headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Self {
            digest_in_hex: true,
            framed: false,
            length_bytes: None,
            md5: md5(&parts)?,
            sha256: None,
            checksum: checksum(&parts, None)?,
        })
    }

    /// The length that a form must say.
    ///
    /// # Errors
    /// `MissingContentLength`.
    pub(super) fn form_length_bytes(parts: &Parts) -> Result<u64, ApiError> {
        length_bytes(parts, false, true)?.ok_or_else(|| (&MISSING_CONTENT_LENGTH).into())
    }

    /// The length that an object's body must say.
    ///
    /// # Errors
    /// `MissingContentLength`.
    pub(super) fn object_length_bytes(&self, parts: &Parts) -> Result<u64, ApiError> {
        let is_told = parts.headers.contains_key(header::CONTENT_LENGTH)
            || parts.headers.contains_key(header::TRANSFER_ENCODING);
        let length_bytes = self.length_bytes.filter(|_| is_told);
        length_bytes.ok_or_else(|| (&MISSING_CONTENT_LENGTH).into())
    }

    /// Whether anything is declared that has to be compared with what came.
    pub(super) fn has_digest(&self) -> bool {
        self.md5.is_some() || self.sha256.is_some() || self.checksum.is_some()
    }

    /// Compares what was declared, before the body and behind it, with what came.
    ///
    /// # Errors
    /// `IncompleteBody`, `BadDigest`, `XAmzContentSHA256Mismatch`, `MalformedTrailerError`,
    /// `InvalidRequest`.
    pub(super) fn check(&self, computed: &Computed, trailers: &Trailers) -> Result<(), ApiError> {
        if self.length_bytes.is_some_and(|declared| declared != computed.size_bytes) {
            return Err((&INCOMPLETE_BODY).into());
        }
        let behind = self.read_trailers(trailers)?;
        if let Some((declared, bytes)) = &self.md5
            && *bytes != computed.md5
        {
            // Of an object in one piece, S3 writes the one in digits and the other in base64.
            let declared = if self.digest_in_hex { hex::encode(bytes) } else { declared.clone() };
            return Err(BAD_DIGEST
                .with("ExpectedDigest", declared)
                .with("CalculatedDigest", BASE64.encode(computed.md5)));
        }
        if let (Some(declared), Some(computed)) = (self.sha256, computed.sha256)
            && declared != computed
        {
            return Err(SHA256_MISMATCH
                .with("ClientComputedContentSHA256", hex::encode(declared))
                .with("S3ComputedContentSHA256", hex::encode(computed)));
        }
        let (Some((algorithm, place)), Some(computed)) = (&self.checksum, &computed.checksum)
        else {
            return Ok(());
        };
        let (declared, kind) = match place {
            Place::Header(value) => (value.as_str(), "header"),
            Place::Trailer => (behind.unwrap_or_default(), "trailing header"),
        };
        if declared == computed {
            return Ok(());
        }
        Err(if is_checksum(declared, computed) {
            BAD_DIGEST.says(format!(
                "The {} you specified did not match the calculated checksum.",
                algorithm.name()
            ))
        } else {
            INVALID_REQUEST.says(format!("Value for {} {kind} is invalid.", algorithm.header()))
        })
    }

    /// The checksum behind the body: the one that was announced, and nothing else.
    fn read_trailers<'a>(&self, trailers: &'a Trailers) -> Result<Option<&'a str>, ApiError> {
        let announced = match &self.checksum {
            Some((algorithm, Place::Trailer)) => Some(algorithm.header()),
            _ => None,
        };
        // The signature of the trailers is one itself.
        let mut sent = trailers.iter().filter(|(name, _)| name != TRAILER_SIGNATURE);
        match (announced, sent.next(), sent.next()) {
            (None, None, _) => Ok(None),
            (Some(wanted), Some((name, value)), None) if wanted == name => Ok(Some(value)),
            _ => Err((&MALFORMED_TRAILER).into()),
        }
    }
}

fn check_hash(parts: &Parts, hash: &str) -> Result<(), ApiError> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash || PAYLOADS.contains(&hash) {
        return Ok(());
    }
    if !hash.is_empty() || parts.headers.get(&CONTENT_SHA256).is_some_and(|it| !it.is_empty()) {
        let raw = parts.headers.get(&CONTENT_SHA256).map(HeaderValue::as_bytes);
        return Err(INVALID_ARGUMENT
            .says(format!(
                "x-amz-content-sha256 must be {} or a valid sha256 value.",
                PAYLOADS.join(", ")
            ))
            .with("ArgumentName", CONTENT_SHA256.as_str())
            .with("ArgumentValue", String::from_utf8_lossy(raw.unwrap_or_default())));
    }
    // A presigned URL and the older signature do without.
    let signature = text(parts, &header::AUTHORIZATION).unwrap_or_default();
    if signature.starts_with("AWS4-") {
        return Err(INVALID_REQUEST
            .says(format!("Missing required header for this request: {CONTENT_SHA256}")));
    }
    Ok(())
}

fn length_bytes(parts: &Parts, framed: bool, is_needed: bool) -> Result<Option<u64>, ApiError> {
    let length = if framed { &DECODED_CONTENT_LENGTH } else { &header::CONTENT_LENGTH };
    let declared = text(parts, length).map(|length| {
        number::decimal(length).ok_or_else(|| ApiError::from(&MISSING_CONTENT_LENGTH))
    });
    // S3 wants to know beforehand how much comes.
    if is_needed
        && !framed
        && declared.is_none()
        && parts.headers.contains_key(header::TRANSFER_ENCODING)
    {
        return Err(not_implemented("Transfer-Encoding"));
    }
    declared.transpose()
}

fn md5(parts: &Parts) -> Result<Option<(String, [u8; 16])>, ApiError> {
    let Some(value) = text(parts, &CONTENT_MD5) else { return Ok(None) };
    let bytes = BASE64.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| INVALID_DIGEST.with("Content-MD5", value))?;
    Ok(Some((value.to_owned(), bytes)))
}

fn checksum(
    parts: &Parts,
    route: Option<&Route>,
) -> Result<Option<(ChecksumAlgorithm, Place)>, ApiError> {
    let is_about_one = |name: &HeaderName| {
        let name = name.as_str().strip_prefix("x-amz-");
        name.is_some_and(|name| name == "trailer" || name.contains("checksum"))
    };
    if !parts.headers.keys().any(is_about_one) {
        // AWS does not ask of a presigned URL that the algorithm it names fits: x-amz-sdk-… is a word to
        // the SDK that signed it.
        let in_url = ChecksumAlgorithm::ALL.into_iter().find_map(|algorithm| {
            let value = route?.in_place_of_header(algorithm.header())?;
            Some((algorithm, Place::Header(value.to_owned())))
        });
        return Ok(in_url);
    }
    if parts.headers.keys().any(|name| is_unknown_checksum(name.as_str())) {
        return Err(INVALID_REQUEST
            .says("The algorithm type you specified in x-amz-checksum- header is invalid."));
    }
    let mut found = Vec::new();
    for algorithm in ChecksumAlgorithm::ALL {
        if let Some(value) = parts.headers.get(algorithm.header()) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            found.push((algorithm, Place::Header(value)));
        }
    }
    if let Some(name) = text(parts, &TRAILER) {
        let name = name.to_ascii_lowercase();
        let algorithm = name.strip_prefix("x-amz-checksum-").and_then(ChecksumAlgorithm::parse);
        let algorithm = algorithm.ok_or_else(|| {
            INVALID_REQUEST.says("The value specified in the x-amz-trailer header is not supported")
        })?;
        found.push((algorithm, Place::Trailer));
    }
    if found.len() > 1 {
        return Err(INVALID_REQUEST.says(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    let found = found.pop();
    if let Some(named) = text(parts, &SDK_CHECKSUM_ALGORITHM) {
        match &found {
            None => {
                return Err(INVALID_REQUEST.says(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
                ));
            }
            Some((algorithm, _)) if ChecksumAlgorithm::parse(named) != Some(*algorithm) => {
                return Err(INVALID_REQUEST
                    .says(format!("Value for {SDK_CHECKSUM_ALGORITHM} header is invalid.")));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

/// A checksum that cannot be verified is not passed over.
fn is_unknown_checksum(header: &str) -> bool {
    header.strip_prefix("x-amz-checksum-").is_some_and(|name| {
        !matches!(name, "algorithm" | "mode" | "type") && ChecksumAlgorithm::parse(name).is_none()
    })
}

/// Whether `declared` has the form of a checksum such as `computed`.
fn is_checksum(declared: &str, computed: &str) -> bool {
    let length = |text| BASE64.decode(text).ok().map(|bytes| bytes.len());
    length(declared).is_some() && length(declared) == length(computed)
}

pub(super) fn not_implemented(header: &str) -> ApiError {
    let message = "A header you provided implies functionality that is not implemented";
    error::NOT_IMPLEMENTED.says(message).with("Header", header)
}

fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}
