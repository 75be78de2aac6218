//! One process at a time has a data directory.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// A directory that is taken for this process, for as long as this lives; the operating system frees
/// it with the process. The file says which process it is. Given up before [`Lock::keep`], it is left
/// as it was.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    before: Before,
}

/// What the file was before.
#[derive(Debug)]
enum Before {
    Missing,
    Said(Vec<u8>),
    /// It stays as it is now.
    Kept,
}

impl Lock {
    pub(super) fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("lock");
        let failed = |error| StoreError::File { path: path.clone(), error };
        let was_there = path.exists();
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        let mut said = Vec::new();
        match file.try_lock() {
            Ok(()) => file.read_to_end(&mut said).map_err(failed)?,
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                let known = file.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
                let by = known.then(|| format!("process {}", by.trim()));
                return Err(StoreError::InUse { path: directory.to_path_buf(), by });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        let before = if was_there { Before::Said(said) } else { Before::Missing };
        let mut lock = Self { file, path, before };
        let says = lock.say(std::process::id().to_string().as_bytes());
        says.map_err(|error| StoreError::File { path: lock.path.clone(), error })?;
        Ok(lock)
    }

    /// From now on the directory is used.
    pub(super) fn keep(&mut self) {
        self.before = Before::Kept;
    }

    fn say(&mut self, what: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(what)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody can be told, and nothing rests on it.
        let _ = match std::mem::replace(&mut self.before, Before::Kept) {
            Before::Kept => Ok(()),
            Before::Said(said) => self.say(&said),
            Before::Missing => fs::remove_file(&self.path),
        };
    }
}
