//! Functions' URLs: HTTP for a function, under a host name of its own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
//!
//! `http://{url-id}.lambda-url.{region}.localhost:4566/`, under any of our own names and AWS's
//! (`on.aws`); where a client cannot resolve such a name, `/_cloudless/lambda-url/{url-id}/…` is the same.
//! What lies behind that is the path that the function sees.
//!
//! A page of another origin is let in where the URL's CORS configuration allows its origin. AWS would invoke
//! the function and let the browser hide the answer; here the door is shut, see `guard`.

mod answer;
mod cors;
mod event;

use std::sync::Arc;

use bytes::Bytes;
use cloudless_core::Request as CoreRequest;
use cloudless_core::arn::FunctionArn;
use cloudless_core::call::Payload;
use cloudless_core::error::ApiError;
use cloudless_core::lambda::{
    self, FunctionUrl, InvocationId, InvokeInput, InvokeMode, UrlAuthType, limits,
};
use futures_util::stream;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;

use self::answer::{Head, Prelude, WITH_PRELUDE, internal_server_error, of_payload, refusal};
use self::event::UrlRequest;
use super::auth::Signature;
use super::body::RequestBody;
use super::credentials::Identity;
use super::pace::PacedBody;
use super::{Http, ResponseBody, full, head, trace_header};
use crate::engine::{Answer, CallRequest};
use crate::runtime::{ResponseStream, Streamed};
use crate::wire::{HostName, Hosts, Service};

/// In front of an id, where the host says nothing.
const PATH: &str = "/_cloudless/lambda-url/";
/// In a host name, behind the id.
const LABEL: &str = ".lambda-url.";
/// What AWS says to whom a URL is not for.
const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/// Which URL a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    url_id: String,
    /// The host name that was called, and its port.
    domain_name: String,
    port: u16,
    /// Path and query behind what names the function.
    path: String,
    /// The path names the function: the origin is shared with all else here.
    is_by_path: bool,
}

impl Target {
    /// Reads the head of a request; nothing where it is for no function.
    pub(super) fn read(parts: &Parts, hosts: &Hosts) -> Option<Self> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))?;
        let uri = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let by_path = uri.strip_prefix(PATH);
        if by_path.is_none() && !host.contains(LABEL) {
            return None;
        }
        if hosts.name(host) == HostName::Foreign {
            return None;
        }
        let (domain_name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
            // HTTP's own.
            _ => (host, 80),
        };
        let domain_name = domain_name.to_ascii_lowercase();
        let (url_id, path) = match by_path {
            Some(rest) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                let (id, path) = rest.split_at(end);
                let slash = if path.starts_with('/') { "" } else { "/" };
                (id.to_owned(), format!("{slash}{path}"))
            }
            None => (domain_name.split_once(LABEL)?.0.to_owned(), uri.to_owned()),
        };
        let is_id = !url_id.is_empty() && url_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_id.then_some(Self { url_id, domain_name, port, path, is_by_path: by_path.is_some() })
    }
}

impl Http {
    /// Answers for a function's URL.
    pub(super) async fn answer_url(
        &self,
        parts: &Parts,
        target: &Target,
        body: Incoming,
        source_ip: Arc<str>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        let body = RequestBody::new(parts, body);
        let trace = trace_header(parts).filter(|header| header.starts_with("Root="));
        let trace = trace.unwrap_or_else(|| {
            let now_s = self.engine.clock().now().as_s() & 0xffff_ffff;
            format!("Root=1-{now_s:08x}-{:024x}", rand::random::<u128>() >> 32)
        });
        let found = self.engine.with_world(|world| {
            world.function_url(&target.url_id).map(|(arn, url)| (arn, url.clone()))
        });
        let mut response = match found {
            None => refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", None).map(full),
            Some((_, url)) if !self.is_let_in(parts, target, &url) => forbidden(FORBIDDEN),
            Some((arn, url)) => {
                let call = UrlCall { parts, target, arn, url: &url, source_ip, request_id };
                self.visit_url(call, body, &trace).await
            }
        };
        let headers = response.headers_mut();
        let ids = [("x-amzn-requestid", request_id), ("x-amzn-trace-id", &*trace)];
        for (name, value) in ids {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        if target.is_by_path {
            let alone = HeaderValue::from_static("sandbox allow-forms allow-scripts");
            headers.append(header::CONTENT_SECURITY_POLICY, alone);
        }
        head::close_where_body_is_awaited(parts, &mut response);
        response
    }

    /// Whether a browser may send this, for the page that it shows.
    fn is_let_in(&self, parts: &Parts, target: &Target, url: &FunctionUrl) -> bool {
        let text = |name| parts.headers.get(name).and_then(|it: &HeaderValue| it.to_str().ok());
        if let Some(origin) = text(header::ORIGIN) {
            let own =
                [target.domain_name.clone(), format!("{}:{}", target.domain_name, target.port)];
            let name = origin.split_once("://").map_or(origin, |(_, name)| name);
            let is_own = !target.is_by_path && own.iter().any(|own| own == name);
            return is_own
                || self.guard.allows(origin)
                || url.cors.as_ref().is_some_and(|it| cors::allowed(it, origin).is_some());
        }
        // Without an origin a browser sends what shows something: a link may lead here, a picture not.
        match text(crate::browser::SITE.clone()) {
            None | Some("none" | "same-origin") => true,
            Some(_) => {
                text(header::HeaderName::from_static("sec-fetch-mode")) == Some("navigate")
                    && matches!(parts.method, Method::GET | Method::HEAD)
            }
        }
    }

    async fn visit_url(
        &self,
        call: UrlCall<'_>,
        body: RequestBody,
        trace: &str,
    ) -> Response<ResponseBody> {
        let (parts, cors) = (call.parts, call.url.cors.clone());
        if let Some(preflight) = cors.as_ref().and_then(|cors| cors::preflight(cors, parts)) {
            return preflight.map(full);
        }
        let mut response = match self.invoke_url(call, body, trace).await {
            Ok(response) => response,
            Err(error) => refused(&error),
        };
        if let Some(cors) = &cors {
            cors::decorate(cors, parts, response.headers_mut());
        }
        response
    }

    async fn invoke_url(
        &self,
        call: UrlCall<'_>,
        body: RequestBody,
        trace: &str,
    ) -> Result<Response<ResponseBody>, ApiError> {
        let UrlCall { parts, target, arn, url, source_ip, request_id } = call;
        let signature = match url.auth_type {
            UrlAuthType::None => None,
            UrlAuthType::AwsIam => {
                Signature::read(parts, &Service::Lambda.descriptor().credentials, || None)?
            }
        };
        let identity = self.identify(signature.as_ref(), parts)?;
        let secret = self.verify_head(signature.as_ref(), parts)?;
        let body = self.collect_for_url(body).await?;
        if let (Some(signature), Some(secret)) = (&signature, &secret) {
            signature.verify_body(parts, &body, secret)?;
        }
        let event = UrlRequest {
            parts,
            body: &body,
            path: &target.path,
            url_id: &target.url_id,
            domain_name: &target.domain_name,
            port: target.port,
            caller: signature.is_some().then_some(&identity.caller),
            source_ip: &source_ip,
            request_id,
            trace_header: trace,
            now: self.engine.clock().now(),
        };
        let streams = url.invoke_mode.unwrap_or_default() == InvokeMode::ResponseStream;
        let input = InvokeInput::by_url(&arn, url.auth_type, request_id, event.event());
        let request = match streams {
            true => lambda::Request::InvokeWithResponseStream(Box::new(input)),
            false => lambda::Request::Invoke(Box::new(input)),
        };
        let Identity { caller, cause, .. } = identity;
        let call = CallRequest {
            caller,
            signing: self.signing(),
            region: arn.region.clone(),
            endpoint: self.endpoint_of(parts),
            source_ip,
            agent: head::agent(parts),
            trace_header: Some(trace.to_owned()),
            cause,
            request: CoreRequest::Lambda(request),
            staged: None,
        };
        let answer = self.engine.call(call).await?;
        Ok(self.url_answer(answer).await)
    }

    /// The whole body, where it is not larger than an event may be.
    async fn collect_for_url(&self, body: RequestBody) -> Result<Bytes, ApiError> {
        let limit_bytes = limits::SYNCHRONOUS_PAYLOAD_MAX_BYTES;
        let service = Service::Lambda;
        let too_large = || {
            (service.descriptor().refusals.too_large)(
                limits::SYNCHRONOUS_PAYLOAD_SAID_BYTES,
                "Invoke",
            )
        };
        let announced_bytes =
            http_body::Body::size_hint(&body).upper().unwrap_or(limit_bytes as u64);
        if announced_bytes > limit_bytes as u64 {
            return Err(too_large());
        }
        let _room = self.bodies.0.room_for(announced_bytes, service).await?;
        let limits = &self.limits;
        let body = PacedBody::new(body, service, limits.body_stall, Some(limits.body_whole));
        let mut body = std::pin::pin!(body);
        let mut collected = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                if collected.len() + data.len() > limit_bytes {
                    return Err(too_large());
                }
                collected.extend_from_slice(&data);
            }
        }
        Ok(collected.into())
    }

    async fn url_answer(&self, answer: Answer) -> Response<ResponseBody> {
        if let Some(invocation) = answer.response.streamed() {
            let invocation = InvocationId(invocation.into());
            return match self.runtime.take_stream(&invocation) {
                Some(stream) => streamed(stream).await,
                None => internal_server_error().map(full),
            };
        }
        let (output, payload) = answer.response.encode();
        match payload {
            Payload::Bytes(bytes) if output.get("FunctionError").is_none() => {
                of_payload(&bytes).map(full)
            }
            _ => internal_server_error().map(full),
        }
    }
}

/// A request that a function's URL takes.
struct UrlCall<'a> {
    parts: &'a Parts,
    target: &'a Target,
    arn: FunctionArn,
    url: &'a FunctionUrl,
    source_ip: Arc<str>,
    request_id: &'a str,
}

/// An answer that leaves as it comes, once its head is known.
async fn streamed(mut stream: ResponseStream) -> Response<ResponseBody> {
    let (content_type, is_whole) = match stream.next().await {
        Some(Streamed::Began { content_type, is_whole }) => (content_type, is_whole),
        Some(Streamed::Ended(end)) if end.error.is_none() => {
            return Response::new(full(Bytes::new()));
        }
        _ => return internal_server_error().map(full),
    };
    if is_whole {
        return match stream.next().await {
            Some(Streamed::Bytes(payload)) => of_payload(&payload).map(full),
            _ => internal_server_error().map(full),
        };
    }
    if content_type.as_deref() != Some(WITH_PRELUDE) {
        let mut response = Response::new(rest(Bytes::new(), stream));
        let kind = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        return response;
    }
    let mut prelude = Prelude::default();
    while let Some(Streamed::Bytes(bytes)) = stream.next().await {
        match prelude.take(&bytes) {
            Head::Unknown => {}
            Head::Wrong => break,
            Head::Read(head, first) => return head.map(|()| rest(first, stream)),
        }
    }
    internal_server_error().map(full)
}

/// What is left of a streamed answer. Where the function fails, it is cut off, as on AWS.
fn rest(first: Bytes, stream: ResponseStream) -> ResponseBody {
    let frames = stream::unfold((Some(first), Some(stream)), |(first, stream)| async {
        if let Some(first) = first.filter(|first| !first.is_empty()) {
            return Some((Ok(Frame::data(first)), (None, stream)));
        }
        let mut stream = stream?;
        loop {
            return match stream.next().await? {
                Streamed::Began { .. } => continue,
                Streamed::Bytes(bytes) => Some((Ok(Frame::data(bytes)), (None, Some(stream)))),
                Streamed::Ended(end) if end.error.is_none() => None,
                Streamed::Ended(_) => {
                    Some((Err(std::io::Error::other("the function failed")), (None, None)))
                }
            };
        }
    });
    BoxBody::new(StreamBody::new(frames))
}

fn forbidden(message: &str) -> Response<ResponseBody> {
    refusal(StatusCode::FORBIDDEN, "AccessDeniedException", Some(message)).map(full)
}

/// A refusal in the words of a URL.
fn refused(error: &ApiError) -> Response<ResponseBody> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match (status, error.code()) {
        // Also that the alias is gone says nothing to strangers.
        (
            StatusCode::FORBIDDEN,
            "AccessDeniedException" | "MissingAuthenticationTokenException",
        )
        | (StatusCode::NOT_FOUND, _) => forbidden(FORBIDDEN),
        (status, code) => refusal(status, code, Some(error.message())).map(full),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    fn target(host: &str, uri: &str) -> Option<(String, u16, String)> {
        let (parts, ()) =
            http::Request::builder().uri(uri).header("host", host).body(()).unwrap().into_parts();
        let target = Target::read(&parts, &Hosts::default())?;
        Some((target.url_id, target.port, target.path))
    }

    #[test]
    fn a_url_is_named_by_its_host_or_by_a_path() {
        let found = [
            target("abc123.lambda-url.us-east-1.on.aws", "/a%2Fb?x=1"),
            target("abc123.lambda-url.eu-west-1.localhost:4577", "/"),
            target("abc123.lambda-url.eu-west-1.localhost.localstack.cloud:4566", "/a"),
            target("127.0.0.1:4566", "/_cloudless/lambda-url/abc123"),
            target("127.0.0.1:4566", "/_cloudless/lambda-url/abc123?x=1"),
            target("127.0.0.1:4566", "/_cloudless/lambda-url/abc123/a/b?x=1"),
            target("127.0.0.1:4566", "/a"),
            target("abc123.lambda-url.us-east-1.evil.example", "/a"),
        ];
        insta::assert_debug_snapshot!(found, @r##"
        [
            Some(
                (
                    "abc123",
                    80,
                    "/a%2Fb?x=1",
                ),
            ),
            Some(
                (
                    "abc123",
                    4577,
                    "/",
                ),
            ),
            Some(
                (
                    "abc123",
                    4566,
                    "/a",
                ),
            ),
            Some(
                (
                    "abc123",
                    4566,
                    "/",
                ),
            ),
            Some(
                (
                    "abc123",
                    4566,
                    "/?x=1",
                ),
            ),
            Some(
                (
                    "abc123",
                    4566,
                    "/a/b?x=1",
                ),
            ),
            None,
            None,
        ]
        "##);
    }
}
