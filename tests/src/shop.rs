//! The whole thing in this process: emulator, functions and shop, each on a port of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::trace::Event;
use shop::cloud::{self, Plan};
use shop::{App, Config, seed};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{Browser, Database, DatabaseKind, Functions, functions, skip};

/// A bound, on the wall clock, for what takes a second: only a broken pipeline meets it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a story wants.
pub struct Setup {
    pub database: DatabaseKind,
    pub functions: Functions,
    pub clock: Clock,
    /// Whether the shop makes bucket, queues and functions, as `shop provision` does.
    pub provisioned: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            database: DatabaseKind::Sqlite,
            functions: Functions::InProcess,
            clock: Clock::system(),
            provisioned: true,
        }
    }
}

/// A shop with three products and two accounts, and the cloud it lives on.
pub struct Shop {
    pub url: String,
    pub emulator: Emulator,
    pub app: App,
    pub plan: Plan,
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
    seeded: seed::Seeded,
    database: Database,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl Setup {
    /// Starts it; nothing, and a line that says so, where this machine lacks something for it.
    pub async fn start(self) -> Result<Option<Shop>> {
        let database = match Database::make(self.database).await? {
            Ok(database) => database,
            Err(missing) => return skip(&missing).map(|()| None),
        };
        let builder = Emulator::builder().clock(self.clock);
        let builder = match self.functions {
            Functions::InProcess => shop::local::functions(builder),
            Functions::Bootstrap => builder,
        };
        let emulator = builder.start().await?;
        let sdk = emulator.sdk_config();
        let mut plan = shop::local::plan(&sdk, &database.url);
        if self.functions == Functions::Bootstrap
            && self.provisioned
            && let Some(lambda) = plan.lambda_plan_mut()
        {
            lambda.resize.zip = functions::zip("resize-image")?;
            lambda.update.zip = functions::zip("update-product")?;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = App::connect(Config {
            base_url: Some(url.clone()),
            show_mailbox: true,
            ..Config::new(&database.url, &plan.bucket, sdk.clone())
        })
        .await?;
        if self.provisioned {
            cloud::provision(&sdk, &plan, |_| ()).await?;
        }
        let seeded = app.seed(&catalog()?).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(shop::serve(app.clone(), listener, async {
            let _ = stopped.await;
        }));
        let (s3, sqs) = (cloud::s3_client(&sdk), aws_sdk_sqs::Client::new(&sdk));
        Ok(Some(Shop { url, emulator, app, plan, s3, sqs, seeded, database, stop, serving }))
    }
}

impl Shop {
    /// Somebody who has never been here.
    pub fn browser(&self) -> Result<Browser> {
        Browser::new(&self.url)
    }

    /// A browser in which the manager is signed in.
    pub async fn manager(&self) -> Result<Browser> {
        self.signed_in("/accounts/login/manager", &self.seeded.manager, "/manager").await
    }

    /// A browser in which the customer is signed in.
    pub async fn customer(&self) -> Result<Browser> {
        self.signed_in("/accounts/login", &self.seeded.customer, "/").await
    }

    async fn signed_in(&self, path: &str, who: &seed::Account, to: &str) -> Result<Browser> {
        let browser = self.browser()?;
        let page = browser.sign_in(path, &who.user, &who.password).await?;
        ensure!(page.path == to, "signing in led to {} ({})", page.path, page.status);
        Ok(browser)
    }

    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// Returns when the pipeline is idle.
    pub async fn settle(&self) -> Result<()> {
        Ok(self.emulator.settle(LIMIT).await?)
    }

    /// Puts an object into the bucket past the shop, as any other tool would.
    pub async fn put(&self, key: &str, content_type: &str, body: Vec<u8>) -> Result<()> {
        let request = self.s3.put_object().bucket(&self.plan.bucket).key(key);
        request.content_type(content_type).body(body.into()).send().await?;
        Ok(())
    }

    /// The answer to a statement: a line for each row, columns as text.
    pub async fn rows(&self, sql: &'static str, columns: &[&str]) -> Result<String> {
        let mut lines = Vec::new();
        for row in self.app.db().rows(sql, Vec::new()).await? {
            let cell = |name: &&str| {
                row.get::<Option<String>>(name)
                    .map(|text| text.unwrap_or_else(|| "NULL".to_owned()))
                    .or_else(|_| row.get::<i64>(name).map(|number| number.to_string()))
            };
            lines.push(columns.iter().map(cell).collect::<Result<Vec<_>, _>>()?.join(" | "));
        }
        Ok(lines.join("\n"))
    }

    /// How many messages a queue has, by what holds them.
    pub async fn queue(&self, name: &str) -> Result<String> {
        let names = [
            ("visible", Attribute::ApproximateNumberOfMessages),
            ("in flight", Attribute::ApproximateNumberOfMessagesNotVisible),
            ("delayed", Attribute::ApproximateNumberOfMessagesDelayed),
        ];
        let url = self.queue_url(name).await?;
        let request = self.sqs.get_queue_attributes().queue_url(url);
        let found = request.attribute_names(Attribute::All).send().await?;
        let found = found.attributes.context("the queue has no attributes")?;
        let count = |(what, name): &(&str, Attribute)| Some(format!("{} {what}", found.get(name)?));
        let counts: Option<Vec<_>> = names.iter().map(count).collect();
        Ok(counts.context("a count is missing")?.join(", "))
    }

    pub async fn queue_url(&self, name: &str) -> Result<String> {
        let found = self.sqs.get_queue_url().queue_name(name).send().await?;
        found.queue_url.context("the queue has no URL")
    }

    /// Everything in the bucket: key and ETag.
    pub async fn objects(&self) -> Result<BTreeMap<String, String>> {
        let found = self.s3.list_objects_v2().bucket(&self.plan.bucket).send().await?;
        let objects = found.contents.unwrap_or_default().into_iter();
        Ok(objects.filter_map(|object| Some((object.key?, object.e_tag?))).collect())
    }

    /// All that an upload led to, each with its depth in the tree.
    pub fn trace_of_upload(&self, key: &str) -> Result<Vec<(usize, Event)>> {
        let is_upload = |event: &Event| {
            event.parent.is_none() && event.what == "s3:PutObject" && event.subject.ends_with(key)
        };
        let upload = self.emulator.trace().into_iter().find(is_upload);
        Ok(self.emulator.trace_of(upload.context("nobody uploaded it")?.id))
    }

    /// Stops everything in order and removes the database.
    pub async fn close(self) -> Result<()> {
        let _ = self.stop.send(());
        self.serving.await??;
        self.emulator.stop().await;
        self.database.remove().await
    }
}

fn catalog() -> Result<seed::Catalog> {
    Ok(serde_json::from_value(serde_json::json!({ "categories": [
        { "name": "Cups", "slug": "cups", "products": [
            { "slug": "mug", "name": "Mug", "price_cents": 1250, "stock": 5 },
            { "slug": "last-cup", "name": "Last cup", "price_cents": 900, "stock": 1 },
        ]},
        { "name": "Lamps", "slug": "lamps", "products": [
            { "slug": "lamp", "name": "Lamp", "price_cents": 8000, "stock": 40 },
        ]},
    ]}))?)
}
