//! Where an event stands among all, and how that is written: 56 digits, as AWS writes ids of events and
//! tokens of pages.

/// How many digits an id has.
const DIGITS: usize = 56;
/// Digits that are divided off at once.
const CHUNK_DIGITS: usize = 9;
const CHUNK: u64 = 1_000_000_000;
/// As many of 32 bits, and as many chunks, hold all ids.
const LIMBS: usize = 7;

/// Where an event stands: first by its time, then in the order in which events came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Its time, in milliseconds since the epoch.
    pub(crate) at_ms: u64,
    /// Its number; a later event has a larger one.
    pub(crate) number: u64,
}

impl Position {
    /// Before all events of this moment.
    pub(crate) const fn before(at_ms: u64) -> Self {
        Self { at_ms, number: 0 }
    }

    /// Its 56 digits: the time times 2¹⁴⁴, as on AWS, and the number times 2⁸⁰.
    pub(crate) fn id(self) -> String {
        let mut bytes = [0; LIMBS * 4];
        bytes[2..10].copy_from_slice(&self.at_ms.to_be_bytes());
        bytes[10..18].copy_from_slice(&self.number.to_be_bytes());
        let mut limbs = [0_u64; LIMBS];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *limb = u32::from_be_bytes(*bytes).into();
        }
        let mut chunks = [0; LIMBS];
        for chunk in chunks.iter_mut().rev() {
            for limb in &mut limbs {
                let value = *chunk << 32 | *limb;
                (*limb, *chunk) = (value / CHUNK, value % CHUNK);
            }
        }
        let digits: String = chunks.iter().map(|chunk| format!("{chunk:09}")).collect();
        digits[LIMBS * CHUNK_DIGITS - DIGITS..].to_owned()
    }

    /// Reads the digits back; nothing where they are none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut limbs = [0_u64; LIMBS];
        for byte in text.bytes() {
            let mut carry = u64::from(byte - b'0');
            for limb in limbs.iter_mut().rev() {
                let value = *limb * 10 + carry;
                (*limb, carry) = (value & 0xffff_ffff, value >> 32);
            }
        }
        let mut bytes = Vec::with_capacity(LIMBS * 4);
        for limb in limbs {
            bytes.extend_from_slice(&limb.to_be_bytes()[4..]);
        }
        let number = |from: usize| Some(u64::from_be_bytes(*bytes.get(from..)?.first_chunk()?));
        Some(Self { at_ms: number(2)?, number: number(10)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_begins_with_the_time_as_on_aws() {
        // The id in AWS's documentation of an event of March 2014.
        let first = Position::parse("31132629274945519779805322857203735586714454643391594505");
        assert_eq!(first.map(|it| it.at_ms), Some(1396035378988));
        assert_eq!(Position { at_ms: 1_800_000_000_000, number: 7 }.id().len(), DIGITS);
        for text in ["", "1", &"9".repeat(55), &"x".repeat(56)] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ids_are_read_as_they_were_written_and_grow_with_time(
            at_ms in 0..253_402_300_799_999_u64, number: u64, later in 1..1000_u64,
        ) {
            let position = Position { at_ms: at_ms / 64, number };
            prop_assert_eq!(Position::parse(&position.id()), Some(position));
            let next = Position { at_ms: at_ms / 64 + later, number: 0 };
            prop_assert!(next.id() > position.id());
        }
    }
}
