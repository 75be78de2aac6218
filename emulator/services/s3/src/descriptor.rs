//! What S3 is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Credentials, Descriptor, Protocol, Public, Refusals,
    RefusedHeader, SignatureRules, Validation,
};
use kernel::error::{self, ApiError};

use crate::error::{header_not_implemented, invalid_argument};
use crate::{error as errors, limits};

/// S3.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "s3",
    title: "S3",
    model: || {
        static MODEL: &str = include_str!("../../../models/s3.json");
        MODEL
    },
    signing_names: &["s3", "s3express", "s3-object-lambda"],
    host_labels: &["s3", "s3-fips", "s3-accelerate"],
    old_host_label: None,
    target_prefix: None,
    protocols: &[Protocol::RestXml],
    addressing: Addressing::Bucket {
        website_label: "s3-website",
        other_labels: &[
            "s3-accesspoint",
            "s3-accesspoint-fips",
            "s3-control",
            "s3-control-fips",
            "s3-global",
            "s3-object-lambda",
            "s3-outposts",
            "s3express-control",
            "s3tables",
            "s3vectors",
        ],
        about_objects: &[
            "ListObjects",
            "ListObjectsV2",
            "ListObjectVersions",
            "ListMultipartUploads",
            "HeadBucket",
            "DeleteObjects",
            "PostObject",
        ],
        of_directories: &["CreateSession", "ListDirectoryBuckets", "RenameObject"],
        refuse: crate::subresource::refuse,
        is_of_bucket: crate::subresource::is_of_bucket,
    },
    validation: Validation::Protocol,
    answer_ids: AnswerIds::RequestAndHost { server: "AmazonS3" },
    error_namespace: None,
    error_has_detail: false,
    credentials: Credentials {
        rules: SignatureRules::S3v4,
        public: Public::WhatPoliciesLet,
        in_url: true,
    },
    bodies: Bodies {
        streamed_limit_bytes: limits::OBJECT_PUT_SIZE_BYTES_MAX,
        needs_length: true,
        // AWS's model asks more for one, of the SDKs; their pages say "must" of these.
        needs_digest: &[
            "DeleteObjects",
            "PutBucketCors",
            "PutBucketLifecycleConfiguration",
            "PutBucketReplication",
            "PutBucketTagging",
            "PutObjectLegalHold",
            "PutObjectLockConfiguration",
            "PutObjectRetention",
        ],
        copying: &["CopyObject", "UploadPartCopy"],
        // That of the object, which the parts make.
        checksums_elsewhere: &["CompleteMultipartUpload"],
        digests_in_hex: &["PutObject"],
        strict: &["Delete"],
        malformed: &[("AccessControlPolicy", &errors::MALFORMED_ACL)],
        admitted_by_head: true,
        ..Bodies::up_to(limits::DOCUMENT_SIZE_BYTES_MAX)
    },
    download_members: &[],
    operations_with_secrets: &[],
    console: None,
    quick_operations: &[],
    refused_headers: &[
        RefusedHeader {
            name: "x-amz-copy-source",
            refused_by: |operation| operation == "CreateMultipartUpload",
            refusal: |_value| not_by_post("UPLOADS"),
        },
        RefusedHeader {
            name: "x-amz-copy-source",
            refused_by: |operation| operation == "DeleteObjects",
            refusal: |_value| not_by_post("MULTI_OBJECT_DELETE"),
        },
        RefusedHeader {
            name: "x-amz-copy-source",
            refused_by: |operation| operation == "RestoreObject",
            refusal: |_value| not_by_post("RESTORE"),
        },
        RefusedHeader {
            name: "x-amz-copy-source",
            refused_by: |operation| {
                let reads = ["Get", "Head", "List", "Delete", "Abort", "Complete"];
                operation != "DeleteObjects" && reads.iter().any(|it| operation.starts_with(it))
            },
            refusal: |value| {
                const MESSAGE: &str =
                    "You can only specify a copy source header for copy requests.";
                invalid_argument(MESSAGE, "x-amz-copy-source", value)
            },
        },
        RefusedHeader {
            name: "x-amz-server-side-encryption",
            refused_by: |operation| {
                !matches!(operation, "PutObject" | "CopyObject" | "CreateMultipartUpload")
            },
            refusal: |value| {
                const NAME: &str = "x-amz-server-side-encryption";
                let message = format!("{NAME} header is not supported for this operation.");
                invalid_argument(message, NAME, value)
            },
        },
        // Directory buckets have it.
        RefusedHeader {
            name: "x-amz-write-offset-bytes",
            refused_by: |operation| operation == "PutObject",
            refusal: |_value| header_not_implemented("x-amz-write-offset-bytes"),
        },
        // AWS has it for buckets, and for lists that are put on what is there.
        RefusedHeader {
            name: "x-amz-grant-write",
            refused_by: |operation| {
                matches!(operation, "PutObject" | "CopyObject" | "CreateMultipartUpload")
            },
            refusal: |_value| header_not_implemented("x-amz-grant-write"),
        },
    ],
    refusals: Refusals {
        internal: || ApiError::from(&error::INTERNAL_ERROR),
        too_large: |limit_bytes, _operation| {
            errors::MESSAGE_TOO_LONG.with("MaxMessageLengthBytes", limit_bytes.to_string())
        },
        unavailable: &errors::SLOW_DOWN,
        stalled: &errors::REQUEST_TIMEOUT,
        access_denied: &error::ACCESS_DENIED,
    },
};

/// What is said to a copy that is asked for by `POST`.
fn not_by_post(resource_type: &'static str) -> ApiError {
    errors::METHOD_NOT_ALLOWED.with("Method", "POST").with("ResourceType", resource_type)
}
