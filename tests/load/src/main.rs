//! Load on the shop: `cargo run -p load -- run stress --speed 30`. It starts a lab, sends users to it, asks the cloud what
//! happened, and draws a report.

mod act;
mod asked;
mod attack;
mod back_office;
mod browser;
mod cloud;
mod experiment;
mod figure;
mod orders;
mod original;
mod outcome;
mod place;
mod processes;
mod profile;
mod record;
mod report;
mod run;
mod shopper;
#[cfg(test)]
mod tests;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use outcome::Outcome;

/// Sends users to the shop, and draws what it did
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send the users of a profile to a shop
    Run(Box<run::RunArguments>),
    /// Answer a question by several runs, side by side in a table
    Experiment(Box<experiment::ExperimentArguments>),
    /// Draw the report of a run once more
    Report {
        /// The results of a run: results.json
        results: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run(arguments) => Ok(run::exit(&run::run(&arguments, &[]).await?)),
        Command::Experiment(arguments) => {
            experiment::run(&arguments).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Report { results } => {
            let outcome = Outcome::read(&results)?;
            let page = results.with_file_name("report.html");
            std::fs::write(&page, report::html(&outcome)?)
                .with_context(|| format!("{}", page.display()))?;
            println!("report: {}", page.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}
