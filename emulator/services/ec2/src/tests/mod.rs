//! Stories of networks, images, templates and instances.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

mod harness;
mod instances;
mod networks;
mod outages;
mod stored;
