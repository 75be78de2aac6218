//! Stories of groups.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod balance;
mod groups;
mod harness;
mod hooks;
mod life;
mod limits;
mod model;
mod policies;
mod refreshes;
mod schedules;
mod warmup;
