//! Objects: what is kept of one, and how it is put.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::call::{Origin, Payload};
use kernel::content::Content;
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::event::EventName;
use super::grant::{AskedAcl, ObjectAcl};
use super::lock::{AskedLock, ObjectLock};
use super::{Checksum, S3, Tag, conditional, encoded_word};
use crate::description::{Described, Extra, StorageClass, SystemMetadata};
use crate::encryption::{AskedEncryption, CustomerKey, Encryption, EncryptionAnswer};
use crate::restoration::Restoration;
use crate::version::VersionId;
use crate::{Cx, limits};

/// An object. What it shares with many others, its bucket, its key and what is said about it, stands
/// elsewhere: there may be millions of them.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// Its body.
    pub(crate) content: Content,
    /// When it was put, to the second.
    pub(crate) last_modified: Timestamp,
    /// Which version of its key it is.
    pub(crate) version: VersionId,
    /// What is said about its body.
    pub(crate) described: Arc<Described>,
    /// What few objects have.
    pub(crate) extra: Option<Box<Extra>>,
}

impl Object {
    /// An object of this body, put now.
    pub(crate) fn new(
        content: Content,
        now: Timestamp,
        described: Arc<Described>,
        extra: Extra,
    ) -> Self {
        Self {
            content,
            last_modified: now.truncated_to_s(),
            version: VersionId::Null,
            described,
            extra: extra.boxed(),
        }
    }

    pub(crate) fn headers(&self) -> &SystemMetadata {
        &self.described.headers
    }

    pub(crate) fn storage_class(&self) -> StorageClass {
        self.described.storage_class
    }

    /// What its owner says about it: names in lower case.
    pub(crate) fn metadata(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.extra.as_ref().map_or(&NONE, |extra| &extra.metadata)
    }

    pub(crate) fn tags(&self) -> &[Tag] {
        self.extra.as_ref().map_or(&[], |extra| &extra.tags)
    }

    /// Where a website would send its visitors instead.
    pub(crate) fn website_redirect_location(&self) -> Option<&str> {
        self.extra.as_ref()?.website_redirect_location.as_deref()
    }

    pub(crate) fn lock(&self) -> ObjectLock {
        self.extra.as_ref().map(|extra| extra.lock).unwrap_or_default()
    }

    pub(crate) fn set_lock(&mut self, lock: ObjectLock) {
        let extra = self.extra.take().map(|extra| *extra).unwrap_or_default();
        self.extra = Extra { lock, ..extra }.boxed();
    }

    /// Whose it is and who may do what with it; nothing where it is the bucket owner's alone.
    pub(crate) fn acl(&self) -> Option<&ObjectAcl> {
        self.extra.as_ref().map(|extra| &extra.acl)
    }

    pub(crate) fn set_acl(&mut self, acl: ObjectAcl) {
        let extra = self.extra.take().map(|extra| *extra).unwrap_or_default();
        self.extra = Extra { acl, ..extra }.boxed();
    }

    /// The upload that made it, where it came in parts.
    pub(crate) fn upload_id(&self) -> Option<&str> {
        self.extra.as_ref()?.upload_id.as_deref()
    }

    /// The same, made by this upload.
    pub(crate) fn made_by(mut self, upload_id: Box<str>) -> Self {
        let extra = self.extra.take().map(|extra| *extra).unwrap_or_default();
        self.extra = Extra { upload_id: Some(upload_id), ..extra }.boxed();
        self
    }

    pub(crate) fn set_tags(&mut self, tags: Vec<Tag>) {
        let extra = self.extra.take().map(|extra| *extra).unwrap_or_default();
        self.extra = Extra { tags, ..extra }.boxed();
    }

    /// Whether it is being restored from the archive, or was.
    pub(crate) fn restoration(&self) -> Option<&Restoration> {
        self.extra.as_ref()?.restoration.as_deref()
    }

    pub(crate) fn set_restoration(&mut self, restoration: Option<Restoration>) {
        let extra = self.extra.take().map(|extra| *extra).unwrap_or_default();
        self.extra = Extra { restoration: restoration.map(Box::new), ..extra }.boxed();
    }

    /// The ETag of the body, in quotes.
    pub(crate) fn etag(&self) -> String {
        ["\"", &self.bare_etag(), "\""].concat()
    }
}

/// Input of `PutObject`. The checksums and lengths that clients send were compared with the body
/// while it was stored: what holds is in its blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    #[serde(skip)]
    pub(crate) body: Payload,
    #[serde(rename = "ACL")]
    acl: Option<String>,
    grant_full_control: Option<String>,
    grant_read: Option<String>,
    #[serde(rename = "GrantReadACP")]
    grant_read_acp: Option<String>,
    #[serde(rename = "GrantWriteACP")]
    grant_write_acp: Option<String>,
    content_type: Option<Box<str>>,
    cache_control: Option<Box<str>>,
    content_disposition: Option<Box<str>>,
    content_encoding: Option<Box<str>>,
    content_language: Option<Box<str>>,
    expires: Option<Box<str>>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    pub(super) website_redirect_location: Option<Box<str>>,
    pub(super) storage_class: Option<String>,
    pub(super) server_side_encryption: Option<String>,
    #[serde(rename = "SSEKMSKeyId")]
    pub(super) sse_kms_key_id: Option<String>,
    #[serde(rename = "SSEKMSEncryptionContext")]
    sse_kms_encryption_context: Option<String>,
    bucket_key_enabled: Option<bool>,
    #[serde(rename = "SSECustomerAlgorithm")]
    pub(super) sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    pub(super) tagging: Option<String>,
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
    object_lock_mode: Option<String>,
    object_lock_retain_until_date: Option<f64>,
    object_lock_legal_hold_status: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentLength")]
    _content_length: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    checksum_algorithm: Option<IgnoredAny>,
    #[serde(rename = "ChecksumCRC32")]
    checksum_crc32: Option<IgnoredAny>,
    #[serde(rename = "ChecksumCRC32C")]
    checksum_crc32c: Option<IgnoredAny>,
    #[serde(rename = "ChecksumCRC64NVME")]
    checksum_crc64nvme: Option<IgnoredAny>,
    #[serde(rename = "ChecksumMD5")]
    checksum_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumSHA1")]
    checksum_sha1: Option<IgnoredAny>,
    #[serde(rename = "ChecksumSHA256")]
    checksum_sha256: Option<IgnoredAny>,
    #[serde(rename = "ChecksumSHA512")]
    checksum_sha512: Option<IgnoredAny>,
    #[serde(rename = "ChecksumXXHASH128")]
    checksum_xxhash128: Option<IgnoredAny>,
    #[serde(rename = "ChecksumXXHASH3")]
    checksum_xxhash3: Option<IgnoredAny>,
    #[serde(rename = "ChecksumXXHASH64")]
    checksum_xxhash64: Option<IgnoredAny>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

impl PutObjectInput {
    pub(super) fn asked_acl(&self) -> AskedAcl<'_> {
        AskedAcl {
            canned: self.acl.as_deref(),
            read: self.grant_read.as_deref(),
            write: None,
            read_acp: self.grant_read_acp.as_deref(),
            write_acp: self.grant_write_acp.as_deref(),
            full_control: self.grant_full_control.as_deref(),
        }
    }

    pub(super) fn lock(&self) -> AskedLock<'_> {
        AskedLock {
            mode: self.object_lock_mode.as_deref(),
            until_s: self.object_lock_retain_until_date,
            legal_hold: self.object_lock_legal_hold_status.as_deref(),
        }
    }

    /// Whether it says what its body must be.
    fn has_digest(&self) -> bool {
        self.content_md5.is_some()
            || self.checksum_algorithm.is_some()
            || self.checksum_crc32.is_some()
            || self.checksum_crc32c.is_some()
            || self.checksum_crc64nvme.is_some()
            || self.checksum_md5.is_some()
            || self.checksum_sha1.is_some()
            || self.checksum_sha256.is_some()
            || self.checksum_sha512.is_some()
            || self.checksum_xxhash128.is_some()
            || self.checksum_xxhash3.is_some()
            || self.checksum_xxhash64.is_some()
    }
}

/// Output of `PutObject`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutObjectOutput {
    /// When a lifecycle deletes the object, and which of its rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(flatten)]
    checksum: Option<Checksum>,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
}

impl PutObjectInput {
    fn encryption(&self) -> AskedEncryption<'_> {
        AskedEncryption {
            method: self.server_side_encryption.as_deref(),
            kms_key_id: self.sse_kms_key_id.as_deref(),
            kms_context: self.sse_kms_encryption_context.as_deref(),
            bucket_key_enabled: self.bucket_key_enabled,
            customer_key: CustomerKey {
                algorithm: self.sse_customer_algorithm.as_deref(),
                key: self.sse_customer_key.as_deref(),
                key_md5: self.sse_customer_key_md5.as_deref(),
            },
        }
    }
}

impl S3 {
    pub(super) fn put_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutObjectInput,
    ) -> Result<PutObjectOutput, ApiError> {
        self.take_in(cx, origin, EventName::CreatedPut, input)
    }

    /// The same, as a form said it.
    pub(super) fn post_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutObjectInput,
    ) -> Result<PutObjectOutput, ApiError> {
        self.take_in(cx, origin, EventName::CreatedPost, input)
    }

    fn take_in(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        event: EventName,
        input: PutObjectInput,
    ) -> Result<PutObjectOutput, ApiError> {
        let encryption = self.check_put(&input, cx.now)?;
        let encryption_answer = encryption.answer_to(input.encryption());
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        let lock = stored.lock_of_new(input.lock(), cx.now)?;
        let acl = stored.acl_of_new(&self.settings, &origin.caller, input.asked_acl())?;
        let storage_class = StorageClass::parse(input.storage_class.as_deref())?;
        let headers = SystemMetadata {
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            expires: input.expires,
        };
        let metadata = match event {
            // The words of a form are read by nobody.
            EventName::CreatedPost => metadata_as_it_is(input.metadata)?,
            _ => user_metadata(input.metadata)?,
        };
        let tags = input.tagging.as_deref().map(Tag::parse_header).transpose()?.unwrap_or_default();
        let described = self.descriptions.share(headers, storage_class, encryption);
        let stored = self.open_mut(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let Payload::Blob(blob) = input.body else {
            // Whoever drives the World stores every body first, also an empty one.
            return Err((&error::INTERNAL_ERROR).into());
        };
        if blob.size_bytes > limits::OBJECT_PUT_SIZE_BYTES_MAX {
            return Err(crate::error::ENTITY_TOO_LARGE
                .with("ProposedSize", blob.size_bytes.to_string())
                .with("MaxSizeAllowed", limits::OBJECT_PUT_SIZE_BYTES_MAX.to_string()));
        }
        let website_redirect_location = input.website_redirect_location;
        let given = Extra::default();
        let extra = Extra { metadata, tags, website_redirect_location, lock, acl, ..given };
        let object = Object::new(blob.into(), cx.now, described, extra);
        let output = PutObjectOutput {
            expiration: stored.expiration_of(&input.key, &object),
            etag: object.etag(),
            checksum: Checksum::of(&object.content),
            encryption: encryption_answer,
            version_id: None,
        };
        cx.adopt(&object.content);
        let version_id = stored.insert(cx, origin, event, input.key, object);
        Ok(PutObjectOutput { version_id, ..output })
    }

    /// Refuses a put for what its head says, before its body is there. Conditions are asked once more
    /// when it is. With what the object will be encrypted is the answer.
    pub(super) fn check_put(
        &self,
        input: &PutObjectInput,
        now: Timestamp,
    ) -> Result<Encryption, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        check_key(&input.key)?;
        stored.check_acl(&self.settings, input.asked_acl())?;
        let encryption = input.encryption().resolve(&stored.bucket)?;
        StorageClass::parse(input.storage_class.as_deref())?;
        check_redirect(input.website_redirect_location.as_deref())?;
        if !input.metadata.is_empty() {
            user_metadata(input.metadata.clone())?;
        }
        input.tagging.as_deref().map(Tag::parse_header).transpose()?;
        stored.lock_of_new(input.lock(), now)?;
        stored.check_lock_digest(input.lock(), input.has_digest())?;
        conditional::check_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            stored.object(&input.key),
        )?;
        Ok(encryption)
    }
}

pub(super) fn check_key(key: &str) -> Result<(), ApiError> {
    match key.len() {
        0 => Err(invalid_argument("Key must not be empty", "key", "")),
        1..=limits::OBJECT_KEY_SIZE_BYTES_MAX => Ok(()),
        size => Err(crate::error::KEY_TOO_LONG
            .with("Size", size.to_string())
            .with("MaxSizeAllowed", limits::OBJECT_KEY_SIZE_BYTES_MAX.to_string())),
    }
}

/// Refuses what no website can redirect to.
pub(super) fn check_redirect(location: Option<&str>) -> Result<(), ApiError> {
    const MAX: usize = limits::WEBSITE_REDIRECT_LOCATION_CHARS_MAX;
    let Some(location) = location else { return Ok(()) };
    if !["/", "http://", "https://"].iter().any(|start| location.starts_with(start)) {
        return Err((&crate::error::INVALID_REDIRECT_LOCATION).into());
    }
    if location.chars().count() > MAX {
        return Err(crate::error::INVALID_REDIRECT_LOCATION
            .says("The length of website redirect location cannot exceed 2,048 characters."));
    }
    Ok(())
}

/// User metadata as it is kept: names in lower case, as headers have them, and values as text, whether
/// they came as such or as encoded words. Its size is that of both in UTF-8.
pub(super) fn user_metadata(
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ApiError> {
    let read = given.into_iter().map(|(name, value)| (name, encoded_word::decode(&value)));
    metadata_as_it_is(read)
}

fn metadata_as_it_is(
    given: impl IntoIterator<Item = (String, String)>,
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut metadata = BTreeMap::<String, String>::new();
    for (name, value) in given {
        // The same header twice is one with both values.
        metadata
            .entry(name.to_ascii_lowercase())
            .and_modify(|first| *first = format!("{first},{value}"))
            .or_insert(value);
    }
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > limits::OBJECT_USER_METADATA_SIZE_BYTES_MAX {
        return Err(crate::error::METADATA_TOO_LARGE
            .with("Size", size.to_string())
            .with("MaxSizeAllowed", limits::OBJECT_USER_METADATA_SIZE_BYTES_MAX.to_string()));
    }
    Ok(metadata)
}
