//! The function against a small stand-in for S3 and SQS: which calls it makes, and what they leave.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
};
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use lambda_runtime::{LambdaEvent, Service};
use serde_json::{Value, json};

use super::{ResizeImage, ResizeImageError, ResizeOutcome, fit::INPUT_BYTES_MAX};

const PUT_EVENT: &str = include_str!("../../../fixtures/events/s3-object-created-put.json");
const ENCODED_KEY_EVENT: &str =
    include_str!("../../../fixtures/events/s3-object-created-encoded-key.json");
const TEST_EVENT: &str = include_str!("../../../fixtures/events/s3-test-event.json");
const MESSAGE: &str = include_str!("../../../fixtures/messages/image-resized.json");

/// What AWS holds and was asked.
#[derive(Default)]
struct Cloud {
    /// By path, `/bucket/key` as sent.
    objects: BTreeMap<String, Bytes>,
    messages: Vec<Value>,
    calls: Vec<String>,
    /// Takes the place of the object at this path as soon as something is put.
    overwritten_meanwhile: Option<(String, Bytes)>,
}

impl Cloud {
    fn answer(
        &mut self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response<Body> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let path = uri.path();
        if header("x-amz-target") == "AmazonSQS.SendMessage" {
            self.calls.push("SendMessage".to_owned());
            let request: Value = serde_json::from_slice(&body).unwrap_or_default();
            let message = request["MessageBody"].as_str().unwrap_or_default();
            self.messages.push(serde_json::from_str(message).unwrap_or_default());
            return Response::new(Body::from(json!({ "MessageId": "1" }).to_string()));
        }
        let version = uri
            .query()
            .and_then(|query| query.split('&').find(|part| part.starts_with("versionId")));
        self.calls
            .push(format!("{method} {path} {}", version.unwrap_or_default()).trim().to_owned());
        if method == Method::PUT {
            for name in
                ["content-type", "cache-control", "x-amz-meta-original-key", "x-amz-meta-width"]
            {
                self.calls.push(format!("    {name}: {}", header(name)));
            }
            self.objects.insert(path.to_owned(), body);
            self.objects.extend(self.overwritten_meanwhile.take());
            return Response::new(Body::empty());
        }
        match self.objects.get(path) {
            Some(bytes) => Response::builder()
                .header("ETag", format!("\"{}\"", bytes.len()))
                .header("Content-Length", bytes.len())
                .body(if method == Method::HEAD { Body::empty() } else { bytes.clone().into() }),
            None => Response::builder().status(StatusCode::NOT_FOUND).body(Body::from(
                "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
            )),
        }
        .unwrap_or_default()
    }
}

/// The cloud behind a port, and the function that uses it.
struct Stage {
    cloud: Arc<Mutex<Cloud>>,
    function: ResizeImage,
}

impl Stage {
    async fn with(objects: &[(&str, &[u8])]) -> Result<Self> {
        let cloud = Arc::new(Mutex::new(Cloud::default()));
        let stage_cloud = Arc::clone(&cloud);
        let answer = async |State(cloud): State<Arc<Mutex<Cloud>>>,
                            method: Method,
                            uri: Uri,
                            headers: HeaderMap,
                            body: Bytes| {
            match cloud.lock() {
                Ok(mut cloud) => cloud.answer(&method, &uri, &headers, body),
                Err(_) => Response::default(),
            }
        };
        let app = Router::new().fallback(answer).with_state(Arc::clone(&cloud));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let sdk = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .endpoint_url(&endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let queue_url = format!("{endpoint}/000000000000/image-resized");
        let env = |name: &str| (name == "QUEUE_URL").then(|| queue_url.clone());
        let function = ResizeImage::init(env, &sdk).await?;
        for (key, bytes) in objects {
            let path = format!("/cloudless-shop-images/{key}");
            locked(&stage_cloud)?.objects.insert(path, Bytes::copy_from_slice(bytes));
        }
        Ok(Self { cloud: stage_cloud, function })
    }

    async fn hears(&mut self, event: &str) -> Result<Result<ResizeOutcome, ResizeImageError>> {
        let event = serde_json::from_str(event)?;
        let event = LambdaEvent::new(event, lambda_runtime::Context::default());
        Ok(self.function.call(event).await)
    }

    fn calls(&self) -> Result<String> {
        Ok(locked(&self.cloud)?.calls.join("\n"))
    }
}

fn locked(cloud: &Mutex<Cloud>) -> Result<std::sync::MutexGuard<'_, Cloud>> {
    cloud.lock().ok().context("a test panicked")
}

fn jpeg(width: u32, height: u32) -> Result<Vec<u8>> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 128]));
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new(&mut bytes))?;
    Ok(bytes)
}

/// The event of the fixture, with other records: name of the event, key, size.
fn event_of(records: &[(&str, &str, u64)]) -> Result<String> {
    let event: Value = serde_json::from_str(PUT_EVENT)?;
    let records: Vec<Value> = records
        .iter()
        .map(|(name, key, size)| {
            let mut record = event["Records"][0].clone();
            record["eventName"] = json!(name);
            record["s3"]["object"]["key"] = json!(key);
            record["s3"]["object"]["size"] = json!(size);
            record
        })
        .collect();
    Ok(json!({ "Records": records }).to_string())
}

/// The whole of it: the fixture of the event in, the fixture of the message out.
#[tokio::test]
async fn an_upload_is_resized_and_announced() -> Result<()> {
    let mut stage = Stage::with(&[("products/7/a.jpg", &jpeg(1200, 800)?)]).await?;
    let outcome = stage.hears(PUT_EVENT).await??;
    insta::assert_snapshot!(stage.calls()?, @"
    GET /cloudless-shop-images/products/7/a.jpg
    PUT /cloudless-shop-images/resized/products/7/a.jpg
        content-type: image/jpeg
        cache-control: public, max-age=300
        x-amz-meta-original-key: products/7/a.jpg
        x-amz-meta-width: 268
    HEAD /cloudless-shop-images/products/7/a.jpg
    SendMessage
    ");
    let announced: Value = serde_json::from_str(MESSAGE)?;
    assert_eq!(locked(&stage.cloud)?.messages, std::slice::from_ref(&announced));
    assert_eq!(serde_json::to_value(outcome)?, json!({ "resized": [announced], "ignored": [] }));
    let cloud = locked(&stage.cloud)?;
    let small = &cloud.objects["/cloudless-shop-images/resized/products/7/a.jpg"];
    let small = image::load_from_memory(small)?;
    assert_eq!((small.width(), small.height()), (268, 179));
    Ok(())
}

/// The key is decoded as forms are, and the version of the event is the one that is read.
#[tokio::test]
async fn a_key_with_spaces_and_a_version() -> Result<()> {
    let path = "products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg";
    let mut stage = Stage::with(&[(path, &jpeg(300, 300)?)]).await?;
    let outcome = stage.hears(ENCODED_KEY_EVENT).await??;
    insta::assert_snapshot!(format!("{}\n{:?}", stage.calls()?, outcome.resized[0].resized_key), @r#"
    GET /cloudless-shop-images/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg versionId=096fKKXTRTtl3on89fVO.nfljtsv6qko
    PUT /cloudless-shop-images/resized/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg
        content-type: image/jpeg
        cache-control: public, max-age=300
        x-amz-meta-original-key: products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg
        x-amz-meta-width: 200
    HEAD /cloudless-shop-images/products/42/Gr%C3%BCne%20Tasse%2050%25%20%2B1.jpeg
    SendMessage
    "resized/products/42/Grüne Tasse 50% +1.jpeg"
    "#);
    Ok(())
}

/// Two uploads whose names differ only in how they spell JPEG are two pictures.
#[tokio::test]
async fn neighbours_do_not_overwrite_each_other() -> Result<()> {
    let mut stage = Stage::with(&[
        ("products/7/a.jpg", &jpeg(300, 300)?),
        ("products/7/a.jpeg", &jpeg(100, 50)?),
    ])
    .await?;
    let event = event_of(&[
        ("ObjectCreated:Put", "products/7/a.jpg", 9),
        ("ObjectCreated:Put", "products/7/a.jpeg", 9),
    ])?;
    let outcome = stage.hears(&event).await??;
    let told: Vec<String> = outcome
        .resized
        .iter()
        .map(|small| format!("{}: {}x{}", small.resized_key, small.width, small.height))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    resized/products/7/a.jpg: 200x200
    resized/products/7/a.jpeg: 100x50
    ");
    Ok(())
}

/// Nothing of this starts any work, and none of it is a failure.
#[tokio::test]
async fn what_is_none_of_its_business() -> Result<()> {
    let mut stage = Stage::with(&[]).await?;
    let mut told = format!("{:?}\n", stage.hears(TEST_EVENT).await??.ignored);
    let event = event_of(&[
        ("ObjectCreated:Put", "resized/products/7/a.jpg", 9),
        ("ObjectCreated:Put", "products/7/", 0),
        ("ObjectRemoved:Delete", "products/7/a.jpg", 0),
    ])?;
    for ignored in stage.hears(&event).await??.ignored {
        told += &format!("{}: {}\n", ignored.what, ignored.why);
    }
    let error =
        stage.hears(r#"{"detail-type": "Object Created"}"#).await?.err().context("fails")?;
    told += &format!("{error}\n");
    insta::assert_snapshot!(told + &stage.calls()?, @r#"
    [Ignored { what: "s3:TestEvent", why: "a test event" }]
    resized/products/7/a.jpg: a picture that is resized already
    products/7/: a folder
    products/7/a.jpg: not an ObjectCreated event
    the payload is not an S3 event notification: it has no "Records"
    "#);
    Ok(())
}

/// Every record is tried; the error names each object that failed and its problem.
#[tokio::test]
async fn failures_name_the_object_and_the_problem() -> Result<()> {
    let good = jpeg(300, 300)?;
    let mut stage = Stage::with(&[
        ("products/1/good.jpg", &good),
        ("products/1/page.jpg", b"<html>not found</html>"),
        ("products/1/cut.jpg", &good[..100]),
    ])
    .await?;
    let event = event_of(&[
        ("ObjectCreated:Put", "products/1/page.jpg", 22),
        ("ObjectCreated:Put", "products/1/good.jpg", 22),
        ("ObjectCreated:Put", "products/1/cut.jpg", 22),
        ("ObjectCreated:Put", "products/1/gone.jpg", 22),
        ("ObjectCreated:Put", "products/1/huge.jpg", INPUT_BYTES_MAX as u64 + 1),
        ("ObjectCreated:Put", "products/1/%FF.jpg", 22),
    ])?;
    let error = stage.hears(&event).await?.err().context("fails")?;
    let told = error.to_string().replace("; s3:", "\ns3:");
    insta::assert_snapshot!(format!("{told}\n\n{}", stage.calls()?), @"
    s3://cloudless-shop-images/products/1/page.jpg: the file is an HTML page, not a picture
    s3://cloudless-shop-images/products/1/cut.jpg: the JPEG file is cut off: its end is missing
    s3://cloudless-shop-images/products/1/gone.jpg: the object could not be read: NoSuchKey: The specified key does not exist.
    s3://cloudless-shop-images/products/1/huge.jpg: the file has 67108865 bytes; at most 67108864 are accepted
    s3://cloudless-shop-images/products/1/%FF.jpg: the key is not valid UTF-8 once decoded

    GET /cloudless-shop-images/products/1/page.jpg
    GET /cloudless-shop-images/products/1/good.jpg
    PUT /cloudless-shop-images/resized/products/1/good.jpg
        content-type: image/jpeg
        cache-control: public, max-age=300
        x-amz-meta-original-key: products/1/good.jpg
        x-amz-meta-width: 200
    HEAD /cloudless-shop-images/products/1/good.jpg
    SendMessage
    GET /cloudless-shop-images/products/1/cut.jpg
    GET /cloudless-shop-images/products/1/gone.jpg
    ");
    Ok(())
}

/// Two uploads to one key may overtake each other; the last original is what is shown in the end.
#[tokio::test]
async fn an_upload_that_is_overwritten_meanwhile_is_done_again() -> Result<()> {
    let mut stage = Stage::with(&[("products/7/a.jpg", &jpeg(1200, 800)?)]).await?;
    let path = "/cloudless-shop-images/products/7/a.jpg".to_owned();
    locked(&stage.cloud)?.overwritten_meanwhile = Some((path, jpeg(100, 50)?.into()));
    let outcome = stage.hears(PUT_EVENT).await??;
    insta::assert_snapshot!(stage.calls()?, @"
    GET /cloudless-shop-images/products/7/a.jpg
    PUT /cloudless-shop-images/resized/products/7/a.jpg
        content-type: image/jpeg
        cache-control: public, max-age=300
        x-amz-meta-original-key: products/7/a.jpg
        x-amz-meta-width: 268
    HEAD /cloudless-shop-images/products/7/a.jpg
    GET /cloudless-shop-images/products/7/a.jpg
    PUT /cloudless-shop-images/resized/products/7/a.jpg
        content-type: image/jpeg
        cache-control: public, max-age=300
        x-amz-meta-original-key: products/7/a.jpg
        x-amz-meta-width: 100
    HEAD /cloudless-shop-images/products/7/a.jpg
    SendMessage
    ");
    assert_eq!((outcome.resized[0].width, outcome.resized[0].height), (100, 50));
    Ok(())
}
