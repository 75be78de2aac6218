//! Versioning of a bucket, and what versions there are: made, named, removed.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>

use std::collections::btree_map::Entry;

use kernel::context::Restoring;
use kernel::error::{self, ApiError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::date::http_date;
use super::event::{About, Actor, EventName};
use super::method::By;
use super::multipart::Since;
use super::object::check_key;
use super::{BucketInput, Empty, Object, S3, Stored};
use crate::Cx;
use crate::error::invalid_argument;
use crate::record::{self, key_of, record_of};
use crate::version::{DeleteMarker, Named, Removed, Version, VersionId, Versioning, Versions};

/// Input of `PutBucketVersioning`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketVersioningInput {
    pub(crate) bucket: String,
    versioning_configuration: VersioningConfiguration,
    #[serde(rename = "MFA")]
    mfa: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct VersioningConfiguration {
    status: Option<String>,
    #[serde(rename = "MFADelete")]
    mfa_delete: Option<String>,
}

/// Output of `GetBucketVersioning`: nothing where nobody has ever said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBucketVersioningOutput {
    #[serde(skip_serializing_if = "Versioning::is_unversioned")]
    status: Versioning,
    #[serde(rename = "MFADelete", skip_serializing_if = "Option::is_none")]
    mfa_delete: Option<&'static str>,
}

impl S3 {
    pub(super) fn put_bucket_versioning(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketVersioningInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &mut self.open_mut(&input.bucket, owner)?.bucket;
        let VersioningConfiguration { status, mfa_delete } = input.versioning_configuration;
        let versioning = match status.as_deref() {
            None => return Err((&crate::error::ILLEGAL_VERSIONING_CONFIGURATION).into()),
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            Some(_) => return Err((&crate::error::MALFORMED_XML).into()),
        };
        match (mfa_delete.as_deref(), &input.mfa) {
            (None | Some("Disabled"), _) => {}
            (Some("Enabled"), None) => {
                let message = "Mfa Authentication must be used for this request";
                return Err(error::ACCESS_DENIED.says(message));
            }
            // Nobody has a device here that the header could name.
            (Some("Enabled"), Some(_)) => return Err((&error::ACCESS_DENIED).into()),
            (Some(_), _) => return Err((&crate::error::MALFORMED_XML).into()),
        }
        if bucket.object_lock.is_some() && versioning == Versioning::Suspended {
            return Err(crate::error::INVALID_BUCKET_STATE.says(
                "An Object Lock configuration is present on this bucket, so the versioning state \
                 cannot be changed.",
            ));
        }
        if bucket.documents.contains_key("Replication") && versioning == Versioning::Suspended {
            return Err(crate::error::INVALID_BUCKET_STATE.says(
                "A replication configuration is present on this bucket, so you cannot change the \
                 versioning state. To change the versioning state, first delete the replication \
                 configuration.",
            ));
        }
        bucket.versioning = versioning;
        bucket.says_mfa_delete |= mfa_delete.is_some();
        self.open(&input.bucket, owner)?.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_bucket_versioning(
        &self,
        input: BucketInput,
    ) -> Result<GetBucketVersioningOutput, ApiError> {
        let bucket = &self.open(&input.bucket, input.expected_bucket_owner.as_deref())?.bucket;
        Ok(GetBucketVersioningOutput {
            status: bucket.versioning,
            mfa_delete: bucket.says_mfa_delete.then_some("Disabled"),
        })
    }
}

impl S3 {
    /// Every version of every object, with its bucket and its key.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&Stored, &str, &Version)> {
        self.buckets.values().flat_map(|stored| {
            stored.objects.iter().flat_map(move |(key, versions)| {
                versions.iter().map(move |version| (stored, &**key, version))
            })
        })
    }

    /// A version comes back. One whose bucket is not there is dropped.
    pub(super) fn restore_version(
        &mut self,
        cx: &mut Restoring<'_, Self>,
        restored: record::Restored,
    ) {
        let record::Restored { bucket, key, version } = restored;
        cx.numbers.was_given(version.id().number());
        let Some(stored) = self.buckets.get_mut(bucket.as_str()) else { return };
        stored.await_restoration(cx, &key, &version);
        match stored.objects.entry(key) {
            Entry::Vacant(vacant) => drop(vacant.insert(Box::new(Versions::one(version)))),
            Entry::Occupied(mut occupied) => occupied.get_mut().add(version),
        }
    }
}

impl DeleteMarker {
    /// Refuses what nobody may do with it.
    pub(super) fn refuse(&self, by: By) -> ApiError {
        crate::error::METHOD_NOT_ALLOWED
            .with("Method", by.as_str())
            .with("ResourceType", "DeleteMarker")
            .with("Allow", "DELETE")
            .with("Last-Modified", http_date(self.last_modified.as_s()))
            .with("x-amz-delete-marker", "true")
            .with("x-amz-version-id", self.version.name())
    }
}

impl Stored {
    /// The object that a key names.
    pub(super) fn object(&self, key: &str) -> Option<&Object> {
        self.objects.get(key)?.object()
    }

    /// The object that a key, or a version of it, names.
    pub(super) fn object_of(&self, key: &str, version_id: Option<&str>) -> Option<&Object> {
        match version_id {
            None => self.object(key),
            Some(id) => self.objects.get(key)?.find(Named::parse(id)?)?.object(),
        }
    }

    /// The object that a key, or a version of it, names, for whoever may have it.
    ///
    /// # Errors
    /// `NoSuchKey`, `NoSuchVersion`; `MethodNotAllowed` of a delete marker; `InvalidArgument` where
    /// `version_id` cannot be one.
    pub(super) fn readable(
        &self,
        by: By,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<&Object, ApiError> {
        let named = version_id.map(parse_version_id).transpose()?;
        let versions = self.objects.get(key);
        let version = match named {
            None => versions.map(|versions| versions.newest()),
            Some(named) => versions.and_then(|versions| versions.find(named)),
        };
        match (version, version_id) {
            (Some(Version::Object(object)), _) => Ok(object),
            (Some(Version::DeleteMarker(marker)), None) if matches!(by, By::Get | By::Head) => {
                Err(crate::error::NO_SUCH_KEY
                    .with("Key", key)
                    .with("x-amz-delete-marker", "true")
                    .with("x-amz-version-id", marker.version.name()))
            }
            (Some(Version::DeleteMarker(marker)), _) => Err(marker.refuse(by)),
            (None, None) => Err(check_key(key)
                .err()
                .unwrap_or_else(|| crate::error::NO_SUCH_KEY.with("Key", key))),
            (None, Some(id)) => {
                Err(crate::error::NO_SUCH_VERSION.with("Key", key).with("VersionId", id))
            }
        }
    }

    /// Changes what is said about an object; whoever calls this has seen that it is there.
    pub(super) fn change(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        version_id: Option<&str>,
        change: impl FnOnce(&mut Object),
    ) {
        let named = version_id.and_then(Named::parse);
        let versions = self.objects.get_mut(key);
        let Some(version) = versions.and_then(|versions| versions.find_mut(named)) else { return };
        version.object_mut().map(change);
        cx.put(|| record_of(&self.bucket.name, key, version));
        self.version_changed(cx, key, named);
    }

    /// The version id as answers have it: nothing while nobody has ever spoken of versioning.
    pub(super) fn answered(&self, version: &VersionId) -> Option<String> {
        (!self.bucket.versioning.is_unversioned()).then(|| version.name().into())
    }

    /// The object is there now, as the newest version of its key; whoever wants to hears of it. Its body
    /// is referred to already. The answer is its version id, where versioning is enabled.
    pub(super) fn insert<'a>(
        &mut self,
        cx: &mut Cx<'_>,
        by: impl Into<Actor<'a>>,
        event: EventName,
        key: String,
        object: Object,
    ) -> Option<String> {
        let version = self.next_version(cx, &key);
        let id = version.id().map(Into::into);
        self.place(cx, &key, Version::Object(Object { version, ..object }));
        self.announce(cx, by, event, &key, self.object(&key));
        id
    }

    /// A delete marker is the newest version of the key now.
    pub(super) fn mark_deleted<'a>(
        &mut self,
        cx: &mut Cx<'_>,
        by: impl Into<Actor<'a>>,
        event: EventName,
        key: &str,
    ) -> VersionId {
        let version = self.next_version(cx, key);
        let last_modified = cx.now.truncated_to_s();
        let marker = DeleteMarker { version: version.clone(), last_modified };
        self.place(cx, key, Version::DeleteMarker(marker));
        self.announce(cx, by, event, key, About::Marker(&version));
        version
    }

    /// The version is gone for good, where it was there; the next older one is the newest then.
    pub(super) fn remove(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        named: Named<'_>,
    ) -> Option<Version> {
        let versions = self.objects.get_mut(key)?;
        let was_newest = versions.position(named) == Some(0);
        let removed = match versions.remove(named)? {
            Removed::One(version) => version,
            Removed::Last => self.objects.remove(key)?.into_newest(),
        };
        cx.delete(|| key_of(&self.bucket.name, key, removed.id()));
        self.forget_restoration(cx, key, &removed);
        if let Some(content) = removed.content() {
            cx.release(content);
        }
        self.key_changed(cx, key);
        let deleted = was_newest && removed.object().is_some();
        self.note_in_uploads(cx, key, Since { deleted, written: false });
        Some(removed)
    }

    fn next_version(&self, cx: &mut Cx<'_>, key: &str) -> VersionId {
        let is_other = |version: &Version| version.id().id().is_some();
        match self.bucket.versioning {
            Versioning::Unversioned => VersionId::Null,
            Versioning::Enabled => VersionId::new(cx),
            Versioning::Suspended => {
                let versions = self.objects.get(key);
                match versions.is_some_and(|versions| versions.iter().any(is_other)) {
                    true => VersionId::new_null(cx),
                    false => VersionId::Null,
                }
            }
        }
    }

    fn place(&mut self, cx: &mut Cx<'_>, key: &str, version: Version) {
        cx.put(|| record_of(&self.bucket.name, key, &version));
        let written = version.object().is_some();
        self.note_in_uploads(cx, key, Since { written, deleted: !written });
        let replaced = match self.objects.get_mut(key) {
            Some(versions) => versions.put(version),
            None => {
                self.objects.insert(key.into(), Box::new(Versions::one(version)));
                None
            }
        };
        if let Some(replaced) = &replaced {
            self.forget_restoration(cx, key, replaced);
            replaced.content().into_iter().for_each(|content| cx.release(content));
        }
        self.key_changed(cx, key);
    }
}

/// # Errors
/// `InvalidArgument` where no version is ever called so.
pub(super) fn parse_version_id(version_id: &str) -> Result<Named<'_>, ApiError> {
    Named::parse(version_id)
        .ok_or_else(|| invalid_argument("Invalid version id specified", "versionId", version_id))
}
