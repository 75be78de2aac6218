//! Bucket policies: kept as they were put, enforced in `access.rs`.

mod actions;

use kernel::call::Origin;
use kernel::error::{self, ApiError};
use kernel::policy::{Policy, PolicyError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{BucketInput, Empty, S3, Stored};
use crate::Cx;

/// Input of `PutBucketPolicy`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketPolicyInput {
    pub(crate) bucket: String,
    policy: Box<str>,
    pub(super) expected_bucket_owner: Option<String>,
    /// The owner always keeps access to the policy itself.
    #[serde(rename = "ConfirmRemoveSelfBucketAccess")]
    _confirm_remove_self_bucket_access: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// Output of `GetBucketPolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketPolicyOutput {
    policy: Box<str>,
}

/// Output of `GetBucketPolicyStatus`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketPolicyStatusOutput {
    policy_status: PolicyStatus,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyStatus {
    is_public: bool,
}

impl S3 {
    pub(super) fn put_bucket_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutBucketPolicyInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let policy = Policy::parse(&input.policy).map_err(|wrong| match wrong {
            PolicyError::NotJson if input.policy.starts_with('{') => {
                crate::error::MALFORMED_POLICY.says("This policy contains invalid Json")
            }
            wrong => crate::error::MALFORMED_POLICY.says(wrong.to_string()),
        })?;
        stored.check_policy(&policy)?;
        let block = stored.bucket.public_access_block;
        if block.is_some_and(|block| block.block_public_policy) && policy.is_public() {
            return Err(error::ACCESS_DENIED.says(format!(
                "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \
                 \"arn:aws:s3:::{}\" because public policies are blocked by the \
                 BlockPublicPolicy block public access setting.",
                caller_arn(origin),
                stored.bucket.name
            )));
        }
        stored.bucket.policy = Some(input.policy);
        stored.policy = Some(policy);
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_bucket_policy(
        &self,
        input: BucketInput,
    ) -> Result<GetBucketPolicyOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        match &stored.bucket.policy {
            Some(policy) => Ok(GetBucketPolicyOutput { policy: policy.clone() }),
            None => Err(crate::error::NO_SUCH_BUCKET_POLICY.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn get_bucket_policy_status(
        &self,
        input: BucketInput,
    ) -> Result<GetBucketPolicyStatusOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        match &stored.policy {
            Some(policy) => Ok(GetBucketPolicyStatusOutput {
                policy_status: PolicyStatus { is_public: policy.is_public() },
            }),
            None => Err(crate::error::NO_SUCH_BUCKET_POLICY.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn delete_bucket_policy(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.policy = None;
        stored.policy = None;
        stored.save(cx);
        Ok(Empty {})
    }
}

impl Stored {
    /// Refuses a policy that speaks of other things than this bucket and what is in it, or of other
    /// actions than S3's.
    fn check_policy(&self, policy: &Policy) -> Result<(), ApiError> {
        let name = self.bucket.name.as_str();
        let is_ours = |resource: &String| {
            let resource = resource.strip_prefix("arn:aws:s3:::").unwrap_or_default();
            let bucket = resource.split('/').next().unwrap_or_default();
            Policy::means(bucket, name)
        };
        if !policy.resources().all(|resource| is_ours(&resource)) {
            return Err(crate::error::MALFORMED_POLICY.says("Policy has invalid resource"));
        }
        if !policy.actions().all(|action| actions::is_action(&action)) {
            return Err(crate::error::MALFORMED_POLICY.says("Policy has invalid action"));
        }
        let apply = policy.scopes().all(|scope| match scope {
            (Some(actions), Some(resources)) => actions::all_apply(&actions, &resources),
            _ => true,
        });
        if !apply {
            let message = "Action does not apply to any resource(s) in statement";
            return Err(crate::error::MALFORMED_POLICY.says(message));
        }
        Ok(())
    }
}

fn caller_arn(origin: &Origin) -> String {
    origin.caller.arn().unwrap_or_else(|| "anonymous".into())
}
