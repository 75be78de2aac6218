//! `PostObject`: the fields of a form as the input of a put, and the document that answers it.

use bytes::Bytes;
use cloudless_core::error::ApiError;
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::model::{Kind, Location, Model, Operation};
use super::xml::{self, Element};
use super::{Call, Route, refusal, rest};

/// All but what a URL holds as it is: a key's slashes, too, are written in hexadecimal digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The put that a form asks for. `field` gives what a field says, by its name in lower case; `metadata`
/// are the fields that begin with `x-amz-meta-`, without that.
///
/// # Errors
/// As a put whose headers say so.
pub fn decode_form<'a>(
    route: &Route,
    key: &str,
    field: impl Fn(&str) -> Option<&'a str>,
    metadata: Vec<(String, &str)>,
) -> Result<Call, ApiError> {
    let service = route.envelope.service;
    let model = Model::of(service);
    let mut input = Map::new();
    let members = model.operation("PutObject").and_then(|put: &Operation| put.input);
    for member in members.map(|input| model.shape(input).members()).unwrap_or_default() {
        let value = match (member.location, &member.header) {
            (Location::Label, _) => match member.wire_name {
                "Bucket" => route.bucket.clone().map(Value::from),
                _ => Some(Value::from(key)),
            },
            (Location::Headers, _) => {
                let metadata = metadata.iter().cloned();
                let map: Map<_, _> =
                    metadata.map(|(name, value)| (name, Value::from(value))).collect();
                (!map.is_empty()).then_some(Value::Object(map))
            }
            (Location::Header, Some(name)) => match name.as_str() {
                "content-length" => None,
                // Forms have no conditions.
                name if name.starts_with("if-") => None,
                "x-amz-tagging" => field("tagging").map(tagging).transpose()?.map(Value::from),
                name => {
                    let said = match name {
                        "x-amz-acl" => field("acl").or_else(|| field(name)),
                        name => field(name),
                    };
                    let is_text = matches!(model.shape(member.shape).kind, Kind::String);
                    let text = said.map(|text| match name.starts_with("x-amz-") || !is_text {
                        true => text.to_owned(),
                        false => latin_1(text),
                    });
                    text.map(|text| rest::parse(model, true, member, &text)).transpose()?.flatten()
                }
            },
            _ => None,
        };
        if let Some(value) = value {
            input.insert(member.name.to_owned(), value);
        }
    }
    Ok(Call {
        envelope: route.envelope,
        operation: route.envelope.operation().unwrap_or_default(),
        input: Value::Object(input),
        payload: None,
    })
}

/// What headers cannot carry becomes a space, as S3 has it.
fn latin_1(text: &str) -> String {
    text.chars().map(|it| if u32::from(it) < 0x100 { it } else { ' ' }).collect()
}

/// Tags in a document as a header has them.
fn tagging(document: &str) -> Result<String, ApiError> {
    let malformed = || ApiError::from(&refusal::MALFORMED_XML);
    let root = Element::parse(document.as_bytes()).map_err(|_| malformed())?;
    let mut tags = url::form_urlencoded::Serializer::new(String::new());
    // Another document has no tags.
    let sets = (root.name == "Tagging").then(|| root.named("TagSet")).into_iter().flatten();
    for tag in sets.flat_map(|set| set.named("Tag")) {
        let text = |name| tag.named(name).next().map(|it| it.text.as_str());
        let (key, value) = text("Key").zip(text("Value")).ok_or_else(malformed)?;
        tags.append_pair(key, value);
    }
    Ok(tags.finish())
}

/// What a form's answer says of the object.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'a> {
    /// The URL of the bucket, without a slash at its end.
    pub bucket_url: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The object's key.
    pub key: &'a str,
    /// The object's ETag, in quotes.
    pub etag: &'a str,
}

/// Makes of the answer to a put what the form asked for: a redirect, or a status.
pub fn answer_form(
    headers: &mut HeaderMap,
    posted: &Posted<'_>,
    redirect: Option<&str>,
    status: u16,
) -> (StatusCode, Bytes) {
    let encoded = |text| utf8_percent_encode(text, ENCODED).to_string();
    if let Some(mut target) = redirect.and_then(|target| url::Url::parse(target).ok()) {
        let more = format!(
            "bucket={}&key={}&etag={}",
            encoded(posted.bucket),
            encoded(posted.key),
            encoded(posted.etag)
        );
        let query = match target.query().filter(|query| !query.is_empty()) {
            Some(query) => format!("{query}&{more}"),
            None => more,
        };
        target.set_query(Some(&query));
        if let Ok(target) = HeaderValue::from_str(target.as_str()) {
            headers.insert(header::LOCATION, target);
            return (StatusCode::SEE_OTHER, Bytes::new());
        }
    }
    let location = format!("{}/{}", posted.bucket_url, encoded(posted.key));
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::NO_CONTENT);
    let mut document = String::new();
    if status == StatusCode::CREATED {
        document.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>");
        xml::element_into(&mut document, "Location", &location);
        xml::element_into(&mut document, "Bucket", posted.bucket);
        xml::element_into(&mut document, "Key", posted.key);
        xml::element_into(&mut document, "ETag", posted.etag);
        let xml = HeaderValue::from_static("application/xml");
        headers.insert(header::CONTENT_TYPE, xml);
        document.push_str("</PostResponse>");
    }
    (status, document.into())
}
