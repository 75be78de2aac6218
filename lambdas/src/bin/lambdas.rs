//! `lambdas`: what one does with the two functions outside of Lambda.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use lambdas::process;
use lambdas::worker::{Worker, WorkerConfig};
use tracing_subscriber::EnvFilter;

/// The two functions of the picture pipeline outside of Lambda.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What to log: error, warn, info, debug, or directives such as lambdas=debug
    #[arg(long, env = "LAMBDAS_LOG", default_value = "info", global = true)]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Poll the queues that the environment names and run both functions, in place of Lambda
    ///
    /// AWS_ENDPOINT_URL, AWS_REGION and credentials as for every AWS client; DATABASE_URL and
    /// IMAGE_BASE_URL as for the functions; UPLOADS_QUEUE and RESIZED_QUEUE are the queues' names.
    Worker,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_new(&arguments.log)
        .with_context(|| format!("--log {} cannot be read", arguments.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal())
        .init();
    match arguments.command {
        Command::Worker => {
            let sdk = process::sdk_config().await;
            let config = WorkerConfig::from_env(process::env_var);
            let worker = Worker::new(config, process::env_var, &sdk).await?;
            tracing::info!("working on {}", sdk.endpoint_url().unwrap_or("AWS"));
            worker.run(process::stop_signal()).await;
            tracing::info!("stopped");
        }
    }
    Ok(())
}
