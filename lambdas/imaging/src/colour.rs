//! Colours: from the space a picture is in to sRGB, which is what is published.
//!
//! Done after the picture was made smaller. Both orders resample numbers that are not linear light, so
//! neither is the truer one; but this one converts 53,600 pixels at most, not millions.

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    Layout, MatrixCoefficients, ToneReprCurve, TransferCharacteristics, TransformOptions,
    curve_from_gamma,
};

use crate::limits::{ICC_PROFILE_BYTES_MAX, ICC_TAGS_MAX};

/// What the numbers of a picture mean, by what its file says. Files that say nothing mean sRGB, which
/// is what browsers take them for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColourSpace {
    Srgb,
    /// An ICC profile, not looked at yet.
    Icc(Vec<u8>),
    /// A PNG's `gAMA`, with or without `cHRM`.
    Measured {
        /// The exponent that makes light of a number.
        gamma: f32,
        primaries: Option<Primaries>,
    },
    /// A PNG's `cICP`: numbers of ITU-T H.273.
    CodePoints {
        primaries: u8,
        transfer: u8,
    },
}

/// Where red, green, blue and white lie, as x and y of CIE 1931.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Primaries {
    pub(crate) white: (f32, f32),
    pub(crate) red: (f32, f32),
    pub(crate) green: (f32, f32),
    pub(crate) blue: (f32, f32),
}

impl Primaries {
    /// Three points on a line, or a white of no light, make none.
    fn make_colours(&self) -> bool {
        let across = (self.green.0 - self.red.0) * (self.blue.1 - self.red.1);
        let down = (self.blue.0 - self.red.0) * (self.green.1 - self.red.1);
        let light = [self.white, self.red, self.green, self.blue].iter().all(|(_, y)| *y > 0.0);
        (across - down).abs() > 1e-4 && light
    }
}

/// What the channels of a raster are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Light, and perhaps opacity: what the type of the image says.
    Light,
    /// Light in an image of the type RGBA, of which the last channel is always 255.
    OpaqueLight,
    /// Four channels of ink, in an image of the type RGBA: cyan, magenta, yellow, black. 255 is full.
    Ink,
}

/// The same picture in sRGB. Transparency is left as it is.
///
/// A profile that is broken, or that speaks of other channels than the picture has, is left out of
/// account as browsers do: the numbers are taken for sRGB, and ink for ink as it was before there were
/// profiles.
pub(crate) fn to_srgb(
    image: DynamicImage,
    channels: Channels,
    space: &ColourSpace,
) -> DynamicImage {
    if channels == Channels::Ink {
        let ink = image.into_rgba8();
        let (width, height) = ink.dimensions();
        let profile = space.profile().filter(|p| p.color_space == DataColorSpace::Cmyk);
        let light = profile.and_then(|profile| converted(&ink, Layout::Rgba, &profile));
        let light = light.unwrap_or_else(|| without_profile(&ink));
        return RgbImage::from_raw(width, height, light).unwrap_or_default().into();
    }
    let Some(profile) = space.profile() else { return image };
    let (source, layout) = match profile.color_space {
        DataColorSpace::Rgb => (image.to_rgb8().into_raw(), Layout::Rgb),
        DataColorSpace::Gray if !image.color().has_color() => {
            (image.to_luma8().into_raw(), Layout::Gray)
        }
        _ => return image,
    };
    match converted(&source, layout, &profile) {
        Some(rgb) => with_colours(image, rgb),
        None => image,
    }
}

/// The same picture with other colours; grey as long as they are.
fn with_colours(image: DynamicImage, rgb: Vec<u8>) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let alpha = image.color().has_alpha().then(|| image.to_rgba8());
    let alpha = alpha.iter().flat_map(|image| image.pixels().map(|pixel| pixel[3]));
    let is_grey = !image.color().has_color()
        && rgb.chunks_exact(3).all(|p| p[0].abs_diff(p[1]) <= 1 && p[1].abs_diff(p[2]) <= 1);
    match (is_grey, image.color().has_alpha()) {
        (false, false) => RgbImage::from_raw(width, height, rgb).map(DynamicImage::from),
        (false, true) => {
            let pixels = rgb.chunks_exact(3).zip(alpha);
            let pixels = pixels.flat_map(|(p, alpha)| [p[0], p[1], p[2], alpha]).collect();
            RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        (true, false) => {
            let pixels = rgb.chunks_exact(3).map(|p| p[1]).collect();
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        (true, true) => {
            let pixels = rgb.chunks_exact(3).zip(alpha);
            let pixels = pixels.flat_map(|(p, alpha)| [p[1], alpha]).collect();
            GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
    }
    .unwrap_or(image)
}

/// Red, green and blue in sRGB; `None` when the profile cannot be used.
fn converted(source: &[u8], layout: Layout, profile: &ColorProfile) -> Option<Vec<u8>> {
    let options = TransformOptions::default();
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options).ok()?;
    let mut rgb = vec![0; source.len() / layout.channels() * 3];
    transform.transform(source, &mut rgb).ok()?;
    Some(rgb)
}

/// Ink to light, without a colour profile: what is not absorbed by a colour, nor by the black.
fn without_profile(ink: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let product = u32::from(u8::MAX - ink) * u32::from(u8::MAX - black);
        ((product + 127) / 255) as u8
    };
    ink.chunks_exact(4)
        .flat_map(|p| [light(p[0], p[3]), light(p[1], p[3]), light(p[2], p[3])])
        .collect()
}

impl ColourSpace {
    /// `None` for sRGB, and for what cannot be understood.
    fn profile(&self) -> Option<ColorProfile> {
        match self {
            Self::Srgb => None,
            Self::Icc(bytes) => icc(bytes),
            Self::Measured { gamma, primaries } => measured(*gamma, *primaries),
            Self::CodePoints { primaries, transfer } => {
                let profile = ColorProfile::new_from_cicp(CicpProfile {
                    color_primaries: CicpColorPrimaries::try_from(*primaries).ok()?,
                    transfer_characteristics: TransferCharacteristics::try_from(*transfer).ok()?,
                    matrix_coefficients: MatrixCoefficients::Identity,
                    full_range: true,
                });
                profile.red_trc.is_some().then(|| on_a_common_screen(profile))
            }
        }
    }
}

/// High dynamic range, up to the white of a sheet of paper: what is brighter is as bright. A profile's
/// own curve would show the picture as dark as paper is beside a lamp.
fn on_a_common_screen(mut profile: ColorProfile) -> ColorProfile {
    /// Of diffuse white, in candela a square metre: ITU-R BT.2408.
    const WHITE: f64 = 203.0;
    const STEPS: u32 = 4095;
    let light: fn(f64) -> f64 = match profile.cicp.map(|points| points.transfer_characteristics) {
        Some(TransferCharacteristics::Smpte2084) => perceptual_quantizer,
        Some(TransferCharacteristics::Hlg) => hybrid_log_gamma,
        _ => return profile,
    };
    let step = |step| light(f64::from(step) / f64::from(STEPS)) / WHITE;
    let curve = (0..=STEPS).map(|at| (step(at).clamp(0.0, 1.0) * 65535.0).round() as u16).collect();
    let curve = Some(ToneReprCurve::Lut(curve));
    profile.cicp = None;
    profile.red_trc.clone_from(&curve);
    profile.green_trc.clone_from(&curve);
    profile.blue_trc = curve;
    profile
}

/// Candela a square metre by SMPTE ST 2084, up to 10,000.
fn perceptual_quantizer(value: f64) -> f64 {
    let power = value.powf(1.0 / 78.843_75);
    let base = (power - 0.835_937_5).max(0.0) / (18.851_562_5 - 18.687_5 * power);
    base.powf(1.0 / 0.159_301_757_812_5) * 10_000.0
}

/// Candela a square metre by ITU-R BT.2100, on a screen of 1,000.
fn hybrid_log_gamma(value: f64) -> f64 {
    let scene = if value <= 0.5 {
        value * value / 3.0
    } else {
        (((value - 0.559_910_73) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
    };
    scene.powf(1.2) * 1_000.0
}

fn icc(bytes: &[u8]) -> Option<ColorProfile> {
    const HEADER_BYTES: usize = 128;
    const TAG_BYTES: usize = 12;
    let tag_count = bytes.get(HEADER_BYTES..HEADER_BYTES + 4)?.try_into().ok()?;
    let tag_count = u32::from_be_bytes(tag_count) as usize;
    if bytes.len() > ICC_PROFILE_BYTES_MAX || tag_count > ICC_TAGS_MAX {
        return None;
    }
    // A tag that is there twice is read twice: megabytes each time.
    let tags = bytes.get(HEADER_BYTES + 4..)?.get(..tag_count * TAG_BYTES)?;
    let mut names: Vec<&[u8]> = tags.chunks_exact(TAG_BYTES).map(|tag| &tag[..4]).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    ColorProfile::new_from_slice(bytes).ok().map(on_a_common_screen)
}

fn measured(gamma: f32, primaries: Option<Primaries>) -> Option<ColorProfile> {
    let mut profile = ColorProfile::new_srgb();
    if let Some(Primaries { white, red, green, blue }) = primaries.filter(Primaries::make_colours) {
        let at = |(x, y)| Chromaticity::new(x, y);
        let primaries = ColorPrimaries { red: at(red), green: at(green), blue: at(blue) };
        profile.update_rgb_colorimetry(at(white).to_xyyb(), primaries);
    }
    profile.cicp = None;
    let curve = curve_from_gamma(gamma);
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    let matrix = profile.rgb_to_xyz_matrix();
    matrix.v.iter().flatten().all(|number| number.is_finite()).then_some(profile)
}
