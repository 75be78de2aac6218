//! Clients that hold on to what they were given, on an emulator whose patience is small.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Builder, Emulator};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1";

fn emulator(limits: impl FnOnce(&mut super::Limits)) -> Builder {
    let mut builder = Emulator::builder();
    limits(&mut builder.limits);
    builder
}

async fn begin(emulator: &Emulator, request: &str) -> TcpStream {
    let mut connection = TcpStream::connect(emulator.address()).await.unwrap();
    connection.write_all(request.replace('\n', "\r\n").as_bytes()).await.unwrap();
    connection
}

/// All that comes until the server closes, without the ids.
async fn rest(mut connection: TcpStream) -> String {
    let mut answer = Vec::new();
    // Closed with bytes unread, a connection may be reset behind its answer.
    let _ = connection.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let body = body.split("<RequestId>").next().unwrap_or_default();
    format!("{} {}", head.lines().next().unwrap_or_default(), body.replace('\n', ""))
}

#[tokio::test]
async fn a_body_that_stops_is_given_up_and_its_connection_closed() {
    let emulator = emulator(|limits| limits.body_stall = Duration::from_millis(1));
    let emulator = emulator.start().await.unwrap();
    let sqs = format!("Authorization: {SIGNED}/sqs/aws4_request, SignedHeaders=host, Signature=00");
    let s3 = format!(
        "x-amz-content-sha256: UNSIGNED-PAYLOAD\nAuthorization: {SIGNED}/s3/aws4_request, SignedHeaders=host, Signature=00"
    );
    let host = "HTTP/1.1\nHost: localhost";
    let made = begin(&emulator, &format!("PUT /photos {host}\n{s3}\nConnection: close\n\n")).await;
    let target = "X-Amz-Target: AmazonSQS.ListQueues\nContent-Type: application/x-amz-json-1.0";
    let mut told = vec![rest(made).await];
    for stalled in [
        format!("PUT /photos/a {host}\n{s3}\nContent-Length: 10\n\nhello"),
        format!("PUT /photos/a {host}\n{s3}\nContent-Length: 10\nExpect: 100-continue\n\n"),
        format!("PUT /photos?policy {host}\n{s3}\nContent-Length: 10\n\nhello"),
        format!("POST / {host}\n{sqs}\n{target}\nContent-Length: 10\n\n{{"),
    ] {
        told.push(rest(begin(&emulator, &stalled).await).await);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    HTTP/1.1 200 OK 
    HTTP/1.1 400 Bad Request <?xml version="1.0" encoding="UTF-8"?><Error><Code>RequestTimeout</Code><Message>Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.</Message>
    HTTP/1.1 400 Bad Request <?xml version="1.0" encoding="UTF-8"?><Error><Code>RequestTimeout</Code><Message>Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.</Message>
    HTTP/1.1 400 Bad Request <?xml version="1.0" encoding="UTF-8"?><Error><Code>RequestTimeout</Code><Message>Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.</Message>
    HTTP/1.1 408 Request Timeout {"__type":"com.amazon.coral.service#RequestTimeoutException","message":"Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."}
    "#);
}

#[tokio::test]
async fn bodies_share_one_room_and_give_it_back() {
    const LARGE: usize = 3_000_000;
    let emulator = emulator(|limits| {
        limits.bodies_bytes = 4_000_000;
        limits.room = Duration::ZERO;
    });
    let emulator = emulator.start().await.unwrap();
    let create = |more: &str| {
        format!(
            "POST /2015-03-31/functions HTTP/1.1\nHost: localhost\n{more}Content-Length: {LARGE}\nAuthorization: {SIGNED}/lambda/aws4_request, SignedHeaders=host, Signature=00\n\n"
        )
    };
    // It is asked for its body once it has room.
    let mut first = begin(&emulator, &create("Expect: 100-continue\n")).await;
    let mut asked = [0; 25];
    first.read_exact(&mut asked).await.unwrap();
    let second = rest(begin(&emulator, &create("Connection: close\n")).await).await;
    let small = rest(
        begin(&emulator, "POST / HTTP/1.1\nHost: localhost\nConnection: close\nX-Amz-Target: AmazonSQS.ListQueues\nContent-Type: application/x-amz-json-1.0\nContent-Length: 2\n\n{}").await,
    );
    let mut told = vec![String::from_utf8_lossy(&asked).trim().to_owned(), second, small.await];
    first.write_all(" ".repeat(LARGE).as_bytes()).await.unwrap();
    let mut status = [0; 12];
    first.read_exact(&mut status).await.unwrap();
    told.push(String::from_utf8_lossy(&status).into_owned());
    let mut third = begin(&emulator, &create("Expect: 100-continue\n")).await;
    third.read_exact(&mut asked).await.unwrap();
    told.push(String::from_utf8_lossy(&asked).trim().to_owned());
    insta::assert_snapshot!(told.join("\n"), @r#"
    HTTP/1.1 100 Continue
    HTTP/1.1 503 Service Unavailable {"message":"The request has failed due to a temporary failure of the server."}
    HTTP/1.1 200 OK {}
    HTTP/1.1 400
    HTTP/1.1 100 Continue
    "#);
}

#[tokio::test]
async fn an_answer_of_http2_that_nobody_reads_ends_its_connection() {
    let emulator = emulator(|limits| limits.answer_stall = Duration::from_millis(1));
    let emulator = emulator.start().await.unwrap();
    let request = |method: &str, path: &str, body: Vec<u8>| {
        let signed = format!(
            "{SIGNED}/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256, Signature=00"
        );
        http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", emulator.address()))
            .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
            .header("authorization", signed)
            .body(http_body_util::Full::new(bytes::Bytes::from(body)))
            .unwrap()
    };
    let stream =
        hyper_util::rt::TokioIo::new(TcpStream::connect(emulator.address()).await.unwrap());
    let executor = hyper_util::rt::TokioExecutor::new();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(executor, stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut told = Vec::new();
    let large = vec![0; 10_000_000];
    for (method, path, body) in [("PUT", "/photos", vec![]), ("PUT", "/photos/a", large)] {
        let answer = sender.clone().send_request(request(method, path, body)).await.unwrap();
        told.push(answer.status());
    }
    // What fits into the client's window comes, and then nothing is asked for.
    let unread = sender.clone().send_request(request("GET", "/photos/a", vec![])).await.unwrap();
    told.push(unread.status());
    let ended = connection.await.unwrap();
    insta::assert_snapshot!(format!("{told:?}, then it ends: {}", ended.is_err() || sender.is_closed()), @"[200, 200, 200], then it ends: true");
}
