//! Processes of a group, which can be suspended.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::invalid;
use crate::shape::Empty;
use crate::{AutoScaling, Cx};

/// Adds instances.
pub(crate) const LAUNCH: &str = "Launch";
/// Takes instances away.
pub(crate) const TERMINATE: &str = "Terminate";
/// Registers new instances in target groups.
pub(crate) const ADD_TO_LOAD_BALANCER: &str = "AddToLoadBalancer";
/// Hears alarms.
pub(crate) const ALARM_NOTIFICATION: &str = "AlarmNotification";
/// Keeps zones in balance.
pub(crate) const AZ_REBALANCE: &str = "AZRebalance";
/// Looks after the health of instances.
pub(crate) const HEALTH_CHECK: &str = "HealthCheck";
/// Replaces instances one after the other.
pub(crate) const INSTANCE_REFRESH: &str = "InstanceRefresh";
/// Replaces instances that are not healthy.
pub(crate) const REPLACE_UNHEALTHY: &str = "ReplaceUnhealthy";
/// Does what is scheduled.
pub(crate) const SCHEDULED_ACTIONS: &str = "ScheduledActions";

/// All of them.
pub(crate) const PROCESSES: [&str; 9] = [
    LAUNCH,
    TERMINATE,
    ADD_TO_LOAD_BALANCER,
    ALARM_NOTIFICATION,
    AZ_REBALANCE,
    HEALTH_CHECK,
    INSTANCE_REFRESH,
    REPLACE_UNHEALTHY,
    SCHEDULED_ACTIONS,
];

impl AutoScaling {
    pub(crate) fn suspend_or_resume(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ScalingProcessesInput,
        suspends: bool,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let named = input.scaling_processes.iter().flatten().map(String::as_str);
        let mut named: Vec<&str> = named.collect();
        if let Some(unknown) = named.iter().find(|name| !PROCESSES.contains(name)) {
            return Err(invalid(format!(
                "{unknown} is not a valid scaling process type. Valid types are: [{}]",
                PROCESSES.join(", ")
            )));
        }
        if named.is_empty() {
            named = PROCESSES.to_vec();
        }
        self.change(cx, &key, |work| {
            for name in named {
                if suspends {
                    let at = crate::activity::cause::moment(work.cx.now);
                    let reason = format!("User suspended at {at}");
                    work.group.suspended.entry(name.to_owned()).or_insert(reason);
                } else {
                    work.group.suspended.remove(name);
                }
            }
            Ok(Empty {})
        })
    }
}

/// Input of `SuspendProcesses` and `ResumeProcesses`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalingProcessesInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// These: all, unless told.
    pub scaling_processes: Option<Vec<String>>,
}

/// A process that is suspended.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SuspendedProcess {
    pub(crate) process_name: String,
    pub(crate) suspension_reason: String,
}
