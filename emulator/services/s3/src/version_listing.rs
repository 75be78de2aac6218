//! `ListObjectVersions`: the versions of all keys, in the order of the keys' bytes and each key's newest
//! first, a page at a time.

use std::collections::BTreeMap;
use std::ops::Bound;

use kernel::error::ApiError;
use kernel::names::BucketName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::listing::{Asked, Bounds, CommonPrefix, check_encoding, past, says_restores};
use super::restoration::RestoreStatus;
use super::{Checksum, Object, Owner, S3, StorageClass};
use crate::version::{Named, Version, Versions};

/// Input of `ListObjectVersions`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListObjectVersionsInput {
    pub(crate) bucket: String,
    pub(super) prefix: Option<String>,
    pub(super) delimiter: Option<String>,
    key_marker: Option<String>,
    version_id_marker: Option<String>,
    pub(super) max_keys: Option<i64>,
    encoding_type: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    optional_object_attributes: Option<Vec<String>>,
}

/// Output of `ListObjectVersions`. With `EncodingType`, keys and what is made of keys are
/// percent-encoded.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListObjectVersionsOutput {
    is_truncated: bool,
    key_marker: String,
    version_id_marker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_key_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_version_id_marker: Option<String>,
    name: BucketName,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    max_keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_type: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<ListedVersion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delete_markers: Vec<ListedVersion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedVersion {
    /// Its place on the page: versions and delete markers stand among each other there.
    place: usize,
    #[serde(flatten)]
    object: Option<ListedObject>,
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: u64,
    owner: Owner,
}

/// What is said of an object and not of a delete marker.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedObject {
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksum_algorithm: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_type: Option<&'static str>,
    size: u64,
    storage_class: StorageClass,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_status: Option<RestoreStatus>,
}

impl ListObjectVersionsInput {
    /// Refuses a page that cannot be.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        says_restores(self.optional_object_attributes.as_deref())?;
        self.after()?;
        check_encoding(self.encoding_type.as_deref())?;
        if self.max_keys.is_some_and(|max_keys| max_keys < 0) {
            return Err(crate::error::INVALID_ARGUMENT
                .says("max-keys cannot be negative")
                .with("ArgumentName", "max-keys"));
        }
        Asked::check(self.max_keys, self.encoding_type.as_deref()).map(drop)
    }

    /// Behind which version the page begins: not set where it is behind all of the key.
    fn after(&self) -> Result<Option<Named<'_>>, ApiError> {
        const NAME: &str = "version-id-marker";
        let refused = |message, marker| invalid_argument(message, NAME, marker);
        let Some(marker) = self.version_id_marker.as_deref() else { return Ok(None) };
        if marker.is_empty() {
            return Err(refused("A version-id marker cannot be empty.", marker));
        }
        if self.key_marker.as_deref().unwrap_or_default().is_empty() {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(refused(message, marker));
        }
        let named = Named::parse(marker);
        named.map(Some).ok_or_else(|| refused("Invalid version id specified", marker))
    }
}

impl S3 {
    pub(super) fn list_object_versions(
        &self,
        input: ListObjectVersionsInput,
    ) -> Result<ListObjectVersionsOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let after = input.after()?;
        let key_marker = input.key_marker.as_deref().unwrap_or_default();
        let (prefix, delimiter) = (input.prefix.clone(), input.delimiter.clone());
        let asked = Asked {
            says_restores: says_restores(input.optional_object_attributes.as_deref())?,
            ..Asked::of(prefix, delimiter, input.max_keys, input.encoding_type.clone())?
        };
        let page = Page::collect(&stored.objects, &asked.bounds(key_marker), after);
        let last = page.last();
        let mut output = ListObjectVersionsOutput {
            is_truncated: page.is_truncated,
            key_marker: asked.encode(key_marker.into()),
            version_id_marker: input.version_id_marker.clone().unwrap_or_default(),
            next_key_marker: last.map(|(key, _)| asked.encode(key.into())),
            next_version_id_marker: last.and_then(|(_, id)| id.map(Into::into)),
            name: stored.bucket.name.clone(),
            prefix: asked.encode(asked.prefix.clone()),
            // Said also where it is empty.
            delimiter: input.delimiter.clone().map(|delimiter| asked.encode(delimiter)),
            max_keys: asked.max_keys,
            encoding_type: asked.encoding_type.clone(),
            versions: Vec::new(),
            delete_markers: Vec::new(),
            common_prefixes: Vec::new(),
        };
        let owner = self.settings.owner(&stored.bucket.owner);
        for (place, entry) in page.entries.into_iter().enumerate() {
            let Entry::Version { key, version, is_latest } = entry else {
                let Entry::CommonPrefix(prefix) = entry else { continue };
                output.common_prefixes.push(CommonPrefix { prefix: asked.encode(prefix.into()) });
                continue;
            };
            let listed = ListedVersion {
                place,
                object: version.object().map(|object| ListedObject::of(&asked, object)),
                key: asked.encode(key.into()),
                version_id: version.id().name().into(),
                is_latest,
                last_modified: version.last_modified().as_s(),
                owner: match version {
                    Version::Object(object) if stored.writer_of(object).is_some() => {
                        self.settings.owner_of(stored, object)
                    }
                    _ => owner.clone(),
                },
            };
            match version {
                Version::Object(_) => output.versions.push(listed),
                Version::DeleteMarker(_) => output.delete_markers.push(listed),
            }
        }
        Ok(output)
    }
}

impl ListedObject {
    fn of(asked: &Asked, object: &Object) -> Self {
        let checksum = Checksum::of(&object.content);
        Self {
            etag: object.etag(),
            checksum_type: checksum.as_ref().map(Checksum::of_type),
            checksum_algorithm: checksum.iter().map(|it| it.algorithm().into()).collect(),
            size: object.content.size_bytes(),
            storage_class: object.storage_class(),
            restore_status: asked.restore_status(object),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Entry<'a> {
    Version { key: &'a str, version: &'a Version, is_latest: bool },
    CommonPrefix(&'a str),
}

/// One page.
struct Page<'a> {
    entries: Vec<Entry<'a>>,
    max_keys: usize,
    /// Something is behind it.
    is_truncated: bool,
}

impl<'a> Page<'a> {
    /// Costs one search in the tree per key, however many keys a common prefix stands for.
    fn collect(
        objects: &'a BTreeMap<Box<str>, Box<Versions>>,
        bounds: &Bounds<'_>,
        after: Option<Named<'_>>,
    ) -> Self {
        let max_keys = bounds.max_keys;
        let mut page = Self { entries: Vec::new(), max_keys, is_truncated: false };
        let mut start = bounds.start().filter(|_| max_keys > 0);
        if let (Some(Bound::Excluded(_)), Some(after)) = (&start, after)
            && let Some((key, versions)) = objects.get_key_value(bounds.after)
            && key.starts_with(bounds.prefix)
            && !page.has_room_for_all(key, versions, versions.older_than(after))
        {
            return page;
        }
        while let Some(from) = start.take() {
            let range = (from.as_ref().map(String::as_str), Bound::Unbounded);
            for (key, versions) in objects.range::<str, _>(range) {
                let Some(rest) = key.strip_prefix(bounds.prefix) else { return page };
                let common = bounds.delimiter.and_then(|delimiter| {
                    let end = rest.find(delimiter)? + delimiter.len();
                    Some(&key[..bounds.prefix.len() + end])
                });
                match common {
                    Some(common) => {
                        if !page.has_room_for(Entry::CommonPrefix(common)) {
                            return page;
                        }
                        start = past(common);
                        break;
                    }
                    None if page.has_room_for_all(key, versions, versions.iter()) => {}
                    None => return page,
                }
            }
        }
        page
    }

    fn has_room_for_all(
        &mut self,
        key: &'a str,
        versions: &'a Versions,
        listed: impl Iterator<Item = &'a Version>,
    ) -> bool {
        for version in listed {
            let is_latest = std::ptr::eq(version, versions.newest());
            if !self.has_room_for(Entry::Version { key, version, is_latest }) {
                return false;
            }
        }
        true
    }

    fn has_room_for(&mut self, entry: Entry<'a>) -> bool {
        self.is_truncated = self.entries.len() == self.max_keys;
        if !self.is_truncated {
            self.entries.push(entry);
        }
        !self.is_truncated
    }

    /// After what the next page begins, where there is one.
    fn last(&self) -> Option<(&'a str, Option<&'a str>)> {
        match self.entries.last().filter(|_| self.is_truncated)? {
            Entry::Version { key, version, .. } => Some((*key, Some(version.id().name()))),
            Entry::CommonPrefix(prefix) => Some((*prefix, None)),
        }
    }
}
