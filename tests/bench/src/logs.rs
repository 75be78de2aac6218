//! CloudWatch Logs: how long a search of a million lines takes.

use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::client::{self, Connection};
use crate::server::Server;
use crate::table::{median, verdict};

const LINES: usize = 1_000_000;
/// As many as a call may bring, of the size that these have.
const BATCH: usize = 5_000;
/// One line of so many has what is looked for.
const FOUND_EACH: usize = 20_000;
const ROUNDS: usize = 15;

/// All of it, in words.
pub async fn measure() -> Result<String> {
    let subject = Server::cloudless(None)?;
    let mut connection = Connection::open(subject.address).await?;
    let named = json!({ "logGroupName": "shop", "logStreamName": "orders" });
    connection.call(&request("CreateLogGroup", &json!({ "logGroupName": "shop" }))).await?;
    connection.call(&request("CreateLogStream", &named)).await?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let began_ms = u64::try_from(now)? - LINES as u64;
    for first in (0..LINES).step_by(BATCH) {
        let events: Vec<Value> = (first..first + BATCH)
            .map(|at| json!({ "timestamp": began_ms + at as u64, "message": line(at) }))
            .collect();
        let put = json!({ "logGroupName": "shop", "logStreamName": "orders", "logEvents": events });
        connection.call(&request("PutLogEvents", &put)).await?;
    }
    let mut said = String::new();
    let patterns = [("a term", "ERROR"), ("a field of JSON", "{ $.status = \"declined\" }")];
    for (what, pattern) in patterns {
        let mut took = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let found = search(&mut connection, pattern).await?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
            ensure!(found == LINES / FOUND_EACH, "{found} lines are found");
        }
        let took = median(took.into_iter());
        said += &format!(
            "\nFilterLogEvents for {what} over a million lines takes {took:.0} ms, to the last page. Asked: less \
             than 100 ms: {}.\n",
            verdict(took < 100.0)
        );
    }
    Ok(said)
}

fn line(at: usize) -> String {
    let (level, status) = match at % FOUND_EACH {
        0 => ("ERROR", "declined"),
        _ => ("INFO", "accepted"),
    };
    json!({ "level": level, "status": status, "order": at, "message": "an order of three things was looked at" })
        .to_string()
}

/// How many events there are on all pages.
async fn search(connection: &mut Connection, pattern: &str) -> Result<usize> {
    let mut asked = json!({ "logGroupName": "shop", "filterPattern": pattern });
    let mut found = 0;
    loop {
        let answer: Value =
            serde_json::from_slice(connection.call(&request("FilterLogEvents", &asked)).await?)?;
        found += answer["events"].as_array().context("no events")?.len();
        match &answer["nextToken"] {
            Value::Null => return Ok(found),
            token => asked["nextToken"] = token.clone(),
        }
    }
}

/// A call, signed by nobody, as bytes.
fn request(operation: &str, input: &Value) -> Vec<u8> {
    client::call("logs", "1.1", &format!("Logs_20140328.{operation}"), input)
}
