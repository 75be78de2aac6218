//! What can be seen of SQLite's write-ahead log before SQLite opens it.
//!
//! SQLite reads a log up to the first frame that is not whole, and says nothing of the rest. After a
//! crash that is right: the last transaction may be torn. It is wrong where transactions that were on
//! the disk lie behind. The forms are in <https://www.sqlite.org/fileformat2.html#walformat> and
//! <https://www.sqlite.org/walformat.html>.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

const HEADER_SIZE_BYTES: usize = 32;
const FRAME_HEADER_SIZE_BYTES: usize = 24;
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// A log, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Wal {
    /// What tells its frames from those of an earlier use of the file; nothing of an empty one.
    salts: Option<[u8; 8]>,
    /// Frames of whole transactions from the beginning on.
    pub(super) committed_frames: u32,
    /// How large the last of these transactions left the database; nothing without one.
    pub(super) database_size_pages: Option<u32>,
    /// The pages in these frames, from the one on that was asked for.
    pub(super) pages: HashSet<u32>,
    /// Transactions that were on the disk cannot be read.
    pub(super) is_damaged: bool,
}

impl Wal {
    /// Reads a log. `pages_from` is the first page that the caller wants to know of.
    pub(super) fn read(path: &Path, pages_from: u32) -> io::Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let size_bytes = file.metadata()?.len();
        let mut file = BufReader::new(file);
        let mut header = [0; HEADER_SIZE_BYTES];
        if !read_whole(&mut file, &mut header)? {
            // A header is on the disk before anything follows it.
            return Ok(Self::default());
        }
        let Some(sums) = Checksum::of_header(&header) else {
            let is_damaged = size_bytes > HEADER_SIZE_BYTES as u64;
            return Ok(Self { is_damaged, ..Self::default() });
        };
        let mut wal = Self { salts: Some(eight(&header, 16)), ..Self::default() };
        wal.read_frames(&mut file, page_size_bytes(&header), sums, pages_from)?;
        Ok(wal)
    }

    /// A frame's checksum goes on from the one before it. Where a frame goes on from one that ended a
    /// transaction, that transaction was on the disk with all before it: nothing is written behind a
    /// transaction that is not. So if there are two such frames behind one that is not whole, more than
    /// the last transaction is lost.
    fn read_frames(
        &mut self,
        file: &mut impl io::Read,
        page_size_bytes: usize,
        mut sums: Checksum,
        pages_from: u32,
    ) -> io::Result<()> {
        let mut frame = vec![0; FRAME_HEADER_SIZE_BYTES + page_size_bytes];
        let (mut is_whole, mut has_ended) = (true, false);
        let mut pending = HashSet::new();
        let mut number = 0;
        while read_whole(file, &mut frame)? {
            number += 1;
            let (page, size_pages) = (word(&frame, 0), word(&frame, 4));
            let is_of_this_use = Some(eight(&frame, 8)) == self.salts;
            let stored = (word(&frame, 16), word(&frame, 20));
            let follows = is_of_this_use
                && page != 0
                && sums.over(&frame[..8]).over(&frame[FRAME_HEADER_SIZE_BYTES..]).sums == stored;
            if is_whole && follows {
                if page >= pages_from {
                    pending.insert(page);
                }
                if size_pages != 0 {
                    self.committed_frames = number;
                    self.database_size_pages = Some(size_pages);
                    self.pages.extend(pending.drain());
                }
            } else if !is_whole && follows && has_ended {
                self.is_damaged = true;
                return Ok(());
            }
            is_whole &= follows;
            has_ended = is_of_this_use && size_pages != 0;
            sums.sums = stored;
        }
        Ok(())
    }
}

/// How many frames of a log the index beside it (`-shm`) knows to be committed and not copied into the
/// database, where that can be told: nothing of an index that is not whole, or of another use of the
/// log. The index is never ahead of what is on the disk, because a commit syncs the log first.
pub(super) fn frames_wanted(index: &Path, log: &Wal) -> io::Result<Option<u32>> {
    const COPY_SIZE_BYTES: usize = 48;
    let mut index = match File::open(index) {
        Ok(index) => index,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut header = [0; 2 * COPY_SIZE_BYTES + 4];
    if !read_whole(&mut index, &mut header)? {
        return Ok(None);
    }
    let (first, second) = header[..2 * COPY_SIZE_BYTES].split_at(COPY_SIZE_BYTES);
    let native = |bytes: &[u8], at| u32::from_ne_bytes(word(bytes, at).to_be_bytes());
    let sums = Checksum { sums: (0, 0), is_big_endian: cfg!(target_endian = "big") };
    let is_whole = first == second
        && native(first, 0) == VERSION
        && sums.over(&first[..40]).sums == (native(first, 40), native(first, 44));
    let is_of_log = log.salts.is_none_or(|salts| salts == eight(first, 32));
    let (frames, copied) = (native(first, 16), native(&header, 2 * COPY_SIZE_BYTES));
    Ok((is_whole && is_of_log && frames > copied).then_some(frames))
}

/// The checksum of everything up to a place.
#[derive(Clone, Copy)]
struct Checksum {
    sums: (u32, u32),
    is_big_endian: bool,
}

impl Checksum {
    /// The checksum of a header that is valid.
    fn of_header(header: &[u8; HEADER_SIZE_BYTES]) -> Option<Self> {
        let magic = word(header, 0);
        let none = Self { sums: (0, 0), is_big_endian: magic & 1 == 1 };
        let sums = none.over(&header[..24]);
        let page_size_bytes = page_size_bytes(header);
        let is_valid = magic & !1 == MAGIC
            && word(header, 4) == VERSION
            && page_size_bytes.is_power_of_two()
            && (512..=65_536).contains(&page_size_bytes)
            && sums.sums == (word(header, 24), word(header, 28));
        is_valid.then_some(sums)
    }

    fn over(mut self, bytes: &[u8]) -> Self {
        for pair in bytes.chunks_exact(8) {
            let (first, second) = (word(pair, 0), word(pair, 4));
            let (first, second) = match self.is_big_endian {
                true => (first, second),
                false => (first.swap_bytes(), second.swap_bytes()),
            };
            let (one, two) = self.sums;
            let one = one.wrapping_add(first).wrapping_add(two);
            self.sums = (one, two.wrapping_add(second).wrapping_add(one));
        }
        self
    }
}

fn page_size_bytes(header: &[u8]) -> usize {
    word(header, 8) as usize
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).unwrap_or_default();
    u32::from_be_bytes(word)
}

fn eight(bytes: &[u8], at: usize) -> [u8; 8] {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).unwrap_or_default()
}

/// Fills the buffer; says whether there was enough for it.
fn read_whole(file: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
