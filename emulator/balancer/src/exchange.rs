//! One request and its answer: the rule that it falls under, and what that says.

use std::sync::Arc;

use elb::plane::{Action, Rule};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use crate::asking::{Asking, own};
use crate::body::Body;
use crate::connection::Connection;
use crate::log::Entry;
use crate::{forward, forwarded, modified, redirect, rules};

/// More addresses stand in `X-Forwarded-For` than a balancer takes.
const FORWARDED_TOO_OFTEN: u16 = 463;

/// Answers a request.
pub(crate) async fn answer(
    connection: &Arc<Connection>,
    request: Request<Incoming>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    // HTTP/2 names the host beside the path.
    if let (None, Some(host)) = (parts.headers.get(header::HOST), parts.uri.authority())
        && let Ok(host) = HeaderValue::from_str(host.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
    let came = connection.came;
    let mut entry = Entry::new(&connection.balancer, came, &connection.zone, &parts);
    if forwarded::has_come_too_far(&parts.headers) {
        return own(entry, FORWARDED_TOO_OFTEN, None);
    }
    if !forwarded::is_coding_known(&parts.headers) {
        return own(entry, 501, None);
    }
    let current = connection.balancer.current();
    let listener = current.plan.listeners.iter().find(|listener| listener.port == came.port);
    let client = came.client.ip();
    let found = listener.and_then(|listener| rules::rule_of(listener, &parts, client));
    let Some((rule, tried)) = found else { return own(entry, 503, None) };
    entry.rule(&rule.priority, tried);
    let (rule, attributes) = (rule.clone(), listener.map(|it| it.attributes.clone()));
    let attributes = attributes.unwrap_or_default();
    modified::request(&mut parts.headers, &attributes);
    let asking = Asking { connection, current: Arc::clone(&current), entry };
    let mut answer = act(asking, &rule, parts, body).await;
    modified::answer(answer.headers_mut(), &attributes);
    answer
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
            let to = redirect::location(action, &parts, came.by_tls(), came.port);
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
