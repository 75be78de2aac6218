//! SQS: what is measured, and how.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::CONNECTIONS;
use crate::client::{self, Connection, joined};
use crate::server::Server;
use crate::table::Rate;

/// The body of a message.
pub const BODY_SIZE_BYTES: usize = 1024;

/// A call in JSON 1.0, signed by nobody, as bytes.
pub fn request(operation: &str, input: &Value) -> Vec<u8> {
    client::call("sqs", "1.0", &format!("AmazonSQS.{operation}"), input)
}

pub fn send(queue_url: &str) -> Vec<u8> {
    request("SendMessage", &json!({ "QueueUrl": queue_url, "MessageBody": body() }))
}

pub fn send_batch(queue_url: &str) -> Vec<u8> {
    let entry = |id: u32| json!({ "Id": id.to_string(), "MessageBody": body() });
    let entries: Vec<Value> = (0..10).map(entry).collect();
    request("SendMessageBatch", &json!({ "QueueUrl": queue_url, "Entries": entries }))
}

fn body() -> String {
    "x".repeat(BODY_SIZE_BYTES)
}

pub async fn create_queue(address: SocketAddr, name: &str) -> Result<String> {
    let mut connection = Connection::open(address).await?;
    let create = request("CreateQueue", &json!({ "QueueName": name }));
    let answer: Value = serde_json::from_slice(connection.call(&create).await?)?;
    Ok(answer["QueueUrl"].as_str().context("no QueueUrl")?.to_owned())
}

/// Sends `count` messages by tens.
pub async fn fill(address: SocketAddr, queue_url: &str, count: usize) -> Result<()> {
    let request = send_batch(queue_url);
    let mut tasks = JoinSet::new();
    for worker in 0..CONNECTIONS {
        let request = request.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for _ in (worker..count / 10).step_by(CONNECTIONS) {
                connection.call(&request).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Fills the queue with as many messages as each of `depths` says, and measures how they are received
/// and deleted by tens.
pub async fn drain(
    server: &Server,
    queue_url: &str,
    connections: usize,
    depths: &[usize],
) -> Result<Rate> {
    let (mut took, mut elapsed, mut cpu) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    for depth in depths {
        fill(server.address, queue_url, *depth).await?;
        let (began, before) = (Instant::now(), server.cpu()?);
        took.extend(taken_out(server.address, queue_url, connections, *depth).await?);
        elapsed += began.elapsed();
        cpu += server.cpu()? - before;
    }
    Ok(Rate::of(took, elapsed, cpu)?.of_each(10))
}

/// Measures how `count` messages are received and deleted by tens from a queue that has them.
pub async fn drain_part(
    server: &Server,
    queue_url: &str,
    connections: usize,
    count: usize,
) -> Result<Rate> {
    let (began, before) = (Instant::now(), server.cpu()?);
    let took = taken_out(server.address, queue_url, connections, count).await?;
    Ok(Rate::of(took, began.elapsed(), server.cpu()? - before)?.of_each(10))
}

async fn taken_out(
    address: SocketAddr,
    queue_url: &str,
    connections: usize,
    count: usize,
) -> Result<Vec<Duration>> {
    let receive =
        request("ReceiveMessage", &json!({ "QueueUrl": queue_url, "MaxNumberOfMessages": 10 }));
    let mut tasks = JoinSet::new();
    for worker in 0..connections {
        let (receive, queue_url) = (receive.clone(), queue_url.to_owned());
        let rounds = (worker..count / 10).step_by(connections).len();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut took = Vec::with_capacity(rounds);
            for _ in 0..rounds {
                let begun = Instant::now();
                let delete = delete_batch(&queue_url, connection.call(&receive).await?)?;
                connection.call(&delete).await?;
                took.push(begun.elapsed());
            }
            anyhow::Ok(took)
        });
    }
    joined(tasks).await
}

/// The answer to a receive, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received<'a> {
    #[serde(borrow, default)]
    messages: Vec<Message<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    receipt_handle: &'a str,
}

fn delete_batch(queue_url: &str, received: &[u8]) -> Result<Vec<u8>> {
    let Received { messages } = serde_json::from_slice(received)?;
    ensure!(messages.len() == 10, "{} messages at once", messages.len());
    let entry = |(id, message): (usize, &Message<'_>)| json!({ "Id": id.to_string(), "ReceiptHandle": message.receipt_handle });
    let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
    Ok(request("DeleteMessageBatch", &json!({ "QueueUrl": queue_url, "Entries": entries })))
}

/// From the start of a send to the answer of the long poll that it serves.
pub async fn send_to_long_poll(server: &Server, queue_url: &str, rounds: usize) -> Result<Rate> {
    let send = send(queue_url);
    let poll = request("ReceiveMessage", &json!({ "QueueUrl": queue_url, "WaitTimeSeconds": 20 }));
    let mut sender = Connection::open(server.address).await?;
    let mut poller = Connection::open(server.address).await?;
    let (started, before) = (Instant::now(), server.cpu()?);
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let (polled, sent) = tokio::join!(
            async { poller.call(&poll).await.map(|answer| (Instant::now(), answer.to_vec())) },
            async {
                // The poll is to wait before the message comes.
                tokio::time::sleep(Duration::from_millis(2)).await;
                let begun = Instant::now();
                sender.call(&send).await.map(|_| begun)
            }
        );
        let ((answered, answer), begun) = (polled?, sent?);
        took.push(answered.saturating_duration_since(begun));
        let Received { messages } = serde_json::from_slice(&answer)?;
        let handle = messages.first().context("the poll got nothing")?.receipt_handle;
        let input = json!({ "QueueUrl": queue_url, "ReceiptHandle": handle });
        sender.call(&request("DeleteMessage", &input)).await?;
    }
    Rate::of(took, started.elapsed(), server.cpu()? - before)
}
