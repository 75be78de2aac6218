//! From format 6 to 7: CloudWatch's metrics, alarms and dashboards, of which there were none. What comes by the
//! million is in tables of its own.

use rusqlite::Connection;

use super::Unmigrated;

const METRICS: &str = "
    CREATE TABLE metric (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE alarm_history (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE metric_points (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
";

pub(super) fn migrate(database: &Connection) -> Result<(), Unmigrated> {
    database.execute_batch(METRICS)?;
    Ok(())
}
