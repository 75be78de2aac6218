//! `DeleteRule`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use crate::error::OPERATION_NOT_PERMITTED;
use crate::{Cx, Elb, Empty};

/// Input of `DeleteRule`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteRuleInput {
    /// Which.
    pub rule_arn: String,
}

impl Elb {
    pub(crate) fn delete_rule(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteRuleInput,
    ) -> Result<Empty, ApiError> {
        let arn = &input.rule_arn;
        if self.own_rule(origin, arn)?.priority.is_none() {
            return Err(
                OPERATION_NOT_PERMITTED.says(format!("Default rule '{arn}' cannot be deleted"))
            );
        }
        self.remove_rule(cx, arn);
        Ok(Empty {})
    }
}
