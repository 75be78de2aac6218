//! Linux, macOS and what else is a Unix.

mod pipe;
mod watchdog;

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::Namespace;

pub(crate) use pipe::Pipe;
pub(crate) use watchdog::Watchdog;

/// What Python's interpreter is called.
pub(crate) const PYTHON: &str = "python3";
/// What Node.js' package manager is called.
pub(crate) const NPM: &str = "npm";

/// Ctrl-C, or the signal by which service managers and Docker stop a process.
///
/// # Errors
/// The system does not let signals be heard.
pub async fn stop_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Lets an address be listened on whose last listener has just gone.
///
/// # Errors
/// The system's own.
pub(crate) fn share_address(socket: &TcpSocket) -> io::Result<()> {
    socket.set_reuseaddr(true)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Writes to a place in a file, wherever others read and write it.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset_bytes: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset_bytes)
}

/// Fills `bytes` from a place in a file.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset_bytes: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset_bytes)
}

/// Gives a file the mode that its zip says.
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Whether a file may be executed.
pub(crate) fn is_executable(file: &Metadata) -> bool {
    file.permissions().mode() & 0o111 != 0
}

/// Lets its owner do everything with a directory.
pub(crate) fn allow_all(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))
}

/// Makes a link at `path` to `target`.
pub(crate) fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// How much a file takes of its file system.
pub(crate) fn size_on_disk_bytes(file: &Metadata) -> u64 {
    // In units of 512 bytes, wherever there are any.
    std::os::unix::fs::MetadataExt::blocks(file) * 512
}

/// How much room the file system has in which a path lies.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// How much of the file system in which a path lies is used, 0 to 100.
pub(crate) fn used_percent(path: &Path) -> Option<f64> {
    let found = rustix::fs::statvfs(path).ok()?;
    let (all, free) = (found.f_blocks as f64, found.f_bfree as f64);
    (all > 0.0).then(|| (all - free) / all * 100.0)
}

/// How programs write a path.
pub(crate) fn spellings(path: &Path) -> Vec<Vec<u8>> {
    vec![path.as_os_str().as_encoded_bytes().to_vec()]
}

/// What a function's process needs of this system's variables, for code in `root` and layers in `opt`.
pub(crate) fn variables(
    root: &Path,
    temporary: Option<&Path>,
    opt: Option<&Path>,
) -> Vec<(&'static str, OsString)> {
    let usual = || "/usr/local/bin:/usr/bin:/bin".into();
    let mut programs = std::env::var_os("PATH").unwrap_or_else(usual);
    let mut libraries = format!("{0}:{0}/lib", root.display());
    if let Some(opt) = opt {
        programs.push(format!(":{}/bin", opt.display()));
        libraries.push_str(&format!(":{}/lib", opt.display()));
    }
    let temporary = temporary.map(|temporary| ("TMPDIR", temporary.into()));
    let variables = [("PATH", programs), ("LD_LIBRARY_PATH", libraries.into())];
    variables.into_iter().chain(temporary).collect()
}

/// The process group of a child, with all that it started.
#[derive(Debug)]
pub(crate) struct Group {
    id: Option<Pid>,
}

impl Group {
    /// Lets what the command starts have a group of its own.
    pub fn prepare(command: &mut Command) {
        command.process_group(0);
    }

    /// Of a child that was just started, by a command that was prepared for it.
    pub fn of(child: &Child) -> Self {
        Self { id: child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) }
    }

    /// Asks the child and all that is in its group to end.
    pub fn ask_to_end(&self) {
        if let Some(group) = self.id {
            // It fails where nothing of the group is left.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    /// Kills the child and all that it started, which takes a while; `marker` is in its environment, and in no
    /// other, and so is the namespace, where it has one.
    pub fn kill(&self, child: &Child, marker: &str, namespace: Option<Namespace>) {
        if let Some(group) = self.id {
            // While they are looked for they start no others.
            let _ = kill_process_group(group, Signal::STOP);
        }
        // First what left the group, while its parents are there.
        // A number that was given back may be another's by now.
        super::processes::kill_descendants(child.id(), marker, namespace);
        if let Some(group) = self.id {
            // It fails where nothing of the group is left, which is as well.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The signal that ended a process, as Go, in which Lambda's supervisor is written, names it.
pub(crate) fn ended_by_signal(status: ExitStatus) -> Option<String> {
    let name = match status.signal()? {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => &format!("signal {other}"),
    };
    let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
    Some(format!("{name}{dumped}"))
}

/// Whether a process ended because it touched memory that it does not have.
pub(crate) fn is_segmentation_fault(status: ExitStatus) -> bool {
    status.signal() == Some(11)
}

/// Why a program could not be started, as Go says it.
pub(crate) fn why_not_started(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error()? {
        8 => Some("exec format error"),
        13 => Some("permission denied"),
        2 => Some("no such file or directory"),
        _ => None,
    }
}
