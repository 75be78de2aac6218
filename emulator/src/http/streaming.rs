//! Answers of functions that leave as they come, as an event stream: `InvokeWithResponseStream`.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use std::io;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue as EventValue, Message};
use bytes::{Bytes, BytesMut};
use cloudless_core::lambda::{InvocationId, StreamEnd};
use futures_util::stream;
use http::{HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;

use super::{Http, ResponseBody};
use crate::runtime::{ResponseStream, Streamed};

/// What the answer is, whatever the function says of its own.
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");
/// Of the answer to a function that failed: by AWS's word for `X-Amz-Function-Error`.
const UNHANDLED: &str = "Unhandled";

impl Http {
    /// An encoded head with the events of an invocation behind it, as they come.
    pub(super) fn with_events(
        &self,
        head: Response<Bytes>,
        invocation: &str,
    ) -> Response<ResponseBody> {
        let (mut parts, _) = head.into_parts();
        parts.headers.insert(header::CONTENT_TYPE, EVENT_STREAM);
        let Some(stream) = self.runtime.take_stream(&InvocationId(invocation.into())) else {
            // Its reader came after so many others that it is forgotten: it ends all the same.
            let end = invoke_complete(&StreamEnd::thrown_away()).unwrap_or_default();
            return Response::from_parts(parts, super::full(end));
        };
        let events = stream::unfold(Some(stream), |stream| async {
            let mut stream: ResponseStream = stream?;
            loop {
                let (event, rest) = match stream.next().await? {
                    Streamed::Began { .. } => continue,
                    Streamed::Bytes(bytes) => (payload_chunk(bytes), Some(stream)),
                    Streamed::Ended(end) => (invoke_complete(&end), None),
                };
                return Some((event.map(Frame::data), rest));
            }
        });
        Response::from_parts(parts, BoxBody::new(StreamBody::new(events)))
    }
}

fn payload_chunk(bytes: Bytes) -> io::Result<Bytes> {
    event("PayloadChunk", "application/octet-stream", bytes)
}

fn invoke_complete(end: &StreamEnd) -> io::Result<Bytes> {
    let mut document = serde_json::Map::new();
    if let Some(error) = &end.error {
        document.insert("ErrorCode".to_owned(), UNHANDLED.into());
        document.insert("ErrorDetails".to_owned(), String::from_utf8_lossy(error).into());
    }
    if let Some(log) = &end.log_result {
        document.insert("LogResult".to_owned(), log.as_str().into());
    }
    let document = serde_json::Value::Object(document).to_string();
    event("InvokeComplete", "application/json", document.into())
}

fn event(kind: &'static str, content_type: &'static str, payload: Bytes) -> io::Result<Bytes> {
    let headers =
        [(":event-type", kind), (":content-type", content_type), (":message-type", "event")];
    let message = headers.into_iter().fold(Message::new(payload), |message, (name, value)| {
        message.add_header(Header::new(name, EventValue::String(value.into())))
    });
    let mut framed = BytesMut::new();
    write_message_to(&message, &mut framed).map_err(io::Error::other)?;
    Ok(framed.freeze())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use aws_smithy_eventstream::frame::read_message_from;

    use super::*;

    #[test]
    fn an_event_says_what_it_is_and_how_an_answer_ended() {
        let end = StreamEnd {
            error: Some(Bytes::from_static(br#"{"errorType":"Error"}"#)),
            log_result: Some("bG9n".to_owned()),
        };
        let read = |framed: Bytes| {
            let message = read_message_from(&mut framed.clone()).unwrap();
            let headers = message.headers().iter().map(|header| {
                let value = header.value().as_string().unwrap();
                format!("{}: {}", header.name().as_str(), value.as_str())
            });
            let body = String::from_utf8(message.payload().to_vec()).unwrap();
            headers.chain([body]).collect::<Vec<_>>().join("\n")
        };
        let told = [payload_chunk("Hello".into()), invoke_complete(&end)];
        insta::assert_snapshot!(told.map(|framed| read(framed.unwrap())).join("\n\n"), @r##"
        :event-type: PayloadChunk
        :content-type: application/octet-stream
        :message-type: event
        Hello

        :event-type: InvokeComplete
        :content-type: application/json
        :message-type: event
        {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"Error\"}","LogResult":"bG9n"}
        "##);
    }
}
