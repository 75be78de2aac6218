//! What is refused before a body is asked for: a client that waits for `100 Continue` does not send it,
//! and nobody streams five gigabytes into an answer that was known before.

use bytes::Bytes;
use cloudless_core::call::Origin;
use cloudless_core::call::Payload;
use cloudless_core::error::{self, ApiError};
use cloudless_core::s3::Head;
use cloudless_core::{CallId, Request as CoreRequest};
use http::request::Parts;
use http::{HeaderValue, Method, Response, header};

use super::credentials::Identity;
use super::declared::Declared;
use super::{Http, ResponseBody, trace_header, upload};
use crate::wire;

impl Http {
    /// Refuses a request for its head alone, where that is reason enough. Gives the request of an
    /// upload: all of it but its body.
    ///
    /// # Errors
    /// As the operation has them; those that need the body come when it is there.
    pub(super) fn admit(
        &self,
        parts: &Parts,
        route: &wire::Route,
        declared: &Declared,
        identity: &Identity,
        source_ip: &std::sync::Arc<str>,
    ) -> Result<Option<CoreRequest>, ApiError> {
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
        self.engine.with_world(|world| world.admit(now, &origin, &request))?;
        Ok(Some(request))
    }

    /// Where a request comes from that is looked at before its body is here.
    pub(super) fn origin(
        &self,
        parts: &Parts,
        identity: &Identity,
        source_ip: &std::sync::Arc<str>,
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
            trace_header: trace_header(parts),
        }
    }
}

/// Says that the connection ends with a refusal whose client may still wait to send the body.
pub(super) fn close_where_body_is_awaited(parts: &Parts, response: &mut Response<ResponseBody>) {
    let is_refused = response.status().is_client_error() || response.status().is_server_error();
    if is_refused && parts.headers.contains_key(header::EXPECT) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}
