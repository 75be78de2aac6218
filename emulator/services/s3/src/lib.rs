//! Simple Storage Service.
//!
//! One file a noun of its API. An object's bytes stay outside: here it is its name in the blob
//! store, with what was learned while it was written.
//!
//! Where we differ from AWS: a bucket answers at one endpoint whatever region the request was signed
//! for (AWS redirects), and everybody of an account may do anything with the account's buckets
//! unless a bucket policy denies it (AWS asks the identity's policies, too).

pub mod access;
mod access_log;
mod acl;
mod attributes;
mod bucket;
mod bucket_lock;
mod bucket_policy;
mod canonical_user;
mod checksum;
mod conditional;
mod configuration;
mod copy;
mod cors;
mod date;
mod delete;
mod delivery;
mod description;
mod descriptor;
mod encoded_word;
mod encoding;
mod encryption;
pub mod error;
mod event;
mod form;
mod grant;
mod head;
mod lifecycle;
pub mod limits;
mod listener;
mod listing;
mod lock;
mod method;
mod metrics;
mod multipart;
mod noted;
mod notification;
mod object;
mod object_lock;
mod ownership;
mod public_access_block;
mod range;
mod read;
pub mod record;
mod restoration;
mod restore;
mod service;
mod settings;
mod subresource;
mod tagging;
#[cfg(test)]
mod tests;
mod undelivered;
mod version;
mod version_listing;
mod versioning;
mod website;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kernel::access::Asking;
use kernel::arn::Arn;
use kernel::call::Origin;
use kernel::content::Content;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::policy::Policy;
use kernel::record::Key;

use access_log::Logs;
pub use access_log::{Served, Signed};
pub use acl::*;
pub use attributes::*;
pub use bucket::*;
pub use bucket_lock::*;
pub use bucket_policy::*;
pub use checksum::Checksum;
pub use configuration::accelerate::GetBucketAccelerateConfigurationInput;
pub use configuration::lifecycle::{
    PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput,
};
pub use configuration::named::{
    ListConfigurationsInput, NamedConfigurationInput, PutBucketAnalyticsConfigurationInput,
    PutBucketIntelligentTieringConfigurationInput, PutBucketInventoryConfigurationInput,
    PutBucketMetricsConfigurationInput,
};
pub use configuration::replication::PutBucketReplicationInput;
pub use configuration::{
    Document, PutBucketAbacInput, PutBucketAccelerateConfigurationInput, PutBucketEncryptionInput,
    PutBucketLoggingInput, PutBucketRequestPaymentInput, PutBucketWebsiteInput,
};
pub use copy::*;
pub use cors::*;
pub use delete::*;
pub use delivery::Delivery;
pub use description::*;
pub use encryption::EncryptionAnswer;
pub use form::{Form, FormSignature, PostPolicy, SizeRange};
pub use grant::{AclPermission, Grant, Grantee, Group};
pub use head::Head;
pub use lifecycle::Due;
use lifecycle::Lifecycle;
pub use listener::{FilterRule, KeyFilter, NotificationFilter};
pub use listing::*;
pub use lock::*;
use multipart::Uploads;
pub use multipart::*;
pub use noted::Noted;
pub use notification::*;
pub use object::*;
pub use object_lock::*;
pub use ownership::*;
pub use public_access_block::*;
pub use read::*;
pub use restore::{RestoreObjectInput, RestoreObjectOutput};
pub use settings::{Account, BucketDefaults, Settings};
pub use tagging::*;
pub use version::Versioning;
use version::Versions;
pub use version_listing::*;
pub use versioning::*;
pub use website::{Visit, Visited};

kernel::operations! { "s3";
    ListBuckets(ListBucketsInput) -> ListBucketsOutput;
    CreateBucket(CreateBucketInput) -> CreateBucketOutput;
    HeadBucket(BucketInput) -> HeadBucketOutput;
    DeleteBucket(BucketInput) -> Empty;
    GetBucketLocation(BucketInput) -> GetBucketLocationOutput;
    PutObject(PutObjectInput, body) -> PutObjectOutput;
    PostObject(PutObjectInput, body) -> PutObjectOutput;
    GetObject(GetObjectInput) -> GetObjectOutput, body;
    HeadObject(GetObjectInput) -> GetObjectOutput;
    GetObjectAttributes(GetObjectAttributesInput) -> GetObjectAttributesOutput;
    CopyObject(CopyObjectInput, body) -> CopyObjectOutput;
    RestoreObject(RestoreObjectInput) -> RestoreObjectOutput;
    CreateMultipartUpload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput;
    UploadPart(UploadPartInput, body) -> UploadPartOutput;
    UploadPartCopy(UploadPartCopyInput, body) -> UploadPartCopyOutput;
    CompleteMultipartUpload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput;
    AbortMultipartUpload(AbortMultipartUploadInput) -> Empty;
    ListParts(ListPartsInput) -> ListPartsOutput;
    ListMultipartUploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput;
    DeleteObject(DeleteObjectInput) -> DeleteObjectOutput;
    DeleteObjects(DeleteObjectsInput) -> DeleteObjectsOutput;
    ListObjects(ListObjectsInput) -> ListObjectsOutput;
    ListObjectsV2(ListObjectsV2Input) -> ListObjectsV2Output;
    ListObjectVersions(ListObjectVersionsInput) -> ListObjectVersionsOutput;
    PutBucketVersioning(PutBucketVersioningInput) -> Empty;
    GetBucketVersioning(BucketInput) -> GetBucketVersioningOutput;
    PutObjectLockConfiguration(PutObjectLockConfigurationInput) -> Empty;
    GetObjectLockConfiguration(BucketInput) -> GetObjectLockConfigurationOutput;
    PutObjectRetention(PutObjectRetentionInput) -> Empty;
    GetObjectRetention(ObjectLockInput) -> GetObjectRetentionOutput;
    PutObjectLegalHold(PutObjectLegalHoldInput) -> Empty;
    GetObjectLegalHold(ObjectLockInput) -> GetObjectLegalHoldOutput;
    PutObjectAcl(PutObjectAclInput) -> Empty;
    GetObjectAcl(GetObjectAclInput) -> GetAclOutput;
    PutBucketAcl(PutBucketAclInput) -> Empty;
    GetBucketAcl(BucketInput) -> GetAclOutput;
    PutBucketPolicy(PutBucketPolicyInput) -> Empty;
    GetBucketPolicy(BucketInput) -> GetBucketPolicyOutput;
    GetBucketPolicyStatus(BucketInput) -> GetBucketPolicyStatusOutput;
    DeleteBucketPolicy(BucketInput) -> Empty;
    PutBucketCors(PutBucketCorsInput) -> Empty;
    GetBucketCors(BucketInput) -> CorsConfiguration;
    DeleteBucketCors(BucketInput) -> Empty;
    PutPublicAccessBlock(PutPublicAccessBlockInput) -> Empty;
    GetPublicAccessBlock(BucketInput) -> GetPublicAccessBlockOutput;
    DeletePublicAccessBlock(BucketInput) -> Empty;
    PutBucketOwnershipControls(PutBucketOwnershipControlsInput) -> Empty;
    GetBucketOwnershipControls(BucketInput) -> GetBucketOwnershipControlsOutput;
    DeleteBucketOwnershipControls(BucketInput) -> Empty;
    PutBucketAccelerateConfiguration(PutBucketAccelerateConfigurationInput) -> Empty;
    GetBucketAccelerateConfiguration(GetBucketAccelerateConfigurationInput) -> Document;
    PutBucketAnalyticsConfiguration(PutBucketAnalyticsConfigurationInput) -> Empty;
    GetBucketAnalyticsConfiguration(NamedConfigurationInput) -> Document;
    DeleteBucketAnalyticsConfiguration(NamedConfigurationInput) -> Empty;
    ListBucketAnalyticsConfigurations(ListConfigurationsInput) -> Document;
    PutBucketIntelligentTieringConfiguration(PutBucketIntelligentTieringConfigurationInput) -> Empty;
    GetBucketIntelligentTieringConfiguration(NamedConfigurationInput) -> Document;
    DeleteBucketIntelligentTieringConfiguration(NamedConfigurationInput) -> Empty;
    ListBucketIntelligentTieringConfigurations(ListConfigurationsInput) -> Document;
    PutBucketInventoryConfiguration(PutBucketInventoryConfigurationInput) -> Empty;
    GetBucketInventoryConfiguration(NamedConfigurationInput) -> Document;
    DeleteBucketInventoryConfiguration(NamedConfigurationInput) -> Empty;
    ListBucketInventoryConfigurations(ListConfigurationsInput) -> Document;
    PutBucketMetricsConfiguration(PutBucketMetricsConfigurationInput) -> Empty;
    GetBucketMetricsConfiguration(NamedConfigurationInput) -> Document;
    DeleteBucketMetricsConfiguration(NamedConfigurationInput) -> Empty;
    ListBucketMetricsConfigurations(ListConfigurationsInput) -> Document;
    PutBucketEncryption(PutBucketEncryptionInput) -> Empty;
    GetBucketEncryption(BucketInput) -> Document;
    DeleteBucketEncryption(BucketInput) -> Empty;
    PutBucketLifecycleConfiguration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput;
    GetBucketLifecycleConfiguration(BucketInput) -> Document;
    DeleteBucketLifecycle(BucketInput) -> Empty;
    PutBucketLogging(PutBucketLoggingInput) -> Empty;
    GetBucketLogging(BucketInput) -> Document;
    PutBucketReplication(PutBucketReplicationInput) -> Noted;
    GetBucketReplication(BucketInput) -> Document;
    DeleteBucketReplication(BucketInput) -> Empty;
    PutBucketAbac(PutBucketAbacInput) -> Empty;
    GetBucketAbac(BucketInput) -> Document;
    GetBucketMetadataConfiguration(BucketInput) -> Document;
    GetBucketMetadataTableConfiguration(BucketInput) -> Document;
    PutBucketRequestPayment(PutBucketRequestPaymentInput) -> Empty;
    GetBucketRequestPayment(BucketInput) -> Document;
    PutBucketWebsite(PutBucketWebsiteInput) -> Empty;
    GetBucketWebsite(BucketInput) -> Document;
    DeleteBucketWebsite(BucketInput) -> Empty;
    PutBucketTagging(PutBucketTaggingInput) -> Empty;
    GetBucketTagging(BucketInput) -> TagSetOutput;
    DeleteBucketTagging(BucketInput) -> Empty;
    PutObjectTagging(PutObjectTaggingInput) -> OfVersion;
    GetObjectTagging(ObjectTaggingInput) -> ObjectTagSetOutput;
    DeleteObjectTagging(ObjectTaggingInput) -> OfVersion;
    PutBucketNotificationConfiguration(PutBucketNotificationConfigurationInput) -> Noted;
    GetBucketNotificationConfiguration(BucketInput) -> NotificationConfiguration;
}

/// The input of an operation that names a bucket and says nothing else.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketInput {
    pub(crate) bucket: String,
    #[serde(default)]
    expected_bucket_owner: Option<String>,
}

/// The output of an operation that says nothing.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Empty {}

impl Request {
    /// What it is about, for the trace: `bucket` or `bucket/key`.
    #[must_use]
    pub fn subject(&self) -> String {
        access::subject(self)
    }
}

kernel::records! {
    /// A bucket with its configuration.
    Bucket(record::Bucket) = 2;
    /// The `null` version of an object, which is the only one in a bucket without versioning.
    Object(record::Object) = 3;
    /// A version of an object with a name of its own.
    ObjectVersion(record::ObjectVersion) = 14;
    /// A multipart upload that is neither completed nor aborted.
    Upload(record::Upload) = 15;
    /// A part of such an upload.
    Part(record::Part) = 16;
    /// A line of a bucket's log that is not delivered yet.
    AccessLogEntry(record::AccessLogEntry) = 30;
}

/// The context in which S3 handles something.
pub type Cx<'a> = kernel::context::Cx<'a, S3>;

/// What S3 says has happened.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// An event for a configured destination.
    Notification {
        /// The bucket it comes from.
        source: Arn,
        /// The account that owns the bucket.
        source_account: AccountId,
        /// The queue or function that is to hear it.
        destination: Arn,
        /// The event, as JSON.
        event: Bytes,
        /// `X-Amzn-Trace-Id` of the call that caused it.
        trace_header: Option<String>,
    },
}

/// All buckets and objects.
#[derive(Debug, Clone, Default)]
pub struct S3 {
    buckets: BTreeMap<Box<str>, Stored>,
    descriptions: Descriptions,
    /// What was asked of buckets that have a log.
    logs: Logs,
    meters: metrics::Meters,
    /// What whoever starts it says. It is no part of what is stored.
    settings: Arc<Settings>,
}

/// A bucket with what is in it.
#[derive(Debug, Clone)]
struct Stored {
    bucket: Bucket,
    /// The bucket's policy, read. Nothing where there is none.
    policy: Option<Policy>,
    /// In the order in which they are listed: by the bytes of their keys.
    objects: BTreeMap<Box<str>, Box<Versions>>,
    /// What is to be an object once all its parts are there.
    uploads: Uploads,
    /// What becomes of objects with time. Nothing where no rule is in force.
    lifecycle: Option<Box<Lifecycle>>,
}

impl Stored {
    /// A bucket in which nothing is yet.
    fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            policy: None,
            objects: BTreeMap::new(),
            uploads: Uploads::default(),
            lifecycle: None,
        }
    }

    /// Where the record of the bucket is kept.
    fn record_key(&self) -> Key {
        record::key_of_bucket(&self.bucket.name)
    }
}

impl S3 {
    /// How many buckets there are.
    #[must_use]
    pub fn bucket_count(&self) -> usize {
        self.buckets.len()
    }

    /// What whoever starts it says.
    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// From now on new buckets and accounts are as is said here.
    pub fn set_settings(&mut self, settings: Arc<Settings>) {
        self.settings = settings;
    }

    /// The body of an object, for another service that acts in the caller's name (a function's code).
    ///
    /// # Errors
    /// As `GetObject` has them: `NoSuchBucket`, `AccessDenied`, `NoSuchKey`.
    pub fn content_of(
        &self,
        asking: &mut Asking<'_>,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Content, ApiError> {
        Ok(self.ask_to_read_version(asking, bucket, key, version)?.content.clone())
    }
}

/// Which function does each operation, and what it is given besides its input.
macro_rules! routes {
    (
        ($self:ident, $cx:ident, $origin:ident)
        $($operation:ident => $function:ident ( $($argument:ident),* ) ;)*
    ) => {
        impl S3 {
            fn route(
                &mut $self,
                $cx: &mut Cx<'_>,
                $origin: &Origin,
                request: Request,
            ) -> Result<Response, ApiError> {
                Ok(match request {
                    $(Request::$operation(input) => Response::$operation(Box::new(
                        $self.$function($($argument,)* *input)?
                    )),)*
                })
            }
        }
    };
}

routes! {
    (self, cx, origin)
    ListBuckets => list_buckets(origin);
    CreateBucket => create_bucket(cx, origin);
    HeadBucket => head_bucket();
    DeleteBucket => delete_bucket(cx);
    GetBucketLocation => get_bucket_location();
    PutObject => put_object(cx, origin);
    PostObject => post_object(cx, origin);
    GetObject => get_object(cx);
    HeadObject => head_object(cx);
    GetObjectAttributes => get_object_attributes();
    CopyObject => copy_object(cx, origin);
    RestoreObject => restore_object(cx, origin);
    CreateMultipartUpload => create_multipart_upload(cx, origin);
    UploadPart => upload_part(cx);
    UploadPartCopy => upload_part_copy(cx);
    CompleteMultipartUpload => complete_multipart_upload(cx, origin);
    AbortMultipartUpload => abort_multipart_upload(cx);
    ListParts => list_parts();
    ListMultipartUploads => list_multipart_uploads();
    DeleteObject => delete_object(cx, origin);
    DeleteObjects => delete_objects(cx, origin);
    ListObjects => list_objects(origin);
    ListObjectsV2 => list_objects_v2();
    ListObjectVersions => list_object_versions();
    PutBucketVersioning => put_bucket_versioning(cx);
    GetBucketVersioning => get_bucket_versioning();
    PutObjectLockConfiguration => put_object_lock_configuration(cx);
    GetObjectLockConfiguration => get_object_lock_configuration();
    PutObjectRetention => put_object_retention(cx);
    GetObjectRetention => get_object_retention();
    PutObjectLegalHold => put_object_legal_hold(cx);
    GetObjectLegalHold => get_object_legal_hold();
    PutObjectAcl => put_object_acl(cx, origin);
    GetObjectAcl => get_object_acl();
    PutBucketAcl => put_bucket_acl(cx);
    GetBucketAcl => get_bucket_acl();
    PutBucketPolicy => put_bucket_policy(cx, origin);
    GetBucketPolicy => get_bucket_policy();
    GetBucketPolicyStatus => get_bucket_policy_status();
    DeleteBucketPolicy => delete_bucket_policy(cx);
    PutBucketCors => put_bucket_cors(cx);
    GetBucketCors => get_bucket_cors();
    DeleteBucketCors => delete_bucket_cors(cx);
    PutPublicAccessBlock => put_public_access_block(cx);
    GetPublicAccessBlock => get_public_access_block();
    DeletePublicAccessBlock => delete_public_access_block(cx);
    PutBucketOwnershipControls => put_bucket_ownership_controls(cx);
    GetBucketOwnershipControls => get_bucket_ownership_controls();
    DeleteBucketOwnershipControls => delete_bucket_ownership_controls(cx);
    PutBucketAccelerateConfiguration => put_bucket_accelerate_configuration(cx);
    GetBucketAccelerateConfiguration => get_bucket_accelerate_configuration();
    PutBucketAnalyticsConfiguration => put_bucket_analytics_configuration(cx);
    GetBucketAnalyticsConfiguration => get_bucket_analytics_configuration();
    DeleteBucketAnalyticsConfiguration => delete_bucket_analytics_configuration(cx);
    ListBucketAnalyticsConfigurations => list_bucket_analytics_configurations();
    PutBucketIntelligentTieringConfiguration => put_bucket_intelligent_tiering_configuration(cx);
    GetBucketIntelligentTieringConfiguration => get_bucket_intelligent_tiering_configuration();
    DeleteBucketIntelligentTieringConfiguration => delete_bucket_intelligent_tiering_configuration(cx);
    ListBucketIntelligentTieringConfigurations => list_bucket_intelligent_tiering_configurations();
    PutBucketInventoryConfiguration => put_bucket_inventory_configuration(cx);
    GetBucketInventoryConfiguration => get_bucket_inventory_configuration();
    DeleteBucketInventoryConfiguration => delete_bucket_inventory_configuration(cx);
    ListBucketInventoryConfigurations => list_bucket_inventory_configurations();
    PutBucketMetricsConfiguration => put_bucket_metrics_configuration(cx);
    GetBucketMetricsConfiguration => get_bucket_metrics_configuration();
    DeleteBucketMetricsConfiguration => delete_bucket_metrics_configuration(cx);
    ListBucketMetricsConfigurations => list_bucket_metrics_configurations();
    PutBucketEncryption => put_bucket_encryption(cx);
    GetBucketEncryption => get_bucket_encryption();
    DeleteBucketEncryption => delete_bucket_encryption(cx);
    PutBucketLifecycleConfiguration => put_bucket_lifecycle_configuration(cx);
    GetBucketLifecycleConfiguration => get_bucket_lifecycle_configuration();
    DeleteBucketLifecycle => delete_bucket_lifecycle(cx);
    PutBucketLogging => put_bucket_logging(cx);
    GetBucketLogging => get_bucket_logging();
    PutBucketReplication => put_bucket_replication(cx);
    GetBucketReplication => get_bucket_replication();
    DeleteBucketReplication => delete_bucket_replication(cx);
    PutBucketAbac => put_bucket_abac(cx);
    GetBucketAbac => get_bucket_abac();
    GetBucketMetadataConfiguration => get_bucket_metadata_configuration();
    GetBucketMetadataTableConfiguration => get_bucket_metadata_table_configuration();
    PutBucketRequestPayment => put_bucket_request_payment(cx);
    GetBucketRequestPayment => get_bucket_request_payment();
    PutBucketWebsite => put_bucket_website(cx);
    GetBucketWebsite => get_bucket_website();
    DeleteBucketWebsite => delete_bucket_website(cx);
    PutBucketTagging => put_bucket_tagging(cx);
    GetBucketTagging => get_bucket_tagging();
    DeleteBucketTagging => delete_bucket_tagging(cx);
    PutObjectTagging => put_object_tagging(cx, origin);
    GetObjectTagging => get_object_tagging();
    DeleteObjectTagging => delete_object_tagging(cx, origin);
    PutBucketNotificationConfiguration => put_bucket_notification_configuration(cx);
    GetBucketNotificationConfiguration => get_bucket_notification_configuration();
}
