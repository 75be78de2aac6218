//! Requests to the service that has buckets: the bucket stands in the path or in the host, and many
//! operations share a method and a path.

use cloudless_core::descriptor::{Addressing, Target};
use cloudless_core::error::{self, ApiError};
use http::Method;
use http::request::Parts;

use super::host::Addressed;
use super::model::{Location, Model, Operation, Segment};
use super::route::{Route, bare, envelope};
use super::uri::{self, Query};
use super::{Protocol, Service, refusal};

/// # Errors
/// `InvalidURI`, `MethodNotAllowed`, `NotImplemented`.
pub(super) fn route(
    service: Service,
    parts: &Parts,
    query: Query,
    addressed: Addressed,
) -> Result<Route, ApiError> {
    if let Some(other) = addressed.other {
        let refused = format!("The endpoint {other} is not implemented by Cloudless.");
        return Err(error::NOT_IMPLEMENTED.says(refused));
    }
    const METHODS: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
    ];
    if !METHODS.contains(&parts.method) {
        return Err(ApiError::from(&refusal::BAD_REQUEST));
    }
    let model = Model::of(service);
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
    let has_key = !key.is_empty();
    let key = if is_of_bucket(service, parts, &query, has_key) { String::new() } else { key };
    let level = match (bucket.is_empty(), key.is_empty()) {
        (false, false) => 2,
        (false, true) => 1,
        (true, true) => 0,
        (true, false) => return Err(ApiError::from(&refusal::INVALID_URI)),
    };
    if !bucket.is_empty() && !query.is_empty() {
        refuse_query(service, parts, &query, has_key)?;
    }
    let operation = operation_at(service, parts, &query, level).ok_or_else(|| {
        let resource = ["SERVICE", "BUCKET", "OBJECT"][level];
        let refused = ApiError::from(&refusal::METHOD_NOT_ALLOWED)
            .with("Method", parts.method.as_str())
            .with("ResourceType", resource);
        if level == 0 { refused.with("Allow", "GET") } else { refused }
    })?;
    let streams_body = operation
        .input
        .is_some_and(|input| model.shape(input).payload().is_some_and(|payload| payload.streaming));
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
        ..bare(envelope(service, Protocol::RestXml, Some(operation), parts))
    })
}

/// Refuses what of a query string no operation means. A preflight is about another request.
fn refuse_query(
    service: Service,
    parts: &Parts,
    query: &Query,
    has_key: bool,
) -> Result<(), ApiError> {
    match service.descriptor().addressing {
        Addressing::Bucket { refuse, .. } if parts.method != Method::OPTIONS => {
            let parameters = query.as_slice();
            refuse(&Target { method: parts.method.as_str(), has_key, parameters })
        }
        _ => Ok(()),
    }
}

/// Whether a bucket answers what is asked of one of its objects. A preflight is about another request.
fn is_of_bucket(service: Service, parts: &Parts, query: &Query, has_key: bool) -> bool {
    let asks = has_key && !query.is_empty() && parts.method != Method::OPTIONS;
    match service.descriptor().addressing {
        Addressing::Bucket { is_of_bucket, .. } if asks => {
            let parameters = query.as_slice();
            is_of_bucket(&Target { method: parts.method.as_str(), has_key, parameters })
        }
        _ => false,
    }
}

/// The operation of a method on the service (0), a bucket (1) or an object (2).
///
/// Several share method and path; query markers (`?acl`), then needed parameters (`?uploadId=`), then
/// needed headers (`x-amz-copy-source`) tell them apart. A marker that belongs to some other method is
/// refused: `DELETE /bucket?acl` must not delete the bucket.
fn operation_at(
    service: Service,
    parts: &Parts,
    query: &Query,
    level: usize,
) -> Option<&'static Operation> {
    let model = Model::of(service);
    let elsewhere = match service.descriptor().addressing {
        Addressing::Bucket { of_directories, .. } => of_directories,
        _ => &[],
    };
    if parts.method == Method::OPTIONS {
        return model.operation("OptionsObject");
    }
    let at_level = |operation: &&Operation| {
        operation.path.len() == level
            && !matches!(operation.path.first(), Some(Segment::Literal(_)))
            && !elsewhere.contains(&operation.name)
    };
    let is_of_method = |operation: &&Operation| operation.method == parts.method;
    let fits = |operation: &&'static Operation| is_of_method(operation) && at_level(operation);
    if query.is_empty() {
        return best_of(model, parts, query, model.unmarked().filter(fits));
    }
    let is_marked =
        |operation: &&Operation| operation.markers.iter().all(|marker| query.has(*marker));
    let marked = model.operations.iter().filter(fits).filter(is_marked);
    let best = best_of(model, parts, query, marked)?;
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

/// The one of these operations for which the request has the most of what it needs.
fn best_of(
    model: &'static Model,
    parts: &Parts,
    query: &Query,
    fitting: impl Iterator<Item = &'static Operation>,
) -> Option<&'static Operation> {
    let best = fitting
        .filter_map(|operation| {
            let (mut parameters, mut headers, mut missing_headers) = (0, 0, 0);
            for member in model.needed(operation) {
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
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    Some(best?.1)
}
