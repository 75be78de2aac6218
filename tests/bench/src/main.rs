//! `just bench`: what Cloudless does in a second, beside what this machine can do at all.
//!
//! The control is asked by the same client over as many connections, with bodies of the same size,
//! in slices of time that alternate with ours. Each slice is compared with the one beside it, and the
//! median of these ratios is what counts: the absolutes are the machine's.

mod balancer;
mod client;
mod control;
mod functions;
mod idle;
mod logs;
mod long;
mod machine;
mod metrics;
mod objects;
mod pages;
mod pictures;
mod s3;
mod server;
mod sqs;
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use server::Server;
use table::{Line, Table};

/// Measures Cloudless beside controls and prints a table in Markdown
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Rounds, each with servers of its own
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each load in a round, of ours and of its control
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Also the long ones: 1,000 waiting long polls, a queue of a million messages, functions, pictures, a bucket
    /// of a million objects
    #[arg(long)]
    long: bool,
    /// Only the lines whose description holds this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// PostgreSQL for the shop's pages: postgres://user:password@host/name, whose tables may be written; without it those
    /// lines are left out
    #[arg(long, value_name = "URL", env = "CLOUDLESS_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
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
    Http {
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    SqliteGroup {
        directory: PathBuf,
    },
    Files {
        directory: PathBuf,
    },
    Pages {
        database_url: String,
        page: PathBuf,
    },
    Function,
}

/// Into how many slices a load is cut, each beside one of its control.
const SLICES: u32 = 4;
/// Connections, where it is not one.
const CONNECTIONS: usize = 16;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Control(Control::Http { listen })) => return control::http(listen).await,
        Some(Command::Control(Control::SqliteGroup { directory })) => {
            return control::sqlite_group(&directory).await;
        }
        Some(Command::Control(Control::Files { directory })) => {
            return control::files(directory).await;
        }
        Some(Command::Control(Control::Pages { database_url, page })) => {
            return pages::serve(&database_url, &page).await;
        }
        Some(Command::Control(Control::Function)) => return functions::serve().await,
        None => {}
    }
    let slice = Duration::from_secs_f64(arguments.seconds) / SLICES;
    let mut table = Table::default();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        for line in Line::ALL.into_iter().filter(|line| line.name().contains(&arguments.only)) {
            if line.is_page() {
                let postgres = arguments.postgres.as_deref();
                pages::measure(&mut table, line, slice, postgres).await?;
            } else if line.is_s3() {
                s3::measure(&mut table, line, slice).await?;
            } else {
                measure(&mut table, line, slice).await?;
            }
        }
    }
    let mut said = machine::described(arguments.rounds, arguments.seconds, arguments.long)?;
    said += &table.markdown();
    if arguments.long {
        said += &measure_long(&arguments.only).await?;
    }
    println!("{said}");
    if let Some(path) = arguments.out {
        std::fs::write(path, said)?;
    }
    Ok(())
}

/// What takes minutes, each where its description holds `only`.
async fn measure_long(only: &str) -> Result<String> {
    let mut said = String::new();
    let asked = |what: &str| {
        let is_asked = what.contains(only);
        if is_asked {
            eprintln!("{what}");
        }
        is_asked
    };
    if asked("long polls") {
        said += &long::polls().await?;
    }
    if asked("a million messages") {
        said += &long::million().await?;
    }
    if asked("functions") {
        said += &functions::measure().await?;
    }
    if asked("functions that idle") {
        said += &idle::measure().await?;
    }
    if asked("requests through a balancer") {
        said += &balancer::measure().await?;
    }
    if asked("400 uploads of 12 megapixels") {
        said += &pictures::uploads().await?;
    }
    if asked("a resize beside Pillow's") {
        said += &pictures::beside_pillow()?;
    }
    if asked("logs of a million lines") {
        said += &logs::measure().await?;
    }
    if asked("a thousand metrics") {
        said += &metrics::measure().await?;
    }
    if asked("bodies of 64 MiB") {
        said += &s3::growth().await?;
    }
    if asked("a million objects in memory") {
        said += &objects::in_memory().await?;
    }
    if asked("a million objects in a directory") {
        said += &objects::in_a_directory().await?;
    }
    Ok(said)
}

/// One line of queues in one round, on servers of its own.
async fn measure(table: &mut Table, line: Line, slice: Duration) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (control, subject) = match line {
        Line::SendDurable => (
            Server::sqlite_group(directory.path())?,
            Server::cloudless(Some(&directory.path().join("data")))?,
        ),
        _ => (Server::http()?, Server::cloudless(None)?),
    };
    let url = sqs::create_queue(subject.address, "bench").await?;
    let (send, batch) = (sqs::send(&url), sqs::send_batch(&url));
    let connections = if line == Line::Send1 { 1 } else { CONNECTIONS };
    if line == Line::DrainDeep {
        sqs::fill(subject.address, &url, 100_000).await?;
    }
    // Both are warm before they are measured.
    control.load(connections, slice / 4, &send).await?;
    let cold = sqs::create_queue(subject.address, "cold").await?;
    subject.load(connections, slice / 4, &sqs::send(&cold)).await?;

    for _ in 0..SLICES {
        let bound = control.load(connections, slice, &send).await?;
        let ours = match line {
            Line::Send16 | Line::Send1 | Line::SendDurable => {
                subject.load(connections, slice, &send).await?
            }
            Line::SendBatch => subject.load(connections, slice, &batch).await?.of_each(10),
            Line::DrainShallow => sqs::drain(&subject, &url, connections, &[2_000; 10]).await?,
            Line::DrainDeep => {
                let part = 100_000 / SLICES as usize;
                sqs::drain_part(&subject, &url, connections, part).await?
            }
            _ => sqs::send_to_long_poll(&subject, &url, 100).await?,
        };
        table.push(line, bound, ours);
    }
    Ok(())
}
