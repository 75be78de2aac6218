//! `shop`: without arguments, the whole thing on this machine; with `serve`, the shop alone on
//! whatever cloud and database its environment names; with `provision`, what it needs of that cloud.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

mod command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An online shop on the AWS event pipeline S3 → Lambda → SQS → Lambda → database.
#[cfg_attr(feature = "local", doc = "")]
#[cfg_attr(
    feature = "local",
    doc = "Without a command it runs everything on this machine, with nothing installed: the emulator of"
)]
#[cfg_attr(
    feature = "local",
    doc = "AWS, both functions and the shop, with sample products, on SQLite under ./.cloudless/."
)]
#[derive(Debug, Parser)]
#[command(version)]
#[cfg_attr(feature = "local", command(args_conflicts_with_subcommands = true))]
#[cfg_attr(not(feature = "local"), command(arg_required_else_help = true))]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[cfg(feature = "local")]
    #[command(flatten)]
    local: command::local::LocalArguments,
    /// What to log: error, warn, info, debug, or directives such as shop=debug
    #[arg(long, env = "SHOP_LOG", default_value = "warn", global = true)]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop alone, on the database and the cloud that the environment names
    Serve(command::serve::ServeArguments),
    /// Make bucket, queues, functions and permissions on the cloud that AWS_ENDPOINT_URL names, or on AWS; can be repeated
    Provision(command::provision::ProvisionArguments),
    /// Ask the shop on this machine whether it is well; exit status 1 if it is not
    Health(command::health::HealthArguments),
    /// Make a manager of the shop, or give one a new password, which is read from standard input
    Manager(command::manager::ManagerArguments),
    /// The architecture on AWS, alive on this machine: balancer, scaling group, instances that are processes, alarms
    #[cfg(feature = "local")]
    Lab(command::lab::LabArguments),
    /// Make all of it on AWS itself, after saying what that is and what it costs; or take it down
    Deploy(shop::deploy::Arguments),
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_new(&arguments.log)
        .with_context(|| format!("--log {} cannot be read", arguments.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    #[cfg(feature = "local")]
    if matches!(arguments.command, None | Some(Command::Lab(_))) {
        // While there is one thread.
        shop::local::own_mounts();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Some(Command::Serve(serve)) => command::serve::run(serve).await,
            Some(Command::Provision(provision)) => command::provision::run(provision).await,
            Some(Command::Health(health)) => return Ok(command::health::run(health).await),
            Some(Command::Manager(manager)) => command::manager::run(manager).await,
            #[cfg(feature = "local")]
            Some(Command::Lab(lab)) => command::lab::run(lab).await,
            Some(Command::Deploy(deploy)) => {
                shop::deploy::run(deploy, command::sdk_from_environment()).await
            }
            #[cfg(feature = "local")]
            None => command::local::run(arguments.local).await,
            #[cfg(not(feature = "local"))]
            None => {
                use clap::CommandFactory as _;
                Ok(Arguments::command().print_help()?)
            }
        }
        .map(|()| ExitCode::SUCCESS)
    })
}
