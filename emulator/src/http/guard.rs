//! The door: what a page in the user's own browser may ask for.
//!
//! Whoever can open a connection to this port may call what is here, and a browser opens connections for
//! any page that it shows, also to 127.0.0.1. What such a request cannot hide is which page sent it
//! (`Origin`, `Sec-Fetch-Site`, `Referer`: <https://www.w3.org/TR/fetch-metadata/>) and by which name it
//! found this machine (`Host`). Both are looked at before anything else is, for every service and for
//! `/_cloudless` and `/_localstack`. Programs that are no browsers send no such headers, and the names by
//! which they call are those below; they notice nothing. A browser that says neither is known by its
//! `User-Agent` (`Mozilla/…`) and may ask for a document alone. An address that was typed may be no call
//! (`?Action=`): somebody may have led on from there.
//!
//! | `Host` | |
//! |---|---|
//! | a loopback address or `localhost`; the address listened on, any where that is a wildcard | is ours |
//! | a name under `localhost`, `localhost.localstack.cloud`, `amazonaws.com` (`.cn`), `on.aws`, `internal`, `svc.cluster.local` | is ours: nobody can let it lead elsewhere |
//! | a name without a dot (a container's), a name that `--host-name` gives, a bucket before any of these | is ours |
//! | a bucket and `s3-website` before any of these | shows the bucket's website, and takes nothing in |
//! | any other | 403: a name of somebody who lets it lead here (DNS rebinding) |
//!
//! A page of an origin that `--allow-origin` names may do all that a program may, and is told so in the
//! headers of [CORS](https://fetch.spec.whatwg.org/#http-cors-protocol). Of any other page [`LET_IN`] says what
//! passes; the rest is 403, and nothing of it is done. The pages of ours have no script and no form, so that
//! they are let in only where somebody follows their links: what sends more under our own origin came out of
//! a bucket. Objects that a browser may show as a document get a sandbox with an origin of its own, whoever
//! asks, because a browser's cache does not know why it asked; by its own host name a bucket's page may use
//! the objects of its bucket. A rule for `*` opens a bucket's objects to every page there is, also the private
//! ones, until keys are configured. AWS needs no such door, because a page does not have its user's keys; here any
//! key is as good as another.

mod asked;
mod browser;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use cloudless_core::error::ApiError;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};

use super::{ResponseBody, full};
use crate::browser::SITE;
use crate::wire::{self, HostName, Hosts};
use asked::{Asked, Page, S3Target};
use browser::{
    host, is_first_page, is_look, is_origin_of, is_plain_visit, is_query_call, is_silent_browser,
    may_be_document, origin, text,
};

static PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// How many origins and names that were refused are told of in the log, each once.
const TOLD_MAX: usize = 32;
/// How much of a name is repeated to its sender and in the log.
const REPEATED_CHARS_MAX: usize = 128;
/// How long a browser may remember that an origin is allowed, in seconds.
const PREFLIGHT_MAX_AGE_S: &str = "600";

/// What some pages may do, in words, and whether this is it.
type Passage = (&'static str, fn(&Asked<'_>) -> bool);

/// What a page of a foreign origin may do: the rows one of which must fit.
const LET_IN: [Passage; 7] = [
    ("ask by a preflight what a bucket's CORS rules let it do", |asked| {
        asked.s3.is_some() && *asked.method() == Method::OPTIONS
    }),
    ("do with objects what the bucket's CORS rules let its origin do", |asked| {
        asked.is_let_in_by_cors()
    }),
    (
        "use S3 as a browser does after a preflight alone, by its method or a signature in its head, \
         and be no browser",
        |asked| {
            asked.s3.is_some()
                && (matches!(*asked.method(), Method::PUT | Method::DELETE)
                    || (asked.is_signed_in_head() && asked.origin().is_none()))
                && !asked.parts.headers.contains_key(&SITE)
                && !is_silent_browser(asked.parts)
        },
    ),
    ("read of S3 what the public may read, as a picture or otherwise", |asked| {
        asked.s3.is_some() && asked.reads() && !asked.is_signed()
    }),
    ("read of S3 by a presigned URL, from a page of this machine or by a link", |asked| {
        asked.s3.is_some()
            && asked.reads()
            && asked.origin().is_none()
            && (asked.is_local_page() || asked.is_link())
    }),
    ("send a form upload to a bucket, which proves itself who signed it", |asked| {
        asked.is_form_upload()
    }),
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

/// A form of a page that may be anybody's: it gets in where a key that is known here has signed it, or as
/// anybody's.
#[derive(Debug, Clone, Copy)]
pub(super) struct MustBeProven;

/// A request that may come in, and what its answer is to say to a browser.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// The origin of `--allow-origin` that sent it.
    allowed_origin: Option<HeaderValue>,
    /// It may come in as far as what is inside proves it, see [`MustBeProven`].
    must_be_proven: bool,
    /// The name is no bucket's: a document under it has the origin of all buckets, and of our pages.
    is_shared_origin: bool,
}

impl Guard {
    /// Whether pages of an origin may do all that a program may, by its own word.
    pub(super) fn allows(&self, sent: &str) -> bool {
        origin(sent).is_some_and(|origin| self.allowed.contains(&origin))
    }

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
        let admitted = Admitted { allowed_origin: None, must_be_proven: false, is_shared_origin };
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
                    let is_let_in = is_own || asked.is_let_in_by_cors();
                    let must_be_proven = !is_let_in && asked.is_form_upload();
                    return Ok(Admitted { must_be_proven, ..admitted });
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
        let envelope = match wire::route(parts, hosts) {
            Ok(route) => route.envelope,
            Err(refused) => refused.envelope,
        };
        envelope.descriptor().refusals.access_denied.says(message)
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

    /// Leaves a note for whoever reads the form.
    pub(super) fn note_in(&self, parts: &mut Parts) {
        if self.must_be_proven {
            parts.extensions.insert(MustBeProven);
        }
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

fn repeated(text: &str) -> String {
    let is_plain = |char: &char| char.is_ascii_graphic() && !"<>&\"'\\".contains(*char);
    text.chars().filter(is_plain).take(REPEATED_CHARS_MAX).collect()
}

fn vary(headers: &mut HeaderMap) {
    let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    headers.insert(header::VARY, HeaderValue::from_static(vary));
}
