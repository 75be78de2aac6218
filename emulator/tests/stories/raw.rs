//! HTTP as it goes over the wire, for what no SDK would send.

use std::fmt::Write as _;
use std::net::SocketAddr;

use cloudless::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::PATIENCE;

/// A request, byte for byte.
pub struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// `request("GET /photos/cat.jpg")`.
pub fn request(method_and_target: &str) -> Request {
    Request { line: method_and_target.to_owned(), headers: Vec::new(), body: Vec::new() }
}

impl Request {
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A body with its length.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        self.header("Content-Length", length).bytes(body)
    }

    /// A body, and not a word about it.
    pub fn bytes(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// A form, as SDKs sent SQS until 2023.
    pub fn form(self, form: &str) -> Self {
        self.header("Content-Type", "application/x-www-form-urlencoded").body(form)
    }

    /// An operation of SQS in JSON 1.0.
    pub fn sqs(self, operation: &str, input: &str) -> Self {
        self.header("X-Amz-Target", format!("AmazonSQS.{operation}"))
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(input)
    }

    fn head(&self, emulator: &Emulator) -> String {
        let mut head = format!("{} HTTP/1.1\r\n", self.line);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            let _ = write!(head, "Host: {}\r\n", emulator.address());
        }
        // Who signs for S3 names the body's hash.
        let has = |wanted: &str| self.headers.iter().any(|(it, _)| it.eq_ignore_ascii_case(wanted));
        let is_s3 = |(_, value): &(String, String)| value.contains("/s3/aws4_request");
        if self.headers.iter().any(is_s3) && !has("X-Amz-Content-Sha256") {
            head += "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n";
        }
        for (name, value) in &self.headers {
            // A made-up signature covers what a true one must.
            let value = value.replace("SignedHeaders=host,", &self.signed_headers());
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head + "Connection: close\r\n\r\n"
    }

    /// Sends its head alone, as who waits for `100 Continue` does, and reads what comes back.
    pub async fn expect(self, emulator: &Emulator) -> anyhow::Result<Answer> {
        let head = self.header("Expect", "100-continue").head(emulator);
        exchange(emulator, head.as_bytes(), End::Open).await
    }

    fn signed_headers(&self) -> String {
        let names = self.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let covered = names.filter(|it| it.starts_with("x-amz-") || it.starts_with("content-md5"));
        let names: std::collections::BTreeSet<String> = covered.chain(["host".into()]).collect();
        format!("SignedHeaders={},", Vec::from_iter(names).join(";"))
    }

    /// Sends it and leaves the connection open, unread.
    pub async fn begin(self, emulator: &Emulator) -> anyhow::Result<TcpStream> {
        let mut connection = TcpStream::connect(emulator.address()).await?;
        connection.write_all(self.head(emulator).as_bytes()).await?;
        connection.write_all(&self.body).await?;
        Ok(connection)
    }

    pub async fn send(self, emulator: &Emulator) -> anyhow::Result<Answer> {
        self.sending(emulator).await
    }

    /// The same for a task of its own.
    pub fn sending(
        self,
        emulator: &Emulator,
    ) -> impl Future<Output = anyhow::Result<Answer>> + use<> {
        let sent = [self.head(emulator).as_bytes(), &self.body].concat();
        let address = emulator.address();
        async move { exchange_at(address, &sent, End::Open).await }
    }

    /// Sends it and says that there is no more.
    pub async fn send_truncated(self, emulator: &Emulator) -> anyhow::Result<Answer> {
        let sent = [self.head(emulator).as_bytes(), &self.body].concat();
        exchange(emulator, &sent, End::Closed).await
    }
}

/// What becomes of the client's side of a connection when everything is sent.
#[derive(PartialEq, Eq)]
pub enum End {
    /// It stays open until the server has closed its own.
    Open,
    /// It is closed. In the middle of an answer, that is a client that has gone.
    Closed,
}

/// Sends bytes and reads what comes back until the server closes the connection.
pub async fn exchange(emulator: &Emulator, bytes: &[u8], end: End) -> anyhow::Result<Answer> {
    exchange_at(emulator.address(), bytes, end).await
}

async fn exchange_at(address: SocketAddr, bytes: &[u8], end: End) -> anyhow::Result<Answer> {
    let connection = TcpStream::connect(address).await?;
    let (mut read, mut write) = connection.into_split();
    // Both at once: a server may refuse before it has read everything.
    let sending = async {
        let _ = write.write_all(bytes).await;
        if end == End::Closed {
            let _ = write.shutdown().await;
        }
    };
    let mut answer = Vec::new();
    let reading = async {
        // Refused early, a connection may be reset behind its answer.
        let _ = read.read_to_end(&mut answer).await;
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(sending, reading) }).await?;
    Ok(Answer::parse(&answer))
}

/// What came back.
pub struct Answer {
    /// 0 where nothing came back.
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = end.map_or((bytes, &b""[..]), |at| (&bytes[..at], &bytes[at + 4..]));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.unwrap_or(0),
            headers: headers.map(|(name, value)| (name.to_lowercase(), value.into())).collect(),
            body: body.to_vec(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// As much of it as tells what it is.
    pub fn tell_short(&self) -> String {
        self.tell().replace('\n', " ").chars().take(420).collect()
    }

    /// Status and body, without the ids that change from run to run.
    pub fn tell(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.body).into_owned();
        for name in ["RequestId", "HostId", "ResponseMetadata"] {
            let (open, close) = (format!("<{name}>"), format!("</{name}>"));
            if let (Some(from), Some(to)) = (text.find(&open), text.find(&close)) {
                text.replace_range(from..to + close.len(), "");
            }
        }
        let text = text.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "");
        format!("{} {text}", self.status).trim_end().to_owned()
    }

    /// Those of these headers that came, one a line.
    pub fn tell_headers(&self, names: &[&str]) -> String {
        let lines = names.iter().filter_map(|name| Some(format!("{name}: {}", self.header(name)?)));
        lines.collect::<Vec<_>>().join("\n")
    }
}
