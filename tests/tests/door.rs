//! The door, tried by a real browser: a page of another origin gets nothing done, a page that is let in
//! works.

use anyhow::{Context as _, Result};
use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::Timestamp;
use e2e::chromium::{self, Site};
use e2e::skip;

/// 2026-11-23T12:00:00Z.
const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

/// One pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xff\xff\xff\x7f\0\t\xfb\x03\xfd\x05CE\xca\0\0\0\0IEND\xaeB`\x82";

/// What a page that gets nothing done leaves as it was.
async fn state(emulator: &Emulator) -> Result<String> {
    let sdk = emulator.sdk_config();
    let s3 = s3(emulator);
    let mut objects = Vec::new();
    for bucket in ["public", "private", "uploads"] {
        let listed = s3.list_objects_v2().bucket(bucket).send().await?;
        let keys = listed.contents().iter().filter_map(|object| object.key());
        objects.extend(keys.map(|key| format!("{bucket}/{key}")));
    }
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    let queues = sqs.list_queues().send().await?.queue_urls().to_vec();
    let orders = queues.iter().find(|url| url.ends_with("/orders")).context("the queue")?;
    let waiting = sqs
        .get_queue_attributes()
        .queue_url(orders)
        .attribute_names(aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages)
        .send()
        .await?;
    let functions = aws_sdk_lambda::Client::new(&sdk).list_functions().send().await?;
    Ok(format!(
        "{}\n{}\n{:?}\n{} functions\n{}",
        objects.join(" "),
        queues.join(" ").replace(emulator.endpoint_url(), ""),
        waiting.attributes().map(|it| it.values().collect::<Vec<_>>()),
        functions.functions().len(),
        emulator.clock().now().iso8601_ms(),
    ))
}

fn s3(emulator: &Emulator) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&emulator.sdk_config()).force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

async fn furnish(emulator: &Emulator) -> Result<()> {
    let s3 = s3(emulator);
    for bucket in ["public", "private", "uploads"] {
        s3.create_bucket().bucket(bucket).send().await?;
    }
    let put = |bucket: &str, key: &str, kind: &str, body: Vec<u8>| {
        s3.put_object().bucket(bucket).key(key).content_type(kind).body(body.into()).send()
    };
    put("public", "a.png", "image/png", PNG.into()).await?;
    put("private", "a.png", "image/png", PNG.into()).await?;
    let page = include_str!("door/page-in-bucket.html");
    put("public", "page.html", "text/html", page.into()).await?;
    s3.put_object()
        .bucket("public")
        .key("kept.html")
        .content_type("text/html")
        .cache_control("max-age=3600")
        .body(format!("hi {page}").into_bytes().into())
        .send()
        .await?;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::public/*"}]}"#;
    s3.delete_public_access_block().bucket("public").send().await?;
    s3.put_bucket_policy().bucket("public").policy(policy).send().await?;
    let rule = CorsRule::builder()
        .allowed_origins("http://partner.example:*")
        .allowed_methods("PUT")
        .allowed_headers("*")
        .expose_headers("ETag")
        .build()?;
    let rules = CorsConfiguration::builder().cors_rules(rule).build()?;
    s3.put_bucket_cors().bucket("uploads").cors_configuration(rules).send().await?;
    let sqs = aws_sdk_sqs::Client::new(&emulator.sdk_config());
    let orders = sqs.create_queue().queue_name("orders").send().await?;
    let orders = orders.queue_url().context("a URL")?;
    sqs.send_message().queue_url(orders).message_body("a bowl").send().await?;
    Ok(())
}

/// A page for a browser: with the addresses that it is to try.
fn page(text: &str, emulator: &Emulator) -> String {
    let port = emulator.address().port();
    text.replace("{EMULATOR}", emulator.endpoint_url())
        .replace("{REBOUND}", &format!("http://evil.example:{port}"))
        .replace("{ZIP}", "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing_done() -> Result<()> {
    let chromium = match chromium::find() {
        Ok(chromium) => chromium,
        Err(missing) => return skip(&missing),
    };
    let emulator = Emulator::builder().clock(Clock::frozen(NOON)).start().await?;
    furnish(&emulator).await?;
    let before = state(&emulator).await?;
    let evil = page(include_str!("door/evil.html"), &emulator);
    let told = Site::named("evil.example").await?.report_of(&chromium, evil).await?;
    assert_eq!(state(&emulator).await?, before);
    // Rebound: the page's own name leads to the emulator, and both are one origin to the browser.
    let port = emulator.address().port();
    let rebound = format!("http://evil.example:{port}/_cloudless/trace");
    let rebound = chromium::document(&chromium, &rebound).await?;
    let rebound = rebound.split("{\"error\":").nth(1).and_then(|it| it.split('}').next());
    let told = format!("{told}\nrebound: {}", rebound.unwrap_or("not refused"));
    insta::assert_snapshot!(told, @r#"
    a function made by fetch: sent
    a function invoked by fetch: sent
    a function made and read: nothing
    a function made by a form: sent
    a function invoked by a form: sent
    a queue purged by a form: sent
    a queue made by a form: sent
    a queue made by fetch: sent
    a queue made in JSON: nothing
    the clock moved: sent
    the clock set running: sent
    settled: sent
    a beacon: sent
    the trace read: nothing
    the health read: nothing
    an object put: nothing
    an object deleted: nothing
    an object read: nothing
    an image that makes a queue: not shown
    a private image: not shown
    a script: not shown
    an image for everybody: shown
    a WebSocket: not open
    a stream of events: nothing
    the trace by a name of its own: nothing
    the clock by a name of its own: sent
    a document out of a bucket: origin null, clock nothing, trace nothing, functions nothing
    a document fetched beforehand: shown
    the same document shown: origin null, clock nothing, trace nothing, functions nothing
    rebound: "evil.example is no name of this emulator. If it is to be one: start it with --host-name evil.example"
    "#);
    Ok(())
}

#[tokio::test]
async fn a_page_that_is_let_in_works() -> Result<()> {
    let chromium = match chromium::find() {
        Ok(chromium) => chromium,
        Err(missing) => return skip(&missing),
    };
    // By a CORS rule of a bucket: into this bucket.
    let emulator = Emulator::builder().clock(Clock::frozen(NOON)).start().await?;
    furnish(&emulator).await?;
    let friend = page(include_str!("door/friend.html"), &emulator);
    let by_cors = Site::named("partner.example").await?.report_of(&chromium, friend).await?;
    // By the emulator's user: everywhere.
    let site = Site::named("front-end.example").await?;
    let builder = Emulator::builder().clock(Clock::frozen(NOON)).allow_origin(&site.origin);
    let emulator = builder.start().await?;
    furnish(&emulator).await?;
    let friend = page(include_str!("door/friend.html"), &emulator);
    let allowed = site.report_of(&chromium, friend).await?;
    insta::assert_snapshot!(format!("{by_cors}\n\n{allowed}"), @r#"
    an upload by CORS: 200 "918b81db5e91d031548b963c93845e5b"
    an upload into another bucket: nothing
    a queue: nothing
    the clock: nothing

    an upload by CORS: 200 "918b81db5e91d031548b963c93845e5b"
    an upload into another bucket: 200 "918b81db5e91d031548b963c93845e5b"
    a queue: 200 {"QueueUrl":"/000000000000/theirs"}
    the clock: 200 {"now":"2026-11-23T12:00:00.000Z","now_ms":1795435200000,"frozen":true,"speed":1}
    "#);
    Ok(())
}
