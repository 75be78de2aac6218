//! The questions, and the runs that answer them.

use clap::ValueEnum;

use crate::act::{Act, Planned};

/// A question that an experiment answers.
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
    /// What is the queue for? Separation, spikes, retention, monitoring, flexibility: its depth and age in each
    Queue,
    /// One instance or three, SQLite or the best database that this machine has
    Databases,
    /// What does a request cost, and a user? More and more users on three instances
    Cost,
}

/// One run of an experiment.
pub(crate) struct Run {
    pub title: String,
    pub users: usize,
    /// What is told to its lab.
    pub lab: Vec<String>,
    /// What is done meanwhile.
    pub planned: Vec<Planned>,
    /// What runs differ by, where it is a number: users, instances.
    pub number: Option<u64>,
}

const ONE: [&str; 4] = ["--min", "1", "--max", "1"];
const THREE: [&str; 4] = ["--min", "3", "--max", "3"];
const FAR: [&str; 2] = ["--lesson", "slow-database"];
const FEW: [&str; 2] = ["--database-connections", "2"];
const SLOW: [&str; 2] = ["--lesson", "slow-update"];

impl Run {
    fn new(title: impl Into<String>, users: usize, lab: &[&[&str]]) -> Self {
        let lab = lab.concat().into_iter().map(str::to_owned).collect();
        Self { title: title.into(), users, lab, planned: Vec::new(), number: None }
    }

    /// One of several that differ by this number.
    fn numbered(number: u64, of: &str, users: usize, lab: &[&[&str]]) -> Self {
        let of = if number == 1 { of.trim_end_matches('s') } else { of };
        Self { number: Some(number), ..Self::new(format!("{number} {of}"), users, lab) }
    }

    /// Meanwhile this is done, at minutes after the first user.
    fn with(self, planned: &[(u64, Act)]) -> Self {
        let planned = planned.iter().map(|(minute, act)| (minute * 60, *act));
        Self { planned: planned.collect(), ..self }
    }
}

impl Question {
    /// The runs, for so many users where they are the same in each.
    pub(crate) fn runs(self, users: usize) -> Vec<Run> {
        match self {
            Self::ScalingPoint => more_and_more(&[25, 50, 75, 100, 125, 150], &ONE),
            Self::Cost => more_and_more(&[25, 50, 100, 200, 400], &THREE),
            Self::InstanceCount => {
                let fixed = |count: u64| {
                    let count_text = count.to_string();
                    let lab = ["--min", &count_text, "--max", &count_text];
                    Run::numbered(count, "instances", users, &[&lab])
                };
                (1..=4).map(fixed).collect()
            }
            Self::WriteLatency => vec![
                Run::new("as it is", users, &[&ONE]),
                Run::new("two connections an instance", users, &[&ONE, &FEW]),
                Run::new("a database that is 40 ms away", users, &[&ONE, &FAR]),
                Run::new("far away, and two connections", users, &[&ONE, &FAR, &FEW]),
            ],
            Self::SlowFunctions => vec![
                Run::new("as it is", users, &[]),
                Run::new("update-product takes 5 s longer", users, &[&SLOW]),
                Run::new("resize-image takes 5 s longer", users, &[&["--lesson", "slow-resize"]]),
            ],
            Self::Queue => queue(users),
            Self::Databases => vec![
                Run::new("one instance, SQLite", users, &[&ONE, &["--sqlite"]]),
                Run::new("three instances, SQLite", users, &[&THREE, &["--sqlite"]]),
                Run::new("one instance, the best database here", users, &[&ONE]),
                Run::new("three instances, the best database here", users, &[&THREE]),
            ],
        }
    }
}

fn more_and_more(users: &[u64], lab: &[&str]) -> Vec<Run> {
    let run = |users: &u64| {
        let count = usize::try_from(*users).unwrap_or(usize::MAX);
        Run::numbered(*users, "users", count, &[lab])
    };
    users.iter().map(run).collect()
}

/// The five reasons for a queue between the functions that the original gives, a run each.
fn queue(users: usize) -> Vec<Run> {
    let (off, on) = (Act::Disable, Act::Enable);
    vec![
        Run::new("separation: update-product takes 5 s longer, uploads do not", users, &[&SLOW]),
        Run::new("spikes: 60 pictures as fast as they come", users, &[&SLOW])
            .with(&[(5, Act::Upload(60))]),
        Run::new("retention: five minutes without update-product", users, &[])
            .with(&[(4, off), (9, on)]),
        Run::new("monitoring: an alarm on the age of the oldest message", users, &[]).with(&[
            (1, Act::Watch(60)),
            (4, off),
            (9, on),
        ]),
        Run::new("flexibility: two at once, and ten after that", users, &[&SLOW]).with(&[
            (1, Act::AtMost(2)),
            (4, Act::Upload(60)),
            (8, Act::AtMost(10)),
        ]),
    ]
}
