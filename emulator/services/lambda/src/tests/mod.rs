//! Stories of functions, in the words of the API.

mod concurrency;
mod harness;
mod layers;
mod settings;
mod versions;
