//! Pictures for tests, made by code.

use image::{
    DynamicImage, ExtendedColorType, GrayAlphaImage, ImageBuffer, ImageEncoder, Rgb, RgbImage,
    Rgba, RgbaImage,
    codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    metadata::Orientation,
};

use crate::InputFormat;

/// Four quarters, each of a colour with a letter: `RG` above `BW`.
pub(crate) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    })
}

/// The same with the lower right quarter transparent: `RG` above `B.`.
pub(crate) fn quarters_with_a_hole(width: u32, height: u32) -> RgbaImage {
    let opaque = quarters(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let Rgb([r, g, b]) = *opaque.get_pixel(x, y);
        let hole = x >= width / 2 && y >= height / 2;
        Rgba([r, g, b, if hole { 0 } else { 255 }])
    })
}

/// The letters of the colours in the middle of each quarter; anything else is `?`.
pub(crate) fn letters(image: &DynamicImage) -> String {
    let rgba = image.to_rgba8();
    let letter = |x: u32, y: u32| match rgba.get_pixel(x, y).0 {
        [_, _, _, 0] => '.',
        [r, g, b, 255] => match (r > 127, g > 127, b > 127) {
            (true, false, false) => 'R',
            (false, true, false) => 'G',
            (false, false, true) => 'B',
            (true, true, true) => 'W',
            (false, false, false) => 'K',
            _ => '?',
        },
        _ => '?',
    };
    let (w, h) = rgba.dimensions();
    let (left, right, top, bottom) = (w / 4, w * 3 / 4, h / 4, h * 3 / 4);
    [letter(left, top), letter(right, top), '/', letter(left, bottom), letter(right, bottom)]
        .into_iter()
        .collect()
}

/// What a camera might see: gradients, shapes with edges, and the noise of a sensor.
pub(crate) fn photo(width: u32, height: u32) -> RgbImage {
    let mut noise = 0x9E37_79B9_u32;
    RgbImage::from_fn(width, height, |x, y| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let wave = ((u * 9.0).sin() * (v * 7.0).cos() + 1.0) * 60.0;
        let disc = if (u - 0.6).hypot((v - 0.4) * 0.75) < 0.2 { 50.0 } else { 0.0 };
        let grain = f64::from(noise % 13) - 6.0;
        let channel = |base: f64| (base + wave + disc + grain).clamp(0.0, 255.0) as u8;
        Rgb([channel(u * 70.0), channel(v * 70.0), channel((1.0 - u) * 60.0)])
    })
}

/// Encodes a picture with an orientation in its metadata, where the format has room for one.
pub(crate) fn encoded(
    image: &DynamicImage,
    format: InputFormat,
    orientation: Orientation,
) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        InputFormat::Jpeg => {
            write(JpegEncoder::new_with_quality(&mut bytes, 95), image, orientation)?;
        }
        InputFormat::Png => write(PngEncoder::new(&mut bytes), image, orientation)?,
        InputFormat::WebP => write(WebPEncoder::new_lossless(&mut bytes), image, orientation)?,
        InputFormat::Gif => {
            let rgba = image.to_rgba8();
            GifEncoder::new(&mut bytes).encode(
                &rgba,
                rgba.width(),
                rgba.height(),
                ExtendedColorType::Rgba8,
            )?;
        }
    }
    Ok(bytes)
}

fn write(
    mut encoder: impl ImageEncoder,
    image: &DynamicImage,
    orientation: Orientation,
) -> anyhow::Result<()> {
    if orientation != Orientation::NoTransforms {
        encoder.set_exif_metadata(exif(orientation))?;
    }
    encoder.write_image(image.as_bytes(), image.width(), image.height(), image.color().into())?;
    Ok(())
}

/// A TIFF header and one entry: tag 0x0112, a short.
fn exif(orientation: Orientation) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    tiff
}

/// Grey with transparency, which only PNG has.
pub(crate) fn grey_with_alpha(width: u32, height: u32) -> DynamicImage {
    GrayAlphaImage::from_fn(width, height, |x, _| image::LumaA([200, (x % 256) as u8])).into()
}

/// Sixteen bits a channel.
pub(crate) fn sixteen_bits(width: u32, height: u32) -> DynamicImage {
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> =
        ImageBuffer::from_fn(width, height, |x, y| Rgb([(x * 97) as u16, (y * 89) as u16, 65535]));
    deep.into()
}

/// A PNG of a few bytes that claims a size.
pub(crate) fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    for chunk in [header, b"IDAT\x78\x9c\x63\0\0\0\x01\0\x01".to_vec(), b"IEND".to_vec()] {
        bytes.extend((chunk.len() as u32 - 4).to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(crc32(&chunk).to_be_bytes());
    }
    bytes
}

/// A PNG with one more chunk, right after its header.
pub(crate) fn png_with(png: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    const HEADER_END: usize = 33;
    let chunk = [&name[..], content].concat();
    let mut bytes = png[..HEADER_END].to_vec();
    bytes.extend((content.len() as u32).to_be_bytes());
    bytes.extend(&chunk);
    bytes.extend(crc32(&chunk).to_be_bytes());
    bytes.extend(&png[HEADER_END..]);
    bytes
}

/// The content of a chunk `iCCP`, or of a `zTXt`: a name, and zlib's packing of some bytes.
pub(crate) fn named_and_packed(content: &[u8]) -> Vec<u8> {
    let mut encoder =
        flate2::write::ZlibEncoder::new(b"name\0\0".to_vec(), flate2::Compression::best());
    // A Vec takes everything.
    let _ = std::io::Write::write_all(&mut encoder, content);
    encoder.finish().unwrap_or_default()
}

/// Puts a colour profile into a file.
pub(crate) fn with_profile(bytes: &[u8], format: InputFormat, profile: &[u8]) -> Vec<u8> {
    match format {
        InputFormat::Jpeg => jpeg_with_profile(bytes, profile, |_| {}),
        InputFormat::Png => png_with(bytes, b"iCCP", &named_and_packed(profile)),
        InputFormat::WebP => webp_with_profile(bytes, profile),
        InputFormat::Gif => bytes.to_vec(),
    }
}

/// Puts a colour profile into a JPEG, in segments in an order of one's own.
pub(crate) fn jpeg_with_profile(
    jpeg: &[u8],
    profile: &[u8],
    arrange: impl FnOnce(&mut Vec<Vec<u8>>),
) -> Vec<u8> {
    let parts = profile.chunks(65_519);
    let count = parts.len() as u8;
    let mut parts: Vec<Vec<u8>> = parts
        .zip(1..)
        .map(|(part, number)| [&b"ICC_PROFILE\0"[..], &[number, count], part].concat())
        .collect();
    arrange(&mut parts);
    let mut bytes = jpeg[..2].to_vec();
    for part in parts {
        segment(&mut bytes, 0xE2, &part);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A simple WebP, of one chunk, made an extended one.
fn webp_with_profile(webp: &[u8], profile: &[u8]) -> Vec<u8> {
    const HAS_PROFILE_AND_ALPHA: u8 = 1 << 5 | 1 << 4;
    let mut chunks = Vec::new();
    let mut chunk = |name: &[u8; 4], content: &[u8]| {
        chunks.extend(name);
        chunks.extend((content.len() as u32).to_le_bytes());
        chunks.extend(content);
        chunks.extend(&[0][..content.len() % 2]);
    };
    // A lossless picture: after a signature its width and height less one, 14 bits each.
    let size = u32::from_le_bytes([webp[21], webp[22], webp[23], webp[24]]);
    let (width, height) = ((size & 0x3FFF).to_le_bytes(), (size >> 14 & 0x3FFF).to_le_bytes());
    let flags = [HAS_PROFILE_AND_ALPHA, 0, 0, 0];
    chunk(b"VP8X", &[&flags[..], &width[..3], &height[..3]].concat());
    chunk(b"ICCP", profile);
    chunks.extend(&webp[12..]);
    let size = (chunks.len() as u32 + 4).to_le_bytes();
    [&b"RIFF"[..], &size, b"WEBP", &chunks].concat()
}

/// A profile of four inks: what is printed is white paper, but where there is cyan it is a dark red.
/// A printer with the wrong ink, so that nobody gets it right without reading the profile.
pub(crate) fn ink_profile() -> Vec<u8> {
    const PAPER: [u8; 3] = [255, 128, 128];
    const DARK_RED: [u8; 3] = [77, 176, 158]; // L 30, a 48, b 30
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for row in 0..3 {
        table.extend((0..3).flat_map(|column| if row == column { [0, 1, 0, 0] } else { [0; 4] }));
    }
    table.extend((0..4).flat_map(|_| 0..=u8::MAX)); // each ink as it is
    table.extend((0..16).flat_map(|corner| if corner & 8 == 0 { PAPER } else { DARK_RED }));
    table.extend((0..3).flat_map(|_| 0..=u8::MAX)); // L, a, b as they are
    profile_of(b"prtr", b"CMYK", b"Lab ", &[(b"A2B0", &table)])
}

/// A profile by its class, spaces and tags.
pub(crate) fn profile_of(
    class: &[u8; 4],
    space: &[u8; 4],
    connection: &[u8; 4],
    tags: &[(&[u8; 4], &[u8])],
) -> Vec<u8> {
    const HEADER_BYTES: usize = 128;
    let mut content_at = HEADER_BYTES + 4 + 12 * tags.len();
    let mut directory = (tags.len() as u32).to_be_bytes().to_vec();
    for (name, content) in tags {
        directory.extend(*name);
        directory.extend((content_at as u32).to_be_bytes());
        directory.extend((content.len() as u32).to_be_bytes());
        content_at += content.len();
    }
    let mut profile = vec![0; HEADER_BYTES];
    profile[..4].copy_from_slice(&(content_at as u32).to_be_bytes());
    profile[8] = 2; // version 2
    profile[12..16].copy_from_slice(class);
    profile[16..20].copy_from_slice(space);
    profile[20..24].copy_from_slice(connection);
    profile[36..40].copy_from_slice(b"acsp");
    // The white of the connection space, D50.
    for (at, number) in [(68, 0xF6D6_u32), (72, 0x1_0000), (76, 0xD32D)] {
        profile[at..at + 4].copy_from_slice(&number.to_be_bytes());
    }
    profile.extend(directory);
    profile.extend(tags.iter().flat_map(|(_, content)| *content));
    profile
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// How [`flat_jpeg`] stores its one block a channel.
#[derive(Clone, Copy)]
pub(crate) enum Process {
    Baseline,
    /// Only the first scan of several, which is a whole picture of one colour.
    Progressive,
}

/// A JPEG of 8x8 pixels of one colour, one to four channels of -127 to 127 around 128, written by
/// hand because no encoder at hand writes CMYK or progressive files. `scans` says how often the
/// same scan is repeated.
pub(crate) fn flat_jpeg(channels: &[i8], process: Process, scans: usize) -> Vec<u8> {
    let count = channels.len() as u8;
    let mut bytes = vec![0xFF, 0xD8];
    // Adobe's marker: no colour transform, so four channels are CMYK, stored inverted.
    segment(&mut bytes, 0xEE, b"Adobe\0\x64\0\0\0\0\0");
    let mut quantization = vec![0];
    quantization.extend([8; 64]);
    segment(&mut bytes, 0xDB, &quantization);
    let mut frame = vec![8, 0, 8, 0, 8, count];
    frame.extend((1..=count).flat_map(|id| [id, 0x11, 0]));
    let (frame_marker, last_coefficient) = match process {
        Process::Baseline => (0xC0, 63),
        Process::Progressive => (0xC2, 0),
    };
    segment(&mut bytes, frame_marker, &frame);
    // DC: eight codes of four bits, for 0 to 7 bits of difference. AC: one code, "end of block".
    segment(
        &mut bytes,
        0xC4,
        b"\x00\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07",
    );
    segment(&mut bytes, 0xC4, b"\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    for _ in 0..scans {
        let mut scan = vec![count];
        scan.extend((1..=count).flat_map(|id| [id, 0]));
        scan.extend([0, last_coefficient, 0]);
        segment(&mut bytes, 0xDA, &scan);
        let mut bits = String::new();
        for &channel in channels {
            let size = 8 - channel.unsigned_abs().leading_zeros();
            bits += &format!("{size:04b}");
            if size > 0 {
                let low =
                    if channel < 0 { i32::from(channel) + (1 << size) - 1 } else { channel.into() };
                bits += &format!("{low:0width$b}", width = size as usize);
            }
            if matches!(process, Process::Baseline) {
                bits.push('0');
            }
        }
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        for byte in bits.as_bytes().chunks(8) {
            let byte = byte.iter().fold(0, |byte, &bit| byte << 1 | (bit - b'0'));
            bytes.push(byte);
            if byte == 0xFF {
                bytes.push(0);
            }
        }
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}

fn segment(bytes: &mut Vec<u8>, marker: u8, content: &[u8]) {
    bytes.extend([0xFF, marker]);
    bytes.extend((content.len() as u16 + 2).to_be_bytes());
    bytes.extend(content);
}
