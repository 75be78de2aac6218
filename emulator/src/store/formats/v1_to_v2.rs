//! From format 1 to 2: messages have numbers.
//!
//! Format 1 named messages by their queue and their place there, which messages of two queues could
//! share; and it had a table for what the store keeps for itself. A receipt handle from before names a
//! place: where its message gets another number it is as good as too old, and the message comes back
//! when its visibility timeout ends.

use rusqlite::{Connection, params};

use super::Unmigrated;

const TABLES: &str = "
    CREATE TABLE message (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE message_state (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE deduplication (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
";

/// The kinds that get numbers: messages, their states, what was sent to FIFO queues. Where the number
/// stands in each, and the table it goes to.
const KINDS: [(i64, &str, &str); 3] = [
    (5, "$.Message.sequence", "message"),
    (6, "$.MessageState.sequence", "message_state"),
    (10, "$.Deduplication.sent.sequence", "deduplication"),
];

pub(super) fn migrate(database: &Connection) -> Result<(), Unmigrated> {
    database.execute_batch(TABLES)?;
    // By place, then by queue: a name is both, in hexadecimal digits, the queue first.
    let mut statement = database.prepare(
        "SELECT kind, name FROM record WHERE kind IN (5, 6, 10)
         ORDER BY substr(name, 17), name, kind",
    )?;
    let mut rows = statement.query([])?;
    let (mut last_name, mut last) = (String::new(), 0);
    while let Some(row) = rows.next()? {
        let (kind, name): (i64, String) = (row.get(0)?, row.get(1)?);
        let Some((_, path, table)) = KINDS.into_iter().find(|it| it.0 == kind) else { continue };
        let place: Option<i64> = database
            .prepare_cached(
                "SELECT CASE WHEN json_valid(CAST(value AS TEXT)) AND json_type(CAST(value AS TEXT), ?3) = 'integer'
                     THEN json_extract(CAST(value AS TEXT), ?3) END
                 FROM record WHERE kind = ?1 AND name = ?2",
            )?
            .query_row(params![kind, name, path], |row| row.get(0))?;
        let Some(place) = place else {
            let reason = format!("there is no number at {path}");
            return Err(Unmigrated::Record { name: format!("{kind}/{name}"), reason });
        };
        if name != last_name {
            (last_name, last) = (name.clone(), place.max(last + 1));
        }
        // SQLite leaves the rest of the text as it is: ids of messages have 128 bits.
        database
            .prepare_cached(&format!(
                "INSERT INTO {table} (number, value)
                 SELECT ?4, CAST(json_set(CAST(value AS TEXT), ?3, ?4) AS BLOB)
                 FROM record WHERE kind = ?1 AND name = ?2"
            ))?
            .execute(params![kind, name, path, last])?;
    }
    database.execute_batch(
        "DELETE FROM record WHERE kind IN (5, 6, 10);
         INSERT INTO record (kind, name, value) SELECT 0, name, value FROM meta;
         DROP TABLE meta;",
    )?;
    Ok(())
}
