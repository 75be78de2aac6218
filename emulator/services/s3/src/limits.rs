//! Limits of S3: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.

/// Buckets of one account. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html>
pub const BUCKETS_MAX: usize = 10_000;
/// Bytes of an object's key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const OBJECT_KEY_SIZE_BYTES_MAX: usize = 1024;
/// Bytes of a request's document: what 10,000 parts with checksums need. Ours.
pub const DOCUMENT_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one `PutObject`: 5 GiB. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub const OBJECT_PUT_SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of an object's user metadata, names and values together.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
pub const OBJECT_USER_METADATA_SIZE_BYTES_MAX: usize = 2 * 1024;
/// Keys of one `DeleteObjects`. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub const DELETE_OBJECTS_MAX: usize = 1000;
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
