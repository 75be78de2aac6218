//! Every pixel of a JPEG that is there, and grey for the others.

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{TRUNCATED, corrupt, outline::Outline};
use crate::{
    colour::{Channels, ColourSpace},
    error::FitError,
    limits::{DECODED_BYTES_MAX, SCANS_MAX},
    picture::Decoded,
};

/// What the decoder fills in for what is missing.
const MISSING: u8 = 128;

/// Decodes at full size, with a decoder that goes on to the end of what there is.
pub(super) fn decode(bytes: &[u8], outline: &Outline<'_>) -> Result<Decoded, FitError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(SCANS_MAX as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(problem)?;
    // Ink is left as it is stored, because its meaning is a matter of its profile.
    let wanted = match (outline.channels, decoder.input_colorspace()) {
        (1, _) => ColorSpace::Luma,
        (4, Some(ColorSpace::YCCK)) => ColorSpace::YCCK,
        (4, _) => ColorSpace::CMYK,
        _ => ColorSpace::RGB,
    };
    let options = options.jpeg_set_out_colorspace(wanted);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(problem)?;
    let (width, height) = (outline.width, outline.height);
    if decoder.dimensions() != Some((width as usize, height as usize)) {
        return Err(corrupt("its header gives two sizes".to_owned()));
    }
    let size = decoder.output_buffer_size().unwrap_or(usize::MAX);
    let kept =
        if outline.is_progressive || outline.scans > 1 { outline.coefficient_bytes } else { 0 };
    if size as u64 > DECODED_BYTES_MAX - kept.min(DECODED_BYTES_MAX) {
        return Err(FitError::TooMuchMemory);
    }
    let mut pixels = vec![MISSING; size];
    decoder.decode_into(&mut pixels).map_err(problem)?;
    if outline.is_cut_off && !has_something_to_show(&pixels, outline) {
        return Err(TRUNCATED);
    }
    match wanted {
        ColorSpace::CMYK => pixels.iter_mut().for_each(|value| *value = u8::MAX - *value),
        ColorSpace::YCCK => pixels.chunks_exact_mut(4).for_each(ycck_to_cmyk),
        _ => {}
    }
    let (image, channels): (Option<DynamicImage>, _) = match wanted {
        ColorSpace::Luma => {
            (GrayImage::from_raw(width, height, pixels).map(Into::into), Channels::Light)
        }
        ColorSpace::RGB => {
            (RgbImage::from_raw(width, height, pixels).map(Into::into), Channels::Light)
        }
        _ => (RgbaImage::from_raw(width, height, pixels).map(Into::into), Channels::Ink),
    };
    let image = image.ok_or(FitError::Undecodable)?;
    Ok(Decoded { channels, ..Decoded::whole(image, ColourSpace::Srgb) })
}

/// Whether more than the first band of rows is there: within the band where the file ends, the decoder
/// shows what it happens to have in its hands.
fn has_something_to_show(pixels: &[u8], outline: &Outline<'_>) -> bool {
    let is_missing = |values: &[u8]| values.iter().all(|&value| value == MISSING);
    let row = outline.width as usize * usize::from(outline.channels);
    let band = pixels.len().min(row * outline.band_height as usize);
    let (first, rest) = pixels.split_at(band);
    rest.is_empty() || !is_missing(rest) || is_missing(first)
}

/// Adobe's: YCbCr is of the inverted ink, so what is red in it is how much cyan there is; black is
/// stored inverted.
fn ycck_to_cmyk(pixel: &mut [u8]) {
    let [y, cb, cr] = [0, 1, 2].map(|channel| f32::from(pixel[channel]));
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    pixel[0] = (y + 1.402 * cr).round() as u8;
    pixel[1] = (y - 0.344_14 * cb - 0.714_14 * cr).round() as u8;
    pixel[2] = (y + 1.772 * cb).round() as u8;
    pixel[3] = u8::MAX - pixel[3];
}

fn problem(error: DecodeErrors) -> FitError {
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => TRUNCATED,
        // It prints its words as Rust writes them.
        error => corrupt(error.to_string().trim_matches('"').to_owned()),
    }
}
