//! Stories of metrics.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]
