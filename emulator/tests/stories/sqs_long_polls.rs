//! A thousand consumers wait at one queue: each costs nothing until a message comes for it.

use std::collections::BTreeSet;
use std::time::Duration;

use cloudless::Emulator;
use cloudless::core::World;
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::raw::request;
use crate::{NOON, Story, at_noon, queue, sqs, until};

const POLLS: usize = 1_000;
const WAIT_S: u64 = 20;

#[tokio::test]
async fn a_thousand_long_polls_are_held_and_each_is_woken_by_one_send() -> Story {
    let emulator = at_noon_with_room().await?;
    let url = queue(&sqs(&emulator), "orders").await?;

    let polls = polls(&emulator, &url).await?;
    let inputs = heard(&emulator);
    emulator.advance(Duration::from_secs(WAIT_S - 1)).await?;
    assert_eq!(heard(&emulator), inputs, "nothing happens while they wait");
    assert!(polls.iter().all(|poll| !poll.is_finished()));

    let entries = |batch: usize| {
        let entries = (0..10).map(|at| format!(r#"{{"Id":"{at}","MessageBody":"{batch}{at}"}}"#));
        entries.collect::<Vec<_>>().join(",")
    };
    for batch in 0..POLLS / 10 {
        let input = format!(r#"{{"QueueUrl":"{url}","Entries":[{}]}}"#, entries(batch));
        let sent = request("POST /").sqs("SendMessageBatch", &input).send(&emulator).await?;
        assert_eq!(sent.status, 200, "{}", sent.tell());
    }
    let received = try_join_all(polls).await?;
    let received = received.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert!(received.iter().all(|bodies| bodies.len() == 1), "one message for each");
    let bodies: BTreeSet<_> = received.into_iter().flatten().collect();
    assert_eq!(bodies.len(), POLLS, "and no message twice");
    assert_eq!(emulator.clock().now(), NOON.after_s(WAIT_S - 1), "nobody waited for time");
    Ok(())
}

#[tokio::test]
async fn a_thousand_long_polls_end_empty_when_their_time_is_over() -> Story {
    let emulator = at_noon_with_room().await?;
    let url = queue(&sqs(&emulator), "orders").await?;
    let polls = polls(&emulator, &url).await?;
    emulator.advance(Duration::from_secs(WAIT_S)).await?;
    for bodies in try_join_all(polls).await? {
        assert_eq!(bodies?, Vec::<String>::new());
    }
    assert_eq!(emulator.snapshot().next_change(), None);
    Ok(())
}

type Poll = JoinHandle<anyhow::Result<Vec<String>>>;

/// Polls that all have arrived.
async fn polls(emulator: &Emulator, url: &str) -> anyhow::Result<Vec<Poll>> {
    let input = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":{WAIT_S}}}"#);
    let mut polls: Vec<Poll> = Vec::new();
    for _ in 0..POLLS {
        let poll = request("POST /").sqs("ReceiveMessage", &input).sending(emulator);
        polls.push(tokio::spawn(async move {
            let answer: Value = serde_json::from_slice(&poll.await?.body)?;
            let messages = answer["Messages"].as_array().into_iter().flatten();
            Ok(messages.filter_map(|one| one["Body"].as_str().map(str::to_owned)).collect())
        }));
    }
    let waits = |world: &World| {
        let arrived = world.trace().events().filter(|event| event.what == "sqs:ReceiveMessage");
        arrived.count() == POLLS
    };
    until(|| emulator.engine().with_world(waits)).await?;
    assert_eq!(emulator.snapshot().next_deadline(), Some(NOON.after_s(WAIT_S)));
    Ok(polls)
}

/// How many events the World remembers.
fn heard(emulator: &Emulator) -> usize {
    emulator.engine().with_world(|world| world.trace().events().count())
}

/// An emulator in a process that may have as many connections as the story wants: this process has
/// both ends of each.
async fn at_noon_with_room() -> anyhow::Result<Emulator> {
    #[cfg(unix)]
    allow_files(u64::try_from(4 * POLLS)?)?;
    at_noon().await
}

/// Elsewhere than on Unix connections are no files.
#[cfg(unix)]
fn allow_files(files: u64) -> anyhow::Result<()> {
    use anyhow::Context as _;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < files) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum })
            .with_context(|| format!("a process needs {files} files: `ulimit -Hn`"))?;
    }
    Ok(())
}
