//! Reading object bodies.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;

use super::blobs::{Reading, Segments, missing};
use super::spill::Segment;
use super::writer::SEGMENT_SIZE_BYTES;

/// How much of a file is read at once: memory per download, whatever the object's size.
const CHUNK_SIZE_BYTES: u64 = 256 * 1024;

/// An object body or a stretch of one, open for reading: stretches of blobs, one after the other. It can
/// be read to its end also when the object is deleted or replaced meanwhile.
pub struct Body {
    // Answers are moved about, and few of them have a body.
    rest: Box<Cursor>,
    length_bytes: u64,
}

/// A stretch of one blob, as far as it is not read yet.
pub(super) struct Stretch {
    source: Source,
    file: Option<File>,
    at: u64,
    left: u64,
}

pub(super) enum Source {
    Held(Segments),
    Stored(Reading),
}

impl Body {
    pub(super) fn new(stretches: Vec<Stretch>) -> Self {
        let length_bytes = stretches.iter().map(|stretch| stretch.left).sum();
        let rest = Cursor { first: None, stretch: None, behind: stretches.into_iter() };
        Self { rest: Box::new(rest), length_bytes }
    }

    /// How many bytes it gives.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// Reads the first piece and looks for the others, so that whoever says what is to come knows that
    /// it can.
    ///
    /// # Errors
    /// The disk fails, or a part of the body is missing.
    pub async fn begun(mut self) -> io::Result<Self> {
        let rest = &mut self.rest;
        if rest.first.is_none() {
            rest.first = rest.next().await?;
            if !rest.behind.as_slice().is_empty() {
                let look = move || {
                    self.rest.behind.as_slice().iter().try_for_each(Stretch::look)?;
                    Ok(self)
                };
                return tokio::task::spawn_blocking(look).await.map_err(io::Error::other)?;
            }
        }
        Ok(self)
    }

    /// All of it, where that is the piece that was read to begin it.
    ///
    /// # Errors
    /// The body itself, where there is more.
    pub fn in_one_piece(mut self) -> Result<Bytes, Self> {
        let is_all = |first: &mut Bytes| first.len() as u64 == self.length_bytes;
        self.rest.first.take_if(is_all).ok_or(self)
    }

    /// All of it at once: for small objects and for function code.
    ///
    /// # Errors
    /// The disk fails, or the body is missing.
    pub async fn bytes(self) -> io::Result<Bytes> {
        let length = usize::try_from(self.length_bytes).map_err(io::Error::other)?;
        let mut cursor = self.rest;
        let Some(first) = cursor.next().await? else { return Ok(Bytes::new()) };
        if first.len() == length {
            return Ok(first);
        }
        let mut whole = BytesMut::with_capacity(length);
        whole.extend_from_slice(&first);
        while let Some(chunk) = cursor.next().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Piece by piece, no more than a fraction of a mebibyte at a time.
    pub fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        futures_util::stream::unfold(Some(self.rest), |rest| async move {
            let mut rest = rest?;
            match rest.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(rest))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("length_bytes", &self.length_bytes).finish_non_exhaustive()
    }
}

/// How far a body was read.
struct Cursor {
    /// What was read to see that there is something.
    first: Option<Bytes>,
    /// What is being read.
    stretch: Option<Stretch>,
    behind: std::vec::IntoIter<Stretch>,
}

impl Cursor {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(chunk) = stretch.next().await?
            {
                return Ok(Some(chunk));
            }
            // What was read to its end is closed: a blob that was deleted meanwhile can go.
            self.stretch = self.behind.next();
            if self.stretch.is_none() {
                return Ok(None);
            }
        }
    }
}

impl Stretch {
    pub(super) fn new(source: Source, offset_bytes: u64, length_bytes: u64) -> Self {
        Self { source, file: None, at: offset_bytes, left: length_bytes }
    }

    /// Whether it is there.
    fn look(&self) -> io::Result<()> {
        let Source::Stored(reading) = &self.source else { return Ok(()) };
        let is_there = match reading.blobs.path_of(&reading.blob) {
            None => reading.blobs.has_row(&reading.blob)?,
            Some(path) => path.try_exists()?,
        };
        if is_there { Ok(()) } else { Err(missing(&reading.blob)) }
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let chunk = match &self.source {
            Source::Held(Segments::One(bytes)) => stretch(bytes, self.at, self.left),
            Source::Held(Segments::Many(segments)) => piece(segments, self.at, self.left).await?,
            Source::Stored(reading) => match reading.blobs.path_of(&reading.blob) {
                // Small and almost always in the page cache: a hop to another thread costs more.
                None => stretch(&reading.blobs.read_row(&reading.blob)?, self.at, self.left),
                Some(path) => {
                    let file = self.file.take();
                    let (at, length) = (self.at, self.left.min(CHUNK_SIZE_BYTES));
                    let read = move || -> io::Result<(File, Bytes)> {
                        let mut file = match file {
                            Some(file) => file,
                            None => {
                                let mut file = File::open(path)?;
                                file.seek(SeekFrom::Start(at))?;
                                file
                            }
                        };
                        let mut chunk = Vec::with_capacity(length as usize);
                        (&mut file).take(length).read_to_end(&mut chunk)?;
                        Ok((file, chunk.into()))
                    };
                    let read = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?;
                    let (file, chunk) = read.map_err(|error| match error.kind() {
                        io::ErrorKind::NotFound => missing(&reading.blob),
                        _ => error,
                    })?;
                    self.file = Some(file);
                    chunk
                }
            },
        };
        if chunk.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "an object body is shorter than its record says",
            ));
        }
        self.at += chunk.len() as u64;
        self.left -= chunk.len() as u64;
        Ok(Some(chunk))
    }
}

/// The next piece of a body in segments.
async fn piece(segments: &Arc<[Segment]>, at: u64, length: u64) -> io::Result<Bytes> {
    let number = usize::try_from(at / SEGMENT_SIZE_BYTES as u64).unwrap_or(usize::MAX);
    let at = at % SEGMENT_SIZE_BYTES as u64;
    match segments.get(number) {
        None => Ok(Bytes::new()),
        Some(Segment::Held(segment)) => Ok(stretch(segment, at, length)),
        Some(Segment::Spilled(_)) => {
            let segments = Arc::clone(segments);
            let read = move || match &segments[number] {
                Segment::Held(segment) => Ok(stretch(segment, at, length)),
                Segment::Spilled(slot) => {
                    slot.read(at as usize, length.min(CHUNK_SIZE_BYTES) as usize).map(Bytes::from)
                }
            };
            tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
        }
    }
}

/// `length` bytes from `at` on, or as many as there are.
fn stretch(bytes: &Bytes, at: u64, length: u64) -> Bytes {
    let end = at.saturating_add(length).min(bytes.len() as u64);
    let start = at.min(end);
    bytes.slice(start as usize..end as usize)
}
