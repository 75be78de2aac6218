//! `shop manager`: how a shop that nobody seeded gets its first manager.

use std::io::BufRead as _;

use anyhow::{Context as _, Result};
use aws_config::SdkConfig;
use clap::Args;

use shop::{App, Appoint, Appointed, Bucket, Config, Kept};

#[derive(Debug, Args)]
pub struct ManagerArguments {
    /// postgres://user:password@host/name or sqlite://path
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// User name
    #[arg(long)]
    user: String,
    /// E-mail address of a new account [default: USER@cloudless.example]
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input, up to the end of its first line
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Leave an account of this name as it is, if there is one
    #[arg(long)]
    if_new: bool,
}

/// Makes the manager and says what was done. The database's tables are made when they are missing.
///
/// # Errors
/// As [`App::appoint`]; a standard input that cannot be read.
pub async fn run(arguments: ManagerArguments) -> Result<()> {
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password).context("cannot read the password")?;
    let manager = Appoint {
        email: arguments.email.unwrap_or_else(|| format!("{}@cloudless.example", arguments.user)),
        user: arguments.user,
        password: password.trim_end_matches(['\n', '\r']).to_owned(),
        if_new: arguments.if_new,
    };
    // No picture is touched: the bucket need not be named.
    let config = Config::new(arguments.database_url, "none", SdkConfig::builder().build());
    let app = App::connect_with(config, Bucket::Kept(Kept::default())).await?;
    let how = app.appoint(&manager).await?;
    app.db().close().await;
    println!(
        "manager {}: {}",
        manager.user,
        match how {
            Appointed::Made => "made",
            Appointed::Changed => "has the new password, and is signed out everywhere",
            Appointed::Left => "was there already and is left as it is",
        }
    );
    Ok(())
}
