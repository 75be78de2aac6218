//! The load: connections that are kept open, each with one request under way, over which the same
//! bytes go to whatever is measured. Nothing but reading and writing, so that the client does not
//! become what is measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// One request and the body of its answer, which must be a success.
    pub async fn call(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection");
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let success = text.starts_with("HTTP/1.1 200");
        let length: usize = text
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .context("an answer without Content-Length")?
            .1
            .trim()
            .parse()?;
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "an answer is cut off");
        }
        let body = &self.buffer[head..];
        ensure!(success, "{}", String::from_utf8_lossy(body));
        Ok(body)
    }
}

/// The same request over `connections` connections for as long as `duration`.
pub async fn load(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    request: &[u8],
) -> Result<Rate> {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for _ in 0..connections {
        let request = request.to_vec();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut took = Vec::with_capacity(100_000);
            while started.elapsed() < duration {
                let sent = Instant::now();
                connection.call(&request).await?;
                took.push(sent.elapsed());
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = tasks.join_next().await {
        all.extend(took??);
    }
    Rate::of(all, started.elapsed())
}

impl Rate {
    pub fn of(mut took: Vec<Duration>, elapsed: Duration) -> Result<Self> {
        ensure!(!took.is_empty(), "nothing was answered");
        took.sort_unstable();
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        let per_second = took.len() as f64 / elapsed.as_secs_f64();
        Ok(Self { per_second, p50: at(0.50), p99: at(0.99) })
    }

    /// The same, counting what each request does.
    pub fn times(self, factor: f64) -> Self {
        Self { per_second: self.per_second * factor, ..self }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
