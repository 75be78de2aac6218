//! What a queue answers does not depend on the protocol that asks: two emulators of the same seed hear
//! the same calls, one in JSON 1.0, the other in the Query protocol.

mod calls;
mod query;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use cloudless::Emulator;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::at_noon;
use crate::raw::request;
use calls::{HANDLE, Step, TASK, beginnings, steps};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_and_query_answer_the_same(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(compare(steps)).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    }
}

async fn compare(steps: Vec<Step>) -> Result<()> {
    let (by_json, by_query) = (at_noon().await?, at_noon().await?);
    let mut handles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut task = String::from("none yet");
    for step in beginnings().chain(steps) {
        let (operation, mut input) = match step {
            Step::Call { operation, input } => (operation, input),
            Step::Advance { s } => {
                by_json.advance(Duration::from_secs(s)).await?;
                by_query.advance(Duration::from_secs(s)).await?;
                continue;
            }
        };
        let queue = input["QueueUrl"].clone();
        fill_in(&mut input, handles.entry(queue.to_string()).or_default(), &task);
        let told = || format!("{operation} {input:#}");
        let json = ask_by_json(&by_json, operation, &input).await.with_context(told)?;
        let query = ask_by_query(&by_query, operation, &input).await.with_context(told)?;
        anyhow::ensure!(json == query, "{}\nJSON: {json:#?}\nQuery: {query:#?}", told());
        let messages = json.1["Messages"].as_array().into_iter().flatten();
        let handles = handles.entry(queue.to_string()).or_default();
        handles.extend(messages.filter_map(|it| Some(it["ReceiptHandle"].as_str()?.to_owned())));
        if let Some(handle) = json.1["TaskHandle"].as_str() {
            task = handle.into();
        }
    }
    anyhow::ensure!(by_json.engine().records() == by_query.engine().records(), "what is stored");
    by_json.stop().await;
    by_query.stop().await;
    Ok(())
}

/// Puts handles that were given in the place of the words that stand for them.
fn fill_in(value: &mut Value, handles: &[String], task: &str) {
    match value {
        Value::String(text) if text == TASK => *text = task.into(),
        Value::String(text) => {
            let ago = text.strip_prefix(HANDLE).and_then(|ago| ago.parse::<usize>().ok());
            if let Some(ago) = ago {
                let given = handles.iter().rev().take(ago + 1).next_back();
                *text = given.cloned().unwrap_or_else(|| "none".into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, handles, task)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| fill_in(member, handles, task));
        }
        _ => {}
    }
}

/// Status and answer; of an error its code in the Query protocol, who is to blame, and what it says.
async fn ask_by_json(emulator: &Emulator, operation: &str, input: &Value) -> Result<(u16, Value)> {
    let ask = request("POST /").header("Host", "localhost:4566");
    let answer = ask.sqs(operation, &input.to_string()).send(emulator).await?;
    let body: Value = match answer.body.as_slice() {
        b"" => json!({}),
        body => serde_json::from_slice(body)?,
    };
    let Some(message) = body.get("__type").map(|_| &body["message"]) else {
        return Ok((answer.status, present(body)));
    };
    let error = answer.header("x-amzn-query-error").context("x-amzn-query-error")?;
    let (code, fault) = error.split_once(';').context("a fault")?;
    let error = json!({"Code": code, "Fault": fault, "Message": message});
    Ok((answer.status, error))
}

async fn ask_by_query(emulator: &Emulator, operation: &str, input: &Value) -> Result<(u16, Value)> {
    let ask = request("POST /").header("Host", "localhost:4566");
    let answer = ask.form(&query::form(operation, input)).send(emulator).await?;
    let mut shape = query::answer(operation, std::str::from_utf8(&answer.body)?)?;
    // The one text in which the protocols differ at AWS.
    if let Some(Value::String(message)) = shape.get_mut("Message") {
        *message = message.replace(" for this wsdl version.", ".");
    }
    Ok((answer.status, present(shape)))
}

/// Without lists and maps that are empty: XML has no way to say that they are there.
fn present(mut answer: Value) -> Value {
    let empty = |value: &Value| {
        value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty)
    };
    if let Some(members) = answer.as_object_mut() {
        members.retain(|_, value| !empty(value));
    }
    answer
}
