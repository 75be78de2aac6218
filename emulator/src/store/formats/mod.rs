//! The formats of a data directory, and how an older one is brought up to date.
//!
//! What is stored has a number, its format, in the database's `user_version`. A directory of an older
//! format is brought from each to the next, one file of this folder a step, in one transaction that is
//! committed when all of it could be read: until then no file has changed. What a step rewrites is held
//! in memory until then.
//!
//! **Frozen** is: every file here but this one, once a version with it has been released; and what
//! the newest format says, which a story pins (`what_is_stored_changes_only_with_a_new_format`). A
//! migration works on plain values, JSON and SQL, and names no type, table or statement of today:
//! those will change, and it must go on doing what it did. `serde_json::Value` makes a float of a
//! number of more than 64 bits, which ids of messages are: SQLite's own `json_set` leaves them alone.
//!
//! **To change what is stored** (a field, a kind, a table):
//! 1. Make a directory by the version before the change and check it in, unless there is one:
//!    `.ci/data_directory.py` does both, into `fixtures/data-directories/format-N`.
//! 2. Raise [`FORMAT`], write `vN_to_vM.rs` here and append it to [`MIGRATIONS`].
//! 3. Run the stories of `store::tests::formats`. They open every directory that is checked in,
//!    twice, and show what a client then sees and what is stored.
//!
//! A new kind whose absence means what was before raises the format as well: an older Cloudless must
//! say that it cannot read the directory, rather than drop what it does not know.

mod v1_to_v2;
mod v2_to_v3;
mod v3_to_v4;
mod v4_to_v5;
mod v5_to_v6;
mod v6_to_v7;
mod v7_to_v8;

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;
use super::inspection;
use super::sqlite::FILE_NAME;
use super::tables::Tables;

/// The format that this version writes.
pub(super) const FORMAT: i64 = 8;

/// The steps from each format to the next, from the first on.
const MIGRATIONS: [Migrate; 7] = [
    v1_to_v2::migrate,
    v2_to_v3::migrate,
    v3_to_v4::migrate,
    v4_to_v5::migrate,
    v5_to_v6::migrate,
    v6_to_v7::migrate,
    v7_to_v8::migrate,
];
const _: () = assert!(MIGRATIONS.len() as i64 == FORMAT - 1, "each older format has a step");

/// Brings a database from one format to the next.
type Migrate = fn(&Connection) -> Result<(), Unmigrated>;

/// Marks the database as ours in its header: "Cldl".
const APPLICATION_ID: i64 = 0x436c_646c;

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmigrated {
    /// The database failed.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// A record is not what the older format says.
    #[error("the record {name}: {reason}")]
    Record {
        /// Kind and name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Makes the tables of a new database, and brings those of an older one up to date, within the
/// transaction that is open.
pub(super) fn prepare(
    database: &Connection,
    tables: &Tables,
    directory: &Path,
) -> Result<(), StoreError> {
    let pragma = |name: &str| database.pragma_query_value(None, name, |row| row.get(0));
    let (found, owner): (i64, i64) = (pragma("user_version")?, pragma("application_id")?);
    let count: i64 =
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_ours = owner == APPLICATION_ID && found > 0;
    if count > 0 && !is_ours {
        return Err(StoreError::Foreign { path: directory.join(FILE_NAME) });
    }
    if found > FORMAT {
        return Err(StoreError::Newer { path: directory.to_path_buf(), found, supported: FORMAT });
    }
    if count == 0 {
        inspection::nothing_is_lost(directory, "has no tables")?;
        database.execute_batch(&tables.schema())?;
        database.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let steps = (1..).zip(MIGRATIONS).filter(|(from, _)| count > 0 && *from >= found);
    for (from, migrate) in steps {
        migrate(database).map_err(|why| StoreError::Unmigrated {
            path: directory.to_path_buf(),
            from,
            reason: why.to_string(),
        })?;
    }
    if found != FORMAT {
        database.pragma_update(None, "user_version", FORMAT)?;
    }
    Ok(())
}
