//! The way of an instance through its states, as EC2, hooks and the clock let it go on.

use kernel::directory::InstanceState;

use crate::ask::Asked;
use crate::process::ADD_TO_LOAD_BALANCER;
use crate::record::{ActivityStatus, Lifecycle};
use crate::work::Work;

use serde_json::json;

impl Work<'_, '_> {
    /// What EC2 says of an instance; nothing where it knows it no more.
    pub(crate) fn state_of(&self, number: u64) -> Option<InstanceState> {
        let id = &self.group.members.get(&number)?.instance_id;
        self.cx.directory.instances.get(id).map(|instance| instance.state)
    }

    /// Whether it has ended, or EC2 has forgotten it.
    fn has_ended(&self, number: u64) -> bool {
        matches!(self.state_of(number), None | Some(InstanceState::Terminated))
    }

    /// Lets an instance go on as far as it can.
    pub(crate) fn follow(&mut self, number: u64) {
        let Some(member) = self.group.members.get(&number) else { return };
        let now = self.cx.now;
        match &member.lifecycle {
            Lifecycle::Pending => match self.state_of(number) {
                Some(InstanceState::Running) => match self.begin_hooks(number, false) {
                    true => self.follow_hooks(number),
                    false => self.enter_service(number),
                },
                Some(InstanceState::Pending) => {}
                _ => self.failed_to_begin(number),
            },
            Lifecycle::PendingWait(_) => match self.state_of(number) {
                Some(InstanceState::Running | InstanceState::Pending) => self.follow_hooks(number),
                _ => self.failed_to_begin(number),
            },
            Lifecycle::Terminating { drained } if *drained <= now => {
                let has_worked = member.in_service.is_some() && !self.group.is_deleting;
                match has_worked && self.begin_hooks(number, true) {
                    true => self.follow_hooks(number),
                    false => self.end_instance(number),
                }
            }
            Lifecycle::TerminatingWait(_) => self.follow_hooks(number),
            Lifecycle::TerminatingProceed if self.has_ended(number) => self.gone(number),
            Lifecycle::Detaching { drained } if *drained <= now => self.detached(number),
            _ => {}
        }
    }

    /// It works from now on.
    pub(crate) fn enter_service(&mut self, number: u64) {
        let now = self.cx.now;
        let Some(member) = self.group.members.get_mut(&number) else { return };
        member.lifecycle = Lifecycle::InService;
        member.in_service = Some(now);
        let activity = member.activity.take();
        self.enter_warmup(number);
        self.activities.end(self.cx, activity, ActivityStatus::Successful, None);
        self.group.retry = None;
        self.group.failed_zones.clear();
        self.notify("autoscaling:EC2_INSTANCE_LAUNCH");
        // What is launched while this is suspended is not added later either.
        if !self.group.is_suspended(ADD_TO_LOAD_BALANCER) {
            self.register(number);
        }
    }

    /// What it uses counts for the group's metrics once it is warm.
    pub(crate) fn enter_warmup(&mut self, number: u64) {
        if let Some(member) = self.group.members.get(&number) {
            self.group.enter_warmup(self.cx.directory, member);
        }
    }

    /// In all target groups of the group.
    pub(crate) fn register(&mut self, number: u64) {
        let arns: Vec<String> = self.group.target_groups.iter().cloned().collect();
        for arn in arns {
            let Some(member) = self.group.members.get_mut(&number) else { return };
            if member.registered.insert(arn.clone()) {
                let input = json!({
                    "TargetGroupArn": arn, "Targets": [{ "Id": member.instance_id }],
                });
                let call = ("elasticloadbalancing", "RegisterTargets");
                self.ask(Asked::Other, call, input);
            }
        }
    }

    /// No more in this target group.
    pub(crate) fn deregister_from(&mut self, number: u64, arn: &str) {
        let Some(member) = self.group.members.get_mut(&number) else { return };
        member.unhealthy_in.remove(arn);
        if member.registered.remove(arn) {
            let input = json!({ "TargetGroupArn": arn, "Targets": [{ "Id": member.instance_id }] });
            let call = ("elasticloadbalancing", "DeregisterTargets");
            self.ask(Asked::Other, call, input);
        }
    }

    /// It has ended before it worked.
    fn failed_to_begin(&mut self, number: u64) {
        let Some(member) = self.group.members.get_mut(&number) else { return };
        let activity = member.activity.take();
        let reason = "Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InstanceInitiatedShutdown: Instance initiated shutdown";
        self.activities.end(self.cx, activity, ActivityStatus::Cancelled, Some(reason.to_owned()));
        self.notify("autoscaling:EC2_INSTANCE_LAUNCH_ERROR");
        let now = self.cx.now;
        self.try_later(now);
        match self.has_ended(number) {
            true => self.gone(number),
            false => {
                let why = crate::record::Ailment::Ec2;
                self.terminate(number, crate::activity::cause::unhealthy(now, why));
            }
        }
    }

    /// The group has it no more.
    pub(crate) fn gone(&mut self, number: u64) {
        let Some(member) = self.group.members.remove(&number) else { return };
        self.cx.directory.warming.remove(&member.instance_id);
        if matches!(member.lifecycle, Lifecycle::TerminatingProceed) {
            self.notify("autoscaling:EC2_INSTANCE_TERMINATE");
        }
        self.activities.end(self.cx, member.activity, ActivityStatus::Successful, None);
    }
}
