//! The errors of Elastic Load Balancing.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html> and each operation's own.
//! Texts are AWS's as clients report them, and as <https://github.com/badmintoncryer/cdk-preflight> has met them; of those
//! that nobody has reported the words are ours.

use std::fmt::Display;

use kernel::error::{ApiError, Row};

/// A parameter breaks a constraint of AWS's model, or one that stands in words alone.
pub static VALIDATION: Row = Row::sender("ValidationError", 400, "");
/// The caller may not do this.
pub static ACCESS_DENIED: Row = Row::sender("AccessDenied", 403, "Access Denied");
/// There is no such load balancer.
pub static LOAD_BALANCER_NOT_FOUND: Row =
    Row::sender("LoadBalancerNotFound", 400, "One or more load balancers not found");
/// There is no such listener.
pub static LISTENER_NOT_FOUND: Row =
    Row::sender("ListenerNotFound", 400, "One or more listeners not found");
/// There is no such rule.
pub static RULE_NOT_FOUND: Row = Row::sender("RuleNotFound", 400, "One or more rules not found");
/// There is no such target group.
pub static TARGET_GROUP_NOT_FOUND: Row =
    Row::sender("TargetGroupNotFound", 400, "One or more target groups not found");
/// There is no such policy.
pub static SSL_POLICY_NOT_FOUND: Row =
    Row::sender("SSLPolicyNotFound", 400, "The specified SSL policy does not exist.");
/// There is no such certificate.
pub static CERTIFICATE_NOT_FOUND: Row = Row::sender("CertificateNotFound", 400, "");
/// There is no such subnet.
pub static SUBNET_NOT_FOUND: Row = Row::sender("SubnetNotFound", 400, "");
/// A security group cannot be used.
pub static INVALID_SECURITY_GROUP: Row =
    Row::sender("InvalidSecurityGroup", 400, "One or more security groups are invalid");
/// What is asked for does not go together.
pub static INVALID_CONFIGURATION: Row = Row::sender("InvalidConfigurationRequest", 400, "");
/// A load balancer of that name is there, and is another.
pub static DUPLICATE_LOAD_BALANCER: Row = Row::sender("DuplicateLoadBalancerName", 400, "");
/// A target group of that name is there, and is another.
pub static DUPLICATE_TARGET_GROUP: Row = Row::sender("DuplicateTargetGroupName", 400, "");
/// The port is taken.
pub static DUPLICATE_LISTENER: Row = Row::sender("DuplicateListener", 400, "");
/// A tag is there twice.
pub static DUPLICATE_TAG_KEYS: Row =
    Row::sender("DuplicateTagKeys", 400, "A tag key was specified more than once.");
/// There are as many tags as there may be.
pub static TOO_MANY_TAGS: Row = Row::sender(
    "TooManyTags",
    400,
    "You've reached the limit on the number of tags for this resource.",
);
/// There are as many load balancers as there may be.
pub static TOO_MANY_LOAD_BALANCERS: Row = Row::sender("TooManyLoadBalancers", 400, "");
/// There are as many listeners as there may be.
pub static TOO_MANY_LISTENERS: Row = Row::sender("TooManyListeners", 400, "");
/// There are as many rules as there may be.
pub static TOO_MANY_RULES: Row = Row::sender("TooManyRules", 400, "");
/// There are as many target groups as there may be.
pub static TOO_MANY_TARGET_GROUPS: Row = Row::sender("TooManyTargetGroups", 400, "");
/// A target group is of one load balancer.
pub static TARGET_GROUP_ASSOCIATION_LIMIT: Row =
    Row::sender("TargetGroupAssociationLimit", 400, "");
/// There are as many targets as there may be.
pub static TOO_MANY_TARGETS: Row = Row::sender("TooManyTargets", 400, "");
/// There are as many certificates as there may be.
pub static TOO_MANY_CERTIFICATES: Row = Row::sender("TooManyCertificates", 400, "");
/// There are as many actions as there may be.
pub static TOO_MANY_ACTIONS: Row = Row::sender("TooManyActions", 400, "");
/// A number of a rule is taken.
pub static PRIORITY_IN_USE: Row = Row::sender("PriorityInUse", 400, "");
/// Something needs it still.
pub static RESOURCE_IN_USE: Row = Row::sender("ResourceInUse", 400, "");
/// That is not allowed.
pub static OPERATION_NOT_PERMITTED: Row = Row::sender("OperationNotPermitted", 400, "");
/// A target cannot be one of that group.
pub static INVALID_TARGET: Row = Row::sender("InvalidTarget", 400, "");
/// An action cannot be done so.
pub static INVALID_ACTION: Row = Row::sender("InvalidLoadBalancerAction", 400, "");
/// A listener and a target group speak differently.
pub static INCOMPATIBLE_PROTOCOLS: Row = Row::sender("IncompatibleProtocols", 400, "");

/// A parameter is not as it must be, in words.
pub(crate) fn wrong<T>(text: impl Into<String>) -> Result<T, ApiError> {
    Err(VALIDATION.says(text.into()))
}

/// What is asked for does not go together, in words.
pub(crate) fn misconfigured<T>(text: impl Into<String>) -> Result<T, ApiError> {
    Err(INVALID_CONFIGURATION.says(text.into()))
}

/// There is no load balancer of this ARN.
pub(crate) fn no_load_balancer(arn: impl Display) -> ApiError {
    LOAD_BALANCER_NOT_FOUND.says(format!("Load balancer '{arn}' not found"))
}

/// An ARN names nothing of this kind.
pub(crate) fn no_arn(arn: impl Display, what: &str) -> ApiError {
    VALIDATION.says(format!("'{arn}' is not a valid {what} ARN"))
}

/// There is no target group of this ARN.
pub(crate) fn no_target_group(arn: impl Display) -> ApiError {
    TARGET_GROUP_NOT_FOUND.says(format!("Target groups '{arn}' not found"))
}
