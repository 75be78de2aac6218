//! Instances are stopped, started, rebooted, terminated, and watched more or less closely.

use kernel::call::Origin;
use kernel::directory::InstanceState::{
    self, Pending, Running, ShuttingDown, Stopped, Stopping, Terminated,
};
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::Instance;
use super::change::Reason;
use super::describe::state_row;
use crate::input::input;
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors, fleet};
use kernel::directory::Home;

input! {
    MonitorInstancesInput { instance_ids: Vec<String> }
    RebootInstancesInput { instance_ids: Vec<String> }
    StartInstancesInput { instance_ids: Vec<String>, additional_info: Option<String> }
    StopInstancesInput { instance_ids: Vec<String>, hibernate: Option<bool>, skip_os_shutdown: Option<bool>, force: Option<bool> }
    TerminateInstancesInput { instance_ids: Vec<String>, force: Option<bool>, skip_os_shutdown: Option<bool> }
    UnmonitorInstancesInput { instance_ids: Vec<String> }
}

/// Each instance with the state in which it was and that in which it is.
fn changes(before: &[(String, InstanceState)], ec2: &Ec2, member: &str) -> Answer {
    let row = |(id, was): &(String, InstanceState)| {
        let is = ec2.instances.get(id).map_or(*was, |it| it.state);
        json!({
            "InstanceId": id,
            "PreviousState": state_row(*was),
            "CurrentState": state_row(is),
        })
    };
    Answer(json!({member: before.iter().map(row).collect::<Vec<Value>>()}))
}

impl Ec2 {
    /// The instances that a call names, of which there has to be one.
    fn named(&self, home: &Home, ids: &[String]) -> Result<Vec<&Instance>, ApiError> {
        match ids.is_empty() {
            true => Err(errors::INVALID_PARAMETER_COMBINATION.says("No instances specified")),
            false => {
                let mut found = self.instances_of(home, ids)?;
                let mut seen = std::collections::BTreeSet::new();
                found.retain(|it| seen.insert(it.id.clone()));
                Ok(found)
            }
        }
    }

    fn before(found: &[&Instance]) -> Vec<(String, InstanceState)> {
        found.iter().map(|it| (it.id.clone(), it.state)).collect()
    }

    pub(crate) fn terminate_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TerminateInstancesInput,
    ) -> Result<Answer, ApiError> {
        let found = self.named(&home_of(origin), &input.instance_ids)?;
        let keeps = |it: &&&Instance| it.keeps_from_termination && it.holds_address();
        if let Some(kept) = found.iter().find(keeps) {
            return Err(errors::OPERATION_NOT_PERMITTED.says(format!(
                "The instance '{}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
                kept.id
            )));
        }
        let before = Self::before(&found);
        let ids: Vec<String> = before.iter().map(|(id, _)| id.clone()).collect();
        self.terminate(cx, &ids);
        Ok(changes(&before, self, "TerminatingInstances"))
    }

    /// Ends instances for good, also those that are kept from it: for another service, such as a group. One that is
    /// not there is passed over.
    pub fn terminate(&mut self, cx: &mut Cx<'_>, ids: &[String]) {
        for id in ids {
            match self.instances.get(id).map(|it| it.state) {
                // Nothing runs that would have to end.
                Some(Stopped) => self.end(cx, id, Terminated, Reason::User),
                Some(Pending | Running | Stopping) => {
                    self.end(cx, id, ShuttingDown, Reason::User);
                }
                Some(ShuttingDown | Terminated) | None => {}
            }
        }
    }

    pub(crate) fn stop_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &StopInstancesInput,
    ) -> Result<Answer, ApiError> {
        let found = self.named(&home_of(origin), &input.instance_ids)?;
        for it in &found {
            if input.hibernate == Some(true) {
                return Err(errors::UNSUPPORTED_HIBERNATION_CONFIGURATION
                    .says(format!("The instance '{}' is not configured for hibernation.", it.id)));
            }
            if it.state == Pending {
                return Err(errors::INCORRECT_INSTANCE_STATE.says(format!(
                    "Instance '{}' cannot be stopped as it has never reached the 'running' state.",
                    it.id
                )));
            }
            if !matches!(it.state, Running | Stopping | Stopped) {
                return Err(errors::INCORRECT_INSTANCE_STATE.says(format!(
                    "This instance '{}' is not in a state from which it can be stopped.",
                    it.id
                )));
            }
            if it.keeps_from_stop {
                return Err(errors::OPERATION_NOT_PERMITTED.says(format!(
                    "The instance '{}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.",
                    it.id
                )));
            }
        }
        let before = Self::before(&found);
        for (id, state) in &before {
            if *state == Running {
                self.end(cx, id, Stopping, Reason::User);
            }
        }
        Ok(changes(&before, self, "StoppingInstances"))
    }

    pub(crate) fn start_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &StartInstancesInput,
    ) -> Result<Answer, ApiError> {
        let found = self.named(&home_of(origin), &input.instance_ids)?;
        let cannot = |it: &&&Instance| !matches!(it.state, Stopped | Pending | Running);
        if let Some(it) = found.iter().find(cannot) {
            return Err(errors::INCORRECT_INSTANCE_STATE.says(format!(
                "The instance '{}' is not in a state from which it can be started.",
                it.id
            )));
        }
        for it in found.iter().filter(|it| it.state == Stopped) {
            self.check_capacity(&it.home.region, &it.zone, &it.instance_type)?;
        }
        let before = Self::before(&found);
        for (id, state) in &before {
            if *state == Stopped {
                self.begin_again(cx, id);
            }
        }
        Ok(changes(&before, self, "StartingInstances"))
    }

    pub(crate) fn reboot_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RebootInstancesInput,
    ) -> Result<Answer, ApiError> {
        let found = self.named(&home_of(origin), &input.instance_ids)?;
        if let Some(it) = found.iter().find(|it| !matches!(it.state, Running | Pending)) {
            return Err(errors::INCORRECT_INSTANCE_STATE.says(format!(
                "The instance '{}' is not in a state from which it can be rebooted.",
                it.id
            )));
        }
        let programs = found.iter().filter(|it| !it.is_simulated && it.state == Running);
        let programs: Vec<String> = programs.map(|it| it.id.clone()).collect();
        for instance_id in programs {
            // When its process has ended, another is started.
            if self.rebooting.insert(instance_id.clone()) {
                cx.effect(fleet::Effect::Stop { instance_id });
            }
        }
        Ok(Answer::empty())
    }

    pub(crate) fn monitor_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        (ids, is_monitored): (&[String], bool),
    ) -> Result<Answer, ApiError> {
        let found = self.named(&home_of(origin), ids)?;
        let found: Vec<Instance> = found.into_iter().cloned().collect();
        let said = if is_monitored { "pending" } else { "disabling" };
        let row = |it: &Instance| json!({"InstanceId": it.id, "Monitoring": {"State": said}});
        let rows: Vec<Value> = found.iter().map(row).collect();
        for it in found {
            self.keep(cx, Instance { is_monitored, ..it });
        }
        cx.measured();
        Ok(Answer(json!({"InstanceMonitorings": rows})))
    }
}
