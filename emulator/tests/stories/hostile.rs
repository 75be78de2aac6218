//! Clients that mean no good: each is answered or left, and everybody else is served.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::raw::{End, exchange, request};
use crate::s3_uploads::AUTHORIZATION;
use crate::{Story, at_noon};

#[tokio::test]
async fn junk_is_refused_and_the_next_is_served() -> Story {
    let emulator = at_noon().await?;
    let junk: Vec<u8> =
        (0..1_048_576u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let long = "x".repeat(1_048_576);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("1 MiB of junk", junk.clone()),
        ("1 MiB without a line", long.clone().into_bytes()),
        ("another protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("a header of 1 MiB", format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n").into_bytes()),
        ("a path of 1 MiB", format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()),
        ("no host", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec()),
        ("two lengths", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec()),
        ("a negative length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ("a length and chunks", b"PUT /photos/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".to_vec()),
    ];
    let mut told = Vec::new();
    for (name, bytes) in cases {
        let answer = exchange(&emulator, &bytes, End::Open).await?;
        told.push(format!("{name}: {}", answer.status));
    }
    let health = request("GET /_cloudless/health").send(&emulator).await?;
    told.push(format!("health: {}", health.tell()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    1 MiB of junk: 400
    1 MiB without a line: 431
    another protocol: 0
    TLS: 400
    a header of 1 MiB: 431
    a path of 1 MiB: 431
    no host: 307
    two lengths: 400
    a negative length: 400
    a length and chunks: 501
    health: 200 {"version":"0.1.0","failure":null,"outstanding":[],"waiting":[]}
    "#);
    Ok(())
}

#[tokio::test]
async fn requests_that_cannot_be_meant_are_refused_with_a_reason() -> Story {
    let emulator = at_noon().await?;
    crate::s3(&emulator).create_bucket().bucket("photos").send().await?;
    let put = |target: &str| request(target).header("Authorization", AUTHORIZATION);
    let deep = "<a>".repeat(100_000);
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "xxxxxxxx"><!ENTITY c "&b;&b;&b;">]><NotificationConfiguration>&c;</NotificationConfiguration>"#;
    let nested = "[".repeat(100_000);
    let many = "a=1&".repeat(20_000);
    let cases = [
        ("deep XML", put("PUT /photos?notification").body(deep)),
        ("entities", put("PUT /photos?notification").body(bomb)),
        ("XML of 9 MB", put("PUT /photos?notification").body(" ".repeat(9_000_000))),
        ("deep JSON", request("POST /").sqs("CreateQueue", &nested)),
        ("many parameters", request("POST /").form(&format!("Action=ListQueues&{many}"))),
        ("no UTF-8 in a path", put("GET /photos/%ff%fe")),
        ("half an escape", put("GET /photos/%f")),
        ("a null", put("GET /photos/%00")),
        ("dots", put("GET /photos/../../etc/passwd")),
        ("a key of 1025 bytes", put(&format!("PUT /photos/{}", "k".repeat(1025))).body("x")),
        ("no range", put("GET /photos/a").header("Range", "bytes=99999999999999999999-")),
        (
            "a length beyond all",
            put("PUT /photos/a").header("Content-Length", "99999999999999999999"),
        ),
        (
            "a frame beyond all",
            put("PUT /photos/a")
                .header("Content-Encoding", "aws-chunked")
                .header("X-Amz-Decoded-Content-Length", "5")
                .body("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        ),
        ("no signature", request("GET /photos/a").header("Authorization", "AWS4-HMAC-SHA256 x")),
        ("an unknown method", put("BREW /photos/a")),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        let answer = case.send(&emulator).await?;
        let text: String = answer.tell().chars().take(220).collect();
        told.push(format!("{name}: {text}"));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    deep XML: 400 <Error><Code>MalformedXML</Code><Message>The XML you provided was not well-formed or did not validate against our published schema</Message></Error>
    entities: 400 <Error><Code>MalformedXML</Code><Message>The XML you provided was not well-formed or did not validate against our published schema</Message></Error>
    XML of 9 MB: 400 <Error><Code>MaxMessageLengthExceeded</Code><Message>Your request was too big.</Message><MaxMessageLengthBytes>8388608</MaxMessageLengthBytes></Error>
    deep JSON: 400 {"__type":"com.amazon.coral.service#SerializationException","message":"Could not parse the request body as JSON: recursion limit exceeded at line 1 column 128"}
    many parameters: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>MalformedInput</Code><Message>The request has too many parameters.</Message><Detail/></Error></Er
    no UTF-8 in a path: 400 <Error><Code>InvalidURI</Code><Message>Couldn't parse the specified URI.</Message></Error>
    half an escape: 404 <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>%f</Key></Error>
    a null: 404 <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>&#x0;</Key></Error>
    dots: 404 <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>../../etc/passwd</Key></Error>
    a key of 1025 bytes: 400 <Error><Code>KeyTooLongError</Code><Message>Your key is too long</Message><Size>1025</Size><MaxSizeAllowed>1024</MaxSizeAllowed></Error>
    no range: 404 <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a</Key></Error>
    a length beyond all: 400
    a frame beyond all: 400 <Error><Code>IncompleteBody</Code><Message>The request body terminated unexpectedly</Message></Error>
    no signature: 400 <Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.</Message></Error>
    an unknown method: 400 <Error><Code>BadRequest</Code><Message>An error occurred when parsing the HTTP request.</Message></Error>
    "#);
    Ok(())
}

#[tokio::test]
async fn slow_clients_hold_up_nobody() -> Story {
    let emulator = at_noon().await?;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut connection = TcpStream::connect(emulator.address()).await?;
        connection.write_all(b"PUT /photos/a HTTP/1.1\r\nHost: local").await?;
        slow.push(connection);
    }
    let health = request("GET /_localstack/health").send(&emulator).await?;
    assert_eq!(health.status, 200);
    // Nor do they hold up the end.
    emulator.stop().await;
    drop(slow);
    Ok(())
}
