//! Environments: how many there are, when they end, and that nothing outlives them.
//!
//! That a process has ended is seen by the end of a connection that only it holds.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Function, Lambda, zip};

/// Where functions connect to.
struct Witness {
    listener: TcpListener,
}

/// A function's process, as seen from outside.
struct Life {
    connection: BufReader<TcpStream>,
    access_key_id: String,
}

impl Witness {
    async fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    fn event(&self, what: &str) -> Value {
        json!({ what: self.listener.local_addr().unwrap().to_string() })
    }

    async fn next(&self) -> Life {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut connection = BufReader::new(stream);
        let mut line = String::new();
        connection.read_line(&mut line).await.unwrap();
        Life { connection, access_key_id: line.trim_end().to_owned() }
    }
}

impl Life {
    /// Returns when the daemon that was given the connection has said so.
    async fn is_up(&mut self) {
        let mut line = String::new();
        self.connection.read_line(&mut line).await.unwrap();
        assert_eq!(line, "up\n");
    }

    /// Returns when the process is no more.
    async fn ended(mut self) {
        let mut rest = Vec::new();
        // Reset or closed, it is gone either way.
        let _ = self.connection.read_to_end(&mut rest).await;
        assert_eq!(rest, b"");
    }
}

#[tokio::test]
async fn an_invocation_whose_time_is_over_ends_with_its_process_and_keeps_its_log() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    let function = Function::rust("hanging");
    let (id, ending) = lambda.begin(&function, witness.event("hang"));
    let life = witness.next().await;
    assert!(lambda.begun.lock().unwrap().contains(&id), "its time began before it had its event");
    lambda.runtime.abort(&id);
    insta::assert_snapshot!(super::tell(&ending.await.unwrap()), @r#"
    timed out
    START RequestId: 00000000-0000-4000-8000-000000000001 Version: $LATEST
    * 00000000-0000-4000-8000-000000000001 Task timed out after 3.00 seconds

    END RequestId: 00000000-0000-4000-8000-000000000001
    REPORT RequestId: 00000000-0000-4000-8000-000000000001 | Duration: * | Billed Duration: * | Memory Size: 128 MB | Max Memory Used: * | Init Duration: * | Status: timeout
    "#);
    life.ended().await;
    let next = lambda.invoke(&function, json!("count")).await;
    assert!(next.starts_with("succeeded: 1\n"), "a new process serves the next: {next}");
    lambda.runtime.abort(&id);
}

#[tokio::test]
async fn calls_of_a_function_are_known_by_its_access_key() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    let function = Function::rust("calling");
    lambda.invoke(&function, witness.event("connect")).await;
    let idle = witness.next().await;
    let known = lambda.runtime.identify(&idle.access_key_id);
    let known = format!("{known:#?}").replace(&idle.access_key_id, "ASIA*");
    insta::assert_snapshot!(known, @r#"
    Some(
        (
            Role {
                account: AccountId(
                    "000000000000",
                ),
                principal_arn: "arn:aws:sts::000000000000:assumed-role/pictures/calling",
                access_key_id: "ASIA*",
            },
            None,
        ),
    )
    "#);

    let (_, _ending) = lambda.begin(&function, witness.event("hang"));
    let busy = witness.next().await;
    assert_eq!(busy.access_key_id, idle.access_key_id, "it is the same environment");
    let (_, cause) = lambda.runtime.identify(&busy.access_key_id).unwrap();
    assert_eq!(cause.map(|cause| cause.0), Some(2), "the second invocation is in hand");
    assert_eq!(lambda.runtime.secret_of(&busy.access_key_id).unwrap().len(), 40);
    assert_eq!(lambda.runtime.identify("ASIAAAAAAAAAAAAAAAAA"), None);

    lambda.runtime.stop().await;
    assert_eq!(lambda.runtime.identify(&busy.access_key_id), None);
}

#[tokio::test]
async fn no_more_than_the_limit_run_at_once_and_the_others_wait() {
    let lambda = Lambda::with(|config| config.environments_max = 2);
    let witness = Witness::new().await;
    let (one, two) = (Function::rust("one"), Function::rust("two"));
    let (first, _ending) = lambda.begin(&one, witness.event("hang"));
    let (_second, _ending) = lambda.begin(&one, witness.event("hang"));
    let (_, _) = (witness.next().await, witness.next().await);
    let (third, ending) = lambda.begin(&two, json!("count"));
    let (fourth, given_up) = lambda.begin(&two, json!("count"));
    lambda.runtime.abort(&fourth);
    assert_eq!(super::tell(&given_up.await.unwrap()), "timed out", "it never began");
    lambda.runtime.abort(&first);
    let told = super::tell(&ending.await.unwrap());
    assert!(told.starts_with("succeeded: 1\n"), "{} got the room: {told}", third.0);
    let evicting = lambda.invoke(&one, json!("count")).await;
    assert!(evicting.starts_with("succeeded: 1\n"), "an idle one makes room: {evicting}");
}

#[tokio::test]
async fn a_changed_function_runs_in_new_environments_and_the_old_ones_end() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    let function = Function::rust("changing");
    lambda.invoke(&function, witness.event("connect")).await;
    let old = witness.next().await;
    lambda.runtime.retire(function.arn());
    old.ended().await;
    let changed = function.clone().revision("second");
    let told = lambda.invoke(&changed, json!("count")).await;
    assert!(told.starts_with("succeeded: 1\n"), "{told}");
    let told = lambda.invoke(&changed, json!("count")).await;
    assert!(told.starts_with("succeeded: 2\n"), "the new one is warm: {told}");
}

#[tokio::test]
async fn stopping_ends_all_processes_and_their_children() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    let idle = Function::rust("idle");
    lambda.invoke(&idle, witness.event("connect-child")).await;
    let child = witness.next().await;
    let (_, _ending) = lambda.begin(&Function::rust("busy"), witness.event("hang"));
    let busy = witness.next().await;
    lambda.runtime.stop().await;
    child.ended().await;
    busy.ended().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_left_its_process_group_ends_with_its_environment() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    for how in ["connect-daemon", "connect-bare-daemon"] {
        let function = Function::rust(how);
        lambda.invoke(&function, witness.event(how)).await;
        let mut daemon = witness.next().await;
        daemon.is_up().await;
        lambda.runtime.retire(function.arn());
        daemon.ended().await;
    }
}

#[tokio::test]
async fn what_shed_its_group_its_variables_and_its_parents_ends_with_its_environment() {
    let lambda = Lambda::start();
    if !super::sight::is_as_on_aws(&lambda).await {
        return;
    }
    let witness = Witness::new().await;
    let function = Function::rust("lost");
    lambda.invoke(&function, witness.event("connect-lost-daemon")).await;
    let mut daemon = witness.next().await;
    daemon.is_up().await;
    lambda.runtime.retire(function.arn());
    daemon.ended().await;
}

#[tokio::test]
async fn dropping_the_runtime_ends_its_processes() {
    let lambda = Lambda::start();
    let witness = Witness::new().await;
    lambda.invoke(&Function::rust("idle"), witness.event("connect")).await;
    let idle = witness.next().await;
    drop(lambda);
    idle.ended().await;
}

#[tokio::test]
async fn a_killed_emulator_takes_its_functions_along() {
    killed_emulator("hang").await;
}

#[tokio::test]
async fn a_killed_emulator_takes_along_the_children_and_the_extensions_of_its_functions() {
    killed_emulator("connect-child").await;
    killed_emulator(EXTENSION).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_emulator_takes_along_what_left_its_functions() {
    killed_emulator("connect-daemon").await;
}

#[tokio::test]
async fn a_killed_emulator_takes_along_what_nobody_is_parent_of() {
    let lambda = Lambda::start();
    if super::sight::is_as_on_aws(&lambda).await {
        killed_emulator("connect-lost-daemon").await;
    }
}

async fn killed_emulator(what: &str) {
    let witness = Witness::new().await;
    let directory = tempfile::tempdir().unwrap();
    let mut emulator = Command::new(super::test_binary())
        .args(["--exact", "runtime::tests::lifecycle::emulator", "--nocapture", "-q"])
        .env(WHAT, what)
        .env(ADDRESS, witness.listener.local_addr().unwrap().to_string())
        .env("TMPDIR", directory.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut function = witness.next().await;
    if what.ends_with("daemon") {
        function.is_up().await;
    }
    emulator.kill().unwrap();
    emulator.wait().unwrap();
    function.ended().await;
}

/// Tells [`emulator`] what its function is to do.
const WHAT: &str = "CLOUDLESS_TEST_WHAT";
/// Names the address for [`emulator`], to which its function is to connect.
const ADDRESS: &str = "CLOUDLESS_TEST_ADDRESS";
/// It has an extension that connects.
const EXTENSION: &str = "extension";

/// Not a test by itself: the emulator that those above kill, with a function that has begun.
#[tokio::test]
async fn emulator() {
    let (Ok(what), Ok(address)) = (std::env::var(WHAT), std::env::var(ADDRESS)) else { return };
    let script = format!(
        "#!/bin/sh\nexec env EXTENSION_HANGS_AT='{address}' '{}' {}\n",
        super::test_binary(),
        super::function::EXTENSION
    );
    let function = match what.as_str() {
        EXTENSION => Function::rust("f").layer(zip(&[("extensions/witness", &script, 0o755)])),
        _ => Function::rust("f"),
    };
    let lambda = Lambda::start();
    let (_, ending) = lambda.begin(&function, json!({ what: address }));
    let _ = ending.await;
    std::future::pending::<()>().await;
}
