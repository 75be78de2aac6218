//! JPEG: looked over first, then decoded at the smallest scale that is large enough.

use image::{DynamicImage, GrayImage, RgbImage, metadata::Orientation};
use jpeg_decoder::{CodingProcess, ColorTransform, Error, PixelFormat};

use crate::{
    decode::{Decoded, check_pixels, decode_at_full_size},
    fit::{DECODED_BYTES_MAX, FitError, stored_target},
    format::InputFormat,
};

/// Most scans of one file. Encoders write about ten.
const SCANS_MAX: u32 = 200;
/// Most pixels times scans: a scan of a few bytes can make a decoder visit every pixel again.
const PIXEL_SCANS_MAX: u64 = 2_000_000_000;

/// Decodes a JPEG at 1/8, 1/4, 1/2 or full size: the smallest that is at least twice the size
/// wanted, which leaves the resampling filter enough to work with.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, FitError> {
    let outline = Outline::read(bytes)?;
    check_pixels(outline.width, outline.height)?;
    let pixels = u64::from(outline.width) * u64::from(outline.height);
    if outline.scans > SCANS_MAX || pixels * u64::from(outline.scans) > PIXEL_SCANS_MAX {
        return Err(FitError::TooManyScans { scans: outline.scans });
    }
    match decode_scaled(bytes, &outline) {
        Ok(decoded) => Ok(decoded),
        // Rare kinds of JPEG that the other decoder may know. Not for damaged files: that one
        // would fill in grey for what is missing and call it a picture.
        Err(Error::Unsupported(_)) => decode_at_full_size(bytes, InputFormat::Jpeg),
        Err(Error::Io(_)) => Err(FitError::Truncated { format: InputFormat::Jpeg }),
        Err(Error::Format(reason)) => Err(corrupt(reason)),
        Err(Error::Internal(error)) => Err(corrupt(error.to_string())),
    }
}

fn decode_scaled(bytes: &[u8], outline: &Outline) -> Result<Decoded, Error> {
    let eighths = eighths(outline);
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(DECODED_BYTES_MAX as usize);
    let (requested_width, requested_height) = requested(outline, eighths);
    let (width, height) = decoder.scale(requested_width, requested_height)?;
    let (width, height) = (u32::from(width), u32::from(height));
    let info = decoder.info().ok_or_else(|| Error::Format("no frame header".to_owned()))?;
    if info.coding_process == CodingProcess::Lossless {
        return Err(Error::Format("lossless JPEG is not read".to_owned()));
    }
    if outline.is_rgb && info.pixel_format == PixelFormat::RGB24 {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let pixels = decoder.decode()?;
    let image = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        PixelFormat::CMYK32 => {
            RgbImage::from_raw(width, height, cmyk_to_rgb(&pixels)).map(DynamicImage::from)
        }
        PixelFormat::L16 => None,
    }
    .ok_or_else(|| Error::Format("the pixels do not match the frame header".to_owned()))?;
    let scale = f64::from(eighths) / 8.0;
    Ok(Decoded {
        image,
        width: outline.width,
        height: outline.height,
        covered_width: f64::from(outline.width) * scale,
        covered_height: f64::from(outline.height) * scale,
        orientation: outline.orientation,
        icc_profile: decoder.icc_profile(),
    })
}

/// The scale to decode at, in eighths.
fn eighths(outline: &Outline) -> u32 {
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
fn requested(outline: &Outline, eighths: u32) -> (u16, u16) {
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

/// Ink to light, without a colour profile.
fn cmyk_to_rgb(pixels: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let product = u32::from(u8::MAX - ink) * u32::from(u8::MAX - black);
        ((product + 127) / 255) as u8
    };
    pixels
        .chunks_exact(4)
        .flat_map(|p| [light(p[0], p[3]), light(p[1], p[3]), light(p[2], p[3])])
        .collect()
}

/// What the markers of a JPEG say, without decoding anything.
struct Outline {
    width: u32,
    height: u32,
    orientation: Orientation,
    scans: u32,
    /// Adobe's marker says that three channels are red, green and blue. The decoder would go by the
    /// channels' numbers first; everyone else goes by the marker.
    is_rgb: bool,
}

impl Outline {
    /// Walks the markers up to the end of the image. What follows it (a phone's short film, a depth
    /// map) is not looked at.
    fn read(bytes: &[u8]) -> Result<Self, FitError> {
        let mut frame = None;
        let mut orientation = None;
        let mut scans = 0;
        let mut jfif = false;
        let mut adobe_transform = None;
        let mut at = 2; // after the start of the image
        loop {
            let marker = next_marker(bytes, &mut at).ok_or(TRUNCATED)?;
            match marker {
                START_OF_IMAGE | TEMPORARY | RESTART_0..=RESTART_7 => continue,
                END_OF_IMAGE => break,
                _ => {}
            }
            let segment = segment(bytes, &mut at)?;
            match marker {
                // C4 (Huffman tables), C8 (reserved) and CC (arithmetic conditioning) are no frames.
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                    let [_, h1, h0, w1, w0, ..] = *segment else {
                        return Err(corrupt("its frame header is too short".to_owned()));
                    };
                    let frame_size = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
                    frame.get_or_insert(frame_size);
                }
                START_OF_SCAN => scans += 1,
                APPLICATION_1 => {
                    if let Some(tiff) = segment.strip_prefix(b"Exif\0\0") {
                        orientation = orientation.or_else(|| Orientation::from_exif_chunk(tiff));
                    }
                }
                APPLICATION_0 => jfif |= segment.starts_with(b"JFIF\0"),
                APPLICATION_14 if segment.starts_with(b"Adobe") => {
                    adobe_transform = segment.get(11).copied();
                }
                _ => {}
            }
        }
        match frame {
            None => Err(corrupt("it has no frame header".to_owned())),
            Some((0, _) | (_, 0)) => {
                Err(corrupt("its header gives no width or no height".to_owned()))
            }
            Some(_) if scans == 0 => Err(corrupt("it has no picture data".to_owned())),
            Some((width, height)) => Ok(Self {
                width: width.into(),
                height: height.into(),
                orientation: orientation.unwrap_or(Orientation::NoTransforms),
                scans,
                is_rgb: !jfif && adobe_transform == Some(0),
            }),
        }
    }
}

const TRUNCATED: FitError = FitError::Truncated { format: InputFormat::Jpeg };
const TEMPORARY: u8 = 0x01;
const RESTART_0: u8 = 0xD0;
const RESTART_7: u8 = 0xD7;
const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const APPLICATION_0: u8 = 0xE0;
const APPLICATION_1: u8 = 0xE1;
const APPLICATION_14: u8 = 0xEE;

/// Moves past the next marker and returns it. Within picture data `FF 00` is a byte FF, no marker.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += position_of_ff(bytes.get(*at..)?)? + 1;
        while *bytes.get(*at)? == 0xFF {
            *at += 1;
        }
        let marker = bytes[*at];
        *at += 1;
        if marker != 0 {
            return Some(marker);
        }
    }
}

/// The content of the segment that starts here with its length; moves past it.
fn segment<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], FitError> {
    let rest = bytes.get(*at..).unwrap_or_default();
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(TRUNCATED)?;
    let length = usize::from(u16::from_be_bytes(*length))
        .checked_sub(2)
        .ok_or_else(|| corrupt("a segment has an impossible length".to_owned()))?;
    *at += 2 + length;
    rest.get(..length).ok_or(TRUNCATED)
}

/// Position of the first byte FF. Whole blocks are looked at without a branch a byte, because this
/// runs over megabytes of picture data.
fn position_of_ff(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut start = 0;
    for block in bytes.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &byte| found | (byte == 0xFF)) {
            break;
        }
        start += BLOCK;
    }
    bytes[start..].iter().position(|&byte| byte == 0xFF).map(|at| start + at)
}

fn corrupt(reason: String) -> FitError {
    FitError::Corrupt { format: InputFormat::Jpeg, reason }
}
