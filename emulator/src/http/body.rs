//! A request's body on its way in.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header;
use http::request::Parts;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// For how long the rest of a refused body is read.
const REST_MAX: Duration = Duration::from_secs(30);
/// A client that has sent nothing of the rest for this long waits for the connection to end.
const REST_SILENCE_MAX: Duration = Duration::from_secs(1);

/// A body as it comes in. Where nobody wants it to its end, the rest is read and forgotten beside the
/// answer: a connection that is closed with something unread is reset, and the client that still sends
/// loses the answer with it. A client that waits for `100 Continue` and was never told to go on sends
/// nothing.
pub(super) struct RequestBody {
    /// Nothing once it has ended.
    incoming: Option<Incoming>,
    is_awaited: bool,
}

impl RequestBody {
    pub(super) fn new(parts: &Parts, incoming: Incoming) -> Self {
        let is_awaited = parts.headers.contains_key(header::EXPECT);
        Self { incoming: Some(incoming), is_awaited }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        // Who asks for it tells the client to go on.
        self.is_awaited = false;
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let frame = Pin::new(incoming).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.incoming = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(mut rest) = self.incoming.take() else { return };
        if self.is_awaited || rest.is_end_stream() {
            return;
        }
        // At the end of the emulator there is no runtime to read it, nor anybody to answer.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(tokio::time::timeout(REST_MAX, async move {
            while let Ok(Some(Ok(_))) = tokio::time::timeout(REST_SILENCE_MAX, rest.frame()).await {
            }
        }));
    }
}
