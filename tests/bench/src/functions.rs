//! Functions: how long an invocation takes, how soon a message reaches its handler, how many messages in a
//! second, and what a start costs beyond the process itself.
//!
//! The handlers tell this program that they begin, in a datagram: what is measured ends there, not with
//! an answer. In Rust the function is this program itself, on AWS's own runtime client.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, UdpSocket};

use crate::client::Connection;
use crate::server::Server;
use crate::sqs;
use crate::table::{median, verdict};

/// Where a handler tells that it begins.
const TOLD_PORT: &str = "TOLD_PORT";
pub const ROLE: &str = "arn:aws:iam::000000000000:role/bench";
/// How long anything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

const PYTHON: &str = r#"
import os
import socket

told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
told.connect(("127.0.0.1", int(os.environ["TOLD_PORT"])))


def handler(event, context):
    told.send(str(len(event.get("Records", ()))).encode())
    return {}
"#;

/// In what a function is written, and what is asked of it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    runtime: &'static str,
    warm_ms: f64,
    begins_ms: f64,
    messages_per_second: f64,
    cold_ratio: f64,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "Rust",
        runtime: "provided.al2023",
        warm_ms: 0.15,
        begins_ms: 0.5,
        messages_per_second: 10_000.0,
        cold_ratio: 1.3,
    },
    Kind {
        name: "Python",
        runtime: "python3.12",
        warm_ms: 0.3,
        begins_ms: 1.5,
        messages_per_second: 6_000.0,
        cold_ratio: 1.2,
    },
];

/// All of it, in words.
pub async fn measure() -> Result<String> {
    let mut said = String::new();
    for kind in KINDS {
        let bench = Bench::start(kind).await?;
        let (warm, http) = bench.warm().await?;
        said += &format!(
            "\nA warm invocation of a function in {} takes {:.3} ms at p50, over one connection; a request \
             of bare HTTP {:.3} ms. Asked: at most {} ms: {}.\n",
            kind.name,
            warm,
            http,
            kind.warm_ms,
            verdict(warm <= kind.warm_ms)
        );
        let begins = bench.begins().await?;
        said += &format!(
            "\nFrom SendMessage to the beginning of its handler in {}, warm: {begins:.3} ms at p50. Asked: at \
             most {} ms: {}.\n",
            kind.name,
            kind.begins_ms,
            verdict(begins <= kind.begins_ms)
        );
        let rate = bench.messages_per_second().await?;
        said += &format!(
            "\nA function in {} is handed {rate:.0} messages of 1 KiB a second, in batches of ten. Asked: at \
             least {:.0}: {}.\n",
            kind.name,
            kind.messages_per_second,
            verdict(rate >= kind.messages_per_second)
        );
        let (cold, alone) = bench.cold().await?;
        let ratio = cold / alone;
        said += &format!(
            "\nA cold start in {}, from the call to the beginning of the handler, takes {cold:.1} ms; the same \
             program alone, from fork and exec to its first poll of a runtime API, {alone:.1} ms: {ratio:.2} \
             times as long. Asked: at most {}: {}.\n",
            kind.name,
            kind.cold_ratio,
            verdict(ratio <= kind.cold_ratio)
        );
    }
    Ok(said)
}

/// The function of this program: what `control function` serves.
pub async fn serve() -> Result<()> {
    let told = UdpSocket::bind("127.0.0.1:0").await?;
    let port: u16 = std::env::var(TOLD_PORT)?.parse()?;
    told.connect(("127.0.0.1", port)).await?;
    let handler = |event: LambdaEvent<Value>| {
        let told = &told;
        async move {
            let records = event.payload["Records"].as_array().map_or(0, Vec::len);
            told.send(records.to_string().as_bytes()).await?;
            Ok::<_, Error>(json!({}))
        }
    };
    let served = lambda_runtime::run(service_fn(handler)).await;
    served.map_err(|error| anyhow::anyhow!("the runtime API failed: {error}"))
}

/// An emulator with one function.
struct Bench {
    kind: Kind,
    server: Server,
    told: UdpSocket,
}

impl Bench {
    async fn start(kind: Kind) -> Result<Self> {
        let server = Server::cloudless(None)?;
        let told = UdpSocket::bind("127.0.0.1:0").await?;
        let bench = Self { kind, server, told };
        let create = json!({
            "FunctionName": "bench",
            "Role": ROLE,
            "Runtime": kind.runtime,
            "Handler": "function.handler",
            "Timeout": 30,
            "MemorySize": 512,
            "Code": { "ZipFile": BASE64_STANDARD.encode(package()?) },
            "Environment": { "Variables": { TOLD_PORT: bench.port()?.to_string() } },
        });
        bench.call("POST", "/2015-03-31/functions", &create).await?;
        bench.invoked().await?;
        Ok(bench)
    }

    fn port(&self) -> Result<u16> {
        Ok(self.told.local_addr()?.port())
    }

    async fn call(&self, method: &str, target: &str, input: &Value) -> Result<Value> {
        let mut connection = Connection::open(self.server.address).await?;
        let answer = connection.call(&request(method, target, input)).await?;
        Ok(serde_json::from_slice(answer).unwrap_or_default())
    }

    /// Waits until a handler begins: how many messages it has.
    async fn begun(&self) -> Result<usize> {
        let mut told = [0; 16];
        let length = tokio::time::timeout(PATIENCE, self.told.recv(&mut told)).await;
        let length = length.context("no handler began")??;
        Ok(std::str::from_utf8(&told[..length])?.parse()?)
    }

    /// From the call to the beginning of the handler.
    async fn invoked(&self) -> Result<Duration> {
        let began = Instant::now();
        let invoke = async { self.call("POST", INVOCATIONS, &json!({})).await };
        let begun = async {
            self.begun().await?;
            Ok(began.elapsed())
        };
        let (answer, begun) = tokio::join!(invoke, begun);
        answer?;
        begun
    }

    /// Milliseconds of an invocation, and of a request of bare HTTP.
    async fn warm(&self) -> Result<(f64, f64)> {
        const ROUNDS: usize = 2_000;
        let control = Server::http()?;
        let invoke = request("POST", INVOCATIONS, &json!({}));
        let ours = times(self.server.address, &invoke, ROUNDS).await?;
        let bound = times(control.address, &invoke, ROUNDS).await?;
        while self.told.try_recv(&mut [0; 16]).is_ok() {}
        Ok((ours, bound))
    }

    /// Lets a queue feed the function.
    async fn map(&self, queue: &str) -> Result<()> {
        let mapping = json!({
            "EventSourceArn": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
            "FunctionName": "bench",
            "BatchSize": 10,
        });
        self.call("POST", "/2015-03-31/event-source-mappings", &mapping).await?;
        Ok(())
    }

    /// Milliseconds from a send to the beginning of the handler.
    async fn begins(&self) -> Result<f64> {
        const ROUNDS: usize = 500;
        let send = sqs::send(&sqs::create_queue(self.server.address, "one").await?);
        let settle = request("POST", "/_cloudless/settle", &json!({}));
        self.map("one").await?;
        let mut connection = Connection::open(self.server.address).await?;
        let mut took = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let (sent, begun) = tokio::join!(connection.call(&send), self.begun());
            sent?;
            ensure!(begun? == 1, "one message makes a batch");
            took.push(began.elapsed().as_secs_f64() * 1e3);
            // Its answer, and the deletion of the message.
            connection.call(&settle).await?;
        }
        Ok(median(took.into_iter()))
    }

    async fn messages_per_second(&self) -> Result<f64> {
        const MESSAGES: usize = 20_000;
        let url = sqs::create_queue(self.server.address, "many").await?;
        sqs::fill(self.server.address, &url, MESSAGES).await?;
        let began = Instant::now();
        self.map("many").await?;
        let mut handed = 0;
        while handed < MESSAGES {
            handed += self.begun().await?;
        }
        Ok(handed as f64 / began.elapsed().as_secs_f64())
    }

    /// Milliseconds of a cold start, and of the process alone.
    async fn cold(&self) -> Result<(f64, f64)> {
        const ROUNDS: usize = 15;
        let directory = tempfile::tempdir()?;
        zip::ZipArchive::new(std::io::Cursor::new(package()?))?.extract(directory.path())?;
        let (mut cold, mut alone) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // Whatever is changed of a function ends its environments.
            let change = json!({ "Description": round.to_string() });
            self.call("PUT", "/2015-03-31/functions/bench/configuration", &change).await?;
            cold.push(self.invoked().await?.as_secs_f64() * 1e3);
            alone.push(self.first_poll(directory.path()).await?.as_secs_f64() * 1e3);
        }
        Ok((median(cold.into_iter()), median(alone.into_iter())))
    }

    /// From the start of the function's process to its first poll.
    async fn first_poll(&self, root: &Path) -> Result<Duration> {
        let api = TcpListener::bind("127.0.0.1:0").await?;
        let (program, arguments) = match self.kind.runtime {
            "provided.al2023" => (root.join("bootstrap"), vec![]),
            _ => (python().await?, vec![clients().join("bootstrap.py")]),
        };
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).current_dir(root).stdin(Stdio::null()).kill_on_drop(true);
        command
            .env("AWS_LAMBDA_RUNTIME_API", api.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("LAMBDA_TASK_ROOT", root)
            .env("LAMBDA_RUNTIME_DIR", clients())
            .env("_HANDLER", "function.handler")
            .env(TOLD_PORT, self.port()?.to_string());
        let began = Instant::now();
        let _child = command.spawn().context("the function's program does not start")?;
        let (mut polling, _) = tokio::time::timeout(PATIENCE, api.accept()).await??;
        ensure!(polling.read(&mut [0; 1024]).await? > 0, "the program does not poll");
        Ok(began.elapsed())
    }
}

const INVOCATIONS: &str = "/2015-03-31/functions/bench/invocations";

/// A call, signed by nobody, as bytes.
pub fn request(method: &str, target: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    format!(
        "{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/lambda/aws4_request, \
         SignedHeaders=host, Signature=00\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Median milliseconds of the same request, over and over.
async fn times(address: SocketAddr, request: &[u8], rounds: usize) -> Result<f64> {
    let mut connection = Connection::open(address).await?;
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let began = Instant::now();
        connection.call(request).await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(took.into_iter()))
}

/// The runtime clients of Python and Node.js.
fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../emulator/src/runtime/clients")
}

/// The interpreter itself: `python3` may be a script that looks for one first.
async fn python() -> Result<PathBuf> {
    let asked = ["-c", "import sys; print(sys.executable)"];
    let told = tokio::process::Command::new("python3").args(asked).output().await?;
    Ok(PathBuf::from(String::from_utf8(told.stdout)?.trim()))
}

/// Both functions in one package: which of them runs follows from the runtime.
pub fn package() -> Result<Vec<u8>> {
    let this = std::env::current_exe()?;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let executable = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file("bootstrap", executable)?;
    write!(archive, "#!/bin/sh\nexec '{}' control function\n", this.display())?;
    archive.start_file("function.py", executable)?;
    archive.write_all(PYTHON.as_bytes())?;
    Ok(archive.finish()?.into_inner())
}
