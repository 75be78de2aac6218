//! PNG: row by row, so that a file without its end gives the rows it has.

use std::io::{self, Cursor, ErrorKind, Read};

use flate2::read::ZlibDecoder;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage, metadata::Orientation};
use png::{
    ColorType, DecodeOptions, DecodingError, InterlaceInfo, Limits, Reader, ScaledFloat,
    Transformations,
};

use crate::{
    colour::{ColourSpace, Primaries},
    error::FitError,
    format::InputFormat,
    limits::{DECODED_BYTES_MAX, ICC_PROFILE_BYTES_MAX},
    picture::{Decoded, check_pixels},
};

/// What is shown of an opaque picture where its file ends too early.
const MISSING: u8 = 128;

/// Decodes a PNG; of an animation, the still picture that is there for everyone.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, FitError> {
    let (width, height) = header_size(bytes).ok_or(TRUNCATED)?;
    check_pixels(width, height)?;
    // Texts are of no use here, and packed ones are bombs.
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    // What is kept of a file beside its pixels: the profile, packed and unpacked, and EXIF.
    decoder.set_limits(Limits { bytes: 2 * ICC_PROFILE_BYTES_MAX });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(problem)?;
    let (color, _) = reader.output_color_type();
    let pixels = rows(&mut reader, color, height)?;
    let info = reader.info();
    let exif = info.exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    let image = match color {
        ColorType::Grayscale => GrayImage::from_raw(width, height, pixels).map(Into::into),
        ColorType::GrayscaleAlpha => {
            GrayAlphaImage::from_raw(width, height, pixels).map(Into::into)
        }
        ColorType::Rgb => RgbImage::from_raw(width, height, pixels).map(Into::into),
        ColorType::Rgba => RgbaImage::from_raw(width, height, pixels).map(Into::into),
        ColorType::Indexed => None,
    };
    let image: DynamicImage = image.ok_or(FitError::Undecodable)?;
    if info.icc_profile.is_none() && unpacks_to_too_much(bytes) {
        return Err(FitError::ColourProfileTooLarge);
    }
    let space = colour_space(info)?;
    Ok(Decoded {
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        ..Decoded::whole(image, space)
    })
}

/// The rows there are; the others are grey, or transparent where the picture can be.
fn rows(
    reader: &mut Reader<Cursor<&[u8]>>,
    color: ColorType,
    height: u32,
) -> Result<Vec<u8>, FitError> {
    let width = reader.info().width;
    let stride = reader.output_line_size(width).ok_or(FitError::TooMuchMemory)?;
    let size = stride as u64 * u64::from(height);
    if size > DECODED_BYTES_MAX {
        return Err(FitError::TooMuchMemory);
    }
    let transparent = matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let mut pixels = vec![if transparent { 0 } else { MISSING }; size as usize];
    if reader.info().interlaced {
        interlaced_rows(reader, &mut pixels, stride, color)?;
        return Ok(pixels);
    }
    for (y, row) in pixels.chunks_exact_mut(stride).enumerate() {
        match reader.read_row(row) {
            Ok(_) => {}
            Err(error) if is_end(&error) && y > 0 => break,
            Err(error) => return Err(problem(error)),
        }
    }
    Ok(pixels)
}

/// The passes there are, each finer than the one before.
fn interlaced_rows(
    reader: &mut Reader<Cursor<&[u8]>>,
    pixels: &mut [u8],
    stride: usize,
    color: ColorType,
) -> Result<(), FitError> {
    let mut is_empty = true;
    loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                if let InterlaceInfo::Adam7(pass) = row.interlace() {
                    let bits = 8 * color.samples() as u8;
                    png::splat_interlaced_row(pixels, stride, row.data(), pass, bits);
                    is_empty = false;
                }
            }
            Ok(None) => return Ok(()),
            Err(error) if is_end(&error) && !is_empty => return Ok(()),
            Err(error) => return Err(problem(error)),
        }
    }
}

/// What counts first, by the PNG specification and in browsers: `cICP`, `iCCP`, `sRGB`, `gAMA` with
/// `cHRM`. `cHRM` alone does not count.
fn colour_space(info: &png::Info<'_>) -> Result<ColourSpace, FitError> {
    if let Some(points) = info.coding_independent_code_points {
        return Ok(ColourSpace::CodePoints {
            primaries: points.color_primaries,
            transfer: points.transfer_function,
        });
    }
    if let Some(profile) = &info.icc_profile {
        if profile.len() > ICC_PROFILE_BYTES_MAX {
            return Err(FitError::ColourProfileTooLarge);
        }
        return Ok(ColourSpace::Icc(profile.to_vec()));
    }
    let (Some(gamma), None) = (info.gama_chunk, info.srgb) else { return Ok(ColourSpace::Srgb) };
    Ok(match (gamma.into_scaled(), info.chrm_chunk) {
        (0, _) | (SRGB_GAMMA, None) => ColourSpace::Srgb,
        (_, primaries) => ColourSpace::Measured {
            gamma: 1.0 / gamma.into_value(),
            primaries: primaries.map(|at| {
                let xy = |(x, y): (ScaledFloat, ScaledFloat)| (x.into_value(), y.into_value());
                let (white, red) = (xy(at.white), xy(at.red));
                Primaries { white, red, green: xy(at.green), blue: xy(at.blue) }
            }),
        },
    })
}

/// What programs write into `gAMA` when they mean sRGB: 1/2.2, in hundred-thousandths.
const SRGB_GAMMA: u32 = 45_455;

/// Whether there is a profile that the decoder gave up on for its size: it passes over that in silence,
/// as it does over one that is broken.
fn unpacks_to_too_much(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
    while let Some((header, after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        match &header[4..] {
            b"IDAT" => return false,
            b"iCCP" => {
                // A name of at most 79 bytes, a zero, and a byte for the way of packing.
                let content = after.get(..length).unwrap_or_default();
                let name_end = content.iter().take(80).position(|&byte| byte == 0);
                let packed = name_end.and_then(|end| content.get(end + 2..)).unwrap_or_default();
                let mut unpacked = ZlibDecoder::new(packed).take(ICC_PROFILE_BYTES_MAX as u64 + 1);
                let size = io::copy(&mut unpacked, &mut io::sink());
                return size.is_ok_and(|size| size > ICC_PROFILE_BYTES_MAX as u64);
            }
            // With four bytes to check it by.
            _ => rest = after.get(length.saturating_add(4)..).unwrap_or_default(),
        }
    }
    false
}

const SIGNATURE_BYTES: usize = 8;
const TRUNCATED: FitError = FitError::Truncated { format: InputFormat::Png };

/// Width and height by the header, read before any decoder is set up.
fn header_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let width = bytes.get(16..20)?.try_into().ok()?;
    let height = bytes.get(20..24)?.try_into().ok()?;
    Some((u32::from_be_bytes(width), u32::from_be_bytes(height)))
}

fn is_end(error: &DecodingError) -> bool {
    matches!(error, DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof)
}

fn problem(error: DecodingError) -> FitError {
    match error {
        error if is_end(&error) => TRUNCATED,
        // Of what is kept, only profile and EXIF may be large, and EXIF never is.
        DecodingError::LimitsExceeded => FitError::ColourProfileTooLarge,
        error => FitError::Corrupt { format: InputFormat::Png, reason: error.to_string() },
    }
}
