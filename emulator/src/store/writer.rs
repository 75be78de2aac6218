//! Writing object bodies: chunk by chunk, with their digests taken beside the write.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::TempPath;
use tokio::task::{JoinHandle, spawn_blocking};

use super::ChecksumAlgorithm;
use super::blobs::{Blobs, INLINE_SIZE_MAX_BYTES, Segments, Staged};
use super::digest::Digests;
use super::spill::Segment;
use crate::platform;

/// What is written and digested at once. An upload has two of them in memory: one that is written
/// and one that fills.
pub(super) const SEGMENT_SIZE_BYTES: usize = 1024 * 1024;

/// What to watch for in an upload, and what to learn from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// More than this is refused.
    pub size_limit_bytes: u64,
    /// Whether its SHA-256 is wanted (the signature of the payload, `CodeSha256`).
    pub sha256: bool,
    /// The checksum that is kept. The MD5 is always taken.
    pub checksum: Option<ChecksumAlgorithm>,
    /// Another one that was sent along, to be compared and forgotten.
    pub other_checksum: Option<ChecksumAlgorithm>,
}

/// Why an upload failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It is larger than it may be.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What it may be.
        limit_bytes: u64,
    },
    /// The disk failed.
    #[error("the body could not be written: {0}")]
    Io(#[from] io::Error),
}

/// An upload under way. Dropped before it is finished, it leaves nothing.
pub struct BlobWriter {
    blobs: Blobs,
    options: WriteOptions,
    size_bytes: u64,
    filling: Vec<u8>,
    /// Of a store in memory: the segments that are complete.
    kept: Offloaded<Vec<Segment>>,
    file: Option<PartFile>,
    /// Large, and moved from thread to thread.
    digests: Offloaded<Box<Digests>>,
}

struct PartFile {
    path: TempPath,
    file: Offloaded<File>,
}

/// A value that another thread works with for now, or that waits for work.
enum Offloaded<T> {
    Idle(T),
    Busy(JoinHandle<io::Result<T>>),
    Lost,
}

impl BlobWriter {
    pub(super) fn new(blobs: Blobs, options: WriteOptions) -> Self {
        Self {
            blobs,
            options,
            size_bytes: 0,
            filling: Vec::new(),
            kept: Offloaded::Idle(Vec::new()),
            file: None,
            digests: Offloaded::Idle(Box::new(Digests::new(options))),
        }
    }

    /// How much was written.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// The upload is larger than it may be, or the disk fails; it is of no use then.
    pub async fn write(&mut self, mut chunk: Bytes) -> Result<(), WriteError> {
        let limit_bytes = self.options.size_limit_bytes;
        self.size_bytes += chunk.len() as u64;
        if self.size_bytes > limit_bytes {
            return Err(WriteError::TooLarge { limit_bytes });
        }
        while !chunk.is_empty() {
            let room = SEGMENT_SIZE_BYTES - self.filling.len();
            let taken = chunk.split_to(room.min(chunk.len()));
            self.filling.extend_from_slice(&taken);
            if self.filling.len() == SEGMENT_SIZE_BYTES {
                self.segment_complete().await?;
            }
        }
        Ok(())
    }

    /// Ends the upload. It is complete and, where it is a file, durable; nothing refers to it yet.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn finish(mut self) -> Result<Staged, WriteError> {
        if self.size_bytes <= INLINE_SIZE_MAX_BYTES as u64 {
            let mut digests = self.digests.join().await?;
            digests.update(&self.filling);
            let body = Bytes::from(self.filling.into_boxed_slice());
            return Ok(self.blobs.stage_held(
                self.size_bytes,
                Segments::One(body),
                digests.finish(),
            ));
        }
        if !self.filling.is_empty() {
            self.segment_complete().await?;
        }
        let Some(part) = self.file else {
            let digested = self.digests.join().await?.finish();
            let kept = Segments::Many(self.kept.join().await?.into());
            return Ok(self.blobs.stage_held(self.size_bytes, kept, digested));
        };
        // The sync and the rest of the digests run side by side.
        let file = part.file.join().await?;
        let synced = spawn_blocking(move || file.sync_data());
        let digested = self.digests.join().await?.finish();
        synced.await.map_err(io::Error::other)??;
        let staged = self.blobs.stage_file(self.size_bytes, digested);
        let (Some(target), Some(directory)) =
            (self.blobs.path_of(&staged.blob().id), self.blobs.files().map(Path::to_path_buf))
        else {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        };
        let path = part.path;
        spawn_blocking(move || publish(path, &target, &directory))
            .await
            .map_err(io::Error::other)??;
        Ok(staged)
    }

    /// Hands a segment to the threads that write and digest, once they are done with the last one.
    async fn segment_complete(&mut self) -> io::Result<()> {
        let segment = Bytes::from(std::mem::take(&mut self.filling));
        let mut digests = self.digests.join_mut().await?;
        let digested = segment.clone();
        self.digests = Offloaded::Busy(spawn_blocking(move || {
            digests.update(&digested);
            Ok(digests)
        }));
        let Some(directory) = self.blobs.files() else {
            return self.keep(segment).await;
        };
        let part = match &mut self.file {
            Some(part) => part,
            none => none.insert(PartFile::create(directory.to_path_buf()).await?),
        };
        let mut file = part.file.join_mut().await?;
        part.file = Offloaded::Busy(spawn_blocking(move || {
            file.write_all(&segment)?;
            let (end_bytes, length_bytes) = (file.stream_position()?, segment.len() as u64);
            // The sync at the end finds little to do.
            platform::begin_write_back(&file, end_bytes - length_bytes, length_bytes);
            Ok(file)
        }));
        // The segment that fills meanwhile is as large: it need not grow into it.
        self.filling.reserve_exact(SEGMENT_SIZE_BYTES);
        Ok(())
    }

    /// Keeps a segment of a store in memory: there, where it is the whole body.
    async fn keep(&mut self, segment: Bytes) -> io::Result<()> {
        let mut kept = self.kept.join_mut().await?;
        if kept.is_empty() && segment.len() < SEGMENT_SIZE_BYTES {
            kept.push(Segment::Held(segment));
            self.kept = Offloaded::Idle(kept);
            return Ok(());
        }
        let blobs = self.blobs.clone();
        self.kept = Offloaded::Busy(spawn_blocking(move || {
            kept.push(blobs.keep(segment));
            Ok(kept)
        }));
        self.filling.reserve_exact(SEGMENT_SIZE_BYTES);
        Ok(())
    }
}

impl std::fmt::Debug for BlobWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobWriter")
            .field("options", &self.options)
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

impl PartFile {
    async fn create(directory: PathBuf) -> io::Result<Self> {
        let create = move || tempfile::Builder::new().prefix(".part-").tempfile_in(directory);
        let (file, path) = spawn_blocking(create).await.map_err(io::Error::other)??.into_parts();
        Ok(Self { path, file: Offloaded::Idle(file) })
    }
}

impl<T> Offloaded<T> {
    async fn join(self) -> io::Result<T> {
        match self {
            Self::Idle(value) => Ok(value),
            Self::Busy(work) => work.await.map_err(io::Error::other)?,
            Self::Lost => Err(io::Error::other("the upload has failed before")),
        }
    }

    async fn join_mut(&mut self) -> io::Result<T> {
        std::mem::replace(self, Self::Lost).join().await
    }
}

/// Gives a complete, synced file its name, durably.
fn publish(part: TempPath, target: &PathBuf, directory: &Path) -> io::Result<()> {
    part.persist(target).map_err(|failed| failed.error)?;
    platform::sync_directory(directory)
}
