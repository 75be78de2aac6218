//! Pictures: whatever somebody uploads, made small, upright and safe to publish.
//!
//! ```
//! use imaging::fit::{FitError, fit};
//!
//! let error = fit(b"<html>not found</html>").err();
//! assert_eq!(error, Some(FitError::Html));
//! ```
//!
//! [`fit::fit`] takes bytes and gives bytes: no file, no network, no clock, no thread. Input is taken
//! for hostile and is bounded in bytes, pixels, scans and memory before it is decoded.
//!
//! This is a package of its own because the loops over pixels are compiled into the package that
//! calls them: debug builds optimise this small one, and nothing else of ours.

#![warn(missing_docs)]

mod colour;
mod decode;
mod error;
pub mod fit;
mod format;
mod gif;
mod jpeg;
mod limits;
mod picture;
mod png;
mod signature;
mod target;
mod webp;

#[cfg(test)]
mod colour_tests;
#[cfg(test)]
mod cut_off_tests;
#[cfg(test)]
mod fit_tests;
#[cfg(test)]
mod test_pictures;

pub use format::InputFormat;
