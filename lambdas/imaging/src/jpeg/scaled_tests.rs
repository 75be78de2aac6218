//! Our decoder of the usual JPEG beside the one that knows them all.

use anyhow::{Context, Result};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

use super::{any as any_kind, outline::Outline, test_jpegs::Layout, usual};
use crate::picture::Decoded;

/// Waves, in each component other ones, that change by a step of 255 a pixel or less.
fn smooth(component: usize, x: f64, y: f64) -> f64 {
    let turn = component as f64;
    40.0 * (x / 50.0 + turn).sin() * (y / 40.0 + 1.0).cos() + 20.0 * (turn - 1.0)
}

/// As far from a picture as can be: each sample is another number.
fn noise(component: usize, x: f64, y: f64) -> f64 {
    let number = (x * 12.9898 + y * 78.233 + component as f64 * 37.719).sin() * 43_758.545;
    (number - number.floor()) * 255.0 - 128.0
}

const GREY: &[(u8, u8)] = &[(1, 1)];
const SAMPLINGS: [(&str, &[(u8, u8)]); 9] = [
    ("grey", GREY),
    ("grey, as if sampled", &[(2, 2)]),
    ("4:4:4", &[(1, 1), (1, 1), (1, 1)]),
    ("4:2:2", &[(2, 1), (1, 1), (1, 1)]),
    ("4:2:0", &[(2, 2), (1, 1), (1, 1)]),
    ("4:4:0", &[(1, 2), (1, 1), (1, 1)]),
    ("4:1:1", &[(4, 1), (1, 1), (1, 1)]),
    ("ink", &[(1, 1), (1, 1), (1, 1), (1, 1)]),
    ("ink, sampled", &[(2, 2), (1, 1), (1, 1), (2, 2)]),
];
/// One pixel, one block, one unit, and such as end within one.
const SIZES: [(u16, u16); 9] =
    [(1, 1), (8, 8), (16, 16), (17, 9), (3, 40), (33, 31), (64, 1), (100, 75), (130, 67)];

fn ours(bytes: &[u8], eighths: u32) -> Option<Decoded> {
    usual(bytes, &Outline::read(bytes).ok()?, eighths)
}

fn theirs(bytes: &[u8], eighths: u32) -> Option<Decoded> {
    any_kind(bytes, &Outline::read(bytes).ok()?, eighths).ok()
}

/// The mean and the largest difference of two rasters of one size.
fn differences(a: &RgbaImage, b: &RgbaImage) -> Result<(f64, u8)> {
    anyhow::ensure!(a.dimensions() == b.dimensions(), "{:?} {:?}", a.dimensions(), b.dimensions());
    let all: Vec<u8> = a.iter().zip(b.iter()).map(|(&a, &b)| a.abs_diff(b)).collect();
    let sum: f64 = all.iter().copied().map(f64::from).sum();
    Ok((sum / all.len() as f64, all.into_iter().max().unwrap_or_default()))
}

/// The means of squares of pixels.
fn averaged(full: &RgbaImage, eighths: u32) -> RgbaImage {
    let (width, height) = full.dimensions();
    let side = 8 / eighths;
    RgbaImage::from_fn(width.div_ceil(side), height.div_ceil(side), |x, y| {
        let within = |at: u32, length: u32| at * side..length.min((at + 1) * side);
        let square = within(y, height).flat_map(|y| within(x, width).map(move |x| (x, y)));
        let pixels: Vec<_> = square.map(|(x, y)| full.get_pixel(x, y).0).collect();
        let mean = |channel: usize| {
            let sum: u32 = pixels.iter().map(|pixel| u32::from(pixel[channel])).sum();
            ((sum + pixels.len() as u32 / 2) / pixels.len() as u32) as u8
        };
        Rgba([0, 1, 2, 3].map(mean))
    })
}

/// A smooth picture of any sampling and size comes out at any scale as if it were decoded in full and then
/// averaged, with restarts or without. Only four samples for one cannot be had at half the size.
#[test]
fn every_sampling_and_size() -> Result<()> {
    let mut table = String::new();
    for (name, sampling) in SAMPLINGS {
        for eighths in [1, 2, 4] {
            let (mut mean, mut max, mut count) = (0.0_f64, 0, 0);
            for ((width, height), restart_interval) in
                SIZES.into_iter().zip([0, 1, 3].into_iter().cycle())
            {
                let layout = Layout { restart_interval, ..Layout::new(width, height, sampling) };
                let bytes = layout.encode(smooth);
                let Some(ours) = ours(&bytes, eighths) else { continue };
                let full = theirs(&bytes, 8).context("a whole picture")?.image.into_rgba8();
                let (this_mean, this_max) =
                    differences(&ours.image.into_rgba8(), &averaged(&full, eighths))?;
                (mean, max, count) = (mean.max(this_mean), max.max(this_max), count + 1);
            }
            table += &format!(
                "{name} at {eighths}/8: {count} of 9, {mean:.1} on average, {max} at most\n"
            );
        }
    }
    insta::assert_snapshot!(table, @"
    grey at 1/8: 9 of 9, 0.0 on average, 1 at most
    grey at 2/8: 9 of 9, 0.4 on average, 1 at most
    grey at 4/8: 9 of 9, 0.2 on average, 1 at most
    grey, as if sampled at 1/8: 9 of 9, 0.0 on average, 1 at most
    grey, as if sampled at 2/8: 9 of 9, 0.4 on average, 1 at most
    grey, as if sampled at 4/8: 9 of 9, 0.2 on average, 1 at most
    4:4:4 at 1/8: 9 of 9, 0.3 on average, 2 at most
    4:4:4 at 2/8: 9 of 9, 0.4 on average, 2 at most
    4:4:4 at 4/8: 9 of 9, 0.4 on average, 2 at most
    4:2:2 at 1/8: 9 of 9, 0.4 on average, 3 at most
    4:2:2 at 2/8: 9 of 9, 0.4 on average, 2 at most
    4:2:2 at 4/8: 9 of 9, 0.4 on average, 3 at most
    4:2:0 at 1/8: 9 of 9, 0.7 on average, 4 at most
    4:2:0 at 2/8: 9 of 9, 0.7 on average, 2 at most
    4:2:0 at 4/8: 9 of 9, 0.3 on average, 3 at most
    4:4:0 at 1/8: 9 of 9, 0.7 on average, 4 at most
    4:4:0 at 2/8: 9 of 9, 0.6 on average, 2 at most
    4:4:0 at 4/8: 9 of 9, 0.4 on average, 3 at most
    4:1:1 at 1/8: 9 of 9, 0.3 on average, 2 at most
    4:1:1 at 2/8: 9 of 9, 0.4 on average, 2 at most
    4:1:1 at 4/8: 0 of 9, 0.0 on average, 0 at most
    ink at 1/8: 9 of 9, 0.2 on average, 1 at most
    ink at 2/8: 9 of 9, 0.2 on average, 1 at most
    ink at 4/8: 9 of 9, 0.2 on average, 1 at most
    ink, sampled at 1/8: 9 of 9, 0.3 on average, 2 at most
    ink, sampled at 2/8: 9 of 9, 0.4 on average, 1 at most
    ink, sampled at 4/8: 9 of 9, 0.1 on average, 1 at most
    ");
    Ok(())
}

/// Where nothing is sampled less, noise with all its coefficients, which tells every mistake, is what the other
/// decoder makes of it, up to rounding.
#[test]
fn noise_is_decoded_alike() -> Result<()> {
    let mut table = String::new();
    for (name, sampling) in [SAMPLINGS[0], SAMPLINGS[2], SAMPLINGS[7]] {
        for quantization in [1, 20, 90] {
            for eighths in [1, 2, 4] {
                let layout = Layout { quantization, ..Layout::new(130, 67, sampling) };
                let bytes = layout.encode(noise);
                let ours = ours(&bytes, eighths).context("ours")?.image.into_rgba8();
                let theirs = theirs(&bytes, eighths).context("theirs")?.image.into_rgba8();
                let (mean, max) = differences(&ours, &theirs)?;
                table += &format!(
                    "{name} in steps of {quantization} at {eighths}/8: {mean:.2} on average, {max} at most\n"
                );
            }
        }
    }
    insta::assert_snapshot!(table, @"
    grey in steps of 1 at 1/8: 0.34 on average, 1 at most
    grey in steps of 1 at 2/8: 0.00 on average, 0 at most
    grey in steps of 1 at 4/8: 0.01 on average, 1 at most
    grey in steps of 20 at 1/8: 0.35 on average, 1 at most
    grey in steps of 20 at 2/8: 0.00 on average, 0 at most
    grey in steps of 20 at 4/8: 0.01 on average, 1 at most
    grey in steps of 90 at 1/8: 0.24 on average, 1 at most
    grey in steps of 90 at 2/8: 0.00 on average, 0 at most
    grey in steps of 90 at 4/8: 0.01 on average, 1 at most
    4:4:4 in steps of 1 at 1/8: 0.80 on average, 3 at most
    4:4:4 in steps of 1 at 2/8: 0.00 on average, 1 at most
    4:4:4 in steps of 1 at 4/8: 0.04 on average, 2 at most
    4:4:4 in steps of 20 at 1/8: 0.71 on average, 3 at most
    4:4:4 in steps of 20 at 2/8: 0.00 on average, 1 at most
    4:4:4 in steps of 20 at 4/8: 0.04 on average, 2 at most
    4:4:4 in steps of 90 at 1/8: 0.62 on average, 3 at most
    4:4:4 in steps of 90 at 2/8: 0.00 on average, 1 at most
    4:4:4 in steps of 90 at 4/8: 0.04 on average, 2 at most
    ink in steps of 1 at 1/8: 0.52 on average, 1 at most
    ink in steps of 1 at 2/8: 0.00 on average, 0 at most
    ink in steps of 1 at 4/8: 0.02 on average, 1 at most
    ink in steps of 20 at 1/8: 0.51 on average, 1 at most
    ink in steps of 20 at 2/8: 0.00 on average, 0 at most
    ink in steps of 20 at 4/8: 0.02 on average, 1 at most
    ink in steps of 90 at 1/8: 0.34 on average, 1 at most
    ink in steps of 90 at 2/8: 0.00 on average, 0 at most
    ink in steps of 90 at 4/8: 0.02 on average, 1 at most
    ");
    Ok(())
}

/// What each file is decoded by: ours, or the other one.
#[test]
fn what_is_left_to_the_other_decoder() -> Result<()> {
    let layout = Layout::new(40, 24, &[(2, 2), (1, 1), (1, 1)]);
    let usual = layout.encode(smooth);
    let restarts = Layout { restart_interval: 1, ..layout.clone() }.encode(smooth);
    let at = |bytes: &[u8], marker: u8| {
        bytes.windows(2).position(|window| window == [0xFF, marker]).context("a marker")
    };
    let with = |bytes: &[u8], marker: u8, offset: usize, value: u8| -> Result<Vec<u8>> {
        let mut changed = bytes.to_vec();
        changed[at(bytes, marker)? + offset] = value;
        Ok(changed)
    };
    let (scan, end) = (at(&usual, 0xDA)?, usual.len() - 2);
    let colours = |adobe| Layout { adobe: Some(adobe), ..layout.clone() }.encode(smooth);
    let mut table = String::new();
    for (name, bytes) in [
        ("usual", usual.clone()),
        ("extended sequential", with(&usual, 0xC0, 1, 0xC1)?),
        ("progressive", with(&usual, 0xC0, 1, 0xC2)?),
        ("arithmetic", with(&usual, 0xC0, 1, 0xC9)?),
        ("of twelve bits", with(&usual, 0xC0, 4, 12)?),
        ("three samples down for two", with(&usual, 0xC0, 11, 0x23)?),
        ("no samples", with(&usual, 0xC0, 11, 0x20)?),
        ("components of one number", with(&usual, 0xC0, 10, 2)?),
        ("a scan of half the coefficients", with(&usual, 0xDA, 12, 31)?),
        ("a table that is not there", with(&usual, 0xDA, 6, 0x11)?),
        ("a step of nothing", with(&usual, 0xDB, 9, 0)?),
        ("RGB by Adobe's marker", colours(0)),
        ("YCbCr by Adobe's marker", colours(1)),
        ("a transform of Adobe's that is not there", colours(3)),
        ("a fill byte before a marker", [&usual[..scan], &[0xFF], &usual[scan..]].concat()),
        ("bytes after the data", [&usual[..end], &[1, 2, 3], &usual[end..]].concat()),
        ("a restart at the end", [&usual[..end], &[0xFF, 0xD0], &usual[end..]].concat()),
        ("a number of lines", [&usual[..end], &[0xFF, 0xDC, 0, 4, 0, 9], &usual[end..]].concat()),
        ("half of the data", [&usual[..(scan + end) / 2], &usual[end..]].concat()),
        ("restarts", restarts.clone()),
        ("restarts in another order", with(&restarts, 0xD1, 1, 0xD2)?),
        ("a restart that is none", with(&restarts, 0xD1, 1, 0)?),
        ("restarts with fill bytes", {
            let restart = at(&restarts, 0xD1)?;
            [&restarts[..restart], &[0xFF; 3], &restarts[restart..]].concat()
        }),
    ] {
        let ours = ours(&bytes, 4);
        let theirs = theirs(&bytes, 4);
        let by = match (&ours, &theirs) {
            (Some(_), Some(_)) => "ours",
            (Some(_), None) => "ours alone",
            (None, Some(_)) => "the other",
            (None, None) => "none",
        };
        table += &format!("{name}: {by}\n");
    }
    insta::assert_snapshot!(table, @"
    usual: ours
    extended sequential: ours
    progressive: none
    arithmetic: none
    of twelve bits: none
    three samples down for two: the other
    no samples: none
    components of one number: none
    a scan of half the coefficients: none
    a table that is not there: none
    a step of nothing: none
    RGB by Adobe's marker: ours
    YCbCr by Adobe's marker: ours
    a transform of Adobe's that is not there: none
    a fill byte before a marker: ours
    bytes after the data: ours
    a restart at the end: the other
    a number of lines: none
    half of the data: the other
    restarts: ours
    restarts in another order: none
    a restart that is none: none
    restarts with fill bytes: ours
    ");
    Ok(())
}

/// All kinds of files, each of several units.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (_, sampling) in SAMPLINGS {
        for (restart_interval, quantization) in [(0, 1), (2, 30)] {
            let layout = Layout::new(50, 40, sampling);
            let layout = Layout { restart_interval, quantization, ..layout };
            samples.extend([layout.encode(noise), layout.encode(smooth)]);
        }
    }
    samples
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What ours decodes of a damaged file the other one decodes, too, to the same size: ours only leaves
    /// things to it. And nothing makes either panic.
    #[test]
    fn damaged_files(
        sample in prop::sample::select(samples()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        eighths in prop::sample::select(vec![1_u32, 2, 4]),
    ) {
        let mut bytes = sample;
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let ours = ours(&bytes, eighths).map(|decoded| (decoded.image.width(), decoded.image.height()));
        if ours.is_some() {
            let theirs = theirs(&bytes, eighths);
            let theirs = theirs.map(|decoded| (decoded.image.width(), decoded.image.height()));
            prop_assert_eq!(ours, theirs);
        }
    }
}
