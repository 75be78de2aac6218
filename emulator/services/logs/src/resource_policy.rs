//! Resource policies: what other services of AWS may write. They are kept; here only functions write, and Lambda
//! asks for their roles.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{DESCRIBED_DEFAULT, RESOURCE_POLICIES_MAX};
use crate::{Cx, Empty, Kind, Logs, Record, error as errors, page};

/// By owner, place and name.
pub(crate) type OwnedName = (AccountId, Region, String);

pub(crate) fn owned(origin: &Origin, name: &str) -> OwnedName {
    (origin.account.clone(), origin.region.clone(), name.to_owned())
}

pub(crate) fn key_of(kind: Kind, (account, region, name): &OwnedName) -> Key {
    Key::named(kind, format!("{account}/{region}/{name}"))
}

/// A resource policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourcePolicy {
    pub(crate) document: String,
    pub(crate) updated: Timestamp,
}

impl Logs {
    pub(crate) fn put_resource_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutResourcePolicyInput,
    ) -> Result<PutResourcePolicyOutput, ApiError> {
        let (Some(name), Some(document)) = (input.policy_name, input.policy_document) else {
            return Err(
                errors::INVALID_PARAMETER.says("policyName and policyDocument must be specified.")
            );
        };
        if serde_json::from_str::<serde_json::Value>(&document).is_err() {
            return Err(errors::INVALID_PARAMETER.says("Invalid resource policy document"));
        }
        let key = owned(origin, &name);
        let of_caller = self.policies_of(origin).count();
        if !self.resource_policies.contains_key(&key) && of_caller >= RESOURCE_POLICIES_MAX {
            return Err((&errors::LIMIT_EXCEEDED).into());
        }
        let policy = ResourcePolicy { document, updated: cx.now };
        cx.put(|| Record::resource_policy(&key, &policy));
        let resource_policy = described(&name, &policy);
        self.resource_policies.insert(key, policy);
        Ok(PutResourcePolicyOutput { resource_policy })
    }

    pub(crate) fn delete_resource_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteResourcePolicyInput,
    ) -> Result<Empty, ApiError> {
        let name = input.policy_name.as_deref().unwrap_or_default();
        let key = owned(origin, name);
        if self.resource_policies.remove(&key).is_none() {
            return Err(errors::RESOURCE_NOT_FOUND
                .says(format!("Policy with name [{name}] does not exist")));
        }
        cx.delete(|| key_of(Kind::LogResourcePolicy, &key));
        Ok(Empty {})
    }

    pub(crate) fn describe_resource_policies(
        &self,
        origin: &Origin,
        input: &DescribeResourcePoliciesInput,
    ) -> Result<DescribeResourcePoliciesOutput, ApiError> {
        let found = self.policies_of(origin).map(|(name, policy)| described(name, policy));
        let place = |it: &DescribedResourcePolicy| it.policy_name.clone();
        let limit = input.limit.unwrap_or(DESCRIBED_DEFAULT);
        let token = input.next_token.as_deref();
        let page = page::of(found.collect(), token, limit, place, "resource-policies")?;
        let (resource_policies, next_token) = (page.items, page.next_token);
        Ok(DescribeResourcePoliciesOutput { resource_policies, next_token })
    }

    fn policies_of<'a>(
        &'a self,
        origin: &'a Origin,
    ) -> impl Iterator<Item = (&'a str, &'a ResourcePolicy)> {
        let all = self.resource_policies.iter();
        let own = all.filter(|((account, region, _), _)| {
            *account == origin.account && *region == origin.region
        });
        own.map(|((_, _, name), policy)| (name.as_str(), policy))
    }
}

fn described(name: &str, policy: &ResourcePolicy) -> DescribedResourcePolicy {
    DescribedResourcePolicy {
        policy_name: name.to_owned(),
        policy_document: policy.document.clone(),
        last_updated_time: policy.updated.as_ms(),
        policy_scope: "ACCOUNT",
    }
}

/// Input of `PutResourcePolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutResourcePolicyInput {
    /// Its name.
    pub policy_name: Option<String>,
    /// The document.
    pub policy_document: Option<String>,
}

/// Output of `PutResourcePolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutResourcePolicyOutput {
    /// The policy.
    pub resource_policy: DescribedResourcePolicy,
}

/// Input of `DeleteResourcePolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteResourcePolicyInput {
    /// Its name.
    pub policy_name: Option<String>,
}

/// Input of `DescribeResourcePolicies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeResourcePoliciesInput {
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Output of `DescribeResourcePolicies`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeResourcePoliciesOutput {
    /// The policies of this page.
    pub resource_policies: Vec<DescribedResourcePolicy>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A resource policy, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedResourcePolicy {
    /// Its name.
    pub policy_name: String,
    /// The document.
    pub policy_document: String,
    /// When it was changed, in milliseconds since the epoch.
    pub last_updated_time: u64,
    /// It is of an account, and of no one group.
    pub policy_scope: &'static str,
}
