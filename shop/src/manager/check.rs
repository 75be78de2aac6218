//! Whether an upload is a picture the shop can use. Pure: bytes in, verdict out.

use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use imaging::{
    InputFormat,
    fit::{FitError, Fitted, fit},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Size of an upload at most.
pub const SIZE_MAX_BYTES: usize = 20 * 1024 * 1024;

/// Why an upload is not taken. The texts are for the person at the form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("Please choose a picture. The file is empty.")]
    Empty,
    #[error("This file is larger than 20 MiB. Please choose a smaller picture.")]
    TooLarge,
    #[error("This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.")]
    NotAnImage,
    /// Something with a name, that the pipeline does not read.
    #[error(
        "This file is in the format {name}, which the shop cannot read. Please save the picture as JPEG and choose that file."
    )]
    Unsupported { name: &'static str },
    #[error(
        "This picture has {width} x {height} pixels. Please choose one of at most 100 megapixels."
    )]
    TooManyPixels { width: u32, height: u32 },
    #[error("This picture takes too much memory. Please save a smaller one and choose that file.")]
    TooMuchMemory,
    #[error(
        "The colour profile of this picture is larger than 10 MiB. Please save it as sRGB, without a profile."
    )]
    ColourProfileTooLarge,
    #[error("This picture is damaged or cut off. Please save it again and upload the new file.")]
    Damaged,
}

/// A picture that may be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub content_type: &'static str,
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
}

impl Accepted {
    /// What the picture with this key was put into the bucket as.
    pub fn content_type_of(key: &str) -> &'static str {
        let extension = key.rsplit_once('.').map(|(_, extension)| extension);
        let formats = [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP, InputFormat::Gif];
        let known = formats.map(stored_as);
        let found = known.iter().find(|(_, known)| Some(*known) == extension);
        found.map_or("application/octet-stream", |(content_type, _)| content_type)
    }
}

/// Content type, and extension of the key.
fn stored_as(format: InputFormat) -> (&'static str, &'static str) {
    match format {
        InputFormat::Jpeg => ("image/jpeg", "jpg"),
        InputFormat::Png => ("image/png", "png"),
        InputFormat::WebP => ("image/webp", "webp"),
        InputFormat::Gif => ("image/gif", "gif"),
    }
}

/// Checks uploads away from the threads that answer requests, one at a time: a full decode of the
/// largest picture allowed takes hundreds of megabytes.
pub struct UploadChecks(Arc<Semaphore>);

impl Default for UploadChecks {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl UploadChecks {
    pub async fn check(&self, bytes: Bytes) -> anyhow::Result<Result<Accepted, Refused>> {
        let slot = Arc::clone(&self.0).acquire_owned().await?;
        spawn_blocking(move || {
            let verdict = check(&bytes);
            drop(slot);
            verdict
        })
        .await
        .context("the thread that checks pictures failed")
    }
}

/// Judges by content only: neither name nor declared type count. What the pipeline would refuse is
/// refused here: both ask the same code, which looks at what a header claims before it decodes.
fn check(bytes: &[u8]) -> Result<Accepted, Refused> {
    if bytes.len() > SIZE_MAX_BYTES {
        return Err(Refused::TooLarge);
    }
    let Fitted { original, .. } = fit(bytes).map_err(refused)?;
    let (content_type, extension) = stored_as(original.format);
    Ok(Accepted { content_type, extension, width: original.width, height: original.height })
}

fn refused(error: FitError) -> Refused {
    match error {
        FitError::Empty => Refused::Empty,
        FitError::TooManyBytes { .. } => Refused::TooLarge,
        FitError::Html | FitError::Text | FitError::Unrecognised => Refused::NotAnImage,
        FitError::Unsupported { name } => Refused::Unsupported { name },
        FitError::TooManyPixels { width, height } => Refused::TooManyPixels { width, height },
        FitError::TooMuchMemory => Refused::TooMuchMemory,
        FitError::ColourProfileTooLarge => Refused::ColourProfileTooLarge,
        error @ (FitError::TooManyScans { .. }
        | FitError::Truncated { .. }
        | FitError::Corrupt { .. }
        | FitError::Undecodable) => {
            tracing::debug!(%error, "an upload is damaged");
            Refused::Damaged
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbImage};

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let pixels = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 99]));
        let mut bytes = Cursor::new(Vec::new());
        assert!(DynamicImage::from(pixels).write_to(&mut bytes, format).is_ok());
        bytes.into_inner()
    }

    /// A PNG of a few bytes that claims 50,000 x 50,000 pixels.
    fn bomb() -> Vec<u8> {
        let mut bytes = picture(ImageFormat::Png);
        bytes[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn pictures_are_told_by_their_content_and_the_rest_is_refused_with_a_reason() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let accepted = check(&picture(format));
            let size = accepted.map(|accepted| (accepted.width, accepted.height));
            assert_eq!(size, Ok((64, 48)), "{format:?}");
        }
        let without_data = |format, mark: &[u8]| {
            let bytes = picture(format);
            let at = bytes.windows(mark.len()).position(|window| window == mark);
            bytes[..at.map_or(0, |at| at + mark.len())].to_vec()
        };
        let (width, height) = (50_000, 50_000);
        let cases = [
            ("empty", Vec::new(), Refused::Empty),
            ("text", b"I am a photo, honestly".to_vec(), Refused::NotAnImage),
            ("html", b"<!doctype html><script>".to_vec(), Refused::NotAnImage),
            (
                "svg",
                b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
                Refused::Unsupported { name: "SVG" },
            ),
            (
                "an iPhone's",
                b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic".to_vec(),
                Refused::Unsupported { name: "HEIC" },
            ),
            (
                "a browser's",
                b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".to_vec(),
                Refused::Unsupported { name: "AVIF" },
            ),
            ("header", picture(ImageFormat::Png)[..20].to_vec(), Refused::Damaged),
            ("bomb", bomb(), Refused::TooManyPixels { width, height }),
            ("cut off JPEG", without_data(ImageFormat::Jpeg, &[0xFF, 0xDA]), Refused::Damaged),
            ("cut off PNG", without_data(ImageFormat::Png, b"IDAT"), Refused::Damaged),
            (
                "no pixels",
                include_bytes!("../../../fixtures/images/broken/corrupt.jpg").to_vec(),
                Refused::Damaged,
            ),
            ("large", vec![0; SIZE_MAX_BYTES + 1], Refused::TooLarge),
        ];
        for (name, bytes, refused) in cases {
            assert_eq!(check(&bytes), Err(refused), "{name}");
        }
    }

    #[test]
    fn a_photo_with_a_film_behind_it_is_complete() {
        let mut bytes = picture(ImageFormat::Jpeg);
        bytes.extend(b"ftypmp42 and the film");
        assert!(check(&bytes).is_ok());
    }
}
