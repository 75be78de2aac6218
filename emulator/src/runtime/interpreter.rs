//! Which program runs a function: its own bootstrap, or an interpreter with a runtime client.
//!
//! The interpreter is the runtime's own version where this host has it ([`host`]), else the nearest,
//! which the function's log and the emulator's say. The client is AWS's own where it can be imported
//! (`awslambdaric` from the function's zip or the interpreter's packages, `aws-lambda-ric` from the
//! function's zip), otherwise ours in `clients`.
//!
//! Where it differs from AWS: without a mount namespace ([`sight`](super::sight)) `LAMBDA_TASK_ROOT`, `__file__` and
//! `import.meta.url` are places of this host, so that functions find their files; what is logged, and what our
//! clients answer of errors, names code by its place on AWS. A function also finds what else its interpreter
//! has installed.

mod host;

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cloudless_core::lambda::Deployment;
use tokio::sync::OnceCell;

use self::host::{Found, Language};
use super::Shared;
use super::environment::Environment;
use super::process::Crash;

/// The runtime clients, as they are written to where interpreters find them.
const CLIENTS: [(&str, &str); 11] = [
    ("bootstrap.py", include_str!("clients/bootstrap.py")),
    ("callbacks.mjs", include_str!("clients/callbacks.mjs")),
    ("console.mjs", include_str!("clients/console.mjs")),
    ("context.mjs", include_str!("clients/context.mjs")),
    ("errors.mjs", include_str!("clients/errors.mjs")),
    ("index.mjs", include_str!("clients/index.mjs")),
    ("node_path.mjs", include_str!("clients/node_path.mjs")),
    ("promises.mjs", include_str!("clients/promises.mjs")),
    ("runtime_api.cjs", include_str!("clients/runtime_api.cjs")),
    ("runtime_api.mjs", include_str!("clients/runtime_api.mjs")),
    ("streaming.mjs", include_str!("clients/streaming.mjs")),
];

/// The interpreters of this host: each runtime's is looked for once.
#[derive(Default)]
pub(super) struct Interpreters {
    by_runtime: Mutex<HashMap<String, Arc<OnceCell<Option<Found>>>>>,
}

impl Interpreters {
    /// The interpreter for a runtime; nothing where this host has none of its language.
    async fn find(&self, runtime: &str, language: Language, version: [u32; 2]) -> Option<Found> {
        let cell = {
            let mut by_runtime = self.by_runtime.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(by_runtime.entry(runtime.to_owned()).or_default())
        };
        let look = || async {
            let found = host::find(language, version).await;
            if let Some(found) = &found
                && let Some(note) = note(runtime, language, version, found)
            {
                tracing::warn!("{note}");
            }
            found
        };
        cell.get_or_init(look).await.clone()
    }
}

/// Writes the runtime clients to where interpreters find them (`LAMBDA_RUNTIME_DIR`).
pub(super) fn write_clients(directory: &Path) -> io::Result<()> {
    CLIENTS.iter().try_for_each(|(name, text)| std::fs::write(directory.join(name), text))
}

/// The variables by which interpreters find what layers hold: where AWS says that it lies under `/opt`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths>
pub(super) fn variables_of_layers(
    function: &Deployment,
    opt: Option<&Path>,
) -> Option<(&'static str, OsString)> {
    let (Language::Python, [major, minor]) = Language::of(&function.runtime)? else { return None };
    let opt = opt?.display();
    let mut folders = format!("{opt}/python/lib/python{major}.{minor}/site-packages:{opt}/python");
    if let Some(own) = function.environment.get("PYTHONPATH") {
        folders = format!("{own}:{folders}");
    }
    Some(("PYTHONPATH", folders.into()))
}

/// What to execute for a function.
pub(super) struct Program {
    pub path: PathBuf,
    /// Where it is an interpreter: of what, in which version, and where that has its AWS SDK.
    client: Option<(Language, [u32; 2], Option<OsString>)>,
}

impl Program {
    fn bootstrap(path: PathBuf) -> Self {
        Self { path, client: None }
    }

    /// Paths of this host without which it does not run.
    pub fn needs(&self) -> Vec<PathBuf> {
        let Some((_, _, sdk)) = &self.client else { return Vec::new() };
        // An interpreter may be a link of a virtual environment to the one that it is.
        let real = self.path.canonicalize();
        let sdk = sdk.iter().flat_map(std::env::split_paths);
        [self.path.clone()].into_iter().chain(real).chain(sdk).collect()
    }

    /// With what it is started, where it sees the runtime clients in `clients` and layers in `opt`.
    pub fn arguments(&self, clients: &Path, opt: Option<&Path>) -> Vec<OsString> {
        let Some((language, version, sdk)) = &self.client else { return Vec::new() };
        let mut arguments = vec![clients.join(language.client()).into()];
        let of_layers = opt.filter(|_| *language == Language::Node).map(|opt| {
            let (opt, major) = (opt.display(), version[0]);
            OsString::from(format!(
                "{opt}/nodejs/node{major}/node_modules:{opt}/nodejs/node_modules"
            ))
        });
        match (of_layers, sdk) {
            (Some(mut folders), Some(sdk)) => {
                folders.push(":");
                folders.push(sdk);
                arguments.push(folders);
            }
            (folders, sdk) => arguments.extend(folders.or_else(|| sdk.clone())),
        }
        arguments
    }
}

/// What to execute for a function with a runtime of its own, whose code is unpacked in `root`, and its layers in
/// `opt`. It looks at the disk.
pub(super) fn bootstrap(root: &Path, opt: Option<&Path>) -> Result<Program, Crash> {
    let mut places = [Some(root), opt].into_iter().flatten().map(|place| place.join("bootstrap"));
    let found = places.find(|place| place.is_file()).ok_or_else(|| {
        (
            "Runtime.InvalidEntrypoint".to_owned(),
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
        )
    });
    found.map(Program::bootstrap)
}

/// The interpreter that executes a function; nothing where it has a runtime of its own.
pub(super) async fn of_host(
    shared: &Shared,
    environment: &Environment,
) -> Result<Option<Program>, Crash> {
    let function = &environment.function;
    let runtime = function.runtime.as_str();
    if runtime.starts_with("provided") {
        return Ok(None);
    }
    let Some((language, version)) = Language::of(runtime) else {
        return Err((
            "Runtime.Unsupported".to_owned(),
            format!(
                "the emulator runs provided.al2023, python3.* and nodejs* functions as processes \
                 of this host, not {runtime}; package it with a bootstrap for provided.al2023, or \
                 register an in-process handler under its name"
            ),
        ));
    };
    let Some(found) = shared.interpreters.find(runtime, language, version).await else {
        return Err(missing(runtime, language.command()));
    };
    if let Some(note) = note(runtime, language, version, &found) {
        environment.log.note(&note);
    }
    let client = Some((language, version, found.sdk));
    Ok(Some(Program { path: found.program, client }))
}

/// What to say where a function runs on another version than its runtime's.
fn note(runtime: &str, language: Language, wanted: [u32; 2], found: &Found) -> Option<String> {
    if language.is_version(wanted, found.version) {
        return None;
    }
    let [major, minor, patch] = found.version;
    Some(format!(
        "cloudless: this host has no {language} {}: functions of {runtime} run on {language} \
         {major}.{minor}.{patch} ({}). Install it and start the emulator again.",
        language.spoken(wanted),
        found.program.display(),
    ))
}

fn missing(runtime: &str, interpreter: &str) -> Crash {
    (
        "Runtime.Unsupported".to_owned(),
        format!(
            "a function of runtime {runtime} needs {interpreter} on the PATH of the emulator; \
             install it and start the emulator again"
        ),
    )
}
