//! What only Linux tells of processes, in `/proc`: what a function's process started, also what left
//! its process group, and how much memory it had; and what only Linux lets us ask of threads and files.

mod enclosure;
mod kin;
mod usage;

use std::fs::{self, File};
use std::num::NonZeroU64;

use rustix::fs::{Advice, fadvise};
use rustix::process::{Pid, Resource, Rlimit, prlimit, setpriority_process};

pub use enclosure::own_mounts;
pub(crate) use enclosure::{Enclosure, Template, Tmp};
pub(super) use kin::kill_descendants;
pub(crate) use kin::{Namespace, tasks_of};
pub(crate) use usage::{processor_time_of_family, usage_of_groups};

/// Processes of one function whose memory is looked at.
const FAMILY_MAX: usize = 256;

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

/// Lets whatever else wants to run go first, from now on, where this thread does what nobody waits for.
pub(crate) fn give_way() {
    // Lower priorities than the usual are from 1 to 19. Of Linux, it is the thread's own.
    let _ = setpriority_process(None, 10);
}

/// Lets the system begin to bring a stretch of a file to the disk, beside whatever comes next: a sync that
/// follows waits for less. On Linux that is what comes of saying that its cache is not needed; what is not
/// on the disk yet stays there.
pub(crate) fn begin_write_back(file: &File, from_bytes: u64, length_bytes: u64) {
    // It promises nothing, and nothing rests on it.
    let _ = fadvise(file, from_bytes, NonZeroU64::new(length_bytes), Advice::DontNeed);
}

/// The memory that there is for whoever asks for more, in MiB.
pub(crate) fn available_memory_mib() -> Option<u64> {
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let available = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(available.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// Lets a process and what it starts write no file larger than so many MiB, and leave no core behind. Its user
/// may have so many processes and threads more than there are now on the whole machine: more than a function
/// needs, so few that the machine is still of use. The kernel holds nobody to that who is root.
pub(crate) fn limit(pid: u32, file_size_mib: u64, tasks_more: u64) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let at_most = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    let storage_bytes = file_size_mib * 1024 * 1024;
    // Of a process that has ended already there is nothing to limit.
    let _ = prlimit(Some(pid), Resource::Fsize, at_most(storage_bytes));
    let _ = prlimit(Some(pid), Resource::Core, at_most(0));
    if let Some(tasks) = tasks() {
        let _ = prlimit(Some(pid), Resource::Nproc, at_most(tasks.saturating_add(tasks_more)));
    }
}
