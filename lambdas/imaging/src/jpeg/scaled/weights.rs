//! What the coefficients of a block of 8x8 are in a smaller one.
//!
//! A smaller block has the lowest frequencies of the full one, and no others. That is sharper than the mean of
//! the pixels that a full decode would give, and nearer to what is left of them in the end: what the mean
//! takes away of the frequencies that stay, nothing brings back.

use std::f64::consts::PI;

/// Bits after the point in the numbers of a weighted block.
pub(super) const FRACTION_BITS: u32 = 12;

/// The order in which the coefficients are stored, row by row: ITU T.81, figure A.6.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Where a coefficient goes, and how much of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    /// The place in the smaller block, row by row.
    pub(super) place: u32,
    /// What one step of the coefficient is there: its quantization (section A.3.4), the scale of the
    /// transform (section A.3.3) and what [`super::idct`] leaves to be done here. Zero if it has no place.
    pub(super) step: i32,
}

/// The weights of the coefficients of a block.
pub(super) struct Weights {
    /// In the order in which the coefficients are stored.
    pub(super) all: [Weight; 64],
    /// How many of them there are up to the last one that has a place.
    pub(super) used: usize,
}

impl Weights {
    /// The weights for a block of `width` times `height`: 1, 2, 4 or 8 each.
    pub(super) fn new(quantization: &[u16; 64], width: usize, height: usize) -> Self {
        let mut all = [Weight::default(); 64];
        let mut used = 0;
        for (index, (&step, &at)) in quantization.iter().zip(&ZIGZAG).enumerate() {
            let (column, row) = (at % 8, at / 8);
            if column < width && row < height {
                let step = f64::from(step) * factor(column, width) * factor(row, height);
                let step = (step * f64::from(1 << FRACTION_BITS)).round() as i32;
                all[index] = Weight { place: (row * width + column) as u32, step };
                used = index + 1;
            }
        }
        Self { all, used }
    }
}

/// The factor of one frequency of `length`.
fn factor(frequency: usize, length: usize) -> f64 {
    let scale = if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 };
    scale * (frequency as f64 * PI / (2 * length) as f64).cos()
}
