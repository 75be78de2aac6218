//! Which service, protocol and operation a request's head names.

use cloudless_core::error::{self, ApiError};
use http::request::Parts;
use http::{HeaderName, Method, header};

use super::host::{Addressed, Hosts};
use super::model::{Location, Model, Operation, Segment};
use super::uri::{self, Query};
use super::{Envelope, Protocol, Service, refusal};

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
    /// How large a body may be that is collected; beyond it [`Route::body_too_large`] is the answer.
    #[must_use]
    pub fn body_limit_bytes(&self) -> usize {
        match (self.envelope.service, self.envelope.operation()) {
            // 10,000 parts with checksums.
            (Service::S3, _) => 8 << 20,
            // One MiB of messages, escaped.
            (Service::Sqs, _) => 8 << 20,
            // Tokens and session policies.
            (Service::Sts, _) => 1 << 20,
            // A zip of 50 MB in base64. AWS's own number.
            (
                Service::Lambda,
                Some("CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion"),
            ) => 70_167_211,
            // AWS's own number.
            (Service::Lambda, _) => 6_291_556,
        }
    }

    /// What AWS says of a body beyond the limit.
    #[must_use]
    pub fn body_too_large(&self) -> ApiError {
        let limit = self.body_limit_bytes();
        let operation = self.envelope.operation().unwrap_or_default();
        match self.envelope.service {
            Service::S3 => ApiError::from(&refusal::MESSAGE_TOO_LONG)
                .with("MaxMessageLengthBytes", limit.to_string()),
            Service::Sqs | Service::Sts => refusal::REQUEST_ENTITY_TOO_LARGE
                .says(format!("HTTP content length exceeded {limit} bytes.")),
            Service::Lambda => {
                // By the name that Invoke has inside of AWS.
                let operation = if operation == "Invoke" { "InvokeFunction" } else { operation };
                refusal::REQUEST_TOO_LARGE.says(format!(
                    "Request must be smaller than {limit} bytes for the {operation} operation"
                ))
            }
        }
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
/// what is left is S3. Then the operation by the service's table.
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
    match service {
        Service::S3 => {
            route_s3(parts, query, addressed()).map_err(|error| refuse(Protocol::RestXml, error))
        }
        Service::Lambda => route_lambda(parts, query)
            .ok_or_else(|| refuse(Protocol::RestJson, ApiError::from(&refusal::UNDETERMINED))),
        Service::Sts => {
            Ok(Route { query, ..bare(envelope(service, query_protocol(parts), None, parts)) })
        }
        Service::Sqs => {
            let protocol = match media_type(parts) {
                Some("application/x-amz-json-1.1") => Protocol::AwsJson11,
                Some(AWS_JSON_10) => Protocol::AwsJson10,
                _ if target(parts).is_some() => Protocol::AwsJson10,
                _ => query_protocol(parts),
            };
            let mut operation = None;
            if matches!(protocol, Protocol::AwsJson10 | Protocol::AwsJson11) {
                let name = target(parts).and_then(|target| target.strip_prefix("AmazonSQS."));
                operation = name.and_then(|name| Model::of(Service::Sqs).operation(name));
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

const AWS_JSON_10: &str = "application/x-amz-json-1.0";

fn envelope(
    service: Service,
    protocol: Protocol,
    operation: Option<&'static Operation>,
    parts: &Parts,
) -> Envelope {
    Envelope { service, protocol, operation, is_head: parts.method == Method::HEAD }
}

fn bare(envelope: Envelope) -> Route {
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
    if let Some(scope) = scope(parts, query) {
        return match scope.as_str() {
            "s3" | "s3express" | "s3-object-lambda" => Ok(Service::S3),
            "sqs" => Ok(Service::Sqs),
            "lambda" => Ok(Service::Lambda),
            "sts" => Ok(Service::Sts),
            _ => Err(scope),
        };
    }
    if let Some(target) = target(parts) {
        let service = target.split_once('.').map_or(target, |(service, _)| service);
        return if service == "AmazonSQS" { Ok(Service::Sqs) } else { Err(service.to_owned()) };
    }
    let path = parts.uri.path();
    let is_form = parts.method == Method::POST
        && media_type(parts) == Some("application/x-www-form-urlencoded");
    if (is_form || query.get("Action").is_some()) && (path == "/" || is_queue_path(path)) {
        // Two services speak Query; who does not sign can say by the host which is meant.
        return Ok(match addressed().service {
            Some(Service::Sts) => Service::Sts,
            _ => Service::Sqs,
        });
    }
    // A queue's URL in a browser, rather than an object for everybody in a bucket of twelve digits.
    let is_visit = parts.method == Method::GET && parts.uri.query().is_none();
    let is_call = parts.method == Method::POST && media_type(parts) == Some(AWS_JSON_10);
    if is_call || is_visit && is_queue_path(path) {
        return Ok(Service::Sqs);
    }
    let addressed = addressed();
    if let Some(service) = addressed.service {
        return Ok(service);
    }
    if addressed.bucket.is_none() && lambda_operation(parts, query).is_some() {
        return Ok(Service::Lambda);
    }
    Ok(Service::S3)
}

/// `/123456789012/orders`, the path of a queue's URL.
fn is_queue_path(path: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    let account = segments.next().unwrap_or_default();
    let queue = segments.next().unwrap_or_default();
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !queue.is_empty()
        && segments.next().is_none()
}

/// The service in the credential scope, `KEY/20240101/us-east-1/sqs/aws4_request`.
fn scope(parts: &Parts, query: &Query) -> Option<String> {
    let authorization =
        parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(authorization) = authorization {
        if authorization.starts_with("AWS ") {
            return Some("s3".to_owned()); // Signature version 2 lives on in S3 alone.
        }
        let (_, credential) = authorization.split_once("Credential=")?;
        return service_of(credential.split([',', ' ']).next()?);
    }
    let presigned = query.pairs().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-credential"));
    presigned.and_then(|(_, credential)| service_of(credential)).or_else(|| {
        let version_2 = query.get("AWSAccessKeyId").is_some() && query.get("Signature").is_some();
        (version_2 && query.get("Action").is_none()).then(|| "s3".to_owned())
    })
}

fn service_of(credential: &str) -> Option<String> {
    // From the end: an access key may hold anything.
    credential.trim().rsplit('/').nth(1).map(str::to_owned)
}

fn unknown_service(parts: &Parts, name: &str) -> Refused {
    let name: String = name.chars().take(64).collect();
    let error =
        error::NOT_IMPLEMENTED.says(format!("The service {name} is not implemented by Cloudless."));
    let (service, protocol) = match media_type(parts) {
        _ if target(parts).is_some() => (Service::Sqs, Protocol::AwsJson10),
        Some("application/x-www-form-urlencoded") => (Service::Sqs, Protocol::AwsQuery),
        Some("application/json") => (Service::Lambda, Protocol::RestJson),
        _ => (Service::S3, Protocol::RestXml),
    };
    Refused { envelope: envelope(service, protocol, None, parts), error }
}

fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get(&TARGET).and_then(|value| value.to_str().ok())
}

fn media_type(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// The Query protocol, with answers in JSON where that is the first that the client accepts.
fn query_protocol(parts: &Parts) -> Protocol {
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|accepted| accepted.split([',', ';']).next());
    match first.is_some_and(|first| first.trim().eq_ignore_ascii_case("application/json")) {
        true => Protocol::AwsQueryJson,
        false => Protocol::AwsQuery,
    }
}

fn lambda_operation(
    parts: &Parts,
    query: &Query,
) -> Option<(&'static Operation, Vec<(&'static str, String)>)> {
    let candidates = Model::of(Service::Lambda).operations.iter().filter(|operation| {
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

fn route_lambda(parts: &Parts, query: Query) -> Option<Route> {
    let (operation, labels) = lambda_operation(parts, &query)?;
    Some(Route {
        labels,
        query,
        ..bare(envelope(Service::Lambda, Protocol::RestJson, Some(operation), parts))
    })
}

fn route_s3(parts: &Parts, query: Query, addressed: Addressed) -> Result<Route, ApiError> {
    let path = parts.uri.path();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = match addressed.bucket {
        Some(bucket) => (bucket, path),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (uri::decode(bucket).ok_or(&refusal::INVALID_URI)?.into_owned(), key)
        }
    };
    let key = uri::decode(key).ok_or(&refusal::INVALID_URI)?.into_owned();
    let level = match (bucket.is_empty(), key.is_empty()) {
        (false, false) => 2,
        (false, true) => 1,
        (true, true) => 0,
        (true, false) => return Err(ApiError::from(&refusal::INVALID_URI)),
    };
    let operation = s3_operation(parts, &query, level).ok_or_else(|| {
        let resource = ["SERVICE", "BUCKET", "OBJECT"][level];
        ApiError::from(&refusal::METHOD_NOT_ALLOWED)
            .with("Method", parts.method.as_str())
            .with("ResourceType", resource)
    })?;
    let streams_body = operation.input.is_some_and(|input| {
        Model::of(Service::S3).shape(input).payload().is_some_and(|payload| payload.streaming)
    });
    let mut labels = Vec::new();
    if !bucket.is_empty() {
        labels.push(("Bucket", bucket.clone()));
    }
    if !key.is_empty() {
        labels.push(("Key", key.clone()));
    }
    Ok(Route {
        bucket: Some(bucket).filter(|bucket| !bucket.is_empty()),
        key: Some(key).filter(|key| !key.is_empty()),
        streams_body,
        labels,
        query,
        ..bare(envelope(Service::S3, Protocol::RestXml, Some(operation), parts))
    })
}

/// The S3 operation of a method on the service (0), a bucket (1) or an object (2).
///
/// Several share method and path; query markers (`?acl`), then needed parameters (`?uploadId=`), then
/// needed headers (`x-amz-copy-source`) tell them apart. A marker that belongs to some other method is
/// refused: `DELETE /bucket?acl` must not delete the bucket.
fn s3_operation(parts: &Parts, query: &Query, level: usize) -> Option<&'static Operation> {
    let model = Model::of(Service::S3);
    if parts.method == Method::OPTIONS {
        return model.operation("OptionsObject");
    }
    let at_level = |operation: &&Operation| {
        operation.path.len() == level
            && !matches!(operation.path.first(), Some(Segment::Literal(_)))
    };
    let is_marked =
        |operation: &&Operation| operation.markers.iter().all(|marker| query.has(*marker));
    let fitting = model
        .operations
        .iter()
        .filter(at_level)
        .filter(|operation| operation.method == parts.method)
        .filter(is_marked);
    let best = fitting
        .filter_map(|operation| {
            let (mut parameters, mut headers, mut missing_headers) = (0, 0, 0);
            for member in operation
                .input
                .into_iter()
                .flat_map(|input| model.shape(input).members())
                .filter(|member| member.required)
            {
                match (member.location, &member.header) {
                    (Location::Query, _) if query.get(member.wire_name).is_some() => {
                        parameters += 1;
                    }
                    (Location::Query, _) => return None,
                    (Location::Header, Some(name)) => {
                        let given = parts.headers.contains_key(name)
                            || query.in_place_of_header(name.as_str()).is_some();
                        if given { headers += 1 } else { missing_headers += 1 }
                    }
                    _ => {}
                }
            }
            // Without its header, CopyObject is PutObject; GetObjectAttributes is itself by its marker.
            let rank = (
                operation.markers.len(),
                std::cmp::Reverse(missing_headers),
                parameters,
                headers,
                !operation.deprecated,
            );
            Some((rank, operation))
        })
        // The first of equals: ListBuckets before ListDirectoryBuckets.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?
        .1;
    let foreign =
        model.operations.iter().filter(at_level).flat_map(|operation| &operation.markers).any(
            |marker| {
                marker.0 != "list-type"
                    && query.get(marker.0).is_some()
                    && !best.markers.iter().any(|own| own.0 == marker.0)
            },
        );
    (!foreign).then_some(best)
}
