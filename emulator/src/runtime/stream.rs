//! Answers that leave as they come: what a runtime streams goes to whoever asked for it, piece by piece.
//!
//! A stream stands ready before the function is invoked, so that no byte waits for its reader to be
//! found. It ends when the World says how the invocation ended: what a caller hears of the end, the
//! World has heard before. Few pieces are held: a reader that is slow holds up the function, as on AWS.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cloudless_core::lambda::{InvocationId, StreamEnd, limits};
use tokio::sync::{mpsc, oneshot};

/// Pieces between a function and its reader.
const PIECES_MAX: usize = 16;

/// What the reader of an answer hears.
#[derive(Debug, PartialEq, Eq)]
pub enum Streamed {
    /// The function begins to answer, with what it says that its answer is.
    Began {
        /// `Content-Type`
        content_type: Option<String>,
        /// Whether the runtime gave all of it at once.
        is_whole: bool,
    },
    /// The next bytes.
    Bytes(Bytes),
    /// Nothing more comes.
    Ended(StreamEnd),
}

/// An answer on its way. Dropping it tells nobody: the function goes on, as on AWS.
#[derive(Debug)]
pub struct ResponseStream {
    pieces: mpsc::Receiver<Streamed>,
    end: Option<oneshot::Receiver<StreamEnd>>,
}

impl ResponseStream {
    /// What comes next; nothing after the end.
    pub async fn next(&mut self) -> Option<Streamed> {
        if let Some(piece) = self.pieces.recv().await {
            return Some(piece);
        }
        let end = self.end.take()?.await.unwrap_or_else(|_nobody| {
            let stopped =
                br#"{"errorMessage":"The emulator has stopped","errorType":"ServiceException"}"#;
            StreamEnd { error: Some(Bytes::from_static(stopped)), log_result: None }
        });
        Some(Streamed::Ended(end))
    }
}

/// The answers that leave as they come, by their invocation.
#[derive(Default)]
pub(super) struct Streams {
    open: Mutex<HashMap<InvocationId, Open>>,
}

struct Open {
    pieces: mpsc::Sender<Streamed>,
    end: oneshot::Sender<StreamEnd>,
    /// Until its reader comes for it.
    waiting: Option<ResponseStream>,
}

impl Streams {
    /// Makes the stream of an invocation that begins.
    pub fn open(&self, id: &InvocationId) {
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let (end, ended) = oneshot::channel();
        let waiting = Some(ResponseStream { pieces: receiver, end: Some(ended) });
        self.all().insert(id.clone(), Open { pieces, end, waiting });
    }

    /// The stream of an invocation, for the first who asks.
    pub fn take(&self, id: &InvocationId) -> Option<ResponseStream> {
        let mut all = self.all();
        let open = all.get_mut(id)?;
        open.waiting.take()
    }

    /// What the function writes to; nothing where nobody reads.
    pub fn writer(&self, id: &InvocationId) -> ResponseWriter {
        let pieces = self.all().get(id).map(|open| open.pieces.clone());
        ResponseWriter { pieces, size_bytes: 0 }
    }

    /// The invocation has ended: no more is written.
    pub fn end(&self, id: &InvocationId, end: StreamEnd) {
        let open = self.all().remove(id);
        if let Some(open) = open {
            let _ = open.end.send(end);
        }
    }

    /// All end without a word.
    pub fn close(&self) {
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, HashMap<InvocationId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The function's end of a stream.
pub(super) struct ResponseWriter {
    pieces: Option<mpsc::Sender<Streamed>>,
    size_bytes: u64,
}

/// The answer is larger than any may be.
#[derive(Debug)]
pub(super) struct TooLarge;

impl ResponseWriter {
    /// The function begins to answer.
    pub async fn begin(&mut self, content_type: Option<String>, is_whole: bool) {
        self.send(Streamed::Began { content_type, is_whole }).await;
    }

    /// The next bytes; returns when there is room for more. Where nobody reads any more they are dropped.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), TooLarge> {
        self.size_bytes += bytes.len() as u64;
        if self.size_bytes > limits::STREAMED_PAYLOAD_MAX_BYTES {
            return Err(TooLarge);
        }
        if !bytes.is_empty() {
            self.send(Streamed::Bytes(bytes)).await;
        }
        Ok(())
    }

    async fn send(&mut self, piece: Streamed) {
        if let Some(pieces) = &self.pieces
            && pieces.send(piece).await.is_err()
        {
            self.pieces = None;
        }
    }
}
