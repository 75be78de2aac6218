//! A gigabyte up in parts and down again, several at once, as transfer managers do it:
//! `cargo run --release -p cloudless --example transfer_a_gigabyte [DIRECTORY]`. With a directory, everything is
//! kept there, and durable.

use std::time::Instant;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use cloudless::Emulator;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use lambda_runtime::Error;

const PART_BYTES: usize = 8 * 1024 * 1024;
const PARTS: i32 = 128;
const AT_ONCE: usize = 8;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut builder = Emulator::builder();
    if let Some(directory) = std::env::args().nth(1) {
        builder = builder.data_dir(directory);
    }
    let emulator = builder.start().await?;
    let config = aws_sdk_s3::config::Builder::from(&emulator.sdk_config()).force_path_style(true);
    let s3 = Client::from_conf(config.build());
    s3.create_bucket().bucket("films").send().await?;
    let began = Instant::now();
    upload(&s3).await?;
    let uploaded = Instant::now();
    download(&s3).await?;
    println!(
        "a gigabyte in {PARTS} parts: up in {:.1} s, down in {:.1} s, as it was",
        (uploaded - began).as_secs_f64(),
        uploaded.elapsed().as_secs_f64(),
    );
    emulator.stop().await;
    Ok(())
}

/// What a part is made of: every one differs from the others.
fn part(number: i32) -> Vec<u8> {
    let seed = number.to_be_bytes();
    (0..PART_BYTES).map(|at| seed[at % seed.len()] ^ (at / 251) as u8).collect()
}

async fn upload(s3: &Client) -> Result<(), Error> {
    let begin = s3.create_multipart_upload().bucket("films").key("a film");
    let begun = begin.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await?;
    let id = begun.upload_id().unwrap_or_default();
    let send = |number: i32| async move {
        let upload = s3.upload_part().bucket("films").key("a film").upload_id(id);
        let sent = upload.part_number(number).body(ByteStream::from(part(number))).send().await?;
        let part = CompletedPart::builder().part_number(number);
        let part = part.set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32);
        Ok::<_, Error>(part.build())
    };
    let parts: Vec<CompletedPart> =
        stream::iter(1..=PARTS).map(send).buffered(AT_ONCE).try_collect().await?;
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket("films").key("a film").upload_id(id);
    complete.multipart_upload(parts).send().await?;
    Ok(())
}

async fn download(s3: &Client) -> Result<(), Error> {
    let head = s3.head_object().bucket("films").key("a film").send().await?;
    let whole = i64::from(PARTS) * PART_BYTES as i64;
    if head.content_length() != Some(whole) {
        return Err(format!("{:?} bytes, and not {whole}", head.content_length()).into());
    }
    let compare = |number: i32| async move {
        let first = (number - 1) as usize * PART_BYTES;
        let range = format!("bytes={first}-{}", first + PART_BYTES - 1);
        let got = s3.get_object().bucket("films").key("a film").range(range).send().await?;
        match got.body.collect().await?.into_bytes() == part(number) {
            true => Ok(()),
            false => Err(Error::from(format!("part {number} is not as it was"))),
        }
    };
    stream::iter(1..=PARTS).map(compare).buffered(AT_ONCE).try_collect().await
}
