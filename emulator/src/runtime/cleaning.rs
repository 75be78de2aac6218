//! Removes what functions leave behind: also folders that nobody may write to, and folders in
//! folders without end.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform;

/// Removes a directory and all in it. What its owner has forbidden himself is allowed again. No path
/// gets longer with the depth, no stack deeper and no more files are open: a folder in a folder is
/// moved to the top first.
///
/// # Errors
/// Something in it belongs to somebody else, or is in use. The rest is gone.
pub(super) fn remove_dir_all(directory: &Path) -> io::Result<()> {
    match fs::symlink_metadata(directory) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return remove_file(directory),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    clear(directory)?;
    fs::remove_dir(directory)
}

/// An empty directory in place of what was there. What cannot be removed stays, and is said once:
/// it must not keep anybody from starting.
///
/// # Errors
/// There is no directory, and none can be made.
pub(super) fn recreate(directory: &Path) -> io::Result<()> {
    if let Err(error) = remove_dir_all(directory) {
        tracing::warn!(
            directory = %directory.display(),
            "something that a function left behind cannot be removed: {error}"
        );
    }
    fs::create_dir_all(directory)
}

/// A directory that goes when this is dropped, with whatever functions left in it.
pub(crate) struct TemporaryDir(pub tempfile::TempDir);

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        let _ = remove_dir_all(self.0.path());
    }
}

/// Empties a directory.
fn clear(directory: &Path) -> io::Result<()> {
    let mut moved = 0u64;
    loop {
        let entries = entries(directory)?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut failed = None;
        let mut removed = false;
        for entry in entries {
            match remove(directory, &entry, &mut moved) {
                Ok(()) => removed = true,
                Err(error) => failed = Some(error),
            }
        }
        // Nothing that is left goes: it would be tried for ever.
        if let (false, Some(error)) = (removed, failed) {
            return Err(error);
        }
    }
}

/// Removes an entry of `top`; the folders in it become entries of `top`.
fn remove(top: &Path, entry: &DirEntry, moved: &mut u64) -> io::Result<()> {
    let path = entry.path();
    if !entry.file_type()?.is_dir() {
        return remove_file(&path);
    }
    if fs::remove_dir(&path).is_ok() {
        return Ok(());
    }
    for inner in entries(&path)? {
        if inner.file_type()?.is_dir() {
            // A folder that is moved is written to: it gets another parent.
            platform::allow_all(&inner.path())?;
            fs::rename(inner.path(), free_name(top, moved))?;
        } else {
            remove_file(&inner.path())?;
        }
    }
    fs::remove_dir(path)
}

fn entries(directory: &Path) -> io::Result<Vec<DirEntry>> {
    platform::allow_all(directory)?;
    fs::read_dir(directory)?.collect()
}

/// Removes what is no directory. A link to one counts as one where links have kinds.
fn remove_file(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| fs::remove_dir(path).map_err(|_| error))
}

fn free_name(top: &Path, moved: &mut u64) -> PathBuf {
    loop {
        *moved += 1;
        let name = top.join(format!("moved-{moved}"));
        if fs::symlink_metadata(&name).is_err() {
            return name;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    #[test]
    fn folders_that_forbid_everything_go() {
        let outer = tempfile::tempdir().unwrap();
        let directory = outer.path().join("work");
        fs::create_dir_all(directory.join("a/b/c")).unwrap();
        fs::write(directory.join("a/b/file"), "kept from removal").unwrap();
        platform::symlink(outer.path(), &directory.join("a/b/c/outside")).unwrap();
        for forbidden in ["a/b/c", "a/b", "a", ""] {
            platform::set_mode(&directory.join(forbidden), 0o000).unwrap();
        }
        recreate(&directory).unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        remove_dir_all(&directory).unwrap();
        remove_dir_all(&directory).unwrap();
        assert!(outer.path().exists(), "a link is removed, and not what it leads to");
    }

    #[test]
    fn folders_in_folders_without_end_go() {
        let outer = tempfile::tempdir().unwrap();
        let directory = outer.path().join("work");
        let tower = directory.join("tower");
        fs::create_dir_all(&tower).unwrap();
        // From the inside out: no path is that long.
        for level in 0..3000 {
            let (next, above) = (directory.join("next"), directory.join("tower"));
            fs::create_dir(&next).unwrap();
            fs::write(next.join("file"), level.to_string()).unwrap();
            fs::rename(above, next.join("moved-1")).unwrap();
            fs::rename(next, &tower).unwrap();
        }
        remove_dir_all(&directory).unwrap();
        assert!(!directory.exists());
    }
}
