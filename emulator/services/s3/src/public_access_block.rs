//! Block Public Access: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{BucketInput, Empty, S3};
use crate::Cx;

/// What the public is kept from. A setting that is not named is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// ACLs that would let the public in are refused.
    #[serde(default)]
    pub block_public_acls: bool,
    /// ACLs that let the public in have no effect.
    #[serde(default)]
    pub ignore_public_acls: bool,
    /// Policies that would let the public in are refused.
    #[serde(default)]
    pub block_public_policy: bool,
    /// A policy that lets the public in lets in the owner's account alone.
    #[serde(default)]
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// What a new bucket has since April 2023.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// What is not named is not blocked, but one has to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AskedBlock {
    block_public_acls: Option<bool>,
    ignore_public_acls: Option<bool>,
    block_public_policy: Option<bool>,
    restrict_public_buckets: Option<bool>,
}

impl AskedBlock {
    fn checked(self) -> Result<PublicAccessBlock, ApiError> {
        if self == Self::default() {
            return Err(
                crate::error::INVALID_REQUEST.says("Must specify at least one configuration.")
            );
        }
        Ok(PublicAccessBlock {
            block_public_acls: self.block_public_acls == Some(true),
            ignore_public_acls: self.ignore_public_acls == Some(true),
            block_public_policy: self.block_public_policy == Some(true),
            restrict_public_buckets: self.restrict_public_buckets == Some(true),
        })
    }
}

/// Input of `PutPublicAccessBlock`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutPublicAccessBlockInput {
    pub(crate) bucket: String,
    public_access_block_configuration: AskedBlock,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// Output of `GetPublicAccessBlock`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPublicAccessBlockOutput {
    public_access_block_configuration: PublicAccessBlock,
}

impl S3 {
    pub(super) fn put_public_access_block(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutPublicAccessBlockInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.public_access_block =
            Some(input.public_access_block_configuration.checked()?);
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_public_access_block(
        &self,
        input: BucketInput,
    ) -> Result<GetPublicAccessBlockOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        match self.open(&input.bucket, owner)?.bucket.public_access_block {
            Some(block) => {
                Ok(GetPublicAccessBlockOutput { public_access_block_configuration: block })
            }
            None => Err(crate::error::NO_SUCH_PUBLIC_ACCESS_BLOCK.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn delete_public_access_block(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.public_access_block = None;
        stored.save(cx);
        Ok(Empty {})
    }
}
