//! What a coefficient of a block of 8x8 is in a smaller one.
//!
//! A smaller block is the mean of pixels of the full one, as if all were decoded and then averaged. The
//! mean of two neighbours turns a cosine into one of half as many pixels: of the same frequency and a bit
//! weaker, or, if the frequency is too high for so few pixels, of the one it is mirrored to. So each
//! coefficient adds its share to one of the smaller block's, and nothing else has to be done with it.

use std::f64::consts::PI;

/// Bits after the point in the numbers of a folded block.
pub(super) const FRACTION_BITS: u32 = 12;

/// The order in which the coefficients are stored, row by row: ITU T.81, figure A.6.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Where a coefficient goes, and how much of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Share {
    /// The place in the smaller block, row by row.
    pub(super) place: u32,
    /// What one step of the coefficient is there: its quantization (section A.3.4), the scale of the
    /// transform (section A.3.3) and what [`super::idct`] leaves to be done here.
    pub(super) weight: i32,
}

/// The shares of the coefficients of a block, in the order in which they are stored.
pub(super) type Shares = [Share; 64];

/// The shares of a smaller block of `width` times `height`: 1, 2, 4 or 8 each.
pub(super) fn shares(quantization: &[u16; 64], width: usize, height: usize) -> Shares {
    let mut shares = [Share::default(); 64];
    for ((share, &step), &at) in shares.iter_mut().zip(quantization).zip(&ZIGZAG) {
        let (column, across) = folded(at % 8, width);
        let (row, down) = folded(at / 8, height);
        let weight = f64::from(step) * across * down * f64::from(1 << FRACTION_BITS);
        *share = Share { place: (row * width + column) as u32, weight: weight.round() as i32 };
    }
    shares
}

/// Where one frequency of eight goes among `length`, and its factor.
fn folded(frequency: usize, length: usize) -> (usize, f64) {
    let mut factor = if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 };
    let (mut frequency, mut of) = (frequency, 8);
    while of > length {
        factor *= (frequency as f64 * PI / (2 * of) as f64).cos();
        of /= 2;
        if frequency == of {
            return (0, 0.0);
        }
        if frequency > of {
            (frequency, factor) = (2 * of - frequency, -factor);
        }
    }
    (frequency, factor * (frequency as f64 * PI / (2 * length) as f64).cos())
}
