//! One process at a time has a data directory, and one store in it. Forks that read bodies there have it
//! too, also when the store is closed: it can be opened again in this process, which knows what they
//! read, and in no other, which would sweep it.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::StoreError;
use super::blobs::Shared as SharedBlobs;

/// The directories that this process has, by their full path.
static TAKEN: Mutex<BTreeMap<PathBuf, Taken>> = Mutex::new(BTreeMap::new());

/// A directory that this process has.
struct Taken {
    lock: Lock,
    /// Whether a store is open in it.
    has_store: bool,
    /// How many have it: the store and forks.
    holds: usize,
    /// Its bodies, with what is read there.
    blobs: Weak<SharedBlobs>,
}

/// What keeps a directory for this process. The last that is dropped frees it.
#[derive(Debug)]
pub(super) struct Hold {
    path: PathBuf,
    is_store: bool,
}

impl Hold {
    /// Takes a directory for a store.
    ///
    /// # Errors
    /// Another process has it, or another store of this one.
    pub(super) fn for_store(directory: &Path) -> Result<Self, StoreError> {
        let path = directory
            .canonicalize()
            .map_err(|error| StoreError::File { path: directory.to_path_buf(), error })?;
        let mut all = taken();
        match all.get_mut(&path) {
            Some(taken) if taken.has_store => {
                let by = Some(format!("process {}", std::process::id()));
                return Err(StoreError::InUse { path: directory.to_path_buf(), by });
            }
            Some(taken) => {
                taken.has_store = true;
                taken.holds += 1;
            }
            None => {
                let lock = Lock::take(directory)?;
                let taken = Taken { lock, has_store: true, holds: 1, blobs: Weak::new() };
                all.insert(path.clone(), taken);
            }
        }
        Ok(Self { path, is_store: true })
    }

    /// One more that keeps the directory: a fork.
    pub(super) fn again(path: &Path) -> Option<Self> {
        taken().get_mut(path)?.holds += 1;
        Some(Self { path: path.to_path_buf(), is_store: false })
    }

    /// The directory, by its full path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// From now on the directory is used: given up, it stays as it is.
    pub(super) fn keep(&self) {
        if let Some(taken) = taken().get_mut(&self.path) {
            taken.lock.keep();
        }
    }

    /// The bodies of the directory: those that forks still read, or else what is made here.
    pub(super) fn blobs(&self, make: impl FnOnce() -> Arc<SharedBlobs>) -> Arc<SharedBlobs> {
        let mut all = taken();
        let known = all.get(&self.path).and_then(|taken| taken.blobs.upgrade());
        known.unwrap_or_else(|| {
            let blobs = make();
            if let Some(taken) = all.get_mut(&self.path) {
                taken.blobs = Arc::downgrade(&blobs);
            }
            blobs
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut all = taken();
        let Some(taken) = all.get_mut(&self.path) else { return };
        taken.has_store &= !self.is_store;
        taken.holds -= 1;
        if taken.holds == 0 {
            all.remove(&self.path);
        }
    }
}

fn taken() -> MutexGuard<'static, BTreeMap<PathBuf, Taken>> {
    // Each change is whole, so that a panic elsewhere does not matter.
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A directory that is taken for this process, for as long as this lives; the operating system frees
/// it with the process. The file says which process it is. Given up before [`Lock::keep`], it is left
/// as it was.
#[derive(Debug)]
struct Lock {
    file: File,
    path: PathBuf,
    before: Before,
}

/// What the file was before.
#[derive(Debug)]
enum Before {
    Missing,
    Text(Vec<u8>),
    /// It stays as it is now.
    Kept,
}

impl Lock {
    fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("lock");
        let failed = |error| StoreError::File { path: path.clone(), error };
        let was_there = path.exists();
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        let mut text = Vec::new();
        match file.try_lock() {
            Ok(()) => file.read_to_end(&mut text).map_err(failed)?,
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                let known = file.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
                let by = known.then(|| format!("process {}", by.trim()));
                return Err(StoreError::InUse { path: directory.to_path_buf(), by });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        let before = if was_there { Before::Text(text) } else { Before::Missing };
        let mut lock = Self { file, path, before };
        let written = lock.write(std::process::id().to_string().as_bytes());
        written.map_err(|error| StoreError::File { path: lock.path.clone(), error })?;
        Ok(lock)
    }

    /// From now on the directory is used.
    fn keep(&mut self) {
        self.before = Before::Kept;
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody can be told, and nothing rests on it.
        let _ = match std::mem::replace(&mut self.before, Before::Kept) {
            Before::Kept => Ok(()),
            Before::Text(text) => self.write(&text),
            Before::Missing => fs::remove_file(&self.path),
        };
    }
}
