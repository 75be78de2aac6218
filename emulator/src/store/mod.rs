//! Where records and object bodies are kept: in memory, or in a directory (records and small
//! bodies in SQLite, large bodies as files beside it).

pub mod blobs;
mod body;
mod digest;
mod formats;
mod inspection;
mod lock;
mod spill;
mod sqlite;
mod tables;
#[cfg(test)]
mod tests;
mod wal;
mod writer;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use cloudless_core::content::BlobId;
use cloudless_core::{Change, Record, Timestamp};

pub use blobs::{Blobs, Staged};
pub(crate) use blobs::{Wanted, named_in};
pub use body::Body;
pub use cloudless_core::checksum::ChecksumAlgorithm;
pub use sqlite::SqliteStore;
pub use writer::{BlobWriter, WriteError, WriteOptions};

/// Keeps the records of a World. Two of them exist, [`MemoryStore`] and [`SqliteStore`]; a test
/// may bring one that fails.
pub trait Store: Send {
    /// Reads everything back. `seed` is written down where the store is new. `restore` is called
    /// once, unless the store keeps nothing, with the seed that the records were written under and
    /// the records in the order of their keys' kinds, each as it is read. Where one cannot be read, they
    /// end before it, and so does this.
    ///
    /// # Errors
    /// The store cannot be read, or a newer version of Cloudless wrote it.
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError>;

    /// What was read is gone on with. Until then a store that is opened has changed nothing, so that
    /// what cannot be used stays as it is. A first [`Store::commit`] says it as well.
    ///
    /// # Errors
    /// The store cannot be written.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Makes all of this durable, all or nothing, before it returns.
    ///
    /// # Errors
    /// The store cannot be written now. Nothing of it can be read back, unless the process ends
    /// before the next commit: whether it happened is then unknown.
    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError>;
}

/// Takes the seed and the records out of a [`Store`].
pub type Restore<'a> = &'a mut dyn FnMut(u64, &mut dyn Iterator<Item = Record>);

/// What a [`Store`] had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing is kept here: `restore` was not called, and nothing is to be committed.
    Nothing,
    /// The records that `restore` was given.
    Records {
        /// The moment of the last commit: time goes on from there.
        last: Timestamp,
    },
}

/// What is made durable at once.
#[derive(Debug)]
pub struct Commit<'a> {
    /// Changes of records, in order.
    pub changes: &'a [Change],
    /// Bodies that the changes refer to and that are kept beside the records.
    pub bodies: &'a [(BlobId, Bytes)],
    /// Bodies beside the records that nothing refers to any more.
    pub dropped_bodies: &'a [BlobId],
    /// The moment.
    pub now: Timestamp,
}

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the directory open.
    #[error(
        "the data directory {} is in use by another process{}: stop that one first, or choose \
         another directory with --data-dir", path.display(), by.as_ref().map_or_else(String::new, |pid| format!(" ({pid})"))
    )]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The other process, where it is known.
        by: Option<String>,
    },
    /// A newer version wrote the directory.
    #[error(
        "the data directory {} was written by a newer version of Cloudless (its format is \
         {found}, this one reads up to {supported}): update Cloudless, or choose another directory \
         with --data-dir", path.display()
    )]
    Newer {
        /// The directory.
        path: PathBuf,
        /// The format found.
        found: i64,
        /// The newest format that this version reads.
        supported: i64,
    },
    /// The directory has a database that is not ours.
    #[error(
        "{} is not a database of Cloudless: choose another directory with --data-dir", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The directory has an older format and could not be brought up to date. It is as it was.
    #[error(
        "the data directory {} has format {from} and cannot be brought up to date ({reason}); nothing \
         in it was changed: open it with the version of Cloudless that wrote it, restore it from a copy, \
         or choose another directory with --data-dir", path.display()
    )]
    Unmigrated {
        /// The directory.
        path: PathBuf,
        /// The format from which the step failed.
        from: i64,
        /// Why.
        reason: String,
    },
    /// Something is missing from the directory, or damaged.
    #[error(
        "{} {what}. Nothing was changed. Restore the data directory from a copy, {or}or choose another \
         with --data-dir", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What else can be done, with a comma and a space at its end, or nothing.
        or: &'static str,
    },
    /// A record cannot be read.
    #[error(
        "{} holds a record that cannot be read ({name}: {reason}). Nothing was changed. Restore the data \
         directory from a copy, or choose another with --data-dir", path.display()
    )]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// Kind and name of the record.
        name: String,
        /// Why.
        reason: String,
    },
    /// The clock of what is stored shows a moment that does not exist.
    #[error(
        "the clock of the data directory stands past {}, where no time can be written: restore the \
         directory from a copy, or choose another with --data-dir", Timestamp::NOW_MAX.iso8601_ms()
    )]
    EndOfTime,
    /// The database failed.
    #[error("the database in the data directory failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file or directory could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something else, in words: for stores of tests.
    #[error("{0}")]
    Other(String),
}

/// Keeps nothing.
#[derive(Debug, Default)]
pub struct MemoryStore;

impl Store for MemoryStore {
    fn load(&mut self, _seed: u64, _restore: Restore<'_>) -> Result<Kept, StoreError> {
        Ok(Kept::Nothing)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn commit(&mut self, _commit: &Commit<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A store of records and the object bodies that belong to them.
pub struct Storage {
    /// Records.
    pub records: Box<dyn Store>,
    /// Object bodies.
    pub blobs: Blobs,
}

impl Storage {
    /// Keeps everything for as long as the process runs, in memory; bodies of more than a mebibyte are in a
    /// temporary file without a name.
    #[must_use]
    pub fn memory() -> Self {
        Self { records: Box::new(MemoryStore), blobs: Blobs::memory() }
    }

    /// Keeps everything in this directory, which is made where it does not exist. One process at a
    /// time can have it open.
    ///
    /// # Errors
    /// Another process has it open, a newer version of Cloudless wrote it, or it cannot be written.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let records = SqliteStore::open(directory)?;
        let blobs = Blobs::directory(directory, records.hold())?;
        Ok(Self { records: Box::new(records), blobs })
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}
