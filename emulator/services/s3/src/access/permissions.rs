//! What each operation of S3 needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::{Vocabulary, Who};

use super::keys::{
    ACL, COMPLETION, COPY_SOURCE, CREATION, DELETION, EXISTING_TAGS, Key, LISTING, NEW_TAGS,
    OBJECT_ACL, PREFIX, RETAGGING, RETAINING, SOURCE, VERSION, VERSION_RETAGGING, VERSION_TAGS,
    WRITING,
};
use crate::{Request, S3};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: everything of the caller's account.
    Account,
    /// The bucket that is to be.
    NewBucket,
    /// The bucket.
    Bucket,
    /// The object of `Key`.
    Object,
    /// Each object that is named: a refusal stands beside its key in the answer.
    EachObject,
    /// The object that `CopySource` names.
    Source,
    /// The bucket of `CopySource`.
    SourceBucket,
    /// Each queue that is to be notified. The World asks.
    Queues,
    /// Each function that is to be notified. The World asks.
    Functions,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::NewBucket => "the new bucket",
            Self::Bucket => "the bucket",
            Self::Object => "the object",
            Self::EachObject => "each object",
            Self::Source => "the source object",
            Self::SourceBucket => "the source's bucket",
            Self::Queues => "each queue to notify",
            Self::Functions => "each function to notify",
        })
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They name no version.
    WithoutVersion,
    /// They name a version.
    WithVersion,
    /// They end a retention in governance mode before its time.
    BypassingGovernance,
    /// They say until when the object is retained.
    WithRetention,
    /// They say whether the object is held.
    WithLegalHold,
    /// The bucket is to have Object Lock.
    WithLock,
    /// `CopySource` names no version.
    WithoutSourceVersion,
    /// `CopySource` names a version.
    SourceVersion,
    /// They bring tags along.
    WithTags,
    /// They copy the tags of the source, which has some.
    CopyingTags,
    /// They name an ACL.
    WithAcl,
    /// They say who owns the objects.
    WithOwnership,
    /// There is no such object: whoever may not list does not learn that.
    Absent,
    /// There is no such source.
    SourceAbsent,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutVersion => "without a version",
            Self::WithVersion => "with a version",
            Self::BypassingGovernance => "where governance is bypassed",
            Self::WithRetention => "with a retention",
            Self::WithLegalHold => "with a legal hold",
            Self::WithLock => "with Object Lock",
            Self::WithoutSourceVersion => "where the source is no version",
            Self::SourceVersion => "where the source is a version",
            Self::WithTags => "with tags",
            Self::CopyingTags => "where the source's tags are copied",
            Self::WithAcl => "with an ACL",
            Self::WithOwnership => "with object ownership",
            Self::Absent => "to learn that there is no such object",
            Self::SourceAbsent => "to learn that there is no such source",
        })
    }
}

impl Vocabulary for S3 {
    type On = On;
    type When = When;
    type Key = Key;
}

/// As whom S3 notifies.
pub const PRINCIPAL: &str = "s3.amazonaws.com";

const S3_ITSELF: Who = Who::Service(PRINCIPAL);

// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
kernel::permissions! { S3;
    ListBuckets: {
        "s3:ListAllMyBuckets" on Account;
    }
    CreateBucket: {
        "s3:CreateBucket" on NewBucket with CREATION;
        noted "s3:PutBucketAcl" on NewBucket when WithAcl with CREATION;
        noted "s3:PutBucketOwnershipControls" on NewBucket when WithOwnership;
        noted "s3:TagResource" on NewBucket when WithTags;
        noted "s3:PutBucketObjectLockConfiguration" on NewBucket when WithLock;
        noted "s3:PutBucketVersioning" on NewBucket when WithLock;
    }
    HeadBucket: {
        "s3:ListBucket" on Bucket;
    }
    DeleteBucket: {
        "s3:DeleteBucket" on Bucket;
    }
    GetBucketLocation: {
        "s3:GetBucketLocation" on Bucket;
    }
    PutObject: {
        "s3:PutObject" on Object with WRITING;
        "s3:PutObjectTagging" on Object when WithTags with NEW_TAGS;
        noted "s3:PutObjectAcl" on Object when WithAcl with WRITING;
        "s3:PutObjectRetention" on Object when WithRetention with RETAINING;
        "s3:PutObjectLegalHold" on Object when WithLegalHold with RETAINING;
    }
    PostObject: {
        "s3:PutObject" on Object with WRITING;
        "s3:PutObjectTagging" on Object when WithTags with NEW_TAGS;
        noted "s3:PutObjectAcl" on Object when WithAcl with WRITING;
        "s3:PutObjectRetention" on Object when WithRetention with RETAINING;
        "s3:PutObjectLegalHold" on Object when WithLegalHold with RETAINING;
    }
    GetObject: {
        "s3:GetObject" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectVersion" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    HeadObject: {
        "s3:GetObject" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectVersion" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    CopyObject: {
        "s3:PutObject" on Object with WRITING;
        noted "s3:PutObjectTagging" on Object when WithTags with NEW_TAGS;
        noted "s3:PutObjectAcl" on Object when WithAcl with WRITING;
        "s3:PutObjectRetention" on Object when WithRetention with RETAINING;
        "s3:PutObjectLegalHold" on Object when WithLegalHold with RETAINING;
        "s3:GetObject" on Source when WithoutSourceVersion with EXISTING_TAGS;
        "s3:GetObjectVersion" on Source when SourceVersion with VERSION_TAGS;
        noted "s3:GetObjectTagging" on Source when CopyingTags with EXISTING_TAGS;
        noted "s3:PutObjectTagging" on Object when CopyingTags;
        "s3:ListBucket" on SourceBucket when SourceAbsent;
    }
    RestoreObject: {
        "s3:RestoreObject" on Object;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    GetObjectAttributes: {
        "s3:GetObject" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectAttributes" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectVersion" on Object when WithVersion with VERSION_TAGS;
        "s3:GetObjectVersionAttributes" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    CreateMultipartUpload: {
        "s3:PutObject" on Object with WRITING;
        "s3:PutObjectTagging" on Object when WithTags with NEW_TAGS;
        noted "s3:PutObjectAcl" on Object when WithAcl with WRITING;
        "s3:PutObjectRetention" on Object when WithRetention with RETAINING;
        "s3:PutObjectLegalHold" on Object when WithLegalHold with RETAINING;
    }
    UploadPart: {
        "s3:PutObject" on Object;
    }
    UploadPartCopy: {
        "s3:PutObject" on Object with COPY_SOURCE;
        "s3:GetObject" on Source when WithoutSourceVersion with EXISTING_TAGS;
        "s3:GetObjectVersion" on Source when SourceVersion with VERSION_TAGS;
        "s3:ListBucket" on SourceBucket when SourceAbsent;
    }
    CompleteMultipartUpload: {
        "s3:PutObject" on Object with COMPLETION;
    }
    AbortMultipartUpload: {
        "s3:AbortMultipartUpload" on Object;
    }
    ListParts: {
        "s3:ListMultipartUploadParts" on Object;
    }
    ListMultipartUploads: {
        "s3:ListBucketMultipartUploads" on Bucket;
    }
    DeleteObject: {
        "s3:DeleteObject" on Object when WithoutVersion with DELETION;
        "s3:DeleteObjectVersion" on Object when WithVersion with VERSION;
        "s3:BypassGovernanceRetention" on Object when BypassingGovernance with VERSION;
    }
    DeleteObjects: {
        "s3:DeleteObject" on EachObject when WithoutVersion;
        "s3:DeleteObjectVersion" on EachObject when WithVersion with VERSION;
        "s3:BypassGovernanceRetention" on EachObject when BypassingGovernance with VERSION;
    }
    ListObjects: {
        "s3:ListBucket" on Bucket with LISTING;
    }
    ListObjectsV2: {
        "s3:ListBucket" on Bucket with LISTING;
    }
    ListObjectVersions: {
        "s3:ListBucketVersions" on Bucket with LISTING;
    }
    PutBucketVersioning: {
        "s3:PutBucketVersioning" on Bucket;
    }
    GetBucketVersioning: {
        "s3:GetBucketVersioning" on Bucket;
    }
    PutObjectLockConfiguration: {
        "s3:PutBucketObjectLockConfiguration" on Bucket;
    }
    GetObjectLockConfiguration: {
        "s3:GetBucketObjectLockConfiguration" on Bucket;
    }
    PutObjectRetention: {
        "s3:PutObjectRetention" on Object with RETAINING;
        "s3:BypassGovernanceRetention" on Object when BypassingGovernance with VERSION;
    }
    GetObjectRetention: {
        "s3:GetObjectRetention" on Object with VERSION;
    }
    PutObjectLegalHold: {
        "s3:PutObjectLegalHold" on Object with RETAINING;
    }
    GetObjectLegalHold: {
        "s3:GetObjectLegalHold" on Object with VERSION;
    }
    PutObjectAcl: {
        "s3:PutObjectAcl" on Object when WithoutVersion with OBJECT_ACL;
        "s3:PutObjectVersionAcl" on Object when WithVersion with OBJECT_ACL;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    GetObjectAcl: {
        "s3:GetObjectAcl" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectVersionAcl" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    PutBucketAcl: {
        "s3:PutBucketAcl" on Bucket with ACL;
    }
    GetBucketAcl: {
        "s3:GetBucketAcl" on Bucket;
    }
    PutBucketPolicy: {
        "s3:PutBucketPolicy" on Bucket;
    }
    GetBucketPolicy: {
        "s3:GetBucketPolicy" on Bucket;
    }
    GetBucketPolicyStatus: {
        "s3:GetBucketPolicyStatus" on Bucket;
    }
    DeleteBucketPolicy: {
        "s3:DeleteBucketPolicy" on Bucket;
    }
    PutBucketCors: {
        "s3:PutBucketCORS" on Bucket;
    }
    GetBucketCors: {
        "s3:GetBucketCORS" on Bucket;
    }
    DeleteBucketCors: {
        "s3:PutBucketCORS" on Bucket;
    }
    PutPublicAccessBlock: {
        "s3:PutBucketPublicAccessBlock" on Bucket;
    }
    GetPublicAccessBlock: {
        "s3:GetBucketPublicAccessBlock" on Bucket;
    }
    DeletePublicAccessBlock: {
        "s3:PutBucketPublicAccessBlock" on Bucket;
    }
    PutBucketOwnershipControls: {
        "s3:PutBucketOwnershipControls" on Bucket;
    }
    GetBucketOwnershipControls: {
        "s3:GetBucketOwnershipControls" on Bucket;
    }
    DeleteBucketOwnershipControls: {
        "s3:PutBucketOwnershipControls" on Bucket;
    }
    PutBucketAccelerateConfiguration: {
        "s3:PutAccelerateConfiguration" on Bucket;
    }
    GetBucketAccelerateConfiguration: {
        "s3:GetAccelerateConfiguration" on Bucket;
    }
    PutBucketAnalyticsConfiguration: {
        "s3:PutAnalyticsConfiguration" on Bucket;
    }
    GetBucketAnalyticsConfiguration: {
        "s3:GetAnalyticsConfiguration" on Bucket;
    }
    DeleteBucketAnalyticsConfiguration: {
        "s3:PutAnalyticsConfiguration" on Bucket;
    }
    ListBucketAnalyticsConfigurations: {
        "s3:GetAnalyticsConfiguration" on Bucket;
    }
    PutBucketIntelligentTieringConfiguration: {
        "s3:PutIntelligentTieringConfiguration" on Bucket;
    }
    GetBucketIntelligentTieringConfiguration: {
        "s3:GetIntelligentTieringConfiguration" on Bucket;
    }
    DeleteBucketIntelligentTieringConfiguration: {
        "s3:PutIntelligentTieringConfiguration" on Bucket;
    }
    ListBucketIntelligentTieringConfigurations: {
        "s3:GetIntelligentTieringConfiguration" on Bucket;
    }
    PutBucketInventoryConfiguration: {
        "s3:PutInventoryConfiguration" on Bucket;
    }
    GetBucketInventoryConfiguration: {
        "s3:GetInventoryConfiguration" on Bucket;
    }
    DeleteBucketInventoryConfiguration: {
        "s3:PutInventoryConfiguration" on Bucket;
    }
    ListBucketInventoryConfigurations: {
        "s3:GetInventoryConfiguration" on Bucket;
    }
    PutBucketMetricsConfiguration: {
        "s3:PutMetricsConfiguration" on Bucket;
    }
    GetBucketMetricsConfiguration: {
        "s3:GetMetricsConfiguration" on Bucket;
    }
    DeleteBucketMetricsConfiguration: {
        "s3:PutMetricsConfiguration" on Bucket;
    }
    ListBucketMetricsConfigurations: {
        "s3:GetMetricsConfiguration" on Bucket;
    }
    PutBucketEncryption: {
        "s3:PutEncryptionConfiguration" on Bucket;
    }
    GetBucketEncryption: {
        "s3:GetEncryptionConfiguration" on Bucket;
    }
    DeleteBucketEncryption: {
        "s3:PutEncryptionConfiguration" on Bucket;
    }
    PutBucketLifecycleConfiguration: {
        "s3:PutLifecycleConfiguration" on Bucket;
    }
    GetBucketLifecycleConfiguration: {
        "s3:GetLifecycleConfiguration" on Bucket;
    }
    DeleteBucketLifecycle: {
        "s3:PutLifecycleConfiguration" on Bucket;
    }
    PutBucketLogging: {
        "s3:PutBucketLogging" on Bucket;
    }
    GetBucketLogging: {
        "s3:GetBucketLogging" on Bucket;
    }
    PutBucketReplication: {
        "s3:PutReplicationConfiguration" on Bucket;
    }
    GetBucketReplication: {
        "s3:GetReplicationConfiguration" on Bucket;
    }
    DeleteBucketReplication: {
        "s3:PutReplicationConfiguration" on Bucket;
    }
    PutBucketAbac: {
        "s3:PutBucketAbac" on Bucket;
    }
    GetBucketAbac: {
        "s3:GetBucketAbac" on Bucket;
    }
    GetBucketMetadataConfiguration: {
        "s3:GetBucketMetadataTableConfiguration" on Bucket;
    }
    GetBucketMetadataTableConfiguration: {
        "s3:GetBucketMetadataTableConfiguration" on Bucket;
    }
    PutBucketRequestPayment: {
        "s3:PutBucketRequestPayment" on Bucket;
    }
    GetBucketRequestPayment: {
        "s3:GetBucketRequestPayment" on Bucket;
    }
    PutBucketWebsite: {
        "s3:PutBucketWebsite" on Bucket;
    }
    GetBucketWebsite: {
        "s3:GetBucketWebsite" on Bucket;
    }
    DeleteBucketWebsite: {
        "s3:DeleteBucketWebsite" on Bucket;
    }
    PutBucketTagging: {
        "s3:PutBucketTagging" on Bucket;
    }
    GetBucketTagging: {
        "s3:GetBucketTagging" on Bucket;
    }
    DeleteBucketTagging: {
        "s3:PutBucketTagging" on Bucket;
    }
    PutObjectTagging: {
        "s3:PutObjectTagging" on Object when WithoutVersion with RETAGGING;
        "s3:PutObjectVersionTagging" on Object when WithVersion with VERSION_RETAGGING;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    GetObjectTagging: {
        "s3:GetObjectTagging" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:GetObjectVersionTagging" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    DeleteObjectTagging: {
        "s3:DeleteObjectTagging" on Object when WithoutVersion with EXISTING_TAGS;
        "s3:DeleteObjectVersionTagging" on Object when WithVersion with VERSION_TAGS;
        "s3:ListBucket" on Bucket when Absent with PREFIX;
    }
    PutBucketNotificationConfiguration: {
        "s3:PutBucketNotification" on Bucket;
        "sqs:SendMessage" on Queues with SOURCE by S3_ITSELF;
        "lambda:InvokeFunction" on Functions with SOURCE by S3_ITSELF;
    }
    GetBucketNotificationConfiguration: {
        "s3:GetBucketNotification" on Bucket;
    }
}
