//! Websites: what visitors of a bucket are shown, and where they are sent.

use insta::assert_snapshot;
use kernel::call::{Caller, Payload};
use serde_json::{Value, json};

use super::harness::{Cloud, refusal};
use crate::{Request, Visit, Visited};

/// A bucket `site` that is a website of these words, some objects in it, and what the public may do.
fn site(website: Value, actions: &[&str]) -> Cloud {
    let mut cloud = Cloud::new().with_bucket("site");
    cloud.call("DeletePublicAccessBlock", json!({ "Bucket": "site" }));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": actions,
        "Resource": ["arn:aws:s3:::site", "arn:aws:s3:::site/*"],
    }, {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::site/private/*",
    }] });
    cloud.call("PutBucketPolicy", json!({ "Bucket": "site", "Policy": policy.to_string() }));
    let input = json!({ "Bucket": "site", "WebsiteConfiguration": website });
    let put = cloud.call("PutBucketWebsite", input);
    assert!(put.get("Error").is_none(), "{put}");
    for (size_bytes, key) in [
        "index.html",
        "docs/index.html",
        "a b/ü/index.html",
        "private/index.html",
        "plain",
        "error.html",
        "/host/index.html",
    ]
    .into_iter()
    .enumerate()
    {
        cloud.put("site", key, size_bytes as u64 + 1, json!({ "ContentType": "text/html" }));
    }
    cloud
}

/// What a visitor of this path gets, who says this, in a line.
fn saying(cloud: &mut Cloud, path: &str, said: Value) -> String {
    cloud.caller = Caller::Anonymous;
    let (key, query) = match path.split_once('?') {
        Some((key, query)) => (key, Some(query)),
        None => (path, None),
    };
    let mut input = json!({ "Bucket": "", "Key": "key" });
    input.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let request = Request::decode("GetObject", input, Payload::None).unwrap();
    let visit = Visit {
        bucket: "site",
        key,
        query,
        endpoint: "http://site.s3-website.localhost:4566",
        is_head: false,
        request: &request,
    };
    let shown = |response: crate::Response| {
        let (output, body) = response.encode();
        let Payload::Stored(stretches) = body else { return "no body".to_owned() };
        let bytes: u64 = stretches.iter().map(|stretch| stretch.length_bytes).sum();
        format!("{bytes} bytes of {} {}", output["ContentType"], output["ContentRange"])
    };
    let error = |error: &kernel::error::ApiError| {
        let refused = refusal(error);
        format!("{} {}", refused["Status"], refused["Error"])
    };
    let visited = cloud.s3.visit(cloud.now, &cloud.origin(), &visit);
    let got = match visited {
        Visited::Page(response) => shown(response),
        Visited::ErrorDocument(response, refused) => {
            format!("{}, because {}", shown(response), error(&refused))
        }
        Visited::Redirected { status, location } => format!("{status} {location}"),
        Visited::Folder { location, found } => format!("{location} {}", error(&found)),
        Visited::Failed { error: failed, document: None } => error(&failed),
        Visited::Failed { error: failed, document: Some(document) } => {
            format!("{}, and {}", error(&failed), error(&document))
        }
    };
    format!("/{path}: {got}")
}

fn visits(cloud: &mut Cloud, paths: &[&str]) -> String {
    let got: Vec<_> = paths.iter().map(|path| saying(cloud, path, json!({}))).collect();
    got.join("\n")
}

const READ: &[&str] = &["s3:GetObject"];
const READ_AND_LIST: &[&str] = &["s3:GetObject", "s3:ListBucket"];

#[test]
fn a_website_shows_indexes_and_leads_into_folders() {
    let website = json!({ "IndexDocument": { "Suffix": "index.html" } });
    let mut cloud = site(website.clone(), READ_AND_LIST);
    let paths = [
        "",
        "plain",
        "docs/",
        "docs",
        "a b/ü",
        "a b/ü/",
        "none",
        "none/",
        "private/",
        "private",
        "plain?acl&versionId=x",
        "/host",
    ];
    assert_snapshot!(visits(&mut cloud, &paths), @r#"
    /: 1 bytes of "text/html" null
    /plain: 5 bytes of "text/html" null
    /docs/: 2 bytes of "text/html" null
    /docs: /docs/ 302 {"Code":"Found","Message":"Resource Found"}
    /a b/ü: /a%20b/%C3%BC/ 302 {"Code":"Found","Message":"Resource Found"}
    /a b/ü/: 3 bytes of "text/html" null
    /none: 404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"none"}
    /none/: 404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"none/index.html"}
    /private/: 403 {"Code":"AccessDenied","Message":"Access Denied"}
    /private: 404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"private"}
    /plain?acl&versionId=x: 5 bytes of "text/html" null
    //host: /%2Fhost/ 302 {"Code":"Found","Message":"Resource Found"}
    "#);
    let etag =
        cloud.call("HeadObject", json!({ "Bucket": "site", "Key": "plain" }))["ETag"].clone();
    let said = [
        saying(&mut cloud, "plain", json!({ "Range": "bytes=1-2" })),
        saying(&mut cloud, "plain", json!({ "Range": "bytes=100-" })),
        saying(&mut cloud, "plain", json!({ "IfNoneMatch": etag })),
        saying(&mut cloud, "plain", json!({ "IfMatch": "\"0\"" })),
    ];
    assert_snapshot!(said.join("\n"), @r#"
    /plain: 2 bytes of "text/html" "bytes 1-2/5"
    /plain: 416 {"Code":"InvalidRange","Message":"The requested range is not satisfiable","RangeRequested":"bytes=100-","ActualObjectSize":"5"}
    /plain: 304 {"Code":"NotModified","Message":"Not Modified","ETag":"\"05050505050505050505050505050505\"","Last-Modified":"Mon, 23 Nov 2026 19:12:00 GMT"}
    /plain: 412 {"Code":"PreconditionFailed","Message":"At least one of the pre-conditions you specified did not hold","Condition":"If-Match"}
    "#);
    // Who may not list does not learn that something is not there, and is led into folders all the same.
    let mut cloud = site(website, READ);
    assert_snapshot!(visits(&mut cloud, &["none", "docs"]), @r#"
    /none: 403 {"Code":"AccessDenied","Message":"Access Denied"}
    /docs: /docs/ 302 {"Code":"Found","Message":"Resource Found"}
    "#);
}

#[test]
fn an_error_document_is_shown_in_place_of_a_page_of_s3s() {
    let mut website = json!({
        "IndexDocument": { "Suffix": "index.html" }, "ErrorDocument": { "Key": "error.html" },
    });
    let mut cloud = site(website.clone(), READ);
    assert_snapshot!(visits(&mut cloud, &["none", "private/index.html", "docs"]), @r#"
    /none: 6 bytes of "text/html" null, because 403 {"Code":"AccessDenied","Message":"Access Denied"}
    /private/index.html: 6 bytes of "text/html" null, because 403 {"Code":"AccessDenied","Message":"Access Denied"}
    /docs: /docs/ 302 {"Code":"Found","Message":"Resource Found"}
    "#);
    website["ErrorDocument"]["Key"] = "private/error.html".into();
    let mut cloud = site(website, READ_AND_LIST);
    assert_snapshot!(visits(&mut cloud, &["none"]), @r#"/none: 404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"none"}, and 403 {"Code":"AccessDenied","Message":"Access Denied"}"#);
}

#[test]
fn visitors_are_sent_where_the_rules_and_the_objects_say() {
    let rule =
        |condition: Value, redirect: Value| json!({ "Condition": condition, "Redirect": redirect });
    let rules = [
        rule(json!({ "KeyPrefixEquals": "old/" }), json!({ "ReplaceKeyPrefixWith": "new/" })),
        rule(
            json!({ "KeyPrefixEquals": "img/", "HttpErrorCodeReturnedEquals": "404" }),
            json!({
                "HostName": "resize.example", "Protocol": "https", "HttpRedirectCode": "307",
                "ReplaceKeyPrefixWith": "prod?key=",
            }),
        ),
        rule(
            json!({ "HttpErrorCodeReturnedEquals": "404" }),
            json!({ "ReplaceKeyWith": "search page.html", "HttpRedirectCode": "302" }),
        ),
        rule(json!({ "HttpErrorCodeReturnedEquals": "403" }), json!({ "HostName": "in.example" })),
    ];
    let website = json!({ "IndexDocument": { "Suffix": "index.html" }, "RoutingRules": rules });
    let mut cloud = site(website, READ_AND_LIST);
    for (key, location) in [
        ("away", "https://example.com/a?b=c#d"),
        ("within", "/plain"),
        ("hostile", "/a\r\nSet-Cookie: x=y <ü>"),
    ] {
        cloud.caller = super::harness::account("000000000000");
        cloud.put("site", key, 0, json!({ "WebsiteRedirectLocation": location }));
    }
    let paths = [
        "old/a b.html?x=y",
        "img/300/ü.jpg",
        "none",
        "private/index.html",
        "docs",
        "away",
        "within",
        "hostile",
    ];
    assert_snapshot!(visits(&mut cloud, &paths), @r#"
    /old/a b.html?x=y: 301 http://site.s3-website.localhost:4566/new/a%20b.html
    /img/300/ü.jpg: 307 https://resize.example/prod?key=300/%C3%BC.jpg
    /none: 302 http://site.s3-website.localhost:4566/search%20page.html
    /private/index.html: 301 http://in.example/private/index.html
    /docs: /docs/ 302 {"Code":"Found","Message":"Resource Found"}
    /away: 301 https://example.com/a?b=c#d
    /within: 301 /plain
    /hostile: 301 /a%0D%0ASet-Cookie:%20x=y%20%3C%FC%3E
    "#);

    let all = json!({ "HostName": "example.com", "Protocol": "https" });
    let mut cloud = site(json!({ "RedirectAllRequestsTo": all }), READ);
    assert_snapshot!(visits(&mut cloud, &["", "a b/<c>?d=e f"]), @"
    /: 301 https://example.com/
    /a b/<c>?d=e f: 301 https://example.com/a%20b/%3Cc%3E?d=e%20f
    ");
}

#[test]
fn what_is_no_website_or_lets_nobody_in_says_so() {
    let mut cloud = Cloud::new();
    assert_snapshot!(visits(&mut cloud, &[""]), @r#"/: 404 {"Code":"NoSuchBucket","Message":"The specified bucket does not exist","BucketName":"site"}"#);
    let mut cloud = Cloud::new().with_bucket("site");
    assert_snapshot!(visits(&mut cloud, &["a"]), @r#"/a: 404 {"Code":"NoSuchWebsiteConfiguration","Message":"The specified bucket does not have a website configuration","BucketName":"site"}"#);
    let website = json!({ "IndexDocument": { "Suffix": "index.html" } });
    let mut cloud = site(website, READ);
    let input =
        json!({ "Bucket": "site", "RequestPaymentConfiguration": { "Payer": "Requester" } });
    cloud.call("PutBucketRequestPayment", input);
    assert_snapshot!(visits(&mut cloud, &["plain"]), @r#"/plain: 403 {"Code":"AccessDenied","Message":"Access Denied"}"#);
}
