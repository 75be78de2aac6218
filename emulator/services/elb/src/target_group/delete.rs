//! `DeleteTargetGroup`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::Deserialize;

use super::record_name;
use crate::error::RESOURCE_IN_USE;
use crate::{Cx, Elb, Empty, Kind};

/// Input of `DeleteTargetGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteTargetGroupInput {
    /// Which.
    pub target_group_arn: String,
}

impl Elb {
    /// One that is not there is deleted, too, as on AWS.
    pub(crate) fn delete_target_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteTargetGroupInput,
    ) -> Result<Empty, ApiError> {
        let arn = &input.target_group_arn;
        match self.own_group(origin, arn) {
            Ok(_) => {}
            Err(refused) if refused.code() == "TargetGroupNotFound" => return Ok(Empty {}),
            Err(refused) => return Err(refused),
        }
        if self.is_group_used(arn) {
            return Err(RESOURCE_IN_USE.says(format!(
                "Target group '{arn}' is currently in use by a listener or a rule"
            )));
        }
        if let Some(group) = self.groups.remove(arn) {
            for (key, target) in &group.targets {
                self.forget_deadlines(cx, arn, key, target);
                cx.delete(|| Key::named(Kind::Target, record_name(arn, key)));
            }
        }
        cx.delete(|| Key::named(Kind::TargetGroup, arn));
        cx.directory.target_groups.remove(arn);
        Ok(Empty {})
    }
}
