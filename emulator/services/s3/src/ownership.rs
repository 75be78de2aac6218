//! Ownership controls: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>.

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{BucketInput, Empty, S3};
use crate::Cx;

/// Who owns the objects of a bucket, and whether ACLs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner, where the writer says so with an ACL.
    BucketOwnerPreferred,
    /// The writer.
    ObjectWriter,
    /// The bucket's owner. ACLs are disabled; new buckets have this.
    BucketOwnerEnforced,
}

impl ObjectOwnership {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "BucketOwnerPreferred" => Some(Self::BucketOwnerPreferred),
            "ObjectWriter" => Some(Self::ObjectWriter),
            "BucketOwnerEnforced" => Some(Self::BucketOwnerEnforced),
            _ => None,
        }
    }

    /// As AWS writes it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
        }
    }
}

/// Input of `PutBucketOwnershipControls`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketOwnershipControlsInput {
    pub(crate) bucket: String,
    ownership_controls: OwnershipControls,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OwnershipControls {
    rules: Vec<OwnershipRule>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OwnershipRule {
    object_ownership: String,
}

/// Output of `GetBucketOwnershipControls`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketOwnershipControlsOutput {
    ownership_controls: OwnershipControls,
}

impl S3 {
    pub(super) fn put_bucket_ownership_controls(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketOwnershipControlsInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let ownership = match &input.ownership_controls.rules[..] {
            [rule] => ObjectOwnership::parse(&rule.object_ownership),
            _ => None,
        };
        let ownership = ownership.ok_or(&crate::error::MALFORMED_XML)?;
        if ownership == ObjectOwnership::BucketOwnerEnforced && stored.bucket.acl.is_some() {
            return Err((&crate::error::INVALID_BUCKET_ACL_WITH_OBJECT_OWNERSHIP).into());
        }
        stored.bucket.ownership = Some(ownership);
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_bucket_ownership_controls(
        &self,
        input: BucketInput,
    ) -> Result<GetBucketOwnershipControlsOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        match self.open(&input.bucket, owner)?.bucket.ownership {
            Some(ownership) => Ok(GetBucketOwnershipControlsOutput {
                ownership_controls: OwnershipControls {
                    rules: vec![OwnershipRule { object_ownership: ownership.as_str().into() }],
                },
            }),
            None => Err(crate::error::NO_SUCH_OWNERSHIP_CONTROLS.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn delete_bucket_ownership_controls(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.ownership = None;
        stored.save(cx);
        Ok(Empty {})
    }
}
