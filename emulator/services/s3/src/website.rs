//! Buckets as websites: what a visitor of a bucket's own host name is shown.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html>
//!
//! Visitors only read, and are nobody in particular: a website shows what the public may read. How it is
//! said, as a page and not as a document, is for whoever speaks HTTP.

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;

use super::configuration::request_payment::RequestPayment;
use super::configuration::website::{Redirect, RoutingRule, WebsiteConfiguration};
use super::{GetObjectInput, GetObjectOutput, Request, Response, S3, Stored};

/// What somebody wants to see.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// Of which bucket.
    pub bucket: &'a str,
    /// The path behind the slash, decoded.
    pub key: &'a str,
    /// What stands behind the question mark.
    pub query: Option<&'a str>,
    /// Scheme and authority under which it is visited.
    pub endpoint: &'a str,
    /// The page is not wanted, only what is said of it.
    pub is_head: bool,
    /// A `GetObject` or `HeadObject` with the range and the conditions that the visitor says.
    pub request: &'a Request,
}

/// What a visitor gets.
#[derive(Debug)]
pub enum Visited {
    /// An object.
    Page(Response),
    /// An object that says that something went wrong.
    ErrorDocument(Response, ApiError),
    /// Another place to go to.
    Redirected {
        /// 3xx
        status: u16,
        /// A URL, in ASCII.
        location: String,
    },
    /// A folder, whose name ends with a slash.
    Folder {
        /// The path, in ASCII.
        location: String,
        /// Why.
        found: ApiError,
    },
    /// A page that S3 makes.
    Failed {
        /// What went wrong.
        error: ApiError,
        /// Why the bucket's own page about that is not shown.
        document: Option<ApiError>,
    },
}

impl S3 {
    /// What a visitor of a website gets.
    #[must_use]
    pub fn visit(&self, now: Timestamp, origin: &Origin, visit: &Visit<'_>) -> Visited {
        let failed = |error| Visited::Failed { error, document: None };
        let (stored, website) = match self.website(visit.bucket) {
            Ok(found) => found,
            Err(error) => return failed(error),
        };
        if let Some(all) = &website.redirect_all_requests_to {
            let own = visit.endpoint.split("://").next();
            let scheme = all.protocol.as_deref().or(own).unwrap_or("http");
            let query = visit.query.map(|query| format!("?{query}")).unwrap_or_default();
            let (host, path) = (&all.host_name, encoded(visit.key));
            let location = as_url(&format!("{scheme}://{host}/{path}{query}"));
            return Visited::Redirected { status: 301, location };
        }
        if let Some(redirected) = redirected(&website, visit, None) {
            return redirected;
        }
        let asking = &mut Asking::new(origin, now);
        let suffix = website.index_document.as_ref().map_or("", |index| &*index.suffix);
        let is_folder = visit.key.is_empty() || visit.key.ends_with('/');
        let key = format!("{}{}", visit.key, if is_folder { suffix } else { "" });
        let refused = match self.page(asking, visit, &key) {
            Ok(shown) => return shown,
            Err(refused) => refused,
        };
        // What is not there may be a folder.
        if !is_folder && stored.object(&key).is_none() {
            let index = format!("{key}/{suffix}");
            if self.ask_to_read(asking, visit.bucket, &index).is_ok() {
                // Two slashes in front would name a host.
                let (slash, rest) = match key.strip_prefix('/') {
                    Some(rest) => ("%2F", rest),
                    None => ("", &*key),
                };
                let location = format!("/{slash}{}/", encoded(rest));
                return Visited::Folder { location, found: (&crate::error::FOUND).into() };
            }
        }
        if let Some(redirected) = redirected(&website, visit, Some(refused.status())) {
            return redirected;
        }
        let document = website.error_document.filter(|_| refused.status() >= 400 && !visit.is_head);
        let Some(document) = document else { return failed(refused) };
        let asked = GetObjectInput::of(visit.bucket, &document.key);
        match self.shown(asking, asked) {
            Ok(output) => Visited::ErrorDocument(answer(output), refused),
            Err(document) => Visited::Failed { error: refused, document: Some(document) },
        }
    }

    /// What stands behind the name of a folder: `index.html`; nothing where there is no website.
    pub(super) fn index_document(&self, bucket: &str) -> String {
        let website = self.website(bucket).ok().and_then(|(_, website)| website.index_document);
        website.map(|index| index.suffix).unwrap_or_default()
    }

    fn website(&self, bucket: &str) -> Result<(&Stored, WebsiteConfiguration), ApiError> {
        let stored = self.open(bucket, None)?;
        let website = stored.bucket.configuration::<WebsiteConfiguration>().ok_or_else(|| {
            crate::error::NO_SUCH_WEBSITE_CONFIGURATION.with("BucketName", bucket)
        })?;
        match stored.bucket.configuration::<RequestPayment>() {
            Some(payment) if payment.is_requesters() => Err((&error::ACCESS_DENIED).into()),
            _ => Ok((stored, website)),
        }
    }

    /// The object, or where it leads.
    fn page(
        &self,
        asking: &mut Asking<'_>,
        visit: &Visit<'_>,
        key: &str,
    ) -> Result<Visited, ApiError> {
        let object = self.ask_to_read(asking, visit.bucket, key)?;
        if let Some(location) = object.website_redirect_location() {
            // It is kept as it came, a character a byte.
            let bytes = location.chars().map(u8::try_from).collect::<Result<Vec<_>, _>>();
            let location = bytes.map_or_else(|_| as_url(location), |bytes| as_url_bytes(&bytes));
            return Ok(Visited::Redirected { status: 301, location });
        }
        let mut asked = GetObjectInput::of(visit.bucket, key);
        if let Request::GetObject(said) | Request::HeadObject(said) = visit.request {
            asked = said.of_key(visit.bucket, key);
        }
        Ok(Visited::Page(answer(self.shown(asking, asked)?)))
    }

    fn shown(
        &self,
        asking: &mut Asking<'_>,
        asked: GetObjectInput,
    ) -> Result<GetObjectOutput, ApiError> {
        self.ask_to_read(asking, &asked.bucket, &asked.key)?;
        self.read_object(asking.now, asked)
    }
}

fn answer(output: GetObjectOutput) -> Response {
    Response::GetObject(Box::new(output))
}

/// Where the first rule that fits leads: those without an error code before anything is looked for, those
/// with one where that is what came of it.
fn redirected(
    website: &WebsiteConfiguration,
    visit: &Visit<'_>,
    failed: Option<u16>,
) -> Option<Visited> {
    let rules = website.routing_rules.as_deref().unwrap_or_default();
    let rule = rules.iter().find(|rule| rule.fits(visit.key, failed))?;
    let code = rule.redirect.http_redirect_code.as_deref();
    let status = code.and_then(|code| code.parse().ok()).unwrap_or(301);
    Some(Visited::Redirected { status, location: rule.location(visit) })
}

impl RoutingRule {
    fn fits(&self, key: &str, failed: Option<u16>) -> bool {
        let condition = self.condition.as_ref();
        let code = condition.and_then(|it| it.http_error_code_returned_equals.as_deref());
        let prefix = condition.and_then(|it| it.key_prefix_equals.as_deref());
        code == failed.map(|status| status.to_string()).as_deref()
            && prefix.is_none_or(|prefix| key.starts_with(prefix))
    }

    fn location(&self, visit: &Visit<'_>) -> String {
        let Redirect { host_name, protocol, replace_key_prefix_with, replace_key_with, .. } =
            &self.redirect;
        let (own_scheme, own_host) =
            visit.endpoint.split_once("://").unwrap_or(("http", visit.endpoint));
        let scheme = protocol.as_deref().unwrap_or(own_scheme);
        let host = host_name.as_deref().unwrap_or(own_host);
        // What a rule says may have a query of its own: it stands as it was written.
        let path = match (replace_key_with, replace_key_prefix_with) {
            (Some(key), _) => key.trim_start_matches('/').to_owned(),
            (None, Some(prefix)) => {
                let condition = self.condition.as_ref();
                let replaced = condition.and_then(|it| it.key_prefix_equals.as_deref());
                let rest = visit.key.strip_prefix(replaced.unwrap_or_default());
                let prefix = prefix.trim_start_matches('/');
                format!("{prefix}{}", encoded(rest.unwrap_or(visit.key)))
            }
            (None, None) => encoded(visit.key),
        };
        as_url(&format!("{scheme}://{host}/{path}"))
    }
}

/// A key as the path of a URL.
fn encoded(key: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte);
    percent_encoded(key.as_bytes(), is_plain)
}

/// What somebody has written for a URL, with nothing in it that cannot be in one.
fn as_url(text: &str) -> String {
    as_url_bytes(text.as_bytes())
}

fn as_url_bytes(text: &[u8]) -> String {
    percent_encoded(text, |byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

fn percent_encoded(bytes: &[u8], is_plain: impl Fn(u8) -> bool) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        match is_plain(byte) {
            true => encoded.push(char::from(byte)),
            // Writing to a string cannot fail.
            false => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}
