//! Where a function's processes see what is theirs: where AWS has it, in a mount namespace of their own, where
//! the kernel lets us make one; else where it lies on this host, which variables tell them.
//!
//! What a function is known to need of the host's `/tmp` or `/opt` stays in its sight: an interpreter or an SDK
//! that is installed there, and files of `/tmp` that its variables name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use cloudless_core::lambda::Deployment;
use tokio::process::{Child, Command};

use crate::platform::{self, Enclosure, Namespace, Template, Tmp};

const TASK: &str = "/var/task";
const RUNTIME: &str = "/var/runtime";
const OPT: &str = "/opt";
const TMP: &str = "/tmp";

/// What all functions of a runtime see alike.
pub(super) struct Sights {
    scratch: PathBuf,
    runtime_dir: PathBuf,
    template: OnceLock<Option<Template>>,
}

/// Where what belongs to an environment lies on this host.
pub(super) struct Belongings<'a> {
    pub task_root: &'a Path,
    pub opt: Option<&'a Path>,
    /// A folder that nobody else has.
    pub tmp: &'a Path,
    /// Paths of the host without which its program does not run.
    pub needs: &'a [PathBuf],
}

impl Sights {
    /// With the runtime clients of `runtime_dir`; `scratch` is an empty folder that is nobody else's.
    pub fn new(scratch: PathBuf, runtime_dir: PathBuf) -> Self {
        Self { scratch, runtime_dir, template: OnceLock::new() }
    }

    /// What an environment of the function sees. Whether it can be as on AWS is found out once, and said.
    pub fn of(&self, function: &Deployment, belongings: &Belongings<'_>) -> Sight {
        let made = self.template().map(|template| self.enclosed(template, function, belongings));
        match made {
            Some(Ok(sight)) => return sight,
            Some(Err(error)) => {
                let function = function.arn.name.as_str();
                tracing::warn!(function, %error, "a function sees the host as it is");
            }
            None => {}
        }
        let tmp = SeenTmp::Host(belongings.tmp.to_owned());
        Sight { enclosure: None, moved: Vec::new(), tmp }
    }

    fn enclosed(
        &self,
        template: &Template,
        function: &Deployment,
        belongings: &Belongings<'_>,
    ) -> io::Result<Sight> {
        let Belongings { task_root, opt, tmp, needs } = *belongings;
        let needs_of = |place: &str| needs.iter().any(|path| path.starts_with(place));
        let opt = opt.filter(|_| !needs_of(OPT) && Path::new(OPT).is_dir());
        let keeps_tmp = needs_of(TMP) || names_files_of_tmp(function);
        let size_mib = function.ephemeral_storage_mib;
        let is_small = platform::available_memory_mib()
            .is_some_and(|available_mib| u64::from(size_mib) <= available_mib / MEMORY_SHARE);
        let (mounted, tmp) = match (keeps_tmp, is_small) {
            (true, _) => (Tmp::Host, SeenTmp::Host(tmp.to_owned())),
            (false, true) => (Tmp::Memory { size_mib }, SeenTmp::Memory),
            (false, false) => (Tmp::Folder(tmp.to_owned()), SeenTmp::Folder(tmp.to_owned())),
        };
        let enclosure = Enclosure::make(template, task_root, opt, &mounted)?;
        let places = [(Some(task_root), TASK), (Some(&*self.runtime_dir), RUNTIME), (opt, OPT)];
        let moved = places.into_iter();
        let moved = moved.filter_map(|(host, seen)| Some((host?.to_owned(), seen))).collect();
        Ok(Sight { enclosure: Some(Arc::new(enclosure)), moved, tmp })
    }

    fn template(&self) -> Option<&Template> {
        let made = self.template.get_or_init(|| {
            let made = Template::make(&self.scratch, &self.runtime_dir);
            made.inspect_err(|error| {
                tracing::info!(
                    "functions find their code by LAMBDA_TASK_ROOT, not at /var/task: this system lets the \
                     emulator make no mount namespaces ({error})"
                );
            })
            .ok()
        });
        made.as_ref()
    }
}

/// `/tmp` is in memory where it takes no more than this part of what there is.
const MEMORY_SHARE: u64 = 4;

/// Whether a variable of the function names something of the host's `/tmp`.
fn names_files_of_tmp(function: &Deployment) -> bool {
    let is_named = |value: &String| {
        value.match_indices("/tmp/").any(|(at, _)| {
            let path = &value[at..];
            let end = path.find([' ', '\'', '"', '?', ';', ':', ',']).unwrap_or(path.len());
            Path::new(&path[..end]).exists()
        })
    };
    function.environment.values().any(is_named)
}

/// What one environment sees.
#[derive(Clone)]
pub(super) struct Sight {
    enclosure: Option<Arc<Enclosure>>,
    /// Folders of the host, and where they are seen.
    moved: Vec<(PathBuf, &'static str)>,
    tmp: SeenTmp,
}

#[derive(Clone)]
enum SeenTmp {
    /// Its own, which goes with its last process and this.
    Memory,
    /// A folder of the host, at `/tmp`.
    Folder(PathBuf),
    /// The host's; a folder of its own is elsewhere.
    Host(PathBuf),
}

impl Sight {
    /// Whether it sees what is its own where AWS has it.
    pub fn is_as_on_aws(&self) -> bool {
        self.enclosure.is_some()
    }

    /// By which what it starts is known, wherever that goes.
    pub fn namespace(&self) -> Option<Namespace> {
        self.enclosure.as_ref().map(|enclosure| enclosure.namespace())
    }

    /// Where it sees what lies on the host at that path.
    pub fn seen(&self, path: &Path) -> PathBuf {
        let moved = self.moved.iter().find_map(|(host, seen)| {
            let rest = path.strip_prefix(host).ok()?;
            let seen = Path::new(seen);
            Some(if rest.as_os_str().is_empty() { seen.to_owned() } else { seen.join(rest) })
        });
        moved.unwrap_or_else(|| path.to_owned())
    }

    /// What it has to be told of where `/tmp` is.
    pub fn temporary(&self) -> Option<&Path> {
        match &self.tmp {
            SeenTmp::Host(folder) => Some(folder),
            SeenTmp::Memory | SeenTmp::Folder(_) => None,
        }
    }

    /// The folder that nothing but we keeps from growing.
    pub fn growing(&self) -> Option<&Path> {
        match &self.tmp {
            SeenTmp::Host(folder) | SeenTmp::Folder(folder) => Some(folder),
            SeenTmp::Memory => None,
        }
    }

    /// Starts a program, whose paths are as it sees them.
    ///
    /// # Errors
    /// The program's own.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        match &self.enclosure {
            Some(enclosure) => enclosure.spawn(command),
            None => command.spawn(),
        }
    }
}
