//! Whether the shop on this machine is well: the health check of its container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use clap::Args;
use shop::ask::ask;

#[derive(Debug, Args)]
pub struct HealthArguments {
    /// Address that the shop listens on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
}

/// Asks `/health` and says in one line what it answers; failure where that is not 200.
pub async fn run(arguments: HealthArguments) -> ExitCode {
    let address = reachable(arguments.listen);
    let problem = match ask(address, "GET", "/health").await {
        Ok((200, _)) => {
            println!("the shop at {address} is well");
            return ExitCode::SUCCESS;
        }
        Ok((status, text)) => format!("answers {status}: {text}"),
        Err(error) => format!("does not answer: {error:#}"),
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
