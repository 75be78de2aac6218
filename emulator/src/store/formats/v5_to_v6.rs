//! From format 5 to 6: functions have versions, aliases and logs.
//!
//! Nothing that was stored is written otherwise; the new kinds have no records yet.

use rusqlite::Connection;

use super::Unmigrated;

#[expect(clippy::unnecessary_wraps, reason = "every step has this shape")]
pub(super) fn migrate(_: &Connection) -> Result<(), Unmigrated> {
    Ok(())
}
