//! Uploads by a browser's form, whose policy says who may upload what.

use std::fmt::Write as _;

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless::Emulator;
use hmac::{Hmac, KeyInit as _, Mac as _};

use crate::raw::{Answer, Request, request};
use crate::{Story, at_noon, s3};

const CREDENTIAL: &str = "AKIASHOP/20261123/us-east-1/s3/aws4_request";

/// A form to the bucket `photos`, as a browser sends it.
fn form(fields: &[(&str, &str)], file: &str) -> Request {
    let mut body = String::new();
    for (name, value) in fields {
        let _ = write!(
            body,
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    let _ = write!(
        body,
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n{file}\r\n--x\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\nUpload\r\n--x--\r\n"
    );
    request("POST /photos").header("Content-Type", "multipart/form-data; boundary=x").body(body)
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The fields of a signature with `secret` under a policy that lets `conditions` pass until five past twelve.
fn signed(secret: &str, conditions: &str) -> Vec<(&'static str, String)> {
    let policy = format!(
        r#"{{"expiration": "2026-11-23T12:05:00Z", "conditions": [{{"bucket": "photos"}}, {{"x-amz-algorithm": "AWS4-HMAC-SHA256"}}, {{"x-amz-credential": "{CREDENTIAL}"}}, ["starts-with", "$x-amz-date", ""], {conditions}]}}"#
    );
    let policy = BASE64.encode(policy);
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in CREDENTIAL.split('/').skip(1) {
        key = sign(&key, part);
    }
    let signature = sign(&key, &policy).iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".into()),
        ("x-amz-credential", CREDENTIAL.into()),
        ("x-amz-date", "20261123T120000Z".into()),
        ("policy", policy),
        ("x-amz-signature", signature),
    ]
}

/// The same with what the form says beside it.
fn signed_form(secret: &str, conditions: &str, fields: &[(&str, &str)], file: &str) -> Request {
    let signature = signed(secret, conditions);
    let signature = signature.iter().map(|(name, value)| (*name, value.as_str()));
    form(&fields.iter().copied().chain(signature).collect::<Vec<_>>(), file)
}

fn told(what: &str, answer: &Answer) -> String {
    let location = answer.tell_headers(&["location"]);
    let location = location.split_once("//").and_then(|(_, rest)| rest.split_once('/'));
    let location = location.map(|(_, path)| format!(", at /{path}")).unwrap_or_default();
    // The port is another one each time.
    let mut tell = answer.tell().replace('\n', " ");
    if let (Some(from), Some(to)) = (tell.find("127.0.0.1:"), tell.find("/photos")) {
        tell.replace_range(from..to, "HOST");
    }
    format!("{what}: {}{location}", tell.chars().take(300).collect::<String>())
}

const KEY: &str = r#"["starts-with", "$key", "user/"]"#;

#[tokio::test]
async fn a_form_puts_a_file_where_and_as_it_says() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let any = |names: &str| {
        let names = names.split(' ').map(|name| format!(r#"["starts-with", "${name}", ""]"#));
        format!("{KEY}, {}", names.collect::<Vec<_>>().join(", "))
    };
    let with = async |conditions: String, fields: &[(&str, &str)], file: &str| {
        let fields = [&[("key", "user/${filename}")], fields].concat();
        signed_form("any", &conditions, &fields, file).send(&emulator).await
    };
    let mut all = vec![
        told("plain", &with(KEY.to_owned(), &[], "meow").await?),
        told(
            "as a document",
            &with(any("success_action_status"), &[("success_action_status", "201")], "meow").await?,
        ),
        told(
            "with another status",
            &with(any("success_action_status"), &[("success_action_status", "404")], "meow").await?,
        ),
        told(
            "leading on",
            &with(
                any("success_action_redirect"),
                &[("success_action_redirect", "http://shop.example/done?a=b")],
                "meow",
            )
            .await?,
        ),
        told(
            "described",
            &with(
                any("Content-Type x-amz-meta-title tagging cache-control"),
                &[
                    ("content-type", "image/jpeg"),
                    ("Cache-Control", "max-age=60"),
                    ("X-Amz-Meta-Title", "A cat"),
                    (
                        "tagging",
                        "<Tagging><TagSet><Tag><Key>kind</Key><Value>a b</Value></Tag></TagSet></Tagging>",
                    ),
                ],
                "meow",
            )
            .await?,
        ),
    ];
    let head = s3.head_object().bucket("photos").key("user/cat.jpg").send().await?;
    let tags = s3.get_object_tagging().bucket("photos").key("user/cat.jpg").send().await?;
    all.push(format!(
        "{:?} {:?} {:?} {:?} {:?}",
        head.content_length(),
        head.content_type(),
        head.cache_control(),
        head.metadata(),
        tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>()
    ));
    let trace = emulator.trace();
    let posted = trace.iter().filter(|event| format!("{event:?}").contains("PostObject")).count();
    all.push(format!("{posted} of them in the trace"));
    insta::assert_snapshot!(all.join("\n"), @r#"
    plain: 204, at /photos/user%2Fcat.jpg
    as a document: 201 <PostResponse><Location>http://HOST/photos/user%2Fcat.jpg</Location><Bucket>photos</Bucket><Key>user/cat.jpg</Key><ETag>&quot;4a4be40c96ac6314e91d93f38043a634&quot;</ETag></PostResponse>, at /photos/user%2Fcat.jpg
    with another status: 204, at /photos/user%2Fcat.jpg
    leading on: 303, at /done?a=b&bucket=photos&key=user%2Fcat.jpg&etag=%224a4be40c96ac6314e91d93f38043a634%22
    described: 204, at /photos/user%2Fcat.jpg
    Some(4) Some("image/jpeg") Some("max-age=60") Some({"title": "A cat"}) [("kind", "a b")]
    5 of them in the trace
    "#);
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_not_as_its_policy_says_puts_nothing() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let sized = format!("{KEY}, [\"content-length-range\", 2, 5]");
    let key = ("key", "user/${filename}");
    let with = async |what: &str, conditions: &str, fields: &[(&str, &str)], file: &str| {
        let answer = signed_form("any", conditions, fields, file).send(&emulator).await?;
        anyhow::Ok(told(what, &answer))
    };
    let mut all = vec![
        with("another key", KEY, &[("key", "others/cat.jpg")], "meow").await?,
        with("no key", KEY, &[], "meow").await?,
        with("a field too many", KEY, &[key, ("acl", "private")], "meow").await?,
        with("too small", &sized, &[key], "m").await?,
        with("too large", &sized, &[key], &"m".repeat(100_000)).await?,
        with(
            "another MD5",
            &format!("{KEY}, [\"starts-with\", \"$Content-MD5\", \"\"]"),
            &[key, ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")],
            "meow",
        )
        .await?,
        with("too many fields", KEY, &[key, ("x-ignore-me", &"x".repeat(20_480))], "meow").await?,
    ];
    let plain = |content_type: &str, body: &str| {
        request("POST /photos").header("Content-Type", content_type).body(body)
    };
    let multipart = "multipart/form-data; boundary=x";
    for (what, request) in [
        ("no form", plain("text/html", "hello")),
        ("no boundary", plain("multipart/form-data", "hello")),
        ("no parts", plain(multipart, "hello")),
        ("no file", plain(multipart, "--x--\r\n")),
        (
            "cut off",
            plain(multipart, "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nm"),
        ),
        ("no signature", form(&[key, ("policy", "e30="), ("AWSAccessKeyId", "AKIA")], "meow")),
        ("nobody's", form(&[key], "meow")),
        ("no length", request("POST /photos").header("Content-Type", multipart)),
        (
            "no bucket",
            request("POST /")
                .header("Host", "others.localhost")
                .header("Content-Type", multipart)
                .body("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\r\n--x--"),
        ),
    ] {
        all.push(told(what, &request.send(&emulator).await?));
    }
    emulator.advance(std::time::Duration::from_secs(301)).await?;
    all.push(with("too late", KEY, &[key], "meow").await?);
    let listed = s3.list_objects_v2().bucket("photos").send().await?;
    all.push(format!("{} objects", listed.key_count().unwrap_or_default()));
    insta::assert_snapshot!(all.join("\n"), @"
    another key: 403 <Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy Condition failed: [&quot;starts-with&quot;, &quot;$key&quot;, &quot;user/&quot;]</Message></Error>
    no key: 400 <Error><Code>InvalidArgument</Code><Message>Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.</Message><ArgumentName>key</ArgumentName><ArgumentValue></ArgumentValue></Error>
    a field too many: 403 <Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Extra input fields: acl</Message></Error>
    too small: 400 <Error><Code>EntityTooSmall</Code><Message>Your proposed upload is smaller than the minimum allowed size</Message><ProposedSize>1</ProposedSize><MinSizeAllowed>2</MinSizeAllowed></Error>
    too large: 400 <Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message><ProposedSize>100000</ProposedSize><MaxSizeAllowed>5</MaxSizeAllowed></Error>
    another MD5: 400 <Error><Code>BadDigest</Code><Message>The Content-MD5 you specified did not match what we received.</Message><ExpectedDigest>5d41402abc4b2a76b9719d911017c592</ExpectedDigest><CalculatedDigest>SkvkDJasYxTpHZPzgEOmNA==</CalculatedDigest></Error>
    too many fields: 400 <Error><Code>MaxPostPreDataLengthExceeded</Code><Message>Your POST request fields preceeding the upload file was too large.</Message><MaxPostPreDataLengthBytes>20480</MaxPostPreDataLengthBytes></Error>
    no form: 412 <Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message><Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition></Error>
    no boundary: 400 <Error><Code>MalformedPOSTRequest</Code><Message>The body of your POST request is not well-formed multipart/form-data.</Message></Error>
    no parts: 400 <Error><Code>MalformedPOSTRequest</Code><Message>The body of your POST request is not well-formed multipart/form-data.</Message></Error>
    no file: 400 <Error><Code>InvalidArgument</Code><Message>POST requires exactly one file upload per request.</Message><ArgumentName>file</ArgumentName><ArgumentValue>0</ArgumentValue></Error>
    cut off: 400 <Error><Code>InvalidArgument</Code><Message>Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.</Message><ArgumentName>key</ArgumentName><ArgumentValue></ArgumentValue></Error>
    no signature: 400 <Error><Code>InvalidArgument</Code><Message>Bucket POST must contain a field named 'Signature'.  If it is specified, please check the order of the fields.</Message><ArgumentName>Signature</ArgumentName><ArgumentValue></ArgumentValue></Error>
    nobody's: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    no length: 411 <Error><Code>MissingContentLength</Code><Message>You must provide the Content-Length HTTP header.</Message></Error>
    no bucket: 400 <Error><Code>InvalidArgument</Code><Message>Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.</Message><ArgumentName>key</ArgumentName><ArgumentValue></ArgumentValue></Error>
    too late: 403 <Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>
    0 objects
    ");
    Ok(())
}

#[tokio::test]
async fn where_keys_are_configured_a_form_must_be_signed_by_one_of_them() -> Story {
    let emulator = Emulator::builder()
        .clock(cloudless::clock::Clock::frozen(crate::NOON))
        .key("AKIASHOP", "a secret")
        .start()
        .await?;
    let signer = crate::keys::signing_with(&emulator, "AKIASHOP", "a secret");
    crate::s3_with(&signer).create_bucket().bucket("photos").send().await?;
    let key = [("key", "user/cat.jpg")];
    let mut signature = signed("a secret", KEY);
    signature[1].1 = CREDENTIAL.replace("SHOP", "NONE");
    let unknown: Vec<_> = signature.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let unknown = [&key[..], &unknown].concat();
    insta::assert_snapshot!([
        told("signed", &signed_form("a secret", KEY, &key, "meow").send(&emulator).await?),
        told("signed wrongly", &signed_form("another", KEY, &key, "meow").send(&emulator).await?),
        told("by an unknown key", &form(&unknown, "meow").send(&emulator).await?),
        told("unsigned", &form(&key, "meow").send(&emulator).await?),
    ].join("\n"), @"
    signed: 204, at /photos/user%2Fcat.jpg
    signed wrongly: 403 <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIASHOP</AWSAccessKeyId><StringToSign>eyJleHBpcmF0aW9uIjogIjIwMjYtMTEtMjNUMTI6MDU6MDBaIiwgImNvbmRpdGlvbnMi
    by an unknown key: 403 <Error><Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does not exist in our records.</Message><AWSAccessKeyId>AKIANONE</AWSAccessKeyId></Error>
    unsigned: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    ");
    Ok(())
}

/// Where any key is as good as another, a page of anybody could sign a policy of its own.
#[tokio::test]
async fn a_foreign_pages_form_gets_in_by_a_known_key_or_as_anybodys() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let key = [("key", "user/cat.jpg")];
    let from = |origin: &str, request: Request| {
        request.header("Origin", origin).header("Sec-Fetch-Site", "cross-site")
    };
    let signed = || signed_form("any", KEY, &key, "meow");
    let evil = "https://evil.example";
    let mut all = vec![
        told("signed", &from(evil, signed()).send(&emulator).await?),
        told("nobody's", &from(evil, form(&key, "meow")).send(&emulator).await?),
    ];
    let rule = CorsRule::builder().allowed_origins("https://shop.example").allowed_methods("POST");
    let rules = CorsConfiguration::builder().cors_rules(rule.build()?).build()?;
    s3.put_bucket_cors().bucket("photos").cors_configuration(rules).send().await?;
    all.push(told(
        "signed, from a page that the bucket lets in",
        &from("https://shop.example", signed()).send(&emulator).await?,
    ));
    s3.delete_public_access_block().bucket("photos").send().await?;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:PutObject","Resource":"arn:aws:s3:::photos/*"}]}"#;
    s3.put_bucket_policy().bucket("photos").policy(policy).send().await?;
    all.push(told(
        "nobody's, for a bucket of everybody's",
        &from(evil, form(&key, "meow")).send(&emulator).await?,
    ));
    insta::assert_snapshot!(all.join("\n"), @"
    signed: 403 <Error><Code>AccessDenied</Code><Message>The form of a page of another origin must be signed by a key that is configured here. If the page is yours: a CORS rule of the bucket lets it in, or --allow-origin</Message></Error>
    nobody's: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    signed, from a page that the bucket lets in: 204, at /photos/user%2Fcat.jpg
    nobody's, for a bucket of everybody's: 204, at /photos/user%2Fcat.jpg
    ");
    Ok(())
}
