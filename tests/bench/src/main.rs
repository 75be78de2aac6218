//! `just bench`: what Cloudless does in a second, beside what this machine can do at all.
//!
//! Every figure is taken in rounds that alternate with its control, in the same minute on the same
//! machine, and medians are compared: read the ratios, the absolutes are the machine's.

mod client;
mod control;
mod server;
mod sqs;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use client::{Connection, Rate, load};
use server::Server;
use table::{Line, Table};

/// Measures Cloudless beside controls and prints a table in Markdown
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Rounds; medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each load in a round
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Also the long ones: 1,000 waiting long polls, a queue of a million messages
    #[arg(long)]
    long: bool,
    /// File that gets the table
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve as a control
    #[command(subcommand, hide = true)]
    Control(Control),
}

#[derive(Debug, Subcommand)]
enum Control {
    Http,
    SqliteGroup { directory: PathBuf },
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Control(Control::Http)) => return control::http().await,
        Some(Command::Control(Control::SqliteGroup { directory })) => {
            return control::sqlite_group(&directory).await;
        }
        None => {}
    }
    let duration = Duration::from_secs_f64(arguments.seconds);
    let mut table = Table::default();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        in_memory(&mut table, duration).await?;
        durable(&mut table, duration).await?;
    }
    let mut said = table.markdown();
    if arguments.long {
        said += &long_polls().await?;
        said += &a_million_messages().await?;
    }
    println!("{said}");
    if let Some(path) = arguments.out {
        std::fs::write(path, said)?;
    }
    Ok(())
}

/// Against a server that does nothing.
async fn in_memory(table: &mut Table, duration: Duration) -> Result<()> {
    let (control, subject) = (Server::http()?, Server::cloudless(None)?);
    let url = sqs::create_queue(subject.address, "send").await?;
    let (send, batch) = (sqs::send(&url), sqs::send_batch(&url));

    for (line, connections) in [(Line::Send16, 16), (Line::Send1, 1)] {
        table.control(line, load(control.address, connections, duration, &send).await?);
        table.subject(line, load(subject.address, connections, duration, &send).await?);
    }
    table.control(Line::SendBatch, load(control.address, 16, duration, &send).await?);
    let batches = load(subject.address, 16, duration, &batch).await?;
    table.subject(Line::SendBatch, batches.times(10.0));

    // On a server of its own each, so that what was sent above weighs on neither.
    for (line, depth) in [(Line::DrainShallow, 2_000), (Line::DrainDeep, 100_000)] {
        let subject = Server::cloudless(None)?;
        let url = sqs::create_queue(subject.address, "drain").await?;
        sqs::fill(subject.address, &url, depth).await?;
        let drained = sqs::drain(subject.address, &url, 8, depth).await?;
        table.control(line, load(control.address, 8, duration / 2, &send).await?);
        table.subject(line, drained);
    }
    let url = sqs::create_queue(subject.address, "poll").await?;
    table.control(Line::LongPoll, load(control.address, 1, duration / 2, &send).await?);
    table.subject(Line::LongPoll, sqs::send_to_long_poll(subject.address, &url, 300).await?);
    Ok(())
}

/// Against one that commits each body to SQLite with fsync, many in a transaction.
async fn durable(table: &mut Table, duration: Duration) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let control = Server::sqlite_group(directory.path())?;
    let subject = Server::cloudless(Some(&directory.path().join("data")))?;
    let url = sqs::create_queue(subject.address, "durable").await?;
    let send = sqs::send(&url);
    table.control(Line::SendDurable, load(control.address, 16, duration, &send).await?);
    table.subject(Line::SendDurable, load(subject.address, 16, duration, &send).await?);
    Ok(())
}

/// A thousand long polls that wait cost no processor time, and each is woken by one send.
async fn long_polls() -> Result<String> {
    const POLLS: usize = 1_000;
    const QUIET: Duration = Duration::from_secs(15);
    let subject = Server::cloudless(None)?;
    let (address, url) = (subject.address, sqs::create_queue(subject.address, "polls").await?);
    let poll = sqs::request(
        "ReceiveMessage",
        &serde_json::json!({ "QueueUrl": url, "WaitTimeSeconds": 20 }),
    );
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..POLLS {
        let poll = poll.clone();
        polls.spawn(async move {
            let answer = Connection::open(address).await?.call(&poll).await?.to_vec();
            let answer: serde_json::Value = serde_json::from_slice(&answer)?;
            anyhow::Ok(answer["Messages"].as_array().map_or(0, Vec::len))
        });
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = subject.cpu_ticks()?;
    tokio::time::sleep(QUIET).await;
    let used_ms = 10 * (subject.cpu_ticks()? - before);
    sqs::fill(address, &url, POLLS).await?;
    let mut woken = 0;
    while let Some(received) = polls.join_next().await {
        woken += received??;
    }
    Ok(format!(
        "\n{POLLS} long polls that wait for {} s use {used_ms} ms of processor time; {POLLS} \
         messages then wake them: {woken} are received.\n",
        QUIET.as_secs()
    ))
}

/// What a queue of a million messages costs, beside an empty one.
async fn a_million_messages() -> Result<String> {
    const MESSAGES: usize = 1_000_000;
    let duration = Duration::from_secs(2);
    let subject = Server::cloudless(None)?;
    let address = subject.address;
    let mut said = String::new();
    let mut rates: Vec<[Rate; 2]> = Vec::new();
    let before = subject.resident_bytes()?;
    for (name, depth) in [("empty", 0), ("deep", MESSAGES)] {
        let url = sqs::create_queue(address, name).await?;
        sqs::fill(address, &url, depth).await?;
        if depth > 0 {
            let held = subject.resident_bytes()? - before;
            let beyond = held as f64 / depth as f64 - 1024.0;
            said += &format!(
                "\nA message of 1 KiB in a queue of {depth} takes {beyond:.0} bytes beyond its \
                 body.\n"
            );
        }
        let send = load(address, 16, duration, &sqs::send(&url)).await?;
        let drained = sqs::drain(address, &url, 8, 20_000).await?;
        rates.push([send, drained]);
    }
    for (what, at) in [("send", 0), ("receive and delete by tens", 1)] {
        let (empty, deep) = (rates[0][at].per_second, rates[1][at].per_second);
        let ratio = empty / deep;
        said += &format!(
            "\n{what}: {empty:.0}/s in an empty queue, {deep:.0}/s in one of a million ({ratio:.2}x the time).\n"
        );
    }
    Ok(said)
}
