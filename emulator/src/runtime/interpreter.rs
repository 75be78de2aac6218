//! Which program runs a function: its own bootstrap, or an interpreter with a runtime client.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cloudless_core::lambda::Deployment;
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::Shared;
use super::process::Crash;

/// The official client `awslambdaric` where it can be imported, otherwise our small one.
const PYTHON_CLIENT: &str = include_str!("clients/bootstrap.py");
/// The official client `aws-lambda-ric` where the package has it, otherwise our small one.
const NODE_CLIENT: &str = include_str!("clients/bootstrap.mjs");

/// The interpreters of this host, each looked for once.
#[derive(Default)]
pub(super) struct Interpreters {
    python: OnceCell<Option<PathBuf>>,
    node: OnceCell<Option<PathBuf>>,
}

/// Writes the runtime clients to where interpreters find them (`LAMBDA_RUNTIME_DIR`).
pub(super) fn write_clients(directory: &Path) -> io::Result<()> {
    std::fs::write(directory.join("bootstrap.py"), PYTHON_CLIENT)?;
    std::fs::write(directory.join("bootstrap.mjs"), NODE_CLIENT)
}

/// What to execute for `function`, whose code is unpacked in `root`.
pub(super) async fn program(
    shared: &Shared,
    function: &Deployment,
    root: &Path,
) -> Result<(PathBuf, Vec<OsString>), Crash> {
    let runtime = function.runtime.as_str();
    let clients = shared.clients_directory();
    if runtime.starts_with("provided") {
        let bootstrap = root.join("bootstrap");
        if !tokio::fs::metadata(&bootstrap).await.is_ok_and(|found| found.is_file()) {
            return Err((
                "Runtime.InvalidEntrypoint".to_owned(),
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
            ));
        }
        Ok((bootstrap, Vec::new()))
    } else if runtime.starts_with("python") {
        let ask = ["-c", "import sys; print(sys.executable)"];
        let found = shared.interpreters.python.get_or_init(|| find("python3", ask)).await;
        let python = found.clone().ok_or_else(|| missing(runtime, "python3"))?;
        Ok((python, vec![clients.join("bootstrap.py").into()]))
    } else if runtime.starts_with("nodejs") {
        let ask = ["-p", "process.execPath"];
        let found = shared.interpreters.node.get_or_init(|| find("node", ask)).await;
        let node = found.clone().ok_or_else(|| missing(runtime, "node"))?;
        Ok((node, vec![clients.join("bootstrap.mjs").into()]))
    } else {
        Err((
            "Runtime.Unsupported".to_owned(),
            format!(
                "the emulator runs provided.al2023, python3.* and nodejs* functions as processes \
                 of this host, not {runtime}; package it with a bootstrap for provided.al2023, or \
                 register an in-process handler under its name"
            ),
        ))
    }
}

/// Where an interpreter itself says that it is: what is on the PATH may be a shim that needs
/// variables which a function does not get.
async fn find(name: &str, ask: [&str; 2]) -> Option<PathBuf> {
    let answer = Command::new(name)
        .args(ask)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim_end());
    (answer.status.success() && path.is_absolute()).then_some(path)
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
