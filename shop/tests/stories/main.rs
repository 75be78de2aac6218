//! The shop's stories, as its visitors meet them: through the router, with a small browser that
//! keeps cookies and fills in forms.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod accounts;
mod away;
mod browser;
mod catalog;
mod current;
mod door;
mod mail;
mod manager;
mod metrics;
mod migration;
mod orders;
mod shop;
