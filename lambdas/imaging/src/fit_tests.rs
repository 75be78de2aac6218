//! What people rely on when they upload a picture, whatever it is.

use anyhow::{Context, Result};
use image::{DynamicImage, GrayImage, Luma, RgbImage, imageops, metadata::Orientation};
use moxcms::ColorProfile;
use proptest::prelude::*;

use crate::{
    InputFormat,
    fit::{self, BOX_HEIGHT_PX, BOX_WIDTH_PX, FitError, Fitted, PIXELS_MAX, fit},
    target::stored_target,
    test_pictures::{
        Process, encoded, flat_jpeg, grey_with_alpha, ink_profile, jpeg_with_profile, letters,
        photo, png_that_claims, png_with, quarters, quarters_with_a_hole, sixteen_bits,
        with_profile,
    },
};

const UPRIGHT: Orientation = Orientation::NoTransforms;
const FORMATS: [InputFormat; 4] =
    [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP, InputFormat::Gif];

fn decoded(fitted: &Fitted) -> Result<DynamicImage> {
    let format = match fitted.format {
        fit::OutputFormat::Jpeg => image::ImageFormat::Jpeg,
        fit::OutputFormat::Png => image::ImageFormat::Png,
    };
    image::load_from_memory_with_format(&fitted.bytes, format).context("the output is a picture")
}

/// What came out, on a line: format, size, colour type, what is seen.
fn outcome(bytes: &[u8]) -> Result<String> {
    Ok(match fit(bytes) {
        Err(error) => error.to_string(),
        Ok(fitted) => {
            let image = decoded(&fitted)?;
            anyhow::ensure!((image.width(), image.height()) == (fitted.width, fitted.height));
            format!(
                "{:?} {}x{} {:?} {}",
                fitted.format,
                fitted.width,
                fitted.height,
                image.color(),
                letters(&image),
            )
        }
    })
}

/// Every orientation a camera may note comes out upright, at the size of the upright picture.
/// GIF has no room for an orientation.
#[test]
fn a_photo_taken_at_any_angle_comes_out_upright() -> Result<()> {
    let mut table = String::new();
    for format in FORMATS {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).context("1 to 8")?;
            let bytes = encoded(&quarters(400, 320).into(), format, orientation)?;
            table += &format!("{format} {exif}: {}\n", outcome(&bytes)?);
        }
    }
    insta::assert_snapshot!(table, @"
    JPEG 1: Jpeg 250x200 Rgb8 RG/BW
    JPEG 2: Jpeg 250x200 Rgb8 GR/WB
    JPEG 3: Jpeg 250x200 Rgb8 WB/GR
    JPEG 4: Jpeg 250x200 Rgb8 BW/RG
    JPEG 5: Jpeg 160x200 Rgb8 RB/GW
    JPEG 6: Jpeg 160x200 Rgb8 BR/WG
    JPEG 7: Jpeg 160x200 Rgb8 WG/BR
    JPEG 8: Jpeg 160x200 Rgb8 GW/RB
    PNG 1: Png 250x200 Rgb8 RG/BW
    PNG 2: Png 250x200 Rgb8 GR/WB
    PNG 3: Png 250x200 Rgb8 WB/GR
    PNG 4: Png 250x200 Rgb8 BW/RG
    PNG 5: Png 160x200 Rgb8 RB/GW
    PNG 6: Png 160x200 Rgb8 BR/WG
    PNG 7: Png 160x200 Rgb8 WG/BR
    PNG 8: Png 160x200 Rgb8 GW/RB
    WebP 1: Jpeg 250x200 Rgb8 RG/BW
    WebP 2: Jpeg 250x200 Rgb8 GR/WB
    WebP 3: Jpeg 250x200 Rgb8 WB/GR
    WebP 4: Jpeg 250x200 Rgb8 BW/RG
    WebP 5: Jpeg 160x200 Rgb8 RB/GW
    WebP 6: Jpeg 160x200 Rgb8 BR/WG
    WebP 7: Jpeg 160x200 Rgb8 WG/BR
    WebP 8: Jpeg 160x200 Rgb8 GW/RB
    GIF 1: Png 250x200 Rgb8 RG/BW
    GIF 2: Png 250x200 Rgb8 RG/BW
    GIF 3: Png 250x200 Rgb8 RG/BW
    GIF 4: Png 250x200 Rgb8 RG/BW
    GIF 5: Png 250x200 Rgb8 RG/BW
    GIF 6: Png 250x200 Rgb8 RG/BW
    GIF 7: Png 250x200 Rgb8 RG/BW
    GIF 8: Png 250x200 Rgb8 RG/BW
    ");
    Ok(())
}

/// Transparency survives where there is some; an alpha channel without use does not.
#[test]
fn formats_and_transparency() -> Result<()> {
    let hole: DynamicImage = quarters_with_a_hole(400, 320).into();
    let opaque: DynamicImage = DynamicImage::from(quarters(400, 320)).into_rgba8().into();
    let grey: DynamicImage = GrayImage::from_pixel(400, 320, Luma([255])).into();
    let mut table = String::new();
    for (name, image, formats) in [
        ("with a hole", &hole, &FORMATS[1..]),
        ("alpha without use", &opaque, &FORMATS[1..]),
        ("grey", &grey, &FORMATS[..2]),
        ("grey with alpha", &grey_with_alpha(400, 320), &FORMATS[1..2]),
        ("16 bits", &sixteen_bits(400, 320), &FORMATS[1..2]),
    ] {
        for &format in formats {
            let bytes = encoded(image, format, UPRIGHT)?;
            table += &format!("{format} {name}: {}\n", outcome(&bytes)?);
        }
    }
    // White and pure cyan, as a print shop's JPEG stores them: inverted.
    table += &format!("CMYK paper: {}\n", outcome(&flat_jpeg(&[127; 4], Process::Baseline, 1))?);
    table += &format!(
        "CMYK red: {}\n",
        outcome(&flat_jpeg(&[127, -127, -127, 127], Process::Baseline, 1))?
    );
    table +=
        &format!("progressive: {}\n", outcome(&flat_jpeg(&[127; 3], Process::Progressive, 1))?);
    insta::assert_snapshot!(table, @"
    PNG with a hole: Png 250x200 Rgba8 RG/B.
    WebP with a hole: Png 250x200 Rgba8 RG/B.
    GIF with a hole: Png 250x200 Rgba8 RG/B.
    PNG alpha without use: Png 250x200 Rgb8 RG/BW
    WebP alpha without use: Jpeg 250x200 Rgb8 RG/BW
    GIF alpha without use: Png 250x200 Rgb8 RG/BW
    JPEG grey: Jpeg 250x200 L8 WW/WW
    PNG grey: Png 250x200 L8 WW/WW
    PNG grey with alpha: Png 250x200 La8 ??/??
    PNG 16 bits: Png 250x200 Rgb8 BB/BB
    CMYK paper: Jpeg 8x8 Rgb8 WW/WW
    CMYK red: Jpeg 8x8 Rgb8 RR/RR
    progressive: Jpeg 8x8 Rgb8 WW/WW
    ");
    Ok(())
}

/// How files start that are pictures, but not of a kind that is read.
const FOREIGN: [(&str, &[u8]); 23] = [
    ("iPhone", b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHEMiPrmiaftmap"),
    ("iPhone, in other words", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"),
    ("iPhone, in a burst", b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc"),
    ("some HEIF", b"\0\0\0\x14ftypmif1\0\0\0\0miaf"),
    ("AVIF", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
    ("AVIF, in other words", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"),
    ("animated AVIF", b"\0\0\0\x14ftypavis\0\0\0\0avis"),
    ("MP4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    ("MOV", b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
    ("CR3", b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"),
    ("CR2", b"II*\0\x10\0\0\0CR\x02\0"),
    ("RAF", b"FUJIFILMCCD-RAW 0201"),
    ("TIFF", b"II*\0\x08\0\0\0"),
    ("TIFF, big-endian", b"MM\0*\0\0\0\x08"),
    ("BMP", b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0"),
    ("JXL", b"\xFF\x0A\xFA\x1F"),
    ("JXL in boxes", b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a"),
    ("JP2", b"\0\0\0\x0cjP  \x0d\x0a\x87\x0a"),
    ("J2K", b"\xFF\x4F\xFF\x51\0"),
    ("PSD", b"8BPS\0\x01"),
    ("ICO", b"\0\0\x01\0\x01\0\x20\x20"),
    ("PDF", b"%PDF-1.7\n"),
    ("SVGZ", b"\x1F\x8B\x08\0"),
];

/// A name and a content type are claims; the content decides, and what is refused is told clearly.
#[test]
fn what_is_refused_and_why() -> Result<()> {
    let jpeg = encoded(&photo(600, 400).into(), InputFormat::Jpeg, UPRIGHT)?;
    let mut table = String::new();
    let mut tell = |name: &str, bytes: &[u8]| {
        let told = match fit(bytes) {
            Ok(fitted) => format!("accepted as {:?}", fitted.format),
            Err(error) => error.to_string(),
        };
        table += &format!("{name}: {told}\n");
    };
    tell("empty", b"");
    tell("text", "Grüße vom Fotografen\n".as_bytes());
    tell("html", b"\xEF\xBB\xBF\n<!DOCTYPE html><html><body>404</body></html>");
    tell("svg", b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    tell("svg with a comment", b"<!-- made by hand -->\n<svg/>");
    for (name, bytes) in FOREIGN {
        tell(name, bytes);
    }
    tell("noise", &[7, 0, 255, 19, 3]);
    tell("first byte of a JPEG", &[0xFF]);
    tell("start of a JPEG", &jpeg[..2]);
    tell("JPEG cut in its header", &jpeg[..300]);
    tell("half a JPEG", &jpeg[..jpeg.len() / 2]);
    tell("JPEG without its last byte", &jpeg[..jpeg.len() - 1]);
    tell("JPEG without picture data", &[0xFF, 0xD8, 0xFF, 0xD9]);
    tell("JPEG and a film after it", &[&jpeg[..], b"....ftypmp42"].concat());
    for format in &FORMATS[1..] {
        let bytes = encoded(&photo(600, 400).into(), *format, UPRIGHT)?;
        tell(&format!("half a {format}"), &bytes[..bytes.len() / 2]);
        tell(&format!("signature of a {format}"), &bytes[..12]);
    }
    let mut png = encoded(&photo(600, 400).into(), InputFormat::Png, UPRIGHT)?;
    let middle = png.len() / 2;
    png[middle] ^= 0x55;
    tell("PNG with a wrong byte", &png);
    tell("PNG bomb", &png_that_claims(50_000, 50_000));
    tell("PNG of no width", &png_that_claims(0, 10));
    tell("GIF bomb", b"GIF89a\xFF\xFF\xFF\xFF\0\0\0;");
    let mut bomb = encoded(&photo(16, 16).into(), InputFormat::Jpeg, UPRIGHT)?;
    let frame = bomb.windows(2).position(|w| w == [0xFF, 0xC0]).context("a frame header")?;
    bomb[frame + 5..frame + 9].fill(0xFF);
    tell("JPEG bomb", &bomb);
    tell("progressive bomb", &flat_jpeg(&[1; 3], Process::Progressive, 1000));
    let webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x0f\0\0\x0f\0\0EXIF\xff\xff\xff\xff";
    tell("WebP whose chunk claims 4 GiB", webp);
    tell("WebP bomb", b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0");
    tell("64 MiB and a byte", &vec![0xFF; fit::INPUT_BYTES_MAX + 1]);
    insta::assert_snapshot!(table, @"
    empty: the file is empty
    text: the file is text, not a picture
    html: the file is an HTML page, not a picture
    svg: the file is in the format SVG, which is not read: save the picture as JPEG, PNG, WebP or GIF
    svg with a comment: the file is in the format SVG, which is not read: save the picture as JPEG, PNG, WebP or GIF
    iPhone: the file is in the format HEIC, which is not read: save the picture as JPEG, PNG, WebP or GIF
    iPhone, in other words: the file is in the format HEIC, which is not read: save the picture as JPEG, PNG, WebP or GIF
    iPhone, in a burst: the file is in the format HEIC, which is not read: save the picture as JPEG, PNG, WebP or GIF
    some HEIF: the file is in the format HEIF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    AVIF: the file is in the format AVIF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    AVIF, in other words: the file is in the format AVIF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    animated AVIF: the file is in the format AVIF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    MP4: the file is in the format MP4, which is not read: save the picture as JPEG, PNG, WebP or GIF
    MOV: the file is in the format QuickTime, which is not read: save the picture as JPEG, PNG, WebP or GIF
    CR3: the file is in the format camera RAW, which is not read: save the picture as JPEG, PNG, WebP or GIF
    CR2: the file is in the format camera RAW, which is not read: save the picture as JPEG, PNG, WebP or GIF
    RAF: the file is in the format camera RAW, which is not read: save the picture as JPEG, PNG, WebP or GIF
    TIFF: the file is in the format TIFF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    TIFF, big-endian: the file is in the format TIFF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    BMP: the file is in the format BMP, which is not read: save the picture as JPEG, PNG, WebP or GIF
    JXL: the file is in the format JPEG XL, which is not read: save the picture as JPEG, PNG, WebP or GIF
    JXL in boxes: the file is in the format JPEG XL, which is not read: save the picture as JPEG, PNG, WebP or GIF
    JP2: the file is in the format JPEG 2000, which is not read: save the picture as JPEG, PNG, WebP or GIF
    J2K: the file is in the format JPEG 2000, which is not read: save the picture as JPEG, PNG, WebP or GIF
    PSD: the file is in the format Photoshop, which is not read: save the picture as JPEG, PNG, WebP or GIF
    ICO: the file is in the format ICO, which is not read: save the picture as JPEG, PNG, WebP or GIF
    PDF: the file is in the format PDF, which is not read: save the picture as JPEG, PNG, WebP or GIF
    SVGZ: the file is in the format gzip, which is not read: save the picture as JPEG, PNG, WebP or GIF
    noise: the file is not a picture in JPEG, PNG, WebP or GIF
    first byte of a JPEG: the file is not a picture in JPEG, PNG, WebP or GIF
    start of a JPEG: the JPEG file is cut off: its end is missing
    JPEG cut in its header: the JPEG file is cut off: its end is missing
    half a JPEG: accepted as Jpeg
    JPEG without its last byte: accepted as Jpeg
    JPEG without picture data: the JPEG file is damaged: it has no frame header
    JPEG and a film after it: accepted as Jpeg
    half a PNG: accepted as Png
    signature of a PNG: the PNG file is cut off: its end is missing
    half a WebP: the WebP file is cut off: its end is missing
    signature of a WebP: the WebP file is cut off: its end is missing
    half a GIF: accepted as Png
    signature of a GIF: the GIF file is cut off: its end is missing
    PNG with a wrong byte: the PNG file is damaged: Unknown filter method 28.
    PNG bomb: the picture claims 50000x50000 pixels; at most 100000000 in all are accepted
    PNG of no width: the PNG file is damaged: Invalid image dimensions
    GIF bomb: the picture claims 65535x65535 pixels; at most 100000000 in all are accepted
    JPEG bomb: the picture claims 65535x65535 pixels; at most 100000000 in all are accepted
    progressive bomb: the JPEG has 1000 scans, too many for its size
    WebP whose chunk claims 4 GiB: the WebP file is cut off: its end is missing
    WebP bomb: the WebP file is damaged: Format error decoding WebP: Inconsistent image sizes
    64 MiB and a byte: the file has 67108865 bytes; at most 67108864 are accepted
    ");
    Ok(())
}

/// A small picture keeps its size to the pixel; it is written anew all the same, so that nothing
/// hidden in the file is published.
#[test]
fn small_pictures_are_not_enlarged() -> Result<()> {
    let mut table = String::new();
    for (width, height) in
        [(1, 1), (10, 7), (268, 200), (200, 268), (269, 200), (268, 201), (267, 1)]
    {
        for format in [InputFormat::Jpeg, InputFormat::Png] {
            let bytes = encoded(&photo(width, height).into(), format, UPRIGHT)?;
            let fitted = fit(&bytes)?;
            table += &format!("{format} {width}x{height}: {}x{}\n", fitted.width, fitted.height);
        }
    }
    insta::assert_snapshot!(table, @"
    JPEG 1x1: 1x1
    PNG 1x1: 1x1
    JPEG 10x7: 10x7
    PNG 10x7: 10x7
    JPEG 268x200: 268x200
    PNG 268x200: 268x200
    JPEG 200x268: 149x200
    PNG 200x268: 149x200
    JPEG 269x200: 268x199
    PNG 269x200: 268x199
    JPEG 268x201: 267x200
    PNG 268x201: 267x200
    JPEG 267x1: 267x1
    PNG 267x1: 267x1
    ");
    Ok(())
}

/// The orientation, the place and whatever else a camera notes are not published.
#[test]
fn metadata_is_left_out() -> Result<()> {
    for format in [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP] {
        let bytes = encoded(&quarters(300, 300).into(), format, Orientation::Rotate90)?;
        let small = fit(&bytes)?.bytes;
        for mark in [&b"Exif"[..], b"eXIf", b"MM\0*"] {
            assert!(!small.windows(4).any(|window| window == mark), "{format}");
        }
    }
    Ok(())
}

/// The pixels are those of a full decode and a full Lanczos3 resampling, up to what an eye cannot
/// see: 55 dB is an average error of less than half a step of 255.
#[test]
fn the_quality_is_that_of_a_full_resampling() -> Result<()> {
    let mut table = String::new();
    for (width, height) in [(640, 480), (1200, 801), (1999, 3001), (4000, 3000)] {
        let bytes = encoded(&photo(width, height).into(), InputFormat::Jpeg, UPRIGHT)?;
        let ours = fit::shrink(&bytes)?.image.into_rgb8();
        let full = image::load_from_memory(&bytes)?.into_rgb8();
        let (w, h) = ours.dimensions();
        let reference = imageops::resize(&full, w, h, imageops::FilterType::Lanczos3);
        let psnr = psnr_db(&ours, &reference);
        table += &format!("{width}x{height} -> {w}x{h}\n");
        assert!(psnr >= 55.0, "{width}x{height}: {psnr:.1} dB");
    }
    insta::assert_snapshot!(table, @"
    640x480 -> 267x200
    1200x801 -> 268x179
    1999x3001 -> 133x200
    4000x3000 -> 267x200
    ");
    Ok(())
}

fn psnr_db(a: &RgbImage, b: &RgbImage) -> f64 {
    let squares: f64 =
        a.iter().zip(b.iter()).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (255.0_f64.powi(2) / (squares / a.len() as f64)).log10()
}

/// The limit itself is accepted, one more is not: nothing is decoded to find out.
#[test]
fn the_limit_of_pixels_is_exact() {
    let refused = |width, height| fit(&png_that_claims(width, height)).err();
    assert!(!matches!(refused(10_000, 10_000), Some(FitError::TooManyPixels { .. })));
    assert_eq!(u64::from(10_000_u32).pow(2), PIXELS_MAX);
    assert_eq!(
        refused(10_000, 10_001),
        Some(FitError::TooManyPixels { width: 10_000, height: 10_001 })
    );
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![
        flat_jpeg(&[5, -60, 100, 0], Process::Baseline, 1),
        flat_jpeg(&[5, -60, 100], Process::Progressive, 2),
        jpeg_with_profile(&flat_jpeg(&[9; 4], Process::Baseline, 1), &ink_profile(), |_| {}),
    ];
    for format in FORMATS {
        let image: DynamicImage = match format {
            InputFormat::Jpeg => photo(40, 30).into(),
            _ => quarters_with_a_hole(40, 30).into(),
        };
        samples.extend(encoded(&image, format, Orientation::Rotate90).ok());
        if let (Ok(plain), Ok(profile)) =
            (encoded(&image, format, UPRIGHT), ColorProfile::new_display_p3().encode())
        {
            samples.push(with_profile(&plain, format, &profile));
            if format == InputFormat::Png {
                samples.push(png_with(&plain, b"gAMA", &100_000_u32.to_be_bytes()));
                samples.push(png_with(&plain, b"cICP", &[9, 16, 0, 1]));
            }
        }
    }
    samples
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is uploaded: a picture that fits, or a reason. Never a panic, not even one that was
    /// caught.
    #[test]
    fn damaged_pictures_never_panic(
        sample in prop::sample::select(samples()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample;
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(fitted) = fit(&bytes) {
            prop_assert!(fitted.width <= BOX_WIDTH_PX && fitted.height <= BOX_HEIGHT_PX);
            prop_assert!(decoded(&fitted).is_ok());
        }
    }

    /// A profile may say anything of the colours; the picture is there all the same.
    #[test]
    fn damaged_profiles_never_panic(
        of_ink in any::<bool>(),
        damage in prop::collection::vec((0_usize..700, any::<u8>()), 0..8),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (channels, mut profile) = if of_ink {
            (4, ink_profile())
        } else {
            (3, ColorProfile::new_display_p3().encode().unwrap_or_default())
        };
        for (at, value) in damage {
            if let Some(byte) = profile.get_mut(at) {
                *byte = value;
            }
        }
        if let Some(cut) = cut {
            profile.truncate(cut.index(profile.len()));
        }
        let jpeg = flat_jpeg(&[20; 4][..channels], Process::Baseline, 1);
        let fitted = fit(&jpeg_with_profile(&jpeg, &profile, |_| {}));
        prop_assert!(fitted.is_ok(), "{:?}", fitted.err());
    }

    /// The same for bytes that only start like a picture.
    #[test]
    fn noise_never_panics(
        start in prop::sample::select(samples()),
        kept in 0_usize..40,
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [&start[..kept.min(start.len())], &noise].concat();
        if let Ok(fitted) = fit(&bytes) {
            prop_assert!(decoded(&fitted).is_ok());
        }
    }

    /// Any size: within the box, never larger than the original, one side exact, the other within
    /// half a pixel of the proportions, and never without a pixel.
    #[test]
    fn proportions_are_kept(width in 1_u32..70_000, height in 1_u32..70_000) {
        let (w, h) = stored_target(width, height, UPRIGHT);
        prop_assert!(1 <= w && w <= BOX_WIDTH_PX.min(width));
        prop_assert!(1 <= h && h <= BOX_HEIGHT_PX.min(height));
        prop_assert!((w, h) == (width, height) || w == BOX_WIDTH_PX || h == BOX_HEIGHT_PX);
        let scale = f64::min(
            1.0,
            f64::min(
                f64::from(BOX_WIDTH_PX) / f64::from(width),
                f64::from(BOX_HEIGHT_PX) / f64::from(height),
            ),
        );
        let within = |got: u32, exact: f64| (f64::from(got) - exact).abs() <= 0.5001 || got == 1;
        prop_assert!(within(w, f64::from(width) * scale) && within(h, f64::from(height) * scale));
    }
}
