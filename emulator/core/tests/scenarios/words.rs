//! A command's words, and the requests that are made of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{function_arn, policy_for_s3, queue_arn};

/// A command's words: `name=value` apart from the others.
pub struct Words {
    pub plain: Vec<String>,
    pub named: BTreeMap<String, String>,
}

impl Words {
    /// Quoted with `"` or `'`, a word may have blanks.
    pub fn of(line: &str) -> Self {
        let mut words = vec![String::new()];
        let mut quote = None;
        for character in line.trim().chars() {
            match (quote, character) {
                (None, ' ') => words.push(String::new()),
                (None, '"' | '\'') if words.last().is_some_and(String::is_empty) => {
                    quote = Some(character);
                }
                (Some(open), close) if open == close => quote = None,
                _ => words.last_mut().unwrap().push(character),
            }
        }
        assert!(quote.is_none(), "a quote is not closed: {line}");
        let (mut plain, mut named) = (Vec::new(), BTreeMap::new());
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            match word.split_once('=') {
                Some((name, value)) if !word.starts_with(['{', '[']) => {
                    named.insert(name.to_owned(), value.to_owned());
                }
                _ => plain.push(word),
            }
        }
        Self { plain, named }
    }

    pub fn at(&self, position: usize) -> &str {
        self.plain.get(position).unwrap_or_else(|| panic!("a word is missing: {:?}", self.plain))
    }

    pub fn has(&self, word: &str) -> bool {
        self.plain.iter().any(|plain| plain == word)
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.named.remove(name)
    }

    pub fn seconds(&mut self, name: &str) -> Option<u64> {
        self.take(name).map(|text| duration(&text).as_secs())
    }
}

pub fn duration(text: &str) -> Duration {
    let (number, unit) = text.trim().split_at(text.trim().len() - 1);
    let unit_s = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => panic!("a duration ends with s, m or h: {text}"),
    };
    Duration::from_secs(number.parse::<u64>().unwrap() * unit_s)
}

pub fn attributes(words: &mut Words) -> Value {
    let mut attributes = json!({});
    if let Some(queue) = words.take("dead-letter") {
        let count = words.take("max-receive-count").unwrap();
        let policy = json!({ "deadLetterTargetArn": queue_arn(&queue), "maxReceiveCount": count });
        attributes["RedrivePolicy"] = policy.to_string().into();
    }
    if words.has("allow-s3") {
        attributes["Policy"] = policy_for_s3().into();
    }
    for (name, value) in std::mem::take(&mut words.named) {
        attributes[name] = value.into();
    }
    attributes
}

pub fn notify(words: &mut Words) -> Value {
    let rule = |name: &str, value: Option<String>| {
        value.map(|value| json!({ "Name": name, "Value": value }))
    };
    let rules: Vec<Value> = rule("prefix", words.take("prefix"))
        .into_iter()
        .chain(rule("suffix", words.take("suffix")))
        .collect();
    let event = words.take("event").unwrap_or_else(|| "s3:ObjectCreated:*".into());
    let filter = json!({ "Key": { "FilterRules": rules } });
    let configuration = match words.at(1).split_once(':').unwrap() {
        ("function", name) => json!({ "LambdaFunctionConfigurations": [{
            "LambdaFunctionArn": function_arn(name), "Events": [event], "Filter": filter }] }),
        (_, name) => json!({ "QueueConfigurations": [{
            "QueueArn": queue_arn(name), "Events": [event], "Filter": filter }] }),
    };
    json!({ "Bucket": words.at(0), "NotificationConfiguration": configuration })
}

pub fn map(words: &mut Words) -> Value {
    let mut input = json!({
        "EventSourceArn": match words.at(0) {
            arn if arn.starts_with("arn:") => arn.to_owned(),
            name => queue_arn(name),
        },
        "FunctionName": words.at(1),
        "Enabled": !words.has("disabled"),
    });
    if let Some(batch) = words.take("batch") {
        input["BatchSize"] = batch.parse::<u64>().unwrap().into();
    }
    if let Some(window) = words.seconds("window") {
        input["MaximumBatchingWindowInSeconds"] = window.into();
    }
    if let Some(concurrency) = words.take("concurrency") {
        let concurrency: u64 = concurrency.parse().unwrap();
        input["ScalingConfig"] = json!({ "MaximumConcurrency": concurrency });
    }
    if let Some(pattern) = words.take("filter") {
        input["FilterCriteria"] = json!({ "Filters": [{ "Pattern": pattern }] });
    }
    if words.has("partial") {
        input["FunctionResponseTypes"] = json!(["ReportBatchItemFailures"]);
    }
    input
}
