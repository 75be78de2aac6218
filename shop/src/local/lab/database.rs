//! The database that all instances share: one that is given, PostgreSQL as a process of this machine, PostgreSQL in a
//! container, or one file of SQLite.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// Where Debian and its relatives have the programs that are in nobody's path.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The image of the container. It is not fetched: an image that is not here counts as none.
const IMAGE: &str = "postgres:17";
/// How long it reads and writes is what RDS tells.
const TIMED: [&str; 4] = ["-c", "track_io_timing=on", "-c", "track_wal_io_timing=on"];
/// How long PostgreSQL may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

/// A database that is there, until it is dropped.
#[derive(Debug)]
pub struct Database {
    /// Its URL.
    pub url: String,
    /// What it is, for people.
    pub what: String,
    running: Option<Running>,
}

#[derive(Debug)]
enum Running {
    Process(Child),
    Container { id: String, process: Option<u32> },
}

impl Database {
    /// The one that is given.
    #[must_use]
    pub fn given(url: String) -> Self {
        let what = if url.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
        Self { url, what: format!("{what}, as given"), running: None }
    }

    /// The best that this machine has, kept in this directory.
    ///
    /// # Errors
    /// PostgreSQL is here and does not answer.
    pub async fn best(directory: &Path) -> Result<Self> {
        if let Some(programs) = programs() {
            return Self::started(&programs, directory).await;
        }
        if has_image().await {
            return Self::container().await;
        }
        Self::sqlite(directory)
    }

    /// One file that all instances open.
    ///
    /// # Errors
    /// The directory has no absolute path.
    pub fn sqlite(directory: &Path) -> Result<Self> {
        let url = super::super::sqlite_url(directory)?;
        Ok(Self { url, what: "SQLite, one file for all instances".to_owned(), running: None })
    }

    async fn started(programs: &Path, directory: &Path) -> Result<Self> {
        let data = directory.join("postgres");
        if !data.join("PG_VERSION").exists() {
            let made = Command::new(programs.join("initdb"))
                .args(["--auth=trust", "--username=shop", "--encoding=UTF8", "--no-sync", "-D"])
                .arg(&data)
                .stdout(Stdio::null())
                .status();
            if !made.await.context("initdb does not start")?.success() {
                bail!("initdb made no database in {}", data.display());
            }
        }
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let mut command = Command::new(programs.join("postgres"));
        command.arg("-D").arg(&data).args(["-c", "listen_addresses=127.0.0.1", "-c"]);
        command.arg(format!("port={port}"));
        command.args(TIMED);
        command.args(["-c", "unix_socket_directories="]).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().context("postgres does not start")?;
        answers(port).await?;
        Ok(Self {
            url: format!("postgres://shop@127.0.0.1:{port}/postgres"),
            what: "PostgreSQL, a process".to_owned(),
            running: Some(Running::Process(child)),
        })
    }

    async fn container() -> Result<Self> {
        let password = uuid::Uuid::new_v4().simple().to_string();
        // The password goes by the environment: arguments are for everybody to read.
        let started = Command::new("docker")
            .args(["run", "--detach", "--rm", "--publish", "127.0.0.1::5432", "--env"])
            .args(["POSTGRES_PASSWORD", IMAGE, "postgres"])
            .args(TIMED)
            .env("POSTGRES_PASSWORD", &password)
            .output()
            .await?;
        if !started.status.success() {
            bail!(
                "docker starts no PostgreSQL: {}. Say --sqlite, or --database-url",
                String::from_utf8_lossy(&started.stderr).trim()
            );
        }
        let id = String::from_utf8_lossy(&started.stdout).trim().to_owned();
        let process = process_of(&id).await;
        let running = Some(Running::Container { id: id.clone(), process });
        let mut database =
            Self { url: String::new(), what: "PostgreSQL, a container".to_owned(), running };
        let port = Command::new("docker").args(["port", &id, "5432/tcp"]).output().await?;
        let port = String::from_utf8_lossy(&port.stdout).trim().to_owned();
        let port: u16 = port.rsplit(':').next().unwrap_or_default().parse().context("no port")?;
        answers(port).await?;
        database.url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        Ok(database)
    }

    /// The process, where it is one that was started here, or by a Docker whose processes are this machine's.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        match &self.running {
            Some(Running::Process(child)) => child.id(),
            Some(Running::Container { process, .. }) => *process,
            None => None,
        }
    }

    /// Ends it, where it was started here.
    pub async fn stop(mut self) {
        match self.running.take() {
            Some(Running::Process(mut child)) => {
                ask_to_end(&child);
                if tokio::time::timeout(Duration::from_secs(10), child.wait()).await.is_err() {
                    let _ = child.kill().await;
                }
            }
            Some(Running::Container { id, .. }) => {
                let stopped = Command::new("docker").args(["stop", "--time", "5", &id]).output();
                let _ = stopped.await;
            }
            None => {}
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(Running::Container { id, .. }) = &self.running {
            let _ = std::process::Command::new("docker").args(["kill", id]).output();
        }
    }
}

/// PostgreSQL takes an interrupt for a fast end.
fn ask_to_end(child: &Child) {
    if let Some(pid) = child.id() {
        let _ = std::process::Command::new("kill").args(["-s", "INT", &pid.to_string()]).status();
    }
}

/// Where PostgreSQL's programs are: in the path, or where Debian has them. It does not run as root.
fn programs() -> Option<PathBuf> {
    if is_root() {
        return None;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let all = in_path.into_iter().chain(debian.into_iter().rev());
    let mut with_both =
        all.filter(|it| it.join("initdb").is_file() && it.join("postgres").is_file());
    with_both.next()
}

fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0\n"))
}

/// A container's first process, where it is one of this machine: Docker may be in a virtual machine of its own.
async fn process_of(container: &str) -> Option<u32> {
    let asked = ["inspect", "--format", "{{.State.Pid}}", container];
    let told = Command::new("docker").args(asked).output().await.ok()?;
    let process: u32 = String::from_utf8_lossy(&told.stdout).trim().parse().ok()?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    // While it prepares its database, it is a script.
    ["postgres", "docker-entrypoi", "bash"].contains(&name.trim()).then_some(process)
}

async fn has_image() -> bool {
    let looked = Command::new("docker").args(["image", "inspect", IMAGE]).output().await;
    looked.is_ok_and(|looked| looked.status.success())
}

/// Returns when PostgreSQL answers: twice, since a container's first ends again.
async fn answers(port: u16) -> Result<()> {
    let over = tokio::time::Instant::now() + PATIENCE;
    let mut answered = 0;
    while answered < 2 {
        if tokio::time::Instant::now() > over {
            bail!("PostgreSQL does not answer on port {port}");
        }
        answered = if is_postgres(port).await.unwrap_or(false) { answered + 1 } else { 0 };
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Whether PostgreSQL is at the other end: before a container's does, Docker takes connections in its place. It is
/// asked whether it speaks TLS, and says with a letter that it does or does not.
/// <https://www.postgresql.org/docs/17/protocol-message-formats.html>
async fn is_postgres(port: u16) -> std::io::Result<bool> {
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(&SSL_REQUEST).await?;
        stream.read_u8().await
    };
    let answer = tokio::time::timeout(Duration::from_secs(2), asked).await;
    Ok(matches!(answer.map_err(std::io::Error::other)??, b'S' | b'N'))
}
