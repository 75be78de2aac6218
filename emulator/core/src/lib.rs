//! The cloud as a value.
//!
//! [`World`] is told what happened and when, and answers what to store and what to do. It has no
//! clock, socket, file, thread or `async`: time, randomness and input come in as values, so moving
//! time, replaying a seed, forking a state and explaining why something happened are functions over
//! a value.
//!
//! The contract, in three sentences. [`World::handle`] is the only mutation (but for
//! [`World::go_back_to`], after a failed commit). Whoever drives a World
//! first makes the changes of a [`Step`] durable, and only then performs its effects. Whenever
//! [`World::next_deadline`] has come, the World wants to hear [`Input::Deadline`].
#![warn(missing_docs)]

pub mod input;
mod seat;
mod services;
pub mod simulation;
pub mod step;
mod world;

pub use input::{Call, Input};
pub use kernel::call::{CallId, Caller, Payload, Signing};
pub use kernel::time::Timestamp;
pub use kernel::{
    arn, call, checksum, content, coverage, descriptor, directory, error, fact, names, number,
    operations, policy, record, text, trace,
};
pub use services::{Record, Request, Response, Service};
pub use step::{Change, Effect, Step};
pub use world::{Total, World};
pub use {autoscaling, cloudwatch, ec2, elb, lambda, logs, s3, sqs, sts};
