//! `DeleteAutoScalingGroup`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use crate::error::{RESOURCE_IN_USE, SCALING_ACTIVITY_IN_PROGRESS, invalid};
use crate::shape::Empty;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn delete_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteAutoScalingGroupInput,
    ) -> Result<Empty, ApiError> {
        let key = self.key_of(origin, &input.auto_scaling_group_name)?;
        let is_forced = input.force_delete == Some(true);
        self.change(cx, &key, |work| {
            let group = &mut *work.group;
            let protects = match group.settings.deletion_protection.as_deref() {
                Some("prevent-all-deletion") => true,
                Some("prevent-force-deletion") => is_forced,
                _ => false,
            };
            if protects {
                return Err(invalid(format!(
                    "Auto Scaling group {} is protected from deletion. Change its DeletionProtection first.",
                    group.key.name
                )));
            }
            if !is_forced {
                let (leaving, others): (Vec<_>, Vec<_>) =
                    group.members.values().partition(|member| member.lifecycle.is_leaving());
                if !others.is_empty() {
                    return Err(RESOURCE_IN_USE.says(
                        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
                    ));
                }
                if !leaving.is_empty() {
                    return Err(SCALING_ACTIVITY_IN_PROGRESS.says(
                        "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
                    ));
                }
            }
            group.is_deleting = true;
            (group.settings.min, group.settings.max, group.settings.desired) = (0, 0, 0);
            group.extra = 0;
            work.end_everything();
            Ok(Empty {})
        })
    }
}

/// Input of `DeleteAutoScalingGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteAutoScalingGroupInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// With all its instances, whatever they do.
    pub force_delete: Option<bool>,
}
