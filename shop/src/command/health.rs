//! Whether the shop on this machine is well: the health check of its container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than the shop waits for its database.
const LIMIT: Duration = Duration::from_secs(10);
/// Of an answer, more is not read.
const ANSWER_MAX_BYTES: u64 = 4096;

#[derive(Debug, Args)]
pub struct HealthArguments {
    /// Address that the shop listens on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
}

/// Asks `/health` and says in one line what it answers; failure where that is not 200.
pub async fn run(arguments: HealthArguments) -> ExitCode {
    let address = reachable(arguments.listen);
    let asked = tokio::time::timeout(LIMIT, ask(address)).await;
    let problem = match asked {
        Ok(Ok((200, _))) => {
            println!("the shop at {address} is well");
            return ExitCode::SUCCESS;
        }
        Ok(Ok((status, text))) => format!("answers {status}: {text}"),
        Ok(Err(error)) => format!("does not answer: {error:#}"),
        Err(_) => format!("did not answer within {} s", LIMIT.as_secs()),
    };
    println!("the shop at {address} {problem}");
    ExitCode::FAILURE
}

/// Who listens on all addresses is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.context("the answer has no status")?, body.trim().to_owned()))
}
