//! From format 5 to 6: functions have versions, aliases and logs.
//!
//! Nothing that was stored is written otherwise; the new kinds have no records yet. Streams and events of logs are in
//! tables of their own.

use rusqlite::Connection;

use super::Unmigrated;

const LOGS: &str = "
    CREATE TABLE log_stream (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE log_events (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
";

pub(super) fn migrate(database: &Connection) -> Result<(), Unmigrated> {
    Ok(database.execute_batch(LOGS)?)
}
