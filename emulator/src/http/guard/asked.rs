//! What a page that is not ours asks for.

use cloudless_core::descriptor::Addressing;
use http::Method;
use http::header::{self, HeaderName};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::browser::{DESTINATION, MODE, host, text};
use crate::browser::SITE;
use crate::wire::{self, Envelope, Hosts};

static COPY_SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");

/// Operations on a bucket that are about nothing but its objects: a page that a bucket's CORS rules let in
/// may call them, too, and nothing that lets in others. Nothing where the service has no buckets.
fn about_objects(envelope: &Envelope) -> Option<&'static [&'static str]> {
    match envelope.descriptor().addressing {
        Addressing::Bucket { about_objects, .. } => Some(about_objects),
        _ => None,
    }
}

/// Who sends a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Page<'a> {
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
pub(super) struct Asked<'a> {
    pub(super) parts: &'a Parts,
    pub(super) page: &'a Page<'a>,
    pub(super) s3: Option<S3Target>,
    pub(super) cors: &'a dyn Fn(&str, &str, &str) -> bool,
}

/// What of S3 is asked for.
pub(super) struct S3Target {
    bucket: Option<String>,
    /// Whether it is about an object, or about nothing of the bucket but its objects.
    is_about_objects: bool,
    is_object: bool,
}

impl S3Target {
    pub(super) fn of(parts: &Parts, hosts: &Hosts) -> Option<Self> {
        if super::super::is_control(parts.uri.path()) {
            return None;
        }
        // A website has nothing but objects, and shows them to everybody alike.
        if let Some(site) = host(parts).and_then(|host| hosts.website(host)) {
            return Some(Self { bucket: site.bucket, is_about_objects: true, is_object: true });
        }
        let is_preflight = parts.method == Method::OPTIONS;
        let route = if is_preflight { None } else { Some(wire::route(parts, hosts)) };
        match route {
            Some(Ok(route)) => Self::of_route(route),
            Some(Err(refused)) if about_objects(&refused.envelope).is_none() => None,
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
        let is_about_objects = about_objects(&route.envelope)?.contains(&operation) || is_object;
        Some(Self { bucket: route.bucket, is_about_objects, is_object })
    }
}

impl Asked<'_> {
    pub(super) fn method(&self) -> &Method {
        &self.parts.method
    }

    pub(super) fn origin(&self) -> Option<&str> {
        match self.page {
            Page::Foreign(origin) => *origin,
            _ => text(self.parts, &header::ORIGIN),
        }
    }

    pub(super) fn reads(&self) -> bool {
        matches!(*self.method(), Method::GET | Method::HEAD)
    }

    /// What stands behind the `?`, in whatever way it was written.
    fn query(&self) -> String {
        let query = percent_decode_str(self.parts.uri.query().unwrap_or_default());
        query.decode_utf8_lossy().to_ascii_lowercase()
    }

    /// Whether it says in any way who calls.
    pub(super) fn is_signed(&self) -> bool {
        let query = self.query();
        self.parts.headers.contains_key(header::AUTHORIZATION)
            || ["x-amz-", "signature=", "awsaccesskeyid="].iter().any(|it| query.contains(it))
    }

    /// Whether its head has a signature of AWS, which no browser sends by itself.
    pub(super) fn is_signed_in_head(&self) -> bool {
        text(self.parts, &header::AUTHORIZATION).is_some_and(|it| it.starts_with("AWS"))
    }

    /// Whether it is about nothing but objects of this bucket: a copy names two.
    pub(super) fn is_of_bucket(&self, bucket: &str) -> bool {
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

    pub(super) fn is_let_in_by_cors(&self) -> bool {
        let bucket = self.s3.as_ref().and_then(|s3| s3.bucket.as_deref());
        let (Some(bucket), Some(origin)) = (bucket, self.origin()) else { return false };
        self.is_of_bucket(bucket) && (self.cors)(bucket, origin, self.method().as_str())
    }

    /// `PostObject`: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>
    pub(super) fn is_form_upload(&self) -> bool {
        let content_type = text(self.parts, &header::CONTENT_TYPE).unwrap_or_default();
        *self.method() == Method::POST
            && content_type.to_ascii_lowercase().starts_with("multipart/form-data")
            && self.parts.uri.query().is_none()
            && !self.is_signed()
            && self.s3.as_ref().is_some_and(|s3| s3.bucket.is_some() && !s3.is_object)
    }

    /// Somebody follows a link to a page of its own, which no other page sees into.
    pub(super) fn is_link(&self) -> bool {
        text(self.parts, &MODE) == Some("navigate")
            && text(self.parts, &DESTINATION) == Some("document")
    }

    /// Whether the page was served on this machine, or by the host whose name is asked.
    pub(super) fn is_local_page(&self) -> bool {
        let referer = text(self.parts, &header::REFERER).and_then(|it| url::Url::parse(it).ok());
        let is_local = |page: url::Url| match page.host() {
            Some(url::Host::Ipv4(address)) if address.is_loopback() => true,
            Some(url::Host::Ipv6(address)) if address.is_loopback() => true,
            Some(url::Host::Domain("localhost")) => true,
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
