//! What a group makes of alarms: each policy proposes a capacity, and of those of one moment the largest wins.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::adjust::adjusted;
use super::{step, tracking};
use crate::activity::cause;
use crate::error::{SCALING_ACTIVITY_IN_PROGRESS, invalid};
use crate::process::ALARM_NOTIFICATION;
use crate::record::{Cooldown, Lifecycle, Policy, PolicyKind};
use crate::shape::Empty;
use crate::state::Proposal;
use crate::work::Work;
use crate::{AutoScaling, Cx};

/// How long a policy that wanted fewer still does, in milliseconds: alarms say so once a minute.
const WANTS_MS: u64 = 60_000;

/// An alarm acts on a policy: it is in its state since now, or still.
#[derive(Debug, Clone)]
pub struct AlarmSignal {
    /// The policy's ARN.
    pub policy: String,
    /// The alarm's name.
    pub alarm: String,
    /// What it compares with.
    pub threshold: Option<f64>,
    /// The newest point that it looked at.
    pub value: Option<f64>,
}

/// What a policy looks at.
#[derive(Clone, Copy)]
struct Seen {
    value: Option<f64>,
    threshold: Option<f64>,
    /// Whether a cooldown counts.
    honors_cooldown: bool,
}

impl AutoScaling {
    /// An alarm acts on a policy.
    ///
    /// # Errors
    /// There is no such policy.
    pub fn alarmed(&mut self, cx: &mut Cx<'_>, signal: &AlarmSignal) -> Result<(), ApiError> {
        let found = self.policy_by_arn(&signal.policy);
        let (group, policy) = found
            .ok_or_else(|| invalid(format!("The policy {} does not exist.", signal.policy)))?;
        let (key, policy) = (group.key.clone(), policy.clone());
        if !policy.is_enabled {
            return Err(invalid(format!("The policy {} is disabled.", policy.name)));
        }
        self.change(cx, &key, |work| {
            if work.group.is_suspended(ALARM_NOTIFICATION) || work.group.is_deleting {
                return Ok(());
            }
            if policy.is_low(&signal.alarm) {
                work.group.wants_in.insert(policy.name.clone(), work.cx.now);
            }
            let seen =
                Seen { value: signal.value, threshold: signal.threshold, honors_cooldown: true };
            let is_low = policy.is_low(&signal.alarm);
            if let Some(capacity) = work.proposed(&policy, seen, is_low) {
                let alarm = signal.alarm.clone();
                work.group.proposals.push(Proposal { policy: policy.name, alarm, capacity });
            }
            Ok(())
        })
    }

    pub(crate) fn execute_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ExecutePolicyInput,
    ) -> Result<Empty, ApiError> {
        let group = input.auto_scaling_group_name.as_deref();
        let (key, name) = self.policy_named(origin, group, &input.policy_name)?;
        self.change(cx, &key, |work| {
            let Some(policy) = work.group.policies.get(&name).cloned() else { return Ok(Empty {}) };
            let honors_cooldown = input.honor_cooldown == Some(true);
            match &policy.kind {
                PolicyKind::TargetTracking { .. } => {
                    return Err(invalid(
                        "ExecutePolicy is not supported for TargetTrackingScaling policies.",
                    ));
                }
                PolicyKind::Step { .. }
                    if input.metric_value.is_none() || input.breach_threshold.is_none() =>
                {
                    return Err(invalid(
                        "MetricValue and BreachThreshold must be specified for StepScaling policies.",
                    ));
                }
                PolicyKind::Step { .. } if honors_cooldown => {
                    return Err(invalid("HonorCooldown is not supported for StepScaling policies."));
                }
                PolicyKind::Simple { .. } if honors_cooldown && work.is_cooling_down() => {
                    return Err(SCALING_ACTIVITY_IN_PROGRESS.says(format!(
                        "Scaling activity initiated by the group {} is in its cooldown period and blocks this action.",
                        work.group.key.name
                    )));
                }
                _ => {}
            }
            let seen = Seen {
                value: input.metric_value,
                threshold: input.breach_threshold,
                honors_cooldown,
            };
            if let Some(capacity) = work.proposed(&policy, seen, false) {
                let before = work.group.settings.desired;
                let why = cause::executed(work.cx.now, &policy.name, before, capacity);
                work.scale_to(&policy, capacity, why);
            }
            Ok(Empty {})
        })
    }
}

impl Policy {
    /// It is the policy's alarm below its target.
    fn is_low(&self, alarm: &str) -> bool {
        matches!(&self.kind, PolicyKind::TargetTracking { low, .. } if low.as_deref() == Some(alarm))
    }

    fn goes_in(&self) -> bool {
        match &self.kind {
            PolicyKind::TargetTracking { configuration, .. } => {
                self.is_enabled && !configuration.disable_scale_in.unwrap_or(false)
            }
            _ => false,
        }
    }
}

impl Work<'_, '_> {
    /// The capacity that a policy wants, within bounds; nothing where it wants no other, or must wait.
    fn proposed(&self, policy: &Policy, seen: Seen, is_low: bool) -> Option<u32> {
        let desired = self.group.settings.desired;
        let warmup_s = self.group.warmup_s(policy.warmup_s);
        let warming = self.group.warming_count(warmup_s, self.cx.now);
        let warming = u32::try_from(warming).unwrap_or(u32::MAX);
        let wanted = match &policy.kind {
            PolicyKind::Simple { adjustment, by, .. } => {
                if seen.honors_cooldown && (self.is_cooling_down() || self.is_busy()) {
                    return None;
                }
                let wanted = adjusted(by, *adjustment, desired);
                // Without a warm-up of the group there is none for them: they have their cooldown.
                let is_cold = warming > 0 && self.group.settings.warmup_s.is_some();
                if seen.honors_cooldown && is_cold && wanted < i64::from(desired) {
                    return None;
                }
                wanted
            }
            PolicyKind::Step { steps, by, .. } => {
                let adjustment = step::adjustment(steps, seen.value? - seen.threshold?)?;
                // Those that warm up are not counted, but they are on their way.
                let out = adjusted(by, adjustment, desired.saturating_sub(warming));
                match out > i64::from(desired) || warming > 0 {
                    true => out.max(i64::from(desired)),
                    false => adjusted(by, adjustment, desired),
                }
            }
            PolicyKind::TargetTracking { configuration, .. } => {
                let target = configuration.target_value;
                match is_low {
                    true if warming > 0 => return None,
                    true => tracking::shrunk(desired, seen.value?, target),
                    false => {
                        let warm = desired.saturating_sub(warming);
                        tracking::grown(desired, warm, seen.value?, target)
                    }
                }
            }
        };
        let (min, max) = (self.group.settings.min, self.group.settings.max);
        let capacity = u32::try_from(wanted.max(0)).unwrap_or(u32::MAX).clamp(min, max);
        (capacity != desired).then_some(capacity)
    }

    /// Instances come or go: simple policies wait.
    fn is_busy(&self) -> bool {
        !self.group.launching.is_empty()
            || self.group.members.values().any(|member| {
                !matches!(member.lifecycle, Lifecycle::InService | Lifecycle::Standby)
            })
    }

    /// Decides between all proposals of this moment. CloudWatch has looked at all alarms of it before.
    pub(crate) fn decide(&mut self) {
        if !self.decides {
            return;
        }
        let proposals = std::mem::take(&mut self.group.proposals);
        let desired = self.group.settings.desired;
        let all_want_in = self.all_want_in();
        let is_tracking = |it: &Proposal| {
            let policy = self.group.policies.get(&it.policy);
            policy.is_some_and(|it| matches!(it.kind, PolicyKind::TargetTracking { .. }))
        };
        let out = proposals.iter().filter(|it| it.capacity > desired);
        let within = proposals
            .iter()
            .filter(|it| it.capacity < desired && (all_want_in || !is_tracking(it)));
        // The first of those that want as many.
        let largest = |best: &Proposal, it: &Proposal| {
            if it.capacity > best.capacity { it.clone() } else { best.clone() }
        };
        let out = out.cloned().reduce(|best, it| largest(&best, &it));
        let chosen = out.or_else(|| within.cloned().reduce(|best, it| largest(&best, &it)));
        let Some(chosen) = chosen else { return };
        let Some(policy) = self.group.policies.get(&chosen.policy).cloned() else { return };
        let by = (chosen.alarm.as_str(), chosen.policy.as_str());
        let why = cause::alarm(self.cx.now, by, desired, chosen.capacity);
        self.scale_to(&policy, chosen.capacity, why);
    }

    /// Whether every target-tracking policy that may take instances away has wanted to in the last minute.
    fn all_want_in(&self) -> bool {
        let now = self.cx.now.as_ms();
        self.group.policies.values().filter(|policy| policy.goes_in()).all(|policy| {
            let wanted = self.group.wants_in.get(&policy.name);
            wanted.is_some_and(|at| now.saturating_sub(at.as_ms()) <= WANTS_MS)
        })
    }

    fn scale_to(&mut self, policy: &Policy, capacity: u32, why: String) {
        self.group.settings.desired = capacity;
        self.group.why = Some(why);
        if let PolicyKind::Simple { cooldown_s, .. } = &policy.kind {
            let length_s = cooldown_s.unwrap_or(self.group.settings.cooldown_s);
            self.group.cooldown = Some(Cooldown { length_s, since: None });
        }
    }
}

/// Input of `ExecutePolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExecutePolicyInput {
    /// The group.
    pub auto_scaling_group_name: Option<String>,
    /// The policy, by name or ARN.
    pub policy_name: String,
    /// Not during a cooldown.
    pub honor_cooldown: Option<bool>,
    /// How the metric is: for steps.
    pub metric_value: Option<f64>,
    /// What it is compared with: for steps.
    pub breach_threshold: Option<f64>,
}
