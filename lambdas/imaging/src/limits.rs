//! Every limit, once. Input is taken for hostile: a file of a few bytes can claim gigabytes.
//!
//! Together they bound what one call of [`fit`](crate::fit::fit) holds at a time: the input, at most
//! [`DECODED_BYTES_MAX`] while it is decoded, four bytes for each of at most [`PIXELS_MAX`] pixels while
//! it is made smaller, and for its colours some ten times [`ICC_PROFILE_BYTES_MAX`].

/// Largest input, in bytes.
pub const INPUT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most pixels of an input, by its header.
pub const PIXELS_MAX: u64 = 100_000_000;
/// Most bytes an input may take once decoded, with what its decoder has to remember until the end.
pub const DECODED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Largest colour profile, in bytes, once unpacked. The largest of printers are 9 MB; a PNG can pack
/// hundreds of megabytes into a few kilobytes.
pub const ICC_PROFILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most tags of a colour profile. They have about ten to twenty; each can name the same megabytes.
pub(crate) const ICC_TAGS_MAX: usize = 100;
/// Most scans of one JPEG. Encoders write about ten.
pub(crate) const SCANS_MAX: u32 = 200;
/// Most pixels times scans of a JPEG: a scan of a few bytes can make a decoder visit every pixel again.
pub(crate) const PIXEL_SCANS_MAX: u64 = 2_000_000_000;
