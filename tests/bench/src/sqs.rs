//! SQS: what is measured, and how.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Connection, Rate};

/// The body of a message.
const BODY_SIZE_BYTES: usize = 1024;

/// A call in JSON 1.0, signed by nobody, as bytes.
pub fn request(operation: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-target: AmazonSQS.{operation}\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=test/20261123/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
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
    for worker in 0..8 {
        let request = request.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for _ in (worker..count / 10).step_by(8) {
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

/// Receives and deletes by tens over `connections` connections until `count` messages are gone:
/// messages a second.
pub async fn drain(
    address: SocketAddr,
    queue_url: &str,
    connections: usize,
    count: usize,
) -> Result<Rate> {
    let receive =
        request("ReceiveMessage", &json!({ "QueueUrl": queue_url, "MaxNumberOfMessages": 10 }));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for worker in 0..connections {
        let (receive, queue_url) = (receive.clone(), queue_url.to_owned());
        let rounds = (worker..count / 10).step_by(connections).len();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut took = Vec::with_capacity(rounds);
            for _ in 0..rounds {
                let begun = Instant::now();
                let entries = entries(connection.call(&receive).await?)?;
                let input = json!({ "QueueUrl": queue_url, "Entries": entries });
                connection.call(&request("DeleteMessageBatch", &input)).await?;
                took.push(begun.elapsed());
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = tasks.join_next().await {
        all.extend(took??);
    }
    Ok(Rate::of(all, started.elapsed())?.times(10.0))
}

fn entries(answer: &[u8]) -> Result<Vec<Value>> {
    let answer: Value = serde_json::from_slice(answer)?;
    let messages = answer["Messages"].as_array().context("the queue is empty too early")?;
    ensure!(messages.len() == 10, "{} messages at once", messages.len());
    let entry = |(id, message): (usize, &Value)| json!({ "Id": id.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
    Ok(messages.iter().enumerate().map(entry).collect())
}

/// From the start of a send to the answer of the long poll that it serves.
pub async fn send_to_long_poll(
    address: SocketAddr,
    queue_url: &str,
    rounds: usize,
) -> Result<Rate> {
    let send = send(queue_url);
    let poll = request("ReceiveMessage", &json!({ "QueueUrl": queue_url, "WaitTimeSeconds": 20 }));
    let mut sender = Connection::open(address).await?;
    let mut poller = Connection::open(address).await?;
    let started = Instant::now();
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let send = send.clone();
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
        let answer: Value = serde_json::from_slice(&answer)?;
        let handle = &answer["Messages"][0]["ReceiptHandle"];
        ensure!(handle.is_string(), "the poll got nothing");
        let input = json!({ "QueueUrl": queue_url, "ReceiptHandle": handle });
        sender.call(&request("DeleteMessage", &input)).await?;
    }
    Rate::of(took, started.elapsed())
}
