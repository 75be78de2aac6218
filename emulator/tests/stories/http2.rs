//! HTTP/2 without TLS, for clients that begin with it.

use bytes::Bytes;
use cloudless::Emulator;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::{Story, at_noon};

async fn connect(emulator: &Emulator) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TokioIo::new(TcpStream::connect(emulator.address()).await?);
    let (sender, connection) = handshake(TokioExecutor::new(), stream).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn told(
    sender: &SendRequest<Full<Bytes>>,
    method_and_uri: &str,
    body: &str,
) -> anyhow::Result<String> {
    let (method, uri) = method_and_uri.split_once(' ').unwrap_or_default();
    let scope = "Credential=test/20261123/us-east-1/s3/aws4_request";
    let signed = "SignedHeaders=host;x-amz-content-sha256";
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, {signed}, Signature=00"))
        .header("expect", "100-continue")
        .body(Full::new(Bytes::from(body.to_owned())))?;
    let answer = sender.clone().send_request(request).await?;
    let (version, status) = (answer.version(), answer.status());
    let body = answer.into_body().collect().await?.to_bytes();
    let body = String::from_utf8_lossy(&body);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let body = code.map_or(body.as_ref(), |(code, _)| code);
    Ok(format!("{method_and_uri}: {version:?} {status} {body}"))
}

#[tokio::test]
async fn one_connection_carries_many_requests_at_once() -> Story {
    let emulator = at_noon().await?;
    let sender = connect(&emulator).await?;
    let bucket = "http://photos.s3.amazonaws.com/";
    let mut all = vec![told(&sender, &format!("PUT {bucket}"), "").await?];
    let [first, second, third] = [0, 1, 2].map(|n| (format!("PUT {bucket}{n}"), "x".repeat(n + 1)));
    let (first, second, third) = tokio::join!(
        told(&sender, &first.0, &first.1),
        told(&sender, &second.0, &second.1),
        told(&sender, &third.0, &third.1),
    );
    all.extend([first?, second?, third?]);
    // A refusal is one answer of many: the connection goes on.
    all.push(told(&sender, "PUT http://nowhere.s3.amazonaws.com/a", "x").await?);
    // The host's name has the bucket's, beside the path.
    all.push(told(&sender, &format!("GET {bucket}2"), "").await?);
    all.push(told(&sender, "GET http://s3.amazonaws.com/photos/1", "").await?);
    // Names that are nobody's are refused here, too.
    all.push(told(&sender, "GET http://evil.example/photos/1", "").await?);
    insta::assert_snapshot!(all.join("\n"), @"
    PUT http://photos.s3.amazonaws.com/: HTTP/2.0 200 OK 
    PUT http://photos.s3.amazonaws.com/0: HTTP/2.0 200 OK 
    PUT http://photos.s3.amazonaws.com/1: HTTP/2.0 200 OK 
    PUT http://photos.s3.amazonaws.com/2: HTTP/2.0 200 OK 
    PUT http://nowhere.s3.amazonaws.com/a: HTTP/2.0 404 Not Found NoSuchBucket
    GET http://photos.s3.amazonaws.com/2: HTTP/2.0 200 OK xxx
    GET http://s3.amazonaws.com/photos/1: HTTP/2.0 200 OK xx
    GET http://evil.example/photos/1: HTTP/2.0 403 Forbidden AccessDenied
    ");
    Ok(())
}
