//! What browsers say of themselves and of the page that they show.

use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, Method};

pub(super) static MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
pub(super) static DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// An origin as browsers write it (`http://localhost:3000`); nothing where the text is none. Of a URL
/// it is the beginning.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    match url.origin() {
        origin @ url::Origin::Tuple(..) => Some(origin.ascii_serialization()),
        url::Origin::Opaque(_) if url.scheme() == "file" => Some("file://".to_owned()),
        // A browser's extension.
        url::Origin::Opaque(_) => Some(format!("{}://{}", url.scheme(), url.host_str()?)),
    }
}

/// Whether pages of this origin are served under this `Host`, be it behind a proxy that speaks TLS.
pub(super) fn is_origin_of(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// A browser that says nothing of its page: an old one, or one that does not take this host's connections
/// for safe.
pub(super) fn is_silent_browser(parts: &Parts) -> bool {
    text(parts, &header::USER_AGENT)
        .is_some_and(|it| it.starts_with("Mozilla/") && !it.contains("PowerShell"))
}

/// A document for a person: scripts, pictures and styles do not want this first.
pub(super) fn is_plain_visit(parts: &Parts) -> bool {
    let accepted = text(parts, &header::ACCEPT);
    matches!(parts.method, Method::GET | Method::HEAD)
        && accepted.is_some_and(|it| it.starts_with("text/html"))
        && !is_query_call(parts)
}

/// `GET /?Action=…`: a call that changes something and that an address alone can make.
pub(super) fn is_query_call(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action")
}

/// Somebody follows a link of ours to what the emulator says of itself.
pub(super) fn is_look(parts: &Parts) -> bool {
    let path = parts.uri.path();
    matches!(parts.method, Method::GET | Method::HEAD)
        && text(parts, &MODE) == Some("navigate")
        && text(parts, &DESTINATION) == Some("document")
        && (super::super::is_control(path) || is_first_page(path) && parts.uri.query().is_none())
}

/// Whether the answer is an object that a browser may show as a document with scripts. Of types that it
/// does not know, it guesses.
pub(super) fn may_be_document(headers: &HeaderMap) -> bool {
    const INERT: [&str; 16] = [
        "application/javascript",
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "application/zip",
        "audio/",
        "binary/octet-stream",
        "font/",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/css",
        "text/plain",
        "video/",
    ];
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
    let is_inert = |inert: &str| match kind.strip_prefix(inert) {
        Some(rest) => inert.ends_with('/') || rest.is_empty() || rest.starts_with([';', ' ']),
        None => false,
    };
    headers.contains_key(header::ACCEPT_RANGES) && !INERT.iter().any(|inert| is_inert(inert))
}

/// The pages that say what this is.
pub(super) fn is_first_page(path: &str) -> bool {
    matches!(path, "/" | "/_cloudless" | "/_cloudless/")
}

pub(super) fn host(parts: &Parts) -> Option<&str> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        // One that cannot be read is nobody's, and two are two people's.
        (Some(host), None) => Some(host.to_str().unwrap_or("?")),
        (Some(_), Some(_)) => Some("?"),
        (None, _) => parts.uri.authority().map(http::uri::Authority::as_str),
    }
}

/// A header as text.
pub(super) fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}
