//! A running emulator is the start of another: both begin alike and then go their own way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_lambda::types::InvocationType;
use cloudless::{Builder, Emulator};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::function::{create, in_process_zip};
use crate::{PATIENCE, Story, at_noon, lambda, queue, refusal, s3, sqs, until};

/// A body in the database, and one in a file of its own.
const SIZES_BYTES: [(&str, usize); 2] = [("small", 10), ("large", 300_000)];

async fn put_both(emulator: &Emulator, prefix: &str) -> Story {
    for (key, size_bytes) in SIZES_BYTES {
        let body = prefix.bytes().cycle().take(size_bytes).collect::<Vec<_>>();
        let put = s3(emulator).put_object().bucket("photos").key(format!("{prefix}/{key}"));
        put.body(body.into()).send().await?;
    }
    Ok(())
}

async fn delete_both(emulator: &Emulator, prefix: &str) -> Story {
    for (key, _) in SIZES_BYTES {
        let delete = s3(emulator).delete_object().bucket("photos").key(format!("{prefix}/{key}"));
        delete.send().await?;
    }
    Ok(())
}

/// `a: 10 and 300000 bytes, b: 404 NoSuchKey …`: what is in an emulator, byte for byte.
async fn told(emulator: &Emulator, prefixes: &[&str]) -> anyhow::Result<String> {
    let mut told = Vec::new();
    for prefix in prefixes {
        let mut both = Vec::new();
        for (key, _) in SIZES_BYTES {
            let get = s3(emulator).get_object().bucket("photos").key(format!("{prefix}/{key}"));
            both.push(match get.send().await {
                Ok(got) => {
                    let bytes = got.body.collect().await?.to_vec();
                    let same = bytes.iter().copied().eq(prefix.bytes().cycle().take(bytes.len()));
                    format!("{} bytes{}", bytes.len(), if same { "" } else { " of something else" })
                }
                refused => refusal(refused).split(':').next().unwrap_or_default().to_owned(),
            });
        }
        told.push(format!("{prefix}: {}", both.join(", ")));
    }
    Ok(told.join("; "))
}

/// In memory, and on a data directory.
async fn each_kind() -> anyhow::Result<Vec<(&'static str, Option<tempfile::TempDir>, Emulator)>> {
    let directory = tempfile::tempdir()?;
    let kept = Emulator::builder().data_dir(directory.path()).start().await?;
    Ok(vec![("memory", None, at_noon().await?), ("directory", Some(directory), kept)])
}

#[tokio::test]
async fn what_one_deletes_the_other_reads() -> Story {
    let mut all = Vec::new();
    for (kind, _directory, parent) in each_kind().await? {
        s3(&parent).create_bucket().bucket("photos").send().await?;
        put_both(&parent, "a").await?;
        put_both(&parent, "b").await?;
        // A second name for the same body, in the one that is forked.
        let copy = s3(&parent).copy_object().bucket("photos").key("b/small");
        copy.copy_source("photos/b/small").metadata_directive("REPLACE".into()).send().await?;
        let fork = parent.fork().start().await?;
        delete_both(&parent, "a").await?;
        delete_both(&fork, "b").await?;
        put_both(&parent, "p").await?;
        put_both(&fork, "f").await?;
        let names = ["a", "b", "p", "f"];
        all.push(format!("{kind}, parent: {}", told(&parent, &names).await?));
        all.push(format!("{kind}, fork: {}", told(&fork, &names).await?));
        // A fork of the fork, which outlives both.
        let second = fork.fork().start().await?;
        delete_both(&fork, "a").await?;
        parent.stop().await;
        all.push(format!("{kind}, fork, alone: {}", told(&fork, &names).await?));
        fork.stop().await;
        all.push(format!("{kind}, fork of fork: {}", told(&second, &names).await?));
    }
    insta::assert_snapshot!(all.join("\n"), @r"
    memory, parent: a: 404 NoSuchKey, 404 NoSuchKey; b: 10 bytes, 300000 bytes; p: 10 bytes, 300000 bytes; f: 404 NoSuchKey, 404 NoSuchKey
    memory, fork: a: 10 bytes, 300000 bytes; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    memory, fork, alone: a: 404 NoSuchKey, 404 NoSuchKey; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    memory, fork of fork: a: 10 bytes, 300000 bytes; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    directory, parent: a: 404 NoSuchKey, 404 NoSuchKey; b: 10 bytes, 300000 bytes; p: 10 bytes, 300000 bytes; f: 404 NoSuchKey, 404 NoSuchKey
    directory, fork: a: 10 bytes, 300000 bytes; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    directory, fork, alone: a: 404 NoSuchKey, 404 NoSuchKey; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    directory, fork of fork: a: 10 bytes, 300000 bytes; b: 404 NoSuchKey, 404 NoSuchKey; p: 404 NoSuchKey, 404 NoSuchKey; f: 10 bytes, 300000 bytes
    ");
    Ok(())
}

fn files(directory: &tempfile::TempDir) -> anyhow::Result<usize> {
    Ok(directory.path().join("blobs").read_dir()?.count())
}

#[tokio::test]
async fn a_directory_keeps_what_a_fork_reads_until_the_fork_is_gone() -> Story {
    let directory = tempfile::tempdir()?;
    let start = || Emulator::builder().data_dir(directory.path()).start();
    let parent = start().await?;
    s3(&parent).create_bucket().bucket("photos").send().await?;
    put_both(&parent, "a").await?;
    put_both(&parent, "b").await?;
    let fork = parent.fork().start().await?;
    delete_both(&parent, "a").await?;
    parent.stop().await;
    // Opened again, it is swept; the fork still reads what it began with.
    let parent = start().await?;
    let names = ["a", "b"];
    let mut all = vec![told(&parent, &names).await?, told(&fork, &names).await?];
    all.push(format!("{} files", files(&directory)?));
    parent.stop().await;
    fork.stop().await;
    let parent = start().await?;
    until(|| files(&directory).is_ok_and(|files| files == 1)).await?;
    all.push(told(&parent, &names).await?);
    insta::assert_snapshot!(all.join("\n"), @r"
    a: 404 NoSuchKey, 404 NoSuchKey; b: 10 bytes, 300000 bytes
    a: 10 bytes, 300000 bytes; b: 10 bytes, 300000 bytes
    2 files
    a: 404 NoSuchKey, 404 NoSuchKey; b: 10 bytes, 300000 bytes
    ");
    Ok(())
}

#[tokio::test]
async fn queues_and_clocks_go_their_own_way() -> Story {
    let parent = at_noon().await?;
    let url = queue(&sqs(&parent), "orders").await?;
    let send = |emulator: &Emulator, body: &str| {
        sqs(emulator).send_message().queue_url(&url).message_body(body).delay_seconds(60).send()
    };
    send(&parent, "before").await?;
    let fork = parent.fork().start().await?;
    send(&parent, "in the parent").await?;
    fork.advance(Duration::from_secs(60)).await?;
    send(&fork, "in the fork").await?;
    let mut all = Vec::new();
    for (name, emulator) in [("parent", &parent), ("fork", &fork)] {
        let mut bodies = Vec::new();
        let receive = sqs(emulator).receive_message().queue_url(&url).max_number_of_messages(10);
        for message in receive.send().await?.messages() {
            bodies.push(message.body().unwrap_or_default().to_owned());
        }
        let now = emulator.clock().now().iso8601_ms();
        let waiting = emulator.snapshot().records().len();
        all.push(format!("{name} at {now}: received {bodies:?}; {waiting} records"));
    }
    // And what led to it is known in both.
    let sends = |emulator: &Emulator| {
        emulator.trace().iter().filter(|event| event.what == "sqs:SendMessage").count()
    };
    all.push(format!("{} and {} messages were sent", sends(&parent), sends(&fork)));
    insta::assert_snapshot!(all.join("\n"), @r#"
    parent at 2026-11-23T12:00:00.000Z: received []; 4 records
    fork at 2026-11-23T12:01:00.000Z: received ["before"]; 21 records
    2 and 2 messages were sent
    "#);
    Ok(())
}

/// The long poll of the one stays there; what must not be lost is done in both.
#[tokio::test]
async fn what_waits_stays_and_what_must_not_be_lost_is_begun_anew() -> Story {
    let (begun, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Semaphore::new(0)));
    let with_function = |builder: Builder| {
        let (begun, done) = (Arc::clone(&begun), Arc::clone(&done));
        builder.function("worker", move |_| {
            let (begun, done) = (Arc::clone(&begun), Arc::clone(&done));
            async move {
                Ok::<_, Error>(service_fn(move |_event: LambdaEvent<Value>| {
                    let (begun, done) = (Arc::clone(&begun), Arc::clone(&done));
                    async move {
                        begun.fetch_add(1, Ordering::SeqCst);
                        done.acquire().await?.forget();
                        Ok::<_, Error>(Value::Null)
                    }
                }))
            }
        })
    };
    let parent = with_function(Emulator::builder()).start().await?;
    create(&lambda(&parent), "worker", in_process_zip()?).send().await?;
    let url = queue(&sqs(&parent), "orders").await?;
    let invoke = lambda(&parent).invoke().function_name("worker");
    invoke.invocation_type(InvocationType::Event).send().await?;
    until(|| begun.load(Ordering::SeqCst) == 1).await?;
    let poll = sqs(&parent).receive_message().queue_url(&url).wait_time_seconds(20).send();
    let poll = tokio::spawn(poll);
    let polls = |emulator: &Emulator| {
        emulator.trace().iter().filter(|event| event.what == "sqs:ReceiveMessage").count()
    };
    until(|| polls(&parent) == 1).await?;

    // The function is the fork's as well, without being told.
    let fork = parent.fork().start().await?;
    until(|| begun.load(Ordering::SeqCst) == 2).await?;
    let send = |emulator: &Emulator, body: &str| {
        sqs(emulator).send_message().queue_url(&url).message_body(body).send()
    };
    send(&fork, "nobody waits here").await?;
    send(&parent, "somebody waits here").await?;
    let received = tokio::time::timeout(PATIENCE, poll).await???;
    let here = sqs(&fork).receive_message().queue_url(&url).send().await?;
    done.add_permits(2);
    parent.settle(PATIENCE).await?;
    fork.settle(PATIENCE).await?;
    insta::assert_snapshot!(format!("{:?}, {:?}", received.messages()[0].body(), here.messages()[0].body()), @r#"Some("somebody waits here"), Some("nobody waits here")"#);
    Ok(())
}

#[tokio::test]
async fn a_fork_is_of_its_moment_and_is_not_kept() -> Story {
    let parent = at_noon().await?;
    s3(&parent).create_bucket().bucket("photos").send().await?;
    put_both(&parent, "a").await?;
    let builder = parent.fork();
    delete_both(&parent, "a").await?;
    put_both(&parent, "b").await?;
    let late = told(&builder.start().await?, &["a", "b"]).await?;
    let directory = tempfile::tempdir()?;
    let Err(refused) = parent.fork().data_dir(directory.path()).start().await else {
        anyhow::bail!("it started")
    };
    let refused = refused.to_string().replace(&directory.path().display().to_string(), "DIR");
    insta::assert_snapshot!(format!("{late}\n{refused}"), @r"
    a: 10 bytes, 300000 bytes; b: 404 NoSuchKey, 404 NoSuchKey
    a fork is in memory: it cannot be kept in DIR
    ");
    Ok(())
}
