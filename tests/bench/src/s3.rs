//! Objects: put, read, listed and uploaded in parts.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::client::Connection;
use crate::server::Server;
use crate::table::{Line, Rate, Table};
use crate::{CONNECTIONS, SLICES};

const SMALL_BYTES: usize = 4 * 1024;
const LARGE_BYTES: usize = 64 * 1024 * 1024;
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Large bodies that are sent at the same time.
const LARGE_CONNECTIONS: usize = 2;
const PAGE: usize = 1_000;

/// A call, signed by nobody, as bytes.
pub fn request(method: &str, target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: image/jpeg\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, \
         SignedHeaders=host, Signature=00\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A request of each connection: each has a key of its own.
fn puts(connections: usize, size_bytes: usize) -> Vec<Vec<u8>> {
    let body = vec![b'x'; size_bytes];
    (0..connections).map(|at| request("PUT", &format!("/bench/{at}"), &body)).collect()
}

/// One line in one round, on servers of its own.
pub async fn measure(table: &mut Table, line: Line, slice: Duration) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let durable = matches!(line, Line::PutDurable | Line::PutLargeDurable).then_some(&*data);
    let subject = Server::cloudless(durable)?;
    let control = match line {
        Line::PutObject | Line::GetObject | Line::List => Server::http()?,
        _ => Server::files(directory.path())?,
    };
    let mut first = Connection::open(subject.address).await?;
    first.call(&request("PUT", "/bench", b"")).await?;
    let (ours, bounds) = match line {
        Line::GetObject => {
            for put in puts(CONNECTIONS, SMALL_BYTES) {
                first.call(&put).await?;
            }
            let get = |at| request("GET", &format!("/bench/{at}"), b"");
            let gets: Vec<_> = (0..CONNECTIONS).map(get).collect();
            (gets.clone(), gets)
        }
        Line::List => {
            for at in 0..PAGE {
                first.call(&request("PUT", &format!("/bench/{at:04}"), b"x")).await?;
            }
            let list = vec![request("GET", "/bench?list-type=2", b""); CONNECTIONS];
            (list.clone(), list)
        }
        Line::UploadPart => {
            let begun = first.call(&request("POST", "/bench/upload?uploads", b"")).await?;
            let begun = std::str::from_utf8(begun)?;
            let id =
                begun.split_once("<UploadId>").and_then(|(_, it)| it.split_once("</UploadId>"));
            let (id, _) = id.context("an upload has an id")?;
            let body = vec![b'x'; PART_BYTES];
            let part = |at| format!("/bench/upload?partNumber={}&uploadId={id}", at + 1);
            let parts = (0..CONNECTIONS).map(|at| request("PUT", &part(at), &body)).collect();
            (parts, puts(CONNECTIONS, PART_BYTES))
        }
        Line::PutLarge | Line::PutLargeDurable => {
            let both = puts(LARGE_CONNECTIONS, LARGE_BYTES);
            (both.clone(), both)
        }
        _ => {
            let both = puts(CONNECTIONS, SMALL_BYTES);
            (both.clone(), both)
        }
    };
    // Both are warm before they are measured.
    control.load_each(&bounds, slice / 4).await?;
    subject.load_each(&ours, slice / 4).await?;
    for _ in 0..SLICES {
        let bound = control.load_each(&bounds, slice).await?;
        let ours: Rate = subject.load_each(&ours, slice).await?;
        table.push(line, bound, if line == Line::List { ours.of_each(PAGE as u32) } else { ours });
    }
    Ok(())
}

/// What a body of 64 MiB takes of a server's memory while it comes in, over and over.
pub async fn growth() -> Result<String> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let mut said = String::new();
    for (name, directory) in [("in memory", None), ("in a directory", Some(&*data))] {
        let subject = Server::cloudless(directory)?;
        let mut connection = Connection::open(subject.address).await?;
        connection.call(&request("PUT", "/bench", b"")).await?;
        connection.call(&request("PUT", "/bench/0", b"x")).await?;
        let before = subject.resident_bytes()?;
        let put = request("PUT", "/bench/0", &vec![b'x'; LARGE_BYTES]);
        for _ in 0..8 {
            connection.call(&put).await?;
        }
        let grown_mib = subject.peak_bytes()?.saturating_sub(before) / 1024 / 1024;
        let met = crate::table::verdict(grown_mib < 32);
        said += &format!(
            "\nA server {name} takes {grown_mib} MiB of memory more at its peak while a body of 64 MiB is put eight \
             times. Asked: less than 32: {met}.\n"
        );
    }
    Ok(said)
}
