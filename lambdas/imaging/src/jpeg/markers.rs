//! The markers of a JPEG, and the segments that some of them begin: ITU T.81, section B.1.1.

pub(super) const TEMPORARY: u8 = 0x01;
pub(super) const RESTART_0: u8 = 0xD0;
pub(super) const RESTART_7: u8 = 0xD7;
pub(super) const START_OF_IMAGE: u8 = 0xD8;
pub(super) const END_OF_IMAGE: u8 = 0xD9;
pub(super) const START_OF_SCAN: u8 = 0xDA;
pub(super) const APPLICATION_0: u8 = 0xE0;
pub(super) const APPLICATION_1: u8 = 0xE1;
pub(super) const APPLICATION_2: u8 = 0xE2;
pub(super) const APPLICATION_14: u8 = 0xEE;

/// Moves past the next marker and returns it. Within picture data `FF 00` is a byte FF, no marker.
pub(super) fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += position_of_ff(bytes.get(*at..)?)? + 1;
        while *bytes.get(*at)? == 0xFF {
            *at += 1;
        }
        let marker = bytes[*at];
        *at += 1;
        if marker != 0 {
            return Some(marker);
        }
    }
}

/// Why there is no segment where one should be.
pub(super) enum NoSegment {
    /// The file ends before it does.
    CutOff,
    /// It says that it is shorter than its own length.
    Impossible,
}

/// The content of the segment that starts here with its length; moves past it.
pub(super) fn segment<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], NoSegment> {
    let rest = bytes.get(*at..).unwrap_or_default();
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(NoSegment::CutOff)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let length = length.checked_sub(2).ok_or(NoSegment::Impossible)?;
    *at += 2 + length;
    rest.get(..length).ok_or(NoSegment::CutOff)
}

/// Position of the first byte FF. Whole blocks are looked at without a branch a byte, because this
/// runs over megabytes of picture data.
fn position_of_ff(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut start = 0;
    for block in bytes.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &byte| found | (byte == 0xFF)) {
            break;
        }
        start += BLOCK;
    }
    bytes[start..].iter().position(|&byte| byte == 0xFF).map(|at| start + at)
}
