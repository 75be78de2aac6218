//! JSON bodies against the tables: types are checked, unknown members dropped.

use bytes::Bytes;
use cloudless_core::error::ApiError;
use serde_json::{Map, Value};

use super::model::{Kind, Model, Operation, Shape};
use super::{refusal, scalar, timestamp};

/// The input of an operation whose whole body is its input.
pub(super) fn decode(
    model: &Model,
    operation: &Operation,
    body: &Bytes,
) -> Result<Value, ApiError> {
    let object = parse(body)?;
    match operation.input {
        Some(input) => conform(model, model.shape(input), object),
        None => Ok(Value::Object(Map::new())),
    }
}

/// Parses a document; an empty one is an object without members.
pub(super) fn parse(body: &[u8]) -> Result<Value, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    // serde_json itself stops at 128 levels.
    serde_json::from_slice(body).map_err(|error| {
        refusal::SERIALIZATION.says(format!("Could not parse the request body as JSON: {error}"))
    })
}

/// The value as the shape has it, or AWS's complaint about its type. Null is as good as absent.
pub(super) fn conform(model: &Model, shape: &Shape, value: Value) -> Result<Value, ApiError> {
    match (&shape.kind, value) {
        (Kind::Structure { .. }, Value::Object(mut object)) => {
            let mut members = Map::with_capacity(object.len());
            for member in shape.body() {
                if let Some(value) =
                    object.swap_remove(member.name).filter(|value| !value.is_null())
                {
                    members.insert(
                        member.name.to_owned(),
                        conform(model, model.shape(member.shape), value)?,
                    );
                }
            }
            Ok(Value::Object(members))
        }
        (Kind::Map { value: of, .. }, Value::Object(object)) => {
            let of = model.shape(*of);
            let entries = object.into_iter().filter(|(_, value)| !value.is_null());
            entries
                .map(|(key, value)| Ok((key, conform(model, of, value)?)))
                .collect::<Result<_, ApiError>>()
                .map(Value::Object)
        }
        (Kind::List { item, .. }, Value::Array(items)) => {
            let item = model.shape(*item);
            let items = items.into_iter().filter(|value| !value.is_null());
            items
                .map(|value| conform(model, item, value))
                .collect::<Result<_, ApiError>>()
                .map(Value::Array)
        }
        (Kind::String, value @ Value::String(_)) | (Kind::Boolean, value @ Value::Bool(_)) => {
            Ok(value)
        }
        (Kind::Blob, Value::String(text)) if scalar::is_base64(&text) => Ok(Value::String(text)),
        (Kind::Blob, Value::String(_)) => Err(complaint("Illegal base64 character")),
        (Kind::Integer, Value::Number(number))
            if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) =>
        {
            Ok(Value::Number(number))
        }
        (Kind::Long, Value::Number(number)) if number.is_i64() => Ok(Value::Number(number)),
        (Kind::Double, value @ Value::Number(_)) => Ok(value),
        // What JSON has no numbers for.
        (Kind::Double, Value::String(text)) if scalar::NOT_FINITE.contains(&&*text) => {
            Ok(Value::String(text))
        }
        (Kind::Timestamp(_), Value::Number(number)) => number
            .as_f64()
            .and_then(timestamp::canonical)
            .ok_or_else(|| complaint("NUMBER_VALUE can not be converted to a Timestamp")),
        (Kind::Timestamp(_), Value::String(text)) => timestamp::parse(&text)
            .ok_or_else(|| complaint("STRING_VALUE can not be converted to a Timestamp")),
        (kind, value) => Err(mismatch(kind, &value)),
    }
}

fn mismatch(wanted: &Kind, given: &Value) -> ApiError {
    let wanted = match wanted {
        Kind::List { .. } => return complaint("Expected list or null"),
        Kind::Map { .. } | Kind::Structure { .. } => return complaint("Expected map or null"),
        Kind::String => "a String",
        Kind::Blob => "a Blob",
        Kind::Boolean => "a Boolean",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Double => "a Double",
        Kind::Timestamp(_) => "a Timestamp",
    };
    let given = match given {
        Value::Object(_) => {
            return complaint("Start of structure or map found where not expected.");
        }
        Value::Array(_) => return complaint("Start of list found where not expected"),
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Null => "NULL_VALUE",
    };
    refusal::SERIALIZATION.says(format!("{given} can not be converted to {wanted}"))
}

fn complaint(message: &'static str) -> ApiError {
    refusal::SERIALIZATION.says(message)
}
