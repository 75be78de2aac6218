//! The picture's way from bytes to bytes: pure, bounded, and never a panic.

use std::{mem, panic};

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8x4,
};
use image::{
    ColorType, DynamicImage, ImageEncoder, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType as PngFilter, PngEncoder},
    },
};

use crate::{
    colour::{Channels, ColourSpace, to_srgb},
    decode::decode,
    format::InputFormat,
    picture::Decoded,
    target::stored_target,
};

pub use crate::error::FitError;
pub use crate::limits::{DECODED_BYTES_MAX, ICC_PROFILE_BYTES_MAX, INPUT_BYTES_MAX, PIXELS_MAX};
pub use crate::target::{BOX_HEIGHT_PX, BOX_WIDTH_PX};

/// Quality of a JPEG that is written.
pub const JPEG_QUALITY: u8 = 85;

/// Fits a picture into 268x200 pixels: proportions kept, never enlarged, upright.
///
/// - **Input** is JPEG, PNG, WebP or GIF, told by content alone. Of an animation, the first frame.
/// - **Output**: JPEG gives JPEG. PNG and GIF give PNG: they were chosen for sharp edges or
///   transparency. WebP gives JPEG, or PNG when a pixel is not opaque. An alpha channel in which
///   every pixel is opaque is dropped.
/// - The orientation that a camera noted in EXIF is applied. No metadata is copied: a photo tells
///   where it was taken.
/// - **Colours** come out in sRGB, without a profile, as browsers show the original: converted from its
///   ICC profile (RGB, grey or CMYK, of any size up to [`ICC_PROFILE_BYTES_MAX`]), or from a PNG's
///   `cICP`, or `gAMA` and `cHRM`. A profile that is broken or not of the picture's channels counts as
///   none, and then a picture is sRGB; CMYK is then taken for plain ink on white.
///   High dynamic range (`cICP` with PQ or HLG) is cut at the white of paper; browsers tone it
///   otherwise, each in its way.
/// - A file without its end gives what is there, as browsers do: the rest is grey, or transparent in a
///   picture with transparency. There has to be a row of it. WebP has to be complete.
/// - A picture that fits already keeps its size and is written anew all the same.
/// - Memory: the decoded size, which is bounded by [`DECODED_BYTES_MAX`], and four bytes for each of
///   at most [`PIXELS_MAX`] pixels. A JPEG is decoded at the smallest scale that is twice the size
///   wanted, and takes far less.
///
/// # Errors
/// [`FitError`] says what is wrong with the input, in words for the person who uploaded it.
pub fn fit(bytes: &[u8]) -> Result<Fitted, FitError> {
    // Decoders are other people's code that reads hostile bytes.
    panic::catch_unwind(|| shrink(bytes).and_then(Shrunk::encode))
        .unwrap_or(Err(FitError::Undecodable))
}

/// A picture that fits, encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// How it is encoded.
    pub format: OutputFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it was made of.
    pub original: Original,
}

/// The picture that was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    /// How it is encoded, by its content.
    pub format: InputFormat,
    /// Width in pixels, as stored: a photo may lie on its side.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
}

/// The formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// JPEG, quality [`JPEG_QUALITY`].
    Jpeg,
    /// PNG.
    Png,
}

impl OutputFormat {
    /// The media type, as in the header `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The usual file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Whether a file name extension, without the dot and in upper or lower case, promises this
    /// format. `jpeg`, `jpe` and `jfif` are other names for `jpg`.
    #[must_use]
    pub fn has_extension(self, extension: &str) -> bool {
        let extensions: &[&str] = match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
        };
        extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    }
}

/// A picture that fits, not encoded yet.
pub(crate) struct Shrunk {
    pub(crate) image: DynamicImage,
    original: Original,
}

/// Everything but the encoding: so that the quality of the pixels can be measured.
pub(crate) fn shrink(bytes: &[u8]) -> Result<Shrunk, FitError> {
    if bytes.len() > INPUT_BYTES_MAX {
        return Err(FitError::TooManyBytes { bytes: bytes.len() as u64 });
    }
    let format = InputFormat::of(bytes)?;
    let mut decoded = decode(bytes, format)?;
    let original = Original { format, width: decoded.width, height: decoded.height };
    let (width, height) = stored_target(decoded.width, decoded.height, decoded.orientation);
    let (orientation, channels) = (decoded.orientation, decoded.channels);
    let space = mem::replace(&mut decoded.space, ColourSpace::Srgb);
    let mut image = to_srgb(resample(decoded, width, height)?, channels, &space);
    image.apply_orientation(orientation);
    Ok(Shrunk { image: without_idle_alpha(image), original })
}

impl Shrunk {
    fn encode(self) -> Result<Fitted, FitError> {
        let format = match self.original.format {
            InputFormat::Jpeg => OutputFormat::Jpeg,
            InputFormat::WebP if !self.image.color().has_alpha() => OutputFormat::Jpeg,
            InputFormat::WebP | InputFormat::Png | InputFormat::Gif => OutputFormat::Png,
        };
        let (width, height) = (self.image.width(), self.image.height());
        let mut bytes = Vec::new();
        // Without a profile, which is how sRGB is told.
        let written = match format {
            OutputFormat::Jpeg => {
                write(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY), &self.image)
            }
            OutputFormat::Png => {
                let encoder = PngEncoder::new_with_quality(
                    &mut bytes,
                    CompressionType::Default,
                    PngFilter::Adaptive,
                );
                write(encoder, &self.image)
            }
        };
        written.map_err(|error| FitError::Corrupt {
            format: self.original.format,
            reason: error.to_string(),
        })?;
        Ok(Fitted { bytes, format, width, height, original: self.original })
    }
}

fn write(encoder: impl ImageEncoder, image: &DynamicImage) -> image::ImageResult<()> {
    encoder.write_image(image.as_bytes(), image.width(), image.height(), image.color().into())
}

/// Lanczos3 over the part of the raster that the picture covers; colours are weighted by alpha, so
/// that what is invisible does not bleed into what is visible.
///
/// Always over four channels, and back: each type of pixel would compile the resampling loops once
/// more (hundreds of functions, half a minute), and a copy of the raster takes milliseconds.
fn resample(decoded: Decoded, width: u32, height: u32) -> Result<DynamicImage, FitError> {
    let color = decoded.image.color();
    let (raster_width, raster_height) = (decoded.image.width(), decoded.image.height());
    let raster = four_channels(decoded.image);
    let view = TypedImageRef::<U8x4>::from_buffer(raster_width, raster_height, &raster)
        .map_err(|_| FitError::Undecodable)?;
    let mut small = RgbaImage::new(width, height);
    let mut small_view = TypedImage::<U8x4>::from_buffer(width, height, &mut small)
        .map_err(|_| FitError::Undecodable)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(0.0, 0.0, decoded.covered_width, decoded.covered_height)
        .use_alpha(color.has_alpha() && decoded.channels == Channels::Light);
    Resizer::new()
        .resize_typed(&view, &mut small_view, &options)
        .map_err(|_| FitError::Undecodable)?;
    let small = DynamicImage::from(small);
    Ok(match color {
        _ if decoded.channels == Channels::OpaqueLight => small.into_rgb8().into(),
        ColorType::L8 => small.into_luma8().into(),
        ColorType::La8 => small.into_luma_alpha8().into(),
        ColorType::Rgb8 => small.into_rgb8().into(),
        _ => small,
    })
}

/// The raster in four channels. The `image` crate's own conversion goes through floating point: four
/// seconds for a grey picture of 50 megapixels. Whole pixels are written, because a byte or three at a time
/// take as long as the resampling.
fn four_channels(image: DynamicImage) -> Vec<u8> {
    match image {
        DynamicImage::ImageLuma8(grey) => {
            widened(grey.as_raw(), |&[grey]| [grey, grey, grey, u8::MAX])
        }
        DynamicImage::ImageLumaA8(grey) => {
            widened(grey.as_raw(), |&[grey, alpha]| [grey, grey, grey, alpha])
        }
        DynamicImage::ImageRgb8(colours) => {
            widened(colours.as_raw(), |&[red, green, blue]| [red, green, blue, u8::MAX])
        }
        other => other.into_rgba8().into_raw(),
    }
}

fn widened<const N: usize>(raster: &[u8], wide: impl Fn(&[u8; N]) -> [u8; 4]) -> Vec<u8> {
    let (pixels, _) = raster.as_chunks::<N>();
    let mut widened = vec![0; 4 * pixels.len()];
    for (to, from) in widened.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
        *to = wide(from);
    }
    widened
}

/// The same picture without its alpha channel, if every pixel is opaque.
fn without_idle_alpha(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel[3] == u8::MAX) => {
            DynamicImage::ImageRgba8(rgba).into_rgb8().into()
        }
        DynamicImage::ImageLumaA8(grey) if grey.pixels().all(|pixel| pixel[1] == u8::MAX) => {
            DynamicImage::ImageLumaA8(grey).into_luma8().into()
        }
        other => other,
    }
}
