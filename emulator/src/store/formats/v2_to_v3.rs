//! From format 2 to 3: groups of FIFO queues stand in line.
//!
//! Format 3 has one more kind of record (13), of a group whose place in line its messages alone do not
//! say. Without any, groups stand in line as their messages say: there is nothing to do.

use rusqlite::Connection;

use super::Unmigrated;

#[expect(clippy::unnecessary_wraps, reason = "a step may fail; this one has nothing to do")]
pub(super) fn migrate(_database: &Connection) -> Result<(), Unmigrated> {
    Ok(())
}
