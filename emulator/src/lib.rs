//! An emulator of S3, SQS and Lambda: one process, no Docker, no account, no network.
#![warn(missing_docs)]

pub mod clock;
pub mod control;
pub mod engine;
pub mod http;
pub mod runtime;
pub mod store;
pub mod wire;

pub use cloudless_core as core;
