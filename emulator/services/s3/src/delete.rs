//! Objects deleted, one or up to a thousand at a time.

use kernel::access::Asking;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::event::{About, EventName};
use super::versioning::parse_version_id;
use super::{S3, Stored, conditional};
use crate::version::Versioning;
use crate::version::{Named, Version};
use crate::{Cx, limits};

/// Input of `DeleteObject`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    pub(super) if_match: Option<String>,
    if_match_last_modified_time: Option<IgnoredAny>,
    if_match_size: Option<IgnoredAny>,
    pub(super) bypass_governance_retention: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    /// No bucket asks for a second factor.
    #[serde(rename = "MFA")]
    _mfa: Option<IgnoredAny>,
}

/// Output of `DeleteObject`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteObjectOutput {
    /// A delete marker was made, or is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
    /// The marker that was made, or what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
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
    #[serde(rename = "MFA")]
    _mfa: Option<IgnoredAny>,
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
    last_modified_time: Option<IgnoredAny>,
    size: Option<IgnoredAny>,
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_marker_version_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotDeleted {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    code: &'static str,
    message: String,
    #[serde(skip)]
    status: u16,
}

impl S3 {
    pub(super) fn delete_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: DeleteObjectInput,
    ) -> Result<DeleteObjectOutput, ApiError> {
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        for (is_given, header) in [
            (input.if_match_last_modified_time.is_some(), "x-amz-if-match-last-modified-time"),
            (input.if_match_size.is_some(), "x-amz-if-match-size"),
        ] {
            if is_given {
                return Err(crate::error::header_not_implemented(header));
            }
        }
        let wanted = Deletion {
            version_id: input.version_id.as_deref(),
            if_match: input.if_match.as_deref(),
            bypass: input.bypass_governance_retention == Some(true),
        };
        stored.delete(cx, origin, &input.key, wanted)
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
        // Those are conditions that directory buckets have.
        if objects.iter().any(|it| it.size.is_some() || it.last_modified_time.is_some()) {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        if objects.iter().any(|object| object.key.is_empty()) {
            return Err((&crate::error::USER_KEY_MUST_BE_SPECIFIED).into());
        }
        stored.check_bypass(input.bypass_governance_retention)?;
        let bypass = input.bypass_governance_retention == Some(true);
        let mut output = DeleteObjectsOutput::default();
        let mut asking = Asking::new(origin, cx.now);
        for object in objects {
            match stored.delete_one(cx, &mut asking, &object, bypass) {
                Ok(_) if quiet => {}
                Ok(DeleteObjectOutput { delete_marker, version_id }) => {
                    output.deleted.push(Deleted {
                        key: object.key,
                        version_id: object.version_id,
                        delete_marker,
                        delete_marker_version_id: version_id.filter(|_| delete_marker),
                    });
                }
                Err(refused) => output.errors.push(NotDeleted {
                    key: object.key,
                    version_id: object.version_id,
                    code: refused.code(),
                    message: refused.message().into(),
                    status: refused.status(),
                }),
            }
        }
        Ok(output)
    }
}

impl DeleteObjectsInput {
    /// The keys and versions that are to go.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.delete.objects.iter().map(|object| (&*object.key, object.version_id.as_deref()))
    }
}

impl DeleteObjectsOutput {
    /// What stays: key, version, and the status and the code of why.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&str, Option<&str>, u16, &'static str)> {
        self.errors.iter().map(|it| (&*it.key, it.version_id.as_deref(), it.status, it.code))
    }
}

/// How something is to be deleted.
struct Deletion<'a> {
    version_id: Option<&'a str>,
    if_match: Option<&'a str>,
    /// Also where a retention in governance mode keeps it.
    bypass: bool,
}

impl Stored {
    /// One of the objects of `DeleteObjects`.
    fn delete_one(
        &mut self,
        cx: &mut Cx<'_>,
        asking: &mut Asking<'_>,
        object: &ObjectIdentifier,
        bypass: bool,
    ) -> Result<DeleteObjectOutput, ApiError> {
        let ObjectIdentifier { key, version_id, etag, last_modified_time, size } = object;
        if last_modified_time.is_some() || size.is_some() {
            return Err(crate::error::header_not_implemented("LastModifiedTime, Size"));
        }
        let version_id = version_id.as_deref();
        if version_id.is_some_and(|id| Named::parse(id).is_none()) {
            return Err((&crate::error::NO_SUCH_VERSION).into());
        }
        self.may_delete(asking, key, version_id, bypass)?;
        let wanted = Deletion { version_id, if_match: etag.as_deref(), bypass };
        self.delete(cx, asking.origin, key, wanted)
    }

    /// The object, or its version, is gone, also where it was not there before.
    fn delete(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        key: &str,
        wanted: Deletion<'_>,
    ) -> Result<DeleteObjectOutput, ApiError> {
        let Deletion { version_id, if_match, bypass } = wanted;
        let named = version_id.map(parse_version_id).transpose()?;
        let object = self.object_of(key, version_id);
        conditional::check_match(if_match, key, object)?;
        let named = match (named, self.bucket.versioning) {
            (Some(named), _) => named,
            (None, Versioning::Unversioned) => Named::Null,
            (None, Versioning::Enabled | Versioning::Suspended) => {
                let event = EventName::RemovedDeleteMarkerCreated;
                let marker = self.mark_deleted(cx, origin, event, key);
                let version_id = Some(marker.name().into());
                return Ok(DeleteObjectOutput { delete_marker: true, version_id });
            }
        };
        if let Some(object) = object {
            object.lock().check_deletion(cx.now, bypass)?;
        }
        let removed = self.remove(cx, key, named);
        let about = removed.as_ref().map_or(About::Nothing, |version| About::Gone(version.id()));
        // Without a version, S3 tells of what was not there, too.
        if removed.is_some() || version_id.is_none() {
            self.announce(cx, origin, EventName::RemovedDelete, key, about);
        }
        Ok(DeleteObjectOutput {
            delete_marker: matches!(removed, Some(Version::DeleteMarker(_))),
            version_id: version_id
                .filter(|_| !self.bucket.versioning.is_unversioned())
                .map(Into::into),
        })
    }
}
