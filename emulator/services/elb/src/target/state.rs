//! How a target is now: what is stored of it, and what follows from all around it.

use kernel::directory::{self, Directory, InstanceState, TargetHealth};

use crate::Elb;
use crate::health::{Fault, Verdict};
use crate::target_group::{Target, TargetGroup, TargetKey, TargetType};

/// How a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It was taken out, and finishes what it has.
    Draining,
    /// Its instance does not run.
    NotRunning(&'static str),
    /// No rule forwards to its group.
    NotInUse,
    /// No balancer is in its zone.
    ZoneNotEnabled,
    /// Nobody is to ask it.
    CheckDisabled,
    /// What it answers counts.
    Judged(Verdict),
}

impl State {
    /// As AWS says it: state, reason and description.
    pub(super) fn said(self) -> (&'static str, Option<&'static str>, Option<String>) {
        let with = |state, reason, text: &str| (state, Some(reason), Some(text.to_owned()));
        match self {
            Self::Draining => with(
                "draining",
                "Target.DeregistrationInProgress",
                "Target deregistration is in progress",
            ),
            Self::NotRunning(which) => {
                with("unused", "Target.InvalidState", &format!("Target is in the {which} state"))
            }
            Self::NotInUse => with(
                "unused",
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
            ),
            Self::ZoneNotEnabled => with(
                "unused",
                "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer",
            ),
            Self::CheckDisabled => with(
                "unavailable",
                "Target.HealthCheckDisabled",
                "Health checks are not enabled for this target",
            ),
            Self::Judged(Verdict::Registering) => {
                with("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
            }
            Self::Judged(Verdict::Checking) => {
                with("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
            }
            Self::Judged(Verdict::Healthy) => ("healthy", None, None),
            Self::Judged(Verdict::Unhealthy(Fault::Status(status))) => with(
                "unhealthy",
                "Target.ResponseCodeMismatch",
                &format!("Health checks failed with these codes: [{status}]"),
            ),
            Self::Judged(Verdict::Unhealthy(Fault::TimedOut)) => {
                with("unhealthy", "Target.Timeout", "Request timed out")
            }
            Self::Judged(Verdict::Unhealthy(Fault::Failed)) => {
                with("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
            }
        }
    }

    /// The same for whoever reads the directory.
    pub(crate) const fn for_others(self) -> TargetHealth {
        match self {
            Self::Draining => TargetHealth::Draining,
            Self::NotRunning(_) | Self::NotInUse | Self::ZoneNotEnabled => TargetHealth::Unused,
            Self::CheckDisabled => TargetHealth::Unavailable,
            Self::Judged(Verdict::Registering | Verdict::Checking) => TargetHealth::Initial,
            Self::Judged(Verdict::Healthy) => TargetHealth::Healthy,
            Self::Judged(Verdict::Unhealthy(_)) => TargetHealth::Unhealthy,
        }
    }
}

/// The zone of a target; nothing where it is of all.
pub(crate) fn zone_of(
    directory: &Directory,
    group: &TargetGroup,
    (id, _): &TargetKey,
    target: &Target,
) -> Option<String> {
    match group.target_type {
        TargetType::Lambda => None,
        TargetType::Instance => directory.instances.get(id).map(|it| it.zone.clone()),
        TargetType::Ip => target.zone.clone().filter(|zone| zone != "all"),
    }
}

impl Elb {
    /// How a target is. `used_by` are the load balancers whose rules forward to its group.
    pub(crate) fn state_of(
        &self,
        directory: &Directory,
        group: &TargetGroup,
        used_by: &[String],
        key: &TargetKey,
        target: &Target,
    ) -> State {
        if target.drains_until.is_some() {
            return State::Draining;
        }
        if group.target_type == TargetType::Instance {
            let state = directory.instances.get(&key.0).map(|it| it.state);
            match state {
                Some(InstanceState::Pending | InstanceState::Running) => {}
                Some(InstanceState::Stopping | InstanceState::Stopped) => {
                    return State::NotRunning("stopped");
                }
                Some(InstanceState::ShuttingDown | InstanceState::Terminated) | None => {
                    return State::NotRunning("terminated");
                }
            }
        }
        if used_by.is_empty() {
            return State::NotInUse;
        }
        if let Some(zone) = zone_of(directory, group, key, target)
            && !used_by
                .iter()
                .filter_map(|arn| self.balancers.get(arn))
                .any(|balancer| balancer.zones.contains_key(&zone))
        {
            return State::ZoneNotEnabled;
        }
        match group.check.is_enabled {
            true => State::Judged(target.health.verdict),
            false => State::CheckDisabled,
        }
    }

    /// What others may know of a group stands in the directory.
    pub(crate) fn enter_group(&mut self, directory: &mut Directory, arn: &str) {
        let Some(group) = self.groups.get(arn) else { return };
        let used_by = self.balancers_of_group(arn);
        let health = |(key, target): (&TargetKey, &Target)| {
            let state = self.state_of(directory, group, &used_by, key, target);
            (key.clone(), state.for_others())
        };
        let entry = directory::TargetGroup {
            home: directory::Home { account: group.account.clone(), region: group.region.clone() },
            name: group.name.clone(),
            load_balancers: used_by.iter().map(|arn| crate::arn::label(arn).to_owned()).collect(),
            label: crate::arn::label(arn).to_owned(),
            takes_instances: group.target_type == TargetType::Instance,
            vpc: group.vpc.clone(),
            deregistration_delay_s: group.number(crate::target_group::attributes::DELAY_S),
            targets: group.targets.iter().map(health).collect(),
        };
        directory.target_groups.insert(arn.to_owned(), entry);
        self.take_census(directory, arn);
    }
}
