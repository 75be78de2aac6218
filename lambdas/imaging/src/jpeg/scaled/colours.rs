//! What the components of a picture are, and how pixels are made of them.

/// What a file says of its colours.
#[derive(Default)]
pub(super) struct Said {
    jfif: bool,
    adobe: Option<u8>,
}

impl Said {
    pub(super) fn application_0(&mut self, segment: &[u8]) {
        self.jfif |= segment.starts_with(b"JFIF\0");
    }

    pub(super) fn application_14(&mut self, segment: &[u8]) {
        if segment.starts_with(b"Adobe") {
            self.adobe = Some(segment.get(11).copied().unwrap_or(u8::MAX));
        }
    }
}

/// What the components of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    /// Luma and two of chroma: ITU T.871, section 7.
    YCbCr,
    Rgb,
    /// Four inks, stored inverted.
    Cmyk,
    /// The first three inks as YCbCr of what they leave of the light, and black, stored inverted.
    Ycck,
}

impl Colours {
    /// By the components' numbers and what the file says; `None` where these do not fit together. Adobe's
    /// marker is believed before the numbers, but not before JFIF's.
    pub(super) fn of(ids: &[u8], said: &Said) -> Option<Self> {
        match (ids, said.adobe) {
            ([_], _) => Some(Self::Grey),
            ([_, _, _], Some(0)) if !said.jfif => Some(Self::Rgb),
            ([1, 2, 3], None | Some(0..=2)) => Some(Self::YCbCr),
            ([b'R', b'G', b'B'], None | Some(0..=2)) => Some(Self::Rgb),
            // Of a wider range, which nobody else reads either.
            ([1, 34, 35] | [b'r', b'g', b'b'], _) => None,
            ([_, _, _], None | Some(1)) => Some(Self::YCbCr),
            ([_, _, _], Some(0 | 2)) if said.jfif => Some(Self::YCbCr),
            ([_, _, _, _], None | Some(0)) => Some(Self::Cmyk),
            ([_, _, _, _], Some(2)) => Some(Self::Ycck),
            _ => None,
        }
    }

    /// Bytes of a pixel that [`Self::convert`] writes.
    pub(super) fn pixel_bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            _ => 4,
        }
    }

    /// A row of pixels from a row of each component: grey; red, green, blue and 255; or cyan, magenta,
    /// yellow and black, of which 255 is full.
    pub(super) fn convert(self, rows: &[&[u8]], pixels: &mut [u8]) {
        match (self, rows) {
            (Self::Grey, [grey]) => {
                for (pixel, &grey) in pixels.iter_mut().zip(*grey) {
                    *pixel = grey;
                }
            }
            (Self::YCbCr, [y, cb, cr]) => {
                each(y, cb, cr, pixels, |y, cb, cr| {
                    let [red, green, blue] = rgb(y, cb, cr);
                    [red, green, blue, u8::MAX]
                });
            }
            (Self::Rgb, [red, green, blue]) => {
                each(red, green, blue, pixels, |red, green, blue| [red, green, blue, u8::MAX]);
            }
            (Self::Cmyk, [c, m, y, k]) => {
                each(c, m, y, pixels, |c, m, y| [!c, !m, !y, 0]);
                black(k, pixels);
            }
            (Self::Ycck, [y, cb, cr, k]) => {
                each(y, cb, cr, pixels, |y, cb, cr| {
                    let [cyan, magenta, yellow] = rgb(y, cb, cr);
                    [cyan, magenta, yellow, 0]
                });
                black(k, pixels);
            }
            _ => {}
        }
    }
}

#[inline(always)]
fn each(a: &[u8], b: &[u8], c: &[u8], pixels: &mut [u8], pixel: impl Fn(u8, u8, u8) -> [u8; 4]) {
    for (((to, &a), &b), &c) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(a).zip(b).zip(c) {
        *to = pixel(a, b, c);
    }
}

fn black(stored: &[u8], pixels: &mut [u8]) {
    for (pixel, &stored) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(stored) {
        pixel[3] = !stored;
    }
}

/// ITU T.871, section 7. In 16 bits, of which a processor takes eight at once: the whole part of each
/// factor stands alone, and the rest has eight bits after the point.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i16::from(y), i16::from(cb) - 128, i16::from(cr) - 128);
    let red = y + cr + ((103 * cr + 128) >> 8); // 1.402
    let green = y - cr + ((73 * cr - 88 * cb + 128) >> 8); // 0.714136 and 0.344136
    let blue = y + 2 * cb - ((117 * cb + 256) >> 9); // 1.772
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}
