//! The two functions, as handlers in the emulator's process or as the zips that AWS would get.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use zip::write::SimpleFileOptions;

/// Who runs the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Functions {
    /// Handlers in this process.
    InProcess,
    /// The binaries, as processes of this machine over the Runtime API.
    Bootstrap,
}

/// The zip of a function of the package `lambdas`, as it would be deployed: an executable
/// `bootstrap`.
pub fn zip(function: &str) -> Result<Vec<u8>> {
    let path = binary(function)?;
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .unix_permissions(0o755)
        // A debug build is large, and this is done for each story.
        .compression_level(Some(1));
    zip.start_file("bootstrap", options)?;
    zip.write_all(&bytes)?;
    Ok(zip.finish()?.into_inner())
}

/// A program of this workspace, as it is in the source now.
pub fn binary(name: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let test = std::env::current_exe()?;
    // target/debug/deps/upload-1a2b3c4d
    let profile = test.parent().and_then(Path::parent).context("the test is in no target")?;
    let built = BUILT.get_or_init(|| build(profile).map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg)?;
    let path = profile.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    ensure!(path.exists(), "cargo has not built {}", path.display());
    Ok(path)
}

/// `cargo test` builds the programs of some packages only, and an old one would tell an old story.
/// What is up to date is not built again.
fn build(profile: &Path) -> Result<()> {
    let target = profile.parent().context("the profile is in no target")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--bin", "resize-image"])
        .args(["--bin", "update-product", "--bin", "shop", "--bin", "load", "--target-dir"])
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    // What cargo tells this test of its package, a build script would take for itself.
    let told = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(told) {
            command.env_remove(name);
        }
    }
    let output = command.output().context("cargo cannot be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo build: {}\n{said}", output.status);
    Ok(())
}
