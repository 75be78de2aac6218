//! What is said of an object beyond ASCII: user metadata in words of RFC 2047, other headers byte by
//! byte.

use crate::raw::{Request, request};
use crate::s3_uploads::AUTHORIZATION;
use crate::{Story, at_noon, s3};

fn signed(target: &str) -> Request {
    request(target).header("Authorization", AUTHORIZATION)
}

#[tokio::test]
async fn user_metadata_comes_back_in_words_and_may_come_in_words() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = [
        ("text", "test_—_file%E2%80%94_é_2?.pdf"),
        ("letters", "ÄMÄZÕÑ S3"),
        ("signs", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        ("words", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("ascii", "=?UTF-8?Q?actually-ascii?="),
        ("base64", "=?UTF-8?B?YWJj?="),
        ("binary", "=?UTF-8?B?AAECAw==?="),
        ("broken", "=?UTF-8?Q?=E9=E9?="),
        (
            "long",
            "Wir treffen uns am Freitag in Zürich, und am Samstag in Genève, und am Sonntag in Köln.",
        ),
    ];
    let request = put.iter().fold(signed("PUT /photos/a"), |request, (name, value)| {
        request.header(&format!("X-Amz-Meta-{name}"), *value)
    });
    let mut told = vec![request.body("hello").send(&emulator).await?.tell()];
    s3.copy_object().bucket("photos").key("b").copy_source("photos/a").send().await?;
    let (a, b) = (head(&emulator, "a").await?, head(&emulator, "b").await?);
    for (name, _) in put {
        let name = format!("x-amz-meta-{name}");
        assert_eq!(a.header(&name), b.header(&name));
        told.push(format!("{name}: {}", a.header(&name).unwrap_or_default()));
    }
    insta::assert_snapshot!(told.join("\n"), @r##"
    200
    x-amz-meta-text: =?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=
    x-amz-meta-letters: =?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=
    x-amz-meta-signs: !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~
    x-amz-meta-words: =?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=
    x-amz-meta-ascii: actually-ascii
    x-amz-meta-base64: abc
    x-amz-meta-binary: =?UTF-8?B?AAECAw==?=
    x-amz-meta-broken: =?UTF-8?B?77+977+9?=
    x-amz-meta-long: =?UTF-8?Q?Wir_treffen_uns_am_Freitag_in_Z=C3=BCrich,_und_a?= =?UTF-8?Q?m_Samstag_in_Gen=C3=A8ve,_und_am_Sonntag_in_K=C3=B6ln.?=
    "##);
    Ok(())
}

async fn head(emulator: &cloudless::Emulator, key: &str) -> anyhow::Result<crate::raw::Answer> {
    signed(&format!("HEAD /photos/{key}")).send(emulator).await
}

#[tokio::test]
async fn user_metadata_counts_as_it_is_kept() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    // Two bytes a letter: 2,047 and the name is all there may be.
    let fits = "é".repeat(1_023) + "e";
    let words = vec![format!("=?UTF-8?Q?{}?=", "=C3=A9".repeat(10)); 102].join(" ");
    let mut told = Vec::new();
    for (name, value) in [
        ("fits", fits.clone()),
        ("one more", fits + "e"),
        ("words, decoded", words.clone()),
        ("words, decoded, and more", words + " and more than that"),
    ] {
        let answer = signed("PUT /photos/a").header("X-Amz-Meta-A", value).body("hello");
        told.push(format!("{name}: {}", answer.send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    fits: 200
    one more: 400 <Error><Code>MetadataTooLarge</Code><Message>Your metadata headers exceed the maximum allowed metadata size</Message><Size>2049</Size><MaxSizeAllowed>2048</MaxSizeAllowed></Error>
    words, decoded: 200
    words, decoded, and more: 400 <Error><Code>MetadataTooLarge</Code><Message>Your metadata headers exceed the maximum allowed metadata size</Message><Size>2060</Size><MaxSizeAllowed>2048</MaxSizeAllowed></Error>
    ");
    Ok(())
}

#[tokio::test]
async fn other_headers_come_back_byte_by_byte() -> Story {
    let emulator = at_noon().await?;
    s3(&emulator).create_bucket().bucket("photos").send().await?;
    let put = signed("PUT /photos/a")
        .header("Content-Disposition", "attachment; filename=\"test_—_é.pdf\"")
        .header("Cache-Control", "ÄMÄZÕÑ S3")
        .header("Content-Encoding", "aws-chunked,é")
        .header("Content-Type", "text/é")
        .header("X-Amz-Website-Redirect-Location", "/é");
    let put = put.header("X-Amz-Decoded-Content-Length", "5").body("5\r\nhello\r\n0\r\n\r\n");
    let mut told = vec![put.send(&emulator).await?.tell()];
    let spaced = signed("PUT /photos/spaced").header("Content-Encoding", "deflate, gzip");
    told.push(spaced.body("hello").send(&emulator).await?.tell());
    told.push(head(&emulator, "spaced").await?.tell_headers(&["content-encoding"]));
    // The framing of an upload is not kept, also where the word is all there is of it.
    let framing = signed("PUT /photos/framing").header("Content-Encoding", "gzip, aws-chunked");
    told.push(framing.body("hello").send(&emulator).await?.tell());
    told.push(head(&emulator, "framing").await?.tell_headers(&["content-encoding"]));
    let names = [
        "content-disposition",
        "cache-control",
        "content-encoding",
        "content-type",
        "x-amz-website-redirect-location",
    ];
    told.push(head(&emulator, "a").await?.tell_headers(&names));
    for override_with in ["%C3%A9", "%E2%80%94", "a%0D%0AX-Evil:%20b"] {
        let get = signed(&format!("GET /photos/a?response-cache-control={override_with}"));
        let answer = get.send(&emulator).await?;
        told.push(answer.tell() + " " + &answer.tell_headers(&["cache-control", "x-evil"]));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    200
    200
    content-encoding: deflate, gzip
    200
    content-encoding: gzip
    content-disposition: attachment; filename="test_—_é.pdf"
    cache-control: ÄMÄZÕÑ S3
    content-encoding: é
    content-type: text/é
    x-amz-website-redirect-location: /é
    200 hello cache-control: �
    400 <Error><Code>InvalidArgument</Code><Message>Header value cannot be represented using ISO-8859-1.</Message><ArgumentName>response-cache-control</ArgumentName><ArgumentValue>—</ArgumentValue></Error> 
    200 hello cache-control: a  X-Evil: b
    "#);
    Ok(())
}
