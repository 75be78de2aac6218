//! The usual JPEG, decoded at a fraction of its size: sequential, of eight bits, Huffman codes, one scan
//! (ITU T.81, the baseline process and a little more).
//!
//! Nearly all of the time of making a photo small goes into its Huffman codes. Here one look at the next
//! bits gives a code with its value ([`huffman`]), or several codes at once of those whose values have no
//! place in a smaller block ([`weights`]), which leaves few numbers to be transformed ([`idct`]). All
//! components are decoded to the same size, so nothing has to be stretched.
//!
//! Whatever is rare, or not as it should be, is not decoded here, and the caller goes another way: this
//! decoder has no errors of its own. A file that breaks at its very end so costs less than twice as much.

use super::markers::next_marker;

mod bits;
mod colours;
mod head;
mod huffman;
mod idct;
mod scan;
mod weights;

use colours::Colours;
use head::Head;
use scan::Scan;

/// A decoded picture.
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    /// One or four bytes a pixel.
    pub(super) pixels: Vec<u8>,
    pub(super) kind: Kind,
}

/// What the bytes of a pixel are.
pub(super) enum Kind {
    Grey,
    /// Red, green, blue, and 255.
    Rgb,
    /// Cyan, magenta, yellow, black; 255 is full.
    Ink,
}

/// Decodes at 1, 2 or 4 eighths of the size, rounded up. `None` if this is not a file for this decoder,
/// or one of more pixels than `pixels_max`.
pub(super) fn decode(bytes: &[u8], eighths: u32, pixels_max: u64) -> Option<Raster> {
    let (head, tables) = Head::read(bytes)?;
    if u64::from(head.width) * u64::from(head.height) > pixels_max {
        return None;
    }
    let width = (head.width * eighths).div_ceil(8);
    let height = (head.height * eighths).div_ceil(8);
    let mut scan = Scan::new(&head, &tables, eighths as usize)?;
    let colours = head.colours;
    let row_bytes = width as usize * colours.pixel_bytes();
    let mut pixels = vec![0; row_bytes * height as usize];
    let mut lines = pixels.chunks_exact_mut(row_bytes);
    scan.decode(|rows| {
        // The last units go on after the picture's end.
        if let Some(line) = lines.next() {
            colours.convert(rows, line);
        }
    })?;
    // Another scan, or anything else that has a say in the picture, would follow.
    if next_marker(scan.rest(), &mut 0)? != 0xD9 {
        return None;
    }
    let kind = match colours {
        Colours::Grey => Kind::Grey,
        Colours::YCbCr | Colours::Rgb => Kind::Rgb,
        Colours::Cmyk | Colours::Ycck => Kind::Ink,
    };
    Some(Raster { width, height, pixels, kind })
}
