//! The two functions without Lambda: a process that polls queues.
//!
//! ```text
//! S3 ─► queue image-uploaded ─► ResizeImage ─► queue image-resized ─► UpdateProduct ─► the row
//!       └────────── polled by the worker ─────────────┘
//! ```
//!
//! For clouds that run no functions, and to run the functions under a debugger on events of real
//! AWS. What it gives to the handlers and what it does with their answers is what Lambda does; the
//! handlers do not see the difference.

use std::{future::Future, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Context, LambdaEvent, Service};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{ResizeImage, UpdateProduct, environment::InitError};

mod backoff;
mod batch;
mod queue;

use backoff::Backoff;
use batch::{Batch, Failures};
use queue::Queue;

/// How long a function may take, as on Lambda where `shop provision` makes it.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);
/// Of the queue between the functions, as many messages as the event source mapping takes.
const BATCH_MAX: i32 = 10;

type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What to poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// The queue that S3 announces uploads to.
    pub uploads_queue: String,
    /// The queue between the two functions.
    pub resized_queue: String,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { uploads_queue: "image-uploaded".into(), resized_queue: "image-resized".into() }
    }
}

impl WorkerConfig {
    /// `UPLOADS_QUEUE` (default `image-uploaded`) and `RESIZED_QUEUE` (default `image-resized`).
    #[must_use]
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        let named = |name| env(name).filter(|queue| !queue.is_empty());
        Self {
            uploads_queue: named("UPLOADS_QUEUE").unwrap_or(default.uploads_queue),
            resized_queue: named("RESIZED_QUEUE").unwrap_or(default.resized_queue),
        }
    }
}

/// Polls two queues and gives what it receives to the two functions, as Lambda would.
///
/// - Each message of the queue of uploads is the body of one invocation of [`ResizeImage`]; as many
///   run at a time as there are processors.
/// - Up to ten messages of the queue of resized pictures are one invocation of [`UpdateProduct`],
///   whose `batchItemFailures` fail alone.
/// - What succeeded is deleted. What failed becomes visible again at once, and the queue's redrive
///   policy decides how often. A function that panics or takes longer than 30 seconds has failed.
///
/// Queues may come, go and come back: the worker says so once and tries again after at most two
/// seconds. While the database does not answer it receives nothing that would need it, so that no
/// message is worn out by an outage.
pub struct Worker {
    config: WorkerConfig,
    env: Env,
    sdk: SdkConfig,
    sqs: aws_sdk_sqs::Client,
    update: UpdateProduct,
    rounds: watch::Sender<u64>,
}

impl Worker {
    /// Environment: what [`ResizeImage::init`] and [`UpdateProduct::init`] read, from `env`;
    /// `QUEUE_URL` is looked up by the queue's name when it is not set. Asks nobody for anything
    /// yet: neither queues nor the database need to be there.
    ///
    /// # Errors
    /// [`InitError`] when a variable is missing or cannot be used.
    pub async fn new(
        config: WorkerConfig,
        env: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        sdk: &SdkConfig,
    ) -> Result<Self, InitError> {
        let update = UpdateProduct::init(&env).await?;
        Ok(Self {
            config,
            env: Arc::new(env),
            sdk: sdk.clone(),
            sqs: queue::client(sdk),
            update,
            rounds: watch::Sender::new(0),
        })
    }

    /// How many batches have been answered: each of their messages deleted or given back.
    #[must_use]
    pub fn rounds(&self) -> watch::Receiver<u64> {
        self.rounds.subscribe()
    }

    /// Works until `shutdown` is done; then finishes the batches in hand.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (stop, stopped) = watch::channel(false);
        let working = async {
            tokio::join!(self.uploads(stopped.clone()), self.resized(stopped.clone()));
        };
        tokio::pin!(working);
        tokio::select! {
            () = &mut working => return,
            () = shutdown => {}
        }
        tracing::info!("stopping once the batches in hand are done");
        let _ = stop.send(true);
        working.await;
    }

    /// S3's events, one invocation each.
    async fn uploads(&self, mut stop: watch::Receiver<bool>) {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = i32::try_from(at_once).unwrap_or(BATCH_MAX).min(BATCH_MAX);
        let mut queue = self.queue(&self.config.uploads_queue);
        // After a failure it is made anew: the queue that it sends to may be another one.
        let mut known: Option<ResizeImage> = None;
        loop {
            let function = match known.take() {
                Some(function) => function,
                None => {
                    let Some(function) = until(&mut stop, self.resize()).await else { return };
                    function
                }
            };
            let Some(batch) = until(&mut stop, queue.receive(at_once)).await else { return };
            let invocations = batch.messages().map(|message| {
                let mut function = function.clone();
                let payload = serde_json::from_str(message.body());
                let what = message.to_string();
                let invocation = async move {
                    let payload = payload.map_err(|error| format!("not an S3 event: {error}"))?;
                    let event = LambdaEvent::new(payload, context());
                    function.call(event).await.map(|_| ()).map_err(|error| error.to_string())
                };
                async move { invoked("resize-image", &what, invocation).await.is_some() }
            });
            let done = futures_util::future::join_all(invocations).await;
            let failures = Failures::of(&batch, &done);
            known = failures.is_empty().then_some(function);
            self.answer(&mut queue, batch, &failures).await;
        }
    }

    /// Messages between the functions, a batch an invocation.
    async fn resized(&self, mut stop: watch::Receiver<bool>) {
        let mut queue = self.queue(&self.config.resized_queue);
        loop {
            let Some(batch) = until(&mut stop, queue.receive(BATCH_MAX)).await else { return };
            let mut function = self.update.clone();
            let event: SqsEvent = batch.event(&queue);
            let invocation = async move {
                let event = LambdaEvent::new(event, context());
                function.call(event).await.map_err(|error| error.to_string())
            };
            let failures = match invoked("update-product", &batch.to_string(), invocation).await {
                Some(response) => Failures::reported(&batch, &response),
                None => Failures::all(&batch),
            };
            self.answer(&mut queue, batch, &failures).await;
            if !failures.is_empty() && until(&mut stop, self.database()).await.is_none() {
                return;
            }
        }
    }

    async fn answer(&self, queue: &mut Queue, batch: Batch, failures: &Failures) {
        queue.answer(batch, failures).await;
        self.rounds.send_modify(|rounds| *rounds += 1);
    }

    fn queue(&self, name: &str) -> Queue {
        Queue::new(self.sqs.clone(), name, self.sdk.region().map(ToString::to_string))
    }

    /// The first function, which has to know the URL of the queue that it sends to.
    async fn resize(&self) -> ResizeImage {
        let mut backoff = Backoff::default();
        loop {
            let url = match (self.env)("QUEUE_URL") {
                Some(url) => url,
                None => self.queue(&self.config.resized_queue).url().await,
            };
            let env = |name: &str| match name {
                "QUEUE_URL" => Some(url.clone()),
                _ => (self.env)(name),
            };
            match ResizeImage::init(env, &self.sdk).await {
                Ok(function) => return function,
                Err(error) => {
                    backoff.wait(&format!("resize-image does not start: {error}")).await;
                }
            }
        }
    }

    /// Returns when the database answers.
    async fn database(&self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.update.ask_database().await {
            backoff.wait(&format!("the database does not answer: {error}")).await;
        }
        backoff.over("the database answers again");
    }
}

/// What Lambda says of an invocation.
fn context() -> Context {
    let mut context = Context::default();
    context.request_id = Uuid::new_v4().to_string();
    let deadline = std::time::SystemTime::now() + FUNCTION_TIMEOUT;
    let deadline = deadline.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    context
}

/// What an invocation came to; nothing when it failed, and then the log says why.
async fn invoked<T: Send + 'static>(
    function: &'static str,
    what: &str,
    invocation: impl Future<Output = Result<T, String>> + Send + 'static,
) -> Option<T> {
    tracing::info!(function, "invoked with {what}");
    let start = tokio::time::Instant::now();
    // A task of its own: its panic is not the worker's.
    let task = tokio::spawn(tokio::time::timeout(FUNCTION_TIMEOUT, invocation));
    let problem = match task.await {
        Ok(Ok(Ok(value))) => {
            tracing::info!(function, "done with {what} in {} ms", start.elapsed().as_millis());
            return Some(value);
        }
        Ok(Ok(Err(error))) => error,
        Ok(Err(_)) => format!("it took longer than {} s", FUNCTION_TIMEOUT.as_secs()),
        Err(error) => format!("it panicked: {error}"),
    };
    tracing::error!(function, "failed with {what}: {problem}");
    None
}

/// The work's outcome, or nothing when it is time to stop.
async fn until<T>(stop: &mut watch::Receiver<bool>, work: impl Future<Output = T>) -> Option<T> {
    let stopped = async {
        // An error is a worker that was dropped.
        drop(stop.wait_for(|stop| *stop).await);
    };
    tokio::select! {
        biased;
        () = stopped => None,
        done = work => Some(done),
    }
}
