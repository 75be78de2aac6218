//! Questions that the original's text leaves open, each answered by runs side by side.

mod chart;
mod page;
mod question;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Parser as _};

use crate::outcome::Outcome;
use crate::profile::Name;
use crate::run::{self, RunArguments};
pub(crate) use question::{Question, Run};

/// How an experiment is made.
#[derive(Debug, Args)]
pub struct ExperimentArguments {
    /// Which question
    #[arg(value_enum)]
    question: Question,
    /// How many seconds of the cloud pass in one
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// How long each run is, in seconds of the cloud
    #[arg(long, default_value_t = 15 * 60)]
    duration_s: u64,
    /// Other than the experiment's: users, where they are the same in each run
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// The program whose lab is started; unless told, the `shop` that was built beside this program
    #[arg(long)]
    shop: Option<PathBuf>,
    /// Directory that gets report.html, table.md, charts, and a directory for each run
    #[arg(long, default_value = "target/load/experiment")]
    out: PathBuf,
    /// What else each lab is told: --core-share 0.05
    #[arg(last = true, value_name = "LAB ARGUMENTS")]
    lab: Vec<String>,
}

/// A run that was made.
pub(crate) struct Made {
    pub run: Run,
    pub outcome: Outcome,
}

/// Makes all runs of a question, a table and charts of them.
///
/// # Errors
/// A lab does not start, or a file is not written.
pub async fn run(arguments: &ExperimentArguments) -> Result<()> {
    let (question, mut made) = (arguments.question, Vec::new());
    let runs = question.runs(arguments.users);
    let count = runs.len();
    for (at, run) in runs.into_iter().enumerate() {
        println!("\n{} of {count}: {}", at + 1, run.title);
        let outcome = run::run(&arguments.of(at, &run)?, &run.planned).await?;
        let is_cut_short = outcome.is_cut_short;
        made.push(Made { run, outcome });
        // After each run: what a later one spoils, the earlier ones have told.
        write(&arguments.out, question, &made)?;
        if is_cut_short {
            break;
        }
    }
    let page = arguments.out.join("report.html");
    println!("\n{}\nreport: {}", table::markdown(&made), page.display());
    Ok(())
}

/// The table, its charts one by one, and a page of both.
fn write(out: &Path, question: Question, made: &[Made]) -> Result<()> {
    let save = |name: &str, text: &str| {
        let file = out.join(name);
        std::fs::write(&file, text).with_context(|| format!("{}", file.display()))
    };
    save("table.md", &table::markdown(made))?;
    let charts: Vec<String> = chart::all(question, made).iter().map(charts::Chart::svg).collect();
    for (at, svg) in charts.iter().enumerate() {
        save(&format!("{}.svg", at + 1), svg)?;
    }
    save("report.html", &page::html(question, made, charts)?)
}

impl ExperimentArguments {
    /// The arguments of one run, as somebody would type them.
    fn of(&self, at: usize, one: &Run) -> Result<RunArguments> {
        #[derive(Debug, clap::Parser)]
        struct Typed {
            #[command(flatten)]
            run: RunArguments,
        }
        let mut typed = vec!["load".to_owned(), Name::Load.as_str().to_owned()];
        let mut say = |name: &str, value: String| typed.extend([format!("--{name}"), value]);
        say("users", one.users.to_string());
        say("ramp-s", (self.duration_s / 5).max(1).to_string());
        say("duration-s", self.duration_s.to_string());
        say("speed", self.speed.to_string());
        say("out", self.out.join((at + 1).to_string()).display().to_string());
        if let Some(shop) = &self.shop {
            say("shop", shop.display().to_string());
        }
        typed.push("--".to_owned());
        typed.extend(one.lab.iter().cloned().chain(self.lab.iter().cloned()));
        Ok(Typed::try_parse_from(typed)?.run)
    }
}
