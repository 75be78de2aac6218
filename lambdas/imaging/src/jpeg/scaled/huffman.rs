//! Huffman codes: ITU T.81, annex C and section F.2.2.

use super::bits::Bits;

/// How many bits are looked up at once. Most codes and the values after them have fewer.
const LOOKUP_BITS: u32 = 11;

/// How many codes, looked up with their values, are at hand after a refill.
pub(super) const READS_A_REFILL: u32 = Bits::AT_HAND / LOOKUP_BITS;

/// "End of block": all further coefficients are zero.
const END_OF_BLOCK: u8 = 0x00;
/// Sixteen zeros, and no coefficient.
const ZERO_RUN: u8 = 0xF0;

/// What a table's codes stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Differences of the first coefficient of a block.
    Dc,
    /// The other coefficients.
    Ac,
}

/// A code with its value, as one number:
///
/// | bits | |
/// |---|---|
/// | 0 to 7 | how many bits both have; 0 if that is more than are looked up at once |
/// | 8 to 15 | how far it goes on: a coefficient and the zeros before it; 128 more at the end of a block |
/// | 16 to 31 | the coefficient, signed |
///
/// Of one that is too long, bits 8 to 15 have the length of the code, or 0 if even that is too long, and
/// bits 16 to 23 its symbol.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry(u32);

impl Entry {
    fn new(bits: u32, advance: u32, value: i32) -> Self {
        Self(bits | advance << 8 | (value as u32) << 16)
    }

    fn too_long(code_bits: u32, symbol: u8) -> Self {
        Self(code_bits << 8 | u32::from(symbol) << 16)
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.0 & 0xFF
    }

    /// How many coefficients it stands for, zeros and the one that is not; [`END`] more at a block's end.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        (self.0 >> 8 & 0xFF) as usize
    }

    /// The coefficient: zero for an end of block or a run of sixteen zeros.
    #[inline(always)]
    pub(super) fn value(self) -> i32 {
        self.0 as i32 >> 16
    }
}

/// How many coefficients a block has.
pub(super) const BLOCK: usize = 64;
/// What the end of a block adds to how far it has come.
pub(super) const END: usize = 2 * BLOCK;

/// Whether a block that has come so far is at its end: it has all coefficients, or fewer and a code that
/// says so. Otherwise it has too many.
pub(super) fn is_end(next: usize) -> bool {
    next == BLOCK || (END..END + BLOCK).contains(&next)
}

/// Codes with their values, as one number: how many bits they have, and from bit 8 on how far they go on
/// together. Zero if the first one has more bits than are looked up at once.
#[derive(Clone, Copy, Default)]
struct Pass(u16);

/// The codes of a table, looked up by the next bits.
pub(super) struct Table {
    entries: Box<[Entry; 1 << LOOKUP_BITS]>,
    /// As many codes as one look can see, for where nobody asks for their values.
    passes: Box<[Pass; 1 << LOOKUP_BITS]>,
    /// For each length of a code: what is above all codes of this and lesser lengths, as 16 bits.
    above: [u32; 17],
    /// For each length: what to add to a code to get the index of its symbol.
    offset: [i32; 17],
    symbols: Vec<u8>,
    /// The code of "end of block" and its length, where there is one.
    end_of_block: Option<(u32, u32)>,
}

impl Table {
    /// The table of a segment DHT: how many codes there are of each length from 1 to 16, and what they
    /// stand for. `None` if it is not one of sequential pictures of eight bits.
    pub(super) fn new(class: Class, counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let is_known = |&symbol: &u8| match class {
            Class::Dc => symbol <= 11,
            Class::Ac => symbol & 15 != 0 || matches!(symbol, END_OF_BLOCK | ZERO_RUN),
        };
        if !symbols.iter().all(is_known) {
            return None;
        }
        let (mut above, mut offset) = ([0; 17], [0; 17]);
        let end_index = symbols.iter().position(|&symbol| symbol == END_OF_BLOCK);
        let mut end_of_block = None;
        let (mut code, mut index) = (0_u32, 0_u32);
        for (length, &count) in (1..).zip(counts) {
            code <<= 1;
            let nth = end_index.and_then(|end| (end as u32).checked_sub(index));
            if let Some(nth) = nth.filter(|&nth| nth < u32::from(count)) {
                end_of_block = Some((code + nth, length as u32));
            }
            offset[length] = index as i32 - code as i32;
            code += u32::from(count);
            index += u32::from(count);
            if code > 1 << length {
                return None;
            }
            above[length] = code << (16 - length);
        }
        if index as usize != symbols.len() {
            return None;
        }
        let entries = Box::new([Entry::default(); 1 << LOOKUP_BITS]);
        let passes = Box::new([Pass::default(); 1 << LOOKUP_BITS]);
        let symbols = symbols.to_vec();
        let mut table = Self { entries, passes, above, offset, symbols, end_of_block };
        for index in 0..1 << LOOKUP_BITS {
            table.entries[index as usize] = table.looked_up(class, index);
            if class == Class::Ac {
                table.passes[index as usize] = table.passed(index);
            }
        }
        Some(table)
    }

    /// The entry for these next bits.
    fn looked_up(&self, class: Class, index: u32) -> Entry {
        let next = index << (16 - LOOKUP_BITS);
        let Some((symbol, code_bits)) = self.symbol(next) else { return Entry::default() };
        let bits = code_bits + u32::from(symbol & 15);
        if code_bits > LOOKUP_BITS {
            return Entry::default();
        }
        if bits > LOOKUP_BITS {
            return Entry::too_long(code_bits, symbol);
        }
        let entry = whole(u64::from(next) << 48, symbol, code_bits);
        if class == Class::Dc || entry.value() == 0 {
            return entry;
        }
        // Where "end of block" follows at once, it is passed along with the coefficient.
        match self.symbol(next << bits & 0xFFFF) {
            Some((END_OF_BLOCK, end_bits)) if bits + end_bits <= LOOKUP_BITS => {
                Entry::new(bits + end_bits, (entry.advance() + END) as u32, entry.value())
            }
            _ => entry,
        }
    }

    /// The codes that are whole within these next bits, no further than to the end of a block.
    fn passed(&self, index: u32) -> Pass {
        let next = index << (16 - LOOKUP_BITS);
        let (mut bits, mut advance) = (0, 0);
        while let Some((symbol, code_bits)) = self.symbol(next << bits & 0xFFFF) {
            let after = bits + code_bits + u32::from(symbol & 15);
            let further = advance + advance_of(symbol);
            // What goes on further than a block can be is not to be taken for one that has ended.
            if after > LOOKUP_BITS || further > BLOCK as u32 && symbol != END_OF_BLOCK {
                break;
            }
            (bits, advance) = (after, further);
            if symbol == END_OF_BLOCK {
                break;
            }
        }
        Pass((bits | advance << 8) as u16)
    }

    /// The symbol of the code with which 16 bits begin, and the length of the code.
    fn symbol(&self, next: u32) -> Option<(u8, u32)> {
        let length = (1..=16_u32).find(|&length| next < self.above[length as usize])?;
        let index = (next >> (16 - length)) as i32 + self.offset[length as usize];
        self.symbols.get(usize::try_from(index).ok()?).map(|&symbol| (symbol, length))
    }

    /// Reads a code and its value. `None` if there is no such code. The bits were refilled, and since then
    /// there were less than [`READS_A_REFILL`] reads.
    #[inline(always)]
    pub(super) fn read(&self, bits: &mut Bits<'_>) -> Option<Entry> {
        let entry = self.entries[(bits.peek() >> (64 - LOOKUP_BITS)) as usize];
        if entry.bits() == 0 {
            let (entry, after) = self.read_long(entry, *bits)?;
            *bits = after;
            return Some(entry);
        }
        bits.skip(entry.bits());
        Some(entry)
    }

    /// Reads a code that is too long to be looked up with its value. The bits are refilled after it.
    #[cold]
    #[inline(never)]
    fn read_long<'a>(&self, entry: Entry, mut bits: Bits<'a>) -> Option<(Entry, Bits<'a>)> {
        bits.refill();
        let next = bits.peek();
        let (symbol, code_bits) = match entry.advance() as u32 {
            0 => self.symbol((next >> 48) as u32)?,
            code_bits => ((entry.0 >> 16) as u8, code_bits),
        };
        let entry = whole(next, symbol, code_bits);
        bits.skip(entry.bits());
        bits.refill();
        Some((entry, bits))
    }

    /// Takes back an "end of block" that was passed along with a coefficient.
    #[inline(always)]
    pub(super) fn put_back_end(&self, bits: &mut Bits<'_>) {
        if let Some((code, length)) = self.end_of_block {
            bits.put_back(code, length);
        }
    }

    /// Passes the rest of a block, from its coefficient `next` on, and returns how far that goes.
    #[inline(always)]
    pub(super) fn pass_rest(&self, bits: &mut Bits<'_>, mut next: usize) -> Option<usize> {
        loop {
            bits.refill();
            let (before, first) = (*bits, next);
            const { assert!(READS_A_REFILL == 5) };
            let has_more = self.pass(bits, &mut next)?
                && self.pass(bits, &mut next)?
                && self.pass(bits, &mut next)?
                && self.pass(bits, &mut next)?
                && self.pass(bits, &mut next)?;
            if has_more {
                continue;
            }
            if is_end(next) {
                return Some(next);
            }
            // A block that has its last coefficient ends with it, and what follows is the next block's.
            (*bits, next) = self.pass_one_by_one(before, first)?;
            return Some(next);
        }
    }

    /// Passes as many codes as one look can see, and says whether the block has more.
    #[inline(always)]
    fn pass(&self, bits: &mut Bits<'_>, next: &mut usize) -> Option<bool> {
        let Pass(pass) = self.passes[(bits.peek() >> (64 - LOOKUP_BITS)) as usize];
        if pass == 0 {
            let (entry, after) = self.read_long(Entry::default(), *bits)?;
            *bits = after;
            *next += entry.advance();
        } else {
            bits.skip(u32::from(pass & 0xFF));
            *next += usize::from(pass >> 8);
        }
        Some(*next < BLOCK)
    }

    /// Passes the rest of a block, and not a bit more.
    #[cold]
    #[inline(never)]
    fn pass_one_by_one<'a>(
        &self,
        mut bits: Bits<'a>,
        mut next: usize,
    ) -> Option<(Bits<'a>, usize)> {
        while next < BLOCK {
            let (entry, after) = self.read_long(Entry::default(), bits)?;
            bits = after;
            next += entry.advance();
        }
        Some((bits, next))
    }
}

/// A code that begins these bits, with the value after it (section F.2.2.1, EXTEND): as many bits as the
/// lower half of the symbol says, and below zero if the first of them is 0.
fn whole(next: u64, symbol: u8, code_bits: u32) -> Entry {
    let size = u32::from(symbol & 15);
    let raw = (next << code_bits >> 1 >> (63 - size)) as i32;
    let is_negative = size > 0 && raw >> (size - 1) == 0;
    let value = if is_negative { raw + 1 - (1 << size) } else { raw };
    Entry::new(code_bits + size, advance_of(symbol), value)
}

/// How many coefficients a symbol stands for.
fn advance_of(symbol: u8) -> u32 {
    if symbol == END_OF_BLOCK { END as u32 } else { u32::from(symbol >> 4) + 1 }
}
