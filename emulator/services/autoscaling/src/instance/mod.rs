//! Instances of groups: how they come, what becomes of them, how they go.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>

mod attach;
mod balance;
mod choose;
mod end;
mod health;
mod launch;
mod life;
mod standby;
mod warmup;

use kernel::time::Timestamp;
use serde::Serialize;

use crate::activity::ToldActivity;
use crate::record::{Lifecycle, Member};
use crate::state::Group;

pub use attach::{AttachInstancesInput, DetachInstancesInput};
pub(crate) use choose::TERMINATION_POLICIES;
pub use end::TerminateInstanceInput;
pub use health::{SetInstanceHealthInput, SetInstanceProtectionInput};
pub use standby::{EnterStandbyInput, ExitStandbyInput};

impl Group {
    /// When there is something to do with an instance, whatever happens until then.
    pub(crate) fn wakes_of(&self, member: &Member) -> Vec<Timestamp> {
        match &member.lifecycle {
            Lifecycle::PendingWait(waits) | Lifecycle::TerminatingWait(waits) => {
                waits.iter().map(|wait| wait.heartbeat.min(wait.ends)).collect()
            }
            Lifecycle::Terminating { drained } | Lifecycle::Detaching { drained } => vec![*drained],
            Lifecycle::InService => {
                let old = self.settings.lifetime_s.map(|it| member.launched.after_s(it));
                let is_ill = self.has_elb_checks() && !member.unhealthy_in.is_empty();
                let grace = member.in_service.filter(|_| is_ill && member.ailment.is_none());
                let grace = grace.map(|since| since.after_s(self.settings.grace_s));
                old.into_iter().chain(grace).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Output of what does something with several instances.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivitiesOutput {
    /// One for each.
    pub activities: Vec<ToldActivity>,
}

/// Output of what does something with one instance.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivityOutput {
    /// It.
    pub activity: ToldActivity,
}
