//! Objects deleted, one or up to a thousand at a time.

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::event::EventName;
use super::read::check_version;
use super::{Empty, S3, Stored, conditional};
use crate::record::key_of;
use crate::{Cx, limits};

/// Input of `DeleteObject`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    pub(super) if_match: Option<String>,
    bypass_governance_retention: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Input of `DeleteObjects`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteObjectsInput {
    pub(crate) bucket: String,
    delete: Delete,
    bypass_governance_retention: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    /// The checksum of the request itself was verified before.
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    #[serde(default)]
    objects: Vec<ObjectIdentifier>,
    #[serde(default)]
    quiet: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ObjectIdentifier {
    key: String,
    version_id: Option<String>,
    #[serde(rename = "ETag")]
    etag: Option<String>,
}

/// Output of `DeleteObjects`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteObjectsOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deleted: Vec<Deleted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<NotDeleted>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotDeleted {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    code: &'static str,
    message: String,
}

impl S3 {
    pub(super) fn delete_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: DeleteObjectInput,
    ) -> Result<Empty, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = input.version_id.as_deref();
        stored.delete(cx, origin, &input.key, version_id, input.if_match.as_deref())?;
        Ok(Empty {})
    }

    pub(super) fn delete_objects(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: DeleteObjectsInput,
    ) -> Result<DeleteObjectsOutput, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let Delete { objects, quiet } = input.delete;
        if !(1..=limits::DELETE_OBJECTS_MAX).contains(&objects.len()) {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        check_bypass(input.bypass_governance_retention)?;
        let mut output = DeleteObjectsOutput::default();
        let mut asking = Asking::new(origin, cx.now);
        for ObjectIdentifier { key, version_id, etag } in objects {
            let version = version_id.as_deref();
            let allowed = stored.may_delete(&mut asking, &key, version);
            match allowed.and_then(|()| stored.delete(cx, origin, &key, version, etag.as_deref())) {
                Ok(()) if quiet => {}
                Ok(()) => output.deleted.push(Deleted { key, version_id }),
                Err(refused) => output.errors.push(NotDeleted {
                    key,
                    version_id,
                    code: refused.code(),
                    message: refused.message().into(),
                }),
            }
        }
        Ok(output)
    }
}

impl DeleteObjectInput {
    pub(super) fn check_bypass(&self) -> Result<(), ApiError> {
        check_bypass(self.bypass_governance_retention)
    }
}

impl Stored {
    /// The object is gone, also where it was not there before.
    fn delete(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        key: &str,
        version_id: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<(), ApiError> {
        check_version(key, version_id)?;
        conditional::check_write("DeleteObject", if_match, None, key, self.object(key))?;
        if let Some(versions) = self.objects.remove(key) {
            for version in versions.iter() {
                cx.delete(|| key_of(&self.bucket.name, key, version.id()));
                if let Some(content) = version.content() {
                    cx.release(content);
                }
            }
            self.announce(cx, origin, EventName::RemovedDelete, key, None);
        }
        Ok(())
    }
}

fn check_bypass(bypass: Option<bool>) -> Result<(), ApiError> {
    match bypass {
        None => Ok(()),
        Some(bypass) => Err(invalid_argument(
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
            "x-amz-bypass-governance-retention",
            bypass.to_string(),
        )),
    }
}
