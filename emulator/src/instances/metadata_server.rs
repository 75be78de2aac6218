//! The metadata service of one instance, over HTTP on a port of its own.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use cloudless_core::ec2::fleet::Launch;
use http::header::HeaderValue;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Fleet;
use super::metadata::{Answer, MEDIA_TYPE, Metadata, page, ttl_header};

/// A service that answers, until it is dropped.
pub(super) struct Serving {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves what an instance may know of itself.
///
/// # Errors
/// There is no port.
pub(super) async fn serve(fleet: &Arc<Fleet>, launch: Launch) -> io::Result<Serving> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (fleet, metadata) = (Arc::downgrade(fleet), Arc::new(Metadata::new(launch)));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (fleet, metadata) = (fleet.clone(), Arc::clone(&metadata));
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let (fleet, metadata) = (fleet.upgrade(), Arc::clone(&metadata));
                    async move {
                        Ok::<_, Infallible>(match fleet {
                            Some(fleet) => answer(&fleet, &metadata, request).await,
                            None => text(StatusCode::SERVICE_UNAVAILABLE, String::new()),
                        })
                    }
                });
                let mut builder = http1::Builder::new();
                builder.timer(TokioTimer::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(Serving { address, task })
}

async fn answer(
    fleet: &Fleet,
    metadata: &Metadata,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, _) = request.into_parts();
    let token = hex::encode(rand::random::<[u8; 28]>());
    match metadata.answer(&parts, fleet.around.now(), &token) {
        Answer::Text(said) => text(StatusCode::OK, said),
        Answer::Token(token, ttl_s) => {
            let mut answer = text(StatusCode::OK, token);
            answer.headers_mut().insert(ttl_header(), HeaderValue::from(ttl_s));
            answer
        }
        Answer::Credentials => {
            let role = metadata.role().unwrap_or_default();
            match fleet.around.credentials(metadata.launch(), role).await {
                Some(credentials) => text(StatusCode::OK, format!("{credentials:#}")),
                None => text(StatusCode::NOT_FOUND, page(StatusCode::NOT_FOUND)),
            }
        }
        Answer::Refused(status) => text(status, page(status)),
    }
}

fn text(status: StatusCode, said: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(said.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(MEDIA_TYPE.0, HeaderValue::from_static(MEDIA_TYPE.1));
    answer
}
