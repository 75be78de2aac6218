//! Encoded bytes to pixels, with the limits first.

use std::io::{Cursor, ErrorKind};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, metadata::Orientation,
};

use crate::{
    fit::{DECODED_BYTES_MAX, FitError, PIXELS_MAX},
    format::InputFormat,
    jpeg,
};

/// A decoded picture: 8 bits a channel, as stored (the orientation is still to be applied).
pub(crate) struct Decoded {
    /// L8, La8, Rgb8 or Rgba8.
    pub(crate) image: DynamicImage,
    /// Width of the picture in pixels; `image` may be a smaller rendering of it.
    pub(crate) width: u32,
    /// Height of the picture in pixels.
    pub(crate) height: u32,
    /// How much of the width of `image` the picture covers: a scaled JPEG ends within a pixel.
    pub(crate) covered_width: f64,
    /// How much of the height of `image` the picture covers.
    pub(crate) covered_height: f64,
    pub(crate) orientation: Orientation,
    pub(crate) icc_profile: Option<Vec<u8>>,
}

/// Decodes a picture of the given format; a JPEG no larger than needed.
pub(crate) fn decode(bytes: &[u8], format: InputFormat) -> Result<Decoded, FitError> {
    match format {
        InputFormat::Jpeg => jpeg::decode(bytes),
        InputFormat::Png | InputFormat::Gif => {
            let (width, height) =
                header_size(bytes, format).ok_or(FitError::Truncated { format })?;
            check_pixels(width, height)?;
            decode_at_full_size(bytes, format)
        }
        InputFormat::WebP => {
            check_webp(bytes)?;
            decode_at_full_size(bytes, format)
        }
    }
}

/// Refuses a picture by the size its header claims.
pub(crate) fn check_pixels(width: u32, height: u32) -> Result<(), FitError> {
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(FitError::TooManyPixels { width, height });
    }
    Ok(())
}

/// Decodes with the `image` crate, every pixel.
pub(crate) fn decode_at_full_size(bytes: &[u8], format: InputFormat) -> Result<Decoded, FitError> {
    let problem = |error| problem(format, error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.into());
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(problem)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    if decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(FitError::TooMuchMemory);
    }
    // Metadata that cannot be read is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc_profile = decoder.icc_profile().unwrap_or_default();
    let image = with_8_bits(DynamicImage::from_decoder(decoder).map_err(problem)?);
    Ok(Decoded {
        width,
        height,
        covered_width: f64::from(width),
        covered_height: f64::from(height),
        image,
        orientation,
        icc_profile,
    })
}

fn with_8_bits(image: DynamicImage) -> DynamicImage {
    match image.color() {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => image,
        ColorType::L16 => image.into_luma8().into(),
        ColorType::La16 => image.into_luma_alpha8().into(),
        ColorType::Rgb16 => image.into_rgb8().into(),
        _ => image.into_rgba8().into(),
    }
}

fn problem(format: InputFormat, error: ImageError) -> FitError {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            FitError::Truncated { format }
        }
        ImageError::Limits(_) => FitError::TooMuchMemory,
        other => {
            let reason = other.to_string();
            // The GIF decoder has no kind of error for it, only words.
            if reason.to_ascii_lowercase().contains("unexpected end of file") {
                FitError::Truncated { format }
            } else {
                FitError::Corrupt { format, reason }
            }
        }
    }
}

/// Width and height by the header of a PNG or GIF, read before any decoder is set up.
fn header_size(bytes: &[u8], format: InputFormat) -> Option<(u32, u32)> {
    if format == InputFormat::Png {
        let width = bytes.get(16..20)?.try_into().ok()?;
        let height = bytes.get(20..24)?.try_into().ok()?;
        Some((u32::from_be_bytes(width), u32::from_be_bytes(height)))
    } else {
        let width = bytes.get(6..8)?.try_into().ok()?;
        let height = bytes.get(8..10)?.try_into().ok()?;
        Some((u16::from_le_bytes(width).into(), u16::from_le_bytes(height).into()))
    }
}

/// Walks the chunks of a WebP file, those within animation frames too. The decoder reserves what a
/// chunk claims before it reads it: a claim of 4 GiB in a file of 100 bytes has to be refused here.
fn check_webp(bytes: &[u8]) -> Result<(), FitError> {
    // The header of a frame, before its own chunks.
    const FRAME_HEADER_BYTES: usize = 16;
    let size = bytes.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    let end = size.map_or(usize::MAX, |size| (size as usize).saturating_add(8));
    // Bytes after the end are nobody's business; the form type `WEBP` comes before the chunks.
    let chunks = bytes.get(12..end).ok_or(WEBP_TRUNCATED)?;
    for_each_chunk(chunks, |name, payload| {
        if name != b"ANMF" {
            return Ok(());
        }
        let chunks = payload.get(FRAME_HEADER_BYTES..).ok_or(WEBP_TRUNCATED)?;
        for_each_chunk(chunks, |_, _| Ok(()))
    })
}

const WEBP_TRUNCATED: FitError = FitError::Truncated { format: InputFormat::WebP };

fn for_each_chunk(
    mut chunks: &[u8],
    mut see: impl FnMut(&[u8], &[u8]) -> Result<(), FitError>,
) -> Result<(), FitError> {
    // A single byte that is left is the padding of the last chunk.
    while chunks.len() > 1 {
        let (header, rest) = chunks.split_at_checked(8).ok_or(WEBP_TRUNCATED)?;
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let (payload, rest) = rest.split_at_checked(size).ok_or(WEBP_TRUNCATED)?;
        see(&header[..4], payload)?;
        chunks = rest.get(size % 2..).unwrap_or_default();
    }
    Ok(())
}
