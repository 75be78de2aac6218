//! The errors of EC2 Auto Scaling.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html>
//! Texts are AWS's as clients report them, and as <https://github.com/badmintoncryer/cdk-preflight> has met them; of those
//! that nobody has reported the words are ours.

use kernel::error::{ApiError, Row};

/// A parameter breaks a constraint, or names what is not there.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "");
/// There is one by that name.
pub static ALREADY_EXISTS: Row = Row::sender("AlreadyExists", 400, "");
/// There are as many as there may be.
pub static LIMIT_EXCEEDED: Row = Row::sender("LimitExceeded", 400, "");
/// Something else needs it.
pub static RESOURCE_IN_USE: Row = Row::sender("ResourceInUse", 400, "");
/// An activity is under way, or its cooldown.
pub static SCALING_ACTIVITY_IN_PROGRESS: Row = Row::sender("ScalingActivityInProgress", 400, "");
/// A token of a page was never given.
pub static INVALID_NEXT_TOKEN: Row =
    Row::sender("InvalidNextToken", 400, "The token is not valid.");
/// There is no refresh under way.
pub static ACTIVE_INSTANCE_REFRESH_NOT_FOUND: Row =
    Row::sender("ActiveInstanceRefreshNotFound", 400, "");
/// There is a refresh under way.
pub static INSTANCE_REFRESH_IN_PROGRESS: Row = Row::sender("InstanceRefreshInProgress", 400, "");
/// A refresh cannot be rolled back.
pub static IRREVERSIBLE_INSTANCE_REFRESH: Row = Row::sender("IrreversibleInstanceRefresh", 400, "");
/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");

/// A refusal in these words.
pub(crate) fn invalid(text: impl Into<String>) -> ApiError {
    VALIDATION.says(text.into())
}

/// There is no such group.
pub(crate) fn no_group(name: &str) -> ApiError {
    invalid(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"))
}

/// There is no such group, as operations on policies say it, and listings of schedules.
/// <https://github.com/hashicorp/terraform/issues/12279>
pub(crate) fn group_not_found(name: &str) -> ApiError {
    invalid(format!("Group {name} not found"))
}

/// There is no such group, as what changes it says, and what schedules that.
/// <https://github.com/hashicorp/terraform/issues/17238>
pub(crate) fn null_not_found(_name: &str) -> ApiError {
    invalid("AutoScalingGroup name not found - null")
}

/// There is no such group, as operations on tags say it.
/// <https://github.com/cloud-custodian/cloud-custodian/issues/380>
pub(crate) fn nothing_to_tag(name: &str) -> ApiError {
    invalid(format!("AutoScalingGroup not found - AutoScaling Group {name} not found"))
}

/// There is no such group, as `AttachInstances` says it, and its opposite.
pub(crate) fn nothing_to_attach_to(name: &str) -> ApiError {
    invalid(format!("AutoScalingGroup name not found - AutoScalingGroup: {name} not found"))
}

/// A group has no such instance.
pub(crate) fn no_instance(id: &str) -> ApiError {
    invalid(format!("Instance Id not found - No managed instance found for instance ID {id}"))
}

/// A list is longer than it may be.
pub(crate) fn too_many(list: &str, max: usize) -> ApiError {
    invalid(format!("The number of {list} specified exceeds the maximum of {max} per call."))
}
