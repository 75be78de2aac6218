//! Where a store in memory keeps large bodies: in one temporary file that has no name, so that it is gone
//! with the process however that ends. A body of 5 GB then costs no memory.
//!
//! The file is a row of slots of [`SEGMENT_SIZE_BYTES`], each with a segment of a body. A slot that is
//! free is taken before the file grows, and the file shrinks where its last slots are free.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::platform;

use super::writer::SEGMENT_SIZE_BYTES;

/// Where segments of large bodies are kept.
pub(super) enum Spill {
    /// In a temporary file.
    File(Arc<SpillFile>),
    /// In memory: there is no place for temporary files.
    Memory,
}

/// A piece of a large body.
pub(super) enum Segment {
    /// In memory: the whole of a body of less than a segment, and what the file had no room for.
    Held(Bytes),
    /// In the file.
    Spilled(Slot),
}

/// The temporary file with its slots.
pub(super) struct SpillFile {
    file: File,
    slots: Mutex<Slots>,
}

/// Which slots are taken.
#[derive(Default)]
struct Slots {
    /// Below `end`.
    free: BTreeSet<u64>,
    /// How many slots the file has.
    end: u64,
}

/// A segment of a body in the file. It is free again when the last one who wants it has gone.
pub(super) struct Slot {
    spill: Arc<SpillFile>,
    number: u64,
    length_bytes: usize,
}

impl Spill {
    /// A file where the system keeps temporary ones (`TMPDIR`). Where there can be none, that is said:
    /// bodies then cost memory.
    pub(super) fn open() -> Self {
        match tempfile::tempfile() {
            Ok(file) => Self::File(Arc::new(SpillFile { file, slots: Mutex::default() })),
            Err(error) => {
                held_in_memory(&error);
                Self::Memory
            }
        }
    }

    /// Keeps a segment. Blocks.
    pub(super) fn keep(&self, segment: Bytes) -> Segment {
        let Self::File(spill) = self else { return Segment::Held(segment) };
        let slot = spill.take(segment.len());
        match platform::write_all_at(&spill.file, &segment, slot.offset_bytes()) {
            Ok(()) => Segment::Spilled(slot),
            Err(error) => {
                held_in_memory(&error);
                Segment::Held(segment)
            }
        }
    }
}

fn held_in_memory(error: &io::Error) {
    let place = std::env::temp_dir();
    tracing::warn!(place = %place.display(), %error, "a large body is held in memory: there is no room for it in a temporary file");
}

impl SpillFile {
    fn take(self: &Arc<Self>, length_bytes: usize) -> Slot {
        Slot { number: self.slots().take(), spill: Arc::clone(self), length_bytes }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // Each change is whole, so that a panic elsewhere does not matter.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn take(&mut self) -> u64 {
        self.free.pop_first().unwrap_or_else(|| {
            self.end += 1;
            self.end - 1
        })
    }

    /// Gives a slot back. Says how many the file has to have from now on, where that is fewer.
    fn give_back(&mut self, number: u64) -> Option<u64> {
        self.free.insert(number);
        let before = self.end;
        while self.end > 0 && self.free.remove(&(self.end - 1)) {
            self.end -= 1;
        }
        (self.end < before).then_some(self.end)
    }
}

impl Slot {
    /// Reads a stretch of the segment. Blocks.
    pub(super) fn read(&self, at_bytes: usize, length_bytes: usize) -> io::Result<Vec<u8>> {
        let length_bytes = length_bytes.min(self.length_bytes.saturating_sub(at_bytes));
        let mut stretch = vec![0; length_bytes];
        platform::read_exact_at(
            &self.spill.file,
            &mut stretch,
            self.offset_bytes() + at_bytes as u64,
        )?;
        Ok(stretch)
    }

    fn offset_bytes(&self) -> u64 {
        self.number * SEGMENT_SIZE_BYTES as u64
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut slots = self.spill.slots();
        if let Some(end) = slots.give_back(self.number) {
            // What cannot be cut off is written over later.
            let _ = self.spill.file.set_len(end * SEGMENT_SIZE_BYTES as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_bytes(spill: &Spill) -> Option<u64> {
        let Spill::File(spill) = spill else { return None };
        spill.file.metadata().ok().map(|file| file.len())
    }

    fn read(segment: &Segment) -> Option<(u64, String)> {
        let Segment::Spilled(slot) = segment else { return None };
        let text = slot.read(0, 100).ok()?;
        Some((slot.number, String::from_utf8_lossy(&text).into_owned()))
    }

    #[test]
    fn a_slot_is_free_again_when_nobody_wants_it_and_the_file_shrinks() {
        let spill = Spill::open();
        let write = |text: &'static str| spill.keep(Bytes::from(text));
        let (first, second, third) = (write("first"), write("second"), write("third"));
        drop(second);
        let fourth = write("takes the second's place");
        let texts = [&first, &fourth, &third].map(read);
        insta::assert_compact_debug_snapshot!(texts, @r#"[Some((0, "first")), Some((1, "takes the second's place")), Some((2, "third"))]"#);
        let full = length_bytes(&spill);
        drop((third, fourth));
        let shrunk = length_bytes(&spill);
        drop(first);
        let lengths = (full, shrunk, length_bytes(&spill));
        insta::assert_compact_debug_snapshot!(lengths, @"(Some(2097157), Some(1048576), Some(0))");
    }
}
