//! Names and numbers that are new: seeded, so that the same inputs give the same ones.

use crate::time::Timestamp;

/// Names from a seed: the same seed and the same inputs give the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    /// Names from `seed`, after `drawn` of them were drawn before.
    #[must_use]
    pub const fn new(seed: u64, drawn: u64) -> Self {
        Self { seed, drawn }
    }

    /// Goes on after this many were drawn.
    pub const fn resume_after(&mut self, drawn: u64) {
        self.drawn = drawn;
    }

    /// How many were drawn.
    #[must_use]
    pub const fn drawn(&self) -> u64 {
        self.drawn
    }

    /// 64 bits that look random (SplitMix64: a counter, mixed).
    pub fn next_u64(&mut self) -> u64 {
        self.drawn += 1;
        let mut z = self.seed.wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.next_u64(), self.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            0x8000 | b >> 48 & 0x3fff,
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` characters of `A-Z0-9`.
    pub fn upper_alphanumeric(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let bits = self.next_u64();
            for at in 0..(length - text.len()).min(12) {
                text.push(char::from(ALPHABET[(bits >> (at * 5) & 31) as usize]));
            }
        }
        text
    }

    /// `length` random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next_u64().to_be_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// Numbers that grow with time: a later one is larger. After a restart, too, it is larger than all that
/// something still has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Numbers {
    last: u64,
}

impl Numbers {
    /// Of later moments (from 2248 on) numbers do not follow time but only each other: a store has 63
    /// bits for them, and this leaves room for as many as it will ever see.
    const MS_MAX: u64 = (1 << 43) - (1 << 33);

    /// The next one. There is room for a million a millisecond before they run ahead of time.
    pub fn next(&mut self, now: Timestamp) -> u64 {
        self.last = (now.as_ms().min(Self::MS_MAX) << 20).max(self.last.saturating_add(1));
        self.last
    }

    /// This one was given before a restart.
    pub fn was_given(&mut self, number: u64) {
        self.last = self.last.max(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_fit_a_store_at_any_moment() {
        let mut numbers = Numbers::default();
        let mut last = 0;
        for ms in [0, 1_795_435_200_000, 1 << 43, 1 << 44, (1 << 44) + 1, u64::MAX] {
            for _ in 0..3 {
                let next = numbers.next(Timestamp::from_ms(ms));
                assert!(next > last && i64::try_from(next).is_ok(), "{next} after {last}");
                last = next;
            }
        }
    }
}
