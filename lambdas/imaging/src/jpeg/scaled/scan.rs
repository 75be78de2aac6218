//! The coded data of a picture: ITU T.81, sections A.2 and F.2.

use super::{
    bits::Bits,
    fold::{Shares, shares},
    head::{Head, Tables},
    huffman::{END, READS_A_REFILL, Table},
    idct::{Idct, idct},
};

const RESTART_0: u8 = 0xD0;
/// How far a block goes that ends with a code for it: at least, and at most.
const ENDED: usize = END + 1;
const ENDED_FULL: usize = END + 64;

/// A picture's components, decoded to the same size.
pub(super) struct Scan<'a> {
    bits: Bits<'a>,
    channels: Vec<Channel<'a>>,
    /// Units across and down.
    units: (usize, usize),
    restart_interval: u32,
    units_to_restart: u32,
    /// The number of the next restart: 0 to 7, again and again.
    restart: u8,
    /// Rows of pixels in a row of units.
    band_height: usize,
    /// Pixels in a row of units.
    stride: usize,
    /// The folded block that is in work; zeros between blocks.
    folded: [i32; 64],
}

/// A component, as it is decoded.
struct Channel<'a> {
    dc: &'a Table,
    ac: &'a Table,
    shares: Shares,
    idct: Idct,
    /// Blocks across and down in a unit.
    sampling: (usize, usize),
    /// Width and height of a block, in pixels.
    block: (usize, usize),
    /// The first coefficient of the block before (section F.1.1.5.1).
    before: i32,
    /// Pixels of a row of units.
    band: Vec<u8>,
}

impl<'a> Scan<'a> {
    /// Prepares to decode at a scale in eighths, to which components of fewer samples are decoded in
    /// larger blocks. `None` if these would have to be larger than they are stored.
    pub(super) fn new(head: &Head<'a>, tables: &'a Tables, eighths: usize) -> Option<Self> {
        let across = head.components.iter().map(|component| component.sampling.0).max()?;
        let down = head.components.iter().map(|component| component.sampling.1).max()?;
        let units = (
            (head.width as usize).div_ceil(8 * across),
            (head.height as usize).div_ceil(8 * down),
        );
        let (stride, band_height) = (units.0 * across * eighths, down * eighths);
        let mut channels = Vec::with_capacity(head.components.len());
        for component in &head.components {
            let sampling = component.sampling;
            let block = (across * eighths / sampling.0, down * eighths / sampling.1);
            if block.0 * sampling.0 != across * eighths || block.1 * sampling.1 != band_height {
                return None;
            }
            channels.push(Channel {
                dc: tables.0[0][component.dc].as_ref()?,
                ac: tables.0[1][component.ac].as_ref()?,
                idct: idct(block.0, block.1)?,
                shares: shares(&component.quantization, block.0, block.1),
                sampling,
                block,
                before: 0,
                band: vec![0; stride * band_height],
            });
        }
        Some(Self {
            bits: Bits::new(head.data),
            channels,
            units,
            restart_interval: head.restart_interval,
            units_to_restart: head.restart_interval,
            restart: 0,
            band_height,
            stride,
            folded: [0; 64],
        })
    }

    /// Decodes all rows of units, and hands on the rows of pixels: one of each component, as long as units
    /// go. `None` if the data is damaged or not all there.
    pub(super) fn decode(&mut self, mut take: impl FnMut(&[&[u8]])) -> Option<()> {
        for _ in 0..self.units.1 {
            self.band()?;
            for y in 0..self.band_height {
                let mut rows: [&[u8]; 4] = [&[]; 4];
                for (row, channel) in rows.iter_mut().zip(&self.channels) {
                    *row = channel.band.get(y * self.stride..)?.get(..self.stride)?;
                }
                take(rows.get(..self.channels.len())?);
            }
        }
        Some(())
    }

    /// What follows the data.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bits.rest()
    }

    /// Decodes a row of units.
    fn band(&mut self) -> Option<()> {
        for unit in 0..self.units.0 {
            self.begin_unit()?;
            for channel in &mut self.channels {
                let (width, height) = channel.block;
                for down in 0..channel.sampling.1 {
                    for across in 0..channel.sampling.0 {
                        channel.coefficients(&mut self.bits, &mut self.folded)?;
                        let x = (unit * channel.sampling.0 + across) * width;
                        let pixels = channel.band.get_mut(down * height * self.stride + x..)?;
                        (channel.idct)(&mut self.folded, pixels, self.stride);
                    }
                }
            }
        }
        // Looked at once a row, so that a file cannot keep anyone busy with what it does not have.
        (!self.bits.is_overdrawn()).then_some(())
    }

    /// Passes a restart where one is due (section F.2.1.3.1).
    fn begin_unit(&mut self) -> Option<()> {
        if self.restart_interval == 0 {
            return Some(());
        }
        if self.units_to_restart == 0 {
            if !self.bits.pass_marker(RESTART_0 + self.restart) {
                return None;
            }
            self.restart = (self.restart + 1) % 8;
            self.units_to_restart = self.restart_interval;
            for channel in &mut self.channels {
                channel.before = 0;
            }
        }
        self.units_to_restart -= 1;
        Some(())
    }
}

impl Channel<'_> {
    /// Reads a block (section F.2.2) and folds it. `None` if a code is unknown, or if there are more
    /// coefficients than 64.
    #[inline(always)]
    fn coefficients(&mut self, bits: &mut Bits<'_>, folded: &mut [i32; 64]) -> Option<()> {
        // A copy, which can stay in registers.
        let mut ahead = *bits;
        ahead.refill();
        let difference = self.dc.read(&mut ahead)?.value();
        self.before = self.before.wrapping_add(difference);
        folded[0] = self.before.wrapping_mul(self.shares[0].weight);
        let mut next = 1;
        loop {
            ahead.refill();
            // As many as may be read before the next refill.
            const { assert!(READS_A_REFILL == 5) };
            let has_more = self.coefficient(&mut ahead, folded, &mut next)?
                && self.coefficient(&mut ahead, folded, &mut next)?
                && self.coefficient(&mut ahead, folded, &mut next)?
                && self.coefficient(&mut ahead, folded, &mut next)?
                && self.coefficient(&mut ahead, folded, &mut next)?;
            if !has_more {
                break;
            }
        }
        if next == ENDED_FULL {
            // After the last coefficient there is no "end of block": it was the next block's.
            self.ac.put_back_end(&mut ahead);
        }
        *bits = ahead;
        matches!(next, 64 | ENDED..=ENDED_FULL).then_some(())
    }

    /// Reads a coefficient, adds its share, and says whether there are more.
    #[inline(always)]
    fn coefficient(
        &self,
        bits: &mut Bits<'_>,
        folded: &mut [i32; 64],
        next: &mut usize,
    ) -> Option<bool> {
        let entry = self.ac.read(bits)?;
        *next += entry.advance();
        // What has no place in the smaller block has no weight: cheaper than a branch.
        let share = self.shares[(*next - 1) % 64];
        let cell = &mut folded[share.place as usize % 64];
        *cell = cell.wrapping_add(entry.value().wrapping_mul(share.weight));
        Some(*next < 64)
    }
}
