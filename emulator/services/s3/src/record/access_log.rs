//! What is stored of logs that are not delivered yet.

use kernel::names::BucketName;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Kind;

/// A line of a bucket's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessLogEntry {
    pub(crate) bucket: BucketName,
    /// A later one has a greater number.
    pub(crate) number: u64,
    /// When the request was received.
    pub(crate) time: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_of_delivery: bool,
    pub(crate) line: Box<str>,
}

impl AccessLogEntry {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_log_entry(self.bucket.as_str(), self.number)
    }
}

pub(crate) fn key_of_log_entry(bucket: &str, number: u64) -> Key {
    Key::named(Kind::AccessLogEntry, format!("{bucket}/{number:016x}"))
}
