//! A bucket of a million objects of one byte: what they cost in memory, what a page of their listing
//! costs, and how long a directory of them takes to open.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::s3::request;
use crate::server::Server;
use crate::table::{median, verdict};

const OBJECTS: usize = 1_000_000;
/// In so many folders, each with as many objects as a page has.
const FOLDERS: usize = 1_000;
const PAGE: usize = OBJECTS / FOLDERS;
/// A store groups what waits into one commit: the more puts wait, the fewer of these.
const CONNECTIONS: usize = 64;

/// Memory and listings, of a server that keeps everything in memory.
pub async fn in_memory() -> Result<String> {
    const ROUNDS: usize = 20;
    let subject = Server::cloudless(None)?;
    let address = subject.address;
    let mut lister = Connection::open(address).await?;
    for bucket in ["page", "million"] {
        lister.call(&request("PUT", &format!("/{bucket}"), b"")).await?;
    }
    // One object of each folder: as many keys, and as many prefixes, as a page has.
    put_all(address, "page", OBJECTS, PAGE).await?;
    for asked in Asked::ALL {
        lister.call(&asked.request("page")).await?;
    }
    let before = subject.resident_bytes()?;
    put_all(address, "million", OBJECTS, 1).await?;
    let held = subject.resident_bytes()?.saturating_sub(before);
    // The server has closed the other one: nobody used it.
    let mut lister = Connection::open(address).await?;
    let beyond = held as f64 / OBJECTS as f64 - 1.0;
    let mut said = format!(
        "\nAn object of one byte in a bucket of a million takes {beyond:.0} bytes of memory beyond its \
         body (the resident memory of a server without a directory, after {OBJECTS} PutObject over \
         {CONNECTIONS} connections and before). Asked: less than 700: {}.\n",
        verdict(beyond < 700.0)
    );
    let mut took = [(); 3].map(|()| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (took, asked) in took.iter_mut().zip(Asked::ALL) {
            let page = time(&mut lister, &asked.request("page")).await?;
            took.push((page, time(&mut lister, &asked.request("million")).await?));
        }
    }
    for (took, asked) in took.iter().zip(Asked::ALL) {
        let ratio = median(took.iter().map(|(page, million)| million / page));
        said += &format!(
            "\nA page of 1,000 {} takes {:.0} µs in a bucket of one page and {:.0} µs in one of a \
             million: {ratio:.2} times as long.\n",
            asked.name(),
            median(took.iter().map(|(page, _)| *page)),
            median(took.iter().map(|(_, million)| *million)),
        );
    }
    Ok(said)
}

/// Opening a directory that a killed server has left.
pub async fn in_a_directory() -> Result<String> {
    let directory = tempfile::tempdir()?;
    let subject = Server::cloudless(Some(directory.path()))?;
    let mut connection = Connection::open(subject.address).await?;
    connection.call(&request("PUT", "/million", b"")).await?;
    let began = Instant::now();
    put_all(subject.address, "million", OBJECTS, 1).await?;
    let put_in = began.elapsed();
    let grown = subject.resident_bytes()?;
    drop(subject);
    let stored: u64 = walk(directory.path())?;
    let began = Instant::now();
    let subject = Server::cloudless(Some(directory.path()))?;
    let mut connection = Connection::open(subject.address).await?;
    connection.call(&Asked::Start.request("million")).await?;
    let opened_in = began.elapsed();
    let (peak, resident) = (subject.peak_bytes()?, subject.resident_bytes()?);
    Ok(format!(
        "\nA data directory of a million objects of one byte ({} MiB, put in {:.0} s over {CONNECTIONS} \
         connections by a server that had {} MiB in memory then) opens in {:.1} s after that server was \
         killed: from the start of the process to its first listing. At its peak it takes {} MiB of \
         memory, and {} MiB afterwards.\n",
        mib(stored),
        put_in.as_secs_f64(),
        mib(grown),
        opened_in.as_secs_f64(),
        mib(peak),
        mib(resident),
    ))
}

/// Which page is asked for.
#[derive(Clone, Copy)]
enum Asked {
    Start,
    Middle,
    Folders,
}

impl Asked {
    const ALL: [Self; 3] = [Self::Start, Self::Middle, Self::Folders];

    fn name(self) -> &'static str {
        match self {
            Self::Start => "keys at the start",
            Self::Middle => "keys from the middle on (of one page: the half that there is)",
            Self::Folders => "common prefixes",
        }
    }

    fn request(self, bucket: &str) -> Vec<u8> {
        let more = match self {
            Self::Start => "",
            Self::Middle => "&start-after=499%2F999.jpg",
            Self::Folders => "&delimiter=%2F",
        };
        request("GET", &format!("/{bucket}?list-type=2{more}"), b"")
    }
}

/// Puts every `step`-th of `count` objects.
async fn put_all(address: SocketAddr, bucket: &str, count: usize, step: usize) -> Result<()> {
    let mut tasks = JoinSet::new();
    for worker in 0..CONNECTIONS {
        let bucket = bucket.to_owned();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for at in (worker * step..count).step_by(CONNECTIONS * step) {
                let target = format!("/{bucket}/{:03}/{:03}.jpg", at / PAGE, at % PAGE);
                connection.call(&request("PUT", &target, b"x")).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Microseconds.
async fn time(connection: &mut Connection, request: &[u8]) -> Result<f64> {
    let began = Instant::now();
    connection.call(request).await?;
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

/// How many bytes the files below a directory have.
fn walk(directory: &std::path::Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { walk(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}

fn mib(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}
