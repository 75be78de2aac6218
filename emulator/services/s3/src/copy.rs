//! `CopyObject`: a second object of the same body, or the same object with other metadata.
//!
//! No bytes are copied where the copy has the same body. An object that came in parts is written anew in
//! one piece, as on AWS: its ETag is the MD5 of its bytes then, and its checksum that of all of them. So
//! is one of which another checksum is asked for. A service cannot read bytes: whoever drives the World
//! does it before ([`kernel::service::Service::copying`]).

use std::collections::BTreeMap;

use kernel::call::{Copying, Origin, Payload};
use kernel::checksum::ChecksumAlgorithm;
use kernel::content::{Blob, Content};
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::conditional::{self, ReadConditions};
use super::event::EventName;
use super::grant::AskedAcl;
use super::lock::AskedLock;
use super::method::By;
use super::object::{check_key, check_redirect, user_metadata};
use super::{Checksum, Extra, Object, S3, StorageClass, Stored, SystemMetadata, Tag};
use crate::checksum::checksum_algorithm;
use crate::encryption::{AskedEncryption, CustomerKey, Encryption, EncryptionAnswer};
use crate::version::VersionId;
use crate::{Cx, limits};

/// Input of `CopyObject`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CopyObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    #[serde(skip)]
    pub(crate) body: Payload,
    pub(crate) copy_source: String,
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
    pub(super) expected_source_bucket_owner: Option<String>,
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
        let source = self.object_to_copy(input.reading(), cx.now)?;
        let encryption_answer = encryption.answer_to(input.encryption());
        let content = match input.source_of(&source.content)? {
            Source::Shared(content) => Copied::Shared(content),
            Source::Copied(copying) => Copied::New(copied(copying, input.body)?.into()),
        };
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
        let copy_source_version_id = source.version.id().map(Into::into);
        let described = self.descriptions.share(headers, storage_class, encryption);
        let website_redirect_location = input.website_redirect_location;
        let given = Extra::default();
        let extra = Extra { metadata, tags, website_redirect_location, lock, acl, ..given };
        let object = Object::new(content.content().clone(), cx.now, described, extra);
        let stored = self.open_mut(&input.bucket, None)?;
        conditional::check_write(
            input.if_match.as_deref(),
            input.if_none_match.as_deref(),
            &input.key,
            stored.object(&input.key),
        )?;
        let output = CopyObjectOutput {
            copy_object_result: CopyObjectResult {
                etag: object.etag(),
                last_modified: object.last_modified.as_s(),
                checksum: Checksum::of(&object.content),
            },
            encryption: encryption_answer,
            version_id: None,
            copy_source_version_id,
        };
        // Before what it replaces is released: an object that is copied to itself keeps its body.
        content.refer(cx);
        let version_id = stored.insert(cx, origin, EventName::CreatedCopy, input.key, object);
        // Unlike a put, a copy names the `null` version, too.
        let version_id = version_id.or_else(|| stored.answered(&VersionId::Null));
        Ok(CopyObjectOutput { version_id, ..output })
    }
}

/// What the body of a copy is to be.
pub(super) enum Source {
    /// That of its source.
    Shared(Content),
    /// One of its own.
    Copied(Copying),
}

/// The body of a copy.
pub(super) enum Copied {
    /// Something refers to it already.
    Shared(Content),
    /// Nothing refers to it yet.
    New(Content),
}

impl Copied {
    pub(super) fn content(&self) -> &Content {
        let (Self::Shared(content) | Self::New(content)) = self;
        content
    }

    /// Something more refers to it.
    pub(super) fn refer(&self, cx: &mut Cx<'_>) {
        match self {
            Self::Shared(content) => cx.share(content),
            Self::New(content) => cx.adopt(content),
        }
    }
}

/// The body that was made as it was asked for. Where the source has been replaced since, its bytes are of
/// another one: the client is to try again.
pub(super) fn copied(copying: Copying, body: Payload) -> Result<Blob, ApiError> {
    match body {
        Payload::Copied { blob, of } if of == copying.of => Ok(blob),
        Payload::Copied { .. } => Err((&crate::error::SLOW_DOWN).into()),
        // Whoever drives the World copies first.
        _ => Err((&error::INTERNAL_ERROR).into()),
    }
}

/// Refuses a source that no copy takes in one piece.
pub(super) fn check_source_size(size_bytes: u64) -> Result<(), ApiError> {
    const MAX: u64 = limits::OBJECT_PUT_SIZE_BYTES_MAX;
    if size_bytes > MAX {
        return Err(crate::error::INVALID_REQUEST.says(format!(
            "The specified copy source is larger than the maximum allowable size for a copy \
             source: {MAX}"
        )));
    }
    Ok(())
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
        check_redirect(input.website_redirect_location.as_deref())?;
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
        let is_itself = from.bucket == input.bucket && from.key == input.key;
        let changes_encryption =
            || target.object(&input.key).is_some_and(|object| *object.encryption() != encryption);
        let changes_nothing = of_metadata == Directive::Copy
            && input.storage_class.is_none()
            && input.website_redirect_location.is_none()
            && input.server_side_encryption.is_none()
            && input.sse_customer_algorithm.is_none()
            && input.source_customer_algorithm.is_none()
            && !target.bucket.documents.contains_key("Encryption")
            && input.checksum_algorithm.is_none();
        let writes_the_same = changes_nothing && is_itself && from.version_id.is_none();
        if writes_the_same && !changes_encryption() {
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
        copy_source: &str,
        expected_owner: Option<&str>,
    ) -> Result<(&Stored, CopySource), ApiError> {
        let from = CopySource::parse(copy_source)?;
        let stored = self.open(&from.bucket, expected_owner)?;
        Ok((stored, from))
    }

    /// What is copied, where it can be read as the copy says.
    pub(super) fn object_to_copy(
        &self,
        reading: Reading<'_>,
        now: Timestamp,
    ) -> Result<&Object, ApiError> {
        let (stored, from) = self.copy_source(reading.copy_source, reading.expected_owner)?;
        let source = stored.copyable(&from)?;
        reading.conditions.check_source(source, now)?;
        source.encryption().check_read(reading.customer_key)?;
        source.check_copyable()?;
        Ok(source)
    }

    /// The bytes that a copy needs as a body of its own.
    pub(super) fn copying_of_object(
        &self,
        input: &CopyObjectInput,
        now: Timestamp,
    ) -> Result<Option<Copying>, ApiError> {
        self.check_copy(input)?;
        match input.source_of(&self.object_to_copy(input.reading(), now)?.content)? {
            Source::Shared(_) => Ok(None),
            Source::Copied(copying) => Ok(Some(copying)),
        }
    }
}

/// How the source of a copy is to be read.
pub(super) struct Reading<'a> {
    pub(super) copy_source: &'a str,
    pub(super) expected_owner: Option<&'a str>,
    pub(super) conditions: ReadConditions<'a>,
    /// With which it was written.
    pub(super) customer_key: CustomerKey<'a>,
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
    fn reading(&self) -> Reading<'_> {
        Reading {
            copy_source: &self.copy_source,
            expected_owner: self.expected_source_bucket_owner.as_deref(),
            conditions: ReadConditions {
                if_match: self.copy_source_if_match.as_deref(),
                if_none_match: self.copy_source_if_none_match.as_deref(),
                if_modified_since: self.copy_source_if_modified_since,
                if_unmodified_since: self.copy_source_if_unmodified_since,
            },
            customer_key: self.source_customer_key(),
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

    /// What the body of the copy is to be.
    fn source_of(&self, source: &Content) -> Result<Source, ApiError> {
        let asked = self.checksum_algorithm.as_deref().map(checksum_algorithm).transpose()?;
        check_source_size(source.size_bytes())?;
        let own = source.checksum().map(|own| own.algorithm);
        Ok(match (source, asked) {
            (Content::Whole(_), None) => Source::Shared(source.clone()),
            (Content::Whole(_), Some(_)) if asked == own => Source::Shared(source.clone()),
            _ => Source::Copied(Copying {
                of: source.all(),
                checksum: asked.or(own).unwrap_or(ChecksumAlgorithm::Crc64Nvme),
            }),
        })
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
    pub(super) fn parse(header: &str) -> Result<Self, ApiError> {
        let invalid =
            |message: &'static str| invalid_argument(message, "x-amz-copy-source", header);
        let (path, version_id) = match header.split_once("?versionId=") {
            Some((path, version_id)) => (path, Some(version_id)),
            None => (header, None),
        };
        let path = form_decode(path).ok_or_else(|| invalid("Invalid copy source encoding"))?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err(invalid("Invalid copy source bucket name"));
        }
        if key.is_empty() {
            return Err(invalid("Invalid copy source object key"));
        }
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
