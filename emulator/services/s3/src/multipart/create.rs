//! `CreateMultipartUpload`: everything about an object but its body.

use std::collections::BTreeMap;

use kernel::call::{Caller, Origin};
use kernel::checksum::{ChecksumAlgorithm, ChecksumType};
use kernel::content::Content;
use kernel::error::{self, ApiError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Initiator, Since, Upload, record_of_upload, upload_id};
use crate::checksum::checksum_algorithm;
use crate::encryption::{AskedEncryption, CustomerKey, EncryptionAnswer};
use crate::grant::AskedAcl;
use crate::lock::AskedLock;
use crate::object::{check_key, check_redirect, user_metadata};
use crate::{Cx, Extra, Object, S3, StorageClass, SystemMetadata, Tag};

/// Input of `CreateMultipartUpload`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateMultipartUploadInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    #[serde(rename = "ACL")]
    pub(crate) acl: Option<String>,
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
    pub(crate) website_redirect_location: Option<Box<str>>,
    pub(crate) storage_class: Option<String>,
    pub(crate) server_side_encryption: Option<String>,
    #[serde(rename = "SSEKMSKeyId")]
    pub(crate) sse_kms_key_id: Option<String>,
    #[serde(rename = "SSEKMSEncryptionContext")]
    sse_kms_encryption_context: Option<String>,
    bucket_key_enabled: Option<bool>,
    #[serde(rename = "SSECustomerAlgorithm")]
    pub(crate) sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    pub(crate) tagging: Option<String>,
    object_lock_mode: Option<String>,
    object_lock_retain_until_date: Option<f64>,
    object_lock_legal_hold_status: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    checksum_algorithm: Option<String>,
    checksum_type: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `CreateMultipartUpload`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateMultipartUploadOutput {
    /// When a lifecycle gives up the upload, and which of its rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_date: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_rule_id: Option<String>,
    bucket: String,
    key: String,
    upload_id: Box<str>,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_type: Option<&'static str>,
}

impl S3 {
    pub(crate) fn create_multipart_upload(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateMultipartUploadInput,
    ) -> Result<CreateMultipartUploadOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        check_key(&input.key)?;
        stored.check_acl(&self.settings, input.asked_acl())?;
        let lock = stored.lock_of_new(input.lock(), cx.now)?;
        let acl = stored.acl_of_new(&self.settings, &origin.caller, input.asked_acl())?;
        let encryption = input.encryption().resolve(&stored.bucket)?;
        let encryption_answer = encryption.answer_to(input.encryption());
        let storage_class = StorageClass::parse(input.storage_class.as_deref())?;
        check_redirect(input.website_redirect_location.as_deref())?;
        let checksum =
            asked_checksum(input.checksum_algorithm.as_deref(), input.checksum_type.as_deref())?;
        let headers = SystemMetadata {
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            expires: input.expires,
        };
        let metadata = user_metadata(input.metadata)?;
        let tags = input.tagging.as_deref().map(Tag::parse_header).transpose()?.unwrap_or_default();
        let described = self.descriptions.share(headers, storage_class, encryption);
        let website_redirect_location = input.website_redirect_location;
        let given = Extra::default();
        let extra = Extra { metadata, tags, website_redirect_location, lock, acl, ..given };
        let number = cx.numbers.next(cx.now);
        let upload = Upload {
            number,
            id: upload_id(cx, &input.key, number),
            initiated: cx.now,
            since: Since::default(),
            initiator: Initiator::of(origin),
            object: Object::new(Content::of_parts([], checksum), cx.now, described, extra),
            parts: BTreeMap::new(),
        };
        let stored = self.open_mut(&input.bucket, None)?;
        cx.put(|| record_of_upload(&stored.bucket.name, &input.key, &upload));
        let (abort_date, abort_rule_id) = stored.abortion_of(&input.key, &upload);
        let output = CreateMultipartUploadOutput {
            abort_date,
            abort_rule_id,
            bucket: input.bucket,
            upload_id: upload.id.clone(),
            encryption: encryption_answer,
            checksum_algorithm: checksum.map(|(algorithm, _)| algorithm.name()),
            checksum_type: checksum.map(|(_, of_type)| of_type.name()),
            key: input.key.clone(),
        };
        stored.upload_began(cx, &input.key, upload.initiated);
        stored.uploads.insert(input.key.into(), upload);
        Ok(output)
    }
}

impl CreateMultipartUploadInput {
    pub(crate) fn asked_acl(&self) -> AskedAcl<'_> {
        AskedAcl {
            canned: self.acl.as_deref(),
            read: self.grant_read.as_deref(),
            write: None,
            read_acp: self.grant_read_acp.as_deref(),
            write_acp: self.grant_write_acp.as_deref(),
            full_control: self.grant_full_control.as_deref(),
        }
    }

    pub(crate) fn lock(&self) -> AskedLock<'_> {
        AskedLock {
            mode: self.object_lock_mode.as_deref(),
            until_s: self.object_lock_retain_until_date,
            legal_hold: self.object_lock_legal_hold_status.as_deref(),
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

    /// Whoever is unknown may put objects where a policy says so, but not in parts.
    pub(crate) fn check_caller(origin: &Origin) -> Result<(), ApiError> {
        match origin.caller {
            Caller::Anonymous => Err(error::ACCESS_DENIED
                .says("Anonymous users cannot initiate multipart uploads.  Please authenticate.")),
            Caller::Account { .. } | Caller::User { .. } | Caller::Role { .. } => Ok(()),
        }
    }
}

/// The checksum that the object is to have; nothing where none is asked for.
fn asked_checksum(
    algorithm: Option<&str>,
    of_type: Option<&str>,
) -> Result<Option<(ChecksumAlgorithm, ChecksumType)>, ApiError> {
    let of_type = match of_type {
        None => None,
        Some(name) => Some(checksum_type(name)?),
    };
    let Some(algorithm) = algorithm else {
        return match of_type {
            None => Ok(None),
            Some(_) => Err(crate::error::INVALID_REQUEST.says(
                "The x-amz-checksum-type header can only be used with the \
                 x-amz-checksum-algorithm header.",
            )),
        };
    };
    let algorithm = checksum_algorithm(algorithm)?;
    let usual = match algorithm.allows(ChecksumType::Composite) {
        true => ChecksumType::Composite,
        false => ChecksumType::FullObject,
    };
    let of_type = of_type.unwrap_or(usual);
    if !algorithm.allows(of_type) {
        return Err(crate::error::INVALID_REQUEST.says(format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            of_type.name(),
            algorithm.name().to_ascii_lowercase()
        )));
    }
    Ok(Some((algorithm, of_type)))
}

/// The type of that name.
pub(super) fn checksum_type(name: &str) -> Result<ChecksumType, ApiError> {
    [ChecksumType::Composite, ChecksumType::FullObject]
        .into_iter()
        .find(|of_type| of_type.name() == name)
        .ok_or_else(|| {
            let message = "Value for x-amz-checksum-type header is invalid.";
            crate::error::INVALID_REQUEST.says(message)
        })
}
