//! What a file is, by its content: names and content types are claims.

use crate::{error::FitError, format::InputFormat};

impl InputFormat {
    /// The format of these bytes by their signature.
    ///
    /// # Errors
    /// The clearest name for what they are instead. Nothing behind the signature is looked at.
    pub fn of(bytes: &[u8]) -> Result<Self, FitError> {
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
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => unsupported(boxed(bytes)),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => unsupported("BMP"),
        // Cameras' own formats: some with a mark of their own, most a TIFF with more in it.
        [b'I', b'I', b'*', 0, _, _, _, _, b'C', b'R', ..]
        | [b'I', b'I', b'U', 0, ..]
        | [b'I', b'I', b'R', b'O' | b'S', ..]
        | [b'M', b'M', b'O', b'R', ..]
        | [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', b'C', b'C', b'D', ..]
        | [0, b'M', b'R', b'M', ..]
        | [b'F', b'O', b'V', b'b', ..] => unsupported("camera RAW"),
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => unsupported("TIFF"),
        [b'I', b'I', 0xBC, ..] => unsupported("JPEG XR"),
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => unsupported("JPEG XL"),
        [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] => {
            unsupported("JPEG 2000")
        }
        [b'8', b'B', b'P', b'S', ..] => unsupported("Photoshop"),
        [0, 0, 1, 0, ..] => unsupported("ICO"),
        [b'q', b'o', b'i', b'f', ..] => unsupported("QOI"),
        [b'%', b'P', b'D', b'F', b'-', ..] => unsupported("PDF"),
        [b'%', b'!', b'P', b'S', ..] | [0xC5, 0xD0, 0xD3, 0xC6, ..] => unsupported("PostScript"),
        [b'P', b'K', 3, 4, ..] => unsupported("ZIP"),
        [0x1F, 0x8B, ..] => unsupported("gzip"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => unsupported("WebM"),
        other => text(other).unwrap_or(FitError::Unrecognised),
    }
}

/// The format of a file of boxes, by the first brand that tells one: `mif1`, which only says that it
/// is a picture of some kind, often stands before it.
fn boxed(bytes: &[u8]) -> &'static str {
    let size = bytes.get(..4).and_then(|size| size.try_into().ok()).map_or(0, u32::from_be_bytes);
    let end = bytes.len().min(size as usize).min(1024);
    // The brand, its version, and the brands that it is compatible with.
    let first = bytes.get(8..12).unwrap_or_default();
    let others = bytes.get(16..end).unwrap_or_default();
    let brands = std::iter::once(first).chain(others.chunks_exact(4));
    let is_picture = matches!(first, b"mif1" | b"msf1" | b"miaf");
    let named = brands.into_iter().find_map(|brand| match brand {
        b"avif" | b"avis" => Some("AVIF"),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"hevm" | b"hevs" => {
            Some("HEIC")
        }
        b"crx " => Some("camera RAW"),
        b"jxl " => Some("JPEG XL"),
        b"jp2 " | b"jpx " | b"jpm " => Some("JPEG 2000"),
        b"qt  " => Some("QuickTime"),
        _ => None,
    });
    named.unwrap_or(if is_picture { "HEIF" } else { "MP4" })
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
