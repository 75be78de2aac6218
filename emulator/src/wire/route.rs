//! Which service, protocol and operation a request's head names.

use cloudless_core::descriptor::{Addressing, Descriptor};
use cloudless_core::error::{self, ApiError};
use http::request::Parts;
use http::{HeaderName, Method, header};

use super::host::{self, Addressed, Hosts};
use super::model::{Model, Operation};
use super::uri::{self, Query};
use super::{Envelope, Protocol, Service, cbor, refusal, route_bucket};

/// Where a request goes, learned from its head alone.
#[derive(Debug)]
pub struct Route {
    /// What an answer must know; its operation is none until a Query form is decoded.
    pub envelope: Envelope,
    /// The bucket, whether it stood in the path or in the host.
    pub bucket: Option<String>,
    /// The object's key, percent-decoded and otherwise untouched.
    pub key: Option<String>,
    /// The body is an object's or a part's: to be streamed, not collected.
    pub streams_body: bool,
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) query: Query,
}

impl Route {
    /// A parameter of the query string.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// What a presigned URL says in place of a header of this name.
    pub(crate) fn in_place_of_header(&self, name: &str) -> Option<&str> {
        self.query.in_place_of_header(name)
    }

    /// How large a body may be that is collected; beyond it [`Route::body_too_large`] is the answer.
    #[must_use]
    pub fn body_limit_bytes(&self) -> usize {
        let operation = self.envelope.operation().unwrap_or_default();
        self.envelope.descriptor().body_limit_bytes(operation)
    }

    /// What AWS says of a body beyond the limit.
    #[must_use]
    pub fn body_too_large(&self) -> ApiError {
        let operation = self.envelope.operation().unwrap_or_default();
        let descriptor = self.envelope.descriptor();
        (descriptor.refusals.too_large)(descriptor.body_limit_bytes(operation), operation)
    }
}

/// A request that names nothing we could decode, with the envelope its answer goes in.
#[derive(Debug)]
pub struct Refused {
    /// For [`encode_error`](super::encode_error).
    pub envelope: Envelope,
    /// What to say.
    pub error: ApiError,
}

/// Finds the service by credential scope, then `X-Amz-Target`, then `Action`, then host, then path;
/// what is left is for the service that has buckets. Then the operation by the service's table.
///
/// # Errors
/// [`Refused`] where no operation fits, in the words of the service that was found, and for services
/// that are not spoken here.
pub fn route(parts: &Parts, hosts: &Hosts) -> Result<Route, Refused> {
    let query = Query::parse(parts.uri.query());
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.host());
    let addressed = || host.map(|host| hosts.read(host)).unwrap_or_default();
    let service =
        service(parts, &query, &addressed).map_err(|name| unknown_service(parts, &name))?;
    let refuse =
        |protocol, error| Refused { envelope: envelope(service, protocol, None, parts), error };
    match service.descriptor().addressing {
        Addressing::Bucket { .. } => route_bucket::route(service, parts, query, addressed())
            .map_err(|error| refuse(Protocol::RestXml, error)),
        Addressing::Paths => by_path(service, parts, query)
            .ok_or_else(|| refuse(Protocol::RestJson, undetermined(service))),
        Addressing::Root | Addressing::ResourceUrl { .. } => {
            let protocol = protocol_without_paths(service.descriptor(), parts);
            let mut operation = None;
            if is_json(protocol) || protocol == Protocol::RpcV2Cbor {
                let name = match protocol {
                    Protocol::RpcV2Cbor => operation_in_path(service.descriptor(), parts),
                    _ => target_of(service.descriptor(), parts),
                };
                operation = name.and_then(|name| Model::of(service).operation(name));
                if operation.is_none() {
                    return Err(refuse(protocol, ApiError::from(&refusal::UNKNOWN_OPERATION)));
                }
            }
            Ok(Route { query, ..bare(envelope(service, protocol, operation, parts)) })
        }
    }
}

// A name that is text would be read anew each time it is looked for.
static TARGET: HeaderName = HeaderName::from_static("x-amz-target");
static RPC: HeaderName = HeaderName::from_static("smithy-protocol");

const AWS_JSON_10: &str = "application/x-amz-json-1.0";
const AWS_JSON_11: &str = "application/x-amz-json-1.1";

pub(super) fn envelope(
    service: Service,
    protocol: Protocol,
    operation: Option<&'static Operation>,
    parts: &Parts,
) -> Envelope {
    Envelope { service, protocol, operation, is_head: parts.method == Method::HEAD }
}

pub(super) fn bare(envelope: Envelope) -> Route {
    Route {
        envelope,
        bucket: None,
        key: None,
        streams_body: false,
        labels: Vec::new(),
        query: Query::default(),
    }
}

/// The service, or the name of one that is not spoken here.
fn service(
    parts: &Parts,
    query: &Query,
    addressed: &dyn Fn() -> Addressed,
) -> Result<Service, String> {
    let all = || Service::ALL.into_iter();
    match scope(parts, query) {
        Some(Scope::Named(name)) => {
            let found = all().find(|it| it.descriptor().signing_names.contains(&name));
            return found.ok_or_else(|| name.to_owned());
        }
        Some(Scope::OfVersion2) => return Ok(of_the_rest()),
        None => {}
    }
    if let Some(service) = all().find(|it| operation_in_path(it.descriptor(), parts).is_some()) {
        return Ok(service);
    }
    if let Some(target) = target(parts) {
        let found = all().find(|service| target_of(service.descriptor(), parts).is_some());
        let name = || target.split_once('.').map_or(target, |(name, _)| name).to_owned();
        return found.ok_or_else(name);
    }
    let with_urls = || {
        let has_urls =
            |it: &Service| matches!(it.descriptor().addressing, Addressing::ResourceUrl { .. });
        all().find(has_urls)
    };
    let path = parts.uri.path();
    let is_form = parts.method == Method::POST
        && media_type(parts) == Some("application/x-www-form-urlencoded");
    if (is_form || query.get("Action").is_some()) && (path == "/" || is_resource_path(path)) {
        // Several services speak Query; who does not sign can say by the host which is meant.
        let by_host = addressed().service.filter(|it| it.descriptor().speaks_query());
        return Ok(by_host.or_else(with_urls).unwrap_or_else(of_the_rest));
    }
    // A queue's URL in a browser, rather than an object for everybody in a bucket of twelve digits.
    let is_visit = parts.method == Method::GET && parts.uri.query().is_none();
    let is_call = parts.method == Method::POST && media_type(parts) == Some(AWS_JSON_10);
    if (is_call || is_visit && is_resource_path(path))
        && let Some(service) = with_urls()
    {
        return Ok(service);
    }
    let addressed = addressed();
    if let Some(service) = addressed.service {
        return Ok(service);
    }
    let has_path = |service: &Service| {
        matches!(service.descriptor().addressing, Addressing::Paths)
            && operation_of_path(*service, parts, query).is_some()
    };
    let by_path = all().find(has_path).filter(|_| addressed.bucket.is_none());
    Ok(by_path.unwrap_or_else(of_the_rest))
}

/// What nothing else takes is for the service that has buckets.
fn of_the_rest() -> Service {
    host::of_buckets().unwrap_or(Service::ALL[0])
}

/// `/123456789012/orders`, the path of a resource's URL.
fn is_resource_path(path: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    let account = segments.next().unwrap_or_default();
    let name = segments.next().unwrap_or_default();
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && segments.next().is_none()
}

/// For whom a request is signed.
enum Scope<'a> {
    /// `sqs`, out of `KEY/20240101/us-east-1/sqs/aws4_request`.
    Named(&'a str),
    /// Version 2 names no service: it lives on in S3 alone.
    OfVersion2,
}

fn scope<'a>(parts: &'a Parts, query: &'a Query) -> Option<Scope<'a>> {
    let authorization =
        parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(authorization) = authorization {
        if authorization.starts_with("AWS ") {
            return Some(Scope::OfVersion2);
        }
        // As all clients write it, or else somewhere.
        let usual = authorization.strip_prefix("AWS4-HMAC-SHA256 Credential=");
        let credential = usual.or_else(|| Some(authorization.split_once("Credential=")?.1))?;
        return service_of(credential.split([',', ' ']).next()?);
    }
    let presigned = query.pairs().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-credential"));
    presigned.and_then(|(_, credential)| service_of(credential)).or_else(|| {
        let version_2 = query.get("AWSAccessKeyId").is_some() && query.get("Signature").is_some();
        (version_2 && query.get("Action").is_none()).then_some(Scope::OfVersion2)
    })
}

fn service_of(credential: &str) -> Option<Scope<'_>> {
    // From the end: an access key may hold anything.
    credential.trim().rsplit('/').nth(1).map(Scope::Named)
}

fn unknown_service(parts: &Parts, name: &str) -> Refused {
    let name: String = name.chars().take(64).collect();
    let error =
        error::NOT_IMPLEMENTED.says(format!("The service {name} is not implemented by Cloudless."));
    let protocol = match media_type(parts) {
        _ if target(parts).is_some() => Protocol::AwsJson10,
        _ if is_rpc(parts) => Protocol::RpcV2Cbor,
        Some("application/x-www-form-urlencoded") => Protocol::AwsQuery,
        Some("application/json") => Protocol::RestJson,
        _ => Protocol::RestXml,
    };
    // In the words of the first that speaks it.
    let speaks = |service: &Service| service.descriptor().speaks(protocol);
    let service = Service::ALL.into_iter().find(speaks).unwrap_or_else(of_the_rest);
    Refused { envelope: envelope(service, protocol, None, parts), error }
}

/// A path or a method that no operation has.
fn undetermined(service: Service) -> ApiError {
    let denied = service.descriptor().refusals.access_denied;
    denied.says("Unable to determine service/operation name to be authorized")
}

fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get(&TARGET).and_then(|value| value.to_str().ok())
}

/// The operation that `X-Amz-Target` names, where it names this service.
fn target_of<'a>(descriptor: &Descriptor, parts: &'a Parts) -> Option<&'a str> {
    let own = target(parts)?.strip_prefix(descriptor.target_prefix?)?;
    match own.strip_prefix('.') {
        Some(operation) => Some(operation),
        None => own.is_empty().then_some(own),
    }
}

/// The operation in `/service/GraniteServiceVersion20100801/operation/PutMetricData`, where a request says that
/// it is in CBOR and names this service.
fn operation_in_path<'a>(descriptor: &Descriptor, parts: &'a Parts) -> Option<&'a str> {
    if !is_rpc(parts) || !descriptor.speaks(Protocol::RpcV2Cbor) {
        return None;
    }
    let mut segments = parts.uri.path().rsplit('/');
    let operation = segments.next()?;
    let is_operation = segments.next() == Some("operation");
    let is_this = is_operation && segments.next() == descriptor.target_prefix;
    (is_this && segments.next() == Some("service")).then_some(operation)
}

fn is_rpc(parts: &Parts) -> bool {
    parts.headers.get(&RPC).is_some_and(|protocol| protocol == cbor::PROTOCOL)
}

fn media_type(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// The protocol of a request whose path says nothing of it.
fn protocol_without_paths(descriptor: &Descriptor, parts: &Parts) -> Protocol {
    let media_type = media_type(parts);
    if is_rpc(parts) && descriptor.speaks(Protocol::RpcV2Cbor) {
        return Protocol::RpcV2Cbor;
    }
    let named = |protocol, said| media_type == Some(said) && descriptor.speaks(protocol);
    if named(Protocol::AwsJson11, AWS_JSON_11) {
        return Protocol::AwsJson11;
    }
    if named(Protocol::AwsJson10, AWS_JSON_10) {
        return Protocol::AwsJson10;
    }
    let usual = descriptor.protocols.iter().copied().find(|protocol| is_json(*protocol));
    let is_json_alone = !descriptor.speaks_query();
    usual
        .filter(|_| is_json_alone || target(parts).is_some())
        .unwrap_or_else(|| query_protocol(descriptor, parts))
}

fn is_json(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::AwsJson10 | Protocol::AwsJson11)
}

/// The Query protocol, with answers in JSON where that is the first that the client accepts.
fn query_protocol(descriptor: &Descriptor, parts: &Parts) -> Protocol {
    if descriptor.speaks(Protocol::Ec2Query) {
        return Protocol::Ec2Query;
    }
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|accepted| accepted.split([',', ';']).next());
    match first.is_some_and(|first| first.trim().eq_ignore_ascii_case("application/json")) {
        true => Protocol::AwsQueryJson,
        false => Protocol::AwsQuery,
    }
}

/// The operation of a service that has this method and path.
fn operation_of_path(
    service: Service,
    parts: &Parts,
    query: &Query,
) -> Option<(&'static Operation, Vec<(&'static str, String)>)> {
    let candidates = Model::of(service).operations.iter().filter(|operation| {
        operation.method == parts.method
            && operation.markers.iter().all(|marker| query.has(*marker))
    });
    let fitting = candidates
        .filter_map(|operation| Some((operation, uri::labels(operation, parts.uri.path())?)));
    // The most specific one: `…/layers?find=LayerVersion` before `…/layers`.
    fitting.max_by_key(|(operation, labels)| {
        (operation.markers.len(), std::cmp::Reverse(labels.len()))
    })
}

fn by_path(service: Service, parts: &Parts, query: Query) -> Option<Route> {
    let (operation, labels) = operation_of_path(service, parts, &query)?;
    Some(Route {
        labels,
        query,
        ..bare(envelope(service, Protocol::RestJson, Some(operation), parts))
    })
}
