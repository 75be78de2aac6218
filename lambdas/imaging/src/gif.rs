//! GIF: the first frame, as far as it is there.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError};
use image::{RgbaImage, imageops};

use crate::{
    colour::ColourSpace,
    error::FitError,
    format::InputFormat,
    limits::DECODED_BYTES_MAX,
    picture::{Decoded, check_pixels},
};

const FORMAT: InputFormat = InputFormat::Gif;
const BYTES_PER_PIXEL: usize = 4;

/// Decodes the first frame, on the screen that the header describes. Profiles that some programs hide
/// in GIFs are unknown to browsers, and here.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, FitError> {
    // Read before any decoder is set up.
    let size = |at| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let truncated = FitError::Truncated { format: FORMAT };
    let (Some(width), Some(height)) = (size(6), size(8)) else { return Err(truncated) };
    check(width, height)?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut reader = options.read_info(Cursor::new(bytes)).map_err(problem)?;
    let frame = reader.next_frame_info().map_err(problem)?;
    let frame = frame.ok_or(truncated)?;
    let (left, top) = (i64::from(frame.left), i64::from(frame.top));
    let (frame_width, frame_height) = (u32::from(frame.width), u32::from(frame.height));
    let is_interlaced = frame.interlaced;
    check(frame_width, frame_height)?;
    let is_whole = (left, top, frame_width, frame_height) == (0, 0, width, height);
    let pixels = |width, height| u64::from(width) * u64::from(height);
    let screen = if is_whole { 0 } else { pixels(width, height) };
    if (screen + pixels(frame_width, frame_height)) * BYTES_PER_PIXEL as u64 > DECODED_BYTES_MAX {
        return Err(FitError::TooMuchMemory);
    }
    let rows = rows(&mut reader, frame_width, frame_height, is_interlaced)?;
    let frame = RgbaImage::from_raw(frame_width, frame_height, rows);
    let frame = frame.ok_or(FitError::Undecodable)?;
    if is_whole {
        return Ok(Decoded::whole(frame.into(), ColourSpace::Srgb));
    }
    let mut screen = RgbaImage::new(width, height);
    imageops::replace(&mut screen, &frame, left, top);
    Ok(Decoded::whole(screen.into(), ColourSpace::Srgb))
}

/// The rows there are. Of what is missing from a whole frame nothing is shown, and of an interlaced
/// one the row above.
fn rows(
    reader: &mut Decoder<Cursor<&[u8]>>,
    width: u32,
    height: u32,
    is_interlaced: bool,
) -> Result<Vec<u8>, FitError> {
    let (stride, height) = (width as usize * BYTES_PER_PIXEL, height as usize);
    let mut pixels = vec![0; stride * height];
    let passes: &[(usize, usize)] =
        if is_interlaced { &[(0, 8), (4, 8), (2, 4), (1, 2)] } else { &[(0, 1)] };
    let mut is_missing = vec![true; height];
    'passes: for &(first, step) in passes {
        for y in (first..height).step_by(step) {
            match reader.fill_buffer(&mut pixels[y * stride..][..stride]) {
                Ok(true) => is_missing[y] = false,
                Ok(false) => break 'passes,
                Err(error) if is_end(&error) => break 'passes,
                Err(error) => return Err(problem(error)),
            }
        }
    }
    if is_missing.first() != Some(&false) {
        return Err(FitError::Truncated { format: FORMAT });
    }
    if is_interlaced {
        for y in (1..height).filter(|&y| is_missing[y]) {
            pixels.copy_within((y - 1) * stride..y * stride, y * stride);
        }
    }
    Ok(pixels)
}

fn check(width: u32, height: u32) -> Result<(), FitError> {
    if width == 0 || height == 0 {
        let reason = "its header gives no width or no height".to_owned();
        return Err(FitError::Corrupt { format: FORMAT, reason });
    }
    check_pixels(width, height)
}

fn is_end(error: &DecodingError) -> bool {
    match error {
        DecodingError::UnexpectedEof => true,
        DecodingError::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        _ => false,
    }
}

fn problem(error: DecodingError) -> FitError {
    match error {
        error if is_end(&error) => FitError::Truncated { format: FORMAT },
        DecodingError::OutOfMemory | DecodingError::MemoryLimit => FitError::TooMuchMemory,
        error => FitError::Corrupt { format: FORMAT, reason: error.to_string() },
    }
}
