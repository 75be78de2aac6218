//! What a file is, by its content: names and content types are claims.

use std::fmt;

use image::ImageFormat;

use crate::fit::FitError;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF.
    Gif,
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
        })
    }
}

impl From<InputFormat> for ImageFormat {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Jpeg => Self::Jpeg,
            InputFormat::Png => Self::Png,
            InputFormat::WebP => Self::WebP,
            InputFormat::Gif => Self::Gif,
        }
    }
}

impl InputFormat {
    /// The format of these bytes by their signature, or the clearest name for what they are instead.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, FitError> {
        match bytes {
            [] => Err(FitError::Empty),
            [0xFF, 0xD8, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            other => Err(what_else(other)),
        }
    }
}

/// What people upload instead of a picture that can be read.
fn what_else(bytes: &[u8]) -> FitError {
    let unsupported = |name| FitError::Unsupported { name };
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
            Some(b"avif" | b"avis") => unsupported("AVIF"),
            Some(b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
                unsupported("HEIC")
            }
            _ => unsupported("MP4"),
        },
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => unsupported("BMP"),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => unsupported("TIFF"),
        [b'%', b'P', b'D', b'F', b'-', ..] => unsupported("PDF"),
        [b'P', b'K', 3, 4, ..] => unsupported("ZIP"),
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => unsupported("JPEG XL"),
        other => text(other).unwrap_or(FitError::Unrecognised),
    }
}

/// The kind of text this is, if the first bytes are text.
fn text(bytes: &[u8]) -> Option<FitError> {
    let start = &bytes[..bytes.len().min(1024)];
    let start = match std::str::from_utf8(start) {
        Ok(start) => start,
        // The cut may go through a character.
        Err(error) if error.error_len().is_none() && bytes.len() > start.len() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if start.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let start = start.trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
    let html = ["<!doctype html", "<html", "<head", "<body", "<script"];
    Some(if html.iter().any(|tag| start.starts_with(tag)) {
        FitError::Html
    } else if start.starts_with('<') && start.contains("<svg") {
        FitError::Unsupported { name: "SVG" }
    } else {
        FitError::Text
    })
}
