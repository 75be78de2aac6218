//! JPEG: looked over first, then decoded at the smallest scale that is large enough.

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use jpeg_decoder::{CodingProcess, ColorTransform, Error, PixelFormat};

use crate::{
    colour::{Channels, ColourSpace},
    error::FitError,
    format::InputFormat,
    limits::{DECODED_BYTES_MAX, PIXEL_SCANS_MAX, PIXELS_MAX, SCANS_MAX},
    picture::{Decoded, check_pixels},
    target::stored_target,
};

mod lenient;
mod markers;
mod outline;
mod scaled;
#[cfg(test)]
mod scaled_tests;
#[cfg(test)]
pub(crate) mod test_jpegs;

use outline::Outline;
use scaled::{Kind, Raster};

const TRUNCATED: FitError = FitError::Truncated { format: InputFormat::Jpeg };

/// Decodes a JPEG at 1/8, 1/4, 1/2 or full size: the smallest that is at least twice the size
/// wanted, which leaves the resampling filter enough to work with.
///
/// One whose end is missing is read as browsers do: what is there is shown, and the rest is grey. One
/// that has an end, but does not make sense before it, is refused.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, FitError> {
    let outline = Outline::read(bytes)?;
    check_pixels(outline.width, outline.height)?;
    let pixels = u64::from(outline.width) * u64::from(outline.height);
    if outline.scans > SCANS_MAX || pixels * u64::from(outline.scans) > PIXEL_SCANS_MAX {
        return Err(FitError::TooManyScans { scans: outline.scans });
    }
    let profile = outline.icc_profile()?;
    let mut decoded = if outline.is_cut_off {
        lenient::decode(bytes, &outline)?
    } else if let Some(decoded) = usual(bytes, &outline, eighths(&outline)) {
        decoded
    } else {
        match any(bytes, &outline, eighths(&outline)) {
            Ok(decoded) => decoded,
            // Rare kinds of JPEG that the other decoder may know. Not for damaged files: that one
            // would fill in grey for what is missing and call it a picture.
            Err(Problem::Decoder(Error::Unsupported(_))) => lenient::decode(bytes, &outline)?,
            Err(Problem::Decoder(Error::Io(_))) => return Err(TRUNCATED),
            Err(Problem::Decoder(Error::Format(reason))) => return Err(corrupt(reason)),
            Err(Problem::Decoder(Error::Internal(error))) => {
                return Err(corrupt(error.to_string()));
            }
            Err(Problem::TooMuchMemory) => return Err(FitError::TooMuchMemory),
        }
    };
    decoded.orientation = outline.orientation;
    decoded.space = profile.map_or(ColourSpace::Srgb, ColourSpace::Icc);
    Ok(decoded)
}

enum Problem {
    Decoder(Error),
    TooMuchMemory,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Decoder(error)
    }
}

/// The usual kind of JPEG, at a fraction of its size; `None` if it is another one, or damaged.
fn usual(bytes: &[u8], outline: &Outline<'_>, eighths: u32) -> Option<Decoded> {
    if eighths == 8 || outline.scans != 1 || outline.is_progressive {
        return None;
    }
    let Raster { width, height, pixels, kind } = scaled::decode(bytes, eighths, PIXELS_MAX)?;
    let (image, channels) = match kind {
        Kind::Grey => (GrayImage::from_raw(width, height, pixels)?.into(), Channels::Light),
        Kind::Rgb => (RgbaImage::from_raw(width, height, pixels)?.into(), Channels::OpaqueLight),
        Kind::Ink => (RgbaImage::from_raw(width, height, pixels)?.into(), Channels::Ink),
    };
    Some(covering(image, channels, outline, eighths))
}

/// Any kind of JPEG.
fn any(bytes: &[u8], outline: &Outline<'_>, eighths: u32) -> Result<Decoded, Problem> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(DECODED_BYTES_MAX as usize);
    let (requested_width, requested_height) = requested(outline, eighths);
    let (width, height) = decoder.scale(requested_width, requested_height)?;
    let (width, height) = (u32::from(width), u32::from(height));
    let info = decoder.info().ok_or_else(|| Error::Format("no frame header".to_owned()))?;
    if info.coding_process == CodingProcess::Lossless {
        return Err(Error::Format("lossless JPEG is not read".to_owned()).into());
    }
    // Planes of the channels, and the raster made of them; progressive ones are kept as coefficients.
    let raster = u64::from(width) * u64::from(height) * info.pixel_format.pixel_bytes() as u64;
    let kept = if outline.is_progressive { outline.coefficient_bytes } else { 0 };
    if kept + 2 * raster > DECODED_BYTES_MAX {
        return Err(Problem::TooMuchMemory);
    }
    if outline.is_rgb && info.pixel_format == PixelFormat::RGB24 {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let pixels = decoder.decode()?;
    let (image, channels): (Option<DynamicImage>, _) = match info.pixel_format {
        PixelFormat::L8 => {
            (GrayImage::from_raw(width, height, pixels).map(Into::into), Channels::Light)
        }
        PixelFormat::RGB24 => {
            (RgbImage::from_raw(width, height, pixels).map(Into::into), Channels::Light)
        }
        PixelFormat::CMYK32 => {
            (RgbaImage::from_raw(width, height, pixels).map(Into::into), Channels::Ink)
        }
        PixelFormat::L16 => (None, Channels::Light),
    };
    let mismatch = || Error::Format("the pixels do not match the frame header".to_owned());
    Ok(covering(image.ok_or_else(mismatch)?, channels, outline, eighths))
}

/// A rendering at a scale in eighths, which ends within a pixel.
fn covering(
    image: DynamicImage,
    channels: Channels,
    outline: &Outline<'_>,
    eighths: u32,
) -> Decoded {
    let scale = f64::from(eighths) / 8.0;
    Decoded {
        channels,
        width: outline.width,
        height: outline.height,
        covered_width: f64::from(outline.width) * scale,
        covered_height: f64::from(outline.height) * scale,
        ..Decoded::whole(image, ColourSpace::Srgb)
    }
}

/// The scale to decode at, in eighths.
fn eighths(outline: &Outline<'_>) -> u32 {
    let (width, height) = stored_target(outline.width, outline.height, outline.orientation);
    [1, 2, 4]
        .into_iter()
        .find(|&eighths| {
            scaled(outline.width, eighths) >= 2 * width
                && scaled(outline.height, eighths) >= 2 * height
        })
        .unwrap_or(8)
}

fn scaled(length: u32, eighths: u32) -> u32 {
    (length * eighths).div_ceil(8)
}

/// What to ask the decoder for to get exactly this scale. It takes the first scale that satisfies
/// either side, so the shorter side, which may be one pixel at every scale, asks for the impossible.
fn requested(outline: &Outline<'_>, eighths: u32) -> (u16, u16) {
    let side = |length: u32| match eighths {
        8 => u16::MAX,
        _ => u16::try_from(scaled(length, eighths)).unwrap_or(u16::MAX),
    };
    if outline.width >= outline.height {
        (side(outline.width), u16::MAX)
    } else {
        (u16::MAX, side(outline.height))
    }
}

fn corrupt(reason: String) -> FitError {
    FitError::Corrupt { format: InputFormat::Jpeg, reason }
}
