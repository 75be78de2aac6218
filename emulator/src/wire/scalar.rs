//! Single values as text, as headers, query strings, XML and forms carry them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudless_core::number;
use serde_json::{Number, Value};

use super::model::{Kind, Shape};
use super::timestamp::{self, Format};

/// Numbers that are none to JSON: its shape has them as texts.
pub(super) const NOT_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// Reads a single value of a shape from text; none where the text is no such value.
pub(super) fn from_text(shape: &Shape, text: &str) -> Option<Value> {
    match &shape.kind {
        Kind::String => Some(Value::from(text)),
        Kind::Blob => is_base64(text).then(|| Value::from(text)),
        Kind::Boolean => match text.trim() {
            truth if truth.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
            falsehood if falsehood.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::Integer => i32::try_from(number::signed_decimal(text)?).ok().map(Value::from),
        Kind::Long => number::signed_decimal(text).map(Value::from),
        Kind::Double if NOT_FINITE.contains(&text) => Some(Value::from(text)),
        Kind::Double => Number::from_f64(text.trim().parse().ok()?).map(Value::Number),
        Kind::Timestamp(_) => timestamp::parse(text),
        Kind::Structure { .. } | Kind::List { .. } | Kind::Map { .. } => None,
    }
}

/// Writes a single value as text, a time in the shape's own form or else in the place's usual one.
pub(super) fn to_text<'a>(shape: &Shape, value: &'a Value, usual: Format) -> Option<Cow<'a, str>> {
    match (&shape.kind, value) {
        (Kind::Timestamp(own), _) => timestamp::write(value, own.unwrap_or(usual)).map(Cow::Owned),
        (_, Value::String(text)) => Some(text.into()),
        (_, Value::Number(number)) => Some(number.to_string().into()),
        (_, Value::Bool(true)) => Some("true".into()),
        (_, Value::Bool(false)) => Some("false".into()),
        _ => None,
    }
}

pub(super) fn is_base64(text: &str) -> bool {
    BASE64_STANDARD.decode(text).is_ok()
}
