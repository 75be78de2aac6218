//! Why a group did something, as AWS words it. Where AWS's documentation and support pages have the sentence it is theirs;
//! those of zones and lifetimes are known from accounts.

use kernel::time::Timestamp;

/// `2026-11-30T12:00:00Z`
pub(crate) fn moment(at: Timestamp) -> String {
    let iso = at.iso8601_ms();
    format!("{}Z", iso.get(..19).unwrap_or(&iso))
}

pub(crate) fn created(at: Timestamp, desired: u32) -> String {
    format!(
        "At {} a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}.",
        moment(at)
    )
}

pub(crate) fn updated(at: Timestamp, (min, max, desired): (u32, u32, u32), before: u32) -> String {
    format!(
        "At {} a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {before} to {desired}.",
        moment(at)
    )
}

pub(crate) fn scheduled(
    at: Timestamp,
    (min, max, desired): (u32, u32, u32),
    before: u32,
) -> String {
    format!(
        "At {} a scheduled action update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {before} to {desired}.",
        moment(at)
    )
}

pub(crate) fn set(at: Timestamp, before: u32, desired: u32) -> String {
    format!(
        "At {} a user request explicitly set group desired capacity changing the desired capacity from {before} to {desired}.",
        moment(at)
    )
}

pub(crate) fn alarm(
    at: Timestamp,
    (alarm, policy): (&str, &str),
    before: u32,
    desired: u32,
) -> String {
    format!(
        "At {} a monitor alarm {alarm} in state ALARM triggered policy {policy} changing the desired capacity from {before} to {desired}.",
        moment(at)
    )
}

pub(crate) fn executed(at: Timestamp, policy: &str, before: u32, desired: u32) -> String {
    format!(
        "At {} a user request executed policy {policy} changing the desired capacity from {before} to {desired}.",
        moment(at)
    )
}

pub(crate) fn grows(at: Timestamp, from: usize, to: usize) -> String {
    format!(
        "At {} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {from} to {to}.",
        moment(at)
    )
}

pub(crate) fn replaces(at: Timestamp) -> String {
    format!(
        "At {} an instance was launched in response to an unhealthy instance needing to be replaced.",
        moment(at)
    )
}

pub(crate) fn balances(at: Timestamp) -> String {
    format!("At {} an instance was launched to aid in balancing the group's zones.", moment(at))
}

pub(crate) fn refreshes(at: Timestamp) -> String {
    format!("At {} an instance was launched in response to an instance refresh.", moment(at))
}

/// The instances are all that were selected at once.
pub(crate) fn shrinks(at: Timestamp, (from, to): (usize, usize), instances: &[String]) -> String {
    let at = moment(at);
    let selected: String = instances
        .iter()
        .map(|instance| format!("  At {at} instance {instance} was selected for termination."))
        .collect();
    format!(
        "At {at} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {from} to {to}.{selected}"
    )
}

pub(crate) fn balanced(at: Timestamp, zones: &str) -> String {
    format!(
        "At {} instances were launched to balance instances in zones {zones} with other zones resulting in more than desired number of instances in the group.",
        moment(at)
    )
}

pub(crate) fn unhealthy(at: Timestamp, why: crate::record::Ailment) -> String {
    use crate::record::Ailment;
    let why = match why {
        Ailment::Ec2 => "an EC2 health check indicating it has been terminated or stopped",
        Ailment::Elb => "an ELB system health check failure",
        Ailment::User => "a user health-check",
    };
    format!("At {} an instance was taken out of service in response to {why}.", moment(at))
}

pub(crate) fn too_old(at: Timestamp) -> String {
    format!(
        "At {} an instance was taken out of service in response to a maximum instance lifetime.",
        moment(at)
    )
}

pub(crate) fn refreshed(at: Timestamp) -> String {
    format!(
        "At {} an instance was taken out of service in response to an instance refresh.",
        moment(at)
    )
}

pub(crate) fn deleted(at: Timestamp) -> String {
    format!(
        "At {} a user request force deleted AutoScalingGroup changing the desired capacity to 0.",
        moment(at)
    )
}

/// What a user did with an instance, and how capacity changed by it, if it did.
pub(crate) fn by_user(
    at: Timestamp,
    instance: &str,
    what: &str,
    change: Option<(&str, usize, usize)>,
) -> String {
    let moment = moment(at);
    let change = change.map_or_else(String::new, |(verb, from, to)| {
        format!(", {verb} the capacity from {from} to {to}")
    });
    format!("At {moment} instance {instance} was {what} in response to a user request{change}.")
}

pub(crate) fn by_hook(at: Timestamp, instance: &str) -> String {
    format!(
        "At {} instance {instance} was taken out of service in response to a lifecycle action that was abandoned.",
        moment(at)
    )
}
