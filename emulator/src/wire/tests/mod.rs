//! Stories of requests and answers. Each shows a whole request as the core hears it, or a whole answer
//! as the client sees it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod beside_body;
mod cbor;
mod encoding;
mod lambda;
mod properties;
mod quick;
mod recorded;
mod routing;
mod s3;
mod sqs;
mod tables;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use super::{Call, Envelope, Hosts, Route, decode, encode, encode_error, route};

/// A request from its text, `METHOD target\nHeader: value\n\nbody`; line ends as they come.
fn request(text: &[u8]) -> (http::request::Parts, Bytes) {
    let end = |wanted: &[u8]| {
        text.windows(wanted.len())
            .position(|bytes| bytes == wanted)
            .map(|at| (at, at + wanted.len()))
    };
    let (head, body) =
        end(b"\r\n\r\n").or_else(|| end(b"\n\n")).unwrap_or((text.len(), text.len()));
    let head = std::str::from_utf8(&text[..head]).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let mut builder = Request::builder().method(first.next().unwrap()).uri(first.next().unwrap());
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    (builder.body(()).unwrap().into_parts().0, Bytes::copy_from_slice(&text[body..]))
}

fn routed(text: &[u8]) -> Route {
    route(&request(text).0, &Hosts::default()).unwrap()
}

fn called(text: &[u8]) -> Call {
    let (parts, body) = request(text);
    let route = route(&parts, &Hosts::default()).unwrap();
    decode(&route, &parts, &if route.streams_body { Bytes::new() } else { body }).unwrap()
}

/// What the core hears of a request, or what the client hears instead.
fn heard(text: impl AsRef<[u8]>) -> String {
    let (parts, body) = request(text.as_ref());
    let route = match route(&parts, &Hosts::default()) {
        Ok(route) => route,
        Err(refused) => return seen(&encode_error(&refused.envelope, &refused.error, "ID")),
    };
    let body = if route.streams_body { Bytes::new() } else { body };
    match decode(&route, &parts, &body) {
        Ok(call) => {
            let streams = if route.streams_body { ", body streams" } else { "" };
            let payload = call
                .payload
                .map(|payload| format!("\npayload: {}", String::from_utf8_lossy(&payload)))
                .unwrap_or_default();
            format!("{:?}{streams}\n{:#}{payload}", call.envelope, call.input)
        }
        Err(error) => seen(&encode_error(&route.envelope, &error, "ID")),
    }
}

/// An answer as a client sees it.
fn seen(response: &Response<Bytes>) -> String {
    let mut text = format!("{}\n", response.status());
    for (name, value) in response.headers() {
        text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
    }
    let body = String::from_utf8_lossy(response.body());
    if body.is_empty() { text } else { text + "\n" + &body.replace("><", ">\n<") }
}

/// An answer of an operation.
fn answered(text: impl AsRef<[u8]>, output: Value) -> String {
    seen(&encode(&called(text.as_ref()).envelope, &output, None, "ID"))
}

fn envelope(text: impl AsRef<[u8]>) -> Envelope {
    called(text.as_ref()).envelope
}
