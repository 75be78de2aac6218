//! Stories of metrics, of what is computed of them, and of alarms.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod alarms;
mod data;
mod harness;
mod limits;
mod math;
mod metrics;
mod statistics;
mod widgets;
