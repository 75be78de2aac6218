//! What is left of a picture whose file ends too early.

use anyhow::Result;
use image::{DynamicImage, ImageEncoder, codecs::jpeg::JpegEncoder, metadata::Orientation};

use crate::{
    InputFormat,
    fit::{FitError, fit},
    test_pictures::{Process, encoded, flat_jpeg, letters, photo, quarters, quarters_with_a_hole},
};

const UPRIGHT: Orientation = Orientation::NoTransforms;

fn shown(bytes: &[u8]) -> Result<String> {
    let fitted = match fit(bytes) {
        Ok(fitted) => fitted,
        Err(error) => return Ok(error.to_string()),
    };
    let image = image::load_from_memory(&fitted.bytes)?;
    // In the middle of the last row: grey, nothing, or the picture.
    let last = image.to_rgba8().get_pixel(image.width() * 3 / 4, image.height() - 1).0;
    Ok(format!("{} {last:?}", letters(&image)))
}

/// The marker, the chunk or the byte that says "this is the end" is all that is missing: everything
/// is shown, as if it were there.
#[test]
fn only_the_end_is_missing() -> Result<()> {
    let hole: DynamicImage = quarters_with_a_hole(400, 320).into();
    let photo: DynamicImage = photo(400, 320).into();
    for (format, image, end) in [
        (InputFormat::Jpeg, &photo, 2),
        (InputFormat::Jpeg, &photo, 1),
        (InputFormat::Png, &hole, 12),
        (InputFormat::Png, &photo, 12),
        (InputFormat::Gif, &hole, 1),
    ] {
        let whole = encoded(image, format, UPRIGHT)?;
        let cut_off = fit(&whole[..whole.len() - end])?;
        let (a, b) = (
            image::load_from_memory(&cut_off.bytes)?,
            image::load_from_memory(&fit(&whole)?.bytes)?,
        );
        // The other decoder of JPEG rounds otherwise.
        let worst = a.as_bytes().iter().zip(b.as_bytes()).map(|(&a, &b)| a.abs_diff(b)).max();
        assert!(a.color() == b.color() && worst < Some(8), "{format}: {worst:?}");
    }
    Ok(())
}

/// Half of a file is half of the picture, upright as it would have been; of a file without a row
/// nothing can be shown, and it says so.
#[test]
fn half_of_a_file_is_half_of_the_picture() -> Result<()> {
    let opaque: DynamicImage = quarters(400, 320).into();
    let noise: DynamicImage = photo(400, 320).into();
    let hole: DynamicImage = quarters_with_a_hole(400, 320).into();
    let mut table = String::new();
    for (name, image, format) in [
        ("JPEG", &opaque, InputFormat::Jpeg),
        ("PNG", &noise, InputFormat::Png),
        ("GIF", &hole, InputFormat::Gif),
        ("WebP", &noise, InputFormat::WebP),
    ] {
        let whole = encoded(image, format, UPRIGHT)?;
        for tenths in [0, 1, 5, 9, 10] {
            let shown = shown(&whole[..whole.len() * tenths / 10])?;
            table += &format!("{name} {tenths}/10: {shown}\n");
        }
    }
    let turned = encoded(&opaque, InputFormat::Jpeg, Orientation::Rotate90)?;
    table += &format!("turned: {}\n", shown(&turned[..turned.len() * 6 / 10])?);
    insta::assert_snapshot!(table, @"
    JPEG 0/10: the file is empty
    JPEG 1/10: the JPEG file is cut off: its end is missing
    JPEG 5/10: RG/WW [128, 128, 128, 255]
    JPEG 9/10: RG/BW [128, 128, 128, 255]
    JPEG 10/10: RG/BW [255, 255, 255, 255]
    PNG 0/10: the file is empty
    PNG 1/10: WW/WW [128, 128, 128, 255]
    PNG 5/10: KR/WW [128, 128, 128, 255]
    PNG 9/10: KR/?K [128, 128, 128, 255]
    PNG 10/10: KR/?K [135, 152, 97, 255]
    GIF 0/10: the file is empty
    GIF 1/10: ../.. [0, 0, 0, 0]
    GIF 5/10: RG/.. [0, 0, 0, 0]
    GIF 9/10: RG/B. [0, 0, 0, 0]
    GIF 10/10: RG/B. [0, 0, 0, 0]
    WebP 0/10: the file is empty
    WebP 1/10: the WebP file is cut off: its end is missing
    WebP 5/10: the WebP file is cut off: its end is missing
    WebP 9/10: the WebP file is cut off: its end is missing
    WebP 10/10: KR/?K [132, 149, 95, 255]
    turned: WR/WG [0, 255, 1, 255]
    ");
    Ok(())
}

/// Files of other programs: in passes that get finer, with restarts, after bytes too many.
#[test]
fn other_kinds_of_files() -> Result<()> {
    let picture = quarters(400, 320);
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).write_image(&picture, 400, 320, image::ExtendedColorType::Rgb8)?;
    let mut table = String::new();
    let mut tell = |name: &str, bytes: &[u8]| -> Result<()> {
        table += &format!("{name}: {}\n", shown(bytes)?);
        Ok(())
    };
    let progressive = flat_jpeg(&[50, 0, 0], Process::Progressive, 3);
    tell("progressive", &progressive)?;
    tell("progressive, without its end", &progressive[..progressive.len() - 2])?;
    tell("progressive, within its second scan", &progressive[..progressive.len() - 20])?;
    tell("garbage after the end", &[&jpeg[..], &[0xFF; 100], b"garbage"].concat())?;
    tell("filled markers", &[&jpeg[..2], &[0xFF; 5], &jpeg[2..]].concat())?;
    tell("bytes between markers", &[&jpeg[..2], b"hello", &jpeg[2..]].concat())?;
    let mut wrong_length = jpeg.clone();
    wrong_length[5] += 1;
    tell("JFIF a byte too long", &wrong_length)?;
    wrong_length[4..6].fill(0xFF);
    tell("JFIF of 64 KiB", &wrong_length)?;
    wrong_length[4..6].fill(0);
    tell("JFIF of no length", &wrong_length)?;
    let without = |marker: u8| -> Vec<u8> {
        let mut bytes = jpeg.clone();
        while let Some(at) = bytes.windows(2).position(|window| window == [0xFF, marker]) {
            let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            bytes.drain(at..at + 2 + length);
        }
        bytes
    };
    tell("no Huffman tables", &without(0xC4))?;
    tell("no Huffman tables, no end", without(0xC4).split_at(jpeg.len() / 2).0)?;
    tell("no quantization tables", &without(0xDB))?;
    tell("no frame", &without(0xC0))?;
    let frame = jpeg.windows(2).position(|window| window == [0xFF, 0xC0]).unwrap_or_default();
    let again = &jpeg[frame..frame + 19];
    tell("two frames", &[&jpeg[..frame], again, &jpeg[frame..]].concat())?;
    // Restarts every 4 units, which are not there.
    let restarts = [&jpeg[..2], &[0xFF, 0xDD, 0, 4, 0, 4], &jpeg[2..]].concat();
    tell("missing restarts", &restarts)?;
    tell("missing restarts, no end", &restarts[..restarts.len() - 2])?;
    insta::assert_snapshot!(table, @"
    progressive: WW/WW [178, 128, 129, 255]
    progressive, without its end: WW/WW [178, 128, 129, 255]
    progressive, within its second scan: WW/WW [178, 128, 129, 255]
    garbage after the end: RG/BW [255, 255, 255, 255]
    filled markers: RG/BW [255, 255, 255, 255]
    bytes between markers: RG/BW [255, 255, 255, 255]
    JFIF a byte too long: the JPEG file is damaged: it has no frame header
    JFIF of 64 KiB: the JPEG file is cut off: its end is missing
    JFIF of no length: the JPEG file is damaged: a segment has an impossible length
    no Huffman tables: the JPEG file is damaged: scan makes use of unset dc huffman table
    no Huffman tables, no end: the JPEG file is damaged: Error decoding huffman values: No DC table for component Y
    no quantization tables: the JPEG file is damaged: use of unset quantization table
    no frame: the JPEG file is damaged: it has no frame header
    two frames: the JPEG file is damaged: it has two frame headers
    missing restarts: the JPEG file is damaged: no marker found where RST0 was expected
    missing restarts, no end: the JPEG file is cut off: its end is missing
    ");
    Ok(())
}

/// A file can be long and still have nothing to show.
#[test]
fn nothing_to_show() -> Result<()> {
    let small = flat_jpeg(&[50, 0, 0], Process::Baseline, 1);
    assert_eq!(shown(&small[..small.len() - 2])?, shown(&small)?, "one band is all there is");
    let jpeg = encoded(&photo(400, 320).into(), InputFormat::Jpeg, UPRIGHT)?;
    let scan = jpeg.windows(2).position(|window| window == [0xFF, 0xDA]).unwrap_or_default();
    for end in [scan, scan + 2, scan + 14, scan + 15] {
        assert_eq!(
            fit(&jpeg[..end]).err(),
            Some(FitError::Truncated { format: InputFormat::Jpeg }),
            "{} bytes of the scan",
            end - scan
        );
    }
    Ok(())
}
