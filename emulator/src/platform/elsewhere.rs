//! What other systems than Linux tell of processes: nothing.

/// What a process started is not found here.
#[cfg_attr(windows, expect(dead_code, reason = "only groups of processes ask for it"))]
pub(super) fn kill_descendants(_pid: Option<u32>, _marker: &str) {}

/// How much memory a process had is not told here.
pub(crate) fn peak_memory_mib(_pid: u32) -> Option<u64> {
    None
}

/// Nothing tells.
pub(crate) fn own_memory_mib(_pid: u32) -> Option<u64> {
    None
}

/// Nothing is limited.
pub(crate) fn limit_files(_pid: u32, _ephemeral_storage_mib: u32) {}
