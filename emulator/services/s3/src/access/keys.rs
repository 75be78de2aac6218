//! What a request of S3 says that permissions ask about, and the condition keys made of it:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys>.

use std::fmt;

use kernel::policy::Conditions;
use kernel::time::Timestamp;

use crate::grant::AskedAcl;
use crate::limits::LIST_OBJECTS_MAX_KEYS;
use crate::lock::AskedLock;
use crate::{
    CopyObjectInput, CreateBucketInput, Object, PutObjectInput, Request, Tag, UploadPartCopyInput,
};

/// A condition key of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// What listed keys begin with.
    Prefix,
    /// Up to where listed keys are told apart.
    Delimiter,
    /// How many keys are listed at once.
    MaxKeys,
    /// The ACL that is named.
    Acl,
    /// To whom everything is granted.
    GrantFullControl,
    /// To whom reading is granted.
    GrantRead,
    /// To whom writing is granted.
    GrantWrite,
    /// To whom reading the ACL is granted.
    GrantReadAcp,
    /// To whom changing the ACL is granted.
    GrantWriteAcp,
    /// The storage class that is named.
    StorageClass,
    /// The encryption that is named.
    Encryption,
    /// The key of KMS that is named.
    KmsKey,
    /// The algorithm that is named for a customer's key.
    CustomerAlgorithm,
    /// Where a page leads.
    Redirect,
    /// What is copied.
    CopySource,
    /// Whether its metadata are copied.
    MetadataDirective,
    /// The ETag that must be there.
    IfMatch,
    /// The ETag that must not be there.
    IfNoneMatch,
    /// The version that is named.
    VersionId,
    /// The mode of a retention.
    LockMode,
    /// Until when it lasts.
    LockUntil,
    /// How many days that is from now.
    LockRemainingDays,
    /// Whether an object is held.
    LegalHold,
    /// A tag that the object has.
    ExistingObjectTag,
    /// A tag that the object is to have.
    RequestObjectTag,
    /// The names of these.
    RequestObjectTagKeys,
    /// Who is to own the objects of a new bucket.
    ObjectOwnership,
    /// Where a new bucket is to be.
    LocationConstraint,
    /// The bucket from which S3 notifies.
    SourceArn,
    /// The account whose bucket it is.
    SourceAccount,
}

pub(super) const LISTING: &[Key] = &[Key::Prefix, Key::Delimiter, Key::MaxKeys];
pub(super) const PREFIX: &[Key] = &[Key::Prefix];
pub(super) const EXISTING_TAGS: &[Key] = &[Key::ExistingObjectTag];
pub(super) const VERSION: &[Key] = &[Key::VersionId];
pub(super) const VERSION_TAGS: &[Key] = &[Key::VersionId, Key::ExistingObjectTag];
pub(super) const VERSION_RETAGGING: &[Key] =
    &[Key::VersionId, Key::ExistingObjectTag, Key::RequestObjectTag, Key::RequestObjectTagKeys];
pub(super) const RETAINING: &[Key] =
    &[Key::LockMode, Key::LockUntil, Key::LockRemainingDays, Key::LegalHold];
pub(super) const NEW_TAGS: &[Key] = &[Key::RequestObjectTag, Key::RequestObjectTagKeys];
pub(super) const RETAGGING: &[Key] =
    &[Key::ExistingObjectTag, Key::RequestObjectTag, Key::RequestObjectTagKeys];
pub(super) const DELETION: &[Key] = &[Key::IfMatch];
pub(super) const COPY_SOURCE: &[Key] = &[Key::CopySource];
pub(super) const COMPLETION: &[Key] = &[Key::IfMatch, Key::IfNoneMatch];
pub(super) const WRITING: &[Key] = &[
    Key::Acl,
    Key::GrantFullControl,
    Key::GrantRead,
    Key::GrantWrite,
    Key::GrantReadAcp,
    Key::GrantWriteAcp,
    Key::StorageClass,
    Key::Encryption,
    Key::KmsKey,
    Key::CustomerAlgorithm,
    Key::Redirect,
    Key::CopySource,
    Key::MetadataDirective,
    Key::IfMatch,
    Key::IfNoneMatch,
    Key::RequestObjectTag,
    Key::RequestObjectTagKeys,
];
pub(super) const ACL: &[Key] = &[
    Key::Acl,
    Key::GrantFullControl,
    Key::GrantRead,
    Key::GrantWrite,
    Key::GrantReadAcp,
    Key::GrantWriteAcp,
];
pub(super) const OBJECT_ACL: &[Key] = &[
    Key::Acl,
    Key::GrantFullControl,
    Key::GrantRead,
    Key::GrantWrite,
    Key::GrantReadAcp,
    Key::GrantWriteAcp,
    Key::VersionId,
    Key::ExistingObjectTag,
];
pub(super) const CREATION: &[Key] = &[Key::Acl, Key::ObjectOwnership, Key::LocationConstraint];
pub(super) const SOURCE: &[Key] = &[Key::SourceArn, Key::SourceAccount];

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Prefix => "s3:prefix",
            Self::Delimiter => "s3:delimiter",
            Self::MaxKeys => "s3:max-keys",
            Self::Acl => "s3:x-amz-acl",
            Self::GrantFullControl => "s3:x-amz-grant-full-control",
            Self::GrantRead => "s3:x-amz-grant-read",
            Self::GrantWrite => "s3:x-amz-grant-write",
            Self::GrantReadAcp => "s3:x-amz-grant-read-acp",
            Self::GrantWriteAcp => "s3:x-amz-grant-write-acp",
            Self::StorageClass => "s3:x-amz-storage-class",
            Self::Encryption => "s3:x-amz-server-side-encryption",
            Self::KmsKey => "s3:x-amz-server-side-encryption-aws-kms-key-id",
            Self::CustomerAlgorithm => "s3:x-amz-server-side-encryption-customer-algorithm",
            Self::Redirect => "s3:x-amz-website-redirect-location",
            Self::CopySource => "s3:x-amz-copy-source",
            Self::MetadataDirective => "s3:x-amz-metadata-directive",
            Self::IfMatch => "s3:if-match",
            Self::IfNoneMatch => "s3:if-none-match",
            Self::VersionId => "s3:VersionId",
            Self::LockMode => "s3:object-lock-mode",
            Self::LockUntil => "s3:object-lock-retain-until-date",
            Self::LockRemainingDays => "s3:object-lock-remaining-retention-days",
            Self::LegalHold => "s3:object-lock-legal-hold",
            Self::ExistingObjectTag => "s3:ExistingObjectTag/<key>",
            Self::RequestObjectTag => "s3:RequestObjectTag/<key>",
            Self::RequestObjectTagKeys => "s3:RequestObjectTagKeys",
            Self::ObjectOwnership => "s3:x-amz-object-ownership",
            Self::LocationConstraint => "s3:LocationConstraint",
            Self::SourceArn => "aws:SourceArn",
            Self::SourceAccount => "aws:SourceAccount",
        }
    }

    /// Gives the key its value, where it has one.
    pub(super) fn insert(
        self,
        conditions: &mut Conditions,
        parameters: &Parameters<'_>,
        object: Option<&Object>,
    ) {
        let copy = parameters.copy;
        let value = match self {
            // Whether an object is there is learned as by a listing of its key.
            Self::Prefix => {
                parameters.prefix.or(parameters.key).filter(|prefix| !prefix.is_empty())
            }
            Self::Delimiter => parameters.delimiter.filter(|delimiter| !delimiter.is_empty()),
            Self::MaxKeys => {
                let most = LIST_OBJECTS_MAX_KEYS as i64;
                let max_keys = parameters.max_keys.unwrap_or(most).min(most);
                return conditions.insert(self.name(), max_keys.to_string());
            }
            Self::Acl => parameters.acl.canned,
            Self::GrantFullControl => parameters.acl.full_control,
            Self::GrantRead => parameters.acl.read,
            Self::GrantWrite => parameters.acl.write,
            Self::GrantReadAcp => parameters.acl.read_acp,
            Self::GrantWriteAcp => parameters.acl.write_acp,
            Self::StorageClass => parameters.storage_class,
            Self::Encryption => parameters.encryption,
            Self::KmsKey => parameters.kms_key,
            Self::CustomerAlgorithm => parameters.customer_algorithm,
            Self::Redirect => parameters.redirect,
            Self::CopySource => copy.map(|copy| copy.copy_source().trim_start_matches('/')),
            Self::MetadataDirective => copy.and_then(CopyInput::metadata_directive),
            Self::IfMatch => parameters.if_match,
            Self::IfNoneMatch => parameters.if_none_match,
            Self::VersionId => parameters.version_id,
            Self::LockMode => parameters.lock.mode,
            Self::LegalHold => parameters.lock.legal_hold,
            Self::LockUntil => {
                let until = parameters.lock.until();
                return until.into_iter().for_each(|it| {
                    conditions.insert(self.name(), it.iso8601_ms());
                });
            }
            Self::LockRemainingDays => {
                return parameters.remaining_days().into_iter().for_each(|days| {
                    conditions.insert(self.name(), days.to_string());
                });
            }
            Self::ObjectOwnership => parameters.object_ownership,
            Self::LocationConstraint => parameters.location,
            Self::ExistingObjectTag => {
                let tags = object.map_or(&[][..], Object::tags);
                return insert_tags(conditions, "s3:ExistingObjectTag/", tags);
            }
            Self::RequestObjectTag => {
                return insert_tags(conditions, "s3:RequestObjectTag/", &parameters.new_tags());
            }
            Self::RequestObjectTagKeys => {
                for tag in parameters.new_tags() {
                    conditions.insert(self.name(), &*tag.key);
                }
                return;
            }
            // Of S3 itself when it notifies: there is no request then.
            Self::SourceArn | Self::SourceAccount => None,
        };
        if let Some(value) = value {
            conditions.insert(self.name(), value);
        }
    }

    /// Whether the value stands in the body of a request.
    pub(super) const fn is_in_document(self) -> bool {
        matches!(
            self,
            Self::RequestObjectTag
                | Self::RequestObjectTagKeys
                | Self::LocationConstraint
                | Self::LockMode
                | Self::LockUntil
                | Self::LockRemainingDays
                | Self::LegalHold
        )
    }
}

fn insert_tags(conditions: &mut Conditions, prefix: &str, tags: &[Tag]) {
    for tag in tags {
        conditions.insert(&format!("{prefix}{}", &*tag.key), &*tag.value);
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Of an input that has these.
macro_rules! of {
    ($input:ident, $($more:tt)*) => {
        Self {
            bucket: &$input.bucket,
            expected_owner: $input.expected_bucket_owner.as_deref(),
            $($more)*
            ..Self::default()
        }
    };
}

/// Of an input that names an object and may name a version.
macro_rules! of_version {
    ($input:ident, $($more:tt)*) => {
        of!($input,
            key: Some(&$input.key),
            version_id: $input.version_id.as_deref(),
            $($more)*
        )
    };
}

/// Of an input that asks for a page of keys.
macro_rules! of_listing {
    ($input:ident) => {
        of!($input,
            prefix: $input.prefix.as_deref(),
            delimiter: $input.delimiter.as_deref(),
            max_keys: $input.max_keys,
        )
    };
}

/// What a request says, as far as permissions ask about it.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) expected_owner: Option<&'a str>,
    pub(super) version_id: Option<&'a str>,
    pub(super) acl: AskedAcl<'a>,
    /// `x-amz-tagging`
    pub(super) tagging: Option<&'a str>,
    /// Tags in the body.
    pub(super) tags: Option<&'a [Tag]>,
    pub(super) object_ownership: Option<&'a str>,
    pub(super) location: Option<&'a str>,
    pub(super) storage_class: Option<&'a str>,
    pub(super) encryption: Option<&'a str>,
    pub(super) kms_key: Option<&'a str>,
    pub(super) customer_algorithm: Option<&'a str>,
    pub(super) redirect: Option<&'a str>,
    pub(super) if_match: Option<&'a str>,
    pub(super) if_none_match: Option<&'a str>,
    pub(super) prefix: Option<&'a str>,
    pub(super) delimiter: Option<&'a str>,
    pub(super) max_keys: Option<i64>,
    pub(super) copy: Option<CopyInput<'a>>,
    /// The upload that is looked at or given up: whoever has begun it may.
    pub(super) upload_id: Option<&'a str>,
    /// What a put says of the lock of its object.
    pub(super) lock: AskedLock<'a>,
    /// Object Lock for a new bucket.
    pub(super) locks_bucket: bool,
    /// `x-amz-bypass-governance-retention`
    pub(super) bypass: bool,
    /// When it is asked.
    pub(super) now: Option<Timestamp>,
}

/// The input of an operation that copies.
#[derive(Clone, Copy)]
pub(super) enum CopyInput<'a> {
    Object(&'a CopyObjectInput),
    Part(&'a UploadPartCopyInput),
}

impl<'a> CopyInput<'a> {
    pub(super) fn copy_source(self) -> &'a str {
        match self {
            Self::Object(input) => &input.copy_source,
            Self::Part(input) => &input.copy_source,
        }
    }

    pub(super) fn expected_source_owner(self) -> Option<&'a str> {
        match self {
            Self::Object(input) => input.expected_source_bucket_owner.as_deref(),
            Self::Part(input) => input.expected_source_bucket_owner.as_deref(),
        }
    }

    /// Whether the tags of the source are copied.
    pub(super) fn copies_tags(self) -> bool {
        match self {
            Self::Object(input) => input.copies_tags(),
            Self::Part(_) => false,
        }
    }

    fn metadata_directive(self) -> Option<&'a str> {
        match self {
            Self::Object(input) => input.metadata_directive.as_deref(),
            Self::Part(_) => None,
        }
    }
}

impl<'a> Parameters<'a> {
    /// How many days the retention that is asked for would last, the last begun one, too.
    fn remaining_days(&self) -> Option<u64> {
        const DAY_S: u64 = 24 * 60 * 60;
        let remaining = self.lock.until()?.since(self.now?);
        Some(remaining.as_secs().div_ceil(DAY_S))
    }

    /// The tags that the object is to have.
    fn new_tags(&self) -> Vec<Tag> {
        match (self.tags, self.tagging) {
            (Some(tags), _) => tags.to_vec(),
            (None, Some(header)) => Tag::parse_header(header).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }

    fn of_creation(input: &'a CreateBucketInput) -> Self {
        Self {
            bucket: &input.bucket,
            acl: input.asked_acl(),
            object_ownership: input.object_ownership.as_deref(),
            location: input.location(),
            locks_bucket: input.object_lock_enabled_for_bucket == Some(true),
            tags: input.tags(),
            ..Self::default()
        }
    }

    fn of_put(input: &'a PutObjectInput) -> Self {
        Self {
            bucket: &input.bucket,
            expected_owner: input.expected_bucket_owner.as_deref(),
            key: Some(&input.key),
            acl: input.asked_acl(),
            tagging: input.tagging.as_deref(),
            storage_class: input.storage_class.as_deref(),
            encryption: input.server_side_encryption.as_deref(),
            kms_key: input.sse_kms_key_id.as_deref(),
            customer_algorithm: input.sse_customer_algorithm.as_deref(),
            redirect: input.website_redirect_location.as_deref(),
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
            lock: input.lock(),
            ..Self::default()
        }
    }

    fn of_copy(input: &'a CopyObjectInput) -> Self {
        Self {
            bucket: &input.bucket,
            expected_owner: input.expected_bucket_owner.as_deref(),
            key: Some(&input.key),
            acl: input.asked_acl(),
            tagging: input.tagging.as_deref().filter(|_| !input.copies_tags()),
            storage_class: input.storage_class.as_deref(),
            encryption: input.server_side_encryption.as_deref(),
            kms_key: input.sse_kms_key_id.as_deref(),
            customer_algorithm: input.sse_customer_algorithm.as_deref(),
            redirect: input.website_redirect_location.as_deref(),
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
            copy: Some(CopyInput::Object(input)),
            lock: input.lock(),
            ..Self::default()
        }
    }
}

/// What the calls of each operation say: arms for those of which permissions ask more, and the names of
/// those that say which bucket they are about, and who is to own it.
macro_rules! parameters {
    ({ $($arms:tt)* } $($operation:ident)*) => {
        impl<'a> Parameters<'a> {
            pub(super) fn of(request: &'a Request) -> Self {
                match request {
                    $($arms)*
                    $(Request::$operation(input) => of!(input,),)*
                }
            }
        }
    };
}

parameters! {
    {
        Request::ListBuckets(_) => Self::default(),
        Request::CreateBucket(input) => Self::of_creation(input),
        Request::PutObject(input) | Request::PostObject(input) => Self::of_put(input),
        Request::CopyObject(input) => Self::of_copy(input),
        Request::GetObject(input) | Request::HeadObject(input) => of_version!(input,),
        Request::GetObjectAttributes(input) => of_version!(input,),
        Request::RestoreObject(input) => of_version!(input,),
        Request::CreateMultipartUpload(input) => of!(input,
            key: Some(&input.key),
            acl: input.asked_acl(),
            tagging: input.tagging.as_deref(),
            storage_class: input.storage_class.as_deref(),
            encryption: input.server_side_encryption.as_deref(),
            kms_key: input.sse_kms_key_id.as_deref(),
            customer_algorithm: input.sse_customer_algorithm.as_deref(),
            redirect: input.website_redirect_location.as_deref(),
            lock: input.lock(),
        ),
        Request::UploadPart(input) => of!(input, key: Some(&input.key),),
        Request::UploadPartCopy(input) => of!(input,
            key: Some(&input.key),
            copy: Some(CopyInput::Part(input)),
        ),
        Request::CompleteMultipartUpload(input) => of!(input,
            key: Some(&input.key),
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
        ),
        Request::AbortMultipartUpload(input) => {
            of!(input, key: Some(&input.key), upload_id: Some(&input.upload_id),)
        }
        Request::ListParts(input) => {
            of!(input, key: Some(&input.key), upload_id: Some(&input.upload_id),)
        }
        Request::DeleteObject(input) => of_version!(input,
            if_match: input.if_match.as_deref(),
            bypass: input.bypass_governance_retention == Some(true),
        ),
        Request::PutObjectRetention(input) => of_version!(input,
            bypass: input.bypass_governance_retention == Some(true),
            lock: input.lock(),
        ),
        Request::PutObjectLegalHold(input) => of_version!(input, lock: input.lock(),),
        Request::GetObjectRetention(input) | Request::GetObjectLegalHold(input) => {
            of_version!(input,)
        }
        Request::PutObjectAcl(input) => of_version!(input, acl: input.asked_acl(),),
        Request::GetObjectAcl(input) => of_version!(input,),
        Request::PutBucketAcl(input) => of!(input, acl: input.asked_acl(),),
        Request::PutObjectTagging(input) => {
            of_version!(input, tags: Some(&input.tagging.tag_set),)
        }
        Request::GetObjectTagging(input) | Request::DeleteObjectTagging(input) => {
            of_version!(input,)
        }
        Request::ListObjects(input) => of_listing!(input),
        Request::ListObjectsV2(input) => of_listing!(input),
        Request::ListObjectVersions(input) => of_listing!(input),
    }
    DeleteBucket
    HeadBucket
    GetBucketAbac
    PutBucketAbac
    GetBucketMetadataConfiguration
    GetBucketMetadataTableConfiguration
    GetBucketAccelerateConfiguration
    PutBucketAccelerateConfiguration
    GetBucketAcl
    DeleteBucketAnalyticsConfiguration
    GetBucketAnalyticsConfiguration
    ListBucketAnalyticsConfigurations
    PutBucketAnalyticsConfiguration
    DeleteBucketCors
    GetBucketCors
    PutBucketCors
    DeleteBucketEncryption
    GetBucketEncryption
    PutBucketEncryption
    DeleteBucketIntelligentTieringConfiguration
    GetBucketIntelligentTieringConfiguration
    ListBucketIntelligentTieringConfigurations
    PutBucketIntelligentTieringConfiguration
    DeleteBucketInventoryConfiguration
    GetBucketInventoryConfiguration
    ListBucketInventoryConfigurations
    PutBucketInventoryConfiguration
    DeleteBucketLifecycle
    GetBucketLifecycleConfiguration
    PutBucketLifecycleConfiguration
    GetBucketLocation
    GetBucketLogging
    PutBucketLogging
    DeleteBucketMetricsConfiguration
    GetBucketMetricsConfiguration
    ListBucketMetricsConfigurations
    PutBucketMetricsConfiguration
    GetBucketNotificationConfiguration
    PutBucketNotificationConfiguration
    DeleteBucketOwnershipControls
    GetBucketOwnershipControls
    PutBucketOwnershipControls
    DeleteBucketPolicy
    GetBucketPolicy
    PutBucketPolicy
    GetBucketPolicyStatus
    DeleteBucketReplication
    GetBucketReplication
    PutBucketReplication
    GetBucketRequestPayment
    PutBucketRequestPayment
    DeleteBucketTagging
    GetBucketTagging
    PutBucketTagging
    GetBucketVersioning
    PutBucketVersioning
    GetObjectLockConfiguration
    PutObjectLockConfiguration
    DeleteBucketWebsite
    GetBucketWebsite
    PutBucketWebsite
    DeleteObjects
    ListMultipartUploads
    DeletePublicAccessBlock
    GetPublicAccessBlock
    PutPublicAccessBlock
}
