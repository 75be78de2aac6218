//! Targets: how each is, who asks it when, and what follows from its answers.
//!
//! A target is asked while a rule forwards to its group, a balancer is in its zone, and it runs: at an interval, by a
//! deadline each. Whoever has no program answers by simulation, and is not asked again once nothing can change.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

mod describe;
mod instance;
mod register;
mod state;
mod watch;

pub use describe::{
    AdministrativeOverride, DescribeTargetHealthInput, DescribeTargetHealthOutput, TargetHealth,
    TargetHealthDescription,
};
pub use register::{TargetDescription, TargetsInput};
pub(crate) use state::{State, zone_of};
pub(crate) use watch::{address_of, version_of};
