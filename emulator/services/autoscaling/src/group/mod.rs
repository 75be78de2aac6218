//! Groups: what they are set to, and what belongs to them.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html>

mod create;
mod delete;
mod describe;
mod filter;
mod source;
mod template;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kernel::call::Origin;
use kernel::names::{AccountId, Region};
use kernel::record::{Key, Stored as _};
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::policy::Proposal;
use crate::record::{
    Cooldown, Hook, Lifecycle, Member, Of, Policy, Refresh, Retry, ScheduledAction, Settings,
    Tagging,
};
use crate::{Cx, Due, Kind, Record};

pub use create::CreateAutoScalingGroupInput;
pub use delete::DeleteAutoScalingGroupInput;
pub use describe::{
    DescribeAutoScalingGroupsInput, DescribeAutoScalingGroupsOutput,
    DescribeAutoScalingInstancesInput, DescribeAutoScalingInstancesOutput,
};
pub(crate) use filter::matches_tags;
pub(crate) use source::mixed_source;
pub(crate) use template::{template_ref, version_of};
pub use update::{SetDesiredCapacityInput, UpdateAutoScalingGroupInput};

/// By what a group is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// What it is called there.
    pub name: Box<str>,
}

impl GroupKey {
    pub(crate) fn own(origin: &Origin, name: &str) -> Self {
        let (account, region) = (origin.account.clone(), origin.region.clone());
        Self { account, region, name: name.into() }
    }

    pub(crate) fn is_of(&self, origin: &Origin) -> bool {
        (&self.account, &self.region) == (&origin.account, &origin.region)
    }

    /// Where a record of the group, or of what belongs to it, is kept. No name has a line feed.
    pub(crate) fn record(&self, kind: Kind, own: &str) -> Key {
        Key::named(kind, format!("{}/{}/{}\n{own}", self.account, self.region, self.name))
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
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
