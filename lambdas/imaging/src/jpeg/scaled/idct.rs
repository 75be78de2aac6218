//! Weighted blocks to pixels: the inverse transform of ITU T.81, section A.3.3, in 1, 2, 4 or 8 steps a side.
//!
//! After Arai, Agui and Nakajima: all factors that stand before the sums are in [`super::weights`], and few
//! are left. Rows are added to rows, so that several columns are transformed at once. Numbers that no
//! picture has wrap around.

use std::array;

use super::weights::FRACTION_BITS;

/// Makes pixels of the weighted block, and zeros of the block. Rows of pixels are `stride` apart.
pub(super) type Idct = fn(weighted: &mut [i32; 64], pixels: &mut [u8], stride: usize);

/// The transform for blocks of this size.
pub(super) fn idct(width: usize, height: usize) -> Option<Idct> {
    Some(match (width, height) {
        (1, 1) => block::<1, 1>,
        (1, 2) => block::<1, 2>,
        (1, 4) => block::<1, 4>,
        (2, 1) => block::<2, 1>,
        (2, 2) => block::<2, 2>,
        (2, 4) => block::<2, 4>,
        (2, 8) => block::<2, 8>,
        (4, 1) => block::<4, 1>,
        (4, 2) => block::<4, 2>,
        (4, 4) => block::<4, 4>,
        (4, 8) => block::<4, 8>,
        (8, 2) => block::<8, 2>,
        (8, 4) => block::<8, 4>,
        (8, 8) => block::<8, 8>,
        _ => return None,
    })
}

fn block<const WIDTH: usize, const HEIGHT: usize>(
    weighted: &mut [i32; 64],
    pixels: &mut [u8],
    stride: usize,
) {
    let mut rows = [[0; WIDTH]; HEIGHT];
    let (cells, _) = weighted.as_chunks_mut::<WIDTH>();
    for (row, cells) in rows.iter_mut().zip(&mut *cells) {
        *row = *cells;
    }
    // Half a step, so that what follows rounds, and 128 (section A.3.1).
    rows[0][0] = rows[0][0].wrapping_add((128 << FRACTION_BITS) + (1 << (FRACTION_BITS - 1)));
    transform(&mut rows);
    let mut columns = transposed(&rows);
    transform(&mut columns);
    let mut rows = transposed(&columns).map(|row| row.map(|value| value >> FRACTION_BITS));
    // Few blocks have a pixel that is too dark or too bright: all are looked at together.
    if rows.iter().flatten().fold(0, |all, value| all | value) & !0xFF != 0 {
        rows = rows.map(|row| row.map(|value| value.clamp(0, 255)));
    }
    for (y, (row, cells)) in rows.iter().zip(cells).enumerate() {
        *cells = [0; WIDTH];
        if let Some(line) = pixels.get_mut(y * stride..).and_then(<[u8]>::first_chunk_mut) {
            *line = row.map(|value| value as u8);
        }
    }
}

#[inline(always)]
fn transposed<const A: usize, const B: usize>(rows: &[[i32; A]; B]) -> [[i32; B]; A] {
    array::from_fn(|a| array::from_fn(|b| rows[b][a]))
}

/// Transforms all columns, of 1, 2, 4 or 8.
#[inline(always)]
fn transform<const WIDTH: usize, const HEIGHT: usize>(rows: &mut [[i32; WIDTH]; HEIGHT]) {
    match &mut rows[..] {
        [a, b] => (*a, *b) = (sum(*a, *b), difference(*a, *b)),
        [a, b, c, d] => [*a, *b, *c, *d] = four([*a, *b, *c, *d]),
        [a, b, c, d, e, f, g, h] => {
            [*a, *b, *c, *d, *e, *f, *g, *h] = eight([*a, *b, *c, *d, *e, *f, *g, *h]);
        }
        _ => {}
    }
}

#[inline(always)]
fn four<const N: usize>([f0, f1, f2, f3]: [[i32; N]; 4]) -> [[i32; N]; 4] {
    let (even0, even1) = (sum(f0, f2), difference(f0, f2));
    let odd0 = sum(f1, f3);
    let odd1 = difference(times(difference(f1, f3), TAN_EIGHTH), sum(f3, f3));
    [sum(even0, odd0), sum(even1, odd1), difference(even1, odd1), difference(even0, odd0)]
}

#[inline(always)]
fn eight<const N: usize>([f0, f1, f2, f3, f4, f5, f6, f7]: [[i32; N]; 8]) -> [[i32; N]; 8] {
    let (outer, inner) = (sum(f0, f4), difference(f0, f4));
    let both = sum(f2, f6);
    let rest = difference(times(difference(f2, f6), SQRT_2), both);
    let (even0, even1) = (sum(outer, both), sum(inner, rest));
    let (even2, even3) = (difference(inner, rest), difference(outer, both));
    let (z10, z13) = (difference(f5, f3), sum(f5, f3));
    let (z11, z12) = (sum(f1, f7), difference(f1, f7));
    let z5 = times(sum(z10, z12), TWO_COS_2);
    let odd0 = sum(z11, z13);
    let odd1 = difference(difference(z5, times(z10, SUM_2_6)), odd0);
    let odd2 = difference(times(difference(z11, z13), SQRT_2), odd1);
    let odd3 = sum(difference(times(z12, DIFFERENCE_2_6), z5), odd2);
    [
        sum(even0, odd0),
        sum(even1, odd1),
        sum(even2, odd2),
        difference(even3, odd3),
        sum(even3, odd3),
        difference(even2, odd2),
        difference(even1, odd1),
        difference(even0, odd0),
    ]
}

/// Bits after the point in the constants. They happen to be that close to what they stand for.
const CONSTANT_BITS: u32 = 8;
/// The tangent of an eighth of a half turn, 0.41421.
const TAN_EIGHTH: i32 = 106;
/// 1.41421.
const SQRT_2: i32 = 362;
/// Twice the cosine of two sixteenths of a half turn, 1.84776.
const TWO_COS_2: i32 = 473;
/// Twice the sum of the cosines of two and six sixteenths, 2.61313.
const SUM_2_6: i32 = 669;
/// Twice their difference, 1.08239.
const DIFFERENCE_2_6: i32 = 277;

#[inline(always)]
fn sum<const N: usize>(a: [i32; N], b: [i32; N]) -> [i32; N] {
    array::from_fn(|at| a[at].wrapping_add(b[at]))
}

#[inline(always)]
fn difference<const N: usize>(a: [i32; N], b: [i32; N]) -> [i32; N] {
    array::from_fn(|at| a[at].wrapping_sub(b[at]))
}

#[inline(always)]
fn times<const N: usize>(numbers: [i32; N], constant: i32) -> [i32; N] {
    numbers.map(|number| number.wrapping_mul(constant) >> CONSTANT_BITS)
}
