//! The cloud as a value.
//!
//! [`World`] is told what happened and when, and answers what to store and what to do. It has no
//! clock, socket, file, thread or `async`: time, randomness and input come in as values, so moving
//! time, replaying a seed, forking a state and explaining why something happened are functions over
//! a value.
//!
//! The contract, in three sentences. [`World::handle`] is the only mutation. Whoever drives a World
//! first makes the changes of a [`Step`] durable, and only then performs its effects. Whenever
//! [`World::next_deadline`] has come, the World wants to hear [`Input::Deadline`].
#![warn(missing_docs)]

#[macro_use]
mod operations;

pub mod arn;
pub mod checksum;
pub mod content;
pub mod context;
pub mod error;
pub mod input;
pub mod lambda;
pub mod limits;
pub mod names;
pub mod number;
pub mod policy;
pub mod record;
pub mod s3;
pub mod sqs;
pub mod step;
pub mod sts;
pub mod time;
pub mod trace;
mod world;

pub use input::{Call, CallId, Caller, Input, Request, Signing};
pub use record::{Key, Record};
pub use step::{Change, Effect, Response, Step};
pub use time::Timestamp;
pub use world::World;
