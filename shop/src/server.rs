//! Connections: who may take how long, and what happens when there are too many.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};
use tower::ServiceExt as _;

/// What a connection holds of a request's head, and of an answer that is not read: hyper's buffers.
const BUFFER_MAX_BYTES: usize = 64 * 1024;

/// How long those at the other end may take. Nobody can hold a connection for longer without
/// sending or reading something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the head of a request, from the end of the one before: also how long an idle connection
    /// is kept. The connection is closed without an answer.
    pub head: Duration,
    /// Between two pieces of a body. Then it is answered 408.
    pub body_pause: Duration,
    /// For a request as a whole, with its body. Then it is answered 408.
    pub request: Duration,
    /// The same for a form with a picture, which may come over a slow line.
    pub upload: Duration,
    /// For whoever reads to take what has been written: 64 KiB and what the
    /// system buffers. The connection is closed in the middle of the answer.
    pub write: Duration,
    /// Until a connection is accepted again, when none could be: the system's file descriptors are
    /// used up, and others have to close first.
    pub accept_pause: Duration,
}

impl Default for Limits {
    /// 30 s for a head, 20 s between two pieces of a body, 30 s and 300 s for all of it, 60 s for an
    /// answer to be read, a second until the next connection.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body_pause: Duration::from_secs(20),
            request: Duration::from_secs(30),
            upload: Duration::from_secs(300),
            write: Duration::from_secs(60),
            accept_pause: Duration::from_secs(1),
        }
    }
}

/// Where connections come from.
pub trait Accept: Send + Sync {
    /// The next one, and where it is from.
    fn accept(&self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send;
}

impl Accept for TcpListener {
    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }
}

/// Serves until `shutdown` is done, then finishes the requests in hand.
pub async fn serve(
    router: Router,
    listener: impl Accept,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.max_buf_size(BUFFER_MAX_BYTES);
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    let mut is_refused = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_client(&error) => continue,
            Err(error) => {
                // Said once, however long it lasts: a full disk would be the next thing.
                if !is_refused {
                    tracing::error!(%error, "no connection can be accepted; waiting");
                }
                is_refused = true;
                tokio::select! {
                    () = sleep(limits.accept_pause) => continue,
                    () = &mut shutdown => break,
                }
            }
        };
        if is_refused {
            tracing::info!("connections are accepted again");
            is_refused = false;
        }
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        });
        let stream = TokioIo::new(Bounded { stream, limit: limits.write, full_since: None });
        let connection = graceful.watch(builder.serve_connection(stream, service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A connection that was gone before it was accepted says nothing of the next one.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// A stream whose other end has to read. From the first write that finds the buffers full, all that
/// was written has to be taken within the limit: a byte now and then is not enough.
struct Bounded<S> {
    stream: S,
    limit: Duration,
    full_since: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    fn bounded<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            return written;
        }
        let limit = self.limit;
        let end = self.full_since.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(end.as_mut().poll(context));
        let text = "the answer was not read in time";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, text)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when all it had has been written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.full_since = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
