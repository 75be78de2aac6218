//! What belongs to an execution environment, wherever it went.
//!
//! All that a function starts is in its environment's mount namespace, where there is one: from before its program
//! begins, whatever becomes of its parents, its session and its variables. So it is found. Nobody leaves but who
//! has the right to make another; that one is known by its parents, or as where there are no namespaces: by
//! the environment variables that it inherited, since each execution environment has a log stream of its own. What
//! has shed both is not found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, getuid, pidfd_open, pidfd_send_signal};

/// How often it is looked again, by variables, for what was started meanwhile.
const LOOKS_MAX: usize = 10;
/// For how long what a namespace holds is killed at most.
const KILLING_MAX: Duration = Duration::from_secs(60);
/// How long a process that is just being started, or has just been killed, is waited for at each look.
const MOMENT: Duration = Duration::from_millis(2);
/// How many parents of a process are looked at.
const PARENTS_MAX: usize = 32;

/// A mount namespace, as the kernel numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Namespace(u64);

impl Namespace {
    /// That of an open descriptor.
    pub(super) fn at(descriptor: &OwnedFd) -> std::io::Result<Self> {
        Ok(Self(rustix::fs::fstat(descriptor)?.st_ino))
    }

    /// That of a process; nothing where it has ended or is not ours.
    fn of(process: u32) -> Option<Self> {
        Some(Self(fs::metadata(format!("/proc/{process}/ns/mnt")).ok()?.ino()))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Kills what `pid` started: all of its namespace, where it has one of its own, and whatever has `marker` among its
/// environment variables. It takes a while.
pub(in crate::platform) fn kill_descendants(
    pid: Option<u32>,
    marker: &str,
    namespace: Option<Namespace>,
) {
    match namespace {
        Some(namespace) => kill_inhabitants(namespace, marker),
        None => kill_by_variables(pid, marker),
    }
}

fn kill_inhabitants(namespace: Namespace, marker: &str) {
    let ours = Namespace::of(std::process::id());
    let belongs = |process: u32| match Namespace::of(process) {
        Some(its) if its == namespace => true,
        Some(its) if Some(its) != ours => has(process, marker) || comes_from(process, namespace),
        _ => false,
    };
    let began = Instant::now();
    let mut killed = BTreeSet::new();
    loop {
        let found: Vec<u32> = numbers().filter(|process| belongs(*process)).collect();
        if found.is_empty() {
            return;
        }
        let mut is_new = false;
        for process in found {
            is_new |= killed.insert(process);
            kill_if(process, || belongs(process));
        }
        if began.elapsed() > KILLING_MAX {
            return;
        }
        // The kernel takes its time for the end of what was killed.
        if !is_new {
            std::thread::sleep(MOMENT);
        }
    }
}

fn kill_by_variables(pid: Option<u32>, marker: &str) {
    let mut killed = BTreeSet::new();
    for _ in 0..LOOKS_MAX {
        let processes: BTreeMap<u32, u32> =
            numbers().filter_map(|process| Some((process, parent_of(process)?))).collect();
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
            std::thread::sleep(MOMENT);
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

/// Whether one of its parents is in the namespace.
fn comes_from(process: u32, namespace: Namespace) -> bool {
    let parents = std::iter::successors(parent_of(process), |process| parent_of(*process));
    parents.take(PARENTS_MAX).any(|parent| Namespace::of(parent) == Some(namespace))
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

/// The numbers of all processes.
fn numbers() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// What the kernel says of a process behind its program's name, which may hold anything.
fn stat(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.to_owned())
}

fn parent_of(process: u32) -> Option<u32> {
    stat(process)?.split_whitespace().nth(1)?.parse().ok()
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

/// How many processes and threads a namespace has, or else a process group. It takes a while.
pub(crate) fn tasks_of(group: u32, namespace: Option<Namespace>) -> u64 {
    let group = group.to_string();
    let tasks = numbers().filter_map(|process| {
        if namespace.is_some() && Namespace::of(process) != namespace {
            return None;
        }
        let stat = stat(process)?;
        let mut fields = stat.split_whitespace().skip(2);
        let is_of = fields.next()? == group || namespace.is_some();
        is_of.then(|| fields.nth(14)?.parse::<u64>().ok()).flatten()
    });
    tasks.sum()
}
