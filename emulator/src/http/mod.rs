//! Accept, authenticate, stream bodies: bytes to calls and back.
//!
//! A request that the guard lets in takes four hops, all of them in [`Http::serve_call`] and
//! [`Http::answer`]: its head is routed and its signature read, its body is staged or collected and
//! decoded, the engine answers, the answer is encoded.
//!
//! What few requests need is boxed where it is awaited: a future has room for the largest of what it may
//! wait for, and each call moves all of it.

mod access_log;
mod auth;
mod body;
mod budget;
mod chunked;
mod code;
mod compressed;
mod connections;
mod cors;
mod credentials;
mod declared;
mod function_url;
mod guard;
mod head;
mod hot_reload;
mod limits;
mod member;
mod multipart;
mod pace;
mod post;
mod streaming;
#[cfg(test)]
mod tests;
mod unread;
mod upload;
mod website;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use cloudless_core::call::{Payload, Randomness};
use cloudless_core::error::{ApiError, Row};
use cloudless_core::{Request as CoreRequest, World};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body as _, Frame};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use serde_json::Value;

use crate::control;
use crate::engine::{Answer, CallRequest, EngineHandle};
use crate::instances::Fleet;
use crate::keys::Keys;
use crate::runtime::Runtime;
use crate::store::{Body, Staged};
use crate::surroundings::Here;
use crate::wire::{self, Envelope, Hosts, Protocol, Service};
use access_log::Watch;
use auth::{Chain, Signature};
use body::RequestBody;
use budget::{Budget, Room};
pub(crate) use connections::serve;
use credentials::Identity;
use declared::Declared;
pub(crate) use guard::Guard;
use head::Upload;
pub(crate) use limits::Limits;
use pace::PacedBody;

/// A body on its way to a client.
pub(crate) type ResponseBody = BoxBody<Bytes, std::io::Error>;

static NOT_ENABLED: Row = Row::receiver("InternalFailure", 501, "The service is not enabled.");

// A name that is text would be read anew each time it is looked for.
static TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What serves requests: the HTTP face of one emulator.
pub(crate) struct Http {
    pub(crate) engine: EngineHandle,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) here: Arc<Here>,
    pub(crate) hosts: Hosts,
    /// Who may come in at all.
    pub(crate) guard: Guard,
    /// Access keys and their secrets; signatures are verified where there are any.
    pub(crate) keys: Keys,
    /// How long clients are waited for, and how much is held for them.
    pub(crate) limits: Limits,
    /// Room for their bodies.
    pub(crate) bodies: Bodies,
    /// Where everything is kept; nothing where it is forgotten at the end.
    pub(crate) data_dir: Option<PathBuf>,
    /// Whether functions' code may be folders of this host.
    pub(crate) hot_reload: bool,
    /// The services that answer.
    pub(crate) services: Vec<Service>,
    pub(crate) started: Instant,
    /// Of the addresses under which functions' code can be had.
    pub(crate) code_secret: [u8; 64],
    pub(crate) session_id: String,
    /// `http://127.0.0.1:4566`: what a request without a Host header reached.
    pub(crate) endpoint: String,
}

/// The bodies that are held in memory, of all connections.
#[derive(Debug)]
pub(crate) struct Bodies(Budget);

impl Bodies {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Budget::new(limits.bodies_bytes, limits.room))
    }
}

impl Http {
    async fn respond(
        &self,
        request: Request<Incoming>,
        source_ip: Arc<str>,
    ) -> Response<ResponseBody> {
        let (mut parts, body) = request.into_parts();
        let request_id = request_id();
        if let Some(target) = function_url::Target::read(&parts, &self.hosts) {
            return Box::pin(self.answer_url(&parts, &target, body, source_ip, &request_id)).await;
        }
        let cors = |bucket: &str, origin: &str, method: &str| {
            let rules = |world: &World| world.cors_for(bucket, origin, method, None).is_some();
            self.engine.with_world(rules)
        };
        let admitted = match self.guard.admit(&parts, &self.hosts, &cors) {
            Ok(admitted) => admitted,
            Err(error) if is_control(parts.uri.path()) => return control::refuse(&error),
            Err(error) => {
                let envelope = match wire::route(&parts, &self.hosts) {
                    Ok(route) => route.envelope,
                    Err(refused) => refused.envelope,
                };
                return refuse(&envelope, &error, &request_id);
            }
        };
        if let Some(preflight) = admitted.preflight(&parts) {
            return preflight;
        }
        admitted.note_in(&mut parts);
        let mut response = self.respond_admitted(parts, body, source_ip, &request_id).await;
        admitted.decorate(&mut response);
        response
    }

    async fn respond_admitted(
        &self,
        mut parts: Parts,
        body: Incoming,
        source_ip: Arc<str>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        if let Some(zip) = code::Zip::parse(parts.uri.path()) {
            return self.give_code(&parts, &zip).await;
        }
        if is_control(parts.uri.path()) || control::is_first_visit(&parts, &self.hosts) {
            return Box::pin(control::respond(self, parts, body)).await;
        }
        let watch = self.engine.logs_requests().then(|| Watch::begin(self, &mut parts));
        let response = self.respond_to_call(&parts, body, &source_ip, request_id).await;
        match watch {
            Some(watch) => watch.finish(self, &parts, &source_ip, response),
            None => response,
        }
    }

    async fn respond_to_call(
        &self,
        parts: &Parts,
        body: Incoming,
        source_ip: &Arc<str>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        if parts.method == Method::OPTIONS {
            return cors::preflight(self, parts, request_id);
        }
        let body = RequestBody::new(parts, body);
        let mut response = match self.website_of(parts) {
            Some(site) => {
                Box::pin(self.visit(parts, site.bucket.as_deref(), source_ip, request_id)).await
            }
            None => self.serve_call(parts, body, Arc::clone(source_ip), request_id).await,
        };
        cors::decorate(self, parts, &mut response);
        head::close_where_body_is_awaited(parts, &mut response);
        response
    }

    /// The four hops of a request.
    async fn serve_call(
        &self,
        parts: &Parts,
        body: RequestBody,
        source_ip: Arc<str>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        let route = match wire::route(parts, &self.hosts) {
            Ok(route) => route,
            Err(refused) => {
                return refuse(&refused.envelope, &refused.error, request_id);
            }
        };
        let mut envelope = route.envelope;
        match self.answer(parts, body, source_ip, &route, &mut envelope, request_id).await {
            Ok(response) => response,
            Err(error) => refuse(&envelope, &error, request_id),
        }
    }

    async fn answer(
        &self,
        parts: &Parts,
        body: RequestBody,
        source_ip: Arc<str>,
        route: &wire::Route,
        envelope: &mut Envelope,
        request_id: &str,
    ) -> Result<Response<ResponseBody>, ApiError> {
        self.check_enabled(envelope)?;
        if envelope.operation() == Some(post::POST_OBJECT) {
            return Box::pin(self.post_object(parts, body, source_ip, route, request_id)).await;
        }
        let credentials = &envelope.descriptor().credentials;
        let signature = Signature::read(parts, credentials, || self.bucket_of_host(parts))?;
        let identity = self.identify(signature.as_ref(), parts)?;
        let secret = self.verify_head(signature.as_ref(), parts)?;
        Watch::note_signature(parts, &identity.caller, signature.as_ref());
        head::refuse_headers(parts, envelope)?;
        let declared = Declared::read(parts, route)?;
        let chain = match (&signature, &secret) {
            (Some(signature), Some(secret)) => signature.chain(parts, secret)?,
            _ => None,
        };
        let upload = self.admit(parts, route, &declared, &identity, &source_ip)?;
        let Received { collected, staged, room } =
            self.receive(&declared, chain, body, route, upload.as_ref()).await?;
        if let (Some(signature), Some(secret)) = (&signature, &secret) {
            signature.verify_body(parts, &collected, secret)?;
        }
        let collected = compressed::unzipped(parts, envelope, collected)?;
        let (request, staged) = match (upload, staged) {
            (Some(upload), Some(staged)) => (upload.with_body(&staged, &declared), Some(staged)),
            _ => match quick(envelope, &collected) {
                Some(request) => (request, None),
                None => self.decode(parts, route, envelope, collected).await?,
            },
        };
        let copies = envelope
            .operation()
            .is_some_and(|operation| envelope.descriptor().bodies.copying.contains(&operation));
        let (request, staged) = match copies {
            true => Box::pin(self.copy(parts, envelope, request, &identity, &source_ip)).await?,
            false => (request, staged),
        };
        let failure = request.failure();
        let answer = self.call(parts, identity, source_ip, request, staged).await?;
        drop(room);
        Ok(self.encode(parts, envelope, answer, request_id, failure).await)
    }

    fn check_enabled(&self, envelope: &Envelope) -> Result<(), ApiError> {
        if self.services.contains(&envelope.service) {
            return Ok(());
        }
        // LocalStack's words, which its users know.
        Err(NOT_ENABLED.says(format!(
            "Service '{}' is not enabled. Please check your 'SERVICES' configuration variable.",
            envelope.service.as_str()
        )))
    }

    /// Calls what was decoded.
    async fn call(
        &self,
        parts: &Parts,
        identity: Identity,
        source_ip: Arc<str>,
        request: CoreRequest,
        staged: Option<Staged>,
    ) -> Result<Answer, ApiError> {
        let named = Watch::note_call(self, parts, &identity.caller);
        let call = CallRequest {
            caller: identity.caller,
            signing: self.signing(),
            region: identity.region,
            endpoint: self.endpoint_of(parts),
            source_ip,
            agent: head::agent(parts),
            trace_header: trace_header(parts),
            cause: identity.cause,
            request,
            staged,
        };
        match named {
            Some(id) => self.engine.call_named(id, call).await,
            None => self.engine.call(call).await,
        }
    }

    /// Takes a body in: an object's as it comes, another one where there is room for it.
    async fn receive(
        &self,
        declared: &Declared,
        chain: Option<Chain>,
        body: RequestBody,
        route: &wire::Route,
        upload: Option<&Upload>,
    ) -> Result<Received<'_>, ApiError> {
        let (service, stall) = (route.envelope.service, self.limits.body_stall);
        if route.streams_body {
            let body = PacedBody::new(body, service, stall, None);
            let (blobs, descriptor) = (self.engine.blobs(), route.envelope.descriptor());
            let kept = upload.and_then(|upload| upload.kept);
            let staged = upload::stage(declared, chain, body, blobs, descriptor, kept).await?;
            return Ok(Received { collected: Bytes::new(), staged: Some(staged), room: None });
        }
        let limit_bytes = route.body_limit_bytes();
        // Without a length it may be as large as any.
        let announced_bytes = body.size_hint().upper().unwrap_or(limit_bytes as u64);
        if announced_bytes > limit_bytes as u64 && !declared.framed {
            return Err(route.body_too_large());
        }
        let room = self.bodies.0.room_for(announced_bytes.min(limit_bytes as u64), service).await?;
        let body = PacedBody::new(body, service, stall, Some(self.limits.body_whole));
        let collected =
            upload::collect(declared, chain, body, limit_bytes, || route.body_too_large()).await?;
        Ok(Received { collected, staged: None, room: Some(room) })
    }

    /// The request that a head and its body make, and the upload that belongs to it.
    async fn decode(
        &self,
        parts: &Parts,
        route: &wire::Route,
        envelope: &mut Envelope,
        collected: Bytes,
    ) -> Result<(CoreRequest, Option<Staged>), ApiError> {
        let mut call = wire::decode(route, parts, &collected)?;
        // A zip is in the call once more.
        drop(collected);
        *envelope = call.envelope;
        self.name_folder(envelope, &mut call.input).await?;
        let staged = self.stage_member(envelope, &mut call.input).await?;
        let draws = envelope.descriptor().operations_with_secrets.contains(&call.operation);
        let console = self.console(envelope, &call);
        let payload = match (&staged, call.payload) {
            (Some(staged), _) => Payload::Blob(staged.blob().clone()),
            (None, Some(bytes)) => Payload::Bytes(bytes),
            (None, None) if draws => Payload::Random(Randomness(rand::random())),
            (None, None) => console.map_or(Payload::None, Payload::Bytes),
        };
        let request = envelope.service.decode(call.operation, call.input, payload)?;
        Ok((request, staged))
    }

    /// What an instance has written, where that is asked for.
    fn console(&self, envelope: &Envelope, call: &wire::Call) -> Option<Bytes> {
        let console = envelope.descriptor().console.filter(|it| it.operation == call.operation)?;
        let text = self.fleet.console(call.input[console.instance].as_str()?)?;
        Some(text.into())
    }

    /// The answer to a call, on its way to the client.
    /// `failure` is the answer where the body of what is asked for cannot be read.
    async fn encode(
        &self,
        parts: &Parts,
        envelope: &Envelope,
        answer: Answer,
        request_id: &str,
        failure: fn() -> ApiError,
    ) -> Response<ResponseBody> {
        if matches!(envelope.protocol, Protocol::AwsJson10 | Protocol::AwsJson11) {
            let output = answer.response.to_json();
            return wire::encode_json(envelope, output, request_id).map(full);
        }
        let Answer { response, body, .. } = answer;
        if let Some(head) = wire::encode_beside_body(envelope, &response, request_id) {
            return with_body(parts, envelope, head, body, request_id, failure).await;
        }
        let streamed = response.streamed().map(str::to_owned);
        let given_id = response.request_id().map(str::to_owned);
        let request_id = given_id.as_deref().unwrap_or(request_id);
        let (mut output, payload) = response.encode();
        self.sign_downloads(envelope, &mut output);
        let bytes = match payload {
            Payload::Bytes(bytes) => Some(bytes),
            _ => None,
        };
        let encoded = wire::encode(envelope, &output, bytes, request_id);
        if let Some(invocation) = streamed {
            return self.with_events(encoded, &invocation);
        }
        with_body(parts, envelope, encoded, body, request_id, failure).await
    }

    /// Scheme and authority under which the caller reached us.
    pub(crate) fn endpoint_of(&self, parts: &Parts) -> String {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| self.endpoint.clone(), |host| ["http://", host].concat())
    }
}

/// An answer with its body. `failure` is the answer where that is stored and cannot be read.
async fn with_body(
    parts: &Parts,
    envelope: &Envelope,
    encoded: Response<Bytes>,
    body: Option<Body>,
    request_id: &str,
    failure: fn() -> ApiError,
) -> Response<ResponseBody> {
    match body {
        Some(body) if parts.method != Method::HEAD => {
            with_stored(encoded, body).await.unwrap_or_else(|error| {
                let path = parts.uri.path();
                tracing::error!(call = ?envelope, path, %error, request_id, "what is stored cannot be read");
                wire::encode_error(envelope, &failure(), request_id).map(full)
            })
        }
        _ => encoded.map(full),
    }
}

/// An answer whose body is stored, once it is seen that the body comes.
async fn with_stored(head: Response<Bytes>, body: Body) -> std::io::Result<Response<ResponseBody>> {
    let length = body.length_bytes();
    let body = body.begun().await?;
    let (mut head, _) = head.into_parts();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let body = match body.in_one_piece() {
        Ok(bytes) => full(bytes),
        Err(body) => {
            let stream = futures_util::StreamExt::map(body.stream(), |it| it.map(Frame::data));
            BoxBody::new(StreamBody::new(stream))
        }
    };
    Ok(Response::from_parts(head, body))
}

/// Whether the path is one of the emulator's own.
fn is_control(path: &str) -> bool {
    ["/_cloudless", "/_localstack"].iter().any(|own| {
        path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What is called most, in JSON, without a detour over the tables of the wire.
fn quick(envelope: &Envelope, body: &[u8]) -> Option<CoreRequest> {
    let operation = envelope.operation()?;
    let is_quick = envelope.protocol == Protocol::AwsJson10
        && envelope.descriptor().quick_operations.contains(&operation);
    if is_quick { envelope.service.quick(operation, body) } else { None }
}

/// A request's body, once it is here.
struct Received<'a> {
    /// All of it, where it is held in memory.
    collected: Bytes,
    /// All of it, where it is an object's.
    staged: Option<Staged>,
    /// Taken as long as anything of it is held.
    room: Option<Room<'a>>,
}

/// `X-Amzn-Trace-Id`, by which AWS X-Ray follows a request from service to service.
fn trace_header(parts: &Parts) -> Option<String> {
    const CHARS_MAX: usize = 1_024;
    let value = parts.headers.get(&TRACE_ID)?.to_str().ok()?;
    (1..=CHARS_MAX).contains(&value.len()).then(|| value.to_owned())
}

fn refuse(envelope: &Envelope, error: &ApiError, request_id: &str) -> Response<ResponseBody> {
    match error.status() {
        // There may be as many of these as there are clients.
        503 => tracing::debug!(call = ?envelope, %error, request_id, "a call was put off"),
        501 => tracing::warn!(call = ?envelope, %error, "a call is not implemented"),
        500.. => tracing::error!(call = ?envelope, %error, request_id, "a call failed"),
        _ => tracing::debug!(call = ?envelope, %error, request_id, "a call was refused"),
    }
    let mut response = wire::encode_error(envelope, error, request_id).map(full);
    Watch::note_refusal(&mut response, error);
    response
}

/// A body that is all there.
pub(crate) fn full(bytes: Bytes) -> ResponseBody {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// An answer of our own, as JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<ResponseBody> {
    let mut response = Response::new(full(value.to_string().into()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn request_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}
