//! What the shop needs of a cloud: bucket, queues, functions, and who may talk to whom.
//!
//! [`provision`] makes all of it through the AWS SDK, on whatever the given configuration points
//! at: real AWS, or an endpoint that speaks like it. It can be run again at any time: what is there
//! is brought up to date, what is missing is made, nothing is made twice.

use std::fmt;

use anyhow::{Context as _, Result};
use aws_config::SdkConfig;

mod bucket;
mod client;
mod function;
mod keeper;
mod notification;
mod plan;
mod queue;
mod wait;

pub use client::{image_base_url, s3_client, s3_config};
pub use keeper::Keeper;
use notification::Hears;
pub use plan::{FunctionPlan, Functions, LambdaPlan, Plan, WorkerPlan};
use queue::{Delivery, Queue};
pub use wait::until_it_answers;

/// How long a function may take.
const FUNCTION_TIMEOUT_S: i32 = 30;
/// AWS advises six times the function's timeout for a queue that feeds it.
const LAMBDA_VISIBILITY_TIMEOUT_S: i32 = 6 * FUNCTION_TIMEOUT_S;
/// A worker holds what it receives no longer than a function may take.
const WORKER_VISIBILITY_TIMEOUT_S: i32 = 2 * FUNCTION_TIMEOUT_S;
/// After so many receives a message between the functions is a dead letter.
const RECEIVES_MAX: u32 = 5;
/// Lambda tries an upload three times, and so does a worker.
const UPLOAD_RECEIVES_MAX: u32 = 3;

/// One step of the provisioning and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What it was about: `bucket cloudless-shop-images`.
    pub what: String,
    /// What was done.
    pub how: How,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was not there.
    Created,
    /// It was there and is now as planned.
    Updated,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            How::Created => "created",
            How::Updated => "up to date",
        };
        write!(f, "{} {how}", self.what)
    }
}

/// Makes or updates everything that the plan names, and says step by step what was done.
///
/// # Errors
/// The first step that the cloud refuses, with its name and the refusal. What was made before it
/// stays; run again when the reason is gone.
pub async fn provision(sdk: &SdkConfig, plan: &Plan, say: impl Fn(&Done)) -> Result<()> {
    let clouds = Clouds::new(sdk);
    let step = |what: String, how| say(&Done { what, how });

    let how = clouds.bucket(&plan.bucket).await.context("the bucket")?;
    step(format!("bucket {}", plan.bucket), how);
    let dead_letters_name = format!("{}-dlq", plan.queue);
    let dead_letters =
        clouds.dead_letter_queue(&dead_letters_name).await.context("the dead-letter queue")?;
    step(format!("queue {dead_letters_name}"), dead_letters.how);
    let failed =
        clouds.dead_letter_queue(&plan.failed_queue).await.context("the queue of failed events")?;
    step(format!("queue {}", plan.failed_queue), failed.how);
    let visibility_timeout_s = match plan.functions {
        Functions::Lambda(_) => LAMBDA_VISIBILITY_TIMEOUT_S,
        Functions::Worker(_) => WORKER_VISIBILITY_TIMEOUT_S,
    };
    let delivery =
        Delivery { visibility_timeout_s, receives_max: RECEIVES_MAX, dead_letters: &dead_letters };
    let queue = clouds
        .work_queue(&plan.queue, delivery)
        .await
        .context("the queue between the functions")?;
    step(format!("queue {}", plan.queue), queue.how);
    match &plan.functions {
        Functions::Lambda(lambda) => clouds.lambda(plan, lambda, &queue, &failed, step).await,
        Functions::Worker(worker) => clouds.worker(plan, worker, &failed, step).await,
    }
}

struct Clouds {
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
    region: Option<String>,
}

impl Clouds {
    fn new(sdk: &SdkConfig) -> Self {
        Self {
            s3: s3_client(sdk),
            sqs: aws_sdk_sqs::Client::new(sdk),
            lambda: aws_sdk_lambda::Client::new(sdk),
            region: sdk.region().map(ToString::to_string),
        }
    }

    /// Both functions on Lambda, and what invokes them.
    async fn lambda(
        &self,
        plan: &Plan,
        lambda: &LambdaPlan,
        queue: &Queue,
        failed: &Queue,
        step: impl Fn(String, How),
    ) -> Result<()> {
        let LambdaPlan { resize, update, role_arn, .. } = lambda;
        self.admit_role(queue, role_arn).await.context("the policy of the queue")?;
        let environment = [("QUEUE_URL", queue.url.as_str())];
        let (how, resize_arn) = self
            .function(resize, role_arn, environment, Some(&failed.arn))
            .await
            .with_context(|| format!("the function {}", resize.name))?;
        step(format!("function {}", resize.name), how);
        let environment = [
            ("DATABASE_URL", lambda.database_url.as_str()),
            ("IMAGE_BASE_URL", lambda.image_base_url.as_str()),
        ];
        let (how, _) = self
            .function(update, role_arn, environment, None)
            .await
            .with_context(|| format!("the function {}", update.name))?;
        step(format!("function {}", update.name), how);

        let how = self
            .permission(&resize.name, &plan.bucket)
            .await
            .context("the permission of S3 to invoke")?;
        step(format!("permission of {} to invoke {}", plan.bucket, resize.name), how);
        let how = self
            .notification(&plan.bucket, &resize.name, Hears::Function(&resize_arn))
            .await
            .context("the bucket's notification")?;
        step(format!("notification of {} to {}", plan.bucket, resize.name), how);
        let how =
            self.mapping(&queue.arn, &update.name).await.context("the event source mapping")?;
        step(format!("mapping of {} to {}", plan.queue, update.name), how);
        Ok(())
    }

    /// The queue by which a worker hears of uploads.
    async fn worker(
        &self,
        plan: &Plan,
        worker: &WorkerPlan,
        failed: &Queue,
        step: impl Fn(String, How),
    ) -> Result<()> {
        let name = &worker.uploads_queue;
        let delivery = Delivery {
            visibility_timeout_s: WORKER_VISIBILITY_TIMEOUT_S,
            receives_max: UPLOAD_RECEIVES_MAX,
            dead_letters: failed,
        };
        let uploads = self.work_queue(name, delivery).await.context("the queue of uploads")?;
        self.admit_bucket(&uploads, &plan.bucket).await.context("the policy of its queue")?;
        step(format!("queue {name}"), uploads.how);
        let how = self
            .notification(&plan.bucket, name, Hears::Queue(&uploads.arn))
            .await
            .context("the bucket's notification")?;
        step(format!("notification of {} to {name}", plan.bucket), how);
        Ok(())
    }
}
