//! What pages of other origins may do with a function's URL.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors>

use bytes::Bytes;
use cloudless_core::lambda::Cors;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};

/// The origin that a configuration lets in, as it is to be answered.
pub(super) fn allowed<'a>(cors: &Cors, origin: &'a str) -> Option<&'a str> {
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    if origins.iter().any(|allowed| allowed == origin) {
        return Some(origin);
    }
    if !origins.iter().any(|allowed| allowed == "*") {
        return None;
    }
    // With credentials a browser takes no wildcard.
    Some(if cors.allow_credentials == Some(true) { origin } else { "*" })
}

/// The answer to a preflight, which the function does not see.
pub(super) fn preflight(cors: &Cors, parts: &Parts) -> Option<Response<Bytes>> {
    let asks = parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = parts.headers.get(header::ORIGIN).filter(|_| asks)?.to_str().ok()?;
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    if let Some(allowed) = allowed(cors, origin) {
        let asked = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        grant(cors, allowed, headers);
        list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, cors.allow_methods.as_deref());
        match cors.allow_headers.as_deref() {
            // What a browser takes as all, with credentials too.
            Some([all]) if all == "*" => {
                if let Some(asked) = asked {
                    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
                }
            }
            named => list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, named),
        }
        if let Some(max_age_s) = cors.max_age_s {
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, max_age_s.into());
        }
    }
    Some(response)
}

/// Tells a browser which page may read an answer. What the function said of it itself does not count.
pub(super) fn decorate(cors: &Cors, parts: &Parts, headers: &mut HeaderMap) {
    let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if let Some(allowed) = origin.and_then(|origin| allowed(cors, origin)) {
        grant(cors, allowed, headers);
        list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, cors.expose_headers.as_deref());
    }
}

fn grant(cors: &Cors, allowed: &str, headers: &mut HeaderMap) {
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    }
    if cors.allow_credentials == Some(true) {
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn list(headers: &mut HeaderMap, name: HeaderName, items: Option<&[String]>) {
    let text = items.unwrap_or_default().join(",");
    if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(&text)) {
        headers.insert(name, value);
    }
}
