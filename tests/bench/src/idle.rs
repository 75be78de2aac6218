//! What functions cost that nobody invokes.

use std::time::Duration;

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::client::Connection;
use crate::functions::{ROLE, package, request};
use crate::server::Server;
use crate::table::verdict;

/// A hundred functions that were invoked once and stand warm, as many as there are environments for.
pub async fn measure() -> Result<String> {
    const FUNCTIONS: usize = 100;
    const QUIET: Duration = Duration::from_secs(10);
    let subject = Server::cloudless(None)?;
    let mut connection = Connection::open(subject.address).await?;
    let code = BASE64_STANDARD.encode(package()?);
    for at in 0..FUNCTIONS {
        let name = format!("idle-{at}");
        let create = json!({
            "FunctionName": name,
            "Role": ROLE,
            "Runtime": "provided.al2023",
            "Handler": "function.handler",
            "Timeout": 30,
            "Code": { "ZipFile": code },
            "Environment": { "Variables": { "TOLD_PORT": "9" } },
        });
        connection.call(&request("POST", "/2015-03-31/functions", &create)).await?;
        let invocations = format!("/2015-03-31/functions/{name}/invocations");
        connection.call(&request("POST", &invocations, &Value::Null)).await?;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = subject.cpu()? + subject.cpu_of_children()?;
    tokio::time::sleep(QUIET).await;
    let used = subject.cpu()? + subject.cpu_of_children()? - before;
    Ok(format!(
        "\n{FUNCTIONS} functions, of which {} stand warm, and the emulator use {} ms of processor time in {} s \
         while nobody invokes. Asked: none: {}.\n",
        subject.children()?.len().saturating_sub(1),
        used.as_millis(),
        QUIET.as_secs(),
        verdict(used < Duration::from_millis(20)),
    ))
}
