//! More clients than the system lets a process have files.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines,
};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::{PATIENCE, Story};

/// The next line that has these words.
async fn line_with<R: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<R>>,
    words: &str,
) -> anyhow::Result<String> {
    let found = async {
        while let Some(line) = lines.next_line().await? {
            if line.contains(words) {
                return Ok(line);
            }
        }
        anyhow::bail!("nothing says {words:?}")
    };
    tokio::time::timeout(PATIENCE, found).await?
}

#[tokio::test]
async fn more_clients_than_file_descriptors_wait_and_cost_two_lines_of_the_log() -> Story {
    let mut program = Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" --port 0", env!("CARGO_BIN_EXE_cloudless")])
        .env_remove("GATEWAY_LISTEN")
        .env_remove("CLOUDLESS_DATA_DIR")
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut banner = BufReader::new(program.stdout.take().context("stdout")?).lines();
    let mut log = BufReader::new(program.stderr.take().context("stderr")?).lines();
    let address = line_with(&mut banner, "answers at").await?;
    let address = address.rsplit('/').next().context("an address")?.to_owned();

    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(TcpStream::connect(&address).await?);
    }
    let failed = line_with(&mut log, "cannot be accepted").await?;
    assert!(failed.contains("Too many open files"), "{failed}");
    drop(clients);
    line_with(&mut log, "accepted again").await?;

    let mut client = TcpStream::connect(&address).await?;
    let ask = "GET /_cloudless/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(ask.as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, client.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    program.kill().await?;
    let mut more = Vec::new();
    while let Some(line) = log.next_line().await? {
        more.push(line);
    }
    assert_eq!(more, Vec::<String>::new(), "it was said once");
    Ok(())
}
