//! Answers: an operation's output in the protocol of the request.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudless_core::Response as CoreResponse;
use cloudless_core::descriptor::AnswerIds;
use cloudless_core::operations::STATUS;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::beside_body::BesideBody;
use super::model::{Kind, Location, Member, Model, Operation, Shape};
use super::timestamp::Format;
use super::{Envelope, Protocol, cbor, query_json, scalar, xml, xml_shape};

/// To whom something is said to be delivered and is not.
const UNDELIVERED: HeaderName = HeaderName::from_static("x-cloudless-undelivered");

// Names that are text would be read anew each time.
static RPC: HeaderName = HeaderName::from_static("smithy-protocol");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
static S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
static S3_HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

/// Encodes an operation's output.
///
/// `output` is the JSON shape of the operation's output; members the model does not know are not
/// written. `payload` is the blob member that is the whole body (Lambda's `Payload`). Where the body is
/// to be streamed (`GetObject`), give none and attach it to the answer; `Content-Length` is already
/// there if the output has it. An answer to HEAD never has a body.
#[must_use]
pub fn encode(
    envelope: &Envelope,
    output: &Value,
    payload: Option<Bytes>,
    request_id: &str,
) -> Response<Bytes> {
    let model = Model::of(envelope.service);
    // As many as most answers have: to grow would order those anew that are there.
    let mut headers = HeaderMap::with_capacity(16);
    identify(envelope, request_id, &mut headers);
    let Some(operation) = envelope.operation else {
        return respond(StatusCode::OK, headers, Bytes::new());
    };
    let shape = operation.output.map(|output| model.shape(output));
    let members = shape.map(Shape::members).unwrap_or_default();
    // Few of many members are there, and they are found in the model sooner than it in them.
    let said = output.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let at = |name: &str| members.iter().position(|member| member.name == name);
    let said = said.filter_map(|(name, value)| Some((at(name)?, value))).collect();
    let told = write_beside_body(model, envelope.protocol, members, said, &mut headers);
    let mut status = told.unwrap_or(operation.status);
    note_undelivered(output, &mut headers);
    status = status_said(output, &headers).unwrap_or(status);
    let json = |media_type| (shape.map(|it| json_body(it, output)).unwrap_or_default(), media_type);
    let body = match envelope.protocol {
        _ if status == StatusCode::NO_CONTENT => None,
        // AWS names the type of the document that it does not send.
        Protocol::RestXml if envelope.is_head => Some((Bytes::new(), "application/xml")),
        Protocol::AwsQuery => {
            Some((enveloped(model, operation, output, request_id).into(), "text/xml"))
        }
        Protocol::Ec2Query => Some((
            ec2_document(model, operation, output, request_id).into(),
            "text/xml;charset=UTF-8",
        )),
        Protocol::AwsQueryJson => {
            let document = query_json::enveloped(model, operation, output, request_id);
            Some((document.into(), "application/json"))
        }
        Protocol::AwsJson10 => Some(json("application/x-amz-json-1.0")),
        Protocol::AwsJson11 => Some(json("application/x-amz-json-1.1")),
        Protocol::RpcV2Cbor => {
            shape.map(|it| (cbor::document(model, it, output), cbor::MEDIA_TYPE))
        }
        Protocol::RestJson => {
            let document = |shape: &Shape, _: &str, value: &Value| json_body(shape, value);
            rest_body(model, shape, "", output, payload, &document, "application/json")
        }
        Protocol::RestXml => {
            let document = |shape: &Shape, root: &str, value: &Value| {
                s3_document(model, operation, shape, root, value).into()
            };
            rest_body(model, shape, operation.root, output, payload, &document, "application/xml")
        }
    };
    let (body, media_type) = body.unwrap_or_default();
    // AWS's JSON names its type also where it has nothing to say.
    let is_said =
        !body.is_empty() || envelope.is_head || media_type.starts_with("application/x-amz-json");
    if is_said && !media_type.is_empty() {
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(media_type));
    }
    respond(StatusCode::from_u16(status).unwrap_or_default(), headers, body)
}

/// Encodes the output of an operation that says all of it beside the body, where the body is streamed or there
/// is none: as [`encode`] would. Nothing where it may say something else.
#[must_use]
pub fn encode_beside_body(
    envelope: &Envelope,
    output: &CoreResponse,
    request_id: &str,
) -> Option<Response<Bytes>> {
    said_beside_body(envelope, request_id, |said| output.beside_body(said)?.ok())
}

pub(super) fn said_beside_body(
    envelope: &Envelope,
    request_id: &str,
    say: impl FnOnce(&mut BesideBody<'_>) -> Option<()>,
) -> Option<Response<Bytes>> {
    let operation = envelope.operation.filter(|_| envelope.protocol == Protocol::RestXml)?;
    let model = Model::of(envelope.service);
    let members = model.shape(operation.output?).members();
    let mut output = BesideBody::of(members);
    say(&mut output)?;
    let output = output.said();
    let said = output.iter().map(|(at, value)| (*at, value)).collect();
    let mut headers = HeaderMap::with_capacity(16);
    identify(envelope, request_id, &mut headers);
    write_beside_body(model, envelope.protocol, members, said, &mut headers);
    let status = match headers.contains_key(header::CONTENT_RANGE) {
        true => StatusCode::PARTIAL_CONTENT.as_u16(),
        false => operation.status,
    };
    if envelope.is_head {
        // AWS names the type of the document that it does not send.
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/xml"));
    }
    Some(respond(StatusCode::from_u16(status).unwrap_or_default(), headers, Bytes::new()))
}

/// Writes what an output says beside its body, members by their places in the model: in headers, and as the
/// status.
fn write_beside_body(
    model: &Model,
    protocol: Protocol,
    members: &[Member],
    mut said: Vec<(usize, &Value)>,
    headers: &mut HeaderMap,
) -> Option<u16> {
    said.sort_unstable_by_key(|(at, _)| *at); // headers come in the order of the model
    let mut status = None;
    for (at, value) in said {
        let member = &members[at];
        match member.location {
            Location::Header if protocol == Protocol::RestXml => {
                let latin_1 = |text: &str| latin_1(text).unwrap_or_else(|| header_value(text));
                header(model, member, value, latin_1, headers);
            }
            Location::Header => header(model, member, value, header_value, headers),
            Location::Headers => prefixed_headers(member, value, headers),
            Location::StatusCode => {
                status = value.as_u64().and_then(|value| u16::try_from(value).ok()).or(status);
            }
            _ => {}
        }
    }
    status
}

/// Ours, beside what AWS says.
fn note_undelivered(output: &Value, headers: &mut HeaderMap) {
    if let Some(to) = output.get(UNDELIVERED.as_str()).and_then(Value::as_str) {
        headers.insert(UNDELIVERED, header_value(to));
    }
}

/// The status that follows from what an output says, where that is not the operation's own.
fn status_said(output: &Value, headers: &HeaderMap) -> Option<u16> {
    if headers.contains_key(header::CONTENT_RANGE) {
        return Some(StatusCode::PARTIAL_CONTENT.as_u16());
    }
    u16::try_from(output.get(STATUS)?.as_u64()?).ok()
}

/// Encodes an operation's output that is JSON already, for a protocol that sends it as it is.
#[must_use]
pub fn encode_json(envelope: &Envelope, output: String, request_id: &str) -> Response<Bytes> {
    let has_output = envelope.operation.is_some_and(|operation| operation.output.is_some());
    let mut headers = HeaderMap::new();
    identify(envelope, request_id, &mut headers);
    let media_type = match envelope.protocol {
        Protocol::AwsJson11 => "application/x-amz-json-1.1",
        _ => "application/x-amz-json-1.0",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let body = if has_output { output.into() } else { Bytes::new() };
    respond(StatusCode::OK, headers, body)
}

pub(super) fn respond(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The headers by which AWS's support would find the request.
pub(crate) fn identify(envelope: &Envelope, request_id: &str, headers: &mut HeaderMap) {
    let id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static("-"));
    if envelope.protocol == Protocol::RpcV2Cbor {
        headers.insert(&RPC, HeaderValue::from_static(cbor::PROTOCOL));
    }
    match envelope.descriptor().answer_ids {
        AnswerIds::Request => _ = headers.insert(&REQUEST_ID, id),
        AnswerIds::RequestAndHost { server } => {
            let host = HeaderValue::try_from(host_id(request_id)).unwrap_or(id.clone());
            headers.insert(&S3_HOST_ID, host);
            headers.insert(&S3_REQUEST_ID, id);
            headers.insert(header::SERVER, HeaderValue::from_static(server));
        }
    }
}

/// S3's second id names a host; here it is the first one in other letters.
pub(super) fn host_id(request_id: &str) -> String {
    BASE64_STANDARD.encode(["cloudless/", request_id].concat())
}

fn header(
    model: &Model,
    member: &Member,
    value: &Value,
    bytes: impl Fn(&str) -> HeaderValue,
    headers: &mut HeaderMap,
) {
    let shape = model.shape(member.shape);
    let text = match (&shape.kind, value) {
        (Kind::List { item, .. }, Value::Array(items)) => {
            let items = items
                .iter()
                .filter_map(|value| scalar::to_text(model.shape(*item), value, Format::HttpDate));
            Some(items.collect::<Vec<_>>().join(",").into())
        }
        _ => scalar::to_text(shape, value, Format::HttpDate),
    };
    if let (Some(name), Some(text)) = (&member.header, text) {
        headers.insert(name.clone(), bytes(&text));
    }
}

fn prefixed_headers(member: &Member, value: &Value, headers: &mut HeaderMap) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(format!("{}{name}", member.wire_name).as_bytes());
        if let (Ok(name), Some(text)) = (name, value.as_str()) {
            headers.insert(name, header_value(text));
        }
    }
}

/// Text as a header's value. What no header can carry becomes a space: one value never makes two headers.
pub(super) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| {
        let clean: String = text
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        HeaderValue::from_bytes(clean.as_bytes()).unwrap_or(HeaderValue::from_static(""))
    })
}

/// Text as S3 has it in headers, in ISO-8859-1; none where it has other characters.
fn latin_1(text: &str) -> Option<HeaderValue> {
    if text.is_ascii() {
        return HeaderValue::from_bytes(text.as_bytes()).ok();
    }
    let bytes = text.chars().map(u8::try_from).collect::<Result<Vec<_>, _>>().ok()?;
    HeaderValue::from_bytes(&bytes).ok()
}

type Body = (Bytes, &'static str);

/// The body of a REST answer: the payload member, or the members that have no other place.
fn rest_body(
    model: &Model,
    shape: Option<&Shape>,
    root: &str,
    output: &Value,
    payload: Option<Bytes>,
    document: &dyn Fn(&Shape, &str, &Value) -> Bytes,
    media_type: &'static str,
) -> Option<Body> {
    let shape = shape?;
    let Some(member) = shape.payload() else {
        return shape.body().next().map(|_| (document(shape, root, output), media_type));
    };
    let of = model.shape(member.shape);
    match (&of.kind, output.get(member.name)) {
        (Kind::Blob, _) => payload.map(|payload| {
            (payload, if media_type == "application/json" { media_type } else { "" })
        }),
        (Kind::String, Some(Value::String(text))) => {
            Some((Bytes::from(text.clone()), "application/json"))
        }
        (Kind::Structure { .. }, Some(value)) => {
            Some((document(of, member.wire_name, value), media_type))
        }
        _ => None,
    }
}

fn json_body(shape: &Shape, output: &Value) -> Bytes {
    let is_elsewhere =
        |name: &String| shape.member(name).is_none_or(|member| member.location != Location::Body);
    let text = match output {
        Value::Object(object)
            if object.iter().any(|(name, value)| value.is_null() || is_elsewhere(name)) =>
        {
            let kept: Map<_, _> = object
                .iter()
                .filter(|(name, value)| !value.is_null() && !is_elsewhere(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            Value::Object(kept).to_string()
        }
        Value::Object(_) => output.to_string(),
        _ => "{}".to_owned(),
    };
    Bytes::from(text)
}

const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

fn s3_document(
    model: &Model,
    operation: &Operation,
    shape: &Shape,
    root: &str,
    output: &Value,
) -> String {
    let mut document = format!("{PROLOGUE}<{root} xmlns=\"{}\">", model.xml_namespace);
    match output.get("LocationConstraint").filter(|_| operation.name == "GetBucketLocation") {
        // The one answer whose element is its value.
        Some(location) => xml::escape_into(&mut document, location.as_str().unwrap_or_default()),
        None => xml_shape::write_content(&mut document, model, shape, output),
    }
    document + "</" + root + ">"
}

/// `<SendMessageResponse><SendMessageResult>…</SendMessageResult><ResponseMetadata>…`; a result in which
/// nothing is said is `<ReceiveMessageResult/>`.
fn enveloped(model: &Model, operation: &Operation, output: &Value, request_id: &str) -> String {
    let name = operation.name;
    let mut document =
        format!("<?xml version=\"1.0\"?><{name}Response xmlns=\"{}\">", model.xml_namespace);
    if let Some(shape) = operation.output {
        let (root, mut result) = (operation.root, String::new());
        xml_shape::write_content(&mut result, model, model.shape(shape), output);
        match result.is_empty() {
            true => document.push_str(&format!("<{root}/>")),
            false => document.push_str(&format!("<{root}>{result}</{root}>")),
        }
    }
    document.push_str("<ResponseMetadata>");
    xml::element_into(&mut document, "RequestId", request_id);
    document + "</ResponseMetadata></" + name + "Response>"
}

/// EC2 puts the members of an answer beside its request's id.
fn ec2_document(model: &Model, operation: &Operation, output: &Value, request_id: &str) -> String {
    let (name, namespace) = (operation.name, model.xml_namespace);
    let mut document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}Response xmlns=\"{namespace}\">"
    );
    xml::element_into(&mut document, "requestId", request_id);
    match operation.output {
        Some(shape) => xml_shape::write_content(&mut document, model, model.shape(shape), output),
        // Where its model has nothing, EC2 says that all went well.
        // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html#API_AttachInternetGateway_ResponseElements>
        None => xml::element_into(&mut document, "return", "true"),
    }
    document + "</" + name + "Response>"
}
