//! What each operation of each service needs, as a table to be read; and what is noted where AWS would
//! refuse what passes here.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use cloudless_core::content::{Blob, BlobId};
use cloudless_core::names::{AccountId, Region};
use cloudless_core::{
    Call, CallId, Caller, Input, Payload, Request, Signing, Timestamp, World, autoscaling,
    cloudwatch, ec2, elb, lambda, logs, s3, sqs, sts,
};
use insta::assert_snapshot;
use kernel::access::table;
use serde_json::{Value, json};

/// Below each operation: the action, with what, of which calls, and in brackets what conditions of
/// policies can ask beside what is known of every call (`aws:PrincipalArn`, `aws:SourceIp`,
/// `aws:CurrentTime`, …). AWS wants all of them; what is only noted is not refused here.
#[test]
fn every_operation_says_what_it_needs() {
    let told = [
        table("s3", s3::Request::PERMISSIONS),
        table("sqs", sqs::Request::PERMISSIONS),
        table("lambda", lambda::Request::PERMISSIONS),
        table("sts", sts::Request::PERMISSIONS),
        table("logs", logs::Request::PERMISSIONS),
        table("cloudwatch", cloudwatch::Request::PERMISSIONS),
        table("ec2", ec2::Request::PERMISSIONS),
        table("elasticloadbalancing", elb::Request::PERMISSIONS),
        table("autoscaling", autoscaling::Request::PERMISSIONS),
    ];
    assert_snapshot!(told.concat(), @"
    s3:ListBuckets
        s3:ListAllMyBuckets on *
    s3:CreateBucket
        s3:CreateBucket on the new bucket [s3:x-amz-acl, s3:x-amz-object-ownership, s3:LocationConstraint]
        s3:PutBucketAcl on the new bucket, with an ACL [s3:x-amz-acl, s3:x-amz-object-ownership, s3:LocationConstraint] (noted, not enforced)
        s3:PutBucketOwnershipControls on the new bucket, with object ownership (noted, not enforced)
        s3:TagResource on the new bucket, with tags (noted, not enforced)
        s3:PutBucketObjectLockConfiguration on the new bucket, with Object Lock (noted, not enforced)
        s3:PutBucketVersioning on the new bucket, with Object Lock (noted, not enforced)
    s3:HeadBucket
        s3:ListBucket on the bucket
    s3:DeleteBucket
        s3:DeleteBucket on the bucket
    s3:GetBucketLocation
        s3:GetBucketLocation on the bucket
    s3:PutObject
        s3:PutObject on the object [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectTagging on the object, with tags [s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectAcl on the object, with an ACL [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys] (noted, not enforced)
        s3:PutObjectRetention on the object, with a retention [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:PutObjectLegalHold on the object, with a legal hold [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
    s3:PostObject
        s3:PutObject on the object [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectTagging on the object, with tags [s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectAcl on the object, with an ACL [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys] (noted, not enforced)
        s3:PutObjectRetention on the object, with a retention [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:PutObjectLegalHold on the object, with a legal hold [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
    s3:GetObject
        s3:GetObject on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersion on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:HeadObject
        s3:GetObject on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersion on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:CopyObject
        s3:PutObject on the object [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectTagging on the object, with tags [s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys] (noted, not enforced)
        s3:PutObjectAcl on the object, with an ACL [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys] (noted, not enforced)
        s3:PutObjectRetention on the object, with a retention [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:PutObjectLegalHold on the object, with a legal hold [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:GetObject on the source object, where the source is no version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersion on the source object, where the source is a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:GetObjectTagging on the source object, where the source's tags are copied [s3:ExistingObjectTag/<key>] (noted, not enforced)
        s3:PutObjectTagging on the object, where the source's tags are copied (noted, not enforced)
        s3:ListBucket on the source's bucket, to learn that there is no such source
    s3:RestoreObject
        s3:RestoreObject on the object
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:GetObjectAttributes
        s3:GetObject on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectAttributes on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersion on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:GetObjectVersionAttributes on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:CreateMultipartUpload
        s3:PutObject on the object [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectTagging on the object, with tags [s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectAcl on the object, with an ACL [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:x-amz-storage-class, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id, s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-website-redirect-location, s3:x-amz-copy-source, s3:x-amz-metadata-directive, s3:if-match, s3:if-none-match, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys] (noted, not enforced)
        s3:PutObjectRetention on the object, with a retention [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:PutObjectLegalHold on the object, with a legal hold [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
    s3:UploadPart
        s3:PutObject on the object
    s3:UploadPartCopy
        s3:PutObject on the object [s3:x-amz-copy-source]
        s3:GetObject on the source object, where the source is no version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersion on the source object, where the source is a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the source's bucket, to learn that there is no such source
    s3:CompleteMultipartUpload
        s3:PutObject on the object [s3:if-match, s3:if-none-match]
    s3:AbortMultipartUpload
        s3:AbortMultipartUpload on the object
    s3:ListParts
        s3:ListMultipartUploadParts on the object
    s3:ListMultipartUploads
        s3:ListBucketMultipartUploads on the bucket
    s3:DeleteObject
        s3:DeleteObject on the object, without a version [s3:if-match]
        s3:DeleteObjectVersion on the object, with a version [s3:VersionId]
        s3:BypassGovernanceRetention on the object, where governance is bypassed [s3:VersionId]
    s3:DeleteObjects
        s3:DeleteObject on each object, without a version
        s3:DeleteObjectVersion on each object, with a version [s3:VersionId]
        s3:BypassGovernanceRetention on each object, where governance is bypassed [s3:VersionId]
    s3:ListObjects
        s3:ListBucket on the bucket [s3:prefix, s3:delimiter, s3:max-keys]
    s3:ListObjectsV2
        s3:ListBucket on the bucket [s3:prefix, s3:delimiter, s3:max-keys]
    s3:ListObjectVersions
        s3:ListBucketVersions on the bucket [s3:prefix, s3:delimiter, s3:max-keys]
    s3:PutBucketVersioning
        s3:PutBucketVersioning on the bucket
    s3:GetBucketVersioning
        s3:GetBucketVersioning on the bucket
    s3:PutObjectLockConfiguration
        s3:PutBucketObjectLockConfiguration on the bucket
    s3:GetObjectLockConfiguration
        s3:GetBucketObjectLockConfiguration on the bucket
    s3:PutObjectRetention
        s3:PutObjectRetention on the object [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
        s3:BypassGovernanceRetention on the object, where governance is bypassed [s3:VersionId]
    s3:GetObjectRetention
        s3:GetObjectRetention on the object [s3:VersionId]
    s3:PutObjectLegalHold
        s3:PutObjectLegalHold on the object [s3:object-lock-mode, s3:object-lock-retain-until-date, s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold]
    s3:GetObjectLegalHold
        s3:GetObjectLegalHold on the object [s3:VersionId]
    s3:PutObjectAcl
        s3:PutObjectAcl on the object, without a version [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:PutObjectVersionAcl on the object, with a version [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp, s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:GetObjectAcl
        s3:GetObjectAcl on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersionAcl on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:PutBucketAcl
        s3:PutBucketAcl on the bucket [s3:x-amz-acl, s3:x-amz-grant-full-control, s3:x-amz-grant-read, s3:x-amz-grant-write, s3:x-amz-grant-read-acp, s3:x-amz-grant-write-acp]
    s3:GetBucketAcl
        s3:GetBucketAcl on the bucket
    s3:PutBucketPolicy
        s3:PutBucketPolicy on the bucket
    s3:GetBucketPolicy
        s3:GetBucketPolicy on the bucket
    s3:GetBucketPolicyStatus
        s3:GetBucketPolicyStatus on the bucket
    s3:DeleteBucketPolicy
        s3:DeleteBucketPolicy on the bucket
    s3:PutBucketCors
        s3:PutBucketCORS on the bucket
    s3:GetBucketCors
        s3:GetBucketCORS on the bucket
    s3:DeleteBucketCors
        s3:PutBucketCORS on the bucket
    s3:PutPublicAccessBlock
        s3:PutBucketPublicAccessBlock on the bucket
    s3:GetPublicAccessBlock
        s3:GetBucketPublicAccessBlock on the bucket
    s3:DeletePublicAccessBlock
        s3:PutBucketPublicAccessBlock on the bucket
    s3:PutBucketOwnershipControls
        s3:PutBucketOwnershipControls on the bucket
    s3:GetBucketOwnershipControls
        s3:GetBucketOwnershipControls on the bucket
    s3:DeleteBucketOwnershipControls
        s3:PutBucketOwnershipControls on the bucket
    s3:PutBucketAccelerateConfiguration
        s3:PutAccelerateConfiguration on the bucket
    s3:GetBucketAccelerateConfiguration
        s3:GetAccelerateConfiguration on the bucket
    s3:PutBucketAnalyticsConfiguration
        s3:PutAnalyticsConfiguration on the bucket
    s3:GetBucketAnalyticsConfiguration
        s3:GetAnalyticsConfiguration on the bucket
    s3:DeleteBucketAnalyticsConfiguration
        s3:PutAnalyticsConfiguration on the bucket
    s3:ListBucketAnalyticsConfigurations
        s3:GetAnalyticsConfiguration on the bucket
    s3:PutBucketIntelligentTieringConfiguration
        s3:PutIntelligentTieringConfiguration on the bucket
    s3:GetBucketIntelligentTieringConfiguration
        s3:GetIntelligentTieringConfiguration on the bucket
    s3:DeleteBucketIntelligentTieringConfiguration
        s3:PutIntelligentTieringConfiguration on the bucket
    s3:ListBucketIntelligentTieringConfigurations
        s3:GetIntelligentTieringConfiguration on the bucket
    s3:PutBucketInventoryConfiguration
        s3:PutInventoryConfiguration on the bucket
    s3:GetBucketInventoryConfiguration
        s3:GetInventoryConfiguration on the bucket
    s3:DeleteBucketInventoryConfiguration
        s3:PutInventoryConfiguration on the bucket
    s3:ListBucketInventoryConfigurations
        s3:GetInventoryConfiguration on the bucket
    s3:PutBucketMetricsConfiguration
        s3:PutMetricsConfiguration on the bucket
    s3:GetBucketMetricsConfiguration
        s3:GetMetricsConfiguration on the bucket
    s3:DeleteBucketMetricsConfiguration
        s3:PutMetricsConfiguration on the bucket
    s3:ListBucketMetricsConfigurations
        s3:GetMetricsConfiguration on the bucket
    s3:PutBucketEncryption
        s3:PutEncryptionConfiguration on the bucket
    s3:GetBucketEncryption
        s3:GetEncryptionConfiguration on the bucket
    s3:DeleteBucketEncryption
        s3:PutEncryptionConfiguration on the bucket
    s3:PutBucketLifecycleConfiguration
        s3:PutLifecycleConfiguration on the bucket
    s3:GetBucketLifecycleConfiguration
        s3:GetLifecycleConfiguration on the bucket
    s3:DeleteBucketLifecycle
        s3:PutLifecycleConfiguration on the bucket
    s3:PutBucketLogging
        s3:PutBucketLogging on the bucket
    s3:GetBucketLogging
        s3:GetBucketLogging on the bucket
    s3:PutBucketReplication
        s3:PutReplicationConfiguration on the bucket
    s3:GetBucketReplication
        s3:GetReplicationConfiguration on the bucket
    s3:DeleteBucketReplication
        s3:PutReplicationConfiguration on the bucket
    s3:PutBucketAbac
        s3:PutBucketAbac on the bucket
    s3:GetBucketAbac
        s3:GetBucketAbac on the bucket
    s3:GetBucketMetadataConfiguration
        s3:GetBucketMetadataTableConfiguration on the bucket
    s3:GetBucketMetadataTableConfiguration
        s3:GetBucketMetadataTableConfiguration on the bucket
    s3:PutBucketRequestPayment
        s3:PutBucketRequestPayment on the bucket
    s3:GetBucketRequestPayment
        s3:GetBucketRequestPayment on the bucket
    s3:PutBucketWebsite
        s3:PutBucketWebsite on the bucket
    s3:GetBucketWebsite
        s3:GetBucketWebsite on the bucket
    s3:DeleteBucketWebsite
        s3:DeleteBucketWebsite on the bucket
    s3:PutBucketTagging
        s3:PutBucketTagging on the bucket
    s3:GetBucketTagging
        s3:GetBucketTagging on the bucket
    s3:DeleteBucketTagging
        s3:PutBucketTagging on the bucket
    s3:PutObjectTagging
        s3:PutObjectTagging on the object, without a version [s3:ExistingObjectTag/<key>, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:PutObjectVersionTagging on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>, s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:GetObjectTagging
        s3:GetObjectTagging on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:GetObjectVersionTagging on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:DeleteObjectTagging
        s3:DeleteObjectTagging on the object, without a version [s3:ExistingObjectTag/<key>]
        s3:DeleteObjectVersionTagging on the object, with a version [s3:VersionId, s3:ExistingObjectTag/<key>]
        s3:ListBucket on the bucket, to learn that there is no such object [s3:prefix]
    s3:PutBucketNotificationConfiguration
        s3:PutBucketNotification on the bucket
        sqs:SendMessage on each queue to notify by s3.amazonaws.com [aws:SourceArn, aws:SourceAccount]
        lambda:InvokeFunction on each function to notify by s3.amazonaws.com [aws:SourceArn, aws:SourceAccount]
    s3:GetBucketNotificationConfiguration
        s3:GetBucketNotification on the bucket
    sqs:AddPermission
        sqs:AddPermission on the queue
    sqs:CancelMessageMoveTask
        sqs:CancelMessageMoveTask on the source queue
        sqs:ReceiveMessage on the source queue (noted, not enforced)
        sqs:DeleteMessage on the source queue (noted, not enforced)
        sqs:GetQueueAttributes on the source queue (noted, not enforced)
    sqs:ChangeMessageVisibility
        sqs:ChangeMessageVisibility on the queue
    sqs:ChangeMessageVisibilityBatch
        sqs:ChangeMessageVisibility on the queue
    sqs:CreateQueue
        sqs:CreateQueue on the new queue [aws:RequestTag/<key>, aws:TagKeys]
        sqs:TagQueue on the new queue, with tags [aws:RequestTag/<key>, aws:TagKeys] (noted, not enforced)
    sqs:DeleteMessage
        sqs:DeleteMessage on the queue
    sqs:DeleteMessageBatch
        sqs:DeleteMessage on the queue
    sqs:DeleteQueue
        sqs:DeleteQueue on the queue
    sqs:GetQueueAttributes
        sqs:GetQueueAttributes on the queue
    sqs:GetQueueUrl
        sqs:GetQueueUrl on the queue
    sqs:ListDeadLetterSourceQueues
        sqs:ListDeadLetterSourceQueues on the queue
    sqs:ListMessageMoveTasks
        sqs:ListMessageMoveTasks on the source queue
        sqs:ReceiveMessage on the source queue (noted, not enforced)
        sqs:DeleteMessage on the source queue (noted, not enforced)
        sqs:GetQueueAttributes on the source queue (noted, not enforced)
    sqs:ListQueueTags
        sqs:ListQueueTags on the queue
    sqs:ListQueues
        sqs:ListQueues on *
    sqs:PurgeQueue
        sqs:PurgeQueue on the queue
    sqs:ReceiveMessage
        sqs:ReceiveMessage on the queue
    sqs:RemovePermission
        sqs:RemovePermission on the queue
    sqs:SendMessage
        sqs:SendMessage on the queue
    sqs:SendMessageBatch
        sqs:SendMessage on the queue
    sqs:SetQueueAttributes
        sqs:SetQueueAttributes on the queue
    sqs:StartMessageMoveTask
        sqs:StartMessageMoveTask on the source queue
        sqs:ReceiveMessage on the source queue (noted, not enforced)
        sqs:DeleteMessage on the source queue (noted, not enforced)
        sqs:GetQueueAttributes on the source queue (noted, not enforced)
        sqs:SendMessage on the destination queue, with a destination
    sqs:TagQueue
        sqs:TagQueue on the queue [aws:RequestTag/<key>, aws:TagKeys]
    sqs:UntagQueue
        sqs:UntagQueue on the queue [aws:TagKeys]
    lambda:CreateFunction
        lambda:CreateFunction on the new function [aws:RequestTag/<key>, aws:TagKeys, lambda:Layer, lambda:CodeSigningConfigArn]
        lambda:TagResource on the new function, with tags [aws:RequestTag/<key>, aws:TagKeys] (noted, not enforced)
        lambda:GetLayerVersion on the layers it uses, with layers
        iam:PassRole on the execution role, with a role [iam:PassedToService] (noted, not enforced)
        s3:GetObject on the object with the code, where the code lies in a bucket
        sqs:SendMessage on the dead-letter queue by the function's role, with a dead-letter queue
    lambda:GetFunction
        lambda:GetFunction on the function
    lambda:GetFunctionConfiguration
        lambda:GetFunctionConfiguration on the function
    lambda:ListFunctions
        lambda:ListFunctions on *
    lambda:UpdateFunctionCode
        lambda:UpdateFunctionCode on the function
        s3:GetObject on the object with the code, where the code lies in a bucket
    lambda:UpdateFunctionConfiguration
        lambda:UpdateFunctionConfiguration on the function [lambda:Layer]
        lambda:GetLayerVersion on the layers it uses, with layers
        iam:PassRole on the execution role, with a role [iam:PassedToService] (noted, not enforced)
        sqs:SendMessage on the dead-letter queue by the function's role, with a dead-letter queue
    lambda:DeleteFunction
        lambda:DeleteFunction on the function
    lambda:Invoke
        lambda:InvokeFunction on the function
        lambda:InvokeFunctionUrl on the function, by the function's URL [lambda:FunctionUrlAuthType, lambda:InvokedViaFunctionUrl]
    lambda:InvokeWithResponseStream
        lambda:InvokeFunction on the function
        lambda:InvokeFunctionUrl on the function, by the function's URL [lambda:FunctionUrlAuthType, lambda:InvokedViaFunctionUrl]
    lambda:AddPermission
        lambda:AddPermission on the function [lambda:Principal, lambda:FunctionUrlAuthType]
    lambda:RemovePermission
        lambda:RemovePermission on the function
    lambda:GetPolicy
        lambda:GetPolicy on the function
    lambda:PublishVersion
        lambda:PublishVersion on the function
    lambda:ListVersionsByFunction
        lambda:ListVersionsByFunction on the function
    lambda:CreateAlias
        lambda:CreateAlias on the function
    lambda:GetAlias
        lambda:GetAlias on the function
    lambda:UpdateAlias
        lambda:UpdateAlias on the function
    lambda:DeleteAlias
        lambda:DeleteAlias on the function
    lambda:ListAliases
        lambda:ListAliases on the function
    lambda:InvokeAsync
        lambda:InvokeFunction on the function
    lambda:PutFunctionConcurrency
        lambda:PutFunctionConcurrency on the function
    lambda:GetFunctionConcurrency
        lambda:GetFunctionConcurrency on the function
    lambda:DeleteFunctionConcurrency
        lambda:DeleteFunctionConcurrency on the function
    lambda:PutProvisionedConcurrencyConfig
        lambda:PutProvisionedConcurrencyConfig on the function
    lambda:GetProvisionedConcurrencyConfig
        lambda:GetProvisionedConcurrencyConfig on the function
    lambda:DeleteProvisionedConcurrencyConfig
        lambda:DeleteProvisionedConcurrencyConfig on the function
    lambda:ListProvisionedConcurrencyConfigs
        lambda:ListProvisionedConcurrencyConfigs on the function
    lambda:PutFunctionEventInvokeConfig
        lambda:PutFunctionEventInvokeConfig on the function
    lambda:UpdateFunctionEventInvokeConfig
        lambda:UpdateFunctionEventInvokeConfig on the function
    lambda:GetFunctionEventInvokeConfig
        lambda:GetFunctionEventInvokeConfig on the function
    lambda:DeleteFunctionEventInvokeConfig
        lambda:DeleteFunctionEventInvokeConfig on the function
    lambda:ListFunctionEventInvokeConfigs
        lambda:ListFunctionEventInvokeConfigs on the function
    lambda:CreateFunctionUrlConfig
        lambda:CreateFunctionUrlConfig on the function [lambda:FunctionUrlAuthType]
    lambda:UpdateFunctionUrlConfig
        lambda:UpdateFunctionUrlConfig on the function [lambda:FunctionUrlAuthType]
    lambda:GetFunctionUrlConfig
        lambda:GetFunctionUrlConfig on the function
    lambda:DeleteFunctionUrlConfig
        lambda:DeleteFunctionUrlConfig on the function
    lambda:ListFunctionUrlConfigs
        lambda:ListFunctionUrlConfigs on the function
    lambda:PutFunctionRecursionConfig
        lambda:PutFunctionRecursionConfig on the function
    lambda:GetFunctionRecursionConfig
        lambda:GetFunctionRecursionConfig on the function
    lambda:PutRuntimeManagementConfig
        lambda:PutRuntimeManagementConfig on the function
    lambda:GetRuntimeManagementConfig
        lambda:GetRuntimeManagementConfig on the function
    lambda:PutFunctionCodeSigningConfig
        lambda:PutFunctionCodeSigningConfig on the function [lambda:CodeSigningConfigArn]
        lambda:PutFunctionCodeSigningConfig on the code signing configuration [lambda:CodeSigningConfigArn]
    lambda:GetFunctionCodeSigningConfig
        lambda:GetFunctionCodeSigningConfig on the function
    lambda:DeleteFunctionCodeSigningConfig
        lambda:DeleteFunctionCodeSigningConfig on the function
    lambda:CreateCodeSigningConfig
        lambda:CreateCodeSigningConfig on * [aws:RequestTag/<key>, aws:TagKeys]
    lambda:UpdateCodeSigningConfig
        lambda:UpdateCodeSigningConfig on the code signing configuration
    lambda:GetCodeSigningConfig
        lambda:GetCodeSigningConfig on the code signing configuration
    lambda:DeleteCodeSigningConfig
        lambda:DeleteCodeSigningConfig on the code signing configuration
    lambda:ListCodeSigningConfigs
        lambda:ListCodeSigningConfigs on *
    lambda:ListFunctionsByCodeSigningConfig
        lambda:ListFunctionsByCodeSigningConfig on the code signing configuration
    lambda:PublishLayerVersion
        lambda:PublishLayerVersion on the layer
        s3:GetObject on the object with the code, where the code lies in a bucket
    lambda:GetLayerVersion
        lambda:GetLayerVersion on the layer
    lambda:GetLayerVersionByArn
        lambda:GetLayerVersion on the layer
    lambda:DeleteLayerVersion
        lambda:DeleteLayerVersion on the layer
    lambda:ListLayers
        lambda:ListLayers on *
    lambda:ListLayerVersions
        lambda:ListLayerVersions on the layer
    lambda:AddLayerVersionPermission
        lambda:AddLayerVersionPermission on the layer
    lambda:RemoveLayerVersionPermission
        lambda:RemoveLayerVersionPermission on the layer
    lambda:GetLayerVersionPolicy
        lambda:GetLayerVersionPolicy on the layer
    lambda:GetAccountSettings
        lambda:GetAccountSettings on *
    lambda:TagResource
        lambda:TagResource on the tagged resource [aws:RequestTag/<key>, aws:TagKeys]
    lambda:UntagResource
        lambda:UntagResource on the tagged resource [aws:TagKeys]
    lambda:ListTags
        lambda:ListTags on the tagged resource
    lambda:CreateEventSourceMapping
        lambda:CreateEventSourceMapping on the function [lambda:FunctionArn]
        sqs:ReceiveMessage on the event source by the function's role
        sqs:DeleteMessage on the event source by the function's role
        sqs:GetQueueAttributes on the event source by the function's role
    lambda:GetEventSourceMapping
        lambda:GetEventSourceMapping on the event source mapping [lambda:FunctionArn]
    lambda:ListEventSourceMappings
        lambda:ListEventSourceMappings on *
    lambda:UpdateEventSourceMapping
        lambda:UpdateEventSourceMapping on the event source mapping [lambda:FunctionArn]
        lambda:UpdateEventSourceMapping on the function, with another function [lambda:FunctionArn]
        sqs:ReceiveMessage on the event source by the function's role, with another function
        sqs:DeleteMessage on the event source by the function's role, with another function
        sqs:GetQueueAttributes on the event source by the function's role, with another function
    lambda:DeleteEventSourceMapping
        lambda:DeleteEventSourceMapping on the event source mapping [lambda:FunctionArn]
    sts:AssumeRole
        sts:AssumeRole on the role [sts:RoleSessionName, sts:ExternalId]
    sts:GetCallerIdentity
        needs nothing
    logs:CreateLogGroup
        logs:CreateLogGroup on the group [aws:RequestTag/<key>, aws:TagKeys]
        logs:TagResource on the group, with tags [aws:RequestTag/<key>, aws:TagKeys]
    logs:CreateLogStream
        logs:CreateLogStream on the group
    logs:DeleteLogGroup
        logs:DeleteLogGroup on the group
    logs:DeleteLogStream
        logs:DeleteLogStream on the stream
    logs:DeleteMetricFilter
        logs:DeleteMetricFilter on the group
    logs:DeleteQueryDefinition
        logs:DeleteQueryDefinition on *
    logs:DeleteResourcePolicy
        logs:DeleteResourcePolicy on *
    logs:DeleteRetentionPolicy
        logs:DeleteRetentionPolicy on the group
    logs:DeleteSubscriptionFilter
        logs:DeleteSubscriptionFilter on the group
    logs:DescribeLogGroups
        logs:DescribeLogGroups on *
    logs:DescribeLogStreams
        logs:DescribeLogStreams on the group
    logs:DescribeMetricFilters
        logs:DescribeMetricFilters on the group
    logs:DescribeQueries
        logs:DescribeQueries on *
    logs:DescribeQueryDefinitions
        logs:DescribeQueryDefinitions on *
    logs:DescribeResourcePolicies
        logs:DescribeResourcePolicies on *
    logs:DescribeSubscriptionFilters
        logs:DescribeSubscriptionFilters on the group
    logs:FilterLogEvents
        logs:FilterLogEvents on the group
    logs:GetLogEvents
        logs:GetLogEvents on the stream
    logs:GetLogGroupFields
        logs:GetLogGroupFields on the group
    logs:GetLogRecord
        logs:GetLogRecord on *
    logs:GetQueryResults
        logs:GetQueryResults on *
    logs:ListLogGroups
        logs:ListLogGroups on *
    logs:ListTagsForResource
        logs:ListTagsForResource on the group
    logs:ListTagsLogGroup
        logs:ListTagsLogGroup on the group
    logs:PutLogEvents
        logs:PutLogEvents on the stream
    logs:PutLogGroupDeletionProtection
        logs:PutLogGroupDeletionProtection on the group
    logs:PutMetricFilter
        logs:PutMetricFilter on the group
    logs:PutQueryDefinition
        logs:PutQueryDefinition on *
    logs:PutResourcePolicy
        logs:PutResourcePolicy on *
    logs:PutRetentionPolicy
        logs:PutRetentionPolicy on the group
    logs:PutSubscriptionFilter
        logs:PutSubscriptionFilter on the group [logs:DestinationArn]
        lambda:InvokeFunction on the destination by logs.amazonaws.com
    logs:StartQuery
        logs:StartQuery on the group
    logs:StopQuery
        logs:StopQuery on *
    logs:TagLogGroup
        logs:TagLogGroup on the group [aws:RequestTag/<key>, aws:TagKeys]
    logs:TagResource
        logs:TagResource on the group [aws:RequestTag/<key>, aws:TagKeys]
    logs:TestMetricFilter
        logs:TestMetricFilter on *
    logs:UntagLogGroup
        logs:UntagLogGroup on the group [aws:TagKeys]
    logs:UntagResource
        logs:UntagResource on the group [aws:TagKeys]
    cloudwatch:DeleteAlarms
        cloudwatch:DeleteAlarms on the alarm
    cloudwatch:DeleteDashboards
        cloudwatch:DeleteDashboards on the dashboard
    cloudwatch:DeleteInsightRules
        cloudwatch:DeleteInsightRules on the rule
    cloudwatch:DescribeAlarmHistory
        cloudwatch:DescribeAlarmHistory on the alarm
    cloudwatch:DescribeAlarms
        cloudwatch:DescribeAlarms on the alarm
    cloudwatch:DescribeAlarmsForMetric
        cloudwatch:DescribeAlarmsForMetric on *
    cloudwatch:DescribeInsightRules
        cloudwatch:DescribeInsightRules on *
    cloudwatch:DisableAlarmActions
        cloudwatch:DisableAlarmActions on the alarm
    cloudwatch:DisableInsightRules
        cloudwatch:DisableInsightRules on the rule
    cloudwatch:EnableAlarmActions
        cloudwatch:EnableAlarmActions on the alarm
    cloudwatch:EnableInsightRules
        cloudwatch:EnableInsightRules on the rule
    cloudwatch:GetDashboard
        cloudwatch:GetDashboard on the dashboard
    cloudwatch:GetMetricData
        cloudwatch:GetMetricData on *
    cloudwatch:GetMetricStatistics
        cloudwatch:GetMetricStatistics on *
    cloudwatch:GetMetricWidgetImage
        cloudwatch:GetMetricWidgetImage on *
    cloudwatch:ListDashboards
        cloudwatch:ListDashboards on *
    cloudwatch:ListMetrics
        cloudwatch:ListMetrics on *
    cloudwatch:ListTagsForResource
        cloudwatch:ListTagsForResource on the resource
    cloudwatch:PutCompositeAlarm
        cloudwatch:PutCompositeAlarm on the alarm [cloudwatch:AlarmActions, aws:RequestTag/<key>, aws:TagKeys]
        cloudwatch:TagResource on the alarm, with tags [aws:RequestTag/<key>, aws:TagKeys]
    cloudwatch:PutDashboard
        cloudwatch:PutDashboard on the dashboard [aws:RequestTag/<key>, aws:TagKeys]
        cloudwatch:TagResource on the dashboard, with tags [aws:RequestTag/<key>, aws:TagKeys]
    cloudwatch:PutInsightRule
        cloudwatch:PutInsightRule on the rule [aws:RequestTag/<key>, aws:TagKeys]
        cloudwatch:TagResource on the rule, with tags [aws:RequestTag/<key>, aws:TagKeys]
    cloudwatch:PutMetricAlarm
        cloudwatch:PutMetricAlarm on the alarm [cloudwatch:AlarmActions, aws:RequestTag/<key>, aws:TagKeys]
        cloudwatch:TagResource on the alarm, with tags [aws:RequestTag/<key>, aws:TagKeys]
    cloudwatch:PutMetricData
        cloudwatch:PutMetricData on * [cloudwatch:namespace]
    cloudwatch:SetAlarmState
        cloudwatch:SetAlarmState on the alarm
    cloudwatch:TagResource
        cloudwatch:TagResource on the resource [aws:RequestTag/<key>, aws:TagKeys]
    cloudwatch:UntagResource
        cloudwatch:UntagResource on the resource [aws:TagKeys]
    ec2:AllocateAddress
        ec2:AllocateAddress on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:AssociateAddress
        ec2:AssociateAddress on what it names [ec2:Region]
    ec2:AssociateIamInstanceProfile
        ec2:AssociateIamInstanceProfile on what it names [ec2:Region]
    ec2:AssociateRouteTable
        ec2:AssociateRouteTable on what it names [ec2:Region]
    ec2:AttachInternetGateway
        ec2:AttachInternetGateway on what it names [ec2:Region]
    ec2:AuthorizeSecurityGroupEgress
        ec2:AuthorizeSecurityGroupEgress on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:AuthorizeSecurityGroupIngress
        ec2:AuthorizeSecurityGroupIngress on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CopyImage
        ec2:CopyImage on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateDefaultSubnet
        ec2:CreateDefaultSubnet on what it makes [ec2:Region]
    ec2:CreateDefaultVpc
        ec2:CreateDefaultVpc on what it makes [ec2:Region]
    ec2:CreateImage
        ec2:CreateImage on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateInternetGateway
        ec2:CreateInternetGateway on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateKeyPair
        ec2:CreateKeyPair on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateLaunchTemplate
        ec2:CreateLaunchTemplate on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateLaunchTemplateVersion
        ec2:CreateLaunchTemplateVersion on what it names [ec2:Region]
    ec2:CreateRoute
        ec2:CreateRoute on what it names [ec2:Region]
    ec2:CreateRouteTable
        ec2:CreateRouteTable on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateSecurityGroup
        ec2:CreateSecurityGroup on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateSubnet
        ec2:CreateSubnet on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:CreateTags
        ec2:CreateTags on what it names [ec2:Region, aws:RequestTag/<key>, aws:TagKeys]
    ec2:CreateVpc
        ec2:CreateVpc on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:DeleteInternetGateway
        ec2:DeleteInternetGateway on what it names [ec2:Region]
    ec2:DeleteKeyPair
        ec2:DeleteKeyPair on what it names [ec2:Region]
    ec2:DeleteLaunchTemplate
        ec2:DeleteLaunchTemplate on what it names [ec2:Region]
    ec2:DeleteLaunchTemplateVersions
        ec2:DeleteLaunchTemplateVersions on what it names [ec2:Region]
    ec2:DeleteRoute
        ec2:DeleteRoute on what it names [ec2:Region]
    ec2:DeleteRouteTable
        ec2:DeleteRouteTable on what it names [ec2:Region]
    ec2:DeleteSecurityGroup
        ec2:DeleteSecurityGroup on what it names [ec2:Region]
    ec2:DeleteSubnet
        ec2:DeleteSubnet on what it names [ec2:Region]
    ec2:DeleteTags
        ec2:DeleteTags on what it names [ec2:Region, aws:RequestTag/<key>, aws:TagKeys]
    ec2:DeleteVpc
        ec2:DeleteVpc on what it names [ec2:Region]
    ec2:DeregisterImage
        ec2:DeregisterImage on what it names [ec2:Region]
    ec2:DescribeAccountAttributes
        ec2:DescribeAccountAttributes on * [ec2:Region]
    ec2:DescribeAddresses
        ec2:DescribeAddresses on * [ec2:Region]
    ec2:DescribeAvailabilityZones
        ec2:DescribeAvailabilityZones on * [ec2:Region]
    ec2:DescribeIamInstanceProfileAssociations
        ec2:DescribeIamInstanceProfileAssociations on * [ec2:Region]
    ec2:DescribeImageAttribute
        ec2:DescribeImageAttribute on * [ec2:Region]
    ec2:DescribeImages
        ec2:DescribeImages on * [ec2:Region]
    ec2:DescribeInstanceAttribute
        ec2:DescribeInstanceAttribute on * [ec2:Region]
    ec2:DescribeInstanceCreditSpecifications
        ec2:DescribeInstanceCreditSpecifications on * [ec2:Region]
    ec2:DescribeInstanceStatus
        ec2:DescribeInstanceStatus on * [ec2:Region]
    ec2:DescribeInstanceTypeOfferings
        ec2:DescribeInstanceTypeOfferings on * [ec2:Region]
    ec2:DescribeInstanceTypes
        ec2:DescribeInstanceTypes on * [ec2:Region]
    ec2:DescribeInstances
        ec2:DescribeInstances on * [ec2:Region]
    ec2:DescribeInternetGateways
        ec2:DescribeInternetGateways on * [ec2:Region]
    ec2:DescribeKeyPairs
        ec2:DescribeKeyPairs on * [ec2:Region]
    ec2:DescribeLaunchTemplateVersions
        ec2:DescribeLaunchTemplateVersions on * [ec2:Region]
    ec2:DescribeLaunchTemplates
        ec2:DescribeLaunchTemplates on * [ec2:Region]
    ec2:DescribeNetworkAcls
        ec2:DescribeNetworkAcls on * [ec2:Region]
    ec2:DescribeNetworkInterfaces
        ec2:DescribeNetworkInterfaces on * [ec2:Region]
    ec2:DescribeRegions
        ec2:DescribeRegions on * [ec2:Region]
    ec2:DescribeRouteTables
        ec2:DescribeRouteTables on * [ec2:Region]
    ec2:DescribeSecurityGroupReferences
        ec2:DescribeSecurityGroupReferences on * [ec2:Region]
    ec2:DescribeSecurityGroupRules
        ec2:DescribeSecurityGroupRules on * [ec2:Region]
    ec2:DescribeSecurityGroups
        ec2:DescribeSecurityGroups on * [ec2:Region]
    ec2:DescribeStaleSecurityGroups
        ec2:DescribeStaleSecurityGroups on * [ec2:Region]
    ec2:DescribeSubnets
        ec2:DescribeSubnets on * [ec2:Region]
    ec2:DescribeTags
        ec2:DescribeTags on * [ec2:Region]
    ec2:DescribeVolumes
        ec2:DescribeVolumes on * [ec2:Region]
    ec2:DescribeVpcAttribute
        ec2:DescribeVpcAttribute on * [ec2:Region]
    ec2:DescribeVpcs
        ec2:DescribeVpcs on * [ec2:Region]
    ec2:DetachInternetGateway
        ec2:DetachInternetGateway on what it names [ec2:Region]
    ec2:DisassociateAddress
        ec2:DisassociateAddress on what it names [ec2:Region]
    ec2:DisassociateIamInstanceProfile
        ec2:DisassociateIamInstanceProfile on what it names [ec2:Region]
    ec2:DisassociateRouteTable
        ec2:DisassociateRouteTable on what it names [ec2:Region]
    ec2:GetConsoleOutput
        ec2:GetConsoleOutput on * [ec2:Region]
    ec2:GetLaunchTemplateData
        ec2:GetLaunchTemplateData on * [ec2:Region]
    ec2:GetSecurityGroupsForVpc
        ec2:GetSecurityGroupsForVpc on * [ec2:Region]
    ec2:ImportKeyPair
        ec2:ImportKeyPair on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:ModifyImageAttribute
        ec2:ModifyImageAttribute on what it names [ec2:Region]
    ec2:ModifyInstanceAttribute
        ec2:ModifyInstanceAttribute on what it names [ec2:Region]
    ec2:ModifyInstanceMetadataOptions
        ec2:ModifyInstanceMetadataOptions on what it names [ec2:Region]
    ec2:ModifyLaunchTemplate
        ec2:ModifyLaunchTemplate on what it names [ec2:Region]
    ec2:ModifySecurityGroupRules
        ec2:ModifySecurityGroupRules on what it names [ec2:Region]
    ec2:ModifySubnetAttribute
        ec2:ModifySubnetAttribute on what it names [ec2:Region]
    ec2:ModifyVpcAttribute
        ec2:ModifyVpcAttribute on what it names [ec2:Region]
    ec2:MonitorInstances
        ec2:MonitorInstances on what it names [ec2:Region]
    ec2:RebootInstances
        ec2:RebootInstances on what it names [ec2:Region]
    ec2:RegisterImage
        ec2:RegisterImage on what it makes [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:ReleaseAddress
        ec2:ReleaseAddress on what it names [ec2:Region]
    ec2:ReplaceIamInstanceProfileAssociation
        ec2:ReplaceIamInstanceProfileAssociation on what it names [ec2:Region]
    ec2:ReplaceRoute
        ec2:ReplaceRoute on what it names [ec2:Region]
    ec2:ReplaceRouteTableAssociation
        ec2:ReplaceRouteTableAssociation on what it names [ec2:Region]
    ec2:ResetImageAttribute
        ec2:ResetImageAttribute on what it names [ec2:Region]
    ec2:ResetInstanceAttribute
        ec2:ResetInstanceAttribute on what it names [ec2:Region]
    ec2:RevokeSecurityGroupEgress
        ec2:RevokeSecurityGroupEgress on what it names [ec2:Region]
    ec2:RevokeSecurityGroupIngress
        ec2:RevokeSecurityGroupIngress on what it names [ec2:Region]
    ec2:RunInstances
        ec2:RunInstances on what it names [ec2:Region]
        ec2:CreateTags on what it makes, with tags [ec2:Region, aws:RequestTag/<key>, aws:TagKeys, ec2:CreateAction]
    ec2:StartInstances
        ec2:StartInstances on what it names [ec2:Region]
    ec2:StopInstances
        ec2:StopInstances on what it names [ec2:Region]
    ec2:TerminateInstances
        ec2:TerminateInstances on what it names [ec2:Region]
    ec2:UnmonitorInstances
        ec2:UnmonitorInstances on what it names [ec2:Region]
    ec2:UpdateSecurityGroupRuleDescriptionsEgress
        ec2:UpdateSecurityGroupRuleDescriptionsEgress on what it names [ec2:Region]
    ec2:UpdateSecurityGroupRuleDescriptionsIngress
        ec2:UpdateSecurityGroupRuleDescriptionsIngress on what it names [ec2:Region]
    elasticloadbalancing:AddListenerCertificates
        elasticloadbalancing:AddListenerCertificates on the resource
    elasticloadbalancing:AddTags
        elasticloadbalancing:AddTags on the resource [aws:RequestTag/<key>, aws:TagKeys]
    elasticloadbalancing:CreateListener
        elasticloadbalancing:CreateListener on the resource [aws:RequestTag/<key>, aws:TagKeys]
        elasticloadbalancing:AddTags on the resource, with tags [aws:RequestTag/<key>, aws:TagKeys]
    elasticloadbalancing:CreateLoadBalancer
        elasticloadbalancing:CreateLoadBalancer on the new load balancer [elasticloadbalancing:Scheme, elasticloadbalancing:SecurityGroup, elasticloadbalancing:Subnet, aws:RequestTag/<key>, aws:TagKeys]
        elasticloadbalancing:AddTags on the new load balancer, with tags [aws:RequestTag/<key>, aws:TagKeys]
    elasticloadbalancing:CreateRule
        elasticloadbalancing:CreateRule on the resource [aws:RequestTag/<key>, aws:TagKeys]
        elasticloadbalancing:AddTags on the resource, with tags [aws:RequestTag/<key>, aws:TagKeys]
    elasticloadbalancing:CreateTargetGroup
        elasticloadbalancing:CreateTargetGroup on the new target group [aws:RequestTag/<key>, aws:TagKeys]
        elasticloadbalancing:AddTags on the new target group, with tags [aws:RequestTag/<key>, aws:TagKeys]
    elasticloadbalancing:DeleteListener
        elasticloadbalancing:DeleteListener on the resource
    elasticloadbalancing:DeleteLoadBalancer
        elasticloadbalancing:DeleteLoadBalancer on the resource
    elasticloadbalancing:DeleteRule
        elasticloadbalancing:DeleteRule on the resource
    elasticloadbalancing:DeleteTargetGroup
        elasticloadbalancing:DeleteTargetGroup on the resource
    elasticloadbalancing:DeregisterTargets
        elasticloadbalancing:DeregisterTargets on the resource
    elasticloadbalancing:DescribeAccountLimits
        elasticloadbalancing:DescribeAccountLimits on *
    elasticloadbalancing:DescribeListenerAttributes
        elasticloadbalancing:DescribeListenerAttributes on *
    elasticloadbalancing:DescribeListenerCertificates
        elasticloadbalancing:DescribeListenerCertificates on *
    elasticloadbalancing:DescribeListeners
        elasticloadbalancing:DescribeListeners on *
    elasticloadbalancing:DescribeLoadBalancerAttributes
        elasticloadbalancing:DescribeLoadBalancerAttributes on *
    elasticloadbalancing:DescribeLoadBalancers
        elasticloadbalancing:DescribeLoadBalancers on *
    elasticloadbalancing:DescribeRules
        elasticloadbalancing:DescribeRules on *
    elasticloadbalancing:DescribeSSLPolicies
        elasticloadbalancing:DescribeSSLPolicies on *
    elasticloadbalancing:DescribeTags
        elasticloadbalancing:DescribeTags on *
    elasticloadbalancing:DescribeTargetGroupAttributes
        elasticloadbalancing:DescribeTargetGroupAttributes on *
    elasticloadbalancing:DescribeTargetGroups
        elasticloadbalancing:DescribeTargetGroups on *
    elasticloadbalancing:DescribeTargetHealth
        elasticloadbalancing:DescribeTargetHealth on *
    elasticloadbalancing:ModifyListener
        elasticloadbalancing:ModifyListener on the resource
    elasticloadbalancing:ModifyListenerAttributes
        elasticloadbalancing:ModifyListenerAttributes on the resource
    elasticloadbalancing:ModifyLoadBalancerAttributes
        elasticloadbalancing:ModifyLoadBalancerAttributes on the resource
    elasticloadbalancing:ModifyRule
        elasticloadbalancing:ModifyRule on the resource
    elasticloadbalancing:ModifyTargetGroup
        elasticloadbalancing:ModifyTargetGroup on the resource
    elasticloadbalancing:ModifyTargetGroupAttributes
        elasticloadbalancing:ModifyTargetGroupAttributes on the resource
    elasticloadbalancing:RegisterTargets
        elasticloadbalancing:RegisterTargets on the resource
    elasticloadbalancing:RemoveListenerCertificates
        elasticloadbalancing:RemoveListenerCertificates on the resource
    elasticloadbalancing:RemoveTags
        elasticloadbalancing:RemoveTags on the resource [aws:TagKeys]
    elasticloadbalancing:SetIpAddressType
        elasticloadbalancing:SetIpAddressType on the resource
    elasticloadbalancing:SetRulePriorities
        elasticloadbalancing:SetRulePriorities on the resource
    elasticloadbalancing:SetSecurityGroups
        elasticloadbalancing:SetSecurityGroups on the resource [elasticloadbalancing:SecurityGroup]
    elasticloadbalancing:SetSubnets
        elasticloadbalancing:SetSubnets on the resource [elasticloadbalancing:Subnet]
    autoscaling:AttachInstances
        autoscaling:AttachInstances on the group
    autoscaling:AttachLoadBalancerTargetGroups
        autoscaling:AttachLoadBalancerTargetGroups on the group
    autoscaling:AttachTrafficSources
        autoscaling:AttachTrafficSources on the group
    autoscaling:BatchDeleteScheduledAction
        autoscaling:BatchDeleteScheduledAction on the group
    autoscaling:BatchPutScheduledUpdateGroupAction
        autoscaling:BatchPutScheduledUpdateGroupAction on the group
    autoscaling:CancelInstanceRefresh
        autoscaling:CancelInstanceRefresh on the group
    autoscaling:CompleteLifecycleAction
        autoscaling:CompleteLifecycleAction on the group
    autoscaling:CreateAutoScalingGroup
        autoscaling:CreateAutoScalingGroup on the group
    autoscaling:CreateLaunchConfiguration
        autoscaling:CreateLaunchConfiguration on the launch configuration
    autoscaling:CreateOrUpdateTags
        autoscaling:CreateOrUpdateTags on the group
    autoscaling:DeleteAutoScalingGroup
        autoscaling:DeleteAutoScalingGroup on the group
    autoscaling:DeleteLaunchConfiguration
        autoscaling:DeleteLaunchConfiguration on the launch configuration
    autoscaling:DeleteLifecycleHook
        autoscaling:DeleteLifecycleHook on the group
    autoscaling:DeleteNotificationConfiguration
        autoscaling:DeleteNotificationConfiguration on the group
    autoscaling:DeletePolicy
        autoscaling:DeletePolicy on the group
    autoscaling:DeleteScheduledAction
        autoscaling:DeleteScheduledAction on the group
    autoscaling:DeleteTags
        autoscaling:DeleteTags on the group
    autoscaling:DescribeAccountLimits
        autoscaling:DescribeAccountLimits on *
    autoscaling:DescribeAdjustmentTypes
        autoscaling:DescribeAdjustmentTypes on *
    autoscaling:DescribeAutoScalingGroups
        autoscaling:DescribeAutoScalingGroups on *
    autoscaling:DescribeAutoScalingInstances
        autoscaling:DescribeAutoScalingInstances on *
    autoscaling:DescribeAutoScalingNotificationTypes
        autoscaling:DescribeAutoScalingNotificationTypes on *
    autoscaling:DescribeInstanceRefreshes
        autoscaling:DescribeInstanceRefreshes on *
    autoscaling:DescribeLaunchConfigurations
        autoscaling:DescribeLaunchConfigurations on *
    autoscaling:DescribeLifecycleHookTypes
        autoscaling:DescribeLifecycleHookTypes on *
    autoscaling:DescribeLifecycleHooks
        autoscaling:DescribeLifecycleHooks on *
    autoscaling:DescribeLoadBalancerTargetGroups
        autoscaling:DescribeLoadBalancerTargetGroups on *
    autoscaling:DescribeMetricCollectionTypes
        autoscaling:DescribeMetricCollectionTypes on *
    autoscaling:DescribeNotificationConfigurations
        autoscaling:DescribeNotificationConfigurations on *
    autoscaling:DescribePolicies
        autoscaling:DescribePolicies on *
    autoscaling:DescribeScalingActivities
        autoscaling:DescribeScalingActivities on *
    autoscaling:DescribeScalingProcessTypes
        autoscaling:DescribeScalingProcessTypes on *
    autoscaling:DescribeScheduledActions
        autoscaling:DescribeScheduledActions on *
    autoscaling:DescribeTags
        autoscaling:DescribeTags on *
    autoscaling:DescribeTerminationPolicyTypes
        autoscaling:DescribeTerminationPolicyTypes on *
    autoscaling:DescribeTrafficSources
        autoscaling:DescribeTrafficSources on *
    autoscaling:DetachInstances
        autoscaling:DetachInstances on the group
    autoscaling:DetachLoadBalancerTargetGroups
        autoscaling:DetachLoadBalancerTargetGroups on the group
    autoscaling:DetachTrafficSources
        autoscaling:DetachTrafficSources on the group
    autoscaling:DisableMetricsCollection
        autoscaling:DisableMetricsCollection on the group
    autoscaling:EnableMetricsCollection
        autoscaling:EnableMetricsCollection on the group
    autoscaling:EnterStandby
        autoscaling:EnterStandby on the group
    autoscaling:ExecutePolicy
        autoscaling:ExecutePolicy on the group
    autoscaling:ExitStandby
        autoscaling:ExitStandby on the group
    autoscaling:PutLifecycleHook
        autoscaling:PutLifecycleHook on the group
    autoscaling:PutNotificationConfiguration
        autoscaling:PutNotificationConfiguration on the group
    autoscaling:PutScalingPolicy
        autoscaling:PutScalingPolicy on the group
    autoscaling:PutScheduledUpdateGroupAction
        autoscaling:PutScheduledUpdateGroupAction on the group
    autoscaling:RecordLifecycleActionHeartbeat
        autoscaling:RecordLifecycleActionHeartbeat on the group
    autoscaling:ResumeProcesses
        autoscaling:ResumeProcesses on the group
    autoscaling:RollbackInstanceRefresh
        autoscaling:RollbackInstanceRefresh on the group
    autoscaling:SetDesiredCapacity
        autoscaling:SetDesiredCapacity on the group
    autoscaling:SetInstanceHealth
        autoscaling:SetInstanceHealth on the group
    autoscaling:SetInstanceProtection
        autoscaling:SetInstanceProtection on the group
    autoscaling:StartInstanceRefresh
        autoscaling:StartInstanceRefresh on the group
    autoscaling:SuspendProcesses
        autoscaling:SuspendProcesses on the group
    autoscaling:TerminateInstanceInAutoScalingGroup
        autoscaling:TerminateInstanceInAutoScalingGroup on the group
    autoscaling:UpdateAutoScalingGroup
        autoscaling:UpdateAutoScalingGroup on the group
    ");
}

/// The compiler asks for a row an operation; that the rows are those of the operations is asked here.
#[test]
fn no_row_is_of_an_operation_that_is_not_there() {
    fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names
    }
    macro_rules! check {
        ($($service:ident)*) => { $(
            assert_eq!(
                sorted($service::Request::OPERATIONS.iter().copied()),
                sorted($service::Request::PERMISSIONS.iter().map(|(name, _)| *name)),
            );
        )* };
    }
    check!(s3 sqs lambda sts);
}

fn call(world: &mut World, caller: Caller, service: &str, operation: &str, input: Value) {
    let payload = Payload::Blob(Blob {
        id: BlobId("blob".into()),
        size_bytes: 1,
        md5: [1; 16],
        sha256: Some(Box::new([1; 32])),
        checksum: None,
    });
    let call = Call {
        id: CallId(1),
        caller,
        signing: Signing::Optional,
        region: Region::default(),
        endpoint: "http://localhost:4566".into(),
        source_ip: "127.0.0.1".into(),
        agent: Default::default(),
        trace_header: None,
        cause: None,
        request: Request::decode(service, operation, input, payload).unwrap(),
    };
    world.handle(Timestamp::from_ms(1_800_000_000_000), Input::Call(call));
}

/// What passes on a laptop and would not on AWS stands in the trace beside the call, with the reason:
/// unsigned calls of SQS, a role that takes back the policy that locks it out, a role that is passed
/// over the border of its account, a version that a policy says nothing about. What AWS lets pass, and
/// what is refused here as well, is noted by nothing.
#[test]
fn what_aws_would_refuse_is_noted_with_the_reason() {
    let account = AccountId::default();
    let root = || Caller::Account { account: account.clone(), access_key_id: "AKIA".into() };
    let role = || Caller::Role {
        account: account.clone(),
        principal_arn: "arn:aws:sts::000000000000:assumed-role/worker/me".into(),
        access_key_id: "ASIA".into(),
    };
    let other = || Caller::Account {
        account: AccountId::parse("111111111111").unwrap(),
        access_key_id: "AKIB".into(),
    };
    let mut world = World::in_memory(7);
    let mut does = |caller: Caller, service: &str, operation: &str, input: Value| {
        call(&mut world, caller, service, operation, input);
    };
    let url = "http://localhost:4566/000000000000/orders";
    does(root(), "sqs", "CreateQueue", json!({"QueueName": "orders"}));
    does(Caller::Anonymous, "sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"}));
    does(Caller::Anonymous, "sqs", "ListQueues", json!({}));
    does(other(), "sqs", "ReceiveMessage", json!({"QueueUrl": url}));

    let statement = |effect: &str, action: &str, resource: &str| {
        let statement = json!({
            "Effect": effect, "Principal": "*", "Action": action, "Resource": resource,
        });
        json!({"Bucket": "photos", "Policy": json!({"Statement": statement}).to_string()})
    };
    let bucket = json!({"Bucket": "photos"});
    does(root(), "s3", "CreateBucket", bucket.clone());
    does(root(), "s3", "DeletePublicAccessBlock", bucket.clone());
    does(root(), "s3", "PutObject", json!({"Bucket": "photos", "Key": "a"}));
    let reading = statement("Allow", "s3:GetObject", "arn:aws:s3:::photos/*");
    does(root(), "s3", "PutBucketPolicy", reading);
    let version = json!({"Bucket": "photos", "Key": "a", "VersionId": "null"});
    does(Caller::Anonymous, "s3", "GetObject", version);
    does(root(), "s3", "PutBucketPolicy", statement("Deny", "s3:*", "arn:aws:s3:::photos"));
    does(role(), "s3", "DeleteBucketPolicy", bucket.clone());
    does(root(), "s3", "DeleteBucketPolicy", bucket);

    let function = |role: &str| {
        json!({
            "FunctionName": "resize", "Runtime": "python3.13", "Handler": "a.b",
            "Role": format!("arn:aws:iam::{role}:role/worker"),
        })
    };
    does(root(), "lambda", "CreateFunction", function("111111111111"));
    does(root(), "lambda", "UpdateFunctionConfiguration", function("000000000000"));

    let noted: Vec<String> = world
        .trace()
        .events()
        .map(|event| {
            let outcome = event.outcome.as_deref().unwrap_or_default();
            let would_refuse = event.would_refuse.as_deref().unwrap_or("nothing is noted");
            format!("{}: {outcome}; {would_refuse}", event.what)
        })
        .collect();
    assert_snapshot!(noted.join("\n"), @"
    sqs:CreateQueue: ok; nothing is noted
    sqs:SendMessage: ok; User: anonymous is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:000000000000:orders because no resource-based policy allows the sqs:SendMessage action
    sqs:ListQueues: ok; User: anonymous is not authorized to perform: sqs:ListQueues on resource: arn:aws:sqs:us-east-1:000000000000:* because no resource-based policy allows the sqs:ListQueues action
    sqs:ReceiveMessage: AccessDeniedException; nothing is noted
    s3:CreateBucket: ok; nothing is noted
    s3:DeletePublicAccessBlock: ok; nothing is noted
    s3:PutObject: ok; nothing is noted
    s3:PutBucketPolicy: ok; nothing is noted
    s3:GetObject: AccessDenied; nothing is noted
    s3:PutBucketPolicy: ok; nothing is noted
    s3:DeleteBucketPolicy: ok; User: arn:aws:sts::000000000000:assumed-role/worker/me is not authorized to perform: s3:DeleteBucketPolicy on resource: arn:aws:s3:::photos with an explicit deny in a resource-based policy
    s3:DeleteBucketPolicy: ok; nothing is noted
    lambda:CreateFunction: ok; User: arn:aws:iam::000000000000:root is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111111111111:role/worker because no resource-based policy allows the iam:PassRole action
    lambda:UpdateFunctionConfiguration: ok; nothing is noted
    ");
}
