//! What the markers of a JPEG say, without decoding anything.

use image::metadata::Orientation;

use super::{
    TRUNCATED, corrupt,
    markers::{
        APPLICATION_0, APPLICATION_1, APPLICATION_2, APPLICATION_14, END_OF_IMAGE, NoSegment,
        RESTART_0, RESTART_7, START_OF_IMAGE, START_OF_SCAN, TEMPORARY, next_marker, segment,
    },
};
use crate::{error::FitError, limits::ICC_PROFILE_BYTES_MAX};

/// The markers of a JPEG, up to the end of the image or of the file.
pub(super) struct Outline<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: Orientation,
    pub(super) scans: u32,
    /// Adobe's marker says that three channels are red, green and blue. The decoder would go by the
    /// channels' numbers first; everyone else goes by the marker.
    pub(super) is_rgb: bool,
    pub(super) is_progressive: bool,
    /// What the coefficients of the picture take, for decoders that have to keep them.
    pub(super) coefficient_bytes: u64,
    /// How many channels the picture has.
    pub(super) channels: u8,
    /// How many rows of pixels are coded together.
    pub(super) band_height: u32,
    /// The file ends before the image does.
    pub(super) is_cut_off: bool,
    profile: Profile<'a>,
}

impl<'a> Outline<'a> {
    /// Walks the markers up to the end of the image. What follows it (a phone's short film, a depth
    /// map) is not looked at.
    ///
    /// A file may end before the image does, but not before its first scan.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, FitError> {
        let mut seen = Seen::default();
        let mut at = 2; // after the start of the image
        let mut data_at = None;
        let is_cut_off = loop {
            let Some(marker) = next_marker(bytes, &mut at) else { break true };
            match marker {
                START_OF_IMAGE | TEMPORARY | RESTART_0..=RESTART_7 => continue,
                END_OF_IMAGE => break false,
                _ => {}
            }
            match segment(bytes, &mut at) {
                Ok(segment) => {
                    seen.segment(marker, segment)?;
                    if marker == START_OF_SCAN {
                        data_at.get_or_insert(at);
                    }
                }
                Err(NoSegment::CutOff) => break true,
                Err(NoSegment::Impossible) => {
                    return Err(corrupt("a segment has an impossible length".to_owned()));
                }
            }
        };
        let Some(frame) = seen.frame else {
            return Err(if is_cut_off {
                TRUNCATED
            } else {
                corrupt("it has no frame header".to_owned())
            });
        };
        if frame.width == 0 || frame.height == 0 {
            return Err(corrupt("its header gives no width or no height".to_owned()));
        }
        match seen.scans {
            _ if is_cut_off && data_at.is_none_or(|at| at >= bytes.len()) => Err(TRUNCATED),
            0 => Err(corrupt("it has no picture data".to_owned())),
            scans => Ok(Self {
                width: frame.width,
                height: frame.height,
                orientation: seen.orientation.unwrap_or(Orientation::NoTransforms),
                scans,
                is_rgb: !seen.jfif && seen.adobe_transform == Some(0),
                is_progressive: frame.is_progressive,
                coefficient_bytes: frame.coefficient_bytes,
                channels: frame.channels,
                band_height: frame.band_height,
                is_cut_off,
                profile: seen.profile,
            }),
        }
    }

    /// The colour profile, put together; `None` when a part of it is missing.
    pub(super) fn icc_profile(&self) -> Result<Option<Vec<u8>>, FitError> {
        self.profile.whole()
    }
}

/// What the segments so far have told.
#[derive(Default)]
struct Seen<'a> {
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    scans: u32,
    jfif: bool,
    adobe_transform: Option<u8>,
    profile: Profile<'a>,
}

impl<'a> Seen<'a> {
    fn segment(&mut self, marker: u8, segment: &'a [u8]) -> Result<(), FitError> {
        match marker {
            // C4 (Huffman tables), C8 (reserved) and CC (arithmetic conditioning) are no frames.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let frame = Frame::read(marker, segment);
                let frame =
                    frame.ok_or_else(|| corrupt("its frame header is too short".to_owned()));
                if self.frame.replace(frame?).is_some() {
                    return Err(corrupt("it has two frame headers".to_owned()));
                }
            }
            START_OF_SCAN => self.scans += 1,
            APPLICATION_1 => {
                if let Some(tiff) = segment.strip_prefix(b"Exif\0\0") {
                    let orientation = Orientation::from_exif_chunk(tiff);
                    self.orientation = self.orientation.or(orientation);
                }
            }
            APPLICATION_2 => {
                if let Some(part) = segment.strip_prefix(b"ICC_PROFILE\0") {
                    self.profile.add(part);
                }
            }
            APPLICATION_0 => self.jfif |= segment.starts_with(b"JFIF\0"),
            APPLICATION_14 if segment.starts_with(b"Adobe") => {
                self.adobe_transform = segment.get(11).copied();
            }
            _ => {}
        }
        Ok(())
    }
}

struct Frame {
    width: u32,
    height: u32,
    is_progressive: bool,
    coefficient_bytes: u64,
    channels: u8,
    band_height: u32,
}

impl Frame {
    fn read(marker: u8, segment: &[u8]) -> Option<Self> {
        let [_, h1, h0, w1, w0, rest @ ..] = segment else { return None };
        let (width, height) =
            (u32::from(u16::from_be_bytes([*w1, *w0])), u32::from(u16::from_be_bytes([*h1, *h0])));
        // After the number of channels three bytes each: number, samples across and down, table.
        let each = rest.get(1..).unwrap_or_default().chunks_exact(3);
        let samples = each.map(|channel| (u32::from(channel[1] >> 4), u32::from(channel[1] & 15)));
        let across_max = samples.clone().map(|(across, _)| across).max().unwrap_or(1).max(1);
        let down_max = samples.clone().map(|(_, down)| down).max().unwrap_or(1).max(1);
        let (columns, rows) = (width.div_ceil(8 * across_max), height.div_ceil(8 * down_max));
        let blocks_each: u64 = samples.map(|(across, down)| u64::from(across * down)).sum();
        // 64 coefficients of two bytes a block.
        let coefficient_bytes = u64::from(columns) * u64::from(rows) * blocks_each * 128;
        let is_progressive = matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
        let channels = rest.first().copied().unwrap_or_default();
        let band_height = 8 * down_max;
        Some(Self { width, height, is_progressive, coefficient_bytes, channels, band_height })
    }
}

/// A colour profile, in parts that say which of how many they are. They may come in any order.
#[derive(Default)]
struct Profile<'a> {
    /// Number, number of all, content.
    parts: Vec<(u8, u8, &'a [u8])>,
    has_too_many: bool,
}

impl<'a> Profile<'a> {
    fn add(&mut self, part: &'a [u8]) {
        let [number, count, content @ ..] = part else { return };
        if self.parts.len() == usize::from(u8::MAX) {
            self.has_too_many = true;
        } else {
            self.parts.push((*number, *count, content));
        }
    }

    fn whole(&self) -> Result<Option<Vec<u8>>, FitError> {
        let mut parts = self.parts.clone();
        parts.sort_unstable_by_key(|&(number, ..)| number);
        let is_whole = parts.iter().enumerate().all(|(index, &(number, count, _))| {
            usize::from(number) == index + 1 && usize::from(count) == parts.len()
        });
        if parts.is_empty() || self.has_too_many || !is_whole {
            return Ok(None);
        }
        if parts.iter().map(|(.., content)| content.len()).sum::<usize>() > ICC_PROFILE_BYTES_MAX {
            return Err(FitError::ColourProfileTooLarge);
        }
        Ok(Some(parts.into_iter().flat_map(|(.., content)| content).copied().collect()))
    }
}
