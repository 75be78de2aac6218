//! CBOR bodies: Smithy's RPC v2, which CloudWatch's SDKs speak.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudless_core::error::ApiError;
use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value};

use super::model::{Kind, Model, Operation, Shape};
use super::{json, refusal};

/// What a request and its answer say of themselves.
pub(super) const PROTOCOL: &str = "rpc-v2-cbor";
pub(super) const MEDIA_TYPE: &str = "application/cbor";

const DEPTH_MAX: usize = 64;
/// The tag of seconds since the epoch.
const EPOCH: Tag = Tag::new(1);

/// The input of an operation. An empty body is an input without members.
pub(super) fn decode(
    model: &Model,
    operation: &Operation,
    body: &Bytes,
) -> Result<Value, ApiError> {
    let Some(input) = operation.input.filter(|_| !body.is_empty()) else {
        return Ok(Value::Object(Map::new()));
    };
    json::conform(model, model.shape(input), parse(body)?)
}

/// A document in the JSON shape.
pub(super) fn parse(body: &[u8]) -> Result<Value, ApiError> {
    let mut decoder = Decoder::new(body);
    read(&mut decoder, 0).map_err(|error| {
        refusal::SERIALIZATION.says(format!("Could not parse the request body as CBOR: {error}"))
    })
}

/// Why bytes are no CBOR that can be taken.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("{0}")]
    Malformed(#[from] minicbor::decode::Error),
    #[error("it is nested deeper than {DEPTH_MAX}")]
    TooDeep,
    #[error("{0:?} is not expected")]
    Unexpected(Type),
}

/// Any value in the JSON shape: bytes are base64 text, and numbers that JSON has not are texts.
fn read(decoder: &mut Decoder<'_>, depth: usize) -> Result<Value, Unreadable> {
    if depth > DEPTH_MAX {
        return Err(Unreadable::TooDeep);
    }
    Ok(match decoder.datatype()? {
        Type::Bool => Value::Bool(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::Undefined => {
            decoder.undefined()?;
            Value::Null
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => Value::from(decoder.u64()?),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => Value::from(decoder.i64()?),
        Type::F16 => {
            let at = decoder.position();
            decoder.skip()?;
            float(half(decoder.input().get(at + 1..at + 3).unwrap_or_default()))
        }
        Type::F32 => float(f64::from(decoder.f32()?)),
        Type::F64 => float(decoder.f64()?),
        Type::Bytes | Type::BytesIndef => {
            let mut all = Vec::new();
            for part in decoder.bytes_iter()? {
                all.extend_from_slice(part?);
            }
            Value::from(BASE64_STANDARD.encode(all))
        }
        Type::String | Type::StringIndef => {
            let parts = decoder.str_iter()?;
            Value::from(parts.collect::<Result<String, _>>()?)
        }
        Type::Array | Type::ArrayIndef => {
            let mut left = decoder.array()?;
            let mut items = Vec::new();
            while more(decoder, &mut left)? {
                items.push(read(decoder, depth + 1)?);
            }
            Value::Array(items)
        }
        Type::Map | Type::MapIndef => {
            let mut left = decoder.map()?;
            let mut members = Map::new();
            while more(decoder, &mut left)? {
                let name = decoder.str_iter()?.collect::<Result<String, _>>()?;
                members.insert(name, read(decoder, depth + 1)?);
            }
            Value::Object(members)
        }
        Type::Tag => {
            decoder.tag()?;
            read(decoder, depth + 1)?
        }
        other => return Err(Unreadable::Unexpected(other)),
    })
}

/// Whether another item comes, of so many that are left, or before a break.
fn more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Unreadable> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

/// A number of 16 bits: a sign, five bits of exponent, ten of fraction.
fn half(bytes: &[u8]) -> f64 {
    let bits = bytes.iter().fold(0_u16, |bits, byte| bits << 8 | u16::from(*byte));
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

fn float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::from("NaN"),
        None if number > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

/// An output of a shape.
pub(super) fn document(model: &Model, shape: &Shape, value: &Value) -> Bytes {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, model, shape, value).into_bytes(encoder)
}

/// A map of texts: a refusal.
pub(super) fn texts(members: &[(&str, &str)]) -> Bytes {
    let mut encoder = Encoder::new(Vec::new());
    let written = (|| {
        encoder.map(members.len() as u64)?;
        for (name, text) in members {
            encoder.str(name)?.str(text)?;
        }
        Ok(())
    })();
    Written(written).into_bytes(encoder)
}

type Outcome = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// What was written into memory, which takes everything.
struct Written(Outcome);

impl Written {
    fn into_bytes(self, encoder: Encoder<Vec<u8>>) -> Bytes {
        match self.0 {
            Ok(()) => encoder.into_writer().into(),
            Err(_) => Bytes::new(),
        }
    }
}

fn write(encoder: &mut Encoder<Vec<u8>>, model: &Model, shape: &Shape, value: &Value) -> Written {
    Written(write_value(encoder, model, shape, value))
}

fn write_value(
    encoder: &mut Encoder<Vec<u8>>,
    model: &Model,
    shape: &Shape,
    value: &Value,
) -> Outcome {
    match (&shape.kind, value) {
        (Kind::Structure { .. }, Value::Object(object)) => {
            let said: Vec<_> = shape
                .body()
                .filter_map(|member| {
                    let value = object.get(member.name).filter(|value| !value.is_null())?;
                    Some((member, value))
                })
                .collect();
            encoder.map(said.len() as u64)?;
            for (member, value) in said {
                encoder.str(member.name)?;
                write_value(encoder, model, model.shape(member.shape), value)?;
            }
        }
        (Kind::Map { value: of, .. }, Value::Object(entries)) => {
            encoder.map(entries.len() as u64)?;
            for (key, value) in entries {
                encoder.str(key)?;
                write_value(encoder, model, model.shape(*of), value)?;
            }
        }
        (Kind::List { item, .. }, Value::Array(items)) => {
            encoder.array(items.len() as u64)?;
            for value in items {
                write_value(encoder, model, model.shape(*item), value)?;
            }
        }
        (Kind::Timestamp(_), Value::Number(number)) => {
            encoder.tag(EPOCH)?.f64(number.as_f64().unwrap_or_default())?;
        }
        (Kind::Double, Value::Number(number)) => {
            encoder.f64(number.as_f64().unwrap_or_default())?;
        }
        (Kind::Blob, Value::String(text)) => {
            encoder.bytes(&BASE64_STANDARD.decode(text).unwrap_or_default())?;
        }
        (_, Value::String(text)) => _ = encoder.str(text)?,
        (_, Value::Bool(flag)) => _ = encoder.bool(*flag)?,
        (_, Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => _ = encoder.u64(number)?,
            (None, Some(number)) => _ = encoder.i64(number)?,
            (None, None) => _ = encoder.f64(number.as_f64().unwrap_or_default())?,
        },
        _ => _ = encoder.null()?,
    }
    Ok(())
}
