//! A row: an event with what is found in it, and what was computed besides.

use std::cell::OnceCell;

use serde_json::Value as Json;

use super::value::Value;
use crate::limits::QUERY_FIELDS_MAX;

/// Where a row comes from.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) at_ms: u64,
    pub(super) ingested_ms: u64,
    pub(super) message: &'a str,
    pub(super) stream: &'a str,
    /// `account:group`
    pub(super) log: &'a str,
    /// Which event it is.
    pub(super) ptr: String,
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    /// Nothing of what `stats` has made.
    source: Option<Source<'a>>,
    computed: Vec<(String, Value)>,
    json: OnceCell<Option<Json>>,
    now_ms: u64,
}

impl<'a> Row<'a> {
    pub(super) const fn of(source: Source<'a>, now_ms: u64) -> Self {
        Self { source: Some(source), computed: Vec::new(), json: OnceCell::new(), now_ms }
    }

    pub(super) const fn made(computed: Vec<(String, Value)>, now_ms: u64) -> Self {
        Self { source: None, computed, json: OnceCell::new(), now_ms }
    }

    pub(super) const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Which event it is of.
    pub(super) fn ptr(&self) -> Option<&str> {
        Some(&self.source.as_ref()?.ptr)
    }

    /// Computes a field.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.computed.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.computed.push((name.to_owned(), value)),
        }
    }

    /// The field's value, whether computed, of the event itself, or found in its message.
    pub(super) fn field(&self, name: &str) -> Value {
        if let Some((_, value)) = self.computed.iter().find(|(known, _)| known == name) {
            return value.clone();
        }
        let Some(source) = &self.source else { return Value::Nothing };
        match name {
            "@timestamp" => Value::Moment(source.at_ms),
            "@ingestionTime" => Value::Moment(source.ingested_ms),
            "@message" => Value::Text(source.message.to_owned()),
            "@logStream" => Value::Text(source.stream.to_owned()),
            "@log" => Value::Text(source.log.to_owned()),
            "@ptr" => Value::Text(source.ptr.clone()),
            _ if name.starts_with('@') => of_lambda(source.message, name),
            _ => self.json().and_then(|json| at(json, name)).map_or(Value::Nothing, Value::of_json),
        }
    }

    fn json(&self) -> Option<&Json> {
        let source = self.source.as_ref()?;
        let read = || {
            // Something may stand before the document.
            let start = source.message.find('{')?;
            let document = source.message[start..].trim_end();
            serde_json::from_str(document).ok().filter(Json::is_object)
        };
        self.json.get_or_init(read).as_ref()
    }

    /// The names of all fields that are found in the message.
    pub(super) fn discovered(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(json) = self.json() {
            flatten(json, "", &mut names);
        }
        names
    }
}

fn at<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    if let Some(value) = child(json, name) {
        return Some(value);
    }
    // A name may have points in it itself.
    name.match_indices('.')
        .find_map(|(at_point, _)| at(child(json, &name[..at_point])?, &name[at_point + 1..]))
}

fn child<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members.get(name),
        Json::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn flatten(json: &Json, path: &str, names: &mut Vec<String>) {
    let joined =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match json {
        _ if names.len() >= QUERY_FIELDS_MAX => {}
        Json::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(value, &joined(name), names));
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(at, value)| flatten(value, &joined(&at.to_string()), names));
        }
        _ => names.push(path.to_owned()),
    }
}

/// What AWS finds in the lines that Lambda writes.
fn of_lambda(message: &str, name: &str) -> Value {
    let kind = message.split_whitespace().next().unwrap_or_default();
    let is_platform = ["START", "END", "REPORT", "INIT_START"].contains(&kind);
    let label = match name {
        "@type" if is_platform => return Value::Text(kind.to_owned()),
        "@requestId" => return request_id(message),
        "@duration" => "\tDuration: ",
        "@billedDuration" => "\tBilled Duration: ",
        "@initDuration" => "\tInit Duration: ",
        "@memorySize" => "\tMemory Size: ",
        "@maxMemoryUsed" => "\tMax Memory Used: ",
        _ => return Value::Nothing,
    };
    if kind != "REPORT" {
        return Value::Nothing;
    }
    let behind = message.split_once(label).map(|(_, behind)| behind);
    let number = behind.and_then(|it| it.split_whitespace().next()?.parse::<f64>().ok());
    match number {
        // Memory is told in bytes.
        Some(number) if name.to_ascii_lowercase().contains("memory") => Value::Number(number * 1e6),
        Some(number) => Value::Number(number),
        None => Value::Nothing,
    }
}

fn request_id(message: &str) -> Value {
    let is_id = |it: &[u8]| {
        it.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        })
    };
    let found = message.as_bytes().windows(36).position(is_id);
    found.map_or(Value::Nothing, |at| Value::Text(message[at..at + 36].to_owned()))
}
