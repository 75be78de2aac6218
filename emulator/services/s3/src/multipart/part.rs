//! `UploadPart`: the bytes of a part.

use kernel::call::Payload;
use kernel::checksum::{Checksum, ChecksumAlgorithm, ChecksumType};
use kernel::content::{Blob, Content};
use kernel::error::{self, ApiError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Part, PartChecksum, Upload, part_number, record_of_part};
use crate::encryption::{CustomerKey, EncryptionAnswer};
use crate::{Cx, S3, Stored, limits};

/// Input of `UploadPart`. The checksums and lengths that clients send were compared with the body while
/// it was stored: what holds is in its blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UploadPartInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    part_number: i64,
    #[serde(skip)]
    pub(crate) body: Payload,
    pub(crate) expected_bucket_owner: Option<String>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    checksum_algorithm: Option<String>,
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
    #[serde(rename = "ContentLength")]
    _content_length: Option<IgnoredAny>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `UploadPart`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadPartOutput {
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(flatten)]
    checksum: Option<PartChecksum>,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
}

impl S3 {
    pub(crate) fn upload_part(
        &mut self,
        cx: &mut Cx<'_>,
        input: UploadPartInput,
    ) -> Result<UploadPartOutput, ApiError> {
        self.check_part(&input)?;
        let number = part_number(input.part_number)?;
        let stored = self.open_mut(&input.bucket, None)?;
        let upload = stored.uploads.find(&input.key, &input.upload_id)?;
        let Payload::Part { blob, sent } = input.body else {
            // Whoever drives the World stores every body first, also an empty one.
            return Err((&error::INTERNAL_ERROR).into());
        };
        upload.check_sent(sent.as_ref().map(Checksum::algorithm))?;
        check_part_size(blob.size_bytes)?;
        let output = UploadPartOutput {
            etag: format!("\"{}\"", upload.etag_of(&blob)),
            checksum: sent.or_else(|| blob.checksum.clone()).map(PartChecksum),
            encryption: upload.object.encryption().answer(),
        };
        let content = blob.into();
        cx.adopt(&content);
        stored.insert_part(cx, &input.key, &input.upload_id, number, content)?;
        Ok(output)
    }

    /// Refuses a part for what its head says, before its body is there. Says which checksum of it is
    /// kept: the one that the object's is made of, whichever the client sends along.
    pub(crate) fn check_part(
        &self,
        input: &UploadPartInput,
    ) -> Result<ChecksumAlgorithm, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        part_number(input.part_number)?;
        let upload = stored.uploads.find(&input.key, &input.upload_id)?;
        upload.object.encryption().check_part(input.customer_key())?;
        if let Some(declared) = input.declared_algorithm() {
            upload.check_sent(Some(declared))?;
        }
        Ok(upload.algorithm())
    }
}

impl UploadPartInput {
    fn customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.sse_customer_algorithm.as_deref(),
            key: self.sse_customer_key.as_deref(),
            key_md5: self.sse_customer_key_md5.as_deref(),
        }
    }

    /// The checksum that comes along, as far as the head says.
    fn declared_algorithm(&self) -> Option<ChecksumAlgorithm> {
        let headers = [
            &self.checksum_crc32,
            &self.checksum_crc32c,
            &self.checksum_crc64nvme,
            &self.checksum_md5,
            &self.checksum_sha1,
            &self.checksum_sha256,
            &self.checksum_sha512,
            &self.checksum_xxhash128,
            &self.checksum_xxhash3,
            &self.checksum_xxhash64,
        ];
        let sent = ChecksumAlgorithm::ALL.into_iter().zip(headers).find(|(_, it)| it.is_some());
        let named = || ChecksumAlgorithm::parse(self.checksum_algorithm.as_deref()?);
        sent.map(|(algorithm, _)| algorithm).or_else(named)
    }
}

impl Upload {
    /// The ETag of a part, without quotes.
    pub(super) fn etag_of(&self, blob: &Blob) -> String {
        self.object.encryption().etag_of_part(blob)
    }

    /// Where a checksum was asked for, parts come with that one or, where the object's can be computed
    /// from what was stored alone, with none.
    fn check_sent(&self, sent: Option<ChecksumAlgorithm>) -> Result<(), ApiError> {
        let Some((algorithm, of_type)) = self.asked_checksum() else { return Ok(()) };
        if sent == Some(algorithm) || sent.is_none() && of_type == ChecksumType::FullObject {
            return Ok(());
        }
        let name = |algorithm: ChecksumAlgorithm| algorithm.name().to_ascii_lowercase();
        Err(crate::error::INVALID_REQUEST.says(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(algorithm),
            sent.map_or_else(|| "null".into(), name)
        )))
    }
}

impl Stored {
    /// The part is there now, instead of what had its number. Its body is referred to already.
    pub(super) fn insert_part(
        &mut self,
        cx: &mut Cx<'_>,
        key: &str,
        upload_id: &str,
        number: u16,
        content: Content,
    ) -> Result<(), ApiError> {
        let upload = self.uploads.find_mut(key, upload_id)?;
        let part = Part { content, last_modified: cx.now.truncated_to_s() };
        cx.put(|| record_of_part(&self.bucket.name, key, upload.number, number, &part));
        if let Some(replaced) = upload.parts.insert(number, part) {
            cx.release(&replaced.content);
        }
        Ok(())
    }
}

pub(super) fn check_part_size(size_bytes: u64) -> Result<(), ApiError> {
    if size_bytes > limits::PART_SIZE_BYTES_MAX {
        return Err(crate::error::ENTITY_TOO_LARGE
            .with("ProposedSize", size_bytes.to_string())
            .with("MaxSizeAllowed", limits::PART_SIZE_BYTES_MAX.to_string()));
    }
    Ok(())
}
