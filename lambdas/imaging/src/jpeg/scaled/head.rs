//! What has to be known before a scan: ITU T.81, annex B.

use super::super::markers::{next_marker, segment};
use super::{
    colours::{Colours, Said},
    huffman::{Class, Table},
};

/// A picture of one scan, coded in the way that is decoded here.
pub(super) struct Head<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
    /// How many units there are between restarts; 0 for no restarts.
    pub(super) restart_interval: u32,
    pub(super) colours: Colours,
    /// The file from its coded data on.
    pub(super) data: &'a [u8],
}

/// A component of a picture (section B.2.2), with its tables.
pub(super) struct Component {
    /// How many blocks of it there are across and down in a unit.
    pub(super) sampling: (usize, usize),
    pub(super) quantization: [u16; 64],
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// The tables that are in force, as they are stored.
#[derive(Default)]
struct Stored<'a> {
    quantization: [Option<[u16; 64]>; 4],
    /// Of differences, and of other coefficients.
    huffman: [[Option<StoredCodes<'a>>; 2]; 2],
}

/// How many codes there are of each length, and their symbols.
type StoredCodes<'a> = (&'a [u8; 16], &'a [u8]);

/// A picture's tables, differences first.
pub(super) struct Tables(pub(super) [[Option<Table>; 2]; 2]);

impl<'a> Head<'a> {
    /// Reads up to the first scan. `None` if anything is not as nearly all files have it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, Tables)> {
        if !bytes.starts_with(&[0xFF, 0xD8]) {
            return None;
        }
        let mut at = 2; // after the start of the image
        let mut stored = Stored::default();
        let mut frame = None;
        let mut restart_interval = 0;
        let mut said = Said::default();
        loop {
            let marker = next_marker(bytes, &mut at)?;
            let segment = segment(bytes, &mut at).ok()?;
            match marker {
                // Baseline, or extended sequential; one of them.
                0xC0 | 0xC1 if frame.is_none() => frame = Some(Frame::read(segment)?),
                0xC4 => stored.huffman(segment)?,
                0xDA => {
                    let (frame, data) = (frame?, bytes.get(at..)?);
                    return Self::of(&frame, segment, &stored, restart_interval, &said, data);
                }
                0xDB => stored.quantization(segment)?,
                0xDD => restart_interval = u16::from_be_bytes(segment.try_into().ok()?).into(),
                0xE0 => said.application_0(segment),
                0xEE => said.application_14(segment),
                0xE1..=0xED | 0xEF | 0xFE => {}
                _ => return None,
            }
        }
    }

    /// Puts frame and scan (section B.2.3) together: the scan has to be of all components, in order.
    fn of(
        frame: &Frame<'_>,
        scan: &[u8],
        stored: &Stored<'_>,
        restart_interval: u32,
        said: &Said,
        data: &'a [u8],
    ) -> Option<(Self, Tables)> {
        let [count, scan @ ..] = scan else { return None };
        let (selectors, rest) = scan.split_at_checked(2 * usize::from(*count))?;
        // All 64 coefficients in one go.
        if rest != [0, 63, 0] || selectors.len() != 2 * frame.components.len() {
            return None;
        }
        let mut components = Vec::with_capacity(frame.components.len());
        let mut tables = Tables(Default::default());
        let selectors = selectors.as_chunks::<2>().0;
        for (&[id, sampling, quantization], &[selected, huffman]) in
            frame.components.iter().zip(selectors)
        {
            let (dc, ac) = (usize::from(huffman >> 4), usize::from(huffman & 15));
            if id != selected {
                return None;
            }
            tables.take(Class::Dc, dc, stored)?;
            tables.take(Class::Ac, ac, stored)?;
            components.push(Component {
                sampling: (usize::from(sampling >> 4), usize::from(sampling & 15)),
                quantization: (*stored.quantization.get(usize::from(quantization))?)?,
                dc,
                ac,
            });
        }
        let ids: Vec<u8> = frame.components.iter().map(|&[id, ..]| id).collect();
        if !components.iter().all(|c| matches!(c.sampling, (1..=4, 1..=4))) {
            return None;
        }
        // Of one component, a unit is a block whatever its sampling (section A.2.2).
        if let [component] = &mut components[..] {
            component.sampling = (1, 1);
        }
        if components.iter().map(|c| c.sampling.0 * c.sampling.1).sum::<usize>() > 10 {
            return None;
        }
        let (width, height) = (frame.width, frame.height);
        let colours = Colours::of(&ids, said)?;
        Some((Self { width, height, components, restart_interval, colours, data }, tables))
    }
}

/// A frame header (section B.2.2).
struct Frame<'a> {
    width: u32,
    height: u32,
    /// Number, sampling and quantization table of each component.
    components: &'a [[u8; 3]],
}

impl<'a> Frame<'a> {
    fn read(segment: &'a [u8]) -> Option<Self> {
        let &[8, h1, h0, w1, w0, count, ref rest @ ..] = segment else { return None };
        let (components, []) = rest.as_chunks::<3>() else { return None };
        let mut ids: Vec<u8> = components.iter().map(|&[id, ..]| id).collect();
        ids.sort_unstable();
        ids.dedup();
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let has_pixels = width > 0 && height > 0;
        let is_consistent = components.len() == usize::from(count) && ids.len() == components.len();
        (has_pixels && is_consistent).then_some(Self {
            width: width.into(),
            height: height.into(),
            components,
        })
    }
}

impl<'a> Stored<'a> {
    /// Section B.2.4.1. A table may have steps of 16 bits although the standard forbids it here.
    fn quantization(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let mut table = [0; 64];
            let rest = match kind >> 4 {
                0 => {
                    let (steps, rest) = rest.split_first_chunk::<64>()?;
                    table = steps.map(u16::from);
                    rest
                }
                1 => {
                    let (steps, rest) = rest.split_first_chunk::<128>()?;
                    for (to, from) in table.iter_mut().zip(steps.as_chunks().0) {
                        *to = u16::from_be_bytes(*from);
                    }
                    rest
                }
                _ => return None,
            };
            if table.contains(&0) {
                return None;
            }
            *self.quantization.get_mut(usize::from(kind & 15))? = Some(table);
            segment = rest;
        }
        Some(())
    }

    /// Section B.2.4.2. Only looked at when a scan uses it: a file could define thousands.
    fn huffman(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            let class = self.huffman.get_mut(usize::from(kind >> 4))?;
            *class.get_mut(usize::from(kind & 15))? = Some((counts, symbols));
            segment = rest;
        }
        Some(())
    }
}

impl Tables {
    /// Makes a table ready for use, unless it is.
    fn take(&mut self, class: Class, at: usize, stored: &Stored<'_>) -> Option<()> {
        let table = self.0.get_mut(class as usize)?.get_mut(at)?;
        if table.is_none() {
            let (counts, symbols) = (*stored.huffman.get(class as usize)?.get(at)?)?;
            *table = Some(Table::new(class, counts, symbols)?);
        }
        Some(())
    }
}
