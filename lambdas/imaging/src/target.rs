//! The size that a picture gets.

use image::metadata::Orientation;

/// Width of the box a picture is fitted into, in pixels.
pub const BOX_WIDTH_PX: u32 = 268;
/// Height of the box a picture is fitted into, in pixels.
pub const BOX_HEIGHT_PX: u32 = 200;
/// The size to resample to, before the orientation is applied.
pub(crate) fn stored_target(width: u32, height: u32, orientation: Orientation) -> (u32, u32) {
    let lies_on_its_side = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    if lies_on_its_side {
        let (width, height) = target(height, width);
        (height, width)
    } else {
        target(width, height)
    }
}

/// The largest size within the box that keeps the proportions to half a pixel, and is not larger
/// than the picture; at least one pixel each way.
fn target(width: u32, height: u32) -> (u32, u32) {
    let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (box_w, box_h) = (u64::from(BOX_WIDTH_PX), u64::from(BOX_HEIGHT_PX));
    let (w, h) = if w <= box_w && h <= box_h {
        (w, h)
    } else if w * box_h >= h * box_w {
        (box_w, rounded(h * box_w, w))
    } else {
        (rounded(w * box_h, h), box_h)
    };
    // Both are within the box or within the picture, so they fit.
    (w as u32, h as u32)
}

fn rounded(dividend: u64, divisor: u64) -> u64 {
    ((dividend + divisor / 2) / divisor).max(1)
}
