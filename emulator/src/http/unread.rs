//! Answers of HTTP/2 that nobody reads. Each has a window of its own: a client that leaves one unread holds what it
//! is read from, and its connection goes on. Such a connection is ended as that of HTTP/1.1 is (`PacedStream`).

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::ResponseBody;

/// The answers of one connection that are not at their end.
#[derive(Debug, Default)]
pub(super) struct Unread(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    given: u64,
    /// Since when each waits for its client. One that waits for us is not there.
    since: BTreeMap<u64, Instant>,
}

impl Unread {
    /// The same answer, watched.
    pub(super) fn watch(
        self: &Arc<Self>,
        answer: Response<ResponseBody>,
    ) -> Response<ResponseBody> {
        if answer.body().is_end_stream() {
            return answer;
        }
        let number = {
            let mut waiting = self.waiting();
            waiting.given += 1;
            let number = waiting.given;
            waiting.since.insert(number, Instant::now());
            number
        };
        let unread = Arc::clone(self);
        answer.map(|body| Watched { body, number, unread }.boxed())
    }

    /// Completes when one of them has waited for its client for so long.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            let longest = self.waiting().since.values().min().copied();
            let until = longest.map_or(now, |since| since) + limit;
            if longest.is_some() && until <= now {
                return;
            }
            // At once would be as often as the clock ticks.
            tokio::time::sleep_until(until.max(now + Duration::from_millis(1))).await;
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watched {
    body: ResponseBody,
    number: u64,
    unread: Arc<Unread>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        // It is asked for when the client has room for it, or waits for what we have not got yet.
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let mut waiting = self.unread.waiting();
        match frame {
            Poll::Ready(Some(Ok(_))) => _ = waiting.since.insert(self.number, Instant::now()),
            _ => _ = waiting.since.remove(&self.number),
        }
        drop(waiting);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.unread.waiting().since.remove(&self.number);
    }
}
