//! The worker against the emulator, where S3 announces uploads to a queue.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context as _, Result};
use aws_sdk_s3::types as s3;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use cloudless::Emulator;
use lambdas::worker::{Worker, WorkerConfig};
use serde_json::json;
use sqlx::{Row as _, SqlitePool, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

const PHOTO: &[u8] = include_bytes!("../../fixtures/images/photo-portrait-exif6.jpg");
const BUCKET: &str = "pictures";

/// A cloud without functions, a table with two products, and a worker.
struct Stage {
    emulator: Emulator,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    pool: SqlitePool,
    rounds: watch::Receiver<u64>,
    stop: Arc<Notify>,
    working: JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Stage {
    /// Queues and bucket are the story's to make.
    async fn bare() -> Result<Self> {
        let emulator = Emulator::builder().start().await?;
        let sdk = emulator.sdk_config();
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("shop.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await?;
        for statement in [
            "CREATE TABLE shop_product (id INTEGER PRIMARY KEY, image TEXT NOT NULL DEFAULT '', \
             image_original TEXT, image_source TEXT, image_version TEXT)",
            "INSERT INTO shop_product (id) VALUES (7), (8)",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        let database_url = format!("sqlite://{}", path.display());
        let env = move |name: &str| match name {
            "DATABASE_URL" => Some(database_url.clone()),
            "IMAGE_BASE_URL" => Some("http://images.example".to_owned()),
            _ => None,
        };
        let worker = Worker::new(WorkerConfig::default(), env, &sdk).await?;
        let rounds = worker.rounds();
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let working = tokio::spawn(worker.run(async move { stopped.notified().await }));
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        let sqs = aws_sdk_sqs::Client::new(&sdk);
        Ok(Self { emulator, s3, sqs, pool, rounds, stop, working, _directory: directory })
    }

    async fn start() -> Result<Self> {
        let stage = Self::bare().await?;
        stage.make().await?;
        Ok(stage)
    }

    /// What `shop provision --worker` makes, as far as the worker sees it.
    async fn make(&self) -> Result<()> {
        self.queue("image-resized", "image-resized-dlq", 2).await?;
        let arn = self.queue("image-uploaded", "image-resize-failed", 3).await?;
        self.s3.create_bucket().bucket(BUCKET).send().await?;
        let rule = s3::FilterRule::builder().name(s3::FilterRuleName::Prefix).value("products/");
        let key = s3::S3KeyFilter::builder().filter_rules(rule.build()).build();
        let queue = s3::QueueConfiguration::builder()
            .queue_arn(arn)
            .events(s3::Event::S3ObjectCreated)
            .filter(s3::NotificationConfigurationFilter::builder().key(key).build())
            .build()?;
        let configuration =
            s3::NotificationConfiguration::builder().queue_configurations(queue).build();
        let request = self.s3.put_bucket_notification_configuration().bucket(BUCKET);
        request.notification_configuration(configuration).send().await?;
        Ok(())
    }

    async fn queue(&self, name: &str, dead_letters: &str, receives: u32) -> Result<String> {
        let make = async |name: &str, attributes: HashMap<Attribute, String>| -> Result<String> {
            let request = self.sqs.create_queue().queue_name(name);
            let url = request.set_attributes(Some(attributes)).send().await?.queue_url;
            let request = self.sqs.get_queue_attributes().set_queue_url(url);
            let found = request.attribute_names(Attribute::QueueArn).send().await?.attributes;
            found.and_then(|mut all| all.remove(&Attribute::QueueArn)).context("an ARN")
        };
        let dead_letters = make(dead_letters, HashMap::new()).await?;
        let redrive = json!({ "deadLetterTargetArn": dead_letters, "maxReceiveCount": receives });
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }]});
        let attributes = [
            (Attribute::RedrivePolicy, redrive.to_string()),
            (Attribute::Policy, policy.to_string()),
        ];
        make(name, HashMap::from(attributes)).await
    }

    async fn url(&self, queue: &str) -> Result<String> {
        let found = self.sqs.get_queue_url().queue_name(queue).send().await?;
        found.queue_url.context("a URL")
    }

    async fn put(&self, key: &str, body: &'static [u8]) -> Result<()> {
        let body = aws_sdk_s3::primitives::ByteStream::from_static(body);
        self.s3.put_object().bucket(BUCKET).key(key).body(body).send().await?;
        Ok(())
    }

    async fn announce(&self, product_id: i64, name: &str) -> Result<()> {
        let message = json!({
            "version": 1,
            "bucket": BUCKET,
            "original_key": format!("products/{product_id}/{name}"),
            "resized_key": format!("resized/products/{product_id}/{name}"),
            "width": 268,
            "height": 179,
            "content_type": "image/jpeg",
            "event_time": "2026-11-23T19:12:00.123Z",
            "sequencer": "01",
        });
        let request = self.sqs.send_message().queue_url(self.url("image-resized").await?);
        request.message_body(message.to_string()).send().await?;
        Ok(())
    }

    /// The body of the next dead letter, whenever it comes.
    async fn dead_letter(&self, queue: &str) -> Result<String> {
        let url = self.url(queue).await?;
        loop {
            let request = self.sqs.receive_message().queue_url(&url).wait_time_seconds(20);
            let messages = request.send().await?.messages.unwrap_or_default();
            if let Some(message) = messages.into_iter().next() {
                return message.body.context("a body");
            }
        }
    }

    /// What is on a queue: visible and in somebody's hands.
    async fn depth(&self, queue: &str) -> Result<String> {
        let request = self.sqs.get_queue_attributes().queue_url(self.url(queue).await?);
        let found = request.attribute_names(Attribute::All).send().await?.attributes;
        let found = found.context("attributes")?;
        let count = |name: &Attribute| found.get(name).cloned().unwrap_or_default();
        let visible = count(&Attribute::ApproximateNumberOfMessages);
        let in_flight = count(&Attribute::ApproximateNumberOfMessagesNotVisible);
        Ok(format!("{queue}: {visible} visible, {in_flight} in flight"))
    }

    /// Returns when a product has its picture and the message of it is answered. How many batches
    /// that takes is not told: S3's test event may share one with an upload.
    async fn picture_of(&mut self, product_id: i64) -> Result<()> {
        let line = format!("{product_id}: http");
        loop {
            self.rounds.mark_unchanged();
            if self.table().await?.contains(&line)
                && self.depth("image-resized").await?.ends_with("0 visible, 0 in flight")
            {
                return Ok(());
            }
            self.rounds.changed().await?;
        }
    }

    async fn table(&self) -> Result<String> {
        let sql = "SELECT id, image FROM shop_product ORDER BY id";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        let line = |row: &sqlx::sqlite::SqliteRow| -> Result<String> {
            let (id, image): (i64, String) = (row.try_get("id")?, row.try_get("image")?);
            Ok(format!("{id}: {image}\n"))
        };
        rows.iter().map(line).collect()
    }

    async fn close(self) -> Result<()> {
        self.stop.notify_one();
        self.working.await?;
        self.emulator.stop().await;
        Ok(())
    }
}

/// S3's test event, then an upload: the way of a picture, without Lambda.
#[tokio::test]
async fn an_upload_goes_through_both_functions() -> Result<()> {
    let mut stage = Stage::start().await?;
    stage.put("products/7/a b.jpg", PHOTO).await?;
    stage.picture_of(7).await?;
    insta::assert_snapshot!(stage.table().await?, @"
    7: http://images.example/resized/products/7/a%20b.jpg
    8: 
    ");
    for queue in ["image-uploaded", "image-resized", "image-resize-failed", "image-resized-dlq"] {
        let name = format!("{queue}: 0 visible, 0 in flight");
        assert_eq!(stage.depth(queue).await?, name);
    }
    stage.close().await
}

/// As Lambda: three attempts, and then the event is kept where somebody can look at it.
#[tokio::test]
async fn what_is_no_picture_is_tried_three_times_and_kept() -> Result<()> {
    let stage = Stage::start().await?;
    stage.put("products/7/broken.jpg", b"not a picture").await?;
    let event: serde_json::Value =
        serde_json::from_str(&stage.dead_letter("image-resize-failed").await?)?;
    assert_eq!(event["Records"][0]["s3"]["object"]["key"], "products/7/broken.jpg");
    assert_eq!(stage.depth("image-uploaded").await?, "image-uploaded: 0 visible, 0 in flight");
    assert_eq!(stage.table().await?, "7: \n8: \n");
    stage.close().await
}

/// `batchItemFailures` are obeyed: the good message is done and gone, the bad one is a dead letter.
#[tokio::test]
async fn messages_of_a_batch_fail_alone() -> Result<()> {
    let mut stage = Stage::start().await?;
    stage.announce(99, "no such product.jpg").await?;
    stage.announce(8, "good.jpg").await?;
    let dead = stage.dead_letter("image-resized-dlq").await?;
    assert!(dead.contains("products/99/"), "{dead}");
    stage.picture_of(8).await?;
    insta::assert_snapshot!(stage.table().await?, @"
    7: 
    8: http://images.example/resized/products/8/good.jpg
    ");
    assert_eq!(stage.depth("image-resized").await?, "image-resized: 0 visible, 0 in flight");
    stage.close().await
}

/// A container starts in any order, and an emulator that restarts has forgotten its queues.
#[tokio::test]
async fn queues_may_come_late_and_come_back() -> Result<()> {
    let mut stage = Stage::bare().await?;
    assert_eq!(*stage.rounds.borrow_and_update(), 0);
    stage.make().await?;
    stage.announce(7, "first.jpg").await?;
    stage.picture_of(7).await?;
    for queue in ["image-resized", "image-resized-dlq"] {
        stage.sqs.delete_queue().queue_url(stage.url(queue).await?).send().await?;
    }
    // SQS keeps a deleted queue's name for a minute.
    stage.emulator.advance(std::time::Duration::from_secs(61)).await?;
    stage.queue("image-resized", "image-resized-dlq", 2).await?;
    stage.announce(8, "second.jpg").await?;
    stage.picture_of(8).await?;
    stage.close().await
}
