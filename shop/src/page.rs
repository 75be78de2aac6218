//! What all pages share: the layout, the security headers, the page of a failed request.

use std::{fmt::Write as _, sync::Arc};

use anyhow::Context;
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use tower_http::{csrf::ProtectionError, request_id::RequestId};
use url::Url;

use crate::{
    App, Config,
    accounts::{User, Visitor},
    assets,
    error::{Error, Problem, Result},
    host::Hosts,
};

mod same;

pub use self::same::SamePage;

/// What is the same on every page of this process.
#[derive(Debug)]
pub struct Site {
    /// The shop's own address, without a slash at its end.
    pub base_url: String,
    pub image_base_url: String,
    pub instance_id: String,
    pub css: String,
    pub js: String,
    pub favicon: String,
    pub show_mailbox: bool,
    pub trust_forwarded_for: bool,
    /// Served over https: cookies are `Secure`, and browsers are told to stay on https.
    pub is_https: bool,
    pub hosts: Hosts,
    security_headers: HeaderMap,
}

impl Site {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let base_url =
            config.base_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
        let base_url = base_url.trim_end_matches('/').to_owned();
        let own =
            Url::parse(&base_url).with_context(|| format!("base_url {base_url:?} is no URL"))?;
        let image_base_url = config.image_base_url.trim_end_matches('/').to_owned();
        let images = Url::parse(&image_base_url)
            .with_context(|| format!("image_base_url {image_base_url:?} is no URL"))?;
        let is_https = base_url.starts_with("https://");
        Ok(Self {
            hosts: Hosts::new(config, &own),
            css: assets::url("shop.css")?,
            js: assets::url("shop.js")?,
            favicon: assets::url("favicon.svg")?,
            instance_id: config.instance_id.clone(),
            show_mailbox: config.show_mailbox,
            trust_forwarded_for: config.trust_forwarded_for,
            security_headers: security_headers(&images, is_https)?,
            base_url,
            image_base_url,
            is_https,
        })
    }

    /// The public URL of an object of the bucket.
    pub fn image_url(&self, key: &str) -> String {
        let mut url = format!("{}/", self.image_base_url);
        for byte in key.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    url.push(char::from(byte));
                }
                _ => {
                    // Writing to a String cannot fail.
                    let _ = write!(url, "%{byte:02X}");
                }
            }
        }
        url
    }
}

fn security_headers(images: &Url, is_https: bool) -> anyhow::Result<HeaderMap> {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {}; \
         connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
        images.origin().ascii_serialization(),
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.parse()?);
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
    Ok(headers)
}

/// What every template gets as `layout`.
#[derive(Clone)]
pub struct Layout {
    pub site: Arc<Site>,
    pub visitor: Visitor,
}

impl Layout {
    pub fn new(app: &App, visitor: &Visitor) -> Self {
        Self { site: Arc::clone(&app.site), visitor: visitor.clone() }
    }

    pub fn user(&self) -> Option<&User> {
        self.visitor.user()
    }

    pub fn cart_count(&self) -> i64 {
        self.visitor.cart_count()
    }

    /// False where the database could not say who this is.
    pub fn is_known(&self) -> bool {
        self.visitor.is_known()
    }

    /// The value of the hidden field `csrf_token`.
    pub fn csrf_token(&self) -> String {
        self.visitor.csrf_token()
    }
}

/// Renders a page.
pub fn html(template: &impl Template) -> Result<Response> {
    Ok(Html(template.render()?).into_response())
}

/// Renders a page under a status other than 200, such as a form with messages at its fields.
pub fn html_with_status(status: StatusCode, template: &impl Template) -> Result<Response> {
    Ok((status, Html(template.render()?)).into_response())
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    layout: Layout,
    status: u16,
    problem: Problem,
    request_id: Option<String>,
}

/// Middleware: shows a failed request as a page, and logs once what is our own fault.
pub async fn problems(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    let request_id = request_id(&request);
    let response = next.run(request).await;
    show_problem(&app, &visitor, request_id, response)
}

/// The number by which a request is found in the log.
pub fn request_id(request: &Request) -> Option<String> {
    let id = request.extensions().get::<RequestId>()?;
    id.header_value().to_str().ok().map(str::to_owned)
}

/// The response, with a page for its problem if it has one.
pub fn show_problem(
    app: &App,
    visitor: &Visitor,
    request_id: Option<String>,
    mut response: Response,
) -> Response {
    let status = response.status();
    let Some(problem) = problem_of(&mut response) else {
        return response;
    };
    if let Some(cause) = &problem.cause {
        tracing::error!(error = format!("{cause:#}"), "request failed");
    }
    let page = ProblemPage {
        layout: Layout::new(app, visitor),
        status: status.as_u16(),
        problem,
        request_id: request_id.filter(|_| status.is_server_error()),
    };
    match page.render() {
        Ok(page) => {
            let (mut parts, _) = response.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.remove(header::CONTENT_TYPE);
            (parts, Html(page)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "cannot render the page of a failed request");
            response
        }
    }
}

/// Middleware, outermost: a request that failed before its visitor was known gets plain words.
pub async fn last_resort(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    if let Some(cause) = &problem.cause {
        tracing::error!(error = format!("{cause:#}"), "request failed");
    }
    let text = format!("{}\n{}\n", problem.title, problem.text);
    (response.status(), text).into_response()
}

/// The problem a response carries, or the one its bare status stands for.
fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let forged = response.extensions().get::<ProtectionError>().is_some();
    let error = match response.status() {
        StatusCode::FORBIDDEN if forged => Error::Forged,
        _ if response.headers().contains_key(header::CONTENT_TYPE)
            && !is_plain_text(response.headers()) =>
        {
            return None;
        }
        StatusCode::NOT_FOUND => Error::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => {
            Error::BadRequest("This address does not take that kind of request.".to_owned())
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::BadRequest("The request is larger than this form allows.".to_owned())
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            Error::BadRequest("Please go back, check the form, and send it again.".to_owned())
        }
        StatusCode::REQUEST_TIMEOUT => {
            Error::BadRequest("The request took too long. Please try again.".to_owned())
        }
        StatusCode::INTERNAL_SERVER_ERROR => Error::Internal(anyhow::anyhow!("a handler panicked")),
        _ => return None,
    };
    let mut shown = error.into_response();
    shown.extensions_mut().remove::<Problem>()
}

fn is_plain_text(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/plain"))
}

/// Middleware: the security headers, unless the handler has set its own. Pages are not kept by
/// caches, because each is made for one visitor.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in &app.site.security_headers {
        if !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let private = HeaderValue::from_static("private, no-store");
        headers.insert(header::CACHE_CONTROL, private);
    }
    response
}

/// Which part of a long list a page shows.
#[derive(Clone, Debug)]
pub struct Pager {
    /// Counted from 1.
    pub page: i64,
    pub pages: i64,
    /// Path and query up to the page's number.
    base: String,
}

impl Pager {
    /// `query` are the other parameters of the list, empty ones left out.
    pub fn new(page: i64, size: i64, total: i64, path: &str, query: &[(&str, &str)]) -> Self {
        let mut serializer = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            serializer.append_pair(name, value);
        }
        let query = serializer.finish();
        let separator = if query.is_empty() { "" } else { "&" };
        Self {
            page,
            pages: ((total + size - 1) / size).max(1),
            base: format!("{path}?{query}{separator}page="),
        }
    }

    /// A page's number from the query: at least 1, and small enough to multiply.
    pub fn parse(page: Option<&str>) -> i64 {
        page.and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 1_000_000)
    }

    pub fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| format!("{}{}", self.base, (self.page - 1).min(self.pages)))
    }

    pub fn next(&self) -> Option<String> {
        (self.page < self.pages).then(|| format!("{}{}", self.base, self.page + 1))
    }
}
