//! What a request's head says: it is believed or refused before any of its body is asked for.

use aws_sdk_s3::presigning::PresigningConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::raw::{Request, request};
use crate::s3_uploads::AUTHORIZATION;
use crate::{PATIENCE, Story, at_noon, s3};

fn signed(target: &str) -> Request {
    request(target).header("Authorization", AUTHORIZATION)
}

#[tokio::test]
async fn who_waits_for_100_continue_is_refused_without_it() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").send().await?;
    let five = |request: Request| request.header("Content-Length", "5");
    let large = "x".repeat(2_049);
    let cases = [
        ("no bucket", five(signed("PUT /nowhere/a"))),
        ("a stranger", five(request("PUT /photos/a"))),
        ("there already", five(signed("PUT /photos/a").header("If-None-Match", "*"))),
        ("another one", five(signed("PUT /photos/a").header("If-Match", "\"00\""))),
        ("not there", five(signed("PUT /photos/b").header("If-Match", "\"00\""))),
        (
            "another owner",
            five(signed("PUT /photos/a")).header("X-Amz-Expected-Bucket-Owner", "111111111111"),
        ),
        ("a hash", five(signed("PUT /photos/a").header("X-Amz-Content-Sha256", "hello"))),
        ("an MD5", five(signed("PUT /photos/a").header("Content-MD5", "hello"))),
        ("an ACL", five(signed("PUT /photos/a").header("X-Amz-Acl", "public"))),
        ("a class", five(signed("PUT /photos/a").header("X-Amz-Storage-Class", "COLD"))),
        ("a tag", five(signed("PUT /photos/a").header("X-Amz-Tagging", "a=1&a=2"))),
        ("metadata", five(signed("PUT /photos/a").header("X-Amz-Meta-A", large))),
        ("a key", five(signed(&format!("PUT /photos/{}", "k".repeat(1_025))))),
        ("six gigabytes", signed("PUT /photos/a").header("Content-Length", "6000000000")),
        ("no length", signed("PUT /photos/a").header("Transfer-Encoding", "chunked")),
        ("a part", five(signed("PUT /photos/a?partNumber=1&uploadId=u"))),
        ("an ETag", five(signed("PUT /photos/a").header("If-None-Match", "\"00\""))),
        ("a grant", five(signed("PUT /photos/a").header("X-Amz-Grant-Write", "id=1"))),
        ("a read", signed("GET /photos/a").header("X-Amz-Server-Side-Encryption", "AES256")),
        ("no form", five(request("POST /photos").header("Content-Type", "text/html"))),
        ("no keys", five(signed("POST /photos?delete"))),
        (
            "a long list",
            signed("POST /photos?delete")
                .header("Content-MD5", MD5)
                .header("Content-Length", "9000000"),
        ),
        (
            "a long message",
            request("POST /")
                .header("X-Amz-Target", "AmazonSQS.SendMessage")
                .header("Content-Length", "9000000"),
        ),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        let answer = case.expect(&emulator).await?;
        let close = answer.header("connection").unwrap_or("stays open");
        told.push(format!("{name}: {} ({close})", answer.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    no bucket: 404 <Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>nowhere</BucketName></Error> (close)
    a stranger: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error> (close)
    there already: 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>If-None-Match</Condition></Error> (close)
    another one: 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>If-Match</Condition></Error> (close)
    not there: 404 <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>b</Key></Error> (close)
    another owner: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error> (close)
    a hash: 400 <Error><Code>InvalidArgument</Code><Message>x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.</Message><ArgumentName>x-amz-content-sha256</ArgumentName><ArgumentValue>hello</ArgumentValue></Error> (close)
    an MD5: 400 <Error><Code>InvalidDigest</Code><Message>The Content-MD5 you specified was invalid.</Message><Content-MD5>hello</Content-MD5></Error> (close)
    an ACL: 400 <Error><Code>InvalidArgument</Code><Message></Message><ArgumentName>x-amz-acl</ArgumentName><ArgumentValue>public</ArgumentValue></Error> (close)
    a class: 400 <Error><Code>InvalidStorageClass</Code><Message>The storage class you specified is not valid</Message><StorageClassRequested>COLD</StorageClassRequested></Error> (close)
    a tag: 400 <Error><Code>InvalidArgument</Code><Message>The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.</Message><ArgumentName>x-amz-tagging</ArgumentName><ArgumentValue>a=1&amp;a=2</ArgumentValue></Error> (close)
    metadata: 400 <Error><Code>MetadataTooLarge</Code><Message>Your metadata headers exceed the maximum allowed metadata size</Message><Size>2050</Size><MaxSizeAllowed>2048</MaxSizeAllowed></Error> (close)
    a key: 400 <Error><Code>KeyTooLongError</Code><Message>Your key is too long</Message><Size>1025</Size><MaxSizeAllowed>1024</MaxSizeAllowed></Error> (close)
    six gigabytes: 400 <Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message><ProposedSize>6000000000</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed></Error> (close)
    no length: 501 <Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Header>Transfer-Encoding</Header></Error> (close)
    a part: 404 <Error><Code>NoSuchUpload</Code><Message>The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.</Message><UploadId>u</UploadId></Error> (close)
    an ETag: 501 <Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Header>If-None-Match</Header><additionalMessage>We don't accept the provided value of If-None-Match header for this API</additionalMessage></Error> (close)
    a grant: 501 <Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Header>x-amz-grant-write</Header></Error> (close)
    a read: 400 <Error><Code>InvalidArgument</Code><Message>x-amz-server-side-encryption header is not supported for this operation.</Message><ArgumentName>x-amz-server-side-encryption</ArgumentName><ArgumentValue>AES256</ArgumentValue></Error> (close)
    no form: 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition></Error> (close)
    no keys: 400 <Error><Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message></Error> (close)
    a long list: 400 <Error><Code>MaxMessageLengthExceeded</Code><Message>Your request was too big.</Message><MaxMessageLengthBytes>8388608</MaxMessageLengthBytes></Error> (close)
    a long message: 413 {"__type":"com.amazon.coral.service#RequestEntityTooLarge","message":"HTTP content length exceeded 8388608 bytes."} (close)
    "#);
    Ok(())
}

#[tokio::test]
async fn who_waits_for_100_continue_gets_it_where_the_body_is_wanted() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let mut connection = TcpStream::connect(emulator.address()).await?;
    let mut told = Vec::new();
    // The connection serves the next request, too.
    for key in ["a", "b"] {
        let head = format!(
            "PUT /photos/{key} HTTP/1.1\r\nHost: {}\r\nAuthorization: {AUTHORIZATION}\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
            emulator.address()
        );
        connection.write_all(head.as_bytes()).await?;
        told.push(head_of_next(&mut connection).await?);
        connection.write_all(b"hello").await?;
        told.push(head_of_next(&mut connection).await?);
    }
    insta::assert_snapshot!(told.join("\n"), @"
    HTTP/1.1 100 Continue
    HTTP/1.1 200 OK
    HTTP/1.1 100 Continue
    HTTP/1.1 200 OK
    ");
    Ok(())
}

/// Of a body of no bytes there is nothing to wait for. The AWS CLI would take the status of this answer for
/// that of the next one on the same connection.
#[tokio::test]
async fn an_answer_that_comes_instead_of_100_continue_is_the_last_of_its_connection() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let mut connection = TcpStream::connect(emulator.address()).await?;
    let head = format!(
        "PUT /photos/empty HTTP/1.1\r\nHost: {}\r\nAuthorization: {AUTHORIZATION}\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
        emulator.address()
    );
    connection.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, connection.read_to_string(&mut answer)).await??;
    let lines = answer.lines().filter(|it| it.starts_with("HTTP/") || it.starts_with("connection"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    HTTP/1.1 200 OK
    connection: close
    ");
    Ok(())
}

#[tokio::test]
async fn who_sends_at_once_reads_the_refusal_and_goes_on() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let connection = TcpStream::connect(emulator.address()).await?;
    let (mut read, mut write) = connection.into_split();
    // More than the sockets between us hold.
    let body = vec![b'x'; 32 * 1024 * 1024];
    let head = |bucket: &str, length: usize| {
        format!(
            "PUT /{bucket}/a HTTP/1.1\r\nHost: {}\r\nAuthorization: {AUTHORIZATION}\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nContent-Length: {length}\r\n\r\n",
            emulator.address()
        )
    };
    let sending = async {
        write.write_all(head("nowhere", body.len()).as_bytes()).await?;
        write.write_all(&body).await?;
        write.write_all(head("photos", 5).as_bytes()).await?;
        write.write_all(b"hello").await
    };
    let reading = async {
        let refused = head_of_next(&mut read).await?;
        let mut error = String::new();
        while !error.ends_with("</Error>") {
            error.push(char::from(read.read_u8().await?));
        }
        anyhow::Ok([refused, head_of_next(&mut read).await?])
    };
    let (sent, told) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(sending, reading) }).await?;
    sent?;
    insta::assert_snapshot!(told?.join("\n"), @"
    HTTP/1.1 404 Not Found
    HTTP/1.1 200 OK
    ");
    Ok(())
}

/// The first line of the next answer, which has no body.
async fn head_of_next(connection: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<String> {
    let mut head = Vec::new();
    let reading = async {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await?);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await??;
    Ok(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned())
}

/// Of `hello`.
const MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";

#[tokio::test]
async fn a_head_is_refused_with_the_words_of_the_whole_request() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").send().await?;
    let documents = [
        ("PUT", "", "policy", "{\"Statement\":[]}"),
        (
            "PUT",
            "",
            "cors",
            "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
        ),
        ("PUT", "", "publicAccessBlock", "<PublicAccessBlockConfiguration/>"),
        (
            "PUT",
            "",
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
        ),
        ("PUT", "", "tagging", "<Tagging><TagSet/></Tagging>"),
        ("PUT", "", "notification", "<NotificationConfiguration/>"),
        ("PUT", "/a", "tagging", "<Tagging><TagSet/></Tagging>"),
        ("POST", "", "delete", "<Delete><Object><Key>a</Key></Object></Delete>"),
    ];
    let mut told = Vec::new();
    for (method, key, name, document) in documents {
        let about = |request: Request| {
            request.header("X-Amz-Checksum-Crc32", checksum(document)).body(document)
        };
        for (who, bucket) in [("no bucket", "nowhere"), ("a stranger", "photos")] {
            // Whom the document's keys belong to is not known before it is there.
            if (name, who) == ("delete", "a stranger") {
                continue;
            }
            let target = format!("{method} /{bucket}{key}?{name}");
            let from = |target: &str| match who {
                "a stranger" => about(request(target)),
                _ => about(signed(target)),
            };
            let whole = from(&target).send(&emulator).await?;
            let head = from(&target).expect(&emulator).await?;
            assert_eq!(head.tell(), whole.tell(), "{target}, {who}");
            told.push(format!("{target}, {who}: {}", head.status));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    PUT /nowhere?policy, no bucket: 404
    PUT /photos?policy, a stranger: 403
    PUT /nowhere?cors, no bucket: 404
    PUT /photos?cors, a stranger: 403
    PUT /nowhere?publicAccessBlock, no bucket: 404
    PUT /photos?publicAccessBlock, a stranger: 403
    PUT /nowhere?ownershipControls, no bucket: 404
    PUT /photos?ownershipControls, a stranger: 403
    PUT /nowhere?tagging, no bucket: 404
    PUT /photos?tagging, a stranger: 403
    PUT /nowhere?notification, no bucket: 404
    PUT /photos?notification, a stranger: 403
    PUT /nowhere/a?tagging, no bucket: 404
    PUT /photos/a?tagging, a stranger: 403
    POST /nowhere?delete, no bucket: 404
    ");
    Ok(())
}

fn checksum(document: &str) -> String {
    cloudless::store::ChecksumAlgorithm::Crc32.of(document.as_bytes()).base64()
}

#[tokio::test]
async fn documents_that_need_a_checksum_are_refused_without() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    s3(&emulator).put_object().bucket("photos").key("a").send().await?;
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let cors = "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>";
    let keys = "<Delete><Object><Key>b</Key></Object></Delete>";
    let owners = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
    let mut told = Vec::new();
    for (target, document) in [
        ("POST /photos?delete", keys),
        ("PUT /photos?cors", cors),
        ("PUT /photos?tagging", tags),
        ("PUT /photos/a?tagging", tags),
        ("PUT /photos?ownershipControls", owners),
        ("PUT /photos?publicAccessBlock", block),
        ("PUT /photos?notification", "<NotificationConfiguration/>"),
    ] {
        let without = signed(target).body(document).send(&emulator).await?.tell();
        let with = signed(target).header("X-Amz-Checksum-Crc32", checksum(document));
        let with = with.body(document).send(&emulator).await?.status;
        told.push(format!("{target}: {without}; with a checksum {with}"));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    POST /photos?delete: 400 <Error><Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message></Error>; with a checksum 200
    PUT /photos?cors: 400 <Error><Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message></Error>; with a checksum 200
    PUT /photos?tagging: 400 <Error><Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message></Error>; with a checksum 204
    PUT /photos/a?tagging: 200; with a checksum 200
    PUT /photos?ownershipControls: 200; with a checksum 200
    PUT /photos?publicAccessBlock: 200; with a checksum 200
    PUT /photos?notification: 200; with a checksum 200
    ");
    Ok(())
}

#[tokio::test]
async fn the_hash_of_the_body_is_named_where_a_header_signs() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").send().await?;
    let get = |hash: &str| signed("GET /photos/a").header("X-Amz-Content-Sha256", hash);
    let version_2 = request("GET /photos/a").header("Authorization", "AWS test:00");
    let presigned = s3.get_object().bucket("photos").key("a");
    let presigned =
        presigned.presigned(PresigningConfig::expires_in(PATIENCE)?).await?.uri().to_owned();
    let path = presigned.split_once(&emulator.address().to_string()).map_or("", |it| it.1);
    let cases = [
        ("none", get("")),
        ("a word", get("hello")),
        ("bytes", get("\u{e9}")),
        ("a short one", get("e3b0c442")),
        ("in capitals", get("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")),
        ("unsigned", get("UNSIGNED-PAYLOAD")),
        ("the older signature", version_2),
        ("a presigned URL", request(&format!("GET {path}"))),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        told.push(format!("{name}: {}", case.send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    none: 400 <Error><Code>InvalidRequest</Code><Message>Missing required header for this request: x-amz-content-sha256</Message></Error>
    a word: 400 <Error><Code>InvalidArgument</Code><Message>x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.</Message><ArgumentName>x-amz-content-sha256</ArgumentName><ArgumentValue>hello</ArgumentValue></Error>
    bytes: 400 <Error><Code>InvalidArgument</Code><Message>x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.</Message><ArgumentName>x-amz-content-sha256</ArgumentName><ArgumentValue>é</ArgumentValue></Error>
    a short one: 400 <Error><Code>InvalidArgument</Code><Message>x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.</Message><ArgumentName>x-amz-content-sha256</ArgumentName><ArgumentValue>e3b0c442</ArgumentValue></Error>
    in capitals: 200
    unsigned: 200
    the older signature: 200
    a presigned URL: 200
    ");
    Ok(())
}

#[tokio::test]
async fn a_presigned_url_takes_conditions_and_ranges_beside_it() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").body(b"hello world".to_vec().into()).send().await?;
    const ETAG: &str = "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"";
    let get = s3.get_object().bucket("photos").key("a").response_content_type("text/plain");
    let presigned = get.presigned(PresigningConfig::expires_in(PATIENCE)?).await?.uri().to_owned();
    let path = presigned.split_once(&emulator.address().to_string()).map_or("", |it| it.1);
    let mut told = Vec::new();
    for (name, value) in [
        ("If-None-Match", ETAG),
        ("If-None-Match", "\"00\""),
        ("If-Match", ETAG),
        ("If-Match", "\"00\""),
        ("If-Modified-Since", "Mon, 23 Nov 2026 12:00:00 GMT"),
        ("If-Modified-Since", "Mon, 23 Nov 2026 11:00:00 GMT"),
        ("If-Unmodified-Since", "Mon, 23 Nov 2026 11:00:00 GMT"),
        ("Range", "bytes=-5"),
        ("Range", "bytes=11-"),
    ] {
        for method in ["GET", "HEAD"] {
            if method == "HEAD" && name != "Range" {
                continue;
            }
            let answer = request(&format!("{method} {path}")).header(name, value);
            let answer = answer.send(&emulator).await?;
            let headers = answer.tell_headers(&["content-type", "content-range", "content-length"]);
            told.push(format!(
                "{method} {name}: {value}: {} {}",
                answer.tell(),
                headers.replace('\n', ", ")
            ));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GET If-None-Match: "5eb63bbbe01eeed093cb22bb8f5acdc3": 304 
    GET If-None-Match: "00": 200 hello world content-type: text/plain, content-length: 11
    GET If-Match: "5eb63bbbe01eeed093cb22bb8f5acdc3": 200 hello world content-type: text/plain, content-length: 11
    GET If-Match: "00": 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>If-Match</Condition></Error> content-type: application/xml, content-length: 336
    GET If-Modified-Since: Mon, 23 Nov 2026 12:00:00 GMT: 304 
    GET If-Modified-Since: Mon, 23 Nov 2026 11:00:00 GMT: 200 hello world content-type: text/plain, content-length: 11
    GET If-Unmodified-Since: Mon, 23 Nov 2026 11:00:00 GMT: 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>If-Unmodified-Since</Condition></Error> content-type: application/xml, content-length: 347
    GET Range: bytes=-5: 206 world content-type: text/plain, content-range: bytes 6-10/11, content-length: 5
    HEAD Range: bytes=-5: 206 content-type: text/plain, content-range: bytes 6-10/11, content-length: 5
    GET Range: bytes=11-: 416 <Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message><RangeRequested>bytes=11-</RangeRequested><ActualObjectSize>11</ActualObjectSize></Error> content-type: application/xml, content-length: 357
    HEAD Range: bytes=11-: 416 content-type: application/xml
    "#);
    Ok(())
}

#[tokio::test]
async fn a_range_of_nothing_is_nothing() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("empty").send().await?;
    let mut told = Vec::new();
    for range in ["bytes=-1", "bytes=-0", "bytes=0-", "bytes=0-0", "bytes=1-0", "pages=1"] {
        for method in ["GET", "HEAD"] {
            let read = signed(&format!("{method} /photos/empty")).header("Range", range);
            let answer = read.send(&emulator).await?;
            let headers = answer.tell_headers(&["content-range", "content-length"]);
            told.push(format!(
                "{method} {range}: {} {}",
                answer.tell(),
                headers.replace('\n', ", ")
            ));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    GET bytes=-1: 200 content-length: 0
    HEAD bytes=-1: 200 content-length: 0
    GET bytes=-0: 416 <Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message><RangeRequested>bytes=-0</RangeRequested><ActualObjectSize>0</ActualObjectSize></Error> content-length: 355
    HEAD bytes=-0: 416 
    GET bytes=0-: 416 <Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message><RangeRequested>bytes=0-</RangeRequested><ActualObjectSize>0</ActualObjectSize></Error> content-length: 355
    HEAD bytes=0-: 416 
    GET bytes=0-0: 416 <Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message><RangeRequested>bytes=0-0</RangeRequested><ActualObjectSize>0</ActualObjectSize></Error> content-length: 356
    HEAD bytes=0-0: 416 
    GET bytes=1-0: 200 content-length: 0
    HEAD bytes=1-0: 200 content-length: 0
    GET pages=1: 200 content-length: 0
    HEAD pages=1: 200 content-length: 0
    ");
    Ok(())
}

#[tokio::test]
async fn numbers_are_digits() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let put = |length: &str| {
        signed("PUT /photos/a")
            .header("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("X-Amz-Decoded-Content-Length", length)
            .body("5\r\nhello\r\n0\r\n\r\n")
    };
    let presigned = |expires: &str| {
        request(&format!(
            "GET /photos/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test/20261123/us-east-1/s3/aws4_request&X-Amz-Date=20261123T120000Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
        ))
    };
    let cases = [
        ("a length of +5", put("+5")),
        ("a length of 5", put("5")),
        ("a Content-Length of +5", signed("PUT /photos/a").header("Content-Length", "+5").bytes("hello")),
        ("max-keys=+5", signed("GET /photos?max-keys=%2B5")),
        ("max-keys= 5", signed("GET /photos?max-keys=+5")),
        ("max-keys=-1", signed("GET /photos?max-keys=-1")),
        ("partNumber=+1", signed("GET /photos/a?partNumber=%2B1")),
        ("X-Amz-Expires=+5", presigned("%2B5")),
        ("X-Amz-Expires=-5", presigned("-5")),
        ("X-Amz-Expires=604801", presigned("604801")),
        ("Expires=+5", request("GET /photos/a?AWSAccessKeyId=test&Expires=%2B9999999999&Signature=00")),
        ("MaxItems=+5", request("GET /2015-03-31/functions?MaxItems=%2B5")
            .header("Authorization", AUTHORIZATION.replace("/s3/", "/lambda/"))),
        ("MaxNumberOfMessages=+5", request("POST /").form("Action=ReceiveMessage&QueueUrl=http://localhost/000000000000/q&MaxNumberOfMessages=%2B5")),
        ("VisibilityTimeout=+5", request("POST /").sqs("CreateQueue", r#"{"QueueName":"q","Attributes":{"VisibilityTimeout":"+5"}}"#)),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        let answer = case.send(&emulator).await?.tell();
        told.push(format!("{name}: {}", answer.chars().take(330).collect::<String>()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    a length of +5: 411 <Error><Code>MissingContentLength</Code><Message>You must provide the Content-Length HTTP header.</Message></Error>
    a length of 5: 200
    a Content-Length of +5: 400
    max-keys=+5: 400 <Error><Code>InvalidArgument</Code><Message>Provided max-keys not an integer or within integer range</Message><ArgumentName>max-keys</ArgumentName><ArgumentValue>+5</ArgumentValue></Error>
    max-keys= 5: 400 <Error><Code>InvalidArgument</Code><Message>Provided max-keys not an integer or within integer range</Message><ArgumentName>max-keys</ArgumentName><ArgumentValue> 5</ArgumentValue></Error>
    max-keys=-1: 400 <Error><Code>InvalidArgument</Code><Message>Argument maxKeys must be an integer between 0 and 2147483647</Message><ArgumentName>maxKeys</ArgumentName><ArgumentValue>-1</ArgumentValue></Error>
    partNumber=+1: 400 <Error><Code>InvalidArgument</Code><Message>Part number must be an integer between 1 and 10000, inclusive</Message><ArgumentName>partNumber</ArgumentName><ArgumentValue>+1</ArgumentValue></Error>
    X-Amz-Expires=+5: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Expires should be a number</Message></Error>
    X-Amz-Expires=-5: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Expires must be non-negative</Message></Error>
    X-Amz-Expires=604801: 400 <Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds</Message></Error>
    Expires=+5: 403 <Error><Code>AccessDenied</Code><Message>Invalid date (should be seconds since epoch): +9999999999</Message></Error>
    MaxItems=+5: 400 {"message":"STRING_VALUE can not be converted to an Integer"}
    MaxNumberOfMessages=+5: 400 <?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>MalformedInput</Code><Message>STRING_VALUE can not be converted to an Integer</Message><Detail/></Error></ErrorResponse>
    VisibilityTimeout=+5: 400 {"__type":"com.amazonaws.sqs#InvalidAttributeValue","message":"Invalid value for the parameter VisibilityTimeout."}
    "#);
    Ok(())
}
