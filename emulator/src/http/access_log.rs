//! What is to be known of a request and its answer where a bucket has an access log. Nothing of this is done
//! while no bucket has one.
//!
//! A request is reported before its client sees the end of the answer: whoever looks for its line afterwards
//! finds it in hand.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use cloudless_core::error::ApiError;
use cloudless_core::s3::{Served, Signed};
use cloudless_core::{CallId, Caller, Timestamp};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Response, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::auth::Signature;
use super::{Http, ResponseBody};
use crate::engine::EngineHandle;
use crate::wire;

/// The code of a refusal, beside the answer that tells it.
#[derive(Debug, Clone)]
struct Refusal(String);

/// A request that may be for a log. It goes along with the request.
#[derive(Debug, Clone)]
pub(super) struct Watch(Arc<Mutex<Watched>>);

/// What is learned of a request while it is handled.
#[derive(Debug)]
struct Watched {
    received: Timestamp,
    call: Option<CallId>,
    /// When its body was there.
    complete: Option<Timestamp>,
    requester: Option<Caller>,
    signed: Option<Signed>,
    /// The bucket that is visited as a website.
    website: Option<String>,
    /// Where the key does not stand in the path.
    key: Option<String>,
}

impl Watch {
    /// Watches a request from its head on.
    pub(super) fn begin(http: &Http, parts: &mut Parts) -> Self {
        let watch = Self(Arc::new(Mutex::new(Watched {
            received: http.engine.clock().now(),
            call: None,
            complete: None,
            requester: None,
            signed: None,
            website: None,
            key: None,
        })));
        parts.extensions.insert(watch.clone());
        watch
    }

    /// The watch of a request that is watched.
    fn of(parts: &Parts) -> Option<MutexGuard<'_, Watched>> {
        let Self(watched) = parts.extensions.get()?;
        Some(watched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who signed, and how.
    pub(super) fn note_signature(
        parts: &Parts,
        caller: &Caller,
        signature: Option<&Signature<'_>>,
    ) {
        if let Some(mut watched) = Self::of(parts) {
            watched.requester = Some(caller.clone());
            watched.signed = signature.map(Signature::kind);
        }
    }

    /// The key that a form says.
    pub(super) fn note_key(parts: &Parts, key: &str) {
        if let Some(mut watched) = Self::of(parts) {
            watched.key = Some(key.to_owned());
        }
    }

    /// The website that is visited, and the page.
    pub(super) fn note_website(parts: &Parts, bucket: &str, key: &str) {
        if let Some(mut watched) = Self::of(parts) {
            watched.website = Some(bucket.to_owned());
            watched.key = Some(key.to_owned());
        }
    }

    /// All of the request is here: it becomes a call.
    pub(super) fn note_call(http: &Http, parts: &Parts, caller: &Caller) -> Option<CallId> {
        let mut watched = Self::of(parts)?;
        let call = http.engine.next_call();
        watched.call = Some(call);
        watched.complete = Some(http.engine.clock().now());
        watched.requester = Some(caller.clone());
        Some(call)
    }

    /// Notes with an answer what it refuses.
    pub(super) fn note_refusal(response: &mut Response<ResponseBody>, error: &ApiError) {
        response.extensions_mut().insert(Refusal(error.code().to_owned()));
    }

    /// The answer, which is reported when the last of it is on its way.
    pub(super) fn finish(
        self,
        http: &Http,
        parts: &Parts,
        source_ip: &Arc<str>,
        response: Response<ResponseBody>,
    ) -> Response<ResponseBody> {
        let Some(served) = self.served(http, parts, source_ip, &response) else { return response };
        let engine = http.engine.clone();
        let report = Report { engine, served: Some(served) };
        if response.body().is_end_stream() || parts.method == Method::HEAD {
            drop(report);
            return response;
        }
        response.map(|body| Logged { body, report: Some(report) }.boxed())
    }

    /// What is to be said of the answer, as far as it is known with its head; nothing where it is of no
    /// bucket.
    fn served(
        self,
        http: &Http,
        parts: &Parts,
        source_ip: &Arc<str>,
        response: &Response<ResponseBody>,
    ) -> Option<Served> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (website, key) = (watched.website.take(), watched.key.take());
        let is_website = website.is_some();
        let (bucket, key, operation) = match website {
            Some(bucket) => (bucket, key, None),
            None => {
                let (bucket, of_path, operation) = named(http, parts)?;
                (bucket, key.or(of_path).filter(|key| !key.is_empty()), operation)
            }
        };
        let now = http.engine.clock().now();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let version = if parts.version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" };
        let (headers, answer) = (&parts.headers, response.headers());
        let refusal = response.extensions().get::<Refusal>();
        Some(Served {
            call: watched.call,
            bucket,
            key,
            operation,
            is_website,
            method: parts.method.to_string(),
            request_line: format!("{} {target} {version}", parts.method),
            received: watched.received,
            total_ms: 0,
            turn_around_ms: watched.complete.map(|complete| now.since(complete).as_millis() as u64),
            remote_ip: Arc::clone(source_ip),
            requester: watched.requester.take(),
            request_id: text(answer, &REQUEST_ID).unwrap_or_default(),
            host_id: text(answer, &HOST_ID).unwrap_or_default(),
            status: response.status().as_u16(),
            error_code: refusal.map(|Refusal(code)| code.clone()),
            sent_bytes: 0,
            received_bytes: received_bytes(headers),
            referer: text(headers, &header::REFERER),
            user_agent: text(headers, &header::USER_AGENT),
            version_id: version_id(parts),
            host: text(headers, &header::HOST),
            signed: watched.signed,
        })
    }
}

/// The bucket, the key and the operation that a request names; of what is no operation, the first two.
fn named(http: &Http, parts: &Parts) -> Option<(String, Option<String>, Option<&'static str>)> {
    if let Ok(route) = wire::route(parts, &http.hosts) {
        return Some((route.bucket?, route.key, route.envelope.operation()));
    }
    let mut plain = parts.clone();
    plain.method = Method::GET;
    plain.uri = parts.uri.path().parse().ok()?;
    let route = wire::route(&plain, &http.hosts).ok()?;
    Some((route.bucket?, route.key, None))
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
static HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(value).into_owned())
}

/// How long the body is that a request brings: without what its chunks are signed with.
fn received_bytes(headers: &HeaderMap) -> u64 {
    let of = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
    of("x-amz-decoded-content-length").or_else(|| of("content-length")).unwrap_or_default()
}

fn version_id(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?.as_bytes();
    let mut pairs = url::form_urlencoded::parse(query);
    pairs.find(|(name, _)| name == "versionId").map(|(_, value)| value.into_owned())
}

/// Reports an answer once, at the latest when it is given up.
struct Report {
    engine: EngineHandle,
    served: Option<Served>,
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(mut served) = self.served.take() {
            let now = self.engine.clock().now();
            served.total_ms = now.since(served.received).as_millis() as u64;
            self.engine.served(served);
        }
    }
}

/// The body of an answer that is for a log.
struct Logged {
    body: ResponseBody,
    report: Option<Report>,
}

impl Body for Logged {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(sent) = frame.data_ref()
            && let Some(served) = self.report.as_mut().and_then(|report| report.served.as_mut())
        {
            served.sent_bytes += sent.len() as u64;
        }
        // The last of it is not on its way before this returns.
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.report = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
