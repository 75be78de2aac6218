//! Requests recorded from unmodified SDKs (`fixtures/exchanges`): what the core hears of each.

use super::heard;

#[test]
fn lambda_create_event_source_mapping() {
    let heard = heard(include_bytes!(
        "../../../../fixtures/exchanges/lambda-create-event-source-mapping.http"
    ));
    insta::assert_snapshot!(heard, @r#"
    lambda:CreateEventSourceMapping over RestJson
    {
      "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:orders",
      "FunctionName": "update-product",
      "BatchSize": 10,
      "FunctionResponseTypes": [
        "ReportBatchItemFailures"
      ]
    }
    "#);
}

#[test]
fn lambda_create_function() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/lambda-create-function.http"));
    insta::assert_snapshot!(heard, @r#"
    lambda:CreateFunction over RestJson
    {
      "FunctionName": "resize-image",
      "Runtime": "provided.al2023",
      "Role": "arn:aws:iam::000000000000:role/r",
      "Handler": "bootstrap",
      "Code": {
        "ZipFile": "UEsDBA=="
      },
      "Timeout": 30,
      "MemorySize": 512,
      "Environment": {
        "Variables": {
          "QUEUE_URL": "http://x"
        }
      },
      "Architectures": [
        "x86_64"
      ]
    }
    "#);
}

#[test]
fn lambda_invoke() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/lambda-invoke.http"));
    insta::assert_snapshot!(heard, @r#"
    lambda:Invoke over RestJson
    {
      "FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:resize-image",
      "InvocationType": "RequestResponse",
      "LogType": "Tail",
      "Qualifier": "$LATEST"
    }
    payload: {"a": 1}
    "#);
}

#[test]
fn lambda_list_event_source_mappings() {
    let heard = heard(include_bytes!(
        "../../../../fixtures/exchanges/lambda-list-event-source-mappings.http"
    ));
    insta::assert_snapshot!(heard, @r#"
    lambda:ListEventSourceMappings over RestJson
    {
      "FunctionName": "update-product",
      "MaxItems": 5
    }
    "#);
}

#[test]
fn lambda_untag_resource() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/lambda-untag-resource.http"));
    insta::assert_snapshot!(heard, @r#"
    lambda:UntagResource over RestJson
    {
      "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
      "TagKeys": [
        "a",
        "b c"
      ]
    }
    "#);
}

#[test]
fn s3_complete_multipart() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-complete-multipart.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:CompleteMultipartUpload over RestXml
    {
      "Bucket": "photos",
      "Key": "big",
      "UploadId": "u/1+=",
      "MultipartUpload": {
        "Parts": [
          {
            "ETag": "\"e1\"",
            "PartNumber": 1
          },
          {
            "ETag": "\"e2\"",
            "ChecksumCRC32": "AAAAAA==",
            "PartNumber": 2
          }
        ]
      }
    }
    "#);
}

#[test]
fn s3_copy_object() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-copy-object.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:CopyObject over RestXml
    {
      "Bucket": "photos",
      "CopySource": "photos/a%20b/%C3%BC.jpg",
      "Key": "copy.jpg",
      "Metadata": {
        "x": "y"
      },
      "MetadataDirective": "REPLACE"
    }
    "#);
}

#[test]
fn s3_create_bucket() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-create-bucket.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:CreateBucket over RestXml
    {
      "Bucket": "photos",
      "CreateBucketConfiguration": {
        "LocationConstraint": "eu-central-1"
      }
    }
    "#);
}

#[test]
fn s3_delete_objects() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-delete-objects.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:DeleteObjects over RestXml
    {
      "Bucket": "photos",
      "ChecksumAlgorithm": "CRC32",
      "Delete": {
        "Objects": [
          {
            "Key": "a & b"
          },
          {
            "Key": " <c>\n"
          }
        ],
        "Quiet": true
      }
    }
    "#);
}

#[test]
fn s3_get_object() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-get-object.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:GetObject over RestXml
    {
      "Bucket": "photos",
      "IfModifiedSince": 1767323045,
      "Key": "a.jpg",
      "Range": "bytes=0-9",
      "ChecksumMode": "ENABLED"
    }
    "#);
}

#[test]
fn s3_head_object() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-head-object.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:HeadObject over RestXml
    {
      "Bucket": "photos",
      "Key": "./../x"
    }
    "#);
}

#[test]
fn s3_list_objects_v2() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-list-objects-v2.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:ListObjectsV2 over RestXml
    {
      "Bucket": "photos",
      "Delimiter": "/",
      "EncodingType": "url",
      "MaxKeys": 2,
      "Prefix": "a b/",
      "StartAfter": "a b/ü"
    }
    "#);
}

#[test]
fn s3_presigned_put() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-presigned-put.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutObject over RestXml, body streams
    {
      "Bucket": "photos",
      "ContentLength": 1,
      "ContentType": "image/png",
      "Key": "p q.jpg"
    }
    "#);
}

#[test]
fn s3_put_bucket_acl() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-bucket-acl.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutBucketAcl over RestXml
    {
      "Bucket": "photos",
      "ChecksumAlgorithm": "CRC32",
      "AccessControlPolicy": {
        "Grants": [
          {
            "Grantee": {
              "ID": "g",
              "Type": "CanonicalUser"
            },
            "Permission": "READ"
          }
        ],
        "Owner": {
          "ID": "o"
        }
      }
    }
    "#);
}

#[test]
fn s3_put_bucket_cors() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-bucket-cors.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutBucketCors over RestXml
    {
      "Bucket": "photos",
      "ChecksumAlgorithm": "CRC32",
      "CORSConfiguration": {
        "CORSRules": [
          {
            "AllowedMethods": [
              "GET",
              "PUT"
            ],
            "AllowedOrigins": [
              "*"
            ],
            "MaxAgeSeconds": 60
          }
        ]
      }
    }
    "#);
}

#[test]
fn s3_put_bucket_notification() {
    let heard =
        heard(include_bytes!("../../../../fixtures/exchanges/s3-put-bucket-notification.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutBucketNotificationConfiguration over RestXml
    {
      "Bucket": "photos",
      "NotificationConfiguration": {
        "QueueConfigurations": [
          {
            "QueueArn": "arn:aws:sqs:us-east-1:000000000000:orders",
            "Events": [
              "s3:ObjectRemoved:*",
              "s3:ObjectCreated:Put"
            ]
          }
        ],
        "LambdaFunctionConfigurations": [
          {
            "Id": "resize",
            "LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:resize-image",
            "Events": [
              "s3:ObjectCreated:*"
            ],
            "Filter": {
              "Key": {
                "FilterRules": [
                  {
                    "Name": "prefix",
                    "Value": "originals/"
                  },
                  {
                    "Name": "suffix",
                    "Value": ".jpg"
                  }
                ]
              }
            }
          }
        ]
      }
    }
    "#);
}

#[test]
fn s3_put_bucket_policy() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-bucket-policy.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutBucketPolicy over RestXml
    {
      "Bucket": "photos",
      "ChecksumAlgorithm": "CRC32",
      "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
    "#);
}

#[test]
fn s3_put_object_path() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-object-path.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:PutObject over RestXml, body streams
    {
      "Bucket": "photos",
      "CacheControl": "max-age=60",
      "ContentLength": 5,
      "ContentType": "image/jpeg",
      "ChecksumAlgorithm": "CRC32",
      "ChecksumCRC32": "NhCmhg==",
      "Key": "a b/ü+c//d.jpg",
      "Metadata": {
        "order-id": "7"
      }
    }
    "#);
}

#[test]
fn s3_upload_part_copy() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/s3-upload-part-copy.http"));
    insta::assert_snapshot!(heard, @r#"
    s3:UploadPartCopy over RestXml
    {
      "Bucket": "photos",
      "CopySource": "photos/x",
      "CopySourceRange": "bytes=0-4",
      "Key": "big",
      "PartNumber": 3,
      "UploadId": "u"
    }
    "#);
}

#[test]
fn sqs_create_queue() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/sqs-create-queue.http"));
    insta::assert_snapshot!(heard, @r#"
    sqs:CreateQueue over AwsJson10
    {
      "QueueName": "orders",
      "Attributes": {
        "VisibilityTimeout": "30",
        "DelaySeconds": "0"
      },
      "tags": {
        "team": "shop"
      }
    }
    "#);
}

#[test]
fn sqs_receive_message() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/sqs-receive-message.http"));
    insta::assert_snapshot!(heard, @r#"
    sqs:ReceiveMessage over AwsJson10
    {
      "QueueUrl": "http://localhost:4566/000000000000/orders",
      "MessageSystemAttributeNames": [
        "All"
      ],
      "MessageAttributeNames": [
        "All"
      ],
      "MaxNumberOfMessages": 10,
      "WaitTimeSeconds": 20
    }
    "#);
}

#[test]
fn sqs_send_message() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/sqs-send-message.http"));
    insta::assert_snapshot!(heard, @r#"
    sqs:SendMessage over AwsJson10
    {
      "QueueUrl": "http://localhost:4566/000000000000/orders",
      "MessageBody": "hällo & <world>\n\"quoted\"",
      "DelaySeconds": 5,
      "MessageAttributes": {
        "kind": {
          "StringValue": "order",
          "DataType": "String"
        },
        "raw": {
          "BinaryValue": "AP8Q",
          "DataType": "Binary"
        }
      }
    }
    "#);
}

#[test]
fn sqs_send_message_batch() {
    let heard = heard(include_bytes!("../../../../fixtures/exchanges/sqs-send-message-batch.http"));
    insta::assert_snapshot!(heard, @r#"
    sqs:SendMessageBatch over AwsJson10
    {
      "QueueUrl": "http://localhost:4566/000000000000/orders",
      "Entries": [
        {
          "Id": "a",
          "MessageBody": "one"
        },
        {
          "Id": "b",
          "MessageBody": "two",
          "DelaySeconds": 1,
          "MessageAttributes": {
            "n": {
              "StringValue": "7",
              "DataType": "Number"
            }
          }
        }
      ]
    }
    "#);
}

#[test]
fn a_virtual_host_is_a_path_in_other_words() {
    let path = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-object-path.http"));
    let host = heard(include_bytes!("../../../../fixtures/exchanges/s3-put-object-virtual.http"));
    assert_eq!(path, host);
}

#[test]
fn the_old_sdk_says_the_same_in_the_query_protocol() {
    for (json, query) in [
        (
            heard(include_bytes!("../../../../fixtures/exchanges/sqs-create-queue.http")),
            heard(include_bytes!("../../../../fixtures/exchanges/sqs-create-queue-query.http")),
        ),
        (
            heard(include_bytes!("../../../../fixtures/exchanges/sqs-send-message-batch.http")),
            heard(include_bytes!(
                "../../../../fixtures/exchanges/sqs-send-message-batch-query.http"
            )),
        ),
        (
            heard(include_bytes!("../../../../fixtures/exchanges/sqs-send-message.http")),
            heard(include_bytes!("../../../../fixtures/exchanges/sqs-send-message-query.http")),
        ),
    ] {
        assert_eq!(json, query.replace("AwsQuery", "AwsJson10"));
    }
    insta::assert_snapshot!(heard(include_bytes!("../../../../fixtures/exchanges/sqs-receive-message-query.http")), @r#"
    sqs:ReceiveMessage over AwsQuery
    {
      "QueueUrl": "http://localhost:4566/000000000000/orders",
      "AttributeNames": [
        "All"
      ],
      "MessageAttributeNames": [
        "All"
      ],
      "MaxNumberOfMessages": 10,
      "WaitTimeSeconds": 20
    }
    "#);
}
