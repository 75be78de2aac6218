//! Stories of load balancers, told to the service alone.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod balancers;
mod groups;
mod harness;
mod listeners;
mod metrics;
mod plans;
mod targets;
