//! Points of one metric, one unit and one tier that lie close together: what is kept, written and taken away at
//! once. In an hour with a value a minute a point takes 24 bytes, and 9 where it is written.

use crate::limits::CHUNK_OVERHEAD_BYTES;
use crate::point::{Point, StatisticSet};
use crate::tier::Tier;

/// A point with its place.
#[derive(Debug, Clone, PartialEq)]
struct Slot {
    at: u8,
    point: Point,
}

/// Points that lie close together, the earliest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chunk {
    /// Its record's.
    pub(crate) number: u64,
    slots: Vec<Slot>,
}

impl Chunk {
    pub(crate) const fn new(number: u64) -> Self {
        Self { number, slots: Vec::new() }
    }

    /// Adds to the point at a place.
    pub(crate) fn add(&mut self, at: u8, point: &Point) {
        match self.slots.binary_search_by_key(&at, |slot| slot.at) {
            Ok(found) => self.slots[found].point.add(point),
            Err(free) => self.slots.insert(free, Slot { at, point: point.clone() }),
        }
    }

    /// Its points with their moments, in seconds since the epoch.
    pub(crate) fn points(&self, tier: Tier, start_s: u64) -> impl Iterator<Item = (u64, &Point)> {
        let slots = self.slots.iter();
        slots.map(move |slot| (start_s + u64::from(slot.at) * tier.step_s(), &slot.point))
    }

    /// The moment of its last point.
    pub(crate) fn last_s(&self, tier: Tier, start_s: u64) -> u64 {
        let last = self.slots.last().map_or(0, |slot| u64::from(slot.at));
        start_s + last * tier.step_s()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let heap: usize = self.slots.iter().map(|slot| slot.point.heap_bytes()).sum();
        CHUNK_OVERHEAD_BYTES + self.slots.capacity() * size_of::<Slot>() + heap
    }

    /// As it is written: a byte for the place, one for the form, numbers of eight bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.slots.len() * 10);
        let put = |numbers: &[f64], into: &mut Vec<u8>| {
            numbers.iter().for_each(|number| into.extend_from_slice(&number.to_le_bytes()));
        };
        for Slot { at, point } in &self.slots {
            bytes.push(*at);
            match point {
                Point::One(value) => {
                    bytes.push(0);
                    put(&[*value], &mut bytes);
                }
                Point::Set(set) => {
                    bytes.push(1);
                    put(&numbers(set), &mut bytes);
                }
                Point::Values(both) => {
                    let (set, values) = &**both;
                    bytes.push(2);
                    put(&numbers(set), &mut bytes);
                    let count = u16::try_from(values.len()).unwrap_or(u16::MAX);
                    bytes.extend_from_slice(&count.to_le_bytes());
                    values.iter().for_each(|(value, count)| put(&[*value, *count], &mut bytes));
                }
            }
        }
        bytes
    }

    /// What was written; what cannot be read any more is left out.
    pub(crate) fn from_bytes(number: u64, mut bytes: &[u8]) -> Self {
        let mut chunk = Self::new(number);
        while let Some(slot) = read_slot(&mut bytes) {
            chunk.slots.push(slot);
        }
        chunk
    }
}

fn numbers(set: &StatisticSet) -> [f64; 4] {
    [set.sample_count, set.sum, set.minimum, set.maximum]
}

fn read_slot(bytes: &mut &[u8]) -> Option<Slot> {
    let [at, form] = take(bytes)?;
    let point = match form {
        0 => Point::One(number(bytes)?),
        1 => Point::Set(Box::new(set(bytes)?)),
        _ => {
            let set = set(bytes)?;
            let count = u16::from_le_bytes(take(bytes)?);
            let values = (0..count).map(|_| Some((number(bytes)?, number(bytes)?)));
            Point::Values(Box::new((set, values.collect::<Option<_>>()?)))
        }
    };
    Some(Slot { at, point })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn number(bytes: &mut &[u8]) -> Option<f64> {
    take(bytes).map(f64::from_le_bytes)
}

fn set(bytes: &mut &[u8]) -> Option<StatisticSet> {
    Some(StatisticSet {
        sample_count: number(bytes)?,
        sum: number(bytes)?,
        minimum: number(bytes)?,
        maximum: number(bytes)?,
    })
}
