//! Clients that stop in the middle. A body that does not come on is given up, and so is a connection
//! whose answer nobody reads: neither holds anything for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::error::ApiError;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::declared::INCOMPLETE_BODY;
use crate::wire::Service;

/// Why a body ended before it was whole.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// Nothing more came for too long.
    Stalled(Service),
    /// The client has gone, or what it sent is no HTTP.
    Gone,
}

impl From<Interrupted> for ApiError {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Stalled(service) => service.descriptor().refusals.stalled.into(),
            Interrupted::Gone => (&INCOMPLETE_BODY).into(),
        }
    }
}

/// A body that must come on.
pub(super) struct PacedBody<B> {
    body: B,
    service: Service,
    stall: Stall,
    /// When it must be whole.
    end: Option<Instant>,
}

impl<B> PacedBody<B> {
    /// Given up where nothing comes for `stall`, or it is not whole after `whole`.
    pub(super) fn new(body: B, service: Service, stall: Duration, whole: Option<Duration>) -> Self {
        let end = whole.map(|whole| Instant::now() + whole);
        Self { body, service, stall: Stall::new(stall), end }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for PacedBody<B> {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        let this = &mut *self;
        let stalled = Poll::Ready(Some(Err(Interrupted::Stalled(this.service))));
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.stall.goes_on();
                let is_late = this.end.is_some_and(|end| Instant::now() >= end);
                match frame {
                    Some(Ok(frame)) if frame.is_data() && is_late => stalled,
                    other => Poll::Ready(other.map(|it| it.map_err(|_| Interrupted::Gone))),
                }
            }
            Poll::Pending => {
                ready!(this.stall.poll(cx, this.end));
                stalled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose client must read what is written to it.
pub(super) struct PacedStream<S> {
    stream: S,
    stall: Stall,
}

impl<S> PacedStream<S> {
    /// Broken where a write waits for `stall`.
    pub(super) fn new(stream: S, stall: Duration) -> Self {
        Self { stream, stall: Stall::new(stall) }
    }

    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if write.is_ready() {
            self.stall.goes_on();
            return write;
        }
        ready!(self.stall.poll(cx, None));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.written(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Time since something last went on. It costs nothing while all goes on.
struct Stall {
    limit: Duration,
    since: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    const fn new(limit: Duration) -> Self {
        Self { limit, since: None }
    }

    fn goes_on(&mut self) {
        self.since = None;
    }

    /// Ready where the limit is over, or `end` has come.
    fn poll(&mut self, cx: &mut Context<'_>, end: Option<Instant>) -> Poll<()> {
        let since = self.since.get_or_insert_with(|| {
            let limit = Instant::now() + self.limit;
            Box::pin(tokio::time::sleep_until(end.map_or(limit, |end| end.min(limit))))
        });
        since.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use http_body_util::BodyExt as _;
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// Some frames, and then never another one.
    struct Stops(VecDeque<&'static [u8]>);

    impl Body for Stops {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.pop_front() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(bytes))))),
                None => Poll::Pending,
            }
        }
    }

    async fn told(service: Service, stall: Duration, whole: Option<Duration>) -> String {
        let mut body = PacedBody::new(Stops([&b"hel"[..], b"lo"].into()), service, stall, whole);
        let mut told = String::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => {
                    told += &String::from_utf8_lossy(&frame.into_data().unwrap_or_default());
                }
                Err(interrupted) => {
                    let error = ApiError::from(interrupted);
                    return format!("{told}, then {} {error}", error.status());
                }
            }
        }
        told
    }

    #[tokio::test]
    async fn a_body_that_stops_is_given_up_in_the_words_of_the_service() {
        let (never, at_once) = (Duration::from_secs(3_600), Duration::ZERO);
        insta::assert_snapshot!([
            told(Service::S3, at_once, None).await,
            told(Service::Lambda, at_once, None).await,
            // It may also be late as a whole.
            told(Service::Sqs, never, Some(Duration::ZERO)).await,
        ].join("\n"), @"
        hello, then 400 RequestTimeout: Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.
        hello, then 408 RequestTimeoutException: Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.
        , then 408 RequestTimeoutException: Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.
        ");
    }

    #[tokio::test]
    async fn a_connection_that_nobody_reads_breaks() {
        let (_client, server) = tokio::io::duplex(8);
        let mut server = PacedStream::new(server, Duration::ZERO);
        // What fits is written, whether it is read or not.
        assert_eq!(server.write(b"hello wor").await.unwrap(), 8);
        let refused = server.write(b"ld").await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
    }
}
