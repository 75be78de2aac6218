//! Object bodies. Small ones lie in the database and become durable in the same transaction as the
//! records that refer to them; large ones are files, complete and synced before the World hears of
//! them. What nothing refers to is deleted, once nobody reads it any more.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use cloudless_core::checksum::{Checksum, ChecksumAlgorithm};
use cloudless_core::content::{Blob, BlobId, BlobRange};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::body::{Body, Source, Stretch};
use super::digest::Digested;
use super::lock::Hold;
use super::spill::{Segment, Spill};
use super::writer::{BlobWriter, WriteError, WriteOptions};
use super::{StoreError, sqlite};

/// Bodies up to this size are kept beside the records: a synced file of its own would cost twenty
/// times the write.
pub const INLINE_SIZE_MAX_BYTES: usize = 64 * 1024;

/// The names of bodies that lie in the database, and of those that are files, begin with these.
const ROW: &str = BlobId::BESIDE_RECORDS;
const FILE: &str = "file-";
/// Files that are still being written.
const PART: &str = ".part-";

/// Where files are, in the data directory.
pub(super) const DIRECTORY_NAME: &str = "blobs";

/// Whether there is any body in this directory of files.
pub(super) fn is_any(files: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(files) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in entries {
        if entry?.file_name().to_str().is_some_and(|name| name.starts_with(FILE)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All object bodies of one emulator. Clones are the same store.
#[derive(Clone)]
pub struct Blobs {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    place: Place,
    state: Mutex<State>,
    /// Of a fork: what keeps the directories where its leases are. Goes after them.
    lenders: Vec<Hold>,
}

enum Place {
    Memory {
        /// Where large bodies are, once there was one.
        spill: OnceLock<Spill>,
    },
    Directory {
        /// The directory, by its full path.
        directory: PathBuf,
        files: PathBuf,
        database: PathBuf,
        readers: Mutex<Vec<Connection>>,
    },
}

impl Place {
    fn memory() -> Self {
        Self::Memory { spill: OnceLock::new() }
    }
}

#[derive(Default)]
struct State {
    /// In memory: everything but what is leased. In a directory: small bodies that are not committed
    /// yet.
    held: HashMap<BlobId, Segments>,
    /// Of a fork: bodies that lie in the directory of the emulator that it was made of. Each is open for
    /// reading there until it is deleted here.
    leased: HashMap<BlobId, Reading>,
    /// How many bodies are open for reading, and whether the last one out deletes the blob.
    open: HashMap<BlobId, Open>,
    /// Bodies in the database that the next commit removes.
    dropped_rows: Vec<BlobId>,
}

#[derive(Default)]
struct Open {
    readers: usize,
    doomed: bool,
}

/// A body in memory.
#[derive(Clone)]
pub(super) enum Segments {
    /// Small, and in place: there may be millions of them.
    One(Bytes),
    /// In pieces of [`SEGMENT_SIZE_BYTES`](super::writer::SEGMENT_SIZE_BYTES).
    Many(Arc<[Segment]>),
}

/// The bodies that something refers to.
pub(crate) trait Wanted {
    /// Whether this one is among them.
    fn contains(&self, blob: &BlobId) -> bool;

    /// All of them, each once.
    fn iter(&self) -> impl Iterator<Item = &BlobId>;
}

/// What there is in a directory.
enum Stored {
    Body(BlobId),
    /// A file that was being written.
    Part(PathBuf),
}

/// The bodies that a record names, in its JSON.
pub(crate) fn named_in(json: &str) -> impl Iterator<Item = &str> {
    let texts = json.split('"');
    texts.filter(|text| text.starts_with(ROW) || text.starts_with(FILE))
}

/// What the sweep at the start found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// Bodies that nothing referred to; they are gone.
    pub removed: usize,
    /// Bodies that are referred to and not there: reading them fails.
    pub missing: Vec<BlobId>,
}

impl Blobs {
    /// Keeps every body in memory, and large ones in a temporary file without a name.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Place::memory())
    }

    /// Keeps bodies in this directory, whose database exists already.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn directory(directory: &Path, hold: &Hold) -> Result<Self, StoreError> {
        let files = directory.join(DIRECTORY_NAME);
        fs::create_dir_all(&files)
            .map_err(|error| StoreError::File { path: files.clone(), error })?;
        let database = directory.join(sqlite::FILE_NAME);
        let directory = hold.path().to_path_buf();
        let readers = Mutex::default();
        let place = Place::Directory { directory, files, database, readers };
        let blobs = Self { shared: hold.blobs(|| Self::new(place).shared) };
        // What the store that was open before could not remove is found by the sweep.
        blobs.state().dropped_rows.clear();
        Ok(blobs)
    }

    fn new(place: Place) -> Self {
        let (state, lenders) = (Mutex::default(), Vec::new());
        Self { shared: Arc::new(Shared { place, state, lenders }) }
    }

    /// The same bodies for a fork, which keeps its own in memory: those of `wanted` that are held here
    /// it holds as well, and the others it has a lease of. They stay until both have deleted them, or
    /// are gone.
    pub(crate) fn fork<'a>(&self, wanted: impl Iterator<Item = &'a BlobId>) -> Self {
        let mut state = self.state();
        let mut fork = State::default();
        for blob in wanted {
            if let Some(segments) = state.held.get(blob) {
                fork.held.insert(blob.clone(), segments.clone());
            } else if fork.leased.contains_key(blob) {
                // A copy of an object refers to the same blob.
            } else if let Some(lease) = state.leased.get(blob) {
                fork.leased.insert(blob.clone(), lease.again());
            } else if self.files().is_some() {
                let lease = self.read(&mut state, blob);
                fork.leased.insert(blob.clone(), lease);
            }
        }
        let lenders = match &self.shared.place {
            Place::Memory { .. } => {
                self.shared.lenders.iter().filter_map(|it| Hold::again(it.path())).collect()
            }
            Place::Directory { directory, .. } => Hold::again(directory).into_iter().collect(),
        };
        drop(state);
        let shared = Shared { place: Place::memory(), state: Mutex::new(fork), lenders };
        Self { shared: Arc::new(shared) }
    }

    /// Holds bodies that the World has written. Gives back what is to be committed beside the records.
    pub(crate) fn hold(&self, bodies: Vec<(BlobId, Bytes)>) -> Vec<(BlobId, Bytes)> {
        if bodies.is_empty() {
            return bodies;
        }
        let held = bodies.iter().map(|(blob, bytes)| (blob.clone(), Segments::One(bytes.clone())));
        self.state().held.extend(held);
        match self.files() {
            Some(_) => bodies,
            None => Vec::new(),
        }
    }

    /// Begins an upload. Dropped before it is finished, it leaves nothing.
    #[must_use]
    pub fn writer(&self, options: WriteOptions) -> BlobWriter {
        BlobWriter::new(self.clone(), options)
    }

    /// Stages a body that is in memory already.
    ///
    /// # Errors
    /// It is larger than the options let it, or the disk fails.
    pub async fn stage(&self, bytes: Bytes, options: WriteOptions) -> Result<Staged, WriteError> {
        let mut writer = self.writer(options);
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Opens stretches of blobs, as one body. What was opened can be read to its end, also when its
    /// blobs are deleted meanwhile. Costs no I/O; a blob that does not exist fails when it is read.
    #[must_use]
    pub fn open(&self, ranges: &[BlobRange]) -> Body {
        let mut state = self.state();
        let stretches = ranges.iter().map(|range| {
            let source = match (state.held.get(&range.blob), state.leased.get(&range.blob)) {
                (Some(segments), _) => Source::Held(segments.clone()),
                (None, Some(lease)) => Source::Stored(lease.again()),
                (None, None) => Source::Stored(self.read(&mut state, &range.blob)),
            };
            Stretch::new(source, range.offset_bytes, range.length_bytes)
        });
        Body::new(stretches.collect())
    }

    fn read(&self, state: &mut State, blob: &BlobId) -> Reading {
        state.open.entry(blob.clone()).or_default().readers += 1;
        Reading { blob: blob.clone(), blobs: self.clone() }
    }

    /// Deletes a body that nothing refers to any more: at once, or when the last reader is done.
    pub(crate) fn delete(&self, blob: &BlobId) {
        let mut state = self.state();
        match state.open.get_mut(blob) {
            Some(open) => open.doomed = true,
            None => self.remove(&mut state, blob),
        }
    }

    /// The names of bodies that the next commit is to remove from beside the records.
    pub(crate) fn take_dropped_rows(&self) -> Vec<BlobId> {
        std::mem::take(&mut self.state().dropped_rows)
    }

    /// The next commit is to remove these bodies from beside the records.
    pub(crate) fn drop_rows(&self, rows: impl IntoIterator<Item = BlobId>) {
        self.state().dropped_rows.extend(rows);
    }

    /// A body of zeros, to be kept beside the records: whether there is room for one.
    pub(crate) fn row_of(size_bytes: usize) -> (BlobId, Bytes) {
        (new_name(ROW), vec![0; size_bytes].into())
    }

    /// These bodies are durable beside the records and need not be held any longer.
    pub(crate) fn committed(&self, bodies: &[(BlobId, Bytes)]) {
        if !bodies.is_empty() {
            let mut state = self.state();
            for (blob, _) in bodies {
                state.held.remove(blob);
            }
        }
    }

    /// Deletes whatever is stored and not wanted: uploads that were cut off, bodies whose deletion was;
    /// and says which bodies are wanted and not there. For a start, before anything is staged.
    ///
    /// # Errors
    /// The directory or the database cannot be read.
    pub(crate) fn sweep(&self, wanted: &impl Wanted) -> io::Result<Swept> {
        let (mut removed, mut found) = (0, 0);
        self.each_stored(|stored| match stored {
            Stored::Part(path) => {
                removed += 1;
                fs::remove_file(path)
            }
            Stored::Body(blob) if wanted.contains(&blob) => {
                found += 1;
                Ok(())
            }
            Stored::Body(blob) => {
                removed += 1;
                self.delete(&blob);
                Ok(())
            }
        })?;
        let is_kept = matches!(self.shared.place, Place::Directory { .. });
        if !is_kept || found == wanted.iter().count() {
            return Ok(Swept { removed, missing: Vec::new() });
        }
        let mut missing: HashSet<&BlobId> = wanted.iter().collect();
        self.each_stored(|stored| {
            if let Stored::Body(blob) = stored {
                missing.remove(&blob);
            }
            Ok(())
        })?;
        let mut missing: Vec<BlobId> = missing.into_iter().cloned().collect();
        missing.sort();
        Ok(Swept { removed, missing })
    }

    /// Shows everything that is in the directory, one by one: there may be millions.
    fn each_stored(&self, mut show: impl FnMut(Stored) -> io::Result<()>) -> io::Result<()> {
        let Place::Directory { files, .. } = &self.shared.place else { return Ok(()) };
        for entry in fs::read_dir(files)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.starts_with(PART) {
                show(Stored::Part(entry.path()))?;
            } else if name.starts_with(FILE) {
                show(Stored::Body(BlobId(name.into())))?;
            }
        }
        self.with_reader(|reader| {
            let mut rows = reader.prepare("SELECT id FROM blob")?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                if let Err(error) = show(Stored::Body(BlobId(row.get_ref(0)?.as_str()?.into()))) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    /// Where files are; nothing where bodies are in memory.
    pub(super) fn files(&self) -> Option<&Path> {
        match &self.shared.place {
            Place::Memory { .. } => None,
            Place::Directory { files, .. } => Some(files),
        }
    }

    /// Keeps a segment of a large body of a store in memory. Blocks.
    pub(super) fn keep(&self, segment: Bytes) -> Segment {
        match &self.shared.place {
            Place::Memory { spill } => spill.get_or_init(Spill::open).keep(segment),
            Place::Directory { .. } => Segment::Held(segment),
        }
    }

    /// Stages a body that was written in memory.
    pub(super) fn stage_held(&self, size_bytes: u64, held: Segments, digested: Digested) -> Staged {
        let id = new_name(ROW);
        self.state().held.insert(id.clone(), held);
        self.staged(id, size_bytes, digested)
    }

    /// Stages a body that was written to a file: gives its name and its path. The caller moves it
    /// there.
    pub(super) fn stage_file(&self, size_bytes: u64, digested: Digested) -> Staged {
        self.staged(new_name(FILE), size_bytes, digested)
    }

    fn staged(&self, id: BlobId, size_bytes: u64, digested: Digested) -> Staged {
        let Digested { md5, sha256, checksum, other_checksum } = digested;
        let blob = Blob { id, size_bytes, md5, sha256, checksum };
        Staged { blob, other_checksum, blobs: self.clone(), adopted: false }
    }

    /// The bytes of a body in the database.
    pub(super) fn read_row(&self, blob: &BlobId) -> io::Result<Bytes> {
        let found = self.with_reader(|reader| {
            let mut statement = reader.prepare_cached("SELECT bytes FROM blob WHERE id = ?1")?;
            statement
                .query_row([&*blob.0], |row| Ok(Bytes::copy_from_slice(row.get_ref(0)?.as_blob()?)))
                .optional()
        })?;
        found.ok_or_else(|| missing(blob))
    }

    /// Whether the database has the bytes of a body.
    pub(super) fn has_row(&self, blob: &BlobId) -> io::Result<bool> {
        self.with_reader(|reader| {
            reader.prepare_cached("SELECT 1 FROM blob WHERE id = ?1")?.exists([&*blob.0])
        })
    }

    /// Where the file of a body is; nothing where it is no file.
    pub(super) fn path_of(&self, blob: &BlobId) -> Option<PathBuf> {
        let name = blob.0.strip_prefix(FILE)?;
        // Names come back from records: never follow one out of the directory.
        let plain = name.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| self.files().map(|files| files.join(&*blob.0)))?
    }

    fn with_reader<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> io::Result<T> {
        let Place::Directory { database, readers, .. } = &self.shared.place else {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        };
        let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Connection::open_with_flags(
                database,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )
            .map_err(io::Error::other)?,
        };
        let result = read(&reader).map_err(io::Error::other);
        readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        result
    }

    fn remove(&self, state: &mut State, blob: &BlobId) {
        state.held.remove(blob);
        state.leased.remove(blob);
        match &self.shared.place {
            Place::Memory { .. } => {}
            Place::Directory { .. } => match self.path_of(blob) {
                Some(path) => unlink(path),
                None => state.dropped_rows.push(blob.clone()),
            },
        }
    }

    fn closed(&self, blob: &BlobId) {
        let mut state = self.state();
        let Some(open) = state.open.get_mut(blob) else { return };
        open.readers -= 1;
        if open.readers == 0 {
            let doomed = open.doomed;
            state.open.remove(blob);
            if doomed {
                self.remove(&mut state, blob);
            }
        }
    }

    fn discard(&self, blob: &BlobId) {
        let mut state = self.state();
        state.held.remove(blob);
        if let Some(path) = self.path_of(blob) {
            unlink(path);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole, so that a panic elsewhere does not matter.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blobs").field("files", &self.files()).finish_non_exhaustive()
    }
}

/// An upload that is complete and that nothing refers to yet. Dropped, it is deleted; a call that
/// is given it keeps it where the World refers to it afterwards.
#[derive(Debug)]
pub struct Staged {
    blob: Blob,
    other_checksum: Option<Checksum>,
    blobs: Blobs,
    adopted: bool,
}

impl Staged {
    /// Its name, size and digests: what the call's payload says.
    #[must_use]
    pub fn blob(&self) -> &Blob {
        &self.blob
    }

    /// Its checksum of this algorithm, where it was taken, whether it is kept or not.
    #[must_use]
    pub fn checksum(&self, algorithm: ChecksumAlgorithm) -> Option<&Checksum> {
        let mut taken = self.blob.checksum.iter().chain(&self.other_checksum);
        taken.find(|checksum| checksum.algorithm() == algorithm)
    }

    /// Keeps the blob. Where its bytes are to be committed beside the records, gives them.
    pub(crate) fn adopt(mut self) -> Option<(BlobId, Bytes)> {
        self.adopted = true;
        self.row()
    }

    /// Its bytes, where they are to be committed beside the records.
    pub(crate) fn row(&self) -> Option<(BlobId, Bytes)> {
        self.blobs.files()?;
        let state = self.blobs.state();
        // What is held for a commit is small and in one piece.
        let Segments::One(bytes) = state.held.get(&self.blob.id)? else { return None };
        Some((self.blob.id.clone(), bytes.clone()))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.adopted {
            self.blobs.discard(&self.blob.id);
        }
    }
}

/// Keeps a stored body from being deleted while it is read, or while a fork wants it.
pub(super) struct Reading {
    pub(super) blob: BlobId,
    pub(super) blobs: Blobs,
}

impl Reading {
    /// One more who reads it.
    fn again(&self) -> Self {
        self.blobs.read(&mut self.blobs.state(), &self.blob)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.blobs.closed(&self.blob);
    }
}

pub(super) fn missing(blob: &BlobId) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("the object body {} is missing", blob.0))
}

fn new_name(kind: &str) -> BlobId {
    // Random, and in order of time so that neighbours in the database are neighbours in age. The system is not
    // asked for the chance in each.
    let now_ms = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |it| it.as_millis() as u64);
    let id = uuid::Builder::from_unix_timestamp_millis(now_ms, &rand::random()).into_uuid();
    BlobId([kind, id.simple().encode_lower(&mut uuid::Uuid::encode_buffer())].concat().into())
}

/// Freeing the blocks of a large file takes milliseconds: nobody waits for that. What a crash
/// leaves behind is swept at the next start.
fn unlink(path: PathBuf) {
    let remove = move || {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "an object body could not be deleted");
        }
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(remove)),
        Err(_) => remove(),
    }
}
