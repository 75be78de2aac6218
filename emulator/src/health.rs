//! `cloudless health`: asks the emulator that runs beside it, for images that have no shell.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// For the whole of it there is the caller's own limit; this one is for each wait.
const LIMIT: Duration = Duration::from_secs(2);

/// The answer is a few hundred bytes; more is not read.
const ANSWER_MAX_BYTES: u64 = 64 * 1024;

/// One line about an emulator that is well.
///
/// # Errors
/// Nothing answers at `address`, or what answers is not well: why.
pub fn check(address: SocketAddr) -> anyhow::Result<String> {
    let unreached = || format!("nothing answers at http://{address}");
    let mut connection = TcpStream::connect_timeout(&address, LIMIT).with_context(unreached)?;
    connection.set_read_timeout(Some(LIMIT))?;
    connection.set_write_timeout(Some(LIMIT))?;
    write!(
        connection,
        "GET /_cloudless/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .with_context(unreached)?;
    let mut answer = Vec::new();
    connection.take(ANSWER_MAX_BYTES).read_to_end(&mut answer).with_context(unreached)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.lines().next().and_then(|line| line.split(' ').nth(1)) {
        Some("200") => Ok(format!("http://{address} is well: {body}")),
        Some(status) => bail!("http://{address} is not well ({status}): {body}"),
        None => bail!("what answers at http://{address} does not speak HTTP"),
    }
}
