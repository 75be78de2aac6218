//! The coded bits of a scan: ITU T.81, section F.2.2.5.

/// Bits up to the next marker, and zeros after it. In the data `FF 00` is a byte FF (section B.1.1.5).
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, the first one on top. Below those that count there may already be some more.
    bits: u64,
    /// How many of them count.
    count: u32,
    /// How many zeros were put after the last one there is.
    padding: u64,
}

impl<'a> Bits<'a> {
    /// How many bits there are after a refill.
    pub(super) const AT_HAND: u32 = 56;

    /// Bits from the start of `data`, which may go on after the end of its scan.
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, bits: 0, count: 0, padding: 0 }
    }

    /// The next bits, the first one on top.
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.bits
    }

    /// Passes bits that are at hand.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.bits = self.bits.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// Takes back a code that was the last one to be passed.
    pub(super) fn put_back(&mut self, code: u32, bits: u32) {
        self.bits = self.bits >> bits | u64::from(code) << (64 - bits);
        self.count += bits;
    }

    /// Sees to it that [`Self::AT_HAND`] bits are at hand.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        match self.data.get(self.at..).and_then(<[u8]>::first_chunk) {
            Some(&next) if !has_ff(u64::from_be_bytes(next)) => {
                self.bits |= u64::from_be_bytes(next).wrapping_shr(self.count);
                let bytes = (63 - self.count) / 8;
                self.at += bytes as usize;
                self.count += 8 * bytes;
            }
            _ => *self = self.refilled_by_bytes(),
        }
    }

    /// Takes and gives a value, as everything does that is seldom called: the bits then stay in registers
    /// where it is not.
    #[cold]
    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        while self.count < Self::AT_HAND {
            let (byte, length) = match self.data.get(self.at..) {
                Some([0xFF, 0, ..]) => (0xFF, 2),
                Some(&[byte, ..]) if byte != 0xFF => (byte, 1),
                _ => (0, 0),
            };
            self.bits |= u64::from(byte) << (Self::AT_HAND - self.count);
            self.at += length;
            self.count += 8;
            if length == 0 {
                self.padding += 8;
            }
        }
        self
    }

    /// Whether more bits were passed than there are.
    pub(super) fn is_overdrawn(&self) -> bool {
        self.padding > u64::from(self.count)
    }

    /// Passes the marker `FF code`, which has to follow within a byte. Returns whether it is there.
    pub(super) fn pass_marker(&mut self, code: u8) -> bool {
        self.refill();
        let rest = self.data.get(self.at..).unwrap_or_default();
        // Between the two bytes there may be any number of bytes FF (section B.1.1.2).
        let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
        let left = u64::from(self.count).checked_sub(self.padding);
        if left.is_none_or(|left| left >= 8) || fill == 0 || rest.get(fill) != Some(&code) {
            return false;
        }
        *self = Self::new(&rest[fill + 1..]);
        true
    }

    /// What follows the bits that were read, which ends no later than at the next marker.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }
}

/// Whether one of eight bytes is FF.
#[inline(always)]
fn has_ff(bytes: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // Taking one away sets the top bit of a byte that is 0, which FF is the other way round. It may set it of
    // others, too, but theirs was set before, which for FF it was not.
    (!bytes).wrapping_sub(ONES) & bytes & (ONES << 7) != 0
}
