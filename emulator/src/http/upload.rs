//! A request's body: an object's is streamed into a blob, anything else is collected. What the
//! client says about the bytes (length, MD5, SHA-256, checksum, in a header or behind the body) is
//! checked on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use cloudless_core::error::{ApiError, Row};
use cloudless_core::input::Blob;
use http::header::{self, HeaderName};
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::chunked::{Decoder, Malformed};
use crate::store::{Blobs, ChecksumAlgorithm, Staged, WriteError, WriteOptions};

static MISSING_CONTENT_LENGTH: Row =
    Row::sender("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
static INCOMPLETE_BODY: Row = Row::sender(
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
static INVALID_REQUEST: Row = Row::sender("InvalidRequest", 400, "Invalid Request");
static ENTITY_TOO_LARGE: Row =
    Row::sender("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size");
static INTERNAL: Row =
    Row::receiver("InternalError", 500, "We encountered an internal error. Please try again.");

/// The largest object that one PUT makes: 5 GiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
const PUT_MAX_BYTES: u64 = 5 * 1024 * 1024 * 1024;

// Constants: a name that is text is read anew each time it is looked for.
static CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
static DECODED_CONTENT_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");
static CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// What a request says about its body.
struct Said {
    framed: bool,
    length_bytes: Option<u64>,
    md5: Option<(String, [u8; 16])>,
    sha256: Option<[u8; 32]>,
    /// The algorithm, and the value where it came before the body.
    checksum: Option<(ChecksumAlgorithm, Option<String>)>,
}

impl Said {
    fn read(parts: &Parts) -> Result<Self, ApiError> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let hash = text(&CONTENT_SHA256).unwrap_or_default();
        let framed = hash.starts_with("STREAMING-")
            || text(&header::CONTENT_ENCODING).is_some_and(|coding| {
                coding.split(',').any(|one| one.trim().eq_ignore_ascii_case("aws-chunked"))
            });
        let length = if framed { &DECODED_CONTENT_LENGTH } else { &header::CONTENT_LENGTH };
        let length_bytes = match text(length) {
            None => None,
            Some(length) => {
                Some(length.parse().map_err(|_| ApiError::from(&MISSING_CONTENT_LENGTH))?)
            }
        };
        let md5 = match text(&CONTENT_MD5) {
            None => None,
            Some(value) => {
                let bytes = BASE64.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
                let bytes =
                    bytes.ok_or_else(|| INVALID_DIGEST.with("Content-MD5", value.to_owned()))?;
                Some((value.to_owned(), bytes))
            }
        };
        let sha256 = hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok());
        Ok(Self { framed, length_bytes, md5, sha256, checksum: Self::checksum(parts)? })
    }

    fn checksum(parts: &Parts) -> Result<Option<(ChecksumAlgorithm, Option<String>)>, ApiError> {
        let is_about_one = |name: &HeaderName| {
            let name = name.as_str().strip_prefix("x-amz-");
            name.is_some_and(|name| name == "trailer" || name.contains("checksum"))
        };
        if !parts.headers.keys().any(is_about_one) {
            return Ok(None);
        }
        let mut found = None;
        for algorithm in ChecksumAlgorithm::ALL {
            if let Some(value) = parts.headers.get(algorithm.header()) {
                if found.is_some() {
                    return Err(INVALID_REQUEST.says(
                        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
                    ));
                }
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                found = Some((algorithm, Some(value)));
            }
        }
        let announced =
            ["x-amz-trailer", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm"]
                .iter()
                .filter_map(|name| parts.headers.get(*name)?.to_str().ok())
                .find_map(|value| {
                    let name = value.trim().to_ascii_lowercase();
                    ChecksumAlgorithm::parse(name.strip_prefix("x-amz-checksum-").unwrap_or(&name))
                });
        Ok(found.or_else(|| announced.map(|algorithm| (algorithm, None))))
    }

    /// Compares what was said, before the body and behind it, with what came.
    fn check(&self, came: &Came, trailers: &[(String, String)]) -> Result<(), ApiError> {
        if self.length_bytes.is_some_and(|said| said != came.size_bytes) {
            return Err((&INCOMPLETE_BODY).into());
        }
        if let Some((said, bytes)) = &self.md5
            && *bytes != came.md5
        {
            return Err(BAD_DIGEST
                .with("ExpectedDigest", said.clone())
                .with("CalculatedDigest", BASE64.encode(came.md5)));
        }
        if let (Some(said), Some(came)) = (self.sha256, came.sha256)
            && said != came
        {
            return Err(SHA256_MISMATCH
                .with("ClientComputedContentSHA256", hex::encode(said))
                .with("S3ComputedContentSHA256", hex::encode(came)));
        }
        let Some((algorithm, before)) = &self.checksum else { return Ok(()) };
        let name = algorithm.header();
        let behind = || trailers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone());
        if let (Some(said), Some(came)) = (before.clone().or_else(behind), &came.checksum)
            && said != *came
        {
            let well_formed = BASE64.decode(&said).is_ok_and(|bytes| {
                Some(bytes.len()) == BASE64.decode(came).ok().map(|bytes| bytes.len())
            });
            return Err(if well_formed {
                BAD_DIGEST.says(format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.name()
                ))
            } else {
                INVALID_REQUEST.says(format!("Value for {name} header is invalid."))
            });
        }
        Ok(())
    }
}

/// What came.
struct Came {
    size_bytes: u64,
    md5: [u8; 16],
    sha256: Option<[u8; 32]>,
    checksum: Option<String>,
}

/// Streams an object's body into a blob. Memory does not grow with it.
pub(super) async fn stage<B>(parts: &Parts, body: B, blobs: &Blobs) -> Result<Staged, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let said = Said::read(parts)?;
    if said.length_bytes.is_none() {
        return Err((&MISSING_CONTENT_LENGTH).into());
    }
    if said.length_bytes > Some(PUT_MAX_BYTES) {
        return Err(ENTITY_TOO_LARGE
            .with("ProposedSize", said.length_bytes.unwrap_or_default().to_string())
            .with("MaxSizeAllowed", PUT_MAX_BYTES.to_string()));
    }
    let algorithm =
        said.checksum.as_ref().map_or(ChecksumAlgorithm::Crc64Nvme, |(algorithm, _)| *algorithm);
    let mut writer = blobs.writer(WriteOptions {
        size_limit_bytes: PUT_MAX_BYTES,
        sha256: said.sha256.is_some(),
        checksum: Some(algorithm),
    });
    let mut frames = Frames::new(said.framed, body);
    while let Some(chunks) = frames.next().await? {
        for chunk in chunks {
            writer.write(chunk).await.map_err(|error| refused(&error))?;
        }
    }
    let trailers = frames.finish()?;
    let staged = writer.finish().await.map_err(|error| refused(&error))?;
    said.check(&Came::from(staged.blob()), &trailers)?;
    Ok(staged)
}

/// Collects a body of at most `limit_bytes`; `too_large` is the answer beyond that.
pub(super) async fn collect<B>(
    parts: &Parts,
    body: B,
    limit_bytes: usize,
    too_large: impl Fn() -> ApiError,
) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let said = Said::read(parts)?;
    if said.length_bytes.is_some_and(|length| length > limit_bytes as u64) {
        return Err(too_large());
    }
    let (mut first, mut collected) = (Bytes::new(), BytesMut::new());
    let mut frames = Frames::new(said.framed, body);
    while let Some(chunks) = frames.next().await? {
        for chunk in chunks {
            if first.len() + collected.len() + chunk.len() > limit_bytes {
                return Err(too_large());
            }
            match (first.is_empty(), collected.is_empty()) {
                // A small body comes in one piece, and stays where it is.
                (true, true) => first = chunk,
                _ => {
                    collected.extend_from_slice(&std::mem::take(&mut first));
                    collected.extend_from_slice(&chunk);
                }
            }
        }
    }
    let collected = if first.is_empty() { collected.freeze() } else { first };
    let trailers = frames.finish()?;
    let says_something = said.md5.is_some() || said.sha256.is_some() || said.checksum.is_some();
    if says_something {
        let came = Came {
            size_bytes: collected.len() as u64,
            md5: Md5::digest(&collected).into(),
            sha256: said.sha256.map(|_| Sha256::digest(&collected).into()),
            checksum: said.checksum.as_ref().map(|(algorithm, _)| algorithm.of(&collected)),
        };
        said.check(&came, &trailers)?;
    }
    Ok(collected)
}

/// A body as it comes in, without its framing.
struct Frames<B> {
    body: std::pin::Pin<Box<B>>,
    decoder: Option<Decoder>,
}

impl<B> Frames<B>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    fn new(framed: bool, body: B) -> Self {
        Self { body: Box::pin(body), decoder: framed.then(Decoder::default) }
    }

    async fn next(&mut self) -> Result<Option<Vec<Bytes>>, ApiError> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let frame = frame.map_err(|_| ApiError::from(&INCOMPLETE_BODY))?;
            let Ok(data) = frame.into_data() else { continue };
            return Ok(Some(match &mut self.decoder {
                None => vec![data],
                Some(decoder) => decoder.feed(&data).map_err(misframed)?,
            }));
        }
    }

    fn finish(self) -> Result<Vec<(String, String)>, ApiError> {
        self.decoder.map_or(Ok(Vec::new()), |decoder| decoder.finish().map_err(misframed))
    }
}

impl From<&Blob> for Came {
    fn from(blob: &Blob) -> Self {
        Self {
            size_bytes: blob.size_bytes,
            md5: blob.md5,
            sha256: blob.sha256,
            checksum: blob.checksum.as_ref().map(|(_, value)| value.to_string()),
        }
    }
}

fn misframed(Malformed: Malformed) -> ApiError {
    INCOMPLETE_BODY.says("The request body terminated unexpectedly")
}

fn refused(error: &WriteError) -> ApiError {
    match error {
        WriteError::TooLarge { limit_bytes } => {
            ENTITY_TOO_LARGE.with("MaxSizeAllowed", limit_bytes.to_string())
        }
        WriteError::Io(error) => {
            tracing::error!(%error, "an upload could not be written");
            (&INTERNAL).into()
        }
    }
}
