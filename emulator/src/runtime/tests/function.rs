//! The function that the tests invoke as a process: a Lambda as its author writes it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// What makes the test binary this function.
pub const ARGUMENTS: &str = "--exact runtime::tests::function::process --nocapture -q";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Event {
    /// Tells how many events this process has served.
    Count,
    /// Writes to the log.
    Log(String),
    Fail(String),
    Panic(String),
    Exit(i32),
    /// Answers with a text of that length.
    Answer(usize),
    /// Answers by hand with so many MiB, as far as somebody takes them.
    AnswerMib(usize),
    /// Takes so many MiB of memory, and never returns.
    Fill(usize),
    /// Answers with its environment variables.
    Variables,
    /// Misuses the Runtime API and answers with what that was answered.
    Misuse,
    /// Connects, sends its access key, and keeps the connection for as long as the process lives.
    Connect(String),
    /// The same, and never returns.
    Hang(String),
    /// Hands the connection to a child of its own, which never ends.
    ConnectChild(String),
    /// The same, to a child that has left its process group and its parent.
    ConnectDaemon(String),
    /// The same, to a child with a session and variables of its own.
    ConnectBareDaemon(String),
    /// The same, and its parents have ended.
    ConnectLostDaemon(String),
}

/// Not a test: returns at once unless Lambda starts it.
#[test]
fn process() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return;
    }
    if let Ok(how) = std::env::var("FAIL_INIT") {
        fail_init(&how);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = runtime.block_on(lambda_runtime::run(service_fn(serve)));
}

/// Fails to initialise, and may say so to the Runtime API: always, or the first time.
fn fail_init(how: &str) {
    let seen = std::env::temp_dir().join("seen");
    if how == "say-first" && std::fs::create_dir(seen).is_err() {
        return;
    }
    eprintln!("the table is missing");
    if how.starts_with("say") {
        let error = r#"{"errorType":"Init.NoTable","errorMessage":"the table is missing"}"#;
        call("POST", "/2018-06-01/runtime/init/error", error);
    }
    std::process::exit(1);
}

async fn serve(event: LambdaEvent<Event>) -> Result<Value, Error> {
    static SERVED: AtomicU64 = AtomicU64::new(0);
    static CONNECTIONS: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());
    let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
    match event.payload {
        Event::Count => return Ok(json!(served)),
        Event::Log(text) => eprintln!("{text}"),
        Event::Fail(text) => return Err(text.into()),
        Event::Panic(text) => panic!("{text}"),
        Event::Exit(code) => std::process::exit(code),
        Event::Answer(length) => return Ok(json!("x".repeat(length))),
        Event::AnswerMib(size_mib) => answer_mib(&event.context.request_id, size_mib),
        Event::Fill(size_mib) => {
            let _memory = vec![1_u8; size_mib * 1024 * 1024];
            std::future::pending::<()>().await;
        }
        Event::Variables => {
            let variables = std::env::vars().map(|(name, value)| format!("{name}={value}"));
            return Ok(variables.collect());
        }
        Event::Misuse => return Ok(misuse(&event.context.request_id)),
        Event::Connect(address) => CONNECTIONS.lock().unwrap().push(connect(&address)?),
        Event::Hang(address) => {
            let _connection = connect(&address)?;
            std::future::pending::<()>().await;
        }
        Event::ConnectChild(address) => {
            hand_over(&address, &["tail", "-f", "/dev/null"])?;
        }
        Event::ConnectDaemon(address) => {
            hand_over(
                &address,
                &["sh", "-c", "exec 3<&0; setsid sh -c 'echo up >&3; read never <&3' &"],
            )?;
        }
        Event::ConnectBareDaemon(address) => {
            hand_over(
                &address,
                &["setsid", "env", "-i", "/bin/sh", "-c", "echo up >&0; read never"],
            )?;
        }
        Event::ConnectLostDaemon(address) => {
            hand_over(
                &address,
                &[
                    "sh",
                    "-c",
                    "exec 3<&0; setsid env -i /bin/sh -c '\
                     (setsid /bin/sh -c \"echo up >&3; read never <&3\") & exit' &",
                ],
            )?;
        }
    }
    Ok(Value::Null)
}

/// Starts a program whose standard input is a connection.
fn hand_over(address: &str, program: &[&str]) -> std::io::Result<()> {
    let connection = OwnedFd::from(connect(address)?);
    Command::new(program[0]).args(&program[1..]).stdin(Stdio::from(connection)).spawn()?;
    Ok(())
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut connection = TcpStream::connect(address)?;
    writeln!(connection, "{}", std::env::var("AWS_ACCESS_KEY_ID").unwrap())?;
    Ok(connection)
}

fn answer_mib(request_id: &str, size_mib: usize) {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut connection = TcpStream::connect(&api).unwrap();
    write!(
        connection,
        "POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\nHost: {api}\r\n\
         Content-Length: {}\r\n\r\n",
        size_mib << 20
    )
    .unwrap();
    let piece = vec![b'x'; 1 << 20];
    let written = (0..size_mib).take_while(|_| connection.write_all(&piece).is_ok()).count();
    eprintln!("all of it was taken: {}", written == size_mib);
}

fn misuse(request_id: &str) -> Value {
    let next = call("GET", "/2018-06-01/runtime/invocation/next", "");
    let other = call("POST", "/2018-06-01/runtime/invocation/other/response", "{}");
    let late = call("POST", "/2018-06-01/runtime/init/error", "{}");
    let unknown = call("GET", "/2020-01-01/extension/event/next", "");
    let path = format!("/2018-06-01/runtime/invocation/{request_id}/response");
    let answer = call("POST", &path, r#""answered by hand""#);
    eprintln!(
        "next: {next}\nother id: {other}\nlate: {late}\nunknown: {unknown}\nanswer: {answer}"
    );
    let twice = call("POST", &path, r#""answered twice""#);
    eprintln!("twice: {twice}");
    Value::Null
}

/// What makes the test binary the extension below.
pub const EXTENSION: &str = "--exact runtime::tests::function::extension --nocapture -q";

/// Not a test: returns at once unless it is started as an extension. Writes what it hears of to a file.
#[test]
fn extension() {
    if let Ok(address) = std::env::var("EXTENSION_HANGS_AT") {
        let _connection = connect(&address).unwrap();
        loop {
            std::thread::park();
        }
    }
    let Ok(file) = std::env::var("EXTENSION_HEARS") else { return };
    let mut file = std::fs::File::options().append(true).create(true).open(file).unwrap();
    let events = r#"{"events":["INVOKE","SHUTDOWN"]}"#;
    let (head, body) = exchange(
        "POST",
        "/2020-01-01/extension/register",
        "Lambda-Extension-Name: witness\r\n",
        events,
    );
    let id = head.lines().find_map(|line| line.strip_prefix("lambda-extension-identifier: "));
    let id = format!("Lambda-Extension-Identifier: {}\r\n", id.unwrap());
    writeln!(file, "{body}").unwrap();
    loop {
        let (_, event) = exchange("GET", "/2020-01-01/extension/event/next", &id, "");
        let event: Value = serde_json::from_str(&event).unwrap();
        let told = ["eventType", "requestId", "shutdownReason"].map(|name| event[name].clone());
        writeln!(file, "{}", Value::from(told.to_vec())).unwrap();
        if event["eventType"] == "SHUTDOWN" {
            std::process::exit(0);
        }
    }
}

fn call(method: &str, path: &str, body: &str) -> String {
    let (head, body) = exchange(method, path, "", body);
    format!("{} {body}", head.split(' ').nth(1).unwrap())
}

/// Head and body of an answer of the Runtime API.
fn exchange(method: &str, path: &str, headers: &str, body: &str) -> (String, String) {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut connection = TcpStream::connect(&api).unwrap();
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nHost: {api}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}
