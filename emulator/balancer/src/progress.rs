//! How far a request's body has come.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

/// How much of a request's body has come, and when the last of it.
#[derive(Debug)]
pub(crate) struct Progress {
    begun: Instant,
    last_ms: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    pub fn new() -> Arc<Self> {
        let begun = Instant::now();
        Arc::new(Self { begun, last_ms: AtomicU64::new(0), bytes: AtomicU64::new(0) })
    }

    /// When something was on its way last.
    pub fn last(&self) -> Instant {
        self.begun + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// How much has come, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn note(&self, bytes: usize) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(ms, Ordering::Relaxed);
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
    }
}

/// The body of a request, on its way to a target.
pub(crate) struct Coming<B> {
    body: B,
    progress: Arc<Progress>,
}

impl<B> Coming<B> {
    pub fn new(body: B, progress: Arc<Progress>) -> Self {
        Self { body, progress }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Coming<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            self.progress.note(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
