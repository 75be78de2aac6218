//! The door: what a page in the user's own browser may ask for.
//!
//! Whoever can open a connection to this port may call what is here, and a browser opens connections for
//! any page that it shows, also to 127.0.0.1. What such a request cannot hide is which page sent it
//! (`Origin`, `Sec-Fetch-Site`, `Referer`: <https://www.w3.org/TR/fetch-metadata/>) and by which name it
//! found this machine (`Host`). Both are looked at before anything else is, for every service and for
//! `/_cloudless` and `/_localstack`. Programs that are no browsers send no such headers, and the names by
//! which they call are those below; they notice nothing.
//!
//! | `Host` | |
//! |---|---|
//! | a loopback address or `localhost`; the address listened on, any where that is a wildcard | is ours |
//! | a name under `localhost`, `localhost.localstack.cloud`, `amazonaws.com`, `internal` | is ours: nobody can let it lead elsewhere |
//! | a name without a dot (a container's), a name that `--host-name` gives, a bucket before any of these | is ours |
//! | any other | 403: a name of somebody who lets it lead here (DNS rebinding) |
//!
//! A page of an origin that `--allow-origin` names may do all that a program may, and is told so in the
//! headers of [CORS](https://fetch.spec.whatwg.org/#http-cors-protocol). Of any other page [`LET_IN`] says what
//! passes; the rest is 403, and nothing of it is done. The pages of ours have no script and no form, so that
//! they are let in only where somebody follows their links: what sends more under our own origin came out of
//! a bucket. Objects that a browser may show as a document get a sandbox with an origin of its own, whoever
//! asks, because a browser's cache does not know why it asked; by its own host name a bucket's page may use
//! the objects of its bucket. AWS needs no such door, because a page does not have its user's keys; here any
//! key is as good as another.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use cloudless_core::error::{ApiError, Row};
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};
use percent_encoding::percent_decode_str;

use super::{ResponseBody, full};
use crate::wire::{self, HostName, Hosts, Service};

static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
static COPY_SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");
static PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// How many origins and names that were refused are told of in the log, each once.
const TOLD_MAX: usize = 32;
/// How much of a name is repeated to its sender and in the log.
const REPEATED_CHARS_MAX: usize = 128;
/// How long a browser may remember that an origin is allowed, in seconds.
const PREFLIGHT_MAX_AGE_S: &str = "600";

static FORBIDDEN: Row = Row::sender("AccessDenied", 403, "Access Denied");
static FORBIDDEN_IN_JSON: Row =
    Row::sender("AccessDeniedException", 403, "Access Denied").query("AccessDenied");

/// What some pages may do, in words, and whether this is it.
type Passage = (&'static str, fn(&Asked<'_>) -> bool);

/// What a page that a bucket's CORS rules let in may do beside using objects: nothing that lets in others.
const ABOUT_OBJECTS: [&str; 6] = [
    "ListObjects",
    "ListObjectsV2",
    "ListObjectVersions",
    "ListMultipartUploads",
    "HeadBucket",
    "DeleteObjects",
];

/// What a page of a foreign origin may do: the rows one of which must fit.
const LET_IN: [Passage; 6] = [
    ("ask by a preflight what a bucket's CORS rules let it do", |asked| {
        asked.s3.is_some() && *asked.method() == Method::OPTIONS
    }),
    ("do with objects what the bucket's CORS rules let its origin do", |asked| {
        asked.is_let_in_by_cors()
    }),
    ("read of S3 what the public may read, as a picture or otherwise", |asked| {
        asked.s3.is_some() && asked.reads() && !asked.is_signed()
    }),
    ("read of S3 by a presigned URL, from a page of this machine or by a link", |asked| {
        asked.s3.is_some()
            && asked.reads()
            && asked.origin().is_none()
            && (asked.is_local_page() || asked.is_link())
    }),
    ("send a form upload to a bucket, whose policy is in the form", |asked| asked.is_form_upload()),
    ("lead to the page that says what this is", |asked| {
        let uri = &asked.parts.uri;
        asked.reads() && asked.is_link() && is_first_page(uri.path()) && uri.query().is_none()
    }),
];

/// The guard of one emulator.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Where it listens.
    address: IpAddr,
    /// Address and port, as most clients say them.
    usual_host: String,
    /// Origins whose pages may do what a program may, as browsers write them.
    allowed: BTreeSet<String>,
    /// What was refused and told of in the log.
    told: Mutex<BTreeSet<String>>,
}

/// A request that may come in, and what its answer is to say to a browser.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// The origin of `--allow-origin` that sent it.
    allowed_origin: Option<HeaderValue>,
    /// The name is no bucket's: a document under it has the origin of all buckets, and of our pages.
    is_shared_origin: bool,
}

impl Guard {
    /// Listening on `address`, for pages of these origins.
    ///
    /// # Errors
    /// The first of the origins that is none.
    pub(crate) fn new(address: SocketAddr, allowed: &[String]) -> Result<Self, String> {
        let allowed = allowed.iter().map(|text| origin(text).ok_or_else(|| text.clone()));
        Ok(Self {
            address: address.ip(),
            usual_host: address.to_string(),
            allowed: allowed.collect::<Result<_, _>>()?,
            told: Mutex::default(),
        })
    }

    /// Whether a request may come in. `cors` says whether a bucket's rules let an origin use a method.
    ///
    /// # Errors
    /// The answer to a request that may not: 403 in the words of the service.
    pub(super) fn admit(
        &self,
        parts: &Parts,
        hosts: &Hosts,
        cors: &dyn Fn(&str, &str, &str) -> bool,
    ) -> Result<Admitted, ApiError> {
        let host = host(parts);
        if let Some(host) = host
            && host != self.usual_host
            && !self.knows(hosts, host)
        {
            let host = repeated(&wire::without_port(host));
            return Err(self.refuse(parts, hosts, &host, format!(
                "{host} is no name of this emulator. If it is to be one: start it with --host-name {host}"
            )));
        }
        let page = self.page(parts, hosts, host);
        let is_shared_origin = host.is_none_or(|host| hosts.bucket(host).is_none());
        let admitted = Admitted { allowed_origin: None, is_shared_origin };
        match page {
            Page::None => Ok(admitted),
            Page::Ours if is_look(parts) => Ok(admitted),
            Page::Allowed(origin) => {
                Ok(Admitted { allowed_origin: HeaderValue::from_str(&origin).ok(), ..admitted })
            }
            Page::Ours | Page::Bucket(_) | Page::Foreign(_) => {
                let asked = Asked { parts, page: &page, s3: S3Target::of(parts, hosts), cors };
                let is_own = matches!(&page, Page::Bucket(own) if asked.is_of_bucket(own));
                if is_own || LET_IN.iter().any(|(_what, fits)| fits(&asked)) {
                    return Ok(admitted);
                }
                let (origin, advice) = match asked.origin().map(repeated) {
                    Some(origin) if origin != "null" => {
                        let advice = format!("--allow-origin {origin}");
                        (origin, advice)
                    }
                    _ => ("another origin".to_owned(), "--allow-origin and its origin".to_owned()),
                };
                let message = format!(
                    "A page of {origin} may not do this. If it is yours, start the emulator with \
                     {advice}; for S3 a CORS rule of the bucket is enough"
                );
                Err(self.refuse(parts, hosts, &origin, message))
            }
        }
    }

    fn knows(&self, hosts: &Hosts, host: &str) -> bool {
        match hosts.name(host) {
            HostName::Ours => true,
            HostName::Address(address) => {
                address.is_loopback()
                    || self.address.is_unspecified()
                    || address == self.address
                    || hosts.has(host)
            }
            HostName::Foreign => false,
        }
    }

    /// The page that sends the request, as far as the browser says.
    fn page<'a>(&self, parts: &'a Parts, hosts: &Hosts, host: Option<&str>) -> Page<'a> {
        let of_host = || match host.and_then(|host| hosts.bucket(host)) {
            Some(bucket) => Page::Bucket(bucket),
            None => Page::Ours,
        };
        let is_own = |origin: &str| host.is_some_and(|host| is_origin_of(origin, host));
        let site = text(parts, &SITE);
        let referer = || text(parts, &header::REFERER).and_then(origin);
        if parts.headers.contains_key(header::ORIGIN) {
            let mut origins = parts.headers.get_all(header::ORIGIN).iter();
            let (Some(Ok(sent)), None) = (origins.next().map(HeaderValue::to_str), origins.next())
            else {
                return Page::Foreign(None);
            };
            let is_near = !matches!(site, Some("cross-site" | "same-site"));
            return match origin(sent).filter(|origin| self.allowed.contains(origin)) {
                Some(allowed) => Page::Allowed(allowed),
                None if is_own(sent) && is_near => of_host(),
                None => Page::Foreign(Some(sent)),
            };
        }
        match site {
            // Typed, or out of a mail; but somebody may have led on from there.
            Some("none") if is_query_call(parts) => Page::Foreign(None),
            Some("none") => Page::None,
            Some("same-origin") => of_host(),
            Some(_) => match referer().filter(|origin| self.allowed.contains(origin)) {
                Some(allowed) => Page::Allowed(allowed),
                None => Page::Foreign(None),
            },
            // A browser that is old, or that does not take this host's connections for safe.
            None => match referer() {
                Some(page) if self.allowed.contains(&page) => Page::Allowed(page),
                Some(page) if !is_own(&page) => Page::Foreign(None),
                _ if is_silent_browser(parts) && !is_plain_visit(parts) => Page::Foreign(None),
                _ => Page::None,
            },
        }
    }

    /// Says it once in the log; who sees their page fail looks there.
    fn refuse(&self, parts: &Parts, hosts: &Hosts, whom: &str, message: String) -> ApiError {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < TOLD_MAX && told.insert(whom.to_owned()) {
            tracing::warn!(method = %parts.method, path = parts.uri.path(), "refused: {message}");
        }
        let service = match wire::route(parts, hosts) {
            Ok(route) => route.envelope.service,
            Err(refused) => refused.envelope.service,
        };
        match service {
            Service::S3 => FORBIDDEN.says(message),
            _ => FORBIDDEN_IN_JSON.says(message),
        }
    }
}

impl Admitted {
    /// The answer to the preflight of a page whose origin is allowed; nothing for any other request.
    pub(super) fn preflight(&self, parts: &Parts) -> Option<Response<ResponseBody>> {
        let origin = self.allowed_origin.clone()?;
        let asked = parts.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        if parts.method != Method::OPTIONS || asked.is_none() {
            return None;
        }
        let mut response = Response::new(full(bytes::Bytes::new()));
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(asked) = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        let max_age = HeaderValue::from_static(PREFLIGHT_MAX_AGE_S);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, max_age);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if parts.headers.contains_key(&PRIVATE_NETWORK) {
            let name = HeaderName::from_static("access-control-allow-private-network");
            headers.insert(name, HeaderValue::from_static("true"));
        }
        vary(headers);
        Some(response)
    }

    /// Adds to an answer what a browser must know of it.
    pub(super) fn decorate(&self, response: &mut Response<ResponseBody>) {
        let headers = response.headers_mut();
        if self.is_shared_origin && may_be_document(headers) {
            // Scripts of an object run, but not as if they were ours.
            headers.insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(
                    "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads",
                ),
            );
        }
        // What the bucket's own rules said stays.
        if let Some(origin) = &self.allowed_origin
            && !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        {
            let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
            if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
                headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
            }
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers
                .insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            vary(headers);
        }
    }
}

/// Who sends a request.
#[derive(Debug, PartialEq, Eq)]
enum Page<'a> {
    /// None: a program, or a person who typed the address.
    None,
    /// One of ours.
    Ours,
    /// One of an origin that is allowed.
    Allowed(String),
    /// One that this bucket has, under its own host name.
    Bucket(String),
    /// Any other, and its origin where the browser says it.
    Foreign(Option<&'a str>),
}

/// What a page that is not ours asks for.
struct Asked<'a> {
    parts: &'a Parts,
    page: &'a Page<'a>,
    s3: Option<S3Target>,
    cors: &'a dyn Fn(&str, &str, &str) -> bool,
}

/// What of S3 is asked for.
struct S3Target {
    bucket: Option<String>,
    /// Whether it is about an object, or about nothing of the bucket but its objects.
    is_about_objects: bool,
    is_object: bool,
}

impl S3Target {
    fn of(parts: &Parts, hosts: &Hosts) -> Option<Self> {
        if super::is_control(parts.uri.path()) {
            return None;
        }
        let is_preflight = parts.method == Method::OPTIONS;
        let route = if is_preflight { None } else { Some(wire::route(parts, hosts)) };
        match route {
            Some(Ok(route)) => Self::of_route(route),
            Some(Err(refused)) if refused.envelope.service != Service::S3 => None,
            // A method that names no operation: its bucket is found as that of a plain GET.
            Some(Err(_)) | None => {
                let mut as_get = parts.clone();
                as_get.method = Method::GET;
                let path = parts.uri.path().parse().ok();
                as_get.uri = path.unwrap_or_default();
                Self::of_route(wire::route(&as_get, hosts).ok()?)
            }
        }
    }

    fn of_route(route: wire::Route) -> Option<Self> {
        let is_object = route.key.is_some();
        let operation = route.envelope.operation().unwrap_or_default();
        let is_about_objects = is_object || ABOUT_OBJECTS.contains(&operation);
        let is_s3 = route.envelope.service == Service::S3;
        is_s3.then_some(Self { bucket: route.bucket, is_about_objects, is_object })
    }
}

impl Asked<'_> {
    fn method(&self) -> &Method {
        &self.parts.method
    }

    fn origin(&self) -> Option<&str> {
        match self.page {
            Page::Foreign(origin) => *origin,
            _ => text(self.parts, &header::ORIGIN),
        }
    }

    fn reads(&self) -> bool {
        matches!(*self.method(), Method::GET | Method::HEAD)
    }

    /// What stands behind the `?`, in whatever way it was written.
    fn query(&self) -> String {
        let query = percent_decode_str(self.parts.uri.query().unwrap_or_default());
        query.decode_utf8_lossy().to_ascii_lowercase()
    }

    /// Whether it says in any way who calls.
    fn is_signed(&self) -> bool {
        let query = self.query();
        self.parts.headers.contains_key(header::AUTHORIZATION)
            || ["x-amz-", "signature=", "awsaccesskeyid="].iter().any(|it| query.contains(it))
    }

    /// Whether it is about nothing but objects of this bucket: a copy names two.
    fn is_of_bucket(&self, bucket: &str) -> bool {
        let copies_own = match self.parts.headers.get(&COPY_SOURCE) {
            None => !self.query().contains("copy-source"),
            Some(source) => {
                let source = percent_decode_str(source.to_str().unwrap_or_default());
                let source = source.decode_utf8_lossy();
                let from = source.trim_start_matches('/').split_once('/');
                from.is_some_and(|(from, _key)| from == bucket)
            }
        };
        let is_in = |s3: &S3Target| s3.is_about_objects && s3.bucket.as_deref() == Some(bucket);
        copies_own && self.s3.as_ref().is_some_and(is_in)
    }

    fn is_let_in_by_cors(&self) -> bool {
        let bucket = self.s3.as_ref().and_then(|s3| s3.bucket.as_deref());
        let (Some(bucket), Some(origin)) = (bucket, self.origin()) else { return false };
        self.is_of_bucket(bucket) && (self.cors)(bucket, origin, self.method().as_str())
    }

    /// `PostObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>
    fn is_form_upload(&self) -> bool {
        let content_type = text(self.parts, &header::CONTENT_TYPE).unwrap_or_default();
        *self.method() == Method::POST
            && content_type.to_ascii_lowercase().starts_with("multipart/form-data")
            && self.parts.uri.query().is_none()
            && self.s3.as_ref().is_some_and(|s3| s3.bucket.is_some() && !s3.is_object)
    }

    /// Somebody follows a link to a page of its own, which no other page sees into.
    fn is_link(&self) -> bool {
        text(self.parts, &MODE) == Some("navigate")
            && text(self.parts, &DESTINATION) == Some("document")
    }

    /// Whether the page was served on this machine, or by the host whose name is asked.
    fn is_local_page(&self) -> bool {
        let referer = text(self.parts, &header::REFERER).and_then(|it| url::Url::parse(it).ok());
        let is_local = |page: url::Url| match page.host() {
            Some(url::Host::Ipv4(address)) if address.is_loopback() => true,
            Some(url::Host::Ipv6(address)) if address.is_loopback() => true,
            Some(url::Host::Domain(name)) if name == "localhost" => true,
            Some(url::Host::Domain(name)) if name.ends_with(".localhost") => true,
            Some(other) => {
                let asked = host(self.parts).map(wire::without_port);
                asked.is_some_and(|asked| asked == other.to_string())
            }
            None => false,
        };
        text(self.parts, &SITE) == Some("same-site") || referer.is_some_and(is_local)
    }
}

/// Whether a browser sends this, be it for a page or for a person, or it comes by a name in place of an
/// address. Then the Runtime API of a function is not for it.
pub(crate) fn is_from_browser(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_named = host.is_some_and(|host| {
        !matches!(Hosts::default().name(host), HostName::Address(address) if address.is_loopback())
    });
    is_named
        || [&header::ORIGIN, &SITE, &header::REFERER].iter().any(|name| headers.contains_key(*name))
}

/// An origin as browsers write it (`http://localhost:3000`); nothing where the text is none. Of a URL
/// it is the beginning.
fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    match url.origin() {
        origin @ url::Origin::Tuple(..) => Some(origin.ascii_serialization()),
        url::Origin::Opaque(_) if url.scheme() == "file" => Some("file://".to_owned()),
        // A browser's extension.
        url::Origin::Opaque(_) => Some(format!("{}://{}", url.scheme(), url.host_str()?)),
    }
}

/// Whether pages of this origin are served under this `Host`, be it behind a proxy that speaks TLS.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// A browser that says nothing of its page: an old one, or one that does not take this host's connections
/// for safe.
fn is_silent_browser(parts: &Parts) -> bool {
    text(parts, &header::USER_AGENT)
        .is_some_and(|it| it.starts_with("Mozilla/") && !it.contains("PowerShell"))
}

/// A document for a person: scripts, pictures and styles do not want this first.
fn is_plain_visit(parts: &Parts) -> bool {
    let accepted = text(parts, &header::ACCEPT);
    matches!(parts.method, Method::GET | Method::HEAD)
        && accepted.is_some_and(|it| it.starts_with("text/html"))
        && !is_query_call(parts)
}

/// `GET /?Action=…`: a call that changes something and that an address alone can make.
fn is_query_call(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action")
}

/// Somebody follows a link of ours to what the emulator says of itself.
fn is_look(parts: &Parts) -> bool {
    let path = parts.uri.path();
    matches!(parts.method, Method::GET | Method::HEAD)
        && text(parts, &MODE) == Some("navigate")
        && text(parts, &DESTINATION) == Some("document")
        && (super::is_control(path) || is_first_page(path) && parts.uri.query().is_none())
}

/// Whether the answer is an object that a browser may show as a document with scripts. Of types that it
/// does not know, it guesses.
fn may_be_document(headers: &HeaderMap) -> bool {
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
fn is_first_page(path: &str) -> bool {
    matches!(path, "/" | "/_cloudless" | "/_cloudless/")
}

fn host(parts: &Parts) -> Option<&str> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        // One that cannot be read is nobody's, and two are two people's.
        (Some(host), None) => Some(host.to_str().unwrap_or("?")),
        (Some(_), Some(_)) => Some("?"),
        (None, _) => parts.uri.authority().map(http::uri::Authority::as_str),
    }
}

fn repeated(text: &str) -> String {
    let is_plain = |char: &char| char.is_ascii_graphic() && !"<>&\"'\\".contains(*char);
    text.chars().filter(is_plain).take(REPEATED_CHARS_MAX).collect()
}

fn vary(headers: &mut HeaderMap) {
    let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    headers.insert(header::VARY, HeaderValue::from_static(vary));
}

fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page finds the port of a function's Runtime API as well as any other.
    #[test]
    fn a_browser_is_known_by_what_it_cannot_leave_out() {
        let told = |name: &'static str, value: &'static str| {
            let headers = [(HeaderName::from_static(name), HeaderValue::from_static(value))];
            format!("{name}: {}", is_from_browser(&headers.into_iter().collect()))
        };
        insta::assert_snapshot!([
            told("origin", "null"),
            told("sec-fetch-site", "none"),
            told("referer", "https://evil.example/"),
            told("host", "evil.example:40083"),
        told("host", "127.0.0.1:40083"),
        told("user-agent", "AWS_Lambda_Cpp/0.2.8"),
        ].join("\n"), @"
        origin: true
        sec-fetch-site: true
        referer: true
        host: true
        host: false
        user-agent: false
        ");
    }
}
