//! What a run did, as a file: everything that its report is drawn from.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::act::Mark;
use crate::cloud::Told;
use crate::orders::Kept;
use crate::processes::Held;
use crate::profile::Profile;
use crate::record::{Line, Slice};

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub profile: Profile,
    /// How many seconds of the cloud passed in one.
    pub speed: u32,
    pub target: String,
    pub database: Option<String>,
    pub machine: Machine,
    pub seed: u64,
    /// Whether somebody ended it before its time.
    pub is_cut_short: bool,
    /// How many users were of each kind.
    pub mix: BTreeMap<String, usize>,
    /// When the first user came, and when the last left, in seconds since the epoch by the cloud's time.
    pub from_s: u64,
    pub until_s: u64,
    /// When nothing was looked at any more: after the group had scaled back.
    pub over_s: u64,
    /// Each kind of request, and all together last.
    pub requests: Vec<Line>,
    pub slices: Vec<Slice>,
    pub failures: BTreeMap<String, u64>,
    pub orders: Kept,
    pub cloud: Option<Told>,
    pub processes: Vec<Held>,
    /// What was done to the pipeline meanwhile, and what an alarm on its queue said.
    #[serde(default)]
    pub marks: Vec<Mark>,
    pub verdicts: Vec<Verdict>,
}

/// What it ran on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub cores: usize,
    pub memory_gib: Option<f64>,
    pub system: String,
}

/// Something that was to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub what: String,
    pub wanted: String,
    pub was: String,
    pub holds: bool,
}

impl Outcome {
    /// What was written before.
    ///
    /// # Errors
    /// It is not there, or another program's.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a result of a load", path.display()))
    }

    /// Writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{}", path.display()))
    }

    /// All requests together.
    #[must_use]
    pub fn all(&self) -> Option<&Line> {
        self.requests.last()
    }
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let memory = std::fs::read_to_string("/proc/meminfo").ok();
        let kilobytes = memory.and_then(|text| {
            let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
            total.trim().trim_end_matches("kB").trim().parse::<f64>().ok()
        });
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kilobytes.map(|kilobytes| (kilobytes / 1_048_576.0 * 10.0).round() / 10.0),
            system: std::env::consts::OS.to_owned(),
        }
    }
}
