//! Stories of directories that something happened to. What can be opened is; what cannot is left byte
//! for byte as it is, and what is said names the file and a way out.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::formats::directory_of;
use super::*;
use crate::store::formats::FORMAT;
use crate::store::sqlite::FILE_NAME;

const LOG: &str = "records.sqlite3-wal";
const INDEX: &str = "records.sqlite3-shm";
const LOG_HEADER_SIZE_BYTES: usize = 32;

/// Every file below a directory.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => drop(files.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
    files
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for (path, bytes) in files(from) {
        let path = to.path().join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    to
}

/// A directory of this format after a kill: its last `commits` are in the log alone.
fn killed(commits: u64) -> tempfile::TempDir {
    let directory = directory_of(FORMAT.min(3));
    let mut store = SqliteStore::open(directory.path()).unwrap();
    store.begin().unwrap();
    for drawn in 1..=commits {
        let changes = [Change::Put(Record::Ids(1000 + drawn))];
        let now = Timestamp::from_ms(1_800_000_000_000 + drawn);
        store.commit(&Commit { changes: &changes, bodies: &[], dropped_bodies: &[], now }).unwrap();
    }
    copy(directory.path())
}

/// Opens and reads a directory: how many names were drawn, or why it cannot be.
fn open(directory: &Path) -> Result<u64, String> {
    let mut drawn = 0;
    let mut read = || {
        let mut store = SqliteStore::open(directory)?;
        store.load(1, &mut |_, records| {
            for record in records {
                if let Record::Ids(ids) = record {
                    drawn = ids;
                }
            }
        })
    };
    read().map_err(|error: StoreError| error.to_string())?;
    Ok(drawn)
}

/// What is said of a directory that cannot be opened; it is seen that nothing of it has changed.
fn refused(directory: &Path) -> String {
    let before = files(directory);
    let said = open(directory).unwrap_err();
    let after = files(directory);
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after), "{said}");
    assert!(before == after, "a file has changed: {said}");
    said.replace(&directory.display().to_string(), "DIR")
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn execute(directory: &Path, sql: &str) {
    rusqlite::Connection::open(directory.join(FILE_NAME)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_database_that_is_missing_or_damaged_is_said_and_nothing_changes() {
    let mut said = Vec::new();
    let mut story = |name: &str, spoil: &dyn Fn(&Path, &Path)| {
        let directory = killed(3);
        // As it is after a stop in order: no log.
        execute(directory.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
        let database = directory.path().join(FILE_NAME);
        spoil(directory.path(), &database);
        said.push(format!("{name}: {}", refused(directory.path())));
    };
    story("missing", &|_, database| fs::remove_file(database).unwrap());
    story("empty", &|_, database| change(database, Vec::clear));
    story("zeros", &|_, database| change(database, |bytes| bytes.fill(0)));
    story("something else", &|_, database| fs::write(database, "my diary").unwrap());
    story("cut off", &|_, database| change(database, |bytes| bytes.truncate(bytes.len() / 2)));
    story("cut off in its header", &|_, database| change(database, |bytes| bytes.truncate(50)));
    story("zeros within", &|_, database| change(database, |bytes| bytes[4096..].fill(0)));
    story("new and without anything", &|directory, database| {
        fs::remove_file(database).unwrap();
        execute(directory, "PRAGMA user_version = 0; VACUUM");
    });
    story("somebody else's", &|directory, _| execute(directory, "PRAGMA application_id = 1"));
    story("newer", &|directory, _| execute(directory, "PRAGMA user_version = 99"));
    story("with a record that is none", &|directory, _| {
        execute(directory, "UPDATE record SET value = CAST('{}' AS BLOB) WHERE kind = 2");
    });
    story("with a record of a kind that nobody knows", &|directory, _| {
        execute(directory, "INSERT INTO record VALUES (200, 'a', CAST('{}' AS BLOB))");
    });
    insta::assert_snapshot!(said.join("\n"), @"
    missing: DIR/records.sqlite3 is missing, and beside it lie bodies of objects, which are of no use without it. Nothing was changed. Restore the data directory from a copy, move blobs away to begin with an empty cloud, or choose another with --data-dir
    empty: DIR/records.sqlite3 is empty, and beside it lie bodies of objects, which are of no use without it. Nothing was changed. Restore the data directory from a copy, move blobs away to begin with an empty cloud, or choose another with --data-dir
    zeros: DIR/records.sqlite3 is no SQLite database: it does not begin as one. Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    something else: DIR/records.sqlite3 is no SQLite database: it does not begin as one. Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    cut off: DIR/records.sqlite3 is cut off: it has 9 of 19 pages. Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    cut off in its header: DIR/records.sqlite3 is no SQLite database: it does not begin as one. Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    zeros within: DIR/records.sqlite3 is damaged (database disk image is malformed). Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    new and without anything: DIR/records.sqlite3 has no tables, and beside it lie bodies of objects, which are of no use without it. Nothing was changed. Restore the data directory from a copy, move blobs away to begin with an empty cloud, or choose another with --data-dir
    somebody else's: DIR/records.sqlite3 is not a database of Cloudless: choose another directory with --data-dir
    newer: the data directory DIR was written by a newer version of Cloudless (its format is 99, this one reads up to 8): update Cloudless, or choose another directory with --data-dir
    with a record that is none: DIR/records.sqlite3 holds a record that cannot be read (2/pictures: expected value at line 1 column 2). Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    with a record of a kind that nobody knows: DIR/records.sqlite3 holds a record that cannot be read (200/a: there is no kind of record 200). Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    ");
}

#[test]
fn a_directory_that_cannot_be_brought_up_to_date_is_left_as_it_is() {
    let mut said = Vec::new();
    for (format, spoil) in [
        (1, "UPDATE record SET value = CAST('{\"Message\":{}}' AS BLOB) WHERE kind = 5"),
        (1, "UPDATE record SET value = CAST('{' AS BLOB) WHERE kind = 10"),
        // The step is taken, and what it made cannot be read.
        (1, "UPDATE record SET value = CAST('{}' AS BLOB) WHERE kind = 9"),
        (2, "DROP TABLE deduplication"),
    ] {
        let directory = directory_of(format);
        execute(directory.path(), spoil);
        said.push(refused(directory.path()));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    the data directory DIR has format 1 and cannot be brought up to date (the record 5/9cd960a19478472e1a2252f91a600000: there is no number at $.Message.sequence); nothing in it was changed: open it with the version of Cloudless that wrote it, restore it from a copy, or choose another directory with --data-dir
    the data directory DIR has format 1 and cannot be brought up to date (the record 10/4c901820fc95f3d51a2252f91a600000: there is no number at $.Deduplication.sent.sequence); nothing in it was changed: open it with the version of Cloudless that wrote it, restore it from a copy, or choose another directory with --data-dir
    DIR/records.sqlite3 holds a record that cannot be read (9/2721a96e-ba0d-4a96-b024-168cf9883793: expected value at line 1 column 2). Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    DIR/records.sqlite3 cannot be read (no such table: deduplication). Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir
    ");
}

#[test]
fn a_directory_without_anything_is_new_whatever_was_begun_in_it() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(open(directory.path()), Ok(0));
    fs::write(directory.path().join(FILE_NAME), "").unwrap();
    fs::write(directory.path().join(LOG), "").unwrap();
    fs::create_dir(directory.path().join("blobs")).unwrap();
    fs::write(directory.path().join("blobs/.part-1"), "cut off").unwrap();
    assert_eq!(open(directory.path()), Ok(0));
}

/// The places of the frames of a log, and of those among them that end a transaction.
fn frames(log: &[u8]) -> (Vec<usize>, Vec<usize>) {
    let page_size_bytes = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    let frames: Vec<usize> =
        (LOG_HEADER_SIZE_BYTES..log.len()).step_by(24 + page_size_bytes).collect();
    let ends = frames.iter().copied().filter(|at| log[at + 4..at + 8] != [0; 4]);
    (frames.clone(), ends.collect())
}

#[test]
fn a_log_that_a_crash_has_torn_opens_with_all_that_was_on_the_disk() {
    let whole = killed(5);
    let log = fs::read(whole.path().join(LOG)).unwrap();
    let (frames, ends) = frames(&log);
    assert!(ends.len() >= 5, "{frames:?} {ends:?}");
    assert_eq!(open(whole.path()), Ok(1005));
    // A transaction that was being written: its frames are not whole.
    for torn in [&log[LOG_HEADER_SIZE_BYTES..1000], &[0; 5000], &[255; 24], &[7; 9000]] {
        let directory = copy(whole.path());
        change(&directory.path().join(LOG), |bytes| bytes.extend_from_slice(torn));
        assert_eq!(open(directory.path()), Ok(1005));
    }
    // The power went: the index is not there, and what follows the last whole transaction is torn
    // anywhere. Its frames need not come to the disk in their order.
    let last = ends[ends.len() - 2] + (frames[1] - frames[0]);
    for torn_from in (last..log.len()).step_by(311) {
        let directory = copy(whole.path());
        fs::remove_file(directory.path().join(INDEX)).unwrap();
        change(&directory.path().join(LOG), |bytes| bytes.truncate(torn_from));
        assert_eq!(open(directory.path()), Ok(1004), "{torn_from}");
        let directory = copy(whole.path());
        fs::remove_file(directory.path().join(INDEX)).unwrap();
        change(&directory.path().join(LOG), |bytes| bytes[torn_from] ^= 1);
        let drawn = open(directory.path());
        assert!(matches!(drawn, Ok(1004 | 1005)), "{torn_from}: {drawn:?}");
    }
}

#[test]
fn a_log_that_lacks_what_was_on_the_disk_is_said_and_nothing_changes() {
    let whole = killed(5);
    let log = fs::read(whole.path().join(LOG)).unwrap();
    let (frames, ends) = frames(&log);
    let mut said = Vec::new();
    // Any bit of what lies before the last transaction, also without the index.
    let last = ends[ends.len() - 2] + (frames[1] - frames[0]);
    for at in (0..last).step_by(1009) {
        let directory = copy(whole.path());
        if at % 2018 == 0 {
            fs::remove_file(directory.path().join(INDEX)).unwrap();
        }
        change(&directory.path().join(LOG), |bytes| bytes[at] ^= 16);
        let refused = refused(directory.path());
        assert!(refused.contains("Nothing was changed"), "{at}: {refused}");
        if at == 0 || at > last - 1009 {
            said.push(refused);
        }
    }
    // What the index knows of.
    for (name, spoil) in [
        (
            "cut off",
            &(|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1)) as &dyn Fn(&mut Vec<u8>),
        ),
        ("emptied", &Vec::clear),
        ("its last page", &|bytes: &mut Vec<u8>| *bytes.last_mut().unwrap() ^= 1),
    ] {
        let directory = copy(whole.path());
        change(&directory.path().join(LOG), spoil);
        said.push(format!("{name}: {}", refused(directory.path())));
    }
    let directory = copy(whole.path());
    fs::remove_file(directory.path().join(LOG)).unwrap();
    said.push(format!("missing: {}", refused(directory.path())));
    insta::assert_snapshot!(said.join("\n"), @"
    DIR/records.sqlite3-wal is damaged: changes that were on the disk lie behind a part that cannot be read, after 0 pages. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    DIR/records.sqlite3-wal is damaged: changes that were on the disk lie behind a part that cannot be read, after 12 pages. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    cut off: DIR/records.sqlite3-wal has 13 of 14 pages of the last changes; records.sqlite3-shm knows of the others. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    emptied: DIR/records.sqlite3-wal has 0 of 14 pages of the last changes; records.sqlite3-shm knows of the others. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    its last page: DIR/records.sqlite3-wal has 13 of 14 pages of the last changes; records.sqlite3-shm knows of the others. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    missing: DIR/records.sqlite3-wal has 0 of 14 pages of the last changes; records.sqlite3-shm knows of the others. Nothing was changed. Restore the data directory from a copy, let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), or choose another with --data-dir
    ");
}

/// The log is copied into the database now and then. Killed before or in the middle of it, the file is
/// shorter than the database, and the log has the rest.
#[test]
fn what_the_log_has_need_not_be_in_the_database() {
    let directory = directory_of(FORMAT.min(3));
    let mut store = SqliteStore::open(directory.path()).unwrap();
    let bodies = [(BlobId("row-1".into()), body(60 * KIB))];
    let now = Timestamp::from_ms(1_800_000_000_000);
    store.commit(&Commit { changes: &[], bodies: &bodies, dropped_bodies: &[], now }).unwrap();
    let directory = copy(directory.path());
    assert_eq!(open(directory.path()), open(directory_of(FORMAT.min(3)).path()));
    change(&directory.path().join(FILE_NAME), |bytes| bytes.truncate(bytes.len() - 4096));
    insta::assert_snapshot!(refused(directory.path()), @"DIR/records.sqlite3 is cut off: it has 13 of 34 pages. Nothing was changed. Restore the data directory from a copy, or choose another with --data-dir");
}

#[test]
fn a_database_that_somebody_looks_at_opens_all_the_same() {
    let directory = killed(2);
    let looks = rusqlite::Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let count = "SELECT count(*) FROM record";
    let records: i64 = looks.query_row(count, [], |row| row.get(0)).unwrap();
    let mut store = SqliteStore::open(directory.path()).unwrap();
    store.load(1, &mut |_, records| assert!(records.count() > 0)).unwrap();
    store.begin().unwrap();
    assert_eq!(looks.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), records);
}
