//! Questions that the original's text leaves open, each answered by runs side by side.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Parser as _, ValueEnum};

use crate::cloud::Points;
use crate::original::mean;
use crate::outcome::Outcome;
use crate::profile::Name;
use crate::run::{self, RunArguments};

/// The questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Question {
    /// At which load does the group scale? One instance under more and more users
    ScalingPoint,
    /// Why does the number of instances stay where it is under stress? The same users on one to four instances
    InstanceCount,
    /// What does the latency of writes do, and what helps? More connections, and a database that is far away
    WriteLatency,
    /// What happens to uploads when a function is slow? The queue's depth and age
    SlowFunctions,
    /// One instance or three, SQLite or the best database that this machine has
    Databases,
    /// What does a request cost, and a user? More and more users on three instances
    Cost,
}

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
    /// Directory that gets table.md, and a directory for each run
    #[arg(long, default_value = "target/load/experiment")]
    out: PathBuf,
    /// What else each lab is told: --core-share 0.05
    #[arg(last = true, value_name = "LAB ARGUMENTS")]
    lab: Vec<String>,
}

/// One run of an experiment.
struct Run {
    title: String,
    users: usize,
    lab: Vec<&'static str>,
}

impl Run {
    fn new(title: impl Into<String>, users: usize, lab: &[&'static str]) -> Self {
        Self { title: title.into(), users, lab: lab.to_vec() }
    }
}

/// Makes all runs of a question, and a table of them.
///
/// # Errors
/// A lab does not start, or a file is not written.
pub async fn run(arguments: &ExperimentArguments) -> Result<()> {
    let mut rows = Vec::new();
    let file = arguments.out.join("table.md");
    for (at, one) in arguments.question.runs(arguments.users).iter().enumerate() {
        println!(
            "\n{} of {}: {}",
            at + 1,
            arguments.question.runs(arguments.users).len(),
            one.title
        );
        let outcome = run::run(&arguments.of(at, one)?).await?;
        let is_cut_short = outcome.is_cut_short;
        rows.push((one.title.clone(), outcome));
        // After each run: what a later one spoils, the earlier ones have told.
        std::fs::write(&file, table(&rows)).with_context(|| format!("{}", file.display()))?;
        if is_cut_short {
            break;
        }
    }
    println!("\n{}\nwritten to {}", table(&rows), file.display());
    Ok(())
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
        typed.extend(one.lab.iter().map(|&it| it.to_owned()).chain(self.lab.iter().cloned()));
        Ok(Typed::try_parse_from(typed)?.run)
    }
}

impl Question {
    fn runs(self, users: usize) -> Vec<Run> {
        const ONE: [&str; 4] = ["--min", "1", "--max", "1"];
        const THREE: [&str; 4] = ["--min", "3", "--max", "3"];
        let with = |lab: &[&'static str], more: &[&'static str]| [lab, more].concat();
        match self {
            Self::ScalingPoint => {
                let users = [25, 50, 75, 100, 125, 150].into_iter();
                users.map(|users| Run::new(format!("{users} users"), users, &ONE)).collect()
            }
            Self::InstanceCount => {
                let counts = ["1", "2", "3", "4"].into_iter();
                let fixed = |count: &'static str| ["--min", count, "--max", count];
                counts.map(|it| Run::new(format!("{it} instances"), users, &fixed(it))).collect()
            }
            Self::WriteLatency => vec![
                Run::new("as it is", users, &ONE),
                Run::new(
                    "two connections an instance",
                    users,
                    &with(&ONE, &["--database-connections", "2"]),
                ),
                Run::new(
                    "a database that is 40 ms away",
                    users,
                    &with(&ONE, &["--lesson", "slow-database"]),
                ),
                Run::new(
                    "far away, and two connections",
                    users,
                    &with(&ONE, &["--lesson", "slow-database", "--database-connections", "2"]),
                ),
            ],
            Self::SlowFunctions => vec![
                Run::new("as it is", users, &[]),
                Run::new("update-product takes 5 s longer", users, &["--lesson", "slow-update"]),
                Run::new("resize-image takes 5 s longer", users, &["--lesson", "slow-resize"]),
            ],
            Self::Databases => vec![
                Run::new("one instance, SQLite", users, &with(&ONE, &["--sqlite"])),
                Run::new("three instances, SQLite", users, &with(&THREE, &["--sqlite"])),
                Run::new("one instance, the best database here", users, &ONE),
                Run::new("three instances, the best database here", users, &THREE),
            ],
            Self::Cost => {
                let users = [25, 50, 100, 200, 400].into_iter();
                users.map(|users| Run::new(format!("{users} users"), users, &THREE)).collect()
            }
        }
    }
}

/// A row for each run.
fn table(rows: &[(String, Outcome)]) -> String {
    let mut table = String::from(
        "| run | database | requests/s | p95, ms | an order, p95 ms | failed | CPU of instances | busiest | instances | \
         writes/s | the database's own time for one, ms | waiting in the queue, most | oldest, most s | \
         requests/s a core | MB a user |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (title, outcome) in rows {
        let _ = writeln!(table, "| {title} | {} |", cells(outcome).join(" | "));
    }
    table
}

fn cells(outcome: &Outcome) -> Vec<String> {
    let all = outcome.all();
    let took_s = outcome.until_s.saturating_sub(outcome.from_s) as f64 / f64::from(outcome.speed);
    let took_s = took_s.max(1.0);
    let per_s = all.map(|all| all.count as f64 / took_s);
    let processor_s: f64 = outcome.processes.iter().map(|it| it.processor_s).sum();
    let held = |process: &crate::processes::Held| process.bytes.last().map(|(_, bytes)| *bytes);
    let bytes: f64 = outcome.processes.iter().filter_map(held).sum();
    let number = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
    };
    vec![
        outcome.database.clone().unwrap_or_else(|| "–".to_owned()),
        number(per_s, 1),
        number(all.map(|all| all.p95_ms), 1),
        number(outcome.requests.iter().find(|it| it.label == "order").map(|it| it.p95_ms), 1),
        number(all.map(|all| all.errors as f64), 0),
        number(mean(outcome, "cpu"), 1),
        number(mean(outcome, "cpu_max"), 1),
        number(mean(outcome, "in_service"), 1),
        number(mean(outcome, "writes"), 1),
        number(mean(outcome, "write_latency").map(|it| it * 1e3), 2),
        number(most(outcome, "queue_visible"), 0),
        number(most(outcome, "queue_age"), 0),
        number(per_s.filter(|_| processor_s > 0.0).map(|it| it * took_s / processor_s), 1),
        number((bytes > 0.0).then(|| bytes / 1e6 / outcome.profile.users as f64), 2),
    ]
}

fn most(outcome: &Outcome, key: &str) -> Option<f64> {
    let points: &Points = outcome.cloud.as_ref()?.series.get(key)?;
    points.iter().map(|(_, value)| *value).reduce(f64::max)
}
