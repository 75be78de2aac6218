//! Refusals, in the protocol of the request.

use bytes::Bytes;
use cloudless_core::error::{ApiError, Fault};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::encode::{header_value, host_id, identify, respond};
use super::model::{Location, Model, Shape};
use super::{Envelope, Protocol, cbor, query_json, refusal, xml};

/// Encodes a refusal.
///
/// The error's further fields become elements of its body, in their order. Some are headers instead:
/// those that AWS's model of the error places there (`Retry-After`), those named `x-amz-…`, `Allow` or
/// `Last-Modified`, `Location` in a redirection, and all of them in a 304. Neither of these two has a body, nor
/// has an answer to HEAD.
#[must_use]
pub fn encode_error(envelope: &Envelope, error: &ApiError, request_id: &str) -> Response<Bytes> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    identify(envelope, request_id, &mut headers);
    let fields = body_fields(envelope, error, status, &mut headers);
    let (body, media_type) = match envelope.protocol {
        Protocol::RpcV2Cbor => {
            let (code, message) = (named_code(envelope, error, &mut headers), error.message());
            let members = [("__type", code.as_str()), ("message", message)];
            let body = cbor::texts(&[&members, &*fields].concat());
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(cbor::MEDIA_TYPE));
            return respond(status, headers, body);
        }
        Protocol::RestXml => (s3_error(error, &fields, request_id), "application/xml"),
        // AWS's framework says this before any protocol is known, and names no media type.
        Protocol::AwsQuery | Protocol::AwsQueryJson | Protocol::Ec2Query
            if error.code() == refusal::NO_OPERATION.code =>
        {
            ("<UnknownOperationException/>\n".to_owned(), "")
        }
        Protocol::Ec2Query => (ec2_error(error, request_id), "text/xml;charset=UTF-8"),
        Protocol::AwsQuery => (query_error(envelope, error, request_id), "text/xml"),
        Protocol::AwsQueryJson => {
            (query_json::error(error, side(error), request_id), "application/json")
        }
        Protocol::AwsJson10 => {
            (aws_json_error(envelope, error, &fields, &mut headers), "application/x-amz-json-1.0")
        }
        Protocol::AwsJson11 => {
            (aws_json_error(envelope, error, &fields, &mut headers), "application/x-amz-json-1.1")
        }
        Protocol::RestJson => {
            (rest_json_error(envelope, error, &fields, &mut headers), "application/json")
        }
    };
    if status == StatusCode::NOT_MODIFIED || headers.contains_key(header::LOCATION) {
        return respond(status, headers, Bytes::new());
    }
    if !media_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    let body = if envelope.is_head { Bytes::new() } else { Bytes::from(body) };
    respond(status, headers, body)
}

/// The error's further fields that its body has; the others become headers.
pub(super) fn body_fields<'a>(
    envelope: &Envelope,
    error: &'a ApiError,
    status: StatusCode,
    headers: &mut HeaderMap,
) -> Vec<(&'a str, &'a str)> {
    let shape = Model::of(envelope.service).error(error.code());
    let mut fields = Vec::new();
    for (name, value) in error.fields() {
        let member = shape
            .and_then(|shape| shape.member(name))
            .filter(|member| member.location == Location::Header);
        let is_header = status == StatusCode::NOT_MODIFIED
            || name.starts_with("x-amz-")
            || status.is_redirection() && *name == "Location"
            || matches!(*name, "Allow" | "Last-Modified");
        let header = match member {
            Some(member) => member.header.clone(),
            None if is_header => HeaderName::from_bytes(name.as_bytes()).ok(),
            None => None,
        };
        match header {
            Some(header) => _ = headers.insert(header, header_value(value)),
            None => fields.push((*name, value.as_str())),
        }
    }
    fields
}

fn side(error: &ApiError) -> &'static str {
    match error.row().fault {
        Fault::Sender => "Sender",
        Fault::Receiver => "Receiver",
    }
}

fn s3_error(error: &ApiError, fields: &[(&str, &str)], request_id: &str) -> String {
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml::element_into(&mut document, "Code", error.code());
    xml::element_into(&mut document, "Message", error.message());
    for (name, value) in fields {
        xml::element_into(&mut document, name, value);
    }
    xml::element_into(&mut document, "RequestId", request_id);
    xml::element_into(&mut document, "HostId", &host_id(request_id));
    document + "</Error>"
}

fn query_error(envelope: &Envelope, error: &ApiError, request_id: &str) -> String {
    let namespace = &Model::of(envelope.service).xml_namespace;
    let mut document =
        format!("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"{namespace}\"><Error>");
    xml::element_into(&mut document, "Type", side(error));
    xml::element_into(&mut document, "Code", error.query_code());
    xml::element_into(&mut document, "Message", error.query_message());
    let has_detail = envelope.descriptor().error_has_detail;
    document.push_str(if has_detail { "<Detail/></Error>" } else { "</Error>" });
    xml::element_into(&mut document, "RequestId", request_id);
    document + "</ErrorResponse>"
}

fn ec2_error(error: &ApiError, request_id: &str) -> String {
    let mut document =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
    xml::element_into(&mut document, "Code", error.query_code());
    xml::element_into(&mut document, "Message", error.query_message());
    document.push_str("</Error></Errors>");
    xml::element_into(&mut document, "RequestID", request_id);
    document + "</Response>"
}

fn aws_json_error(
    envelope: &Envelope,
    error: &ApiError,
    fields: &[(&str, &str)],
    headers: &mut HeaderMap,
) -> String {
    let code = named_code(envelope, error, headers);
    json_error(&[&[("__type", code.as_str())], fields].concat(), "message", error)
}

/// The code as `__type` has it, and in a header that of the Query protocol.
fn named_code(envelope: &Envelope, error: &ApiError, headers: &mut HeaderMap) -> String {
    let descriptor = envelope.descriptor();
    // Who takes the Query protocol, too, says which code that has.
    if descriptor.speaks(Protocol::AwsQuery) {
        let query_error = format!("{};{}", error.query_code(), side(error));
        headers.insert("x-amzn-query-error", header_value(&query_error));
    }
    match descriptor.error_namespace {
        Some(own) => {
            let is_known = Model::of(envelope.service).error(error.code()).is_some();
            let namespace = if is_known { own } else { "com.amazon.coral.service" };
            format!("{namespace}#{}", error.code())
        }
        None => error.code().to_owned(),
    }
}

fn rest_json_error(
    envelope: &Envelope,
    error: &ApiError,
    fields: &[(&str, &str)],
    headers: &mut HeaderMap,
) -> String {
    headers.insert("x-amzn-errortype", header_value(error.code()));
    // Half of Lambda's errors spell it so, half so.
    let shape = Model::of(envelope.service).error(error.code());
    let mut names = shape.into_iter().flat_map(Shape::members).map(|member| member.name);
    let message = names.find(|name| name.eq_ignore_ascii_case("message"));
    // Where Lambda has nothing to say, it says so.
    if error.message().is_empty() {
        return json!({ "Message": null }).to_string();
    }
    json_error(fields, message.unwrap_or("message"), error)
}

fn json_error(fields: &[(&str, &str)], message_name: &str, error: &ApiError) -> String {
    let mut object: Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    if !error.message().is_empty() {
        object.insert(message_name.to_owned(), Value::from(error.message()));
    }
    Value::Object(object).to_string()
}
