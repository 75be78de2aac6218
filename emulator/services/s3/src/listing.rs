//! `ListObjects` and `ListObjectsV2`: keys in the order of their bytes, a page at a time.

use std::collections::BTreeMap;
use std::ops::Bound;

use kernel::call::{Caller, Origin};
use kernel::error::ApiError;
use kernel::names::BucketName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::encoding::{continuation_of, continuation_token, form_encode};
use super::{Checksum, Object, Owner, S3, Settings, StorageClass, Stored};
use crate::limits;
use crate::restoration::{Restoration, RestoreStatus};
use crate::version::Versions;

/// Input of `ListObjects`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListObjectsInput {
    pub(crate) bucket: String,
    pub(super) prefix: Option<String>,
    pub(super) delimiter: Option<String>,
    marker: Option<String>,
    pub(super) max_keys: Option<i64>,
    encoding_type: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    optional_object_attributes: Option<Vec<String>>,
}

impl ListObjectsInput {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        says_restores(self.optional_object_attributes.as_deref())?;
        Asked::check(self.max_keys, self.encoding_type.as_deref()).map(drop)
    }
}

/// Output of `ListObjects`. With `EncodingType`, keys and what is made of keys are percent-encoded.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListObjectsOutput {
    is_truncated: bool,
    marker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    #[serde(flatten)]
    page: PageOutput,
}

/// Input of `ListObjectsV2`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListObjectsV2Input {
    pub(crate) bucket: String,
    pub(super) prefix: Option<String>,
    pub(super) delimiter: Option<String>,
    start_after: Option<String>,
    continuation_token: Option<String>,
    pub(super) max_keys: Option<i64>,
    encoding_type: Option<String>,
    fetch_owner: Option<bool>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
    optional_object_attributes: Option<Vec<String>>,
}

impl ListObjectsV2Input {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        says_restores(self.optional_object_attributes.as_deref())?;
        Asked::check(self.max_keys, self.encoding_type.as_deref()).map(drop)
    }
}

/// Output of `ListObjectsV2`. With `EncodingType`, keys and what is made of keys are percent-encoded.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListObjectsV2Output {
    is_truncated: bool,
    key_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_continuation_token: Option<String>,
    #[serde(flatten)]
    page: PageOutput,
}

/// What both listings say.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PageOutput {
    name: BucketName,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    max_keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_type: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contents: Vec<ListedObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedObject {
    key: String,
    last_modified: u64,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksum_algorithm: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_type: Option<&'static str>,
    size: u64,
    storage_class: StorageClass,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_status: Option<RestoreStatus>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CommonPrefix {
    pub(super) prefix: String,
}

impl S3 {
    pub(super) fn list_objects(
        &self,
        origin: &Origin,
        input: ListObjectsInput,
    ) -> Result<ListObjectsOutput, ApiError> {
        let asked = Asked {
            says_restores: says_restores(input.optional_object_attributes.as_deref())?,
            ..Asked::of(input.prefix, input.delimiter, input.max_keys, input.encoding_type)?
        };
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        let marker = input.marker.unwrap_or_default();
        let page = Page::collect(&stored.objects, &asked.bounds(&marker));
        let encode = |text: String| asked.encode(text);
        // Who does not say who it is, is not told who others are.
        let owners = (origin.caller != Caller::Anonymous).then_some(&*self.settings);
        Ok(ListObjectsOutput {
            is_truncated: page.last.is_some(),
            // Said with a delimiter alone: without one, the last key says it.
            next_marker: page.last.clone().filter(|_| asked.delimiter.is_some()).map(encode),
            marker: asked.encode(marker),
            page: asked.describe(stored, page, owners),
        })
    }

    pub(super) fn list_objects_v2(
        &self,
        input: ListObjectsV2Input,
    ) -> Result<ListObjectsV2Output, ApiError> {
        let asked = Asked {
            says_restores: says_restores(input.optional_object_attributes.as_deref())?,
            ..Asked::of(input.prefix, input.delimiter, input.max_keys, input.encoding_type)?
        };
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        let token = input.continuation_token;
        let after = match (&token, &input.start_after) {
            (Some(token), _) => continuation_of(token)?,
            (None, start_after) => start_after.clone().unwrap_or_default(),
        };
        let page = Page::collect(&stored.objects, &asked.bounds(&after));
        let owners = (input.fetch_owner == Some(true)).then_some(&*self.settings);
        Ok(ListObjectsV2Output {
            is_truncated: page.last.is_some(),
            key_count: page.entries.len(),
            // A token already says where to start: AWS does not repeat the beginning then.
            start_after: input
                .start_after
                .filter(|_| token.is_none())
                .map(|start_after| asked.encode(start_after)),
            continuation_token: token,
            next_continuation_token: page.last.as_deref().map(continuation_token),
            page: asked.describe(stored, page, owners),
        })
    }
}

/// What a listing was asked for, checked.
pub(super) struct Asked {
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// As it was asked for; a page never has more than [`limits::LIST_OBJECTS_MAX_KEYS`].
    pub(super) max_keys: usize,
    pub(super) encoding_type: Option<String>,
    /// Whether the restores of archived objects are told of.
    pub(super) says_restores: bool,
}

impl Asked {
    pub(super) fn of(
        prefix: Option<String>,
        delimiter: Option<String>,
        max_keys: Option<i64>,
        encoding_type: Option<String>,
    ) -> Result<Self, ApiError> {
        let max_keys = Self::check(max_keys, encoding_type.as_deref())?;
        Ok(Self {
            prefix: prefix.unwrap_or_default(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()),
            max_keys,
            encoding_type,
            says_restores: false,
        })
    }

    /// How many keys are asked for, where that and their encoding can be.
    pub(super) fn check(
        max_keys: Option<i64>,
        encoding_type: Option<&str>,
    ) -> Result<usize, ApiError> {
        check_encoding(encoding_type)?;
        let max_keys = max_keys.unwrap_or(limits::LIST_OBJECTS_MAX_KEYS as i64);
        let checked = i32::try_from(max_keys).ok().and_then(|keys| usize::try_from(keys).ok());
        checked.ok_or_else(|| {
            invalid_argument(
                "Argument maxKeys must be an integer between 0 and 2147483647",
                "maxKeys",
                max_keys.to_string(),
            )
        })
    }

    pub(super) fn bounds<'a>(&'a self, after: &'a str) -> Bounds<'a> {
        Bounds {
            prefix: &self.prefix,
            delimiter: self.delimiter.as_deref(),
            after,
            max_keys: self.max_keys.min(limits::LIST_OBJECTS_MAX_KEYS),
        }
    }

    pub(super) fn encode(&self, text: String) -> String {
        match self.encoding_type {
            None => text,
            Some(_) => form_encode(&text),
        }
    }

    /// What is said of the restore of an object.
    pub(super) fn restore_status(&self, object: &Object) -> Option<RestoreStatus> {
        object.restoration().filter(|_| self.says_restores).map(Restoration::status)
    }

    /// Owners are said where it is known what they are called.
    fn describe(&self, stored: &Stored, page: Page<'_>, owners: Option<&Settings>) -> PageOutput {
        let owner = owners.map(|settings| settings.owner(&stored.bucket.owner)).unwrap_or_default();
        let mut contents = Vec::new();
        let mut common_prefixes = Vec::new();
        for entry in page.entries {
            match entry {
                Entry::Object(key, object) => {
                    let checksum = Checksum::of(&object.content);
                    contents.push(ListedObject {
                        key: self.encode(key.into()),
                        last_modified: object.last_modified.as_s(),
                        etag: object.etag(),
                        checksum_type: checksum.as_ref().map(Checksum::of_type),
                        checksum_algorithm: checksum
                            .iter()
                            .map(|checksum| checksum.algorithm().into())
                            .collect(),
                        size: object.content.size_bytes(),
                        storage_class: object.storage_class(),
                        owner: owners.map(|settings| match stored.writer_of(object) {
                            None => owner.clone(),
                            Some(_) => settings.owner_of(stored, object),
                        }),
                        restore_status: self.restore_status(object),
                    });
                }
                Entry::CommonPrefix(prefix) => {
                    common_prefixes.push(CommonPrefix { prefix: self.encode(prefix.into()) });
                }
            }
        }
        PageOutput {
            name: stored.bucket.name.clone(),
            prefix: self.encode(self.prefix.clone()),
            delimiter: self.delimiter.clone().map(|delimiter| self.encode(delimiter)),
            max_keys: self.max_keys,
            encoding_type: self.encoding_type.clone(),
            contents,
            common_prefixes,
        }
    }
}

/// Whether `x-amz-optional-object-attributes` asks for the one that there is.
pub(super) fn says_restores(asked: Option<&[String]>) -> Result<bool, ApiError> {
    let asked = asked.unwrap_or_default();
    match asked.iter().find(|name| *name != "RestoreStatus") {
        None => Ok(!asked.is_empty()),
        Some(other) => Err(invalid_argument(
            "Invalid attribute name specified.",
            "x-amz-optional-object-attributes",
            other,
        )),
    }
}

/// Keys are encoded in one way, or not.
pub(crate) fn check_encoding(encoding_type: Option<&str>) -> Result<(), ApiError> {
    match encoding_type {
        None => Ok(()),
        Some(url) if url.eq_ignore_ascii_case("url") => Ok(()),
        Some(other) => Err(invalid_argument(
            "Invalid Encoding Method specified in Request",
            "encoding-type",
            other,
        )),
    }
}

/// Which keys a page is to have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) prefix: &'a str,
    pub(super) delimiter: Option<&'a str>,
    /// A key or a common prefix, or anything else: what is listed is behind it.
    pub(super) after: &'a str,
    pub(super) max_keys: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Entry<'a> {
    Object(&'a str, &'a Object),
    /// Stands for all keys that begin so.
    CommonPrefix(&'a str),
}

/// One page of a listing.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// After what the next page begins; nothing where there is none.
    pub(super) last: Option<String>,
}

impl<'a> Page<'a> {
    /// Costs one search in the tree per entry, however many keys a common prefix stands for.
    pub(super) fn collect(
        objects: &'a BTreeMap<Box<str>, Box<Versions>>,
        bounds: &Bounds<'_>,
    ) -> Self {
        let mut page = Self { entries: Vec::new(), last: None };
        if bounds.max_keys == 0 {
            return page;
        }
        let mut last: Option<&'a str> = None;
        let mut start = bounds.start();
        while let Some(from) = start.take() {
            let range = (from.as_ref().map(String::as_str), Bound::Unbounded);
            for (key, versions) in objects.range::<str, _>(range) {
                let Some(rest) = key.strip_prefix(bounds.prefix) else { return page };
                // What was deleted is not listed.
                let Some(object) = versions.object() else { continue };
                if page.entries.len() == bounds.max_keys {
                    page.last = last.map(Into::into);
                    return page;
                }
                match bounds
                    .delimiter
                    .and_then(|delimiter| Some((delimiter, rest.find(delimiter)?)))
                {
                    None => {
                        page.entries.push(Entry::Object(key, object));
                        last = Some(key);
                    }
                    Some((delimiter, at)) => {
                        let prefix = &key[..bounds.prefix.len() + at + delimiter.len()];
                        page.entries.push(Entry::CommonPrefix(prefix));
                        last = Some(prefix);
                        start = past(prefix);
                        break;
                    }
                }
            }
        }
        page
    }
}

impl Bounds<'_> {
    /// Where to begin reading: at the prefix, or behind what was listed before. Nothing where there
    /// is nothing behind it.
    ///
    /// A common prefix is listed where it is itself behind `after`, so that one that `after` lies
    /// in counts as listed.
    pub(super) fn start(&self) -> Option<Bound<String>> {
        if self.after < self.prefix {
            return Some(Bound::Included(self.prefix.into()));
        }
        let common = self.delimiter.and_then(|delimiter| {
            let rest = self.after.strip_prefix(self.prefix)?;
            let end = rest.find(delimiter)? + delimiter.len();
            self.after.get(..self.prefix.len() + end)
        });
        match common {
            Some(common) => past(common),
            None => Some(Bound::Excluded(self.after.into())),
        }
    }
}

/// The first text behind everything that begins with `prefix`; nothing where there is none.
pub(super) fn past(prefix: &str) -> Option<Bound<String>> {
    let mut text = String::from(prefix);
    while let Some(last) = text.pop() {
        // The order of characters is the order of their bytes in UTF-8.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(Bound::Included(text));
        }
    }
    None
}
