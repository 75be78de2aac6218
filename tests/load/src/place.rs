//! Where the load goes: a lab that is started for it, one that runs already, or any shop by its address.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::process::{Child, Command};
use url::Url;

use crate::cloud::Cloud;
use crate::shopper::Login;

/// How long a lab may take until it answers, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(100);
/// What everything of the architecture is called: by the lab, and by `infra/`.
pub const NAME: &str = "cloudless";

/// A shop, and the cloud that it is on as far as that is known.
pub struct Place {
    pub origin: Url,
    pub cloud: Option<Cloud>,
    pub manager: Option<Login>,
    /// What the database is, where the lab tells.
    pub database: Option<String>,
    /// Where a person sees the run while it lasts.
    pub dashboard: Option<String>,
    pub lab: Option<Lab>,
}

/// A lab of our own: it ends with us.
pub struct Lab {
    child: Child,
    _directory: tempfile::TempDir,
}

/// What a lab tells once it answers.
#[derive(Debug, Deserialize)]
struct Ready {
    shop: String,
    manager: ReadyLogin,
    endpoint: String,
    group: String,
    database: String,
    dashboard: String,
}

#[derive(Debug, Deserialize)]
struct ReadyLogin {
    user: String,
    password: String,
}

impl Place {
    /// Starts a lab and returns when it answers.
    ///
    /// # Errors
    /// There is no program, or it does not start.
    pub async fn start(program: Option<PathBuf>, speed: u32, arguments: &[String]) -> Result<Self> {
        let program = match program {
            Some(program) => program,
            None => beside_us("shop")?,
        };
        let directory = tempfile::Builder::new().prefix("cloudless-load-").tempdir()?;
        let ready = directory.path().join("ready.json");
        let mut command = Command::new(&program);
        command.arg("lab").args(["--speed", &speed.to_string()]).arg("--ready-file").arg(&ready);
        command
            .args(["--port", "0", "--aws-port", "0"])
            .args(arguments)
            .arg("--while-stdin-is-open")
            // A database that somebody has there is not one to be filled with orders.
            .env_remove("DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        // Ctrl-C is for us: the lab ends when what was loaded has been counted. It ends as well when we are killed.
        #[cfg(unix)]
        command.process_group(0);
        let mut child =
            command.spawn().with_context(|| format!("{} does not start", program.display()))?;
        let over = tokio::time::Instant::now() + PATIENCE;
        while !ready.exists() {
            if let Some(status) = child.try_wait()? {
                bail!("the lab ended ({status}); `{} lab` says why", program.display());
            }
            ensure!(tokio::time::Instant::now() < over, "the lab does not answer");
            tokio::time::sleep(LOOK).await;
        }
        let mut place = Self::of_lab(&ready)?;
        place.lab = Some(Lab { child, _directory: directory });
        Ok(place)
    }

    /// A lab that runs, by what it wrote when it was ready.
    ///
    /// # Errors
    /// The file is not there, or not a lab's.
    pub fn of_lab(ready: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(ready)
            .with_context(|| format!("{}: `shop lab --ready-file` writes it", ready.display()))?;
        let ready: Ready = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a lab writes", ready.display()))?;
        let login = Login { user: ready.manager.user, password: ready.manager.password };
        Ok(Self {
            origin: ready.shop.parse().context("the lab's address")?,
            cloud: Some(Cloud::emulated(ready.endpoint, ready.group)?),
            manager: Some(login),
            database: Some(ready.database),
            dashboard: Some(ready.dashboard),
            lab: None,
        })
    }

    /// Any shop.
    #[must_use]
    pub fn at(origin: Url, manager: Option<Login>, cloud: Option<Cloud>) -> Self {
        Self { origin, cloud, manager, database: None, dashboard: None, lab: None }
    }
}

impl Lab {
    /// Its process.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it in order: instances, cloud, database.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(mut self) -> Result<()> {
        #[cfg(unix)]
        if let Some(process) =
            self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        {
            rustix::process::kill_process(process, rustix::process::Signal::INT)?;
            self.child.wait().await?;
            return Ok(());
        }
        self.child.kill().await.context("the lab does not end")
    }
}

/// A program that was built with this one.
fn beside_us(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let directory = own.parent().context("this program is in no directory")?;
    let program = directory.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    ensure!(
        program.is_file(),
        "there is no {}: build it (cargo build -p shop), or say where it is with --shop",
        program.display()
    );
    Ok(program)
}
