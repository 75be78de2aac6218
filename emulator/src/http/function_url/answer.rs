//! What a function's URL answers: what the function returned, as HTTP.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::Value;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What says that status and headers stand in front of a streamed body.
pub(super) const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
/// What stands between these and the body.
const PRELUDE_END: [u8; 8] = [0; 8];
/// Headers before a streamed body: more is no head.
const PRELUDE_BYTES_MAX: usize = 1024 * 1024;

/// What is answered where a function failed, or answered what is no HTTP.
pub(super) fn internal_server_error() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"Internal Server Error"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A refusal in the words of a function's URL.
pub(super) fn refusal(status: StatusCode, kind: &str, message: Option<&str>) -> Response<Bytes> {
    let mut response = Response::new(serde_json::json!({ "Message": message }).to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    response
}

/// What a function returned, as an answer.
pub(super) fn of_payload(payload: &[u8]) -> Response<Bytes> {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else {
        return internal_server_error();
    };
    match &value {
        Value::Object(fields) if fields.contains_key("statusCode") => {
            of_proxy(&value).unwrap_or_else(internal_server_error)
        }
        // What says nothing of HTTP is the body.
        Value::String(text) => plain(Bytes::from(text.clone())),
        other => plain(other.to_string().into()),
    }
}

fn plain(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// An answer that a function wrote out; nothing where it cannot be one.
fn of_proxy(value: &Value) -> Option<Response<Bytes>> {
    let body = match value.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if value["isBase64Encoded"] == true => {
            BASE64_STANDARD.decode(text).ok()?.into()
        }
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(other) => other.to_string().into(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status(value)?;
    write_headers(value, response.headers_mut())?;
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(JSON);
    Some(response)
}

fn status(value: &Value) -> Option<StatusCode> {
    let number = match &value["statusCode"] {
        Value::String(text) => text.parse().ok()?,
        other => u16::try_from(other.as_u64()?).ok()?,
    };
    StatusCode::from_u16(number).ok().filter(|status| !status.is_informational())
}

fn write_headers(value: &Value, headers: &mut HeaderMap) -> Option<()> {
    for (name, value) in value.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        // How long the body is and how it comes is ours to say.
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name) {
            continue;
        }
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        headers.insert(name, HeaderValue::from_bytes(text.as_bytes()).ok()?);
    }
    for cookie in value.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(header::SET_COOKIE, HeaderValue::from_str(cookie.as_str()?).ok()?);
    }
    Some(())
}

/// The head of a streamed answer, read from its first bytes.
#[derive(Default)]
pub(super) struct Prelude {
    held: Vec<u8>,
}

/// What is known of a head so far.
pub(super) enum Head {
    /// More bytes are needed.
    Unknown,
    /// The head, and the bytes of the body that came with it.
    Read(Box<Response<()>>, Bytes),
    /// It can be none.
    Wrong,
}

impl Prelude {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Head {
        self.held.extend_from_slice(bytes);
        let end = self.held.windows(PRELUDE_END.len()).position(|window| window == PRELUDE_END);
        let Some(end) = end else {
            return if self.held.len() > PRELUDE_BYTES_MAX { Head::Wrong } else { Head::Unknown };
        };
        let body = self.held.split_off(end + PRELUDE_END.len());
        let value: Value = match serde_json::from_slice(&self.held[..end]) {
            Ok(value) => value,
            Err(_) => return Head::Wrong,
        };
        let mut response = Response::new(());
        let read_status = match value.get("statusCode") {
            None => Some(StatusCode::OK),
            Some(_) => status(&value),
        };
        let Some(status) = read_status else { return Head::Wrong };
        *response.status_mut() = status;
        if write_headers(&value, response.headers_mut()).is_none() {
            return Head::Wrong;
        }
        Head::Read(Box::new(response), body.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(payload: &str) -> String {
        let response = of_payload(payload.as_bytes());
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        let head = headers.collect::<Vec<_>>().join(", ");
        format!(
            "{} [{head}] {}",
            response.status().as_u16(),
            String::from_utf8_lossy(response.body())
        )
    }

    #[test]
    fn what_a_function_returns_is_the_body_unless_it_speaks_of_http() {
        let told = [
            r#""hello""#,
            r#"{"hello": "world"}"#,
            r#"["hello", 3, true]"#,
            "null",
            "3.1",
            r#"{"statusCode": 200, "body": "body123"}"#,
            r#"{"statusCode": 201, "headers": {"Content-Type": "text/html", "X-Number": 3}, "cookies": ["a=1", "b=2"], "body": "PGh0bWw+", "isBase64Encoded": true}"#,
            r#"{"statusCode": "404", "body": {"why": "gone"}}"#,
            r#"{"statusCode": 7, "body": ""}"#,
            r#"{"statusCode": 200, "headers": {"bad name": "x"}}"#,
            r#"{"statusCode": 200, "body": "no base64", "isBase64Encoded": true}"#,
        ]
        .map(told);
        insta::assert_snapshot!(told.join("\n"), @r##"
        200 [content-type: application/json] hello
        200 [content-type: application/json] {"hello":"world"}
        200 [content-type: application/json] ["hello",3,true]
        200 [content-type: application/json] null
        200 [content-type: application/json] 3.1
        200 [content-type: application/json] body123
        201 [content-type: text/html, x-number: 3, set-cookie: a=1, set-cookie: b=2] <html>
        404 [content-type: application/json] {"why":"gone"}
        502 [content-type: application/json] Internal Server Error
        502 [content-type: application/json] Internal Server Error
        502 [content-type: application/json] Internal Server Error
        "##);
    }

    #[test]
    fn the_head_of_a_streamed_answer_may_come_in_any_pieces() {
        let text = b"{\"statusCode\":418,\"headers\":{\"x-tea\":\"yes\"},\"cookies\":[\"pot=1\"]}\0\0\0\0\0\0\0\0short";
        let mut prelude = Prelude::default();
        for byte in &text[..text.len() - 5 - 1] {
            assert!(matches!(prelude.take(&[*byte]), Head::Unknown));
        }
        let Head::Read(head, body) = prelude.take(&text[text.len() - 6..]) else {
            panic!("the head is whole")
        };
        assert_eq!((head.status().as_u16(), &body[..]), (418, &b"short"[..]));
        assert!(matches!(Prelude::default().take(b"no json\0\0\0\0\0\0\0\0"), Head::Wrong));
    }
}
