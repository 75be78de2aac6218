//! The shop alone, on whatever cloud and database its environment names.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use shop::cloud::{Functions, Keeper, Plan, WorkerPlan};
use shop::{Bucket, CONNECTIONS_MAX};

use super::{sdk_from_environment, stop_signal};

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// postgres://user:password@host/name or sqlite://path
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Connections to the database at most
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = CONNECTIONS_MAX, value_parser = clap::value_parser!(u32).range(1..=1000))]
    database_connections: u32,
    /// Address to listen on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Bucket of the pictures
    #[arg(long, env = "BUCKET", default_value = "cloudless-shop-images")]
    bucket: String,
    /// What the pictures' URLs begin with, where that is not the bucket's own address
    #[arg(long, env = "IMAGE_BASE_URL")]
    image_base_url: Option<String>,
    /// The shop's address as customers type it, for links in mails
    #[arg(long, env = "BASE_URL")]
    base_url: Option<String>,
    /// Mail server: smtp://user:password@host:port; without it mails are kept in the database
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// Sender of the mails
    #[arg(long, env = "MAIL_FROM", default_value = "Cloudless <shop@cloudless.example>")]
    mail_from: String,
    /// Show every kept mail to everybody at /mailbox: for trying things out only
    #[arg(long, env = "SHOW_MAILBOX")]
    show_mailbox: bool,
    /// Take the client's address from X-Forwarded-For: only behind a balancer that sets it
    #[arg(long, env = "TRUST_FORWARDED_FOR")]
    trust_forwarded_for: bool,
    /// Another name under which browsers reach the shop, beside BASE_URL's; repeatable, or with commas
    #[arg(long = "host-name", env = "HOST_NAMES", value_delimiter = ',')]
    host_names: Vec<String>,
    /// Make bucket and queues for `lambdas worker` as soon as the cloud answers, and again whenever it has forgotten them
    #[arg(long, env = "PROVISION_WORKER")]
    provision_worker: bool,
    /// Queue that S3 announces uploads to, for the worker
    #[arg(long, env = "UPLOADS_QUEUE", default_value = "image-uploaded")]
    uploads_queue: String,
    /// Print a line a minute in CloudWatch's embedded metric format: requests, orders, pictures in the pipeline
    #[arg(long, env = "SHOP_METRICS")]
    metrics: bool,
    /// Seconds to wait for the database at the start
    #[arg(long, env = "WAIT_S", default_value_t = 60)]
    wait_s: u64,
}

pub async fn run(arguments: ServeArguments) -> Result<()> {
    let sdk = sdk_from_environment().await;
    let mut config = shop::Config::new(arguments.database_url, arguments.bucket, sdk);
    if let Some(url) = arguments.image_base_url {
        config.image_base_url = url;
    }
    config.database_connections = arguments.database_connections;
    config.listen = arguments.listen;
    config.base_url = arguments.base_url;
    config.smtp_url = arguments.smtp_url;
    config.mail_from = arguments.mail_from;
    config.show_mailbox = arguments.show_mailbox;
    config.trust_forwarded_for = arguments.trust_forwarded_for;
    config.host_names = arguments.host_names;
    if arguments.metrics {
        config.metrics = Some(Arc::new(|line| {
            println!("{line}");
            Box::pin(std::future::ready(()))
        }));
    }
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let mut bucket = Bucket::s3(&config.sdk, &config.bucket);
    if arguments.provision_worker {
        let worker = WorkerPlan { uploads_queue: arguments.uploads_queue };
        let plan = Plan {
            bucket: config.bucket.clone(),
            functions: Functions::Worker(worker),
            ..Plan::worker()
        };
        let keeper = Arc::new(Keeper::new(config.sdk.clone(), plan));
        bucket = bucket.kept_by(Arc::clone(&keeper));
        tokio::spawn(async move { keeper.provision_patiently().await });
    }
    let patience = super::patience(arguments.wait_s);
    let app = tokio::select! {
        app = shop::App::connect_patiently(config, bucket, patience) => app?,
        () = stop_signal() => return Ok(()),
    };
    println!("the shop answers at http://{}", listener.local_addr()?);
    shop::serve(app, listener, stop_signal()).await
}
