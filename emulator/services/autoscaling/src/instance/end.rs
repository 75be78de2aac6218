//! How an instance leaves a group: requests that are under way end first, then hooks, then EC2 ends it.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>

use kernel::call::Origin;
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::json;

use super::ActivityOutput;
use crate::activity::{cause, told};
use crate::ask::Asked;
use crate::error::{invalid, no_instance};
use crate::record::{ActivityStatus, Lifecycle};
use crate::work::Work;
use crate::{AutoScaling, Cx};

impl Work<'_, '_> {
    /// It is to end; the activity's number is the answer.
    pub(crate) fn terminate(&mut self, number: u64, cause: String) -> Option<u64> {
        let member = self.group.members.get(&number)?;
        if member.lifecycle.is_leaving() {
            return member.activity;
        }
        let described = format!("Terminating EC2 instance: {}", member.instance_id);
        let activity = self.leave(number, (described, cause))?;
        let drained = self.drain(number, activity);
        if let Some(member) = self.group.members.get_mut(&number) {
            member.lifecycle = Lifecycle::Terminating { drained };
        }
        self.follow(number);
        Some(activity)
    }

    /// An activity by which it leaves; one by which it was to come ends.
    pub(crate) fn leave(&mut self, number: u64, told: (String, String)) -> Option<u64> {
        let member = self.group.members.get(&number)?;
        let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
        let before = member.activity;
        self.activities.end(self.cx, before, ActivityStatus::Cancelled, None);
        let place = (zone.as_str(), subnet.as_deref());
        let activity = self.activities.begin(self.cx, self.group, told, place);
        if let Some(member) = self.group.members.get_mut(&number) {
            member.activity = Some(activity);
        }
        Some(activity)
    }

    /// Its targets take no new requests; says until when those under way are waited for.
    pub(crate) fn drain(&mut self, number: u64, activity: u64) -> kernel::time::Timestamp {
        let now = self.cx.now;
        let Some(member) = self.group.members.get(&number) else { return now };
        let (id, registered) = (member.instance_id.clone(), member.registered.clone());
        let is_running = self.state_of(number) == Some(InstanceState::Running);
        let mut delay_s = 0;
        for arn in &registered {
            let found = self.cx.directory.target_groups.get(arn);
            delay_s = delay_s.max(found.map_or(0, |it| it.deregistration_delay_s));
            let input = json!({ "TargetGroupArn": arn, "Targets": [{ "Id": id }] });
            self.ask(Asked::Other, ("elasticloadbalancing", "DeregisterTargets"), input);
        }
        if delay_s == 0 || !is_running || self.group.is_deleting {
            return now;
        }
        let waits = ActivityStatus::WaitingForELBConnectionDraining;
        self.activities.advance(self.cx, Some(activity), waits, 40);
        now.after_s(u64::from(delay_s))
    }

    /// EC2 is to end it.
    pub(crate) fn end_instance(&mut self, number: u64) {
        let state = self.state_of(number);
        let Some(member) = self.group.members.get_mut(&number) else { return };
        member.lifecycle = Lifecycle::TerminatingProceed;
        let (id, activity) = (member.instance_id.clone(), member.activity);
        self.activities.advance(self.cx, activity, ActivityStatus::InProgress, 60);
        match state {
            None | Some(InstanceState::Terminated) => self.gone(number),
            Some(InstanceState::ShuttingDown) => {}
            Some(_) => {
                let input = json!({ "InstanceIds": [id] });
                self.ask(Asked::Terminate(number), ("ec2", "TerminateInstances"), input);
            }
        }
    }

    /// The group is deleted: nothing is waited for.
    pub(crate) fn end_everything(&mut self) {
        let numbers: Vec<u64> = self.group.members.keys().copied().collect();
        let cause = cause::deleted(self.cx.now);
        for number in numbers {
            let Some(member) = self.group.members.get(&number) else { continue };
            match &member.lifecycle {
                Lifecycle::TerminatingProceed => {}
                Lifecycle::Terminating { .. } | Lifecycle::TerminatingWait(_) => {
                    self.end_instance(number);
                }
                // What leaves alive, leaves alive.
                Lifecycle::Detaching { .. } => self.gone(number),
                _ => _ = self.terminate(number, cause.clone()),
            }
        }
    }

    /// One less is wanted.
    pub(crate) fn decrement(&mut self, by: usize) {
        let by = u32::try_from(by).unwrap_or(u32::MAX);
        self.group.settings.desired = self.group.settings.desired.saturating_sub(by);
    }
}

impl AutoScaling {
    pub(crate) fn terminate_instance(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TerminateInstanceInput,
    ) -> Result<ActivityOutput, ApiError> {
        let id = &input.instance_id;
        let found = self.group_with(id).filter(|group| group.key.is_of(origin));
        let key = found.ok_or_else(|| no_instance(id))?.key.clone();
        let activity = self.change(cx, &key, |work| {
            let member = work.group.member(id).ok_or_else(|| no_instance(id))?;
            let (number, is_active) = (member.number, member.lifecycle.is_active());
            let is_aside = member.lifecycle == Lifecycle::Standby;
            // Also where it is in standby: then another one has to go.
            let decrements = input.should_decrement_desired_capacity && (is_active || is_aside);
            let settings = &work.group.settings;
            if decrements && settings.desired <= settings.min {
                return Err(invalid(format!(
                    "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
                    settings.min
                )));
            }
            let is = match is_aside {
                true => settings.desired as usize,
                false => work.group.active_count(),
            };
            let change = decrements.then_some(("shrinking", is, is.saturating_sub(1)));
            if change.is_some() {
                work.decrement(1);
            }
            let cause = cause::by_user(work.cx.now, id, "taken out of service", change);
            work.terminate(number, cause).ok_or_else(|| no_instance(id))
        })?;
        let activity = self.activities.get(activity).ok_or_else(|| no_instance(id))?;
        Ok(ActivityOutput { activity: told(&key, activity, false) })
    }
}

/// Input of `TerminateInstanceInAutoScalingGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TerminateInstanceInput {
    /// The instance.
    pub instance_id: String,
    /// No other comes in its place.
    pub should_decrement_desired_capacity: bool,
}
