//! Windows. Functions run without process groups: the emulator kills the process that it started, and
//! not what that has started itself. A function that is at work when the emulator is killed goes on
//! until it answers, and finds that nobody listens.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::windows::fs::{symlink_dir, symlink_file};
use std::path::Path;
use std::process::ExitStatus;

use tokio::net::TcpSocket;
use tokio::process::{Child, Command};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

use super::Namespace;
pub(crate) use super::threaded_pipe::Pipe;

/// What Python's interpreter is called.
pub(crate) const PYTHON: &str = "python";
/// What Node.js' package manager is called.
pub(crate) const NPM: &str = "npm.cmd";

/// Ctrl-C, Ctrl-Break, a window that is closed, or a system that is shut down.
///
/// # Errors
/// The system does not let them be heard.
pub async fn stop_signal() -> io::Result<()> {
    let (mut interrupt, mut stop) = (ctrl_c()?, ctrl_break()?);
    let (mut close, mut shutdown) = (ctrl_close()?, ctrl_shutdown()?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = stop.recv() => {}
        _ = close.recv() => {}
        _ = shutdown.recv() => {}
    }
    Ok(())
}

/// An address is free as soon as its listener has gone; the option of that name would let two
/// programs have it.
///
/// # Errors
/// None.
#[expect(clippy::unnecessary_wraps, reason = "it fails elsewhere")]
pub(crate) fn share_address(_socket: &TcpSocket) -> io::Result<()> {
    Ok(())
}

/// A directory cannot be opened; the file system keeps its names by itself.
#[expect(clippy::unnecessary_wraps, reason = "it fails elsewhere")]
pub(crate) fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes to a place in a file, wherever others read and write it.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], offset_bytes: u64) -> io::Result<()> {
    let mut at = offset_bytes;
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if written == 0 {
            return Err(io::Error::from(io::ErrorKind::WriteZero));
        }
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(())
}

/// Fills `bytes` from a place in a file.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset_bytes: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        let at = offset_bytes + filled as u64;
        let read = std::os::windows::fs::FileExt::seek_read(file, &mut bytes[filled..], at)?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        filled += read;
    }
    Ok(())
}

/// Files have no modes.
#[expect(clippy::unnecessary_wraps, reason = "it fails elsewhere")]
pub(crate) fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Whether a file can be executed shows when it is.
pub(crate) fn is_executable(_file: &Metadata) -> bool {
    true
}

/// Lets its owner do everything with a directory.
#[expect(clippy::permissions_set_readonly_false, reason = "it is for the owner alone here")]
pub(crate) fn allow_all(directory: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(directory)?.permissions();
    permissions.set_readonly(false);
    fs::set_permissions(directory, permissions)
}

/// Makes a link at `path` to `target`, whose kind the system wants to know.
pub(crate) fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    match path.parent().is_some_and(|parent| parent.join(target).is_dir()) {
        true => symlink_dir(target, path),
        false => symlink_file(target, path),
    }
}

/// How much a file takes of its file system.
pub(crate) fn size_on_disk_bytes(file: &Metadata) -> u64 {
    file.len()
}

/// Nothing tells.
pub(crate) fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

/// Nobody asks the system.
pub(crate) fn used_percent(_path: &Path) -> Option<f64> {
    None
}

/// How programs write a path: as it is, in a URL, and in a text between quotes.
pub(crate) fn spellings(path: &Path) -> Vec<Vec<u8>> {
    let path = path.as_os_str().to_string_lossy();
    // What `canonicalize` puts in front, nobody else does.
    let path = path.strip_prefix(r"\\?\").unwrap_or(&path);
    vec![
        path.as_bytes().to_vec(),
        path.replace('\\', "/").into_bytes(),
        path.replace('\\', r"\\").into_bytes(),
    ]
}

/// What a function's process needs of this system's variables, for code in `root`. Without
/// `SystemRoot` nothing can open a socket.
pub(crate) fn variables(
    _root: &Path,
    temporary: Option<&Path>,
    _opt: Option<&Path>,
) -> Vec<(&'static str, OsString)> {
    let of_host = ["PATH", "PATHEXT", "ComSpec", "SystemRoot", "windir"];
    let of_host = of_host.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    let own = ["TEMP", "TMP", "TMPDIR"].into_iter();
    let own = own.filter_map(|name| Some((name, temporary?.into())));
    of_host.chain(own).collect()
}

/// A child, without what it started.
#[derive(Debug)]
pub(crate) struct Group;

impl Group {
    /// Nothing has to be prepared.
    pub fn prepare(_command: &mut Command) {}

    /// Of a child that was just started.
    pub fn of(_child: &Child) -> Self {
        Self
    }

    /// There are no signals.
    pub fn ask_to_end(&self) {}

    /// The child is killed when it is dropped; what it started is not.
    pub fn kill(&self, _child: &Child, _marker: &str, _namespace: Option<Namespace>) {}
}

/// Nobody kills what a killed emulator leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Watchdog(());

impl Watchdog {
    /// A process has started.
    pub fn started(&self, _group: u32, _marker: &str, _namespace: Option<Namespace>) {}

    /// A process has ended.
    pub fn ended(&self, _group: u32, _marker: &str, _namespace: Option<Namespace>) {}
}

/// There are no signals.
pub(crate) fn ended_by_signal(_status: ExitStatus) -> Option<String> {
    None
}

/// There are no signals.
pub(crate) fn is_segmentation_fault(_status: ExitStatus) -> bool {
    false
}

/// Why a program could not be started, as Go says it elsewhere.
pub(crate) fn why_not_started(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error()? {
        // ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH
        193 | 216 => Some("exec format error"),
        5 => Some("permission denied"),
        2 | 3 => Some("no such file or directory"),
        _ => None,
    }
}
