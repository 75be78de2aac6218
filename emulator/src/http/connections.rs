//! Connections: HTTP/1.1, and HTTP/2 without TLS by clients that begin with it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::uri::{Authority, Uri};
use http::{HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::Http;
use super::pace::PacedStream;
use super::unread::Unread;
use crate::accept::Accepting;

/// How every connection of HTTP/2 begins, and none of HTTP/1.1: RFC 9113, 3.4. The rest of it follows at once.
const HTTP2_BEGINS: &[u8] = b"PRI";
/// Requests in hand on one connection of HTTP/2.
const STREAMS_MAX: u32 = 128;
/// What a client may send before it is read, of a request and of its connection.
const WINDOW_BYTES: u32 = 1024 * 1024;
/// A client of HTTP/2 from which nothing comes is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Serves until `stop` completes, then lets requests in hand finish.
pub(crate) async fn serve(
    http: Arc<Http>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) {
    let graceful = GracefulShutdown::new();
    let (serving, stopped) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    let mut accepting = Accepting::new("connections");
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accepting.next(&listener) => accepted,
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let (http, watcher, mut stopped) = (Arc::clone(&http), graceful.watcher(), stopped.clone());
        let source_ip: Arc<str> = peer.ip().to_string().into();
        tokio::spawn(async move {
            let is_http2 = tokio::select! {
                begun = tokio::time::timeout(http.limits.head, begins_http2(&stream)) => begun,
                _ = stopped.changed() => return,
            };
            // Who says nothing for so long is sent away.
            let Ok(Ok(is_http2)) = is_http2 else { return };
            let limits = http.limits;
            let stream = TokioIo::new(PacedStream::new(stream, limits.answer_stall));
            let unread = is_http2.then(|| Arc::new(Unread::default()));
            let watched = unread.clone();
            let service = hyper::service::service_fn(move |request| {
                let (http, source_ip) = (Arc::clone(&http), Arc::clone(&source_ip));
                let watched = watched.clone();
                async move {
                    let answer = http.respond(named(request), source_ip).await;
                    Ok::<_, Infallible>(match &watched {
                        Some(unread) => unread.watch(answer),
                        None => answer,
                    })
                }
            });
            let ended = if let Some(unread) = unread {
                let connection = watcher.watch(http2().serve_connection(stream, service));
                tokio::select! {
                    ended = connection => ended,
                    () = unread.stalled(limits.answer_stall) => return,
                }
            } else {
                let mut builder = http1::Builder::new();
                builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
                watcher.watch(builder.serve_connection(stream, service)).await
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop((listener, serving));
    // Long polls are answered by nobody any more: the engine is stopped beside this.
    let patience = Duration::from_secs(1);
    let _ = tokio::time::timeout(patience, graceful.shutdown()).await;
}

/// Whether HTTP/2 is what comes. Nothing is taken from the connection.
async fn begins_http2(stream: &TcpStream) -> std::io::Result<bool> {
    let mut first = [0; HTTP2_BEGINS.len()];
    let length = stream.peek(&mut first).await?;
    Ok(&first[..length] == HTTP2_BEGINS)
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .keep_alive_interval(PING_EVERY);
    builder
}

/// HTTP/2 names the host beside the path. It becomes the header that everybody reads.
fn named(request: Request<Incoming>) -> Request<Incoming> {
    if request.version() != Version::HTTP_2 {
        return request;
    }
    let (mut parts, body) = request.into_parts();
    name_host(&mut parts);
    Request::from_parts(parts, body)
}

fn name_host(parts: &mut Parts) {
    let host = parts.uri.authority().map(Authority::as_str);
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(host).ok()) {
        parts.headers.insert(header::HOST, host);
    }
    let mut target = std::mem::take(&mut parts.uri).into_parts();
    (target.scheme, target.authority) = (None, None);
    parts.uri = Uri::from_parts(target).unwrap_or_default();
}
