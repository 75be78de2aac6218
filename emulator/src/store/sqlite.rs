//! Records in SQLite: one row a record, one transaction a commit.
//!
//! What has a name is in one table; what has a number is in a table for each kind, in the order of its
//! numbers: writing messages appends rows, and costs no index.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use cloudless_core::record::{Key, Kind, Name};
use cloudless_core::{Change, Record, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::formats;
use super::tables::{self, Tables};
use super::{Commit, Kept, Restore, Store, StoreError};

/// The database in the data directory.
pub(super) const FILE_NAME: &str = "records.sqlite3";

/// Records in a directory. A commit is on the disk when it returns.
#[derive(Debug)]
pub struct SqliteStore {
    directory: PathBuf,
    database: Connection,
    tables: Tables,
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
        let tables = Tables::new();
        formats::prepare(&mut database, &tables, directory)?;
        // A write-ahead log that is synced at every commit: what was acknowledged is on the disk.
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.pragma_update(None, "temp_store", "MEMORY")?;
        database.set_prepared_statement_cache_capacity(16);
        Ok(Self { directory: directory.to_path_buf(), database, tables, _lock: lock })
    }

    /// A number that the store keeps for itself.
    fn own(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> =
            self.database.query_row(tables::OWN, [name], |row| row.get(0)).optional()?;
        Ok(value.map(i64::cast_unsigned))
    }
}

impl Store for SqliteStore {
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        let seed = match self.own("seed")? {
            Some(seed) => seed,
            None => {
                self.database.execute(tables::PUT_OWN, params!["seed", seed.cast_signed()])?;
                seed
            }
        };
        let last = Timestamp::from_ms(self.own("now")?.unwrap_or(0));
        let mut records = Vec::new();
        for select in self.tables.select_in_order() {
            let mut statement = self.database.prepare(select)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                records.push(read(row, &self.directory)?);
            }
        }
        restore(seed, &mut records.into_iter());
        Ok(Kept::Records { last })
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let transaction = self.database.transaction()?;
        {
            let mut value = Vec::with_capacity(2048);
            for (key, record) in last_of_each(commit.changes) {
                value.clear();
                match record {
                    Some(record) => {
                        write(record, &mut value)?;
                        put(&transaction, &self.tables, &key, &value)?;
                    }
                    None => delete(&transaction, &self.tables, &key)?,
                }
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
            let now = commit.now.as_ms().cast_signed();
            transaction.prepare_cached(tables::PUT_OWN)?.execute(params!["now", now])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn put(
    transaction: &Transaction<'_>,
    tables: &Tables,
    key: &Key,
    value: &[u8],
) -> Result<(), StoreError> {
    match &key.name {
        Name::Text(name) => transaction
            .prepare_cached(tables::PUT_NAMED)?
            .execute(params![key.kind.0, name, value])?,
        Name::Number(number) => transaction
            .prepare_cached(&tables.numbered(key.kind)?.put)?
            .execute(params![number.cast_signed(), value])?,
    };
    Ok(())
}

fn delete(transaction: &Transaction<'_>, tables: &Tables, key: &Key) -> Result<(), StoreError> {
    match &key.name {
        Name::Text(name) => {
            transaction.prepare_cached(tables::DELETE_NAMED)?.execute(params![key.kind.0, name])?
        }
        Name::Number(number) => transaction
            .prepare_cached(&tables.numbered(key.kind)?.delete)?
            .execute([number.cast_signed()])?,
    };
    Ok(())
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

/// The record of a row of kind, name or number, and value.
fn read(row: &rusqlite::Row<'_>, directory: &Path) -> Result<Record, StoreError> {
    let value = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    let kind = Kind(row.get(0)?);
    Record::from_json(kind, value).or_else(|wrong| {
        let (kind, name): (i64, rusqlite::types::Value) = (row.get(0)?, row.get(1)?);
        let name = match name {
            rusqlite::types::Value::Text(name) => name,
            number => format!("{number:?}"),
        };
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
