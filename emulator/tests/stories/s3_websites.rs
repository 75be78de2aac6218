//! Websites: what a visitor of a bucket's own host name is shown, and that they do nothing but read.

use aws_sdk_s3::types::{
    ErrorDocument, IndexDocument, RedirectAllRequestsTo, WebsiteConfiguration,
};
use cloudless::Emulator;

use crate::raw::{Answer, Request, request};
use crate::{Story, at_noon, s3};

/// A bucket `site`, shown to everybody, with a page of its own for what is not there; a bucket `moved`; and
/// one that is no website.
async fn furnished() -> anyhow::Result<Emulator> {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    for bucket in ["site", "moved", "plain"] {
        s3.create_bucket().bucket(bucket).send().await?;
        s3.delete_public_access_block().bucket(bucket).send().await?;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],
            "Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}}]}}"#
        );
        s3.put_bucket_policy().bucket(bucket).policy(policy).send().await?;
    }
    for (key, body) in [
        ("index.html", "<h1>Welcome</h1>"),
        ("docs/index.html", "<h1>Docs</h1>"),
        ("404.html", "<h1>Not here</h1>"),
    ] {
        let body = body.as_bytes().to_vec().into();
        let put = s3.put_object().bucket("site").key(key).content_type("text/html");
        put.body(body).send().await?;
    }
    let index = IndexDocument::builder().suffix("index.html").build()?;
    let site = WebsiteConfiguration::builder().index_document(index);
    s3.put_bucket_website().bucket("site").website_configuration(site.build()).send().await?;
    let all = RedirectAllRequestsTo::builder().host_name("example.com").build()?;
    let moved = WebsiteConfiguration::builder().redirect_all_requests_to(all).build();
    s3.put_bucket_website().bucket("moved").website_configuration(moved).send().await?;
    Ok(emulator)
}

async fn with_error_document(emulator: &Emulator) -> anyhow::Result<()> {
    let index = IndexDocument::builder().suffix("index.html").build()?;
    let error = ErrorDocument::builder().key("404.html").build()?;
    let site = WebsiteConfiguration::builder().index_document(index).error_document(error).build();
    let put = s3(emulator).put_bucket_website().bucket("site").website_configuration(site);
    put.send().await?;
    Ok(())
}

fn of(host: &str, line: &str) -> Request {
    request(line).header("Host", host)
}

const SITE: &str = "site.s3-website.localhost:4566";

fn told(what: &str, answer: &Answer) -> String {
    let names = [
        "location",
        "content-type",
        "content-range",
        "x-amz-error-code",
        "x-amz-error-message",
        "x-amz-error-detail-key",
        "content-security-policy",
    ];
    let ids = ["RequestId", "HostId"];
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let body = body.lines().filter(|line| !ids.iter().any(|id| line.contains(id)));
    let body: Vec<_> = body.collect();
    format!("{what}: {}\n{}\n{}", answer.status, answer.tell_headers(&names), body.join("\n"))
}

#[tokio::test]
async fn a_website_answers_under_every_host_name_that_it_has() -> Story {
    let emulator = furnished().await?;
    let mut shown = Vec::new();
    for host in [
        SITE,
        "site.s3-website.localhost.localstack.cloud:4566",
        "site.s3-website-us-east-1.amazonaws.com",
        "site.s3-website.eu-central-1.amazonaws.com",
        "site.s3-website-eu-west-1.localhost",
        "site.s3-website.cloudless",
        "SITE.S3-Website.localhost",
        "site.s3.localhost",
        "s3-website.localhost",
        "none.s3-website.localhost",
        "plain.s3-website.localhost",
        "moved.s3-website.localhost",
        "site.s3-website.evil.example",
    ] {
        let answer = of(host, "GET /").send(&emulator).await?;
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(120).collect();
        let location = answer.header("location").unwrap_or_default();
        shown.push(format!("{host}: {} {location} {}", answer.status, body.replace('\n', " ")));
    }
    insta::assert_snapshot!(shown.join("\n"), @r#"
    site.s3-website.localhost:4566: 200  <h1>Welcome</h1>
    site.s3-website.localhost.localstack.cloud:4566: 200  <h1>Welcome</h1>
    site.s3-website-us-east-1.amazonaws.com: 200  <h1>Welcome</h1>
    site.s3-website.eu-central-1.amazonaws.com: 200  <h1>Welcome</h1>
    site.s3-website-eu-west-1.localhost: 200  <h1>Welcome</h1>
    site.s3-website.cloudless: 403  <?xml version="1.0" encoding="UTF-8"?> <Error><Code>AccessDenied</Code><Message>site.s3-website.cloudless is no name of 
    SITE.S3-Website.localhost: 200  <h1>Welcome</h1>
    site.s3.localhost: 200  <?xml version="1.0" encoding="UTF-8"?> <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>site</Nam
    s3-website.localhost: 301 https://aws.amazon.com/s3/ 
    none.s3-website.localhost: 404  <html> <head><title>404 Not Found</title></head> <body> <h1>404 Not Found</h1> <ul> <li>Code: NoSuchBucket</li> <li>Mess
    plain.s3-website.localhost: 404  <html> <head><title>404 Not Found</title></head> <body> <h1>404 Not Found</h1> <ul> <li>Code: NoSuchWebsiteConfiguration
    moved.s3-website.localhost: 301 http://example.com/ 
    site.s3-website.evil.example: 403  <?xml version="1.0" encoding="UTF-8"?> <Error><Code>AccessDenied</Code><Message>site.s3-website.evil.example is no name
    "#);
    Ok(())
}

#[tokio::test]
async fn visitors_get_pages_as_aws_has_them() -> Story {
    let emulator = furnished().await?;
    let mut shown = Vec::new();
    for line in [
        "GET /docs/",
        "GET /docs",
        "GET /none%3Cscript%3E%26.html?acl",
        "HEAD /none",
        "HEAD /docs",
        "POST /",
        "PUT /new.html",
        "DELETE /index.html",
        "GET /%FF",
    ] {
        shown.push(told(line, &of(SITE, line).send(&emulator).await?));
    }
    let part = of(SITE, "GET /").header("Range", "bytes=4-10");
    shown.push(told("GET / in part", &part.send(&emulator).await?));
    let cached = of(SITE, "GET /").header("If-None-Match", "*");
    shown.push(told("GET / once more", &cached.send(&emulator).await?));
    with_error_document(&emulator).await?;
    for line in ["GET /none", "HEAD /none"] {
        shown.push(told(line, &of(SITE, line).send(&emulator).await?));
    }
    s3(&emulator).delete_object().bucket("site").key("404.html").send().await?;
    shown.push(told("GET /none without it", &of(SITE, "GET /none").send(&emulator).await?));
    insta::assert_snapshot!(shown.join("\n\n"), @"
    GET /docs/: 200
    content-type: text/html
    <h1>Docs</h1>

    GET /docs: 302
    location: /docs/
    content-type: text/html; charset=utf-8
    x-amz-error-code: Found
    x-amz-error-message: Resource Found
    <html>
    <head><title>302 Moved Temporarily</title></head>
    <body>
    <h1>302 Moved Temporarily</h1>
    <ul>
    <li>Code: Found</li>
    <li>Message: Resource Found</li>
    </ul>
    <hr/>
    </body>
    </html>

    GET /none%3Cscript%3E%26.html?acl: 404
    content-type: text/html; charset=utf-8
    <html>
    <head><title>404 Not Found</title></head>
    <body>
    <h1>404 Not Found</h1>
    <ul>
    <li>Code: NoSuchKey</li>
    <li>Message: The specified key does not exist.</li>
    <li>Key: none&lt;script&gt;&amp;.html</li>
    </ul>
    <hr/>
    </body>
    </html>

    HEAD /none: 404
    x-amz-error-code: NoSuchKey
    x-amz-error-message: The specified key does not exist.
    x-amz-error-detail-key: none


    HEAD /docs: 302
    location: /docs/
    x-amz-error-code: Found
    x-amz-error-message: Resource Found


    POST /: 405
    content-type: text/html; charset=utf-8
    <html>
    <head><title>405 Method Not Allowed</title></head>
    <body>
    <h1>405 Method Not Allowed</h1>
    <ul>
    <li>Code: MethodNotAllowed</li>
    <li>Message: The specified method is not allowed against this resource.</li>
    <li>Method: POST</li>
    <li>ResourceType: OBJECT</li>
    </ul>
    <hr/>
    </body>
    </html>

    PUT /new.html: 405
    content-type: text/html; charset=utf-8
    <html>
    <head><title>405 Method Not Allowed</title></head>
    <body>
    <h1>405 Method Not Allowed</h1>
    <ul>
    <li>Code: MethodNotAllowed</li>
    <li>Message: The specified method is not allowed against this resource.</li>
    <li>Method: PUT</li>
    <li>ResourceType: OBJECT</li>
    </ul>
    <hr/>
    </body>
    </html>

    DELETE /index.html: 405
    content-type: text/html; charset=utf-8
    <html>
    <head><title>405 Method Not Allowed</title></head>
    <body>
    <h1>405 Method Not Allowed</h1>
    <ul>
    <li>Code: MethodNotAllowed</li>
    <li>Message: The specified method is not allowed against this resource.</li>
    <li>Method: DELETE</li>
    <li>ResourceType: OBJECT</li>
    </ul>
    <hr/>
    </body>
    </html>

    GET /%FF: 400
    content-type: text/html; charset=utf-8
    <html>
    <head><title>400 Bad Request</title></head>
    <body>
    <h1>400 Bad Request</h1>
    <ul>
    <li>Code: InvalidURI</li>
    <li>Message: Couldn't parse the specified URI.</li>
    </ul>
    <hr/>
    </body>
    </html>

    GET / in part: 206
    content-type: text/html
    content-range: bytes 4-10/16
    Welcome

    GET / once more: 304



    GET /none: 404
    content-type: text/html
    x-amz-error-code: NoSuchKey
    x-amz-error-message: The specified key does not exist.
    x-amz-error-detail-key: none
    <h1>Not here</h1>

    HEAD /none: 404
    x-amz-error-code: NoSuchKey
    x-amz-error-message: The specified key does not exist.
    x-amz-error-detail-key: none


    GET /none without it: 404
    content-type: text/html; charset=utf-8
    <html>
    <head><title>404 Not Found</title></head>
    <body>
    <h1>404 Not Found</h1>
    <ul>
    <li>Code: NoSuchKey</li>
    <li>Message: The specified key does not exist.</li>
    <li>Key: none</li>
    </ul>
    <h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>
    <ul>
    <li>Code: NoSuchKey</li>
    <li>Message: The specified key does not exist.</li>
    <li>Key: 404.html</li>
    </ul>
    <hr/>
    </body>
    </html>
    ");
    let kept = s3(&emulator).list_objects_v2().bucket("site").send().await?;
    assert_eq!(kept.key_count(), Some(2), "nobody but its owner changes a website");
    Ok(())
}

#[tokio::test]
async fn a_browser_visits_a_website_and_its_pages_do_nothing_else() -> Story {
    let emulator = furnished().await?;
    let link = |request: Request| {
        request
            .header("Sec-Fetch-Site", "cross-site")
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document")
            .header("Referer", "https://evil.example/")
    };
    let own = |request: Request| {
        let origin = format!("http://{SITE}");
        request.header("Sec-Fetch-Site", "same-origin").header("Origin", origin)
    };
    let near = |request: Request| {
        let origin = format!("http://{SITE}");
        request.header("Sec-Fetch-Site", "same-site").header("Origin", origin)
    };
    let signed = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, \
                  SignedHeaders=host, Signature=00";
    let cases = [
        ("a link of a stranger leads in", link(of(SITE, "GET /?Action=a"))),
        ("its own page reads", own(of(SITE, "GET /docs/"))),
        (
            "its own page writes",
            own(of(SITE, "PUT /new").header("Authorization", signed).body("x")),
        ),
        (
            "its own page asks for what is no object",
            own(of(SITE, "GET /?policy").header("Authorization", signed)),
        ),
        (
            "its own page calls another service",
            own(of(SITE, "POST /").sqs("CreateQueue", r#"{"QueueName":"q"}"#)),
        ),
        ("its own page moves the clock", own(of(SITE, "POST /_cloudless/clock/advance?s=60"))),
        (
            "it writes to its bucket under another name",
            near(of("site.localhost:4566", "PUT /new").header("Authorization", signed).body("x")),
        ),
    ];
    let mut shown = Vec::new();
    for (what, request) in cases {
        let answer = request.send(&emulator).await?;
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(90).collect();
        shown.push(format!("{what}: {} {}", answer.status, body.replace('\n', " ")));
    }
    insta::assert_snapshot!(shown.join("\n"), @r#"
    a link of a stranger leads in: 200 <h1>Welcome</h1>
    its own page reads: 200 <h1>Docs</h1>
    its own page writes: 405 <html> <head><title>405 Method Not Allowed</title></head> <body> <h1>405 Method Not Allowe
    its own page asks for what is no object: 200 <h1>Welcome</h1>
    its own page calls another service: 405 <html> <head><title>405 Method Not Allowed</title></head> <body> <h1>405 Method Not Allowe
    its own page moves the clock: 403 {"error":"A page of http://site.s3-website.localhost:4566 may not do this. If it is yours,
    it writes to its bucket under another name: 403 <?xml version="1.0" encoding="UTF-8"?> <Error><Code>AccessDenied</Code><Message>A page of
    "#);
    let kept = s3(&emulator).list_objects_v2().bucket("site").send().await?;
    assert_eq!(kept.key_count(), Some(3));
    Ok(())
}
