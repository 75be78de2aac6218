//! Instances that come into a group, and leave it, alive.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-detach-attach-instances.html>

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::json;

use super::ActivitiesOutput;
use crate::activity::cause;
use crate::ask::{Asked, GROUP_TAG};
use crate::error::{invalid, nothing_to_attach_to, too_many};
use crate::limits::INSTANCES_A_CALL_MAX;
use crate::record::{ActivityStatus, LaunchSource, Lifecycle, Member};
use crate::shape::Empty;
use crate::work::Work;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn attach_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AttachInstancesInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_or(origin, &input.auto_scaling_group_name, nothing_to_attach_to)?;
        if input.instance_ids.len() > INSTANCES_A_CALL_MAX {
            return Err(too_many("instances", INSTANCES_A_CALL_MAX));
        }
        for id in &input.instance_ids {
            if let Some(other) = self.group_with(id) {
                return Err(invalid(format!(
                    "Instance {id} is already part of AutoScalingGroup:{}.",
                    other.key.name
                )));
            }
        }
        self.change(cx, &key, |work| {
            work.check_increment(input.instance_ids.len(), "attach")?;
            for id in &input.instance_ids {
                work.check_attached(origin, id)?;
            }
            let is = work.group.active_count();
            let becomes = is + input.instance_ids.len();
            work.group.settings.desired += u32::try_from(input.instance_ids.len()).unwrap_or(0);
            for id in &input.instance_ids {
                work.attach_one(id, ("increasing", is, becomes));
            }
            Ok(Empty {})
        })
    }

    pub(crate) fn detach_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DetachInstancesInput,
    ) -> Result<ActivitiesOutput, ApiError> {
        let key = self.key_or(origin, &input.auto_scaling_group_name, nothing_to_attach_to)?;
        let begun = self.change(cx, &key, |work| {
            let decrements = input.should_decrement_desired_capacity;
            let ids = &input.instance_ids;
            let in_standby = ids.iter().filter_map(|id| work.group.member(id));
            let in_standby = in_standby.filter(|it| it.lifecycle == Lifecycle::Standby).count();
            let state =
                if in_standby == ids.len() { Lifecycle::Standby } else { Lifecycle::InService };
            let numbers = work.numbers_of(ids, &state)?;
            let is = match state {
                Lifecycle::Standby => work.group.settings.desired as usize,
                _ => work.group.active_count(),
            };
            // Also of one in standby: then another one has to go.
            if decrements {
                work.check_decrement(numbers.len(), "detach")?;
                work.decrement(numbers.len());
            }
            let less = is.saturating_sub(numbers.len());
            let change = decrements.then_some(("shrinking", is, less));
            Ok(numbers
                .into_iter()
                .filter_map(|number| work.detach_one(number, change))
                .collect::<Vec<_>>())
        })?;
        Ok(self.told_activities(&key, &begun, (ActivityStatus::InProgress, 50)))
    }
}

impl Work<'_, '_> {
    fn check_attached(&self, origin: &Origin, id: &str) -> Result<(), ApiError> {
        let found = self.cx.directory.instances.get(id).filter(|instance| {
            (&instance.home.account, &instance.home.region) == (&origin.account, &origin.region)
        });
        let Some(instance) = found else {
            return Err(invalid(format!("Invalid Instance ID(s): [{id}]")));
        };
        // Within the same call it may still begin.
        if !matches!(instance.state, InstanceState::Running | InstanceState::Pending) {
            return Err(invalid(format!(
                "Instance {id} is not in correct state.  Instance(s) must be in 'running' state."
            )));
        }
        if !self.group.settings.zones.contains(&instance.zone) {
            return Err(invalid(format!(
                "The instance {id} is in the Availability Zone {}, which is not one of AutoScalingGroup {}.",
                instance.zone, self.group.key.name
            )));
        }
        Ok(())
    }

    fn attach_one(&mut self, id: &str, change: (&str, usize, usize)) {
        let Some(instance) = self.cx.directory.instances.get(id).cloned() else { return };
        let cause = cause::by_user(self.cx.now, id, "attached", Some(change));
        let told = (format!("Attaching an existing EC2 instance: {id}"), cause);
        let place = (instance.zone.as_str(), Some(instance.subnet.as_str()));
        let activity = self.activities.begin(self.cx, self.group, told, place);
        self.activities.advance(self.cx, Some(activity), ActivityStatus::PreInService, 30);
        let configuration = match &self.group.settings.launch {
            LaunchSource::Configuration(name) => Some(name.clone()),
            _ => None,
        };
        let template = self.group.settings.launch.template().map(|(template, _)| template);
        let member = Member {
            number: activity,
            instance_id: id.to_owned(),
            zone: instance.zone,
            subnet: Some(instance.subnet),
            instance_type: Some(instance.instance_type),
            image: Some(instance.image),
            configuration,
            template,
            lifecycle: Lifecycle::Pending,
            ailment: None,
            is_protected: self.group.settings.protects_new,
            launched: self.cx.now,
            in_service: None,
            activity: Some(activity),
            registered: BTreeSet::new(),
            unhealthy_in: BTreeSet::new(),
        };
        self.group.members.insert(activity, member);
        self.tag_instance(Asked::Join, id);
        self.follow(activity);
    }

    /// It is nobody's any more, and lives on.
    pub(super) fn detached(&mut self, number: u64) {
        let Some(member) = self.group.members.get(&number) else { return };
        let id = member.instance_id.clone();
        self.tag_instance(Asked::Leave, &id);
        self.gone(number);
    }

    /// Instances are known to be a group's by a tag of AWS's own: metrics of the group count them. Those that the group gives
    /// to new ones come with it, and stay.
    fn tag_instance(&mut self, what: Asked, id: &str) {
        let joins = matches!(what, Asked::Join);
        let operation = if joins { "CreateTags" } else { "DeleteTags" };
        let mut tags = if joins { self.tags_of_new() } else { Vec::new() };
        tags.push(json!({ "Key": GROUP_TAG, "Value": self.group.key.name }));
        self.ask(what, ("ec2", operation), json!({ "Resources": [id], "Tags": tags }));
    }

    fn detach_one(&mut self, number: u64, change: Option<(&str, usize, usize)>) -> Option<u64> {
        let id = self.group.members.get(&number)?.instance_id.clone();
        let cause = cause::by_user(self.cx.now, &id, "detached", change);
        let described = format!("Detaching EC2 instance: {id}");
        let activity = self.leave(number, (described, cause))?;
        self.activities.advance(self.cx, Some(activity), ActivityStatus::InProgress, 50);
        let drained = self.drain(number, activity);
        self.group.members.get_mut(&number)?.lifecycle = Lifecycle::Detaching { drained };
        Some(activity)
    }
}

/// Input of `AttachInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AttachInstancesInput {
    /// The instances.
    #[serde(default)]
    pub instance_ids: Vec<String>,
    /// The group.
    pub auto_scaling_group_name: String,
}

/// Input of `DetachInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetachInstancesInput {
    /// The instances.
    #[serde(default)]
    pub instance_ids: Vec<String>,
    /// The group.
    pub auto_scaling_group_name: String,
    /// No others come in their place.
    pub should_decrement_desired_capacity: bool,
}
