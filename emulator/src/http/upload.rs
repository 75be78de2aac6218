//! A request's body: an object's is streamed into a blob, anything else is collected. What the
//! client says about the bytes (length, MD5, SHA-256, checksum, in a header or behind the body) is
//! checked on the way.

use bytes::{Bytes, BytesMut};
use cloudless_core::checksum::Checksum;
use cloudless_core::descriptor::Descriptor;
use cloudless_core::error::{ApiError, Row};
use cloudless_core::s3::error::ENTITY_TOO_LARGE;
use futures_util::StreamExt as _;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::auth::Chain;
use super::chunked::{Decoder, Malformed, Trailers};
use super::declared::{Computed, Declared, INCOMPLETE_BODY, MALFORMED_TRAILER};
use crate::store::{
    Blobs, Body as StoredBody, ChecksumAlgorithm, Staged, WriteError, WriteOptions,
};

static INVALID_CHUNK_SIZE: Row = Row::sender(
    "InvalidChunkSizeError",
    403,
    "Only the last chunk is allowed to have a size less than 8192 bytes",
);

/// Refuses an object's body for what its head says of its length, before any of it came.
///
/// # Errors
/// `MissingContentLength`, `EntityTooLarge`.
pub(super) fn admit(
    declared: &Declared,
    parts: &Parts,
    descriptor: &Descriptor,
) -> Result<(), ApiError> {
    let length_bytes = declared.object_length_bytes(parts)?;
    let limit_bytes = descriptor.bodies.streamed_limit_bytes;
    if length_bytes > limit_bytes {
        return Err(ENTITY_TOO_LARGE
            .with("ProposedSize", length_bytes.to_string())
            .with("MaxSizeAllowed", limit_bytes.to_string()));
    }
    Ok(())
}

/// Streams an object's body into a blob. Memory does not grow with it. `kept` is the checksum that is kept
/// of it; nothing where that is the one that was sent along.
/// Signed chunks are verified with the `chain`, where there is one.
pub(super) async fn stage<B>(
    declared: &Declared,
    chain: Option<Chain>,
    body: B,
    blobs: &Blobs,
    descriptor: &Descriptor,
    kept: Option<ChecksumAlgorithm>,
) -> Result<Staged, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<ApiError>,
{
    let sent = declared.checksum.as_ref().map(|(algorithm, _)| *algorithm);
    let kept = kept.or(sent).unwrap_or(ChecksumAlgorithm::Crc64Nvme);
    let mut writer = blobs.writer(WriteOptions {
        size_limit_bytes: descriptor.bodies.streamed_limit_bytes,
        sha256: declared.sha256.is_some(),
        checksum: Some(kept),
        other_checksum: sent.filter(|sent| *sent != kept),
    });
    let refuse = |error| refused(&error, descriptor);
    let mut frames = Frames::new(declared.framed, chain, body);
    while let Some(chunks) = frames.next().await? {
        for chunk in chunks {
            writer.write(chunk).await.map_err(refuse)?;
        }
    }
    let trailers = frames.finish()?;
    let staged = writer.finish().await.map_err(refuse)?;
    declared.check(&Computed::of(&staged, sent), &trailers)?;
    Ok(staged)
}

/// Writes stored bytes as a blob of their own. Memory does not grow with it.
pub(super) async fn stage_copy(
    body: StoredBody,
    checksum: ChecksumAlgorithm,
    blobs: &Blobs,
    descriptor: &Descriptor,
) -> Result<Staged, ApiError> {
    let mut writer = blobs.writer(WriteOptions {
        size_limit_bytes: descriptor.bodies.streamed_limit_bytes,
        sha256: false,
        checksum: Some(checksum),
        other_checksum: None,
    });
    let refuse = |error| refused(&error, descriptor);
    let mut chunks = std::pin::pin!(body.stream());
    while let Some(chunk) = chunks.next().await {
        writer.write(chunk.map_err(|error| refuse(error.into()))?).await.map_err(refuse)?;
    }
    writer.finish().await.map_err(refuse)
}

/// Collects a body of at most `limit_bytes`; `too_large` is the answer beyond that.
pub(super) async fn collect<B>(
    declared: &Declared,
    chain: Option<Chain>,
    body: B,
    limit_bytes: usize,
    too_large: impl Fn() -> ApiError,
) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<ApiError>,
{
    if declared.length_bytes.is_some_and(|length| length > limit_bytes as u64) {
        return Err(too_large());
    }
    let (mut first, mut collected) = (Bytes::new(), BytesMut::new());
    let mut frames = Frames::new(declared.framed, chain, body);
    while let Some(chunks) = frames.next().await? {
        for chunk in chunks {
            if first.len() + collected.len() + chunk.len() > limit_bytes {
                return Err(too_large());
            }
            match (first.is_empty(), collected.is_empty()) {
                // A small body comes in one piece, and stays where it is.
                (true, true) => first = chunk,
                _ => {
                    if collected.is_empty() {
                        // At once: to grow would hold it twice.
                        let length_bytes = declared.length_bytes.unwrap_or_default();
                        collected.reserve(usize::try_from(length_bytes).unwrap_or(limit_bytes));
                    }
                    collected.extend_from_slice(&std::mem::take(&mut first));
                    collected.extend_from_slice(&chunk);
                }
            }
        }
    }
    let collected = if first.is_empty() { collected.freeze() } else { first };
    let trailers = frames.finish()?;
    if declared.has_digest() {
        let computed = Computed {
            size_bytes: collected.len() as u64,
            md5: Md5::digest(&collected).into(),
            sha256: declared.sha256.map(|_| Sha256::digest(&collected).into()),
            checksum: declared
                .checksum
                .as_ref()
                .map(|(algorithm, _)| algorithm.of(&collected).base64()),
        };
        declared.check(&computed, &trailers)?;
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
    B::Error: Into<ApiError>,
{
    fn new(framed: bool, chain: Option<Chain>, body: B) -> Self {
        Self { body: Box::pin(body), decoder: framed.then(|| Decoder::new(chain)) }
    }

    async fn next(&mut self) -> Result<Option<Vec<Bytes>>, ApiError> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let frame = frame.map_err(Into::into)?;
            let Ok(data) = frame.into_data() else { continue };
            return Ok(Some(match &mut self.decoder {
                None => vec![data],
                Some(decoder) => decoder.feed(&data).map_err(misframed)?,
            }));
        }
    }

    fn finish(self) -> Result<Trailers, ApiError> {
        self.decoder.map_or(Ok(Trailers::new()), |decoder| decoder.finish().map_err(misframed))
    }
}

impl Computed {
    fn of(staged: &Staged, sent: Option<ChecksumAlgorithm>) -> Self {
        let blob = staged.blob();
        Self {
            size_bytes: blob.size_bytes,
            md5: blob.md5,
            sha256: blob.sha256.as_deref().copied(),
            checksum: sent.and_then(|sent| staged.checksum(sent)).map(Checksum::base64),
        }
    }
}

fn misframed(malformed: Malformed) -> ApiError {
    match malformed {
        Malformed::Framing => INCOMPLETE_BODY.says("The request body terminated unexpectedly"),
        Malformed::Trailers => (&MALFORMED_TRAILER).into(),
        Malformed::SmallChunk { chunk, size_bytes } => INVALID_CHUNK_SIZE
            .with("Chunk", chunk.to_string())
            .with("BadChunkSize", size_bytes.to_string()),
        Malformed::Signature(error) => *error,
    }
}

fn refused(error: &WriteError, descriptor: &Descriptor) -> ApiError {
    match error {
        WriteError::TooLarge { limit_bytes } => {
            ENTITY_TOO_LARGE.with("MaxSizeAllowed", limit_bytes.to_string())
        }
        WriteError::Io(error) => {
            tracing::error!(%error, "an upload could not be written");
            (descriptor.refusals.internal)()
        }
    }
}
