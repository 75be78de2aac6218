//! Configurations of buckets: what a new one has, what is kept, what is refused.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::harness::Cloud;

/// What a new bucket answers to each of these.
pub(super) fn answers(cloud: &mut Cloud, operations: &[&str]) -> Value {
    let answer = |operation: &&str| {
        let answer = cloud.call(operation, json!({ "Bucket": "photos" }));
        ((*operation).to_owned(), answer.get("Error").cloned().unwrap_or(answer))
    };
    Value::Object(operations.iter().map(answer).collect())
}

/// Code and message of what comes of each document.
pub(super) fn refusals(
    cloud: &mut Cloud,
    operation: &str,
    member: &str,
    documents: &[Value],
) -> Vec<String> {
    let refusal = |document: &Value| {
        let mut input = json!({ "Bucket": "photos" });
        input[member] = document.clone();
        let answer = cloud.call(operation, input);
        match answer.get("Error") {
            None => "taken".into(),
            Some(error) => {
                let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                let arguments = match error.get("ArgumentName") {
                    None => String::new(),
                    Some(_) => format!(" [{}={}]", text("ArgumentName"), text("ArgumentValue")),
                };
                format!("{}: {}{arguments}", text("Code"), text("Message"))
            }
        }
    };
    documents.iter().map(refusal).collect()
}

#[test]
fn what_terraform_reads_of_a_new_bucket_is_aws_default_or_awss_error() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let read = [
        "GetBucketAccelerateConfiguration",
        "GetBucketAcl",
        "GetBucketCors",
        "GetBucketEncryption",
        "GetBucketLifecycleConfiguration",
        "GetBucketLocation",
        "GetBucketLogging",
        "GetBucketNotificationConfiguration",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketReplication",
        "GetBucketRequestPayment",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetObjectLockConfiguration",
        "GetPublicAccessBlock",
        "ListBucketAnalyticsConfigurations",
        "ListBucketIntelligentTieringConfigurations",
        "ListBucketInventoryConfigurations",
        "ListBucketMetricsConfigurations",
    ];
    assert_json_snapshot!(answers(&mut cloud, &read), @r#"
    {
      "GetBucketAccelerateConfiguration": {},
      "GetBucketAcl": {
        "Owner": {
          "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
        },
        "Grants": [
          {
            "Grantee": {
              "Type": "CanonicalUser",
              "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
            },
            "Permission": "FULL_CONTROL"
          }
        ]
      },
      "GetBucketCors": {
        "Code": "NoSuchCORSConfiguration",
        "Message": "The CORS configuration does not exist",
        "BucketName": "photos"
      },
      "GetBucketEncryption": {
        "ServerSideEncryptionConfiguration": {
          "Rules": [
            {
              "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "AES256"
              },
              "BucketKeyEnabled": false
            }
          ]
        }
      },
      "GetBucketLifecycleConfiguration": {
        "Code": "NoSuchLifecycleConfiguration",
        "Message": "The lifecycle configuration does not exist",
        "BucketName": "photos"
      },
      "GetBucketLocation": {},
      "GetBucketLogging": {},
      "GetBucketNotificationConfiguration": {},
      "GetBucketOwnershipControls": {
        "OwnershipControls": {
          "Rules": [
            {
              "ObjectOwnership": "BucketOwnerEnforced"
            }
          ]
        }
      },
      "GetBucketPolicy": {
        "Code": "NoSuchBucketPolicy",
        "Message": "The bucket policy does not exist",
        "BucketName": "photos"
      },
      "GetBucketReplication": {
        "Code": "ReplicationConfigurationNotFoundError",
        "Message": "The replication configuration was not found",
        "BucketName": "photos"
      },
      "GetBucketRequestPayment": {
        "Payer": "BucketOwner"
      },
      "GetBucketTagging": {
        "Code": "NoSuchTagSet",
        "Message": "The TagSet does not exist",
        "BucketName": "photos"
      },
      "GetBucketVersioning": {},
      "GetBucketWebsite": {
        "Code": "NoSuchWebsiteConfiguration",
        "Message": "The specified bucket does not have a website configuration",
        "BucketName": "photos"
      },
      "GetObjectLockConfiguration": {
        "Code": "ObjectLockConfigurationNotFoundError",
        "Message": "Object Lock configuration does not exist for this bucket",
        "BucketName": "photos"
      },
      "GetPublicAccessBlock": {
        "PublicAccessBlockConfiguration": {
          "BlockPublicAcls": true,
          "IgnorePublicAcls": true,
          "BlockPublicPolicy": true,
          "RestrictPublicBuckets": true
        }
      },
      "ListBucketAnalyticsConfigurations": {
        "IsTruncated": false
      },
      "ListBucketIntelligentTieringConfigurations": {
        "IsTruncated": false
      },
      "ListBucketInventoryConfigurations": {
        "IsTruncated": false
      },
      "ListBucketMetricsConfigurations": {
        "IsTruncated": false
      }
    }
    "#);
}

#[test]
fn what_was_put_is_answered_also_after_a_restart_until_it_is_deleted() {
    let mut cloud = Cloud::new().with_bucket("photos").with_bucket("logs");
    let put = [
        (
            "PutBucketAccelerateConfiguration",
            "AccelerateConfiguration",
            json!({ "Status": "Enabled" }),
        ),
        (
            "PutBucketEncryption",
            "ServerSideEncryptionConfiguration",
            json!({ "Rules": [{
                "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms" },
                "BucketKeyEnabled": true,
                "BlockedEncryptionTypes": { "EncryptionType": ["SSE-C"] },
            }] }),
        ),
        (
            "PutBucketLifecycleConfiguration",
            "LifecycleConfiguration",
            json!({ "Rules": [
                {
                    "Status": "Enabled",
                    "Filter": { "And": {
                        "Prefix": "a/",
                        "Tags": [{ "Key": "k", "Value": "v" }],
                        "ObjectSizeGreaterThan": 10,
                    } },
                    "Expiration": { "Days": 365 },
                    "Transitions": [
                        { "Days": 30, "StorageClass": "STANDARD_IA" },
                        { "Days": 90, "StorageClass": "GLACIER" },
                    ],
                    "NoncurrentVersionExpiration": {
                        "NoncurrentDays": 7, "NewerNoncurrentVersions": 3,
                    },
                },
                {
                    "ID": "uploads",
                    "Status": "Disabled",
                    "Filter": {},
                    "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
                },
            ] }),
        ),
        (
            "PutBucketLogging",
            "BucketLoggingStatus",
            json!({ "LoggingEnabled": {
                "TargetBucket": "logs",
                "TargetPrefix": "photos/",
                "TargetObjectKeyFormat": {
                    "PartitionedPrefix": { "PartitionDateSource": "EventTime" },
                },
            } }),
        ),
        ("PutBucketRequestPayment", "RequestPaymentConfiguration", json!({ "Payer": "Requester" })),
        (
            "PutBucketWebsite",
            "WebsiteConfiguration",
            json!({
                "IndexDocument": { "Suffix": "index.html" },
                "ErrorDocument": { "Key": "error.html" },
                "RoutingRules": [{
                    "Condition": { "KeyPrefixEquals": "old/" },
                    "Redirect": { "ReplaceKeyPrefixWith": "new/", "HttpRedirectCode": "302" },
                }],
            }),
        ),
    ];
    for (operation, member, document) in put {
        let taken = refusals(&mut cloud, operation, member, &[document]);
        assert_eq!(taken, ["taken"], "{operation}");
    }
    let read = [
        "GetBucketAccelerateConfiguration",
        "GetBucketEncryption",
        "GetBucketLifecycleConfiguration",
        "GetBucketLogging",
        "GetBucketRequestPayment",
        "GetBucketWebsite",
    ];
    let kept = answers(&mut cloud, &read);
    assert_json_snapshot!(kept, @r#"
    {
      "GetBucketAccelerateConfiguration": {
        "Status": "Enabled"
      },
      "GetBucketEncryption": {
        "ServerSideEncryptionConfiguration": {
          "Rules": [
            {
              "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms"
              },
              "BucketKeyEnabled": true,
              "BlockedEncryptionTypes": {
                "EncryptionType": [
                  "SSE-C"
                ]
              }
            }
          ]
        }
      },
      "GetBucketLifecycleConfiguration": {
        "Rules": [
          {
            "Expiration": {
              "Days": 365
            },
            "ID": "OTEwYTJkZWMtODkwMi00Y2MxLWJlZWItOGRhMTY1OGVlYzY3",
            "Filter": {
              "And": {
                "Prefix": "a/",
                "Tags": [
                  {
                    "Key": "k",
                    "Value": "v"
                  }
                ],
                "ObjectSizeGreaterThan": 10
              }
            },
            "Status": "Enabled",
            "Transitions": [
              {
                "Days": 30,
                "StorageClass": "STANDARD_IA"
              },
              {
                "Days": 90,
                "StorageClass": "GLACIER"
              }
            ],
            "NoncurrentVersionExpiration": {
              "NoncurrentDays": 7,
              "NewerNoncurrentVersions": 3
            }
          },
          {
            "ID": "uploads",
            "Filter": {},
            "Status": "Disabled",
            "AbortIncompleteMultipartUpload": {
              "DaysAfterInitiation": 1
            }
          }
        ],
        "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"
      },
      "GetBucketLogging": {
        "LoggingEnabled": {
          "TargetBucket": "logs",
          "TargetPrefix": "photos/",
          "TargetObjectKeyFormat": {
            "PartitionedPrefix": {
              "PartitionDateSource": "EventTime"
            }
          }
        }
      },
      "GetBucketRequestPayment": {
        "Payer": "Requester"
      },
      "GetBucketWebsite": {
        "IndexDocument": {
          "Suffix": "index.html"
        },
        "ErrorDocument": {
          "Key": "error.html"
        },
        "RoutingRules": [
          {
            "Condition": {
              "KeyPrefixEquals": "old/"
            },
            "Redirect": {
              "HttpRedirectCode": "302",
              "ReplaceKeyPrefixWith": "new/"
            }
          }
        ]
      }
    }
    "#);
    (cloud.s3, cloud.blobs) = cloud.restarted();
    assert_eq!(answers(&mut cloud, &read), kept);
    let nothing = json!({});
    refusals(&mut cloud, "PutBucketLogging", "BucketLoggingStatus", &[nothing]);
    for operation in ["DeleteBucketEncryption", "DeleteBucketLifecycle", "DeleteBucketWebsite"] {
        cloud.call(operation, json!({ "Bucket": "photos" }));
        cloud.call(operation, json!({ "Bucket": "photos" }));
    }
    assert_json_snapshot!(answers(&mut cloud, &read), @r#"
    {
      "GetBucketAccelerateConfiguration": {
        "Status": "Enabled"
      },
      "GetBucketEncryption": {
        "ServerSideEncryptionConfiguration": {
          "Rules": [
            {
              "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "AES256"
              },
              "BucketKeyEnabled": false
            }
          ]
        }
      },
      "GetBucketLifecycleConfiguration": {
        "Code": "NoSuchLifecycleConfiguration",
        "Message": "The lifecycle configuration does not exist",
        "BucketName": "photos"
      },
      "GetBucketLogging": {},
      "GetBucketRequestPayment": {
        "Payer": "Requester"
      },
      "GetBucketWebsite": {
        "Code": "NoSuchWebsiteConfiguration",
        "Message": "The specified bucket does not have a website configuration",
        "BucketName": "photos"
      }
    }
    "#);
}

#[test]
fn a_website_that_cannot_be_is_refused_in_awss_words() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let index = |rules: Value| json!({ "IndexDocument": { "Suffix": "index.html" }, "RoutingRules": rules });
    let documents = [
        json!({ "IndexDocument": { "Suffix": "/index.html" } }),
        json!({ "IndexDocument": { "Suffix": "" } }),
        json!({
            "RedirectAllRequestsTo": { "HostName": "example.com" },
            "IndexDocument": { "Suffix": "index.html" },
        }),
        json!({}),
        json!({ "RedirectAllRequestsTo": { "HostName": "example.com", "Protocol": "ftp" } }),
        index(json!([{ "Redirect": { "ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b" } }])),
        index(json!([{ "Condition": {}, "Redirect": { "ReplaceKeyWith": "a" } }])),
        index(json!([])),
        index(json!([{ "Redirect": {} }])),
        index(json!([{ "Redirect": { "HttpRedirectCode": "404" } }])),
        index(json!([{
            "Condition": { "HttpErrorCodeReturnedEquals": "200" },
            "Redirect": { "HostName": "a" },
        }])),
        index(json!(vec![json!({ "Redirect": { "HostName": "a" } }); 51])),
    ];
    let refused = refusals(&mut cloud, "PutBucketWebsite", "WebsiteConfiguration", &documents);
    assert_json_snapshot!(refused, @r#"
    [
      "InvalidArgument: The IndexDocument Suffix is not well formed [IndexDocument=/index.html]",
      "InvalidArgument: The IndexDocument Suffix is not well formed [IndexDocument=]",
      "InvalidArgument: RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules. [RedirectAllRequestsTo=not null]",
      "InvalidArgument: A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty [IndexDocument=null]",
      "InvalidRequest: Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
      "InvalidRequest: You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
      "InvalidRequest: Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidRequest: The provided HTTP redirect code (404) is not valid. Valid codes are 3XX except 300.",
      "InvalidRequest: The provided HTTP error code (200) is not valid. Valid codes are 4XX or 5XX.",
      "InvalidRequest: 51 routing rules provided, the number of routing rules in a website configuration is limited to 50."
    ]
    "#);
}

#[test]
fn what_a_bucket_encrypts_with_holds_for_objects_that_name_nothing() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let documents = [
        json!({ "Rules": [] }),
        json!({ "Rules": [{}] }),
        json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "rot13" } }] }),
        json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "AES256", "KMSMasterKeyID": "alias/mine",
        } }] }),
        json!({ "Rules": [{
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine",
            },
            "BucketKeyEnabled": true,
        }] }),
    ];
    let member = "ServerSideEncryptionConfiguration";
    assert_json_snapshot!(refusals(&mut cloud, "PutBucketEncryption", member, &documents), @r#"
    [
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse [ApplyServerSideEncryptionByDefault=]",
      "taken"
    ]
    "#);
    let answers = [
        cloud.put("photos", "a", 5, json!({})),
        cloud.put("photos", "b", 5, json!({ "ServerSideEncryption": "AES256" })),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      {
        "ETag": "\"d0aa9551e90835e3b5a7542588d6a640\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/cf34158c-afc9-45eb-882b-19035171249f",
        "BucketKeyEnabled": true
      },
      {
        "ETag": "\"02020202020202020202020202020202\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      }
    ]
    "#);
}
