//! A real browser, for what only a browser decides: Debian's Chromium, without a window.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long a page may take to tell what it did. It is reached only where a story fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where Chromium is, or what is missing.
///
/// # Errors
/// There is none; `CHROMIUM` names one that is elsewhere.
pub fn find() -> Result<PathBuf, String> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let mut candidates = named.into_iter().chain(usual.map(PathBuf::from));
    candidates
        .find(|path| path.is_file())
        .ok_or_else(|| "Chromium is not installed (apt-get install chromium)".to_owned())
}

/// A web server of its own, for one page. The browser finds it, and every name under `.example`, on
/// this machine.
pub struct Site {
    listener: TcpListener,
    /// `http://NAME:PORT`
    pub origin: String,
}

impl Site {
    /// The site of this name, `shop.example`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn named(name: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{name}:{}", listener.local_addr()?.port());
        Ok(Self { listener, origin })
    }

    /// What the page's script reports (`POST /report`) once a browser has opened it.
    ///
    /// # Errors
    /// The browser does not start, or the page reports nothing.
    pub async fn report_of(self, chromium: &Path, page: String) -> Result<String> {
        let (reports, mut reported) = mpsc::channel(1);
        let report = post(async move |report: String| {
            let _ = reports.send(report).await;
        });
        let page = get(async || Html(page));
        let router = Router::new().route("/", page).route("/report", report);
        let server = tokio::spawn(async move { axum::serve(self.listener, router).await });
        let profile = tempfile::tempdir()?;
        let mut browser = start(chromium, &profile, &[&self.origin])?;
        let report = tokio::time::timeout(PATIENCE, reported.recv()).await;
        browser.kill().await?;
        server.abort();
        report.context("the page reported nothing")?.context("the server ended")
    }
}

/// What the browser shows of a page, as HTML.
///
/// # Errors
/// The browser does not start or does not end.
pub async fn document(chromium: &Path, address: &str) -> Result<String> {
    let profile = tempfile::tempdir()?;
    let browser = start(chromium, &profile, &["--dump-dom", address])?;
    let output = tokio::time::timeout(PATIENCE, browser.wait_with_output()).await;
    let output = output.context("the browser does not end")??;
    Ok(String::from_utf8(output.stdout)?)
}

fn start(chromium: &Path, profile: &tempfile::TempDir, more: &[&str]) -> Result<Child> {
    let mut command = Command::new(chromium);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--host-resolver-rules=MAP *.example 127.0.0.1"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().with_context(|| format!("{} does not start", chromium.display()))
}
