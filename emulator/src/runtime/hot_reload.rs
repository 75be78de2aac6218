//! Code that is a folder of this host and may be edited while its function is there.
//!
//! Such a function's zip says which folder, and holds nothing else. At each invocation it is looked whether
//! anything in the folder has changed; environments that began before that are stopped, and what is at work
//! ends on the old code. A watcher would tell of changes some time after they were made: a save and an
//! invocation right after it would meet the old code. Looking costs some microseconds a file, and nothing
//! while nobody invokes.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::write::SimpleFileOptions;

/// The one entry of a zip that names a folder.
const ENTRY: &str = ".cloudless/folder";
/// Files and folders that are looked at; what there is beyond them is not.
const ENTRIES_MAX: usize = 50_000;
/// A path of more is none.
const PATH_BYTES_MAX: u64 = 4096;
/// Folders in which programs keep what they make of the code.
const UNWATCHED: [&str; 3] = ["__pycache__", ".git", ".pytest_cache"];

/// The zip that names a folder, or a bootstrap.
///
/// # Errors
/// None that can be expected: it is written to memory.
pub(crate) fn zip_of_folder(path: &Path) -> io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(ENTRY, SimpleFileOptions::default()).map_err(io::Error::other)?;
    zip.write_all(path.as_os_str().as_encoded_bytes())?;
    Ok(zip.finish().map_err(io::Error::other)?.into_inner())
}

/// The folder, or the bootstrap, that a zip names; nothing where it holds code.
pub(super) fn folder_of(zip: &[u8]) -> Option<PathBuf> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).ok()?;
    if archive.len() != 1 {
        return None;
    }
    let mut text = String::new();
    archive.by_name(ENTRY).ok()?.take(PATH_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(PathBuf::from(text))
}

/// Where the code lies that a path names: a folder is it, a bootstrap lies in it.
pub(super) fn root_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if path.is_file() => folder.to_owned(),
        _ => path.to_owned(),
    }
}

/// What is in a folder, in a number: another one where a file has come, gone or been written.
pub(super) fn fingerprint(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut left = vec![path.to_owned()];
    let mut seen = 0;
    while let Some(path) = left.pop() {
        seen += 1;
        // What links lead to counts, their folders do not: they may lead in a circle.
        let is_link = fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink());
        let Ok(metadata) = fs::metadata(&path) else { continue };
        path.hash(&mut hasher);
        if !metadata.is_dir() {
            metadata.len().hash(&mut hasher);
            metadata.modified().ok().hash(&mut hasher);
            continue;
        }
        if is_link || seen > ENTRIES_MAX {
            continue;
        }
        let Ok(entries) = fs::read_dir(&path) else { continue };
        let mut entries: Vec<_> = entries
            .flatten()
            .filter(|entry| !UNWATCHED.iter().any(|name| entry.file_name() == *name))
            .map(|entry| entry.path())
            .collect();
        // A directory has no order.
        entries.sort();
        left.extend(entries);
    }
    hasher.finish()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_zip_names_a_folder_or_holds_code() {
        let path = Path::new("/home/me/function");
        assert_eq!(folder_of(&zip_of_folder(path).unwrap()).as_deref(), Some(path));
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("bootstrap", SimpleFileOptions::default()).unwrap();
        assert_eq!(folder_of(&zip.finish().unwrap().into_inner()), None);
        assert_eq!(folder_of(b"no zip"), None);
    }

    #[test]
    fn whatever_is_saved_makes_another_fingerprint_and_caches_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("lib")).unwrap();
        fs::write(at("lib/a.py"), "1").unwrap();
        let mut seen = vec![fingerprint(folder.path())];
        let changes: [Box<dyn Fn()>; 4] = [
            Box::new(|| fs::write(at("lib/a.py"), "22").unwrap()),
            Box::new(|| fs::write(at("lib/b.py"), "3").unwrap()),
            Box::new(|| fs::rename(at("lib/b.py"), at("c.py")).unwrap()),
            Box::new(|| fs::remove_file(at("c.py")).unwrap()),
        ];
        for change in changes {
            change();
            let now = fingerprint(folder.path());
            assert_ne!(seen.last(), Some(&now));
            assert_eq!(now, fingerprint(folder.path()));
            seen.push(now);
        }
        fs::create_dir(at("__pycache__")).unwrap();
        fs::write(at("__pycache__/a.pyc"), "cache").unwrap();
        assert_eq!(seen.last(), Some(&fingerprint(folder.path())));
    }
}
