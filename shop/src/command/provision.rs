//! What the shop needs of a cloud, and sample data on demand.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use shop::cloud::{self, Functions, Plan, WorkerPlan};
use shop::{App, Bucket, Config, sample};

use super::sdk_from_environment;

#[derive(Debug, Args)]
pub struct ProvisionArguments {
    /// Zip of the function resize-image, with an executable `bootstrap`
    #[arg(long, value_name = "ZIP", required_unless_present = "worker")]
    resize_image: Option<PathBuf>,
    /// Zip of the function update-product, likewise
    #[arg(long, value_name = "ZIP", required_unless_present = "worker")]
    update_product: Option<PathBuf>,
    /// Make queues for `lambdas worker` in place of functions
    #[arg(long, conflicts_with_all = ["resize_image", "update_product", "architecture"])]
    worker: bool,
    /// Queue that S3 announces uploads to, for the worker
    #[arg(long, env = "UPLOADS_QUEUE", default_value = "image-uploaded")]
    uploads_queue: String,
    /// Architecture that the zips were built for: x86_64 or arm64 [default: this machine's]
    #[arg(long)]
    architecture: Option<String>,
    /// Role that the functions run under: it may read and write the bucket and use the queues
    #[arg(long, env = "FUNCTION_ROLE_ARN", required_unless_present = "worker")]
    role_arn: Option<String>,
    /// The database, as the function update-product reaches it, and this program for sample data
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    #[arg(required_unless_present = "worker", required_if_eq("sample_data", "true"))]
    database_url: Option<String>,
    /// Database for sample data, where this program reaches it by another name than the function
    #[arg(long, env = "SAMPLE_DATABASE_URL", hide_env_values = true)]
    sample_database_url: Option<String>,
    /// Bucket of the pictures
    #[arg(long, env = "BUCKET", default_value = "cloudless-shop-images")]
    bucket: String,
    /// What the pictures' URLs begin with, where that is not the bucket's own address
    #[arg(long, env = "IMAGE_BASE_URL")]
    image_base_url: Option<String>,
    /// Also write sample products and accounts, and upload their pictures
    #[arg(long)]
    sample_data: bool,
    /// Seconds to wait for the cloud, and for the database
    #[arg(long, env = "WAIT_S", default_value_t = 60)]
    wait_s: u64,
}

pub async fn run(arguments: ProvisionArguments) -> Result<()> {
    let sdk = sdk_from_environment().await;
    let image_base_url = match &arguments.image_base_url {
        Some(url) => url.clone(),
        None => cloud::image_base_url(&sdk, &arguments.bucket),
    };
    let plan = plan(&arguments, &image_base_url)?;
    let patience = super::patience(arguments.wait_s);
    cloud::until_it_answers(&sdk, &plan.bucket, patience).await?;
    cloud::provision(&sdk, &plan, |done| println!("{done}")).await?;
    if !arguments.sample_data {
        return Ok(());
    }
    let database_url = arguments.sample_database_url.or(arguments.database_url);
    let database_url = database_url.context("--sample-data wants --database-url")?;
    let mut config = Config::new(database_url, &plan.bucket, sdk);
    config.image_base_url.clone_from(&image_base_url);
    let bucket = Bucket::s3(&config.sdk, &config.bucket);
    let app = App::connect_patiently(config, bucket, patience).await?;
    let seeded = sample::fill(&app, |line| println!("{line}")).await?;
    app.move_images(&image_base_url).await?;
    println!("sample products: {}", seeded.products.len());
    for (role, account) in [("manager", seeded.manager), ("customer", seeded.customer)] {
        println!("{role}: user {} password {}", account.user, account.password);
    }
    app.db().close().await;
    Ok(())
}

fn plan(arguments: &ProvisionArguments, image_base_url: &str) -> Result<Plan> {
    let read = |path: &Option<PathBuf>| {
        let path = path.as_ref().context("a zip is missing: name it, or say --worker")?;
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut plan = if arguments.worker {
        Plan::worker()
    } else {
        Plan::lambda(read(&arguments.resize_image)?, read(&arguments.update_product)?)
    };
    plan.bucket.clone_from(&arguments.bucket);
    match &mut plan.functions {
        Functions::Worker(worker) => {
            *worker = WorkerPlan { uploads_queue: arguments.uploads_queue.clone() };
        }
        Functions::Lambda(lambda) => {
            if let Some(architecture) = &arguments.architecture {
                lambda.resize.architecture.clone_from(architecture);
                lambda.update.architecture.clone_from(architecture);
            }
            image_base_url.clone_into(&mut lambda.image_base_url);
            lambda.role_arn = arguments.role_arn.clone().unwrap_or_default();
            lambda.database_url = arguments.database_url.clone().unwrap_or_default();
        }
    }
    Ok(plan)
}
