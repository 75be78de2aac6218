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
//! headers of [CORS](https://fetch.spec.whatwg.org/#http-cors-protocol). So may a page of ours; what is
//! in a bucket is no page of ours: a document among the objects is shown in a sandbox with an origin of
//! its own, and by a bucket's own host name it may use its bucket. Of any other page [`LET_IN`] says what
//! passes; the rest is 403, and nothing of it is done. AWS needs no such door, because a page does not have
//! its user's keys; here any key is as good as another.

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

/// What a page of a foreign origin may do: the rows one of which must fit.
const LET_IN: [Passage; 6] = [
    ("ask by a preflight what a bucket's CORS rules let it do", |asked| {
        asked.s3.is_some() && *asked.method() == Method::OPTIONS
    }),
    ("do with S3 what the bucket's CORS rules let its origin do", |asked| {
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
    /// The browser shows the answer as a document, under a name that is no bucket's.
    is_document: bool,
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
        let is_document = is_document(parts) && host.is_none_or(|it| hosts.bucket(it).is_none());
        match page {
            Page::None | Page::Ours => Ok(Admitted { allowed_origin: None, is_document }),
            Page::Allowed(origin) => {
                Ok(Admitted { allowed_origin: HeaderValue::from_str(&origin).ok(), is_document })
            }
            Page::Bucket(_) | Page::Foreign(_) => {
                let asked = Asked { parts, page: &page, s3: S3Target::of(parts, hosts), cors };
                let is_own = matches!(&page, Page::Bucket(own) if asked.is_of_bucket(own));
                if is_own || LET_IN.iter().any(|(_what, fits)| fits(&asked)) {
                    return Ok(Admitted { allowed_origin: None, is_document });
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
                address.is_loopback() || self.address.is_unspecified() || address == self.address
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
                None if is_browsers_query_call(parts) => Page::Foreign(None),
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
        if self.is_document && !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
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
            Some(Ok(route)) => (route.envelope.service == Service::S3)
                .then(|| Self { is_object: route.key.is_some(), bucket: route.bucket }),
            Some(Err(refused)) if refused.envelope.service != Service::S3 => None,
            // A method that names no operation: its bucket is found as that of a plain GET.
            Some(Err(_)) | None => {
                let mut as_get = parts.clone();
                as_get.method = Method::GET;
                let path = parts.uri.path().parse().ok();
                as_get.uri = path.unwrap_or_default();
                let route = wire::route(&as_get, hosts).ok()?;
                (route.envelope.service == Service::S3)
                    .then(|| Self { is_object: route.key.is_some(), bucket: route.bucket })
            }
        }
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

    /// Whether it is about nothing but this bucket: a copy names two.
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
        copies_own && self.s3.as_ref().is_some_and(|s3| s3.bucket.as_deref() == Some(bucket))
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

    /// Whether the page was served on this machine.
    fn is_local_page(&self) -> bool {
        let referer = text(self.parts, &header::REFERER).and_then(|it| url::Url::parse(it).ok());
        text(self.parts, &SITE) == Some("same-site")
            || referer.is_some_and(|page| match page.host() {
                Some(url::Host::Domain(name)) => {
                    name == "localhost" || name.ends_with(".localhost")
                }
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            })
    }
}

/// Whether a browser sends this, be it for a page or for a person. Then the Runtime API of a function
/// is not for it.
pub(crate) fn is_from_browser(headers: &HeaderMap) -> bool {
    [&header::ORIGIN, &SITE, &header::REFERER].iter().any(|name| headers.contains_key(*name))
}

/// An origin as browsers write it (`http://localhost:3000`); nothing where the text is none. Of a URL
/// it is the beginning.
fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    match url.origin() {
        origin @ url::Origin::Tuple(..) => Some(origin.ascii_serialization()),
        // A browser's extension.
        url::Origin::Opaque(_) => Some(format!("{}://{}", url.scheme(), url.host_str()?)),
    }
}

/// Whether pages of this origin are served under this `Host`, be it behind a proxy that speaks TLS.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// `GET /?Action=…`: a call that changes something and that a picture's address can make.
fn is_browsers_query_call(parts: &Parts) -> bool {
    let is_browser = text(parts, &header::USER_AGENT).is_some_and(|it| it.starts_with("Mozilla/"));
    let query = parts.uri.query().unwrap_or_default();
    is_browser
        && matches!(parts.method, Method::GET | Method::HEAD)
        && query.split('&').any(|pair| pair.starts_with("Action="))
}

fn is_document(parts: &Parts) -> bool {
    match text(parts, &DESTINATION) {
        Some(destination) => {
            ["document", "iframe", "frame", "embed", "object"].contains(&destination)
        }
        None => text(parts, &header::ACCEPT).is_some_and(|accept| accept.contains("text/html")),
    }
}

/// The pages that say what this is.
fn is_first_page(path: &str) -> bool {
    matches!(path, "/" | "/_cloudless" | "/_cloudless/")
}

fn host(parts: &Parts) -> Option<&str> {
    match parts.headers.get(header::HOST) {
        // One that cannot be read is nobody's.
        Some(host) => Some(host.to_str().unwrap_or("?")),
        None => parts.uri.authority().map(http::uri::Authority::as_str),
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
            told("user-agent", "AWS_Lambda_Cpp/0.2.8"),
        ].join("\n"), @"
        origin: true
        sec-fetch-site: true
        referer: true
        user-agent: false
        ");
    }
}
