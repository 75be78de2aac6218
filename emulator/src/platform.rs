//! What operating systems do each in its own way: a file a system, with the same names in each.
//!
//! | | `unix` (Linux, macOS) | `windows` |
//! |---|---|---|
//! | a function's processes | a group that is killed as one | its own process alone is killed |
//! | what outlives a killed emulator | nothing: a [`Watchdog`] kills the groups | a function, until its work in hand is done |
//! | what a function writes | read past tokio from the pipe | a thread reads the pipe |
//! | modes and links of a zip | kept | no modes; links need the right to make them |
//! | names in a directory | made durable with it | the file system keeps them |
//! | told to stop | Ctrl-C, SIGTERM | Ctrl-C, Ctrl-Break, closing the window, shutting down |
//!
//! What only Linux has (descendants that left their group, memory, mount namespaces, priorities of threads, files
//! that go to the disk early) is in `linux`; `elsewhere` tells and does nothing. Nothing else in this crate, but for
//! its tests, asks which system it is built for.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(windows, test))]
mod threaded_pipe;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::collections::HashMap;
use std::time::Duration;

#[cfg(not(target_os = "linux"))]
use elsewhere as processes;
#[cfg(target_os = "linux")]
use linux as processes;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use processes::own_mounts;
pub(crate) use processes::{
    Enclosure, Namespace, Template, Tmp, available_memory_mib, begin_write_back, give_way, limit,
    own_memory_mib, peak_memory_mib, processor_time_of_family, tasks, tasks_of, usage_of_groups,
};
pub use system::stop_signal;
pub(crate) use system::{
    Group, NPM, PYTHON, Pipe, Watchdog, allow_all, ended_by_signal, free_bytes, is_executable,
    is_segmentation_fault, read_exact_at, set_mode, share_address, size_on_disk_bytes, spellings,
    symlink, sync_directory, used_percent, variables, why_not_started, write_all_at,
};

/// What a group of processes has used, and has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Of all processors together, since it began.
    pub processor: Duration,
    /// Resident, in bytes.
    pub memory_bytes: u64,
}

/// By the groups' numbers.
pub(crate) type Usages = HashMap<u32, Usage>;
