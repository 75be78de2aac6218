//! What becomes of bytes that anybody may send. Each module is a target: it reads them as the emulator does,
//! which must neither panic nor take long, and asserts what holds of whatever was read.
//!
//! The sources of the emulator are part of this crate by their paths: to build the emulator with all that it
//! stands on would take a run of CI more time than to fuzz.
#![forbid(unsafe_code)]

mod auth;
#[path = "../../src/http/chunked.rs"]
mod chunked_decoder;
#[path = "../../src/http/multipart.rs"]
mod multipart_form;
#[allow(dead_code, unused_imports, reason = "the emulator uses more of it")]
#[path = "../../src/wire/mod.rs"]
mod wire;

pub mod framed;
pub mod jpeg;
pub mod multipart;
pub mod policy;
pub mod post_policy;
pub mod request;
pub mod xml;
