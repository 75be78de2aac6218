//! The errors of S3: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
//!
//! The answers to `HEAD` carry no body; their code is then what clients make of the status.

pub use kernel::error::rest_xml::{
    INVALID_ARGUMENT, INVALID_REQUEST, MALFORMED_XML, METHOD_NOT_ALLOWED,
};
use kernel::error::{ApiError, Row};

/// No bucket of that name. `BucketName`.
pub static NO_SUCH_BUCKET: Row =
    Row::sender("NoSuchBucket", 404, "The specified bucket does not exist");

/// No object of that key. `Key`.
pub static NO_SUCH_KEY: Row = Row::sender("NoSuchKey", 404, "The specified key does not exist.");

/// The object has no such version. `Key`, `VersionId`.
pub static NO_SUCH_VERSION: Row =
    Row::sender("NoSuchVersion", 404, "The specified version does not exist.");

/// No such upload, or no longer. `UploadId`.
pub static NO_SUCH_UPLOAD: Row = Row::sender(
    "NoSuchUpload",
    404,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
     aborted or completed.",
);

/// A part that is named was not uploaded, or is another by now. `UploadId`, `PartNumber`, `ETag`.
pub static INVALID_PART: Row = Row::sender(
    "InvalidPart",
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or \
     the specified entity tag may not match the part's entity tag.",
);

/// The parts that are named are not in the order of their numbers. `UploadId`.
pub static INVALID_PART_ORDER: Row = Row::sender(
    "InvalidPartOrder",
    400,
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
);

/// A checksum is not that of what was uploaded.
pub static BAD_DIGEST: Row = Row::sender(
    "BadDigest",
    400,
    "The checksum you specified did not match the calculated checksum.",
);

/// Somebody else has a bucket of that name. `BucketName`.
pub static BUCKET_ALREADY_EXISTS: Row = Row::sender(
    "BucketAlreadyExists",
    409,
    "The requested bucket name is not available. The bucket namespace is shared by all users of \
     the system. Please select a different name and try again.",
);

/// The caller has a bucket of that name already. `BucketName`.
pub static BUCKET_ALREADY_OWNED_BY_YOU: Row = Row::sender(
    "BucketAlreadyOwnedByYou",
    409,
    "Your previous request to create the named bucket succeeded and you already own it.",
);

/// The body of `PutBucketVersioning` says nothing.
pub static ILLEGAL_VERSIONING_CONFIGURATION: Row = Row::sender(
    "IllegalVersioningConfigurationException",
    400,
    "The Versioning element must be specified",
);

/// Not while the bucket is as it is.
pub static INVALID_BUCKET_STATE: Row = Row::sender(
    "InvalidBucketState",
    409,
    "The request is not valid for the current state of the bucket.",
);

/// The bucket has no Object Lock. `BucketName`.
pub static NO_SUCH_BUCKET_LOCK: Row = Row::sender(
    "ObjectLockConfigurationNotFoundError",
    404,
    "Object Lock configuration does not exist for this bucket",
);

/// The object has no retention, or no legal hold.
pub static NO_SUCH_OBJECT_LOCK_CONFIGURATION: Row = Row::sender(
    "NoSuchObjectLockConfiguration",
    404,
    "The specified object does not have a ObjectLock configuration",
);

/// The bucket still has objects. `BucketName`.
pub static BUCKET_NOT_EMPTY: Row =
    Row::sender("BucketNotEmpty", 409, "The bucket you tried to delete is not empty");

/// The account has as many buckets as it may.
pub static TOO_MANY_BUCKETS: Row =
    Row::sender("TooManyBuckets", 400, "You have attempted to create more buckets than allowed");

/// Not a bucket's name. `BucketName`.
pub static INVALID_BUCKET_NAME: Row =
    Row::sender("InvalidBucketName", 400, "The specified bucket is not valid.");
/// A bucket of the account's namespace whose name does not say so.
/// `Header`, `HeaderValue`.
pub static INVALID_NAMESPACE_HEADER: Row = Row::sender(
    "InvalidNamespaceHeader",
    400,
    "The requested bucket name did not include the account-regional namespace suffix, but the \
     provided x-amz-bucket-namespace header value is account-regional. Specify \
     -[accountId]-[region]-an as the bucket name suffix to create a bucket in your \
     account-regional namespace, or remove the header.",
);

/// A bucket whose name says that it is of the account's namespace, and nothing else does. `Header`.
pub static MISSING_NAMESPACE_HEADER: Row = Row::sender(
    "MissingNamespaceHeader",
    400,
    "The requested bucket is an account-regional namespace bucket, but your request is missing the \
     required x-amz-bucket-namespace header.",
);

/// A bucket of another account's or region's namespace. `BucketNamespace`.
pub static INVALID_BUCKET_NAMESPACE: Row = Row::sender("InvalidBucketNamespace", 400, "");

/// A bucket has no tables of what is known of its objects. `BucketName`.
pub static METADATA_CONFIGURATION_NOT_FOUND: Row =
    Row::sender("MetadataConfigurationNotFound", 404, "The metadata configuration was not found");

/// The first form of those tables is for accounts that had it. `Method`.
pub static V1_APIS_NOT_ALLOWED: Row = Row::sender(
    "V1APIsNotAllowed",
    405,
    "The V1 GetBucketMetadataTableConfiguration API operation isn't available for this account. Use \
     the corresponding V2 GetBucketMetadataConfiguration API operation instead.",
);

/// Only buckets have logs.
pub static NO_LOGGING_STATUS_FOR_KEY: Row = Row::sender("NoLoggingStatusForKey", 400, "");

/// Where a list of configurations is to go on is not what the page before has said.
pub static MALFORMED_CONTINUATION_TOKEN: Row =
    Row::sender("MalformedContinuationToken", 400, "The continuation-token you provided invalid.");

/// An object is meant, and not named.
pub static USER_KEY_MUST_BE_SPECIFIED: Row =
    Row::sender("UserKeyMustBeSpecified", 400, "User key must be specified.");

/// No region of that name. `LocationConstraint`.
pub static INVALID_LOCATION_CONSTRAINT: Row =
    Row::sender("InvalidLocationConstraint", 400, "The specified location-constraint is not valid");

/// The region asked for is not the one that the request was signed for.
pub static ILLEGAL_LOCATION_CONSTRAINT: Row = Row::sender(
    "IllegalLocationConstraintException",
    400,
    "The location constraint is incompatible for the region specific endpoint this request was \
     sent to.",
);

/// `x-amz-expected-bucket-owner` is not an account.
pub static INVALID_BUCKET_OWNER_ACCOUNT_ID: Row = Row::sender(
    "InvalidBucketOwnerAWSAccountID",
    400,
    "The value of the expected bucket owner parameter must be an AWS Account ID...",
);

/// The body of `PutBucketPolicy` is not a policy for this bucket.
pub static MALFORMED_POLICY: Row = Row::sender(
    "MalformedPolicy",
    400,
    "Policies must be valid JSON and the first byte must be '{'",
);

/// The bucket has no policy. `BucketName`.
pub static NO_SUCH_BUCKET_POLICY: Row =
    Row::sender("NoSuchBucketPolicy", 404, "The bucket policy does not exist");

/// The bucket is of a time when not every one encrypted, and was not told to. `BucketName`.
pub static NO_SUCH_ENCRYPTION: Row = Row::sender(
    "ServerSideEncryptionConfigurationNotFoundError",
    404,
    "The server side encryption configuration was not found",
);

/// The bucket has no CORS configuration. `BucketName`.
pub static NO_SUCH_CORS_CONFIGURATION: Row =
    Row::sender("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist");

/// The bucket has no public access block. `BucketName`.
pub static NO_SUCH_PUBLIC_ACCESS_BLOCK: Row = Row::sender(
    "NoSuchPublicAccessBlockConfiguration",
    404,
    "The public access block configuration was not found",
);

/// The bucket has no ownership controls. `BucketName`.
pub static NO_SUCH_OWNERSHIP_CONTROLS: Row = Row::sender(
    "OwnershipControlsNotFoundError",
    404,
    "The bucket ownership controls were not found",
);

/// The bucket is no website. `BucketName`.
pub static NO_SUCH_WEBSITE_CONFIGURATION: Row = Row::sender(
    "NoSuchWebsiteConfiguration",
    404,
    "The specified bucket does not have a website configuration",
);

/// The bucket has no lifecycle. `BucketName`.
pub static NO_SUCH_LIFECYCLE_CONFIGURATION: Row =
    Row::sender("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist");

/// The bucket is not replicated. `BucketName`.
pub static NO_SUCH_REPLICATION_CONFIGURATION: Row = Row::sender(
    "ReplicationConfigurationNotFoundError",
    404,
    "The replication configuration was not found",
);

/// The bucket has no inventory, metrics, analytics or tiering of that id.
pub static NO_SUCH_CONFIGURATION: Row =
    Row::sender("NoSuchConfiguration", 404, "The specified configuration does not exist.");

/// The id in the address is another than that in the document.
pub static ID_MISMATCH: Row =
    Row::sender("IdMismatch", 400, "Document ID does not match the specified configuration ID.");

/// The bucket has as many configurations of a kind as it may.
pub static TOO_MANY_CONFIGURATIONS: Row = Row::sender(
    "TooManyConfigurations",
    400,
    "You are attempting to create a new configuration but have already reached the \
     1,000-configuration limit.",
);

/// Reports cannot go there.
pub static INVALID_S3_DESTINATION_BUCKET: Row =
    Row::sender("InvalidS3DestinationBucket", 400, "Invalid bucket ARN.");

/// Logs cannot go there. `TargetBucket`.
pub static INVALID_TARGET_BUCKET_FOR_LOGGING: Row = Row::sender(
    "InvalidTargetBucketForLogging",
    400,
    "The target bucket for logging does not exist",
);

/// Logs stay in the region of the bucket. `TargetBucketLocation`, outside us-east-1 also
/// `SourceBucketLocation`. AWS writes it like that.
pub static CROSS_LOCATION_LOGGING: Row =
    Row::sender("CrossLocationLoggingProhibitted", 403, "Cross S3 location logging not allowed. ");

/// The bucket has no tags. `BucketName`.
pub static NO_SUCH_TAG_SET: Row = Row::sender("NoSuchTagSet", 404, "The TagSet does not exist");

/// A tag is too long, empty, or there twice. `TagKey` or `TagValue`.
pub static INVALID_TAG: Row =
    Row::sender("InvalidTag", 400, "The TagKey you have provided is invalid");

/// Too many tags.
pub static BAD_REQUEST: Row = Row::sender("BadRequest", 400, "Bad Request");

/// No storage class of that name. `StorageClassRequested`.
pub static INVALID_STORAGE_CLASS: Row =
    Row::sender("InvalidStorageClass", 400, "The storage class you specified is not valid");

/// No page and no address to redirect to.
pub static INVALID_REDIRECT_LOCATION: Row = Row::sender(
    "InvalidRedirectLocation",
    400,
    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
);

/// Not the one algorithm that there is for customers' keys. `ArgumentName`, `ArgumentValue`.
pub static INVALID_ENCRYPTION_ALGORITHM: Row = Row::sender(
    "InvalidEncryptionAlgorithmError",
    400,
    "The Encryption request you specified is not valid. Supported value: AES256.",
);

/// What KMS says of a key that cannot be one.
pub static KMS_NOT_FOUND: Row = Row::sender("KMS.NotFoundException", 400, "Invalid keyId");

/// The bucket has ACLs disabled.
pub static ACL_NOT_SUPPORTED: Row =
    Row::sender("AccessControlListNotSupported", 400, "The bucket does not allow ACLs");

/// An ACL as a document is none.
pub static MALFORMED_ACL: Row = Row::sender("MalformedACLError", 400, MALFORMED_XML.message);

/// A request says an ACL in its head, and has a body.
pub static UNEXPECTED_CONTENT: Row =
    Row::sender("UnexpectedContent", 400, "This request does not support content");

/// A request says nothing of what it is about. `MissingHeaderName`.
pub static MISSING_SECURITY_HEADER: Row =
    Row::sender("MissingSecurityHeader", 400, "Your request was missing a required header");

/// A grant names an e-mail address that no account has.
pub static UNRESOLVABLE_GRANT_BY_EMAIL_ADDRESS: Row = Row::sender(
    "UnresolvableGrantByEmailAddress",
    400,
    "The email address you provided does not match any account on record.",
);

/// A new bucket with ACLs disabled cannot have one.
pub static INVALID_BUCKET_ACL_WITH_OBJECT_OWNERSHIP: Row = Row::sender(
    "InvalidBucketAclWithObjectOwnership",
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
);

/// The user metadata is too long. `Size`, `MaxSizeAllowed`.
pub static METADATA_TOO_LARGE: Row = Row::sender(
    "MetadataTooLarge",
    400,
    "Your metadata headers exceed the maximum allowed metadata size",
);

/// The key is too long. `Size`, `MaxSizeAllowed`.
pub static KEY_TOO_LONG: Row = Row::sender("KeyTooLongError", 400, "Your key is too long");

/// The body is too long. `ProposedSize`, `MaxSizeAllowed`.
pub static ENTITY_TOO_LARGE: Row =
    Row::sender("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size");

/// The body is shorter than a form's policy lets it be; or a part that is not the last is.
/// `ProposedSize`, `MinSizeAllowed`; of a part `PartNumber` and `ETag`, too.
pub static ENTITY_TOO_SMALL: Row = Row::sender(
    "EntityTooSmall",
    400,
    "Your proposed upload is smaller than the minimum allowed size",
);

/// No byte of the object lies in the range. `RangeRequested`, `ActualObjectSize`.
pub static INVALID_RANGE: Row =
    Row::sender("InvalidRange", 416, "The requested range is not satisfiable");

/// The object has fewer parts. `PartNumberRequested`, `ActualPartCount`.
pub static INVALID_PART_NUMBER: Row =
    Row::sender("InvalidPartNumber", 416, "The requested partnumber is not satisfiable");

/// What a visitor asks for is a folder, whose name ends with a slash.
pub static FOUND: Row = Row::sender("Found", 302, "Resource Found");

/// A condition of the request does not hold. `Condition`.
pub static PRECONDITION_FAILED: Row = Row::sender(
    "PreconditionFailed",
    412,
    "At least one of the pre-conditions you specified did not hold",
);

/// Who asks for no bucket, and is nobody, is shown what S3 is.
pub static TEMPORARY_REDIRECT: Row = Row::sender("TemporaryRedirect", 307, "Temporary Redirect");

/// A condition of a write holds, but what it was about has changed while the write went on.
pub static CONDITIONAL_REQUEST_CONFLICT: Row = Row::sender(
    "ConditionalRequestConflict",
    409,
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
);

/// The client has this already. The answer has no body.
pub static NOT_MODIFIED: Row = Row::sender("NotModified", 304, "Not Modified");

/// The origin, method or headers of a preflight are not allowed. `Method`, `ResourceType`.
pub static CORS_FORBIDDEN: Row = Row::sender(
    "AccessForbidden",
    403,
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of \
     Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are \
     not whitelisted by the resource's CORS spec.",
);

/// The object is archived. `StorageClass`.
pub static INVALID_OBJECT_STATE: Row = Row::sender(
    "InvalidObjectState",
    403,
    "The operation is not valid for the object's storage class",
);

/// The object is in no archive tier.
pub static ALREADY_IN_ACTIVE_TIER: Row = Row::sender(
    "ObjectAlreadyInActiveTierError",
    403,
    "This action is not allowed against this storage tier.",
);

/// The object is being restored already.
pub static RESTORE_ALREADY_IN_PROGRESS: Row =
    Row::sender("RestoreAlreadyInProgress", 409, "Object restore is already in progress");

/// A document is longer than it may be. `MaxMessageLengthBytes`.
pub static MESSAGE_TOO_LONG: Row =
    Row::sender("MaxMessageLengthExceeded", 400, "Your request was too big.");

/// Too much is asked for at once.
pub static SLOW_DOWN: Row = Row::receiver("SlowDown", 503, "Please reduce your request rate.");

/// The body has stopped coming.
pub static REQUEST_TIMEOUT: Row = Row::sender("RequestTimeout", 400, kernel::error::STALLED);

/// An `InvalidArgument` with AWS's text, the argument and its value.
pub(crate) fn invalid_argument(
    message: impl Into<std::borrow::Cow<'static, str>>,
    name: &'static str,
    value: impl Into<String>,
) -> ApiError {
    INVALID_ARGUMENT.says(message).with("ArgumentName", name).with("ArgumentValue", value)
}

/// A header that S3 has, but not here.
pub(crate) fn header_not_implemented(name: &'static str) -> ApiError {
    kernel::error::NOT_IMPLEMENTED
        .says("A header you provided implies functionality that is not implemented")
        .with("Header", name)
}
