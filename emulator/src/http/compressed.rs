//! Bodies that come compressed, as SDKs send the larger ones of `PutMetricData`: a signature is of the bytes that
//! came, an operation of those that they hold.
//! <https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait>

use std::io::Read as _;

use bytes::Bytes;
use cloudless_core::error::{ApiError, SERIALIZATION};
use flate2::read::MultiGzDecoder;
use http::header;
use http::request::Parts;

use crate::wire::Envelope;

/// The body as it was before its client compressed it. Of a service that takes none it is left alone: to S3 the
/// encoding is a property of the object.
///
/// # Errors
/// It is not what it says, or longer than it may be.
pub(super) fn unzipped(parts: &Parts, envelope: &Envelope, body: Bytes) -> Result<Bytes, ApiError> {
    let descriptor = envelope.descriptor();
    let Some(limit_bytes) = descriptor.bodies.unzipped_limit_bytes else { return Ok(body) };
    let Some(coding) = parts.headers.get(header::CONTENT_ENCODING) else { return Ok(body) };
    if !coding.as_bytes().eq_ignore_ascii_case(b"gzip") {
        let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return Err(SERIALIZATION.says(format!("The content encoding {coding} is not understood.")));
    }
    let mut unzipped = Vec::new();
    MultiGzDecoder::new(&*body)
        .take(limit_bytes as u64 + 1)
        .read_to_end(&mut unzipped)
        .map_err(|_| SERIALIZATION.says("The request body is no gzip, as its encoding says."))?;
    if unzipped.len() > limit_bytes {
        let operation = envelope.operation().unwrap_or_default();
        return Err((descriptor.refusals.too_large)(limit_bytes, operation));
    }
    Ok(unzipped.into())
}
