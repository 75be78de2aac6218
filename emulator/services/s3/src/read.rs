//! `GetObject` and `HeadObject`.

use std::collections::BTreeMap;

use kernel::call::{Caller, Origin, Payload};
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::access::invalid_argument;
use super::conditional::ReadConditions;
use super::date::http_date;
use super::lock::LockOutput;
use super::method::By;
use super::range::Stretch;
use super::{Checksum, Object, S3, StorageClass, Stored, encoded_word};
use crate::Cx;
use crate::encryption::{CustomerKey, EncryptionAnswer};
use crate::restoration::Restoration;

/// Input of `GetObject` and `HeadObject`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetObjectInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    range: Option<String>,
    part_number: Option<i64>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<f64>,
    if_unmodified_since: Option<f64>,
    response_cache_control: Option<Box<str>>,
    response_content_disposition: Option<Box<str>>,
    response_content_encoding: Option<Box<str>>,
    response_content_language: Option<Box<str>>,
    response_content_type: Option<Box<str>>,
    response_expires: Option<f64>,
    pub(super) version_id: Option<String>,
    checksum_mode: Option<String>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    sse_customer_key_md5: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `GetObject` and `HeadObject`. The status is 206 where there is a `ContentRange`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetObjectOutput {
    #[serde(skip)]
    pub(crate) body: Payload,
    accept_ranges: &'static str,
    /// When a lifecycle deletes the object, and which of its rules. Said of a key without a version.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    /// Whether an archived object is being restored, or until when it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    restore: Option<String>,
    last_modified: u64,
    content_length: u64,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(flatten)]
    checksum: Option<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_disposition: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_language: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_range: Option<String>,
    content_type: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    website_redirect_location: Option<Box<str>>,
    #[serde(flatten)]
    encryption: EncryptionAnswer,
    metadata: BTreeMap<String, String>,
    /// Said of other classes than the standard one.
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<StorageClass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_count: Option<usize>,
    /// Said of an object that came in parts, to who asks for one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(flatten)]
    lock: LockOutput,
}

/// What an object is called that says nothing about its type.
const CONTENT_TYPE_DEFAULT: &str = "binary/octet-stream";

impl S3 {
    pub(super) fn get_object(
        &self,
        cx: &Cx<'_>,
        input: GetObjectInput,
    ) -> Result<GetObjectOutput, ApiError> {
        self.read_object(cx.now, input)
    }

    /// The same, asked at that moment.
    pub(super) fn read_object(
        &self,
        now: Timestamp,
        input: GetObjectInput,
    ) -> Result<GetObjectOutput, ApiError> {
        let (stored, object, stretch) = self.look_up(now, By::Get, &input)?;
        object.check_body_is_at_hand()?;
        let body = Payload::Stored(match stretch {
            None => object.content.all(),
            Some(stretch) => object.content.ranges(stretch.first, stretch.length_bytes()),
        });
        let expiration = self.expiration_said(&input, object);
        Ok(GetObjectOutput { body, expiration, ..describe(stored, object, stretch, input) })
    }

    pub(super) fn head_object(
        &self,
        cx: &Cx<'_>,
        input: GetObjectInput,
    ) -> Result<GetObjectOutput, ApiError> {
        let (stored, object, stretch) = self.look_up(cx.now, By::Head, &input)?;
        let expiration = self.expiration_said(&input, object);
        Ok(GetObjectOutput { expiration, ..describe(stored, object, stretch, input) })
    }

    /// When a lifecycle deletes the object: said where no version is named.
    fn expiration_said(&self, input: &GetObjectInput, object: &Object) -> Option<String> {
        let stored = self.buckets.get(input.bucket.as_str())?;
        let is_unnamed = input.version_id.is_none();
        is_unnamed.then(|| stored.expiration_of(&input.key, object)).flatten()
    }

    /// The object, where it may be read and the conditions hold, and which bytes of it are meant.
    fn look_up(
        &self,
        now: Timestamp,
        by: By,
        input: &GetObjectInput,
    ) -> Result<(&Stored, &Object, Option<Stretch>), ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.readable(by, &input.key, input.version_id.as_deref())?;
        object.encryption().check_read(input.customer_key())?;
        ReadConditions {
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        }
        .check_read(object, now)?;
        let content = &object.content;
        let size = content.size_bytes();
        let stretch = match (&input.range, input.part_number) {
            (Some(_), Some(_)) => {
                return Err(crate::error::INVALID_REQUEST
                    .says("Cannot specify both Range header and partNumber query parameter"));
            }
            (Some(header), None) => Stretch::parse(header, size)?,
            (None, Some(number @ 1..=10_000)) => match content.part(number.cast_unsigned()) {
                Some(part) => Stretch::of(part, size),
                None => {
                    return Err(crate::error::INVALID_PART_NUMBER
                        .with("ActualPartCount", content.blobs().len().to_string())
                        .with("PartNumberRequested", number.to_string()));
                }
            },
            (None, Some(number)) => {
                return Err(invalid_argument(
                    "Part number must be an integer between 1 and 10000, inclusive",
                    "partNumber",
                    number.to_string(),
                ));
            }
            (None, None) => None,
        };
        input.check_checksum_mode()?;
        Ok((stored, object, stretch))
    }
}

impl GetObjectInput {
    fn asks_for_checksum(&self) -> bool {
        self.checksum_mode.as_deref().is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
    }

    fn check_checksum_mode(&self) -> Result<(), ApiError> {
        match self.checksum_mode.is_none() || self.asks_for_checksum() {
            true => Ok(()),
            false => Err(crate::error::INVALID_REQUEST
                .says("Value for x-amz-checksum-mode header is invalid.")),
        }
    }

    /// Of an object, and nothing else.
    pub(super) fn of(bucket: &str, key: &str) -> Self {
        Self { bucket: bucket.into(), key: key.into(), ..Self::default() }
    }

    /// The range and the conditions of this, of another object.
    pub(super) fn of_key(&self, bucket: &str, key: &str) -> Self {
        Self {
            range: self.range.clone(),
            if_match: self.if_match.clone(),
            if_none_match: self.if_none_match.clone(),
            if_modified_since: self.if_modified_since,
            if_unmodified_since: self.if_unmodified_since,
            ..Self::of(bucket, key)
        }
    }

    fn customer_key(&self) -> CustomerKey<'_> {
        CustomerKey {
            algorithm: self.sse_customer_algorithm.as_deref(),
            key: self.sse_customer_key.as_deref(),
            key_md5: self.sse_customer_key_md5.as_deref(),
        }
    }

    /// Refuses what no header can say: S3 has its headers in ISO-8859-1. Who does not sign says none.
    pub(super) fn check_overrides(&self, origin: &Origin) -> Result<(), ApiError> {
        if origin.caller == Caller::Anonymous && self.overrides() {
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>, overriding headers
            return Err(crate::error::INVALID_REQUEST.says(
                "Request specific response headers cannot be used for anonymous GET requests.",
            ));
        }
        for (name, value) in [
            ("response-cache-control", &self.response_cache_control),
            ("response-content-disposition", &self.response_content_disposition),
            ("response-content-encoding", &self.response_content_encoding),
            ("response-content-language", &self.response_content_language),
            ("response-content-type", &self.response_content_type),
        ] {
            if let Some(value) = value.as_deref()
                && value.chars().any(|character| u8::try_from(character).is_err())
            {
                let message = "Header value cannot be represented using ISO-8859-1.";
                return Err(invalid_argument(message, name, value));
            }
        }
        Ok(())
    }

    /// Whether the caller wants a response header another way.
    fn overrides(&self) -> bool {
        self.response_cache_control.is_some()
            || self.response_content_disposition.is_some()
            || self.response_content_encoding.is_some()
            || self.response_content_language.is_some()
            || self.response_content_type.is_some()
            || self.response_expires.is_some()
    }
}

fn describe(
    stored: &Stored,
    object: &Object,
    stretch: Option<Stretch>,
    input: GetObjectInput,
) -> GetObjectOutput {
    let size = object.content.size_bytes();
    let headers = object.headers();
    let expires = input
        .response_expires
        .map(|seconds| http_date(seconds.max(0.0) as u64).into_boxed_str())
        .or_else(|| headers.expires.clone());
    let is_whole = stretch.is_none_or(|stretch| stretch.length_bytes() == size);
    let checksum = match (input.asks_for_checksum(), input.part_number) {
        (true, Some(number)) => Checksum::of_part(&object.content, number),
        // The checksum is the whole object's: a stretch goes without.
        (true, None) if is_whole => Checksum::of(&object.content),
        _ => None,
    };
    GetObjectOutput {
        body: Payload::None,
        accept_ranges: "bytes",
        expiration: None,
        restore: object.restoration().map(Restoration::header),
        last_modified: object.last_modified.as_s(),
        content_length: stretch.map_or(size, Stretch::length_bytes),
        etag: object.etag(),
        checksum,
        cache_control: input.response_cache_control.or_else(|| headers.cache_control.clone()),
        content_disposition: input
            .response_content_disposition
            .or_else(|| headers.content_disposition.clone()),
        content_encoding: input
            .response_content_encoding
            .or_else(|| headers.content_encoding.clone()),
        content_language: input
            .response_content_language
            .or_else(|| headers.content_language.clone()),
        content_range: stretch.map(Stretch::content_range),
        version_id: stored.answered(&object.version),
        content_type: input
            .response_content_type
            .or_else(|| headers.content_type.clone())
            .unwrap_or_else(|| CONTENT_TYPE_DEFAULT.into()),
        expires,
        website_redirect_location: object.website_redirect_location().map(Into::into),
        encryption: object.encryption().answer(),
        metadata: object
            .metadata()
            .iter()
            .map(|(name, value)| (name.clone(), encoded_word::encode(value)))
            .collect(),
        storage_class: Some(object.storage_class())
            .filter(|class| *class != StorageClass::Standard),
        tag_count: Some(object.tags().len()).filter(|count| *count > 0),
        lock: object.lock().output(),
        parts_count: input.part_number.and_then(|_| object.content.parts_count()),
    }
}
