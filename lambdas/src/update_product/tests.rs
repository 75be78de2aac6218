//! What the shop relies on: the newest picture is shown, whatever comes how often and in which order.

use anyhow::{Context, Result};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{LambdaEvent, Service};
use serde_json::{Value, json};
use sqlx::{Row, SqlitePool, sqlite::SqliteConnectOptions};

use super::UpdateProduct;

/// A shop's table in a file, and the function on it.
struct Shop {
    pool: SqlitePool,
    function: UpdateProduct,
    _directory: tempfile::TempDir,
}

impl Shop {
    async fn with_products(ids: &[i64]) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("shop.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await?;
        sqlx::query(
            "CREATE TABLE shop_product (id INTEGER PRIMARY KEY, image TEXT NOT NULL DEFAULT '', \
             image_original TEXT, image_source TEXT, image_version TEXT)",
        )
        .execute(&pool)
        .await?;
        for id in ids {
            sqlx::query("INSERT INTO shop_product (id) VALUES ($1)")
                .bind(id)
                .execute(&pool)
                .await?;
        }
        let url = format!("sqlite://{}", path.display());
        let function = UpdateProduct::init(|name| match name {
            "DATABASE_URL" => Some(url.clone()),
            "IMAGE_BASE_URL" => Some("http://127.0.0.1:4566/cloudless-shop-images/".to_owned()),
            _ => None,
        })
        .await?;
        Ok(Self { pool, function, _directory: directory })
    }

    async fn receives(&mut self, event: Value) -> Result<Vec<String>> {
        let event: SqsEvent = serde_json::from_value(event)?;
        let event = LambdaEvent::new(event, lambda_runtime::Context::default());
        let SqsBatchResponse { batch_item_failures, .. } = self.function.call(event).await?;
        Ok(batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }

    async fn table(&self) -> Result<String> {
        let rows = sqlx::query(
            "SELECT id, image, image_source, image_version FROM shop_product ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut table = String::new();
        for row in rows {
            let (id, image): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            let source: Option<String> = row.try_get(2)?;
            let version: Option<String> = row.try_get(3)?;
            let dash = || "-".to_owned();
            table += &format!(
                "{id}: {}\n   from {}\n   version {}\n",
                Some(image).filter(|url| !url.is_empty()).unwrap_or_else(dash),
                source.unwrap_or_else(dash),
                version.unwrap_or_else(dash),
            );
        }
        Ok(table)
    }
}

fn batch(bodies: &[(&str, Value)]) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .map(|(id, body)| {
            let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            json!({ "messageId": id, "body": body })
        })
        .collect();
    json!({ "Records": records })
}

fn message(product: &str, name: &str, time: &str, sequencer: &str) -> Value {
    json!({
        "version": 1,
        "bucket": "cloudless-shop-images",
        "original_key": format!("products/{product}/{name}"),
        "resized_key": format!("resized/products/{product}/{name}"),
        "width": 268,
        "height": 179,
        "content_type": "image/jpeg",
        "event_time": time,
        "sequencer": sequencer,
    })
}

/// The event as Lambda really hands it over; a second delivery changes nothing.
#[tokio::test]
async fn the_product_gets_its_picture_once() -> Result<()> {
    let mut shop = Shop::with_products(&[7, 8]).await?;
    let event: Value =
        serde_json::from_str(include_str!("../../../fixtures/events/sqs-batch.json"))?;
    assert_eq!(shop.receives(event.clone()).await?, Vec::<String>::new());
    let once = shop.table().await?;
    insta::assert_snapshot!(once, @"
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/a.jpg
       from products/7/a.jpg
       version 2026-11-23T19:12:00.123Z#00000000000000006506F2C8A9B1D3E4
    8: -
       from -
       version -
    ");
    assert_eq!(shop.receives(event).await?, Vec::<String>::new());
    assert_eq!(shop.table().await?, once);
    Ok(())
}

/// SQS does not keep order. Times decide, then sequencers, of which the shorter is padded.
#[tokio::test]
async fn an_older_event_never_overwrites_a_newer_picture() -> Result<()> {
    let mut shop = Shop::with_products(&[7]).await?;
    let mut story = String::new();
    for (name, time, sequencer) in [
        ("second.jpg", "2026-11-23T19:12:00.500Z", "0A"),
        ("first.jpg", "2026-11-23T19:12:00.499Z", "FF"),
        ("same time, later.jpg", "2026-11-23T19:12:00.500Z", "00ff"),
        ("same time, earlier.jpg", "2026-11-23T19:12:00.500Z", "B0"),
        ("without milliseconds.jpg", "2026-11-23T19:12:01Z", "01"),
        ("in another zone, earlier.jpg", "2026-11-23T20:12:00.900+01:00", "FFFF"),
    ] {
        let failed = shop.receives(batch(&[("m", message("7", name, time, sequencer))])).await?;
        story += &format!("{name} {failed:?}\n{}", shop.table().await?);
    }
    insta::assert_snapshot!(story, @"
    second.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/second.jpg
       from products/7/second.jpg
       version 2026-11-23T19:12:00.500Z#0000000000000000000000000000000A
    first.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/second.jpg
       from products/7/second.jpg
       version 2026-11-23T19:12:00.500Z#0000000000000000000000000000000A
    same time, later.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/same%20time%2C%20later.jpg
       from products/7/same time, later.jpg
       version 2026-11-23T19:12:00.500Z#000000000000000000000000000000FF
    same time, earlier.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/same%20time%2C%20later.jpg
       from products/7/same time, later.jpg
       version 2026-11-23T19:12:00.500Z#000000000000000000000000000000FF
    without milliseconds.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/without%20milliseconds.jpg
       from products/7/without milliseconds.jpg
       version 2026-11-23T19:12:01.000Z#00000000000000000000000000000001
    in another zone, earlier.jpg []
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/without%20milliseconds.jpg
       from products/7/without milliseconds.jpg
       version 2026-11-23T19:12:01.000Z#00000000000000000000000000000001
    ");
    Ok(())
}

/// One bad message does not hold up its neighbours, and none of its kind gets lost unnoticed.
#[tokio::test]
async fn messages_fail_alone() -> Result<()> {
    let mut shop = Shop::with_products(&[7, 8]).await?;
    let time = "2026-11-23T19:12:00.123Z";
    let mut from_the_future = message("7", "a.jpg", time, "01");
    from_the_future["version"] = json!(2);
    let failed = shop
        .receives(batch(&[
            ("good", message("7", "a b+ü.jpg", time, "01")),
            ("not json", json!("resize this please")),
            ("no body", json!("")),
            ("other json", json!({"Event": "s3:TestEvent"})),
            ("from the future", from_the_future),
            ("no such product", message("9", "a.jpg", time, "01")),
            ("not a number", message("seven", "a.jpg", time, "01")),
            ("negative", message("-7", "a.jpg", time, "01")),
            ("too large a number", message("99999999999999999999", "a.jpg", time, "01")),
            ("no name", message("7", "", time, "01")),
            ("no sequencer", message("7", "a.jpg", time, "")),
            ("bad sequencer", message("7", "a.jpg", time, "later")),
            ("no time", message("7", "a.jpg", "yesterday", "01")),
            ("also good", message("8", "a.jpg", time, "01")),
        ]))
        .await?;
    insta::assert_snapshot!(format!("failed: {failed:#?}\n{}", shop.table().await?), @r#"
    failed: [
        "not json",
        "no body",
        "other json",
        "from the future",
        "no such product",
        "not a number",
        "negative",
        "too large a number",
        "no name",
        "no sequencer",
        "bad sequencer",
        "no time",
    ]
    7: http://127.0.0.1:4566/cloudless-shop-images/resized/products/7/a%20b%2B%C3%BC.jpg
       from products/7/a b+ü.jpg
       version 2026-11-23T19:12:00.123Z#00000000000000000000000000000001
    8: http://127.0.0.1:4566/cloudless-shop-images/resized/products/8/a.jpg
       from products/8/a.jpg
       version 2026-11-23T19:12:00.123Z#00000000000000000000000000000001
    "#);
    Ok(())
}

/// A batch that cannot be reported in parts fails as a whole; an empty one succeeds.
#[tokio::test]
async fn edges_of_a_batch() -> Result<()> {
    let mut shop = Shop::with_products(&[]).await?;
    assert_eq!(shop.receives(json!({ "Records": [] })).await?, Vec::<String>::new());
    let error =
        shop.receives(json!({ "Records": [{ "body": "x" }] })).await.err().context("fails")?;
    insta::assert_snapshot!(error, @"a message without a messageId failed: the body is not an image-resized message: expected value at line 1 column 1");
    Ok(())
}

/// Without a database messages fail, one by one, and are given again; nothing is created.
#[tokio::test]
async fn a_missing_database_is_a_failure_of_the_message() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite://{}", directory.path().join("nowhere.db").display());
    let mut function = UpdateProduct::init(|name| match name {
        "DATABASE_URL" => Some(url.clone()),
        _ => Some("https://pictures.example".to_owned()),
    })
    .await?;
    let event = batch(&[("m", message("7", "a.jpg", "2026-11-23T19:12:00.123Z", "01"))]);
    let event =
        LambdaEvent::new(serde_json::from_value(event)?, lambda_runtime::Context::default());
    let response = function.call(event).await?;
    assert_eq!(response.batch_item_failures.len(), 1);
    assert_eq!(std::fs::read_dir(directory.path())?.count(), 0);
    Ok(())
}

/// A wrong environment is told by name and never by value: the value holds a password.
#[tokio::test]
async fn a_wrong_environment_is_told_without_its_secrets() -> Result<()> {
    let mut told = String::new();
    for (database, images) in [
        (None, None),
        (Some("mysql://shop:secret@db/shop"), None),
        (Some("postgres://shop:secret@db:port/shop"), None),
        (Some("postgres://shop:secret@db/shop"), None),
        (Some("postgres://shop:secret@db/shop"), Some("/images")),
    ] {
        let env = |name: &str| match name {
            "DATABASE_URL" => database.map(str::to_owned),
            _ => images.map(str::to_owned),
        };
        let error = UpdateProduct::init(env).await.err().context("is refused")?;
        told += &format!("{error}\n");
    }
    assert!(!told.contains("secret"));
    insta::assert_snapshot!(told, @"
    the environment variable DATABASE_URL is missing: set it to postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite://PATH
    the environment variable DATABASE_URL is not usable: expected postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite://PATH (its scheme is neither postgres nor sqlite)
    the environment variable DATABASE_URL is not usable: expected postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite://PATH (error with configuration: invalid port number)
    the environment variable IMAGE_BASE_URL is missing: set it to an http:// or https:// URL under which the bucket's objects are found
    the environment variable IMAGE_BASE_URL is not usable: expected an http:// or https:// URL under which the bucket's objects are found (it starts with neither)
    ");
    Ok(())
}
