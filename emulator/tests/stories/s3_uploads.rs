//! Uploads: what the client says of its bytes is checked, and nothing is stored that is not so.

use std::io::Write as _;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::raw::request;
use crate::{Story, at_noon, refusal, s3};

#[tokio::test]
async fn a_file_goes_up_as_the_sdk_sends_it_and_comes_back_checked() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    // Neither a multiple of the SDK's chunks nor of ours; 20 MB is more than any buffer.
    let mut told = Vec::new();
    for (key, size_bytes) in [("empty", 0), ("small", 100_003), ("large", 20_000_003)] {
        let bytes: Vec<u8> = (0..size_bytes).map(|at: usize| (at % 251) as u8).collect();
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(&bytes)?;
        let body = ByteStream::from_path(file.path()).await?;
        let put = s3.put_object().bucket("photos").key(key).body(body).send().await?;
        let get = s3.get_object().bucket("photos").key(key).checksum_mode(ChecksumMode::Enabled);
        let got = get.send().await?;
        told.push(format!(
            "{key}: {} bytes, etag {}, {:?}, {:?}, encoding {:?}",
            got.content_length().unwrap_or_default(),
            got.e_tag().unwrap_or_default(),
            put.checksum_crc32(),
            put.checksum_type(),
            got.content_encoding(),
        ));
        assert_eq!(got.checksum_crc32(), put.checksum_crc32());
        assert!(got.body.collect().await?.to_vec() == bytes, "{key} comes back as it was");
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    empty: 0 bytes, etag "d41d8cd98f00b204e9800998ecf8427e", Some("AAAAAA=="), Some(FullObject), encoding None
    small: 100003 bytes, etag "2e7df8ce2c03b3b052faa1e3bb809159", Some("vOOowQ=="), Some(FullObject), encoding None
    large: 20000003 bytes, etag "79087df33ef24d6107dedd56c9bcf213", Some("rkX5Jw=="), Some(FullObject), encoding None
    "#);
    Ok(())
}

#[tokio::test]
async fn every_checksum_of_the_sdk_is_computed_here_too() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let mut told = Vec::new();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = s3.put_object().bucket("photos").key(algorithm.as_str());
        let put = put.checksum_algorithm(algorithm).body(b"hello world".to_vec().into());
        let put = put.send().await?;
        let said = [
            put.checksum_crc32(),
            put.checksum_crc32_c(),
            put.checksum_crc64_nvme(),
            put.checksum_sha1(),
            put.checksum_sha256(),
        ];
        told.push(format!("{:?}", said.into_iter().flatten().collect::<Vec<_>>()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    ["DUoRhQ=="]
    ["yZRlqg=="]
    ["jSnVw/bqjr4="]
    ["Kq5sNclPz7QV2+lfQIuc6R7oRu0="]
    ["uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="]
    "#);
    Ok(())
}

/// The younger algorithms, which SDKs leave to the caller to compute.
#[tokio::test]
async fn checksums_that_no_sdk_computes_are_verified_and_kept() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let mut told = Vec::new();
    for algorithm in ["md5", "sha512", "xxhash128", "xxhash3", "xxhash64"] {
        let name = format!("x-amz-checksum-{algorithm}");
        let of = |text: &str| {
            let known = cloudless::store::ChecksumAlgorithm::parse(algorithm);
            known.map_or_else(String::new, |known| known.of(text.as_bytes()).base64())
        };
        let put = |checksum: String| {
            let put = request("PUT /photos/a").header("Authorization", AUTHORIZATION);
            put.header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
                .header(&name, checksum)
                .body("hello world")
        };
        let wrong = put(of("hello")).send(&emulator).await?;
        let unlike = put("AAAA".into()).send(&emulator).await?;
        put(of("hello world")).send(&emulator).await?;
        let get = request("GET /photos/a").header("Authorization", AUTHORIZATION);
        let get = get.header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
        let read = get.header("X-Amz-Checksum-Mode", "ENABLED").send(&emulator).await?;
        told.push(format!(
            "{} | {} | {:?} {:?}",
            wrong.tell_short(),
            unlike.tell_short(),
            read.header(&name),
            read.header("x-amz-checksum-type"),
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    400 <Error><Code>BadDigest</Code><Message>The MD5 you specified did not match the calculated checksum.</Message></Error> | 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-md5 header is invalid.</Message></Error> | Some("XrY7u+Ae7tCTyyK7j1rNww==") Some("FULL_OBJECT")
    400 <Error><Code>BadDigest</Code><Message>The SHA512 you specified did not match the calculated checksum.</Message></Error> | 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-sha512 header is invalid.</Message></Error> | Some("MJ7MSJwS1utMxA9QyQLytNDtd+5RGnx6m808qG1M2G+YndNbxf9JlnDaNCVbRbDP2DDoH2Bdz33FVC6TrpzXbw==") Some("FULL_OBJECT")
    400 <Error><Code>BadDigest</Code><Message>The XXHASH128 you specified did not match the calculated checksum.</Message></Error> | 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-xxhash128 header is invalid.</Message></Error> | Some("340J6T+HSQCpm4d1zBW2xw==") Some("FULL_OBJECT")
    400 <Error><Code>BadDigest</Code><Message>The XXHASH3 you specified did not match the calculated checksum.</Message></Error> | 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-xxhash3 header is invalid.</Message></Error> | Some("1Eex6kDmmIs=") Some("FULL_OBJECT")
    400 <Error><Code>BadDigest</Code><Message>The XXHASH64 you specified did not match the calculated checksum.</Message></Error> | 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-xxhash64 header is invalid.</Message></Error> | Some("RatnNLIeaWg=") Some("FULL_OBJECT")
    "#);
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_not_what_was_said_are_refused_and_not_stored() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = || request("PUT /photos/a").header("Authorization", AUTHORIZATION);
    let framed = |trailer: &str| {
        let body = format!("5\r\nhello\r\n0\r\n{trailer}\r\n");
        put()
            .header("Content-Encoding", "aws-chunked")
            .header("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("X-Amz-Trailer", "x-amz-checksum-crc32")
            .header("X-Amz-Decoded-Content-Length", "5")
            .body(body)
    };
    let zeros = "0".repeat(64);
    let cases = [
        ("wrong checksum", put().header("x-amz-checksum-crc32", "AAAAAA==").body("hello")),
        ("checksum of another length", put().header("x-amz-checksum-crc32", "AAA=").body("hello")),
        ("wrong MD5", put().header("Content-MD5", "XUFAKrxLKna5cZ2REBfFkw==").body("world")),
        ("no MD5 at all", put().header("Content-MD5", "hello").body("hello")),
        ("wrong SHA-256", put().header("X-Amz-Content-Sha256", zeros).body("hello")),
        ("wrong trailer", framed("x-amz-checksum-crc32:AAAAAA==\r\n")),
        (
            "truncated frames",
            put()
                .header("Content-Encoding", "aws-chunked")
                .header("X-Amz-Decoded-Content-Length", "5")
                .body("5\r\nhel"),
        ),
        (
            "another length than decoded",
            put()
                .header("Content-Encoding", "aws-chunked")
                .header("X-Amz-Decoded-Content-Length", "6")
                .body("5\r\nhello\r\n0\r\n\r\n"),
        ),
        ("no length", put()),
        ("too large", put().header("Content-Length", "5368709121").bytes("hello")),
    ];
    let truncated = put().header("Content-Length", "10").bytes("hello");
    let mut told =
        vec![format!("truncated: {}", truncated.send_truncated(&emulator).await?.tell())];
    for (name, case) in cases {
        told.push(format!("{name}: {}", case.send(&emulator).await?.tell()));
    }
    told.push(refusal(s3.head_object().bucket("photos").key("a").send().await));
    let right = framed("x-amz-checksum-crc32:NhCmhg==\r\n").send(&emulator).await?;
    told.push(format!("right trailer: {}", right.tell()));
    let got = s3.get_object().bucket("photos").key("a").send().await?;
    told.push(String::from_utf8_lossy(&got.body.collect().await?.to_vec()).into_owned());
    insta::assert_snapshot!(told.join("\n"), @"
    truncated: 400 <Error><Code>IncompleteBody</Code><Message>You did not provide the number of bytes specified by the Content-Length HTTP header</Message></Error>
    wrong checksum: 400 <Error><Code>BadDigest</Code><Message>The CRC32 you specified did not match the calculated checksum.</Message></Error>
    checksum of another length: 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-crc32 header is invalid.</Message></Error>
    wrong MD5: 400 <Error><Code>BadDigest</Code><Message>The Content-MD5 you specified did not match what we received.</Message><ExpectedDigest>5d41402abc4b2a76b9719d911017c593</ExpectedDigest><CalculatedDigest>fXkwN6B2AYZXSwKC8vQ15w==</CalculatedDigest></Error>
    no MD5 at all: 400 <Error><Code>InvalidDigest</Code><Message>The Content-MD5 you specified was invalid.</Message><Content-MD5>hello</Content-MD5></Error>
    wrong SHA-256: 400 <Error><Code>XAmzContentSHA256Mismatch</Code><Message>The provided 'x-amz-content-sha256' header does not match what was computed.</Message><ClientComputedContentSHA256>0000000000000000000000000000000000000000000000000000000000000000</ClientComputedContentSHA256><S3ComputedContentSHA256>2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824</S3ComputedContentSHA256></Error>
    wrong trailer: 400 <Error><Code>BadDigest</Code><Message>The CRC32 you specified did not match the calculated checksum.</Message></Error>
    truncated frames: 400 <Error><Code>IncompleteBody</Code><Message>The request body terminated unexpectedly</Message></Error>
    another length than decoded: 400 <Error><Code>IncompleteBody</Code><Message>You did not provide the number of bytes specified by the Content-Length HTTP header</Message></Error>
    no length: 411 <Error><Code>MissingContentLength</Code><Message>You must provide the Content-Length HTTP header.</Message></Error>
    too large: 400 <Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message><ProposedSize>5368709121</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed></Error>
    404 NotFound: no message
    right trailer: 200
    hello
    ");
    Ok(())
}

/// Of a part, the MD5 that was sent is told as it was sent.
#[tokio::test]
async fn a_part_that_is_not_what_was_said_is_refused() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let begun = s3.create_multipart_upload().bucket("photos").key("a").send().await?;
    let upload = begun.upload_id().unwrap_or_default();
    let wrong = request(&format!("PUT /photos/a?partNumber=1&uploadId={upload}"))
        .header("Authorization", AUTHORIZATION)
        .header("Content-MD5", "XUFAKrxLKna5cZ2REBfFkw==")
        .body("world");
    insta::assert_snapshot!(wrong.send(&emulator).await?.tell(), @"400 <Error><Code>BadDigest</Code><Message>The Content-MD5 you specified did not match what we received.</Message><ExpectedDigest>XUFAKrxLKna5cZ2REBfFkw==</ExpectedDigest><CalculatedDigest>fXkwN6B2AYZXSwKC8vQ15w==</CalculatedDigest></Error>");
    Ok(())
}

#[tokio::test]
async fn what_is_announced_comes_and_nothing_else() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    const CRC: &str = "x-amz-checksum-crc32:NhCmhg==\r\n";
    let put = |announced: &str, body: &str| {
        let put = request("PUT /photos/a").header("Authorization", AUTHORIZATION);
        let put = put.header("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let put = put.header("X-Amz-Decoded-Content-Length", "5");
        let put = if announced.is_empty() { put } else { put.header("X-Amz-Trailer", announced) };
        put.body(body)
    };
    let crc =
        |trailers: &str| put("x-amz-checksum-crc32", &format!("5\r\nhello\r\n0\r\n{trailers}\r\n"));
    let unannounced = format!("5\r\nhello\r\n0\r\n{CRC}\r\n");
    let plus = format!("+5\r\nhello\r\n0\r\n{CRC}\r\n");
    let cases = [
        ("as announced", crc(CRC)),
        ("announced and missing", crc("")),
        ("another one", crc("x-amz-checksum-sha1:qvTGHdzF6KLavt4PO0gs2a6pQ00=\r\n")),
        ("twice", crc(&[CRC, CRC].concat())),
        ("and one more", crc(&format!("{CRC}x-amz-meta-a:b\r\n"))),
        ("not announced", put("", &unannounced)),
        ("no name", crc("NhCmhg==\r\n")),
        ("no checksum", crc("x-amz-checksum-crc32:hello\r\n")),
        ("nothing to announce", put("", "5\r\nhello\r\n0\r\n\r\n")),
        ("unknown", put("x-amz-checksum-crc31", "5\r\nhello\r\n0\r\n\r\n")),
        ("also in the head", crc(CRC).header("x-amz-checksum-crc32", "NhCmhg==")),
        ("another algorithm", crc(CRC).header("x-amz-sdk-checksum-algorithm", "SHA1")),
        ("a size of +5", put("x-amz-checksum-crc32", &plus)),
        ("small chunks", put("", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")),
        ("cut off", put("", "5\r\nhello\r\n0\r\n")),
    ];
    let mut told = Vec::new();
    for (name, case) in cases {
        told.push(format!("{name}: {}", case.send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    as announced: 200
    announced and missing: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    another one: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    twice: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    and one more: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    not announced: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    no name: 400 <Error><Code>MalformedTrailerError</Code><Message>The request contained trailing data that was not well-formed or did not conform to our published schema.</Message></Error>
    no checksum: 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-crc32 trailing header is invalid.</Message></Error>
    nothing to announce: 200
    unknown: 400 <Error><Code>InvalidRequest</Code><Message>The value specified in the x-amz-trailer header is not supported</Message></Error>
    also in the head: 400 <Error><Code>InvalidRequest</Code><Message>Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.</Message></Error>
    another algorithm: 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-sdk-checksum-algorithm header is invalid.</Message></Error>
    a size of +5: 400 <Error><Code>IncompleteBody</Code><Message>The request body terminated unexpectedly</Message></Error>
    small chunks: 403 <Error><Code>InvalidChunkSizeError</Code><Message>Only the last chunk is allowed to have a size less than 8192 bytes</Message><Chunk>2</Chunk><BadChunkSize>2</BadChunkSize></Error>
    cut off: 400 <Error><Code>IncompleteBody</Code><Message>The request body terminated unexpectedly</Message></Error>
    ");
    Ok(())
}

/// The SDK for JavaScript writes the checksum into the URL, and so do URLs of SigV2.
#[tokio::test]
async fn a_checksum_in_a_presigned_url_is_one() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let signed = "AWSAccessKeyId=test&Signature=00&Expires=9999999999";
    let right = "x-amz-checksum-crc32=NhCmhg%3D%3D";
    let mut told = Vec::new();
    for (name, query) in [
        ("right", right.to_owned()),
        ("of another body", "x-amz-checksum-crc32=AAAAAA%3D%3D".to_owned()),
        ("none", "x-amz-checksum-crc32=hello".to_owned()),
        ("beside the word of another", format!("{right}&x-amz-sdk-checksum-algorithm=SHA1")),
        ("a word alone", "x-amz-sdk-checksum-algorithm=SHA1".to_owned()),
    ] {
        let put = request(&format!("PUT /photos/a?{signed}&{query}")).body("hello");
        let put = put.send(&emulator).await?;
        let checksums = ["x-amz-checksum-crc32", "x-amz-checksum-crc64nvme"];
        let said = checksums.map(|name| put.header(name).unwrap_or("-").to_owned()).join(" ");
        told.push(format!("{name}: {} {said}", put.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    right: 200 NhCmhg== -
    of another body: 400 <Error><Code>BadDigest</Code><Message>The CRC32 you specified did not match the calculated checksum.</Message></Error> - -
    none: 400 <Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-crc32 header is invalid.</Message></Error> - -
    beside the word of another: 200 NhCmhg== -
    a word alone: 200 - M3eFcAZSQlc=
    ");
    Ok(())
}

/// Whoever it is: no keys are configured.
pub const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";
