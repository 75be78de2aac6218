//! What a browser sees that comes by: what this is, how to use it, what goes on. No script.

use std::path::Path;

use askama::Template;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use super::{CONTROLS, Control};
use crate::http::{Http, ResponseBody, full};
use crate::wire::Hosts;

/// How many lines of what is outstanding are shown.
const OUTSTANDING_MAX: usize = 20;

#[derive(Template)]
#[template(path = "first.html")]
struct First<'a> {
    services: String,
    version: &'a str,
    data_dir: Option<std::path::Display<'a>>,
    keys: &'a str,
    failure: Option<String>,
    state: Option<State>,
    environment: String,
}

/// What is there; for those alone who may ask.
struct State {
    counts: Vec<(&'static str, usize)>,
    outstanding: Vec<String>,
    is_frozen: bool,
    now: String,
}

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs {
    controls: &'static [Control],
    services: Vec<(&'static str, String)>,
}

/// Whether a person looks at the port itself: a browser asks for `/`, unsigned, by a name that is no
/// bucket's.
pub(crate) fn is_first_visit(parts: &Parts, hosts: &Hosts) -> bool {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!(parts.method, Method::GET | Method::HEAD)
        && parts.uri.path() == "/"
        && parts.uri.query().is_none()
        && wants_html(parts)
        && !parts.headers.contains_key(header::AUTHORIZATION)
        && host.is_none_or(|host| hosts.bucket(host).is_none())
}

/// Whether the answer is for a person to read.
pub(super) fn wants_html(parts: &Parts) -> bool {
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// The first page.
pub(super) fn first(http: &Http, parts: &Parts) -> Response<ResponseBody> {
    let clock = http.engine.clock();
    let any_key = http.keys.is_empty();
    let state = any_key.then(|| {
        let (counts, mut outstanding) = http.engine.with_world(|world| {
            (world.counts().to_vec(), [world.outstanding(), world.waiting()].concat())
        });
        let more = outstanding.len().saturating_sub(OUTSTANDING_MAX);
        outstanding.truncate(OUTSTANDING_MAX);
        if more > 0 {
            outstanding.push(format!("and {more} more"));
        }
        State { counts, outstanding, is_frozen: clock.is_frozen(), now: clock.now().iso8601_ms() }
    });
    let (key, secret) = match any_key {
        true => (crate::ACCESS_KEY_ID, crate::SECRET_ACCESS_KEY),
        false => ("…", "…"),
    };
    let names = http.services.iter().map(|it| it.descriptor().title).collect::<Vec<_>>();
    page(&First {
        services: match names.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("{} and {last}", others.join(", "))
            }
            _ => names.concat(),
        },
        version: env!("CARGO_PKG_VERSION"),
        data_dir: http.data_dir.as_deref().map(Path::display),
        keys: match any_key {
            true => "any access key is accepted",
            false => "calls are signed with a key that was configured",
        },
        failure: http.engine.failure().map(|failure| failure.to_string()),
        state,
        environment: crate::environment(&http.endpoint_of(parts), key, secret),
    })
}

/// What there is to ask for.
pub(super) fn docs(http: &Http) -> Response<ResponseBody> {
    let services = http.services.iter();
    let services = services.map(|it| (it.descriptor().title, it.operations().join(", ")));
    page(&Docs { controls: CONTROLS, services: services.collect() })
}

pub(super) fn page(template: &impl Template) -> Response<ResponseBody> {
    let Ok(text) = template.render() else {
        return super::problem(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown");
    };
    let mut response = Response::new(full(text.into()));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
