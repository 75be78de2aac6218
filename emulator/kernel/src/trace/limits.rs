//! How much is remembered. AWS has no such trace: the numbers are chosen so that it explains the recent
//! past and costs little.

/// Events that are remembered.
pub const EVENTS_MAX: usize = 10_000;
/// Bytes that they take in memory, with all their texts: 8 MiB. Events of ordinary length are about
/// 200 bytes, of which this holds [`EVENTS_MAX`] with room to spare.
pub const SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of an event's subject: the longest of AWS's, a bucket (63), a slash, and a key (1024), fits.
pub const SUBJECT_SIZE_BYTES_MAX: usize = 1_152;
/// Bytes of an event's outcome: what the error message of a dead letter has room for.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
pub const OUTCOME_SIZE_BYTES_MAX: usize = 1_024;
/// Bytes of what an event is called, where that is no name of ours.
pub const WHAT_SIZE_BYTES_MAX: usize = 128;
/// Causes of an event besides its parent. A batch may have 10,000 messages, and its tree is read by
/// people.
pub const MORE_CAUSES_MAX: usize = 100;
/// Events of one page.
pub const PAGE_EVENTS_MAX: usize = 1_000;
