//! What the shop needs of a cloud: bucket, queues, functions, and who may talk to whom.
//!
//! [`provision`] makes all of it through the AWS SDK, on whatever the given configuration points
//! at: real AWS, or an endpoint that speaks like it. It can be run again at any time: what is there
//! is brought up to date, what is missing is made, nothing is made twice.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context as _, Result};
use aws_config::SdkConfig;
use aws_sdk_lambda::client::Waiters as _;
use aws_sdk_lambda::operation::add_permission::AddPermissionError;
use aws_sdk_lambda::operation::get_function::GetFunctionError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as lambda;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types as s3;
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;
use aws_sdk_sqs::types::QueueAttributeName;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// How long a function may take.
const FUNCTION_TIMEOUT_S: i32 = 30;
/// AWS advises six times the function's timeout for a queue that feeds it.
const VISIBILITY_TIMEOUT_S: i32 = 6 * FUNCTION_TIMEOUT_S;
/// After so many receives a message goes to the dead-letter queue.
const RECEIVES_MAX: u32 = 5;
/// Dead letters are kept for 14 days, the longest there is.
const DEAD_LETTER_RETENTION_S: u32 = 1_209_600;

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Pictures: originals under `products/`, resized ones under `resized/`.
    pub bucket: String,
    /// The queue between the functions. Its dead-letter queue has `-dlq` behind it.
    pub queue: String,
    /// The queue that keeps events of uploads that could not be resized.
    pub failed_queue: String,
    /// The function that resizes.
    pub resize: FunctionPlan,
    /// The function that updates the product.
    pub update: FunctionPlan,
    /// The role that both functions run under.
    pub role_arn: String,
    /// The database, as `update-product` reaches it.
    pub database_url: String,
    /// What an object's URL begins with, without a slash at the end: `https://bucket.s3.region.amazonaws.com`.
    pub image_base_url: String,
}

/// One function.
#[derive(Clone)]
pub struct FunctionPlan {
    /// Its name.
    pub name: String,
    /// Its code: a zip with an executable `bootstrap`.
    pub zip: Vec<u8>,
    /// `x86_64` or `arm64`, as the code was built.
    pub architecture: String,
    /// `MemorySize`
    pub memory_mib: i32,
}

impl fmt::Debug for FunctionPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.architecture, self.zip.len())
    }
}

impl FunctionPlan {
    /// A function with this name and code for this machine's architecture.
    #[must_use]
    pub fn new(name: &str, zip: Vec<u8>, memory_mib: i32) -> Self {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        Self { name: name.into(), zip, architecture: architecture.into(), memory_mib }
    }
}

impl Plan {
    /// The usual names.
    #[must_use]
    pub fn new(resize_zip: Vec<u8>, update_zip: Vec<u8>) -> Self {
        Self {
            bucket: "cloudless-shop-images".into(),
            queue: "image-resized".into(),
            failed_queue: "image-resize-failed".into(),
            resize: FunctionPlan::new("resize-image", resize_zip, 2048),
            update: FunctionPlan::new("update-product", update_zip, 128),
            role_arn: String::new(),
            database_url: String::new(),
            image_base_url: String::new(),
        }
    }
}

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

    let how = clouds.bucket(&plan.bucket, sdk).await.context("the bucket")?;
    step(format!("bucket {}", plan.bucket), how);

    let dead_letter_name = format!("{}-dlq", plan.queue);
    let kept = [(QueueAttributeName::MessageRetentionPeriod, DEAD_LETTER_RETENTION_S.to_string())];
    let (how, _, dead_letter_arn) =
        clouds.queue(&dead_letter_name, kept.clone()).await.context("the dead-letter queue")?;
    step(format!("queue {dead_letter_name}"), how);
    let (how, _, failed_arn) =
        clouds.queue(&plan.failed_queue, kept).await.context("the queue of failed events")?;
    step(format!("queue {}", plan.failed_queue), how);
    let (how, queue_url, queue_arn) = clouds
        .main_queue(plan, &dead_letter_arn)
        .await
        .context("the queue between the functions")?;
    step(format!("queue {}", plan.queue), how);

    let environment = [("QUEUE_URL", queue_url.as_str())];
    let (how, resize_arn) = clouds
        .function(&plan.resize, &plan.role_arn, environment, Some(&failed_arn))
        .await
        .with_context(|| format!("the function {}", plan.resize.name))?;
    step(format!("function {}", plan.resize.name), how);
    let environment = [
        ("DATABASE_URL", plan.database_url.as_str()),
        ("IMAGE_BASE_URL", plan.image_base_url.as_str()),
    ];
    let (how, _) = clouds
        .function(&plan.update, &plan.role_arn, environment, None)
        .await
        .with_context(|| format!("the function {}", plan.update.name))?;
    step(format!("function {}", plan.update.name), how);

    let how = clouds.permission(plan).await.context("the permission of S3 to invoke")?;
    step(format!("permission of {} to invoke {}", plan.bucket, plan.resize.name), how);
    let how = clouds.notification(plan, &resize_arn).await.context("the bucket's notification")?;
    step(format!("notification of {} to {}", plan.bucket, plan.resize.name), how);
    let how = clouds.mapping(plan, &queue_arn).await.context("the event source mapping")?;
    step(format!("mapping of {} to {}", plan.queue, plan.update.name), how);
    Ok(())
}

/// An S3 client for this configuration: with path-style addresses where an endpoint is given, since
/// `bucket.localhost` resolves on few machines.
#[must_use]
pub fn s3_client(sdk: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(sdk)
        .force_path_style(sdk.endpoint_url().is_some())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// What an object's URL in this bucket begins with, as this configuration reaches it.
#[must_use]
pub fn image_base_url(sdk: &SdkConfig, bucket: &str) -> String {
    match (sdk.endpoint_url(), sdk.region()) {
        (Some(endpoint), _) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        (None, Some(region)) => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        (None, None) => format!("https://{bucket}.s3.amazonaws.com"),
    }
}

struct Clouds {
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
}

impl Clouds {
    fn new(sdk: &SdkConfig) -> Self {
        Self {
            s3: s3_client(sdk),
            sqs: aws_sdk_sqs::Client::new(sdk),
            lambda: aws_sdk_lambda::Client::new(sdk),
        }
    }

    /// The bucket, readable by everybody where the shop's pages show its objects.
    async fn bucket(&self, bucket: &str, sdk: &SdkConfig) -> Result<How> {
        let how = match self.s3.head_bucket().bucket(bucket).send().await {
            Ok(_) => How::Updated,
            Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
                let region = sdk.region().map_or("us-east-1", |region| region.as_ref());
                // us-east-1 is where a bucket is made when no place is named; it cannot be named.
                let place = (region != "us-east-1").then(|| {
                    s3::CreateBucketConfiguration::builder()
                        .location_constraint(s3::BucketLocationConstraint::from(region))
                        .build()
                });
                let create = self.s3.create_bucket().bucket(bucket);
                create.set_create_bucket_configuration(place).send().await?;
                How::Created
            }
            Err(error) => return Err(error.into()),
        };
        // New buckets refuse public policies. This one is meant to be read by everybody.
        let access = s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(false)
            .restrict_public_buckets(false)
            .build();
        let request = self.s3.put_public_access_block().bucket(bucket);
        request.public_access_block_configuration(access).send().await?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "PicturesAreReadByEverybody",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": [
                    format!("arn:aws:s3:::{bucket}/products/*"),
                    format!("arn:aws:s3:::{bucket}/resized/*"),
                ],
            }],
        });
        self.s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await?;
        let rule = s3::CorsRule::builder()
            .allowed_methods("GET")
            .allowed_methods("HEAD")
            .allowed_origins("*")
            .allowed_headers("*")
            .max_age_seconds(3600)
            .build()?;
        let rules = s3::CorsConfiguration::builder().cors_rules(rule).build()?;
        self.s3.put_bucket_cors().bucket(bucket).cors_configuration(rules).send().await?;
        Ok(how)
    }

    /// The queue between the functions.
    async fn main_queue(
        &self,
        plan: &Plan,
        dead_letter_arn: &str,
    ) -> Result<(How, String, String)> {
        let redrive = json!({
            "deadLetterTargetArn": dead_letter_arn,
            "maxReceiveCount": RECEIVES_MAX,
        });
        let (how, url, arn) = self
            .queue(
                &plan.queue,
                [
                    (QueueAttributeName::VisibilityTimeout, VISIBILITY_TIMEOUT_S.to_string()),
                    (QueueAttributeName::RedrivePolicy, redrive.to_string()),
                ],
            )
            .await?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "TheFunctionsSendAndReceive",
                "Effect": "Allow",
                "Principal": { "AWS": plan.role_arn },
                "Action": [
                    "sqs:SendMessage",
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                ],
                "Resource": arn,
            }],
        });
        let request = self.sqs.set_queue_attributes().queue_url(&url);
        request.attributes(QueueAttributeName::Policy, policy.to_string()).send().await?;
        Ok((how, url, arn))
    }

    /// A queue with these attributes: its URL and ARN.
    async fn queue(
        &self,
        name: &str,
        attributes: impl IntoIterator<Item = (QueueAttributeName, String)>,
    ) -> Result<(How, String, String)> {
        let attributes: HashMap<_, _> = attributes.into_iter().collect();
        let (how, url) = match self.sqs.get_queue_url().queue_name(name).send().await {
            Ok(found) => (How::Updated, found.queue_url),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetQueueUrlError::is_queue_does_not_exist) =>
            {
                let made = self.sqs.create_queue().queue_name(name).send().await?;
                (How::Created, made.queue_url)
            }
            Err(error) => return Err(error.into()),
        };
        let url = url.context("the answer has no queue URL")?;
        let request = self.sqs.set_queue_attributes().queue_url(&url);
        request.set_attributes(Some(attributes)).send().await?;
        let arn_name = QueueAttributeName::QueueArn;
        let request = self.sqs.get_queue_attributes().queue_url(&url);
        let found = request.attribute_names(arn_name.clone()).send().await?;
        let arn = found.attributes.and_then(|mut attributes| attributes.remove(&arn_name));
        Ok((how, url, arn.context("the queue has no ARN")?))
    }

    /// A function with this code and environment: its ARN.
    async fn function<'a>(
        &self,
        function: &FunctionPlan,
        role_arn: &str,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        dead_letter_arn: Option<&str>,
    ) -> Result<(How, String)> {
        let environment = lambda::Environment::builder().set_variables(Some(
            environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ));
        let environment = environment.build();
        let dead_letter = lambda::DeadLetterConfig::builder()
            .set_target_arn(dead_letter_arn.map(Into::into))
            .build();
        let found = self.lambda.get_function().function_name(&function.name).send().await;
        let (how, arn) = match found {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetFunctionError::is_resource_not_found_exception) =>
            {
                let code = Blob::new(function.zip.clone());
                let made = self
                    .lambda
                    .create_function()
                    .function_name(&function.name)
                    .runtime(lambda::Runtime::from("provided.al2023"))
                    .handler("bootstrap")
                    .role(role_arn)
                    .architectures(function.architecture.as_str().into())
                    .code(lambda::FunctionCode::builder().zip_file(code).build())
                    .memory_size(function.memory_mib)
                    .timeout(FUNCTION_TIMEOUT_S)
                    .environment(environment)
                    .dead_letter_config(dead_letter)
                    .send()
                    .await?;
                (How::Created, made.function_arn)
            }
            Err(error) => return Err(error.into()),
            Ok(found) => {
                let configuration =
                    found.configuration.context("the function has no configuration")?;
                let sha256 = BASE64.encode(Sha256::digest(&function.zip));
                if configuration.code_sha256.as_deref() != Some(sha256.as_str()) {
                    let request = self.lambda.update_function_code().function_name(&function.name);
                    let request = request.zip_file(Blob::new(function.zip.clone()));
                    request.architectures(function.architecture.as_str().into()).send().await?;
                    self.updated(&function.name).await?;
                }
                let request = self.lambda.update_function_configuration();
                request
                    .function_name(&function.name)
                    .role(role_arn)
                    .memory_size(function.memory_mib)
                    .timeout(FUNCTION_TIMEOUT_S)
                    .environment(environment)
                    .dead_letter_config(dead_letter)
                    .send()
                    .await?;
                (How::Updated, configuration.function_arn)
            }
        };
        self.updated(&function.name).await?;
        Ok((how, arn.context("the function has no ARN")?))
    }

    /// Waits until a function can be invoked as it was last configured.
    async fn updated(&self, name: &str) -> Result<()> {
        let limit = std::time::Duration::from_secs(120);
        let active = self.lambda.wait_until_function_active_v2().function_name(name);
        active.wait(limit).await?;
        let updated = self.lambda.wait_until_function_updated_v2().function_name(name);
        updated.wait(limit).await?;
        Ok(())
    }

    /// S3 may invoke the function for this bucket.
    async fn permission(&self, plan: &Plan) -> Result<How> {
        let made = self
            .lambda
            .add_permission()
            .function_name(&plan.resize.name)
            .statement_id(format!("s3-{}", plan.bucket.replace('.', "-")))
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn(format!("arn:aws:s3:::{}", plan.bucket))
            .send()
            .await;
        match made {
            Ok(_) => Ok(How::Created),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(AddPermissionError::is_resource_conflict_exception) =>
            {
                Ok(How::Updated)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Uploads under `products/` invoke the function. Other notifications of the bucket stay.
    async fn notification(&self, plan: &Plan, function_arn: &str) -> Result<How> {
        let id = &plan.resize.name;
        let request = self.s3.get_bucket_notification_configuration().bucket(&plan.bucket);
        let found = request.send().await?;
        let mut functions = found.lambda_function_configurations.unwrap_or_default();
        let before = functions.len();
        functions.retain(|one| one.id.as_ref() != Some(id));
        let how = if functions.len() < before { How::Updated } else { How::Created };
        let prefix =
            s3::FilterRule::builder().name(s3::FilterRuleName::Prefix).value("products/").build();
        let filter = s3::NotificationConfigurationFilter::builder()
            .key(s3::S3KeyFilter::builder().filter_rules(prefix).build())
            .build();
        functions.push(
            s3::LambdaFunctionConfiguration::builder()
                .id(id)
                .lambda_function_arn(function_arn)
                .events(s3::Event::S3ObjectCreated)
                .filter(filter)
                .build()?,
        );
        let configuration = s3::NotificationConfiguration::builder()
            .set_lambda_function_configurations(Some(functions))
            .set_queue_configurations(found.queue_configurations)
            .set_topic_configurations(found.topic_configurations)
            .set_event_bridge_configuration(found.event_bridge_configuration)
            .build();
        let request = self.s3.put_bucket_notification_configuration().bucket(&plan.bucket);
        request.notification_configuration(configuration).send().await?;
        Ok(how)
    }

    /// The queue feeds the second function.
    async fn mapping(&self, plan: &Plan, queue_arn: &str) -> Result<How> {
        let request = self.lambda.list_event_source_mappings().event_source_arn(queue_arn);
        let found = request.function_name(&plan.update.name).send().await?;
        let mapping = found.event_source_mappings.unwrap_or_default().into_iter().next();
        let reports = lambda::FunctionResponseType::ReportBatchItemFailures;
        match mapping.and_then(|mapping| mapping.uuid) {
            Some(uuid) => {
                let request = self.lambda.update_event_source_mapping().uuid(uuid);
                let request = request.batch_size(10).function_response_types(reports);
                request.enabled(true).send().await?;
                Ok(How::Updated)
            }
            None => {
                let request = self.lambda.create_event_source_mapping();
                request
                    .event_source_arn(queue_arn)
                    .function_name(&plan.update.name)
                    .batch_size(10)
                    .function_response_types(reports)
                    .send()
                    .await?;
                Ok(How::Created)
            }
        }
    }
}
