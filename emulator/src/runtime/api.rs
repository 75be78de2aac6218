//! The Lambda Runtime API: how a process asks for invocations and answers them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudless_core::lambda::Invocation;
use cloudless_core::lambda::limits;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Shared;
use super::environment::{AfterInit, Ended, Environment, Refused};
use super::output::Output;
use super::stream::ResponseWriter;
use crate::accept::Accepting;

/// The largest response of a function, in bytes: 6 MB and 100 bytes for what wraps it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const RESPONSE_BYTES_MAX: usize = limits::SYNCHRONOUS_PAYLOAD_SAID_BYTES;
/// What is read, and thrown away, of a larger response before the connection is given up.
const DISCARDED_BYTES_MAX: usize = 16 * RESPONSE_BYTES_MAX;

const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// The Runtime API of one environment.
#[derive(Clone)]
pub(super) struct RuntimeApi {
    pub shared: Arc<Shared>,
    pub environment: Arc<Environment>,
    pub output: Arc<Output>,
}

impl RuntimeApi {
    /// Serves until it is dropped.
    pub async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        let mut accepting = Accepting::new("connections of a function's runtime");
        loop {
            tokio::select! {
                (stream, _) = accepting.next(&listener) => {
                    // A response is small and waited for: never hold it back for more.
                    let _ = stream.set_nodelay(true);
                    let api = self.clone();
                    connections.spawn(async move {
                        let service = service_fn(|request| {
                            let api = api.clone();
                            async move { Ok::<_, Infallible>(api.respond(request).await) }
                        });
                        let _ = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        // A web page can find this port, too; what the function does is no page's business.
        if crate::browser::is_from_browser(request.headers()) {
            return answer(
                StatusCode::FORBIDDEN,
                &json!({ "errorMessage": "A browser is no runtime", "errorType": "Forbidden" }),
            );
        }
        let path = request.uri().path().to_owned();
        let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else {
            let answered = self.respond_to_extension(request).await;
            return answered.unwrap_or_else(|_request| not_found(&path));
        };
        let parts: Vec<_> = path.split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (&Method::POST, ["invocation", id, "error"]) => {
                let (parts, body) = request.into_parts();
                let Ok((body, _)) = read(body).await else { return too_large() };
                let payload = error_payload(&parts.headers, body);
                self.finish(id, Ended::Failed { payload })
            }
            (&Method::POST, ["init", "error"]) => {
                let (parts, body) = request.into_parts();
                let Ok((body, _)) = read(body).await else { return too_large() };
                self.init_error(&parts.headers, body)
            }
            _ => not_found(request.uri().path()),
        }
    }

    /// Held until there is an invocation.
    async fn next(&self) -> Response<Full<Bytes>> {
        // What was written after the last answer belongs to no invocation.
        self.output.drain(&self.environment.log);
        self.output.look_at_memory();
        let extensions = &self.environment.extensions;
        extensions.settled().await;
        self.shared.prepared(&self.environment);
        match self.environment.next().await {
            Ok(invocation) => {
                self.shared.began(&invocation.id);
                let deadline_ms = self.environment.deadline_ms();
                extensions.tell_invocation(&invocation, deadline_ms);
                invocation_response(&invocation, deadline_ms)
            }
            Err(refused) => refuse(&refused),
        }
    }

    fn init_error(&self, headers: &HeaderMap, body: Bytes) -> Response<Full<Bytes>> {
        self.output.drain(&self.environment.log);
        let payload = error_payload(headers, body);
        match self.environment.fail_init(error_type(headers, &payload), payload) {
            Ok(AfterInit::Again(work)) => self.shared.began(&work.id),
            Ok(AfterInit::Ended(id, outcome)) => {
                self.environment.stop_after_init_error(&self.shared);
                self.shared.ended(id, outcome);
            }
            Err(refused) => return refuse(&refused),
        }
        accepted()
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let streams = match self.environment.streams(id) {
            Ok(streams) => streams,
            Err(refused) => {
                // Read all the same: who writes it would otherwise hear nothing.
                let _ = read(request.into_body()).await;
                return refuse(&refused);
            }
        };
        let (parts, body) = request.into_parts();
        let is_streamed = parts.headers.get(RESPONSE_MODE).is_some_and(|mode| mode == "streaming");
        let content_type = parts.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|it| it.to_str().ok()).map(str::to_owned);
        if let (Some(invocation), true) = (&streams, is_streamed) {
            let mut writer = self.shared.streams.writer(invocation);
            writer.begin(content_type, false).await;
            let ended = pass_on(body, &mut writer).await;
            drop(writer);
            return self.finish(id, ended);
        }
        // A streamed response to Invoke is collected, too: that answers as a whole.
        match read(body).await {
            Ok((_, Some(trailers))) if trailers.contains_key(ERROR_TYPE) => {
                self.finish(id, Ended::Failed { payload: trailing_error(&trailers) })
            }
            Ok((payload, _)) => match streams {
                Some(invocation) => {
                    let mut writer = self.shared.streams.writer(&invocation);
                    writer.begin(content_type, true).await;
                    // It is smaller than what may be streamed.
                    let _ = writer.write(payload).await;
                    drop(writer);
                    self.finish(id, Ended::Succeeded { payload: Bytes::new() })
                }
                None => self.finish(id, Ended::Succeeded { payload }),
            },
            Err(TooLarge) => {
                let payload = json!({
                    "errorMessage": format!(
                        "Response payload size exceeded maximum allowed payload size \
                         ({RESPONSE_BYTES_MAX} bytes)."
                    ),
                    "errorType": "Function.ResponseSizeTooLarge",
                });
                let refused =
                    self.finish(id, Ended::Failed { payload: payload.to_string().into() });
                if refused.status() == StatusCode::ACCEPTED { too_large() } else { refused }
            }
        }
    }

    fn finish(&self, id: &str, ended: Ended) -> Response<Full<Bytes>> {
        // What the function wrote before it answered is in the pipe by now.
        self.output.drain(&self.environment.log);
        let memory_used_mib = self.output.look_at_memory();
        match self.environment.finish(id, ended, memory_used_mib) {
            Ok((id, outcome)) => {
                self.release();
                self.shared.ended(id, outcome);
                accepted()
            }
            Err(refused) => refuse(&refused),
        }
    }
}

impl RuntimeApi {
    /// The environment is free, once its extensions have done what they want to after the invocation. They
    /// have as long as the function.
    fn release(&self) {
        let (shared, environment) = (Arc::clone(&self.shared), Arc::clone(&self.environment));
        if environment.extensions.is_empty() {
            shared.release(&environment);
            return;
        }
        let timeout = Duration::from_secs(environment.function.timeout_s.into());
        self.shared.tasks.spawn(async move {
            let settled = tokio::time::timeout(timeout, environment.extensions.settled());
            tokio::select! {
                settled = settled => match settled {
                    Ok(()) => shared.release(&environment),
                    Err(_elapsed) => environment.stop.cancel(),
                },
                () = environment.stop.cancelled() => {}
            }
        });
    }
}

impl Environment {
    /// A runtime that reported an initialisation error is expected to exit, and made to.
    fn stop_after_init_error(&self, shared: &Shared) {
        shared.forget(self.id);
        self.stop.cancel();
    }
}

/// Passes a body on as it comes; says how the invocation ended with it.
async fn pass_on(mut body: Incoming, writer: &mut ResponseWriter) -> Ended {
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let payload = json!({
                "errorMessage": "The response stream was cut off before its end.",
                "errorType": "Runtime.TruncatedResponse",
            });
            return Ended::Failed { payload: payload.to_string().into() };
        };
        match frame.into_data() {
            Ok(data) => {
                if let Err(super::stream::TooLarge) = writer.write(data).await {
                    return Ended::Failed { payload: stream_too_large() };
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    match trailers.filter(|trailers| trailers.contains_key(ERROR_TYPE)) {
        Some(trailers) => Ended::Failed { payload: trailing_error(&trailers) },
        None => Ended::Succeeded { payload: Bytes::new() },
    }
}

/// The error behind a streamed response.
fn trailing_error(trailers: &HeaderMap) -> Bytes {
    let body = trailers.get(ERROR_BODY);
    let body = body.and_then(|value| BASE64_STANDARD.decode(value.as_bytes()).ok());
    error_payload(trailers, body.unwrap_or_default().into())
}

/// What is said of a streamed response that is too large.
pub(super) fn stream_too_large() -> Bytes {
    let limit_bytes = limits::STREAMED_PAYLOAD_MAX_BYTES;
    let payload = json!({
        "errorMessage": format!(
            "Response payload size exceeded maximum allowed payload size ({limit_bytes} bytes)."
        ),
        "errorType": "Function.ResponseSizeTooLarge",
    });
    payload.to_string().into()
}

pub(super) struct TooLarge;

pub(super) async fn read(mut body: Incoming) -> Result<(Bytes, Option<HeaderMap>), TooLarge> {
    let mut collected = Vec::new();
    let mut trailers = None;
    let mut size = 0usize;
    while let Some(Ok(frame)) = body.frame().await {
        match frame.into_data() {
            Ok(data) => {
                size += data.len();
                if size <= RESPONSE_BYTES_MAX {
                    collected.extend_from_slice(&data);
                } else if size > DISCARDED_BYTES_MAX {
                    break;
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    if size > RESPONSE_BYTES_MAX { Err(TooLarge) } else { Ok((collected.into(), trailers)) }
}

/// What the runtime reported; an object made of its header where that is not JSON.
fn error_payload(headers: &HeaderMap, body: Bytes) -> Bytes {
    if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok() {
        return body;
    }
    let error_type = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    let error_type = error_type.unwrap_or("Runtime.Unknown");
    let error_message = String::from_utf8_lossy(&body);
    json!({ "errorType": error_type, "errorMessage": error_message }).to_string().into()
}

/// The type of an error: as its header says, or its body.
fn error_type(headers: &HeaderMap, payload: &[u8]) -> String {
    let said = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let in_body = || {
        let error: serde_json::Value = serde_json::from_slice(payload).ok()?;
        Some(error.get("errorType")?.as_str()?.to_owned())
    };
    said.or_else(in_body).unwrap_or_else(|| "Runtime.Unknown".to_owned())
}

fn invocation_response(invocation: &Invocation, deadline_ms: u64) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(invocation.payload.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("lambda-runtime-deadline-ms", deadline_ms.into());
    let arn = invocation.invoked_arn.to_string();
    let texts = [
        ("lambda-runtime-aws-request-id", Some(&*invocation.id.0)),
        ("lambda-runtime-invoked-function-arn", Some(arn.as_str())),
        ("lambda-runtime-trace-id", Some(invocation.trace_header.as_str())),
        ("lambda-runtime-client-context", invocation.client_context.as_deref()),
    ];
    for (name, text) in texts {
        // A client context is the caller's: what no header can hold is left out.
        if let Some(value) = text.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn accepted() -> Response<Full<Bytes>> {
    answer(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
}

fn refuse(refused: &Refused) -> Response<Full<Bytes>> {
    match refused {
        Refused::OtherRequestId => answer(
            StatusCode::BAD_REQUEST,
            &json!({ "errorMessage": "Invalid request ID", "errorType": "InvalidRequestID" }),
        ),
        Refused::WrongState => answer(
            StatusCode::FORBIDDEN,
            &json!({
                "errorMessage": "The environment's state does not allow this now",
                "errorType": "InvalidStateTransition",
            }),
        ),
    }
}

fn too_large() -> Response<Full<Bytes>> {
    answer(
        StatusCode::PAYLOAD_TOO_LARGE,
        &json!({
            "errorMessage":
                format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."),
            "errorType": "RequestEntityTooLarge",
        }),
    )
}

fn not_found(path: &str) -> Response<Full<Bytes>> {
    answer(
        StatusCode::NOT_FOUND,
        &json!({
            "errorMessage": format!(
                "{path} is not implemented: this is the Lambda Runtime API 2018-06-01 and the \
                 Extensions API 2020-01-01, without SnapStart"
            ),
            "errorType": "NotImplemented",
        }),
    )
}

pub(super) fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
