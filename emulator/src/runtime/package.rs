//! Function packages: zips, unpacked once for all environments that run the same code.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::Deployment;
use cloudless_core::lambda::limits;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::{Code, hot_reload};
use crate::platform;

/// How large a package may be once unpacked: 250 MB.
pub const UNZIPPED_BYTES_MAX: u64 = limits::UNZIPPED_SIZE_BYTES_MAX;
/// How many files and directories a package may hold. Ours: AWS names no limit.
pub const ENTRIES_MAX: usize = 100_000;
/// Of how many retired versions the unpacked code is kept. Ours.
const RETIRED_KEPT_MAX: usize = 4;

/// Why a package cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// It is not a zip, or a damaged one.
    #[error("Could not unzip uploaded file: {0}. Check the file, then upload it again.")]
    NotAZip(#[from] zip::result::ZipError),
    /// It is larger than [`UNZIPPED_BYTES_MAX`].
    #[error("Unzipped size must be smaller than {UNZIPPED_BYTES_MAX} bytes")]
    TooLarge,
    /// It holds more than [`ENTRIES_MAX`] entries.
    #[error("the package has {0} entries; at most {ENTRIES_MAX} are unpacked")]
    TooManyEntries(usize),
    /// An entry would be written outside of the package's directory.
    #[error("the package's entry {0:?} points outside of the package; zip it with relative paths")]
    OutsideOfPackage(String),
    /// The code could not be read, or the unpacked files not written.
    #[error("the package could not be unpacked: {0}")]
    Io(#[from] io::Error),
}

/// Unpacked code. Its directory is removed with the last environment that uses it, unless it is
/// still the code of a function.
pub(super) struct Package {
    /// `LAMBDA_TASK_ROOT`, or what `/opt` holds.
    pub root: PathBuf,
    /// Whether it goes with its last user. A folder that is edited is its user's.
    is_ours: bool,
}

impl Drop for Package {
    fn drop(&mut self) {
        if !self.is_ours {
            return;
        }
        let _ = super::cleaning::remove_dir_all(&self.root);
    }
}

/// The packages unpacked so far, by the digest of their zip.
pub(super) struct Packages {
    directory: PathBuf,
    by_sha256: Mutex<HashMap<[u8; 32], Weak<Package>>>,
    /// Keeps the code of versions of functions between two environments, until they are retired.
    of_functions: Mutex<Vec<(FunctionArn, Arc<Package>)>>,
    /// The code retired last: where only the configuration changed, the next environment runs it again.
    retired: Mutex<VecDeque<Arc<Package>>>,
    /// The folders that are functions' code, by the revision.
    folders: Mutex<HashMap<String, (FunctionArn, PathBuf)>>,
    /// Held while unpacking, so that environments that start together unpack once.
    unpacking: tokio::sync::Mutex<()>,
}

impl Packages {
    /// Unpacks into `directory`, which is emptied.
    pub fn open(directory: PathBuf) -> io::Result<Self> {
        super::cleaning::recreate(&directory)?;
        Ok(Self {
            directory,
            by_sha256: Mutex::default(),
            of_functions: Mutex::default(),
            retired: Mutex::default(),
            folders: Mutex::default(),
            unpacking: tokio::sync::Mutex::default(),
        })
    }

    /// The unpacked code of `function`.
    pub async fn get(
        &self,
        function: &Deployment,
        code: &Code,
    ) -> Result<Arc<Package>, PackageError> {
        if let Some(package) = function.code.sha256().and_then(|sha256| self.find(&sha256)) {
            self.keep(function, &package);
            return Ok(package);
        }
        let _unpacking = self.unpacking.lock().await;
        if let Some(package) = function.code.sha256().and_then(|sha256| self.find(&sha256)) {
            self.keep(function, &package);
            return Ok(package);
        }
        let code = code.read().await?;
        let known = function.code.sha256();
        let sha256 = known.unwrap_or_else(|| Sha256::digest(&code).into());
        if let Some(folder) = hot_reload::folder_of(&code) {
            return self.of_folder(function, folder).await;
        }
        let package = self.unpacked(sha256, vec![code]).await?;
        self.keep(function, &package);
        Ok(package)
    }

    /// A folder of this host, used as it is.
    async fn of_folder(
        &self,
        function: &Deployment,
        folder: PathBuf,
    ) -> Result<Arc<Package>, PackageError> {
        let named = folder.clone();
        let root = tokio::task::spawn_blocking(move || hot_reload::root_of(&named)).await;
        let root = root.map_err(io::Error::other)?;
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(function.revision_id.clone(), (function.arn.clone(), folder));
        Ok(Arc::new(Package { root, is_ours: false }))
    }

    /// The folder that is a function's code, once an environment was made of it.
    pub fn folder_of(&self, function: &Deployment) -> Option<PathBuf> {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if folders.is_empty() {
            return None;
        }
        folders.get(&function.revision_id).map(|(_, folder)| folder.clone())
    }

    /// The layers of `function`, laid over each other in their order; nothing where it has none.
    pub async fn layers(
        &self,
        function: &Deployment,
        code: &Code,
    ) -> Result<Option<Arc<Package>>, PackageError> {
        if function.layers.is_empty() {
            return Ok(None);
        }
        let _unpacking = self.unpacking.lock().await;
        // A version of a layer never changes.
        let mut digest = Sha256::new();
        for layer in &function.layers {
            digest.update(layer.arn.as_bytes());
            digest.update([0]);
        }
        let sha256 = digest.finalize().into();
        if let Some(package) = self.find(&sha256) {
            self.keep(function, &package);
            return Ok(Some(package));
        }
        let mut zips = Vec::new();
        for layer in &code.layers {
            zips.push(layer.read().await?);
        }
        let package = self.unpacked(sha256, zips).await?;
        self.keep(function, &package);
        Ok(Some(package))
    }

    /// Unpacks zips over each other, to be found by `sha256` for as long as somebody has them.
    async fn unpacked(
        &self,
        sha256: [u8; 32],
        zips: Vec<Bytes>,
    ) -> Result<Arc<Package>, PackageError> {
        let directory = self.directory.clone();
        let package = tokio::task::spawn_blocking(move || {
            // A number of its own: the directory of the same code may still be on its way out.
            let name = format!("{}-{:08x}", hex::encode(sha256), rand::random::<u32>());
            let package = Package { root: directory.join(name), is_ours: true };
            fs::create_dir(&package.root)?;
            let mut room = UNZIPPED_BYTES_MAX;
            for zip in &zips {
                unpack_over(zip, &package.root, &mut room)?;
            }
            Ok::<_, PackageError>(Arc::new(package))
        })
        .await
        .map_err(io::Error::other)??;
        let mut by_sha256 = self.by_sha256.lock().unwrap_or_else(PoisonError::into_inner);
        by_sha256.retain(|_, package| package.strong_count() > 0);
        by_sha256.insert(sha256, Arc::downgrade(&package));
        Ok(package)
    }

    /// Forgets the code of the function, or of the version that the ARN names, once no environment uses it
    /// and some others were retired after it.
    pub fn retire(&self, function: &FunctionArn) {
        let is_retired = |kept: &FunctionArn| match function.qualifier {
            Some(_) => kept == function,
            None => kept.unqualified() == *function,
        };
        let retired: Vec<_> = {
            let mut kept = self.of_functions.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extract_if(.., |(arn, _)| is_retired(arn)).map(|(_, package)| package).collect()
        };
        let forgotten: Vec<_> = {
            let mut kept = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|one| !retired.iter().any(|again| Arc::ptr_eq(one, again)));
            kept.extend(retired);
            let over = kept.len().saturating_sub(RETIRED_KEPT_MAX);
            kept.drain(..over).collect()
        };
        // Outside of the locks: files are removed.
        drop(forgotten);
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.retain(|_, (arn, _)| *arn != function.unqualified());
    }

    fn find(&self, sha256: &[u8; 32]) -> Option<Arc<Package>> {
        self.by_sha256.lock().unwrap_or_else(PoisonError::into_inner).get(sha256)?.upgrade()
    }

    fn keep(&self, function: &Deployment, package: &Arc<Package>) {
        let version = function.qualified_arn();
        let mut kept = self.of_functions.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.iter().any(|(arn, known)| *arn == version && Arc::ptr_eq(known, package)) {
            kept.push((version, Arc::clone(package)));
        }
    }
}

/// How large a package says that it is once unpacked, in bytes; nothing where it is no zip. What it
/// really is shows when it is unpacked.
pub(crate) fn declared_size_bytes(code: &[u8]) -> Option<u64> {
    let archive = ZipArchive::new(Cursor::new(code)).ok()?;
    let size_bytes = archive.decompressed_size()?;
    u64::try_from(size_bytes).ok()
}

/// Unpacks a zip into an empty directory, and nothing outside of it.
#[cfg(test)]
fn unpack(code: &Bytes, root: &Path) -> Result<(), PackageError> {
    unpack_over(code, root, &mut { UNZIPPED_BYTES_MAX })
}

/// Unpacks a zip over what earlier ones left in a directory, which it may replace, as far as there is room,
/// in bytes; and nothing outside of it.
fn unpack_over(code: &Bytes, root: &Path, room: &mut u64) -> Result<(), PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(code))?;
    if archive.len() > ENTRIES_MAX {
        return Err(PackageError::TooManyEntries(archive.len()));
    }
    // Links come last: no file is ever written through one.
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let Some(path) = entry.enclosed_name().map(|relative| root.join(relative)) else {
            return Err(PackageError::OutsideOfPackage(name));
        };
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut limited = (&mut entry).take(*room + 1);
        if entry_is_link(&limited) {
            let mut target = String::new();
            limited.read_to_string(&mut target)?;
            *room = room.checked_sub(target.len() as u64).ok_or(PackageError::TooLarge)?;
            links.push((name, path, target));
            continue;
        }
        replace(&path)?;
        let written = io::copy(&mut limited, &mut File::create(&path)?)?;
        *room = room.checked_sub(written).ok_or(PackageError::TooLarge)?;
        // A zip from Windows knows no modes: Lambda runs its bootstrap all the same.
        let mode = entry.unix_mode().map_or(0o755, |mode| mode & 0o777 | 0o400);
        platform::set_mode(&path, mode)?;
    }
    for (name, path, target) in links {
        if !stays_inside(root, &path, Path::new(&target)) {
            return Err(PackageError::OutsideOfPackage(name));
        }
        replace(&path)?;
        platform::symlink(Path::new(&target), &path)?;
    }
    Ok(())
}

/// Makes room for a file where an earlier layer has one: it is not written through a link.
fn replace(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn entry_is_link<R: Read>(entry: &io::Take<&mut zip::read::ZipFile<'_, R>>) -> bool {
    entry.get_ref().is_symlink()
}

/// Whether a link at `path` to `target` leads to a place under `root`, whatever other links there
/// are: `..` may only stand in front, and no directory above the link is itself a link.
fn stays_inside(root: &Path, path: &Path, target: &Path) -> bool {
    let Some(parent) = path.parent() else { return false };
    let Ok(relative) = parent.strip_prefix(root) else { return false };
    let mut above = root.to_owned();
    for component in relative.components() {
        above.push(component);
        if !fs::symlink_metadata(&above).is_ok_and(|found| found.is_dir()) {
            return false;
        }
    }
    let mut depth = relative.components().count();
    let mut descended = false;
    target.components().all(|component| match component {
        Component::CurDir => true,
        Component::Normal(_) => {
            descended = true;
            true
        }
        Component::ParentDir if !descended && depth > 0 => {
            depth -= 1;
            true
        }
        _ => false,
    })
}

// Files have modes, and anybody may make links.
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    enum Entry {
        File(&'static str, &'static str, u32),
        Link(&'static str, &'static str),
    }

    fn unpacked(entries: &[Entry]) -> Result<Vec<String>, String> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for entry in entries {
            match entry {
                Entry::File(name, text, mode) => {
                    zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode))
                        .unwrap();
                    zip.write_all(text.as_bytes()).unwrap();
                }
                Entry::Link(name, target) => {
                    zip.add_symlink(*name, *target, SimpleFileOptions::default()).unwrap();
                }
            }
        }
        let zip = Bytes::from(zip.finish().unwrap().into_inner());
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("package");
        fs::create_dir(&root).unwrap();
        let result = unpack(&zip, &root).map_err(|error| error.to_string());
        let beside: Vec<_> = fs::read_dir(outer.path()).unwrap().collect();
        assert_eq!(beside.len(), 1, "nothing is written beside the package");
        result?;
        let mut found = Vec::new();
        list(&root, &root, &mut found);
        found.sort();
        Ok(found)
    }

    fn list(root: &Path, directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                list(root, &path, found);
            } else if metadata.is_symlink() {
                found.push(format!("{name} -> {}", fs::read_link(&path).unwrap().display()));
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push(format!("{name} {:o} {text}", metadata.permissions().mode() & 0o777));
            }
        }
    }

    #[test]
    fn files_keep_their_modes_and_links_their_targets() {
        let found = unpacked(&[
            Entry::File("bootstrap", "#!/bin/sh", 0o755),
            Entry::File("lib/libm.so.1", "elf", 0o644),
            Entry::Link("lib/libm.so", "libm.so.1"),
            Entry::Link("lib/start", "../bootstrap"),
        ]);
        insta::assert_debug_snapshot!(found, @r##"
        Ok(
            [
                "bootstrap 755 #!/bin/sh",
                "lib/libm.so -> libm.so.1",
                "lib/libm.so.1 644 elf",
                "lib/start -> ../bootstrap",
            ],
        )
        "##);
    }

    #[test]
    fn nothing_leaves_the_package() {
        let refused = |entries: &[Entry]| unpacked(entries).unwrap_err();
        insta::assert_debug_snapshot!([
            refused(&[Entry::File("../evil", "x", 0o644)]),
            refused(&[Entry::File("a/../../evil", "x", 0o644)]),
            refused(&[Entry::Link("passwd", "/etc/passwd")]),
            refused(&[Entry::Link("up", "..")]),
            refused(&[Entry::Link("a/b/root", "../.."), Entry::Link("out", "a/b/root/..")]),
            refused(&[Entry::File("d/x", "x", 0o644), Entry::Link("a", "d"), Entry::Link("a/y", "x")]),
        ], @r#"
        [
            "the package's entry \"../evil\" points outside of the package; zip it with relative paths",
            "the package's entry \"a/../../evil\" points outside of the package; zip it with relative paths",
            "the package's entry \"passwd\" points outside of the package; zip it with relative paths",
            "the package's entry \"up\" points outside of the package; zip it with relative paths",
            "the package's entry \"out\" points outside of the package; zip it with relative paths",
            "the package could not be unpacked: Is a directory (os error 21)",
        ]
        "#);
    }

    #[test]
    fn what_is_no_zip_is_refused_with_what_to_do() {
        let refused = unpack(&Bytes::from_static(b"hello"), Path::new("unused")).unwrap_err();
        insta::assert_snapshot!(refused, @"Could not unzip uploaded file: invalid Zip archive: Could not find EOCD. Check the file, then upload it again.");
    }
}
