//! What is stored of buckets and objects, as of format 5. These types are **frozen**: a field more or
//! less is a new format (`emulator/src/store/formats`). What S3 works with is made of them and they of
//! it; nobody else uses them.
//!
//! A version of an object has a record of its own, named by bucket, key and, unless it is the `null`
//! version, its place: so records come in the order of buckets and keys, and those of a key together,
//! the newest first. A bucket's name has no `/`; a key may have anything, and what follows it has a
//! fixed length in a kind of its own.

use std::collections::BTreeMap;

use kernel::arn::Arn;
use kernel::checksum::{Checksum, ChecksumAlgorithm, ChecksumType};
use kernel::content::BlobId;
use kernel::names::{AccountId, BucketName, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::grant::{AclPermission, Group, ObjectAcl};
use crate::restoration::Stage;
use crate::version::{DeleteMarker, Place, Version, VersionId};
use crate::{
    Descriptions, Extra, Kind, LegalHold, LockMode, ObjectOwnership, Period, Record, StorageClass,
    Tag, Versioning,
};

mod access_log;
mod conversion;
mod upload;

pub use access_log::AccessLogEntry;
pub(crate) use access_log::key_of_log_entry;
pub use upload::{Part, Upload};
pub(crate) use upload::{key_of_part, key_of_upload, record_of_part, record_of_upload};

/// A bucket with its configuration. In its parts, names are AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    name: BucketName,
    region: Region,
    owner: AccountId,
    created: Timestamp,
    policy: Option<Box<str>>,
    cors: Option<Vec<CorsRule>>,
    public_access_block: Option<PublicAccessBlock>,
    ownership: Option<ObjectOwnership>,
    /// Nothing where its owner has full control and nobody else anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acl: Option<Vec<Grant>>,
    tags: Option<Vec<StoredTag>>,
    #[serde(default, skip_serializing_if = "Versioning::is_unversioned")]
    versioning: Versioning,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    says_mfa_delete: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    says_eu: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object_lock: Option<BucketLock>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_plain: bool,
    notification: Vec<NotificationRule>,
    /// Other configurations by name, each in AWS's JSON shape: `Website`, `Inventory/ID`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    documents: BTreeMap<Box<str>, Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CorsRule {
    #[serde(rename = "ID", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed_headers: Vec<String>,
    #[serde(default)]
    allowed_methods: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expose_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age_seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PublicAccessBlock {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketLock {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<(LockMode, Period)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ObjectLock {
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<(LockMode, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_hold: Option<LegalHold>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StoredTag {
    key: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotificationRule {
    id: String,
    destination: Arn,
    events: Vec<Box<str>>,
    filter: Option<NotificationFilter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NotificationFilter {
    key: KeyFilter,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyFilter {
    filter_rules: Vec<FilterRule>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterRule {
    name: String,
    value: String,
}

/// The `null` version of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    bucket: BucketName,
    key: Box<str>,
    /// Its place among the versions of its key, where it has one: it was put while versioning was
    /// suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    last_modified: Timestamp,
    state: State,
}

/// A version with a name of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectVersion {
    bucket: BucketName,
    key: Box<str>,
    /// Its place among the versions of its key: a newer one has a greater number.
    number: u64,
    id: Box<str>,
    last_modified: Timestamp,
    state: State,
}

/// What a version is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "almost every version is an object")]
enum State {
    Object(Description),
    DeleteMarker,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    body: Body,
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    headers: Headers,
    #[serde(default, skip_serializing_if = "StorageClass::is_standard")]
    storage_class: StorageClass,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<StoredTag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    website_redirect_location: Option<Box<str>>,
    /// Nothing where the keys are those of S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<Encryption>,
    #[serde(default, skip_serializing_if = "ObjectLock::is_empty")]
    lock: ObjectLock,
    /// Nothing where it is the bucket's owner's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Writer>,
    /// Nothing where its owner has full control and nobody else anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acl: Option<Vec<Grant>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upload_id: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restoration: Option<Restoration>,
}

/// That it is being restored, or was, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Restoration(Stage, Timestamp);

/// Whose an object is, where it is not the bucket owner's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Writer {
    Account(AccountId),
    Anonymous,
    LogService,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Grant(AclPermission, Grantee);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Grantee {
    CanonicalUser(Box<str>),
    Group(Group),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Encryption {
    Kms {
        arn: Box<str>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dual_layer: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        bucket_key: bool,
    },
    /// None at all.
    Plain,
    /// The MD5 of a customer's key, in Base64.
    Customer(Box<str>),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_disposition: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_language: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Box<str>>,
}

/// A body that came at once, or the parts of a completed upload and the checksum that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Body {
    Whole(Blob),
    Parts {
        parts: Vec<Blob>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    id: BlobId,
    size_bytes: u64,
    #[serde(with = "hexadecimal")]
    md5: [u8; 16],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Sha256>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<Checksum>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sha256(#[serde(with = "hexadecimal")] [u8; 32]);

/// Digests as hexadecimal digits.
mod hexadecimal {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const SIZE: usize>(
        deserializer: D,
    ) -> Result<[u8; SIZE], D::Error> {
        let digits = Cow::<'_, str>::deserialize(deserializer)?;
        let mut bytes = [0; SIZE];
        hex::decode_to_slice(&*digits, &mut bytes).map_err(de::Error::custom)?;
        Ok(bytes)
    }
}

impl ObjectLock {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Headers {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Bucket {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_bucket(&self.name)
    }
}

impl Object {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_version(&self.bucket, &self.key, None)
    }
}

impl ObjectVersion {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of_version(&self.bucket, &self.key, Some(self.number))
    }
}

/// Where the record of a bucket is kept.
pub(crate) fn key_of_bucket(name: &BucketName) -> Key {
    Key::named(Kind::Bucket, name.to_string())
}

/// Where the record of a version is kept.
pub(crate) fn key_of(bucket: &BucketName, key: &str, version: &VersionId) -> Key {
    key_of_version(bucket, key, version.id().map(|_| version.number()))
}

fn key_of_version(bucket: &BucketName, key: &str, number: Option<u64>) -> Key {
    match number {
        None => Key::named(Kind::Object, format!("{bucket}/{key}")),
        // The greatest number first.
        Some(number) => Key::named(Kind::ObjectVersion, format!("{bucket}/{key}/{:016x}", !number)),
    }
}

/// The record of a version.
pub(crate) fn record_of(bucket: &BucketName, key: &str, version: &Version) -> Record {
    let (last_modified, state) = match version {
        Version::Object(object) => (object.last_modified, State::Object(object.into())),
        Version::DeleteMarker(marker) => (marker.last_modified, State::DeleteMarker),
    };
    let (bucket, key, number) = (bucket.clone(), key.into(), version.id().number());
    match version.id().id() {
        None => Record::Object(Box::new(Object {
            bucket,
            key,
            number: Some(number).filter(|number| *number > 0),
            last_modified,
            state,
        })),
        Some(id) => {
            let id = id.into();
            let version = ObjectVersion { bucket, key, number, id, last_modified, state };
            Record::ObjectVersion(Box::new(version))
        }
    }
}

/// A version that comes back, with its bucket and key.
pub(crate) struct Restored {
    pub(crate) bucket: BucketName,
    pub(crate) key: Box<str>,
    pub(crate) version: Version,
}

impl Object {
    pub(crate) fn restored(self, descriptions: &mut Descriptions) -> Restored {
        let place = self.number.map(|number| Box::new(Place { number, id: None }));
        let version = place.map_or(VersionId::Null, VersionId::Among);
        let version = self.state.restored(version, self.last_modified, descriptions);
        Restored { bucket: self.bucket, key: self.key, version }
    }
}

impl ObjectVersion {
    pub(crate) fn restored(self, descriptions: &mut Descriptions) -> Restored {
        let place = Place { number: self.number, id: Some(self.id) };
        let version = VersionId::Among(Box::new(place));
        let version = self.state.restored(version, self.last_modified, descriptions);
        Restored { bucket: self.bucket, key: self.key, version }
    }
}

impl State {
    fn restored(
        self,
        version: VersionId,
        last_modified: Timestamp,
        descriptions: &mut Descriptions,
    ) -> Version {
        match self {
            Self::Object(description) => {
                Version::Object(description.restored(version, last_modified, descriptions))
            }
            Self::DeleteMarker => Version::DeleteMarker(DeleteMarker { version, last_modified }),
        }
    }
}

impl Description {
    fn restored(
        self,
        version: VersionId,
        last_modified: Timestamp,
        descriptions: &mut Descriptions,
    ) -> crate::Object {
        let Self { body, headers, storage_class, metadata, tags, lock, upload_id, .. } = self;
        let restoration = self.restoration.map(|Restoration(stage, until)| {
            Box::new(crate::restoration::Restoration::restored(stage, until))
        });
        let acl = ObjectAcl {
            owner: self.owner.map(Into::into),
            grants: self.acl.map(|grants| grants.into_iter().map(Into::into).collect()),
        };
        let tags = tags.into_iter().map(Tag::from).collect();
        let (website_redirect_location, lock) = (self.website_redirect_location, lock.into());
        let encryption = self.encryption.into();
        let extra =
            Extra { metadata, tags, website_redirect_location, lock, acl, upload_id, restoration };
        crate::Object {
            content: body.into(),
            last_modified,
            version,
            described: descriptions.share(headers.into(), storage_class, encryption),
            extra: extra.boxed(),
        }
    }
}
