//! A cloud that runs: what the stories ask of it, whichever it is.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::Timestamp;
use cloudless::core::trace::Event;
use cloudless_testcontainers::Cloudless;
use lambdas::worker::{Worker, WorkerConfig};
use serde_json::Value;
use shop::cloud::{self, Functions as PlannedFunctions, Plan};
use testcontainers::core::Mount;
use testcontainers::{GenericImage, ImageExt as _};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::containers::{self, CLOUD_PORT, CLOUDLESS, LOCALSTACK, Own, Shared, Started};
use crate::{Cloud, Database, Functions, Setup, functions};

/// A bound, on the wall clock, for what takes a second: only a broken pipeline meets it.
pub const LIMIT: Duration = Duration::from_secs(90);
/// When time stands still in a story, it stands here.
const FROZEN_AT_MS: u64 = 1_795_000_000_000;
/// How often a worker's cloud is looked at while no batch ends.
const TICK: Duration = Duration::from_millis(200);
/// Nobody checks it anywhere but on AWS, where no function is made.
const ROLE_ARN: &str = "arn:aws:iam::000000000000:role/cloudless-shop";

/// A cloud that runs.
pub struct Running {
    pub sdk: SdkConfig,
    place: Place,
}

enum Place {
    Embedded(Box<Emulator>),
    Container {
        container: Box<Own<Cloudless>>,
        /// The volume that keeps its data, where it is to be killed.
        volume: Option<String>,
    },
    Queues {
        worker: Option<Working>,
        server: LocalStackServer,
    },
}

/// The server behind a worker; AWS has none of ours.
enum LocalStackServer {
    Shared(#[expect(dead_code, reason = "ends with its last user")] Arc<Shared>),
    Own(Box<Own<GenericImage>>),
    Aws,
}

/// `lambdas worker` as a task.
struct Working {
    rounds: watch::Receiver<u64>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts what the story wants; functions and queues are provisioned later.
    pub(crate) async fn start(setup: &Setup) -> Result<Started<Self>> {
        match setup.cloud {
            Cloud::Embedded => {
                let clock = match setup.frozen {
                    true => Clock::frozen(Timestamp::from_ms(FROZEN_AT_MS)),
                    false => Clock::system(),
                };
                let builder = Emulator::builder().clock(clock);
                let builder = match setup.functions {
                    Functions::InProcess => shop::local::functions(builder),
                    Functions::Bootstrap => builder,
                };
                let emulator = builder.start().await?;
                Ok(Ok(Self {
                    sdk: emulator.sdk_config(),
                    place: Place::Embedded(Box::new(emulator)),
                }))
            }
            Cloud::Container => Self::start_container(setup).await,
            Cloud::LocalStack => {
                let (port, server) = if setup.is_restarted {
                    let request = containers::localstack_request();
                    match Own::start(request, CLOUD_PORT, &LOCALSTACK).await? {
                        Ok(own) => (own.port, LocalStackServer::Own(Box::new(own))),
                        Err(missing) => return Ok(Err(missing)),
                    }
                } else {
                    match containers::localstack().await? {
                        Ok(shared) => (shared.port, LocalStackServer::Shared(shared)),
                        Err(missing) => return Ok(Err(missing)),
                    }
                };
                Ok(Ok(Self { sdk: sdk_at(port), place: Place::Queues { worker: None, server } }))
            }
            Cloud::Aws => {
                let tls = Provider::Rustls(CryptoMode::Ring);
                let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
                let sdk = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
                let place = Place::Queues { worker: None, server: LocalStackServer::Aws };
                Ok(Ok(Self { sdk: sdk.load().await, place }))
            }
        }
    }

    async fn start_container(setup: &Setup) -> Result<Started<Self>> {
        let (name, tag) = CLOUDLESS.parts();
        let (image, volume) = if setup.is_restarted {
            let volume = format!("cloudless-{}", uuid::Uuid::new_v4().simple());
            let mount = Mount::volume_mount(&volume, "/data");
            (Cloudless::default().with_data_dir("/data").with_mount(mount), Some(volume))
        } else {
            (Cloudless::default().into(), None)
        };
        let request = image.with_name(name).with_tag(tag);
        let container = match Own::start(request, CLOUD_PORT, &CLOUDLESS).await? {
            Ok(container) => Box::new(container),
            Err(missing) => return Ok(Err(missing)),
        };
        let sdk = sdk_at(container.port);
        let running = Self { sdk, place: Place::Container { container, volume } };
        if setup.frozen {
            running.control("clock/freeze").await?;
        }
        Ok(Ok(running))
    }

    /// What the shop is to make here.
    pub(crate) async fn plan(&self, setup: &Setup, database: &Database) -> Result<Started<Plan>> {
        let mut plan = match &self.place {
            Place::Embedded(_) => shop::local::plan(&self.sdk, &database.url),
            Place::Container { .. } => match containers::function_zips().await? {
                Ok([resize, update]) => Plan::lambda(resize, update),
                Err(missing) => return Ok(Err(missing)),
            },
            Place::Queues { .. } => own_names(Plan::worker()),
        };
        let image_base_url = cloud::image_base_url(&self.sdk, &plan.bucket);
        if let Some(lambda) = plan.lambda_plan_mut() {
            ROLE_ARN.clone_into(&mut lambda.role_arn);
            lambda.image_base_url = image_base_url;
            if let Some(url) = &database.url_for_containers {
                lambda.database_url.clone_from(url);
            }
            if setup.cloud == Cloud::Embedded && setup.functions == Functions::Bootstrap {
                lambda.resize.zip = functions::zip("resize-image")?;
                lambda.update.zip = functions::zip("update-product")?;
            }
        }
        Ok(Ok(plan))
    }

    /// Starts the worker, where functions need one.
    pub(crate) async fn work(&mut self, plan: &Plan, database: &Database) -> Result<()> {
        let PlannedFunctions::Worker(planned) = &plan.functions else { return Ok(()) };
        let Place::Queues { worker, .. } = &mut self.place else { return Ok(()) };
        let config = WorkerConfig {
            uploads_queue: planned.uploads_queue.clone(),
            resized_queue: plan.queue.clone(),
        };
        let image_base_url = cloud::image_base_url(&self.sdk, &plan.bucket);
        let database_url = database.url.clone();
        let env = move |name: &str| match name {
            "IMAGE_BASE_URL" => Some(image_base_url.clone()),
            "DATABASE_URL" => Some(database_url.clone()),
            _ => None,
        };
        let made = Worker::new(config, env, &self.sdk).await.map_err(anyhow::Error::msg)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let rounds = made.rounds();
        let task = tokio::spawn(made.run(async {
            let _ = stopped.await;
        }));
        *worker = Some(Working { rounds, stop, task });
        Ok(())
    }

    /// `AWS_ENDPOINT_URL`, where it is not AWS.
    pub fn endpoint_url(&self) -> Result<&str> {
        self.sdk.endpoint_url().context("AWS has no endpoint of ours")
    }

    /// The emulator's container of this story.
    pub fn container(&self) -> Result<&Own<Cloudless>> {
        match &self.place {
            Place::Container { container, .. } => Ok(container),
            Place::Embedded(_) | Place::Queues { .. } => bail!("the cloud is in no container"),
        }
    }

    /// LocalStack's container of this story.
    pub fn localstack(&self) -> Result<&Own<GenericImage>> {
        match &self.place {
            Place::Queues { server: LocalStackServer::Own(own), .. } => Ok(own),
            _ => bail!("the story has no LocalStack of its own"),
        }
    }

    /// How many batches the worker has answered.
    pub(crate) fn rounds(&self) -> Option<watch::Receiver<u64>> {
        match &self.place {
            Place::Queues { worker: Some(worker), .. } => Some(worker.rounds.clone()),
            _ => None,
        }
    }

    /// Returns when the pipeline is idle; with `until_idle` also when nothing waits for time. What
    /// Cloudless knows by itself, a worker's cloud does not tell: `None`.
    pub(crate) async fn settle(&self, until_idle: bool) -> Result<Option<()>> {
        match &self.place {
            Place::Embedded(emulator) if until_idle => emulator.settle_until_idle(LIMIT).await?,
            Place::Embedded(emulator) => emulator.settle(LIMIT).await?,
            Place::Container { .. } => {
                let limit_s = LIMIT.as_secs();
                self.control(&format!("settle?limit_s={limit_s}&until_idle={until_idle}")).await?;
            }
            Place::Queues { .. } => return Ok(None),
        }
        Ok(Some(()))
    }

    /// All that `find` led to, each with its depth in the tree; nothing where no trace is kept.
    pub(crate) async fn trace_of(
        &self,
        find: impl Fn(&Event) -> bool,
    ) -> Result<Option<Vec<(usize, Event)>>> {
        let missing = "nobody uploaded it";
        match &self.place {
            Place::Embedded(emulator) => {
                let upload = emulator.trace().into_iter().find(find).context(missing)?;
                Ok(Some(emulator.trace_of(upload.id)))
            }
            Place::Container { .. } => {
                let events: Vec<Event> = serde_json::from_value(self.look("trace").await?)?;
                let id = events.into_iter().find(find).context(missing)?.id.0;
                let found = self.look(&format!("trace?cause={id}")).await?;
                let event = |line: &Value| {
                    let depth: usize = serde_json::from_value(line["depth"].clone())?;
                    Ok((depth, serde_json::from_value(line["event"].clone())?))
                };
                let lines = found.as_array().context("the trace is no list")?;
                lines.iter().map(event).collect::<Result<_>>().map(Some)
            }
            Place::Queues { .. } => Ok(None),
        }
    }

    async fn control(&self, what: &str) -> Result<Value> {
        let url = format!("{}/_cloudless/{what}", self.endpoint_url()?);
        answered(client()?.post(url)).await
    }

    async fn look(&self, what: &str) -> Result<Value> {
        let url = format!("{}/_cloudless/{what}", self.endpoint_url()?);
        answered(client()?.get(url)).await
    }

    /// Stops everything in order. What was made for the story in a cloud of others is removed.
    pub(crate) async fn stop(self, plan: &Plan) -> Result<()> {
        match self.place {
            Place::Embedded(emulator) => emulator.stop().await,
            Place::Container { container, volume } => {
                drop(container);
                if let Some(volume) = volume {
                    containers::remove_volume(&volume).await?;
                }
            }
            Place::Queues { worker, server } => {
                if let Some(worker) = worker {
                    let _ = worker.stop.send(());
                    worker.task.await?;
                }
                if !matches!(server, LocalStackServer::Own(_)) {
                    remove(&self.sdk, plan).await?;
                }
            }
        }
        Ok(())
    }
}

/// Waits for the worker to answer a batch, or for the next look.
pub(crate) async fn next_look(rounds: &mut watch::Receiver<u64>) -> Result<()> {
    match tokio::time::timeout(TICK, rounds.changed()).await {
        Ok(changed) => changed.context("the worker has ended"),
        Err(_) => Ok(()),
    }
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Value> {
    let response = request.send().await?;
    let (url, status, body) = (response.url().clone(), response.status(), response.text().await?);
    ensure!(status.is_success(), "{url}: {status} {body}");
    Ok(serde_json::from_str(&body)?)
}

fn sdk_at(port: u16) -> SdkConfig {
    let (id, secret) = (cloudless::ACCESS_KEY_ID, cloudless::SECRET_ACCESS_KEY);
    let credentials = Credentials::new(id, secret, None, None, "story");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(cloudless::REGION))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
            credentials,
        ))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// In a cloud of others, a story has names of its own.
fn own_names(mut plan: Plan) -> Plan {
    let story = format!("-story{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    plan.bucket += &story;
    plan.queue += &story;
    plan.failed_queue += &story;
    if let PlannedFunctions::Worker(worker) = &mut plan.functions {
        worker.uploads_queue += &story;
    }
    plan
}

/// The queues of a plan for a worker.
pub(crate) fn queue_names(plan: &Plan) -> Vec<String> {
    let mut names =
        vec![plan.queue.clone(), format!("{}-dlq", plan.queue), plan.failed_queue.clone()];
    if let PlannedFunctions::Worker(worker) = &plan.functions {
        names.push(worker.uploads_queue.clone());
    }
    names
}

/// Removes a story's bucket and queues.
async fn remove(sdk: &SdkConfig, plan: &Plan) -> Result<()> {
    let (s3, sqs) = (cloud::s3_client(sdk), aws_sdk_sqs::Client::new(sdk));
    let found = s3.list_objects_v2().bucket(&plan.bucket).send().await?;
    for key in found.contents.unwrap_or_default().into_iter().filter_map(|object| object.key) {
        s3.delete_object().bucket(&plan.bucket).key(key).send().await?;
    }
    s3.delete_bucket().bucket(&plan.bucket).send().await?;
    for name in queue_names(plan) {
        let url = sqs.get_queue_url().queue_name(name).send().await?.queue_url;
        sqs.delete_queue().queue_url(url.unwrap_or_default()).send().await?;
    }
    Ok(())
}
