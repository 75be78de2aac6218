//! How much memory each process of a lab holds, minute by minute: what grows under load without end is found so. On
//! Linux, from `/proc`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::Recorder;

/// A process, and what it held.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its name and number.
    pub name: String,
    /// Seconds of the cloud since the load began, and bytes.
    pub bytes: Vec<(u64, f64)>,
    /// Processor time that it has used since it was first seen, in seconds.
    pub processor_s: f64,
}

/// What all of them held, by their numbers.
pub type All = Arc<Mutex<BTreeMap<u32, (Before, Held)>>>;

/// Processor time that a process had used when it was first seen, in seconds.
type Before = f64;

/// Looks once a minute of the cloud, until it is aborted.
pub async fn watch(lab: u32, recorder: Arc<Recorder>, speed: u32, all: All) {
    let every = (Duration::from_secs(60) / speed.max(1)).max(Duration::from_millis(500));
    loop {
        let now_s = recorder.cloud_s();
        // It is a few files, but of a disk all the same.
        let seen = tokio::task::spawn_blocking(move || descendants(lab)).await.unwrap_or_default();
        keep(&all, seen, now_s);
        tokio::time::sleep(every).await;
    }
}

fn keep(all: &All, seen: Vec<Seen>, now_s: u64) {
    let mut held = all.lock().unwrap_or_else(PoisonError::into_inner);
    for Seen { id, name, bytes, processor_s } in seen {
        let (before_s, process) = held.entry(id).or_insert((processor_s, Held::default()));
        process.name = name;
        process.bytes.push((now_s, bytes));
        process.processor_s = processor_s - *before_s;
    }
}

/// A process at a moment.
struct Seen {
    id: u32,
    name: String,
    bytes: f64,
    processor_s: f64,
}

/// A process and all that it has started, with their names and resident bytes.
fn descendants(root: u32) -> Vec<Seen> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: BTreeMap<u32, u32> =
        ids.filter_map(|id| Some((id, field(id, "status", "PPid:")?.parse().ok()?))).collect();
    let is_ours = |mut id: u32| {
        while id != root {
            match parents.get(&id) {
                Some(parent) => id = *parent,
                None => return false,
            }
        }
        true
    };
    let ours = parents.keys().copied().filter(|id| is_ours(*id));
    ours.filter_map(|id| {
        // What processes share is a part of each of them, where that is told.
        let kilobytes =
            field(id, "smaps_rollup", "Pss:").or_else(|| field(id, "status", "VmRSS:"))?;
        let kilobytes: f64 = kilobytes.trim_end_matches("kB").trim().parse().ok()?;
        let name = if id == root { "the cloud".to_owned() } else { field(id, "status", "Name:")? };
        let (name, bytes) = (format!("{name} ({id})"), kilobytes * 1_024.0);
        Some(Seen { id, name, bytes, processor_s: processor_s(id)? })
    })
    .collect()
}

/// What `/proc/…/stat` tells in hundredths of a second: of the process, and of those of its children that have ended.
fn processor_s(id: u32) -> Option<f64> {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = [11, 12].map(|at| fields.get(at).and_then(|it| it.parse::<f64>().ok()));
    Some(ticks.into_iter().flatten().sum::<f64>() / 100.0)
}

fn field(id: u32, file: &str, name: &str) -> Option<String> {
    let told = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join(file)).ok()?;
    let value = told.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim().to_owned())
}
