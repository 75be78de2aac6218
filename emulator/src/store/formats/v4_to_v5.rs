//! From format 4 to 5: what S3 has besides buckets and their newest objects.
//!
//! Nothing that was stored is written otherwise. What a bucket or an object has in addition is not written
//! where there is none of it, which is what every record of format 4 says; the new kinds have no records yet.

use rusqlite::Connection;

use super::Unmigrated;

#[expect(clippy::unnecessary_wraps, reason = "every step has this shape")]
pub(super) fn migrate(_: &Connection) -> Result<(), Unmigrated> {
    Ok(())
}
