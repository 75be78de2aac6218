//! A request in hand, and what the balancer answers by itself.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::ext::ReasonPhrase;

use crate::body::{Body, Going, whole};
use crate::connection::Connection;
use crate::current::Current;
use crate::log::Entry;

/// A request in hand, with all that is known of it.
pub(crate) struct Asking<'a> {
    pub connection: &'a Arc<Connection>,
    pub current: Arc<Current>,
    pub entry: Entry,
}

/// An answer of the balancer's own: with this body, or the page that balancers have for the status.
pub(crate) fn own(mut entry: Entry, status: u16, body: Option<(&str, &str)>) -> Response<Body> {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (media_type, text) = match body {
        Some((media_type, text)) => (media_type.to_owned(), text.to_owned()),
        None => ("text/html".to_owned(), page(code)),
    };
    let mut answer = Response::new(());
    *answer.status_mut() = code;
    let headers = answer.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("awselb/2.0"));
    if let Ok(media_type) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    // Where AWS's words are others than HTTP's.
    if let (Some(title), None) = (TITLES.iter().find(|(of, _)| *of == status), body) {
        answer.extensions_mut().insert(ReasonPhrase::from_static(title.1.as_bytes()));
    }
    entry.leaves(status, answer.headers());
    let body = Going::new(whole(text), Duration::from_secs(60), entry);
    answer.map(|()| body.boxed_unsync())
}

/// What AWS's balancers call a status.
const TITLES: [(u16, &str); 4] = [
    (302, "Found"),
    (463, "Too Many Forwarded Addresses"),
    (503, "Service Temporarily Unavailable"),
    (504, "Gateway Time-out"),
];

/// The page that AWS's balancers have for a status.
fn page(status: StatusCode) -> String {
    let code = status.as_u16();
    let own = TITLES.iter().find(|(of, _)| *of == code).map(|(_, title)| *title);
    let title = own.or_else(|| status.canonical_reason()).unwrap_or_default();
    format!(
        "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n<center><h1>{code} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}
