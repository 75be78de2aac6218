//! Buckets as websites, under host names of their own: pages in the place of documents, for visitors who
//! read and are nobody in particular, whatever they say of themselves.

use std::sync::Arc;

use bytes::Bytes;
use cloudless_core::Request as CoreRequest;
use cloudless_core::call::Payload;
use cloudless_core::error::{self, ApiError};
use cloudless_core::s3::{self, Visit, Visited};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use super::access_log::Watch;
use super::{Http, ResponseBody, full, with_stored};
use crate::store::Body;
use crate::wire::{self, Envelope, Website};

/// Where AWS sends who names no bucket.
const NO_BUCKET: &str = "https://aws.amazon.com/s3/";

impl Http {
    /// The website that is visited, where it is one.
    pub(super) fn website_of(&self, parts: &Parts) -> Option<Website> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.or_else(|| parts.uri.host()).and_then(|host| self.hosts.website(host))
    }

    /// What a visitor of a bucket's website is shown; of no bucket's, where the host name has none.
    pub(super) async fn visit(
        &self,
        parts: &Parts,
        bucket: Option<&str>,
        source_ip: &Arc<str>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        // Whatever the path says is a key, and nothing else.
        let mut as_object = parts.clone();
        as_object.uri = http::Uri::from_static("/key");
        if let Some(host) = parts.uri.authority().map(|it| HeaderValue::from_str(it.as_str())) {
            host.into_iter().for_each(|host| _ = as_object.headers.insert(header::HOST, host));
        }
        as_object.headers.remove(header::AUTHORIZATION);
        as_object.headers.remove("x-amz-target");
        if parts.method != Method::HEAD {
            as_object.method = Method::GET;
        }
        let route = match wire::route(&as_object, &self.hosts) {
            Ok(route) => route,
            Err(refused) => return page(&refused.envelope, &refused.error, request_id),
        };
        let envelope = route.envelope;
        if let Err(error) = self.check_enabled(&envelope) {
            return page(&envelope, &error, request_id);
        }
        let Some(bucket) = bucket else {
            return redirect(&envelope, StatusCode::MOVED_PERMANENTLY, NO_BUCKET, request_id);
        };
        match self.visited(parts, bucket, &as_object, &route, source_ip) {
            Ok((visited, body)) => self.show(&envelope, visited, body, request_id).await,
            Err(error) => page(&envelope, &error, request_id),
        }
    }

    /// What comes of a visit, and the body of what is shown, opened while the World is asked: what happens
    /// to the object meanwhile does not matter.
    fn visited(
        &self,
        parts: &Parts,
        bucket: &str,
        as_object: &Parts,
        route: &wire::Route,
        source_ip: &Arc<str>,
    ) -> Result<(Visited, Option<Body>), ApiError> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(ApiError::from(&s3::error::METHOD_NOT_ALLOWED)
                .with("Method", parts.method.as_str())
                .with("ResourceType", "OBJECT"));
        }
        let mut plain = as_object.clone();
        plain.uri = parts.uri.path().parse().unwrap_or_default();
        let found = wire::route(&plain, &self.hosts).map_err(|refused| refused.error)?;
        let key = found.key.unwrap_or_default();
        Watch::note_website(parts, bucket, &key);
        let call = wire::decode(route, as_object, &Bytes::new())?;
        let request = route.envelope.service.decode(call.operation, call.input, Payload::None)?;
        let CoreRequest::S3(request) = request else {
            return Err((&error::INTERNAL_ERROR).into());
        };
        let origin = self.origin(parts, &self.identify(None, parts)?, source_ip);
        let visit = Visit {
            bucket,
            key: &key,
            query: parts.uri.query(),
            endpoint: &origin.endpoint,
            is_head: parts.method == Method::HEAD,
            request: &request,
        };
        let (now, blobs) = (self.engine.clock().now(), self.engine.blobs());
        Ok(self.engine.with_world(|world| {
            let visited = world.visit(now, &origin, &visit);
            let payload = match &visited {
                Visited::Page(shown) | Visited::ErrorDocument(shown, _) => shown.payload(),
                _ => None,
            };
            let body = match payload {
                Some(Payload::Stored(ranges)) if !visit.is_head => Some(blobs.open(ranges)),
                _ => None,
            };
            (visited, body)
        }))
    }

    async fn show(
        &self,
        envelope: &Envelope,
        visited: Visited,
        body: Option<Body>,
        request_id: &str,
    ) -> Response<ResponseBody> {
        let (shown, refused) = match visited {
            Visited::Page(shown) => (shown, None),
            Visited::ErrorDocument(shown, refused) => (shown, Some(refused)),
            Visited::Redirected { status, location } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::MOVED_PERMANENTLY);
                return redirect(envelope, status, &location, request_id);
            }
            Visited::Folder { location, found } => {
                let mut response = page(envelope, &found, request_id);
                locate(&mut response, &location);
                return response;
            }
            Visited::Failed { error, document } => {
                let page = wire::encode_page(envelope, &error, document.as_ref(), request_id);
                let mut page = page.map(full);
                Watch::note_refusal(&mut page, &error);
                return page;
            }
        };
        let (output, _payload) = shown.encode();
        let mut response = wire::encode(envelope, &output, None, request_id);
        if let Some(refused) = &refused {
            *response.status_mut() =
                StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::NOT_FOUND);
            wire::note_refusal(refused, response.headers_mut());
        }
        let Some(body) = body else { return response.map(full) };
        match with_stored(response, body).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(%error, request_id, "what is stored cannot be read");
                page(envelope, &(&error::INTERNAL_ERROR).into(), request_id)
            }
        }
    }
}

fn page(envelope: &Envelope, error: &ApiError, request_id: &str) -> Response<ResponseBody> {
    tracing::debug!(%error, request_id, "a visit failed");
    let mut response = wire::encode_page(envelope, error, None, request_id).map(full);
    Watch::note_refusal(&mut response, error);
    response
}

fn redirect(
    envelope: &Envelope,
    status: StatusCode,
    location: &str,
    request_id: &str,
) -> Response<ResponseBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    wire::identify(envelope, request_id, response.headers_mut());
    locate(&mut response, location);
    response
}

fn locate(response: &mut Response<ResponseBody>, location: &str) {
    // It is a URL, which any header can carry.
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
}
