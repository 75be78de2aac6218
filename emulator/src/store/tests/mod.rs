//! Stories of object bodies and of the data directory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod damage;
mod formats;
mod leases;

use std::path::Path;

use bytes::Bytes;
use cloudless_core::content::{Blob, BlobId, BlobRange, Content};
use cloudless_core::{Change, Record, Timestamp};
use futures_util::TryStreamExt as _;

use super::*;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

fn body(size_bytes: usize) -> Bytes {
    (0..size_bytes).map(|at| (at * 7 % 253) as u8).collect::<Vec<_>>().into()
}

fn options() -> WriteOptions {
    let checksum = Some(ChecksumAlgorithm::Crc64Nvme);
    WriteOptions { size_limit_bytes: 10 * MIB as u64, sha256: true, checksum, other_checksum: None }
}

/// Commits an upload as the engine does.
fn commit(store: &mut dyn Store, blobs: &Blobs, staged: Staged) -> Blob {
    let blob = staged.blob().clone();
    let bodies: Vec<_> = staged.adopt().into_iter().collect();
    let dropped_bodies = blobs.take_dropped_rows();
    let now = Timestamp::from_ms(1);
    let commit = Commit { changes: &[], bodies: &bodies, dropped_bodies: &dropped_bodies, now };
    store.commit(&commit).unwrap();
    blobs.committed(&bodies);
    blob
}

fn open_whole(blobs: &Blobs, blob: &Blob) -> Body {
    blobs.open(&Content::Whole(blob.clone()).all())
}

async fn read(body: Body) -> Vec<u8> {
    let chunks: Vec<Bytes> = body.stream().try_collect().await.unwrap();
    chunks.concat()
}

fn files(directory: &Path) -> usize {
    std::fs::read_dir(directory.join("blobs")).unwrap().count()
}

#[tokio::test]
async fn a_body_comes_back_as_it_was_written_whatever_its_size() {
    let directory = tempfile::tempdir().unwrap();
    for (kind, mut storage) in
        [("memory", Storage::memory()), ("directory", Storage::open(directory.path()).unwrap())]
    {
        for size in [0, 1, 64 * KIB, 64 * KIB + 1, MIB, MIB + 1, 3 * MIB + 77] {
            let whole = body(size);
            let mut writer = storage.blobs.writer(options());
            for chunk in whole.chunks(17_011) {
                writer.write(Bytes::copy_from_slice(chunk)).await.unwrap();
            }
            let staged = writer.finish().await.unwrap();
            let blob = commit(storage.records.as_mut(), &storage.blobs, staged);
            let name = format!("{kind}, {size} bytes");
            assert_eq!(blob.size_bytes, size as u64, "{name}");
            let md5: [u8; 16] = <md5::Md5 as md5::Digest>::digest(&whole).into();
            assert_eq!(blob.md5, md5, "{name}");
            let crc = ChecksumAlgorithm::Crc64Nvme.of(&whole);
            assert_eq!(blob.checksum, Some(crc), "{name}");
            assert_eq!(open_whole(&storage.blobs, &blob).bytes().await.unwrap(), whole, "{name}");
            assert!(read(open_whole(&storage.blobs, &blob)).await == whole, "{name}");
            for (from, length) in [(0, 1), (size / 2, size / 3), (size.saturating_sub(1), 1)] {
                let length = length.min(size - from.min(size));
                let range = BlobRange {
                    blob: blob.id.clone(),
                    offset_bytes: from as u64,
                    length_bytes: length as u64,
                };
                let part = read(storage.blobs.open(&[range])).await;
                assert!(part == whole[from..from + length], "{name} from {from}, {length}");
            }
        }
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_or_too_large_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let mut given_up = storage.blobs.writer(options());
    given_up.write(body(3 * MIB)).await.unwrap();
    drop(given_up);
    let mut too_large = storage.blobs.writer(WriteOptions { size_limit_bytes: 10, ..options() });
    let refused = too_large.write(body(11)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the body is larger than 10 bytes");
    assert_eq!(files(directory.path()), 0);
}

#[tokio::test]
async fn who_reads_a_body_reads_it_to_its_end_although_it_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    for mut storage in [Storage::memory(), Storage::open(directory.path()).unwrap()] {
        for size in [10, 2 * MIB] {
            let staged = storage.blobs.stage(body(size), options()).await.unwrap();
            let blob = commit(storage.records.as_mut(), &storage.blobs, staged);
            let reader = open_whole(&storage.blobs, &blob);
            storage.blobs.delete(&blob.id);
            // The commit after the deletion must not take it away either.
            let other = storage.blobs.stage(body(1), options()).await.unwrap();
            let other = commit(storage.records.as_mut(), &storage.blobs, other);
            storage.blobs.delete(&other.id);
            assert!(read(reader).await == body(size));
            let next = storage.blobs.stage(body(2), options()).await.unwrap();
            let next = commit(storage.records.as_mut(), &storage.blobs, next);
            storage.blobs.delete(&next.id);
            let gone = open_whole(&storage.blobs, &blob);
            if size == 10 || storage.blobs.files().is_none() {
                assert_eq!(gone.bytes().await.unwrap_err().kind(), std::io::ErrorKind::NotFound);
            }
        }
    }
}

/// Three parts, of which two lie beside the records and one is a file: they are read one after the other,
/// each range from where it begins, also when the object is gone meanwhile; and one that is missing
/// ends the answer where it would come.
#[tokio::test]
async fn parts_are_read_one_after_the_other_as_one_body() {
    let directory = tempfile::tempdir().unwrap();
    for mut storage in [Storage::memory(), Storage::open(directory.path()).unwrap()] {
        let whole = body(MIB + 80 * KIB + 30);
        let mut parts = Vec::new();
        for part in [0..KIB, KIB..MIB + 70 * KIB, MIB + 70 * KIB..whole.len()] {
            let staged = storage.blobs.stage(whole.slice(part), options()).await.unwrap();
            parts.push(commit(storage.records.as_mut(), &storage.blobs, staged));
        }
        let content = Content::of_parts(parts.clone(), None);
        let all = storage.blobs.open(&content.all());
        assert_eq!(all.length_bytes(), whole.len() as u64);
        assert!(all.bytes().await.unwrap() == whole);
        for (from, length) in [(0, 2 * MIB), (KIB - 1, 2), (5, MIB), (MIB, 80 * KIB), (10, 0)] {
            let read = read(storage.blobs.open(&content.ranges(from as u64, length as u64))).await;
            assert!(read == whole[from..(from + length).min(whole.len())], "{length} from {from}");
        }
        let opened = storage.blobs.open(&content.all());
        parts.iter().for_each(|part| storage.blobs.delete(&part.id));
        assert!(read(opened).await == whole);

        let missing = BlobId("file-00ff".into());
        let lost =
            Content::of_parts([parts[0].clone(), Blob { id: missing, ..parts[1].clone() }], None);
        let there = storage.blobs.stage(whole.slice(0..KIB), options()).await.unwrap();
        let there = commit(storage.records.as_mut(), &storage.blobs, there);
        let mut ranges = lost.all();
        ranges[0].blob = there.id;
        let mut chunks = std::pin::pin!(storage.blobs.open(&ranges).stream());
        assert!(chunks.try_next().await.unwrap().unwrap() == whole.slice(0..KIB));
        let refused = chunks.try_next().await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::NotFound);
    }
}

/// Bodies that something refers to.
struct Named(std::collections::BTreeSet<BlobId>);

impl Wanted for Named {
    fn contains(&self, blob: &BlobId) -> bool {
        self.0.contains(blob)
    }
    fn iter(&self) -> impl Iterator<Item = &BlobId> {
        self.0.iter()
    }
}

#[tokio::test]
async fn what_nothing_refers_to_is_swept_and_what_is_missing_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = Storage::open(directory.path()).unwrap();
    let mut ids = Vec::new();
    for size in [10, 11, MIB, MIB + 1] {
        let staged = storage.blobs.stage(body(size), options()).await.unwrap();
        ids.push(commit(storage.records.as_mut(), &storage.blobs, staged).id);
    }
    let lost = BlobId("file-00ff".into());
    let wanted = Named([ids[0].clone(), ids[2].clone(), lost.clone()].into());
    let swept = storage.blobs.sweep(&wanted).unwrap();
    assert_eq!(swept, blobs::Swept { removed: 2, missing: vec![lost] });
}

#[test]
fn records_come_back_in_the_order_of_their_kinds_with_seed_and_time() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let load = |store: &mut SqliteStore, seed| {
        let mut found = None;
        let kept = store.load(seed, &mut |seed, records| {
            found = Some((seed, records.collect::<Vec<_>>()));
        });
        (kept.unwrap(), found.unwrap())
    };
    let fresh = load(&mut store, u64::MAX);
    assert_eq!(fresh, (Kept::Records { last: Timestamp::from_ms(0) }, (u64::MAX, vec![])));
    let changes = [3, 1, 2].map(|drawn| Change::Put(Record::Ids(drawn)));
    let now = Timestamp::from_ms(1_795_435_200_000);
    store.commit(&Commit { changes: &changes, bodies: &[], dropped_bodies: &[], now }).unwrap();
    drop(store);
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let kept = load(&mut store, 7);
    assert_eq!(kept, (Kept::Records { last: now }, (u64::MAX, vec![Record::Ids(2)])));
}

/// Two queues of the first format have a message at the same place. Each finds its own, with where it
/// was in its life and what makes it the same message, in the order in which they were sent.
#[test]
fn a_directory_of_the_first_format_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(directory.path().join(sqlite::FILE_NAME)).unwrap();
    database
        .execute_batch(
            r#"PRAGMA application_id = 0x436c646c; PRAGMA user_version = 1;
            CREATE TABLE record (kind INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, name));
            CREATE TABLE blob (id TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
            CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO meta VALUES ('seed', 7), ('now', 1795435200000);
            INSERT INTO record VALUES (1, '', CAST('{"Ids":4}' AS BLOB));"#,
        )
        .unwrap();
    let insert = |kind: u8, queue: u64, place: u64, value: serde_json::Value| {
        let name = format!("{queue:016x}{place:016x}");
        let value = value.to_string().into_bytes();
        database.execute("INSERT INTO record VALUES (?1, ?2, ?3)", (kind, name, value)).unwrap();
    };
    for (queue, place, body) in [(9, 40, "first"), (9, 41, "third"), (1, 40, "second")] {
        let content = serde_json::json!({
            "id": 5, "body": body, "md5_of_body": vec![0; 16], "sender_id": "000000000000", "sent": 1,
            "visible_from": 1, "receives_before": 0, "cause": 3,
        });
        let message = serde_json::json!({ "queue": queue, "sequence": place, "content": content });
        insert(5, queue, place, serde_json::json!({ "Message": message }));
    }
    let state = serde_json::json!({
        "queue": 9, "sequence": 40, "available_at": 2, "receives": 1, "first_received": 1, "last_received": 1,
    });
    insert(6, 9, 40, serde_json::json!({ "MessageState": state }));
    let sent = serde_json::json!({ "message": 5, "sequence": 39, "at": 1 });
    let seen = serde_json::json!({ "queue": 9, "key": { "id": "x", "group": null }, "sent": sent });
    insert(10, 9, 39, serde_json::json!({ "Deduplication": seen }));
    drop(database);

    let mut store = SqliteStore::open(directory.path()).unwrap();
    let mut said = String::new();
    let kept = store.load(1, &mut |seed, records| {
        said = format!("seed {seed}\n");
        for record in records {
            said += &match record {
                Record::Sqs(cloudless_core::sqs::Record::Message(message)) => {
                    let content = message.content;
                    let body = (content.body.text(), content.body.md5_hex());
                    format!("{} of queue {}: {body:?}\n", message.sequence.0, message.queue.0)
                }
                record => format!("{record:?}\n"),
            };
        }
    });
    insta::assert_snapshot!(format!("{:?}\n{said}", kept.unwrap()), @r#"
    Records { last: Timestamp(1795435200000) }
    seed 7
    Ids(4)
    40 of queue 1: ("second", "a9f0e61a137d86aa9db53465e0801612")
    41 of queue 9: ("first", "8b04d5e3775d298e78455efc5ca404d5")
    42 of queue 9: ("third", "dd5c8bf51558ffcbe5007071908e9524")
    Sqs(MessageState(MessageStateRecord { queue: QueueId(9), sequence: Sequence(41), available_at: Timestamp(2), receives: 1, first_received: Some(Timestamp(1)), last_received: Some(Timestamp(1)) }))
    Sqs(Deduplication(DeduplicationRecord { queue: QueueId(9), key: DeduplicationKey { id: "x", group: None }, sent: Sent { message: MessageId(5), sequence: Sequence(39), at: Timestamp(1) } }))
    "#);
}

#[test]
fn a_directory_that_cannot_be_used_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let open = || SqliteStore::open(path).err().map(|error| error.to_string());
    let first = SqliteStore::open(path).unwrap();
    let in_use = open().unwrap();
    drop(first);
    let database = rusqlite::Connection::open(path.join(sqlite::FILE_NAME)).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    let newer = open().unwrap();
    database.pragma_update(None, "application_id", 1).unwrap();
    let foreign = open().unwrap();
    let said = [in_use, newer, foreign].join("\n");
    let said = said.replace(&path.display().to_string(), "DIR");
    insta::assert_snapshot!(said.replace(&std::process::id().to_string(), "PID"), @"
    the data directory DIR is in use by another process (process PID): stop that one first, or choose another directory with --data-dir
    the data directory DIR was written by a newer version of Cloudless (its format is 99, this one reads up to 8): update Cloudless, or choose another directory with --data-dir
    the data directory DIR was written by a newer version of Cloudless (its format is 99, this one reads up to 8): update Cloudless, or choose another directory with --data-dir
    ");
}
