//! What all services of the cloud stand on.
//!
//! A service is a value that is told what happened, when and because of what ([`context::Cx`]), and
//! says what to store, what to do and what others may want to hear. Nothing here knows a service, a
//! clock, a socket, a file or a thread.
#![warn(missing_docs)]

pub mod access;
pub mod arn;
pub mod call;
pub mod checksum;
pub mod content;
pub mod coverage;
pub mod deadlines;
pub mod descriptor;
pub mod directory;
pub mod error;
pub mod fact;
pub mod ids;
pub mod names;
pub mod number;
pub mod operations;
pub mod policy;
pub mod record;
pub mod service;
pub mod text;
pub mod time;
pub mod trace;

pub use service::context;
