//! `GET /_cloudless/metrics`: what CloudWatch is told, as Prometheus reads it.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
//!
//! Names are in snake case, as exporters of CloudWatch write them. What CloudWatch counts by the minute is counted
//! here since the emulator began (`_total`; `_sum` and `_count` where each thing has a value of its own), and what
//! there is at a moment is of now: whoever reads it makes the rates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::Bytes;
use cloudless_core::Total;
use cloudless_core::cloudwatch::MetricKey;
use cloudless_core::fact::Meaning;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{Told, answer};
use crate::control::query::Query;
use crate::http::{Http, ResponseBody};

/// What can be asked for.
pub(super) const PARAMETERS: &[super::Parameter] =
    &[super::parameter("format", "json: queues alone, by their ARNs; else as Prometheus reads it")];

/// All metrics, or those of queues in JSON where that is asked for.
pub(super) fn respond(http: &Http, parts: &http::request::Parts, query: &Query) -> Told {
    let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let wants_json =
        accepted.is_some_and(|it| it.contains("application/json") && !it.contains("text/"));
    let now = http.engine.clock().now();
    match query.get("format") {
        Some("json") => {}
        None if wants_json => {}
        None | Some("text") => {
            let measured = http.engine.with_world(|world| world.measured(now));
            return Ok(plain(text(&measured)));
        }
        Some(_) => return Err("format is json or text".into()),
    }
    let queues: Value = http.engine.with_world(|world| {
        let metrics = world.queue_metrics(now);
        metrics.map(|(queue, metrics)| (queue.to_string(), json!(metrics))).collect()
    });
    Ok(answer(StatusCode::OK, &json!({ "AWS/SQS": queues })))
}

fn plain(text: String) -> Response<ResponseBody> {
    let mut response = Response::new(crate::http::full(Bytes::from(text)));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A family: what goes by one name.
struct Family<'a> {
    meaning: Meaning,
    help: String,
    series: Vec<(String, &'a Total)>,
}

fn text(measured: &BTreeMap<MetricKey, Total>) -> String {
    let mut families: BTreeMap<String, Family<'_>> = BTreeMap::new();
    for (key, total) in measured {
        let mut name = format!("{}_{}", snake(&key.namespace), snake(&key.name));
        if total.meaning == Meaning::Count {
            name.push_str("_total");
        }
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            name.insert(0, '_');
        }
        // What users call their metrics may come to the same name and be of another kind.
        if families.get(&name).is_some_and(|family| family.meaning != total.meaning) {
            name.push_str("_of_another_kind");
        }
        let family = families.entry(name).or_insert_with(|| Family {
            meaning: total.meaning,
            help: format!("{} of {}, in {}.", key.name, key.namespace, total.unit.as_str()),
            series: Vec::new(),
        });
        family.series.push((labels(key), total));
    }
    let mut text = String::new();
    for (name, family) in families {
        let (kind, help) = (kind(family.meaning), escaped(&family.help));
        let _infallible = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, total) in family.series {
            let (sum, count) = (total.sum, total.count);
            let _infallible = match family.meaning {
                Meaning::Level | Meaning::Count => writeln!(text, "{name}{{{labels}}} {sum}"),
                Meaning::Each => {
                    writeln!(text, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}")
                }
            };
        }
    }
    text
}

const fn kind(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Level => "gauge",
        Meaning::Count => "counter",
        Meaning::Each => "summary",
    }
}

/// Account, region and dimensions. No name is there twice.
fn labels(key: &MetricKey) -> String {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let place = [("account_id", key.account.as_str()), ("region", key.region.as_str())];
    let dimensions = key.dimensions.iter().map(|(name, value)| (&**name, &**value));
    let labels = place.into_iter().chain(dimensions).map(|(name, value)| {
        let mut name = snake(name);
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            name.insert(0, '_');
        }
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        format!("{name}=\"{}\"", escaped(value))
    });
    labels.collect::<Vec<_>>().join(",")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// `ApproximateNumberOfMessagesVisible` → `approximate_number_of_messages_visible`
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let characters: Vec<char> = name.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let next = characters.get(at + 1);
                let ends_shout =
                    before.is_ascii_uppercase() && next.is_some_and(char::is_ascii_lowercase);
                before.is_ascii_lowercase() || before.is_ascii_digit() || ends_shout
            });
        if begins {
            snake.push('_');
        }
        snake.push(match character.is_ascii_alphanumeric() {
            true => character.to_ascii_lowercase(),
            false => '_',
        });
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_are_written_as_exporters_write_them() {
        let names = [
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "4xxErrors",
            "EventSourceMappingUUID",
            "EMFValidationErrors",
            "Köln trip-2",
        ];
        insta::assert_snapshot!(names.map(snake).join(" "), @"aws_sqs approximate_number_of_messages_visible 4xx_errors event_source_mapping_uuid emf_validation_errors k_ln_trip_2");
    }
}
