//! `ListMultipartUploads`: uploads by the bytes of their keys and, of one key, in the order in which
//! they began; a page at a time.

use std::ops::Bound;

use kernel::error::ApiError;
use kernel::names::BucketName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{InitiatorOutput, Upload, Uploads, number_in, page_size};
use crate::access::invalid_argument;
use crate::encoding::form_encode;
use crate::listing::{Bounds, CommonPrefix, check_encoding, past};
use crate::{Owner, S3, StorageClass, Stored, limits};

/// Input of `ListMultipartUploads`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListMultipartUploadsInput {
    pub(crate) bucket: String,
    pub(crate) prefix: Option<String>,
    pub(crate) delimiter: Option<String>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    pub(crate) max_uploads: Option<i64>,
    encoding_type: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
    /// Who pays does not matter here.
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

impl ListMultipartUploadsInput {
    pub(crate) fn check(&self) -> Result<usize, ApiError> {
        check_encoding(self.encoding_type.as_deref())?;
        page_size(self.max_uploads, "max-uploads", limits::LIST_UPLOADS_MAX)
    }

    fn encode(&self, text: &str) -> String {
        match self.encoding_type {
            None => text.into(),
            Some(_) => form_encode(text),
        }
    }
}

/// Output of `ListMultipartUploads`. With `EncodingType`, keys and what is made of keys are
/// percent-encoded.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMultipartUploadsOutput {
    bucket: BucketName,
    key_marker: String,
    upload_id_marker: String,
    /// The last upload that is listed, also where it is the last of all.
    next_key_marker: String,
    next_upload_id_marker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    max_uploads: usize,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uploads: Vec<ListedUpload>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    common_prefixes: Vec<CommonPrefix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_type: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedUpload {
    upload_id: Box<str>,
    key: String,
    initiated: u64,
    storage_class: StorageClass,
    owner: Owner,
    initiator: InitiatorOutput,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_type: Option<&'static str>,
}

impl S3 {
    pub(crate) fn list_multipart_uploads(
        &self,
        input: ListMultipartUploadsInput,
    ) -> Result<ListMultipartUploadsOutput, ApiError> {
        let max_uploads = input.check()?;
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let key_marker = input.key_marker.as_deref().unwrap_or_default();
        // Without a key, the name of an upload says nothing.
        let upload_id_marker = input
            .upload_id_marker
            .as_deref()
            .filter(|_| !key_marker.is_empty())
            .unwrap_or_default();
        let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let bounds = Bounds {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter,
            after: key_marker,
            max_keys: max_uploads,
        };
        let page = Page::collect(&stored.uploads, &bounds, upload_id_marker)?;
        let uploads = page.uploads.iter();
        let last = page.uploads.last();
        Ok(ListMultipartUploadsOutput {
            bucket: stored.bucket.name.clone(),
            key_marker: input.encode(key_marker),
            upload_id_marker: upload_id_marker.into(),
            next_key_marker: last.map(|(key, _)| input.encode(key)).unwrap_or_default(),
            next_upload_id_marker: last.map(|(_, it)| it.id.to_string()).unwrap_or_default(),
            prefix: input.prefix.as_deref().filter(|it| !it.is_empty()).map(|it| input.encode(it)),
            delimiter: delimiter.map(|it| input.encode(it)),
            max_uploads,
            is_truncated: page.is_truncated,
            uploads: uploads.map(|(key, it)| self.listed(stored, it, input.encode(key))).collect(),
            common_prefixes: page
                .common_prefixes
                .iter()
                .map(|prefix| CommonPrefix { prefix: input.encode(prefix) })
                .collect(),
            encoding_type: input.encoding_type,
        })
    }
}

impl S3 {
    fn listed(&self, stored: &Stored, upload: &Upload, key: String) -> ListedUpload {
        let asked = upload.asked_checksum();
        ListedUpload {
            upload_id: upload.id.clone(),
            key,
            initiated: upload.initiated.as_s(),
            storage_class: upload.object.storage_class(),
            owner: self.owner_of_upload(stored, upload),
            initiator: self.initiator(&upload.initiator),
            checksum_algorithm: asked.map(|(algorithm, _)| algorithm.name()),
            checksum_type: asked.map(|(_, of_type)| of_type.name()),
        }
    }
}

/// One page of a listing.
#[derive(Default)]
struct Page<'a> {
    uploads: Vec<(&'a str, &'a Upload)>,
    common_prefixes: Vec<&'a str>,
    is_truncated: bool,
}

impl<'a> Page<'a> {
    /// Costs one search in the tree per entry, however many keys a common prefix stands for.
    fn collect(
        uploads: &'a Uploads,
        bounds: &Bounds<'_>,
        upload_id_marker: &str,
    ) -> Result<Self, ApiError> {
        let mut page = Self::default();
        for (key, upload) in uploads.behind(bounds, upload_id_marker)? {
            if !page.add(key, upload, bounds.max_keys) {
                return Ok(page);
            }
        }
        let mut start = bounds.start();
        while let Some(from) = start.take() {
            let range = (from.as_ref().map(String::as_str), Bound::Unbounded);
            for (key, of_key) in uploads.0.range::<str, _>(range) {
                let Some(rest) = key.strip_prefix(bounds.prefix) else { return Ok(page) };
                if let Some((delimiter, at)) =
                    bounds.delimiter.and_then(|delimiter| Some((delimiter, rest.find(delimiter)?)))
                {
                    let prefix = &key[..bounds.prefix.len() + at + delimiter.len()];
                    if page.is_full(bounds.max_keys) {
                        return Ok(page);
                    }
                    page.common_prefixes.push(prefix);
                    start = past(prefix);
                    break;
                }
                for upload in of_key.values() {
                    if !page.add(key, upload, bounds.max_keys) {
                        return Ok(page);
                    }
                }
            }
        }
        Ok(page)
    }

    /// One upload more; says whether there was room.
    fn add(&mut self, key: &'a str, upload: &'a Upload, max: usize) -> bool {
        if self.is_full(max) {
            return false;
        }
        self.uploads.push((key, upload));
        true
    }

    /// Whether what comes next is for the next page. A page that was to have nothing is the last.
    fn is_full(&mut self, max: usize) -> bool {
        let is_full = self.uploads.len() + self.common_prefixes.len() >= max;
        self.is_truncated = is_full && max > 0;
        is_full
    }
}

impl Uploads {
    /// The uploads of the marked key that began after the marked one, where the page is to have them.
    /// The marked one may be gone by now.
    fn behind<'a>(
        &'a self,
        bounds: &Bounds<'_>,
        upload_id: &str,
    ) -> Result<impl Iterator<Item = (&'a str, &'a Upload)>, ApiError> {
        let mut found = None;
        if !upload_id.is_empty() {
            let key = bounds.after;
            let number = number_in(upload_id, key).ok_or_else(|| {
                invalid_argument("Invalid uploadId marker", "upload-id-marker", upload_id)
            })?;
            // One that lies in a common prefix is listed already.
            let is_single = key.strip_prefix(bounds.prefix).is_some_and(|rest| {
                bounds.delimiter.is_none_or(|delimiter| !rest.contains(delimiter))
            });
            found = self.0.get_key_value(key).filter(|_| is_single).map(|(key, of_key)| {
                let behind = of_key.range((Bound::Excluded(number), Bound::Unbounded));
                behind.map(move |(_, upload)| (&**key, upload))
            });
        }
        Ok(found.into_iter().flatten())
    }
}
