//! `UploadPartCopy`: a part whose bytes are those of an object, or a stretch of them.
//!
//! A whole object that is one blob, and has the checksum that parts of this upload have, is the part: no
//! bytes are copied. Anything else is written anew, as it comes, by whoever drives the World
//! ([`kernel::service::Service::copying`]). The bytes must be read for their MD5 anyway; and a part with a
//! blob of its own frees all that it does not need with the object it came from.

use kernel::call::{Copying, Payload};
use kernel::content::Content;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{PartChecksum, Upload, part_number};
use crate::access::invalid_argument;
use crate::conditional::ReadConditions;
use crate::copy::{Copied, CopySource, Reading, Source, check_source_size, copied};
use crate::encryption::{CustomerKey, EncryptionAnswer};
use crate::{Cx, S3};

/// Input of `UploadPartCopy`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UploadPartCopyInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    part_number: i64,
    #[serde(skip)]
    pub(crate) body: Payload,
    pub(crate) copy_source: String,
    copy_source_range: Option<String>,
    copy_source_if_match: Option<String>,
    copy_source_if_none_match: Option<String>,
    copy_source_if_modified_since: Option<f64>,
    copy_source_if_unmodified_since: Option<f64>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
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
    pub(crate) expected_bucket_owner: Option<String>,
    pub(crate) expected_source_bucket_owner: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `UploadPartCopy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadPartCopyOutput {
    copy_part_result: CopyPartResult,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_source_version_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CopyPartResult {
    #[serde(rename = "ETag")]
    etag: String,
    last_modified: u64,
    #[serde(flatten)]
    checksum: Option<PartChecksum>,
}

impl S3 {
    pub(crate) fn upload_part_copy(
        &mut self,
        cx: &mut Cx<'_>,
        input: UploadPartCopyInput,
    ) -> Result<UploadPartCopyOutput, ApiError> {
        let upload = self.check_part_copy(&input)?;
        let number = part_number(input.part_number)?;
        let source = self.object_to_copy(input.reading(), cx.now)?;
        let content = match input.source_of(upload, &source.content)? {
            Source::Shared(content) => Copied::Shared(content),
            Source::Copied(copying) => Copied::New(copied(copying, input.body)?.into()),
        };
        let blob = &content.content().blobs()[0];
        let is_said = upload.asked_checksum().is_some();
        let output = UploadPartCopyOutput {
            copy_part_result: CopyPartResult {
                etag: format!("\"{}\"", upload.etag_of(blob)),
                last_modified: cx.now.as_s(),
                checksum: blob.checksum.clone().filter(|_| is_said).map(PartChecksum),
            },
            encryption: upload.object.encryption().answer(),
            copy_source_version_id: source.version.id().map(Into::into),
        };
        // Before what it replaces is released: a part may be copied to itself.
        content.refer(cx);
        let stored = self.open_mut(&input.bucket, None)?;
        let content = content.content().clone();
        stored.insert_part(cx, &input.key, &input.upload_id, number, content)?;
        Ok(output)
    }

    /// Refuses a copy for what it says of its target, before anybody looks at its source.
    pub(crate) fn check_part_copy(&self, input: &UploadPartCopyInput) -> Result<&Upload, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        part_number(input.part_number)?;
        CopySource::parse(&input.copy_source)?;
        let upload = stored.uploads.find(&input.key, &input.upload_id)?;
        upload.object.encryption().check_part(input.customer_key())?;
        Ok(upload)
    }

    /// The bytes that a copy needs as a body of its own.
    pub(crate) fn copying_of_part(
        &self,
        input: &UploadPartCopyInput,
        now: Timestamp,
    ) -> Result<Option<Copying>, ApiError> {
        let upload = self.check_part_copy(input)?;
        let source = self.object_to_copy(input.reading(), now)?;
        match input.source_of(upload, &source.content)? {
            Source::Shared(_) => Ok(None),
            Source::Copied(copying) => Ok(Some(copying)),
        }
    }
}

impl UploadPartCopyInput {
    fn customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.sse_customer_algorithm.as_deref(),
            key: self.sse_customer_key.as_deref(),
            key_md5: self.sse_customer_key_md5.as_deref(),
        }
    }

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
            customer_key: CustomerKey {
                algorithm: self.source_customer_algorithm.as_deref(),
                key: self.source_customer_key.as_deref(),
                key_md5: self.source_customer_key_md5.as_deref(),
            },
        }
    }

    /// What the part is to be.
    fn source_of(&self, upload: &Upload, source: &Content) -> Result<Source, ApiError> {
        let size_bytes = source.size_bytes();
        let (first, length_bytes) = match self.copy_source_range.as_deref() {
            None => (0, size_bytes),
            Some(range) => stretch(range, size_bytes)?,
        };
        check_source_size(length_bytes)?;
        let checksum = upload.algorithm();
        Ok(match source {
            Content::Whole(blob)
                if length_bytes == size_bytes
                    && blob.checksum.as_ref().is_some_and(|it| it.algorithm() == checksum) =>
            {
                Source::Shared(source.clone())
            }
            _ => Source::Copied(Copying { of: source.ranges(first, length_bytes), checksum }),
        })
    }
}

/// Where a range begins and how long it is. Unlike that of a read, it must be one, and lie in the source.
fn stretch(range: &str, size_bytes: u64) -> Result<(u64, u64), ApiError> {
    let header = "x-amz-copy-source-range";
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that does not fit is beyond the end of every object.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let ends = range.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let ends = ends.and_then(|(first, last)| Some((number(first)?, number(last)?)));
    let (first, last) = ends.filter(|(first, last)| first <= last).ok_or_else(|| {
        let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where \
                       first and last are the zero-based offsets of the first and last bytes to copy";
        invalid_argument(message, header, range)
    })?;
    if first >= size_bytes {
        return Err(crate::error::INVALID_REQUEST
            .says("The specified copy range is invalid for the source object size"));
    }
    if last >= size_bytes {
        let message =
            format!("Range specified is not valid for source object of size: {size_bytes}");
        return Err(invalid_argument(message, header, range));
    }
    Ok((first, last - first + 1))
}
