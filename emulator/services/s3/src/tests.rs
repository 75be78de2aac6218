//! Stories of S3, told to the service alone.
#![expect(clippy::unwrap_used, reason = "a story that cannot be told fails")]

mod conditions;
mod copies;
mod encryption;
mod harness;
mod listing;
mod notification;
mod objects;
mod parts;
mod restart;
mod security;
mod versions;
