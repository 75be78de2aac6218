//! Records in SQLite: one row a record, one transaction a commit.
//!
//! What has a name is in one table; what has a number is in a table for each kind, in the order of its
//! numbers: writing messages appends rows, and costs no index.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cloudless_core::record::{Key, Kind, Name};
use cloudless_core::{Change, Record, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Statement, Transaction, params};

use super::formats;
use super::inspection;
use super::lock::Hold;
use super::tables::{self, Tables};
use super::{Commit, Kept, Restore, Store, StoreError};

/// The database in the data directory.
pub(super) const FILE_NAME: &str = "records.sqlite3";

/// Records in a directory. A commit is on the disk when it returns.
#[derive(Debug)]
pub struct SqliteStore {
    directory: PathBuf,
    database: Connection,
    stage: Stage,
    tables: Tables,
    // These go last, in this order.
    made: Made,
    hold: Hold,
}

/// How far an opened store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// One transaction is open, in which new tables are made and older ones brought up to date.
    /// Nothing of it is in a file: given up, it leaves the directory byte for byte as it was.
    Reading,
    /// What was read is gone on with.
    Begun,
}

impl SqliteStore {
    /// Opens the directory, which is made where it does not exist. Nothing in it changes before
    /// [`Store::begin`] or the first commit.
    ///
    /// # Errors
    /// Another process has it open, a newer version of Cloudless wrote it, it is damaged, or it cannot
    /// be written.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(directory)
            .map_err(|error| StoreError::File { path: directory.to_path_buf(), error })?;
        let hold = Hold::for_store(directory)?;
        inspection::inspect(directory)?;
        let tables = Tables::new();
        let path = directory.join(FILE_NAME);
        let made = Made::by_opening(&path);
        let read = || {
            let database = open_unchanged(&path)?;
            formats::prepare(&database, &tables, directory)?;
            Ok(database)
        };
        let database = read().map_err(|error| of_database(error, &path))?;
        let directory = directory.to_path_buf();
        Ok(Self { directory, database, stage: Stage::Reading, tables, made, hold })
    }

    /// What keeps the directory for this process.
    pub(super) fn hold(&self) -> &Hold {
        &self.hold
    }

    /// A number that the store keeps for itself.
    fn own(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> =
            self.database.query_row(tables::OWN, [name], |row| row.get(0)).optional()?;
        Ok(value.map(i64::cast_unsigned))
    }

    fn read_all(&self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        let seed = match self.own("seed")? {
            Some(seed) => seed,
            None => {
                self.database.execute(tables::PUT_OWN, params!["seed", seed.cast_signed()])?;
                seed
            }
        };
        let last = Timestamp::from_ms(self.own("now")?.unwrap_or(0));
        let selects = self.tables.select_in_order().map(|select| self.database.prepare(&select));
        let mut selects = selects.collect::<Result<Vec<_>, _>>()?;
        let path = self.directory.join(FILE_NAME);
        let mut failed = None;
        let mut records = selects
            .iter_mut()
            .flat_map(|select| read_rows(select, &path))
            .map_while(|record| record.map_err(|error| failed = Some(error)).ok());
        restore(seed, &mut records);
        drop(records);
        failed.map_or(Ok(Kept::Records { last }), Err)
    }
}

impl Store for SqliteStore {
    fn load(&mut self, seed: u64, restore: Restore<'_>) -> Result<Kept, StoreError> {
        let path = self.directory.join(FILE_NAME);
        self.read_all(seed, restore).map_err(|error| of_database(error, &path))
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        if self.stage == Stage::Begun {
            return Ok(());
        }
        self.database.execute_batch("COMMIT")?;
        let database = Connection::open(self.directory.join(FILE_NAME))?;
        // The one that has the file for itself goes first.
        drop(std::mem::replace(&mut self.database, database));
        let database = &mut self.database;
        // A write-ahead log that is synced at every commit: what was acknowledged is on the disk.
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.pragma_update(None, "temp_store", "MEMORY")?;
        database.set_prepared_statement_cache_capacity(16);
        self.made.keep();
        self.hold.keep();
        self.stage = Stage::Begun;
        Ok(())
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        self.begin()?;
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

/// Empty files that SQLite makes where it opens a database. They are gone again where what was opened
/// is given up.
#[derive(Debug)]
struct Made(Vec<PathBuf>);

impl Made {
    fn by_opening(database: &Path) -> Self {
        let log = database.with_file_name(format!("{FILE_NAME}-wal"));
        Self([database.to_path_buf(), log].into_iter().filter(|file| !file.exists()).collect())
    }

    fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for file in self.0.iter().filter(|file| fs::metadata(file).is_ok_and(|it| it.len() == 0)) {
            // Nobody can be told, and nothing rests on it.
            let _ = fs::remove_file(file);
        }
    }
}

/// Opens a database so that looking at it changes no file: not the log, whose index is kept in memory,
/// and not at the end either, when SQLite would copy the log into the database. What is written stays
/// in memory until it is committed.
fn open_unchanged(path: &Path) -> Result<Connection, StoreError> {
    match look(path, "EXCLUSIVE", Duration::ZERO) {
        // Somebody else looks at it, and has made that index a file: so may we.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            Ok(look(path, "NORMAL", Duration::from_secs(5))?)
        }
        looked => Ok(looked?),
    }
}

fn look(path: &Path, locking: &str, patience: Duration) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    database.busy_timeout(patience)?;
    // Before anything looks into the file, which another of these may.
    database.pragma_update(None, "locking_mode", locking)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    database.pragma_update(None, "cache_spill", false)?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "temp_store", "MEMORY")?;
    database.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    Ok(database)
}

/// What SQLite says of a file that cannot be read, in our words.
fn of_database(error: StoreError, path: &Path) -> StoreError {
    let StoreError::Database(error) = error else { return error };
    let is_damaged = error
        .sqlite_error_code()
        .is_some_and(|code| matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
    let what = match is_damaged {
        true => format!("is damaged ({error})"),
        false => format!("cannot be read ({error})"),
    };
    StoreError::Damaged { path: path.to_path_buf(), what, or: "" }
}

/// The records of a statement that gives kind, name or number, and value.
fn read_rows<'a>(
    select: &'a mut Statement<'_>,
    path: &'a Path,
) -> Box<dyn Iterator<Item = Result<Record, StoreError>> + 'a> {
    match select.query_and_then([], move |row| read(row, path)) {
        Ok(records) => Box::new(records),
        Err(error) => Box::new(std::iter::once(Err(error.into()))),
    }
}

fn read(row: &rusqlite::Row<'_>, path: &Path) -> Result<Record, StoreError> {
    let value = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    let kind = Kind(row.get(0)?);
    Record::from_json(kind, value).or_else(|wrong| {
        let (kind, name): (i64, rusqlite::types::Value) = (row.get(0)?, row.get(1)?);
        let name = match name {
            rusqlite::types::Value::Text(name) => name,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        Err(StoreError::Unreadable {
            path: path.to_path_buf(),
            name: format!("{kind}/{name}"),
            reason: wrong.to_string(),
        })
    })
}
