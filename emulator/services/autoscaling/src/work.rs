//! What a group does by itself after whatever has happened to it: it looks at everything, and does what is to be done.

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::Origin;
use kernel::context::Restoring;
use kernel::directory::TargetHealth;
use kernel::error::ApiError;
use kernel::time::Timestamp;

use crate::activity::Activities;
use crate::activity::cause;
use crate::error::no_group;
use crate::key::{ConfigurationKey, GroupKey};
use crate::limits::BEGUN_A_STEP_MAX;
use crate::process::{LAUNCH, TERMINATE};
use crate::record::{LaunchConfiguration, Lifecycle, Member};
use crate::state::Group;
use crate::{AutoScaling, Cx, Record};

/// A group, and all that is needed to change it.
pub(crate) struct Work<'w, 'c> {
    pub(crate) group: &'w mut Group,
    pub(crate) activities: &'w mut Activities,
    pub(crate) configurations: &'w BTreeMap<ConfigurationKey, LaunchConfiguration>,
    pub(crate) cx: &'w mut Cx<'c>,
    /// Why instances that are launched in this step are not launched for the difference alone.
    pub(crate) launch_cause: Option<String>,
    /// All alarms of this moment have been heard.
    pub(crate) decides: bool,
    /// Launches and terminations that began in this step.
    begun: usize,
}

impl AutoScaling {
    /// Changes a group; whatever follows from it follows, and is written. A refusal must come before any change.
    pub(crate) fn change<T>(
        &mut self,
        cx: &mut Cx<'_>,
        key: &GroupKey,
        change: impl FnOnce(&mut Work<'_, '_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let group = self.groups.get_mut(key).ok_or_else(|| no_group(&key.name))?;
        group.because = Some(cx.cause());
        let mut work = Work {
            group,
            activities: &mut self.activities,
            configurations: &self.configurations,
            cx,
            launch_cause: None,
            decides: false,
            begun: 0,
        };
        let answer = change(&mut work)?;
        work.go_on();
        let wakes = work.next_wake();
        let Work { group, cx, .. } = work;
        if group.is_deleting && group.members.is_empty() && group.launching.is_empty() {
            group.wake_at(cx, None);
            group.erase(cx);
            group.delete_all_alarms(cx);
            self.groups.remove(key);
        } else {
            group.wake_at(cx, wakes);
            group.write(cx);
        }
        Ok(answer)
    }

    /// A group has something to do.
    pub(crate) fn look(&mut self, cx: &mut Cx<'_>, key: &GroupKey) {
        if let Some(group) = self.groups.get_mut(key) {
            group.wakes = None;
            let looked = self.change(cx, key, |work| {
                work.decides = true;
                Ok(())
            });
            // Nothing there refuses.
            drop(looked);
        }
    }

    /// An instance is in another state, which the directory has: the group in which it is looks at it.
    pub fn instance_changed(&mut self, cx: &mut Cx<'_>, instance_id: &str) {
        if let Some(key) = self.group_with(instance_id).map(|group| group.key.clone()) {
            // Nothing there refuses.
            drop(self.change(cx, &key, |_| Ok(())));
        }
    }

    /// What a target group says of its targets is something else now, which the directory has.
    pub fn target_health_changed(&mut self, cx: &mut Cx<'_>, target_group: &str) {
        let unhealthy: BTreeSet<String> = cx
            .directory
            .target_groups
            .get(target_group)
            .into_iter()
            .flat_map(|it| &it.targets)
            .filter(|(_, health)| **health == TargetHealth::Unhealthy)
            .map(|((id, _), _)| id.clone())
            .collect();
        let is_otherwise = |member: &Member| {
            member.registered.contains(target_group)
                && unhealthy.contains(&member.instance_id)
                    != member.unhealthy_in.contains(target_group)
        };
        let changed = self.groups.values().filter(|group| group.members.values().any(is_otherwise));
        let changed: Vec<GroupKey> = changed.map(|group| group.key.clone()).collect();
        for key in changed {
            let done = self.change(cx, &key, |work| {
                for member in work.group.members.values_mut() {
                    match unhealthy.contains(&member.instance_id) {
                        true => _ = member.unhealthy_in.insert(target_group.to_owned()),
                        false => _ = member.unhealthy_in.remove(target_group),
                    }
                }
                Ok(())
            });
            // Nothing there refuses.
            drop(done);
        }
    }

    /// The instances that a group has in service.
    #[must_use]
    pub fn in_service(&self, key: &GroupKey) -> Vec<String> {
        let members = self.groups.get(key).into_iter().flat_map(|group| group.members.values());
        members
            .filter(|member| member.lifecycle == Lifecycle::InService)
            .map(|member| member.instance_id.clone())
            .collect()
    }

    /// The group in which an instance is.
    pub(crate) fn group_with(&self, instance_id: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.member(instance_id).is_some())
    }

    /// The caller's group of this name.
    pub(crate) fn key_of(&self, origin: &Origin, name: &str) -> Result<GroupKey, ApiError> {
        self.key_or(origin, name, no_group)
    }

    /// The caller's group of this name, with the refusal that the operation has where there is none.
    pub(crate) fn key_or(
        &self,
        origin: &Origin,
        name: &str,
        refusal: fn(&str) -> ApiError,
    ) -> Result<GroupKey, ApiError> {
        let key = GroupKey::own(origin, name);
        match self.groups.contains_key(&key) {
            true => Ok(key),
            false => Err(refusal(name)),
        }
    }

    /// The caller's groups.
    pub(crate) fn groups_of<'a>(&'a self, origin: &'a Origin) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(|group| group.key.is_of(origin))
    }

    /// Takes a record back.
    pub(crate) fn take_back(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        let written = record.clone();
        let key = match record {
            Record::Group(stored) => {
                let group = Group::from(*stored);
                let key = group.key.clone();
                self.groups.insert(key.clone(), group);
                key
            }
            Record::Member(of) => {
                let key = of.place();
                cx.numbers.was_given(of.it.number);
                let Some(group) = self.groups.get_mut(&key) else { return };
                group.enter_warmup(cx.directory, &of.it);
                group.members.insert(of.it.number, of.it);
                key
            }
            Record::Policy(of) => {
                let key = of.place();
                let Some(group) = self.groups.get_mut(&key) else { return };
                group.policies.insert(of.it.name.clone(), of.it);
                // It may tell how long instances warm up.
                group.members.values().for_each(|it| group.enter_warmup(cx.directory, it));
                key
            }
            Record::ScheduledAction(of) => {
                let key = of.place();
                let Some(group) = self.groups.get_mut(&key) else { return };
                group.schedule.insert(of.it.name.clone(), of.it);
                key
            }
            Record::Refresh(of) => {
                let key = of.place();
                cx.numbers.was_given(of.it.number);
                let Some(group) = self.groups.get_mut(&key) else { return };
                group.refreshes.insert(of.it.number, of.it);
                key
            }
            Record::Activity(of) => {
                cx.numbers.was_given(of.it.number);
                self.activities.take_back(*of);
                self.activities.schedule_restored(cx.deadlines);
                return;
            }
            Record::LaunchConfiguration(stored) => {
                let key = ConfigurationKey::new(&stored.account, &stored.region, &stored.name);
                self.configurations.insert(key, *stored);
                return;
            }
        };
        let Some(group) = self.groups.get_mut(&key) else { return };
        group.was_written(&written);
        // Nobody knows what happened since: it looks at once.
        if group.wakes.is_none() {
            let at = Timestamp::default();
            group.wakes = Some(at);
            cx.deadlines.schedule(at, crate::Due::Look(Box::new(key)));
        }
    }
}

impl Work<'_, '_> {
    /// Everything that is to be done now.
    fn go_on(&mut self) {
        self.do_scheduled();
        self.decide();
        self.look_at_health();
        self.look_at_ages();
        let numbers: Vec<u64> = self.group.members.keys().copied().collect();
        for number in numbers {
            self.follow(number);
        }
        self.follow_refresh();
        self.rebalance();
        self.match_capacity();
        self.cool_down();
    }

    /// As many instances as there shall be.
    fn match_capacity(&mut self) {
        if self.group.is_deleting {
            return;
        }
        let shall = (self.group.settings.desired + self.group.extra) as usize;
        let is = self.group.active_count() + self.group.launching.len();
        if is < shall {
            self.grow(is, shall);
        } else if is > shall {
            self.shrink(is, shall);
        }
        self.group.why = None;
    }

    fn grow(&mut self, is: usize, shall: usize) {
        let waits = self.group.retry.is_some_and(|retry| retry.at > self.cx.now);
        if self.group.is_suspended(LAUNCH) || waits {
            return;
        }
        let now = self.cx.now;
        let grows = cause::grows(now, is, shall);
        let because = self.launch_cause.clone().unwrap_or(grows);
        let cause = match &self.group.why {
            Some(why) => format!("{why}  {because}"),
            None => because,
        };
        for _ in is..shall {
            if self.begun >= BEGUN_A_STEP_MAX || !self.launch(&cause) {
                return;
            }
            self.begun += 1;
        }
    }

    fn shrink(&mut self, is: usize, shall: usize) {
        if self.group.is_suspended(TERMINATE) {
            return;
        }
        let mut chosen = Vec::new();
        for _ in shall..is.min(shall + BEGUN_A_STEP_MAX) {
            match self.choose(&chosen) {
                Some(number) => chosen.push(number),
                None => break,
            }
        }
        let ids = chosen.iter().filter_map(|number| self.group.members.get(number));
        let ids: Vec<String> = ids.map(|member| member.instance_id.clone()).collect();
        let why = self.group.why.take();
        let cause = cause::shrinks(self.cx.now, (is, is - chosen.len()), &ids);
        let cause = why.map_or_else(|| cause.clone(), |why| format!("{why}  {cause}"));
        self.begun += chosen.len();
        for number in chosen {
            self.terminate(number, cause.clone());
        }
    }

    /// A simple policy waits until its instances are there, and then for its cooldown.
    fn cool_down(&mut self) {
        let now = self.cx.now;
        let is_under_way = self.group.members.values().any(|member| match &member.lifecycle {
            Lifecycle::Pending | Lifecycle::PendingWait(_) => true,
            Lifecycle::Terminating { .. } => true,
            // Behind a balancer it is deregistration that counts.
            Lifecycle::TerminatingWait(_) | Lifecycle::TerminatingProceed => {
                member.registered.is_empty()
            }
            _ => false,
        });
        let is_missing = !self.group.launching.is_empty();
        let Some(cooldown) = &mut self.group.cooldown else { return };
        match cooldown.since {
            None if !is_under_way && !is_missing => cooldown.since = Some(now),
            Some(since) if since.after_s(cooldown.length_s) <= now => self.group.cooldown = None,
            _ => {}
        }
    }

    /// Whether the cooldown of a simple policy is not over.
    pub(crate) fn is_cooling_down(&self) -> bool {
        let now = self.cx.now;
        self.group.cooldown.is_some_and(|cooldown| {
            cooldown.since.is_none_or(|since| since.after_s(cooldown.length_s) > now)
        })
    }

    /// When there is something to do next, whatever happens until then.
    fn next_wake(&self) -> Option<Timestamp> {
        let (group, now) = (&*self.group, self.cx.now);
        let shall = (group.settings.desired + group.extra) as usize;
        if !group.proposals.is_empty() || self.begun >= BEGUN_A_STEP_MAX {
            return Some(now);
        }
        let is_short = group.active_count() < shall && !group.is_suspended(LAUNCH);
        let retry = group.retry.filter(|_| is_short).map(|retry| retry.at);
        let members = group.members.values().flat_map(|member| group.wakes_of(member));
        let scheduled = group.schedule.values().filter_map(|action| action.next);
        members
            .chain(retry)
            .chain(scheduled)
            .chain(group.stays_until)
            .chain(group.refresh_wakes(now))
            .filter(|at| *at > now)
            .min()
    }
}
