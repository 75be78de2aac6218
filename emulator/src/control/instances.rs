//! Instances that are processes, and listeners of load balancers: where they are, what instances wrote, and their end.

use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use super::{problem, unknown};
use crate::http::{Http, ResponseBody, full, json as answer};

pub(super) const PATH: &str = "/_cloudless/instances/";

/// All that there are.
pub(super) fn all(http: &Http) -> Response<ResponseBody> {
    let instances = http.fleet.ids().into_iter().map(|id| {
        let (places, process) = (http.fleet.places(&id), http.fleet.process(&id));
        json!({ "id": id, "process": process, "places": places })
    });
    let listeners = http.here.listeners_by_place();
    let listeners = listeners.into_iter().map(|((load_balancer, port), at)| {
        json!({ "load_balancer": load_balancer, "port": port, "at": at.to_string() })
    });
    let told = json!({
        "instances": instances.collect::<Vec<_>>(),
        "listeners": listeners.collect::<Vec<_>>(),
    });
    answer(StatusCode::OK, &told)
}

/// The last of what an instance wrote.
pub(super) fn console(http: &Http, path: &str) -> Response<ResponseBody> {
    let Some(id) = instance(path, "/console") else { return unknown() };
    let Some(text) = http.fleet.console(id) else { return gone(id) };
    let mut response = Response::new(full(text.into()));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// Kills an instance's process and all that it started.
pub(super) fn kill(http: &Http, path: &str) -> Response<ResponseBody> {
    let Some(id) = instance(path, "/kill") else { return unknown() };
    match http.fleet.kill(id) {
        true => answer(StatusCode::OK, &json!({ "killed": id })),
        false => gone(id),
    }
}

fn instance<'a>(path: &'a str, what: &str) -> Option<&'a str> {
    path.strip_prefix(PATH)?.strip_suffix(what)
}

fn gone(id: &str) -> Response<ResponseBody> {
    problem(StatusCode::NOT_FOUND, &format!("no instance {id} runs as a process"))
}
