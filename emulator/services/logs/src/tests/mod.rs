//! Stories of groups, events, patterns and queries.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod events;
mod groups;
mod harness;
mod model;
mod patterns;
mod queries;
mod subscriptions;
