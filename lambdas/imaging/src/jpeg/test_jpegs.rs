//! JPEG files for tests, in all samplings: the encoder at hand writes one only.

use std::f64::consts::PI;

/// How a picture is stored.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Samples across and down of each component.
    pub(crate) sampling: Vec<(u8, u8)>,
    /// Units between restarts; 0 for none.
    pub(crate) restart_interval: u16,
    /// Of all coefficients alike. At 1, noise has them all.
    pub(crate) quantization: u8,
    /// Adobe's marker and its transform.
    pub(crate) adobe: Option<u8>,
}

impl Layout {
    pub(crate) fn new(width: u16, height: u16, sampling: &[(u8, u8)]) -> Self {
        let (sampling, adobe) = (sampling.to_vec(), None);
        Self { width, height, sampling, restart_interval: 0, quantization: 3, adobe }
    }

    /// Writes a picture whose components, numbered from 0, have these values from -128 to 127 at these
    /// places, in pixels. Beyond its edges it goes on as it ends.
    pub(crate) fn encode(&self, value: impl Fn(usize, f64, f64) -> f64) -> Vec<u8> {
        let codes = (canonical(&DC_COUNTS), canonical(&AC_COUNTS));
        let mut bits = BitWriter { bytes: self.head(), ..BitWriter::default() };
        let across = self.sampling.iter().map(|&(across, _)| across).max().unwrap_or(1);
        let down = self.sampling.iter().map(|&(_, down)| down).max().unwrap_or(1);
        // Of one component, a unit is a block.
        let is_single = self.sampling.len() == 1;
        let unit = if is_single { (1, 1) } else { (across, down) };
        let units_across = self.width.div_ceil(8 * u16::from(unit.0));
        let units_down = self.height.div_ceil(8 * u16::from(unit.1));
        let mut before = vec![0; self.sampling.len()];
        let mut restarts = 0;
        let last = (f64::from(self.width) - 0.5, f64::from(self.height) - 0.5);
        for index in 0..u32::from(units_across) * u32::from(units_down) {
            if self.restart_interval > 0
                && index > 0
                && index % u32::from(self.restart_interval) == 0
            {
                bits.restart(restarts);
                restarts = (restarts + 1) % 8;
                before.fill(0);
            }
            let at = (index % u32::from(units_across), index / u32::from(units_across));
            for (number, &sampling) in self.sampling.iter().enumerate() {
                let sampling = if is_single { (1, 1) } else { sampling };
                for block in 0..sampling.0 * sampling.1 {
                    let left = at.0 * u32::from(sampling.0) + u32::from(block % sampling.0);
                    let top = at.1 * u32::from(sampling.1) + u32::from(block / sampling.0);
                    // How many pixels a sample is for.
                    let step_x = f64::from(unit.0) / f64::from(sampling.0);
                    let step_y = f64::from(unit.1) / f64::from(sampling.1);
                    let samples = |x: usize, y: usize| {
                        let x = (f64::from(8 * left) + x as f64 + 0.5) * step_x;
                        let y = (f64::from(8 * top) + y as f64 + 0.5) * step_y;
                        value(number, x.min(last.0), y.min(last.1))
                    };
                    let coefficients = self.coefficients(samples);
                    bits.block(&coefficients, &mut before[number], &codes);
                }
            }
        }
        bits.pad();
        bits.bytes.extend([0xFF, 0xD9]);
        bits.bytes
    }

    fn head(&self) -> Vec<u8> {
        let count = self.sampling.len() as u8;
        let mut bytes = vec![0xFF, 0xD8];
        let mut segment = |marker: u8, content: &[u8]| {
            bytes.extend([0xFF, marker]);
            bytes.extend((content.len() as u16 + 2).to_be_bytes());
            bytes.extend(content);
        };
        if let Some(transform) = self.adobe {
            segment(0xEE, &[&b"Adobe\0\x64\0\0\0\0"[..], &[transform]].concat());
        }
        segment(0xDB, &[&[0][..], &[self.quantization; 64]].concat());
        let [h1, h0] = self.height.to_be_bytes();
        let [w1, w0] = self.width.to_be_bytes();
        let mut frame = vec![8, h1, h0, w1, w0, count];
        frame.extend((1..).zip(&self.sampling).flat_map(|(id, &(a, d))| [id, a << 4 | d, 0]));
        segment(0xC0, &frame);
        segment(0xC4, &[&[0][..], &DC_COUNTS, &dc_symbols()].concat());
        segment(0xC4, &[&[0x10][..], &AC_COUNTS, &ac_symbols()].concat());
        if self.restart_interval > 0 {
            segment(0xDD, &self.restart_interval.to_be_bytes());
        }
        let mut scan = vec![count];
        scan.extend((1..=count).flat_map(|id| [id, 0]));
        scan.extend([0, 63, 0]);
        segment(0xDA, &scan);
        bytes
    }

    /// The coefficients of a block, in the order in which they are stored.
    fn coefficients(&self, sample: impl Fn(usize, usize) -> f64) -> [i32; 64] {
        let cosine = |at: usize, frequency: usize| {
            let scale = if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 };
            scale * ((2 * at + 1) as f64 * frequency as f64 * PI / 16.0).cos()
        };
        let mut rows = [[0.0; 8]; 8];
        for (y, row) in rows.iter_mut().enumerate() {
            let samples: [f64; 8] = std::array::from_fn(|x| sample(x, y));
            *row = std::array::from_fn(|u| (0..8).map(|x| samples[x] * cosine(x, u)).sum());
        }
        let mut coefficients = [0; 64];
        for (coefficient, at) in coefficients.iter_mut().zip(zigzag()) {
            let sum: f64 = (0..8).map(|y| rows[y][at % 8] * cosine(y, at / 8)).sum();
            *coefficient = (sum / f64::from(self.quantization)).round() as i32;
        }
        coefficients
    }
}

/// Places of the coefficients: from the first to the last diagonal, up and down in turn.
fn zigzag() -> impl Iterator<Item = usize> {
    (0..15_usize).flat_map(|diagonal| {
        let mut places: Vec<usize> = (0..8)
            .filter(|row| diagonal.wrapping_sub(*row) < 8)
            .map(|row| 7 * row + diagonal)
            .collect();
        if diagonal % 2 == 0 {
            places.reverse();
        }
        places
    })
}

/// Codes of each length from 1 on.
const DC_COUNTS: [u8; 16] = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Some short ones, some of more bits than are looked up at once.
const AC_COUNTS: [u8; 16] = [0, 1, 1, 1, 0, 0, 0, 60, 0, 0, 40, 0, 0, 0, 0, 59];

fn dc_symbols() -> Vec<u8> {
    (0..12).collect()
}

/// "End of block", sixteen zeros, and all others; the likely ones first.
fn ac_symbols() -> Vec<u8> {
    let mut symbols: Vec<u8> =
        (0..16).flat_map(|zeros| (1..=10).map(move |size| zeros << 4 | size)).collect();
    symbols.sort_by_key(|symbol| (symbol >> 4) + 2 * (symbol & 15));
    [vec![0x00], symbols, vec![0xF0]].concat()
}

/// Code and length of each symbol, in order.
fn canonical(counts: &[u8; 16]) -> Vec<(u32, u32)> {
    let (mut code, mut codes) = (0, Vec::new());
    for (length, &count) in (1..).zip(counts) {
        codes.extend((0..u32::from(count)).map(|nth| (code + nth, length)));
        code = (code + u32::from(count)) << 1;
    }
    codes
}

type Codes = Vec<(u32, u32)>;

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    byte: u8,
    count: u32,
}

impl BitWriter {
    fn put(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.byte = self.byte << 1 | (value >> bit & 1) as u8;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.byte);
                if self.byte == 0xFF {
                    self.bytes.push(0);
                }
                self.count = 0;
            }
        }
    }

    fn pad(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    fn restart(&mut self, number: u8) {
        self.pad();
        self.bytes.extend([0xFF, 0xD0 + number]);
    }

    fn coded(&mut self, codes: &Codes, symbols: &[u8], zeros: u8, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        let symbol = zeros << 4 | size as u8;
        let index = symbols.iter().position(|&known| known == symbol).unwrap_or_default();
        self.put(codes[index].0, codes[index].1);
        self.put((if value < 0 { value - 1 } else { value }) as u32, size);
    }

    fn block(&mut self, coefficients: &[i32; 64], before: &mut i32, codes: &(Codes, Codes)) {
        let symbols = ac_symbols();
        self.coded(&codes.0, &dc_symbols(), 0, coefficients[0] - *before);
        *before = coefficients[0];
        let mut zeros = 0;
        let last = coefficients.iter().rposition(|&value| value != 0).unwrap_or(0);
        for &value in &coefficients[1..=last.max(1)] {
            if value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                self.coded(&codes.1, &symbols, 15, 0);
                zeros -= 16;
            }
            self.coded(&codes.1, &symbols, zeros, value);
            zeros = 0;
        }
        if last < 63 {
            self.coded(&codes.1, &symbols, 0, 0);
        }
    }
}
