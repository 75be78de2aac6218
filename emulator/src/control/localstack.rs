//! `/_localstack/…`: what LocalStack's users and their tools ask before they begin, answered in
//! LocalStack's shape. <https://docs.localstack.cloud/aws/capabilities/networking/internal-endpoints/>
//!
//! There are no init scripts here, so all that they wait for is complete at once.

use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::{answer, problem};
use crate::http::{Http, ResponseBody};
use crate::wire::Service;

/// The stages of LocalStack's life, and whether each is over.
const STAGES: [(&str, bool); 4] =
    [("BOOT", true), ("START", true), ("READY", true), ("SHUTDOWN", false)];

/// `path` begins with `/_localstack` and has no slash at its end.
pub(super) fn respond(http: &Http, method: &Method, path: &str) -> Response<ResponseBody> {
    let path = path.trim_start_matches("/_localstack");
    if path == "/state/reset" {
        return problem(
            StatusCode::NOT_FOUND,
            "there is no reset: start it again without a data directory, or give each test names of its own",
        );
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return unknown();
    }
    let told = match path {
        "/health" => json!({
            "services": services(http),
            "edition": "community",
            "version": version(),
        }),
        "/info" => json!({
            "version": version(),
            "edition": "community",
            "is_license_activated": false,
            "session_id": http.session_id,
            "machine_id": "cloudless",
            "system": std::env::consts::OS,
            "is_docker": std::path::Path::new("/.dockerenv").exists(),
            "server_time_utc": http.engine.clock().now().iso8601_ms()[..19],
            "uptime": http.started.elapsed().as_secs(),
        }),
        "/init" => {
            let completed: Map<String, Value> =
                STAGES.iter().map(|(stage, over)| ((*stage).to_owned(), json!(over))).collect();
            json!({ "completed": completed, "scripts": [] })
        }
        path => {
            let asked = path.strip_prefix("/init/").unwrap_or_default();
            let stage = STAGES.iter().find(|(stage, _)| stage.eq_ignore_ascii_case(asked));
            let Some((_, over)) = stage else { return unknown() };
            json!({ "completed": over, "scripts": [] })
        }
    };
    answer(StatusCode::OK, &told)
}

fn services(http: &Http) -> Map<String, Value> {
    let state = |service: &Service| match http.services.contains(service) {
        true => "running",
        false => "disabled",
    };
    Service::ALL.iter().map(|it| (it.as_str().to_owned(), json!(state(it)))).collect()
}

fn version() -> String {
    format!("cloudless-{}", env!("CARGO_PKG_VERSION"))
}

fn unknown() -> Response<ResponseBody> {
    problem(
        StatusCode::NOT_FOUND,
        "of LocalStack's own endpoints there are GET /_localstack/health, info, init and init/{stage}; see also /_cloudless/health, clock, settle, trace, metrics and logs",
    )
}
