//! The errors of this service, one row each.
