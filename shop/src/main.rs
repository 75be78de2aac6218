//! `shop`: without arguments, the whole thing on this machine; with `serve`, the shop alone on
//! whatever cloud and database its environment names; with `provision`, what it needs of that cloud.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use clap::{Args, Parser, Subcommand};
use shop::cloud::{self, FunctionPlan, Plan};
use shop::local::{Local, Options, Ready};
use tracing_subscriber::EnvFilter;

/// An online shop on the AWS event pipeline S3 → Lambda → SQS → Lambda → database.
///
/// Without a command it runs everything on this machine, with nothing installed: the emulator of
/// AWS, both functions and the shop, with sample products, on SQLite under ./.cloudless/.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    local: LocalArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop alone, on the database and the cloud that the environment names
    Serve(ServeArguments),
    /// Make bucket, queues, functions and permissions on the cloud that AWS_ENDPOINT_URL names, or on AWS; can be repeated
    Provision(ProvisionArguments),
}

#[derive(Debug, Args)]
struct LocalArguments {
    /// Port of the shop; where it is taken, the next free one
    #[arg(long, env = "SHOP_PORT", default_value_t = 8000)]
    port: u16,
    /// Port of the AWS endpoint; where it is taken, the next free one
    #[arg(long, env = "CLOUDLESS_PORT", default_value_t = 4566)]
    aws_port: u16,
    /// Directory that keeps everything
    #[arg(long, env = "CLOUDLESS_DATA_DIR", default_value = ".cloudless")]
    data_dir: PathBuf,
    /// Keep nothing: start afresh, and forget everything at the end
    #[arg(long)]
    memory: bool,
    /// Database in place of SQLite in the data directory: postgres://user:password@host/name
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Mail server in place of the mailbox: smtp://user:password@host:port
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// File that is written once everything answers: URLs and logins as one JSON object, for scripts
    #[arg(long, value_name = "PATH")]
    ready_file: Option<PathBuf>,
    /// What to log: error, warn, info, debug, or directives such as shop=debug
    #[arg(long, env = "SHOP_LOG", default_value = "warn", global = true)]
    log: String,
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// postgres://user:password@host/name or sqlite://path
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
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
}

#[derive(Debug, Args)]
struct ProvisionArguments {
    /// Zip of the function resize-image, with an executable `bootstrap`
    #[arg(long, value_name = "ZIP")]
    resize_image: PathBuf,
    /// Zip of the function update-product, likewise
    #[arg(long, value_name = "ZIP")]
    update_product: PathBuf,
    /// Architecture that the zips were built for: x86_64 or arm64 [default: this machine's]
    #[arg(long)]
    architecture: Option<String>,
    /// Role that the functions run under: it may read and write the bucket and use the queues
    #[arg(long, env = "FUNCTION_ROLE_ARN")]
    role_arn: String,
    /// The database, as the function update-product reaches it
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Bucket of the pictures
    #[arg(long, env = "BUCKET", default_value = "cloudless-shop-images")]
    bucket: String,
    /// What the pictures' URLs begin with, where that is not the bucket's own address
    #[arg(long, env = "IMAGE_BASE_URL")]
    image_base_url: Option<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_new(&arguments.local.log)
        .with_context(|| format!("--log {} cannot be read", arguments.local.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            None => run_local(arguments.local).await,
            Some(Command::Serve(serve)) => run_serve(serve).await,
            Some(Command::Provision(provision)) => run_provision(provision).await,
        }
    })
}

async fn run_local(arguments: LocalArguments) -> Result<()> {
    let options = Options {
        port: arguments.port,
        aws_port: arguments.aws_port,
        data_dir: (!arguments.memory).then_some(arguments.data_dir),
        database_url: arguments.database_url,
        smtp_url: arguments.smtp_url,
    };
    let local = Local::start(&options, |line| println!("{line}")).await?;
    if let Some(path) = &arguments.ready_file {
        write_ready(path, local.ready())?;
    }
    // After the file: whoever reads along finds it there once the banner is out.
    print!("{}", banner(local.ready(), options.data_dir.as_deref()));
    local.serve(stop_signal()).await?;
    println!("stopped");
    Ok(())
}

async fn run_serve(arguments: ServeArguments) -> Result<()> {
    let sdk = sdk_from_environment().await;
    let mut config = shop::Config::new(arguments.database_url, arguments.bucket, sdk);
    if let Some(url) = arguments.image_base_url {
        config.image_base_url = url;
    }
    config.listen = arguments.listen;
    config.base_url = arguments.base_url;
    config.smtp_url = arguments.smtp_url;
    config.mail_from = arguments.mail_from;
    config.show_mailbox = arguments.show_mailbox;
    config.trust_forwarded_for = arguments.trust_forwarded_for;
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let app = shop::App::connect(config).await?;
    println!("the shop answers at http://{}", listener.local_addr()?);
    shop::serve(app, listener, stop_signal()).await
}

async fn run_provision(arguments: ProvisionArguments) -> Result<()> {
    let sdk = sdk_from_environment().await;
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut plan = Plan::new(read(&arguments.resize_image)?, read(&arguments.update_product)?);
    if let Some(architecture) = arguments.architecture {
        let built_for =
            |function: &mut FunctionPlan| function.architecture.clone_from(&architecture);
        built_for(&mut plan.resize);
        built_for(&mut plan.update);
    }
    plan.image_base_url =
        arguments.image_base_url.unwrap_or_else(|| cloud::image_base_url(&sdk, &arguments.bucket));
    plan.bucket = arguments.bucket;
    plan.role_arn = arguments.role_arn;
    plan.database_url = arguments.database_url;
    cloud::provision(&sdk, &plan, |done| println!("{done}")).await
}

/// Region, credentials and endpoint as every AWS client finds them.
async fn sdk_from_environment() -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// What a person wants to know first.
fn banner(ready: &Ready, data_dir: Option<&Path>) -> String {
    let Ready { shop, manager, customer, mailbox, aws } = ready;
    let kept = match data_dir {
        Some(directory) => format!("everything is kept in {}", directory.display()),
        None => "nothing is kept after the end".to_owned(),
    };
    format!(
        "
  Shop      {shop}
  Manager   {}   user {}   password {}
  Customer  {}   user {}   password {}
  Mailbox   {mailbox}

  AWS endpoint (S3, SQS, Lambda); paste this to use it from another terminal:
    export AWS_ENDPOINT_URL={}
    export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}
    export AWS_REGION={}

  {kept}; Ctrl-C stops
",
        manager.url,
        manager.user,
        manager.password,
        customer.url,
        customer.user,
        customer.password,
        aws.endpoint,
        aws.access_key_id,
        aws.secret_access_key,
        aws.region,
    )
}

/// Whole or not at all: a script that waits for the file never reads half of it.
fn write_ready(path: &Path, ready: &Ready) -> Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, serde_json::to_vec_pretty(ready)?)
        .and_then(|()| std::fs::rename(&partial, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Ctrl-C, or the signal by which service managers and Docker stop a process.
async fn stop_signal() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                () = interrupted => {}
                _ = terminate.recv() => {}
            },
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
