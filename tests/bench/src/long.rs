//! What takes minutes: a thousand long polls that wait, and a queue of a million messages.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::server::Server;
use crate::sqs;
use crate::table::{median, verdict};

/// A thousand long polls that wait cost no processor time, and each is woken by one send.
pub async fn polls() -> Result<String> {
    const POLLS: usize = 1_000;
    const WAIT: Duration = Duration::from_secs(20);
    let subject = Server::cloudless(None)?;
    let (address, url) = (subject.address, sqs::create_queue(subject.address, "polls").await?);
    let poll = sqs::request(
        "ReceiveMessage",
        &json!({ "QueueUrl": url, "WaitTimeSeconds": WAIT.as_secs() }),
    );
    let began = Instant::now();
    let mut polls = JoinSet::new();
    for _ in 0..POLLS {
        let poll = poll.clone();
        let mut connection = Connection::open(address).await?;
        polls.spawn(async move {
            let answer: Value = serde_json::from_slice(connection.call(&poll).await?)?;
            anyhow::Ok((Instant::now(), answer["Messages"].as_array().map_or(0, Vec::len)))
        });
    }
    // All of them wait by now, and for a second more.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (quiet, before) = (Instant::now(), subject.cpu()?);
    tokio::time::sleep((WAIT - Duration::from_secs(1)).saturating_sub(began.elapsed())).await;
    let (quiet, used) = (quiet.elapsed(), subject.cpu()? - before);
    let send = sqs::send(&url);
    let mut sender = Connection::open(address).await?;
    let sending = Instant::now();
    for _ in 0..POLLS {
        sender.call(&send).await?;
    }
    let (mut served, mut last) = (0, sending);
    while let Some(received) = polls.join_next().await {
        let (answered, messages) = received??;
        served += usize::from(messages == 1);
        last = last.max(answered);
    }
    let met = used < Duration::from_millis(50) && served == POLLS;
    Ok(format!(
        "\n{POLLS} long polls that wait for {:.0} s use {} ms of processor time; {POLLS} sends then \
         wake them, one each: {served} are served, the last {} ms after the first send. \
         Asked: no processor time, all served: {}.\n",
        quiet.as_secs_f64(),
        used.as_millis(),
        (last - sending).as_millis(),
        verdict(met),
    ))
}

/// What a queue of a million messages costs, beside an empty one.
pub async fn million() -> Result<String> {
    const MESSAGES: usize = 1_000_000;
    const ROUNDS: usize = 20;
    const BODY_SIZE_BYTES: f64 = sqs::BODY_SIZE_BYTES as f64;
    let subject = Server::cloudless(None)?;
    let address = subject.address;
    let empty = sqs::create_queue(address, "empty").await?;
    let deep = sqs::create_queue(address, "deep").await?;
    lives(address, &empty).await?;
    let before = subject.resident_bytes()?;
    sqs::fill(address, &deep, MESSAGES).await?;
    let held = subject.resident_bytes()?.saturating_sub(before);
    let beyond = held as f64 / MESSAGES as f64 - BODY_SIZE_BYTES;
    let mut said = format!(
        "\nA message of 1 KiB in a queue of a million takes {beyond:.0} bytes of memory beyond its \
         body. Asked: less than 1,024: {}.\n",
        verdict(beyond < 1024.0)
    );
    let mut taken = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        taken.push((lives(address, &empty).await?, lives(address, &deep).await?));
    }
    for (at, what) in ["send", "receive", "delete"].into_iter().enumerate() {
        let ratio = median(taken.iter().map(|(empty, deep)| deep[at] / empty[at]));
        said += &format!(
            "\nA {what} takes {:.0} µs in an empty queue and {:.0} µs in one of a million: \
             {ratio:.2} times as long. Asked: at most 1.5: {}.\n",
            median(taken.iter().map(|(empty, _)| empty[at])),
            median(taken.iter().map(|(_, deep)| deep[at])),
            verdict(ratio <= 1.5),
        );
    }
    Ok(said)
}

/// The lives of some messages, one after the other: the median microseconds of a send, a receive
/// and a delete.
async fn lives(address: SocketAddr, queue_url: &str) -> Result<[f64; 3]> {
    const LIVES: usize = 1_000;
    let send = sqs::send(queue_url);
    let receive = sqs::request("ReceiveMessage", &json!({ "QueueUrl": queue_url }));
    let mut connection = Connection::open(address).await?;
    let mut took = [(); 3].map(|()| Vec::with_capacity(LIVES));
    for _ in 0..LIVES {
        let mut at = Instant::now();
        let mut lap = |of: usize| {
            took[of].push(at.elapsed().as_secs_f64() * 1e6);
            at = Instant::now();
        };
        connection.call(&send).await?;
        lap(0);
        let handle = {
            let answer = connection.call(&receive).await?;
            lap(1);
            let answer: Value = serde_json::from_slice(answer)?;
            let handle = answer["Messages"][0]["ReceiptHandle"].as_str();
            handle.context("nothing was received")?.to_owned()
        };
        let delete = sqs::request(
            "DeleteMessage",
            &json!({ "QueueUrl": queue_url, "ReceiptHandle": handle }),
        );
        at = Instant::now();
        connection.call(&delete).await?;
        took[2].push(at.elapsed().as_secs_f64() * 1e6);
    }
    Ok(took.map(|all| median(all.into_iter())))
}
