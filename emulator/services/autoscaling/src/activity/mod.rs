//! What groups have done: kept for six weeks, also of groups that are gone.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-verify-scaling-activity.html>

pub(crate) mod cause;
mod describe;

use std::collections::BTreeMap;

use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde_json::json;

use crate::key::GroupKey;
use crate::limits::{ACTIVITIES_MAX, REMEMBERED_S};
use crate::record::{Activity, ActivityStatus, Of};
use crate::state::Group;
use crate::{Cx, Due, Record};

pub(crate) use describe::told;
pub use describe::{
    Activity as ToldActivity, DescribeScalingActivitiesInput, DescribeScalingActivitiesOutput,
};

/// All activities by their numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Activities {
    all: BTreeMap<u64, (GroupKey, Activity)>,
    forgets: Option<Timestamp>,
    /// Because of what the next is forgotten.
    pub(crate) because: Option<CauseId>,
}

fn record(group: &GroupKey, activity: &Activity) -> Record {
    Record::Activity(Box::new(Of::new(group, activity.clone())))
}

impl Activities {
    /// An activity begins; its number is the answer.
    pub(crate) fn begin(
        &mut self,
        cx: &mut Cx<'_>,
        group: &Group,
        (description, cause): (String, String),
        (zone, subnet): (&str, Option<&str>),
    ) -> u64 {
        let number = cx.numbers.next(cx.now);
        let details = match subnet {
            Some(subnet) => json!({ "Subnet ID": subnet, "Availability Zone": zone }),
            None => json!({ "Availability Zone": zone }),
        };
        let activity = Activity {
            number,
            id: cx.ids.uuid(),
            group_arn: group.arn(),
            description,
            cause: cause.chars().take(1023).collect(),
            start: cx.now,
            end: None,
            status: ActivityStatus::InProgress,
            message: None,
            progress: 0,
            details: details.to_string(),
        };
        cx.put(|| record(&group.key, &activity));
        self.all.insert(number, (group.key.clone(), activity));
        self.because = Some(cx.cause());
        while self.all.len() > ACTIVITIES_MAX {
            self.drop_first(cx);
        }
        self.schedule(cx);
        number
    }

    /// It is otherwise from now on.
    pub(crate) fn change(
        &mut self,
        cx: &mut Cx<'_>,
        number: Option<u64>,
        change: impl FnOnce(&mut Activity),
    ) {
        let Some((group, activity)) = number.and_then(|number| self.all.get_mut(&number)) else {
            return;
        };
        let before = activity.clone();
        change(activity);
        if *activity != before {
            cx.put(|| record(group, activity));
        }
    }

    /// It goes on, so far.
    pub(crate) fn advance(
        &mut self,
        cx: &mut Cx<'_>,
        number: Option<u64>,
        status: ActivityStatus,
        progress: u8,
    ) {
        self.change(cx, number, |activity| {
            activity.status = status;
            activity.progress = progress;
        });
    }

    /// It has ended.
    pub(crate) fn end(
        &mut self,
        cx: &mut Cx<'_>,
        number: Option<u64>,
        status: ActivityStatus,
        message: Option<String>,
    ) {
        let now = cx.now;
        self.change(cx, number, |activity| {
            activity.status = status;
            activity.progress = 100;
            activity.end = Some(now);
            activity.message = message.map(|text| text.chars().take(255).collect());
        });
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Activity> {
        self.all.get(&number).map(|(_, activity)| activity)
    }

    /// The newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&GroupKey, &Activity)> {
        self.all.values().rev().map(|(group, activity)| (group, activity))
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.all.values().map(|(group, activity)| record(group, activity))
    }

    pub(crate) fn take_back(&mut self, of: Of<Activity>) {
        self.all.insert(of.it.number, (of.place(), of.it));
    }

    fn drop_first(&mut self, cx: &mut Cx<'_>) {
        if let Some((_, (group, activity))) = self.all.pop_first() {
            cx.delete(|| -> Key { Of::new(&group, activity).key() });
        }
    }

    /// Forgets what is older than six weeks.
    pub(crate) fn forget(&mut self, cx: &mut Cx<'_>) {
        self.forgets = None;
        while self
            .all
            .first_key_value()
            .is_some_and(|(_, (_, first))| first.start.after_s(REMEMBERED_S) <= cx.now)
        {
            self.drop_first(cx);
        }
        self.schedule(cx);
    }

    fn schedule(&mut self, cx: &mut Cx<'_>) {
        if self.forgets.is_none()
            && let Some(at) = self.first_is_old_at()
        {
            cx.deadlines.schedule(at, Due::Forget);
            self.forgets = Some(at);
        }
    }

    /// The same where it was read from a store.
    pub(crate) fn schedule_restored(&mut self, deadlines: &mut kernel::deadlines::Deadlines<Due>) {
        if self.forgets.is_none()
            && let Some(at) = self.first_is_old_at()
        {
            deadlines.schedule(at, Due::Forget);
            self.forgets = Some(at);
        }
    }

    fn first_is_old_at(&self) -> Option<Timestamp> {
        self.all.first_key_value().map(|(_, (_, first))| first.start.after_s(REMEMBERED_S))
    }
}
