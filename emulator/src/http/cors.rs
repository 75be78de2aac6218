//! What a browser asks before it lets a page talk to a bucket, answered by the bucket's CORS rules.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html>

use bytes::Bytes;
use cloudless_core::s3::{CorsAnswer, Preflight};
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::{Http, ResponseBody, full, refuse};
use crate::wire;

/// Answers a preflight request.
pub(super) fn preflight(http: &Http, parts: &Parts, request_id: &str) -> Response<ResponseBody> {
    // An OPTIONS request names no operation: its bucket is found as that of a GET.
    let mut as_get = parts.clone();
    as_get.method = Method::GET;
    let route = match wire::route(&as_get, &http.hosts) {
        Ok(route) => route,
        Err(refused) => return refuse(&refused.envelope, &refused.error, request_id),
    };
    let asked = Preflight {
        bucket: route.bucket.as_deref().unwrap_or_default(),
        is_object: route.key.is_some(),
        origin: text(parts, &header::ORIGIN),
        method: text(parts, &header::ACCESS_CONTROL_REQUEST_METHOD),
        headers: text(parts, &header::ACCESS_CONTROL_REQUEST_HEADERS),
    };
    match http.engine.with_world(|world| world.preflight(asked)) {
        Ok(answer) => {
            let mut response = Response::new(full(Bytes::new()));
            allow(&answer, response.headers_mut());
            wire::identify(&route.envelope, request_id, response.headers_mut());
            response
        }
        Err(error) => {
            let mut response = refuse(&route.envelope, &error, request_id);
            // As S3 does with what is no preflight at all.
            if response.status() == StatusCode::BAD_REQUEST {
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    }
}

/// Adds to an answer what lets a page of another origin read it, where the bucket's rules do. A request that
/// says what a preflight says is judged by that.
pub(super) fn decorate(http: &Http, parts: &Parts, response: &mut Response<ResponseBody>) {
    let Some(origin) = text(parts, &header::ORIGIN) else { return };
    let Ok(route) = wire::route(parts, &http.hosts) else { return };
    let Some(bucket) = route.bucket else { return };
    let asked_method = text(parts, &header::ACCESS_CONTROL_REQUEST_METHOD);
    let method = asked_method.unwrap_or(parts.method.as_str());
    let headers = text(parts, &header::ACCESS_CONTROL_REQUEST_HEADERS);
    let answer = http.engine.with_world(|world| world.cors_for(&bucket, origin, method, headers));
    if let Some(answer) = answer {
        allow(&answer, response.headers_mut());
    }
}

fn allow(answer: &CorsAnswer, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: Option<&str>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    };
    let max_age_s = answer.max_age_s.map(|age| age.to_string());
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(&answer.allow_origin));
    set(header::ACCESS_CONTROL_ALLOW_METHODS, Some(&answer.allow_methods));
    set(header::ACCESS_CONTROL_ALLOW_HEADERS, answer.allow_headers.as_deref());
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, answer.expose_headers.as_deref());
    set(header::ACCESS_CONTROL_MAX_AGE, max_age_s.as_deref());
    set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, answer.allow_credentials.then_some("true"));
    let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    set(header::VARY, Some(vary));
}

fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}
