//! Scaling policies: what changes a group's capacity when an alarm says so, or somebody.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html>

mod adjust;
mod alarm;
mod decide;
mod describe;
mod put;
mod step;
mod tracking;

use kernel::error::ApiError;

use crate::AutoScaling;
use crate::error::{group_not_found, invalid};
use crate::key::GroupKey;
use crate::record::Policy;
use crate::state::Group;

pub use decide::{AlarmSignal, ExecutePolicyInput};
pub use describe::{DescribePoliciesInput, DescribePoliciesOutput};
pub use put::{DeletePolicyInput, PutScalingPolicyInput, PutScalingPolicyOutput};

/// What an adjustment can count.
pub(crate) const ADJUSTMENT_TYPES: [&str; 3] =
    ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];

impl Group {
    /// The ARN of a policy of it.
    pub(crate) fn policy_arn(&self, policy: &Policy) -> String {
        self.arn_of("scalingPolicy", &policy.id, &format!(":policyName/{}", policy.name))
    }
}

impl AutoScaling {
    /// The policy of this ARN.
    pub(crate) fn policy_by_arn(&self, arn: &str) -> Option<(&Group, &Policy)> {
        let parts = kernel::arn::Parts::parse_ours(arn).filter(|it| it.service == "autoscaling")?;
        let named = parts.resource.split_once(":autoScalingGroupName/")?.1;
        let (group, policy) = named.split_once(":policyName/")?;
        let account = kernel::names::AccountId::parse(parts.account)?;
        let region = kernel::names::Region::parse(parts.region)?;
        let group = self.groups.get(&GroupKey { account, region, name: group.into() })?;
        let policy = group.policies.get(policy)?;
        (group.policy_arn(policy) == arn).then_some((group, policy))
    }

    /// The group and the name of a policy that is named by its ARN, or by its name and group.
    pub(crate) fn policy_named(
        &self,
        origin: &kernel::call::Origin,
        group: Option<&str>,
        policy: &str,
    ) -> Result<(GroupKey, String), ApiError> {
        if policy.starts_with("arn:") {
            let found = self.policy_by_arn(policy).filter(|(group, _)| group.key.is_of(origin));
            let (group, policy) =
                found.ok_or_else(|| invalid(format!("PolicyARN not found: {policy}")))?;
            return Ok((group.key.clone(), policy.name.clone()));
        }
        let key = match group {
            Some(group) => self.key_or(origin, group, group_not_found)?,
            None => {
                return Err(invalid(
                    "AutoScalingGroupName is required when PolicyName is specified",
                ));
            }
        };
        match self.groups[&key].policies.contains_key(policy) {
            true => Ok((key, policy.to_owned())),
            false => Err(invalid(format!("Policy {policy} not found"))),
        }
    }
}
