//! The coded data of a picture: ITU T.81, sections A.2 and F.2.

use super::{
    bits::Bits,
    head::{Head, Tables},
    huffman::{BLOCK, END, READS_A_REFILL, Table, is_end},
    idct::{Idct, idct},
    weights::Weights,
};

const RESTART_0: u8 = 0xD0;

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
    /// The weighted block that is in work; zeros between blocks.
    weighted: [i32; 64],
}

/// A component, as it is decoded.
struct Channel<'a> {
    dc: &'a Table,
    ac: &'a Table,
    weights: Weights,
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
        let units =
            ((head.width as usize).div_ceil(8 * across), (head.height as usize).div_ceil(8 * down));
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
                weights: Weights::new(&component.quantization, block.0, block.1),
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
            weighted: [0; 64],
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
                        channel.coefficients(&mut self.bits, &mut self.weighted)?;
                        let x = (unit * channel.sampling.0 + across) * width;
                        let pixels = channel.band.get_mut(down * height * self.stride + x..)?;
                        (channel.idct)(&mut self.weighted, pixels, self.stride);
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
    /// Reads a block (section F.2.2) and weights it. `None` if a code is unknown, or if there are more
    /// coefficients than 64.
    #[inline(always)]
    fn coefficients(&mut self, bits: &mut Bits<'_>, weighted: &mut [i32; 64]) -> Option<()> {
        // A copy, which can stay in registers.
        let mut ahead = *bits;
        ahead.refill();
        let difference = self.dc.read(&mut ahead)?.value();
        self.before = self.before.wrapping_add(difference);
        weighted[0] = self.before.wrapping_mul(self.weights.all[0].step);
        let mut next = 1;
        let mut has_more = next < self.weights.used;
        while has_more {
            // With the one before, these are as many as may be read before the next refill.
            const { assert!(READS_A_REFILL == 5) };
            has_more = self.coefficient(&mut ahead, weighted, &mut next)?
                && self.coefficient(&mut ahead, weighted, &mut next)?
                && self.coefficient(&mut ahead, weighted, &mut next)?
                && self.coefficient(&mut ahead, weighted, &mut next)?;
            if has_more {
                ahead.refill();
            }
        }
        if next < BLOCK {
            next = self.ac.pass_rest(&mut ahead, next)?;
        } else if next == END + BLOCK {
            // After the last coefficient there is no "end of block": it was the next block's.
            self.ac.put_back_end(&mut ahead);
            next = BLOCK;
        }
        *bits = ahead;
        is_end(next).then_some(())
    }

    /// Reads a coefficient, weights it, and says whether there are more that have a place.
    #[inline(always)]
    fn coefficient(
        &self,
        bits: &mut Bits<'_>,
        weighted: &mut [i32; 64],
        next: &mut usize,
    ) -> Option<bool> {
        let entry = self.ac.read(bits)?;
        *next += entry.advance();
        // What has no place has no weight: cheaper than a branch.
        let weight = self.weights.all[(*next - 1) % BLOCK];
        let cell = &mut weighted[weight.place as usize % BLOCK];
        *cell = cell.wrapping_add(entry.value().wrapping_mul(weight.step));
        Some(*next < self.weights.used)
    }
}
