//! Instance refreshes: all instances are replaced, a few at a time.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html>

mod describe;
mod preferences;

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::activity::cause;
use crate::error::{
    ACTIVE_INSTANCE_REFRESH_NOT_FOUND, INSTANCE_REFRESH_IN_PROGRESS, IRREVERSIBLE_INSTANCE_REFRESH,
    invalid,
};
use crate::limits::REMEMBERED_S;
use crate::process::{INSTANCE_REFRESH, TERMINATE};
use crate::record::{LaunchSource, Lifecycle, Member, Refresh, RefreshStatus};
use crate::shape::{DesiredConfiguration, RefreshPreferences};
use crate::source::{mixed_source, template_ref, version_of};
use crate::state::Group;
use crate::work::Work;
use crate::{AutoScaling, Cx};

pub use describe::{DescribeInstanceRefreshesInput, DescribeInstanceRefreshesOutput};

impl Refresh {
    pub(crate) const fn is_active(&self) -> bool {
        matches!(
            self.status,
            RefreshStatus::InProgress
                | RefreshStatus::Baking
                | RefreshStatus::Cancelling
                | RefreshStatus::RollbackInProgress
        )
    }

    const fn replaces(&self) -> bool {
        matches!(self.status, RefreshStatus::InProgress | RefreshStatus::RollbackInProgress)
    }

    /// How far it has come, in percent, while so many of the new ones are not warm.
    fn percent(&self, cold: u32) -> u32 {
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        let done = self.total.saturating_sub(left).saturating_sub(cold);
        (done * 100).checked_div(self.total).unwrap_or(100)
    }

    fn end(&mut self, now: Timestamp, status: RefreshStatus, reason: Option<&str>) {
        self.status = status;
        self.end = Some(now);
        self.reason = reason.map(str::to_owned);
    }
}

impl Group {
    /// How long a new instance warms up in a refresh, in seconds: as told, as the group says, or its grace period.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html>
    fn refresh_warmup_s(&self, refresh: &Refresh) -> u64 {
        let told = refresh.preferences.instance_warmup.and_then(|it| u64::try_from(it).ok());
        told.or(self.settings.warmup_s).unwrap_or(self.settings.grace_s)
    }

    /// New ones that do not work yet, or not for long enough.
    fn cold_count(&self, refresh: &Refresh, now: Timestamp) -> u32 {
        let warmup_s = self.refresh_warmup_s(refresh);
        let is_new = |member: &&Member| {
            member.launched >= refresh.start && !refresh.left.contains(&member.instance_id)
        };
        let active = self.members.values().filter(|member| member.lifecycle.is_active());
        let cold = active.filter(is_new).filter(|member| !member.is_warm(warmup_s, now));
        u32::try_from(cold.count() + self.launching.len()).unwrap_or(u32::MAX)
    }

    /// When something of a refresh is due, whatever happens until then.
    pub(crate) fn refresh_wakes(&self, now: Timestamp) -> Vec<Timestamp> {
        let Some(refresh) = self.refresh() else { return Vec::new() };
        let warmup_s = self.refresh_warmup_s(refresh);
        let warm = self.members.values().filter_map(|member| member.in_service);
        let warm = warm.map(|since| since.after_s(warmup_s)).filter(|at| *at > now);
        warm.chain(refresh.pauses).collect()
    }
}

impl Work<'_, '_> {
    /// Replaces as many as may be now.
    pub(crate) fn follow_refresh(&mut self) {
        self.forget_refreshes();
        let now = self.cx.now;
        let members = &self.group.members;
        let stays = |id: &String| {
            members.values().any(|it| it.instance_id == *id && !it.lifecycle.is_leaving())
        };
        let gone: Vec<String> = match self.group.refresh() {
            None => return,
            Some(refresh) => refresh.left.iter().filter(|id| !stays(id)).cloned().collect(),
        };
        if let Some(refresh) = self.group.refresh_mut() {
            refresh.left.retain(|id| !gone.contains(id));
        }
        let Some(refresh) = self.group.refresh().cloned() else { return };
        let cold = self.group.cold_count(&refresh, now);
        if refresh.replaces() || cold > 0 {
            self.launch_cause = Some(cause::refreshes(now));
        }
        let is_held =
            self.group.is_suspended(INSTANCE_REFRESH) || self.group.is_suspended(TERMINATE);
        if is_held || refresh.pauses.is_some_and(|until| until > now) {
            return;
        }
        if refresh.status == RefreshStatus::Baking {
            self.finish(now);
        } else if refresh.replaces() && !self.reaches_checkpoint(&refresh, cold) {
            match refresh.left.is_empty() && cold == 0 {
                true => self.bake(now),
                false => self.replace_some(&refresh, cold),
            }
        }
    }

    /// Six weeks after it ended a refresh is forgotten.
    fn forget_refreshes(&mut self) {
        let now = self.cx.now;
        let is_kept =
            |refresh: &Refresh| refresh.end.is_none_or(|end| end.after_s(REMEMBERED_S) > now);
        self.group.refreshes.retain(|_, refresh| is_kept(refresh));
    }

    /// At a checkpoint it waits; says whether it is at one.
    fn reaches_checkpoint(&mut self, refresh: &Refresh, cold: u32) -> bool {
        let next = refresh.next_checkpoint();
        let is_at = next.is_some_and(|next| cold == 0 && refresh.percent(0) >= next);
        if is_at && let Some(live) = self.group.refresh_mut() {
            live.checkpoints += 1;
            live.pauses = Some(self.cx.now.after_s(live.checkpoint_delay_s()));
        }
        is_at
    }

    /// All are replaced: it waits a while, where it is told to.
    fn bake(&mut self, now: Timestamp) {
        self.group.extra = 0;
        let Some(refresh) = self.group.refresh_mut() else { return };
        let bake_s = refresh.preferences.bake_time.and_then(|it| u64::try_from(it).ok());
        match bake_s.filter(|it| *it > 0 && refresh.status == RefreshStatus::InProgress) {
            Some(bake_s) => {
                refresh.status = RefreshStatus::Baking;
                refresh.pauses = Some(now.after_s(bake_s));
            }
            None => self.finish(now),
        }
    }

    fn finish(&mut self, now: Timestamp) {
        let Some(refresh) = self.group.refresh_mut() else { return };
        let status = match refresh.status {
            RefreshStatus::RollbackInProgress => RefreshStatus::RollbackSuccessful,
            _ => RefreshStatus::Successful,
        };
        refresh.pauses = None;
        refresh.end(now, status, None);
    }

    /// Ends as many of the old ones as leaves enough that are healthy; others come in their place. Where there may be
    /// more than desired, the others come first.
    fn replace_some(&mut self, refresh: &Refresh, cold: u32) {
        let (group, now) = (&*self.group, self.cx.now);
        let warmup_s = group.refresh_warmup_s(refresh);
        let desired = group.settings.desired as usize;
        let healthy = group.members.values().filter(|it| {
            it.ailment.is_none()
                && it.lifecycle == Lifecycle::InService
                && (it.launched < refresh.start || it.is_warm(warmup_s, now))
        });
        let healthy = healthy.count();
        let least = (desired * refresh.min_healthy() as usize).div_ceil(100);
        let surge = refresh.surge(desired).min(refresh.left.len());
        let until = refresh
            .next_checkpoint()
            .map_or(refresh.total, |percent| (refresh.total * percent).div_ceil(100));
        let replaced = refresh.total.saturating_sub(u32::try_from(refresh.left.len()).unwrap_or(0));
        let allowed = until.saturating_sub(replaced) as usize;
        let mut may = healthy.saturating_sub(if surge > 0 { desired } else { least });
        let is_still = cold == 0 && group.launching.is_empty();
        if may == 0 && is_still && surge == 0 {
            // However few there may be, one at a time is replaced.
            may = 1;
        }
        let old: Vec<u64> = group
            .members
            .values()
            .filter(|it| refresh.left.contains(&it.instance_id) && refresh.may_end(it))
            .map(|it| it.number)
            .take(may.min(allowed))
            .collect();
        if old.is_empty() {
            if surge > 0 && is_still && allowed > 0 {
                self.group.extra = u32::try_from(surge.min(allowed)).unwrap_or(0);
            }
            return;
        }
        let ended = u32::try_from(old.len()).unwrap_or(0);
        self.group.extra = self.group.extra.saturating_sub(ended);
        for number in old {
            let id = self.group.members.get(&number).map(|it| it.instance_id.clone());
            if let (Some(refresh), Some(id)) = (self.group.refresh_mut(), id) {
                refresh.left.remove(&id);
            }
            self.terminate(number, cause::refreshed(now));
        }
    }

    /// Which instances are to be replaced.
    fn to_replace(&self, refresh: &Refresh) -> BTreeSet<String> {
        let skips = refresh.preferences.skip_matching == Some(true)
            || refresh.status == RefreshStatus::RollbackInProgress;
        let members = self.group.members.values();
        members
            .filter(|it| !it.lifecycle.is_leaving() && !refresh.ignores(it))
            .filter(|it| !skips || !self.matches(it))
            .map(|it| it.instance_id.clone())
            .collect()
    }

    /// Whether an instance is as the group would launch it now.
    fn matches(&self, member: &Member) -> bool {
        match &self.group.settings.launch {
            LaunchSource::Configuration(name) => member.configuration.as_ref() == Some(name),
            source => {
                let Some((template, first)) = source.template() else { return false };
                let found = self.cx.directory.launch_templates.get(&template.id);
                let number = found.and_then(|it| version_of(it, template.version.as_deref()));
                let used = member.template.as_ref();
                let own_type = first.and_then(|it| it.instance_type.as_ref());
                used.is_some_and(|used| {
                    used.id == template.id
                        && used.version.as_deref().and_then(|it| it.parse().ok()) == number
                }) && own_type.is_none_or(|own| member.instance_type.as_ref() == Some(own))
            }
        }
    }
}

impl AutoScaling {
    pub(crate) fn start_refresh(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: StartInstanceRefreshInput,
    ) -> Result<InstanceRefreshIdOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        if input.strategy.as_deref().is_some_and(|strategy| strategy != "Rolling") {
            let strategy = input.strategy.unwrap_or_default();
            return Err(kernel::error::NOT_IMPLEMENTED
                .says(format!("The Strategy {strategy} is not implemented by Cloudless.")));
        }
        let preferences = input.preferences.unwrap_or_default();
        preferences::check(&preferences)?;
        let desired = input.desired_configuration;
        let launch = match &desired {
            None => None,
            Some(it) => match (&it.launch_template, &it.mixed_instances_policy) {
                (Some(template), None) => {
                    let template = template_ref(cx.directory, origin, template, false)?;
                    Some(LaunchSource::Template(template))
                }
                (None, Some(mixed)) => Some(mixed_source(cx.directory, origin, mixed)?),
                _ => {
                    return Err(invalid(
                        "DesiredConfiguration must contain either LaunchTemplate or MixedInstancesPolicy.",
                    ));
                }
            },
        };
        self.change(cx, &key, |work| {
            if work.group.refresh().is_some() {
                return Err(INSTANCE_REFRESH_IN_PROGRESS
                    .says("An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."));
            }
            let before = work.group.settings.launch.clone();
            if let Some(launch) = launch {
                work.group.settings.launch = launch;
            }
            let (id, number) = (work.cx.ids.uuid(), work.cx.numbers.next(work.cx.now));
            let mut refresh = Refresh {
                id: id.clone(),
                number,
                status: RefreshStatus::InProgress,
                reason: None,
                start: work.cx.now,
                end: None,
                preferences,
                desired,
                before,
                left: BTreeSet::new(),
                total: 0,
                pauses: None,
                checkpoints: 0,
                rolled_back: None,
            };
            refresh.left = work.to_replace(&refresh);
            refresh.total = u32::try_from(refresh.left.len()).unwrap_or(u32::MAX);
            // Zones are left as they are until it has ended.
            work.group.extra = 0;
            work.group.refreshes.insert(number, refresh);
            Ok(InstanceRefreshIdOutput { instance_refresh_id: id })
        })
    }

    pub(crate) fn cancel_refresh(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RefreshGroupInput,
    ) -> Result<InstanceRefreshIdOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        if input.wait_for_transitioning_instances.is_some() {
            return Err(kernel::error::parameter_not_implemented(
                "CancelInstanceRefresh",
                "WaitForTransitioningInstances",
            ));
        }
        self.change(cx, &key, |work| {
            let now = work.cx.now;
            let refresh = work.group.refresh_mut().ok_or_else(no_refresh)?;
            refresh.end(now, RefreshStatus::Cancelled, Some("Cancelled due to user request."));
            let output = InstanceRefreshIdOutput { instance_refresh_id: refresh.id.clone() };
            work.group.extra = 0;
            Ok(output)
        })
    }

    pub(crate) fn roll_back_refresh(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RefreshGroupInput,
    ) -> Result<InstanceRefreshIdOutput, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        self.change(cx, &key, |work| {
            let now = work.cx.now;
            let refresh = work.group.refresh().ok_or_else(no_refresh)?.clone();
            if refresh.desired.is_none() {
                return Err(IRREVERSIBLE_INSTANCE_REFRESH.says(
                    "The instance refresh cannot be rolled back because it has no desired configuration.",
                ));
            }
            if refresh.status == RefreshStatus::RollbackInProgress {
                return Err(IRREVERSIBLE_INSTANCE_REFRESH
                    .says("The instance refresh is being rolled back already."));
            }
            let percent = refresh.percent(work.group.cold_count(&refresh, now));
            let left = u32::try_from(refresh.left.len()).unwrap_or(u32::MAX);
            work.group.settings.launch = refresh.before.clone();
            work.group.extra = 0;
            let mut back = Refresh {
                status: RefreshStatus::RollbackInProgress,
                reason: Some("Rolled back due to user request.".to_owned()),
                pauses: None,
                rolled_back: Some((now, percent, left)),
                ..refresh
            };
            back.left = work.to_replace(&back);
            back.total = u32::try_from(back.left.len()).unwrap_or(u32::MAX);
            let id = back.id.clone();
            work.group.refreshes.insert(back.number, back);
            Ok(InstanceRefreshIdOutput { instance_refresh_id: id })
        })
    }
}

fn no_refresh() -> ApiError {
    ACTIVE_INSTANCE_REFRESH_NOT_FOUND.says(
        "No in progress or pending Instance Refresh found for the specified Auto Scaling group",
    )
}

/// Input of `StartInstanceRefresh`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartInstanceRefreshInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// `Rolling`
    pub strategy: Option<String>,
    /// What the group launches from now on.
    pub desired_configuration: Option<DesiredConfiguration>,
    /// How it is done.
    pub preferences: Option<RefreshPreferences>,
}

/// Input of `CancelInstanceRefresh` and `RollbackInstanceRefresh`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RefreshGroupInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Refused.
    pub wait_for_transitioning_instances: Option<bool>,
}

/// Output of what does something with a refresh.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceRefreshIdOutput {
    instance_refresh_id: String,
}
