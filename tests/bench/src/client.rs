//! The load: connections that are kept open, each with one request under way, over which the same
//! bytes go to whatever is measured. Nothing but reading and writing, so that the client does not
//! become what is measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
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
            if let Some(head) = Head::read(&self.buffer)? {
                break head;
            }
        };
        while self.buffer.len() < head.size_bytes + head.body_size_bytes {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "an answer is cut off");
        }
        let body = &self.buffer[head.size_bytes..];
        ensure!(head.success, "{}", String::from_utf8_lossy(body));
        Ok(body)
    }
}

/// A call in AWS's JSON of this version, signed by nobody, as bytes.
pub fn call(service: &str, version: &str, target: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-amz-json-{version}\r\n\
         x-amz-target: {target}\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=test/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=00\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A call in the Query protocol, signed by nobody, as bytes.
pub fn query(service: &str, body: &str) -> Vec<u8> {
    format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// How long each request took, of these over a connection of its own each, over and over for as long as
/// `duration`; and how long it took altogether.
pub async fn load(
    address: SocketAddr,
    duration: Duration,
    requests: &[Vec<u8>],
) -> Result<(Vec<Duration>, Duration)> {
    let mut open = Vec::with_capacity(requests.len());
    for request in requests {
        open.push((Connection::open(address).await?, addressed(request, address)));
    }
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for (mut connection, request) in open {
        tasks.spawn(async move {
            let mut took = Vec::with_capacity(100_000);
            let mut sent = Instant::now();
            while sent - started < duration {
                connection.call(&request).await?;
                let answered = Instant::now();
                took.push(answered - sent);
                sent = answered;
            }
            anyhow::Ok(took)
        });
    }
    let all = joined(tasks).await?;
    Ok((all, started.elapsed()))
}

/// A request as clients of an address write it, with the port behind the host.
fn addressed(request: &[u8], address: SocketAddr) -> Vec<u8> {
    const WITHOUT_PORT: &[u8] = b"\r\nhost: 127.0.0.1\r\n";
    let at = request.windows(WITHOUT_PORT.len()).position(|part| part == WITHOUT_PORT);
    let Some(at) = at else { return request.to_vec() };
    let host = format!("\r\nhost: {address}\r\n");
    [&request[..at], host.as_bytes(), &request[at + WITHOUT_PORT.len()..]].concat()
}

/// What all of the tasks measured.
pub async fn joined(mut tasks: JoinSet<Result<Vec<Duration>>>) -> Result<Vec<Duration>> {
    let mut all = Vec::new();
    while let Some(took) = tasks.join_next().await {
        all.extend(took??);
    }
    Ok(all)
}

/// What an answer's head says.
struct Head {
    success: bool,
    size_bytes: usize,
    body_size_bytes: usize,
}

impl Head {
    /// Nothing while it is not all there.
    fn read(buffer: &[u8]) -> Result<Option<Self>> {
        const LENGTH: &[u8] = b"content-length:";
        let (mut size_bytes, mut length) = (0, None);
        for line in buffer.split_inclusive(|byte| *byte == b'\n') {
            size_bytes += line.len();
            if line == b"\r\n" {
                let length = length.context("an answer without Content-Length")?;
                return Ok(Some(Self {
                    success: buffer.starts_with(b"HTTP/1.1 2"),
                    size_bytes,
                    body_size_bytes: std::str::from_utf8(length)?.trim().parse()?,
                }));
            }
            if let Some((name, value)) = line.split_at_checked(LENGTH.len())
                && name.eq_ignore_ascii_case(LENGTH)
            {
                length = Some(value);
            }
        }
        Ok(None)
    }
}
