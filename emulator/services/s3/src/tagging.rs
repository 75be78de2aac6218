//! Tags of buckets and objects.

use std::collections::BTreeSet;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::copy::form_decode;
use super::event::EventName;
use super::method::By;
use super::{BucketInput, Empty, S3, Stored};
use crate::version::Version;
use crate::{Cx, limits};

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    /// 1 to 128 characters, once among the tags of a thing.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

/// Input of `PutBucketTagging`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketTaggingInput {
    pub(crate) bucket: String,
    tagging: Tagging,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// Input of `PutObjectTagging`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutObjectTaggingInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) tagging: Tagging,
    pub(super) version_id: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tagging {
    #[serde(default)]
    pub(super) tag_set: Vec<Tag>,
}

/// Input of `GetObjectTagging` and `DeleteObjectTagging`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ObjectTaggingInput {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(super) version_id: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "RequestPayer")]
    _request_payer: Option<IgnoredAny>,
}

/// Output of `GetBucketTagging`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagSetOutput {
    tag_set: Vec<Tag>,
}

/// Output of `GetObjectTagging`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ObjectTagSetOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    tag_set: Vec<Tag>,
}

/// The output of an operation that says only which version of an object it was about.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OfVersion {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_id: Option<String>,
}

/// What tags are of. AWS refuses tags of its own in other words for each.
#[derive(Debug, Clone, Copy)]
enum Tagged {
    NewBucket,
    Bucket,
    Object,
}

impl Tagged {
    /// How many there may be, and what is said of more.
    fn count_max(self) -> (usize, &'static str) {
        match self {
            Self::NewBucket | Self::Bucket => {
                (limits::BUCKET_TAGS_MAX, "Bucket tag count cannot be greater than 50")
            }
            Self::Object => (limits::OBJECT_TAGS_MAX, "Object tags cannot be greater than 10"),
        }
    }

    fn refuses_system_tag(self, key: &str) -> ApiError {
        let refuse = |message| crate::error::INVALID_TAG.says(message);
        match self {
            Self::NewBucket => refuse(
                "User-defined tag keys can't start with \"aws:\". This prefix is reserved for \
                 system tags. Remove \"aws:\" from your tag keys and try again.",
            ),
            Self::Bucket => {
                refuse("System tags cannot be added/updated by requester").with("TagKey", key)
            }
            Self::Object => refuse("Your TagKey cannot be prefixed with aws:").with("TagKey", key),
        }
    }
}

impl Tag {
    /// Refuses tags that no bucket is created with.
    pub(super) fn check_of_new_bucket(tags: &[Self]) -> Result<(), ApiError> {
        Self::check(tags, Tagged::NewBucket)
    }

    /// Refuses tags that S3 does not take.
    fn check(tags: &[Self], of: Tagged) -> Result<(), ApiError> {
        let (count_max, too_many) = of.count_max();
        if tags.len() > count_max {
            return Err(crate::error::BAD_REQUEST.says(too_many));
        }
        let mut keys = BTreeSet::new();
        for Self { key, value } in tags {
            if !keys.insert(key) {
                return Err(crate::error::INVALID_TAG
                    .says("Cannot provide multiple Tags with the same key")
                    .with("TagKey", key));
            }
            if key.starts_with("aws:") {
                return Err(of.refuses_system_tag(key));
            }
            if !(1..=limits::TAG_KEY_CHARS_MAX).contains(&key.chars().count()) || !is_text(key) {
                return Err(crate::error::INVALID_TAG.with("TagKey", key));
            }
            if value.chars().count() > limits::TAG_VALUE_CHARS_MAX || !is_text(value) {
                return Err(crate::error::INVALID_TAG
                    .says("The TagValue you have provided is invalid")
                    .with("TagKey", key)
                    .with("TagValue", value));
            }
        }
        Ok(())
    }

    /// The tags of an `x-amz-tagging` header: `key=value&key2=value2`.
    pub(super) fn parse_header(header: &str) -> Result<Vec<Self>, ApiError> {
        const MESSAGE: &str = "The header 'x-amz-tagging' shall be encoded as UTF-8 then \
                               URLEncoded URL query parameters without tag name duplicates.";
        let invalid = || super::access::invalid_argument(MESSAGE, "x-amz-tagging", header);
        let mut tags = Vec::<Self>::new();
        for pair in header.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = form_decode(key).ok_or_else(invalid)?;
            let value = form_decode(value).ok_or_else(invalid)?;
            if key.is_empty() || tags.iter().any(|tag| tag.key == key) {
                return Err(invalid());
            }
            tags.push(Self { key, value });
        }
        Self::check(&tags, Tagged::Object)?;
        // The header has no order: it is a query.
        tags.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(tags)
    }
}

/// Letters, digits, spaces and `+ - = . _ : / @`, of any script.
fn is_text(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_alphanumeric() || character == ' ' || "+-=._:/@".contains(character)
    })
}

impl PutObjectTaggingInput {
    pub(super) fn check_tags(&self) -> Result<(), ApiError> {
        Tag::check(&self.tagging.tag_set, Tagged::Object)
    }
}

impl S3 {
    pub(super) fn put_bucket_tagging(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketTaggingInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        Tag::check(&input.tagging.tag_set, Tagged::Bucket)?;
        stored.bucket.tags = Some(input.tagging.tag_set).filter(|tags| !tags.is_empty());
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_bucket_tagging(&self, input: BucketInput) -> Result<TagSetOutput, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        match &stored.bucket.tags {
            Some(tags) => Ok(TagSetOutput { tag_set: tags.clone() }),
            None => Err(crate::error::NO_SUCH_TAG_SET.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn delete_bucket_tagging(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.tags = None;
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn put_object_tagging(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutObjectTaggingInput,
    ) -> Result<OfVersion, ApiError> {
        let PutObjectTaggingInput { bucket, key, tagging, version_id, .. } = input;
        let target = Target { bucket, key, version_id, owner: input.expected_bucket_owner };
        self.retag(cx, origin, &target, EventName::TaggingPut, tagging.tag_set)
    }

    pub(super) fn delete_object_tagging(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ObjectTaggingInput,
    ) -> Result<OfVersion, ApiError> {
        let target = Target::from(input);
        self.retag(cx, origin, &target, EventName::TaggingDelete, Vec::new())
    }

    pub(super) fn get_object_tagging(
        &self,
        input: ObjectTaggingInput,
    ) -> Result<ObjectTagSetOutput, ApiError> {
        let stored = self.open(&input.bucket, input.expected_bucket_owner.as_deref())?;
        let object = stored.readable(By::Get, &input.key, input.version_id.as_deref());
        let object = object.map_err(|refused| match refused.code() {
            "NoSuchKey" => stored.refuse_to_tell_tags(&input.bucket, &input.key),
            _ => refused,
        })?;
        let version_id = stored.answered(&object.version);
        Ok(ObjectTagSetOutput { version_id, tag_set: object.tags().to_vec() })
    }

    /// The object has these tags now. Neither its ETag nor its time changes.
    fn retag(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        target: &Target,
        event: EventName,
        tags: Vec<Tag>,
    ) -> Result<OfVersion, ApiError> {
        let by = if event == EventName::TaggingPut { By::Put } else { By::Delete };
        let version_id = target.version_id.as_deref();
        let stored = self.open_mut(&target.bucket, target.owner.as_deref())?;
        stored.readable(by, &target.key, version_id)?;
        stored.change(cx, &target.key, version_id, |object| object.set_tags(tags));
        let object = stored.object_of(&target.key, version_id);
        let version_id = object.and_then(|object| stored.answered(&object.version));
        stored.announce(cx, origin, event, &target.key, object);
        Ok(OfVersion { version_id })
    }
}

impl Stored {
    /// Of the tags of what is not there S3 speaks otherwise than of all else: a delete marker is one
    /// also where it is not named, and the key has the bucket before it.
    fn refuse_to_tell_tags(&self, bucket: &str, key: &str) -> ApiError {
        match self.objects.get(key).map(|versions| versions.newest()) {
            Some(Version::DeleteMarker(marker)) => marker.refuse(By::Get),
            _ => crate::error::NO_SUCH_KEY.with("Key", format!("{bucket}/{key}")),
        }
    }
}

struct Target {
    bucket: String,
    key: String,
    version_id: Option<String>,
    owner: Option<String>,
}

impl From<ObjectTaggingInput> for Target {
    fn from(input: ObjectTaggingInput) -> Self {
        Self {
            bucket: input.bucket,
            key: input.key,
            version_id: input.version_id,
            owner: input.expected_bucket_owner,
        }
    }
}
