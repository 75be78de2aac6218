//! What is refused before a body is asked for: a client that waits for `100 Continue` does not send it,
//! and nobody streams five gigabytes into an answer that was known before.

use std::sync::Arc;

use bytes::Bytes;
use cloudless_core::call::{Agent, Copying, Origin, Payload};
use cloudless_core::checksum::ChecksumAlgorithm;
use cloudless_core::error::{self, ApiError};
use cloudless_core::s3::Head;
use cloudless_core::{CallId, Request as CoreRequest};
use http::request::Parts;
use http::{HeaderValue, Method, Response, Version, header};

use super::credentials::Identity;
use super::declared::Declared;
use super::{Http, ResponseBody, trace_header, upload};
use crate::store::Staged;
use crate::wire::{self, Envelope};

/// An upload whose body may come.
pub(super) struct Upload {
    /// All of the request but its body.
    request: CoreRequest,
    /// The checksum that is kept of the body; nothing where that is the one that comes along.
    pub(super) kept: Option<ChecksumAlgorithm>,
}

impl Upload {
    /// The request with its body.
    pub(super) fn with_body(self, staged: &Staged, declared: &Declared) -> CoreRequest {
        let blob = staged.blob().clone();
        let payload = match self.kept {
            None => Payload::Blob(blob),
            Some(_) => {
                let sent = declared.checksum.as_ref();
                let sent = sent.and_then(|(algorithm, _)| staged.checksum(*algorithm)).cloned();
                Payload::Part { blob, sent }
            }
        };
        self.request.with_payload(payload)
    }
}

impl Http {
    /// Refuses a request for its head alone, where that is reason enough. Gives the upload that the
    /// request is, where it is one.
    ///
    /// # Errors
    /// As the operation has them; those that need the body come when it is there.
    pub(super) fn admit(
        &self,
        parts: &Parts,
        route: &wire::Route,
        declared: &Declared,
        identity: &Identity,
        source_ip: &Arc<str>,
    ) -> Result<Option<Upload>, ApiError> {
        let (service, descriptor) = (route.envelope.service, route.envelope.descriptor());
        let Some(operation) = route.envelope.operation() else { return Ok(None) };
        if !service.operations().contains(&operation) {
            return Err(error::operation_not_implemented(service.as_str(), operation));
        }
        let has_document =
            !route.streams_body && matches!(parts.method, Method::PUT | Method::POST);
        if !descriptor.bodies.admitted_by_head || !(route.streams_body || has_document) {
            return Ok(None);
        }
        let origin = self.origin(parts, identity, source_ip);
        if has_document {
            let head = Head {
                operation,
                bucket: route.bucket.as_deref().unwrap_or_default(),
                key: route.key.as_deref(),
                version_id: route.parameter("versionId"),
                expected_bucket_owner: parts
                    .headers
                    .get("x-amz-expected-bucket-owner")
                    .and_then(|owner| owner.to_str().ok()),
            };
            let now = self.engine.clock().now();
            self.engine.with_world(|world| world.admit_document(now, &origin, head))?;
            return Ok(None);
        }
        upload::admit(declared, parts, descriptor)?;
        let call = wire::decode(route, parts, &Bytes::new())?;
        let request = service.decode(call.operation, call.input, Payload::None)?;
        let now = self.engine.clock().now();
        let kept = self.engine.with_world(|world| world.admit(now, &origin, &request))?;
        Ok(Some(Upload { request, kept }))
    }
}

impl Http {
    /// Copies the stored bytes that a request needs as a body of its own, where it needs any. They are
    /// opened while the World is asked: what happens to their owner meanwhile does not matter.
    ///
    /// # Errors
    /// Those of the operation; or the bytes can be neither read nor written.
    pub(super) async fn copy(
        &self,
        parts: &Parts,
        envelope: &Envelope,
        request: CoreRequest,
        identity: &Identity,
        source_ip: &Arc<str>,
    ) -> Result<(CoreRequest, Option<Staged>), ApiError> {
        let origin = self.origin(parts, identity, source_ip);
        let (blobs, now) = (self.engine.blobs(), self.engine.clock().now());
        let copying = self.engine.with_world(|world| {
            let copying = world.copying(now, &origin, &request)?;
            Ok::<_, ApiError>(copying.map(|copying| (blobs.open(&copying.of), copying)))
        })?;
        let Some((body, Copying { of, checksum })) = copying else { return Ok((request, None)) };
        let staged = upload::stage_copy(body, checksum, blobs, envelope.descriptor()).await?;
        let blob = staged.blob().clone();
        Ok((request.with_payload(Payload::Copied { blob, of }), Some(staged)))
    }

    /// Where a request comes from that is looked at before its body is here.
    pub(super) fn origin(
        &self,
        parts: &Parts,
        identity: &Identity,
        source_ip: &Arc<str>,
    ) -> Origin {
        Origin {
            // Nothing waits for this.
            call: CallId(0),
            account: identity.caller.account(),
            caller: identity.caller.clone(),
            signing: self.signing(),
            region: identity.region.clone(),
            endpoint: self.endpoint_of(parts),
            source_ip: source_ip.clone(),
            agent: agent(parts),
            trace_header: trace_header(parts),
        }
    }
}

/// Refuses a header that the operation does not have and does not pass over either.
pub(super) fn refuse_headers(parts: &Parts, envelope: &Envelope) -> Result<(), ApiError> {
    let Some(operation) = envelope.operation() else { return Ok(()) };
    // A name that is text is read anew each time it is looked for: few are.
    let mut refused = envelope.descriptor().refused_headers.iter();
    let refused = refused.find_map(|header| {
        let value = (header.refused_by)(operation).then(|| parts.headers.get(header.name))?;
        Some((header, value?))
    });
    match refused {
        Some((header, value)) => Err((header.refusal)(value.to_str().unwrap_or_default())),
        None => Ok(()),
    }
}

/// The program that sends a request.
pub(super) fn agent(parts: &Parts) -> Agent {
    let said = |name| parts.headers.get(name)?.to_str().ok().map(Into::into);
    Agent { name: said(header::USER_AGENT), referer: said(header::REFERER) }
}

/// Says that the connection of HTTP/1.1 ends with an answer that comes instead of `100 Continue`: a refusal, whose client
/// may still wait to send the body, or that to a body of no bytes, which nobody asks for. botocore takes the
/// status of such an answer for that of the next one on the same connection.
pub(super) fn close_where_body_is_awaited(parts: &Parts, response: &mut Response<ResponseBody>) {
    let is_refused = response.status().is_client_error() || response.status().is_server_error();
    let is_empty = parts.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
    let is_shared = parts.version == Version::HTTP_2; // by requests that have nothing to do with this one
    if (is_refused || is_empty) && !is_shared && parts.headers.contains_key(header::EXPECT) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}
