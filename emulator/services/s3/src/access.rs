//! Who may do what with a bucket.

use kernel::call::Origin;
use kernel::error::{self, ApiError};
use kernel::names::AccountId;
use kernel::policy::{Access, Conditions, Decision, Principal};
use sha2::{Digest, Sha256};

use super::{Object, S3, Stored};
use crate::{Cx, Record};

impl S3 {
    /// The bucket, where it exists and belongs to whom the caller expects.
    pub(super) fn open(
        &self,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&Stored, ApiError> {
        check_account(expected_owner)?;
        let stored = self.buckets.get(bucket).ok_or_else(|| no_such_bucket(bucket))?;
        stored.check_owner(expected_owner)?;
        Ok(stored)
    }

    /// The bucket, to change something about it.
    pub(super) fn open_mut(
        &mut self,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&mut Stored, ApiError> {
        check_account(expected_owner)?;
        let stored = self.buckets.get_mut(bucket).ok_or_else(|| no_such_bucket(bucket))?;
        stored.check_owner(expected_owner)?;
        Ok(stored)
    }

    /// The bucket, where the caller may do `action` with it.
    pub(super) fn bucket(
        &self,
        origin: &Origin,
        action: &str,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&Stored, ApiError> {
        let stored = self.open(bucket, expected_owner)?;
        stored.authorize(origin, action, None)?;
        Ok(stored)
    }

    /// The bucket, where the caller may do `action` with it, to change something about it.
    pub(super) fn bucket_mut(
        &mut self,
        origin: &Origin,
        action: &str,
        bucket: &str,
        expected_owner: Option<&str>,
    ) -> Result<&mut Stored, ApiError> {
        let stored = self.open_mut(bucket, expected_owner)?;
        stored.authorize(origin, action, None)?;
        Ok(stored)
    }
}

impl Stored {
    fn check_owner(&self, expected_owner: Option<&str>) -> Result<(), ApiError> {
        match expected_owner {
            Some(owner) if owner != self.bucket.owner.as_str() => {
                Err((&error::ACCESS_DENIED).into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses where the caller may not do `action` with the bucket, or with its object `key`.
    pub(super) fn authorize(
        &self,
        origin: &Origin,
        action: &str,
        key: Option<&str>,
    ) -> Result<(), ApiError> {
        match self.allows(origin, action, key, &[]) {
            true => Ok(()),
            false => Err((&error::ACCESS_DENIED).into()),
        }
    }

    /// Whether the caller may do `action` with the bucket, or with its object `key`.
    pub(super) fn allows(
        &self,
        origin: &Origin,
        action: &str,
        key: Option<&str>,
        conditions: &[(&str, &str)],
    ) -> bool {
        let principal = match Principal::of(&origin.caller) {
            Principal::Aws { account, arn, .. } => {
                Principal::Aws { canonical_user: Some(canonical_user_id(&account)), account, arn }
            }
            other => other,
        };
        let is_owner = principal.account() == Some(&self.bucket.owner);
        let Some(policy) = &self.policy else { return is_owner };
        let resource = match key {
            Some(key) => format!("arn:aws:s3:::{}/{key}", self.bucket.name),
            None => format!("arn:aws:s3:::{}", self.bucket.name),
        };
        let mut circumstances = Conditions::of(origin);
        for (name, value) in conditions {
            circumstances.insert(name, *value);
        }
        let access = Access {
            principal: &principal,
            action,
            resource: &resource,
            conditions: &circumstances,
        };
        match policy.evaluate(&access) {
            // The owner can always take a policy back that locks everybody out.
            Decision::Deny => is_owner && action.ends_with("BucketPolicy"),
            Decision::NoMatch => is_owner,
            Decision::Allow => {
                let public_is_restricted = self
                    .bucket
                    .public_access_block
                    .as_ref()
                    .is_some_and(|block| block.restrict_public_buckets);
                is_owner || !(public_is_restricted && policy.is_public())
            }
        }
    }

    /// The object, where the caller may do `action` with it. Whoever may not list the bucket does
    /// not learn whether a key exists.
    pub(super) fn readable(
        &self,
        origin: &Origin,
        action: &str,
        key: &str,
    ) -> Result<&Object, ApiError> {
        self.authorize(origin, action, Some(key))?;
        match self.objects.get(key) {
            Some(object) => Ok(object),
            None if self.allows(origin, "s3:ListBucket", None, &[]) => {
                Err(crate::error::NO_SUCH_KEY.with("Key", key))
            }
            None => Err((&error::ACCESS_DENIED).into()),
        }
    }

    /// Notes that the bucket's configuration is now as it is.
    pub(super) fn save(&self, cx: &mut Cx<'_>) {
        cx.put(|| Record::Bucket(Box::new(self.bucket.clone())));
    }
}

/// The canonical user id of an account: 64 hexadecimal digits.
pub(super) fn canonical_user_id(account: &AccountId) -> String {
    hex::encode(Sha256::digest(format!("canonical user {account}")))
}

fn no_such_bucket(bucket: &str) -> ApiError {
    crate::error::NO_SUCH_BUCKET.with("BucketName", bucket)
}

fn check_account(expected_owner: Option<&str>) -> Result<(), ApiError> {
    match expected_owner {
        Some(owner) if AccountId::parse(owner).is_none() => {
            let row = &crate::error::INVALID_BUCKET_OWNER_ACCOUNT_ID;
            Err(row.says(format!("{} [{owner}]", row.message)))
        }
        _ => Ok(()),
    }
}

/// An `InvalidArgument` with AWS's text, the argument and its value.
pub(super) fn invalid_argument(
    message: impl Into<std::borrow::Cow<'static, str>>,
    name: &'static str,
    value: impl Into<String>,
) -> ApiError {
    crate::error::INVALID_ARGUMENT
        .says(message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}
