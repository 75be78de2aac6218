//! What AWS's logs call operations: `REST.GET.OBJECT`, `REST.PUT.LOGGING_STATUS`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>

use super::Served;

impl Served {
    /// `REST.GET.OBJECT`
    pub(super) fn logged_operation(&self) -> String {
        let (kind, method) = match self.operation {
            _ if self.is_website => ("WEBSITE", self.method.as_str()),
            Some("CopyObject" | "UploadPartCopy") => ("REST", "COPY"),
            _ => ("REST", self.method.as_str()),
        };
        let of_nothing = if self.key.is_some() { "OBJECT" } else { "BUCKET" };
        let resource = match self.operation {
            _ if self.is_website => "OBJECT",
            _ if self.method == "OPTIONS" => "PREFLIGHT",
            Some(operation) => resource(operation).unwrap_or(of_nothing),
            None => of_nothing,
        };
        format!("{kind}.{method}.{resource}")
    }
}

/// With what an operation has to do, where that is more than a bucket or an object.
fn resource(operation: &str) -> Option<&'static str> {
    let of_bucket = ["Get", "Put", "Delete", "List"];
    let noun = of_bucket.iter().find_map(|verb| operation.strip_prefix(verb)).unwrap_or(operation);
    Some(match noun {
        "BucketAbac" => "BUCKET_ABAC",
        "BucketMetadataConfiguration" => "BUCKET_METADATA_CONFIGURATION",
        "BucketMetadataTableConfiguration" => "BUCKET_METADATA_TABLE_CONFIGURATION",
        "BucketLocation" => "LOCATION",
        "BucketVersioning" => "VERSIONING",
        "BucketPolicy" => "BUCKETPOLICY",
        "BucketPolicyStatus" => "POLICY_STATUS",
        "BucketCors" => "CORS",
        "BucketLogging" => "LOGGING_STATUS",
        "BucketEncryption" => "ENCRYPTION",
        "BucketLifecycle" | "BucketLifecycleConfiguration" => "LIFECYCLE",
        "BucketReplication" => "REPLICATION",
        "BucketRequestPayment" => "REQUEST_PAYMENT",
        "BucketWebsite" => "WEBSITE",
        "BucketTagging" => "TAGGING",
        "BucketNotification" | "BucketNotificationConfiguration" => "NOTIFICATION",
        "BucketOwnershipControls" => "OWNERSHIP_CONTROLS",
        "BucketAccelerateConfiguration" => "ACCELERATE",
        "BucketAnalyticsConfiguration" | "BucketAnalyticsConfigurations" => "ANALYTICS",
        "BucketInventoryConfiguration" | "BucketInventoryConfigurations" => "INVENTORY",
        "BucketMetricsConfiguration" | "BucketMetricsConfigurations" => "METRICS",
        "BucketIntelligentTieringConfiguration" | "BucketIntelligentTieringConfigurations" => {
            "INTELLIGENT_TIERING"
        }
        "PublicAccessBlock" => "PUBLIC_ACCESS_BLOCK",
        "BucketAcl" | "ObjectAcl" => "ACL",
        "ObjectTagging" => "OBJECT_TAGGING",
        "ObjectAttributes" => "OBJECT_ATTRIBUTES",
        "ObjectLockConfiguration" => "OBJECT_LOCK_CONFIGURATION",
        "ObjectRetention" => "OBJECT_LOCK_RETENTION",
        "ObjectLegalHold" => "OBJECT_LOCK_LEGALHOLD",
        "ObjectTorrent" => "TORRENT",
        "ObjectVersions" => "BUCKETVERSIONS",
        "MultipartUploads" | "CreateMultipartUpload" => "UPLOADS",
        "Parts" | "CompleteMultipartUpload" | "AbortMultipartUpload" => "UPLOAD",
        "UploadPart" | "UploadPartCopy" => "PART",
        "RestoreObject" => "RESTORE",
        "SelectObjectContent" => "SELECT",
        // `DeleteObjects`
        "Objects" if operation == "DeleteObjects" => "MULTI_OBJECT_DELETE",
        _ => return None,
    })
}
