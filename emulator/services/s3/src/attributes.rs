//! `GetObjectAttributes`: what is known of an object without its metadata.

use kernel::checksum::ChecksumType;
use kernel::content::Blob;
use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::encryption::CustomerKey;
use super::method::By;
use super::multipart::{PartChecksum, marker, page_size};
use super::{Checksum, Object, S3, StorageClass};
use crate::limits;

/// Input of `GetObjectAttributes`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetObjectAttributesInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    object_attributes: Vec<String>,
    max_parts: Option<i64>,
    part_number_marker: Option<i64>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `GetObjectAttributes`: what was asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetObjectAttributesOutput {
    last_modified: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    /// Without quotes.
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_parts: Option<ObjectParts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<StorageClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectParts {
    total_parts_count: usize,
    #[serde(flatten)]
    page: Option<PageOfParts>,
}

/// Parts are listed where each has a checksum of its own that the object's is made of.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PageOfParts {
    part_number_marker: usize,
    next_part_number_marker: usize,
    max_parts: usize,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ObjectPart>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectPart {
    part_number: usize,
    size: u64,
    #[serde(flatten)]
    checksum: Option<PartChecksum>,
}

/// What can be asked for.
const NAMES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

/// A comma at the end means nothing, and commas alone ask for nothing.
fn check_names(asked: &[String]) -> Result<(), ApiError> {
    let named = asked.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    let named = if asked.len() == 1 { asked } else { &asked[..named] };
    if named.is_empty() {
        return Err(crate::error::INVALID_REQUEST.says(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either \
             missing or empty",
        ));
    }
    match named.iter().find(|name| !NAMES.contains(&name.as_str())) {
        Some(name) => {
            let message = "Invalid attribute name specified.";
            Err(invalid_argument(message, "x-amz-object-attributes", name))
        }
        None => Ok(()),
    }
}

impl S3 {
    pub(super) fn get_object_attributes(
        &self,
        input: GetObjectAttributesInput,
    ) -> Result<GetObjectAttributesOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        check_names(&input.object_attributes)?;
        let max_parts = page_size(input.max_parts, "max-parts", limits::LIST_PARTS_MAX)?;
        let after = marker(input.part_number_marker, "part-number-marker")?;
        let object = stored.readable(By::Get, &input.key, input.version_id.as_deref())?;
        object.encryption().check_read(input.customer_key())?;
        let is_asked = |name: &&str| input.object_attributes.iter().any(|asked| asked == name);
        let [etag, checksum, parts, storage_class, size] = NAMES.each_ref().map(is_asked);
        Ok(GetObjectAttributesOutput {
            last_modified: object.last_modified.as_s(),
            version_id: stored.answered(&object.version),
            etag: etag.then(|| object.bare_etag()),
            checksum: checksum
                .then(|| Checksum::of(&object.content)?.without_count().into())
                .flatten(),
            object_parts: parts.then(|| parts_of(object, usize::from(after), max_parts)).flatten(),
            storage_class: storage_class.then(|| object.storage_class()),
            object_size: size.then(|| object.content.size_bytes()),
        })
    }
}

impl GetObjectAttributesInput {
    fn customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.sse_customer_algorithm.as_deref(),
            key: self.sse_customer_key.as_deref(),
            key_md5: self.sse_customer_key_md5.as_deref(),
        }
    }
}

/// The parts of an object, where it came in parts.
fn parts_of(object: &Object, after: usize, max_parts: usize) -> Option<ObjectParts> {
    let total_parts_count = object.content.parts_count()?;
    let of_type = object.content.checksum().map(|checksum| checksum.of_type);
    if of_type != Some(ChecksumType::Composite) {
        return Some(ObjectParts { total_parts_count, page: None });
    }
    let part = |(at, blob): (usize, &Blob)| ObjectPart {
        part_number: at + 1,
        size: blob.size_bytes,
        checksum: blob.checksum.clone().map(PartChecksum),
    };
    let blobs = object.content.blobs().iter().enumerate();
    let parts: Vec<_> = blobs.skip(after).take(max_parts).map(part).collect();
    let last = parts.last().map_or(0, |part| part.part_number);
    let page = PageOfParts {
        part_number_marker: after,
        next_part_number_marker: last,
        max_parts,
        is_truncated: last > 0 && last < total_parts_count,
        parts,
    };
    Some(ObjectParts { total_parts_count, page: Some(page) })
}
