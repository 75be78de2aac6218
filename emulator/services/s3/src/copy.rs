//! `CopyObject`: a second object of the same body, or the same object with other metadata.
//!
//! Where we differ from AWS: the copy of an object that came in parts has these parts, and so its ETag
//! and its checksum. AWS writes it anew in one piece.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::{self, ApiError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::conditional::{self, ReadConditions};
use super::event::EventName;
use super::grant::AskedAcl;
use super::lock::AskedLock;
use super::method::By;
use super::object::{check_key, user_metadata};
use super::{Checksum, Extra, Object, S3, StorageClass, Stored, SystemMetadata, Tag};
use crate::Cx;
use crate::encryption::{AskedEncryption, CustomerKey, Encryption, EncryptionAnswer};
use crate::version::VersionId;

/// Input of `CopyObject`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CopyObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) copy_source: String,
    pub(super) metadata_directive: Option<String>,
    tagging_directive: Option<String>,
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
    #[serde(rename = "CopySourceSSECustomerAlgorithm")]
    source_customer_algorithm: Option<String>,
    #[serde(rename = "CopySourceSSECustomerKey")]
    source_customer_key: Option<String>,
    #[serde(rename = "CopySourceSSECustomerKeyMD5")]
    source_customer_key_md5: Option<String>,
    checksum_algorithm: Option<String>,
    pub(super) tagging: Option<String>,
    copy_source_if_match: Option<String>,
    copy_source_if_none_match: Option<String>,
    copy_source_if_modified_since: Option<f64>,
    copy_source_if_unmodified_since: Option<f64>,
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
    object_lock_mode: Option<String>,
    object_lock_retain_until_date: Option<f64>,
    object_lock_legal_hold_status: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    expected_source_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `CopyObject`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyObjectOutput {
    copy_object_result: CopyObjectResult,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_source_version_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CopyObjectResult {
    #[serde(rename = "ETag")]
    etag: String,
    last_modified: u64,
    #[serde(flatten)]
    checksum: Option<Checksum>,
}

/// Whether something is taken from the source or from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Copy,
    Replace,
}

impl S3 {
    pub(super) fn copy_object(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CopyObjectInput,
    ) -> Result<CopyObjectOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        let lock = stored.lock_of_new(input.lock(), cx.now)?;
        let Checked { storage_class, encryption, of_metadata, of_tags } =
            self.check_copy(&input)?;
        let acl = stored.acl_of_new(&self.settings, &origin.caller, input.asked_acl())?;
        let (stored, from) = self.copy_source(&input)?;
        let source = stored.copyable(&from)?;
        input.source_conditions().check_source(source, cx.now)?;
        source.encryption().check_read(input.source_customer_key())?;
        source.check_copyable()?;
        let checksum = input.checksum_of(source)?;
        let encryption_answer = encryption.answer_to(input.encryption());
        let (headers, metadata) = match of_metadata {
            Directive::Copy => (source.headers().clone(), source.metadata().clone()),
            Directive::Replace => (
                SystemMetadata {
                    content_type: input.content_type,
                    cache_control: input.cache_control,
                    content_disposition: input.content_disposition,
                    content_encoding: input.content_encoding,
                    content_language: input.content_language,
                    expires: input.expires,
                },
                user_metadata(input.metadata)?,
            ),
        };
        let tags = match (of_tags, input.tagging.as_deref()) {
            (Directive::Copy, _) => source.tags().to_vec(),
            (Directive::Replace, None) => Vec::new(),
            (Directive::Replace, Some(header)) => Tag::parse_header(header)?,
        };
        let content = source.content.clone();
        let copy_source_version_id = source.version.id().map(Into::into);
        let described = self.descriptions.share(headers, storage_class, encryption);
        let website_redirect_location = input.website_redirect_location;
        let extra = Extra { metadata, tags, website_redirect_location, lock, acl };
        let object = Object::new(content, cx.now, described, extra);
        let stored = self.open_mut(&input.bucket, None)?;
        conditional::check_write(
            "CopyObject",
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            stored.object(&input.key),
        )?;
        let output = CopyObjectOutput {
            copy_object_result: CopyObjectResult {
                etag: object.etag(),
                last_modified: object.last_modified.as_s(),
                checksum,
            },
            encryption: encryption_answer,
            version_id: None,
            copy_source_version_id,
        };
        // Before what it replaces is released: an object that is copied to itself keeps its body.
        cx.share(&object.content);
        let version_id = stored.insert(cx, origin, EventName::CreatedCopy, input.key, object);
        // Unlike a put, a copy names the `null` version, too.
        let version_id = version_id.or_else(|| stored.answered(&VersionId::Null));
        Ok(CopyObjectOutput { version_id, ..output })
    }
}

/// What a copy says of itself, checked.
pub(super) struct Checked {
    storage_class: StorageClass,
    encryption: Encryption,
    of_metadata: Directive,
    of_tags: Directive,
}

impl S3 {
    /// Refuses a copy for what it says of its target, before anybody looks at its source.
    pub(super) fn check_copy(&self, input: &CopyObjectInput) -> Result<Checked, ApiError> {
        let target = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        check_key(&input.key)?;
        target.check_acl(&self.settings, input.asked_acl())?;
        let encryption = input.encryption().resolve(&target.bucket)?;
        let storage_class = StorageClass::parse(input.storage_class.as_deref())?;
        let of_metadata = directive(
            input.metadata_directive.as_deref(),
            "Unknown metadata directive.",
            "x-amz-metadata-directive",
        )?;
        let of_tags = directive(
            input.tagging_directive.as_deref(),
            "Unknown tagging directive.",
            "x-amz-tagging-directive",
        )?;
        let from = CopySource::parse(&input.copy_source)?;
        let changes_nothing = of_metadata == Directive::Copy
            && input.storage_class.is_none()
            && input.website_redirect_location.is_none()
            && input.server_side_encryption.is_none()
            && input.sse_customer_algorithm.is_none()
            && input.source_customer_algorithm.is_none()
            && !target.bucket.documents.contains_key("Encryption")
            && input.checksum_algorithm.is_none();
        let is_itself = from.bucket == input.bucket && from.key == input.key;
        if changes_nothing && is_itself && from.version_id.is_none() {
            return Err(crate::error::INVALID_REQUEST.says(
                "This copy request is illegal because it is trying to copy an object to itself \
                 without changing the object's metadata, storage class, website redirect location \
                 or encryption attributes.",
            ));
        }
        Ok(Checked { storage_class, encryption, of_metadata, of_tags })
    }

    /// The bucket of what is copied, where it is there, and what is meant in it.
    pub(super) fn copy_source(
        &self,
        input: &CopyObjectInput,
    ) -> Result<(&Stored, CopySource), ApiError> {
        let from = CopySource::parse(&input.copy_source)?;
        let stored = self.open(&from.bucket, input.expected_source_bucket_owner.as_deref())?;
        Ok((stored, from))
    }
}

impl Stored {
    /// The source of a copy.
    fn copyable(&self, from: &CopySource) -> Result<&Object, ApiError> {
        let found = self.readable(By::Get, &from.key, from.version_id.as_deref());
        found.map_err(|refused| match refused.code() {
            "MethodNotAllowed" => crate::error::INVALID_REQUEST.says(
                "The source of a copy request may not specifically refer to a delete marker by \
                 version id.",
            ),
            _ => refused,
        })
    }
}

impl CopyObjectInput {
    fn source_conditions(&self) -> ReadConditions<'_> {
        ReadConditions {
            if_match: self.copy_source_if_match.as_deref(),
            if_none_match: self.copy_source_if_none_match.as_deref(),
            if_modified_since: self.copy_source_if_modified_since,
            if_unmodified_since: self.copy_source_if_unmodified_since,
        }
    }

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

    /// The key with which the source is read.
    fn source_customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.source_customer_algorithm.as_deref(),
            key: self.source_customer_key.as_deref(),
            key_md5: self.source_customer_key_md5.as_deref(),
        }
    }

    pub(super) fn lock(&self) -> AskedLock<'_> {
        AskedLock {
            mode: self.object_lock_mode.as_deref(),
            until_s: self.object_lock_retain_until_date,
            legal_hold: self.object_lock_legal_hold_status.as_deref(),
        }
    }

    /// The checksum of the copy: that of its source. Another one would have to be computed from the
    /// body.
    fn checksum_of(&self, source: &Object) -> Result<Option<Checksum>, ApiError> {
        let checksum = Checksum::of(&source.content);
        match &self.checksum_algorithm {
            Some(asked) if checksum.as_ref().map(Checksum::algorithm) != Some(asked.as_str()) => {
                Err(error::parameter_not_implemented("CopyObject", "ChecksumAlgorithm"))
            }
            _ => Ok(checksum),
        }
    }

    /// Whether the tags are those of the source.
    pub(super) fn copies_tags(&self) -> bool {
        self.tagging_directive.as_deref().is_none_or(|directive| directive == "COPY")
    }
}

fn directive(
    given: Option<&str>,
    unknown: &'static str,
    header: &'static str,
) -> Result<Directive, ApiError> {
    match given {
        None | Some("COPY") => Ok(Directive::Copy),
        Some("REPLACE") => Ok(Directive::Replace),
        Some(other) => Err(invalid_argument(unknown, header, other)),
    }
}

/// `/bucket/key?versionId=…`, percent-encoded, with or without the slash in front.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CopySource {
    bucket: String,
    pub(super) key: String,
    pub(super) version_id: Option<String>,
}

impl CopySource {
    fn parse(header: &str) -> Result<Self, ApiError> {
        let invalid =
            |message: &'static str| invalid_argument(message, "x-amz-copy-source", header);
        let (path, version_id) = match header.split_once("?versionId=") {
            Some((path, version_id)) => (path, Some(version_id)),
            None => (header, None),
        };
        let path = form_decode(path).ok_or_else(|| invalid("Invalid copy source encoding"))?;
        let (bucket, key) = path
            .strip_prefix('/')
            .unwrap_or(&path)
            .split_once('/')
            .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
            .ok_or_else(|| {
                invalid(
                    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                )
            })?;
        Ok(Self { bucket: bucket.into(), key: key.into(), version_id: version_id.map(Into::into) })
    }
}

/// Percent signs and pluses decoded, as S3 reads this header and that of tags; nothing where the
/// result is not text.
pub(super) fn form_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}
