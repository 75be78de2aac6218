//! Target groups: who answers requests, and how it is found out whether they can.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>

pub(crate) mod attributes;
mod create;
mod delete;
mod describe;
mod modify;
mod names;
mod target;

use std::collections::BTreeMap;

use kernel::names::{AccountId, Region};

use crate::health::HealthCheck;

pub use attributes::{
    DescribeTargetGroupAttributesInput, ModifyTargetGroupAttributesInput,
    TargetGroupAttributesOutput,
};
pub use create::CreateTargetGroupInput;
pub use delete::DeleteTargetGroupInput;
pub use describe::{
    DescribeTargetGroupsInput, DescribeTargetGroupsOutput, Matcher, TargetGroupDescription,
    TargetGroupsOutput,
};
pub use modify::ModifyTargetGroupInput;
pub(crate) use target::{Target, TargetKey, record_name};

/// What targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetType {
    /// Instances, by their ids.
    Instance,
    /// Addresses.
    Ip,
    /// One function.
    Lambda,
}

impl TargetType {
    /// As AWS says it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
            Self::Lambda => "lambda",
        }
    }

    /// What AWS calls so.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Instance, Self::Ip, Self::Lambda].into_iter().find(|it| it.as_str() == text)
    }
}

/// A target group with its targets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetGroup {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) target_type: TargetType,
    /// `HTTP`, `TCP`, …; nothing where it is of functions.
    pub(crate) protocol: Option<String>,
    /// `HTTP1`, `HTTP2`, `GRPC`; nothing where it is of functions, or not for application load balancers.
    pub(crate) version: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) vpc: Option<String>,
    /// `ipv4`, `ipv6`
    pub(crate) ip_address_type: Option<String>,
    pub(crate) check: HealthCheck,
    /// Those that were set.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) targets: BTreeMap<TargetKey, Target>,
}

impl TargetGroup {
    /// Whether it is for application load balancers.
    pub(crate) fn is_of_http(&self) -> bool {
        self.protocol.as_deref().is_none_or(|it| ["HTTP", "HTTPS"].contains(&it))
    }
}
