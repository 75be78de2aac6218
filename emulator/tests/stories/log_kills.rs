//! `kill -9` while functions and clients log: what was acknowledged is there afterwards, and once.

use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use aws_sdk_lambda::operation::RequestId as _;
use cloudless::Emulator;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::function::{create, zip};
use crate::{Story, at_noon};

const ROUNDS: usize = 3;

/// The emulator as a program, with everything in a directory.
struct Program {
    child: Child,
    address: String,
    /// What else it says has to go somewhere.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Program {
    async fn start(data_dir: &std::path::Path) -> anyhow::Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cloudless"))
            .args(["--port", "0", "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let first = lines.next_line().await?.context("it says where it answers")?;
        let address = first.rsplit('/').next().context("an address")?.to_owned();
        Ok(Self { child, address, _said: lines })
    }

    /// Calls an operation of CloudWatch Logs, which is to succeed.
    async fn logs(address: &str, operation: &str, input: Value) -> anyhow::Result<()> {
        let input = input.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: Logs_20140328.{operation}\r\n\
             Content-Type: application/x-amz-json-1.1\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=test/20261123/us-east-1/logs/aws4_request, SignedHeaders=host;x-amz-target, \
             Signature=0\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{input}",
            input.len()
        );
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    }

    async fn put(address: &str, message: &str) -> anyhow::Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let events = json!([{ "timestamp": u64::try_from(now)?, "message": message }]);
        let input =
            json!({ "logGroupName": "own", "logStreamName": "stream", "logEvents": events });
        Self::logs(address, "PutLogEvents", input).await
    }
}

#[tokio::test]
async fn what_was_logged_before_a_kill_is_there_once() -> Story {
    let directory = tempfile::tempdir()?;
    // Its clients, for the program.
    let likeness = at_noon().await?;
    let (mut invoked, mut acknowledged, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut program = Program::start(directory.path()).await?;
        let url = format!("http://{}", program.address);
        let config = likeness.sdk_config().to_builder().endpoint_url(url).build();
        let lambda = aws_sdk_lambda::Client::new(&config);
        if round == 0 {
            let code = zip("#!/bin/sh\necho written before the answer\nexit 1\n")?;
            create(&lambda, "crash", code).send().await?;
            let group = json!({ "logGroupName": "own" });
            Program::logs(&program.address, "CreateLogGroup", group).await?;
            let stream = json!({ "logGroupName": "own", "logStreamName": "stream" });
            Program::logs(&program.address, "CreateLogStream", stream).await?;
        }
        let address = program.address.clone();
        let (acks, mut acked) = tokio::sync::mpsc::unbounded_channel();
        let putting = tokio::spawn(async move {
            for number in 0.. {
                let message = format!("round {round} event {number}");
                if Program::put(&address, &message).await.is_err() {
                    return message;
                }
                let _ = acks.send(message);
            }
            String::new()
        });
        for _ in 0..3 {
            let answer = lambda.invoke().function_name("crash").send().await?;
            invoked.push(answer.request_id().context("an id")?.to_owned());
        }
        // In the middle of the next.
        for _ in 0..10 {
            acknowledged.push(acked.recv().await.context("it is put")?);
        }
        program.child.kill().await?;
        lost.push(putting.await?);
        while let Some(message) = acked.recv().await {
            acknowledged.push(message);
        }
    }
    let emulator = Emulator::builder().data_dir(directory.path()).start().await?;
    let lines = crate::logs::messages(&emulator, "crash").await?;
    for id in invoked {
        let written = |line: &&String| line.contains(&id) && line.starts_with("REPORT");
        assert_eq!(lines.iter().filter(written).count(), 1, "{id} in {lines:?}");
    }
    let said = lines.iter().filter(|line| *line == "written before the answer\n").count();
    // Each is initialised twice.
    assert_eq!(said, 2 * 3 * ROUNDS);
    let mut found = crate::logs::messages_of(&emulator, "own").await?;
    // What nobody was told of has happened or has not.
    found.retain(|message| !lost.contains(message));
    assert_eq!(found, acknowledged);
    Ok(())
}
