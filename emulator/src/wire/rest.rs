//! Requests whose input is spread over path, query string, headers and body: S3 and Lambda.

use std::borrow::Cow;

use bytes::Bytes;
use cloudless_core::error::ApiError;
use http::header::{self, HeaderName};
use http::request::Parts;
use serde_json::{Map, Value};

use super::model::{Kind, Location, Member, Model, Operation, Shape};
use super::route::Route;
use super::xml::Element;
use super::{Protocol, json, refusal, scalar, xml_shape};

// A name that is text would be read anew each time it is looked for.
static DECODED_CONTENT_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");

/// The input of an operation, and its blob payload where it has one.
pub(super) fn decode(
    model: &Model,
    operation: &Operation,
    route: &Route,
    parts: &Parts,
    body: &Bytes,
) -> Result<(Value, Option<Bytes>), ApiError> {
    let mut input = Map::new();
    let Some(shape) = operation.input.map(|input| model.shape(input)) else {
        return Ok((Value::Object(input), None));
    };
    let is_xml = is_xml(route);
    let carried = Carried::by(parts, route);
    for member in shape.members() {
        let value = match member.location {
            Location::Label => route
                .labels
                .iter()
                .find(|(name, _)| *name == member.wire_name)
                .map(|(_, text)| text.clone())
                .map(|text| parse(model, is_xml, member, &text))
                .transpose()?
                .flatten(),
            Location::Query => from_query(model, is_xml, route, member)?,
            Location::Header if !carried.may_have(member) => None,
            Location::Header => from_header(model, is_xml, route, parts, member)?,
            Location::Headers => from_headers(route, parts, member),
            Location::Body | Location::Payload | Location::StatusCode => None,
        };
        match value {
            Some(value) => _ = input.insert(member.name.to_owned(), value),
            None if member.required && is_xml => match member.location {
                Location::Query => {
                    return Err(refusal::INVALID_REQUEST.says(format!(
                        "Missing required parameter for this request: '{}'",
                        member.wire_name
                    )));
                }
                Location::Header if member.wire_name == "x-amz-object-attributes" => {
                    return Err(refusal::INVALID_REQUEST.says(
                        "The x-amz-object-attributes header specifying the attributes to be \
                         retrieved is either missing or empty",
                    ));
                }
                Location::Header => {
                    return Err(ApiError::from(&refusal::MISSING_SECURITY_HEADER)
                        .with("MissingHeaderName", member.wire_name));
                }
                _ => {}
            },
            None => {}
        }
    }
    let payload = match shape.payload() {
        Some(_) if route.streams_body => None,
        Some(member) => from_payload(route, member, body, &mut input)
            .map_err(|refused| in_own_words(route, member.wire_name, refused))?,
        None => {
            if shape.body().next().is_some() {
                input.extend(document(route, shape, operation.input_root, body)?);
            }
            None
        }
    };
    Ok((Value::Object(input), payload))
}

fn from_query(
    model: &Model,
    is_xml: bool,
    route: &Route,
    member: &Member,
) -> Result<Option<Value>, ApiError> {
    if let Kind::List { item, .. } = &model.shape(member.shape).kind {
        let item = model.shape(*item);
        let items: Vec<Value> = route
            .query
            .all(member.wire_name)
            .filter_map(|text| scalar::from_text(item, text))
            .collect();
        return Ok((!items.is_empty()).then_some(Value::Array(items)));
    }
    route.query.get(member.wire_name).map_or(Ok(None), |text| parse(model, is_xml, member, text))
}

fn from_header(
    model: &Model,
    is_xml: bool,
    route: &Route,
    parts: &Parts,
    member: &Member,
) -> Result<Option<Value>, ApiError> {
    let Some(name) = &member.header else { return Ok(None) };
    // SDKs frame a body as it goes (`aws-chunked`); what the core hears of is the body inside.
    let text = match name.as_str() {
        "content-length" => joined(parts, &DECODED_CONTENT_LENGTH).or_else(|| joined(parts, name)),
        "content-encoding" => {
            joined_bytes(parts, name).and_then(|encoding| without_framing(&encoding))
        }
        text if is_xml && is_kept_as_it_came(text) => joined_bytes(parts, name),
        text => {
            joined(parts, name).or_else(|| route.query.in_place_of_header(text).map(str::to_owned))
        }
    };
    let Some(text) = text else { return Ok(None) };
    if let Kind::List { item, .. } = &model.shape(member.shape).kind {
        let item = model.shape(*item);
        let items =
            text.split(',').filter_map(|text| scalar::from_text(item, text.trim())).collect();
        return Ok(Some(Value::Array(items)));
    }
    parse(model, is_xml, member, &text)
}

/// `x-amz-meta-…`: a map by what follows the prefix, in lower case as S3 keeps it.
fn from_headers(route: &Route, parts: &Parts, member: &Member) -> Option<Value> {
    let mut map = Map::new();
    for name in parts.headers.keys() {
        if let Some(rest) = name.as_str().strip_prefix(member.wire_name) {
            let values = parts.headers.get_all(name).iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
            let value = values.map(Cow::into_owned).reduce(|all, next| all + "," + &next);
            map.insert(rest.to_owned(), Value::from(value));
        }
    }
    for (name, value) in route.query.pairs() {
        if let Some(rest) = name.to_ascii_lowercase().strip_prefix(member.wire_name) {
            map.entry(rest).or_insert_with(|| Value::from(value));
        }
    }
    (!map.is_empty()).then_some(Value::Object(map))
}

/// Which headers a request may carry, a bit for each name. An operation knows many more than a request has: of
/// most it is seen here that they are not there, without looking for each.
struct Carried(u64);

impl Carried {
    fn by(parts: &Parts, route: &Route) -> Self {
        let headers = parts.headers.keys().map(HeaderName::as_str);
        let names = headers.chain(route.query.pairs().map(|(name, _)| name));
        Self(names.fold(0, |all, name| all | Self::bit(name)))
    }

    /// False where the request has no header of that name for sure.
    fn may_have(&self, member: &Member) -> bool {
        let has = |name: &HeaderName| self.0 & Self::bit(name.as_str()) != 0;
        member.header.as_ref().is_some_and(|name| {
            has(name) || *name == header::CONTENT_LENGTH && has(&DECODED_CONTENT_LENGTH)
        })
    }

    /// Of a name in any case.
    fn bit(name: &str) -> u64 {
        let last = name.bytes().next_back().unwrap_or_default().to_ascii_lowercase();
        1 << ((name.len() * 7 + usize::from(last)) % 64)
    }
}

/// A header as text, several of a name joined by commas.
fn joined(parts: &Parts, name: &HeaderName) -> Option<String> {
    let values = parts.headers.get_all(name).iter().map(|value| text(value.as_bytes()));
    values.reduce(|all, next| all + "," + &next)
}

/// Whether S3 keeps a header's bytes and gives them back: what they mean is for its clients to know.
fn is_kept_as_it_came(name: &str) -> bool {
    !name.starts_with("x-amz-") || name == "x-amz-website-redirect-location"
}

/// A header, one character a byte: what [`encode`](super::encode) makes the same bytes of.
fn joined_bytes(parts: &Parts, name: &HeaderName) -> Option<String> {
    let latin_1 = |value: &[u8]| value.iter().map(|byte| char::from(*byte)).collect();
    let values = parts.headers.get_all(name).iter();
    // ASCII, as nearly all are, is the same in both.
    let values = values
        .map(|value| value.to_str().map_or_else(|_| latin_1(value.as_bytes()), str::to_owned));
    values.reduce(|all, next| all + "," + &next)
}

/// A content encoding without `aws-chunked`, which S3 does not keep.
fn without_framing(encoding: &str) -> Option<String> {
    let is_framing = |coding: &&str| coding.trim().eq_ignore_ascii_case("aws-chunked");
    if !encoding.split(',').any(|coding| is_framing(&coding)) {
        return Some(encoding.to_owned());
    }
    let kept: Vec<_> =
        encoding.split(',').filter(|coding| !is_framing(coding)).map(str::trim).collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// A header's value as text: UTF-8, or Latin 1 where it is not.
fn text(value: &[u8]) -> String {
    std::str::from_utf8(value)
        .map_or_else(|_| value.iter().map(|byte| char::from(*byte)).collect(), str::to_owned)
}

/// A value from the head of a request. Empty is as good as absent for anything but text.
pub(super) fn parse(
    model: &Model,
    is_xml: bool,
    member: &Member,
    text: &str,
) -> Result<Option<Value>, ApiError> {
    let shape = model.shape(member.shape);
    if text.is_empty() && !matches!(shape.kind, Kind::String) {
        return Ok(None);
    }
    let name = member.wire_name;
    if is_xml && name == "fetch-owner" {
        // Of this one S3 reads nothing but the one word.
        return Ok(Some(Value::Bool(text == "true")));
    }
    if let Some(value) = scalar::from_text(shape, text) {
        return Ok(Some(value));
    }
    let message = match &shape.kind {
        // RFC 9110: a condition whose date cannot be read is no condition.
        Kind::Timestamp(_) if name.to_ascii_lowercase().contains("if-") => return Ok(None),
        kind if !is_xml => {
            let wanted = match kind {
                Kind::Boolean => "a Boolean",
                Kind::Integer => "an Integer",
                Kind::Long => "a Long",
                _ => "a Timestamp",
            };
            return Err(refusal::SERIALIZATION
                .says(format!("STRING_VALUE can not be converted to {wanted}")));
        }
        _ if name == "partNumber" => {
            "Part number must be an integer between 1 and 10000, inclusive".to_owned()
        }
        _ if name == "x-amz-object-lock-retain-until-date" => {
            "The retain until date must be provided in ISO 8601 format".to_owned()
        }
        _ if name == "x-amz-mp-object-size" => {
            let message = format!("Value for {name} header is invalid: '{text}'");
            return Err(refusal::INVALID_REQUEST.says(message));
        }
        Kind::Integer | Kind::Long => {
            format!("Provided {name} not an integer or within integer range")
        }
        _ => format!("Invalid value for {name}"),
    };
    Err(refusal::INVALID_ARGUMENT
        .says(message)
        .with("ArgumentName", name)
        .with("ArgumentValue", text))
}

fn from_payload(
    route: &Route,
    member: &Member,
    body: &Bytes,
    input: &mut Map<String, Value>,
) -> Result<Option<Bytes>, ApiError> {
    let is_xml = is_xml(route);
    let shape = Model::of(route.envelope.service).shape(member.shape);
    match &shape.kind {
        Kind::Blob => return Ok(Some(body.clone())),
        Kind::String if body.is_empty() && !member.required => {}
        Kind::String => {
            let text =
                std::str::from_utf8(body).map_err(|_| ApiError::from(&refusal::MALFORMED_XML))?;
            input.insert(member.name.to_owned(), Value::from(text));
        }
        _ if body.iter().all(u8::is_ascii_whitespace) => {
            // Of these two S3 says it otherwise.
            if is_xml && matches!(member.wire_name, "Retention" | "LegalHold") {
                return Err(ApiError::from(&refusal::MALFORMED_XML));
            }
            if member.required && is_xml {
                return Err(ApiError::from(&refusal::MISSING_REQUEST_BODY));
            }
        }
        _ => {
            let document = document(route, shape, member.wire_name, body)?;
            input.insert(member.name.to_owned(), Value::Object(document));
        }
    }
    if is_xml && member.required && !input.contains_key(member.name) {
        return Err(ApiError::from(&refusal::MISSING_REQUEST_BODY));
    }
    Ok(None)
}

fn is_xml(route: &Route) -> bool {
    route.envelope.protocol == Protocol::RestXml
}

/// What a service says itself of a document that is none.
fn in_own_words(route: &Route, root: &str, refused: ApiError) -> ApiError {
    let mut own = route.envelope.descriptor().bodies.malformed.iter();
    match own.find(|(name, _)| *name == root && refused.code() == refusal::MALFORMED_XML.code) {
        Some((_, row)) => (*row).into(),
        None => refused,
    }
}

/// A body that is a structure.
fn document(
    route: &Route,
    shape: &Shape,
    root: &str,
    body: &Bytes,
) -> Result<Map<String, Value>, ApiError> {
    let model = Model::of(route.envelope.service);
    let value = if is_xml(route) {
        let is_strict = route.envelope.descriptor().bodies.strict.contains(&root);
        let fits = |element: &Element| {
            element.name == root && (!is_strict || xml_shape::has_no_more(model, shape, element))
        };
        let element = Element::parse(body).ok().filter(fits);
        element
            .and_then(|element| xml_shape::read(model, shape, &element).ok())
            .ok_or(&refusal::MALFORMED_XML)?
    } else {
        json::conform(model, shape, json::parse(body)?)?
    };
    Ok(match value {
        Value::Object(object) => object,
        _ => Map::new(),
    })
}
