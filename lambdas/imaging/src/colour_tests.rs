//! Colours are those that a browser shows for the original. Beside Chromium, a chart of colours in the
//! same profiles and chunks came out within 3 of 255. It differs in two: high dynamic range it tones
//! otherwise, and the black of a printer's profile it shows lighter than this and LittleCMS do.

use anyhow::{Context, Result};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage, metadata::Orientation};
use moxcms::ColorProfile;

use crate::{
    InputFormat,
    fit::{FitError, Fitted, fit},
    limits::ICC_PROFILE_BYTES_MAX,
    test_pictures::{
        Process, encoded, flat_jpeg, ink_profile, jpeg_with_profile, named_and_packed, photo,
        png_with, profile_of, with_profile,
    },
};

const ORANGE: [u8; 3] = [200, 120, 60];

fn plain(colour: [u8; 3], format: InputFormat) -> Result<Vec<u8>> {
    let image = RgbImage::from_pixel(64, 48, Rgb(colour));
    encoded(&image.into(), format, Orientation::NoTransforms)
}

/// The colour in the middle of what comes out, or the reason why nothing does.
fn seen(bytes: &[u8]) -> Result<String> {
    let fitted = match fit(bytes) {
        Ok(fitted) => fitted,
        Err(error) => return Ok(error.to_string()),
    };
    check_that_only_the_picture_is_there(&fitted)?;
    let image = image::load_from_memory(&fitted.bytes)?;
    let pixel = image.to_rgba8().get_pixel(image.width() / 2, image.height() / 2).0;
    Ok(format!("{pixel:?} {:?}", image.color()))
}

/// No profile, no place, no comment: nothing but what it takes to show the picture.
fn check_that_only_the_picture_is_there(fitted: &Fitted) -> Result<()> {
    let bytes = &fitted.bytes;
    let mut parts = Vec::new();
    if bytes.starts_with(b"\x89PNG") {
        let mut at = 8;
        while let Some(header) = bytes.get(at..at + 8) {
            let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
            parts.push(String::from_utf8_lossy(&header[4..]).into_owned());
            at += length as usize + 12;
        }
        parts.retain(|name| !matches!(name.as_str(), "IHDR" | "IDAT" | "IEND"));
    } else {
        let mut at = 2;
        while bytes.get(at + 1).is_some_and(|&marker| marker != 0xDA) {
            parts.push(format!("{:X}", bytes[at + 1]));
            at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        }
        // JFIF's header, tables of two kinds, the frame.
        parts.retain(|marker| !matches!(marker.as_str(), "E0" | "DB" | "C4" | "C0"));
    }
    anyhow::ensure!(parts.is_empty(), "{parts:?}");
    Ok(())
}

/// A photo of a phone or of a camera is in a wider space than sRGB; it looks the same without its
/// profile, however large that is, and the profile is gone.
#[test]
fn a_picture_with_a_profile_looks_the_same_without_it() -> Result<()> {
    let mut swapped = ColorProfile::new_srgb();
    std::mem::swap(&mut swapped.red_colorant, &mut swapped.green_colorant);
    let mut large = ColorProfile::new_adobe_rgb().encode()?;
    large.resize(200_000, 0); // what nothing points at is not looked at
    let profiles = [
        ("sRGB", ColorProfile::new_srgb().encode()?),
        ("Display P3", ColorProfile::new_display_p3().encode()?),
        ("Adobe RGB", ColorProfile::new_adobe_rgb().encode()?),
        ("ProPhoto", ColorProfile::new_pro_photo_rgb().encode()?),
        ("swapped", swapped.encode()?),
        ("Adobe RGB of 200 kB", large),
    ];
    let mut table = String::new();
    for (name, profile) in &profiles {
        for format in [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP] {
            let picture = with_profile(&plain(ORANGE, format)?, format, profile);
            table += &format!("{name}, {format}: {}\n", seen(&picture)?);
        }
    }
    insta::assert_snapshot!(table, @"
    sRGB, JPEG: [200, 120, 61, 255] Rgb8
    sRGB, PNG: [200, 120, 60, 255] Rgb8
    sRGB, WebP: [200, 120, 61, 255] Rgb8
    Display P3, JPEG: [213, 115, 44, 255] Rgb8
    Display P3, PNG: [213, 115, 43, 255] Rgb8
    Display P3, WebP: [213, 115, 42, 255] Rgb8
    Adobe RGB, JPEG: [224, 121, 54, 255] Rgb8
    Adobe RGB, PNG: [224, 121, 53, 255] Rgb8
    Adobe RGB, WebP: [224, 121, 54, 255] Rgb8
    ProPhoto, JPEG: [255, 114, 60, 255] Rgb8
    ProPhoto, PNG: [255, 114, 57, 255] Rgb8
    ProPhoto, WebP: [255, 114, 58, 255] Rgb8
    swapped, JPEG: [119, 200, 61, 255] Rgb8
    swapped, PNG: [120, 200, 60, 255] Rgb8
    swapped, WebP: [119, 200, 59, 255] Rgb8
    Adobe RGB of 200 kB, JPEG: [224, 121, 54, 255] Rgb8
    Adobe RGB of 200 kB, PNG: [224, 121, 53, 255] Rgb8
    Adobe RGB of 200 kB, WebP: [224, 121, 54, 255] Rgb8
    ");
    Ok(())
}

/// A JPEG holds a large profile in parts, which come in any order. One part short of it, it is none.
#[test]
fn the_parts_of_a_profile_come_in_any_order() -> Result<()> {
    let mut profile = ColorProfile::new_adobe_rgb().encode()?;
    profile.resize(200_000, 0);
    let plain = plain(ORANGE, InputFormat::Jpeg)?;
    let mut table = String::new();
    let mut tell = |name: &str, arrange: fn(&mut Vec<Vec<u8>>)| -> Result<()> {
        let seen = seen(&jpeg_with_profile(&plain, &profile, arrange))?;
        table += &format!("{name}: {seen}\n");
        Ok(())
    };
    tell("in order", |_| {})?;
    tell("backwards", |parts| parts.reverse())?;
    tell("one missing", |parts| drop(parts.pop()))?;
    tell("one twice", |parts| parts.push(parts[0].clone()))?;
    insta::assert_snapshot!(table, @"
    in order: [224, 121, 54, 255] Rgb8
    backwards: [224, 121, 54, 255] Rgb8
    one missing: [200, 120, 61, 255] Rgb8
    one twice: [200, 120, 61, 255] Rgb8
    ");
    Ok(())
}

/// A thumbnail does not weigh more for its profile.
#[test]
fn a_profile_adds_nothing_to_the_size() -> Result<()> {
    let jpeg = encoded(&photo(800, 600).into(), InputFormat::Jpeg, Orientation::NoTransforms)?;
    let mut profile = ColorProfile::new_srgb().encode()?;
    profile.resize(62_000, 0);
    let (with, without) = (fit(&with_profile(&jpeg, InputFormat::Jpeg, &profile))?, fit(&jpeg)?);
    let difference = with.bytes.len().abs_diff(without.bytes.len());
    assert!(difference < 500, "{difference} bytes");
    Ok(())
}

/// A chunk of a PNG: its name and its content.
type Chunk = (&'static [u8; 4], Vec<u8>);

/// What PNG can say without a profile, and what counts when it says more than one thing.
#[test]
fn what_a_png_says_of_its_colours() -> Result<()> {
    let gamma = |gamma: u32| gamma.to_be_bytes().to_vec();
    let adobe = [31_270_u32, 32_900, 64_000, 33_000, 21_000, 71_000, 15_000, 6_000];
    let primaries: Vec<u8> = adobe.iter().flat_map(|number| number.to_be_bytes()).collect();
    let profile = named_and_packed(&ColorProfile::new_adobe_rgb().encode()?);
    let on_a_line = [30_000_u32; 8].iter().flat_map(|number| number.to_be_bytes()).collect();
    let plain = plain(ORANGE, InputFormat::Png)?;
    let mut table = String::new();
    let cases: [(&str, Vec<Chunk>); 12] = [
        ("nothing", vec![]),
        ("sRGB, by its gamma", vec![(b"gAMA", gamma(45_455))]),
        ("linear light", vec![(b"gAMA", gamma(100_000))]),
        ("no gamma", vec![(b"gAMA", gamma(0))]),
        ("Adobe RGB", vec![(b"gAMA", gamma(45_455)), (b"cHRM", primaries.clone())]),
        ("primaries alone", vec![(b"cHRM", primaries)]),
        ("primaries on a line", vec![(b"gAMA", gamma(45_455)), (b"cHRM", on_a_line)]),
        ("sRGB, and linear light", vec![(b"gAMA", gamma(100_000)), (b"sRGB", vec![0])]),
        ("a profile, and sRGB", vec![(b"iCCP", profile.clone()), (b"sRGB", vec![0])]),
        ("Display P3 by number", vec![(b"cICP", vec![12, 13, 0, 1])]),
        ("sRGB by number, and a profile", vec![(b"cICP", vec![1, 13, 0, 1]), (b"iCCP", profile)]),
        ("no such number", vec![(b"cICP", vec![200, 99, 0, 1])]),
    ];
    for (name, chunks) in cases {
        let picture = chunks
            .iter()
            .rfold(plain.clone(), |png, (name, content)| png_with(&png, name, content));
        table += &format!("{name}: {}\n", seen(&picture)?);
    }
    // High dynamic range: the white of paper is white, not the grey that it is beside a lamp.
    let white = self::plain([148; 3], InputFormat::Png)?;
    table += &format!("PQ: {}\n", seen(&png_with(&white, b"cICP", &[9, 16, 0, 1]))?);
    let white = self::plain([191; 3], InputFormat::Png)?;
    table += &format!("HLG: {}\n", seen(&png_with(&white, b"cICP", &[9, 18, 0, 1]))?);
    insta::assert_snapshot!(table, @"
    nothing: [200, 120, 60, 255] Rgb8
    sRGB, by its gamma: [200, 120, 60, 255] Rgb8
    linear light: [229, 182, 133, 255] Rgb8
    no gamma: [200, 120, 60, 255] Rgb8
    Adobe RGB: [224, 121, 53, 255] Rgb8
    primaries alone: [200, 120, 60, 255] Rgb8
    primaries on a line: [201, 121, 57, 255] Rgb8
    sRGB, and linear light: [200, 120, 60, 255] Rgb8
    a profile, and sRGB: [224, 121, 53, 255] Rgb8
    Display P3 by number: [213, 115, 42, 255] Rgb8
    sRGB by number, and a profile: [200, 120, 60, 255] Rgb8
    no such number: [200, 120, 60, 255] Rgb8
    PQ: [255, 255, 255, 255] Rgb8
    HLG: [254, 254, 254, 255] Rgb8
    ");
    Ok(())
}

/// Ink is what its profile says it is, in both ways that JPEG stores it; without one, it is cyan,
/// magenta, yellow and black on white.
#[test]
fn ink_on_paper() -> Result<()> {
    let profile = ink_profile();
    let rgb_profile = ColorProfile::new_adobe_rgb().encode()?;
    // Stored inverted: no ink is 255, which is 127 above the middle.
    let paper = flat_jpeg(&[127; 4], Process::Baseline, 1);
    let cyan = flat_jpeg(&[-127, 127, 127, 127], Process::Baseline, 1);
    // Magenta and yellow as brightness and two differences, and Adobe's word for that.
    let mut red = flat_jpeg(&[51, 43, -127, 127], Process::Baseline, 1);
    let adobe = red.windows(5).position(|window| window == b"Adobe").context("the marker")?;
    red[adobe + 11] = 2;
    let mut table = String::new();
    for (name, jpeg) in [("paper", &paper), ("cyan", &cyan), ("red", &red)] {
        let cut_off = &jpeg[..jpeg.len() - 2];
        for (how, jpeg) in [("", &jpeg[..]), (" cut off", cut_off)] {
            let with = |profile: &[u8]| seen(&jpeg_with_profile(jpeg, profile, |_| {}));
            table += &format!("{name}{how}: {}\n", seen(jpeg)?);
            table += &format!("{name}{how}, profile: {}\n", with(&profile)?);
            table += &format!("{name}{how}, profile of a screen: {}\n", with(&rgb_profile)?);
        }
    }
    insta::assert_snapshot!(table, @"
    paper: [255, 255, 255, 255] Rgb8
    paper, profile: [255, 255, 255, 255] Rgb8
    paper, profile of a screen: [255, 255, 255, 255] Rgb8
    paper cut off: [255, 255, 255, 255] Rgb8
    paper cut off, profile: [255, 255, 255, 255] Rgb8
    paper cut off, profile of a screen: [255, 255, 255, 255] Rgb8
    cyan: [1, 255, 255, 255] Rgb8
    cyan, profile: [141, 22, 28, 255] Rgb8
    cyan, profile of a screen: [1, 255, 255, 255] Rgb8
    cyan cut off: [1, 255, 255, 255] Rgb8
    cyan cut off, profile: [141, 22, 28, 255] Rgb8
    cyan cut off, profile of a screen: [1, 255, 255, 255] Rgb8
    red: [254, 0, 0, 255] Rgb8
    red, profile: [254, 254, 254, 255] Rgb8
    red, profile of a screen: [254, 0, 0, 255] Rgb8
    red cut off: [254, 0, 0, 255] Rgb8
    red cut off, profile: [254, 254, 254, 255] Rgb8
    red cut off, profile of a screen: [254, 0, 0, 255] Rgb8
    ");
    Ok(())
}

/// Grey stays grey, and gets as bright as its profile says; a profile of colours may be its profile.
#[test]
fn grey_stays_grey() -> Result<()> {
    let grey: DynamicImage = GrayImage::from_pixel(64, 48, Luma([128])).into();
    let mut table = String::new();
    for (name, profile) in [
        ("linear", ColorProfile::new_gray_with_gamma(1.0)),
        ("2.2", ColorProfile::new_gray_with_gamma(2.2)),
        ("ProPhoto", ColorProfile::new_pro_photo_rgb()),
    ] {
        for format in [InputFormat::Jpeg, InputFormat::Png] {
            let bytes = encoded(&grey, format, Orientation::NoTransforms)?;
            let seen = seen(&with_profile(&bytes, format, &profile.encode()?))?;
            table += &format!("{name}, {format}: {seen}\n");
        }
    }
    let profile = ColorProfile::new_gray_with_gamma(1.0).encode()?;
    let colours = with_profile(&plain(ORANGE, InputFormat::Jpeg)?, InputFormat::Jpeg, &profile);
    table += &format!("orange with a grey profile: {}\n", seen(&colours)?);
    insta::assert_snapshot!(table, @"
    linear, JPEG: [188, 188, 188, 255] L8
    linear, PNG: [188, 188, 188, 255] L8
    2.2, JPEG: [129, 129, 129, 255] L8
    2.2, PNG: [129, 129, 129, 255] L8
    ProPhoto, JPEG: [146, 146, 146, 255] L8
    ProPhoto, PNG: [146, 146, 146, 255] L8
    orange with a grey profile: [200, 120, 61, 255] Rgb8
    ");
    Ok(())
}

/// What shines through shines through as before, and its colour is converted as if it were opaque.
#[test]
fn transparency_is_no_colour() -> Result<()> {
    let profile = ColorProfile::new_adobe_rgb().encode()?;
    let mut table = String::new();
    for alpha in [0, 128, 255] {
        let image = RgbaImage::from_pixel(640, 480, Rgba([200, 120, 60, alpha]));
        for format in [InputFormat::Png, InputFormat::WebP] {
            let bytes = encoded(&image.clone().into(), format, Orientation::NoTransforms)?;
            let seen = seen(&with_profile(&bytes, format, &profile))?;
            table += &format!("{alpha}, {format}: {seen}\n");
        }
    }
    insta::assert_snapshot!(table, @"
    0, PNG: [0, 0, 0, 0] Rgba8
    0, WebP: [0, 0, 0, 0] Rgba8
    128, PNG: [223, 121, 53, 128] Rgba8
    128, WebP: [223, 121, 53, 128] Rgba8
    255, PNG: [224, 121, 53, 255] Rgb8
    255, WebP: [224, 121, 54, 255] Rgb8
    ");
    Ok(())
}

/// A profile that makes no sense counts as none, as in browsers.
#[test]
fn a_broken_profile_is_none() -> Result<()> {
    let adobe = ColorProfile::new_adobe_rgb().encode()?;
    let many_tags: Vec<(&[u8; 4], &[u8])> = vec![(b"rXYZ", b"XYZ \0\0\0\0"); 2];
    let mut endless = adobe.clone();
    endless[128..132].fill(0xFF);
    let cases: [(&str, Vec<u8>); 7] = [
        ("empty", vec![]),
        ("words", b"this is no profile".repeat(20)),
        ("its start", adobe[..200].to_vec()),
        ("its header", adobe[..132].to_vec()),
        ("four billion tags", endless),
        ("one tag twice", profile_of(b"mntr", b"RGB ", b"XYZ ", &many_tags)),
        ("of Lab", profile_of(b"abst", b"Lab ", b"Lab ", &[])),
    ];
    let mut table = String::new();
    for (name, profile) in cases {
        for format in [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP] {
            let seen = seen(&with_profile(&plain(ORANGE, format)?, format, &profile))?;
            table += &format!("{name}, {format}: {seen}\n");
        }
    }
    let png = plain(ORANGE, InputFormat::Png)?;
    let not_packed = png_with(&png, b"iCCP", &[b"name\0\0", &adobe[..]].concat());
    table += &format!("not packed: {}\n", seen(&not_packed)?);
    insta::assert_snapshot!(table, @"
    empty, JPEG: [200, 120, 61, 255] Rgb8
    empty, PNG: [200, 120, 60, 255] Rgb8
    empty, WebP: [200, 120, 61, 255] Rgb8
    words, JPEG: [200, 120, 61, 255] Rgb8
    words, PNG: [200, 120, 60, 255] Rgb8
    words, WebP: [200, 120, 61, 255] Rgb8
    its start, JPEG: [200, 120, 61, 255] Rgb8
    its start, PNG: [200, 120, 60, 255] Rgb8
    its start, WebP: [200, 120, 61, 255] Rgb8
    its header, JPEG: [200, 120, 61, 255] Rgb8
    its header, PNG: [200, 120, 60, 255] Rgb8
    its header, WebP: [200, 120, 61, 255] Rgb8
    four billion tags, JPEG: [200, 120, 61, 255] Rgb8
    four billion tags, PNG: [200, 120, 60, 255] Rgb8
    four billion tags, WebP: [200, 120, 61, 255] Rgb8
    one tag twice, JPEG: [200, 120, 61, 255] Rgb8
    one tag twice, PNG: [200, 120, 60, 255] Rgb8
    one tag twice, WebP: [200, 120, 61, 255] Rgb8
    of Lab, JPEG: [200, 120, 61, 255] Rgb8
    of Lab, PNG: [200, 120, 60, 255] Rgb8
    of Lab, WebP: [200, 120, 61, 255] Rgb8
    not packed: [200, 120, 60, 255] Rgb8
    ");
    Ok(())
}

/// A few kilobytes that unpack to hundreds of megabytes are refused where they would have to be
/// unpacked, and passed over where nobody wants them.
#[test]
fn what_unpacks_to_megabytes_is_not_unpacked() -> Result<()> {
    let bomb = named_and_packed(&vec![0; 300_000_000]);
    assert!(bomb.len() < 400_000);
    let png = plain(ORANGE, InputFormat::Png)?;
    assert_eq!(fit(&png_with(&png, b"iCCP", &bomb)).err(), Some(FitError::ColourProfileTooLarge));
    let text = png_with(&png, b"zTXt", &bomb);
    let text = png_with(&text, b"iTXt", &[b"name\0\x01\0\0\0", &bomb[6..]].concat());
    assert_eq!(seen(&text)?, seen(&png)?);

    // As large as a profile may be, and a byte more.
    for (size, is_refused) in [(ICC_PROFILE_BYTES_MAX, false), (ICC_PROFILE_BYTES_MAX + 1, true)] {
        let profile = vec![7; size];
        for format in [InputFormat::Jpeg, InputFormat::Png, InputFormat::WebP] {
            let error = fit(&with_profile(&plain(ORANGE, format)?, format, &profile)).err();
            let expected = is_refused.then_some(FitError::ColourProfileTooLarge);
            assert_eq!(error, expected, "{format}, {size} bytes");
        }
    }
    Ok(())
}
