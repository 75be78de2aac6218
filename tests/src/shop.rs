//! A shop in this process and the cloud it lives on.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use cloudless::core::trace::Event;
use shop::cloud::{self, Keeper, Plan};
use shop::{App, Bucket, Config, seed};
use testcontainers::core::WaitFor;
use testcontainers::{GenericImage, ImageExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cloud::told_on;
use crate::containers::{CLOUD_PORT, Own, SHOP, Started};
use crate::running::{LIMIT, Running, next_look, queue_names};
use crate::{Browser, Cloud, Database, Setup, skip};

/// A shop with three products and two accounts, and the cloud it lives on.
pub struct Shop {
    pub url: String,
    pub cloud: Cloud,
    pub running: Running,
    pub app: App,
    pub plan: Plan,
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub seeded: seed::Seeded,
    pub database: Database,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl Setup {
    /// Starts it; nothing, and a line that says so, where this machine lacks something for it.
    pub async fn start(self) -> Result<Option<Shop>> {
        macro_rules! or_skip {
            ($started:expr) => {
                match $started {
                    Ok(started) => started,
                    Err(missing) => return skip(&missing).map(|()| None),
                }
            };
        }
        let database = or_skip!(Database::make(self.database).await?);
        let mut running = or_skip!(Running::start(&self).await?);
        let plan = or_skip!(running.plan(&self, &database).await?);
        let sdk = running.sdk.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut bucket = Bucket::s3(&sdk, &plan.bucket);
        if self.cloud == Cloud::LocalStack && self.is_restarted {
            // As `shop serve --provision-worker`: LocalStack forgets everything.
            bucket = bucket.kept_by(Arc::new(Keeper::new(sdk.clone(), plan.clone())));
        }
        let config = Config {
            base_url: Some(url.clone()),
            show_mailbox: true,
            ..Config::new(&database.url, &plan.bucket, sdk.clone())
        };
        let app = App::connect_with(config, bucket).await?;
        if self.provisioned {
            cloud::provision(&sdk, &plan, |_| ()).await?;
            running.work(&plan, &database).await?;
        }
        let seeded = app.seed(&catalog()?).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(shop::serve(app.clone(), listener, async {
            let _ = stopped.await;
        }));
        let (s3, sqs) = (cloud::s3_client(&sdk), aws_sdk_sqs::Client::new(&sdk));
        let cloud = self.cloud;
        told_on(cloud)?;
        Ok(Some(Shop { url, cloud, running, app, plan, s3, sqs, seeded, database, stop, serving }))
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

    /// A second shop on the same database and cloud: the shop's image in a container.
    pub async fn second_in_container(&self) -> Result<Started<Own<GenericImage>>> {
        let cloud = self.running.container()?.address().await?;
        let database = self.database.url_for_containers.as_ref();
        let request = SHOP
            .generic()
            .with_wait_for(WaitFor::message_on_stdout("the shop answers at"))
            .with_env_var("DATABASE_URL", database.context("no container reaches the database")?)
            .with_env_var("BUCKET", &self.plan.bucket)
            .with_env_var(
                "IMAGE_BASE_URL",
                cloud::image_base_url(&self.running.sdk, &self.plan.bucket),
            )
            .with_env_var("AWS_ENDPOINT_URL", format!("http://{cloud}:{CLOUD_PORT}"))
            .with_env_var("AWS_ACCESS_KEY_ID", cloudless::ACCESS_KEY_ID)
            .with_env_var("AWS_SECRET_ACCESS_KEY", cloudless::SECRET_ACCESS_KEY)
            .with_env_var("AWS_REGION", cloudless::REGION);
        Own::start(request, 80, &SHOP).await
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
        match self.running.settle(false).await? {
            Some(()) => Ok(()),
            None => self.settle_queues().await,
        }
    }

    /// The same, and nothing waits for time any more. Where time cannot be moved, nothing does: a
    /// worker tries again at once.
    pub async fn settle_until_idle(&self) -> Result<()> {
        match self.running.settle(true).await? {
            Some(()) => Ok(()),
            None => self.settle_queues().await,
        }
    }

    /// Each upload is resized or among the failed ones, and the queues that the worker polls are
    /// empty. Between two looks, the worker answers a batch.
    async fn settle_queues(&self) -> Result<()> {
        let mut rounds = self.running.rounds().context("there is no worker")?;
        let names = queue_names(&self.plan);
        let (polled, failed) = ([&names[0], &names[3]], &names[2]);
        let mut seen = String::new();
        let settled = async {
            loop {
                let objects = self.objects().await?;
                let under = |prefix| objects.keys().filter(|key| key.starts_with(prefix)).count();
                let (uploaded, resized) = (under("products/"), under("resized/"));
                let failed = self.messages(failed).await?.iter().sum::<usize>();
                let mut waiting = 0;
                for queue in polled {
                    waiting += self.messages(queue).await?.iter().sum::<usize>();
                }
                seen = format!(
                    "{uploaded} uploaded, {resized} resized, {failed} failed, {waiting} in queues"
                );
                if waiting == 0 && uploaded == resized + failed {
                    return Ok(());
                }
                next_look(&mut rounds).await?;
            }
        };
        match tokio::time::timeout(LIMIT, settled).await {
            Ok(settled) => settled,
            Err(_) => anyhow::bail!("the pipeline does not settle: {seen}"),
        }
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
        let [visible, in_flight, delayed] = self.messages(name).await?;
        Ok(format!("{visible} visible, {in_flight} in flight, {delayed} delayed"))
    }

    /// Visible, in flight, delayed.
    async fn messages(&self, name: &str) -> Result<[usize; 3]> {
        let request = self.sqs.get_queue_attributes().queue_url(self.queue_url(name).await?);
        let found = request.attribute_names(Attribute::All).send().await?;
        let found = found.attributes.context("the queue has no attributes")?;
        let count = |name: Attribute| {
            let count = found.get(&name).with_context(|| format!("{name} is missing"))?;
            count.parse::<usize>().context("a count is no number")
        };
        Ok([
            count(Attribute::ApproximateNumberOfMessages)?,
            count(Attribute::ApproximateNumberOfMessagesNotVisible)?,
            count(Attribute::ApproximateNumberOfMessagesDelayed)?,
        ])
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

    /// All that an upload led to, each with its depth in the tree; nothing where no trace is kept.
    pub async fn trace_of_upload(&self, key: &str) -> Result<Option<Vec<(usize, Event)>>> {
        let is_upload = |event: &Event| {
            event.parent.is_none() && event.what == "s3:PutObject" && event.subject.ends_with(key)
        };
        self.running.trace_of(is_upload).await
    }

    /// Stops everything in order and removes what was made.
    pub async fn close(self) -> Result<()> {
        let _ = self.stop.send(());
        self.serving.await??;
        self.running.stop(&self.plan).await?;
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
