//! A manager uploads a photo, and the shop shows it resized: on every cloud; on the embedded one also
//! on both databases, with the functions in this process and as processes.

use anyhow::{Context as _, Result, ensure};
use aws_sdk_s3::types::NotificationConfiguration;
use cloudless::core::trace::Event;
use e2e::browser::Figure;
use e2e::{Browser, Cloud, DatabaseKind, File, Functions, Setup, Shop, filters, fixture, picture};
use shop::Value;
use sqlx::types::chrono::DateTime;

const PHOTO: &str = "images/photo-12mp.jpg";
const PORTRAIT: &str = "images/photo-portrait-exif6.jpg";
const MUG: i64 = 1;
const MUG_PAGE: &str = "/products/1/mug";

pub async fn a_photo_is_shown_resized(cloud: Cloud) -> Result<()> {
    is_shown_resized(Setup::on(cloud)).await
}

#[tokio::test]
async fn on_sqlite_with_bootstrap_processes() -> Result<()> {
    is_shown_resized(Setup { functions: Functions::Bootstrap, ..Setup::on(Cloud::Embedded) }).await
}

#[tokio::test]
async fn on_postgres_with_handlers_in_process() -> Result<()> {
    let database = DatabaseKind::Postgres;
    is_shown_resized(Setup { database, ..Setup::on(Cloud::Embedded) }).await
}

#[tokio::test]
async fn on_postgres_with_bootstrap_processes() -> Result<()> {
    let (database, functions) = (DatabaseKind::Postgres, Functions::Bootstrap);
    is_shown_resized(Setup { database, functions, ..Setup::on(Cloud::Embedded) }).await
}

async fn is_shown_resized(setup: Setup) -> Result<()> {
    let cloud = setup.cloud;
    let Some(shop) = setup.start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    let original = picture::stored_size(PHOTO)?;
    assert_eq!(original, (4000, 3000), "twelve megapixels");

    upload(&manager, PHOTO).await?;
    shop.settle().await?;

    let (page, fragment) = shown(&shop).await?;
    assert_eq!(page, fragment);
    let url = page.src.context("the page shows no picture")?;
    let small = picture::fetch(&url).await?;
    picture::ensure_fits(&small, original)?;
    let row = shop.rows(ROW, &["image", "image_original", "image_source"]).await?;
    let upload = row.split(" | ").nth(1).context("no key")?.to_owned();
    let outcome = format!(
        "page    {} {url}\nobject  {} {}x{}\nrow     {row}\n{}",
        page.state,
        small.content_type,
        small.width,
        small.height,
        queues(&shop).await?,
    );
    let trace = match shop.trace_of_upload(&upload).await? {
        Some(trace) => tree(trace),
        None => format!("{} keeps no trace", shop.cloud.name()),
    };
    insta::with_settings!({ filters => filters() }, {
        insta::allow_duplicates! {
            insta::assert_snapshot!(outcome, @r"
            page    ready {images}/resized/products/1/{id}.jpg
            object  image/jpeg 267x200
            row     {images}/resized/products/1/{id}.jpg | products/1/{id}.jpg | products/1/{id}.jpg
            image-resized: 0 visible, 0 in flight, 0 delayed
            image-resized-dlq: 0 visible, 0 in flight, 0 delayed
            image-resize-failed: 0 visible, 0 in flight, 0 delayed
            ");
            if cloud.is_cloudless() {
                insta::assert_snapshot!(trace, @r"
                s3:PutObject cloudless-shop-images/products/1/{id}.jpg → ok
                  lambda:Invoke resize-image → ok
                    s3:GetObject cloudless-shop-images/products/1/{id}.jpg → ok
                    s3:PutObject cloudless-shop-images/resized/products/1/{id}.jpg → ok
                    s3:HeadObject cloudless-shop-images/products/1/{id}.jpg → ok
                    sqs:SendMessage image-resized → ok
                      lambda:Invoke update-product → ok
                        sqs:DeleteMessageBatch image-resized → ok
                ");
            } else {
                assert_eq!(trace, format!("{} keeps no trace", cloud.name()));
            }
        }
    });
    shop.close().await
}

pub async fn a_photo_taken_upright_is_shown_upright(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let (width, height) = picture::stored_size(PORTRAIT)?;
    assert!(width > height, "it is stored lying, with the orientation in its EXIF data");

    upload(&shop.manager().await?, PORTRAIT).await?;
    shop.settle().await?;

    let (page, _) = shown(&shop).await?;
    let small = picture::fetch(&page.src.context("the page shows no picture")?).await?;
    picture::ensure_fits(&small, (height, width))?;
    assert_eq!((small.width, small.height), (150, 200));
    shop.close().await
}

pub async fn the_last_of_several_uploads_is_the_one_that_is_shown(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    // The first one takes longest on its way.
    upload(&manager, PHOTO).await?;
    for (name, colour) in [("red.jpg", [200, 0, 0]), ("blue.jpg", [0, 0, 200])] {
        let bytes = picture::plain(colour)?;
        let file = File { name, content_type: "image/jpeg", bytes };
        accepted(&manager.upload_picture(MUG, file).await?.path)?;
    }
    shop.settle().await?;

    let (page, _) = shown(&shop).await?;
    let row = shop.rows(ROW, &["image", "image_original", "image_source"]).await?;
    let cells: Vec<_> = row.split(" | ").collect();
    assert_eq!(cells[1], cells[2], "the picture was made from the last upload");
    assert_eq!(page, Figure { state: "ready".to_owned(), src: Some(cells[0].to_owned()) });
    shop.close().await
}

pub async fn an_older_event_never_overwrites_a_newer_picture(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    upload(&shop.manager().await?, PORTRAIT).await?;
    shop.settle().await?;
    let columns = ["image", "image_original", "image_source", "image_version"];
    let before = shop.rows(ROW, &columns).await?;

    // A day late, and twice: SQS delivers at least once, in any order.
    let mut message: serde_json::Value =
        serde_json::from_str(include_str!("../../../fixtures/messages/image-resized.json"))?;
    message["original_key"] = "products/1/old.jpg".into();
    message["resized_key"] = "resized/products/1/old.jpg".into();
    message["event_time"] = "2020-01-01T00:00:00.000Z".into();
    let queue_url = shop.queue_url(&shop.plan.queue).await?;
    for _ in 0..2 {
        let request = shop.sqs.send_message().queue_url(&queue_url);
        request.message_body(message.to_string()).send().await?;
    }
    shop.settle().await?;

    assert_eq!(shop.rows(ROW, &columns).await?, before);
    let queues = queues(&shop).await?;
    insta::with_settings!({ filters => filters() }, {
        insta::allow_duplicates! { insta::assert_snapshot!(queues, @r"
        image-resized: 0 visible, 0 in flight, 0 delayed
        image-resized-dlq: 0 visible, 0 in flight, 0 delayed
        image-resize-failed: 0 visible, 0 in flight, 0 delayed
        "); }
    });
    shop.close().await
}

/// Not on AWS, where it takes minutes until a bucket tells nobody, and until it tells again.
pub async fn an_upload_that_nobody_heard_of_is_announced_again_by_the_form(
    cloud: Cloud,
) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    let (s3, bucket) = (&shop.s3, &shop.plan.bucket);
    let told = s3.get_bucket_notification_configuration().bucket(bucket).send().await?;
    let nobody = NotificationConfiguration::builder().build();
    let silence = s3.put_bucket_notification_configuration().bucket(bucket);
    silence.notification_configuration(nobody).send().await?;
    upload(&manager, PORTRAIT).await?;
    let configuration = NotificationConfiguration::builder()
        .set_lambda_function_configurations(told.lambda_function_configurations)
        .set_queue_configurations(told.queue_configurations)
        .build();
    let restore = s3.put_bucket_notification_configuration().bucket(bucket);
    restore.notification_configuration(configuration).send().await?;
    let mut states = vec![shown(&shop).await?.0.state];

    let long_ago = Value::Time(DateTime::UNIX_EPOCH);
    let aged = "UPDATE shop_product SET image_original_announced = $1 WHERE slug = 'mug'";
    shop.app.db().execute(aged, vec![long_ago]).await?;
    states.push(shown(&shop).await?.0.state);
    let path = "/manager/products/1";
    let page = manager.get(path).await?;
    let again = manager.submit(&page, path, &[("again", "yes")]).await?;
    assert_eq!(again.path, "/manager/products/1?done=again", "{}", again.text());
    shop.settle().await?;
    states.push(shown(&shop).await?.0.state);
    assert_eq!(states, ["pending", "failed", "ready"]);
    let row = shop.rows(ROW, &["image_original", "image_source"]).await?;
    let (original, source) = row.split_once(" | ").context("a row")?;
    assert_eq!(original, source, "the picture was made from the upload");
    let put = s3.head_object().bucket(bucket).key(original).send().await?;
    assert_eq!(put.content_type(), Some("image/jpeg"), "it is as it was");
    assert_eq!(put.cache_control(), Some("public, max-age=31536000, immutable"));
    shop.close().await
}

const ROW: &str = "SELECT image, image_original, image_source, image_version FROM shop_product \
                   WHERE slug = 'mug'";

async fn upload(manager: &Browser, photo: &str) -> Result<()> {
    let bytes = std::fs::read(fixture(photo))?;
    let file = File { name: "IMG_2041.JPG", content_type: "image/jpeg", bytes };
    accepted(&manager.upload_picture(MUG, file).await?.path)
}

fn accepted(path: &str) -> Result<()> {
    ensure!(path == "/manager/products/1?done=picture", "the upload led to {path}");
    Ok(())
}

/// What a visitor sees, and what the page fetches by itself while it waits.
async fn shown(shop: &Shop) -> Result<(Figure, Figure)> {
    let visitor = shop.browser()?;
    let page = visitor.get(MUG_PAGE).await?.figure()?;
    Ok((page, visitor.get(&format!("{MUG_PAGE}/image")).await?.figure()?))
}

/// A line for each event, below its cause.
fn tree(trace: Vec<(usize, Event)>) -> String {
    let line = |(depth, event): (usize, Event)| {
        let outcome = event.outcome.unwrap_or_else(|| "not ended".into());
        format!("{}{} {} → {outcome}", "  ".repeat(depth), event.what, event.subject)
    };
    trace.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

async fn queues(shop: &Shop) -> Result<String> {
    let plan = &shop.plan;
    let mut lines = Vec::new();
    for name in [&plan.queue, &format!("{}-dlq", plan.queue), &plan.failed_queue] {
        lines.push(format!("{name}: {}", shop.queue(name).await?));
    }
    Ok(lines.join("\n"))
}
