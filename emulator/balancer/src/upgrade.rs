//! Another protocol on the same connection: WebSocket. Its bytes go through as they are.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::body::{Body, whole};
use crate::current::{InHand, TargetState};
use crate::log::Entry;

/// What is read at once, in bytes.
const BUFFER_BYTES: usize = 16 * 1024;

/// A client's wish to speak another protocol.
pub(crate) struct Asked {
    protocol: HeaderValue,
    client: OnUpgrade,
}

/// Takes the wish out of a request that has one.
pub(crate) fn asked(parts: &mut Parts) -> Option<Asked> {
    let connection = parts.headers.get(header::CONNECTION)?.to_str().ok()?;
    let asks = connection.split(',').any(|it| it.trim().eq_ignore_ascii_case("upgrade"));
    let protocol = parts.headers.get(header::UPGRADE).filter(|_| asks)?.clone();
    let client = parts.extensions.remove::<OnUpgrade>()?;
    Some(Asked { protocol, client })
}

impl Asked {
    /// Asks the target.
    pub fn ask(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, self.protocol.clone());
    }

    /// Joins both connections, once both have been told.
    pub fn switch(
        self,
        mut answer: Response<Incoming>,
        mut entry: Entry,
        in_hand: InHand,
        state: Arc<TargetState>,
        idle: Duration,
    ) -> Response<Body> {
        let target = hyper::upgrade::on(&mut answer);
        let client = self.client;
        let mut told = Response::new(whole(Bytes::new()));
        *told.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *told.headers_mut() = answer.headers().clone();
        entry.leaves(StatusCode::SWITCHING_PROTOCOLS.as_u16(), told.headers());
        tokio::spawn(async move {
            let _in_hand = in_hand;
            let (Ok(client), Ok(target)) = tokio::join!(client, target) else { return };
            let (client, target) = (TokioIo::new(client), TokioIo::new(target));
            let (mut from_client, mut to_client) = tokio::io::split(client);
            let (mut from_target, mut to_target) = tokio::io::split(target);
            let down = carry(&mut from_target, &mut to_client, idle, |bytes| entry.sent(bytes));
            let up = carry(&mut from_client, &mut to_target, idle, |_| {});
            tokio::select! {
                () = async { tokio::join!(down, up); } => {}
                () = state.is_cut() => {}
            }
        });
        told
    }
}

/// Carries until the end, or until nothing has come for so long.
async fn carry(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    idle: Duration,
    mut carried: impl FnMut(usize),
) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(Ok(length @ 1..)) = tokio::time::timeout(idle, from.read(&mut buffer)).await {
        if to.write_all(&buffer[..length]).await.is_err() || to.flush().await.is_err() {
            break;
        }
        carried(length);
    }
    let _ = to.shutdown().await;
}
