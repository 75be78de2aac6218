//! What is remembered of the past: the trace, and what functions logged. Whole where nothing is asked;
//! otherwise page by page, by cause, service, resource and time.

use std::collections::BTreeSet;

use cloudless_core::Timestamp;
use cloudless_core::arn::FunctionArn;
use cloudless_core::logs::WantedLines;
use cloudless_core::trace::limits::PAGE_EVENTS_MAX;
use cloudless_core::trace::{CauseId, Event, UnknownToken, Wanted};
use http::StatusCode;
use serde_json::{Value, json};

use super::query::Query;
use super::{Told, answer, function};
use crate::http::Http;
use crate::runtime::{LINES_MAX, PAGE_LINES_MAX};

/// Whatever makes a page of it.
const PAGED: &[&str] = &["service", "resource", "since", "until", "limit", "token"];

const NO_TOKEN: &str = "token is next_token of the page before, and what comes after it is not \
                        known any more: ask for the first page again";

/// What somebody asks of the past.
struct Asked {
    cause: Option<CauseId>,
    service: Option<String>,
    resource: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: usize,
    after: Option<u64>,
}

impl Asked {
    /// # Errors
    /// Says what is wrong.
    fn read(query: &Query, limit_max: usize) -> Result<Self, String> {
        let whole = format!("a number from 1 to {limit_max}");
        let limit = query.read_as("limit", &whole)?.unwrap_or(limit_max);
        if !(1..=limit_max).contains(&limit) {
            return Err(format!("limit is {whole}"));
        }
        Ok(Self {
            cause: query.read_as("cause", "the number of an event")?.map(CauseId),
            service: query.get("service").map(str::to_owned),
            resource: query.get("resource").map(str::to_owned),
            since: query.moment("since")?,
            until: query.moment("until")?,
            limit,
            after: query.read_as("token", "next_token of the page before")?,
        })
    }
}

/// `GET /_cloudless/trace`: an array of all events, or, of a cause, of its tree. Where it is asked for
/// anything else, a page: `{"events", "next_token"}`.
pub(super) fn trace(http: &Http, query: &Query) -> Told {
    let asked = Asked::read(query, PAGE_EVENTS_MAX)?;
    let is_page = query.has_any(PAGED);
    let is_tree = asked.cause.is_some();
    let Asked { cause, service, resource, since, until, limit, after } = asked;
    let wanted = Wanted { cause, service, resource, since, until };
    let max = if is_page { limit } else { usize::MAX };
    // The World waits meanwhile: what takes longer comes after it.
    let found = http.engine.with_world(|world| {
        let trace = world.trace();
        let page = trace.page(&wanted, after.map(CauseId), max)?;
        let own = |(depth, event): (usize, &Event)| (depth, event.clone(), trace.is_orphan(event));
        Ok((page.events.into_iter().map(own).collect::<Vec<_>>(), page.next))
    });
    let (events, next) = found.map_err(|UnknownToken| NO_TOKEN)?;
    let events = events.into_iter().map(|(depth, event, is_orphan)| {
        let mut shown = json!(event);
        if is_orphan {
            // It has a name, and is not there any more to be asked for.
            shown["parent_is_forgotten"] = true.into();
        }
        if is_tree { json!({ "depth": depth, "event": shown }) } else { shown }
    });
    let events: Value = events.collect();
    Ok(match is_page {
        false => answer(StatusCode::OK, &events),
        true => answer(
            StatusCode::OK,
            &json!({ "events": events, "next_token": token(next.map(|it| it.0)) }),
        ),
    })
}

/// `GET /_cloudless/logs`: the functions that logged something. Where anything is asked for, a page of
/// lines of all of them: `{"lines", "next_token"}`.
pub(super) fn logs(http: &Http, query: &Query) -> Told {
    let logged: BTreeSet<FunctionArn> =
        http.engine.with_world(|world| world.logged_functions().into_iter().cloned().collect());
    if !query.has_any(PAGED) && query.get("cause").is_none() {
        let functions: Vec<String> = logged.iter().map(ToString::to_string).collect();
        return Ok(answer(
            StatusCode::OK,
            &json!({ "functions": functions, "lines": "GET /_cloudless/logs/{name or ARN}" }),
        ));
    }
    let of = query.get("resource").map(|resource| {
        let arn = function(resource).filter(|_| resource.starts_with("arn:"));
        let is_it = |it: &FunctionArn| match &arn {
            Some(arn) => *it == arn.unqualified(),
            None => it.name.as_str() == resource,
        };
        logged.into_iter().filter(is_it).collect()
    });
    page(http, query, of)
}

/// `GET /_cloudless/logs/{name}`: the last lines of a function, as texts. Where anything is asked for, a
/// page of them, each with its moment and its cause.
pub(super) fn logs_of(http: &Http, function: &FunctionArn, query: &Query) -> Told {
    if query.has_any(PAGED) || query.get("cause").is_some() {
        return page(http, query, Some(BTreeSet::from([function.clone()])));
    }
    let lines = http.engine.with_world(|world| world.last_function_lines(function, LINES_MAX));
    Ok(answer(StatusCode::OK, &json!({ "function": function.to_string(), "lines": lines })))
}

fn page(http: &Http, query: &Query, functions: Option<BTreeSet<FunctionArn>>) -> Told {
    let Asked { cause, service, since, until, limit, after, .. } =
        Asked::read(query, PAGE_LINES_MAX)?;
    let causes = cause.map(|cause| {
        let tree = |world: &cloudless_core::World| {
            let tree = world.trace().tree(cause);
            tree.into_iter().map(|(_, event)| event.id).chain([cause]).collect()
        };
        http.engine.with_world(tree)
    });
    // Nothing but functions logs.
    let functions = match service.as_deref() {
        None | Some("lambda") => functions,
        Some(_) => Some(BTreeSet::new()),
    };
    let wanted = WantedLines { functions, causes, since, until, after };
    // The World waits meanwhile: one more than is wanted says that there are more.
    let found = http.engine.with_world(|world| {
        let lines = world.function_lines(&wanted).take(limit + 1);
        let told = lines.map(|line| {
            let told = json!({
                "function": line.function.to_string(),
                "number": line.number.to_string(),
                "at": line.at,
                "cause": line.cause,
                "line": line.line,
            });
            (line.number, told)
        });
        told.collect::<Vec<_>>()
    });
    let next = (found.len() > limit).then(|| found[limit - 1].0);
    let lines: Value = found.into_iter().take(limit).map(|(_, line)| line).collect();
    Ok(answer(StatusCode::OK, &json!({ "lines": lines, "next_token": token(next) })))
}

/// As a text, because nobody should count with it.
fn token(next: Option<u64>) -> Option<String> {
    next.map(|next| next.to_string())
}
