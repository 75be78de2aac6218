//! Limits of S3: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.

use std::time::Duration;

/// Buckets of one account. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html>
pub const BUCKETS_MAX: usize = 10_000;
/// Bytes of an object's key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const OBJECT_KEY_SIZE_BYTES_MAX: usize = 1024;
/// Bytes of a request's document: what 10,000 parts with checksums need. Ours.
pub const DOCUMENT_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one `PutObject`: 5 GiB. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub const OBJECT_PUT_SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of a form before its file, 20 KB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/HTTPPOSTForms.html>
pub const FORM_FIELDS_SIZE_BYTES_MAX: usize = 20 * 1024;
/// Bytes of an object's user metadata, names and values together.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
pub const OBJECT_USER_METADATA_SIZE_BYTES_MAX: usize = 2 * 1024;
/// Characters of `x-amz-website-redirect-location`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>
pub const WEBSITE_REDIRECT_LOCATION_CHARS_MAX: usize = 2048;
/// Days of a bucket's default retention.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>
pub const DEFAULT_RETENTION_DAYS_MAX: u32 = 36_500;
/// Years of a bucket's default retention, from there, too.
pub const DEFAULT_RETENTION_YEARS_MAX: u32 = 100;
/// Keys of one `DeleteObjects`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub const DELETE_OBJECTS_MAX: usize = 1000;
/// Parts of an upload. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const UPLOAD_PARTS_MAX: u16 = 10_000;
/// Bytes of a part: 5 GiB. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const PART_SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of a part that is not the last: 5 MiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const PART_SIZE_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// Bytes of an object: ten thousand parts of 5 GiB, 48.8 TiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const OBJECT_SIZE_BYTES_MAX: u64 = UPLOAD_PARTS_MAX as u64 * PART_SIZE_BYTES_MAX;
/// Parts of one page. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const LIST_PARTS_MAX: usize = 1000;
/// Uploads and common prefixes of one page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const LIST_UPLOADS_MAX: usize = 1000;
/// Keys and common prefixes of one page. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub const LIST_OBJECTS_MAX_KEYS: usize = 1000;
/// Buckets of one page. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub const LIST_BUCKETS_MAX: usize = 10_000;
/// Tags of an object. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub const OBJECT_TAGS_MAX: usize = 10;
/// Tags of a bucket. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>
pub const BUCKET_TAGS_MAX: usize = 50;
/// Characters of a tag's key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Characters of a tag's value. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Grants of an ACL. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
pub const ACL_GRANTS_MAX: usize = 100;
/// CORS rules of a bucket. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>
pub const CORS_RULES_MAX: usize = 100;
/// Characters of a CORS rule's id. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>
pub const CORS_RULE_ID_CHARS_MAX: usize = 255;
/// Notification configurations of a bucket.
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
pub const NOTIFICATION_CONFIGURATIONS_MAX: usize = 100;
/// Characters of a notification filter's value.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_FilterRule.html>
pub const NOTIFICATION_FILTER_VALUE_CHARS_MAX: usize = 1024;
/// Characters of a notification configuration's id.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_QueueConfiguration.html>
pub const NOTIFICATION_ID_CHARS_MAX: usize = 255;
/// Routing rules of a website.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html>
pub const ROUTING_RULES_MAX: usize = 50;
/// Configurations of a kind that a bucket may have: inventories, metrics, analytics, tierings.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html>
pub const CONFIGURATIONS_MAX: usize = 1000;
/// Configurations of one page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html>
pub const LIST_CONFIGURATIONS_MAX: usize = 100;
/// Characters of a configuration's id.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AnalyticsConfiguration.html>
pub const CONFIGURATION_ID_CHARS_MAX: usize = 64;
/// Days after which objects may be archived at the earliest, and in the deep archive.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html>
pub const ARCHIVE_ACCESS_DAYS_MIN: i64 = 90;
/// See above.
pub const DEEP_ARCHIVE_ACCESS_DAYS_MIN: i64 = 180;
/// Days after which objects may be archived at the latest. See above.
pub const TIERING_DAYS_MAX: i64 = 730;
/// Rules of a lifecycle.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
pub const LIFECYCLE_RULES_MAX: usize = 1000;
/// Characters of a lifecycle rule's id. See above.
pub const LIFECYCLE_RULE_ID_CHARS_MAX: usize = 255;
/// Versions that a lifecycle deletes or moves at once; the rest follows in the next step. Ours.
pub const LIFECYCLE_STEP_VERSIONS_MAX: usize = 1000;
/// Bytes under which objects are not moved to another class where their rule says nothing of size.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
pub const TRANSITION_SIZE_BYTES_MIN: u64 = 128 * 1024;
/// Days of a lifecycle rule: what AWS's integers hold.
pub const LIFECYCLE_DAYS_MAX: i64 = i32::MAX as i64;
/// Days before objects may be moved to a class of infrequent access, and on from it to an archive.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
pub const INFREQUENT_ACCESS_DAYS_MIN: i64 = 30;
/// Versions that a lifecycle rule may spare.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html>
pub const NEWER_NONCURRENT_VERSIONS_MAX: i64 = 100;
/// Rules of a replication.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html>
pub const REPLICATION_RULES_MAX: usize = 1000;
/// Characters of a replication rule's id.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html>
pub const REPLICATION_RULE_ID_CHARS_MAX: usize = 255;
/// How long it takes at most, as a rule, until an archived object is restored, by class and tier.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html>
pub const RESTORE_EXPEDITED: Duration = Duration::from_mins(5);
/// See above.
pub const RESTORE_STANDARD: Duration = Duration::from_hours(5);
/// See above.
pub const RESTORE_STANDARD_DEEP: Duration = Duration::from_hours(12);
/// See above.
pub const RESTORE_BULK: Duration = Duration::from_hours(12);
/// See above.
pub const RESTORE_BULK_DEEP: Duration = Duration::from_hours(48);
/// How long what is asked of a bucket is collected before its log is delivered. Ours: AWS takes some hours.
pub const ACCESS_LOG_DELAY: Duration = Duration::from_mins(5);
/// Bytes of a log that are delivered before their time, as an object of their own. Ours.
pub const ACCESS_LOG_SIZE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the logs of all buckets that are collected. Ours.
pub const ACCESS_LOGS_SIZE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of what a client says of itself, in a line of a log. Ours.
pub const ACCESS_LOG_FIELD_SIZE_BYTES_MAX: usize = 8 * 1024;
/// Answers on their way of which more is known than their client. Ours.
pub const ACCESS_LOG_ANSWERS_MAX: usize = 4096;
/// The regions that buckets can be listed by, beside those that have one.
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
pub const REGIONS: &str = "\
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
    ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 \
    ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 \
    eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 \
    me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2";

/// For how long CloudWatch is told each day how much is stored after it last changed, in seconds: as long as it keeps
/// points. AWS goes on for good. Ours.
pub const STORAGE_TOLD_S: u64 = 455 * 24 * 60 * 60;
