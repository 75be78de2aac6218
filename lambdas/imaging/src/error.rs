//! Why a picture was refused, in words for the person who uploaded it.

use crate::{
    format::InputFormat,
    limits::{DECODED_BYTES_MAX, ICC_PROFILE_BYTES_MAX, INPUT_BYTES_MAX, PIXELS_MAX},
};

/// Why a picture was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// More bytes than [`INPUT_BYTES_MAX`].
    #[error("the file has {bytes} bytes; at most {INPUT_BYTES_MAX} are accepted")]
    TooManyBytes {
        /// Size of the input in bytes.
        bytes: u64,
    },
    /// A web page, whatever its name says.
    #[error("the file is an HTML page, not a picture")]
    Html,
    /// Plain text, whatever its name says.
    #[error("the file is text, not a picture")]
    Text,
    /// A format with a name that is not read here.
    #[error(
        "the file is in the format {name}, which is not read: save the picture as JPEG, PNG, WebP or GIF"
    )]
    Unsupported {
        /// Name of the format.
        name: &'static str,
    },
    /// Nothing that is known.
    #[error("the file is not a picture in JPEG, PNG, WebP or GIF")]
    Unrecognised,
    /// More pixels than [`PIXELS_MAX`], by the header.
    #[error("the picture claims {width}x{height} pixels; at most {PIXELS_MAX} in all are accepted")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// It would take more memory than [`DECODED_BYTES_MAX`].
    #[error("the picture needs more than {DECODED_BYTES_MAX} bytes once decoded")]
    TooMuchMemory,
    /// More bytes than [`ICC_PROFILE_BYTES_MAX`] in a colour profile, perhaps only once it is unpacked.
    #[error("the colour profile has more than {ICC_PROFILE_BYTES_MAX} bytes")]
    ColourProfileTooLarge,
    /// A progressive JPEG that repeats itself to keep a decoder busy.
    #[error("the JPEG has {scans} scans, too many for its size")]
    TooManyScans {
        /// Number of scans found.
        scans: u32,
    },
    /// The end is missing.
    #[error("the {format} file is cut off: its end is missing")]
    Truncated {
        /// The format of the file.
        format: InputFormat,
    },
    /// The content breaks the rules of its format.
    #[error("the {format} file is damaged: {reason}")]
    Corrupt {
        /// The format of the file.
        format: InputFormat,
        /// What the decoder found.
        reason: String,
    },
    /// The decoder gave up in a way it should not.
    #[error("the picture is damaged: its decoder gave up on it")]
    Undecodable,
}
