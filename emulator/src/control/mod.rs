//! `/_cloudless/…`: clock, settle, trace, health.
