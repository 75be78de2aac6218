//! Pictures, as the function that makes them small decodes the usual kind of JPEG: what is not such a file is
//! left to other decoders, and never a reason to panic or to be busy for long.

#[allow(dead_code, reason = "the pictures have other formats and fields")]
#[path = "../../../lambdas/imaging/src/jpeg/markers.rs"]
mod markers;
#[allow(dead_code, reason = "the pictures have other formats and fields")]
#[path = "../../../lambdas/imaging/src/jpeg/scaled/mod.rs"]
mod scaled;

const PIXELS_MAX: u64 = 1 << 20;

/// The first byte says at which scale.
pub fn read(data: &[u8]) {
    let Some((which, file)) = data.split_first() else { return };
    let eighths = 1 << (which % 3);
    if let Some(raster) = scaled::decode(file, eighths, PIXELS_MAX) {
        let pixels = raster.width as usize * raster.height as usize;
        let is_grey = matches!(raster.kind, scaled::Kind::Grey);
        assert_eq!(raster.pixels.len(), if is_grey { pixels } else { 4 * pixels });
    }
}
