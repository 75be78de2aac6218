//! `/_cloudless/…`: what an emulator can do and a cloud cannot. And `/_localstack/…`, answered for
//! the tools that wait on it.
//!
//! [`CONTROLS`] lists what there is; `GET /_cloudless/` shows it, to a browser as a page.
//!
//! Where keys are configured, whoever asks must hold one: `Authorization: Bearer KEY_ID:SECRET`, or a
//! signature in the header with a configured key, for any region and service
//! (`curl --aws-sigv4 aws:amz:us-east-1:cloudless --user KEY_ID:SECRET`). Who does not hears 401.
//! [`is_open`] says what needs none: what health checks and LocalStack's tools wait for, and two pages
//! that show nothing of what is here.

mod coverage;
mod dashboards;
mod instances;
mod localstack;
mod page;
mod past;
mod prometheus;
mod query;
mod zones;

use std::time::Duration;

use cloudless_core::World;
use cloudless_core::arn::{Arn, FunctionArn};
use cloudless_core::error::ApiError;
use cloudless_core::names::{AccountId, FunctionName, Region};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::http::{Http, ResponseBody, json as answer};

pub(crate) use page::is_first_visit;
use query::Query;

/// How long `settle` waits where no limit is given: longer than any test wants to.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);

/// Something to ask the emulator for, beside AWS.
pub(crate) struct Control {
    pub method: &'static str,
    pub path: &'static str,
    pub what: &'static str,
    pub parameters: &'static [Parameter],
}

/// What can be said in the query of a control.
pub(crate) struct Parameter {
    pub name: &'static str,
    pub what: &'static str,
}

const fn parameter(name: &'static str, what: &'static str) -> Parameter {
    Parameter { name, what }
}

/// What narrows what is remembered of the past, and makes pages of it.
const OF_THE_PAST: &[Parameter] = &[
    parameter("cause", "the number of an event: this and what it led to"),
    parameter(
        "service",
        "s3, sqs, lambda, logs, cloudwatch, ec2, elasticloadbalancing, autoscaling, sts or cloudless",
    ),
    parameter("resource", "a name or ARN: of a queue, a function, a bucket, an object"),
    parameter("since", "from this moment on: milliseconds, or 2026-11-23T12:00:00Z"),
    parameter("until", "before this moment"),
    parameter("limit", "how many make a page: 1000 at most, and unless told"),
    parameter("token", "next_token of the page before, beside the same other parameters"),
];

/// All there is, but for the zip of a function, whose address `GetFunction` gives.
pub(crate) const CONTROLS: &[Control] = &[
    Control {
        method: "GET",
        path: "/_cloudless/",
        what: "this emulator, as a page or as JSON",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/docs",
        what: "what there is, as a page",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/health",
        what: "version, why nothing can be stored, what is outstanding",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/clock",
        what: "the emulator's time, and whether it stands",
        parameters: &[],
    },
    Control {
        method: "POST",
        path: "/_cloudless/clock/advance?s=600",
        what: "moves time, by 100 years at most; everything due on the way happens",
        parameters: &[parameter("s", "by how many seconds")],
    },
    Control {
        method: "POST",
        path: "/_cloudless/clock/freeze",
        what: "stops time",
        parameters: &[],
    },
    Control {
        method: "POST",
        path: "/_cloudless/clock/resume",
        what: "lets time run",
        parameters: &[],
    },
    Control {
        method: "POST",
        path: "/_cloudless/clock/speed?times=10",
        what: "lets time run faster: so many seconds in one, 1000 at most",
        parameters: &[parameter("times", "how many seconds pass in one: 1 as the machine's")],
    },
    Control {
        method: "POST",
        path: "/_cloudless/settle?limit_s=30",
        what: "waits until the pipeline is idle",
        parameters: &[parameter("limit_s", "for how many seconds: 30 unless told")],
    },
    Control {
        method: "POST",
        path: "/_cloudless/settle?until_idle=true",
        what: "also until nothing waits for time: moves a frozen clock from deadline to deadline",
        parameters: &[parameter("until_idle", "true or false")],
    },
    Control {
        method: "GET",
        path: "/_cloudless/trace[?cause=7]",
        what: "what led to what",
        parameters: OF_THE_PAST,
    },
    Control {
        method: "GET",
        path: "/_cloudless/metrics",
        what: "what CloudWatch is told, as Prometheus reads it",
        parameters: prometheus::PARAMETERS,
    },
    Control {
        method: "GET",
        path: "/_cloudless/dashboards",
        what: "CloudWatch's dashboards, as a page",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/dashboards/{name}",
        what: "a dashboard, drawn: a page without scripts",
        parameters: dashboards::PARAMETERS,
    },
    Control {
        method: "GET",
        path: "/_cloudless/instances",
        what: "instances that are processes, and where load balancers listen",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/instances/{id}/console",
        what: "the last of what an instance wrote",
        parameters: &[],
    },
    Control {
        method: "POST",
        path: "/_cloudless/instances/{id}/kill",
        what: "kills an instance's process, as a fault does: nobody is asked",
        parameters: &[],
    },
    Control {
        method: "POST",
        path: "/_cloudless/zones/{name}/lose",
        what: "loses an Availability Zone: its instances are killed, and none begins there until it is back",
        parameters: &[parameter(
            "for_s",
            "it is back after so many seconds; else when that is said",
        )],
    },
    Control {
        method: "POST",
        path: "/_cloudless/zones/{name}/restore",
        what: "brings a lost zone back",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/coverage",
        what: "each operation and parameter of each service: works, stored only, accepted or not implemented",
        parameters: &[],
    },
    Control {
        method: "GET",
        path: "/_cloudless/logs",
        what: "the functions that logged something; with a parameter, what they logged",
        parameters: OF_THE_PAST,
    },
    Control {
        method: "GET",
        path: "/_cloudless/logs/{name or ARN}",
        what: "the last lines that a function logged",
        parameters: OF_THE_PAST,
    },
    Control {
        method: "GET",
        path: "/_localstack/health, info, init, init/{stage}",
        what: "as LocalStack answers",
        parameters: &[],
    },
];

pub(crate) async fn respond(http: &Http, parts: Parts, body: Incoming) -> Response<ResponseBody> {
    // Nothing here takes a body.
    drop(body);
    let path = parts.uri.path().trim_end_matches('/');
    let is_keyholder = http.is_from_keyholder(&parts);
    if !is_keyholder && !is_open(&parts, path) {
        return unauthorized();
    }
    if path.starts_with("/_localstack") {
        return localstack::respond(http, &parts.method, path);
    }
    let method = match parts.method {
        Method::HEAD => Method::GET,
        ref other => other.clone(),
    };
    let query = match Query::read(parts.uri.query().unwrap_or_default(), &method, path) {
        Ok(query) => query,
        Err(refused) => return problem(StatusCode::BAD_REQUEST, &refused),
    };
    let told = match method {
        Method::GET => look(http, &parts, path, &query),
        Method::POST => act(http, path, &query).await,
        _ => return unknown(),
    };
    told.unwrap_or_else(|refused| problem(StatusCode::BAD_REQUEST, &refused))
}

/// An answer, or what is wrong with the question.
type Told = Result<Response<ResponseBody>, String>;

/// What anybody may ask, also where keys are configured. `path` has no slash at its end.
fn is_open(parts: &Parts, path: &str) -> bool {
    let is_look = matches!(parts.method, Method::GET | Method::HEAD);
    is_look
        && match path {
            "" | "/_cloudless" => page::wants_html(parts),
            "/_cloudless/health" | "/_cloudless/docs" | "/_localstack/health" => true,
            path => path == "/_localstack/init" || path.starts_with("/_localstack/init/"),
        }
}

fn unauthorized() -> Response<ResponseBody> {
    let mut response = problem(
        StatusCode::UNAUTHORIZED,
        "this emulator has keys, and this wants one: send Authorization: Bearer KEY_ID:SECRET, or sign the request",
    );
    let wanted = HeaderValue::from_static("Bearer realm=\"cloudless\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, wanted);
    response
}

/// A refusal in the words of these endpoints.
pub(crate) fn refuse(error: &ApiError) -> Response<ResponseBody> {
    let status = StatusCode::from_u16(error.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    problem(status, error.message())
}

fn look(http: &Http, parts: &Parts, path: &str, query: &Query) -> Told {
    let engine = &http.engine;
    Ok(match path {
        "" | "/_cloudless" if page::wants_html(parts) => page::first(http, parts),
        "/_cloudless" => answer(
            StatusCode::OK,
            &json!({
                "version": env!("CARGO_PKG_VERSION"),
                "endpoint": http.endpoint_of(parts),
                "counts": engine.with_world(counts),
                "controls": CONTROLS.iter().map(named).collect::<Vec<_>>(),
                "parameters": parameters(),
            }),
        ),
        "/_cloudless/docs" => page::docs(http),
        "/_cloudless/health" => health(http, http.is_from_keyholder(parts)),
        "/_cloudless/clock" => clock(http),
        "/_cloudless/trace" => past::trace(http, query)?,
        "/_cloudless/metrics" => prometheus::respond(http, parts, query)?,
        "/_cloudless/coverage" => answer(StatusCode::OK, &coverage::told()),
        "/_cloudless/logs" => past::logs(http, query)?,
        "/_cloudless/dashboards" => dashboards::all(http),
        "/_cloudless/instances" => instances::all(http),
        path if path.starts_with(instances::PATH) => instances::console(http, path),
        path if path.starts_with(dashboards::PATH) => {
            dashboards::one(http, &path[dashboards::PATH.len()..], query)?
        }
        path => {
            let Some(name) = path.strip_prefix("/_cloudless/logs/") else { return Ok(unknown()) };
            let function = function(name).ok_or("name a function, or give its ARN")?;
            past::logs_of(http, &function, query)?
        }
    })
}

async fn act(http: &Http, path: &str, query: &Query) -> Told {
    let engine = &http.engine;
    Ok(match path {
        "/_cloudless/clock/freeze" => {
            engine.clock().freeze();
            clock(http)
        }
        "/_cloudless/clock/resume" => {
            engine.clock().resume();
            clock(http)
        }
        "/_cloudless/clock/advance" => {
            const SAY: &str = "say by how many seconds: POST /_cloudless/clock/advance?s=600";
            let by = query.duration("s").map_err(|_| SAY)?.ok_or(SAY)?;
            match engine.advance(by).await {
                Ok(_) => clock(http),
                Err(error) => refuse(&error),
            }
        }
        "/_cloudless/clock/speed" => {
            const SAY: &str = "say how fast: POST /_cloudless/clock/speed?times=10, from 1 to 1000";
            let times = query.get("times").and_then(|times| times.parse().ok());
            let is_possible = |times: &u32| (1..=Clock::SPEED_MAX).contains(times);
            engine.clock().set_speed(times.filter(is_possible).ok_or(SAY)?);
            clock(http)
        }
        "/_cloudless/settle" => {
            let limit = query.duration("limit_s")?.unwrap_or(SETTLE_LIMIT);
            let settled = match query.get("until_idle") {
                None | Some("false") => engine.settle(limit).await,
                Some("true") => engine.settle_until_idle(limit).await,
                Some(_) => return Err("until_idle is true or false".into()),
            };
            match settled {
                Ok(()) => answer(StatusCode::OK, &json!({ "settled": true })),
                Err(unsettled) => answer(
                    StatusCode::REQUEST_TIMEOUT,
                    &json!({ "settled": false, "outstanding": unsettled.outstanding }),
                ),
            }
        }
        path if path.starts_with(instances::PATH) => instances::kill(http, path),
        path if path.starts_with(zones::PATH) => zones::act(http, path, query)?,
        _ => unknown(),
    })
}

fn counts(world: &World) -> Value {
    world.counts().into_iter().map(|(what, count)| (what.to_owned(), json!(count))).collect()
}

/// Names of queues and functions are for those who hold a key.
fn health(http: &Http, is_keyholder: bool) -> Response<ResponseBody> {
    let engine = &http.engine;
    let failure = engine.failure();
    let status = match failure {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut told = json!({ "version": env!("CARGO_PKG_VERSION"), "failure": failure });
    if is_keyholder {
        let (outstanding, waiting) =
            engine.with_world(|world| (world.outstanding(), world.waiting()));
        if let Some(missing) = engine.missing_bodies() {
            told["missing_bodies"] = json!(missing);
        }
        told["outstanding"] = json!(outstanding);
        told["waiting"] = json!(waiting);
    }
    answer(status, &told)
}

/// Names what there is, for somebody who guessed.
fn unknown() -> Response<ResponseBody> {
    let controls: Vec<String> = CONTROLS.iter().map(named).collect();
    let error = format!("there is no such control; there are {}", controls.join(", "));
    problem(StatusCode::NOT_FOUND, &error)
}

fn named(control: &Control) -> String {
    format!("{} {}", control.method, control.path)
}

/// What can be said in the query of each control that takes something.
fn parameters() -> Value {
    let takes = CONTROLS.iter().filter(|control| !control.parameters.is_empty());
    takes
        .map(|control| {
            let all: Value =
                control.parameters.iter().map(|it| (it.name.to_owned(), json!(it.what))).collect();
            (named(control), all)
        })
        .collect()
}

fn clock(http: &Http) -> Response<ResponseBody> {
    let clock = http.engine.clock();
    let now = clock.now();
    answer(
        StatusCode::OK,
        &json!({ "now": now.iso8601_ms(), "now_ms": now.as_ms(), "frozen": clock.is_frozen(), "speed": clock.speed() }),
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
