//! The tables of a data directory's database, and how an older one is brought up to date.

use std::path::Path;

use cloudless_core::Record;
use cloudless_core::record::Kind;
use rusqlite::{Connection, Transaction, params};

use super::StoreError;
use super::sqlite::{self, FILE_NAME};

/// The format that this version writes. A change of what is stored raises it and brings the
/// steps from the format before.
const FORMAT: i64 = 3;

/// Marks the database as ours in its header: "Cldl".
const APPLICATION_ID: i64 = 0x436c_646c;

// A table of its own beside the index of its key: WITHOUT ROWID, a row larger than a quarter of a page
// would take a page for itself, and objects are. What the store keeps for itself (kind 0) and the World's
// counter stand in the first rows, so that a commit writes one page for both.
const SCHEMA: &str = "
    CREATE TABLE record (
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE blob (id TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
";
const SCHEMA_NUMBERED: &str = "
    CREATE TABLE message (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE message_state (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE deduplication (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
";

pub(super) const PUT_NAMED: &str = "INSERT INTO record (kind, name, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value";
pub(super) const DELETE_NAMED: &str = "DELETE FROM record WHERE kind = ?1 AND name = ?2";

pub(super) const OWN: &str = "SELECT value FROM record WHERE kind = 0 AND name = ?1";
pub(super) const PUT_OWN: &str = "INSERT INTO record (kind, name, value) VALUES (0, ?1, ?2)
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value";

/// Every record, in the order of kinds.
pub(super) const SELECT_IN_ORDER: [&str; 6] = [
    "SELECT kind, name, value FROM record WHERE kind BETWEEN 1 AND 4 ORDER BY kind, name",
    "SELECT 5, number, value FROM message ORDER BY number",
    "SELECT 6, number, value FROM message_state ORDER BY number",
    "SELECT kind, name, value FROM record WHERE kind BETWEEN 7 AND 9 ORDER BY kind, name",
    "SELECT 10, number, value FROM deduplication ORDER BY number",
    "SELECT kind, name, value FROM record WHERE kind > 10 ORDER BY kind, name",
];

/// How records that have numbers are written and deleted.
pub(super) struct Numbered {
    pub(super) put: &'static str,
    pub(super) delete: &'static str,
}

macro_rules! numbered {
    ($table:literal) => {
        Numbered {
            put: concat!(
                "INSERT INTO ",
                $table,
                " (number, value) VALUES (?1, ?2)
                 ON CONFLICT (number) DO UPDATE SET value = excluded.value"
            ),
            delete: concat!("DELETE FROM ", $table, " WHERE number = ?1"),
        }
    };
}

/// The table of a kind whose records have numbers.
pub(super) fn table(kind: Kind) -> Result<Numbered, StoreError> {
    match kind {
        Kind::Message => Ok(numbered!("message")),
        Kind::MessageState => Ok(numbered!("message_state")),
        Kind::Deduplication => Ok(numbered!("deduplication")),
        other => Err(StoreError::Other(format!("there is no table of numbered {other:?}"))),
    }
}

/// Makes the tables of a new database, and brings those of an older one up to date.
pub(super) fn prepare(database: &mut Connection, directory: &Path) -> Result<(), StoreError> {
    let pragma = |name: &str| database.pragma_query_value(None, name, |row| row.get(0));
    let (found, owner): (i64, i64) = (pragma("user_version")?, pragma("application_id")?);
    let tables: i64 =
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && owner != APPLICATION_ID {
        return Err(StoreError::Foreign { path: directory.join(FILE_NAME) });
    }
    if found > FORMAT {
        return Err(StoreError::Newer { path: directory.to_path_buf(), found, supported: FORMAT });
    }
    let transaction = database.transaction()?;
    match found {
        FORMAT => return Ok(()),
        1 => number_messages(&transaction, directory)?,
        // Format 3 has a new kind of record, of groups in line; without any, groups stand in line as their
        // messages say.
        2 => {}
        _ => {
            transaction.execute_batch(SCHEMA)?;
            transaction.execute_batch(SCHEMA_NUMBERED)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
    }
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    Ok(())
}

/// Format 1 named messages by their queue and their place there, which messages of two queues could
/// share; and it had a table for what the store keeps for itself. A receipt handle from before names a
/// place: where its message gets another number it is as good as too old, and the message comes back
/// when its visibility timeout ends.
fn number_messages(transaction: &Transaction<'_>, directory: &Path) -> Result<(), StoreError> {
    transaction.execute_batch(SCHEMA_NUMBERED)?;
    let mut statement = transaction.prepare(
        "SELECT kind, name, value FROM record WHERE kind IN (5, 6, 10)
         ORDER BY substr(name, 17), name, kind",
    )?;
    let mut rows = statement.query([])?;
    let (mut last_name, mut last) = (String::new(), 0);
    let mut value = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        let mut record = sqlite::read(row, directory)?;
        let number = match &mut record {
            Record::Message(message) => &mut message.sequence.0,
            Record::MessageState(state) => &mut state.sequence.0,
            Record::Deduplication(record) => &mut record.sent.sequence.0,
            _ => continue,
        };
        if name != last_name {
            (last_name, last) = (name, (*number).max(last + 1));
        }
        *number = last;
        value.clear();
        sqlite::write(&record, &mut value)?;
        transaction
            .prepare_cached(table(record.key().kind)?.put)?
            .execute(params![last.cast_signed(), value])?;
    }
    transaction.execute_batch(
        "DELETE FROM record WHERE kind IN (5, 6, 10);
         INSERT INTO record (kind, name, value) SELECT 0, name, value FROM meta;
         DROP TABLE meta;",
    )?;
    Ok(())
}
