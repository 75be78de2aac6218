//! What somebody on this machine answers over HTTP, asked without a client: for health checks and the lab.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer is waited for: longer than the shop waits for its database.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Of an answer, more is not read.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// Asks for a path on this machine: the status and the body.
///
/// # Errors
/// Nobody answers, or not with HTTP.
pub async fn ask(at: SocketAddr, method: &str, path: &str) -> Result<(u16, String)> {
    let asked = async {
        let mut stream = TcpStream::connect(at).await?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.context("the answer has no status")?, body.trim().to_owned()))
    };
    tokio::time::timeout(ANSWER_LIMIT, asked).await.context("no answer in time")?
}
