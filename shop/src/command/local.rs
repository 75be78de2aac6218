//! Everything on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use shop::local::{Local, Options, Ready};

use super::stop_signal;

#[derive(Debug, Args)]
pub struct LocalArguments {
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
    /// Host name besides localhost under which the AWS endpoint is reached; may be repeated
    #[arg(long = "host-name", env = "CLOUDLESS_HOST_NAMES", value_delimiter = ',')]
    host_names: Vec<String>,
    /// Origin (http://localhost:3000) whose pages may use the AWS endpoint from a browser; may be repeated
    #[arg(long = "allow-origin", env = "CLOUDLESS_ALLOW_ORIGINS", value_delimiter = ',')]
    allowed_origins: Vec<String>,
    /// File that is written once everything answers: URLs and logins as one JSON object, for scripts
    #[arg(long, value_name = "PATH")]
    ready_file: Option<PathBuf>,
}

pub async fn run(arguments: LocalArguments) -> Result<()> {
    // Whoever gives keys relies on them.
    if let Some(name) = ["CLOUDLESS_KEYS", "CLOUDLESS_KEY_FILE"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    {
        anyhow::bail!(
            "{name} is set, and the emulator beside the shop takes any key: unset it, or start the \
             emulator alone (cargo run -p cloudless)"
        );
    }
    let options = Options {
        port: arguments.port,
        aws_port: arguments.aws_port,
        data_dir: (!arguments.memory).then_some(arguments.data_dir),
        database_url: arguments.database_url,
        smtp_url: arguments.smtp_url,
        host_names: arguments.host_names,
        allowed_origins: arguments.allowed_origins,
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

/// What a person wants to know first.
fn banner(ready: &Ready, data_dir: Option<&Path>) -> String {
    let Ready { shop, manager, customer, mailbox, dashboard, aws } = ready;
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
  Dashboard {dashboard}

  AWS endpoint (S3, SQS, Lambda, CloudWatch, CloudWatch Logs); paste this to use it from another terminal:
    export AWS_ENDPOINT_URL={}
    export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}
    export AWS_REGION={} AWS_DEFAULT_REGION={}

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
        aws.region,
    )
}

/// Whole or not at all: a script that waits for the file never reads half of it.
pub fn write_ready(path: &Path, ready: &impl Serialize) -> Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, serde_json::to_vec_pretty(ready)?)
        .and_then(|()| std::fs::rename(&partial, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
