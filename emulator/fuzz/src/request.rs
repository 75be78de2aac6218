//! Requests of every service in every protocol: a head, an empty line, a body.

use bytes::Bytes;
use cloudless_core::call::Payload;
use http::Request;
use http::request::Parts;

use crate::wire::{self, Hosts};

/// What is heard is a request of the core or a refusal, and either has an answer.
pub fn read(data: &[u8]) {
    let end = |mark: &[u8]| {
        let at = data.windows(mark.len()).position(|bytes| bytes == mark)?;
        Some((&data[..at], &data[at + mark.len()..]))
    };
    let (head, body) = end(b"\r\n\r\n").or_else(|| end(b"\n\n")).unwrap_or((data, &[]));
    if let Some(parts) = head_of(head) {
        hear(&parts, body);
    }
}

/// What hyper makes of a head, where it lets it pass.
fn head_of(head: &[u8]) -> Option<Parts> {
    let mut lines = head.split(|&byte| byte == b'\n');
    let mut first = lines.next()?.splitn(3, |&byte| byte == b' ');
    let method = first.next()?;
    let target = first.next()?.trim_ascii_end();
    let mut builder = Request::builder().method(method).uri(target);
    for line in lines {
        let at = line.iter().position(|&byte| byte == b':')?;
        builder = builder.header(&line[..at], line[at + 1..].trim_ascii());
    }
    Some(builder.body(()).ok()?.into_parts().0)
}

/// Routes, decodes and answers.
pub(crate) fn hear(parts: &Parts, body: &[u8]) {
    let route = match wire::route(parts, &Hosts::default()) {
        Ok(route) => route,
        Err(refused) => return refuse(&refused.envelope, &refused.error),
    };
    // A body that is longer, or that streams, never comes here.
    let fits = body.len() <= route.body_limit_bytes() && !route.streams_body;
    let body = if fits { Bytes::copy_from_slice(body) } else { Bytes::new() };
    match wire::decode(&route, parts, &body) {
        Err(error) => refuse(&route.envelope, &error),
        Ok(call) => {
            let answer = wire::encode(&call.envelope, &call.input, call.payload.clone(), "ID");
            assert!(answer.status().as_u16() >= 200);
            let payload = call.payload.map_or(Payload::None, Payload::Bytes);
            if let Err(error) = call.envelope.service.decode(call.operation, call.input, payload) {
                refuse(&call.envelope, &error);
            }
        }
    }
}

fn refuse(envelope: &wire::Envelope, error: &cloudless_core::error::ApiError) {
    let answer = wire::encode_error(envelope, error, "ID");
    assert!(answer.status().as_u16() >= 300);
}
