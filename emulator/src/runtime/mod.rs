//! Execution environments of functions.
