//! How a refresh is done.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html>

use kernel::error::{ApiError, NOT_IMPLEMENTED};

use crate::error::invalid;
use crate::record::{Lifecycle, Member, Refresh};
use crate::shape::RefreshPreferences;

/// How many are healthy at least unless told, in percent.
const MIN_HEALTHY: u32 = 90;
/// How long it pauses at a checkpoint unless told, in seconds.
const CHECKPOINT_DELAY_S: u64 = 3_600;

/// Refuses what cannot be done.
pub(super) fn check(it: &RefreshPreferences) -> Result<(), ApiError> {
    let within = |name: &str, asked: Option<i64>, least: i64, most: i64| match asked {
        Some(asked) if !(least..=most).contains(&asked) => {
            Err(invalid(format!("{name} must be between {least} and {most}.")))
        }
        _ => Ok(()),
    };
    within("MinHealthyPercentage", it.min_healthy_percentage, 0, 100)?;
    within("MaxHealthyPercentage", it.max_healthy_percentage, 100, 200)?;
    within("InstanceWarmup", it.instance_warmup, 0, i64::MAX)?;
    within("CheckpointDelay", it.checkpoint_delay, 0, 172_800)?;
    within("BakeTime", it.bake_time, 0, 172_800)?;
    if let Some(most) = it.max_healthy_percentage {
        let Some(least) = it.min_healthy_percentage else {
            return Err(invalid(
                "MinHealthyPercentage must be specified when MaxHealthyPercentage is specified.",
            ));
        };
        if most - least > 100 {
            return Err(invalid(
                "The difference between MaxHealthyPercentage and MinHealthyPercentage must be less than or equal to 100.",
            ));
        }
    }
    if let Some(points) = &it.checkpoint_percentages {
        let is_rising = points.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_rising || points.iter().any(|point| !(1..=100).contains(point)) {
            return Err(invalid(
                "CheckpointPercentages must be in ascending order, each between 1 and 100.",
            ));
        }
    }
    if it.auto_rollback == Some(true) {
        return Err(NOT_IMPLEMENTED.says("AutoRollback is not implemented by Cloudless."));
    }
    let among = |name: &str, asked: &Option<String>, all: [&str; 3]| match asked {
        Some(asked) if !all.contains(&&**asked) => {
            Err(invalid(format!("{name} must be one of {all:?}.")))
        }
        _ => Ok(()),
    };
    among(
        "ScaleInProtectedInstances",
        &it.scale_in_protected_instances,
        ["Refresh", "Ignore", "Wait"],
    )?;
    among("StandbyInstances", &it.standby_instances, ["Terminate", "Ignore", "Wait"])
}

impl Refresh {
    pub(super) fn min_healthy(&self) -> u32 {
        let told = self.preferences.min_healthy_percentage;
        told.and_then(|it| u32::try_from(it).ok()).unwrap_or(MIN_HEALTHY)
    }

    /// How many more than desired there may be, so that others come before the old ones go.
    pub(super) fn surge(&self, desired: usize) -> usize {
        let most = self.preferences.max_healthy_percentage.and_then(|it| usize::try_from(it).ok());
        match most {
            Some(most) if most > 100 && self.min_healthy() == 100 => {
                (desired * (most - 100) / 100).max(1)
            }
            _ => 0,
        }
    }

    /// The percentage at which it pauses next.
    pub(super) fn next_checkpoint(&self) -> Option<u32> {
        let all = self.preferences.checkpoint_percentages.as_deref().unwrap_or_default();
        let next = all.get(self.checkpoints).and_then(|it| u32::try_from(*it).ok());
        // At its end there is nothing to wait for.
        next.filter(|next| *next < 100)
    }

    pub(super) fn checkpoint_delay_s(&self) -> u64 {
        let told = self.preferences.checkpoint_delay;
        told.and_then(|it| u64::try_from(it).ok()).unwrap_or(CHECKPOINT_DELAY_S)
    }

    /// It leaves this instance as it is.
    pub(super) fn ignores(&self, member: &Member) -> bool {
        let by = |told: &Option<String>| told.as_deref().unwrap_or("Ignore") == "Ignore";
        (member.is_protected && by(&self.preferences.scale_in_protected_instances))
            || (member.lifecycle == Lifecycle::Standby && by(&self.preferences.standby_instances))
    }

    /// It need not wait for this instance to be let go.
    pub(super) fn may_end(&self, member: &Member) -> bool {
        let waits = |told: &Option<String>| told.as_deref() == Some("Wait");
        let protected =
            member.is_protected && waits(&self.preferences.scale_in_protected_instances);
        let aside =
            member.lifecycle == Lifecycle::Standby && waits(&self.preferences.standby_instances);
        !protected && !aside
    }
}
