//! One request and its answer: the rule that it falls under, and what that says.

use std::sync::Arc;
use std::time::Duration;

use elb::plane::{Action, Rule};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;

use crate::body::{Body, Going, whole};
use crate::listener::Connection;
use crate::log::Entry;
use crate::{Current, forward, forwarded, redirect, rules};

/// More addresses stand in `X-Forwarded-For` than a balancer takes.
const FORWARDED_TOO_OFTEN: u16 = 463;

/// A request in hand, with all that is known of it.
pub(crate) struct Asking<'a> {
    pub connection: &'a Arc<Connection>,
    pub current: Arc<Current>,
    pub entry: Entry,
}

/// Answers a request.
pub(crate) async fn answer(
    connection: &Arc<Connection>,
    request: Request<Incoming>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let came = connection.came;
    let mut entry = Entry::new(&connection.balancer, came, &connection.zone, &parts);
    if forwarded::has_come_too_far(&parts.headers) {
        return own(entry, FORWARDED_TOO_OFTEN, None);
    }
    let current = connection.balancer.current();
    let listener = current.plan.listeners.iter().find(|listener| listener.port == came.port);
    let client = came.client.ip();
    let found = listener.and_then(|listener| rules::rule_of(listener, &parts, client));
    let Some((rule, tried)) = found else { return own(entry, 503, None) };
    entry.rule(&rule.priority, tried);
    let rule = rule.clone();
    let asking = Asking { connection, current: Arc::clone(&current), entry };
    act(asking, &rule, parts, body).await
}

async fn act(mut asking: Asking<'_>, rule: &Rule, parts: Parts, body: Incoming) -> Response<Body> {
    let came = asking.connection.came;
    match &rule.action {
        Action::Forward { groups, stickiness_s } => {
            asking.entry.actions = "forward";
            forward::forward(asking, groups, *stickiness_s, parts, body).await
        }
        Action::FixedResponse { status, content_type, body } => {
            asking.entry.actions = "fixed-response";
            let media_type = content_type.as_deref().unwrap_or("text/plain");
            own(asking.entry, *status, Some((media_type, body)))
        }
        action @ Action::Redirect { .. } => {
            asking.entry.actions = "redirect";
            let to = redirect::location(action, &parts, came.by_tls, came.port);
            let Some((status, to)) = to else { return own(asking.entry, 500, None) };
            asking.entry.redirected_to = Some(to.clone());
            let mut answer = own(asking.entry, status, None);
            if let Ok(to) = HeaderValue::from_str(&to) {
                answer.headers_mut().insert(header::LOCATION, to);
            }
            answer
        }
    }
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
