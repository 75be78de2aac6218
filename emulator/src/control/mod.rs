//! `/_cloudless/…`: what an emulator can do and a cloud cannot. And `/_localstack/…`, answered for
//! the tools that wait on it.
//!
//! | | |
//! |---|---|
//! | `GET /_cloudless/health` | version, what is outstanding |
//! | `GET /_cloudless/clock` | the emulator's time, and whether it stands |
//! | `POST /_cloudless/clock/advance?s=600` | moves time, by 100 years at most; everything due on the way happens |
//! | `POST /_cloudless/clock/freeze`, `…/resume` | stops time, lets it run |
//! | `POST /_cloudless/settle?limit_s=30` | waits until the pipeline is idle |
//! | `POST /_cloudless/settle?until_idle=true` | also until nothing waits for time: moves a frozen clock from deadline to deadline |
//! | `GET /_cloudless/trace[?cause=7]` | what led to what |
//! | `GET /_cloudless/metrics` | what CloudWatch counts of queues, by its names, now |
//! | `GET /_cloudless/logs/{name or ARN}` | the last lines that a function logged |
//! | `GET /_localstack/health`, `…/info`, `…/init`, `…/init/{stage}` | as LocalStack answers |

mod localstack;

use std::time::Duration;

use cloudless_core::arn::{Arn, FunctionArn};
use cloudless_core::names::{AccountId, FunctionName, Region};
use cloudless_core::trace::CauseId;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::http::{Http, ResponseBody, json as answer};

/// How long `settle` waits where no limit is given.
const SETTLE_LIMIT_S: f64 = 30.0;

pub(crate) async fn respond(http: &Http, parts: Parts, body: Incoming) -> Response<ResponseBody> {
    // Nothing here takes a body.
    drop(body);
    let path = parts.uri.path().trim_end_matches('/');
    let query = parts.uri.query().unwrap_or_default();
    let engine = &http.engine;
    match (&parts.method, path) {
        (&Method::GET | &Method::HEAD, "/_cloudless/health") => {
            let (outstanding, waiting) =
                engine.with_world(|world| (world.outstanding(), world.waiting()));
            let failure = engine.failure();
            let status = match failure {
                None => StatusCode::OK,
                Some(_) => StatusCode::SERVICE_UNAVAILABLE,
            };
            answer(
                status,
                &json!({
                    "version": env!("CARGO_PKG_VERSION"),
                    "failure": failure,
                    "outstanding": outstanding,
                    "waiting": waiting,
                }),
            )
        }
        (method, path) if path.starts_with("/_localstack") => {
            localstack::respond(http, method, path)
        }
        (&Method::GET, "/_cloudless/clock") => clock(http),
        (&Method::POST, "/_cloudless/clock/freeze") => {
            engine.clock().freeze();
            clock(http)
        }
        (&Method::POST, "/_cloudless/clock/resume") => {
            engine.clock().resume();
            clock(http)
        }
        (&Method::POST, "/_cloudless/clock/advance") => match number(query, "s") {
            Some(by) => match engine.advance(by).await {
                Ok(_) => clock(http),
                Err(error) => problem(
                    StatusCode::from_u16(error.status())
                        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    error.message(),
                ),
            },
            None => problem(
                StatusCode::BAD_REQUEST,
                "say by how many seconds: POST /_cloudless/clock/advance?s=600",
            ),
        },
        (&Method::POST, "/_cloudless/settle") => {
            let limit = number(query, "limit_s").unwrap_or(Duration::from_secs_f64(SETTLE_LIMIT_S));
            let settled = match value(query, "until_idle") {
                None | Some("false") => engine.settle(limit).await,
                Some("true") => engine.settle_until_idle(limit).await,
                Some(_) => {
                    return problem(StatusCode::BAD_REQUEST, "until_idle is true or false");
                }
            };
            match settled {
                Ok(()) => answer(StatusCode::OK, &json!({ "settled": true })),
                Err(unsettled) => answer(
                    StatusCode::REQUEST_TIMEOUT,
                    &json!({ "settled": false, "outstanding": unsettled.outstanding }),
                ),
            }
        }
        (&Method::GET, "/_cloudless/trace") => {
            let events: Value = match value(query, "cause").map(str::parse) {
                None => json!(engine.trace()),
                Some(Ok(cause)) => engine
                    .trace_of(CauseId(cause))
                    .into_iter()
                    .map(|(depth, event)| json!({ "depth": depth, "event": event }))
                    .collect(),
                Some(Err(_)) => {
                    return problem(StatusCode::BAD_REQUEST, "cause is the number of an event");
                }
            };
            answer(StatusCode::OK, &events)
        }
        (&Method::GET, "/_cloudless/metrics") => {
            let now = engine.clock().now();
            let queues: Value = engine.with_world(|world| {
                let metrics = world.queue_metrics(now);
                metrics.map(|(queue, metrics)| (queue.to_string(), json!(metrics))).collect()
            });
            answer(StatusCode::OK, &json!({ "AWS/SQS": queues }))
        }
        (&Method::GET, path) if path.starts_with("/_cloudless/logs/") => {
            let name = path.trim_start_matches("/_cloudless/logs/");
            let Some(function) = function(name) else {
                return problem(StatusCode::BAD_REQUEST, "name a function, or give its ARN");
            };
            let lines = http.runtime.logs(&function);
            answer(StatusCode::OK, &json!({ "function": function.to_string(), "lines": lines }))
        }
        _ => problem(
            StatusCode::NOT_FOUND,
            "there is no such control; see /_cloudless/health, clock, settle, trace, metrics and logs",
        ),
    }
}

fn clock(http: &Http) -> Response<ResponseBody> {
    let clock = http.engine.clock();
    let now = clock.now();
    answer(
        StatusCode::OK,
        &json!({ "now": now.iso8601_ms(), "now_ms": now.as_ms(), "frozen": clock.is_frozen() }),
    )
}

/// A function by its ARN, or by its name in the default account and region.
fn function(name: &str) -> Option<FunctionArn> {
    match Arn::parse(name) {
        Some(Arn::Function(function)) => Some(function),
        Some(_) => None,
        None => Some(FunctionArn {
            region: Region::default(),
            account: AccountId::default(),
            name: FunctionName::parse(name)?,
            qualifier: None,
        }),
    }
}

fn problem(status: StatusCode, message: &str) -> Response<ResponseBody> {
    answer(status, &json!({ "error": message }))
}

fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(it, _)| *it == name)
        .map(|(_, value)| value)
}

fn number(query: &str, name: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(value(query, name)?.parse().ok()?).ok()
}
