//! What a group is at a moment, with all that belongs to it.

use std::collections::{BTreeMap, BTreeSet};

use kernel::record::{Key, Stored as _};
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::key::GroupKey;
use crate::record::{
    Cooldown, Group as StoredGroup, Hook, Lifecycle, Member, Of, Policy, Refresh, Retry,
    ScheduledAction, Settings, Tagging,
};
use crate::{Cx, Due, Record};

/// A capacity that a policy proposes.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) policy: String,
    pub(crate) alarm: String,
    pub(crate) capacity: u32,
}

/// A launch that was asked for and is not answered yet. It is, before the step ends.
#[derive(Debug, Clone)]
pub(crate) struct Launching {
    pub(crate) activity: u64,
    pub(crate) zone: String,
    pub(crate) subnet: Option<String>,
    /// Why, in case it must be tried elsewhere.
    pub(crate) cause: String,
}

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) key: GroupKey,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, Tagging>,
    /// Processes that are suspended, and why.
    pub(crate) suspended: BTreeMap<String, String>,
    pub(crate) metrics: BTreeSet<String>,
    /// Kinds of notifications by topic.
    pub(crate) notifications: BTreeMap<String, BTreeSet<String>>,
    pub(crate) target_groups: BTreeSet<String>,
    pub(crate) hooks: BTreeMap<String, Hook>,
    pub(crate) is_deleting: bool,
    pub(crate) cooldown: Option<Cooldown>,
    pub(crate) retry: Option<Retry>,
    /// How many more than desired there shall be for now, while instances move to another zone or are replaced.
    pub(crate) extra: u32,
    /// Until then no instance moves to another zone: it could not.
    pub(crate) stays_until: Option<Timestamp>,
    /// In the order in which they came.
    pub(crate) members: BTreeMap<u64, Member>,
    pub(crate) policies: BTreeMap<String, Policy>,
    pub(crate) schedule: BTreeMap<String, ScheduledAction>,
    /// By number, the newest last.
    pub(crate) refreshes: BTreeMap<u64, Refresh>,
    /// Not stored: a step leaves none of them behind.
    pub(crate) launching: Vec<Launching>,
    pub(crate) proposals: Vec<Proposal>,
    /// Zones in which no instance could be launched lately.
    pub(crate) failed_zones: BTreeSet<String>,
    /// When each target-tracking policy last wanted fewer.
    pub(crate) wants_in: BTreeMap<String, Timestamp>,
    /// Why capacity was changed last, for the activities that follow.
    pub(crate) why: Option<String>,
    /// What happened to it last.
    pub(crate) because: Option<CauseId>,
    pub(crate) wakes: Option<Timestamp>,
    /// What is stored of it.
    pub(crate) written: BTreeMap<Key, Record>,
}

impl Group {
    pub(crate) fn new(key: GroupKey, id: String, settings: Settings) -> Self {
        Self {
            key,
            id,
            settings,
            created: Timestamp::default(),
            tags: BTreeMap::new(),
            suspended: BTreeMap::new(),
            metrics: BTreeSet::new(),
            notifications: BTreeMap::new(),
            target_groups: BTreeSet::new(),
            hooks: BTreeMap::new(),
            is_deleting: false,
            cooldown: None,
            retry: None,
            extra: 0,
            stays_until: None,
            members: BTreeMap::new(),
            policies: BTreeMap::new(),
            schedule: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            launching: Vec::new(),
            proposals: Vec::new(),
            failed_zones: BTreeSet::new(),
            wants_in: BTreeMap::new(),
            why: None,
            because: None,
            wakes: None,
            written: BTreeMap::new(),
        }
    }

    /// `arn:aws:autoscaling:region:account:autoScalingGroup:id:autoScalingGroupName/name`
    pub(crate) fn arn(&self) -> String {
        self.arn_of("autoScalingGroup", &self.id, "")
    }

    /// The ARN of something that belongs to it.
    pub(crate) fn arn_of(&self, kind: &str, id: &str, own: &str) -> String {
        let GroupKey { account, region, name } = &self.key;
        format!(
            "arn:aws:autoscaling:{region}:{account}:{kind}:{id}:autoScalingGroupName/{name}{own}"
        )
    }

    pub(crate) fn member(&self, instance_id: &str) -> Option<&Member> {
        self.members.values().find(|member| member.instance_id == instance_id)
    }

    pub(crate) fn member_mut(&mut self, instance_id: &str) -> Option<&mut Member> {
        self.members.values_mut().find(|member| member.instance_id == instance_id)
    }

    /// How many count as capacity: those that begin or work.
    pub(crate) fn active_count(&self) -> usize {
        self.members.values().filter(|member| member.lifecycle.is_active()).count()
    }

    pub(crate) fn is_suspended(&self, process: &str) -> bool {
        self.suspended.contains_key(process)
    }

    pub(crate) fn has_elb_checks(&self) -> bool {
        self.settings.health_check_type.split(',').any(|kind| kind.trim() == "ELB")
    }

    /// How many there may be in each of its zones, or are: by zone.
    pub(crate) fn zone_counts(&self) -> BTreeMap<&str, usize> {
        let mut counts: BTreeMap<&str, usize> =
            self.settings.zones.iter().map(|zone| (zone.as_str(), 0)).collect();
        let active = self.members.values().filter(|member| member.lifecycle.is_active());
        for zone in
            active.map(|member| &member.zone).chain(self.launching.iter().map(|it| &it.zone))
        {
            *counts.entry(zone).or_default() += 1;
        }
        counts
    }

    /// The refresh that is under way.
    pub(crate) fn refresh(&self) -> Option<&Refresh> {
        self.refreshes.values().next_back().filter(|refresh| refresh.is_active())
    }

    pub(crate) fn refresh_mut(&mut self) -> Option<&mut Refresh> {
        self.refreshes.values_mut().next_back().filter(|refresh| refresh.is_active())
    }

    /// Everything durable of it.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let key = &self.key;
        let of = |member: &Member| Record::Member(Box::new(Of::new(key, member.clone())));
        std::iter::once(Record::Group(Box::new(self.into())))
            .chain(self.members.values().map(of))
            .chain(
                self.policies.values().map(|it| Record::Policy(Box::new(Of::new(key, it.clone())))),
            )
            .chain(
                self.schedule
                    .values()
                    .map(|it| Record::ScheduledAction(Box::new(Of::new(key, it.clone())))),
            )
            .chain(
                self.refreshes
                    .values()
                    .map(|it| Record::Refresh(Box::new(Of::new(key, it.clone())))),
            )
    }

    /// Writes what is not as it was written last. Whatever happens to a group cannot forget to.
    pub(crate) fn write(&mut self, cx: &mut Cx<'_>) {
        if !cx.recording {
            return;
        }
        let now: BTreeMap<Key, Record> =
            self.records().map(|record| (record.key(), record)).collect();
        for key in self.written.keys().filter(|key| !now.contains_key(key)) {
            cx.delete(|| key.clone());
        }
        for (key, record) in &now {
            if self.written.get(key) != Some(record) {
                cx.put(|| record.clone());
            }
        }
        self.written = now;
    }

    /// It was read from a store.
    pub(crate) fn was_written(&mut self, record: &Record) {
        self.written.insert(record.key(), record.clone());
    }

    /// It is gone, with all that belongs to it.
    pub(crate) fn erase(&self, cx: &mut Cx<'_>) {
        self.written.keys().for_each(|key| cx.delete(|| key.clone()));
    }

    /// Looks again at `at` and no other time.
    pub(crate) fn wake_at(&mut self, cx: &mut Cx<'_>, at: Option<Timestamp>) {
        if self.wakes == at {
            return;
        }
        let due = Due::Look(Box::new(self.key.clone()));
        if let Some(before) = self.wakes {
            cx.deadlines.cancel(before, due.clone());
        }
        if let Some(at) = at {
            cx.deadlines.schedule(at, due);
        }
        self.wakes = at;
    }
}

impl Lifecycle {
    /// It counts as capacity.
    pub(crate) const fn is_active(&self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait(_) | Self::InService)
    }

    /// It ends, or leaves.
    pub(crate) const fn is_leaving(&self) -> bool {
        matches!(
            self,
            Self::Terminating { .. }
                | Self::TerminatingWait(_)
                | Self::TerminatingProceed
                | Self::Detaching { .. }
        )
    }

    /// What answers call it.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait(_) => "Pending:Wait",
            Self::InService => "InService",
            Self::Standby => "Standby",
            Self::Terminating { .. } => "Terminating",
            Self::TerminatingWait(_) => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
            Self::Detaching { .. } => "Detaching",
        }
    }
}

impl Member {
    /// Whether it works, and has for so many seconds.
    pub(crate) fn is_warm(&self, warmup_s: u64, now: Timestamp) -> bool {
        self.lifecycle == Lifecycle::InService
            && self.in_service.is_some_and(|since| since.after_s(warmup_s) <= now)
    }
}

impl From<&Group> for StoredGroup {
    fn from(live: &Group) -> Self {
        Self {
            account: live.key.account.clone(),
            region: live.key.region.clone(),
            name: live.key.name.to_string(),
            id: live.id.clone(),
            created: live.created,
            settings: live.settings.clone(),
            tags: live.tags.clone(),
            suspended: live.suspended.clone(),
            metrics: live.metrics.clone(),
            notifications: live.notifications.clone(),
            target_groups: live.target_groups.clone(),
            hooks: live.hooks.clone(),
            is_deleting: live.is_deleting,
            cooldown: live.cooldown,
            retry: live.retry,
            extra: live.extra,
            stays_until: live.stays_until,
        }
    }
}

impl From<StoredGroup> for Group {
    fn from(stored: StoredGroup) -> Self {
        let key = stored.place();
        Self {
            created: stored.created,
            tags: stored.tags,
            suspended: stored.suspended,
            metrics: stored.metrics,
            notifications: stored.notifications,
            target_groups: stored.target_groups,
            hooks: stored.hooks,
            is_deleting: stored.is_deleting,
            cooldown: stored.cooldown,
            retry: stored.retry,
            extra: stored.extra,
            stays_until: stored.stays_until,
            ..Self::new(key, stored.id, stored.settings)
        }
    }
}

impl Group {
    /// How long an instance warms up: as told, else as the group says, else its cooldown.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/consolidated-view-of-warm-up-and-cooldown-settings.html>
    pub(crate) fn warmup_s(&self, told_s: Option<u64>) -> u64 {
        told_s.or(self.settings.warmup_s).unwrap_or(self.settings.cooldown_s)
    }

    /// How many are not warm yet, after a warm-up of so many seconds.
    pub(crate) fn warming_count(&self, warmup_s: u64, now: Timestamp) -> usize {
        let active = self.members.values().filter(|member| member.lifecycle.is_active());
        active.filter(|member| !member.is_warm(warmup_s, now)).count() + self.launching.len()
    }
}
