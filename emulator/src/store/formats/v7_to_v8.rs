//! From format 7 to 8: EC2, load balancers and scaling groups, of which there were none. Nothing that was there
//! changes.

use rusqlite::Connection;

use super::Unmigrated;

pub(super) fn migrate(_database: &Connection) -> Result<(), Unmigrated> {
    Ok(())
}
