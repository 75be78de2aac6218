//! Bodies on their way: counted, and not waited for without end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use tokio::time::{Instant, Sleep};

use crate::current::{InHand, TargetState};
use crate::log::Entry;

/// What goes wrong with a body on its way.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;
/// A body on its way.
pub(crate) type Body = UnsyncBoxBody<Bytes, Broken>;

/// A body that is there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Completes when a target's time is over.
type Cut = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The body of an answer, on its way to the client. With its end the request is told of.
pub(crate) struct Going<B> {
    body: B,
    idle: Duration,
    over: Pin<Box<Sleep>>,
    entry: Entry,
    /// The target has it in hand until it is sent, or its time is over.
    of: Option<(InHand, Cut)>,
}

impl<B> Going<B> {
    pub fn new(body: B, idle: Duration, entry: Entry) -> Self {
        Self { body, idle, over: Box::pin(tokio::time::sleep(idle)), entry, of: None }
    }

    /// It comes from a target, and ends with the target's time.
    pub fn in_hand_of(self, in_hand: InHand, state: Arc<TargetState>) -> Self {
        let cut = async move { state.is_cut().await };
        Self { of: Some((in_hand, Box::pin(cut))), ..self }
    }
}

impl<B> HttpBody for Going<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Broken>,
{
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            if let Some((_, cut)) = &mut self.of
                && cut.as_mut().poll(cx).is_ready()
            {
                return Poll::Ready(Some(Err("the target was taken out".into())));
            }
            ready!(self.over.as_mut().poll(cx));
            return Poll::Ready(Some(Err("the target has gone silent".into())));
        };
        if let Some(Ok(frame)) = &frame {
            self.entry.sent(frame.data_ref().map_or(0, Bytes::len));
            let until = Instant::now() + self.idle;
            self.over.as_mut().reset(until);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
