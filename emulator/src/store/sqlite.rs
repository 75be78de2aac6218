//! Records in SQLite: one table, one row a record, one transaction a commit.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use cloudless_core::record::Key;
use cloudless_core::{Change, Record, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Commit, Kept, Restore, Store, StoreError};

/// The database in the data directory.
pub(super) const FILE_NAME: &str = "records.sqlite3";

/// The format that this version writes. A change of what is stored raises it and brings the
/// steps from the format before.
const FORMAT: i64 = 1;

/// Marks the database as ours in its header: "Cldl".
const APPLICATION_ID: i64 = 0x436c_646c;

// A table of its own beside the index of its key: WITHOUT ROWID, a row larger than a quarter of a page
// would take a page for itself, and messages are.
const SCHEMA: &str = "
    CREATE TABLE record (
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE blob (id TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// Records in a directory. A commit is on the disk when it returns.
#[derive(Debug)]
pub struct SqliteStore {
    directory: PathBuf,
    database: Connection,
    /// Held for as long as the directory is open; the operating system frees it with the process.
    _lock: File,
}

impl SqliteStore {
    /// Opens the directory, which is made where it does not exist.
    ///
    /// # Errors
    /// Another process has it open, a newer version of Cloudless wrote it, or it cannot be written.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(directory)
            .map_err(|error| StoreError::File { path: directory.to_path_buf(), error })?;
        let lock = lock(directory)?;
        let path = directory.join(FILE_NAME);
        let mut database = Connection::open(&path)?;
        let format: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let owner: i64 = database.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 =
            database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 && owner != APPLICATION_ID {
            return Err(StoreError::Foreign { path });
        }
        if format > FORMAT {
            return Err(StoreError::Newer {
                path: directory.to_path_buf(),
                found: format,
                supported: FORMAT,
            });
        }
        // A write-ahead log that is synced at every commit: what was acknowledged is on the disk.
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.pragma_update(None, "temp_store", "MEMORY")?;
        if tables == 0 {
            let transaction = database.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
            transaction.commit()?;
        }
        database.set_prepared_statement_cache_capacity(16);
        Ok(Self { directory: directory.to_path_buf(), database, _lock: lock })
    }

    fn meta(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> = self
            .database
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        Ok(value.map(i64::cast_unsigned))
    }
}

impl Store for SqliteStore {
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        let seed = match self.meta("seed")? {
            Some(seed) => seed,
            None => {
                let write = "INSERT INTO meta (name, value) VALUES ('seed', ?1)";
                self.database.execute(write, [seed.cast_signed()])?;
                seed
            }
        };
        let last = Timestamp::from_ms(self.meta("now")?.unwrap_or(0));
        let mut statement =
            self.database.prepare("SELECT kind, name, value FROM record ORDER BY kind, name")?;
        let mut rows = statement.query([])?;
        let mut failure = None;
        let mut records = std::iter::from_fn(|| {
            let next = rows
                .next()
                .map_err(StoreError::from)
                .and_then(|row| row.map(|row| read(row, &self.directory)).transpose());
            next.unwrap_or_else(|failed| {
                failure = Some(failed);
                None
            })
        });
        restore(seed, &mut records);
        failure.map_or(Ok(Kept::Records { last }), Err)
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let transaction = self.database.transaction()?;
        {
            let mut put = transaction.prepare_cached(
                "INSERT INTO record (kind, name, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
            )?;
            let mut delete =
                transaction.prepare_cached("DELETE FROM record WHERE kind = ?1 AND name = ?2")?;
            let mut value = Vec::with_capacity(2048);
            for (Key { kind, name }, record) in last_of_each(commit.changes) {
                match record {
                    Some(record) => {
                        value.clear();
                        write(record, &mut value)?;
                        put.execute(params![kind as u8, name, value])?
                    }
                    None => delete.execute(params![kind as u8, name])?,
                };
            }
            let mut keep =
                transaction.prepare_cached("INSERT INTO blob (id, bytes) VALUES (?1, ?2)")?;
            for (blob, bytes) in commit.bodies {
                keep.execute(params![&*blob.0, &bytes[..]])?;
            }
            let mut drop = transaction.prepare_cached("DELETE FROM blob WHERE id = ?1")?;
            for blob in commit.dropped_bodies {
                drop.execute([&*blob.0])?;
            }
            let mut now = transaction.prepare_cached(
                "INSERT INTO meta (name, value) VALUES ('now', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?;
            now.execute([commit.now.as_ms().cast_signed()])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// What each record is after all changes: many steps in one commit write the same record, and only
/// its last state is worth a row.
fn last_of_each(changes: &[Change]) -> Vec<(Key, Option<&Record>)> {
    let latest_first = changes.iter().rev().map(|change| match change {
        Change::Put(record) => (record.key(), Some(record)),
        Change::Delete(key) => (key.clone(), None),
    });
    let mut last: Vec<(Key, Option<&Record>)> = latest_first.collect();
    // In the order of the table, so that neighbours are written together. The sort is stable: of one
    // record's changes the latest stays first.
    last.sort_by(|a, b| a.0.cmp(&b.0));
    last.dedup_by(|a, b| a.0 == b.0);
    last
}

fn write(record: &Record, value: &mut Vec<u8>) -> Result<(), StoreError> {
    serde_json::to_writer(value, record)
        .map_err(|wrong| StoreError::Other(format!("a record cannot be written: {wrong}")))
}

fn read(row: &rusqlite::Row<'_>, directory: &Path) -> Result<Record, StoreError> {
    let value = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    serde_json::from_slice(value).or_else(|wrong| {
        let (kind, name): (i64, String) = (row.get(0)?, row.get(1)?);
        Err(StoreError::Unreadable {
            path: directory.to_path_buf(),
            name: format!("{kind}/{name}"),
            reason: wrong.to_string(),
        })
    })
}

/// Takes the directory for this process.
fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let failed = |error| StoreError::File { path: path.clone(), error };
    let mut options = File::options();
    let mut lock =
        options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut by = String::new();
            let known = lock.read_to_string(&mut by).is_ok() && !by.trim().is_empty();
            let by = known.then(|| format!("process {}", by.trim()));
            return Err(StoreError::InUse { path: directory.to_path_buf(), by });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    lock.set_len(0).and_then(|()| lock.rewind()).map_err(failed)?;
    lock.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    Ok(lock)
}
