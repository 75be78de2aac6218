//! Limits of Elastic Load Balancing, each with its source.

/// A request, in bytes. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 1024 * 1024;
