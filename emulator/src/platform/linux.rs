//! What only Linux tells of processes, in `/proc`: what a function's process started, also what left
//! its process group, and how much memory it had.
//!
//! What has left is found by its parents, for as long as they are there, and by the environment that it
//! inherited: each execution environment has a log stream of its own. What has shed both, and whose
//! parents have ended, is not found.

mod enclosure;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, getuid, pidfd_open, pidfd_send_signal, prlimit,
};

pub use enclosure::own_mounts;
pub(crate) use enclosure::{Enclosure, Template, Tmp};

/// How often it is looked again for what was started meanwhile.
const LOOKS_MAX: usize = 10;
/// Processes of one function whose memory is looked at.
const FAMILY_MAX: usize = 256;
/// How long a process that is just being started is waited for, at each look.
const START: Duration = Duration::from_millis(5);

/// Kills what `pid` started, and whatever has `marker` among its environment variables.
pub(super) fn kill_descendants(pid: Option<u32>, marker: &str) {
    let mut killed = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let processes = processes();
        let family = pid.map(|pid| descendants(pid, &processes)).unwrap_or_default();
        let found: Vec<u32> = processes
            .keys()
            .filter(|process| !killed.contains(*process))
            .filter(|process| family.contains(process) || has(**process, marker))
            .copied()
            .collect();
        if found.is_empty() {
            // One that is in the middle of `exec` shows no variables yet.
            if !processes.keys().any(|process| is_starting(*process)) {
                return;
            }
            std::thread::sleep(START);
        }
        for process in found {
            killed.insert(process);
            kill_if(process, || family.contains(&process) || has(process, marker));
        }
    }
}

/// Asks again once the number cannot be given to another process any more.
fn kill_if(process: u32, is_meant: impl Fn() -> bool) {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return };
    let Ok(held) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if is_meant() {
        let _ = pidfd_send_signal(&held, Signal::KILL);
    }
}

fn has(process: u32, marker: &str) -> bool {
    fs::read(format!("/proc/{process}/environ")).is_ok_and(|environ| {
        environ.windows(marker.len()).any(|window| window == marker.as_bytes())
    })
}

/// Whether it is ours, young, and has no variables: it may be in the middle of its start.
fn is_starting(process: u32) -> bool {
    let directory = format!("/proc/{process}");
    let age_s = || {
        let stat = fs::read_to_string(format!("{directory}/stat")).ok()?;
        let started: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let up_s: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        // In hundredths of a second, on every Linux.
        Some(up_s - started / 100.0)
    };
    fs::metadata(&directory).is_ok_and(|it| it.uid() == getuid().as_raw())
        && fs::read(format!("{directory}/environ")).is_ok_and(|environ| environ.is_empty())
        // Neither a thread of the kernel nor one that has ended.
        && fs::read_link(format!("{directory}/exe")).is_ok()
        && age_s().is_some_and(|age_s| age_s < 2.0)
}

/// All processes, each with its parent.
fn processes() -> BTreeMap<u32, u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let process: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // A program's name may hold anything: what follows it does not.
            let (_, rest) = stat.rsplit_once(')')?;
            Some((process, rest.split_whitespace().nth(1)?.parse().ok()?))
        })
        .collect()
}

fn descendants(pid: u32, processes: &BTreeMap<u32, u32>) -> BTreeSet<u32> {
    let mut family = BTreeSet::from([pid]);
    loop {
        let known = family.len();
        family.extend(
            processes
                .iter()
                .filter(|(_, parent)| family.contains(parent))
                .map(|(process, _)| *process)
                .collect::<Vec<_>>(),
        );
        if family.len() == known {
            family.remove(&pid);
            return family;
        }
    }
}

/// The most memory that a process had resident, in MiB.
pub(crate) fn peak_memory_mib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}

/// The memory that a process and what it started have for themselves, in MiB: not what they share with
/// others, as the text of an interpreter.
pub(crate) fn own_memory_mib(pid: u32) -> Option<u64> {
    let mut left = vec![pid];
    let (mut kib, mut seen) = (0, 0);
    while let Some(process) = left.pop() {
        seen += 1;
        if seen > FAMILY_MAX {
            break;
        }
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { continue };
        let own = status
            .lines()
            .filter(|line| line.starts_with("RssAnon:") || line.starts_with("RssShmem:"));
        kib +=
            own.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum::<u64>();
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        let children = children.unwrap_or_default();
        left.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    Some(kib.div_ceil(1024))
}

/// How many processes and threads the whole machine has.
pub(crate) fn tasks() -> Option<u64> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    load.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

/// How many processes and threads a process group has.
pub(crate) fn tasks_of(group: u32) -> u64 {
    let group = group.to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let tasks = entries.filter_map(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(2);
        let is_of = fields.next()? == group;
        is_of.then(|| fields.nth(14)?.parse::<u64>().ok()).flatten()
    });
    tasks.sum()
}

/// The memory that there is for whoever asks for more, in MiB.
pub(crate) fn available_memory_mib() -> Option<u64> {
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let available = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(available.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// Lets a process and what it starts write no file larger than so many MiB, and leave no core behind.
pub(crate) fn limit_files(pid: u32, file_size_mib: u64) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let at_most = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    let storage_bytes = file_size_mib * 1024 * 1024;
    // Of a process that has ended already there is nothing to limit.
    let _ = prlimit(Some(pid), Resource::Fsize, at_most(storage_bytes));
    let _ = prlimit(Some(pid), Resource::Core, at_most(0));
}
