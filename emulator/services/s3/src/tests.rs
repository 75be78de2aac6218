//! Stories of S3, told to the service alone.
#![expect(clippy::unwrap_used, reason = "a story that cannot be told fails")]

mod access_logs;
mod acls;
mod buckets;
mod conditions;
mod configurations;
mod conflicts;
mod copies;
mod destinations;
mod encryption;
mod harness;
mod lifecycle;
mod lifecycles;
mod listing;
mod multipart;
mod multipart_model;
mod named_configurations;
mod notification;
mod object_lock;
mod objects;
mod parts;
mod refusals;
mod restart;
mod restores;
mod security;
mod subresources;
mod version_model;
mod versioned;
mod versions;
mod websites;
