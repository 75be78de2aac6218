//! WebP: its chunks are looked over first, because the decoder believes what they claim.

use std::io::{Cursor, ErrorKind};

use image::{
    DynamicImage, ImageDecoder, ImageError, Limits, codecs::webp::WebPDecoder,
    metadata::Orientation,
};

use crate::{
    colour::ColourSpace,
    error::FitError,
    format::InputFormat,
    limits::{DECODED_BYTES_MAX, ICC_PROFILE_BYTES_MAX},
    picture::{Decoded, check_pixels},
};

/// Decodes a WebP; of an animation, the first frame. One that is cut off is refused: its decoder gives
/// nothing of it, and browsers show nothing of it either.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, FitError> {
    check(bytes)?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(problem)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    decoder.set_limits(limits).map_err(problem)?;
    if decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(FitError::TooMuchMemory);
    }
    // Metadata that cannot be read is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let space = match decoder.icc_profile().unwrap_or_default() {
        None => ColourSpace::Srgb,
        Some(profile) if profile.len() > ICC_PROFILE_BYTES_MAX => {
            return Err(FitError::ColourProfileTooLarge);
        }
        Some(profile) => ColourSpace::Icc(profile),
    };
    let image = DynamicImage::from_decoder(decoder).map_err(problem)?;
    Ok(Decoded { orientation, ..Decoded::whole(image, space) })
}

fn problem(error: ImageError) -> FitError {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => TRUNCATED,
        ImageError::Limits(_) => FitError::TooMuchMemory,
        other => FitError::Corrupt { format: InputFormat::WebP, reason: other.to_string() },
    }
}

const TRUNCATED: FitError = FitError::Truncated { format: InputFormat::WebP };

/// Walks the chunks, those within animation frames too. The decoder reserves what a chunk claims
/// before it reads it: a claim of 4 GiB in a file of 100 bytes has to be refused here.
fn check(bytes: &[u8]) -> Result<(), FitError> {
    // The header of a frame, before its own chunks.
    const FRAME_HEADER_BYTES: usize = 16;
    let size = bytes.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    let end = size.map_or(usize::MAX, |size| (size as usize).saturating_add(8));
    // Bytes after the end are nobody's business; the form type `WEBP` comes before the chunks.
    let chunks = bytes.get(12..end).ok_or(TRUNCATED)?;
    for_each_chunk(chunks, |name, payload| {
        if name != b"ANMF" {
            return Ok(());
        }
        let chunks = payload.get(FRAME_HEADER_BYTES..).ok_or(TRUNCATED)?;
        for_each_chunk(chunks, |_, _| Ok(()))
    })
}

fn for_each_chunk(
    mut chunks: &[u8],
    mut see: impl FnMut(&[u8], &[u8]) -> Result<(), FitError>,
) -> Result<(), FitError> {
    // A single byte that is left is the padding of the last chunk.
    while chunks.len() > 1 {
        let (header, rest) = chunks.split_at_checked(8).ok_or(TRUNCATED)?;
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let (payload, rest) = rest.split_at_checked(size).ok_or(TRUNCATED)?;
        see(&header[..4], payload)?;
        chunks = rest.get(size % 2..).unwrap_or_default();
    }
    Ok(())
}
