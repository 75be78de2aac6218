//! A whole session with SQS by each of the clients that people have: boto3 of today and of 2022, which
//! speaks the Query protocol, the AWS CLI, and the AWS SDK for Rust. They see the same.

mod session;

use anyhow::{Result, ensure};
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::core::Timestamp;
use e2e::skip;

use crate::clients::{answers, client};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/clients/sqs_session.py");
/// 2026-11-23T12:00:00Z.
const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);
/// The Python of an environment with boto3 1.24, the last of 2022; `.ci/run` makes it.
const OLD_PYTHON: &str = "BOTO3_2022_PYTHON";

#[tokio::test]
async fn boto3_has_a_session() -> Result<()> {
    if let Err(missing) = answers("python3", &["-c", "import boto3"]).await {
        return skip(&missing);
    }
    let said = by_script("python3", "boto3").await?;
    insta::assert_snapshot!(alone(&said), @r"
    * moved back: 1, then COMPLETED 1, CANCELLED 1; poison venom; AWS.SimpleQueueService.UnsupportedOperation
    * typed: BatchEntryIdsNotDistinct ClientError EmptyBatchRequest InvalidAttributeName InvalidAttributeValue InvalidMessageContents PurgeQueueInProgress QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid UnsupportedOperation
    ");
    alike(&said);
    Ok(())
}

#[tokio::test]
async fn boto3_of_2022_has_a_session_in_the_query_protocol() -> Result<()> {
    let Ok(python) = std::env::var(OLD_PYTHON) else {
        return skip(&format!("{OLD_PYTHON} names no Python with boto3 1.24"));
    };
    let asked = ["-c", "import boto3; assert boto3.__version__.startswith('1.24.')"];
    if let Err(missing) = answers(&python, &asked).await {
        return skip(&missing);
    }
    let said = by_script(&python, "boto3").await?;
    insta::assert_snapshot!(alone(&said), @r"
    * moved back: this client knows no message move tasks
    * typed: BatchEntryIdsNotDistinct ClientError EmptyBatchRequest InvalidAttributeName InvalidMessageContents PurgeQueueInProgress QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid
    ");
    alike(&said);
    Ok(())
}

#[tokio::test]
async fn the_aws_cli_has_a_session() -> Result<()> {
    for (program, asked) in [("aws", "--version"), ("python3", "--version")] {
        if let Err(missing) = answers(program, &[asked]).await {
            return skip(&missing);
        }
    }
    let said = by_script("python3", "aws").await?;
    insta::assert_snapshot!(alone(&said), @r"
    * moved back: 1, then COMPLETED 1, CANCELLED 1; poison venom; AWS.SimpleQueueService.UnsupportedOperation
    * typed: codes only
    ");
    alike(&said);
    Ok(())
}

#[tokio::test]
async fn the_aws_sdk_for_rust_has_a_session() -> Result<()> {
    let emulator = at_noon().await?;
    let said = session::play(&emulator).await?;
    insta::assert_snapshot!(alone(&said), @r"
    * moved back: 1, then COMPLETED 1, CANCELLED 1; poison venom; AWS.SimpleQueueService.UnsupportedOperation
    * typed: BatchEntryIdsNotDistinct EmptyBatchRequest InvalidAttributeName InvalidAttributeValue InvalidMessageContents PurgeQueueInProgress QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid Unhandled UnsupportedOperation
    ");
    alike(&said);
    Ok(())
}

/// What every client sees.
fn alike(said: &str) {
    let lines = said.lines().filter(|line| !line.starts_with("* "));
    let lines: Vec<_> = lines.collect();
    insta::allow_duplicates! { insta::assert_snapshot!(lines.join("\n"), @r#"
    queues: session-dead session-orders session-steps.fifo
    created again: True
    dead letters of: session-orders
    attributes: DelaySeconds=0 MaximumMessageSize=1048576 VisibilityTimeout=45
    tags: {"cost centre": "+7@home"}
    permission: partner arn:aws:iam::111122223333:root SQS:SendMessage
    permissions left: 0
    sent: 08dce9c26160f1936e9bbedcc6fc02ea a2b2f612488780447783de5c31ff08ab
    received: a bowl & <a mug> True
    with: 1 Root=1-5759e988-bd862e3fe1be46a994272793
    and: n.custom String.colour grün n.integer Number 7
    again: 2 b'\x01bytes'
    deleted: 0
    batch: done one three, failed two InvalidMessageContents True
    shown: done n0 n1, failed 
    received: one three
    deleted: done n0 n1, failed n2 ReceiptHandleIsInvalid True
    sent twice: True
    in order: a1 | b1 | a2
    group: ann 2c3a4249
    tried: 2 2 0
    dead: poison 3 arn:aws:sqs:us-east-1:000000000000:session-orders
    dead: venom 3 arn:aws:sqs:us-east-1:000000000000:session-orders
    purged: 0
    woken by: good morning
    no such queue: AWS.SimpleQueueService.NonExistentQueue
    no such queue to send to: AWS.SimpleQueueService.NonExistentQueue
    no handle: ReceiptHandleIsInvalid
    other attributes: QueueAlreadyExists
    an empty batch: AWS.SimpleQueueService.EmptyBatchRequest
    one id twice: AWS.SimpleQueueService.BatchEntryIdsNotDistinct
    no character: InvalidMessageContents
    no group: MissingParameter
    purged a moment ago: AWS.SimpleQueueService.PurgeQueueInProgress
    no such attribute: InvalidAttributeName
    no such value: InvalidAttributeValue
    deleted: AWS.SimpleQueueService.NonExistentQueue
    too soon: AWS.SimpleQueueService.QueueDeletedRecently
    "#); }
}

/// What this client sees and another may not: operations and types that came later.
fn alone(said: &str) -> String {
    let lines = said.lines().filter(|line| line.starts_with("* "));
    lines.collect::<Vec<_>>().join("\n")
}

async fn at_noon() -> Result<Emulator> {
    Ok(Emulator::builder().clock(Clock::frozen(NOON)).seed(7).start().await?)
}

async fn by_script(python: &str, spoken: &str) -> Result<String> {
    let emulator = at_noon().await?;
    let folder = tempfile::tempdir()?;
    let mut command = client(python, emulator.endpoint_url(), folder.path());
    // Whatever the machine's language is.
    let output = command.env("PYTHONUTF8", "1").args([SCRIPT, spoken]).output().await?;
    let said = String::from_utf8(output.stdout)?;
    let wrong = || format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{spoken}: {}\n{}", output.status, wrong());
    Ok(said)
}
