//! The formats that are read.

use std::fmt;

use image::ImageFormat;

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
