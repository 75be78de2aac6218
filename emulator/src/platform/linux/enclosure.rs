//! Mount namespaces, in which functions find what is theirs where AWS has it: `/var/task`, `/var/runtime`,
//! `/opt` and a `/tmp` of their own.
//!
//! A namespace is a thread's, and what a thread starts inherits it. So each is made by a thread that leaves the
//! others', mounts, keeps a descriptor of where it is, and ends; and a process is started by a thread that
//! enters it. All other threads stay where they are. It costs some hundred microseconds, where the programs
//! `unshare` and `mount` would cost as many milliseconds as a small function needs to start.
//!
//! Nothing of the host is written to: `/var` is a copy made of mounts, since it may have no `/var/task`.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use rustix::process::{getgid, getuid};
use tokio::process::{Child, Command};

use super::Namespace;

const NOTHING: Option<&str> = None;

/// What all enclosures of a runtime begin with.
#[derive(Debug)]
pub(crate) struct Template {
    namespace: OwnedFd,
}

impl Template {
    /// With the runtime clients at `/var/runtime`. `scratch` is an empty directory of ours.
    ///
    /// # Errors
    /// The kernel does not let this process mount anything, or there is no `/var`.
    pub fn make(scratch: &Path, runtime_dir: &Path) -> io::Result<Self> {
        let namespace = on_a_thread(|| {
            unshare(CloneFlags::CLONE_NEWNS)?;
            // What is mounted here is seen nowhere else; what the host mounts later is seen here.
            mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_SLAVE, NOTHING)?;
            mount_tmpfs(scratch, "size=1m,mode=0755")?;
            for entry in fs::read_dir("/var")? {
                mirror(&entry?, scratch)?;
            }
            for (name, source) in [("task", None), ("runtime", Some(runtime_dir))] {
                let place = scratch.join(name);
                fs::create_dir(&place)?;
                if let Some(source) = source {
                    bind(source, &place)?;
                    make_read_only(&place);
                }
            }
            bind(scratch, Path::new("/var"))?;
            here()
        })?;
        Ok(Self { namespace })
    }
}

/// Puts an entry of `/var` where it is to be seen.
fn mirror(entry: &fs::DirEntry, scratch: &Path) -> io::Result<()> {
    let (path, place) = (entry.path(), scratch.join(entry.file_name()));
    let kind = entry.file_type()?;
    if [Path::new("/var/task"), Path::new("/var/runtime")].contains(&path.as_path()) {
        return Ok(());
    }
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(path)?, place);
    }
    if kind.is_dir() {
        fs::create_dir(&place)?;
    } else {
        File::create(&place)?;
    }
    bind(&path, &place)
}

/// What `/tmp` is.
#[derive(Debug)]
pub(crate) enum Tmp {
    /// In memory, with room for so many MiB.
    Memory { size_mib: u32 },
    /// A folder of the host.
    Folder(PathBuf),
    /// As the host has it.
    Host,
}

/// A mount namespace of an execution environment. It is there for as long as this, or a process in it.
#[derive(Debug)]
pub(crate) struct Enclosure {
    namespace: OwnedFd,
    name: Namespace,
}

impl Enclosure {
    /// With code at `/var/task`, where nobody writes to it, and layers at `/opt`.
    ///
    /// # Errors
    /// Something of it is not there.
    pub fn make(
        template: &Template,
        task_root: &Path,
        opt: Option<&Path>,
        tmp: &Tmp,
    ) -> io::Result<Self> {
        let namespace = on_a_thread(|| {
            enter(&template.namespace)?;
            unshare(CloneFlags::CLONE_NEWNS)?;
            let places = [(Some(task_root), "/var/task"), (opt, "/opt")];
            for (source, place) in places {
                if let Some(source) = source {
                    bind(source, Path::new(place))?;
                    make_read_only(Path::new(place));
                }
            }
            // Last: what was mounted before may come from there.
            let place = Path::new("/tmp");
            match tmp {
                Tmp::Memory { size_mib } => {
                    mount_tmpfs(place, &format!("size={size_mib}m,mode=0700"))?;
                }
                Tmp::Folder(folder) => bind(folder, place)?,
                Tmp::Host => {}
            }
            here()
        })?;
        let name = Namespace::at(&namespace)?;
        Ok(Self { namespace, name })
    }

    /// By which what is in it is known.
    pub fn namespace(&self) -> Namespace {
        self.name
    }

    /// Starts a program in it. Paths of the command are as they are seen there.
    ///
    /// # Errors
    /// The program's own.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        let runtime = tokio::runtime::Handle::current();
        on_a_thread(move || {
            let _entered = runtime.enter();
            enter(&self.namespace)?;
            command.spawn()
        })
    }
}

/// Lets functions have mount namespaces where this process has no right to make any: it moves to a user
/// namespace in which it is who it was before, and may. To be called while there is one thread. Where it would
/// not help, nothing happens.
pub fn own_mounts() {
    if may_mount() || !may_have_a_user_namespace() {
        return;
    }
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    let moved = unshare(CloneFlags::CLONE_NEWUSER).map_err(io::Error::from);
    let moved = moved.and_then(|()| {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
    });
    if let Err(error) = moved {
        tracing::debug!(%error, "there is no user namespace for functions");
    }
}

/// Whether this process has `CAP_SYS_ADMIN`.
fn may_mount() -> bool {
    const CAP_SYS_ADMIN: u32 = 21;
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return false };
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    effective.is_some_and(|bits| bits >> CAP_SYS_ADMIN & 1 == 1)
}

/// Whether a user namespace gives the right to mount. Some systems give one without it, in which a process
/// would have less than before: another process tries.
fn may_have_a_user_namespace() -> bool {
    let mut tries = std::process::Command::new("unshare");
    // `mount` does nothing for whoever is not root: it is, there.
    tries.args(["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"]);
    tries.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tries.status().is_ok_and(|status| status.success())
}

/// Does something on a thread of its own, which nobody else is affected by.
fn on_a_thread<T: Send>(act: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("cloudless-mounts".to_owned());
        let joined = thread.spawn_scoped(scope, act)?.join();
        joined.unwrap_or_else(|_panic| Err(io::Error::other("the thread for mounts panicked")))
    })
}

/// The namespace of this thread.
fn here() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/thread-self/ns/mnt")?.into())
}

fn enter(namespace: &OwnedFd) -> io::Result<()> {
    // Threads have one working directory in common, until they ask for their own.
    unshare(CloneFlags::CLONE_FS)?;
    Ok(setns(namespace, CloneFlags::CLONE_NEWNS)?)
}

fn bind(source: &Path, place: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    Ok(mount(Some(source), place, NOTHING, flags, NOTHING)?)
}

/// Where a mount has restrictions that this process may not lift, they are named too.
fn make_read_only(place: &Path) {
    let read_only = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    let restricted = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    for flags in [read_only, read_only | restricted, read_only | restricted | MsFlags::MS_NOEXEC] {
        if mount(NOTHING, place, NOTHING, flags, NOTHING).is_ok() {
            return;
        }
    }
}

fn mount_tmpfs(place: &Path, options: &str) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), place, Some("tmpfs"), flags, Some(options))?)
}
