//! What the stories in `tests/` are told with: a browser, a shop that starts whole, a database and
//! functions of the story's choice, and the real program as a process.

pub mod browser;
pub mod chromium;
pub mod cloud;
pub mod containers;
pub mod database;
pub mod functions;
pub mod picture;
pub mod process;
pub mod running;
pub mod setup;
pub mod shop;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;

pub use browser::{Browser, File, Page};
pub use cloud::Cloud;
pub use database::{Database, DatabaseKind};
pub use functions::Functions;
pub use process::Program;
pub use setup::Setup;
pub use shop::Shop;

/// A story that cannot be told on this machine: says so in one line that is seen although the test
/// passes.
///
/// # Errors
/// On CI, where every story must be told.
pub fn skip(missing: &str) -> Result<()> {
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        anyhow::bail!("CI tells every story, and this one cannot be told: {missing}");
    }
    let thread = std::thread::current();
    let story = thread.name().unwrap_or("a story");
    // Not `eprintln!`: what that prints is shown of failed tests only.
    writeln!(std::io::stderr(), "skipped: {story}: {missing}")?;
    Ok(())
}

/// A file of `fixtures/`.
pub fn fixture(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")).join(path)
}

/// What differs from run to run, and what a snapshot has in its place.
pub fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{id}"),
        (r"-story[0-9a-f]{12}", ""),
        (r"http://127\.0\.0\.1:\d+/cloudless-shop-images", "{images}"),
        (r"https://cloudless-shop-images\.s3\.[a-z0-9-]+\.amazonaws\.com", "{images}"),
        (r"http://127\.0\.0\.1:\d+", "{host}"),
    ]
}
