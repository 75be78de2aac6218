//! A picture between decoding and encoding.

use image::{DynamicImage, metadata::Orientation};

use crate::{
    colour::{Channels, ColourSpace},
    error::FitError,
    limits::PIXELS_MAX,
};

/// A decoded picture: 8 bits a channel, as stored (orientation and colours are still to be applied).
pub(crate) struct Decoded {
    /// L8, La8, Rgb8 or Rgba8.
    pub(crate) image: DynamicImage,
    /// What the channels of `image` are.
    pub(crate) channels: Channels,
    /// What their numbers mean.
    pub(crate) space: ColourSpace,
    /// Width of the picture in pixels; `image` may be a smaller rendering of it.
    pub(crate) width: u32,
    /// Height of the picture in pixels.
    pub(crate) height: u32,
    /// How much of the width of `image` the picture covers: a scaled JPEG ends within a pixel.
    pub(crate) covered_width: f64,
    /// How much of the height of `image` the picture covers.
    pub(crate) covered_height: f64,
    pub(crate) orientation: Orientation,
}

impl Decoded {
    /// A picture of which every pixel was decoded, stored upright.
    pub(crate) fn whole(image: DynamicImage, space: ColourSpace) -> Self {
        let (width, height) = (image.width(), image.height());
        Self {
            image,
            channels: Channels::Light,
            space,
            width,
            height,
            covered_width: f64::from(width),
            covered_height: f64::from(height),
            orientation: Orientation::NoTransforms,
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
