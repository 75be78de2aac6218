//! The lines that Lambda itself writes, where a function logs in JSON.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>

use std::time::Duration;

use cloudless_core::Timestamp;
use cloudless_core::lambda::{LogFormat, LogLevel};
use serde_json::{Value, json};

/// Whether a line of this level is written; nothing where the function logs text.
pub(super) fn writes(format: LogFormat, level: LogLevel) -> Option<bool> {
    match format {
        LogFormat::Text => None,
        LogFormat::Json { system, .. } => Some(system <= level),
    }
}

/// `{"time": …, "type": "platform.start", "record": …}`
pub(super) fn line(at: Timestamp, kind: &str, record: &Value) -> String {
    json!({ "time": at.iso8601_ms(), "type": format!("platform.{kind}"), "record": record })
        .to_string()
}

/// Milliseconds as AWS writes them: with three places.
pub(super) fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
