//! `lambdas`: what one does with the two functions outside of Lambda.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use lambdas::package::{Glibc, package};
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
    /// Write resize-image.zip and update-product.zip, as Lambda's runtime provided.al2023 takes them
    ///
    /// The same programs give the same bytes. A program that needs a newer C library than it will
    /// find is refused.
    Package {
        /// Directory to write to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Directory of the programs resize-image and update-product [default: this program's own]
        #[arg(long, value_name = "DIR")]
        bin_dir: Option<PathBuf>,
        /// Version of the GNU C library where they shall run; Amazon Linux 2023 has the default
        #[arg(long, value_name = "VERSION", default_value_t = Glibc::AL2023)]
        glibc: Glibc,
    },
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
        Command::Package { out, bin_dir, glibc } => {
            let own = || -> Result<PathBuf> {
                let program = std::env::current_exe()?;
                Ok(program.parent().context("this program is in no directory")?.to_owned())
            };
            let bin_dir = bin_dir.map_or_else(own, Ok)?;
            for packaged in package(&bin_dir, &out, glibc)? {
                println!("{packaged}");
            }
        }
    }
    Ok(())
}
