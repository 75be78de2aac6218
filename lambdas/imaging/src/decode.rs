//! Encoded bytes to pixels.

use crate::{error::FitError, format::InputFormat, gif, jpeg, picture::Decoded, png, webp};

/// Decodes a picture of the given format; a JPEG no larger than needed.
pub(crate) fn decode(bytes: &[u8], format: InputFormat) -> Result<Decoded, FitError> {
    match format {
        InputFormat::Jpeg => jpeg::decode(bytes),
        InputFormat::Png => png::decode(bytes),
        InputFormat::Gif => gif::decode(bytes),
        InputFormat::WebP => webp::decode(bytes),
    }
}
