//! Who may read and write: presigned URLs, the public, pages of other origins; and by which host.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use cloudless::Emulator;

use crate::raw::{Request, request};
use crate::s3_uploads::AUTHORIZATION;
use crate::{NOON, Story, at_noon, s3};

/// Valid for ten minutes from noon.
fn ten_minutes() -> anyhow::Result<PresigningConfig> {
    Ok(PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + Duration::from_millis(NOON.as_ms()))
        .expires_in(Duration::from_secs(600))
        .build()?)
}

fn signed(request: &PresignedRequest) -> Request {
    let target = request.uri().splitn(4, '/').nth(3).unwrap_or_default();
    let line = format!("{} /{target}", request.method());
    request.headers().fold(crate::raw::request(&line), |it, (name, value)| it.header(name, value))
}

#[tokio::test]
async fn a_presigned_url_works_until_its_time_is_over_by_the_emulators_clock() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = s3.put_object().bucket("photos").key("a b.txt").content_type("text/plain");
    let put = put.presigned(ten_minutes()?).await?;
    let get = s3.get_object().bucket("photos").key("a b.txt").presigned(ten_minutes()?).await?;
    let mut told = vec![signed(&put).body("hello").send(&emulator).await?.tell()];
    emulator.advance(Duration::from_secs(600)).await?;
    let answer = signed(&get).send(&emulator).await?;
    told.push(format!("{} {:?}", answer.tell(), answer.header("content-type")));
    emulator.advance(Duration::from_secs(1)).await?;
    told.push(signed(&get).send(&emulator).await?.tell());
    told.push(signed(&put).body("late").send(&emulator).await?.tell());
    insta::assert_snapshot!(told.join("\n"), @r#"
    200
    200 hello Some("text/plain")
    403 <Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>600</X-Amz-Expires><Expires>2026-11-23T12:10:00Z</Expires><ServerTime>2026-11-23T12:10:01Z</ServerTime></Error>
    403 <Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>600</X-Amz-Expires><Expires>2026-11-23T12:10:00Z</Expires><ServerTime>2026-11-23T12:10:01Z</ServerTime></Error>
    "#);
    Ok(())
}

#[tokio::test]
async fn the_public_reads_what_the_buckets_policy_lets_it_read() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").body(b"hello".to_vec().into()).send().await?;
    let read = || request("GET /photos/a").send(&emulator);
    let mut told = vec![format!("private: {}", read().await?.tell())];
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*"}]}"#;
    let put_policy = || s3.put_bucket_policy().bucket("photos").policy(policy).send();
    told.push(format!("blocked: {}", crate::refusal(put_policy().await)));
    s3.delete_public_access_block().bucket("photos").send().await?;
    put_policy().await?;
    told.push(format!("public: {}", read().await?.tell()));
    for (name, refused) in [
        ("list", request("GET /photos?list-type=2")),
        ("put", request("PUT /photos/b").body("mine")),
        ("delete", request("DELETE /photos/a")),
        ("missing", request("GET /photos/none")),
    ] {
        told.push(format!("{name}: {}", refused.send(&emulator).await?.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    private: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    blocked: 403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::photos" because public policies are blocked by the BlockPublicPolicy block public access setting.
    public: 200 hello
    list: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    put: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    delete: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    missing: 403 <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>
    "#);
    Ok(())
}

#[tokio::test]
async fn a_bucket_is_reached_by_path_and_by_host() -> Story {
    let emulator = Emulator::builder().host_name("cloud.test").start().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    let put = request("PUT /2026/a.txt")
        .header("Host", "photos.s3.localhost:4566")
        .header("Authorization", AUTHORIZATION);
    assert_eq!(put.body("hello").send(&emulator).await?.tell(), "200");
    let mut told = Vec::new();
    for (host, path) in [
        ("photos.s3.localhost:4566", "/2026/a.txt"),
        ("photos.localhost", "/2026/a.txt"),
        ("photos.s3.localhost.localstack.cloud:4566", "/2026/a.txt"),
        ("photos.s3.us-east-1.amazonaws.com", "/2026/a.txt"),
        ("photos.cloud.test", "/2026/a.txt"),
        ("localhost:4566", "/photos/2026/a.txt"),
        ("another.s3.localhost", "/2026/a.txt"),
    ] {
        let get = request(&format!("GET {path}")).header("Host", host);
        let answer = get.header("Authorization", AUTHORIZATION).send(&emulator).await?;
        told.push(format!("{host}{path}: {}", answer.tell()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    photos.s3.localhost:4566/2026/a.txt: 200 hello
    photos.localhost/2026/a.txt: 200 hello
    photos.s3.localhost.localstack.cloud:4566/2026/a.txt: 200 hello
    photos.s3.us-east-1.amazonaws.com/2026/a.txt: 200 hello
    photos.cloud.test/2026/a.txt: 200 hello
    localhost:4566/photos/2026/a.txt: 200 hello
    another.s3.localhost/2026/a.txt: 404 <Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>another</BucketName></Error>
    ");
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_origin_may_do_what_the_cors_rules_say() -> Story {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    s3.create_bucket().bucket("photos").send().await?;
    s3.put_object().bucket("photos").key("a").body(b"hello".to_vec().into()).send().await?;
    let rule = CorsRule::builder()
        .allowed_origins("https://*.shop.example")
        .allowed_methods("GET")
        .allowed_methods("PUT")
        .allowed_headers("x-amz-*")
        .expose_headers("ETag")
        .max_age_seconds(600)
        .build()?;
    let rules = CorsConfiguration::builder().cors_rules(rule).build()?;
    let preflight = |origin: &str, method: &str| {
        request("OPTIONS /photos/a")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", method)
            .header("Access-Control-Request-Headers", "x-amz-date")
            .send(&emulator)
    };
    let told_of = |answer: crate::raw::Answer| {
        let headers = answer.tell_headers(&[
            "access-control-allow-origin",
            "access-control-allow-methods",
            "access-control-allow-headers",
            "access-control-expose-headers",
            "access-control-max-age",
            "access-control-allow-credentials",
            "vary",
        ]);
        format!("{}\n{headers}", answer.tell())
    };
    let mut told = vec![told_of(preflight("https://www.shop.example", "PUT").await?)];
    s3.put_bucket_cors().bucket("photos").cors_configuration(rules).send().await?;
    told.push(told_of(preflight("https://www.shop.example", "PUT").await?));
    told.push(told_of(preflight("https://www.shop.example", "DELETE").await?));
    told.push(told_of(preflight("https://evil.example", "GET").await?));
    for origin in ["https://www.shop.example", "https://evil.example"] {
        let get = request("GET /photos/a").header("Authorization", AUTHORIZATION);
        told.push(told_of(get.header("Origin", origin).send(&emulator).await?));
    }
    // What a preflight says counts beside a request proper.
    for (name, value) in
        [("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "range")]
    {
        let get = request("GET /photos/a").header("Authorization", AUTHORIZATION);
        let get = get.header("Origin", "https://www.shop.example").header(name, value);
        told.push(told_of(get.send(&emulator).await?));
    }
    let nobody = request("OPTIONS /photos/a").send(&emulator).await?;
    told.push(format!("{}\n{}", nobody.tell(), nobody.tell_headers(&["connection"])));
    insta::assert_snapshot!(told.join("\n\n"), @"
    403 <Error><Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message><Method>PUT</Method><ResourceType>BUCKET</ResourceType></Error>


    200
    access-control-allow-origin: https://www.shop.example
    access-control-allow-methods: GET, PUT
    access-control-allow-headers: x-amz-date
    access-control-expose-headers: ETag
    access-control-max-age: 600
    access-control-allow-credentials: true
    vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method

    403 <Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.</Message><Method>DELETE</Method><ResourceType>OBJECT</ResourceType></Error>


    403 <Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.</Message><Method>GET</Method><ResourceType>OBJECT</ResourceType></Error>


    200 hello
    access-control-allow-origin: https://www.shop.example
    access-control-allow-methods: GET, PUT
    access-control-expose-headers: ETag
    access-control-max-age: 600
    access-control-allow-credentials: true
    vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method

    403 <Error><Code>AccessDenied</Code><Message>A page of https://evil.example may not do this. If it is yours, start the emulator with --allow-origin https://evil.example; for S3 a CORS rule of the bucket is enough</Message></Error>


    200 hello


    200 hello


    400 <Error><Code>BadRequest</Code><Message>Insufficient information. Origin request header needed.</Message></Error>
    connection: close
    ");
    Ok(())
}
