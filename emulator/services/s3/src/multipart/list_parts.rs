//! `ListParts`: what was uploaded so far, by part numbers, a page at a time.

use std::ops::Bound;

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{InitiatorOutput, PartChecksum, page_size};
use crate::{Owner, S3, StorageClass, limits};

/// Input of `ListParts`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListPartsInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    max_parts: Option<i64>,
    part_number_marker: Option<i64>,
    /// A customer's key: parts are listed with any.
    #[serde(rename = "SSECustomerAlgorithm")]
    _sse_customer_algorithm: Option<IgnoredAny>,
    #[serde(rename = "SSECustomerKey")]
    _sse_customer_key: Option<IgnoredAny>,
    #[serde(rename = "SSECustomerKeyMD5")]
    _sse_customer_key_md5: Option<IgnoredAny>,
    pub(crate) expected_bucket_owner: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `ListParts`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPartsOutput {
    /// When a lifecycle gives up the upload, and which of its rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_date: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_rule_id: Option<String>,
    bucket: String,
    key: String,
    upload_id: String,
    part_number_marker: u16,
    /// The last that is listed, also where it is the last of all.
    next_part_number_marker: u16,
    max_parts: usize,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ListedPart>,
    initiator: InitiatorOutput,
    owner: Owner,
    storage_class: StorageClass,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_type: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedPart {
    part_number: u16,
    last_modified: u64,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
    #[serde(flatten)]
    checksum: Option<PartChecksum>,
}

impl S3 {
    pub(crate) fn list_parts(&self, input: ListPartsInput) -> Result<ListPartsOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let max_parts = page_size(input.max_parts, "max-parts", limits::LIST_PARTS_MAX)?;
        let marker = marker(input.part_number_marker, "part-number-marker")?;
        let upload = stored.uploads.find(&input.key, &input.upload_id)?;
        let mut found = upload.parts.range((Bound::Excluded(marker), Bound::Unbounded)).peekable();
        let mut parts = Vec::new();
        while let Some((number, part)) = found.next_if(|_| parts.len() < max_parts) {
            parts.push(ListedPart {
                part_number: *number,
                last_modified: part.last_modified.as_s(),
                etag: format!("\"{}\"", upload.etag_of(part.blob())),
                size: part.blob().size_bytes,
                checksum: upload.checksum_of(part),
            });
        }
        let asked = upload.asked_checksum();
        let (abort_date, abort_rule_id) = stored.abortion_of(&input.key, upload);
        Ok(ListPartsOutput {
            abort_date,
            abort_rule_id,
            part_number_marker: marker,
            next_part_number_marker: parts.last().map_or(0, |it| it.part_number),
            max_parts,
            is_truncated: max_parts > 0 && found.peek().is_some(),
            parts,
            initiator: self.initiator(&upload.initiator),
            owner: self.owner_of_upload(stored, upload),
            storage_class: upload.object.storage_class(),
            checksum_algorithm: asked.map(|(algorithm, _)| algorithm.name()),
            checksum_type: asked.map(|(_, of_type)| of_type.name()),
            bucket: input.bucket,
            key: input.key,
            upload_id: input.upload_id,
        })
    }
}

/// After which part a page begins: any number, and beyond the last there is none.
pub(crate) fn marker(asked: Option<i64>, name: &'static str) -> Result<u16, ApiError> {
    let number = page_size(Some(asked.unwrap_or_default()), name, usize::from(u16::MAX))?;
    Ok(u16::try_from(number).unwrap_or(u16::MAX))
}
