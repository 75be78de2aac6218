//! Answers that leave as they come: what a runtime streams goes to whoever asked for it, piece by piece.
//!
//! A stream stands ready before the function is invoked, so that no byte waits for its reader to be
//! found. It ends when the World says how the invocation ended: what a caller hears of the end, the
//! World has heard before. Few pieces are held: a reader that is slow holds up the function, as on AWS.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cloudless_core::lambda::{InvocationId, StreamEnd, limits};
use tokio::sync::{mpsc, oneshot};

/// Pieces between a function and its reader.
const PIECES_MAX: usize = 16;
/// Answers that are whole before their reader has come for them. Of clients that have gone nobody comes.
const UNREAD_MAX: usize = 64;

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
    end: Ending,
}

/// How far the end of an answer is.
#[derive(Debug)]
enum Ending {
    Open(oneshot::Receiver<StreamEnd>),
    /// It is told behind the pieces that are there.
    Heard(StreamEnd),
    Told,
}

impl ResponseStream {
    /// What comes next; nothing after the end. The end is heard also where whoever writes never stops: what
    /// has come until then is given before it.
    pub async fn next(&mut self) -> Option<Streamed> {
        if let Ending::Open(end) = &mut self.end {
            let end = tokio::select! {
                biased;
                end = &mut *end => end,
                piece = self.pieces.recv() => match piece {
                    Some(piece) => return Some(piece),
                    None => end.await,
                },
            };
            self.pieces.close();
            self.end = Ending::Heard(end.unwrap_or_else(|_nobody| StreamEnd::thrown_away()));
        }
        if let Some(piece) = self.pieces.recv().await {
            return Some(piece);
        }
        match std::mem::replace(&mut self.end, Ending::Told) {
            Ending::Heard(end) => Some(Streamed::Ended(end)),
            Ending::Open(_) | Ending::Told => None,
        }
    }
}

/// The answers that leave as they come, by their invocation.
#[derive(Default)]
pub(super) struct Streams {
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    /// Nothing is invoked any more.
    is_closed: bool,
    open: HashMap<InvocationId, Open>,
    /// The function was faster than its reader: the oldest first.
    ended: VecDeque<(InvocationId, ResponseStream)>,
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
        let waiting = Some(ResponseStream { pieces: receiver, end: Ending::Open(ended) });
        let mut all = self.all();
        all.open.insert(id.clone(), Open { pieces, end, waiting });
        if all.is_closed {
            drop(all);
            self.end(id, StreamEnd::thrown_away());
        }
    }

    /// The stream of an invocation, for the first who asks.
    pub fn take(&self, id: &InvocationId) -> Option<ResponseStream> {
        let mut all = self.all();
        if let Some(open) = all.open.get_mut(id) {
            return open.waiting.take();
        }
        let at = all.ended.iter().position(|(ended, _)| ended == id)?;
        all.ended.remove(at).map(|(_, stream)| stream)
    }

    /// What the function writes to; nothing where nobody reads.
    pub fn writer(&self, id: &InvocationId) -> ResponseWriter {
        let pieces = self.all().open.get(id).map(|open| open.pieces.clone());
        ResponseWriter { pieces, size_bytes: 0 }
    }

    /// The invocation has ended: no more is written.
    pub fn end(&self, id: &InvocationId, end: StreamEnd) {
        let mut all = self.all();
        let Some(open) = all.open.remove(id) else { return };
        let _ = open.end.send(end);
        if let Some(unread) = open.waiting {
            all.ended.push_back((id.clone(), unread));
            if all.ended.len() > UNREAD_MAX {
                all.ended.pop_front();
            }
        }
    }

    /// All end, and so does what begins from here on.
    pub fn close(&self) {
        let open: Vec<_> = {
            let mut all = self.all();
            all.is_closed = true;
            all.open.keys().cloned().collect()
        };
        for id in open {
            self.end(&id, StreamEnd::thrown_away());
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    /// What a reader hears of an answer.
    async fn read(streams: &Streams, id: &InvocationId) -> Vec<Streamed> {
        let mut heard = Vec::new();
        let Some(mut stream) = streams.take(id) else { return heard };
        while let Some(piece) = stream.next().await {
            heard.push(piece);
        }
        heard
    }

    #[tokio::test]
    async fn a_function_may_be_done_before_its_reader_comes_who_hears_all_of_it_once() {
        let (streams, id) = (Streams::default(), InvocationId("a".into()));
        streams.open(&id);
        let mut writer = streams.writer(&id);
        writer.begin(None, true).await;
        let written = writer.write(Bytes::from_static(b"fast")).await;
        drop(writer);
        streams.end(&id, StreamEnd { error: None, log_result: None });
        let heard = (written.is_ok(), read(&streams, &id).await, read(&streams, &id).await);
        insta::assert_compact_debug_snapshot!(heard, @r#"(true, [Began { content_type: None, is_whole: true }, Bytes(b"fast"), Ended(StreamEnd { error: None, log_result: None })], [])"#);
    }

    #[tokio::test]
    async fn an_answer_ends_also_where_its_function_never_stops_or_was_never_begun() {
        let streams = Streams::default();
        let (endless, late) = (InvocationId("endless".into()), InvocationId("late".into()));
        streams.open(&endless);
        let mut writer = streams.writer(&endless);
        writer.begin(None, false).await;
        let mut stream = streams.take(&endless).unwrap();
        let first = stream.next().await;
        assert!(writer.write(Bytes::from_static(b"and so on")).await.is_ok());
        streams.close();
        streams.open(&late);
        let mut heard = vec![first, stream.next().await, stream.next().await, stream.next().await];
        heard.extend(read(&streams, &late).await.into_iter().map(Some));
        insta::assert_debug_snapshot!(heard, @r#"
        [
            Some(
                Began {
                    content_type: None,
                    is_whole: false,
                },
            ),
            Some(
                Bytes(
                    b"and so on",
                ),
            ),
            Some(
                Ended(
                    StreamEnd {
                        error: Some(
                            b"{\"errorMessage\":\"The AWS Lambda service encountered an internal error.\",\"errorType\":\"ServiceException\"}",
                        ),
                        log_result: None,
                    },
                ),
            ),
            None,
            Some(
                Ended(
                    StreamEnd {
                        error: Some(
                            b"{\"errorMessage\":\"The AWS Lambda service encountered an internal error.\",\"errorType\":\"ServiceException\"}",
                        ),
                        log_result: None,
                    },
                ),
            ),
        ]
        "#);
        // It still writes, and nobody is held up.
        assert!(writer.write(Bytes::from_static(b"for ever")).await.is_ok());
    }

    #[test]
    fn answers_that_nobody_reads_do_not_pile_up() {
        let streams = Streams::default();
        let ids = (0..=UNREAD_MAX).map(|number| InvocationId(number.to_string().into()));
        for id in ids.clone() {
            streams.open(&id);
            streams.end(&id, StreamEnd { error: None, log_result: None });
        }
        let kept = ids.filter(|id| streams.take(id).is_some()).count();
        assert_eq!(kept, UNREAD_MAX);
    }
}
