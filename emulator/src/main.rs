//! `cloudless`: the emulator as a server.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use cloudless::Emulator;

/// S3, SQS and Lambda on this machine: no Docker, no account, no network.
///
/// Point any AWS SDK or the AWS CLI at it: AWS_ENDPOINT_URL=http://127.0.0.1:4566, any access key,
/// any region.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "CLOUDLESS_PORT", default_value_t = 4566)]
    port: u16,
    /// Address to listen on. Functions run as processes of this machine: let others in only if you trust them
    #[arg(long, env = "CLOUDLESS_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Directory that keeps everything; without it, everything is kept in memory and lost at the end
    #[arg(long, env = "CLOUDLESS_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Host name besides localhost under which it is reached (for bucket.NAME); may be repeated
    #[arg(long = "host-name", env = "CLOUDLESS_HOST_NAMES", value_delimiter = ',')]
    host_names: Vec<String>,
    /// KEY_ID:SECRET that requests must be signed with; may be repeated. Without it any key is accepted
    #[arg(long = "key", env = "CLOUDLESS_KEYS", value_delimiter = ',', hide_env_values = true)]
    keys: Vec<String>,
    /// What to log: error, warn, info, debug, trace, or directives such as cloudless=debug
    #[arg(long, env = "CLOUDLESS_LOG", default_value = "info")]
    log: String,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_new(&arguments.log)
                .with_context(|| format!("--log {} cannot be read", arguments.log))?,
        )
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut builder = Emulator::builder().host(arguments.host).port(arguments.port);
    if let Some(data_dir) = &arguments.data_dir {
        builder = builder.data_dir(data_dir);
    }
    for name in arguments.host_names {
        builder = builder.host_name(name);
    }
    for key in &arguments.keys {
        let (id, secret) = key.split_once(':').context("--key wants KEY_ID:SECRET")?;
        builder = builder.key(id, secret);
    }
    let emulator = builder.start().await?;
    println!("cloudless answers at {}", emulator.endpoint_url());
    match &arguments.data_dir {
        Some(data_dir) => println!("everything is kept in {}", data_dir.display()),
        None => println!("everything is kept in memory; --data-dir DIR keeps it on disk"),
    }
    println!("export AWS_ENDPOINT_URL={}", emulator.endpoint_url());
    println!("export AWS_ACCESS_KEY_ID={}", cloudless::ACCESS_KEY_ID);
    println!("export AWS_SECRET_ACCESS_KEY={}", cloudless::SECRET_ACCESS_KEY);
    println!("export AWS_REGION={}", cloudless::REGION);
    tokio::select! {
        signal = shutdown_signal() => signal?,
        failure = emulator.engine().ended() => {
            if let Some(failure) = failure {
                anyhow::bail!("{failure}");
            }
        }
    }
    emulator.stop().await;
    Ok(())
}

/// Ctrl-C, or the signal by which service managers and Docker stop a process.
async fn shutdown_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
