//! Dates as HTTP writes them.

use chrono::DateTime;

/// `Mon, 23 Nov 2026 19:12:00 GMT`
pub(crate) fn http_date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
