//! The Query protocol as AWS documents it, by hand: inputs become forms, XML becomes the JSON shape.
//! It shares nothing with the emulator's own tables.

use anyhow::{Context as _, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// An input of the JSON protocol as a form.
pub fn form(operation: &str, input: &Value) -> String {
    let mut form = format!("Action={operation}&Version=2012-11-05");
    flatten(&mut form, operation, "", input);
    form
}

fn flatten(form: &mut String, operation: &str, prefix: &str, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let element = match name.as_str() {
            "AttributeNames" => "AttributeName".into(),
            "MessageAttributeNames" => "MessageAttributeName".into(),
            "MessageSystemAttributeNames" => "MessageSystemAttributeName".into(),
            "TagKeys" => "TagKey".into(),
            "AWSAccountIds" => "AWSAccountId".into(),
            "Actions" => "ActionName".into(),
            "Attributes" => "Attribute".into(),
            "MessageAttributes" => "MessageAttribute".into(),
            "MessageSystemAttributes" => "MessageSystemAttribute".into(),
            "tags" | "Tags" => "Tag".into(),
            "Entries" => format!("{operation}RequestEntry"),
            other => other.to_owned(),
        };
        let name = format!("{prefix}{element}");
        match value {
            // So do SDKs say that a list or a map is empty.
            Value::Array(items) if items.is_empty() => put(form, &name, ""),
            Value::Object(entries) if entries.is_empty() => put(form, &name, ""),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    put_or_flatten(form, operation, &format!("{name}.{}", at + 1), item);
                }
            }
            Value::Object(entries) => {
                let key = if element == "Tag" { "Key" } else { "Name" };
                for (at, (entry, value)) in entries.iter().enumerate() {
                    put(form, &format!("{name}.{}.{key}", at + 1), entry);
                    put_or_flatten(form, operation, &format!("{name}.{}.Value", at + 1), value);
                }
            }
            scalar => put_or_flatten(form, operation, &name, scalar),
        }
    }
}

fn put_or_flatten(form: &mut String, operation: &str, name: &str, value: &Value) {
    match value {
        Value::Object(_) => flatten(form, operation, &format!("{name}."), value),
        Value::String(text) => put(form, name, text),
        other => put(form, name, &other.to_string()),
    }
}

fn put(form: &mut String, name: &str, value: &str) {
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    form.push_str(&format!("&{name}={value}"));
}

/// The JSON shape of an answer: of its result, or `Code`, `Fault` and `Message` of its error.
pub fn answer(operation: &str, xml: &str) -> Result<Value> {
    let root = Element::parse(xml)?;
    if root.name == "ErrorResponse" {
        let error = root.child("Error").context("an Error")?;
        let text = |name: &str| error.child(name).map(|child| child.text.clone());
        return Ok(
            json!({"Code": text("Code"), "Fault": text("Type"), "Message": text("Message")}),
        );
    }
    anyhow::ensure!(root.name == format!("{operation}Response"), "{xml}");
    anyhow::ensure!(root.child("ResponseMetadata").is_some(), "no ResponseMetadata: {xml}");
    let result = root.child(&format!("{operation}Result"));
    Ok(result.map_or_else(|| json!({}), shape))
}

fn shape(element: &Element) -> Value {
    let mut shape = Map::new();
    for child in &element.children {
        let text = || Value::from(child.text.clone());
        let list = match (element.name.as_str(), child.name.as_str()) {
            ("ListQueuesResult", "QueueUrl") => Some(("QueueUrls", text())),
            ("ListDeadLetterSourceQueuesResult", "QueueUrl") => Some(("queueUrls", text())),
            ("ReceiveMessageResult", "Message") => Some(("Messages", shape_of(child))),
            (_, "BatchResultErrorEntry") => Some(("Failed", shape_of(child))),
            (_, "ListMessageMoveTasksResultEntry") => Some(("Results", shape_of(child))),
            (_, name) if name.ends_with("ResultEntry") => Some(("Successful", shape_of(child))),
            _ => None,
        };
        if let Some((list, item)) = list {
            let all = shape.entry(list).or_insert_with(|| json!([]));
            all.as_array_mut().into_iter().for_each(|all| all.push(item.clone()));
            continue;
        }
        let entry = match child.name.as_str() {
            "Attribute" => Some(("Attributes", "Name")),
            "MessageAttribute" => Some(("MessageAttributes", "Name")),
            "Tag" => Some(("Tags", "Key")),
            _ => None,
        };
        if let Some((map, key)) = entry {
            let name = child.child(key).map(|name| name.text.clone()).unwrap_or_default();
            let value = child.child("Value").map(shape_of).unwrap_or_default();
            shape.entry(map).or_insert_with(|| json!({}))[name] = value;
            continue;
        }
        shape.insert(child.name.clone(), shape_of(child));
    }
    Value::Object(shape)
}

fn shape_of(element: &Element) -> Value {
    let is_number = element.name.starts_with("ApproximateNumberOf")
        || ["StartedTimestamp", "MaxNumberOfMessagesPerSecond"].contains(&element.name.as_str());
    match element.text.as_str() {
        _ if !element.children.is_empty() => shape(element),
        "true" | "false" if element.name == "SenderFault" => Value::from(element.text == "true"),
        number if is_number => {
            number.parse::<u64>().map_or_else(|_| Value::from(number), Value::from)
        }
        text => Value::from(text),
    }
}

/// XML, as far as AWS writes it.
struct Element {
    name: String,
    children: Vec<Self>,
    text: String,
}

impl Element {
    fn parse(xml: &str) -> Result<Self> {
        let mut rest = xml.strip_prefix("<?xml version=\"1.0\"?>").unwrap_or(xml).trim_start();
        let root = Self::read(&mut rest)?;
        anyhow::ensure!(rest.trim().is_empty(), "more after the end: {rest}");
        Ok(root)
    }

    fn read(rest: &mut &str) -> Result<Self> {
        let tag = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (tag, after) = tag.with_context(|| format!("no element: {rest}"))?;
        *rest = after;
        let name = tag.split([' ', '/']).next().unwrap_or_default().to_owned();
        let mut element = Self { name, children: Vec::new(), text: String::new() };
        if tag.ends_with('/') {
            return Ok(element);
        }
        loop {
            let (text, after) = rest.split_at(rest.find('<').context("an end")?);
            // A parser makes one newline of a carriage return and what follows it.
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            element.text.push_str(&unescape(&text)?);
            let end = format!("</{}>", element.name);
            if let Some(after) = after.strip_prefix(&*end) {
                *rest = after;
                return Ok(element);
            }
            *rest = after;
            element.children.push(Self::read(rest)?);
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn unescape(text: &str) -> Result<String> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').with_context(|| format!("a bare &: {text}"))?;
        let numbered = name.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
        let numbered = numbered.or_else(|| name.strip_prefix('#').map(str::parse));
        plain.push(match (name, numbered) {
            (_, Some(number)) => char::from_u32(number?).context("no such character")?,
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            _ => bail!("no such entity: {name}"),
        });
        plain.push_str(after);
    }
    Ok(plain)
}
