//! What other systems than Linux tell of processes: nothing.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::platform::{Usage, Usages};

/// What a process started is not found here.
#[cfg_attr(windows, expect(dead_code, reason = "only groups of processes ask for it"))]
pub(super) fn kill_descendants(_pid: Option<u32>, _marker: &str, _namespace: Option<Namespace>) {}

/// There are none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Namespace {}

#[cfg(unix)]
impl std::fmt::Display for Namespace {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

/// How much memory a process had is not told here.
pub(crate) fn peak_memory_mib(_pid: u32) -> Option<u64> {
    None
}

/// Nothing tells.
pub(crate) fn own_memory_mib(_pid: u32) -> Option<u64> {
    None
}

/// Nothing is limited.
pub(crate) fn limit(_pid: u32, _file_size_mib: u64, _tasks_more: u64) {}

/// Nothing tells.
pub(crate) fn tasks() -> Option<u64> {
    None
}

/// Nothing tells.
pub(crate) fn tasks_of(_group: u32, _namespace: Option<Namespace>) -> u64 {
    0
}

/// It is done when it is waited for.
pub(crate) fn begin_write_back(_file: &File, _from_bytes: u64, _length_bytes: u64) {}

/// There it is not known how.
pub(crate) fn give_way() {}

/// Nothing tells.
pub(crate) fn available_memory_mib() -> Option<u64> {
    None
}

/// What `ps` tells of the processes of each group, where there is one.
pub(crate) fn usage_of_groups(groups: &[u32]) -> Usages {
    let told = std::process::Command::new("ps").args(["-A", "-o", "pgid=,time=,rss="]).output();
    let told = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let mut usages = Usages::new();
    for line in told.unwrap_or_default().lines() {
        let mut fields = line.split_whitespace();
        let group = fields.next().and_then(|it| it.parse().ok());
        let Some(group) = group.filter(|group| groups.contains(group)) else { continue };
        let (time, kib) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let usage: &mut Usage = usages.entry(group).or_default();
        usage.processor += processor_time(time);
        usage.memory_bytes += kib.parse::<u64>().unwrap_or_default() * 1024;
    }
    usages
}

/// Nothing tells of a process with its children.
pub(crate) fn processor_time_of_family(_process: u32) -> Option<Duration> {
    None
}

/// `1:02:03`, or `2:03.45`.
fn processor_time(text: &str) -> Duration {
    let seconds = text
        .split([':', '-'])
        .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap_or_default());
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// There is nothing to begin with.
#[derive(Debug)]
pub(crate) enum Template {}

impl Template {
    /// # Errors
    /// Always: there are no mount namespaces.
    pub fn make(_scratch: &Path, _runtime_dir: &Path) -> io::Result<Self> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }
}

/// What `/tmp` would be.
#[derive(Debug)]
#[expect(dead_code, reason = "nobody mounts it")]
pub(crate) enum Tmp {
    /// In memory, with room for so many MiB.
    Memory { size_mib: u32 },
    /// A folder of the host.
    Folder(PathBuf),
    /// As the host has it.
    Host,
}

/// There are none.
#[derive(Debug)]
pub(crate) enum Enclosure {}

impl Enclosure {
    /// # Errors
    /// None: nobody has a template.
    pub fn make(
        template: &Template,
        _task_root: &Path,
        _opt: Option<&Path>,
        _tmp: &Tmp,
    ) -> io::Result<Self> {
        match *template {}
    }

    /// Nobody asks.
    pub fn namespace(&self) -> Namespace {
        match *self {}
    }

    /// # Errors
    /// None: nobody has an enclosure.
    pub fn spawn(&self, _command: &mut Command) -> io::Result<Child> {
        match *self {}
    }
}

/// Functions see the host as it is.
pub fn own_mounts() {}
