//! Stories of load balancers, told to the service alone.

mod balancers;
mod groups;
mod harness;
mod listeners;
mod metrics;
mod plans;
mod targets;
