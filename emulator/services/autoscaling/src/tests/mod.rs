//! Stories of groups.

mod balance;
mod groups;
mod harness;
mod hooks;
mod life;
mod model;
mod policies;
mod refreshes;
mod schedules;
mod warmup;
