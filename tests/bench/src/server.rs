//! What is measured, as a process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::client;
use crate::table::Rate;

/// What the URLs of the shop's pictures begin with.
pub const IMAGE_BASE_URL: &str = "http://127.0.0.1:4566/bench";

/// A server that answers. Dropped, it is killed.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// The emulator beside this program; in memory, or durable in a directory.
    pub fn cloudless(data_dir: Option<&Path>) -> Result<Self> {
        match data_dir.map(|it| it.to_str().context("a directory that is no text")) {
            Some(directory) => Self::cloudless_with(&["--data-dir", directory?]),
            None => Self::cloudless_with(&[]),
        }
    }

    /// The emulator in memory, told this besides.
    pub fn cloudless_with(arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(beside("cloudless")?);
        command.args(["--port", "0", "--log", "error"]).args(arguments);
        Self::start(command)
    }

    pub fn http() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["control", "http"]);
        Self::start(command)
    }

    pub fn sqlite_group(directory: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["control", "sqlite-group"]).arg(directory);
        Self::start(command)
    }

    pub fn files(directory: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["control", "files"]).arg(directory);
        Self::start(command)
    }

    /// The shop beside this program, on this database.
    pub fn shop(database_url: &str) -> Result<Self> {
        let mut command = Command::new(beside("shop")?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url]);
        command.args(["--image-base-url", IMAGE_BASE_URL]);
        // It asks no cloud for anything until somebody uploads.
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env(name, "bench");
        }
        command.env("AWS_REGION", "us-east-1");
        Self::start(command)
    }

    /// `cargo run`: cloud, functions and shop in one process, in memory. It writes this file before it says where it is.
    pub fn all_in_one(ready: &Path) -> Result<Self> {
        let mut command = Command::new(beside("shop")?);
        command.args(["--memory", "--port", "0", "--aws-port", "0", "--ready-file"]).arg(ready);
        Self::start(command)
    }

    /// The control of its pages: the frame of this page, with the products of this database.
    pub fn pages(database_url: &str, page: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["control", "pages", database_url]).arg(page);
        Self::start(command)
    }

    /// Starts it and reads the first address that it prints.
    fn start(mut command: Command) -> Result<Self> {
        for name in ["CLOUDLESS_PORT", "CLOUDLESS_HOST", "CLOUDLESS_DATA_DIR", "CLOUDLESS_KEYS"] {
            command.env_remove(name);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let line = lines.next().context("the server ended before it answered")??;
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().parse()?;
            }
        };
        // What else it prints must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// Resident memory.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most resident memory that it ever had.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib: u64 = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .with_context(|| format!("no {name}"))?
            .trim()
            .parse()?;
        Ok(kib * 1024)
    }

    /// Processor time that it has used, to 10 ms.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(self.child.id())
    }

    /// Processor time that the processes have used which it has started and which are there.
    pub fn cpu_of_children(&self) -> Result<Duration> {
        self.children()?.into_iter().map(cpu_of).sum()
    }

    /// The processes which it has started and which are there.
    pub fn children(&self) -> Result<Vec<u32>> {
        let mut children = Vec::new();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let of_thread = std::fs::read_to_string(thread?.path().join("children"))?;
            for child in of_thread.split_whitespace() {
                children.push(child.parse()?);
            }
        }
        Ok(children)
    }

    /// The same request over `connections` connections for as long as `duration`.
    pub async fn load(
        &self,
        connections: usize,
        duration: Duration,
        request: &[u8],
    ) -> Result<Rate> {
        self.load_each(&vec![request.to_vec(); connections], duration).await
    }

    /// Each of these requests over a connection of its own, over and over for as long as `duration`.
    pub async fn load_each(&self, requests: &[Vec<u8>], duration: Duration) -> Result<Rate> {
        let before = self.cpu()?;
        let (took, elapsed) = client::load(self.address, duration, requests).await?;
        Rate::of(took, elapsed, self.cpu()? - before)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cpu_of(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no process")?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(10 * ticks))
}

fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    let build = "cargo build --release -p cloudless -p shop -p bench";
    anyhow::ensure!(path.exists(), "{} is not there: {build}", path.display());
    Ok(path)
}
